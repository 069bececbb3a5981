#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""LOSSLESS_COPY: sources whose tiles must not be copied as they are, or cannot be, and
what JPEG needs beside its tiles. See lossless_copy.py."""

import numpy as np
import pytest
from gtiff_compare import bands, collected_errors
from lossless import (
    SIDES,
    TILES,
    Counts,
    codecs,
    copy,
    failure,
    masked,
    pixels_and_masks,
    stored_ranges,
    written,
)
from osgeo import gdal
from sources import colour, make_source
from stored import read_bytes

COMPRESS = codecs("ROWBAND")
YES = "LOSSLESS_COPY=YES"


def test_nan_to_nodata_needs_the_pixels(tmp_path):
    source = make_source(*SIDES, 1, gdal.GDT_Float32)
    source.GetRasterBand(1).SetNoDataValue(-1)
    values = source.ReadAsArray()
    values[3:9] = np.nan
    source.GetRasterBand(1).WriteArray(values)
    given = written(f"{tmp_path}/in.tif", source, "COMPRESS=DEFLATE", *TILES)
    made, counts = copy(f"{tmp_path}/out.tif", given, *TILES, "NAN_TO_NODATA=YES")
    assert counts.copied == 0
    assert (made.ReadAsArray()[3:9] == -1).all()


def test_create_has_no_tiles_to_copy(tmp_path):
    driver = gdal.GetDriverByName("ROWBAND")
    with collected_errors() as said:
        made = driver.Create(f"{tmp_path}/out.tif", *SIDES, options=[YES])
    assert made is None
    assert gdal.VSIStatL(f"{tmp_path}/out.tif") is None
    assert "LOSSLESS_COPY=YES" in said[0][2]
    made = driver.Create(f"{tmp_path}/out.tif", *SIDES)
    made.GetRasterBand(1).Fill(7)
    made = None
    assert (gdal.Open(f"{tmp_path}/out.tif").ReadAsArray() == 7).all()


def test_sources_that_are_no_file_of_gtiff(tmp_path):
    memory = make_source(*SIDES)
    text = failure(f"{tmp_path}/yes.tif", memory, YES)
    assert "a source that is not a TIFF of the GTiff driver" in text
    given = written(f"{tmp_path}/in.tif", memory, "COMPRESS=DEFLATE", *TILES)
    given = None
    given = gdal.Open(f"{tmp_path}/in.tif", gdal.GA_Update)
    given.GetRasterBand(1).Fill(7)
    made, counts = copy(f"{tmp_path}/out.tif", given, *TILES)
    assert counts.copied == 0
    assert (made.ReadAsArray() == 7).all()


@pytest.mark.parametrize("codec", ("DEFLATE", "NONE"))
@pytest.mark.parametrize("in_memory", (False, True))
def test_name_that_has_come_to_mean_another_file(
    tmp_path, tmp_vsimem, codec, in_memory
):
    """What is open is copied, not what is there now."""
    folder = tmp_vsimem if in_memory else tmp_path
    path = f"{folder}/in.tif"
    options = (f"COMPRESS={codec}", *TILES)
    given = written(path, make_source(*SIDES), *options)
    expected = pixels_and_masks(given)
    gdal.Unlink(path)
    other = make_source(*SIDES)
    values = other.ReadAsArray()
    values[5, 5] += 1
    other.GetRasterBand(1).WriteArray(values)
    written(path, other, *options)
    made, counts = copy(f"{folder}/out.tif", given, *options)
    assert counts.copied == 0
    assert pixels_and_masks(made) == expected


def test_memory_and_archives(tmp_vsimem):
    options = ("COMPRESS=DEFLATE", *TILES)
    given = written(f"{tmp_vsimem}/in.tif", make_source(*SIDES, 3), *options)
    made, counts = copy(f"{tmp_vsimem}/out.tif", given, *options)
    assert counts == Counts(6, 0, 0)
    assert pixels_and_masks(made) == pixels_and_masks(given)
    zipped = f"/vsizip/{tmp_vsimem}/in.zip/in.tif"
    file = gdal.VSIFOpenL(zipped, "wb")
    data = read_bytes(f"{tmp_vsimem}/in.tif")
    gdal.VSIFWriteL(data, 1, len(data), file)
    gdal.VSIFCloseL(file)
    inside = gdal.Open(zipped)
    made, _ = copy(f"{tmp_vsimem}/out2.tif", inside, *options)
    assert pixels_and_masks(made) == pixels_and_masks(given)


@pytest.mark.parametrize("layout", ("GTIFF", "COG"))
@pytest.mark.parametrize("missing", (1, 3000))
def test_source_that_is_cut_short(tmp_path, layout, missing):
    source = make_source(300, 200, 3)
    tiles = ("TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64")
    path = f"{tmp_path}/in.tif"
    written(path, source, *tiles, "COMPRESS=DEFLATE")
    data = read_bytes(path)
    with open(path, "wb") as file:
        file.write(data[:-missing])
    given = gdal.Open(path)
    options = {
        "GTIFF": tiles,
        "COG": ("LAYOUT=COG", "BLOCKSIZE=64", "OVERVIEWS=NONE"),
    }[layout]
    text = failure(f"{tmp_path}/out.tif", given, *options)
    assert "in.tif" in text and "the file has" in text


@pytest.mark.parametrize("offset", (0xFFFFFFF0, 1 << 30))
@pytest.mark.parametrize("in_memory", (False, True))
def test_offsets_beyond_the_file(tmp_path, tmp_vsimem, offset, in_memory):
    path = f"{tmp_vsimem if in_memory else tmp_path}/in.tif"
    given = written(path, make_source(*SIDES), "COMPRESS=DEFLATE", *TILES)
    first = stored_ranges(given)[1, 1, 0][0]
    data = read_bytes(path)
    assert data.count(first.to_bytes(4, "little")) == 1
    data = data.replace(first.to_bytes(4, "little"), offset.to_bytes(4, "little"))
    given = None
    gdal.FileFromMemBuffer(path, data) if in_memory else open(path, "wb").write(data)
    given = gdal.Open(path)
    text = failure(f"{tmp_path}/out.tif", given, *TILES)
    assert path in text and "the file has" in text


def test_what_goes_on_despite_errors_is_decoded(tmp_path):
    path = f"{tmp_path}/in.tif"
    written(path, make_source(*SIDES), "COMPRESS=DEFLATE", *TILES)
    data = read_bytes(path)
    with open(path, "wb") as file:
        file.write(data[:-20])
    gdal.SetConfigOption("GTIFF_IGNORE_READ_ERRORS", "YES")
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        given = gdal.Open(path)
        driver = gdal.GetDriverByName("ROWBAND")
        made = driver.CreateCopy(f"{tmp_path}/out.tif", given, 0, list(TILES))
        assert made is not None
    finally:
        gdal.PopErrorHandler()
        gdal.SetConfigOption("GTIFF_IGNORE_READ_ERRORS", None)


def jpeg(path, *options):
    source = colour(make_source(*SIDES, 3))
    return written(path, source, "COMPRESS=JPEG", *options, *TILES)


@pytest.mark.skipif("JPEG" not in COMPRESS, reason="no JPEG")
@pytest.mark.parametrize("quality", (30, 75, 95))
@pytest.mark.parametrize("photometric", ("RGB", "YCBCR"))
def test_jpeg_loses_nothing(tmp_path, quality, photometric):
    options = (f"JPEG_QUALITY={quality}", f"PHOTOMETRIC={photometric}")
    given = jpeg(f"{tmp_path}/in.tif", *options)
    named = ("COMPRESS=JPEG", f"PHOTOMETRIC={photometric}", *TILES)
    for number, options in enumerate((named, (YES,))):
        made, counts = copy(f"{tmp_path}/{number}.tif", given, *options)
        assert counts == Counts(6, 0, 0)
        assert pixels_and_masks(made) == pixels_and_masks(given)


@pytest.mark.skipif("JPEG" not in COMPRESS, reason="no JPEG")
def test_jpeg_of_other_colours_is_encoded(tmp_path):
    given = jpeg(f"{tmp_path}/in.tif", "PHOTOMETRIC=YCBCR")
    options = ("COMPRESS=JPEG", "PHOTOMETRIC=RGB", *TILES)
    _, counts = copy(f"{tmp_path}/out.tif", given, *options)
    assert counts.copied == 0
    text = failure(f"{tmp_path}/yes.tif", given, *options, YES)
    assert "because of PHOTOMETRIC" in text


def test_samples_of_deflate_are_what_they_are_whatever_they_mean(tmp_path):
    source = colour(make_source(*SIDES, 3))
    given = written(f"{tmp_path}/in.tif", source, "COMPRESS=DEFLATE", *TILES)
    made, counts = copy(f"{tmp_path}/out.tif", given, *TILES, "PHOTOMETRIC=MINISBLACK")
    assert counts == Counts(6, 0, 0)
    assert pixels_and_masks(made) == pixels_and_masks(given)


@pytest.mark.skipif("JPEG" not in COMPRESS, reason="no JPEG")
def test_jpeg_cog_keeps_the_tables_of_the_source_and_of_overviews(tmp_path):
    tiles = ("TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64")
    source = colour(make_source(300, 200, 3))
    given = written(
        f"{tmp_path}/in.tif",
        source,
        "COMPRESS=JPEG",
        "JPEG_QUALITY=40",
        "PHOTOMETRIC=YCBCR",
        *tiles,
    )
    options = ("LAYOUT=COG", "COMPRESS=JPEG", "BLOCKSIZE=64")
    made, counts = copy(f"{tmp_path}/out.tif", given, *options)
    assert (counts.copied, counts.encoded) == (20, 9)
    assert pixels_and_masks(made) == pixels_and_masks(given)
    other, _ = copy(f"{tmp_path}/other.tif", given, *options, "LOSSLESS_COPY=NO")
    for ours, theirs in zip(bands(made), bands(other)):
        for level in range(3):
            one, another = ours.GetOverview(level), theirs.GetOverview(level)
            assert one.ReadRaster() == another.ReadRaster()


@pytest.mark.skipif("JPEG" not in COMPRESS, reason="no JPEG")
def test_colours_that_are_not_converted_are_encoded(tmp_path):
    jpeg(f"{tmp_path}/in.tif", "PHOTOMETRIC=YCBCR")
    gdal.SetConfigOption("CONVERT_YCBCR_TO_RGB", "NO")
    try:
        given = gdal.Open(f"{tmp_path}/in.tif")
        raw = pixels_and_masks(given)
    finally:
        gdal.SetConfigOption("CONVERT_YCBCR_TO_RGB", None)
    assert pixels_and_masks(gdal.Open(f"{tmp_path}/in.tif")) != raw
    text = failure(f"{tmp_path}/out.tif", given, YES)
    assert "colours that are not converted" in text


def test_bytes_depend_on_source_and_options_only(tmp_path):
    given = masked(tmp_path)
    options = ("LAYOUT=COG", "BLOCKSIZE=64", "STATISTICS=YES")
    files = set()
    for number, more in enumerate(
        (("NUM_THREADS=1",), ("NUM_THREADS=4", "BUDGET=64M"), ("READ_THREADS=3",))
    ):
        copy(f"{tmp_path}/{number}.tif", given, *options, *more)
        files.add(read_bytes(f"{tmp_path}/{number}.tif"))
    assert len(files) == 1


def test_cancel_leaves_no_file(tmp_path):
    given = written(
        f"{tmp_path}/in.tif", make_source(*SIDES), "COMPRESS=DEFLATE", *TILES
    )
    for when in (0.02, 0.5):
        gdal.PushErrorHandler("CPLQuietErrorHandler")
        made = gdal.GetDriverByName("ROWBAND").CreateCopy(
            f"{tmp_path}/out.tif",
            given,
            0,
            list(TILES),
            callback=lambda share, *_: share < when,
        )
        gdal.PopErrorHandler()
        assert made is None
        assert gdal.VSIStatL(f"{tmp_path}/out.tif") is None
