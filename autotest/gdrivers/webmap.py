#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""COGs in a web map, in a browser, look as GDAL renders what they were made of; and
no more of them is fetched than the view needs."""

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from cog_compare import cog_translate, complaints
from osgeo import gdal, osr
from sources import colour, utm
from web_map import chromium, needs_web_map, seen_in_map, served

pytestmark = [needs_web_map, pytest.mark.slow]

SIZE = 1536  # of which three overviews are exact halves
RESOLUTION = 10  # metres a pixel
LEFT, TOP = 440000, 3750000
VIEW = (320, 256)
BACKGROUND = (255, 0, 255)
# Of 255, from what GDAL renders of the source, which is scaled at once.
MEAN_DIFFERENCE = 2
DIFFERENCE = 32
COLOURS = [(200, 40, 40), (40, 200, 40), (40, 40, 200)]
COLOURS += [(40, 200, 200), (200, 200, 40), (210, 210, 210), (50, 50, 50)]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with chromium(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


def pattern():
    """Rectangles of sharp colours, other ones in every row and column, and so noisy
    that it cannot be compressed much, nor be moved by a pixel unseen."""
    y, x = np.mgrid[:SIZE, :SIZE]
    column, row = x // 96, y // 64
    numbers = (column * column + 2 * row + column * row) % len(COLOURS)
    noise = np.random.default_rng(5).integers(-40, 40, (SIZE, SIZE, 3))
    values = (np.array(COLOURS)[numbers] + noise).astype(np.uint8)
    source = gdal.GetDriverByName("MEM").Create("", SIZE, SIZE, 3, gdal.GDT_Byte)
    source.WriteArray(np.moveaxis(values, -1, 0))
    source.SetGeoTransform((LEFT, RESOLUTION, 0, TOP, 0, -RESOLUTION))
    source.SetSpatialRef(utm())
    return colour(source)


def masked_pattern():
    """Without a disc, and without all below a slanting line; there is colour where
    nothing shall be seen."""
    source = pattern()
    y, x = np.mgrid[:SIZE, :SIZE]
    hidden = (np.hypot(x - 600, y - 420) < 260) | (y > 1100 + x // 5)
    source.CreateMaskBand(gdal.GMF_PER_DATASET)
    source.GetRasterBand(1).GetMaskBand().WriteArray(np.where(hidden, 0, 255))
    return source


class Cog(NamedTuple):
    """Of `source`, in `crs`, scaled with `method` in its overviews."""

    path: Path
    source: gdal.Dataset
    crs: str
    method: str


def make_cog(folder, source, crs, method, *options):
    path = folder / "cog.tif"
    resampling = f"RESAMPLING={method.upper()}"
    _, said = cog_translate(str(path), source, (resampling, *options))
    assert not said
    assert complaints(str(path)) == []
    return Cog(path, source, crs, method)


@pytest.fixture(scope="module")
def tiling_scheme(tmp_path_factory):
    options = ("cubic", "TILING_SCHEME=GoogleMapsCompatible")
    folder = tmp_path_factory.mktemp("tiling_scheme")
    return make_cog(folder, pattern(), "EPSG:3857", *options)


@pytest.fixture(scope="module")
def mask(tmp_path_factory):
    """Not CUBIC, of which GDAL makes black pixels along the edges of a mask, in all
    overviews but the first."""
    options = ("average", "BLOCKSIZE=256", "OVERVIEW_COUNT=3")
    folder = tmp_path_factory.mktemp("mask")
    return make_cog(folder, masked_pattern(), "EPSG:32611", *options)


class View(NamedTuple):
    """A place in a map, and the share of the file that it may take to show it."""

    center: tuple
    resolution: float
    share: float


def rendered(cog, view):
    """What GDAL makes of the source in the view.
    @return pixels before BACKGROUND, and how opaque they are, from 0 to 1"""
    (x, y), (width, height) = view.center, VIEW
    right, up = width / 2 * view.resolution, height / 2 * view.resolution
    warped = gdal.Warp(
        "",
        cog.source,
        format="MEM",
        dstSRS=cog.crs,
        outputBounds=(x - right, y - up, x + right, y + up),
        width=width,
        height=height,
        resampleAlg=cog.method,
        dstAlpha=True,
    )
    *colours, alpha = warped.ReadAsArray()
    opaque = alpha / 255
    share = opaque[..., np.newaxis]
    behind = np.multiply(BACKGROUND, 1 - share)
    return np.moveaxis(colours, 0, -1) * share + behind, opaque


def edges(opaque):
    """Where something ends, and a pixel beside that: there an overview, which is made
    of the one below, and a raster that is scaled at once see less or more of it."""
    height, width = opaque.shape
    wide = np.pad(opaque, 1, mode="edge")
    around = [wide[y : y + height, x : x + width] for y in range(3) for x in range(3)]
    return np.min(around, axis=0) != np.max(around, axis=0)


def assert_looks_as_rendered(page, cog, view):
    """@return the share of the view where nothing is to be seen"""
    with served(cog.path.parent) as server:
        given = {"center": view.center, "resolution": view.resolution}
        given |= {"size": VIEW, "background": f"rgb{BACKGROUND}"}
        crs, seen = seen_in_map(page, server, file=cog.path.name, **given)
    assert crs == cog.crs
    expected, opaque = rendered(cog, view)
    difference = np.abs(seen - expected)[~edges(opaque)]
    assert difference.mean() <= MEAN_DIFFERENCE
    assert difference.max() <= DIFFERENCE
    hidden = (opaque == 0) & ~edges(opaque)
    assert (seen[hidden] == BACKGROUND).all()
    assert_fetched_in_ranges(server.asked, cog.path.stat().st_size * view.share)
    return hidden.mean()


def assert_fetched_in_ranges(asked, at_most):
    assert asked
    for words, sent in asked:
        assert sent > 0, f"asked for the range '{words}'"
    assert sum(sent for _, sent in asked) <= at_most


###############################################################################


MIDDLE = LEFT + SIZE / 2 * RESOLUTION, TOP - SIZE / 2 * RESOLUTION


def web_resolution(zoom):
    return 2 * math.pi * 6378137 / 256 / 2**zoom


def web_place(x, y, resolution):
    """@return the place in Web Mercator, so that the screen's pixels are the level's"""
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(3857)
    x, y, _ = osr.CoordinateTransformation(utm(), srs).TransformPoint(x, y)
    return round(x / resolution) * resolution, round(y / resolution) * resolution


@pytest.mark.parametrize(
    "zoom, share", [(14, 1 / 10), (11, 1 / 50)], ids=["near", "far"]
)
def test_web_map_tiling_scheme(page, tiling_scheme, zoom, share):
    level_0 = gdal.Open(str(tiling_scheme.path)).GetGeoTransform()[1]
    assert level_0 == pytest.approx(web_resolution(14))
    resolution = web_resolution(zoom)
    view = View(web_place(*MIDDLE, resolution), resolution, share)
    hidden = assert_looks_as_rendered(page, tiling_scheme, view)
    assert (hidden > 0.1) == (zoom == 11)  # beside the raster


@pytest.mark.parametrize("scale, share", [(1, 1 / 8), (8, 1 / 50)], ids=["near", "far"])
def test_web_map_mask(page, mask, scale, share):
    view = View(MIDDLE, RESOLUTION * scale, share)
    assert assert_looks_as_rendered(page, mask, view) > 0.03
