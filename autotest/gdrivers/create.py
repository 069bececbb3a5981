#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""Create(): pixels in any order, made into the file when it is closed."""

import itertools
import os
import sys

import numpy as np
import pytest
from carriers import CARRIERS, with_different_nodata
from cog_compare import complaints
from gtiff_compare import (
    assert_same_description,
    assert_same_pixels,
    bands,
    collected_errors,
)
from osgeo import gdal
from programs import PYTHON, needs, run_program
from rowband_driver import driver
from sources import ALL_TYPES, make_source, pixels, type_name
from stored import read_bytes

LAYOUTS = {"GTIFF": [], "COG": ["LAYOUT=COG", "BLOCKSIZE=128", "RESAMPLING=NEAREST"]}

# Raw pixels wait in memory with the one, in a file with the other.
BUDGETS = ("BUDGET=256M", "BUDGET=1K")


def windows(width, height, size=200):
    """Last ones first, columns before rows."""
    corners = itertools.product(range(0, width, size), range(0, height, size))
    for x, y in reversed(list(corners)):
        yield x, y, min(size, width - x), min(size, height - y)


def write_all(created, source):
    """Band by band, window by window, some of it twice."""
    for target, band in reversed(list(zip(bands(created), bands(source)))):
        target.Fill(1)
        for window in windows(band.XSize, band.YSize):
            target.WriteRaster(*window, band.ReadRaster(*window))


def create_like(target, source, options):
    return driver().Create(
        target,
        source.RasterXSize,
        source.RasterYSize,
        source.RasterCount,
        source.GetRasterBand(1).DataType,
        list(options),
    )


def create_copy(target, source, options):
    with collected_errors() as said:
        assert driver().CreateCopy(target, source, options=list(options)), said


@pytest.mark.parametrize("budget", BUDGETS)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("gdal_type", ALL_TYPES, ids=type_name)
def test_create_equals_create_copy(tmp_path, gdal_type, layout, budget):
    """The same bytes, and nothing else in the folder, then or before."""
    folder = tmp_path / "target"
    folder.mkdir()
    source = make_source(500, 300, 2, gdal_type, georeferenced=False)
    options = [*LAYOUTS[layout], budget]
    target, expected = str(folder / "out.tif"), str(tmp_path / "expected.tif")
    with collected_errors():
        created = create_like(target, source, options)
        write_all(created, source)
        assert os.listdir(folder) == ["out.tif"]
        assert_same_pixels(created, source)
        del created
        create_copy(expected, source, options)
    assert read_bytes(target) == read_bytes(expected)
    assert os.listdir(folder) == ["out.tif"]


def copy_what_is_said(source, created):
    """All that datasets and bands can be told."""
    if source.GetSpatialRef() is not None:
        created.SetSpatialRef(source.GetSpatialRef())
    if source.GetGeoTransform(can_return_null=True) is not None:
        created.SetGeoTransform(source.GetGeoTransform())
    if source.GetGCPCount() > 0:
        created.SetGCPs(source.GetGCPs(), source.GetGCPSpatialRef())
    for domain in ("", "RPC"):
        created.SetMetadata(source.GetMetadata(domain), domain)
    for band, told in zip(bands(source), bands(created)):
        told.SetMetadata(band.GetMetadata())
        told.SetDescription(band.GetDescription())
        if band.GetNoDataValue() is not None:
            told.SetNoDataValue(band.GetNoDataValue())
        if band.GetScale() is not None:
            told.SetScale(band.GetScale())
        if band.GetOffset() is not None:
            told.SetOffset(band.GetOffset())
        if band.GetUnitType():
            told.SetUnitType(band.GetUnitType())
        if band.GetColorTable() is not None:
            told.SetColorTable(band.GetColorTable())
        if band.GetCategoryNames() is not None:
            told.SetCategoryNames(band.GetCategoryNames())
        if band.GetDefaultRAT() is not None:
            told.SetDefaultRAT(band.GetDefaultRAT())


def create_told(name, target, source):
    created = gdal.GetDriverByName(name).Create(
        target,
        source.RasterXSize,
        source.RasterYSize,
        source.RasterCount,
        source.GetRasterBand(1).DataType,
        ["COMPRESS=DEFLATE", "TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512"]
        + (["INTERLEAVE=PIXEL"] if name == "GTiff" else []),
    )
    copy_what_is_said(source, created)
    write_all(created, source)


# Nodata of bands that differ: of which one GTiff keeps is another when told so
# one after the other.
TOLD = [carrier for carrier in CARRIERS if carrier is not with_different_nodata]


@pytest.mark.parametrize("carrier", TOLD, ids=lambda carrier: carrier.__name__)
def test_create_says_what_gtiff_says(tmp_vsimem, carrier):
    folders = [f"{tmp_vsimem}/{name}" for name in ("ROWBAND", "GTiff")]
    source = carrier(make_source())
    with collected_errors():
        for folder in folders:
            gdal.Mkdir(folder, 0o755)
            create_told(folder.rsplit("/", 1)[1], f"{folder}/out.tif", source)
        ours, theirs = (gdal.Open(f"{folder}/out.tif") for folder in folders)
        assert_same_pixels(ours, theirs)
        assert_same_description(ours, theirs)


@pytest.mark.parametrize("budget", BUDGETS)
@pytest.mark.parametrize("of_band", [False, True])
def test_create_mask(tmp_path, of_band, budget):
    target = str(tmp_path / "out.tif")
    with collected_errors():
        created = driver().Create(target, 300, 200, 2, gdal.GDT_Byte, [budget])
        band = created.GetRasterBand(1)
        (band if of_band else created).CreateMaskBand(gdal.GMF_PER_DATASET)
        mask = np.where(pixels(300, 200, gdal.GDT_Byte) > 90, 255, 0)
        band.GetMaskBand().WriteArray(mask)
        band.Fill(5)
        del band, created
    dataset = gdal.Open(target)
    assert dataset.GetRasterBand(1).GetMaskFlags() == gdal.GMF_PER_DATASET
    assert (dataset.GetRasterBand(1).GetMaskBand().ReadAsArray() == mask).all()
    assert os.listdir(tmp_path) == ["out.tif"]


def test_create_nodata_of_64_bits(tmp_vsimem):
    target = f"{tmp_vsimem}/out.tif"
    created = driver().Create(target, 10, 10, 1, gdal.GDT_Int64)
    created.GetRasterBand(1).SetNoDataValue(2**60 + 1)
    del created
    dataset = gdal.Open(target)
    assert dataset.GetRasterBand(1).GetNoDataValue() == 2**60 + 1


def test_create_of_nothing_written(tmp_vsimem):
    target = f"{tmp_vsimem}/out.tif"
    created = driver().Create(target, 700, 10, 1, gdal.GDT_Byte, ["LAYOUT=COG"])
    assert created.GetDriver().ShortName == "ROWBAND"
    assert created.GetDescription() == target
    del created
    dataset = gdal.Open(target)
    assert not dataset.ReadAsArray().any()
    assert complaints(target) == []


@pytest.mark.parametrize(
    "target,options,word",
    [
        ("out.tif", ["COMPRESS=NONSENSE"], "COMPRESS"),
        ("out.tif", ["LAYOUT=COG", "TILED=NO"], "TILED"),
        ("out.tif", ["BLOCKSIZE=256"], "LAYOUT=COG"),
        ("out.tif", ["BUDGET=little"], "BUDGET"),
        ("no/such/folder/out.tif", [], "No such file"),
    ],
)
def test_create_refuses(tmp_path, target, options, word):
    with collected_errors() as said:
        path = str(tmp_path / target)
        assert driver().Create(path, 30, 20, 1, gdal.GDT_Byte, options) is None
    errors = [args[2] for args in said if args[0] == gdal.CE_Failure]
    assert len(errors) == 1 and word in errors[0], said
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("budget", BUDGETS)
def test_create_that_fails_when_closed_leaves_nothing(tmp_path, budget):
    """What is said of the pixels only when they are all there."""
    target = str(tmp_path / "out.tif")
    options = ["PREDICTOR=3", budget]
    created = driver().Create(target, 300, 200, 1, gdal.GDT_Byte, options)
    with collected_errors() as said:
        del created
    errors = [args[2] for args in said if args[0] == gdal.CE_Failure]
    assert len(errors) == 1 and "PREDICTOR" in errors[0] and target in errors[0]
    assert os.listdir(tmp_path) == []


FULL_DISK = """
import resource, sys
from osgeo import gdal
gdal.PushErrorHandler("CPLQuietErrorHandler")
source, target = sys.argv[1:]
given = gdal.Open(source)
driver = gdal.GetDriverByName("ROWBAND")
made = driver.Create(target, given.RasterXSize, given.RasterYSize, 1, 1, ["BUDGET=1K"])
resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000))
made.GetRasterBand(1).WriteRaster(0, 0, 1500, 1500, given.ReadRaster())
said = []
gdal.PushErrorHandler(lambda *args: said.append(args))
made = None
assert any(args[0] == gdal.CE_Failure and target in args[2] for args in said), said
"""


def test_create_on_a_full_disk(tmp_path):
    folder = tmp_path / "target"
    folder.mkdir()
    source = str(tmp_path / "in.tif")
    gdal.GetDriverByName("GTiff").CreateCopy(source, make_source(1500, 1500))
    command = [sys.executable, "-c", FULL_DISK, source, str(folder / "out.tif")]
    run_program(folder, *command)
    assert os.listdir(folder) == []


###############################################################################
# Programs


CUTLINE = """{"type": "Feature", "properties": {}, "geometry": {"type": "Polygon",
"coordinates": [[[441000, 3750000], [443000, 3750000], [443000, 3748500],
[441000, 3750000]]]}}"""

# In sh; $1 is the driver.
PROGRAMS = {
    "gdalwarp": "gdalwarp -q -t_srs EPSG:4326 -r cubic -of $1 in.tif $1.tif",
    "gdal_rasterize": "gdal_rasterize -q -burn 7 -tr 20 20 -of $1 cutline.json $1.tif",
    "gdal_merge": "gdal_merge.py -q -of $1 -o $1.tif right.tif left.tif",
    "gdal_calc": "gdal_calc.py --quiet --calc A*2 -A in.tif --format $1 --outfile $1.tif",
    "gdalbuildvrt": """gdalbuildvrt -q $1.vrt left.tif right.tif
        gdal_translate -q -of $1 $1.vrt $1.tif""",
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_create_by_programs(tmp_path, program):
    source = make_source(200, 150, 1, gdal.GDT_UInt16)
    gdal.GetDriverByName("GTiff").CreateCopy(str(tmp_path / "in.tif"), source)
    for name, columns in (("left", [0, 0, 120, 150]), ("right", [90, 0, 110, 150])):
        gdal.Translate(str(tmp_path / f"{name}.tif"), source, srcWin=columns)
    (tmp_path / "cutline.json").write_text(CUTLINE)
    for name in ("ROWBAND", "GTiff"):
        run_program(tmp_path, "sh", "-ec", PROGRAMS[program], "sh", name)
    ours, theirs = (gdal.Open(f"{tmp_path}/{n}.tif") for n in ("ROWBAND", "GTiff"))
    assert ours.ReadAsArray().any()
    assert_same_pixels(ours, theirs)
    assert ours.GetGeoTransform() == theirs.GetGeoTransform()
    assert ours.GetSpatialRef().IsSame(theirs.GetSpatialRef())


###############################################################################
# rasterio

RASTERIO = """
import sys
import numpy as np
import rasterio
import rasterio.shutil
from rasterio.windows import Window
source, written, copied = sys.argv[1:]
with rasterio.open(source) as given:
    profile = given.profile
    values = given.read()
profile = {key: profile[key] for key in ("width", "height", "count", "dtype", "crs")}
with rasterio.open(written, "w", driver="ROWBAND", LAYOUT="COG", **profile) as made:
    for y in range(values.shape[1] - 50, -1, -50):
        made.write(values[:, y : y + 50], window=Window(0, y, values.shape[2], 50))
with rasterio.open(written) as made:
    assert (made.read() == values).all()
    assert made.crs == given.crs
rasterio.shutil.copy(source, copied, driver="ROWBAND", COMPRESS="LZW")
with rasterio.open(copied) as made:
    assert (made.read() == values).all()
with rasterio.open(source) as given:
    profile = given.profile
with rasterio.open(copied, "w", **{**profile, "driver": "ROWBAND"}) as made:
    made.write(values)
with rasterio.open(copied) as made:
    assert (made.read() == values).all()
    assert profile.items() <= made.profile.items()
"""


@needs("rasterio")
@pytest.mark.parametrize(
    "blocks",
    [
        ["BLOCKYSIZE=37", "COMPRESS=LZW"],
        ["BLOCKYSIZE=1", "INTERLEAVE=BAND"],
        ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=128", "COMPRESS=DEFLATE"],
    ],
)
def test_create_by_rasterio(tmp_path, blocks):
    source = make_source(700, 600, 3)
    in_tiff = gdal.GetDriverByName("GTiff").CreateCopy
    in_tiff(str(tmp_path / "in.tif"), source, options=blocks)
    names = [str(tmp_path / f"{name}.tif") for name in ("in", "written", "copied")]
    run_program(tmp_path, PYTHON, "-c", RASTERIO, *names)
    assert complaints(names[1]) == []


def test_create_in_strips_as_wide_as_the_raster(tmp_vsimem):
    """As rasterio from 1.4 on says it of a source in strips."""
    target = f"{tmp_vsimem}/out.tif"
    made = driver().Create(target, 90, 50, 1, options=["BLOCKXSIZE=90", "BLOCKYSIZE=7"])
    assert made.WriteRaster(0, 0, 90, 50, bytes(range(90)) * 50) == 0
    made = None
    assert gdal.Open(target).GetRasterBand(1).GetBlockSize() == [90, 7]


# The case that this driver comes from: chunks that are taller than tiles.
CHUNKS = """
import sys, threading
import dask.array
import numpy as np
import rioxarray
import xarray
target = sys.argv[1]
lock, computed = threading.Lock(), []

def chunk(block_info=None):
    (top, bottom), (left, right) = block_info[None]["array-location"]
    with lock:
        computed.append((top, left))
    return np.add.outer(np.arange(top, bottom) * 3, np.arange(left, right))

chunks = ((1024, 1024, 452), (700, 700, 100))
array = dask.array.map_blocks(
    chunk, chunks=chunks, dtype="int64", meta=np.empty((0, 0), "int64")
).astype("uint16")
raster = xarray.DataArray(array, dims=("y", "x")).rio.write_crs("EPSG:32611")
raster.rio.to_raster(target, driver="ROWBAND", LAYOUT="COG", RESAMPLING="NEAREST")
assert sorted(computed) == sorted(set(computed)), computed
assert len(computed) == 9
with rioxarray.open_rasterio(target) as made:
    expected = np.add.outer(np.arange(2500) * 3, np.arange(1500)).astype("uint16")
    assert (made[0].values == expected).all()
"""


@needs("rioxarray", "dask.array")
def test_create_by_rioxarray_computes_each_chunk_once(tmp_path):
    """Not with a lock for to_raster(): it then closes the file before anything is
    in it, and has GTiff update that."""
    target = str(tmp_path / "out.tif")
    run_program(tmp_path, PYTHON, "-c", CHUNKS, target)
    assert complaints(target) == []


@pytest.mark.parametrize("photometric", [None, "MINISWHITE", "MINISBLACK"])
@pytest.mark.parametrize("nbits", [1, 2, 8])
def test_create_few_bits(tmp_vsimem, nbits, photometric):
    options = [f"NBITS={nbits}", "COMPRESS=DEFLATE"]
    if photometric:
        options.append(f"PHOTOMETRIC={photometric}")
    made = []
    for name in ("ROWBAND", "GTiff"):
        path = f"{tmp_vsimem}/{name}/out.tif"
        gdal.Mkdir(f"{tmp_vsimem}/{name}", 0o755)
        created = gdal.GetDriverByName(name).Create(path, 40, 30, options=options)
        values = np.arange(1200).reshape(30, 40) % (1 << nbits)
        created.GetRasterBand(1).WriteArray(values.astype(np.uint8))
        del created
        made.append(gdal.Open(path))
    interpretations = [d.GetRasterBand(1).GetColorInterpretation() for d in made]
    assert interpretations[0] == interpretations[1]
    assert_same_pixels(*made)
    assert len(made[0].GetFileList()) == len(made[1].GetFileList()) == 1


@pytest.mark.parametrize("where", ["disk", "memory"])
def test_create_shows_nothing_until_it_is_whole(tmp_path, tmp_vsimem, where):
    """GDAL's own tiling asks for that, from 3.12 on."""
    path = f"{tmp_path if where == 'disk' else tmp_vsimem}/out.tif"
    source = make_source(300, 200)
    hidden = ["@CREATE_ONLY_VISIBLE_AT_CLOSE_TIME=YES"]
    for options, seen in ((hidden, False), ([], True)):
        created = create_like(path, source, options)
        write_all(created, source)
        created.FlushCache()
        assert (gdal.VSIStatL(path) is not None) == seen
        created = None
        assert_same_pixels(gdal.Open(path), source)
        gdal.Unlink(path)


def test_create_copy_shows_nothing_until_it_is_whole(tmp_path):
    path = f"{tmp_path}/out.tif"
    seen = []

    def look(share, text, user):
        seen.append(gdal.VSIStatL(path) is not None)
        return 1

    assert driver().CreateCopy(path, make_source(300, 200), callback=look)
    assert seen and not any(seen)
