#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""PART=i/n and ROWBAND_PARTS: parts that n processes make come together to the file
that one process makes, byte for byte; what are not the parts of one run do not."""

import os

import numpy as np
import part_cases
import pytest
from gtiff_compare import collected_errors
from osgeo import gdal
from part_cases import PREFIX, copied, make_parts, merged_as_one
from rowband_driver import assert_refused, driver, recorder
from sources import ALL_TYPES, COMPLEX_TYPES, pixels, type_name, utm
from stored import read_bytes

COG = ("LAYOUT=COG", "BLOCKSIZE=32")
WIDTH, HEIGHT = 150, 700


def raster(bands=1, type_=gdal.GDT_Byte, width=WIDTH, height=HEIGHT):
    made = gdal.GetDriverByName("MEM").Create("", width, height, bands, type_)
    made.SetGeoTransform((440720, 60, 0, 3751320, 0, -60))
    made.SetSpatialRef(utm())
    for i in range(bands):
        made.GetRasterBand(i + 1).WriteArray(pixels(width, height, type_, i))
    return made


@pytest.mark.parametrize("first", range(0, 56, 8))
def test_random_rasters_come_together(first):
    for seed in range(first, first + 8):
        told, found = part_cases.run_case(seed)
        assert not found or found.startswith("not copied"), (seed, told, found)


@pytest.mark.long
@pytest.mark.parametrize("first", range(10000, 14000, 50))
def test_many_random_rasters_come_together(first):
    for seed in range(first, first + 50):
        told, found = part_cases.run_case(seed)
        assert not found or found.startswith("not copied"), (seed, told, found)


@pytest.mark.parametrize("count", [1, 2, 5, 16])
@pytest.mark.parametrize("layout", [COG, ("TILED=NO", "BLOCKYSIZE=9")])
def test_of_any_number(tmp_path, count, layout):
    options = [*layout, "STATISTICS=YES", "PREDICTOR=AUTO"]
    assert merged_as_one(str(tmp_path), raster(3), options, count) == ""


@pytest.mark.parametrize("type_", ALL_TYPES, ids=type_name)
def test_of_any_type(tmp_path, type_):
    method = "NEAREST" if type_ in COMPLEX_TYPES else "LANCZOS"
    options = [*COG, f"RESAMPLING={method}", "STATISTICS=YES"]
    if gdal.GetDataTypeName(type_) == "CFloat16":
        pytest.skip("the driver does not write it")
    assert merged_as_one(str(tmp_path), raster(2, type_), options, 3) == ""


@pytest.mark.parametrize("method", part_cases.METHODS)
def test_with_any_resampling(tmp_path, method):
    options = [*COG, f"RESAMPLING={method}"]
    assert merged_as_one(str(tmp_path), raster(3), options, 4) == ""


@pytest.mark.parametrize(
    "codec", ["JPEG", "WEBP", "LERC MAX_Z_ERROR=3", "DEFLATE NBITS=7"]
)
def test_with_codecs_that_lose_something(tmp_path, codec):
    options = [*COG, *f"COMPRESS={codec}".split()]
    assert merged_as_one(str(tmp_path), raster(3), options, 4) == ""


@pytest.mark.parametrize("interleave", ["PIXEL", "BAND", "TILE"])
@pytest.mark.parametrize("bands", [1, 3])
def test_masks_of_grey(tmp_path, bands, interleave):
    source = raster(bands)
    source.CreateMaskBand(gdal.GMF_PER_DATASET)
    source.GetRasterBand(1).GetMaskBand().WriteArray(pixels(WIDTH, HEIGHT, 1, 5))
    options = [*COG, f"INTERLEAVE={interleave}", "RESAMPLING=CUBIC", "STATISTICS=YES"]
    assert merged_as_one(str(tmp_path), source, options, 4) == ""


def test_statistics_of_nothing(tmp_path):
    source = raster(2)
    source.GetRasterBand(1).SetNoDataValue(3)
    source.GetRasterBand(2).SetNoDataValue(3)
    source.GetRasterBand(2).Fill(3)
    for profile in ("GDALGeoTIFF", "BASELINE"):
        folder = tmp_path / profile
        folder.mkdir()
        options = [*COG, "STATISTICS=YES", f"PROFILE={profile}"]
        assert merged_as_one(str(folder), source, options, 4) == ""
        part = gdal.Open(f"{folder}/parts/part-2.tif")
        assert part.GetRasterBand(1).GetMetadataItem("STATISTICS_MEAN") is None


def test_nodata_of_one_band(tmp_path):
    """TIFF has one nodata for all bands; overviews are made by each band's own."""
    source = raster(3)
    source.GetRasterBand(1).SetNoDataValue(40)
    options = [*COG, "RESAMPLING=RMS"]
    assert merged_as_one(str(tmp_path), source, options, 5) == ""


def test_statistics_in_the_order_of_the_tiles(tmp_path):
    """Sums of large numbers that cancel each other show the order."""
    source = raster(2, gdal.GDT_Float64)
    random = np.random.default_rng(8)
    for i in (1, 2):
        noise = random.normal(0, 1e14, (HEIGHT // 2, WIDTH))
        source.GetRasterBand(i).WriteArray(np.concatenate([noise, -noise]))
    for interleave in ("PIXEL", "BAND"):
        folder = tmp_path / interleave
        folder.mkdir()
        options = ["BLOCKXSIZE=32", "BLOCKYSIZE=16", f"INTERLEAVE={interleave}"]
        options.append("STATISTICS=YES")
        assert merged_as_one(str(folder), source, options, 7) == ""


def overviews(folder, levels):
    source = gdal.GetDriverByName("GTiff").CreateCopy(f"{folder}/s.tif", raster(2))
    source.BuildOverviews("AVERAGE", levels)
    source = None
    return gdal.Open(f"{folder}/s.tif")


@pytest.mark.parametrize("layout", [COG, ("COPY_SRC_OVERVIEWS=YES",)])
def test_overviews_that_are_there(tmp_path, layout):
    source = overviews(tmp_path, [2, 4, 16])
    assert merged_as_one(str(tmp_path), source, list(layout), 3) == ""


@pytest.mark.parametrize("codec", ["DEFLATE", "JPEG"])
@pytest.mark.parametrize("layout", [COG, ("BLOCKXSIZE=32", "BLOCKYSIZE=32")])
def test_tiles_that_are_copied(tmp_path, codec, layout):
    tiles = ["TILED=YES", "BLOCKXSIZE=32", "BLOCKYSIZE=32", f"COMPRESS={codec}"]
    if codec == "JPEG" and layout == COG:
        tiles.append("PHOTOMETRIC=YCBCR")
    source = gdal.GetDriverByName("GTiff").CreateCopy(
        f"{tmp_path}/source.tif", raster(3), options=tiles
    )
    source = None
    source = gdal.Open(f"{tmp_path}/source.tif")
    options = [*layout, f"COMPRESS={codec}", "LOSSLESS_COPY=YES"]
    assert merged_as_one(str(tmp_path), source, options, 4) == ""


@pytest.mark.parametrize(
    "options",
    [
        ("TARGET_SRS=EPSG:3857",),
        ("TILING_SCHEME=GoogleMapsCompatible",),
        ("TARGET_SRS=EPSG:4326", "ADD_ALPHA=NO", "STATISTICS=YES"),
    ],
)
def test_reprojected(tmp_path, options):
    options = [*COG, "WARP_RESAMPLING=BILINEAR", *options]
    assert merged_as_one(str(tmp_path), raster(3), options, 3) == ""


def test_many_bands_and_little_memory(tmp_path):
    options = ["BUDGET=1M", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "STATISTICS=YES"]
    assert merged_as_one(str(tmp_path), raster(12), options, 3) == ""


@pytest.mark.parametrize("name", ["parts", "pa*ts", "p [a] %20 ä&<.tif"])
def test_by_the_name_of_a_folder(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    make_parts(str(folder), raster(), COG, 2)
    assert gdal.Open(f"{PREFIX}{folder}").ReadRaster() == raster().ReadRaster()


def test_in_memory(tmp_vsimem_folder):
    assert merged_as_one(tmp_vsimem_folder, raster(), list(COG), 3) == ""


@pytest.fixture
def tmp_vsimem_folder():
    gdal.Mkdir("/vsimem/parts.py", 0o755)
    yield "/vsimem/parts.py"
    gdal.RmdirRecursive("/vsimem/parts.py")


def test_what_a_part_says(tmp_path):
    make_parts(str(tmp_path), raster(), COG, 3)
    said = [
        gdal.Open(f"{tmp_path}/part-{i}.tif").GetMetadata("ROWBAND_PART")
        for i in (1, 2, 3)
    ]
    assert [one["PART"] for one in said] == ["1/3", "2/3", "3/3"]
    assert len({one["RUN"] for one in said}) == 1
    assert len({one["DIGEST"] for one in said}) == 3
    rows = [tuple(map(int, one["ROWS"].split(","))) for one in said]
    assert rows[0][0] == 0 and rows[2][1] == HEIGHT
    assert rows[0][1] == rows[1][0] and rows[1][1] == rows[2][0]
    levels = {int(one["LEVELS"]) for one in said}
    part = gdal.Open(f"{tmp_path}/part-2.tif")
    assert levels == {1 + part.GetRasterBand(1).GetOverviewCount()}


def test_a_part_is_a_sparse_tiff(tmp_path):
    make_parts(str(tmp_path), raster(), COG, 2)
    with collected_errors() as said:
        part = gdal.Open(f"{tmp_path}/part-1.tif")
        values = part.ReadAsArray()
    assert not said
    begin, end = map(int, part.GetMetadataItem("ROWS", "ROWBAND_PART").split(","))
    assert (values[begin:end] == pixels(WIDTH, HEIGHT, gdal.GDT_Byte)[begin:end]).all()
    assert not values[end:].any()


def test_the_index_of_tiles_that_are_not_there_takes_no_disk(tmp_path):
    source = gdal.GetDriverByName("GTiff").Create(
        f"{tmp_path}/s.tif",
        60000,
        50000,
        options=["TILED=YES", "SPARSE_OK=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64"],
    )
    source.GetRasterBand(1).WriteArray(pixels(100, 100, gdal.GDT_Byte), 30000, 40000)
    source = None
    options = ["BLOCKXSIZE=64", "BLOCKYSIZE=64", "SPARSE_OK=YES", "PART=9/10"]
    assert copied(f"{tmp_path}/p.tif", gdal.Open(f"{tmp_path}/s.tif"), options)[0]
    found = os.stat(f"{tmp_path}/p.tif")
    assert found.st_size > 8 * 60000 * 50000 / 64 / 64
    assert found.st_blocks * 512 < found.st_size / 4
    values = gdal.Open(f"{tmp_path}/p.tif").ReadAsArray(30000, 40000, 100, 100)
    assert (values == pixels(100, 100, gdal.GDT_Byte)).all()


def digest(source, options, tmp_path, part="1/2"):
    path = f"{tmp_path}/digest.tif"
    ok, said = copied(path, source, [*options, f"PART={part}"])
    assert ok, said
    said = gdal.Open(path).GetMetadata("ROWBAND_PART")
    return said["RUN"], said["DIGEST"]


def test_the_digest_is_of_what_concerns_the_file(tmp_path):
    source = gdal.GetDriverByName("GTiff").CreateCopy(f"{tmp_path}/s.tif", raster())
    source = None
    opened = gdal.Open(f"{tmp_path}/s.tif")
    first = digest(opened, COG, tmp_path)
    assert digest(opened, COG, tmp_path) == first
    assert digest(opened, [*COG, "NUM_THREADS=2", "BUDGET=9M"], tmp_path) == first
    assert digest(opened, [*COG, "ZLEVEL=7"], tmp_path)[0] != first[0]
    assert digest(opened, COG, tmp_path, "1/3")[0] != first[0]
    assert digest(opened, COG, tmp_path, "2/2") == (
        first[0],
        digest(opened, COG, tmp_path, "2/2")[1],
    )
    opened = None
    os.utime(f"{tmp_path}/s.tif", (1, 1))
    assert digest(gdal.Open(f"{tmp_path}/s.tif"), COG, tmp_path)[0] != first[0]


@pytest.mark.parametrize("wrap", ["VRT of a VRT", "-srcwin of a VRT"])
def test_the_digest_is_of_files_behind_vrts(tmp_path, wrap):
    """GDAL's list of a VRT's files ends with what it reads itself."""
    source, inner, outer = (
        f"{tmp_path}/{name}" for name in ("s.tif", "i.vrt", "o.vrt")
    )
    gdal.GetDriverByName("GTiff").CreateCopy(source, raster()).FlushCache()
    gdal.Warp(inner, source, format="VRT", dstSRS="EPSG:32612").FlushCache()
    if wrap == "VRT of a VRT":
        opened = gdal.BuildVRT(outer, inner)
    else:
        opened = gdal.Translate("", inner, format="VRT", srcWin=(0, 0, 90, 200))
    first = digest(opened, COG, tmp_path)
    assert digest(opened, COG, tmp_path) == first
    os.utime(source, (1, 1))
    assert digest(opened, COG, tmp_path)[0] != first[0]


def test_halos_are_told(tmp_path):
    gdal.SetConfigOption("CPL_DEBUG", "ROWBAND")
    try:
        _, messages = copied(f"{tmp_path}/p.tif", raster(), [*COG, "PART=2/3"])
    finally:
        gdal.SetConfigOption("CPL_DEBUG", None)
    told = [text for text in messages if "plan: part 2 of 3" in text]
    assert len(told) == 1 and "blocks are another part's, too" in told[0]


# --- what is refused ---------------------------------------------------------


@pytest.fixture
def parts(tmp_path):
    folder = tmp_path / "parts"
    folder.mkdir()
    make_parts(str(folder), raster(), COG, 3)
    return folder


def assert_not_opened(folder, *words):
    with collected_errors() as said:
        assert gdal.Open(f"{PREFIX}{folder}") is None
    errors = [args[2] for args in said if args[0] == gdal.CE_Failure]
    assert len(errors) == 1, said
    for word in words:
        assert word in errors[0], errors


def test_a_missing_part(parts):
    os.remove(parts / "part-2.tif")
    assert_not_opened(parts, "part 2 of 3 is missing")


def test_a_part_of_another_run(parts):
    path = str(parts / "part-2.tif")
    copied(path, raster(), [*COG, "ZLEVEL=2", "PART=2/3"])
    assert_not_opened(parts, "part-2.tif is a part of another run than")


def test_a_part_twice(parts):
    (parts / "part-9.tif").write_bytes((parts / "part-2.tif").read_bytes())
    assert_not_opened(parts, "part-2.tif and ", "part-9.tif are both part 2 of 3")


def test_a_file_that_is_no_part(parts):
    copied(str(parts / "whole.tif"), raster(), COG)
    assert_not_opened(parts, "whole.tif is no part")


def test_no_parts(tmp_path):
    assert_not_opened(tmp_path, "there are no parts")


@pytest.mark.parametrize("left", [0, 4, 100, 0.5, 0.9, -1])
def test_a_part_that_is_cut(parts, left):
    data = (parts / "part-2.tif").read_bytes()
    left = int(left * len(data)) if isinstance(left, float) else left
    (parts / "part-2.tif").write_bytes(data[:left])
    assert_not_opened(parts, "part-2.tif", "is cut")


def test_every_cut_is_noticed(parts):
    data = (parts / "part-2.tif").read_bytes()
    for left in range(0, len(data), 997):
        (parts / "part-2.tif").write_bytes(data[:left])
        with collected_errors():
            assert gdal.Open(f"{PREFIX}{parts}") is None


def test_damaged_parts_do_no_harm(parts):
    """Bytes of the directories at random: refused, or merged to something."""
    data = bytearray((parts / "part-2.tif").read_bytes())
    random = np.random.default_rng(3)
    for _ in range(60):
        damaged = bytearray(data)
        at = random.integers(max(0, len(data) - 6000), len(data))
        damaged[at] ^= 1 << random.integers(8)
        (parts / "part-2.tif").write_bytes(damaged)
        with collected_errors() as said:
            together = gdal.Open(f"{PREFIX}{parts}")
            if together is not None:
                made = driver().CreateCopy(f"{parts}/../all.tif", together)
                made = None
                together = None
        assert len([args for args in said if args[0] == gdal.CE_Failure]) <= 2


@pytest.mark.parametrize("value", ["0/3", "4/3", "1", "1/", "/3", "1/3x", "a/b", "1/0"])
def test_no_part(tmp_path, value):
    assert_refused(f"{tmp_path}/p.tif", raster(), [f"PART={value}"], "PART", value)


def test_masks_of_single_bands(tmp_path):
    source = raster(2)
    source.GetRasterBand(1).CreateMaskBand(0)
    assert_refused(f"{tmp_path}/p.tif", source, ["PART=1/2"], "PART")


def test_create(tmp_path):
    with collected_errors() as said:
        assert driver().Create(f"{tmp_path}/p.tif", 9, 9, options=["PART=1/2"]) is None
    assert "PART" in said[0][2] and not os.listdir(tmp_path)


def test_by_way_of_a_pipe(tmp_path):
    """Where nothing can be gone back to."""
    folder = tmp_path / "parts"
    folder.mkdir()
    for number in (1, 2):
        options = [*COG, f"PART={number}/2"]
        ok, said = copied(f"/vsizip/{folder}/{number}.zip/p.tif", raster(3), options)
        assert ok, said
        data = read_bytes(f"/vsizip/{folder}/{number}.zip/p.tif")
        os.remove(folder / f"{number}.zip")
        (folder / f"{number}.tif").write_bytes(data)
    together = gdal.Open(f"{PREFIX}{folder}")
    zipped = f"/vsizip/{tmp_path}/all.zip/all.tif"
    assert copied(zipped, together, [])[0]
    assert copied(f"{tmp_path}/one.tif", raster(3), COG)[0]
    assert read_bytes(zipped) == read_bytes(f"{tmp_path}/one.tif")


def test_options_that_contradict_the_parts(parts, tmp_path):
    together = gdal.Open(f"{PREFIX}{parts}")
    target = f"{tmp_path}/all.tif"
    assert_refused(target, together, ["BLOCKSIZE=64"], "BLOCKSIZE=64", "BLOCKSIZE=32")
    assert_refused(target, together, ["COMPRESS=LZW"], "COMPRESS=LZW", "contradicts")
    assert_refused(target, together, ["PART=1/2"], "PART")
    options = [*COG, "COMPRESS=DEFLATE", "NUM_THREADS=2", "BUDGET=64M", "VERIFY=YES"]
    assert copied(target, together, options)[0]


def test_the_target_is_a_part(parts):
    before = read_bytes(f"{parts}/part-1.tif")
    together = gdal.Open(f"{PREFIX}{parts}")
    keep = ["QUIET_DELETE_ON_CREATE_COPY=NO", "@QUIET_DELETE_ON_CREATE_COPY=NO"]
    with collected_errors() as said:
        made = driver().CreateCopy(f"{parts}/part-1.tif", together, options=keep)
    assert made is None and "also a part" in said[-1][2]
    assert read_bytes(f"{parts}/part-1.tif") == before


@pytest.mark.parametrize("stop_at", [0.0, 0.3, 0.95, 1.0])
def test_cancelled(parts, tmp_path, stop_at):
    together = gdal.Open(f"{PREFIX}{parts}")
    target = f"{tmp_path}/all.tif"
    with collected_errors() as said:
        made = driver().CreateCopy(target, together, callback=recorder([], stop_at))
    assert made is None and not os.path.exists(target)
    assert [args[2] for args in said if args[0] == gdal.CE_Failure]
    assert sorted(os.listdir(tmp_path)) == ["parts"]


def test_the_source_need_not_be_there(tmp_path):
    driver_gtiff = gdal.GetDriverByName("GTiff")
    source = driver_gtiff.CreateCopy(f"{tmp_path}/s.tif", raster(3))
    source = None
    opened = gdal.Open(f"{tmp_path}/s.tif")
    assert copied(f"{tmp_path}/one.tif", opened, COG)[0]
    folder = tmp_path / "parts"
    folder.mkdir()
    make_parts(str(folder), opened, COG, 3)
    opened = None
    os.remove(f"{tmp_path}/s.tif")
    assert copied(f"{tmp_path}/all.tif", gdal.Open(f"{PREFIX}{folder}"), [])[0]
    assert read_bytes(f"{tmp_path}/all.tif") == read_bytes(f"{tmp_path}/one.tif")


def test_nothing_is_written_to_the_name_of_the_parts(parts, monkeypatch):
    monkeypatch.chdir(parts)
    together = gdal.Open(f"{PREFIX}part-*.tif")
    together.SetMetadataItem("A", "B")
    together.FlushCache()
    together = None
    assert sorted(os.listdir(parts)) == [f"part-{i}.tif" for i in (1, 2, 3)]
