# SPDX-License-Identifier: MIT
"""What GDAL itself reads of a dataset, in windows of several sizes, and whether planes
of pixels lie between what was read."""

import numpy as np
from gtiff_compare import bands, collected_errors
from osgeo import gdal
from vrt_cells import cell_size


def alike(a, b):
    """Where two planes are; NaNs are, whatever their bits."""
    with np.errstate(invalid="ignore"):
        return (a == b) | ((a != a) & (b != b))


class Reading:
    """Pixels and masks, as a file has them."""

    def __init__(self, dataset, width, height):
        with collected_errors():
            self.pixels = [read_in(one, width, height) for one in bands(dataset)]
            self.masks = [
                stored_mask(one, read_in(one.GetMaskBand(), width, height))
                for one in bands(dataset)
            ]

    def planes(self):
        return self.pixels + self.masks


def read_in(band, width, height):
    def window(x, y):
        size = min(width, band.XSize - x), min(height, band.YSize - y)
        return band.ReadAsArray(x, y, *size)

    columns, rows = range(0, band.XSize, width), range(0, band.YSize, height)
    return np.block([[window(x, y) for x in columns] for y in rows])


def stored_mask(band, mask):
    """Of a mask that all bands have in common a file stores one bit, which is set
    unless the source's is 0."""
    if band.GetMaskFlags() != gdal.GMF_PER_DATASET:
        return mask
    return np.where(mask != 0, 255, 0).astype(mask.dtype)


def whole(dataset):
    return Reading(dataset, dataset.RasterXSize, dataset.RasterYSize)


def readings(dataset):
    # In blocks what is warped: see vrt_read_unit().
    sizes = cell_size(dataset), dataset.GetRasterBand(1).GetBlockSize()
    return [whole(dataset), *[Reading(dataset, *size) for size in sizes]]


def differ(one, other):
    return any(not alike(a, b).all() for a, b in zip(one.planes(), other.planes()))


def outside(plane, variants):
    """Where pixels are neither one of the variants nor between two of them."""
    found = ~np.any([alike(plane, one) for one in variants], axis=0)
    if not np.iscomplexobj(plane):
        low, high = np.fmin.reduce(variants), np.fmax.reduce(variants)
        with np.errstate(invalid="ignore"):
            found &= ~((low <= plane) & (plane <= high))
    return found


def lies_within(ours, variants, unset):
    """Whether each pixel is between those that GDAL makes of it, or NaN like one,
    except where it is not set."""
    planes = zip(*[one.planes() for one in (ours, *variants)], unset)
    return all(
        (free | ~outside(plane, others)).all() for plane, *others, free in planes
    )
