# SPDX-License-Identifier: MIT
"""Functions of chunks, which note that they were called: those of workers too, which
import them from here."""

import gc
import os

import dask.array as da
import dask_faults
import numpy as np


def note(what, number=0):
    if dask_faults.FOLDER in os.environ:
        dask_faults.note(what, number)


def compute(block_info=None):
    """Pixels of one place in the raster, whatever the chunks."""
    info = block_info[None]
    at = info["chunk-location"]
    note("computed", int(np.ravel_multi_index(at, info["num-chunks"])))
    pixels = np.zeros(info["chunk-shape"], "float32")  # and nothing of that size beside
    for axis, (first, last) in enumerate(info["array-location"]):
        line = (np.arange(first, last) * (7 + 3 * axis) % 251).astype("float32")
        pixels += line.reshape([-1 if n == axis else 1 for n in range(pixels.ndim)])
    return pixels


def computed(shape, chunks):
    """An array of which it is noted how often its chunks are computed."""
    chunks = da.core.normalize_chunks(chunks, shape)
    return da.map_blocks(
        compute, chunks=chunks, dtype="float32", meta=np.empty((0,) * len(shape), "f4")
    )


def slope(pixels):
    note("slope")
    across, down = np.gradient(pixels)
    return np.hypot(across, down)


def fail_at(pixels, row, block_info=None):
    if block_info and block_info[0]["chunk-location"][0] == row:
        raise ValueError("no pixels here")
    return pixels


def changed(pixels, how):
    """What the array does not say of its chunks."""
    return pixels[1:] if how == "cut" else pixels.astype("float64")


###############################################################################
# Memory


def forget_peak():
    """@return resident memory in MB, which is the peak from now on"""
    gc.collect()
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    return resident_mb("VmRSS")


def resident_mb(key):
    with open("/proc/self/status") as lines:
        return next(int(x.split()[1]) >> 10 for x in lines if x.startswith(key))
