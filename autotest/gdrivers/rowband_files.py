#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""BigTIFF, sparse files, and NaN that becomes nodata."""

import struct

import numpy as np
import pytest
from carriers import with_mask
from gtiff_compare import (
    assert_same_pixels,
    compare_with_gtiff,
    gtiff_translate,
    rowband_translate,
)
from osgeo import gdal
from rowband_driver import SMALL_TILES
from sources import FLOAT_TYPES, make_source, type_name
from stored import read_bytes, stored_tiles


def tiff_version(path):
    return struct.unpack("<2sH", read_bytes(path)[:4])


@pytest.mark.parametrize(
    "value,version", [("YES", 43), ("NO", 42), ("IF_NEEDED", 42), (None, 42)]
)
def test_rowband_bigtiff(tmp_vsimem, value, version):
    options = [*SMALL_TILES] + ([f"BIGTIFF={value}"] if value else [])
    target = compare_with_gtiff(with_mask(None), tmp_vsimem, options)
    assert tiff_version(target) == (b"II", version)


@pytest.mark.parametrize("layout", ["tiled", "strips"])
@pytest.mark.parametrize("interleave", ["PIXEL", "BAND"])
@pytest.mark.parametrize("compress", ["NONE", "DEFLATE"])
@pytest.mark.parametrize("nodata", [None, 0, 9])
def test_rowband_sparse(tmp_vsimem, nodata, compress, interleave, layout):
    source = make_source(bands=2)
    for number in (1, 2):
        band = source.GetRasterBand(number)
        values = np.full((50, 70), nodata or 0, np.uint8)
        values[20:30, 35:40] = number + 1
        band.WriteArray(values)
        if nodata is not None:
            band.SetNoDataValue(nodata)
    options = {"tiled": SMALL_TILES, "strips": ("TILED=NO", "BLOCKYSIZE=7")}[layout]
    options = [*options, f"COMPRESS={compress}", f"INTERLEAVE={interleave}"]
    target = compare_with_gtiff(source, tmp_vsimem, [*options, "SPARSE_OK=YES"])
    kept = {at for at, tile in stored_tiles(target).items() if tile}
    gtiff = stored_tiles(f"{tmp_vsimem}/gtiff/out.tif")
    assert kept == {at for at, tile in gtiff.items() if tile}
    assert 0 < len(kept) < len(gtiff)


def test_rowband_not_sparse_by_default(tmp_vsimem):
    source = make_source()
    source.GetRasterBand(1).Fill(0)
    rowband_translate(f"{tmp_vsimem}/out.tif", source, SMALL_TILES)
    assert None not in stored_tiles(f"{tmp_vsimem}/out.tif").values()


@pytest.mark.parametrize("gdal_type", FLOAT_TYPES, ids=type_name)
@pytest.mark.parametrize(
    "translate", [{}, {"srcWin": [3, 5, 60, 40]}], ids=["whole", "window"]
)
def test_rowband_nan_to_nodata(tmp_vsimem, gdal_type, translate):
    source = make_source(bands=2, gdal_type=gdal_type)
    replaced = make_source(bands=2, gdal_type=gdal_type)
    for number in (1, 2):
        values = source.GetRasterBand(number).ReadAsArray()
        values[10:30, 10:30] = np.nan
        values[31, 10] = np.inf
        values[32, 10] = -np.inf
        for dataset in (source, replaced):
            dataset.GetRasterBand(number).SetNoDataValue(-9984)
        source.GetRasterBand(number).WriteArray(values)
        values[np.isnan(values)] = -9984
        replaced.GetRasterBand(number).WriteArray(values)
    options = [*SMALL_TILES, "NAN_TO_NODATA=YES"]
    result = rowband_translate(f"{tmp_vsimem}/out.tif", source, options, **translate)[0]
    expected = gtiff_translate(f"{tmp_vsimem}/gtiff.tif", replaced, **translate)[0]
    assert_same_pixels(result, expected)


@pytest.mark.parametrize("nodata", [None, float("nan")])
def test_rowband_nan_stays_without_finite_nodata(tmp_vsimem, nodata):
    source = make_source(gdal_type=gdal.GDT_Float32)
    source.GetRasterBand(1).Fill(float("nan"))
    if nodata is not None:
        source.GetRasterBand(1).SetNoDataValue(nodata)
    compare_with_gtiff(source, tmp_vsimem, [*SMALL_TILES, "NAN_TO_NODATA=YES"])


@pytest.mark.skipif(not hasattr(gdal, "GDT_Float16"), reason="no half floats here")
def test_rowband_nan_stays_where_half_floats_have_no_such_value(tmp_vsimem):
    """What -9999 is rounded to is not nodata to GDAL."""
    source = make_source(gdal_type=gdal.GDT_Float16)
    source.GetRasterBand(1).Fill(float("nan"))
    source.GetRasterBand(1).SetNoDataValue(-9999)
    compare_with_gtiff(source, tmp_vsimem, [*SMALL_TILES, "NAN_TO_NODATA=YES"])


def test_rowband_nan_to_nodata_leaves_integers_alone(tmp_vsimem):
    source = make_source()
    source.GetRasterBand(1).SetNoDataValue(3)
    compare_with_gtiff(source, tmp_vsimem, [*SMALL_TILES, "NAN_TO_NODATA=YES"])
