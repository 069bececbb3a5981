#!/bin/sh
# SPDX-License-Identifier: MIT
# GDAL 3.6.2 (3.10.3 and 3.13.3 alike): the COG driver, with its default CUBIC,
# makes overviews of a raster with a mask. If the raster is in memory (MEM), pixels
# that the mask hides show through in each overview but the first: along the mask's
# edge they have the hidden value and are said to be valid. The same raster from a
# GeoTIFF gives overviews without them.
#
# Seen: a raster that is 200, and 0 in patches that its mask hides. Of the valid
# pixels of the second overview 659 are 0 from memory, none from a file. From
# memory with RESAMPLING=AVERAGE there are none either.
#
# Needs root and debootstrap; installs Debian 12's packages into a temporary
# folder, and fails if what was seen has changed.
set -eu

version='3.6.2'
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
debootstrap --variant=minbase --include=python3-gdal bookworm "$root" >"$root.log"
rm -f "$root.log"

cat >"$root/tmp/count.py" <<'PYTHON'
import numpy
from osgeo import gdal

gdal.UseExceptions()
print(gdal.__version__)
size = 768
y, x = numpy.mgrid[0:size, 0:size]
hidden = (x // 97 + y // 61) % 5 == 0


def valid_pixels_that_are_zero(driver, method):
    path = "/vsimem/source"
    source = gdal.GetDriverByName(driver).Create(path, size, size)
    source.GetRasterBand(1).WriteArray(numpy.where(hidden, 0, 200))
    source.CreateMaskBand(gdal.GMF_PER_DATASET)
    source.GetRasterBand(1).GetMaskBand().WriteArray(numpy.where(hidden, 0, 255))
    if driver != "MEM":
        source = None
        source = gdal.Open(path)
    options = [f"RESAMPLING={method}", "BLOCKSIZE=128"]
    cog = gdal.GetDriverByName("COG").CreateCopy("/vsimem/cog", source, options=options)
    second = cog.GetRasterBand(1).GetOverview(1)
    valid = second.GetMaskBand().ReadAsArray() == 255
    return int((valid & (second.ReadAsArray() == 0)).sum())


for case in (("MEM", "CUBIC"), ("GTiff", "CUBIC"), ("MEM", "AVERAGE")):
    print(*case, valid_pixels_that_are_zero(*case))
PYTHON

found=$(chroot "$root" env LC_ALL=C.UTF-8 python3 /tmp/count.py)
echo "$found"
[ "$found" = "$version
MEM CUBIC 659
GTiff CUBIC 0
MEM AVERAGE 0" ]
