#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""STATISTICS=YES: what the pass counts is what GDAL would have counted."""

import numpy as np
import pytest
from gtiff_compare import bands, rowband_translate, with_budgets_and_threads
from osgeo import gdal
from sources import ALL_TYPES, FLOAT_TYPES, INTEGER_TYPES, colour, make_source, pixels
from statistics_compare import assert_statistics, statistics_of, with_mask_over_half

SMALL_TILES = ("BLOCKXSIZE=32", "BLOCKYSIZE=16")
WIDTH, HEIGHT = 150, 90


def set_nodata(source, value):
    for band in bands(source):
        band.SetNoDataValue(value)


def nodata_of(source, gdal_type):
    """A value that some pixels have."""
    value = source.GetRasterBand(1).ReadAsArray()[3, 3]
    return int(value) if gdal_type in INTEGER_TYPES else float(np.real(value))


@pytest.mark.parametrize("nodata", [False, True], ids=["plain", "nodata"])
@pytest.mark.parametrize("layout", ["PIXEL", "BAND"])
@pytest.mark.parametrize("gdal_type", ALL_TYPES, ids=gdal.GetDataTypeName)
def test_rowband_statistics(tmp_vsimem, gdal_type, layout, nodata):
    source = make_source(WIDTH, HEIGHT, 3, gdal_type)
    if nodata:
        set_nodata(source, nodata_of(source, gdal_type))
    path = tmp_vsimem + "/out.tif"
    options = ("STATISTICS=YES", f"INTERLEAVE={layout}") + SMALL_TILES
    rowband_translate(path, source, options)
    assert_statistics(path)


@pytest.mark.parametrize("gdal_type", FLOAT_TYPES, ids=gdal.GetDataTypeName)
def test_rowband_statistics_leave_nan_out(tmp_vsimem, gdal_type):
    source = make_source(WIDTH, HEIGHT, 1, gdal_type)
    values = pixels(WIDTH, HEIGHT, gdal_type)
    values[10:40, 5:100] = np.nan
    source.GetRasterBand(1).WriteArray(values)
    rowband_translate(tmp_vsimem + "/out.tif", source, ("STATISTICS=YES",))
    assert_statistics(tmp_vsimem + "/out.tif")


def test_rowband_statistics_of_large_values_that_hardly_differ(tmp_vsimem):
    source = make_source(WIDTH, HEIGHT, 1, gdal.GDT_Float64)
    noise = np.random.default_rng(1).random((HEIGHT, WIDTH))
    source.GetRasterBand(1).WriteArray(1e9 + noise)
    rowband_translate(tmp_vsimem + "/out.tif", source, ("STATISTICS=YES",))
    found = statistics_of(tmp_vsimem + "/out.tif")
    assert float(found["STATISTICS_STDDEV"]) == pytest.approx(
        (1e9 + noise).std(), rel=1e-9
    )


def test_rowband_statistics_without_a_valid_pixel(tmp_vsimem):
    source = make_source(WIDTH, HEIGHT)
    source.GetRasterBand(1).Fill(7)
    set_nodata(source, 7)
    source.GetRasterBand(1).SetStatistics(1, 2, 3, 4)
    path = tmp_vsimem + "/out.tif"
    rowband_translate(path, source, ("STATISTICS=YES", "SPARSE_OK=YES"))
    found = statistics_of(path)
    assert found == {"STATISTICS_VALID_PERCENT": "0"}


def test_rowband_statistics_replace_those_of_the_source(tmp_vsimem):
    source = make_source(WIDTH, HEIGHT)
    source.GetRasterBand(1).SetStatistics(1, 2, 3, 4)
    source.GetRasterBand(1).SetMetadataItem("STATISTICS_APPROXIMATE", "YES")
    rowband_translate(tmp_vsimem + "/out.tif", source, ("STATISTICS=YES",))
    assert_statistics(tmp_vsimem + "/out.tif")


@pytest.mark.parametrize(
    "options",
    [
        ("SPARSE_OK=YES",),
        ("COMPRESS=LZMA",),
        ("DISCARD_LSB=3",),
        ("TILED=NO", "BLOCKYSIZE=7"),
        ("PREDICTOR=AUTO",),
    ],
    ids=lambda options: options[0],
)
def test_rowband_statistics_with(tmp_vsimem, options):
    source = make_source(WIDTH, HEIGHT, 2, gdal.GDT_UInt16)
    rowband_translate(tmp_vsimem + "/out.tif", source, ("STATISTICS=YES",) + options)
    assert_statistics(tmp_vsimem + "/out.tif")


@pytest.mark.parametrize("gdal_type", ALL_TYPES, ids=gdal.GetDataTypeName)
def test_rowband_statistics_of_masked_pixels(tmp_vsimem, gdal_type):
    """Left out from GDAL 3.7 on, counted before: as GDAL does it."""
    source = with_mask_over_half(make_source(WIDTH, HEIGHT, 2, gdal_type))
    rowband_translate(tmp_vsimem + "/out.tif", source, ("STATISTICS=YES",))
    assert_statistics(tmp_vsimem + "/out.tif")


@pytest.mark.parametrize("layout", ["PIXEL", "BAND"])
def test_rowband_statistics_beside_alpha(tmp_vsimem, layout):
    source = make_source(WIDTH, HEIGHT, 4)
    colour(source).GetRasterBand(4).SetColorInterpretation(gdal.GCI_AlphaBand)
    alpha = pixels(WIDTH, HEIGHT, gdal.GDT_Byte)
    alpha[:, :70] = 0
    source.GetRasterBand(4).WriteArray(alpha)
    path = tmp_vsimem + "/out.tif"
    rowband_translate(path, source, ("STATISTICS=YES", f"INTERLEAVE={layout}"))
    assert_statistics(path)


def test_rowband_statistics_same_for_all_budgets_and_threads(tmp_vsimem):
    source = make_source(700, 600, 1, gdal.GDT_Float32)
    options = ("STATISTICS=YES",) + SMALL_TILES
    paths = with_budgets_and_threads(tmp_vsimem, source, options)
    assert len({tuple(sorted(statistics_of(path).items())) for path in paths}) == 1


def test_rowband_statistics_warn_once(tmp_vsimem):
    """The tags are made twice, and what is to be said of them is said once."""
    source = make_source(WIDTH, HEIGHT, 2, gdal.GDT_Byte)
    set_nodata(source, 3)
    source.GetRasterBand(2).SetNoDataValue(4)
    said = [
        rowband_translate(f"{tmp_vsimem}/{option}.tif", source, (option,))[1]
        for option in ("STATISTICS=YES", "STATISTICS=NO")
    ]
    assert len(said[0]) == len(said[1])


@pytest.mark.parametrize("value", ["AUTO", "YES", "NO", None])
def test_rowband_statistics_of_the_source(tmp_vsimem, value):
    """Kept, counted anew, left out."""
    source = make_source(WIDTH, HEIGHT, 2)
    for band in bands(source):
        band.SetMetadataItem("STATISTICS_MAXIMUM", "7")
        band.SetMetadataItem("STATISTICS_VALID_PERCENT", "50")
        band.SetMetadataItem("SOMETHING_ELSE", "stays")
    path = tmp_vsimem + "/out.tif"
    options = (f"STATISTICS={value}",) if value is not None else ()
    rowband_translate(path, source, options)
    if value == "YES":
        assert_statistics(path)
    found = gdal.Open(path)
    for band in bands(found):
        assert band.GetMetadataItem("SOMETHING_ELSE") == "stays"
        kept = {"STATISTICS_MAXIMUM": "7", "STATISTICS_VALID_PERCENT": "50"}
        items = {key: band.GetMetadataItem(key) for key in kept}
        if value == "NO":
            assert set(items.values()) == {None}
        else:
            assert (items == kept) == (value != "YES")


@pytest.mark.parametrize("same", ["TRUE yes", "on YES", "1 YES", "off NO", "0 FALSE"])
def test_rowband_statistics_in_other_words(tmp_vsimem, same):
    source = make_source(WIDTH, HEIGHT)
    source.GetRasterBand(1).SetMetadataItem("STATISTICS_MAXIMUM", "7")
    found = []
    for word in same.split():
        path = f"{tmp_vsimem}/{word}.tif"
        rowband_translate(path, source, (f"STATISTICS={word}",))
        found.append(statistics_of(path))
    assert found[0] == found[1]
