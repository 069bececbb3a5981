#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""NODATA_TO_MASK=YES: a mask says which pixels are valid, in place of nodata, and no
edge of what it hides shows in what it does not."""

import numpy as np
import pytest
from cog_compare import complaints
from gtiff_compare import bands, rowband_translate
from lossless import debug_lines
from osgeo import gdal
from rowband_driver import driver
from sources import colour, make_source
from stored import read_bytes

LAYOUTS = {
    "tiles": (),
    "small tiles": ("BLOCKXSIZE=64", "BLOCKYSIZE=64"),
    "strips": ("TILED=NO",),
    "bands": ("INTERLEAVE=BAND",),
    "COG": ("LAYOUT=COG", "BLOCKSIZE=64", "RESAMPLING=AVERAGE"),
}
NODATA, SIZE = 0, (230, 170)


def scene(count=3, gdal_type=gdal.GDT_Byte, nodata=NODATA):
    """Bright and smooth, with corners that are nodata in all bands, as a scene that was
    turned has, and pixels that are so in one."""
    source = colour(make_source(*SIZE, count, gdal_type))
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    hidden = (x + y < 130) | (abs(x - 150) + abs(y - 100) < 25)
    for number, band in enumerate(bands(source)):
        values = 170 + 30 * np.sin(x / 40 + number) + 20 * np.cos(y / 30)
        values = values.round()
        values[(x == 200) & (y % 3 == number)] = nodata
        band.WriteArray(np.where(hidden, nodata, values))
        band.SetNoDataValue(nodata)
    return source, hidden


def assert_says_by_mask(found, hidden):
    for band in bands(found):
        assert band.GetNoDataValue() is None
        assert band.GetMaskFlags() == gdal.GMF_PER_DATASET
        assert np.array_equal(band.GetMaskBand().ReadAsArray() == 0, hidden)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("count", [1, 3])
def test_nodata_mask_says_what_nodata_said(tmp_vsimem, layout, count):
    source, hidden = scene(count)
    if count == 1:  # what is nodata in one band is so in all
        hidden = source.ReadAsArray() == NODATA
    path = f"{tmp_vsimem}/out.tif"
    rowband_translate(path, source, (*LAYOUTS[layout], "NODATA_TO_MASK=YES"))
    found = gdal.Open(path)
    assert_says_by_mask(found, hidden)
    # Without loss, pixels are what they were, hidden or not.
    assert np.array_equal(found.ReadAsArray(), source.ReadAsArray())
    assert layout != "COG" or complaints(path) == []


def errors_beside(path, source, hidden):
    """How far visible pixels are off within a tile's block of the mask's edge."""
    y, x = np.nonzero(hidden)
    near = np.zeros_like(hidden)
    for dy in range(-8, 9):
        for dx in range(-8, 9):
            rows = (y + dy).clip(0, SIZE[1] - 1)
            near[rows, (x + dx).clip(0, SIZE[0] - 1)] = True
    near &= ~hidden
    found = gdal.Open(path).ReadAsArray().astype(int)
    off = abs(found - source.ReadAsArray().astype(int))
    return off.reshape(-1, *hidden.shape).max(axis=0)[near]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("count", [1, 3])
def test_nodata_mask_leaves_no_edge_for_jpeg(tmp_vsimem, layout, count):
    source, hidden = scene(count)
    if count == 1:
        hidden = source.ReadAsArray() == NODATA
    options = (*LAYOUTS[layout], "COMPRESS=JPEG")
    if count == 3 and layout not in ("COG", "bands"):
        options += ("PHOTOMETRIC=YCBCR",)
    paths = [f"{tmp_vsimem}/{name}.tif" for name in ("filled", "not")]
    rowband_translate(paths[0], source, (*options, "NODATA_TO_MASK=YES"))
    rowband_translate(paths[1], source, options)
    assert_says_by_mask(gdal.Open(paths[0]), hidden)
    beside, without = [errors_beside(path, source, hidden) for path in paths]
    assert beside.mean() < 2 and without.mean() > 2 * beside.mean()
    assert np.percentile(beside, 99) < np.percentile(without, 99) / 2


@pytest.mark.parametrize("compress", ["WEBP", "JXL"])
def test_nodata_mask_for_other_codecs_with_loss(tmp_vsimem, compress):
    if compress not in gdal.GetDriverByName("GTiff").GetMetadataItem(
        "DMD_CREATIONOPTIONLIST"
    ):
        pytest.skip(f"no {compress}")
    source, hidden = scene()
    path = f"{tmp_vsimem}/out.tif"
    options = [f"COMPRESS={compress}", "NODATA_TO_MASK=YES"]
    options += ["WEBP_LEVEL=60"] if compress == "WEBP" else ["JXL_LOSSLESS=NO"]
    rowband_translate(path, source, options)
    assert_says_by_mask(gdal.Open(path), hidden)
    assert errors_beside(path, source, hidden).mean() < 4


def test_nodata_mask_overviews_do_not_mix_in_what_is_hidden(tmp_vsimem):
    source, hidden = scene()
    path = f"{tmp_vsimem}/out.tif"
    options = (*LAYOUTS["COG"], "COMPRESS=JPEG", "NODATA_TO_MASK=YES")
    rowband_translate(path, source, options)
    found = gdal.Open(path)
    for band in bands(found):
        for level in range(band.GetOverviewCount()):
            overview = band.GetOverview(level)
            shown = overview.GetMaskBand().ReadAsArray() != 0
            assert overview.ReadAsArray()[shown].min() > 80


@pytest.mark.parametrize("options", [(), ("NODATA_TO_MASK=NO",)], ids=["none", "no"])
def test_nodata_mask_is_asked_for(tmp_vsimem, options):
    source, _ = scene()
    path = f"{tmp_vsimem}/out.tif"
    rowband_translate(path, source, (*options, "COMPRESS=JPEG"))
    found = gdal.Open(path)
    assert found.GetRasterBand(1).GetNoDataValue() == NODATA
    assert found.GetRasterBand(1).GetMaskFlags() == gdal.GMF_NODATA


def test_nodata_mask_of_nan(tmp_vsimem):
    source, hidden = scene(1, gdal.GDT_Float32, np.nan)
    hidden = np.isnan(source.ReadAsArray())
    path = f"{tmp_vsimem}/out.tif"
    rowband_translate(path, source, ("NODATA_TO_MASK=YES",))
    assert_says_by_mask(gdal.Open(path), hidden)


def test_nodata_mask_where_there_is_one(tmp_vsimem):
    """Of a raster without nodata nothing is made, and what its mask hides is filled."""
    source, hidden = scene()
    for band in bands(source):
        band.DeleteNoDataValue()
    source.CreateMaskBand(gdal.GMF_PER_DATASET)
    mask = source.GetRasterBand(1).GetMaskBand()
    mask.WriteArray(np.where(hidden, 0, 255))
    found = {}
    for value in ("YES", "NO"):
        path = f"{tmp_vsimem}/{value}.tif"
        options = ("COMPRESS=JPEG", f"NODATA_TO_MASK={value}")
        rowband_translate(path, source, options)
        assert_says_by_mask(gdal.Open(path), hidden)
        found[value] = errors_beside(path, source, hidden).mean()
    assert found["YES"] < found["NO"] / 2


def test_nodata_mask_depends_on_pixels_alone(tmp_vsimem):
    source, _ = scene()
    options = ["LAYOUT=COG", "BLOCKSIZE=64", "COMPRESS=JPEG", "NODATA_TO_MASK=YES"]
    stored = set()
    for ways in ([], ["NUM_THREADS=1"], ["NUM_THREADS=5", "BUDGET=1"]):
        path = f"{tmp_vsimem}/out.tif"
        assert driver().CreateCopy(path, source, options=[*options, *ways])
        stored.add(read_bytes(path))
    assert len(stored) == 1


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("arguments", [None, {"srcWin": [3, 5, 200, 150]}])
def test_nodata_mask_decodes_each_block_once(tmp_path, arguments, count):
    path = f"{tmp_path}/source.tif"
    options = ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "COMPRESS=LZW"]
    gdal.GetDriverByName("GTiff").CreateCopy(path, scene(count)[0], options=options)
    source = gdal.Open(path)
    if arguments is not None:
        source = gdal.Translate("", source, format="VRT", **arguments)
    with debug_lines() as said:
        options = ["NODATA_TO_MASK=YES", "BUDGET=1", "COMPRESS=JPEG"]
        assert driver().CreateCopy(f"{tmp_path}/out.tif", source, options=options)
    found = [line for _, _, line in said if "amplification" in line]
    assert len(found) == 1 and found[0].endswith("amplification 1.00"), said


def test_nodata_mask_of_create(tmp_vsimem):
    source, hidden = scene()
    path = f"{tmp_vsimem}/out.tif"
    created = driver().Create(path, *SIZE, 3, options=["NODATA_TO_MASK=YES"])
    for made, band in zip(bands(created), bands(source)):
        made.SetNoDataValue(NODATA)
        made.WriteArray(band.ReadAsArray())
    created = None
    assert_says_by_mask(gdal.Open(path), hidden)
