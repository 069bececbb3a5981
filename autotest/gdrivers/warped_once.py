# SPDX-License-Identifier: MIT
"""Warped VRTs of every kind: the pixels are those of the VRT read whole, and each
block of the source is decoded once at a budget that holds next to nothing."""

import json
import re

import numpy as np
import pytest
from gtiff_compare import assert_same_pixels
from osgeo import gdal, osr
from sources import make_source
from wrapped_fixtures import debug_lines, gtiff  # noqa: F401

WIDTH, HEIGHT = 700, 610
CORNERS = [(0, 0), (WIDTH, 30), (WIDTH, HEIGHT), (20, HEIGHT), (300, 200)]


def wkt(code):
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(code)
    return srs.ExportToWkt()


def plain():
    source = make_source(WIDTH, HEIGHT, 3)
    source.SetProjection(wkt(32631))
    source.SetGeoTransform((500000, 10, 0, 4500000, 0, -10))
    return source


def with_nodata():
    source = plain()
    for band in range(1, 4):
        source.GetRasterBand(band).SetNoDataValue(77)
    return source


def with_mask():
    source = plain()
    shape = np.indices((HEIGHT, WIDTH)).sum(axis=0) % 97 < 60
    source.CreateMaskBand(gdal.GMF_PER_DATASET)
    source.GetRasterBand(1).GetMaskBand().WriteArray(255 * shape.astype(np.uint8))
    return source


def with_alpha():
    source = plain()
    source.GetRasterBand(3).SetColorInterpretation(gdal.GCI_AlphaBand)
    return source


def rotated():
    source = plain()
    source.SetGeoTransform((500000, 8, 6, 4500000, 6, -8))
    return source


def with_gcps():
    source = make_source(WIDTH, HEIGHT, 3, georeferenced=False)
    points = [
        gdal.GCP(500000 + 11 * x + x * y / 500, 4500000 - 9 * y + x, 0, x, y)
        for x, y in CORNERS
    ]
    source.SetGCPs(points, wkt(32631))
    return source


def around_the_world():
    source = make_source(WIDTH, HEIGHT, 3)
    source.SetProjection(wkt(4326))
    source.SetGeoTransform((-180, 360 / WIDTH, 0, 90, 0, -180 / HEIGHT))
    return source


def around_the_pole():
    source = make_source(WIDTH, HEIGHT, 3)
    source.SetProjection(wkt(3413))
    source.SetGeoTransform((-3e6, 6e6 / WIDTH, 0, 3e6, 0, -6e6 / HEIGHT))
    return source


ORTHO = "-t_srs +proj=ortho -te -8e6 -8e6 8e6 8e6 -ts 900 900"

CASES = [
    (plain, "-t_srs EPSG:3857 -r lanczos"),
    (plain, "-t_srs EPSG:4326 -et 0 -r cubic -dstalpha"),
    (plain, "-t_srs EPSG:3857 -tr 40 40 -r average"),
    (plain, "-t_srs EPSG:3857 -wo SOURCE_EXTRA=40 -wo SAMPLE_GRID=YES"),
    (plain, "-t_srs EPSG:3857 -crop_to_cutline -cutline CUTLINE -dstalpha"),
    (with_nodata, "-t_srs EPSG:3857 -r bilinear -dstnodata 5"),
    (with_mask, "-t_srs EPSG:3857 -r cubic"),
    (with_alpha, "-t_srs EPSG:4326 -r bilinear"),
    (rotated, "-t_srs EPSG:3857 -r bilinear"),
    (with_gcps, "-t_srs EPSG:3857 -r bilinear -order 1"),
    (with_gcps, "-t_srs EPSG:4326 -tps"),
    (around_the_world, "-t_srs EPSG:3413 -te -9e6 -9e6 9e6 9e6 -ts 900 900"),
    (around_the_world, "-t_srs EPSG:3832 -te -9e6 -8e6 9e6 8e6 -ts 800 700"),
    (around_the_world, ORTHO),
    (around_the_pole, "-t_srs EPSG:4326 -r bilinear"),
    (around_the_pole, "-t_srs EPSG:3857 -te -2e7 6e6 2e7 2e7 -ts 900 400"),
]


def cutline(folder):
    """A triangle within the source."""
    path = str(folder / "cutline.json")
    ring = [[3.01, 40.63], [3.07, 40.62], [3.03, 40.6], [3.01, 40.63]]
    with open(path, "w") as file:
        json.dump({"type": "Polygon", "coordinates": [ring]}, file)
    return path


def expect_once(source, folder, lines):
    """Copies it at the least budget; the pixels are those that GDAL reads."""
    expected = gdal.GetDriverByName("MEM").CreateCopy("", source)
    target = str(folder / "once.tif")
    options = ["TILED=YES", "BLOCKXSIZE=128", "BLOCKYSIZE=128", "BUDGET=1"]
    lines.clear()
    copy = gdal.GetDriverByName("ROWBAND").CreateCopy(target, source, options=options)
    assert copy is not None, gdal.GetLastErrorMsg()
    assert_same_pixels(copy, expected)
    counted = re.search(r"(\d+) blocks decoded, (\d+) of them again", "\n".join(lines))
    assert counted and int(counted.group(1)) > 1, lines
    assert counted.group(2) == "0", lines


def warp(target, source, arguments, folder):
    words = arguments.replace("CUTLINE", cutline(folder)).split()
    return gdal.Warp(target, source, options=["-of", "VRT", *words])


@pytest.fixture(autouse=True)
def by_blocks():
    """What is expected is warped block by block, by later GDALs too."""
    gdal.SetConfigOption("GDAL_VRT_WARP_USE_DATASET_RASTERIO", "NO")
    yield
    gdal.SetConfigOption("GDAL_VRT_WARP_USE_DATASET_RASTERIO", None)


@pytest.mark.parametrize("make,arguments", CASES)
def test_warped_once(tmp_path, debug_lines, make, arguments):  # noqa: F811
    path = gtiff(str(tmp_path / "source.tif"), make())
    name = str(tmp_path / "warped.vrt") if make is plain else ""
    expect_once(warp(name, path, arguments, tmp_path), tmp_path, debug_lines)


def test_warped_once_below_and_above_mosaics(tmp_path, debug_lines):  # noqa: F811
    path = gtiff(str(tmp_path / "source.tif"), plain())
    parts = []
    for number, window in enumerate([(0, 0, 333, 610), (333, 0, 367, 610)]):
        parts.append(str(tmp_path / f"part{number}.tif"))
        gdal.Translate(parts[-1], path, srcWin=window)
    mosaic = str(tmp_path / "mosaic.vrt")
    gdal.BuildVRT(mosaic, parts)
    whole = str(tmp_path / "whole.vrt")
    arguments = "-t_srs EPSG:3857 -r cubic"
    warp(whole, mosaic, arguments, tmp_path)
    expect_once(gdal.Open(whole), tmp_path, debug_lines)

    halves = [str(tmp_path / f"half{number}.vrt") for number in range(2)]
    arguments = "-t_srs EPSG:3857 -tr 13 13 -tap -r bilinear"
    for half, part in zip(halves, parts):
        warp(half, part, arguments, tmp_path)
    gdal.BuildVRT(mosaic, halves)
    expect_once(gdal.Open(mosaic), tmp_path, debug_lines)
    cut = gdal.Translate("", mosaic, format="VRT", srcWin=[100, 77, 400, 300])
    expect_once(cut, tmp_path, debug_lines)


def test_warped_once_leaves_the_warp_as_it_was(tmp_path):
    path = gtiff(str(tmp_path / "source.tif"), around_the_world())
    source = warp("", path, "-t_srs EPSG:3413 -te -9e6 -9e6 9e6 9e6", tmp_path)
    before = gdal.GetDriverByName("MEM").CreateCopy("", source).ReadAsArray()
    copy = gdal.GetDriverByName("ROWBAND").CreateCopy(str(tmp_path / "a.tif"), source)
    assert copy is not None
    source.FlushCache()
    assert np.array_equal(source.ReadAsArray(), before)


def test_warped_once_fails_where_it_is_read(tmp_path):
    """Of what lies behind the globe GDAL is told to find it, which it cannot."""
    path = gtiff(str(tmp_path / "source.tif"), around_the_world())
    arguments = f"{ORTHO} -wo ERROR_OUT_IF_EMPTY_SOURCE_WINDOW=TRUE"
    source = warp("", path, arguments, tmp_path)
    target = tmp_path / "behind.tif"
    said = []
    gdal.PushErrorHandler(lambda level, number, message: said.append(message))
    copy = gdal.GetDriverByName("ROWBAND").CreateCopy(str(target), source)
    gdal.PopErrorHandler()
    assert copy is None and not target.exists()
    assert len(said) == 1 and "cannot look into" not in said[0], said
    assert "failed to transform" in said[0]
