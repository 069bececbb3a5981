# SPDX-License-Identifier: MIT
"""What the tests of disks, names and limits copy, in which layouts, and what may
come of it. The fixtures are for a test file to import."""

import os

import pytest
from faults import Attempt, check_file, pixels_of
from osgeo import gdal
from sources import colour, make_source

SMALL = ["BLOCKXSIZE=128", "BLOCKYSIZE=128"]
LAYOUTS = {
    "GTIFF": SMALL,
    "GTIFF with a sidecar": [*SMALL, "TFW=YES"],
    "GTIFF in strips": ["TILED=NO", "COMPRESS=NONE"],
    "COG": ["LAYOUT=COG", "BLOCKSIZE=128"],
}
layouts = pytest.mark.parametrize("options", LAYOUTS.values(), ids=LAYOUTS)


@pytest.fixture(scope="module")
def source_path(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("disk") / "source.tif")
    dataset = colour(make_source(500, 400, 3, gdal.GDT_UInt16))
    gdal.GetDriverByName("GTiff").CreateCopy(path, dataset)
    return path


@pytest.fixture(scope="module")
def expected(source_path):
    return pixels_of(source_path)


@pytest.fixture
def source(source_path):
    return gdal.Open(source_path)


def size_of_result(folder, source, options):
    """Bytes that the finished file has."""
    target = folder / "measured.tif"
    assert Attempt(target, source, options).made
    size = target.stat().st_size
    for name in os.listdir(folder):
        if name.startswith("measured"):
            os.unlink(folder / name)
    return size


def sweep(size, steps):
    """Numbers of bytes from none to all, and around all."""
    spread = {size * step // steps for step in range(steps + 1)}
    return sorted(spread | {1, 16, 4096, size - 1, size + 1})


def check_child(fault, child, target, expected, what):
    """gdal_translate: a right file, or a failure and no raster."""
    if child.crashed:
        fault.crash(f"{what}: {child.describe()}")
    elif child.succeeded:
        check_file(fault, target, expected, what)
    elif "ERROR" not in child.said:
        fault.complain(f"{what}: no error: {child.describe()}")
    if not child.succeeded and pixels_of(target) is not None:
        fault.find_wrong(f"{what}: {target} is a raster")


def check_left_by_a_signal(fault, folder, target, what):
    """As after kill -9: see faults_kill.py. A sidecar has its name before the
    raster has."""
    if pixels_of(target) is not None:
        fault.find_wrong(f"{what}: {target} is a raster")
    for name in os.listdir(folder):
        if name not in (target.name, "target.tfw") and "rowband" not in name:
            fault.complain(f"{what}: left is {name}")
        os.unlink(folder / name)
