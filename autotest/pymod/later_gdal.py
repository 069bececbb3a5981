# SPDX-License-Identifier: MIT
"""What GDALs after 3.6 do by themselves, whoever writes the file. It is asked of GDAL
that runs, and proven by what it reads; none of it loosens what is asked with 3.6."""

import ctypes

import numpy as np
from gtiff_compare import bands
from osgeo import _gdal, gdal
from readings import Reading, alike, differ, outside, readings, whole

MOVES = "later GDAL's own depends on its windows"
VERSION = int(gdal.VersionInfo())
IS_LATER = VERSION >= 3070000


REFERENCES = 1000


def hold(dataset):
    """GDAL 3.10 has let go of the source of a mask that is a band (-b mask) once too
    often after it was asked for overviews of the VRT: VRTSimpleSource's copy drops a
    reference that it has not taken. 3.13 takes it."""
    if IS_LATER and VERSION < 3130000:
        library = ctypes.CDLL(_gdal.__file__)
        for _ in range(REFERENCES):
            library.GDALReferenceDataset(ctypes.c_void_p(int(dataset.this)))


def rows_apart(band):
    """As another band's row lies between two of a band's."""
    dtype = band.ReadAsArray(0, 0, 1, 1).dtype
    nbytes = 2 * band.XSize * dtype.itemsize
    rows = np.frombuffer(band.ReadRaster(buf_line_space=nbytes), np.uint8)
    # The last row may end where its samples do.
    rows = np.resize(rows, (band.YSize, nbytes))[:, : nbytes // 2]
    return np.ascontiguousarray(rows).view(dtype)


def unpacked(dataset):
    """Into buffers in which the samples of a band do not lie together: of those GDAL
    3.10 to 3.11.3 makes the mask of a band of bytes with nodata out of other pixels."""
    apart, mixed = whole(dataset), whole(dataset)
    apart.pixels = [rows_apart(band) for band in bands(dataset)]
    if dataset.RasterCount > 1:
        pixels = dataset.ReadAsArray(interleave="pixel")
        mixed.pixels = [
            pixels[:, :, i].astype(plane.dtype) for i, plane in enumerate(mixed.pixels)
        ]
    return [apart, mixed]


def in_windows(dataset):
    """Later GDALs warp large windows at once, and read mosaics in windows of their
    own."""
    width = dataset.RasterXSize
    sizes = (width, 1), (width, 16), (width, 37), (64, 64), (7, 256)
    return [*readings(dataset), *[Reading(dataset, *size) for size in sizes]]


def moving(planes):
    first, *others = planes
    return ~np.all([alike(first, other) for other in others], axis=0)


def free_planes(own):
    """Where anything goes. GDAL 3.10 resamples complex samples to what happens to lie
    in memory, of other bands or of nothing: wherever its own move, then, in any band.
    And see unpacked()."""
    planes = list(zip(*[one.planes() for one in own]))
    free = [moving(plane) for plane in planes if np.iscomplexobj(plane[0])]
    anywhere = np.any(free, axis=0) if free else np.False_
    free = [anywhere & np.iscomplexobj(plane[0]) for plane in planes]
    if not masks_of_nodata_are_right():
        for i, (apart, mixed, packed, *_) in enumerate(planes):
            same = alike(apart, packed).all() and alike(mixed, packed).all()
            free[i] = free[i] | (not same)
    # A mask may follow from pixels.
    count = len(planes) // 2
    return free[:count] + [one | pixels for one, pixels in zip(free[count:], free)]


def is_near(plane, own, free):
    """Whether pixels are between those that GDAL makes of them, or beside them by no
    more than its own floats move elsewhere."""
    out = outside(plane, own) & ~free
    if not out.any() or not np.issubdtype(plane.dtype, np.floating):
        return not out.any()
    low, high = np.fmin.reduce(own), np.fmax.reduce(own)
    with np.errstate(invalid="ignore"):
        reach = np.nanmax(high - low)
        return (np.fmax(low - plane, plane - high)[out] <= reach).all()


def moves_to(dataset, found, variants=(), unset=None):
    """Whether this GDAL, if it is later, is seen to read other pixels of the same in
    other windows, and each of those that were found is one of these, or near.
    @param found    one or more: what has pixels and masks
    @param variants what else GDAL is known to make of it
    @param unset    where nothing is asked, by plane"""
    if not IS_LATER:
        return False
    own = [*unpacked(dataset), *in_windows(dataset)]
    if not any(differ(own[0], one) for one in own):
        return False
    free = free_planes(own)
    if unset is not None:
        free = [one | other for one, other in zip(free, unset)]
    own += variants
    return all(
        is_near(plane, [one.planes()[i] for one in own], free[i])
        for one in found
        for i, plane in enumerate(one.planes())
    )


def masks_of_nodata_are_right():
    """See unpacked()."""
    source = gdal.GetDriverByName("MEM").Create("", 3, 2)
    band = source.GetRasterBand(1)
    band.SetNoDataValue(7)
    band.WriteArray(np.array([[7, 1, 7], [1, 7, 1]], "u1"))
    mask = band.GetMaskBand().ReadRaster(buf_pixel_space=2)
    return bytes(mask[::2]) == bytes([0, 255, 0, 255, 0, 255])
