# SPDX-License-Identifier: MIT
"""What tests of sources behind VRTs share."""

import pytest
from osgeo import gdal
from sources import make_source

SIZE = 700
BLOCKS = ["TILED=YES", "BLOCKXSIZE=176", "BLOCKYSIZE=304"]


def gtiff(path, source, options=()):
    gdal.GetDriverByName("GTiff").CreateCopy(path, source, options=[*BLOCKS, *options])
    return path


@pytest.fixture
def rgb(tmp_path):
    source = make_source(SIZE, SIZE - 90, 3)
    source.SetProjection("EPSG:32631")
    source.SetGeoTransform((500000, 10, 0, 4500000, 0, -10))
    return gtiff(str(tmp_path / "rgb.tif"), source)


@pytest.fixture
def debug_lines():
    """What the driver says with CPL_DEBUG=ROWBAND, at GDAL_CACHEMAX of 1 MB."""
    lines = []

    def handler(level, number, message):
        if level == gdal.CE_Debug and message.startswith("ROWBAND: "):
            lines.append(message)

    cache = gdal.GetCacheMax()
    gdal.SetCacheMax(1 << 20)
    gdal.SetConfigOption("CPL_DEBUG", "ROWBAND")
    gdal.PushErrorHandler(handler)
    yield lines
    gdal.PopErrorHandler()
    gdal.SetConfigOption("CPL_DEBUG", None)
    gdal.SetCacheMax(cache)
