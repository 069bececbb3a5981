# SPDX-License-Identifier: MIT
"""Faults provoked on purpose: what may come of one, and a count of what did."""

import contextlib
import os
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

from gtiff_compare import collected_errors
from osgeo import gdal

HERE = Path(__file__).resolve().parent
COMPLAINTS_SHOWN = 10
BY_GDAL = re.compile(
    "Deleting |[^ ]+: No such file or directory$|Too many threads are running"
)


###############################################################################
# The count


def record(fault, times, lost=0, wrong=0, crashes=0):
    """Adds a line to the file that ROWBAND_FAULTS names, if it names one. Many
    processes may: it is one write() at the end of the file."""
    path = os.environ.get("ROWBAND_FAULTS")
    if not path:
        return
    line = "\t".join([fault, *map(str, (times, lost, wrong, crashes))])
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(file, f"{line}\n".encode())
    finally:
        os.close(file)


class Fault:
    """Counts what comes of a fault while it is provoked again and again. At the
    end the count is recorded, and the test fails if anything was out of order."""

    def __init__(self, name):
        self.name = name
        self.times = self.lost = self.wrong = self.crashes = 0
        self.complaints = []

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        record(self.name, self.times, self.lost, self.wrong, self.crashes)
        if kind is None:
            assert self.times > 0, f"{self.name}: never provoked"
            assert not self.complaints, "\n".join(self.complaints[:COMPLAINTS_SHOWN])

    def provoked(self):
        self.times += 1

    def complain(self, what):
        """Out of order, but nothing is lost, wrong or dead."""
        self.complaints.append(what)

    def lose(self, what):
        self.lost += 1
        self.complain(f"lost: {what}")

    def find_wrong(self, what):
        self.wrong += 1
        self.complain(f"wrong: {what}")

    def crash(self, what):
        self.crashes += 1
        self.complain(f"crashed: {what}")


###############################################################################
# Files


def pixels_of(path):
    """All samples and masks of a raster that opens and can be read, else None. What
    later GDALs warp in one go has pixels that depend on the window; see
    warped_by_blocks() in gdrivers/wrapped.py."""
    with quiet(), config_option("GDAL_VRT_WARP_USE_DATASET_RASTERIO", "NO"):
        dataset = gdal.Open(str(path))
        if dataset is None:
            return None
        read = [dataset.ReadRaster()]
        for number in range(1, dataset.RasterCount + 1):
            band = dataset.GetRasterBand(number)
            if band.GetMaskFlags() == gdal.GMF_PER_DATASET:
                read.append(band.GetMaskBand().ReadRaster())
    return None if None in read else [bytes(part) for part in read]


def opens(path):
    with quiet():
        return gdal.Open(str(path)) is not None


def exists(path):
    return gdal.VSIStatL(str(path)) is not None


@contextlib.contextmanager
def config_option(name, value):
    """Of this thread, for a while."""
    before = gdal.GetThreadLocalConfigOption(name)
    gdal.SetThreadLocalConfigOption(name, value)
    try:
        yield
    finally:
        gdal.SetThreadLocalConfigOption(name, before)


@contextlib.contextmanager
def quiet():
    """What GDAL says is not of interest, and raises nothing."""
    raises = gdal.GetUseExceptions()
    gdal.DontUseExceptions()
    try:
        with collected_errors():
            yield
    finally:
        if raises:
            gdal.UseExceptions()


def check_file(fault, path, expected, what):
    """A result must be complete and right."""
    if not exists(path):
        fault.lose(f"{what}: there is no {path}")
    elif pixels_of(path) != expected:
        fault.find_wrong(f"{what}: {path} has other pixels")


def check_no_file(fault, path, what):
    """Where there is no result there must be no file, or at least no raster."""
    if opens(path):
        fault.find_wrong(f"{what}: {path} is a raster")
    elif exists(path):
        fault.complain(f"{what}: {path} is left")


def check_folder(fault, folder, allowed, what):
    """Nothing is in a folder but what is allowed."""
    left = sorted(set(gdal.ReadDir(str(folder)) or []) - {".", "..", *allowed})
    if left:
        fault.complain(f"{what}: left are {left}")


###############################################################################
# Copies in this process


class Attempt:
    """One CreateCopy(), with what GDAL said meanwhile."""

    def __init__(self, target, source, options=(), driver="ROWBAND", **more):
        self.target = str(target)
        with collected_errors() as said:
            # GDAL's list of options does not have its own for the old target.
            with config_option("GDAL_VALIDATE_CREATION_OPTIONS", "NO"):
                self.made = self.create_copy(driver, source, list(options), **more)
        errors = [args[2] for args in said if args[0] == gdal.CE_Failure]
        self.complained = bool(errors)
        # What GDAL says itself before it calls the driver: that it cannot delete
        # the target, or that it cannot open what it is about to read.
        self.errors = [text for text in errors if not BY_GDAL.match(text)]

    def create_copy(self, driver, source, options, **more):
        """@return whether there is a result"""
        found = gdal.GetDriverByName(driver)
        made = found.CreateCopy(self.target, source, options=options, **more)
        return made is not None

    def check(self, fault, expected, what, words=()):
        """A right file, or one error that names the target and no file."""
        if self.made:
            if self.errors:
                fault.complain(f"{what}: made, but said {self.errors}")
            check_file(fault, self.target, expected, what)
            return
        self.check_refused(fault, what, words)
        check_no_file(fault, self.target, what)

    def check_refused(self, fault, what, words=()):
        """One error that names the target. What is there is not looked at."""
        if self.made:
            fault.lose(f"{what}: success was said")
        if len(self.errors) != 1:
            fault.complain(f"{what}: not one error but {self.errors}")
        for word in (self.target, *words):
            if not any(word in error for error in self.errors):
                fault.complain(f"{what}: no {word!r} in {self.errors}")


###############################################################################
# Copies in other processes


def limits(file_nbytes=None, memory_nbytes=None, ignore_signal=True):
    """For preexec_fn: what the child may write and hold. A file that grows too
    large is an error, or death by SIGXFSZ."""

    def limit():
        # Python ignores it, and its children would.
        action = signal.SIG_IGN if ignore_signal else signal.SIG_DFL
        signal.signal(signal.SIGXFSZ, action)
        if file_nbytes is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_nbytes, file_nbytes))
        if memory_nbytes is not None:
            resource.setrlimit(resource.RLIMIT_AS, (memory_nbytes, memory_nbytes))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    return limit


def translate_command(source, target, options=()):
    pairs = [word for option in options for word in ("-co", option)]
    command = ["gdal_translate", "-q", "-of", "ROWBAND"]
    return [*command, *pairs, str(source), str(target)]


# What takes this long hangs, also on a machine that is busy with much else.
HANGS_AFTER_S = 300


class Child:
    """A program that has ended, whichever way."""

    def __init__(self, command, timeout=HANGS_AFTER_S, **more):
        self.timed_out = False
        began = time.monotonic()
        process = subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            **more,
        )
        try:
            self.output, self.said = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.timed_out = True
            process.kill()
            self.output, self.said = process.communicate()
        self.status = process.returncode
        self.seconds = time.monotonic() - began

    @property
    def succeeded(self):
        return self.status == 0

    @property
    def crashed(self):
        return self.status < 0 or self.timed_out

    def describe(self):
        after = f"after {self.seconds:.1f} s: {self.said}"
        if self.timed_out:
            return f"did not end {after}"
        if self.status < 0:
            return f"ended by {signal.Signals(-self.status).name} {after}"
        return f"ended with {self.status} {after}"


def python_command(module, *arguments):
    """A module of this folder, run as a program."""
    return [sys.executable, HERE / f"{module}.py", *arguments]
