# SPDX-License-Identifier: MIT
"""Sources, and ways to warp them into VRTs, of every kind that GDAL tells apart."""

import json

import numpy as np
import pytest
from osgeo import gdal, osr
from sources import make_source

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


def warp(target, source, arguments, folder):
    words = arguments.replace("CUTLINE", cutline(folder)).split()
    return gdal.Warp(target, source, options=["-of", "VRT", *words])


@pytest.fixture
def by_blocks():
    """What is expected is warped block by block, by later GDALs too."""
    gdal.SetConfigOption("GDAL_VRT_WARP_USE_DATASET_RASTERIO", "NO")
    yield
    gdal.SetConfigOption("GDAL_VRT_WARP_USE_DATASET_RASTERIO", None)
