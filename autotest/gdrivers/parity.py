#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""ROWBAND against GTiff over all that both can write.

By default some hundreds of combinations are tried, among which every pair of
values occurs twice. All of them, which takes hours:

    pytest -m every gdrivers/parity.py
"""

import itertools
from typing import NamedTuple

import numpy as np
import pytest
from gtiff_compare import (
    assert_same_description,
    assert_same_files,
    assert_same_pixels,
    bands,
    collected_errors,
    gtiff_options,
)
from osgeo import gdal
from pairwise import pairwise
from sources import ALL_TYPES, FLOAT_TYPES, colour, make_source
from stored import creation_option_values

pytestmark = pytest.mark.slow

SIZES = [(1, 1), (1, 40), (40, 1), (15, 17), (256, 256), (100, 77), (1000, 777)]
PREDICTING = ["DEFLATE", "ZSTD", "LZW"]


class Case(NamedTuple):
    gdal_type: int
    bands: int
    tiled: str
    interleave: str
    codec: str
    predictor: str
    size: tuple
    extra: str


def is_float(case):
    return case.gdal_type in FLOAT_TYPES


def is_byte(case):
    return case.gdal_type == gdal.GDT_Byte


def is_complex(case):
    return bool(gdal.DataTypeIsComplex(case.gdal_type))


# Why a combination is none, by name.
RULES = {
    "only some codecs predict": lambda c: c.predictor == "1" or c.codec in PREDICTING,
    "predictor 3 is for floats": lambda c: c.predictor != "3" or is_float(c),
    "predictor 2 is for real samples": lambda c: c.predictor != "2"
    or not is_complex(c),
    "a palette is of one band": lambda c: c.extra != "palette"
    or (c.bands == 1 and is_byte(c)),
    "a palette goes through no lossy codec": lambda c: c.extra != "palette"
    or c.codec not in ("JPEG", "WEBP"),
    "alpha is the last of several": lambda c: c.extra != "alpha" or c.bands > 1,
    "JPEG is of bytes": lambda c: c.codec != "JPEG" or is_byte(c),
    "WEBP is of bytes, by pixel": lambda c: c.codec != "WEBP"
    or (is_byte(c) and c.bands in (3, 4) and c.interleave == "PIXEL"),
    "LERC is of real samples of at most 64 bits": lambda c: "LERC" not in c.codec
    or (not is_complex(c) and "Int64" not in gdal.GetDataTypeName(c.gdal_type)),
    "CCITT is of one bit": lambda c: "CCITT" not in c.codec
    or (is_byte(c) and c.extra in ("none", "mask")),
    "CCITT is of one band": lambda c: "CCITT" not in c.codec
    or (c.bands == 1 or c.interleave == "BAND"),
}


CODECS = creation_option_values("GTiff")["COMPRESS"]


def all_cases(gdal_types=ALL_TYPES, codecs=CODECS):
    every = itertools.product(
        gdal_types,
        (1, 3, 4, 5),
        ("YES", "NO"),
        ("PIXEL", "BAND"),
        codecs,
        ("1", "2", "3"),
        SIZES,
        ("none", "nodata", "mask", "alpha", "palette"),
    )
    for case in itertools.starmap(Case, every):
        if all(rule(case) for rule in RULES.values()):
            yield case


def chosen_cases():
    return sorted({case for seed in range(2) for case in pairwise(all_cases(), seed)})


def case_name(case):
    values = (gdal.GetDataTypeName(case.gdal_type),) + case[1:]
    return "-".join(
        "x".join(map(str, v)) if isinstance(v, tuple) else str(v) for v in values
    )


def add_palette(source):
    table = gdal.ColorTable()
    for i in range(256):
        table.SetColorEntry(i, (i, 255 - i, i // 2, 255))
    source.GetRasterBand(1).SetColorTable(table)


def add_mask(source):
    source.CreateMaskBand(gdal.GMF_PER_DATASET)
    rows = np.add.outer(np.arange(source.RasterYSize), np.arange(source.RasterXSize))
    mask = np.where(rows % 7 < 4, 255, 0).astype(np.uint8)
    source.GetRasterBand(1).GetMaskBand().WriteArray(mask)


def source_of(case):
    source = colour(make_source(*case.size, case.bands, case.gdal_type))
    if "CCITT" in case.codec:
        for band in bands(source):
            band.WriteArray(band.ReadAsArray() & 1)
    if case.extra == "palette":
        add_palette(source)
    if case.extra == "mask":
        add_mask(source)
    if case.extra == "alpha":
        last = source.GetRasterBand(source.RasterCount)
        last.SetColorInterpretation(gdal.GCI_AlphaBand)
    if case.extra == "nodata":
        for band in bands(source):
            band.SetNoDataValue(100)
    return source


def options_of(case):
    options = [
        f"TILED={case.tiled}",
        f"INTERLEAVE={case.interleave}",
        f"COMPRESS={case.codec}",
        "BLOCKYSIZE=64",
    ]
    if case.tiled == "YES":
        options.append("BLOCKXSIZE=128")
    if case.codec in PREDICTING:
        options.append(f"PREDICTOR={case.predictor}")
    if "CCITT" in case.codec:
        options.append("NBITS=1")
    if case.codec == "LZMA":
        # A fraction of the time; cog_codecs.py has the default.
        options.append("LZMA_PRESET=1")
    return options


def translate(driver, target, source, options):
    """@return whether there is a file, whether it can be read to its end, and
    what errors there were"""
    with collected_errors() as said:
        dataset = gdal.GetDriverByName(driver).CreateCopy(
            target, source, strict=0, options=options
        )
        made = dataset is not None
        dataset = None
        dataset = gdal.Open(target) if made else None
        readable = dataset is not None and dataset.ReadRaster() is not None
    errors = [args[2] for args in said if args[0] >= gdal.CE_Failure]
    return made, readable and not errors, errors


def jpeg_tolerance(case):
    """GTiff fills up the tiles at the edges of a raster with the raster's last
    rows and columns, as ROWBAND does, in order to have no artefacts there. Up
    to GDAL 3.6 at least it takes columns of tiles for rows when it looks for
    those tiles, and fills up others with black. Blocks of the cosine transform
    at such edges differ, and colours there by a little."""
    width, height = case.size
    return 0 if case.tiled == "NO" or (width % 16 == 0 and height % 16 == 0) else 50


def assert_nearly_same_pixels(dataset, expected, tolerance):
    ours, theirs = (d.ReadAsArray().astype(int) for d in (dataset, expected))
    inside = (..., slice(0, -16), slice(0, -16))
    assert np.array_equal(ours[inside], theirs[inside])
    assert np.abs(ours - theirs).max() <= tolerance


def compare(folder, case):
    source, options = source_of(case), options_of(case)
    folders = [f"{folder}/{name}" for name in ("rowband", "gtiff")]
    for folder in folders:
        gdal.Mkdir(folder, 0o755)
    ours, theirs = [f"{folder}/out.tif" for folder in folders]
    made, good, _ = translate("GTiff", theirs, source, gtiff_options(options))
    also_made, also_good, errors = translate("ROWBAND", ours, source, options)
    if not made and not also_made:
        assert len(errors) == 1 and gdal.VSIStatL(ours) is None
    if not good:
        return
    assert also_good, errors
    dataset, expected = gdal.Open(ours), gdal.Open(theirs)
    tolerance = jpeg_tolerance(case) if case.codec == "JPEG" else 0
    if tolerance > 0:
        assert_nearly_same_pixels(dataset, expected, tolerance)
    else:
        assert_same_pixels(dataset, expected)
    with collected_errors():
        assert_same_description(dataset, expected)
        assert_same_files(*folders)


@pytest.mark.parametrize("case", chosen_cases(), ids=case_name)
def test_rowband_parity(tmp_vsimem, case):
    compare(tmp_vsimem, case)


@pytest.mark.every
@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("gdal_type", ALL_TYPES, ids=gdal.GetDataTypeName)
def test_rowband_parity_of_every_case(tmp_vsimem, gdal_type, codec):
    cases = list(all_cases([gdal_type], [codec]))
    if not cases:
        pytest.skip("this codec is not for this type")
    for case in cases:
        print(case_name(case))  # shown of a failure: the last one is it
        compare(tmp_vsimem, case)
        gdal.RmdirRecursive(tmp_vsimem)
        gdal.Mkdir(tmp_vsimem, 0o755)
