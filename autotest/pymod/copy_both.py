# SPDX-License-Identifier: MIT
"""Copies sources that may be anything with GTiff and with ROWBAND, and compares.

usage: copy_both.py FOLDER SECONDS <JOBS, each a line of JSON: [name, options]

A copy that takes longer than SECONDS is cancelled.

Prints what it is about to do, then what came of it, a line of JSON each; so
that whoever runs it knows what it was at when it died. See hostile.py."""

import ctypes
import json
import os
import signal
import sys
import time

import faults
import numpy
from osgeo import _gdal, gdal, gdal_array

# What takes longer is cancelled.
PATIENCE_S = int(sys.argv[2])
# What does not obey then hangs: SIGALRM ends the process. It is by the clock, for
# what waits for itself takes no processor time: on a busy machine all is slow.
HANGS_AFTER_S = max(120, 10 * PATIENCE_S)
# More samples than this are not compared, only begun.
COMPARED_NBYTES = 32 << 20

OURS_ALONE = ("LAYOUT", "BLOCKSIZE", "READ_THREADS", "BUDGET", "NUM_THREADS")


def say(**what):
    print(json.dumps(what), flush=True)


def nbytes_of(dataset):
    samples = dataset.RasterXSize * dataset.RasterYSize * dataset.RasterCount
    return samples * 16


# Python's own callbacks are asked once a percent, which may take hours.
GO_ON = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_double, ctypes.c_char_p, ctypes.c_void_p
)
LIBRARY = ctypes.CDLL(_gdal.__file__)
LIBRARY.GDALCreateCopy.restype = ctypes.c_void_p
LIBRARY.GDALCreateCopy.argtypes = [
    ctypes.c_void_p,
    ctypes.c_char_p,
    ctypes.c_void_p,
    ctypes.c_int,
    ctypes.POINTER(ctypes.c_char_p),
    GO_ON,
    ctypes.c_void_p,
]
LIBRARY.GDALClose.argtypes = [ctypes.c_void_p]


class Copied(faults.Attempt):
    """What came of a CreateCopy() that may take PATIENCE_S."""

    cancelled = False

    def create_copy(self, driver, source, options):
        until = time.monotonic() + PATIENCE_S

        def go_on(fraction, message, data):
            self.cancelled = self.cancelled or time.monotonic() > until
            return 0 if self.cancelled else 1

        words = [option.encode() for option in options] + [None]
        made = LIBRARY.GDALCreateCopy(
            int(gdal.GetDriverByName(driver).this),
            self.target.encode(),
            int(source.this),
            0,
            (ctypes.c_char_p * len(words))(*words),
            GO_ON(go_on),
            None,
        )
        if made:
            LIBRARY.GDALClose(made)
        return bool(made)

    def pixels(self):
        """Of a result without a word of complaint."""
        return faults.pixels_of(self.target) if self.made else None


def open_quietly(name):
    with faults.quiet():
        return gdal.Open(name)


def said_of_metadata(name):
    """Errors that are the source's own, of whoever looks at it."""
    source = open_quietly(name)
    with faults.collected_errors() as said:
        gdal.Info(source)
    return {args[2] for args in said}


def complaints_of(ours, known):
    """A failure is one error that names the target, and no file."""
    found = []
    errors = [text for text in ours.errors if text not in known]
    if len(errors) != 1 or ours.target not in errors[0]:
        found.append(f"not one error with the target's name: {errors}")
    folder = os.path.dirname(ours.target)
    if os.listdir(folder):
        found.append(f"left are {os.listdir(folder)}")
    return found


def remove_all(folder):
    for name in os.listdir(folder):
        os.unlink(os.path.join(folder, name))


def writes_all(name):
    """Whether GDAL writes each sample that it says it has read: later ones leave
    what lies in the buffer where a VRT shows less than a pixel of its source."""
    source = open_quietly(name)
    for number in range(1, source.RasterCount + 1):
        band = source.GetRasterBand(number)
        dtype = gdal_array.GDALTypeCodeToNumericTypeCode(band.DataType)
        buffers = [numpy.full((band.YSize, band.XSize), n, dtype) for n in (0, 1)]
        with faults.quiet():
            for buffer in buffers:
                band.ReadAsArray(buf_obj=buffer)
        if buffers[0].tobytes() != buffers[1].tobytes():
            return False
    return True


M_PERTURB = -6  # mallopt()'s, in glibc


def pixels_over(name, byte):
    """The raster's, where memory that nobody has written to holds that byte. (Or
    is not zero: in a new process it mostly is, and after long use it is not.)"""
    ctypes.CDLL(None).mallopt(M_PERTURB, byte)
    try:
        return faults.pixels_of(name)
    finally:
        ctypes.CDLL(None).mallopt(M_PERTURB, 0)


class Expected:
    """What the pixels are to be, as far as GDAL knows: it leaves some of broken
    warped VRTs as they happen to lie in memory."""

    def __init__(self, name):
        source = open_quietly(name)
        self.by_gtiff = self.pixels = None
        self.known = nbytes_of(source) <= COMPARED_NBYTES
        if not self.known:
            return
        theirs = Copied("/vsimem/theirs.tif", source, driver="GTiff")
        self.by_gtiff = None if theirs.complained else theirs.pixels()
        gdal.Unlink(theirs.target)
        self.pixels = pixels_over(name, 0x55)
        if self.pixels != pixels_over(name, 0xAA):
            self.known = False
            return
        both = self.by_gtiff is not None and self.pixels is not None
        same = self.by_gtiff == self.pixels
        self.known = not both or (same and writes_all(name))


def judge(name, options, folder, expected):
    """@return outcome, and what there is to say of it"""
    source = open_quietly(name)
    ours = Copied(f"{folder}/ours.tif", source, options)
    if ours.cancelled or not ours.made:
        found = complaints_of(ours, said_of_metadata(name))
        if expected.by_gtiff is not None and not ours.cancelled:
            return "lost", [f"GTiff can: {ours.errors}"]
        return ("complaint" if found else "refused"), found
    if not expected.known:
        return "right", []
    if expected.pixels is None and expected.by_gtiff is None:
        return "wrong", ["it was made of what cannot be read"]
    if ours.pixels() != (expected.by_gtiff or expected.pixels):
        return "wrong", ["the pixels are not those of GTiff's"]
    return "right", []


def run(number, name, options, folder):
    signal.alarm(HANGS_AFTER_S)
    say(job=number, doing="open")
    source = open_quietly(name)
    if source is None:
        say(job=number, outcome="unopened", said=[])
        return
    del source
    say(job=number, doing="GTiff")
    expected = Expected(name)
    signal.alarm(HANGS_AFTER_S)
    say(job=number, doing="ROWBAND")
    outcome, said = judge(name, options, folder, expected)
    signal.alarm(0)
    say(job=number, outcome=outcome, said=said)
    remove_all(folder)


if __name__ == "__main__":
    gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES")
    gdal.SetConfigOption("GDAL_PAM_ENABLED", "NO")
    gdal.SetCacheMax(64 << 20)
    for index, line in enumerate(sys.stdin):
        run(index, *json.loads(line), sys.argv[1])
