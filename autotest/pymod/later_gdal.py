# SPDX-License-Identifier: MIT
"""What GDALs after 3.6 do by themselves, whoever writes the file. It is asked of GDAL
that runs, and proven by what it reads; none of it loosens what is asked with 3.6."""

import numpy as np
from osgeo import gdal

IS_LATER = int(gdal.VersionInfo()) >= 3070000


def alike(a, b):
    with np.errstate(invalid="ignore"):
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


def read_in(band, width, height):
    values = band.ReadAsArray()
    for y in range(0, band.YSize, height):
        for x in range(0, band.XSize, width):
            size = min(width, band.XSize - x), min(height, band.YSize - y)
            values[y : y + size[1], x : x + size[0]] = band.ReadAsArray(x, y, *size)
    return values


def moves_in_windows(path, arguments):
    """The same of a translation of a raster, in windows of some sizes."""
    if not IS_LATER:
        return False
    dataset = gdal.Translate("", path, format="VRT", **arguments)
    bands = [dataset.GetRasterBand(i + 1) for i in range(dataset.RasterCount)]
    width = dataset.RasterXSize
    return any(
        not alike(band.ReadAsArray(), read_in(band, *size))
        for band in [*bands, *[band.GetMaskBand() for band in bands]]
        for size in ((width, 1), (width, 16), (width, 37), (64, 64), (7, 256))
    )


def masks_of_nodata_are_right():
    """See depends_on_buffer()."""
    source = gdal.GetDriverByName("MEM").Create("", 3, 2)
    band = source.GetRasterBand(1)
    band.SetNoDataValue(7)
    band.WriteArray(np.array([[7, 1, 7], [1, 7, 1]], "u1"))
    mask = band.GetMaskBand().ReadRaster(buf_pixel_space=2)
    return bytes(mask[::2]) == bytes([0, 255, 0, 255, 0, 255])
