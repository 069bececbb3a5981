#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""LOSSLESS_COPY of overviews that the source has: a tiled TIFF with overviews becomes a
COG by copying bytes; a level that is not as it should become is read, and only that."""

import pytest
from cog_compare import complaints
from cog_sources import with_mask
from gtiff_compare import bands
from lossless import Counts, copy, pixels_and_masks, spoil, stored_ranges, written
from osgeo import gdal
from sources import colour, make_source

TILES = ("TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "COMPRESS=DEFLATE")
COG = ("LAYOUT=COG", "BLOCKSIZE=64")
GTIFF = ("COPY_SRC_OVERVIEWS=YES", *TILES)
LEVELS = [2, 4, 8]
# Tiles of 300x200 pixels, and of 150x100, 75x50 and 38x25.
ALL = 20 + 6 + 2 + 1


def with_overviews(folder, mask=True, size="64", beside=False, options=()):
    source = colour(make_source(300, 200, 3))
    if mask:
        with_mask(source)
    path = f"{folder}/in.tif"
    written(path, source, *TILES, *options)
    config = {"GDAL_TIFF_OVR_BLOCKSIZE": size, "COMPRESS_OVERVIEW": "DEFLATE"}
    config["INTERLEAVE_OVERVIEW"] = "PIXEL"
    for key, value in config.items():
        gdal.SetConfigOption(key, value)
    made = gdal.Open(path, gdal.GA_ReadOnly if beside else gdal.GA_Update)
    made.BuildOverviews("AVERAGE", LEVELS)
    made = None
    for key in config:
        gdal.SetConfigOption(key, None)
    return gdal.Open(path)


def ranges_of(band):
    """@return offset and size of each tile"""
    return [
        tuple(
            int(band.GetMetadataItem(f"BLOCK_{what}_{x}_{y}", "TIFF"))
            for what in ("OFFSET", "SIZE")
        )
        for y in range(-(-band.YSize // 64))
        for x in range(-(-band.XSize // 64))
    ]


def levels(dataset):
    return [
        (overview.XSize, overview.ReadRaster(), overview.GetMaskBand().ReadRaster())
        for band in bands(dataset)
        for overview in map(band.GetOverview, range(band.GetOverviewCount()))
    ]


@pytest.mark.parametrize("mask", (False, True))
@pytest.mark.parametrize("options", (COG, GTIFF), ids=("COG", "GTIFF"))
def test_all_levels_are_copied(tmp_path, options, mask):
    given = with_overviews(tmp_path, mask)
    path = f"{tmp_path}/out.tif"
    made, counts = copy(path, given, *options)
    assert counts == Counts(ALL * (2 if mask else 1), 0, 0)
    assert pixels_and_masks(made) == pixels_and_masks(given)
    assert levels(made) == levels(given)
    assert len(levels(made)) == 9
    made = None
    if options == COG:
        assert complaints(path) == []


@pytest.mark.parametrize("options", (COG, GTIFF), ids=("COG", "GTIFF"))
def test_no_level_is_decoded(tmp_path, options):
    """What cannot be decoded is copied all the same."""
    given = with_overviews(tmp_path, mask=False)
    path = f"{tmp_path}/in.tif"
    band = given.GetRasterBand(1)
    ranges = [ranges_of(band.GetOverview(level)) for level in range(3)]
    spoil(path, given)
    with open(path, "rb+") as file:
        for offset, size in (one for level in ranges for one in level):
            file.seek(offset)
            file.write(b"\xff" * size)
    _, counts = copy(f"{tmp_path}/out.tif", gdal.Open(path), *options)
    assert counts == Counts(ALL, 0, 0)


def test_overviews_beside_the_file(tmp_path):
    given = with_overviews(tmp_path, mask=False, beside=True)
    assert gdal.VSIStatL(f"{tmp_path}/in.tif.ovr") is not None
    made, counts = copy(f"{tmp_path}/out.tif", given, *COG)
    assert counts == Counts(ALL, 0, 0)
    assert levels(made) == levels(given)


@pytest.mark.parametrize("mask", (False, True))
def test_levels_in_other_tiles_are_encoded(tmp_path, mask):
    given = with_overviews(tmp_path, mask, size="128")
    made, counts = copy(f"{tmp_path}/out.tif", given, *COG)
    times = 2 if mask else 1
    assert (counts.copied, counts.encoded) == (20 * times, 9 * times)
    assert counts.reads == 0  # of the raster
    assert pixels_and_masks(made) == pixels_and_masks(given)
    assert levels(made) == levels(given)


@pytest.mark.parametrize("option", ("STATISTICS=YES", "VERIFY=YES"))
def test_raster_is_read_for_what_is_made_of_it(tmp_path, option):
    given = with_overviews(tmp_path)
    made, counts = copy(f"{tmp_path}/out.tif", given, *COG, option)
    assert (counts.copied, counts.encoded) == (2 * ALL, 0)
    assert counts.reads > 0
    assert levels(made) == levels(given)


def test_level_with_holes_that_show_something_else_is_read(tmp_path):
    driver = gdal.GetDriverByName("GTiff")
    path = f"{tmp_path}/in.tif"
    given = driver.Create(path, 300, 200, 1, options=["SPARSE_OK=YES", *TILES])
    given.GetRasterBand(1).SetNoDataValue(5)
    source = make_source(64, 64)
    given.GetRasterBand(1).WriteArray(source.ReadAsArray(), 64, 64)
    given = None
    gdal.SetConfigOption("GDAL_TIFF_OVR_BLOCKSIZE", "64")
    gdal.SetConfigOption("SPARSE_OK_OVERVIEW", "YES")
    given = gdal.Open(path, gdal.GA_Update)
    given.BuildOverviews("NEAREST", [2, 4, 8])
    given = None
    gdal.SetConfigOption("GDAL_TIFF_OVR_BLOCKSIZE", None)
    gdal.SetConfigOption("SPARSE_OK_OVERVIEW", None)
    given = gdal.Open(path)
    assert (0, 0) in stored_ranges(given).values()
    made, counts = copy(f"{tmp_path}/out.tif", given, *COG)
    assert counts.copied >= 4
    assert counts.copied + counts.encoded == ALL
    assert pixels_and_masks(made) == pixels_and_masks(given)
    assert levels(made) == levels(given)


def test_overviews_of_jpeg_keep_tables_of_their_own(tmp_path):
    source = colour(make_source(300, 200, 3))
    options = ("TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "COMPRESS=JPEG")
    path = f"{tmp_path}/in.tif"
    written(path, source, *options, "PHOTOMETRIC=YCBCR", "JPEG_QUALITY=40")
    config = {"GDAL_TIFF_OVR_BLOCKSIZE": "64", "COMPRESS_OVERVIEW": "JPEG"}
    config.update(PHOTOMETRIC_OVERVIEW="YCBCR", JPEG_QUALITY_OVERVIEW="85")
    for key, value in config.items():
        gdal.SetConfigOption(key, value)
    gdal.Open(path, gdal.GA_Update).BuildOverviews("AVERAGE", LEVELS)
    for key in config:
        gdal.SetConfigOption(key, None)
    given = gdal.Open(path)
    made, counts = copy(f"{tmp_path}/out.tif", given, *COG, "COMPRESS=JPEG")
    assert counts == Counts(ALL, 0, 0)
    assert pixels_and_masks(made) == pixels_and_masks(given)
    assert levels(made) == levels(given)
