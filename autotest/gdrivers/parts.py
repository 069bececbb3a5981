#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""PART=i/n and ROWBAND_PARTS: parts that n processes make come together to the file
that one process makes, byte for byte."""

import os

import numpy as np
import part_cases
import pytest
from gtiff_compare import collected_errors
from osgeo import gdal
from part_cases import (
    COG,
    HEIGHT,
    PREFIX,
    WIDTH,
    copied,
    make_parts,
    merged_as_one,
    raster,
)
from sources import ALL_TYPES, COMPLEX_TYPES, pixels, type_name


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
