# SPDX-License-Identifier: MIT
"""A VRT and the files that it reads, made by GDAL.

usage: vrts.py NAME SIZE TARGET

files    a mosaic of files of 64x64, not compressed, that covers SIZE x SIZE
sparse   four files of SIZE/50 pixels a side in a raster of SIZE x SIZE
"""

import sys
from pathlib import Path

import numpy as np
from osgeo import gdal

SIDE = 64
SOURCE = """<SimpleSource><SourceFilename relativeToVRT="1">{name}</SourceFilename>
<SourceBand>1</SourceBand><SrcRect xOff="0" yOff="0" xSize="{side}" ySize="{side}"/>
<DstRect xOff="{x}" yOff="{y}" xSize="{side}" ySize="{side}"/></SimpleSource>
"""


def samples(side, x, y, random):
    rows, columns = np.mgrid[y : y + side, x : x + side]
    return (rows * 7 + columns * 5) // 4 % 30000 + random.randint(0, 4, rows.shape)


def write_files(folder, size):
    """GDAL makes one of them; the others differ from it in their pixels alone."""
    first = folder / "first.tif"
    made = gdal.GetDriverByName("GTiff").Create(
        str(first), SIDE, SIDE, 1, gdal.GDT_UInt16
    )
    made.WriteArray(np.full((SIDE, SIDE), 0x7F01))
    del made
    content = first.read_bytes()
    first.unlink()
    nbytes = 2 * SIDE * SIDE
    begin = content.index(b"\x01\x7f" * (SIDE * SIDE))
    random = np.random.RandomState(1)
    for y in range(0, size, SIDE):
        for x in range(0, size, SIDE):
            pixels = samples(SIDE, x, y, random).astype("<u2").tobytes()
            path = folder / f"{y}-{x}.tif"
            path.write_bytes(content[:begin] + pixels + content[begin + nbytes :])
            yield path, SIDE, x, y


def write_sparse(folder, size):
    side = max(size // 50, 1)
    random = np.random.RandomState(1)
    for i, (x, y) in enumerate(((0.1, 0.2), (0.45, 0.3), (0.6, 0.71), (0.85, 0.55))):
        x, y = int(x * size), int(y * size)
        path = folder / f"{i}.tif"
        options = ["TILED=YES", "COMPRESS=DEFLATE"]
        made = gdal.GetDriverByName("GTiff").Create(
            str(path), side, side, 1, gdal.GDT_UInt16, options
        )
        made.WriteArray(samples(side, x, y, random))
        yield path, side, x, y


def main(name, size, target):
    size, target = int(size), Path(target)
    folder = target.parent / f"{name}-{size}"
    folder.mkdir(exist_ok=True)
    write = {"files": write_files, "sparse": write_sparse}[name]
    with open(target, "w") as vrt:
        vrt.write(f'<VRTDataset rasterXSize="{size}" rasterYSize="{size}">')
        vrt.write('<VRTRasterBand dataType="UInt16" band="1">')
        for path, side, x, y in write(folder, size):
            relative = path.relative_to(target.parent)
            vrt.write(SOURCE.format(name=relative, side=side, x=x, y=y))
        vrt.write("</VRTRasterBand></VRTDataset>")


main(*sys.argv[1:])
