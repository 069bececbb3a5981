#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""VERIFY=YES: files are the same as without it, byte for byte, and so is what is said,
with all codecs, layouts and types; what this GDAL's codecs do lose is an error.
tests/test_verify.c and test_verify_copy.c have codecs that lie."""

import numpy as np
import pytest
from cog_sources import with_mask
from gtiff_compare import bands, collected_errors
from osgeo import gdal
from sources import ALL_TYPES, FLOAT_TYPES, colour, make_source, type_name
from stored import creation_option_values, read_bytes

LAYOUTS = {
    "tiles": ("BLOCKXSIZE=64", "BLOCKYSIZE=80"),
    "strips": ("TILED=NO", "BLOCKYSIZE=50"),
    "bands": ("INTERLEAVE=BAND", "BLOCKXSIZE=64", "BLOCKYSIZE=64"),
    "COG": ("LAYOUT=COG", "BLOCKSIZE=64", "RESAMPLING=NEAREST"),
}
SIDES = 150, 117

# Options that a codec may be given; ones that do not fit a type are refused or warned
# of, alike with VERIFY and without.
VARIANTS = {
    "DEFLATE": ("", "PREDICTOR=YES", "NBITS=5", "NBITS=12", "NBITS=16"),
    "LZW": ("", "PREDICTOR=YES", "SPARSE_OK=YES"),
    "ZSTD": ("", "PREDICTOR=AUTO"),
    "PACKBITS": ("", "DISCARD_LSB=2"),
    "NONE": ("", "NBITS=20"),
    "LERC": ("", "MAX_Z_ERROR=0.01", "MAX_Z_ERROR=2.7"),
    "LERC_ZSTD": ("", "MAX_Z_ERROR=5"),
    "LZMA": ("LZMA_PRESET=0", "LZMA_PRESET=0 NBITS=12", "PHOTOMETRIC=MINISWHITE"),
    "JPEG": ("", "PHOTOMETRIC=YCBCR", "NBITS=12"),
    "WEBP": ("",),
    "CCITTRLE": ("NBITS=1",),
    "CCITTFAX3": ("NBITS=1",),
    "CCITTFAX4": ("NBITS=1",),
}
CODECS = creation_option_values("ROWBAND")["COMPRESS"]


def copy(folder, source, options):
    """What the file holds, if there is one, and what was said."""
    path = f"{folder}/out.tif"
    with collected_errors() as said:
        made = gdal.GetDriverByName("ROWBAND").CreateCopy(path, source, options=options)
        is_made = made is not None
        made = None
    stored = read_bytes(path) if is_made else None
    assert is_made or gdal.VSIStatL(path) is None
    gdal.Unlink(path)
    return stored, [args[:2] for args in said]


def assert_same(folder, source, options):
    """@return whether there was a file"""
    stored = copy(folder, source, [*options, "VERIFY=NO"])
    assert copy(folder, source, [*options, "VERIFY=YES"]) == stored, options
    return stored[0] is not None


def band_counts(codec):
    """CCITT's codecs lose pixels of several bands together: see below."""
    return (1,) if codec.startswith("CCITT") else (1, 3)


def gtiff_can(folder, source, codec):
    """Half floats are a type from GDAL 3.11 on, and LERC has none of them."""
    with collected_errors():
        made = gdal.GetDriverByName("GTiff").CreateCopy(
            f"{folder}/theirs.tif", source, options=[f"COMPRESS={codec}"]
        )
    return made is not None


@pytest.mark.slow
@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("gdal_type", ALL_TYPES, ids=type_name)
def test_verify_changes_nothing(tmp_vsimem, gdal_type, codec):
    made = 0
    for count in band_counts(codec):
        source = make_source(*SIDES, count, gdal_type)
        if count == 3:
            source = with_mask(colour(source))
        for number, variant in enumerate(VARIANTS.get(codec, ("",))):
            # The first with all layouts, others with one of them and COG's.
            names = sorted(LAYOUTS)[number - 1 :: 3] if number else LAYOUTS
            for name in names:
                options = [f"COMPRESS={codec}", *LAYOUTS[name], *variant.split()]
                made += assert_same(tmp_vsimem, source, options)
    assert made > 0 or gdal_type != gdal.GDT_Byte


@pytest.mark.parametrize("codec", sorted(set(CODECS) & {"DEFLATE", "LERC", "ZSTD"}))
@pytest.mark.parametrize("gdal_type", FLOAT_TYPES, ids=type_name)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_verify_takes_nan_and_infinity(tmp_vsimem, layout, gdal_type, codec):
    source = make_source(*SIDES, 1, gdal_type)
    values = source.ReadAsArray()
    values[::7, ::5], values[1::9, ::4], values[60:] = np.nan, np.inf, np.nan
    values[3::8, ::4] = -0.0
    source.GetRasterBand(1).WriteArray(values)
    options = [f"COMPRESS={codec}", *LAYOUTS[layout]]
    made = assert_same(tmp_vsimem, source, options)
    if not made and not gtiff_can(tmp_vsimem, source, codec):
        pytest.skip(f"no {codec} of {type_name(gdal_type)}, by GTiff neither")
    assert made
    source.GetRasterBand(1).SetNoDataValue(-5)
    assert assert_same(tmp_vsimem, source, [*options, "NAN_TO_NODATA=YES"])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_verify_with_created_file(tmp_vsimem, layout):
    stored = []
    for verify in ("NO", "YES"):
        path = f"{tmp_vsimem}/{verify}.tif"
        options = [*LAYOUTS[layout], "COMPRESS=LZW", f"VERIFY={verify}"]
        driver = gdal.GetDriverByName("ROWBAND")
        made = driver.Create(path, *SIDES, 2, gdal.GDT_Int16, options)
        for band in bands(made):
            band.WriteArray(make_source(*SIDES, 1, gdal.GDT_Int16).ReadAsArray())
        band = made = None
        stored.append(read_bytes(path))
    assert stored[0] == stored[1]


def assert_caught(folder, source, options, words):
    assert copy(folder, source, options)[0] is not None  # nobody says a word
    path = f"{folder}/out.tif"
    with collected_errors() as said:
        made = gdal.GetDriverByName("ROWBAND").CreateCopy(
            path, source, options=[*options, "VERIFY=YES"]
        )
    failures = [text for level, _, text in said if level == gdal.CE_Failure]
    assert made is None and len(failures) == 1
    assert "VERIFY: " in failures[0] and words in failures[0]
    assert gdal.VSIStatL(path) is None


@pytest.mark.parametrize("codec", [c for c in CODECS if c.startswith("CCITT")])
def test_several_bands_of_one_bit_are_kept_or_refused(tmp_vsimem, codec):
    """libtiff takes a row of pixels to be of one band, and says success."""
    source = make_source(*SIDES, 3)
    for band in bands(source):
        band.WriteArray((band.ReadAsArray() > 90).astype(np.uint8))
    options = [f"COMPRESS={codec}", "NBITS=1", *LAYOUTS["tiles"]]
    with collected_errors() as said:
        made = gdal.GetDriverByName("ROWBAND").CreateCopy(
            f"{tmp_vsimem}/out.tif", source, options=options
        )
    assert made is None and "give INTERLEAVE=BAND" in said[-1][2]
    assert gdal.VSIStatL(f"{tmp_vsimem}/out.tif") is None
    options.append("INTERLEAVE=BAND")
    path = f"{tmp_vsimem}/kept.tif"
    gdal.GetDriverByName("ROWBAND").CreateCopy(path, source, options=options)
    assert gdal.Open(path).ReadRaster() == source.ReadRaster()


@pytest.mark.skipif("WEBP" not in CODECS, reason="this GDAL has no WEBP")
def test_verify_catches_colours_that_are_lost_under_transparency(tmp_vsimem):
    """Where libtiff does not ask WEBP to keep them; later ones do."""
    source = colour(make_source(*SIDES, 4))
    source.GetRasterBand(4).Fill(0)
    options = ["COMPRESS=WEBP", "WEBP_LOSSLESS=YES", *LAYOUTS["tiles"]]
    path = f"{tmp_vsimem}/out.tif"
    with collected_errors():
        gdal.GetDriverByName("ROWBAND").CreateCopy(path, source, options=options)
    if gdal.Open(path).ReadRaster() == source.ReadRaster():
        assert assert_same(tmp_vsimem, source, options)
    else:
        assert_caught(tmp_vsimem, source, options, "WEBP gives another value")
