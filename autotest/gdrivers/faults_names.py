#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""Folders and names that cannot be written to, or not as they stand. A right file,
or one error and no file."""

import os
import subprocess
import tempfile

import pytest
from disks import make_read_only, small_disk
from fault_sources import LAYOUTS, check_child, expected, layouts, source, source_path
from faults import (
    HANGS_AFTER_S,
    Attempt,
    Child,
    Fault,
    check_folder,
    pixels_of,
    translate_command,
)
from rowband_driver import KEEP_TARGET, recorder


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
        ended = subprocess.run(
            command, stdout=output, stderr=subprocess.PIPE, timeout=HANGS_AFTER_S
        )
    assert ended.returncode == 0, ended
    assert pixels_of(target) == expected
    assert os.listdir(tmp_path) == [target.name]
