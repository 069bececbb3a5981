# SPDX-License-Identifier: MIT
"""Masks of single bands: the .msk file is GTiff's, byte for byte (what masks_file()
says of later GDALs apart), and no more is read for it than the pixels take."""

import numpy
import pytest
import stored
from counted_copy import CUT, SLACK, TARGET, copy, opened, pixels
from creatable import bytes_read, template
from osgeo import gdal
from raster_seen import seen

MASKED_COPIES = [
    (None, ["BLOCKXSIZE=256", "BLOCKYSIZE=256"]),
    (None, ["TILED=NO", "BLOCKYSIZE=7", "BUDGET=2M"]),
    (CUT, ["BLOCKXSIZE=256", "BLOCKYSIZE=256"]),
    ({"bandList": [3, 2]}, ["BLOCKXSIZE=256", "BLOCKYSIZE=256", "BUDGET=2M"]),
    ({"width": 600, "height": 0, "resampleAlg": "average"}, ["TILED=NO"]),
    ({"noData": 7}, ["BLOCKXSIZE=128", "BLOCKYSIZE=128"]),
]


def isis3(path):
    """Masks are computed from the pixels."""
    if gdal.GetDriverByName("ISIS3") is None:
        pytest.skip("no ISIS3 driver")
    source = gdal.GetDriverByName("MEM").Create("", 1200, 1000, 3, gdal.GDT_Int16)
    noise = numpy.random.default_rng(5)
    for i in range(3):
        values = noise.integers(0, 4000, (1000, 1200)).astype("i2")
        values[values < 300] = -32768 + i
        source.GetRasterBand(i + 1).WriteArray(values)
    driver = gdal.GetDriverByName("ISIS3")
    assert driver.CreateCopy(path, source, options=["TILED=YES"]) is not None


def masked_beside(path):
    """Masks are in a file of their own, in other blocks than the pixels'."""
    options = ["TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=1008"]
    made = gdal.GetDriverByName("GTiff").Create(path, 1200, 1000, 3, options=options)
    options = ["COMPRESS=DEFLATE", "INTERLEAVE=BAND", "BLOCKYSIZE=300"]
    beside = gdal.GetDriverByName("GTiff").Create(
        path + ".msk", 1200, 1000, 3, options=options
    )
    noise = numpy.random.default_rng(5)
    for i in range(3):
        made.GetRasterBand(i + 1).WriteArray(
            noise.integers(0, 255, (1000, 1200)).astype("u1")
        )
        beside.GetRasterBand(i + 1).WriteArray(
            (noise.integers(0, 3, (1000, 1200)) > 0).astype("u1") * 255
        )
        beside.SetMetadataItem(f"INTERNAL_MASK_FLAGS_{i + 1}", "0")
    made = beside = None


def masks_file():
    """Its bytes. Later GDALs than 3.6 flush each mask before they say of the next that
    it is one, so that GTiff writes its directory twice, leaves a hole where the first
    was, and no longer begins with it: then all that is in the file, and its tiles."""
    path = TARGET + ".msk"
    data = stored.read_bytes(path)
    begins = int.from_bytes(data[4:8], "little") == 8
    if begins and int(gdal.VersionInfo()) < 3070000:
        return data
    there = gdal.Open(path)
    tiles = [stored.stored_tiles(path, i + 1) for i in range(there.RasterCount)]
    storage = there.GetMetadata("IMAGE_STRUCTURE")
    # GDAL 3.13 says COG of files without such holes.
    storage.pop("LAYOUT", None)
    return seen(there), storage, tiles


@pytest.mark.parametrize("make", [isis3, masked_beside])
@pytest.mark.parametrize("arguments,options", MASKED_COPIES, ids=str)
def test_band_masks_once(tmp_path, make, arguments, options):
    path = str(tmp_path / "source")
    make(path)
    gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "NO")
    like_gtiff = ["TILED=YES"] if "TILED=NO" not in options else []
    like_gtiff += [x for x in options if x.startswith("BLOCK")]
    theirs = copy("GTiff", opened(path, arguments), "COMPRESS=NONE", *like_gtiff)
    expected = pixels(theirs)
    theirs = None
    expected_masks = masks_file()
    # What is loaded for the first copy of all is not the source's.
    copy("ROWBAND", template((64, 64), 1, "Byte"))
    source = opened(path, arguments)
    files = sum(x.stat().st_size for x in tmp_path.iterdir())
    cache = gdal.GetCacheMax()
    gdal.SetCacheMax(3_000_000)
    before = bytes_read()
    made = copy("ROWBAND", source, "COMPRESS=NONE", "READ_THREADS=1", *options)
    read = bytes_read() - before
    gdal.SetCacheMax(cache)
    assert pixels(made) == expected
    made = None
    assert masks_file() == expected_masks
    # What waits on the disk is read back.
    waits = 2 * 1200 * 1000 * 3 if "BUDGET=2M" in options else 0
    assert read < 1.1 * files + waits + 2 * SLACK


def files_of_gtiff(source):
    """Later GDALs keep in the TIFF what 3.6 puts beside it, of ISIS3's own."""
    gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "NO")
    copy("GTiff", source)
    return sorted(
        name.replace("decoding", "new")
        for name in gdal.ReadDir("/vsimem/")
        if name.startswith("decoding.tif")
    )


@pytest.mark.parametrize("zipped", [False, True])
def test_band_masks_leave_nothing_else(tmp_path, zipped):
    isis3(str(tmp_path / "source"))
    folder = tmp_path / "out"
    folder.mkdir()
    target = f"/vsizip/{folder}/new.zip/new.tif" if zipped else f"{folder}/new.tif"
    source = gdal.Open(str(tmp_path / "source"))
    names = ["new.tif", "new.tif.aux.xml", "new.tif.msk"]
    if int(gdal.VersionInfo()) >= 3070000:
        names = files_of_gtiff(source)
    for budget in ("2M", "64M"):
        made = gdal.GetDriverByName("ROWBAND").CreateCopy(
            target, source, options=[f"BUDGET={budget}"]
        )
        assert made is not None
        made = None
        there = gdal.ReadDir(target[: -len("/new.tif")])
        assert sorted(x for x in there if x not in (".", "..")) == names
        found = gdal.Open(target)
        for i in range(3):
            band, like = found.GetRasterBand(i + 1), source.GetRasterBand(i + 1)
            assert band.GetMaskFlags() == 0
            assert band.GetMaskBand().ReadRaster() == like.GetMaskBand().ReadRaster()
        found = None
        gdal.Unlink(f"{folder}/new.zip")
