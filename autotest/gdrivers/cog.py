#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""LAYOUT=COG: what GDAL's COG driver makes, out of a single pass."""

import gzip
import itertools
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from band_statistics import assert_statistics, counted_by_gdal
from cog_compare import (
    COMPRESSION,
    PHOTOMETRIC,
    PREDICTOR,
    assert_alike,
    assert_near_band,
    assert_same_band,
    assert_same_levels,
    assert_same_pixels_of,
    cog_translate,
    cogs,
    complaints,
    gdal_cog,
    ghost_area,
    is_bigtiff,
    level_sizes,
    levels,
    tags_of_meaning,
    with_budgets_and_threads,
)
from corpus import RASTERS
from gtiff_compare import (
    assert_same_description,
    assert_same_files,
    assert_same_pixels,
    bands,
    collected_errors,
    differences,
    gtiff_translate,
    rowband_translate,
    tool_complaints,
)
from osgeo import gdal
from pairwise import pairwise
from rowband import (
    CARRIERS,
    CATEGORIES,
    KEEP_TARGET,
    assert_refused,
    with_categories,
)
from sources import (
    ALL_TYPES,
    COMPLEX_TYPES,
    FLOAT_TYPES,
    INTEGER_TYPES,
    colour,
    make_source,
    pixels,
)
from stored import creation_option_values, read_bytes, stored_tiles

# Levels of small rasters. GDAL has tiles of 128 in its overviews if BLOCKSIZE
# is no power of two or less than 64.
SMALL_TILES = ("BLOCKSIZE=128",)
SMALLEST_TILES = ("BLOCKSIZE=64",)

NEAREST = ("RESAMPLING=NEAREST",)


def type_name(value):
    return gdal.GetDataTypeName(value) if isinstance(value, int) else None


def is_64_bit_integer(gdal_type):
    return type_name(gdal_type) in ("Int64", "UInt64")


def size_name(value):
    return "x".join(map(str, value)) if isinstance(value, tuple) else None


###############################################################################
# Sources


def holes(width, height):
    """Nothing but holes at the left, here and there in the middle, none at the
    right."""
    random = np.random.default_rng(7).random((height, width))
    share = np.repeat([1.0, 0.4, 0.0], [width // 4, width // 2, width])[:width]
    return random < share


def plain(source):
    return source


def fill_holes(source, nodata):
    for band in bands(source):
        values = band.ReadAsArray()
        values[holes(band.XSize, band.YSize)] = nodata
        band.WriteArray(values)
        band.SetNoDataValue(nodata)
    return source


def with_nodata(source):
    """For integers of a value that other pixels have too."""
    band = source.GetRasterBand(1)
    if band.DataType in FLOAT_TYPES:
        return fill_holes(source, -9999)
    return fill_holes(source, band.ReadAsArray()[-1, -1].item())


def with_nan(source):
    return fill_holes(source, np.nan)


def with_mask(source):
    width, height = source.RasterXSize, source.RasterYSize
    source.CreateMaskBand(gdal.GMF_PER_DATASET)
    mask = np.where(holes(width, height), 0, 255)
    source.GetRasterBand(1).GetMaskBand().WriteArray(mask)
    return source


def with_alpha(source):
    """Transparent in the holes, half transparent and nearly so in stripes."""
    source.AddBand(source.GetRasterBand(1).DataType)
    band = source.GetRasterBand(source.RasterCount)
    opaque = 65535 if band.DataType == gdal.GDT_UInt16 else 255
    alpha = np.where(holes(band.XSize, band.YSize), 0, opaque)
    alpha[:, np.arange(band.XSize) % 9 < 3] //= 2
    alpha[np.arange(band.YSize) % 9 == 1] //= opaque
    band.WriteArray(alpha)
    band.SetColorInterpretation(gdal.GCI_AlphaBand)
    return source


def with_palette(source):
    table = gdal.ColorTable()
    for index in range(256):
        table.SetColorEntry(index, (index, 255 - index, index // 2, 255))
    source.GetRasterBand(1).SetColorTable(table)
    return source


def rgb_with_mask(width, height, gdal_type=gdal.GDT_Byte):
    return with_mask(colour(make_source(width, height, 3, gdal_type)))


def in_file(folder, source, options=("TILED=YES",)):
    """The same in a file. Masks are of one bit there."""
    path = f"{folder}/in.tif"
    driver = gdal.GetDriverByName("GTiff")
    assert driver.CreateCopy(path, source, options=list(options)) is not None
    return gdal.Open(path)


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


###############################################################################
# The COG driver's directories


def assert_same_tags(folder):
    ours, theirs = f"{folder}/rowband.tif", f"{folder}/cog.tif"
    assert ghost_area(ours) == ghost_area(theirs)
    assert differences(tags_of_meaning(ours), tags_of_meaning(theirs)) == []


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


CODECS = [
    ("COMPRESS=DEFLATE", "OVERVIEW_COMPRESS=LZW"),
    ("COMPRESS=LZW", "OVERVIEW_COMPRESS=DEFLATE"),
    ("COMPRESS=DEFLATE", "OVERVIEW_COMPRESS=NONE"),
    ("COMPRESS=NONE", "OVERVIEW_COMPRESS=DEFLATE"),
    ("COMPRESS=NONE",),
    ("COMPRESS=ZSTD", "OVERVIEW_COMPRESS=LZW"),
    ("COMPRESS=LERC_DEFLATE",),
    ("COMPRESS=LERC", "OVERVIEW_COMPRESS=DEFLATE"),
    ("COMPRESS=LZMA", "OVERVIEW_COMPRESS=ZSTD"),
    ("PREDICTOR=YES",),
    ("PREDICTOR=STANDARD",),
    ("PREDICTOR=NO",),
    ("OVERVIEW_PREDICTOR=YES",),
    ("OVERVIEW_PREDICTOR=STANDARD",),
    ("COMPRESS=NONE", "OVERVIEW_COMPRESS=LZW", "OVERVIEW_PREDICTOR=YES"),
    ("COMPRESS=LZW", "PREDICTOR=YES", "OVERVIEW_COMPRESS=DEFLATE"),
    ("COMPRESS=LZW", "PREDICTOR=YES", "OVERVIEW_COMPRESS=NONE"),
]
FLOAT_CODECS = [
    ("PREDICTOR=FLOATING_POINT",),
    ("PREDICTOR=FLOATING_POINT", "OVERVIEW_PREDICTOR=STANDARD"),
    ("PREDICTOR=STANDARD", "OVERVIEW_PREDICTOR=FLOATING_POINT"),
]


def has_codecs(options):
    wanted = {o.split("=")[1] for o in options if "COMPRESS=" in o}
    return wanted <= set(creation_option_values("COG")["COMPRESS"])


@pytest.mark.parametrize(
    "gdal_type,options",
    list(itertools.product([gdal.GDT_UInt16, gdal.GDT_Float32], CODECS))
    + list(itertools.product([gdal.GDT_Float32], FLOAT_CODECS)),
    ids=lambda value: type_name(value) or "-".join(value),
)
def test_cog_codecs(tmp_vsimem, gdal_type, options):
    if not has_codecs(options):
        pytest.skip("this GDAL has not all of the codecs")
    source = with_mask(make_source(300, 200, 3, gdal_type))
    options = (*SMALL_TILES, *NEAREST, *options)
    assert_same_levels(*cogs(source, tmp_vsimem, options))
    assert_same_tags(tmp_vsimem)
    assert complaints(f"{tmp_vsimem}/rowband.tif") == []


def image_tags(path, tag):
    """One value for each image, masks left out."""
    images = [t for t in tags_of_meaning(path) if t[PHOTOMETRIC] != [4]]
    return [tags[tag][0] for tags in images]


@pytest.mark.parametrize(
    "options,codecs,predictors",
    [
        (("OVERVIEW_COMPRESS=LZW",), [8, 5, 5], [1, 1, 1]),
        (("PREDICTOR=YES",), [8, 8, 8], [2, 2, 2]),
        (("OVERVIEW_PREDICTOR=YES",), [8, 8, 8], [1, 2, 2]),
        (("PREDICTOR=YES", "OVERVIEW_PREDICTOR=NO"), [8, 8, 8], [2, 1, 1]),
    ],
    ids=lambda value: "-".join(map(str, value)),
)
def test_cog_overview_codec_is_of_overviews(tmp_vsimem, options, codecs, predictors):
    """The COG driver of GDAL 3.6 takes OVERVIEW_PREDICTOR=NO for nothing said."""
    path = f"{tmp_vsimem}/out.tif"
    source = with_mask(make_source(300, 200, 3))
    cog_translate(path, source, (*SMALL_TILES, *NEAREST, *options))
    assert image_tags(path, COMPRESSION) == codecs
    assert image_tags(path, PREDICTOR) == predictors
    expected = gdal_cog(f"{tmp_vsimem}/cog.tif", source, (*SMALL_TILES, *NEAREST))
    assert_same_levels(gdal.Open(path), expected)


def test_cog_warns_once_of_what_gtiff_cannot(tmp_vsimem):
    """Though the tags are made twice, once for overviews."""
    source = make_source(300, 200, 1, gdal.GDT_Int16)
    options = (*SMALL_TILES, "NBITS=7", "OVERVIEW_COMPRESS=LZW")
    said = cog_translate(f"{tmp_vsimem}/out.tif", source, options)[1]
    assert [("NBITS" in args[2], args[0]) for args in said] == [(True, gdal.CE_Warning)]


@pytest.mark.parametrize("resampling", ["CUBIC", "LANCZOS", "AVERAGE"])
def test_cog_overviews_are_not_beyond_nbits(tmp_vsimem, resampling):
    """Kernels overshoot at edges: GDAL cuts that off, so that nothing is left to
    be clipped and warned of."""
    source = make_source(300, 200)
    band = source.GetRasterBand(1)
    band.WriteArray((holes(300, 200) * 127).astype(np.uint8))
    options = (*SMALL_TILES, "NBITS=7", f"RESAMPLING={resampling}")
    path = f"{tmp_vsimem}/out.tif"
    assert cog_translate(path, source, options)[1] == []
    assert gdal.Open(path).GetRasterBand(1).GetOverview(0).ReadAsArray().max() == 127


@pytest.mark.parametrize("codec,name", [("DEFLATE", "ZLEVEL"), ("ZSTD", "ZSTD_LEVEL")])
@pytest.mark.parametrize("level", ["1", "9"])
def test_cog_level_is_that_of_plain_files(tmp_vsimem, level, codec, name):
    """The raster's tiles are those of LAYOUT=GTIFF too."""
    source = make_source(300, 200, 3)
    ours, plain = f"{tmp_vsimem}/cog.tif", f"{tmp_vsimem}/plain.tif"
    options = (f"COMPRESS={codec}", f"LEVEL={level}")
    cog_translate(ours, source, (*SMALL_TILES, *options))
    options = (f"COMPRESS={codec}", f"{name}={level}")
    options += ("BLOCKXSIZE=128", "BLOCKYSIZE=128")
    rowband_translate(plain, source, options)
    assert stored_tiles(ours) == stored_tiles(plain)


def jpeg_source(carrier, band_count):
    """Ends with a block of the cosine transform, at all levels: elsewhere GDAL
    3.6 is not right about edges (see parity.py)."""
    return carrier(colour(make_source(512, 384, band_count)))


@pytest.mark.skipif(not has_codecs(["COMPRESS=JPEG"]), reason="this GDAL has no JPEG")
@pytest.mark.parametrize("carrier", [plain, with_mask])
@pytest.mark.parametrize("band_count", [1, 3])
@pytest.mark.parametrize(
    "options",
    [
        ("COMPRESS=JPEG",),
        ("COMPRESS=JPEG", "QUALITY=40"),
        ("COMPRESS=JPEG", "QUALITY=95", "OVERVIEW_QUALITY=50"),
        ("COMPRESS=JPEG", "OVERVIEW_QUALITY=95"),
        ("OVERVIEW_COMPRESS=JPEG", "OVERVIEW_QUALITY=60"),
    ],
    ids="-".join,
)
def test_cog_jpeg(tmp_vsimem, options, band_count, carrier):
    source = jpeg_source(carrier, band_count)
    options = (*SMALL_TILES, *NEAREST, *options)
    assert_same_levels(*cogs(source, tmp_vsimem, options))
    assert_same_tags(tmp_vsimem)
    assert complaints(f"{tmp_vsimem}/rowband.tif") == []


@pytest.mark.skipif(not has_codecs(["COMPRESS=JPEG"]), reason="this GDAL has no JPEG")
@pytest.mark.parametrize("kept_in", ["memory", "file"])
@pytest.mark.parametrize("band_count", [1, 3])
def test_cog_jpeg_of_alpha(tmp_vsimem, band_count, kept_in):
    """Of red, green, blue and alpha it is red, green and blue with a mask; of
    grey and alpha grey with a mask, but not in GDAL 3.6."""
    source = jpeg_source(with_alpha, band_count)
    if kept_in == "file":
        source = in_file(tmp_vsimem, source)
    dataset, expected = cogs(
        source, tmp_vsimem, (*SMALL_TILES, *NEAREST, "COMPRESS=JPEG")
    )
    stays = band_count == 1 and int(gdal.VersionInfo()) < 3070000
    assert dataset.RasterCount == (2 if stays else band_count)
    assert_same_levels(dataset, expected)
    assert_same_tags(tmp_vsimem)
    assert complaints(f"{tmp_vsimem}/rowband.tif") == []


@pytest.mark.skipif(not has_codecs(["COMPRESS=JPEG"]), reason="this GDAL has no JPEG")
def test_cog_jpeg_with_overviews_of_another_codec(tmp_vsimem):
    """The COG driver of GDAL 3.6 says that they are of YCbCr, which they are not."""
    source = jpeg_source(with_mask, 3)
    options = (*SMALL_TILES, *NEAREST)
    path = f"{tmp_vsimem}/out.tif"
    codecs = ("COMPRESS=JPEG", "OVERVIEW_COMPRESS=DEFLATE")
    cog_translate(path, source, (*options, *codecs))
    dataset = gdal.Open(path)
    expected = gdal_cog(f"{tmp_vsimem}/cog.tif", source, options)
    for number in (1, 2, 3):
        ours, theirs = (d.GetRasterBand(number) for d in (dataset, expected))
        for level, pair in enumerate(zip(levels(ours)[1:], levels(theirs)[1:]), 1):
            assert_same_band(*pair, f"band {number}, level {level}")
    assert complaints(path) == []


@pytest.mark.skipif(not has_codecs(["COMPRESS=WEBP"]), reason="this GDAL has no WEBP")
@pytest.mark.parametrize("quality", ["40", "100"])
def test_cog_webp(tmp_vsimem, quality):
    source = colour(make_source(512, 384, 3))
    options = (*SMALL_TILES, *NEAREST, "COMPRESS=WEBP", f"QUALITY={quality}")
    options += (f"OVERVIEW_QUALITY={quality}",)
    assert_same_levels(*cogs(source, tmp_vsimem, options))
    assert_same_tags(tmp_vsimem)


###############################################################################
# Overviews


class Case(NamedTuple):
    resampling: str
    gdal_type: int
    size: tuple
    carrier: object
    band_count: int
    kept: str


def cases(resamplings, sizes):
    """Every pair of values three times; the same ones in each run, as numbers are
    what pairwise() chooses of. All with ROWBAND_PARITY=all, as in parity.py."""
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
    if os.environ.get("ROWBAND_PARITY") == "all":
        chosen = sensible
    return [case_of(numbers) for numbers in sorted(chosen)]


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


@pytest.mark.parametrize("overviews", [(), ("OVERVIEWS=AUTO",)], ids=str)
def test_cog_overviews_of_the_source_are_of_no_concern(tmp_vsimem, overviews):
    source = in_file(tmp_vsimem, make_source(300, 200, 3))
    with_overviews = gdal.Open(source.GetDescription(), gdal.GA_Update)
    with_overviews.BuildOverviews("NEAREST", [2, 4])
    for band in bands(with_overviews):
        for level in range(band.GetOverviewCount()):
            band.GetOverview(level).Fill(1)
    del with_overviews
    source = gdal.Open(source.GetDescription())
    options = (*SMALLEST_TILES, "RESAMPLING=AVERAGE")
    dataset = cog_translate(f"{tmp_vsimem}/out.tif", source, (*options, *overviews))[0]
    expected = gdal_cog(f"{tmp_vsimem}/cog.tif", source, options)
    assert source.GetRasterBand(1).GetOverviewCount() == 2
    assert_same_levels(gdal.Open(dataset.GetDescription()), expected)


###############################################################################
# Options of overviews


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


###############################################################################
# Refusals


@pytest.mark.parametrize(
    "option",
    [
        "TILING_SCHEME=GoogleMapsCompatible",
        "OVERVIEWS=FORCE_USE_EXISTING",
        "OVERVIEWS=SOME",
        "TARGET_SRS=EPSG:3857",
        "ZOOM_LEVEL=3",
        "TILED=NO",
        "BLOCKXSIZE=256",
        "BLOCKYSIZE=256",
        "INTERLEAVE=BAND",
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
    options = ["LAYOUT=COG", *SMALL_TILES, *option]
    assert_refused(f"{tmp_vsimem}/out.tif", source, options, "RESAMPLING")


@pytest.mark.parametrize("option", [[], ["BIGTIFF=YES"]], ids=str)
def test_cog_layout_gtiff_is_the_default(tmp_vsimem, option):
    paths = [f"{tmp_vsimem}/{name}.tif" for name in ("default", "named")]
    for path, layout in zip(paths, [[], ["LAYOUT=GTIFF"]]):
        rowband_translate(path, make_source(600, 520), [*layout, *option])
    assert read_bytes(paths[0]) == read_bytes(paths[1])
    assert "LAYOUT" not in gdal.Open(paths[0]).GetMetadata("IMAGE_STRUCTURE")


###############################################################################
# Nothing half-made, nothing left


@pytest.fixture
def folders(tmp_path):
    """For the file, and for what is temporary."""
    found = tmp_path / "out", tmp_path / "temporary"
    for folder in found:
        folder.mkdir()
    gdal.SetConfigOption("CPL_TMPDIR", str(found[1]))
    yield found
    gdal.SetConfigOption("CPL_TMPDIR", None)


def create(target, source, options, callback=None):
    """@return whether there is a dataset, and the errors"""
    with collected_errors() as said:
        result = gdal.GetDriverByName("ROWBAND").CreateCopy(
            target, source, options=["LAYOUT=COG", *options], callback=callback
        )
    return result is not None, [args[2] for args in said if args[0] == gdal.CE_Failure]


@pytest.mark.parametrize("temporary", [False, True], ids=["", "CPL_TMPDIR"])
@pytest.mark.parametrize("budget", ["1", "256M"])
@pytest.mark.parametrize("stop_at", [0.0, 0.3, 0.9])
def test_cog_cancelled(folders, stop_at, budget, temporary):
    seen = []

    def callback(fraction, message, user):
        seen.append(fraction)
        return 0 if fraction >= stop_at else 1

    if not temporary:
        gdal.SetConfigOption("CPL_TMPDIR", None)
    source = rgb_with_mask(700, 500)
    options = [*SMALLEST_TILES, f"BUDGET={budget}"]
    made, errors = create(f"{folders[0]}/out.tif", source, options, callback)
    assert seen[-1] >= stop_at and seen[-1] < 1
    assert not made and len(errors) == 1
    assert [os.listdir(folder) for folder in folders] == [[], []]


@pytest.mark.parametrize("block", [(0, 0), (5, 3)], ids=size_name)
def test_cog_of_an_unreadable_source(tmp_vsimem, folders, block):
    path = f"{tmp_vsimem}/in.tif"
    blocks = ["BLOCKXSIZE=128", "BLOCKYSIZE=128"]
    gtiff_translate(path, rgb_with_mask(700, 500), blocks)
    dataset = gdal.Open(path)
    item = "BLOCK_OFFSET_{}_{}".format(*block)
    offset = int(dataset.GetRasterBand(1).GetMetadataItem(item, "TIFF"))
    data = bytearray(read_bytes(path))
    data[offset : offset + 20] = b"\xff" * 20
    gdal.FileFromMemBuffer(path, bytes(data))
    made, errors = create(f"{folders[0]}/out.tif", gdal.Open(path), SMALLEST_TILES)
    assert not made and errors
    assert [os.listdir(folder) for folder in folders] == [[], []]


@pytest.mark.parametrize("budget", ["1", "256M"])
def test_cog_leaves_nothing_but_the_file(folders, budget):
    source = rgb_with_mask(700, 500)
    cog_translate(
        f"{folders[0]}/out.tif", source, (*SMALLEST_TILES, f"BUDGET={budget}")
    )
    assert [os.listdir(folder) for folder in folders] == [["out.tif"], []]


def test_cog_progress(tmp_vsimem):
    seen = []

    def callback(fraction, message, user):
        seen.append(fraction)
        return 1

    source = rgb_with_mask(700, 500)
    assert create(f"{tmp_vsimem}/out.tif", source, SMALLEST_TILES, callback)[0]
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


###############################################################################
# Outputs that are written from the first byte to the last


TIMEOUT = 30  # seconds

LAYOUTS = {"GTIFF": ("TILED=YES",), "COG": ("LAYOUT=COG", *SMALLEST_TILES)}


@pytest.fixture
def source_path(tmp_path):
    path = str(tmp_path / "in.tif")
    gtiff_translate(path, rgb_with_mask(700, 500))
    return path


def expected_bytes(folder, source, layout):
    """What a normal file gets."""
    path = f"{folder}/expected.tif"
    rowband_translate(path, source, LAYOUTS[layout])
    return read_bytes(path)


def run(command, folders, said=()):
    """@param said words that must be said, if anything is
    @return what came out"""
    temporary = dict.fromkeys(("TMPDIR", "CPL_TMPDIR"), str(folders[1]))
    ended = subprocess.run(
        command,
        capture_output=True,
        timeout=TIMEOUT,
        cwd=folders[0],
        env={**os.environ, **temporary},
    )
    assert ended.returncode == 0, ended.stderr
    assert bool(ended.stderr) == bool(said), ended.stderr
    assert all(word in ended.stderr.decode() for word in said), ended.stderr
    return ended.stdout


@pytest.mark.parametrize("layout", LAYOUTS)
def test_cog_to_stdout(tmp_vsimem, folders, source_path, layout):
    options = [word for option in LAYOUTS[layout] for word in ("-co", option)]
    command = ["gdal_translate", "-q", "-of", "ROWBAND", *options]
    written = run([*command, source_path, "/vsistdout/"], folders)
    assert written == expected_bytes(tmp_vsimem, source_path, layout)
    assert [os.listdir(folder) for folder in folders] == [[], []]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_cog_to_stdout_where_there_is_no_place_for_a_sidecar(
    tmp_path, tmp_vsimem, folders, layout
):
    source = in_file(tmp_path, with_categories(make_source()))
    options = [word for option in LAYOUTS[layout] for word in ("-co", option)]
    command = ["gdal_translate", "-q", "-of", "ROWBAND", *options]
    command += [source.GetDescription(), "/vsistdout/"]
    written = run(command, folders, [".aux.xml", "/vsistdout/"])
    assert written == expected_bytes(tmp_vsimem, source, layout)
    assert [os.listdir(folder) for folder in folders] == [[], []]


# gdal_translate and CreateCopy would open the target to see whether it is a
# raster, and wait for someone who writes.
CREATE_COPY = """
import sys
from osgeo import gdal
gdal.UseExceptions()
gdal.SetConfigOption("GDAL_VALIDATE_CREATION_OPTIONS", "NO")
source, target, *options = sys.argv[1:]
driver = gdal.GetDriverByName("ROWBAND")
driver.CreateCopy(target, gdal.Open(source), options=options)
"""


@pytest.mark.parametrize("layout", LAYOUTS)
def test_cog_to_fifo(tmp_path, tmp_vsimem, folders, source_path, layout):
    fifo, copy = folders[0] / "out.tif", tmp_path / "copy.tif"
    os.mkfifo(fifo)
    with open(copy, "wb") as file:
        reader = subprocess.Popen(["cat", str(fifo)], stdout=file)
    try:
        arguments = [source_path, str(fifo), *LAYOUTS[layout], *KEEP_TARGET]
        assert run([sys.executable, "-c", CREATE_COPY, *arguments], folders) == b""
        assert reader.wait(TIMEOUT) == 0
    finally:
        reader.kill()
        reader.wait()
    assert copy.read_bytes() == expected_bytes(tmp_vsimem, source_path, layout)
    assert [os.listdir(folder) for folder in folders] == [["out.tif"], []]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_cog_to_zip(tmp_vsimem, folders, source_path, layout):
    archive = f"{folders[0]}/x.zip"
    target = f"/vsizip/{archive}/out.tif"
    dataset = rowband_translate(target, source_path, LAYOUTS[layout])[0]
    assert_same_pixels(dataset, gdal.Open(source_path))
    del dataset
    with zipfile.ZipFile(archive) as file:
        assert file.namelist() == ["out.tif"]
        written = file.read("out.tif")
    assert written == expected_bytes(tmp_vsimem, source_path, layout)
    assert [os.listdir(folder) for folder in folders] == [["x.zip"], []]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_cog_to_zip_with_a_sidecar(tmp_path, folders, layout):
    source = with_categories(make_source())
    target = f"/vsizip/{folders[0]}/x.zip/out.tif"
    dataset = rowband_translate(target, source, LAYOUTS[layout])[0]
    assert_same_pixels(dataset, source)
    names = gdal.ReadDir(f"/vsizip/{folders[0]}/x.zip")
    assert sorted(names) == ["out.tif", "out.tif.aux.xml"]
    assert dataset.GetRasterBand(1).GetCategoryNames() == CATEGORIES


@pytest.mark.parametrize("layout", LAYOUTS)
def test_cog_to_gzip(tmp_vsimem, folders, source_path, layout):
    path = f"{folders[0]}/out.tif.gz"
    target = f"/vsigzip/{path}"
    dataset = rowband_translate(target, source_path, LAYOUTS[layout])[0]
    assert_same_pixels(dataset, gdal.Open(source_path))
    del dataset
    written = gzip.decompress(Path(path).read_bytes())
    assert written == expected_bytes(tmp_vsimem, source_path, layout)
    assert [os.listdir(folder) for folder in folders] == [["out.tif.gz"], []]


###############################################################################
# Real rasters


@pytest.mark.parametrize("raster", RASTERS, ids=lambda path: path and path.name)
def test_cog_of_corpus(tmp_path, raster):
    source = gdal.Open(str(raster))
    is_complex = gdal.DataTypeIsComplex(source.GetRasterBand(1).DataType)
    resampling = "NEAREST" if is_complex else "AVERAGE"
    options = (*SMALL_TILES, f"RESAMPLING={resampling}")
    dataset, expected = cogs(source, tmp_path, options)
    assert_same_levels(dataset, expected)
    assert complaints(f"{tmp_path}/rowband.tif") == []
