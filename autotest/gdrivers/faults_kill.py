#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""kill -9 at any moment: what lies at the target is no raster unless it is the
whole one, what else lies there says whose it is, and the next run succeeds."""

import os
import random
import signal
import subprocess
import time

import pytest
from faults import (
    Child,
    Fault,
    check_file,
    exists,
    opens,
    pixels_of,
    times,
    translate_command,
)
from osgeo import gdal
from sources import colour, make_source

KILLS = times(short=4, long=75)  # of each layout
# Killed between one complete run and the next.
IN_A_ROW = 4

TILES = ["ZLEVEL=9", "BLOCKXSIZE=128", "BLOCKYSIZE=128", "NUM_THREADS=2"]
LAYOUTS = {
    "GTIFF": TILES,
    "GTIFF in strips, little memory": ["TILED=NO", "ZLEVEL=9", "BUDGET=1M"],
    "COG": ["LAYOUT=COG", "LEVEL=9", "BLOCKSIZE=128", "STATISTICS=YES"],
}

# The pixels are those of the source: there is nothing to warp.
WARP = ["gdalwarp", "-q", "-overwrite", "-of", "ROWBAND", "-co", "ZLEVEL=9"]
WARP += ["-co", "BUDGET=1M"]


def commands(source, target):
    """By name."""
    made = {
        name: translate_command(source, target, options)
        for name, options in LAYOUTS.items()
    }
    return {**made, "Create()": [*WARP, source, target]}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("kill") / "source.tif"
    size = times(short=(500, 450), long=(1000, 900))
    dataset = colour(make_source(*size, 3, gdal.GDT_UInt16))
    options = ["TILED=YES", "BLOCKXSIZE=128", "BLOCKYSIZE=256"]
    gdal.GetDriverByName("GTiff").CreateCopy(str(path), dataset, options=options)
    return path


def seconds_to_run(command, **more):
    start = time.monotonic()
    ended = Child(command, **more)
    assert ended.succeeded, ended.describe()
    return time.monotonic() - start


def kill_after(seconds, command, **more):
    """@return whether it was still running then"""
    process = subprocess.Popen(list(map(str, command)), **more)
    try:
        status = process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        status = process.wait()
    assert status in (0, -signal.SIGKILL)
    return status != 0


def check_leftovers(fault, folder, target, what):
    """A person sees whose they are."""
    for name in os.listdir(folder):
        if name != target.name and "rowband" not in name.lower():
            fault.complain(f"{what}: left is {name}")


def check_killed(fault, folder, target, expected, what):
    """Complete, or nothing that could be taken for a raster."""
    if exists(target) and opens(target) and pixels_of(target) != expected:
        fault.find_wrong(f"{what}: {target} opens as a raster")
    check_leftovers(fault, folder, target, what)


@pytest.mark.parametrize("layout", commands("", ""))
def test_kill(tmp_path, source, layout):
    delays = random.Random(f"kill {layout}")
    target, expected = tmp_path / "target.tif", pixels_of(source)
    command = commands(source, target)[layout]
    duration = seconds_to_run(command)
    with Fault("kill -9, at any moment") as fault:
        while fault.times < KILLS:
            # Without the target at first, then over what the last one left.
            target.unlink(missing_ok=True)
            for _ in range(IN_A_ROW):
                delay = delays.uniform(0, duration)
                what = f"{layout} after {delay:.3f} of {duration:.3f} s"
                if kill_after(delay, command):
                    fault.provoked()
                    check_killed(fault, tmp_path, target, expected, what)
            duration = seconds_to_run(command)
            check_file(fault, target, expected, f"the run after {what}")


def check_piped(fault, path, expected, what):
    """What a pipe has got cannot be taken back: of a COG, directories and some
    tiles. Whoever reads it must be told of those that are not there."""
    read = pixels_of(path)
    if read is not None and read != expected:
        fault.find_wrong(f"{what}: {path} can be read")


@pytest.mark.parametrize("layout", ["GTIFF", "COG"])
def test_kill_before_a_pipe_has_all(tmp_path, source, layout):
    delays = random.Random(f"pipe {layout}")
    folder, piped = tmp_path / "work", tmp_path / "piped.tif"
    folder.mkdir()
    environment = {**os.environ, "TMPDIR": str(folder), "CPL_TMPDIR": str(folder)}
    command = translate_command(source, "/vsistdout/", LAYOUTS[layout])

    def run(how):
        with open(piped, "wb") as file:
            return how(stdout=file, env=environment, cwd=folder)

    start = time.monotonic()
    assert not run(lambda **more: kill_after(60, command, **more))
    duration = time.monotonic() - start
    expected = pixels_of(source)
    assert pixels_of(piped) == expected
    with Fault("kill -9 of one that writes to a pipe") as fault:
        while fault.times < times(short=3, long=30):
            delay = delays.uniform(0, duration)
            if run(lambda **more: kill_after(delay, command, **more)):
                fault.provoked()
                what = f"{layout} after {delay:.3f} of {duration:.3f} s"
                check_piped(fault, piped, expected, what)
                check_leftovers(fault, folder, piped, what)
