# SPDX-License-Identifier: MIT
"""Disks that are small, read-only or full."""

import contextlib
import os
import stat
import subprocess

import pytest


def mount(*arguments):
    """@return None, or why not"""
    ended = subprocess.run(["mount", *arguments], capture_output=True, text=True)
    return None if ended.returncode == 0 else ended.stderr.strip()


@contextlib.contextmanager
def small_disk(folder, size="1m"):
    """A file system in memory at `folder`, for root where mounting is allowed."""
    os.makedirs(folder, exist_ok=True)
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    reason = mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder))
    if reason is not None:
        pytest.skip(f"no small disk can be mounted here: {reason}")
    try:
        yield folder
    finally:
        # Lazily: a test that failed may have left a file open.
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def make_read_only(folder):
    reason = mount("-o", "remount,ro", str(folder))
    assert reason is None, reason


def leave_free(folder, nbytes):
    """Fills a disk but for that many bytes, with a file."""
    path = os.path.join(folder, "filler")
    if os.path.exists(path):
        os.unlink(path)
    disk = os.statvfs(folder)
    fill = disk.f_bavail * disk.f_frsize - nbytes
    assert fill >= 0, f"{disk.f_bavail * disk.f_frsize} bytes free, not {nbytes}"
    with open(path, "wb") as file:
        if fill > 0:
            os.posix_fallocate(file.fileno(), 0, fill)


def full_device(folder):
    """A device that is always full: one of our own, which may be lost, if we may
    make it, else /dev/full, which we cannot harm."""
    path = os.path.join(folder, "full.tif")
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 7))
        with open(path, "rb") as device:
            device.read(1)
        return path
    except OSError:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
    if os.geteuid() == 0:
        pytest.skip("no device can be made here, and root could delete /dev/full")
    return "/dev/full"
