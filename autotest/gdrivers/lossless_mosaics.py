#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""LOSSLESS_COPY through mosaics: tiles that show one tile of one file are copied as
they are, all others are encoded, and only what those need is decoded."""

import os
import re

import pytest
from cog_sources import with_mask
from gtiff_compare import bands, tool_complaints
from lossless import (
    codecs,
    copy,
    debug_lines,
    failure,
    numbers,
    pixels_and_masks,
    spoil,
    written,
)
from osgeo import gdal
from random_sources import config
from sources import FLOAT_TYPES, pixels, type_name
from statistics_compare import items
from stored import read_bytes

COMPRESS = codecs("ROWBAND")
YES = "LOSSLESS_COPY=YES"
WIDTH, HEIGHT = 128, 96
TILE = ("TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=48")
DECODED = re.compile(r"(\d+) blocks decoded, (\d+) of them again")


def file_at(
    path,
    column,
    row,
    *options,
    size=(WIDTH, HEIGHT),
    count=1,
    gdal_type=gdal.GDT_Byte,
    nodata=None,
    mask=False,
    at=None,
):
    """A file of GTiff's, that many files to the right and down, in pixels of 1."""
    made = gdal.GetDriverByName("MEM").Create("", *size, count, gdal_type)
    x, y = at or (column * size[0], row * size[1])
    made.SetGeoTransform((x, 1, 0, -y, 0, -1))
    for band in bands(made):
        seed = 100 * row + 10 * column + band.GetBand()
        band.WriteArray(pixels(*size, gdal_type, seed))
        if nodata is not None:
            band.SetNoDataValue(nodata)
    if mask:
        with_mask(made)
    named = {one.split("=")[0]: one for one in ("COMPRESS=DEFLATE", *options)}
    return written(path, made, *named.values())


def mosaic_of(folder, paths, name="all", **arguments):
    """What gdalbuildvrt makes of them, open."""
    made = gdal.BuildVRT(f"{folder}/{name}.vrt", paths, **arguments)
    assert made is not None
    made = None
    return gdal.Open(f"{folder}/{name}.vrt")


def four_files(folder, *options, other=("COMPRESS=LZW",), **arguments):
    """Two by two, of which the last is made with other options."""
    paths = []
    for number in range(4):
        paths.append(f"{folder}/{number}.tif")
        more = other if number == 3 else ()
        at = number % 2, number // 2
        file_at(paths[-1], *at, *options, *more, **arguments)
    return paths


def check_copy(folder, given, expected, *options, name="out"):
    """Pixels are the mosaic's, and as many tiles are copied and encoded; of the
    latter nothing is told if none is copied."""
    shown = pixels_and_masks(given)
    made, counts = copy(f"{folder}/{name}.tif", given, *options)
    assert pixels_and_masks(made) == shown
    assert (counts.copied, counts.encoded) == (expected if expected[0] else (0, 0))
    made = None
    if name == "out":  # the first of a test
        assert tool_complaints(f"{folder}/{name}.tif") == []


PREDICTED = ("DEFLATE", "LZW", "ZSTD")
LOSSLESS = ("NONE", "PACKBITS", "LZMA", "LERC", "LERC_DEFLATE", "LERC_ZSTD")
KINDS = [
    (codec, gdal_type, predictor)
    for codec in (*PREDICTED, *LOSSLESS)
    if codec in COMPRESS
    for gdal_type in (gdal.GDT_Int16, gdal.GDT_Float32)
    for predictor in (1, 2, 3)
    if predictor == 1
    or (codec in PREDICTED and (predictor == 2 or gdal_type in FLOAT_TYPES))
]


@pytest.mark.parametrize("interleave", ("PIXEL", "BAND"))
@pytest.mark.parametrize("codec,gdal_type,predictor", KINDS, ids=type_name)
def test_tiles_of_several_files(tmp_path, codec, gdal_type, predictor, interleave):
    options = [f"COMPRESS={codec}", f"INTERLEAVE={interleave}", *TILE]
    if predictor > 1:
        options.append(f"PREDICTOR={predictor}")
    other = ("COMPRESS=LZW" if codec == "PACKBITS" else "COMPRESS=PACKBITS",)
    other += ("PREDICTOR=1",) if predictor > 1 else ()
    paths = four_files(tmp_path, *options, other=other, count=2, gdal_type=gdal_type)
    given = mosaic_of(tmp_path, paths)
    planes = 2 if interleave == "BAND" else 1
    check_copy(tmp_path, given, (12 * planes, 4 * planes), *options)
    # The codec differs, what the others have in common does not.
    named = [one for one in options if one.startswith(("COMPRESS", "PREDICTOR"))]
    check_copy(tmp_path, given, (12 * planes, 4 * planes), YES, *named, name="yes")
    check_copy(tmp_path, given, (0, 0), *options, "LOSSLESS_COPY=NO", name="no")


@pytest.mark.parametrize("codec", ("DEFLATE", "LZW"))
def test_what_all_files_have_is_taken_from_them(tmp_path, codec):
    paths = four_files(tmp_path, f"COMPRESS={codec}", *TILE, other=())
    given = mosaic_of(tmp_path, paths)
    check_copy(tmp_path, given, (16, 0), YES)
    made = gdal.Open(f"{tmp_path}/out.tif")
    assert made.GetRasterBand(1).GetBlockSize() == [64, 48]
    assert made.GetMetadata("IMAGE_STRUCTURE")["COMPRESSION"] == codec


def test_nothing_that_can_be_copied_is_refused_by_name(tmp_path):
    paths = four_files(tmp_path, *TILE, other=())
    given = mosaic_of(tmp_path, paths)
    text = failure(f"{tmp_path}/out.tif", given, YES, "COMPRESS=LZW")
    assert "LOSSLESS_COPY=YES: no tile can be copied, because of COMPRESS" in text
    text = failure(f"{tmp_path}/out.tif", given, YES, "BLOCKXSIZE=80", "BLOCKYSIZE=48")
    assert "the size of tiles" in text


@pytest.mark.parametrize("threads", ("1", "4"))
def test_only_what_is_encoded_is_decoded_once(tmp_path, threads):
    """Files that cannot be decoded are copied."""
    options = ("TILED=YES", "BLOCKXSIZE=256", "BLOCKYSIZE=256")
    paths = four_files(tmp_path, *options, size=(512, 512), gdal_type=gdal.GDT_Int16)
    expected = pixels_and_masks(gdal.Open(paths[3]))
    for path in paths[:3]:
        spoil(path, gdal.Open(path))
    given = mosaic_of(tmp_path, paths)
    with debug_lines() as said:
        made = gdal.GetDriverByName("ROWBAND").CreateCopy(
            f"{tmp_path}/out.tif",
            given,
            0,
            [*options, f"READ_THREADS={threads}", f"NUM_THREADS={threads}"],
        )
    assert made is not None, said
    assert numbers(DECODED, said) == [4, 0]
    last = gdal.Translate("", made, format="MEM", srcWin=[512, 512, 512, 512])
    assert pixels_and_masks(last) == expected


OVERLAPS = {
    "half a tile": ((96, 0), (2, 6)),
    "a tile": ((64, 0), (6, 0)),
    "a corner": ((64, 48), (7, 2)),
    "a pixel": ((127, 95), (3, 13)),
}


@pytest.mark.parametrize("what", OVERLAPS)
def test_what_is_painted_over(tmp_path, what):
    at, expected = OVERLAPS[what]
    paths = [f"{tmp_path}/a.tif", f"{tmp_path}/b.tif"]
    file_at(paths[0], 0, 0, *TILE)
    file_at(paths[1], 0, 1, *TILE, at=at)
    check_copy(tmp_path, mosaic_of(tmp_path, paths), expected, *TILE)


def test_files_that_do_not_end_with_a_tile(tmp_path):
    """What is cut is encoded, except at the edge of the mosaic."""
    paths = []
    for column in range(2):
        paths.append(f"{tmp_path}/{column}.tif")
        file_at(paths[-1], column, 0, *TILE, size=(160, 70))
    given = mosaic_of(tmp_path, paths)
    # Of five tiles in a row two are the first file's, and none the second's,
    # which begins within a tile.
    check_copy(tmp_path, given, (4, 6), *TILE)


def test_gaps_are_not_read(tmp_path):
    paths = four_files(tmp_path, *TILE, other=())[1:3]
    check_copy(tmp_path, mosaic_of(tmp_path, paths), (8, 8), *TILE)


def nodata_files(folder, gdal_type, nodata):
    paths = four_files(folder, *TILE, other=(), gdal_type=gdal_type, nodata=nodata)
    for path in paths[1:]:
        made = gdal.Open(path, gdal.GA_Update)
        values = made.ReadAsArray()
        values[10:60, 20:90] = nodata
        made.GetRasterBand(1).WriteArray(values)
    return paths


@pytest.mark.parametrize(
    "gdal_type", (gdal.GDT_Byte, gdal.GDT_Int16, gdal.GDT_Int32), ids=type_name
)
def test_whole_numbers_with_nodata_are_copied(tmp_path, gdal_type):
    """gdalbuildvrt makes sources of them that leave out nodata."""
    paths = nodata_files(tmp_path, gdal_type, 7)
    given = mosaic_of(tmp_path, paths)
    text = given.GetMetadata("xml:VRT")[0]
    assert "<NODATA>7</NODATA>" in text
    check_copy(tmp_path, given, (16, 0), *TILE)
    # Where something lies below, it shows through.
    file_at(f"{tmp_path}/below.tif", 0, 0, *TILE, gdal_type=gdal_type, at=(128, 0))
    below = [f"{tmp_path}/below.tif", *paths]
    given = mosaic_of(tmp_path, below, name="over", VRTNodata=7)
    check_copy(tmp_path, given, (12, 4), *TILE, name="over")
    # The mosaic may have another nodata value, or none that it tells.
    given = mosaic_of(tmp_path, paths, name="other", VRTNodata=9)
    check_copy(tmp_path, given, (0, 16), *TILE, name="other")
    given = mosaic_of(tmp_path, paths, name="hidden", hideNodata=True)
    check_copy(tmp_path, given, (0, 16), *TILE, name="hidden")


def test_fractions_with_nodata_are_decoded(tmp_path):
    """GDAL leaves out what is close to it, too."""
    paths = nodata_files(tmp_path, gdal.GDT_Float32, -9999)
    check_copy(tmp_path, mosaic_of(tmp_path, paths), (0, 16), *TILE)


@pytest.mark.parametrize("nodata", (None, 7))
def test_files_that_become_bands(tmp_path, nodata):
    paths = []
    for number in range(3):
        paths.append(f"{tmp_path}/{number}.tif")
        codec = "COMPRESS=LZW" if number == 1 else "COMPRESS=DEFLATE"
        file_at(paths[-1], number, 0, codec, *TILE, at=(0, 0), nodata=nodata)
    given = mosaic_of(tmp_path, paths, separate=True)
    deflate = "COMPRESS=DEFLATE"
    check_copy(tmp_path, given, (8, 4), *TILE, deflate, "INTERLEAVE=BAND")
    check_copy(tmp_path, given, (8, 4), YES, deflate, name="yes")
    made, counts = copy(f"{tmp_path}/pixel.tif", given, *TILE, "INTERLEAVE=PIXEL")
    assert counts.copied == 0
    text = failure(f"{tmp_path}/cog.tif", given, YES, "LAYOUT=COG", deflate)
    assert "no tile can be copied" in text


def test_mosaics_of_mosaics(tmp_path):
    paths = four_files(tmp_path, *TILE)
    rows = []
    for row in range(2):
        rows.append(f"{tmp_path}/row{row}.vrt")
        mosaic_of(tmp_path, paths[2 * row : 2 * row + 2], name=f"row{row}")
    given = mosaic_of(tmp_path, rows)
    check_copy(tmp_path, given, (12, 4), *TILE)
    # A window of it that begins with a tile of the files.
    window = gdal.Translate("", given, format="VRT", srcWin=[64, 48, 150, 120])
    check_copy(tmp_path, window, (5, 4), *TILE, name="window")


def test_mosaic_within_one_that_leaves_out_nodata(tmp_path):
    paths = nodata_files(tmp_path, gdal.GDT_Int16, 7)
    inner = [f"{tmp_path}/inner.vrt"]
    mosaic_of(tmp_path, paths, name="inner")
    check_copy(tmp_path, mosaic_of(tmp_path, inner), (0, 16), *TILE)


ACROSS, DOWN = 12, 9  # more than are opened in any case, as a sample


def many_files(folder, other=()):
    paths = []
    for number in range(ACROSS * DOWN):
        paths.append(f"{folder}/{number}.tif")
        codec = "COMPRESS=LZW" if number in other else "COMPRESS=DEFLATE"
        at = number % ACROSS, number // ACROSS
        file_at(paths[-1], *at, codec, *MANY, size=(256, 128))
    return paths


MANY = ("TILED=YES", "BLOCKXSIZE=128", "BLOCKYSIZE=128")


class Descriptors:
    """The most that are open while a file is made."""

    def __init__(self):
        self.before = len(os.listdir("/proc/self/fd"))
        self.most = 0

    def __call__(self, share, message, user):
        now = len(os.listdir("/proc/self/fd"))
        self.most = max(self.most, now - self.before)
        return 1


def test_few_of_many_files_are_open_at_once(tmp_path):
    given = mosaic_of(tmp_path, many_files(tmp_path))
    gdal.SetConfigOption("GDAL_MAX_DATASET_POOL_SIZE", "20")
    open_files = Descriptors()
    with debug_lines() as said:
        made = gdal.GetDriverByName("ROWBAND").CreateCopy(
            f"{tmp_path}/out.tif", given, 0, MANY, open_files
        )
    assert made is not None, said
    assert numbers(re.compile(r"(\d+) tiles copied as they were, (\d+)"), said) == [
        2 * ACROSS * DOWN,
        0,
    ]
    # The pool's, those that are read, the spool and the file.
    assert 0 < open_files.most <= 100 + 32 + 4
    assert pixels_and_masks(made) == pixels_and_masks(given)


@pytest.mark.parametrize("threads", ("1", "4"))
def test_many_files_are_opened_if_they_are_decoded(tmp_path, threads):
    others = (3, 70, 71, 100)
    given = mosaic_of(tmp_path, many_files(tmp_path, others))
    with debug_lines() as said:
        made = gdal.GetDriverByName("ROWBAND").CreateCopy(
            f"{tmp_path}/out.tif", given, 0, [*MANY, f"READ_THREADS={threads}"]
        )
    assert made is not None, said
    assert numbers(re.compile(r"(\d+) tiles copied as they were, (\d+)"), said) == [
        2 * (ACROSS * DOWN - len(others)),
        2 * len(others),
    ]
    decoded, again = numbers(DECODED, said)
    # The two tiles of a file are decoded at once. Of what was open before, a block
    # is compared.
    assert decoded - again == len(others) and again <= 1
    assert pixels_and_masks(made) == pixels_and_masks(given)


def test_masks_of_files(tmp_path):
    """Of what is masked the mosaic shows nothing: only masks are copied."""
    gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES")
    paths = four_files(tmp_path, *TILE, mask=True, other=())
    given = mosaic_of(tmp_path, paths)
    made, counts = copy(f"{tmp_path}/out.tif", given, *TILE)
    other, _ = copy(f"{tmp_path}/no.tif", given, *TILE, "LOSSLESS_COPY=NO")
    assert pixels_and_masks(made) == pixels_and_masks(other)


@pytest.mark.parametrize("layout", ("GTIFF", "COG"))
def test_overviews_and_statistics_of_mosaics(tmp_path, layout):
    size = ("TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64")
    paths = four_files(tmp_path, *size, size=(128, 128), gdal_type=gdal.GDT_UInt16)
    given = mosaic_of(tmp_path, paths)
    options = {"GTIFF": size, "COG": ("LAYOUT=COG", "BLOCKSIZE=64")}[layout]
    options += ("STATISTICS=YES",)
    made, counts = copy(f"{tmp_path}/out.tif", given, *options)
    other, _ = copy(f"{tmp_path}/no.tif", given, *options, "LOSSLESS_COPY=NO")
    assert counts.copied == 12
    assert pixels_and_masks(made) == pixels_and_masks(other)
    band, expected = made.GetRasterBand(1), other.GetRasterBand(1)
    assert items(band.GetMetadata()) == items(expected.GetMetadata()) != {}
    assert band.GetOverviewCount() == expected.GetOverviewCount()
    for level in range(band.GetOverviewCount()):
        one, another = band.GetOverview(level), expected.GetOverview(level)
        assert one.ReadRaster() == another.ReadRaster()


def test_overviews_of_the_mosaic_are_copied(tmp_path):
    size = ("TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64")
    paths = four_files(tmp_path, *size, size=(128, 128))
    given = mosaic_of(tmp_path, paths)
    with config(COMPRESS_OVERVIEW="DEFLATE", GDAL_TIFF_OVR_BLOCKSIZE="64"):
        given.BuildOverviews("AVERAGE", [2, 4])
        given = None
    given = gdal.Open(f"{tmp_path}/all.vrt")
    made, counts = copy(f"{tmp_path}/out.tif", given, "LAYOUT=COG", "BLOCKSIZE=64")
    assert (counts.copied, counts.encoded) == (12 + 4 + 1, 4)
    for level in range(2):
        one = made.GetRasterBand(1).GetOverview(level)
        assert (
            one.ReadRaster() == given.GetRasterBand(1).GetOverview(level).ReadRaster()
        )


@pytest.mark.parametrize("quality", (75, 90))
def test_jpeg_tables_of_several_files(tmp_path, quality):
    """Tiles are copied that decode with the tables that the file has."""
    jpeg = ("COMPRESS=JPEG", f"JPEG_QUALITY={quality}", *TILE)
    paths = four_files(tmp_path, *jpeg, other=("JPEG_QUALITY=50",))
    given = mosaic_of(tmp_path, paths[:3], name="three")
    options = ("COMPRESS=JPEG", *TILE)
    # Three of four leave a gap, which goes by the tables of the output.
    expected = (12, 4) if quality == 75 else (0, 0)
    made, counts = copy(f"{tmp_path}/three.tif", given, *options)
    assert (counts.copied, counts.encoded) == expected
    given = mosaic_of(tmp_path, paths[:2], name="row")
    made, counts = copy(f"{tmp_path}/row.tif", given, *options)
    assert (counts.copied, counts.encoded) == (8, 0)
    assert pixels_and_masks(made) == pixels_and_masks(given)
    given = mosaic_of(tmp_path, paths)
    made, counts = copy(f"{tmp_path}/out.tif", given, *options)
    assert (counts.copied, counts.encoded) == expected
    decoded = gdal.Translate("", made, format="MEM", srcWin=[0, 0, 128, 192])
    shown = gdal.Translate("", given, format="MEM", srcWin=[0, 0, 128, 192])
    if quality == 75:
        assert pixels_and_masks(decoded) == pixels_and_masks(shown)


def test_file_of_a_mosaic_that_is_cut_short(tmp_path):
    paths = four_files(tmp_path, *TILE, other=())
    data = read_bytes(paths[2])
    with open(paths[2], "wb") as file:
        file.write(data[:-100])
    text = failure(f"{tmp_path}/out.tif", mosaic_of(tmp_path, paths), *TILE)
    assert paths[2] in text and "the file has" in text


def test_file_of_a_mosaic_that_is_gone(tmp_path):
    paths = four_files(tmp_path, *TILE, other=())
    given = mosaic_of(tmp_path, paths)
    os.unlink(paths[2])
    text = failure(f"{tmp_path}/out.tif", given, *TILE)
    assert paths[2] in text


def test_places_that_are_reckoned(tmp_path):
    """In degrees, pixels of files are off by parts of a millionth."""
    paths = []
    for column in range(3):
        paths.append(f"{tmp_path}/{column}.tif")
        made = file_at(paths[-1], column, 0, *TILE)
        made = gdal.Open(paths[-1], gdal.GA_Update)
        step = 1 / 3601
        made.SetGeoTransform((7.1 + column * WIDTH * step, step, 0, 3, 0, -step))
        made = None
    given = mosaic_of(tmp_path, paths)
    check_copy(tmp_path, given, (12, 0), *TILE)
