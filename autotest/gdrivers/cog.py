#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""LAYOUT=COG: valid files, and the same ones whatever the budget and the threads."""

import re

import pytest
from carriers import CARRIERS
from cog_compare import (
    assert_same_levels,
    assert_same_tags,
    cog_translate,
    cogs,
    complaints,
    gdal_cog,
    is_bigtiff,
    with_budgets_and_threads,
)
from cog_sources import (
    NEAREST,
    SMALLEST_TILES,
    SMALL_TILES,
    in_file,
    is_64_bit_integer,
    plain,
    rgb_with_mask,
    size_name,
    with_alpha,
    with_mask,
    with_nodata,
    with_palette,
)
from gtiff_compare import (
    assert_same_description,
    assert_same_files,
    assert_same_pixels,
    bands,
    collected_errors,
    tool_complaints,
)
from osgeo import gdal
from sources import ALL_TYPES, COMPLEX_TYPES, colour, make_source, type_name
from stored import read_bytes


###############################################################################
# Valid files


def assert_valid(path):
    assert complaints(path) == []
    structure = gdal.Open(path).GetMetadata("IMAGE_STRUCTURE")
    assert structure["LAYOUT"] == "COG"


@pytest.mark.parametrize("gdal_type", ALL_TYPES, ids=type_name)
def test_cog_valid_types(tmp_vsimem, gdal_type):
    path = f"{tmp_vsimem}/out.tif"
    source = make_source(300, 200, 2, gdal_type)
    options = NEAREST if gdal_type in COMPLEX_TYPES else ()
    said = cog_translate(path, source, (*SMALL_TILES, *options))[1]
    assert said == []
    assert_valid(path)
    assert_same_pixels(gdal.Open(path), source)


VALID_SOURCES = [
    (plain, 1),
    (plain, 3),
    (with_mask, 3),
    (with_alpha, 3),
    (with_nodata, 1),
    (with_palette, 1),
]


@pytest.mark.parametrize("options", [(), SMALL_TILES], ids=["512", "128"])
@pytest.mark.parametrize("carrier,band_count", VALID_SOURCES)
@pytest.mark.parametrize(
    "size",
    [(1, 1), (5, 3), (512, 512), (513, 511), (1301, 1100), (40, 3000)],
    ids=size_name,
)
def test_cog_valid_sizes(tmp_vsimem, size, carrier, band_count, options):
    path = f"{tmp_vsimem}/out.tif"
    source = carrier(colour(make_source(*size, band_count)))
    said = cog_translate(path, source, (*options, "LEVEL=1"))[1]
    assert said == []
    assert_valid(path)
    assert_same_pixels(gdal.Open(path), source)


@pytest.mark.parametrize("carrier", [plain, with_mask])
@pytest.mark.parametrize("bigtiff", ["YES", "NO"])
def test_cog_valid_bigtiff(tmp_vsimem, bigtiff, carrier):
    path = f"{tmp_vsimem}/out.tif"
    source = carrier(make_source(300, 200, 3))
    cog_translate(path, source, (*SMALL_TILES, f"BIGTIFF={bigtiff}"))
    assert is_bigtiff(path) == (bigtiff == "YES")
    assert_valid(path)


@pytest.mark.parametrize("carrier", [plain, with_mask])
@pytest.mark.parametrize("nodata", [None, 0, 9])
@pytest.mark.parametrize("empty", ["some", "all"])
def test_cog_valid_sparse(tmp_vsimem, empty, nodata, carrier):
    source = carrier(make_source(700, 500, 2))
    for band in bands(source):
        values = band.ReadAsArray()
        values[:, : 600 if empty == "some" else None] = nodata or 0
        band.WriteArray(values)
        if nodata is not None:
            band.SetNoDataValue(nodata)
    options = (*SMALL_TILES, *NEAREST, "SPARSE_OK=YES")
    dataset, expected = cogs(source, tmp_vsimem, options)
    assert complaints(f"{tmp_vsimem}/rowband.tif") == []
    assert_same_levels(dataset, expected)
    assert_same_tags(tmp_vsimem)


@pytest.mark.parametrize("bigtiff", ["YES", "NO"])
@pytest.mark.parametrize("carrier", [plain, with_mask, with_alpha, with_palette])
def test_cog_libtiff_tools(tmp_path, carrier, bigtiff):
    path = str(tmp_path / "out.tif")
    source = carrier(make_source(300, 200, 1 if carrier is with_palette else 3))
    cog_translate(path, source, (*SMALL_TILES, f"BIGTIFF={bigtiff}"))
    assert tool_complaints(path) == []


@pytest.mark.parametrize("carrier", CARRIERS, ids=lambda carrier: carrier.__name__)
def test_cog_description(tmp_vsimem, carrier):
    """With two overviews. Those of integers of 64 bits are floats rounded, and
    have no nodata, in GDAL 3.6."""
    folders = [f"{tmp_vsimem}/{name}" for name in ("rowband", "cog")]
    for folder in folders:
        gdal.Mkdir(folder, 0o755)
    ours, theirs = [f"{folder}/out.tif" for folder in folders]
    source = carrier(make_source())
    options = (*SMALLEST_TILES, *NEAREST, "OVERVIEW_COUNT=2")
    cog_translate(ours, source, options)
    expected = gdal_cog(theirs, source, options)
    dataset = gdal.Open(ours)
    with collected_errors():
        if not is_64_bit_integer(source.GetRasterBand(1).DataType):
            assert_same_levels(dataset, expected)
        assert_same_description(dataset, expected)
        assert_same_files(*folders)
    assert complaints(ours) == []


###############################################################################
# Same bytes


BLOCKS = {
    "memory": None,
    "strips": ("BLOCKYSIZE=7",),
    "flat": ("TILED=YES", "BLOCKXSIZE=256", "BLOCKYSIZE=16"),
    "wide": ("TILED=YES", "BLOCKXSIZE=2048", "BLOCKYSIZE=64"),
}


@pytest.mark.parametrize("resampling", ["CUBIC", "AVERAGE"])
@pytest.mark.parametrize("blocks", BLOCKS)
def test_cog_same_bytes(tmp_vsimem, blocks, resampling):
    source = rgb_with_mask(2100 if blocks == "wide" else 500, 300)
    if BLOCKS[blocks]:
        source = in_file(tmp_vsimem, source, BLOCKS[blocks])
    options = (*SMALLEST_TILES, f"RESAMPLING={resampling}")
    paths = with_budgets_and_threads(tmp_vsimem, source, options)
    expected = read_bytes(paths[0])
    assert [path for path in paths if read_bytes(path) != expected] == []
    assert complaints(paths[0]) == []


@pytest.fixture
def little_cache():
    before = gdal.GetCacheMax()
    gdal.SetCacheMax(1 << 20)
    gdal.SetConfigOption("CPL_DEBUG", "ROWBAND")
    yield
    gdal.SetConfigOption("CPL_DEBUG", None)
    gdal.SetCacheMax(before)


@pytest.mark.parametrize("resampling", ["CUBIC", "AVERAGE"])
@pytest.mark.parametrize("blocks", ["strips", "flat", "wide"])
def test_cog_decodes_each_block_once(tmp_vsimem, little_cache, blocks, resampling):
    source = in_file(tmp_vsimem, rgb_with_mask(2100, 300), BLOCKS[blocks])
    wrapped = gdal.Translate("", source, format="VRT", srcWin=[33, 21, 2000, 250])
    options = (*SMALL_TILES, f"RESAMPLING={resampling}")
    said = cog_translate(f"{tmp_vsimem}/out.tif", wrapped, options)[1]
    found = re.findall("amplification ([0-9.]+)", "\n".join(args[2] for args in said))
    assert found == ["1.00"], said
