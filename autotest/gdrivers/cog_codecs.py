#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""LAYOUT=COG: codecs of the raster and of its overviews, as with the COG driver."""

import itertools

import numpy as np
import pytest
from cog_compare import (
    COMPRESSION,
    PHOTOMETRIC,
    PREDICTOR,
    assert_same_band,
    assert_same_levels,
    assert_same_tags,
    cog_translate,
    cogs,
    complaints,
    gdal_cog,
    levels,
    tags_of_meaning,
)
from cog_sources import (
    NEAREST,
    SMALL_TILES,
    has_codecs,
    holes,
    in_file,
    jpeg_source,
    plain,
    with_alpha,
    with_mask,
)
from gtiff_compare import rowband_translate
from osgeo import gdal
from sources import colour, make_source, type_name
from stored import stored_tiles

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
