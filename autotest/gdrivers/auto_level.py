#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""ZLEVEL=AUTO, and LEVEL=AUTO with LAYOUT=COG: pixels are the source's, the file
depends on pixels and options only, and is about as small as at level 6.
tests/test_level_trial.c has how a level is chosen."""

import re

import numpy as np
import pytest
from cog_sources import with_mask
from gtiff_compare import assert_same_pixels, bands, collected_errors
from lossless import debug_lines
from osgeo import gdal
from sources import colour, make_source, type_name
from stored import read_bytes, stored_tiles

SIDES = 1100, 800  # tiles of 512x512 at the edges, too
KINDS = {  # data type, bands, predictor
    "terrain": (gdal.GDT_UInt16, 1, "STANDARD"),
    "terrain without predictor": (gdal.GDT_UInt16, 1, "NO"),
    "photograph": (gdal.GDT_Byte, 3, "STANDARD"),
    "floats": (gdal.GDT_Float32, 1, "FLOATING_POINT"),
    "tried, too": (gdal.GDT_Int32, 1, "AUTO"),
}
LAYOUTS = {
    "tiles": (),
    "strips": ("TILED=NO",),
    "bands": ("INTERLEAVE=BAND",),
    "COG": ("LAYOUT=COG", "RESAMPLING=NEAREST"),
}
# Of terrain all layouts, of the others two.
CASES = [
    (kind, layout)
    for number, kind in enumerate(KINDS)
    for layout in (LAYOUTS if number == 0 else list(LAYOUTS)[number % 2 :: 2])
]
# What must make no difference.
WAYS = (
    ("NUM_THREADS=1",),
    ("NUM_THREADS=2", "BUDGET=4M"),
    ("NUM_THREADS=8", "READ_THREADS=2"),
    ("NUM_THREADS=8", "BUDGET=1", "VERIFY=YES"),
)


def hills(kind):
    """Slopes and noise, another strength of it in each quarter; one is flat."""
    gdal_type, count, _ = KINDS[kind]
    source = colour(make_source(*SIDES, count, gdal_type))
    random = np.random.default_rng(7)
    y, x = np.mgrid[0 : SIDES[1], 0 : SIDES[0]]
    strength = np.where(x < 500, 2, 9) * (y < 700)
    for number, band in enumerate(bands(source)):
        heights = 90 + 40 * np.sin(x / 160 + number) * np.cos(y / 130)
        noise = strength * random.standard_normal(heights.shape)
        values = np.where(y < 760, heights + noise, 50)
        band.WriteArray(values.clip(0, 255).round())
    return source


def creation_options(kind, layout, level="AUTO"):
    name = "LEVEL" if layout == "COG" else "ZLEVEL"
    return [*LAYOUTS[layout], f"PREDICTOR={KINDS[kind][2]}", f"{name}={level}"]


def copied(path, source, options):
    with collected_errors() as said:
        driver = gdal.GetDriverByName("ROWBAND")
        assert driver.CreateCopy(path, source, options=options) is not None
    assert [args[1:] for args in said if "BUDGET" not in args[2]] == []
    return read_bytes(path)


def test_levels_are_told(tmp_vsimem):
    source = make_source(1536, 1024, 1, gdal.GDT_UInt16)
    noise = np.random.default_rng(3).integers(0, 40, (1024, 1536))
    source.GetRasterBand(1).WriteArray(1000 + noise)
    driver = gdal.GetDriverByName("ROWBAND")
    for level, told in (("AUTO", 6), ("6", 0)):
        with debug_lines() as said:
            driver.CreateCopy(f"{tmp_vsimem}/out.tif", source, 0, [f"ZLEVEL={level}"])
        lines = [text for *_, text in said if "ZLEVEL=AUTO" in text]
        assert len(lines) == (1 if told else 0)
        counts = [re.findall(r"(\d+): (\d+)", line) for line in lines]
        assert sum(int(count) for line in counts for _, count in line) == told
        assert [[int(level) for level, _ in line] for line in counts] in (
            [],
            [[1, 2, 4, 6]],
        )


@pytest.mark.slow
@pytest.mark.parametrize("kind,layout", CASES)
def test_auto_level_depends_on_pixels_and_options(tmp_vsimem, kind, layout):
    source, options = hills(kind), creation_options(kind, layout)
    path = f"{tmp_vsimem}/out.tif"
    stored = copied(path, source, options)
    assert_same_pixels(gdal.Open(path), source)
    for way in WAYS:
        assert copied(path, source, [*options, *way]) == stored, way


@pytest.mark.parametrize("kind,layout", CASES)
def test_auto_level_makes_files_about_as_small(tmp_vsimem, kind, layout):
    source = hills(kind)
    sizes = [
        len(copied(f"{tmp_vsimem}/out.tif", source, creation_options(kind, layout, n)))
        for n in ("6", "AUTO")
    ]
    assert sizes[1] <= 1.02 * sizes[0]


def levels_of_tiles(folder, source, layout, kind):
    """Of each tile the level among those that can be chosen that gives its bytes."""
    made = {}
    for level in ("AUTO", 1, 2, 4, 6):
        path = f"{folder}/{level}.tif"
        copied(path, source, creation_options(kind, layout, level))
        made[level] = stored_tiles(path)
    chosen = made.pop("AUTO")
    return {
        place: [level for level in made if made[level][place] == tile]
        for place, tile in chosen.items()
    }


def test_auto_level_gives_each_tile_its_own(tmp_vsimem):
    found = levels_of_tiles(tmp_vsimem, hills("terrain"), "tiles", "terrain")
    assert all(found.values())  # there is no other way to those bytes
    assert any(6 not in levels for levels in found.values())
    # A tile that is the same pixels elsewhere is the same bytes.
    assert any(6 in levels for levels in found.values())


def test_auto_level_is_for_overviews_and_not_for_masks(tmp_vsimem):
    source = with_mask(hills("terrain"))
    paths = [f"{tmp_vsimem}/{level}.tif" for level in ("6", "AUTO")]
    for path, level in zip(paths, ("6", "AUTO")):
        copied(path, source, creation_options("terrain", "COG", level))
    usual, found = [gdal.OpenEx(path) for path in paths]
    assert usual.GetRasterBand(1).GetOverviewCount() >= 1
    assert_same_pixels(found, usual)

    def size_of(dataset, x, y):
        band = dataset.GetRasterBand(1).GetOverview(0)
        return band.GetMetadataItem(f"BLOCK_SIZE_{x}_{y}", "TIFF")

    assert size_of(usual, 0, 0) != size_of(found, 0, 0)
    masks = [dataset.GetRasterBand(1).GetMaskBand() for dataset in (usual, found)]
    sizes = [mask.GetMetadataItem("BLOCK_SIZE_0_0", "TIFF") for mask in masks]
    assert sizes[0] == sizes[1] is not None


@pytest.mark.parametrize("layout", LAYOUTS)
def test_auto_level_with_created_file(tmp_vsimem, layout):
    """Which is written in stripes, from below."""
    source, options = hills("terrain"), creation_options("terrain", layout)
    wanted = copied(f"{tmp_vsimem}/copied.tif", source, options)
    path = f"{tmp_vsimem}/created.tif"
    driver = gdal.GetDriverByName("ROWBAND")
    made = driver.Create(path, *SIDES, 1, gdal.GDT_UInt16, options)
    made.SetGeoTransform(source.GetGeoTransform())
    made.SetSpatialRef(source.GetSpatialRef())
    values = source.ReadAsArray()
    for top in range(SIDES[1] - 100, -1, -100):
        made.GetRasterBand(1).WriteArray(values[top : top + 100], 0, top)
    made = None
    assert read_bytes(path) == wanted


@pytest.mark.parametrize(
    "options",
    [
        ("COMPRESS=LERC_DEFLATE", "ZLEVEL=AUTO"),
        ("LAYOUT=COG", "COMPRESS=ZSTD", "LEVEL=AUTO"),
        ("COMPRESS=ZSTD", "ZSTD_LEVEL=AUTO"),
    ],
    ids=" ".join,
)
def test_auto_level_is_deflates(tmp_vsimem, options):
    path = f"{tmp_vsimem}/out.tif"
    driver = gdal.GetDriverByName("ROWBAND")
    with collected_errors() as said:
        made = driver.CreateCopy(path, make_source(), options=list(options))
    assert made is None and "LEVEL=AUTO" in said[-1][2]
    assert gdal.VSIStatL(path) is None


@pytest.mark.parametrize("gdal_type", (gdal.GDT_Byte, gdal.GDT_CFloat32), ids=type_name)
def test_auto_level_of_what_is_small_is_6(tmp_vsimem, gdal_type):
    """There is no room in it for a sample."""
    source, stored = make_source(100, 90, 1, gdal_type), []
    for level in ("AUTO", "6"):
        options = ["BLOCKXSIZE=128", "BLOCKYSIZE=128", f"ZLEVEL={level}"]
        stored.append(copied(f"{tmp_vsimem}/out.tif", source, options))
    assert stored[0] == stored[1]
