#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""Compressions with their options, and what is done to samples beforehand."""

import ctypes

import numpy as np
import pytest
from gtiff_compare import (
    bands,
    collected_errors,
    compare_with_gtiff,
    gtiff_translate,
    rowband_translate,
    with_budgets_and_threads,
)
from osgeo import gdal
from sources import FLOAT_TYPES, INTEGER_TYPES, colour, make_source, pixels
from stored import creation_option_values, read_bytes, stored_tiles

TILES = ("BLOCKXSIZE=64", "BLOCKYSIZE=64")
STRIPS = ("TILED=NO", "BLOCKYSIZE=64")


def needs(codec):
    return pytest.mark.skipif(
        codec not in creation_option_values("GTiff")["COMPRESS"],
        reason=f"this GDAL has no {codec}",
    )


def colour_source(bands_wanted, width=256, height=256):
    return colour(make_source(width, height, bands_wanted))


def stored_tile(path):
    """Bytes of the first tile or strip."""
    return stored_tiles(path)[0, 0]


def test_rowband_offers_all_compressions_of_gtiff():
    ours = creation_option_values("ROWBAND")["COMPRESS"]
    assert set(creation_option_values("GTiff")["COMPRESS"]) <= set(ours)
    assert len(ours) == len(set(ours))


CODEC_OPTIONS = [
    ("JPEG", 3, ()),
    ("JPEG", 3, ("PHOTOMETRIC=YCBCR",)),
    ("JPEG", 3, ("PHOTOMETRIC=YCBCR", "JPEG_QUALITY=95")),
    ("JPEG", 3, ("PHOTOMETRIC=YCBCR", "JPEGTABLESMODE=0")),
    ("JPEG", 3, ("PHOTOMETRIC=YCBCR", "JPEGTABLESMODE=3")),
    ("JPEG", 1, ("JPEG_QUALITY=20",)),
    ("JPEG", 4, ()),
    ("WEBP", 3, ("WEBP_LEVEL=40",)),
    ("WEBP", 4, ("WEBP_LEVEL=90",)),
    ("LZMA", 2, ("LZMA_PRESET=1",)),
    ("LERC", 3, ("MAX_Z_ERROR=4",)),
    ("LERC_DEFLATE", 1, ("MAX_Z_ERROR=2", "ZLEVEL=9")),
    ("LERC_ZSTD", 5, ("ZSTD_LEVEL=3",)),
]


@pytest.mark.parametrize("layout", [TILES, STRIPS], ids=["tiles", "strips"])
@pytest.mark.parametrize(
    "codec,band_count,options",
    [
        pytest.param(*c, marks=needs(c[0]), id="-".join((c[0],) + c[2]))
        for c in CODEC_OPTIONS
    ],
)
def test_rowband_codec_of_gtiff(tmp_vsimem, codec, band_count, options, layout):
    """The same pixels, and down to the bytes of a tile, but for zstd: what that
    writes depends on what its state has compressed before."""
    wanted = (f"COMPRESS={codec}",) + options + layout
    path = compare_with_gtiff(colour_source(band_count), tmp_vsimem, wanted)
    theirs = f"{tmp_vsimem}/gtiff/out.tif"
    assert codec == "LERC_ZSTD" or stored_tile(path) == stored_tile(theirs)


@needs("JPEG")
def test_rowband_jpeg_with_mask(tmp_vsimem):
    source = colour_source(3)
    source.CreateMaskBand(gdal.GMF_PER_DATASET)
    mask = np.where(pixels(256, 256, gdal.GDT_Byte) > 90, 255, 0)
    source.GetRasterBand(1).GetMaskBand().WriteArray(mask)
    compare_with_gtiff(
        source, tmp_vsimem, ("COMPRESS=JPEG", "PHOTOMETRIC=YCBCR") + TILES
    )


@needs("JPEG")
def test_rowband_jpeg_edges_are_filled(tmp_vsimem):
    """A raster that ends inside a block of the cosine transform is not blurred
    there: what is outside repeats the last column and row."""
    source = make_source(70, 70)
    source.GetRasterBand(1).Fill(200)
    options = ("COMPRESS=JPEG",) + TILES
    rowband_translate(tmp_vsimem + "/out.tif", source, options)
    assert (gdal.Open(tmp_vsimem + "/out.tif").ReadAsArray() == 200).all()


@needs("LZMA")
@pytest.mark.parametrize("threads", ["1", "4"])
@pytest.mark.parametrize("cache", [1 << 20, 64 << 20])
def test_rowband_codec_of_gtiff_with_little_cache(tmp_vsimem, cache, threads):
    before = gdal.GetCacheMax()
    gdal.SetCacheMax(cache)
    try:
        options = ("COMPRESS=LZMA", "LZMA_PRESET=0", f"NUM_THREADS={threads}")
        compare_with_gtiff(colour_source(3, 700, 500), tmp_vsimem, options + TILES)
    finally:
        gdal.SetCacheMax(before)


@pytest.mark.parametrize(
    "options,said_of",
    [
        (("JPEG_QUALITY=50",), "JPEG_QUALITY"),
        (("COMPRESS=LZW", "ZLEVEL=9"), "ZLEVEL"),
        (("ZSTD_LEVEL=3",), "ZSTD_LEVEL"),
        (("COMPRESS=PACKBITS", "PREDICTOR=2"), "PREDICTOR"),
        (("COMPRESS=LERC", "ZLEVEL=3"), "ZLEVEL"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_rowband_idle_options_are_warned_of(tmp_vsimem, options, said_of):
    said = rowband_translate(tmp_vsimem + "/out.tif", make_source(), options)[1]
    assert [said_of in args[2] for args in said] == [True]


SENSIBLE = {"ENDIANNESS": "BIG"}


def test_rowband_no_option_of_gtiff_is_passed_over(tmp_vsimem):
    ours = creation_option_values("ROWBAND")
    for name in creation_option_values("GTiff"):
        if name in ours and name not in SENSIBLE:
            continue
        option = f"{name}={SENSIBLE.get(name, 'YES')}"
        with collected_errors() as said:
            result = gdal.GetDriverByName("ROWBAND").CreateCopy(
                tmp_vsimem + "/out.tif", make_source(), options=[option]
            )
        errors = [args[2] for args in said if args[0] == gdal.CE_Failure]
        assert result is None and len(errors) == 1 and name in errors[0], name


def test_rowband_refused_options_may_be_off(tmp_vsimem):
    options = ("STREAMABLE_OUTPUT=NO",)
    said = rowband_translate(tmp_vsimem + "/out.tif", make_source(), options)[1]
    assert [args for args in said if args[0] == gdal.CE_Failure] == []


###############################################################################
# DISCARD_LSB


@pytest.mark.parametrize("interleave", ["PIXEL", "BAND"])
@pytest.mark.parametrize("discard", ["2", "1,3,0"])
@pytest.mark.parametrize("gdal_type", INTEGER_TYPES + FLOAT_TYPES)
def test_rowband_discard_lsb(tmp_vsimem, gdal_type, discard, interleave):
    source = make_source(150, 90, 3, gdal_type)
    for band in bands(source):
        band.SetNoDataValue(8)
    options = (f"DISCARD_LSB={discard}", f"INTERLEAVE={interleave}")
    compare_with_gtiff(source, tmp_vsimem, options + TILES)


def test_rowband_discard_lsb_discards(tmp_vsimem):
    source = make_source(150, 90, 1, gdal.GDT_UInt16)
    rowband_translate(tmp_vsimem + "/out.tif", source, ("DISCARD_LSB=4",))
    written = gdal.Open(tmp_vsimem + "/out.tif").ReadAsArray()
    assert (written % 16 == 0).all()
    assert (written != source.ReadAsArray()).any()


@pytest.mark.parametrize("discard", ["x", "1,2", "40"])
def test_rowband_discard_lsb_misuse_is_as_gtiffs(tmp_vsimem, discard):
    source = make_source(50, 40, 3)
    compare_with_gtiff(source, tmp_vsimem, (f"DISCARD_LSB={discard}",))


###############################################################################
# PREDICTOR=AUTO


@pytest.mark.parametrize("codec", ["DEFLATE", "LZW"])
@pytest.mark.parametrize("gdal_type", [gdal.GDT_UInt16, gdal.GDT_Float32])
def test_rowband_predictor_auto_makes_the_first_tile_smallest(
    tmp_vsimem, gdal_type, codec
):
    source = make_source(700, 600, 1, gdal_type)
    tiles = {}
    for predictor in ("1", "2", "3", "AUTO"):
        if predictor == "3" and gdal_type not in FLOAT_TYPES:
            continue
        path = f"{tmp_vsimem}/{predictor}.tif"
        options = (f"PREDICTOR={predictor}", f"COMPRESS={codec}") + TILES
        rowband_translate(path, source, options)
        tiles[predictor] = stored_tile(path)
    chosen = tiles.pop("AUTO")
    assert chosen == min(tiles.values(), key=len)


def test_rowband_predictor_auto_same_for_all_budgets_and_threads(tmp_vsimem):
    source = make_source(700, 600, 1, gdal.GDT_Float32)
    paths = with_budgets_and_threads(tmp_vsimem, source, ("PREDICTOR=AUTO",) + TILES)
    assert len({stored_tile(path) for path in paths}) == 1


def test_rowband_predictor_auto_is_of_no_concern_to_other_codecs(tmp_vsimem):
    options = ("PREDICTOR=AUTO", "COMPRESS=PACKBITS")
    said = rowband_translate(tmp_vsimem + "/out.tif", make_source(), options)[1]
    assert said == []


def test_rowband_if_safer_is_classic_for_small_files(tmp_vsimem):
    path = tmp_vsimem + "/out.tif"
    rowband_translate(path, make_source(), ("BIGTIFF=IF_SAFER",))
    gtiff_translate(tmp_vsimem + "/gtiff.tif", make_source(), ("BIGTIFF=IF_SAFER",))
    for name in ("out", "gtiff"):
        assert read_bytes(f"{tmp_vsimem}/{name}.tif")[:4] == b"II*\0"


M_PERTURB = -6  # mallopt()'s, in glibc


def stored_over(byte, path, source, options):
    """What is stored where memory that nobody has written to holds that byte."""
    library = ctypes.CDLL(None)
    library.mallopt(M_PERTURB, byte)
    try:
        rowband_translate(path, source, options)
    finally:
        library.mallopt(M_PERTURB, 0)
    return read_bytes(path)


@pytest.mark.parametrize("layout", ["GTIFF", "COG"])
@needs("LERC_ZSTD")
@pytest.mark.parametrize("codec", ["LERC", "LERC_DEFLATE", "LERC_ZSTD"])
@pytest.mark.parametrize("count", [1, 3])
def test_rowband_lerc_of_bytes_is_the_same_bytes(tmp_vsimem, codec, count, layout):
    source = gdal.GetDriverByName("MEM").Create("", 300, 200, count)
    ramp = np.add.outer(np.arange(200) // 3, np.arange(300) // 2) % 256
    for number in range(count):
        source.GetRasterBand(number + 1).WriteArray(ramp.astype(np.uint8))
    # Small ones: large memory is new, and zero.
    tiles = ["BLOCKSIZE=128"] if layout == "COG" else TILES
    options = [f"COMPRESS={codec}", f"LAYOUT={layout}", "NUM_THREADS=2", *tiles]
    path = f"{tmp_vsimem}/out.tif"
    stored = {stored_over(byte, path, source, options) for byte in (0x55, 0xAA)}
    assert len(stored) == 1
    assert gdal.Open(path).ReadRaster() == source.ReadRaster()
