#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""LOSSLESS_COPY where overviews and statistics are made of tiles that are copied:
they are decoded from the bytes that are copied, each once, to what GDAL decodes."""

import re
import struct

import numpy as np
import pytest
from gtiff_compare import bands
from lossless import (
    TILES,
    codecs,
    copy,
    debug_lines,
    failure,
    numbers,
    pixels_and_masks,
    spoil,
    stored_ranges,
    written,
)
from osgeo import gdal
from sources import FLOAT_TYPES, make_source, type_name
from stored import read_bytes

DECODED = re.compile(r"(\d+) tiles decoded as they are copied, by (\d+) readers, (\d+)")
LAYOUTS = {
    "tiles": TILES,
    "strips": ("TILED=NO", "BLOCKYSIZE=48"),
    "bands": ("INTERLEAVE=BAND", *TILES),
    "strips of bands": ("INTERLEAVE=BAND", "TILED=NO", "BLOCKYSIZE=32"),
}
OURS = [
    codec
    for codec in ("NONE", "DEFLATE", "LZW", "PACKBITS", "ZSTD")
    if codec in codecs("ROWBAND")
]
TYPES = (gdal.GDT_Byte, gdal.GDT_UInt16, gdal.GDT_Int32, gdal.GDT_Float32)
TYPES += (gdal.GDT_Float64, gdal.GDT_CInt16)
CASES = [
    (codec, gdal_type, predictor, list(LAYOUTS)[number % len(LAYOUTS)])
    for codec in OURS
    for number, gdal_type in enumerate(TYPES)
    for predictor in (1, 2, 3)
    if predictor == 1
    or (
        codec in ("DEFLATE", "LZW", "ZSTD")
        and not gdal.DataTypeIsComplex(gdal_type)
        and (predictor == 2 or gdal_type in FLOAT_TYPES)
    )
]


def copied(path, given, *options):
    """@return the file, and how many tiles were decoded, by whom, and windows read
    otherwise"""
    with debug_lines() as said:
        made = gdal.GetDriverByName("ROWBAND").CreateCopy(path, given, 0, options)
    assert made is not None, said
    assert not [line for line in said if line[0] > gdal.CE_Debug], said
    return made, numbers(DECODED, said)


def check_same(one, another):
    """Pixels, statistics and overviews."""
    assert pixels_and_masks(one) == pixels_and_masks(another)
    for ours, theirs in zip(bands(one), bands(another)):
        assert ours.GetMetadata() == theirs.GetMetadata()
        assert ours.GetOverviewCount() == theirs.GetOverviewCount()
        for level in range(ours.GetOverviewCount()):
            pair = ours.GetOverview(level), theirs.GetOverview(level)
            assert pair[0].ReadRaster() == pair[1].ReadRaster()


@pytest.mark.parametrize("codec,gdal_type,predictor,layout", CASES, ids=type_name)
def test_statistics_of_decoded_tiles(tmp_path, codec, gdal_type, predictor, layout):
    source = make_source(150, 117, 3, gdal_type)
    options = [f"COMPRESS={codec}", *LAYOUTS[layout]]
    if predictor > 1:
        options.append(f"PREDICTOR={predictor}")
    given = written(f"{tmp_path}/in.tif", source, *options)
    options.append("STATISTICS=YES")
    made, counts = copied(f"{tmp_path}/out.tif", given, *options)
    tiles = len(set(stored_ranges(given).values()))
    # Of what libtiff packs, ours, which is strict, may leave some to it.
    assert (counts[0], counts[2]) == (tiles, 0) or codec == "PACKBITS"
    other, counts = copied(f"{tmp_path}/no.tif", given, *options, "LOSSLESS_COPY=NO")
    assert counts == [0, 0, 0]
    check_same(made, other)


@pytest.mark.parametrize("resampling", ("NEAREST", "AVERAGE", "CUBIC"))
@pytest.mark.parametrize("where", ("tmp_path", "tmp_vsimem"))
def test_overviews_of_decoded_tiles(request, resampling, where):
    """Also of a file that no second reader could open."""
    folder = request.getfixturevalue(where)
    source = make_source(700, 500, 2, gdal.GDT_UInt16)
    tiles = ("TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "COMPRESS=DEFLATE")
    given = written(f"{folder}/in.tif", source, "PREDICTOR=2", *tiles)
    options = ("LAYOUT=COG", "BLOCKSIZE=64", "PREDICTOR=YES", "STATISTICS=YES")
    options += (f"RESAMPLING={resampling}", "NUM_THREADS=4")
    made, counts = copied(f"{folder}/out.tif", given, *options, "READ_THREADS=3")
    assert counts[0] == 11 * 8
    assert counts[1] > 1 and counts[2] == 0
    other, _ = copied(f"{folder}/no.tif", given, *options, "LOSSLESS_COPY=NO")
    check_same(made, other)


def test_tiles_of_mosaics_are_decoded_too(tmp_path):
    paths = []
    for column in range(3):
        source = make_source(128, 128, 1, gdal.GDT_Int16)
        source.SetGeoTransform((128 * column, 1, 0, 0, 0, -1))
        paths.append(f"{tmp_path}/{column}.tif")
        tiles = ("TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "COMPRESS=DEFLATE")
        written(paths[-1], source, *tiles)
    given = gdal.BuildVRT("", paths)
    options = ("LAYOUT=COG", "BLOCKSIZE=64", "STATISTICS=YES")
    made, counts = copied(f"{tmp_path}/out.tif", given, *options)
    assert (counts[0], counts[2]) == (12, 0)
    other, _ = copied(f"{tmp_path}/no.tif", given, *options, "LOSSLESS_COPY=NO")
    check_same(made, other)


def lengthen(path, tile):
    """Has the directory say of a tile that it is a byte longer."""
    data = bytearray(read_bytes(path))
    ranges = list(stored_ranges(gdal.Open(path)).values())
    sizes = struct.pack(f"<{len(ranges)}I", *(size for _, size in ranges))
    if sizes not in data:
        sizes = struct.pack(f"<{len(ranges)}H", *(size for _, size in ranges))
    at = data.index(sizes) + len(sizes) // len(ranges) * tile
    data[at] += 1
    with open(path, "wb") as file:
        file.write(data)


@pytest.mark.parametrize("threads", ("1", "4"))
def test_what_only_gdal_decodes_it_decodes(tmp_path, threads):
    """GDAL does not mind what lies behind a tile."""
    source = make_source(256, 256, 1, gdal.GDT_UInt16)
    noise = np.random.default_rng(5).integers(0, 5000, (256, 256))
    source.GetRasterBand(1).WriteArray(noise)
    tiles = ("TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "COMPRESS=DEFLATE")
    expected = pixels_and_masks(written(f"{tmp_path}/in.tif", source, *tiles))
    lengthen(f"{tmp_path}/in.tif", 5)
    given = gdal.Open(f"{tmp_path}/in.tif")
    options = (*tiles[1:3], "STATISTICS=YES", f"READ_THREADS={threads}")
    made, counts = copied(f"{tmp_path}/out.tif", given, *options)
    assert counts[2] >= 1
    assert pixels_and_masks(made) == expected
    other, _ = copied(f"{tmp_path}/no.tif", given, *options, "LOSSLESS_COPY=NO")
    check_same(made, other)


@pytest.mark.parametrize("threads", ("1", "4"))
def test_what_does_not_decode_is_an_error(tmp_path, threads):
    options = ("COMPRESS=DEFLATE", *TILES)
    given = written(f"{tmp_path}/in.tif", make_source(150, 117), *options)
    spoil(f"{tmp_path}/in.tif", given)
    given = gdal.Open(f"{tmp_path}/in.tif")
    for more in ("STATISTICS=YES", "LAYOUT=COG"):
        named = TILES if more == "STATISTICS=YES" else ("BLOCKSIZE=64",)
        if more == "LAYOUT=COG":
            source = make_source(256, 256)
            square = ("TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64")
            given = written(f"{tmp_path}/cog.tif", source, "COMPRESS=DEFLATE", *square)
            spoil(f"{tmp_path}/cog.tif", given)
            given = gdal.Open(f"{tmp_path}/cog.tif")
        text = failure(
            f"{tmp_path}/out.tif", given, *named, more, f"READ_THREADS={threads}"
        )
        assert ".tif" in text and "cannot read" in text


def test_verify_is_of_what_the_driver_decodes(tmp_path):
    options = ("COMPRESS=DEFLATE", *TILES)
    given = written(f"{tmp_path}/in.tif", make_source(150, 117), *options)
    made, counts = copied(
        f"{tmp_path}/out.tif", given, *TILES, "STATISTICS=YES", "VERIFY=YES"
    )
    assert counts == [0, 0, 0]
    assert copy(f"{tmp_path}/2.tif", given, *TILES, "VERIFY=YES")[1].copied == 6
