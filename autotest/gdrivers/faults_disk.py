#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""Disks and devices that are full or get full. A right file, or one error and no
file."""

import os
import stat

import pytest
from disks import full_device, leave_free, small_disk
from fault_sources import (
    LAYOUTS,
    expected,
    layouts,
    size_of_result,
    source,
    source_path,
    sweep,
)
from faults import Attempt, Fault, check_folder, check_no_file, pixels_of
from gtiff_compare import collected_errors
from osgeo import gdal
from rowband_driver import KEEP_TARGET, driver


def create(target, source, options):
    """Writes an array. @return what GDAL said that was an error"""
    size = source.RasterXSize, source.RasterYSize
    with collected_errors() as said:
        made = driver().Create(target, *size, 3, gdal.GDT_UInt16, options)
        if made is not None:
            made.WriteRaster(0, 0, *size, source.ReadRaster())
        made = None
    return [args[2] for args in said if args[0] == gdal.CE_Failure]


@layouts
def test_full_disk(tmp_path, source, expected, options, times):
    size = size_of_result(tmp_path, source, options)
    with small_disk(tmp_path / "disk", "8m") as disk:
        target = disk / "target.tif"
        with Fault("a disk that is full, or gets full") as fault:
            for free in sweep(2 * size + 8192, times(short=8, long=100)):
                leave_free(disk, free)
                attempt = Attempt(target, source, options)
                fault.provoked()
                what = f"{options} with {free} bytes free for {size}"
                attempt.check(fault, expected, what)
                files = ["target.tif", "target.tfw"] if attempt.made else []
                check_folder(fault, disk, ["filler", *files], what)
                for name in files:
                    (disk / name).unlink(missing_ok=True)
        assert attempt.made, "with room enough it succeeds"


@layouts
def test_full_disk_of_create(tmp_path, source, expected, options, times):
    size = size_of_result(tmp_path, source, options)
    with small_disk(tmp_path / "disk", "8m") as disk:
        target = disk / "target.tif"
        with Fault("a disk that gets full under Create()") as fault:
            # What does not fit half the budget waits on the same disk.
            for budget in ("BUDGET=256M", "BUDGET=1M"):
                for free in sweep(size, times(short=3, long=30)):
                    leave_free(disk, free)
                    errors = create(str(target), source, [*options, budget])
                    fault.provoked()
                    what = f"{options} {budget} with {free} bytes free for {size}"
                    if errors:
                        check_no_file(fault, target, what)
                        check_folder(fault, disk, ["filler"], what)
                    elif pixels_of(target) is None:
                        fault.lose(f"{what}: no error and no file")
                    target.unlink(missing_ok=True)
                    (disk / "target.tfw").unlink(missing_ok=True)


def test_full_disk_for_what_is_temporary(tmp_path, source, expected, times):
    """The target's has room, the one with the temporary files has not."""
    options = LAYOUTS["COG"]
    size = size_of_result(tmp_path, source, options)
    with small_disk(tmp_path / "disk") as disk, Fault(
        "a full disk for temporary files"
    ) as fault:
        folder = tmp_path / "target"
        folder.mkdir()
        for free in sweep(size, times(short=4, long=50)):
            leave_free(disk, free)
            gdal.SetConfigOption("CPL_TMPDIR", str(disk))
            attempt = Attempt(folder / "target.tif", source, options)
            gdal.SetConfigOption("CPL_TMPDIR", None)
            fault.provoked()
            what = f"{free} bytes free for {size}"
            attempt.check(fault, expected, what)
            check_folder(fault, disk, ["filler"], what)
            files = ["target.tif"] if attempt.made else []
            check_folder(fault, folder, files, what)
            (folder / "target.tif").unlink(missing_ok=True)


@layouts
@pytest.mark.parametrize("before", [b"what was there before", b""], ids=["", "empty"])
def test_full_disk_leaves_the_old_target(tmp_path, source, options, before, times):
    """If GDAL has not been told to delete it first, as it is by default."""
    size = size_of_result(tmp_path, source, options)
    with small_disk(tmp_path / "disk", "8m") as disk, Fault(
        "a full disk where an older target is to stay"
    ) as fault:
        target = disk / "target.tif"
        target.write_bytes(before)
        for free in sweep(size, times(short=2, long=20)):
            leave_free(disk, free)
            attempt = Attempt(target, source, [*options, *KEEP_TARGET])
            if attempt.made:
                break
            fault.provoked()
            what = f"{options} with {free} bytes free for {size}"
            attempt.check_refused(fault, what)
            if not target.exists() or target.read_bytes() != before:
                fault.lose(f"{what}: the old target")
                target.write_bytes(before)


@layouts
def test_full_device(tmp_path, source, options):
    device = full_device(tmp_path)
    with Fault("a target that is a full device") as fault:
        attempt = Attempt(device, source, options)
        fault.provoked()
        attempt.check_refused(fault, str(options))
        if not stat.S_ISCHR(os.stat(device).st_mode):
            fault.lose(f"{options}: the device")


@layouts
def test_full_memory_file(tmp_vsimem, source, expected, options, times):
    """GDAL's own limit for a file in memory, which is part of its name."""
    assert Attempt(f"{tmp_vsimem}/measured.tif", source, options).made
    size = gdal.VSIStatL(f"{tmp_vsimem}/measured.tif").size
    folder = f"{tmp_vsimem}/full"
    with Fault("a file in memory that may not grow") as fault:
        for limit in sweep(size, times(short=12, long=200)):
            gdal.Mkdir(folder, 0o755)
            target = f"{folder}/target.tif||maxlength={limit}"
            attempt = Attempt(target, source, options)
            fault.provoked()
            attempt.check(fault, expected, f"{options}, {limit} of {size}")
            if attempt.made != (limit >= size):
                fault.complain(f"{options}, {limit} of {size}: {attempt.errors}")
            if not attempt.made:
                check_folder(fault, folder, [], target)
            gdal.RmdirRecursive(folder)
