# SPDX-License-Identifier: MIT
"""The cells in which ROWBAND reads what GDAL computes."""

import math
from xml.etree import ElementTree

# See driver/source/vrt_source.c.
CELL_WIDTH_MAX, CELL_PIXELS, CELL_HEIGHT_MIN = 2048, 1 << 19, 16


def step(source, axis):
    """After how many pixels from 0 on one begins with a pixel of the source."""
    offset, size = f"{axis}Off", f"{axis}Size"
    rects = [source.find(name) for name in ("SrcRect", "DstRect")]
    if None in rects:
        return 1
    at = [float(rect.get(name)) for rect in rects for name in (offset, size)]
    if any(n != int(n) for n in at):
        return 1
    _, wide, begin, long = map(int, at)
    found = long // math.gcd(wide, long)
    return found if begin % found == 0 else 1


def whole_steps(length, dataset, axis):
    xml = (dataset.GetMetadata("xml:VRT") or ["<none/>"])[0]
    sources = [
        one
        for one in ElementTree.fromstring(xml).iter()
        if one.find("SrcRect") is not None
    ]
    one = math.lcm(*(step(source, axis) for source in sources))
    return length - length % one if one <= length else length


def cell_size(dataset):
    width = dataset.RasterXSize
    if width > CELL_WIDTH_MAX:
        width = whole_steps(CELL_WIDTH_MAX, dataset, "x")
    height = max(CELL_HEIGHT_MIN, CELL_PIXELS // width)
    return width, whole_steps(height, dataset, "y")
