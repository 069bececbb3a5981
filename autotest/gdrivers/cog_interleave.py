#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""LAYOUT=COG with INTERLEAVE=BAND and TILE: where tiles lie and what is said of it,
and what the COG driver makes of the same, which has them from GDAL 3.11 on."""

import pytest
from cog_compare import (
    PHOTOMETRIC,
    assert_same_levels,
    assert_same_tags,
    cog_translate,
    cogs,
    complaints,
    directories,
    ghost_area,
    level_sizes,
    levels,
    with_budgets_and_threads,
)
from cog_sources import (
    NEAREST,
    SMALLEST_TILES,
    SMALL_TILES,
    has_codecs,
    in_file,
    jpeg_source,
    plain,
    size_name,
    with_alpha,
    with_mask,
    with_nodata,
)
from cog_tiles import assert_says, assert_tiles_follow, expected_order
from gtiff_compare import (
    assert_same_description,
    assert_same_pixels,
    bands,
    rowband_translate,
)
from lossless import copy, failure, masked, written
from osgeo import gdal
from rowband_driver import assert_refused
from sources import colour, make_source, type_name
from stored import creation_option_values, read_bytes, stored_tiles

WAYS = ("BAND", "TILE")
COG_HAS_THEM = "INTERLEAVE" in creation_option_values("COG")
needs_cog = pytest.mark.skipif(not COG_HAS_THEM, reason="this GDAL's COG has them not")
either_way = pytest.mark.parametrize("way", WAYS)

CARRIERS = [plain, with_mask, with_nodata, with_alpha]


def planar(way):
    return f"INTERLEAVE={way}"


###############################################################################
# The file


def assert_is_cog(path, way, source):
    assert_says(path, way, source.RasterCount)
    assert_tiles_follow(path, way)
    assert complaints(path) == []
    assert_same_pixels(gdal.Open(path), source)


@either_way
@pytest.mark.parametrize("band_count", [1, 4])
@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize(
    "size", [(1, 1), (128, 128), (129, 300), (700, 130)], ids=size_name
)
def test_cog_interleave(tmp_vsimem, size, carrier, band_count, way):
    path = f"{tmp_vsimem}/out.tif"
    source = carrier(make_source(*size, band_count))
    assert cog_translate(path, source, (*SMALL_TILES, planar(way)))[1] == []
    assert_is_cog(path, way, source)


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("resampling", ["NEAREST", "AVERAGE", "CUBIC", "MODE", "GAUSS"])
def test_cog_interleave_is_only_where_things_lie(tmp_vsimem, resampling, carrier):
    """Pixels of all levels, masks and descriptions are those of bands together."""
    source = carrier(colour(make_source(300, 200, 3)))
    options = (*SMALLEST_TILES, f"RESAMPLING={resampling}", "STATISTICS=YES")
    paths = {way: f"{tmp_vsimem}/{way}.tif" for way in ("PIXEL", *WAYS)}
    for way, path in paths.items():
        assert cog_translate(path, source, (*options, planar(way)))[1] == []
    expected = gdal.Open(paths["PIXEL"])
    for way in WAYS:
        dataset = gdal.Open(paths[way])
        assert len(level_sizes(dataset)) == 4
        assert_same_levels(dataset, expected)
        for ours, theirs in zip(bands(dataset), bands(expected)):
            assert ours.GetMetadata() == theirs.GetMetadata()


@either_way
def test_cog_interleave_of_what_is_reprojected(tmp_vsimem, way):
    """The alpha band that is added is one of the bands."""
    source = colour(make_source(300, 200, 3))
    options = (*SMALLEST_TILES, "TARGET_SRS=EPSG:3857", "BUDGET=1M")
    paths = {own: f"{tmp_vsimem}/{own}.tif" for own in ("PIXEL", way)}
    for own, path in paths.items():
        cog_translate(path, source, (*options, planar(own)))
    expected = gdal.Open(paths["PIXEL"])
    assert expected.RasterCount == 4
    assert_is_cog(paths[way], way, expected)
    assert_same_levels(gdal.Open(paths[way]), expected)


@either_way
@pytest.mark.parametrize("bigtiff", ["YES", "NO"])
@pytest.mark.parametrize("carrier", [plain, with_mask])
def test_cog_interleave_bigtiff(tmp_vsimem, carrier, bigtiff, way):
    path = f"{tmp_vsimem}/out.tif"
    source = carrier(make_source(300, 200, 3))
    options = (*SMALL_TILES, planar(way), f"BIGTIFF={bigtiff}")
    assert cog_translate(path, source, options)[1] == []
    assert_is_cog(path, way, source)


@either_way
@pytest.mark.parametrize("carrier", [plain, with_mask])
@pytest.mark.parametrize("nodata", [None, 9])
def test_cog_interleave_sparse(tmp_vsimem, nodata, carrier, way):
    source = carrier(make_source(700, 500, 3))
    for number, band in enumerate(bands(source), 1):
        values = band.ReadAsArray()
        values[:, : 200 * number] = nodata or 0
        band.WriteArray(values)
        if nodata is not None:
            band.SetNoDataValue(nodata)
    options = (*SMALL_TILES, *NEAREST, "SPARSE_OK=YES", planar(way))
    path = f"{tmp_vsimem}/out.tif"
    assert cog_translate(path, source, options)[1] == []
    sizes = [nbytes for _, nbytes in expected_order(path, way)]
    assert 0 < sizes.count(0) < len(sizes)
    assert_is_cog(path, way, source)


@either_way
@pytest.mark.parametrize("carrier", [plain, with_mask])
@pytest.mark.parametrize("blocks", [("BLOCKYSIZE=7",), ("INTERLEAVE=BAND",)], ids=str)
def test_cog_interleave_same_bytes(tmp_vsimem, blocks, carrier, way):
    source = in_file(tmp_vsimem, carrier(make_source(500, 300, 5)), blocks)
    options = (*SMALLEST_TILES, planar(way), "STATISTICS=YES")
    paths = with_budgets_and_threads(tmp_vsimem, source, options)
    expected = read_bytes(paths[0])
    assert [path for path in paths if read_bytes(path) != expected] == []
    assert_is_cog(paths[0], way, source)


@pytest.fixture
def far_away():
    gdal.SetConfigOption("GTIFF_HAS_OPTIMIZED_READ_MULTI_RANGE", "YES")
    yield
    gdal.SetConfigOption("GTIFF_HAS_OPTIMIZED_READ_MULTI_RANGE", None)


@either_way
@pytest.mark.parametrize("carrier", [plain, with_mask])
def test_cog_interleave_read_as_if_from_far(tmp_vsimem, far_away, carrier, way):
    """GDAL then takes the sizes of tiles from what is before them, and from where the
    next one is."""
    path = f"{tmp_vsimem}/out.tif"
    source = carrier(make_source(700, 500, 3))
    cog_translate(path, source, (*SMALL_TILES, planar(way)))
    together, apart = gdal.Open(path), gdal.Open(path)
    assert together.ReadRaster() == source.ReadRaster()
    part = (100, 120, 300, 300)
    for ours, theirs in zip(bands(apart), bands(source)):
        assert ours.ReadRaster(*part) == theirs.ReadRaster(*part)
    assert_same_pixels(apart, source)


###############################################################################
# As the COG driver


def assert_as_cog(source, folder, options, way):
    dataset, expected = cogs(source, folder, (*options, planar(way)))
    ours, theirs = f"{folder}/rowband.tif", f"{folder}/cog.tif"
    assert_same_levels(dataset, expected)
    assert_same_description(dataset, expected)
    assert ghost_area(ours) == ghost_area(theirs)
    for path in (ours, theirs):
        assert_tiles_follow(path, way)
    assert complaints(ours) == []


@needs_cog
@pytest.mark.parametrize("way", ["PIXEL", *WAYS])
@pytest.mark.parametrize("band_count", [1, 2, 4])
@pytest.mark.parametrize("carrier", CARRIERS)
def test_cog_interleave_as_cog(tmp_vsimem, carrier, band_count, way):
    source = carrier(colour(make_source(500, 300, band_count)))
    assert_as_cog(source, tmp_vsimem, (*SMALL_TILES, *NEAREST), way)
    assert_same_tags(tmp_vsimem)


@needs_cog
@either_way
@pytest.mark.parametrize(
    "gdal_type", [gdal.GDT_UInt16, gdal.GDT_Float32, gdal.GDT_CFloat32], ids=type_name
)
@pytest.mark.parametrize(
    "options",
    [
        ("COMPRESS=LZW", "PREDICTOR=YES"),
        ("COMPRESS=ZSTD", "OVERVIEW_COMPRESS=NONE"),
        ("COMPRESS=LERC_DEFLATE",),
        ("COMPRESS=NONE", "OVERVIEW_COUNT=1"),
        ("COMPRESS=LZMA", "BIGTIFF=YES", "SPARSE_OK=YES"),
    ],
    ids="-".join,
)
def test_cog_interleave_codecs_as_cog(tmp_vsimem, options, gdal_type, way):
    is_complex = gdal.DataTypeIsComplex(gdal_type)
    if is_complex and ("LERC" in options[0] or "PREDICTOR=YES" in options):
        pytest.skip("not of complex samples")
    source = with_mask(make_source(300, 200, 3, gdal_type))
    assert_as_cog(source, tmp_vsimem, (*SMALL_TILES, *NEAREST, *options), way)


@needs_cog
@either_way
@pytest.mark.parametrize("resampling", ["AVERAGE", "CUBIC", "MODE"])
@pytest.mark.parametrize("carrier", CARRIERS)
def test_cog_interleave_overviews_as_cog(tmp_vsimem, carrier, resampling, way):
    source = carrier(make_source(300, 200, 3, gdal.GDT_UInt16))
    options = (*SMALLEST_TILES, f"RESAMPLING={resampling}")
    assert_as_cog(source, tmp_vsimem, options, way)


JPEGS = [
    ("COMPRESS=JPEG",),
    ("COMPRESS=JPEG", "QUALITY=40", "OVERVIEW_QUALITY=95"),
    ("COMPRESS=DEFLATE", "OVERVIEW_COMPRESS=JPEG"),
    ("COMPRESS=JPEG", "OVERVIEW_COMPRESS=LZW"),
]
needs_jpeg = pytest.mark.skipif(
    not has_codecs(["COMPRESS=JPEG"]), reason="this GDAL has no JPEG"
)


@needs_cog
@needs_jpeg
@either_way
@pytest.mark.parametrize("carrier", [plain, with_mask, with_alpha])
@pytest.mark.parametrize("options", JPEGS, ids="-".join)
def test_cog_interleave_jpeg_as_cog(tmp_vsimem, options, carrier, way):
    source = jpeg_source(carrier, 3)
    assert_as_cog(source, tmp_vsimem, (*SMALL_TILES, *NEAREST, *options), way)
    assert_same_tags(tmp_vsimem)


@needs_jpeg
@either_way
@pytest.mark.parametrize("carrier", [plain, with_alpha])
def test_cog_interleave_jpeg_is_of_single_bands(tmp_vsimem, carrier, way):
    """Neither YCbCr nor a mask of the alpha band, which are for bands together."""
    path = f"{tmp_vsimem}/out.tif"
    source = jpeg_source(carrier, 3)
    options = (*SMALL_TILES, *NEAREST, planar(way), "COMPRESS=JPEG", "QUALITY=95")
    assert cog_translate(path, source, options)[1] == []
    assert_says(path, way, source.RasterCount)
    assert_tiles_follow(path, way)
    dataset = gdal.Open(path)
    assert dataset.RasterCount == source.RasterCount
    assert all(tags[PHOTOMETRIC] == [2] for tags in directories(path))
    off = dataset.ReadAsArray().astype(int) - source.ReadAsArray()
    assert abs(off).mean() < 4


###############################################################################
# Tiles that are copied, and Create()


SQUARE = ("TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "COMPRESS=DEFLATE")
SQUARE_COG = ("LAYOUT=COG", "BLOCKSIZE=64", "OVERVIEWS=NONE")


def tiles_of(path, band_count=3):
    return [stored_tiles(path, number) for number in range(1, band_count + 1)]


@either_way
def test_cog_interleave_copies_tiles_of_bands(tmp_vsimem, way):
    path, target = f"{tmp_vsimem}/in.tif", f"{tmp_vsimem}/out.tif"
    source = written(path, make_source(300, 200, 3), *SQUARE, "INTERLEAVE=BAND")
    _, counts = copy(target, source, *SQUARE_COG, planar(way))
    assert (counts.copied, counts.encoded, counts.reads) == (3 * 5 * 4, 0, 0)
    assert tiles_of(target) == tiles_of(path)
    assert_is_cog(target, way, source)


@either_way
def test_cog_interleave_copies_masks_and_overviews(tmp_vsimem, way):
    source = masked(tmp_vsimem, "INTERLEAVE=BAND")
    once, again = f"{tmp_vsimem}/once.tif", f"{tmp_vsimem}/again.tif"
    copy(once, source, "LAYOUT=COG", "BLOCKSIZE=64", planar(way), *NEAREST)
    other = WAYS[1 - WAYS.index(way)]
    made = gdal.Open(once)
    _, counts = copy(again, made, "LAYOUT=COG", "BLOCKSIZE=64", planar(other))
    assert counts.copied > 4 * 20 and counts.encoded == counts.reads == 0
    assert_is_cog(again, other, source)
    assert_same_levels(gdal.Open(again), made)


def test_cog_interleave_of_the_source_where_it_is_wanted(tmp_vsimem):
    path, target = f"{tmp_vsimem}/in.tif", f"{tmp_vsimem}/out.tif"
    source = written(path, make_source(300, 200, 3), *SQUARE, "INTERLEAVE=BAND")
    wanted = "LAYOUT=COG", "LOSSLESS_COPY=YES", "OVERVIEWS=NONE"
    _, counts = copy(target, source, *wanted)
    assert (counts.copied, counts.encoded) == (3 * 5 * 4, 0)
    assert_is_cog(target, "BAND", source)
    said = failure(f"{tmp_vsimem}/no.tif", source, *wanted, planar("PIXEL"))
    assert "INTERLEAVE" in said


def test_cog_interleave_of_files_of_one_band_each(tmp_vsimem):
    names = []
    for number in (1, 2, 3):
        names.append(f"{tmp_vsimem}/{number}.tif")
        written(names[-1], make_source(300, 200, 1), *SQUARE)
    stack = gdal.BuildVRT(f"{tmp_vsimem}/stack.vrt", names, separate=True)
    target = f"{tmp_vsimem}/out.tif"
    _, counts = copy(target, stack, "LAYOUT=COG", "LOSSLESS_COPY=YES", "OVERVIEWS=NONE")
    assert (counts.copied, counts.encoded) == (3 * 5 * 4, 0)
    assert_is_cog(target, "BAND", stack)


def test_cog_interleave_of_one_band_lies_with_its_mask(tmp_vsimem):
    """Whatever the source's tag says, which is of no consequence for one band."""
    source = with_mask(make_source(300, 200, 1))
    path, target = f"{tmp_vsimem}/in.tif", f"{tmp_vsimem}/out.tif"
    source = written(path, source, *SQUARE, "INTERLEAVE=BAND")
    copy(target, source, "LAYOUT=COG", "LOSSLESS_COPY=YES")
    assert "MASK_INTERLEAVED_WITH_IMAGERY=YES" in ghost_area(target)


@either_way
def test_cog_interleave_created(tmp_vsimem, way):
    source = make_source(300, 200, 3)
    created, copied = f"{tmp_vsimem}/created.tif", f"{tmp_vsimem}/copied.tif"
    options = ["LAYOUT=COG", *SMALLEST_TILES, *NEAREST, planar(way)]
    dataset = gdal.GetDriverByName("ROWBAND").Create(
        created, 300, 200, 3, gdal.GDT_Byte, options
    )
    assert dataset.WriteRaster(0, 0, 300, 200, source.ReadRaster()) == gdal.CE_None
    del dataset
    assert_says(created, way, 3)
    assert_tiles_follow(created, way)
    assert complaints(created) == []
    rowband_translate(copied, source, options)
    found, expected = gdal.Open(created), gdal.Open(copied)
    assert level_sizes(found) == level_sizes(expected)
    for ours, theirs in zip(bands(found), bands(expected)):
        for level, other in zip(levels(ours), levels(theirs)):
            assert level.ReadRaster() == other.ReadRaster()


###############################################################################
# Refusals


@either_way
@pytest.mark.parametrize("name", ["COMPRESS", "OVERVIEW_COMPRESS"])
@pytest.mark.skipif(not has_codecs(["COMPRESS=WEBP"]), reason="this GDAL has no WEBP")
def test_cog_interleave_webp(tmp_vsimem, name, way):
    options = ["LAYOUT=COG", f"{name}=WEBP", planar(way)]
    target, source = f"{tmp_vsimem}/out.tif", colour(make_source(300, 200, 3))
    assert_refused(target, source, options, f"{name}=WEBP", "INTERLEAVE=PIXEL")
