# SPDX-License-Identifier: MIT
"""Copies of which is counted what is read for them."""

from osgeo import gdal

TARGET = "/vsimem/decoding.tif"
CUT = {"srcWin": [10, 20, 350, 280]}

# Indexes, what the driver looks at to tell formats apart, and what the C library
# reads beyond what it is asked for.
SLACK = 400_000


def copy(tool, source, *options):
    for path in (TARGET, TARGET + ".msk", TARGET + ".aux.xml"):
        gdal.Unlink(path)
    made = gdal.GetDriverByName(tool).CreateCopy(TARGET, source, 0, list(options))
    assert made is not None, gdal.GetLastErrorMsg()
    return made


def pixels(dataset):
    return [
        dataset.GetRasterBand(i + 1).ReadRaster() for i in range(dataset.RasterCount)
    ]


def opened(path, arguments=None):
    source = gdal.Open(path)
    if arguments is None:
        return source
    return gdal.Translate("", source, format="VRT", **arguments)
