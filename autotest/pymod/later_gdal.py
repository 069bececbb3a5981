# SPDX-License-Identifier: MIT
"""What GDALs after 3.6 do by themselves, whoever writes the file. It is asked of GDAL
that runs, and proven by what it reads; none of it loosens what is asked with 3.6."""

import numpy as np
from osgeo import gdal

IS_LATER = int(gdal.VersionInfo()) >= 3070000


def alike(a, b):
    return ((a == b) | ((a != a) & (b != b))).all()


def depends_on_buffer(dataset, whole):
    """GDAL 3.10 to 3.11.3 makes the mask of a band of bytes with nodata out of other
    pixels where the rows of the buffer are not packed.
    @param whole what it reads at once, band after band"""
    if dataset.RasterCount < 2:
        return False
    pixels = dataset.ReadAsArray(interleave="pixel")
    return any(
        not alike(pixels[:, :, i], plane.astype(pixels.dtype))
        for i, plane in enumerate(whole.pixels)
    )


def moves(dataset, whole, others):
    """Whether this GDAL reads other pixels in other windows: later ones warp large
    windows at once, and read mosaics in windows of their own.
    @param whole, others what it reads in windows of several sizes"""
    if not IS_LATER:
        return False
    return depends_on_buffer(dataset, whole) or any(
        not all(map(alike, whole.planes(), other.planes())) for other in others
    )


def masks_of_nodata_are_right():
    """See depends_on_buffer()."""
    source = gdal.GetDriverByName("MEM").Create("", 3, 2)
    band = source.GetRasterBand(1)
    band.SetNoDataValue(7)
    band.WriteArray(np.array([[7, 1, 7], [1, 7, 1]], "u1"))
    mask = band.GetMaskBand().ReadRaster(buf_pixel_space=2)
    return bytes(mask[::2]) == bytes([0, 255, 0, 255, 0, 255])
