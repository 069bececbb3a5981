# SPDX-License-Identifier: MIT
"""What GDALs after 3.6 do by themselves, whoever writes the file. It is asked of GDAL
that runs, and proven by what it reads; none of it loosens what is asked with 3.6."""

import numpy as np
from gtiff_compare import bands
from osgeo import gdal

MOVES = "later GDAL's own depends on its windows"
IS_LATER = int(gdal.VersionInfo()) >= 3070000


def alike(a, b):
    with np.errstate(invalid="ignore"):
        return ((a == b) | ((a != a) & (b != b))).all()


def depends_on_buffer(dataset):
    """GDAL 3.10 to 3.11.3 makes the mask of a band of bytes with nodata out of other
    pixels where the rows of the buffer are not packed."""
    if dataset.RasterCount < 2:
        return False
    pixels = dataset.ReadAsArray(interleave="pixel")
    return any(
        not alike(pixels[:, :, i], band.ReadAsArray().astype(pixels.dtype))
        for i, band in enumerate(bands(dataset))
    )


def read_in(band, width, height):
    values = band.ReadAsArray()
    for y in range(0, band.YSize, height):
        for x in range(0, band.XSize, width):
            size = min(width, band.XSize - x), min(height, band.YSize - y)
            values[y : y + size[1], x : x + size[0]] = band.ReadAsArray(x, y, *size)
    return values


def depends_on_windows(dataset):
    """Later GDALs warp large windows at once, and read mosaics in windows of their
    own."""
    width = dataset.RasterXSize
    return any(
        not alike(band.ReadAsArray(), read_in(band, *size))
        for of_dataset in bands(dataset)
        for band in (of_dataset, of_dataset.GetMaskBand())
        for size in ((width, 1), (width, 16), (width, 37), (64, 64), (7, 256))
    )


def moves(dataset):
    """Whether this GDAL, if it is later, is seen to read other pixels of the same in
    other windows."""
    return IS_LATER and (depends_on_buffer(dataset) or depends_on_windows(dataset))


def masks_of_nodata_are_right():
    """See depends_on_buffer()."""
    source = gdal.GetDriverByName("MEM").Create("", 3, 2)
    band = source.GetRasterBand(1)
    band.SetNoDataValue(7)
    band.WriteArray(np.array([[7, 1, 7], [1, 7, 1]], "u1"))
    mask = band.GetMaskBand().ReadRaster(buf_pixel_space=2)
    return bytes(mask[::2]) == bytes([0, 255, 0, 255, 0, 255])
