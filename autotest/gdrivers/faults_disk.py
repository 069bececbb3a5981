#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""Targets that cannot be written to, or not to the end: a full disk, a read-only
folder, limits of the system. A right file, or one error and no file."""

import os
import re
import signal
import stat
import subprocess
import tempfile

import pytest
from disks import full_device, leave_free, make_read_only, small_disk
from faults import (
    Attempt,
    Child,
    Fault,
    check_file,
    check_folder,
    check_no_file,
    limits,
    pixels_of,
    times,
    translate_command,
)
from gtiff_compare import collected_errors
from osgeo import gdal
from python_api import recorder
from rowband import KEEP_TARGET, driver
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


###############################################################################
# A full disk


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
def test_full_disk(tmp_path, source, expected, options):
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
def test_full_disk_of_create(tmp_path, source, expected, options):
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


def test_full_disk_for_what_is_temporary(tmp_path, source, expected):
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
def test_full_disk_leaves_the_old_target(tmp_path, source, options):
    """If GDAL has not been told to delete it first, as it is by default."""
    size = size_of_result(tmp_path, source, options)
    with small_disk(tmp_path / "disk", "8m") as disk, Fault(
        "a full disk where an older target is to stay"
    ) as fault:
        target = disk / "target.tif"
        target.write_bytes(b"what was there before")
        before = target.read_bytes()
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
def test_full_memory_file(tmp_vsimem, source, expected, options):
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


###############################################################################
# Folders and names


def check_unharmed(fault, path, before, what):
    if not path.exists() or path.read_bytes() != before:
        fault.lose(f"{what}: {path}")


@layouts
def test_read_only_disk(tmp_path, source, options):
    with small_disk(tmp_path / "disk", "8m") as disk:
        assert Attempt(disk / "old.tif", source).made
        before = (disk / "old.tif").read_bytes()
        make_read_only(disk)
        with Fault("a read-only disk") as fault:
            for name in ("old.tif", "new.tif"):
                for keep in ([], KEEP_TARGET):
                    attempt = Attempt(disk / name, source, [*options, *keep])
                    fault.provoked()
                    what = f"{options} {keep} {name}"
                    attempt.check_refused(fault, what)
                    check_folder(fault, disk, ["old.tif"], what)
                    check_unharmed(fault, disk / "old.tif", before, what)


def as_nobody():
    """For preexec_fn: permissions bind, unlike root."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)


@pytest.fixture
def open_folder(source_path):
    """That everybody may enter, with a source that everybody may read."""
    with tempfile.TemporaryDirectory(prefix="rowband_faults_") as folder:
        os.chmod(folder, 0o755)
        given = os.path.join(folder, "source.tif")
        with open(source_path, "rb") as file, open(given, "wb") as copy:
            copy.write(file.read())
        os.chmod(given, 0o644)
        os.mkdir(os.path.join(folder, "tmp"))
        os.chmod(os.path.join(folder, "tmp"), 0o1777)
        yield folder


def test_folder_without_permission(open_folder, expected):
    """Nothing can be made there, but a file that is there can be written to."""
    folder = os.path.join(open_folder, "closed")
    environment = {**os.environ, "CPL_TMPDIR": os.path.join(open_folder, "tmp")}
    os.mkdir(folder)
    old = os.path.join(folder, "old.tif")
    with Fault("a folder without permission to write") as fault:
        for options in LAYOUTS.values():
            with open(old, "wb") as file:
                file.write(b"what was there before")
            os.chmod(old, 0o666)
            os.chmod(folder, 0o555)
            for name in ("old.tif", "new.tif"):
                target = os.path.join(folder, name)
                given = os.path.join(open_folder, "source.tif")
                command = translate_command(given, target, options)
                child = Child(command, preexec_fn=as_nobody, env=environment)
                fault.provoked()
                what = f"{options} {name}"
                check_child(fault, child, target, expected, what)
                if child.succeeded != (name == "old.tif" and "TFW=YES" not in options):
                    fault.complain(f"{what}: {child.describe()}")
            os.chmod(folder, 0o755)
            for name in os.listdir(folder):
                if name not in ("old.tif", "old.tfw"):
                    fault.complain(f"{options}: left is {name}")
                os.unlink(os.path.join(folder, name))


def check_child(fault, child, target, expected, what):
    """gdal_translate: a right file, or a failure and no raster."""
    if child.crashed:
        fault.crash(f"{what}: {child.describe()}")
    elif child.succeeded:
        check_file(fault, target, expected, what)
    elif "ERROR" not in child.said:
        fault.complain(f"{what}: no error but {child.said!r}")
    if not child.succeeded and pixels_of(target) is not None:
        fault.find_wrong(f"{what}: {target} is a raster")


@layouts
def test_target_that_is_a_folder(tmp_path, source, options):
    folder = tmp_path / "target.tif"
    folder.mkdir()
    (folder / "kept.txt").write_text("kept")
    with Fault("a target that is a folder") as fault:
        for keep in ([], KEEP_TARGET):
            for target in (folder, f"{folder}/"):
                attempt = Attempt(target, source, [*options, *keep])
                fault.provoked()
                what = f"{options} {keep} {target}"
                attempt.check_refused(fault, what)
                check_unharmed(fault, folder / "kept.txt", b"kept", what)
                check_folder(fault, folder, ["kept.txt"], what)
                check_folder(fault, tmp_path, [folder.name], what)


@layouts
def test_target_in_what_is_no_folder(tmp_path, source, options):
    (tmp_path / "file").write_bytes(b"kept")
    with Fault("a target in what is no folder") as fault:
        for name in ("file/target.tif", "missing/target.tif"):
            attempt = Attempt(tmp_path / name, source, options)
            fault.provoked()
            attempt.check_refused(fault, f"{options} {name}")
            check_unharmed(fault, tmp_path / "file", b"kept", name)
            check_folder(fault, tmp_path, ["file"], name)


LONGEST_NAME = 255  # bytes, of most file systems


@layouts
@pytest.mark.parametrize("length", [LONGEST_NAME - 10, LONGEST_NAME])
def test_target_with_a_long_name(tmp_path, source, expected, options, length):
    """There is room for it, though perhaps not for a temporary name beside it."""
    target = tmp_path / ("n" * (length - 4) + ".tif")
    attempt = Attempt(target, source, options)
    assert attempt.made, attempt.errors
    assert pixels_of(target) == expected
    sidecars = {"n" * (length - 4) + ".tfw"} if "TFW=YES" in options else set()
    assert set(os.listdir(tmp_path)) == {target.name} | sidecars


@layouts
def test_target_with_a_name_that_is_too_long(tmp_path, source, options):
    with Fault("a name that is too long") as fault:
        for length in (LONGEST_NAME + 1, 4096, 100000):
            target = tmp_path / ("n" * (length - 4) + ".tif")
            attempt = Attempt(target, source, options)
            fault.provoked()
            # GDAL has something to say of its own where its buffers end.
            if attempt.made or "ROWBAND" not in attempt.errors[-1]:
                fault.complain(f"{options} {length}: {attempt.errors}")
            check_folder(fault, tmp_path, [], f"{options} {length}")


@layouts
def test_target_that_is_a_link_to_nothing(tmp_path, source, expected, options):
    """The copy is made where it leads, and the link stays whatever happens."""
    link, end = tmp_path / "link.tif", tmp_path / "end.tif"
    link.symlink_to("way.tif")
    (tmp_path / "way.tif").symlink_to(end)
    links = [link.name, "way.tif"]
    sidecars = ["link.tfw"] if "TFW=YES" in options else []
    with Fault("a target that is a link to nothing") as fault:
        for stop_at in (0, 0.5, 1):
            more = {"callback": recorder([], stop_at=stop_at)}
            Attempt(link, source, options, **more).check(fault, expected, "stopped")
            fault.provoked()
            check_folder(fault, tmp_path, links, f"stopped at {stop_at}")
        attempt = Attempt(link, source, options)
        fault.provoked()
        attempt.check(fault, expected, "a link")
        assert attempt.made and link.is_symlink() and not end.is_symlink()
        check_folder(fault, tmp_path, [*links, *sidecars, end.name], "a link")


def test_target_that_is_a_link_in_a_circle(tmp_path, source, expected):
    link, other = tmp_path / "link.tif", tmp_path / "other.tif"
    link.symlink_to(other)
    other.symlink_to(link)
    with Fault("a target that is a link in a circle") as fault:
        Attempt(link, source).check_refused(fault, "a circle")
        fault.provoked()
        assert link.is_symlink() and other.is_symlink()
        check_folder(fault, tmp_path, [link.name, other.name], "a circle")


def test_target_that_is_an_open_file(tmp_path, source_path, expected):
    """/dev/stdout is a link to a file, but not by another name."""
    target = tmp_path / "target.tif"
    with open(target, "wb") as output:
        command = translate_command(source_path, "/dev/stdout")
        subprocess.run(command, stdout=output, check=True, timeout=60)
    assert pixels_of(target) == expected
    assert os.listdir(tmp_path) == [target.name]


###############################################################################
# Limits of a process


@layouts
def test_limited_file_size(tmp_path, source, source_path, expected, options):
    """ulimit -f: with SIGXFSZ ignored an error, otherwise death by it."""
    size = size_of_result(tmp_path, source, options)
    target = tmp_path / "target.tif"
    command = translate_command(source_path, target, options)
    with Fault("a limit for the size of files") as fault:
        for step in range(times(short=1, long=20)):
            limit = size * (step + 1) // (times(short=1, long=20) + 1)
            for ignored in (True, False):
                set_limits = limits(file_nbytes=limit, ignore_signal=ignored)
                child = Child(command, preexec_fn=set_limits)
                fault.provoked()
                what = f"{options}, {limit} of {size} bytes"
                if child.succeeded:
                    fault.lose(f"{what}: success was said")
                if not ignored and child.status == -signal.SIGXFSZ:
                    check_left_by_a_signal(fault, tmp_path, target, what)
                    continue
                check_child(fault, child, target, expected, what)
                check_folder(fault, tmp_path, [], what)


def check_left_by_a_signal(fault, folder, target, what):
    """As after kill -9: see faults_kill.py. A sidecar has its name before the
    raster has."""
    if pixels_of(target) is not None:
        fault.find_wrong(f"{what}: {target} is a raster")
    for name in os.listdir(folder):
        if name not in (target.name, "target.tfw") and "rowband" not in name:
            fault.complain(f"{what}: left is {name}")
        os.unlink(folder / name)


LITTLE = 8 << 20
GIVEN_UP = re.compile(r"FATAL: CPL\w+\(\): Out of memory|CPLCreateMutexInternal\(\)")
ENOUGH = 1 << 30


def needed_to_start():
    """The least address space with which gdal_translate comes to anything."""
    least, most = 0, ENOUGH
    command = ["gdal_translate", "--version"]
    while most - least > LITTLE // 2:
        middle = (least + most) // 2
        child = Child(command, preexec_fn=limits(memory_nbytes=middle))
        least, most = (least, middle) if child.succeeded else (middle, most)
    return most


@pytest.mark.parametrize("layout", ["GTIFF", "COG"])
def test_limited_memory(tmp_path, source_path, expected, layout):
    """ulimit -v. Where not even a few bytes can be had GDAL gives up with abort(),
    whichever driver runs: then it is as after kill -9."""
    target, base = tmp_path / "target.tif", needed_to_start()
    command = translate_command(source_path, target, LAYOUTS[layout])
    with Fault("a limit for memory") as fault:
        for step in range(1, times(short=5, long=60)):
            nbytes = base + step * 100 * LITTLE // 8 // times(short=5, long=60)
            set_limits = limits(memory_nbytes=nbytes)
            child = Child(command, preexec_fn=set_limits)
            what = f"{layout}, {nbytes - base} bytes more than {base}"
            fault.provoked()
            if child.status == -signal.SIGABRT and GIVEN_UP.search(child.said):
                check_left_by_a_signal(fault, tmp_path, target, what)
                continue
            check_child(fault, child, target, expected, what)
            left = ["target.tif"] if child.succeeded else []
            check_folder(fault, tmp_path, left, what)
            target.unlink(missing_ok=True)
        assert child.succeeded, "with memory enough"
