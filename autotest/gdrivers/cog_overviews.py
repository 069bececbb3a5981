#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""LAYOUT=COG: overviews and their masks are the COG driver's."""

import itertools
from typing import NamedTuple

import numpy as np
import pytest
from cog_compare import (
    assert_alike,
    assert_near_band,
    assert_same_levels,
    assert_same_pixels_of,
    cog_translate,
    cogs,
    gdal_cog,
)
from cog_sources import (
    NEAREST,
    SMALLEST_TILES,
    SMALL_TILES,
    holes,
    in_file,
    is_64_bit_integer,
    plain,
    size_name,
    with_alpha,
    with_mask,
    with_nan,
    with_nodata,
    with_palette,
)
from gtiff_compare import assert_same_pixels, bands
from osgeo import gdal
from pairwise import pairwise
from sources import (
    COMPLEX_TYPES,
    FLOAT_TYPES,
    INTEGER_TYPES,
    colour,
    make_source,
    pixels,
    type_name,
)


class Case(NamedTuple):
    resampling: str
    gdal_type: int
    size: tuple
    carrier: object
    band_count: int
    kept: str


def cases(resamplings, sizes):
    """Every pair of values three times; the same ones in each run, as numbers are
    what pairwise() chooses of. The others are marked."""
    choices = [
        resamplings,
        [gdal.GDT_Byte, gdal.GDT_UInt16, gdal.GDT_Int16, gdal.GDT_Float32],
        sizes,
        [plain, with_nodata, with_nan, with_mask, with_alpha, with_palette],
        [1, 3],
        ["memory", "file"],
    ]

    def case_of(numbers):
        return Case(*(values[i] for values, i in zip(choices, numbers)))

    every = itertools.product(*(range(len(values)) for values in choices))
    sensible = [numbers for numbers in every if is_sensible(case_of(numbers))]
    chosen = {numbers for seed in range(3) for numbers in pairwise(sensible, seed)}
    return [
        pytest.param(
            case_of(numbers), marks=() if numbers in chosen else pytest.mark.every
        )
        for numbers in sorted(sensible)
    ]


def is_sensible(case):
    if case.carrier is with_palette:
        exact = case.resampling in EXACT
        return exact and case.gdal_type == gdal.GDT_Byte and case.band_count == 1
    return case.carrier is not with_nan or case.gdal_type in FLOAT_TYPES


def case_name(case):
    names = case.resampling, type_name(case.gdal_type), size_name(case.size)
    return "-".join((*names, case.carrier.__name__, f"{case.band_count}", case.kept))


def source_of(case, folder):
    source = colour(make_source(*case.size, case.band_count, case.gdal_type))
    if case.gdal_type == gdal.GDT_Int16:
        for band in bands(source):
            band.WriteArray(band.ReadAsArray() - 12000)
    source = case.carrier(source)
    return source if case.kept == "memory" else in_file(folder, source)


SIZES = [(1024, 1024), (1301, 1100), (1023, 777), (1025, 3), (700, 1)]
EXACT = ["NEAREST", "AVERAGE", "MODE"]
NEAR = ["RMS", "BILINEAR", "CUBIC", "CUBICSPLINE", "LANCZOS", "GAUSS"]
SMALL_SIZES = [(512, 512), (451, 300), (515, 3), (700, 1)]


@pytest.mark.slow
@pytest.mark.parametrize("case", cases(EXACT, SIZES), ids=case_name)
def test_cog_overviews(tmp_vsimem, case):
    source = source_of(case, tmp_vsimem)
    options = (*SMALL_TILES, f"RESAMPLING={case.resampling}", "LEVEL=1")
    dataset, expected = cogs(source, tmp_vsimem, options)
    assert_same_levels(dataset, expected)
    assert_same_pixels(dataset, source)


@pytest.mark.parametrize("case", cases(NEAR, SMALL_SIZES), ids=case_name)
def test_cog_smooth_overviews(tmp_vsimem, case):
    source = source_of(case, tmp_vsimem)
    options = (*SMALLEST_TILES, f"RESAMPLING={case.resampling}", "LEVEL=1")
    dataset, expected = cogs(source, tmp_vsimem, options)
    assert_same_levels(dataset, expected, assert_near_band)
    assert_same_pixels(dataset, source)


@pytest.mark.parametrize("blocksize", ["64", "128", "256", "512", "1024"])
@pytest.mark.parametrize(
    "size", [(1, 1), (512, 512), (513, 511), (1025, 640), (3, 1100)], ids=size_name
)
def test_cog_overview_sizes(tmp_vsimem, size, blocksize):
    """Pixels are not compared: below a level that is one column wide, GDAL 3.6
    makes all others out of the raster."""
    options = (f"BLOCKSIZE={blocksize}", *NEAREST)
    dataset, expected = cogs(make_source(*size), tmp_vsimem, options)
    assert_same_levels(dataset, expected, assert_alike)


def values_that_floats_hold(width, height, gdal_type):
    values = pixels(width, height, gdal.GDT_Byte).astype(np.float64)
    if gdal_type in FLOAT_TYPES:
        return values / 8 - 10
    return values * 50000 - (0 if "UInt" in type_name(gdal_type) else 1000000)


@pytest.mark.parametrize("carrier", [plain, with_nodata, with_mask])
@pytest.mark.parametrize("gdal_type", INTEGER_TYPES[3:7] + FLOAT_TYPES, ids=type_name)
def test_cog_overviews_of_wide_types(tmp_vsimem, gdal_type, carrier):
    source = make_source(300, 200, 1, gdal_type)
    values = values_that_floats_hold(300, 200, gdal_type)
    source.GetRasterBand(1).WriteArray(values)
    # GDAL 3.6 forgets nodata of 64 bits in overviews, and with it their masks.
    check = assert_same_pixels_of if is_64_bit_integer(gdal_type) else None
    options = (*SMALLEST_TILES, *NEAREST)
    dataset, expected = cogs(carrier(source), tmp_vsimem, options)
    assert_same_levels(dataset, expected, check)


@pytest.mark.parametrize("carrier", [plain, with_mask])
@pytest.mark.parametrize("gdal_type", COMPLEX_TYPES, ids=type_name)
def test_cog_overviews_of_complex_types(tmp_vsimem, gdal_type, carrier):
    """Halves of halves: otherwise it would matter that GDAL 3.6 makes each level
    of these types out of the raster."""
    source = carrier(make_source(320, 256, 2, gdal_type))
    assert_same_levels(*cogs(source, tmp_vsimem, (*SMALLEST_TILES, *NEAREST)))


@pytest.mark.parametrize("resampling", ["CUBIC", "AVERAGE", "NEAREST"])
@pytest.mark.parametrize("gdal_type", FLOAT_TYPES, ids=type_name)
def test_cog_nan_that_becomes_nodata_counts_as_nodata(
    tmp_vsimem, gdal_type, resampling
):
    """The overviews are those of a source that has nodata there: of a value that
    half floats have too."""
    paths = [f"{tmp_vsimem}/{name}.tif" for name in ("replaced", "expected")]
    options = (*SMALLEST_TILES, f"RESAMPLING={resampling}", "NAN_TO_NODATA=YES")
    for path, hole in zip(paths, (np.nan, -9984)):
        source = make_source(300, 200, 1, gdal_type)
        band = source.GetRasterBand(1)
        values = band.ReadAsArray()
        values[holes(300, 200)] = hole
        band.WriteArray(values)
        band.SetNoDataValue(-9984)
        cog_translate(path, source, options)
    assert_same_levels(*(gdal.Open(path) for path in paths))


@pytest.mark.parametrize("carrier", [plain, with_nodata, with_mask, with_palette])
@pytest.mark.parametrize("gdal_type", [gdal.GDT_Byte, gdal.GDT_UInt16], ids=type_name)
def test_cog_default_resampling(tmp_vsimem, gdal_type, carrier):
    """CUBIC, and NEAREST with a palette."""
    source = carrier(make_source(300, 200, 1, gdal_type))
    dataset, expected = cogs(source, tmp_vsimem, SMALLEST_TILES)
    if carrier is with_palette:
        assert_same_levels(dataset, expected)
    assert_same_levels(dataset, expected, assert_near_band)


def mask_of_many_values(source):
    mask = pixels(source.RasterXSize, source.RasterYSize, gdal.GDT_Byte)
    source = with_mask(source)
    source.GetRasterBand(1).GetMaskBand().WriteArray(np.where(mask < 60, 0, mask))
    return source


def mask_and_nodata(source):
    source = with_mask(source)
    for band in bands(source):
        band.SetNoDataValue(100)
    return source


def alpha_and_nodata(source):
    source = with_alpha(source)
    for band in bands(source):
        band.SetNoDataValue(100)
    return source


def different_nodata(source):
    for number, band in enumerate(bands(source)):
        band.SetNoDataValue(100 + number)
    return source


def nodata_out_of_range(source):
    for band in bands(source):
        band.SetNoDataValue(-9999)
    return source


def nothing_but_mask(source):
    source.CreateMaskBand(gdal.GMF_PER_DATASET)
    source.GetRasterBand(1).GetMaskBand().Fill(0)
    return source


def full_mask(source):
    source.CreateMaskBand(gdal.GMF_PER_DATASET)
    source.GetRasterBand(1).GetMaskBand().Fill(255)
    return source


def transparent_palette(source):
    source = with_palette(source)
    table = source.GetRasterBand(1).GetColorTable().Clone()
    table.SetColorEntry(3, (1, 2, 3, 0))
    source.GetRasterBand(1).SetColorTable(table)
    return source


def palette_and_nodata(source):
    return with_nodata(with_palette(source))


def few_bits(source):
    for band in bands(source):
        band.WriteArray(band.ReadAsArray() % 16)
        band.SetMetadataItem("NBITS", "4", "IMAGE_STRUCTURE")
    return source


def one_bit(source):
    for band in bands(source):
        band.WriteArray(band.ReadAsArray() % 2)
        band.SetMetadataItem("NBITS", "1", "IMAGE_STRUCTURE")
    return source


RARE = [mask_of_many_values, mask_and_nodata, alpha_and_nodata, different_nodata]
RARE += [nodata_out_of_range, nothing_but_mask, full_mask, transparent_palette]
RARE += [palette_and_nodata, few_bits, one_bit]


@pytest.mark.parametrize("resampling", [*EXACT, "BILINEAR", "CUBIC"])
@pytest.mark.parametrize("carrier", RARE)
def test_cog_overviews_of_rare_sources(tmp_vsimem, carrier, resampling):
    source = carrier(make_source(300, 210, 1 if "palette" in carrier.__name__ else 2))
    options = (*SMALLEST_TILES, f"RESAMPLING={resampling}")
    check = None if resampling in EXACT else assert_near_band
    assert_same_levels(*cogs(source, tmp_vsimem, options), check)


@pytest.mark.parametrize("resampling", [*EXACT, "BILINEAR", "CUBIC"])
@pytest.mark.parametrize("translate", [None, {"srcWin": [13, 7, 261, 177]}])
@pytest.mark.parametrize("carrier", [with_mask, mask_of_many_values])
def test_cog_overviews_of_a_mask_in_a_file(tmp_path, carrier, translate, resampling):
    """That is, in a .msk file, as GDAL makes them where it is not told otherwise."""
    gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "NO")
    source = in_file(tmp_path, carrier(make_source(300, 210, 2)))
    assert (tmp_path / "in.tif.msk").exists()
    if translate:
        source = gdal.Translate(f"{tmp_path}/in.vrt", source, **translate)
    options = (*SMALLEST_TILES, f"RESAMPLING={resampling}")
    check = None if resampling in EXACT else assert_near_band
    assert_same_levels(*cogs(source, tmp_path, options), check)


@pytest.mark.parametrize(
    "translate",
    [
        {"srcWin": [13, 7, 261, 177]},
        {"srcWin": [-10, -5, 250, 150]},
        {"bandList": [3, 1]},
        {"bandList": [1, 2], "maskBand": 3},
        {"outputType": gdal.GDT_Float32},
        {"scaleParams": [[0, 255, 0, 100]]},
        {"noData": 100},
        {"width": 400, "height": 333, "resampleAlg": "bilinear"},
    ],
    ids="-".join,
)
@pytest.mark.parametrize("carrier", [plain, with_mask])
def test_cog_overviews_of_translated(tmp_vsimem, carrier, translate):
    source = in_file(tmp_vsimem, carrier(make_source(300, 210, 3)))
    options = (*SMALLEST_TILES, "RESAMPLING=AVERAGE")
    assert_same_levels(*cogs(source, tmp_vsimem, options, **translate))


def test_cog_overviews_of_expanded_palette(tmp_vsimem):
    source = transparent_palette(make_source(300, 210))
    options = (*SMALLEST_TILES, "RESAMPLING=AVERAGE")
    assert_same_levels(*cogs(source, tmp_vsimem, options, rgbExpand="rgba"))
