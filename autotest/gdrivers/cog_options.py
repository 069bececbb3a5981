#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""LAYOUT=COG: options of overviews, and what is refused."""

import pytest
from cog_compare import (
    assert_same_levels,
    cog_translate,
    cogs,
    complaints,
    gdal_cog,
    level_sizes,
)
from cog_sources import (
    NEAREST,
    SMALLEST_TILES,
    SMALL_TILES,
    plain,
    rgb_with_mask,
    with_alpha,
    with_mask,
    with_nodata,
)
from gtiff_compare import bands, rowband_translate
from osgeo import gdal
from rowband_driver import assert_refused
from sources import COMPLEX_TYPES, make_source, type_name
from statistics_compare import assert_statistics, counted_by_gdal
from stored import read_bytes


@pytest.mark.parametrize("carrier", [plain, with_mask])
@pytest.mark.parametrize(
    "options,count",
    [
        (("OVERVIEWS=NONE",), 0),
        (("OVERVIEWS=NONE", "OVERVIEW_COUNT=2"), 0),
        (("OVERVIEW_COUNT=1",), 1),
        (("OVERVIEW_COUNT=2",), 2),
        (("OVERVIEW_COUNT=6",), 6),
        (("OVERVIEW_COUNT=30",), 8),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else None,
)
def test_cog_overview_count(tmp_vsimem, options, count, carrier):
    source = carrier(make_source(300, 200, 3))
    options = (*SMALLEST_TILES, "RESAMPLING=AVERAGE", *options)
    dataset, expected = cogs(source, tmp_vsimem, options)
    assert len(level_sizes(dataset)) == 1 + count
    assert_same_levels(dataset, expected)
    assert complaints(f"{tmp_vsimem}/rowband.tif") == []


def test_cog_overview_count_of_none(tmp_vsimem):
    """The COG driver of GDAL 3.6 makes no file then, and does not say why."""
    path = f"{tmp_vsimem}/out.tif"
    options = (*SMALL_TILES, "OVERVIEW_COUNT=0")
    dataset = cog_translate(path, make_source(300, 200), options)[0]
    assert level_sizes(dataset) == [(300, 200)]
    assert complaints(path) == []


def test_cog_overview_count_of_a_raster_of_one_tile(tmp_vsimem):
    options = ("OVERVIEW_COUNT=2", *NEAREST)
    dataset, expected = cogs(make_source(), tmp_vsimem, options)
    assert level_sizes(dataset) == [(70, 50), (35, 25), (17, 12)]
    assert_same_levels(dataset, expected)


def test_cog_overview_resampling_wins(tmp_vsimem):
    source = rgb_with_mask(300, 200)
    options = (*SMALLEST_TILES, "RESAMPLING=NEAREST", "OVERVIEW_RESAMPLING=AVERAGE")
    dataset = cog_translate(f"{tmp_vsimem}/out.tif", source, options)[0]
    del dataset
    options = (*SMALLEST_TILES, "RESAMPLING=AVERAGE")
    expected = gdal_cog(f"{tmp_vsimem}/cog.tif", source, options)
    assert_same_levels(gdal.Open(f"{tmp_vsimem}/out.tif"), expected)


@pytest.mark.parametrize(
    "option",
    [
        "TILING_SCHEME=CUSTOM",
        "OVERVIEWS=AUTO",
        "OVERVIEWS=IGNORE_EXISTING",
        "RESAMPLING=CUBIC",
        "RESAMPLING=cubic",
        "TILED=YES",
        "INTERLEAVE=PIXEL",
        "BLOCKSIZE=512",
    ],
)
def test_cog_default_by_name(tmp_vsimem, option):
    paths = [f"{tmp_vsimem}/{name}.tif" for name in ("default", "named")]
    for path, options in zip(paths, [(), (option,)]):
        said = cog_translate(path, make_source(600, 520), options)[1]
        assert said == []
    assert read_bytes(paths[0]) == read_bytes(paths[1])


@pytest.mark.parametrize("carrier", [plain, with_nodata, with_mask, with_alpha])
def test_cog_statistics(tmp_vsimem, carrier):
    path = f"{tmp_vsimem}/out.tif"
    source = carrier(make_source(300, 200, 3, gdal.GDT_UInt16))
    cog_translate(path, source, (*SMALLEST_TILES, "STATISTICS=YES"))
    assert_statistics(path)
    found = gdal.Open(path)
    for band, expected in zip(bands(found), counted_by_gdal(source)):
        for name in ("MINIMUM", "MAXIMUM", "MEAN", "STDDEV"):
            item = f"STATISTICS_{name}"
            value = float(band.GetMetadataItem(item))
            assert value == pytest.approx(float(expected[item]), rel=1e-9)
    assert complaints(path) == []


@pytest.mark.parametrize("where", ["raster", "overviews"])
def test_cog_error_of_overviews_in_lerc(tmp_vsimem, where):
    """Each is off by what was allowed, and not by what was allowed of the other."""
    source = make_source(300, 200, 1, gdal.GDT_Float32)
    common = (*SMALLEST_TILES, "COMPRESS=LERC", "RESAMPLING=NEAREST")
    of_raster, of_overviews = (5, 0) if where == "raster" else (0, 5)
    options = {
        "exact": (),
        "given": (f"MAX_Z_ERROR={of_raster}", f"MAX_Z_ERROR_OVERVIEW={of_overviews}"),
    }
    found = {}
    for name, more in options.items():
        path = f"{tmp_vsimem}/{name}.tif"
        assert cog_translate(path, source, (*common, *more))[1] == []
        opened = gdal.Open(path)
        band = opened.GetRasterBand(1)
        found[name] = band.ReadAsArray(), band.GetOverview(0).ReadAsArray()
    off = [abs(a - b).max() for a, b in zip(found["exact"], found["given"])]
    lossy, exact = off if where == "raster" else reversed(off)
    assert exact == 0 and 1 < lossy < 5.01  # in floats


def test_cog_error_of_overviews_is_a_number_and_for_lerc(tmp_vsimem):
    source = make_source(300, 200, 1, gdal.GDT_Float32)
    for value in ("much", "-1", "3m"):
        options = ["LAYOUT=COG", "COMPRESS=LERC", f"MAX_Z_ERROR_OVERVIEW={value}"]
        assert_refused(f"{tmp_vsimem}/o.tif", source, options, "MAX_Z_ERROR_OVERVIEW")
    options = (*SMALLEST_TILES, "MAX_Z_ERROR_OVERVIEW=1")
    said = cog_translate(f"{tmp_vsimem}/o.tif", source, options)[1]
    assert len(said) == 1 and "has no effect with COMPRESS=DEFLATE" in said[0][2]


###############################################################################
# Refusals


@pytest.mark.parametrize(
    "option",
    [
        "OVERVIEWS=SOME",
        "TILED=NO",
        "BLOCKXSIZE=256",
        "BLOCKYSIZE=256",
        "INTERLEAVE=LINE",
        "BLOCKSIZE=100",
        "BLOCKSIZE=0",
        "BLOCKSIZE=-128",
        "BLOCKSIZE=big",
        "RESAMPLING=NONSENSE",
        "OVERVIEW_RESAMPLING=NONSENSE",
        "OVERVIEW_COUNT=-2",
        "OVERVIEW_COUNT=few",
        "OVERVIEW_COMPRESS=SQUEEZE",
        "OVERVIEW_PREDICTOR=4",
        "LEVEL=0",
        "LEVEL=13",
    ],
)
def test_cog_refuses(tmp_vsimem, option):
    options = ["LAYOUT=COG", option]
    name = option.split("=")[0]
    assert_refused(f"{tmp_vsimem}/out.tif", make_source(), options, name)
    assert gdal.ReadDir(tmp_vsimem) in (None, [])


@pytest.mark.parametrize("layout", [[], ["LAYOUT=GTIFF"]], ids=["default", "GTIFF"])
@pytest.mark.parametrize(
    "option",
    [
        "BLOCKSIZE=256",
        "INTERLEAVE=TILE",
        "OVERVIEWS=AUTO",
        "RESAMPLING=CUBIC",
        "OVERVIEW_COUNT=1",
        "OVERVIEW_COMPRESS=LZW",
        "LEVEL=3",
        "QUALITY=50",
    ],
)
def test_cog_options_are_refused_without_it(tmp_vsimem, option, layout):
    name = option.split("=")[0]
    target = f"{tmp_vsimem}/out.tif"
    assert_refused(target, make_source(), [*layout, option], name, "LAYOUT=COG")


def test_cog_layout_that_is_none(tmp_vsimem):
    options = ["LAYOUT=NONSENSE"]
    assert_refused(f"{tmp_vsimem}/out.tif", make_source(), options, "LAYOUT")


@pytest.mark.parametrize("option", [[], ["RESAMPLING=AVERAGE"]], ids=str)
@pytest.mark.parametrize("gdal_type", COMPLEX_TYPES, ids=type_name)
def test_cog_complex_types_are_for_nearest(tmp_vsimem, gdal_type, option):
    source = make_source(300, 200, 1, gdal_type)
    if not option and int(gdal.VersionInfo()) >= 3110400:
        # The COG driver's default, too, from then on.
        assert_same_levels(*cogs(source, tmp_vsimem, SMALL_TILES))
    else:
        options = ["LAYOUT=COG", *SMALL_TILES, *option]
        assert_refused(f"{tmp_vsimem}/out.tif", source, options, "RESAMPLING")


@pytest.mark.parametrize("option", [[], ["BIGTIFF=YES"]], ids=str)
def test_cog_layout_gtiff_is_the_default(tmp_vsimem, option):
    paths = [f"{tmp_vsimem}/{name}.tif" for name in ("default", "named")]
    for path, layout in zip(paths, [[], ["LAYOUT=GTIFF"]]):
        rowband_translate(path, make_source(600, 520), [*layout, *option])
    assert read_bytes(paths[0]) == read_bytes(paths[1])
    assert "LAYOUT" not in gdal.Open(paths[0]).GetMetadata("IMAGE_STRUCTURE")
