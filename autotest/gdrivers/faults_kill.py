#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""kill -9 at any moment: what lies at the target is no raster unless it is the
whole one, what else lies there says whose it is, and the next run succeeds."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest
from faults import (
    HANGS_AFTER_S,
    Child,
    Fault,
    check_file,
    exists,
    opens,
    pixels_of,
    translate_command,
)
from osgeo import gdal
from rowband_driver import KEEP_TARGET
from sources import colour, make_source

pytestmark = pytest.mark.slow

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
def source(tmp_path_factory, times):
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
    process = subprocess.Popen(
        list(map(str, command)), stderr=subprocess.PIPE, text=True, **more
    )
    try:
        said = process.communicate(timeout=seconds)[1]
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        said = process.communicate()[1]
    status = process.returncode
    assert status in (0, -signal.SIGKILL), f"ended with {status}: {said}"
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
def test_kill(tmp_path, source, layout, times):
    delays = random.Random(f"kill {layout}")
    target, expected = tmp_path / "target.tif", pixels_of(source)
    command = commands(source, target)[layout]
    duration = seconds_to_run(command)
    with Fault("kill -9, at any moment") as fault:
        while fault.times < times(short=4, long=75):
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


@pytest.mark.parametrize("layout", commands("", ""))
def test_kill_with_an_empty_target(tmp_path, source, layout, times):
    """Who has it open reads the whole raster, or none."""
    delays = random.Random(f"empty {layout}")
    target, expected = tmp_path / "target.tif", pixels_of(source)
    command = commands(source, target)[layout]
    duration = seconds_to_run(command)
    with Fault("kill -9 with an empty target") as fault:
        while fault.times < times(short=3, long=75):
            delay = delays.uniform(0, duration)
            what = f"{layout} after {delay:.3f} of {duration:.3f} s"
            target.unlink(missing_ok=True)
            with open(target, "wb+") as file:
                if kill_after(delay, command):
                    fault.provoked()
                    check_killed(fault, tmp_path, target, expected, what)
                if not os.path.samestat(os.fstat(file.fileno()), os.stat(target)):
                    fault.lose(f"{what}: the file that was there")


SIDECARS = ["TFW=YES", "PROFILE=BASELINE"]
LAYOUTS_WITH_SIDECARS = {
    "GTIFF": [*TILES, *SIDECARS],
    "COG": [*LAYOUTS["COG"], *SIDECARS],
}
# Of the time that a run takes, by the end of which the files get their names.
LATE = 0.7, 1.0


# gdal_translate deletes an older target whatever it is told.
COPY = """
import sys
from osgeo import gdal
gdal.UseExceptions()
gdal.SetConfigOption("GDAL_VALIDATE_CREATION_OPTIONS", "NO")
source, target, *options = sys.argv[1:]
source = gdal.Open(source)
gdal.GetDriverByName("ROWBAND").CreateCopy(target, source, options=options)
"""


def with_words(path, corner, words):
    """A small raster that says where it lies, and something, in sidecars only."""
    dataset = colour(make_source(300, 200, 3, gdal.GDT_UInt16))
    dataset.SetGeoTransform([corner, 1, 0, corner, 0, -1])
    dataset.SetMetadata({"SAID": words})
    gdal.GetDriverByName("GTiff").CreateCopy(str(path), dataset)
    return path


def described(path):
    """What is read of a raster and its sidecars; None: it does not open."""
    if not exists(path) or not opens(path):
        return None
    dataset = gdal.Open(str(path))
    return pixels_of(path), dataset.GetGeoTransform(), dataset.GetMetadataItem("SAID")


def check_old_or_new(fault, target, descriptions, what):
    """One raster with its own sidecars, or none, which is no wrong one. What was
    set aside then can be had."""
    if exists(target):
        if described(target) not in descriptions:
            fault.find_wrong(f"{what}: {target} is neither raster")
    elif not any("rowband-old" in name for name in os.listdir(target.parent)):
        fault.lose(f"{what}: neither raster is there")


@pytest.mark.parametrize("layout", LAYOUTS_WITH_SIDECARS)
def test_kill_where_an_older_raster_has_sidecars(tmp_path, layout, times):
    """Of which GDAL is told to leave them to the driver."""
    delays = random.Random(f"older {layout}")
    sources = [with_words(tmp_path / f"{n}.tif", 100 * n, f"as {n}") for n in (1, 2)]
    folder = tmp_path / "work"
    folder.mkdir()
    target = folder / "target.tif"
    names = {target.name, "target.tfw", "target.tif.aux.xml"}
    options = [*LAYOUTS_WITH_SIDECARS[layout], *KEEP_TARGET]
    runs = [
        [sys.executable, "-c", COPY, source, target, *options] for source in sources
    ]
    durations, descriptions = [], []
    for command in runs:
        durations.append(seconds_to_run(command))
        descriptions.append(described(target))
        assert set(os.listdir(folder)) == names
    assert descriptions[0] != descriptions[1]
    with Fault("kill -9 where an older raster has sidecars") as fault:
        while fault.times < times(short=8, long=500):
            # Each over what the others left.
            delay = delays.uniform(*LATE) * min(durations)
            what = f"{layout} after {delay:.4f} of {durations} s"
            if kill_after(delay, runs[fault.times % 2]):
                fault.provoked()
                check_old_or_new(fault, target, descriptions, what)
                for name in set(os.listdir(folder)) - names:
                    if ".rowband-" not in name or not name.endswith(".tmp"):
                        fault.complain(f"{what}: left is {name}")
        for command, description in zip(runs, descriptions):
            seconds_to_run(command)
            if described(target) != description:
                fault.find_wrong("the run after the last one that was killed")


def check_piped(fault, path, expected, what):
    """What a pipe has got cannot be taken back: of a COG, directories and some
    tiles. Whoever reads it must be told of those that are not there."""
    read = pixels_of(path)
    if read is not None and read != expected:
        fault.find_wrong(f"{what}: {path} can be read")


@pytest.mark.parametrize("layout", ["GTIFF", "COG"])
def test_kill_before_a_pipe_has_all(tmp_path, source, layout, times):
    delays = random.Random(f"pipe {layout}")
    folder, piped = tmp_path / "work", tmp_path / "piped.tif"
    folder.mkdir()
    environment = {**os.environ, "TMPDIR": str(folder), "CPL_TMPDIR": str(folder)}
    command = translate_command(source, "/vsistdout/", LAYOUTS[layout])

    def run(how):
        with open(piped, "wb") as file:
            return how(stdout=file, env=environment, cwd=folder)

    start = time.monotonic()
    killed = run(lambda **more: kill_after(HANGS_AFTER_S, command, **more))
    assert not killed, f"had not ended after {HANGS_AFTER_S} s"
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
