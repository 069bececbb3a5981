# SPDX-License-Identifier: MIT
"""What tests of plans have in common."""

import re

from osgeo import gdal
from sources import make_source

TILED = ("TILED=YES", "BLOCKXSIZE=128", "BLOCKYSIZE=64", "COMPRESS=DEFLATE")

# Not so small that several are decoded at once, which the debug line counts as one;
# all bands of a block are one to it, too.
LARGE = ("TILED=YES", "BLOCKXSIZE=256", "BLOCKYSIZE=128", "INTERLEAVE=PIXEL")


def make_tiled(path, width=700, height=500, bands=1, options=TILED):
    source = make_source(width, height, bands, gdal.GDT_UInt16)
    made = gdal.GetDriverByName("GTiff").CreateCopy(path, source, 0, list(options))
    assert made is not None
    return path


def numbers(pattern, text):
    return [int(number) for number in re.search(pattern, text).groups()]
