#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""LAYOUT=COG: reprojecting, with TARGET_SRS and the like or to a TILING_SCHEME."""

import re

import pytest
from carriers import CARRIERS as EVERYTHING
from cog_compare import (
    assert_same_tags,
    cog_translate,
    cogs,
    complaints,
    gdal_cog,
    level_sizes,
    levels,
    with_budgets_and_threads,
)
from cog_sources import (
    SMALL_TILES,
    in_file,
    plain,
    rgb_with_mask,
    with_alpha,
    with_mask,
    with_nan,
    with_nodata,
    with_palette,
)
from gtiff_compare import (
    assert_same_description,
    bands,
    collected_errors,
    describe,
    differences_from_gtiff,
)
from osgeo import gdal
from rowband_driver import assert_refused, driver
from sources import colour, make_source, type_name
from stored import read_bytes
from warp_compare import (
    MERCATOR,
    PLACED,
    WEB,
    gray,
    option_name,
    refused_by_cog,
    rgb,
    assert_reprojected,
    assert_nearly_same_pixels,
    expected_cog,
    warped,
    with_corners,
)

###############################################################################
# As the COG driver


GRIDS = [
    MERCATOR,
    PLACED,
    WEB,
    pytest.param(("TARGET_SRS=EPSG:4326",), marks=pytest.mark.long),
    pytest.param(
        ("TARGET_SRS=+proj=laea +lat_0=34 +lon_0=-117",), marks=pytest.mark.long
    ),
]
CARRIERS = [
    plain,
    with_mask,
    with_alpha,
    with_nodata,
    with_nan,
]


@pytest.mark.parametrize("options", GRIDS, ids=option_name)
@pytest.mark.parametrize("carrier", CARRIERS)
def test_cog_warp_carriers(tmp_vsimem, carrier, options):
    gdal_type = gdal.GDT_Float32 if carrier == with_nan else gdal.GDT_Byte
    source = carrier(rgb(gdal_type) if carrier == with_mask else gray(gdal_type))
    assert_reprojected(source, tmp_vsimem, (*SMALL_TILES, *options))


@pytest.mark.parametrize(
    "gdal_type", [gdal.GDT_UInt16, gdal.GDT_Int16, gdal.GDT_Float64], ids=type_name
)
@pytest.mark.parametrize("options", [MERCATOR, WEB], ids=option_name)
def test_cog_warp_types(tmp_vsimem, gdal_type, options):
    assert_reprojected(gray(gdal_type), tmp_vsimem, options)


@pytest.mark.parametrize("options", [MERCATOR, WEB], ids=option_name)
def test_cog_warp_palette(tmp_vsimem, options):
    """Entries are not mixed: NEAREST by default."""
    assert_reprojected(with_palette(gray()), tmp_vsimem, options)


@pytest.mark.parametrize("options", [MERCATOR, WEB], ids=option_name)
def test_cog_warp_gcps(tmp_vsimem, options):
    assert_reprojected(with_corners(), tmp_vsimem, options)


METHODS = ["NEAREST", "LANCZOS", "MODE", "MED"]
MORE_METHODS = ["BILINEAR", "CUBIC", "CUBICSPLINE", "AVERAGE", "RMS", "MAX", "MIN"]
MORE_METHODS += ["Q1", "Q3", "SUM"]


@pytest.mark.parametrize(
    "method",
    [*METHODS, *(pytest.param(m, marks=pytest.mark.long) for m in MORE_METHODS)],
)
def test_cog_warp_resampling(tmp_vsimem, method):
    options = (*PLACED, f"WARP_RESAMPLING={method}", "RESAMPLING=AVERAGE")
    assert_reprojected(gray(), tmp_vsimem, options)


def test_cog_warp_resampling_is_that_of_overviews_by_default(tmp_vsimem):
    options = (*PLACED, "RESAMPLING=BILINEAR", "OVERVIEW_COUNT=1")
    assert_reprojected(gray(), tmp_vsimem, options)


def test_cog_warp_resampling_of_its_own_is_one_that_overviews_have_not(tmp_vsimem):
    options = (*PLACED, "RESAMPLING=MAX", "OVERVIEW_RESAMPLING=AVERAGE")
    assert_reprojected(gray(), tmp_vsimem, (*options, "OVERVIEW_COUNT=1"))


@pytest.mark.parametrize("carrier", [plain, with_nodata, with_alpha])
@pytest.mark.parametrize("answer", ["YES", "NO"])
def test_cog_warp_alpha(tmp_vsimem, carrier, answer):
    options = (*MERCATOR, f"ADD_ALPHA={answer}")
    made, _ = assert_reprojected(carrier(gray()), tmp_vsimem, options)
    adds = carrier == plain and answer == "YES"
    assert made.RasterCount == (2 if adds or carrier == with_alpha else 1)


@pytest.mark.parametrize(
    "make", [rgb, lambda: rgb_with_mask(300, 200), lambda: with_alpha(rgb())]
)
def test_cog_warp_jpeg_makes_a_mask_of_alpha(tmp_vsimem, make):
    """Pixels are lossy: it is the mask and all else that is the same."""
    path, other = f"{tmp_vsimem}/out.tif", f"{tmp_vsimem}/cog.tif"
    options = (*WEB, "COMPRESS=JPEG")
    made = cog_translate(path, make(), options)[0]
    assert complaints(path) == []
    theirs = gdal_cog(other, make(), options)
    expected = expected_cog(make(), theirs, tmp_vsimem, options)
    assert level_sizes(made) == level_sizes(theirs)
    assert made.RasterCount == theirs.RasterCount == 3
    assert made.GetRasterBand(1).GetMaskFlags() == gdal.GMF_PER_DATASET
    for band, other in zip(bands(made), bands(expected)):
        for ours, theirs in zip(levels(band), levels(other)):
            mask = ours.GetMaskBand().ReadAsArray()
            assert (mask == theirs.GetMaskBand().ReadAsArray()).all()
            off = ours.ReadAsArray().astype(int) - theirs.ReadAsArray()
            assert abs(off[mask > 0]).mean() < 1


@pytest.mark.parametrize("options", [MERCATOR, WEB], ids=option_name)
def test_cog_warp_differs_from_cog_by_chunks_alone(tmp_vsimem, options):
    """What the COG driver makes of a small raster is what gdalwarp makes of it in one
    piece; a VRT is warped in blocks."""
    made, theirs = assert_reprojected(rgb(), tmp_vsimem, options)
    whole = warped(rgb(), theirs, options, "MEM")
    for band, other in zip(bands(theirs), bands(whole)):
        assert band.ReadRaster() == other.ReadRaster()
    small = colour(make_source(30, 20, 3))
    made, theirs = assert_reprojected(small, tmp_vsimem, options)
    if made.RasterXSize <= 512 and made.RasterYSize <= 128:
        assert assert_nearly_same_pixels(made, theirs) == 0


@pytest.mark.parametrize("carrier", EVERYTHING, ids=lambda carrier: carrier.__name__)
def test_cog_warp_says_what_cog_says(tmp_vsimem, carrier):
    source = carrier(make_source())
    if refused_by_cog(source, tmp_vsimem, MERCATOR):
        options = ("LAYOUT=COG", *MERCATOR)
        assert_refused(f"{tmp_vsimem}/out.tif", source, options, "TARGET_SRS")
    else:
        ours, theirs = cogs(source, tmp_vsimem, MERCATOR)
        if is_given_a_command_line(theirs):
            found = differences_from_gtiff(describe(ours), describe(theirs))
            assert len(found) == 1 and found[0].startswith("/domains/json:ISIS3: None")
        else:
            assert_same_description(ours, theirs)
            assert_same_tags(tmp_vsimem)


def is_given_a_command_line(cog):
    """gdalwarp of GDAL 3.13 copies metadata of ISIS3 and adds its own command line to
    it, where it makes a TIFF, but no VRT."""
    lines = cog.GetMetadata_List("json:ISIS3") or []
    return int(gdal.VersionInfo()) >= 3130000 and "ProgramArguments" in "".join(lines)


###############################################################################
# The same file


@pytest.mark.slow
@pytest.mark.parametrize("options", [PLACED, (*WEB, "ZOOM_LEVEL=12")], ids=option_name)
def test_cog_warp_same_bytes(tmp_vsimem, options):
    paths = with_budgets_and_threads(tmp_vsimem, rgb(), options)
    assert len({read_bytes(path) for path in paths}) == 1


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("COMPRESS=JPEG",)], ids=option_name)
def test_cog_warp_each_block_is_warped_once(tmp_vsimem, options):
    """The mask, too, comes from the blocks that the bands come from."""
    options = (*WEB, "ZOOM_LEVEL=14", "BUDGET=64M", *options)
    before = gdal.GetCacheMax()
    gdal.SetCacheMax(1 << 20)
    gdal.SetConfigOption("CPL_DEBUG", "GDAL")
    said = cog_translate(f"{tmp_vsimem}/out.tif", rgb(), options)[1]
    gdal.SetConfigOption("CPL_DEBUG", None)
    gdal.SetCacheMax(before)
    blocks = re.findall(r"Dst=(\d+,\d+),\d+x\d+", " ".join(text for *_, text in said))
    assert len(blocks) > 20
    assert len(blocks) == len(set(blocks))


def test_cog_warp_overviews_of_the_source_are_not_taken(tmp_vsimem):
    """They are of another grid. gdalwarp reads from them where it shrinks."""
    source = in_file(tmp_vsimem, rgb())
    source.BuildOverviews("NEAREST", [2, 4])
    options = (*MERCATOR, "OVERVIEW_COUNT=2", "RESAMPLING=AVERAGE")
    assert_reprojected(source, tmp_vsimem, options)
    options = (*WEB, "ZOOM_LEVEL=8")
    assert_reprojected(source, tmp_vsimem, options)
    options = (*MERCATOR, "BLOCKSIZE=128", "OVERVIEWS=FORCE_USE_EXISTING")
    made = cog_translate(f"{tmp_vsimem}/none.tif", source, options)[0]
    assert len(level_sizes(made)) == 1


def test_cog_warp_statistics_are_of_what_is_written(tmp_vsimem):
    path = f"{tmp_vsimem}/out.tif"
    cog_translate(path, with_nodata(gray()), (*WEB, "STATISTICS=YES"))
    made = gdal.Open(path)
    band = made.GetRasterBand(1)
    counted = gdal.Translate("", made, format="MEM")
    expected = counted.GetRasterBand(1).ComputeStatistics(False)
    found = [float(band.GetMetadataItem(f"STATISTICS_{name}")) for name in NAMES]
    assert found == pytest.approx(expected, rel=1e-9)


NAMES = ("MINIMUM", "MAXIMUM", "MEAN", "STDDEV")


###############################################################################
# Refusals


@pytest.mark.parametrize(
    "options,word",
    [
        (("TARGET_SRS=",), "TARGET_SRS"),
        (("TARGET_SRS=NONSENSE",), "TARGET_SRS"),
        (("TARGET_SRS=EPSG:3857", "RES=100"), "RES"),
        ((*MERCATOR, "RES=none", "EXTENT=0,0,1,1"), "RES"),
        ((*MERCATOR, "RES=0", "EXTENT=0,0,1,1"), "RES"),
        ((*MERCATOR, "EXTENT=0,0,1"), "EXTENT"),
        ((*MERCATOR, "EXTENT=0,0,1,x"), "EXTENT"),
        ((*MERCATOR, "EXTENT=1,0,0,1"), "EXTENT"),
        ((*MERCATOR, "EXTENT=0,0,1,1", "RES=1e-12"), "pixels"),
        ((*MERCATOR, "WARP_RESAMPLING=NONSENSE"), "WARP_RESAMPLING"),
        ((*MERCATOR, "RESAMPLING=GAUSS"), "RESAMPLING"),
        ((*MERCATOR, "ADD_ALPHA=MAYBE"), "ADD_ALPHA"),
        (("TILING_SCHEME=NONSENSE",), "TILING_SCHEME"),
        (('TILING_SCHEME={"type": "TileMatrixSetType"}',), "TILING_SCHEME"),
        ((*WEB, "ZOOM_LEVEL=40"), "ZOOM_LEVEL"),
        ((*WEB, "ZOOM_LEVEL=-1"), "ZOOM_LEVEL"),
        ((*WEB, "ZOOM_LEVEL=few"), "ZOOM_LEVEL"),
        ((*WEB, "ZOOM_LEVEL_STRATEGY=HIGHER"), "ZOOM_LEVEL_STRATEGY"),
        ((*WEB, "ALIGNED_LEVELS=all"), "ALIGNED_LEVELS"),
        (("TILING_SCHEME=NZTM2000",), "outside"),
    ],
    ids=str,
)
def test_cog_warp_refuses(tmp_vsimem, options, word):
    target = f"{tmp_vsimem}/out.tif"
    assert_refused(target, gray(), ("LAYOUT=COG", *options), word)
    assert gdal.ReadDir(tmp_vsimem) in (None, [])


@pytest.mark.parametrize("options", [MERCATOR, WEB], ids=option_name)
def test_cog_warp_needs_a_crs(tmp_vsimem, options):
    source = make_source(georeferenced=False)
    assert refused_by_cog(source, tmp_vsimem, options)
    target = f"{tmp_vsimem}/out.tif"
    assert_refused(target, source, ("LAYOUT=COG", *options), options[0].split("=")[0])


NEEDS_COG = [*MERCATOR, "RES=1", "EXTENT=0,0,1,1", *WEB, "ZOOM_LEVEL=3"]
NEEDS_COG += ["ZOOM_LEVEL_STRATEGY=AUTO", "ALIGNED_LEVELS=1", "ADD_ALPHA=NO"]
NEEDS_COG += ["WARP_RESAMPLING=CUBIC", "TILING_SCHEME=CUSTOM"]


@pytest.mark.parametrize("layout", [[], ["LAYOUT=GTIFF"]], ids=["default", "GTIFF"])
@pytest.mark.parametrize("option", NEEDS_COG)
def test_cog_warp_options_are_refused_without_it(tmp_vsimem, option, layout):
    name = option.split("=")[0]
    target = f"{tmp_vsimem}/out.tif"
    assert_refused(target, make_source(), [*layout, option], name, "LAYOUT=COG")


@pytest.mark.parametrize("option", [*MERCATOR, *WEB])
def test_create_does_not_reproject(tmp_vsimem, option):
    path = f"{tmp_vsimem}/out.tif"
    with collected_errors() as said:
        made = driver().Create(path, 20, 10, options=["LAYOUT=COG", option])
    assert made is None and len(said) == 1
    assert option.split("=")[0] in said[0][2] and "Create()" in said[0][2]
    assert gdal.ReadDir(tmp_vsimem) in (None, [])


@pytest.mark.parametrize(
    "options,word",
    [
        (("RES=10",), "TARGET_SRS"),
        (("EXTENT=0,0,1,1",), "TARGET_SRS"),
        (("WARP_RESAMPLING=CUBIC",), "TARGET_SRS"),
        (("ADD_ALPHA=YES",), "TARGET_SRS"),
        (("ZOOM_LEVEL=3",), "TILING_SCHEME"),
        ((*MERCATOR, "ZOOM_LEVEL_STRATEGY=LOWER"), "TILING_SCHEME"),
        ((*MERCATOR, "ALIGNED_LEVELS=3"), "TILING_SCHEME"),
        ((*WEB, *MERCATOR), "TILING_SCHEME"),
        ((*WEB, "RES=10"), "TILING_SCHEME"),
        ((*WEB, "EXTENT=0,0,1,1"), "TILING_SCHEME"),
    ],
    ids=str,
)
def test_cog_warp_warns_of_options_without_effect(tmp_vsimem, options, word):
    made, said = cog_translate(f"{tmp_vsimem}/out.tif", gray(), options)
    assert [args[0] for args in said] == [gdal.CE_Warning]
    assert "no effect" in said[0][2] and word in said[0][2]
    expected = gdal_cog(f"{tmp_vsimem}/cog.tif", gray(), options)
    assert level_sizes(made) == level_sizes(expected)


def test_cog_warp_of_a_source_that_cannot_be_read(tmp_vsimem):
    """One message, and no file."""
    path = f"{tmp_vsimem}/in.tif"
    source = in_file(tmp_vsimem, rgb(), ("COMPRESS=DEFLATE", "BLOCKYSIZE=8"))
    del source
    data = bytearray(read_bytes(path))
    for i in range(2000, len(data) - 2000, 100):
        data[i : i + 50] = bytes(50)
    gdal.FileFromMemBuffer(path, bytes(data))
    for options in (MERCATOR, WEB):
        source = gdal.Open(path)
        target = f"{tmp_vsimem}/out.tif"
        assert_refused(target, source, ("LAYOUT=COG", *options), "out.tif")
        assert gdal.ReadDir(tmp_vsimem) == ["in.tif"]
