#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""What the system grants a process: sizes of files, memory. A right file, or one
error and no file."""

import re
import signal
from pathlib import Path

import pytest
from fault_sources import (
    LAYOUTS,
    check_child,
    check_left_by_a_signal,
    expected,
    layouts,
    size_of_result,
    source,
    source_path,
)
from faults import Child, Fault, check_folder, limits, translate_command


@layouts
def test_limited_file_size(tmp_path, source, source_path, expected, options, times):
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


LITTLE = 8 << 20
GIVEN_UP = re.compile(
    r"FATAL: CPL\w+\(\): Out of memory|CPLCreateMutexInternal\(\)"
    r"|CPLGetTLSList\(\) failed to allocate TLS list"
    r"|failed to register TLS destructor"
)
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


def test_objects_of_threads_are_not_ours():
    """The C library ends a process that has no memory to remember, for an object of
    a thread, who destroys it: libgdal has such objects, the plugin has none."""
    mapped = Path("/proc/self/maps").read_text()
    plugin = re.search(r"/\S*/gdal_ROWBAND\.so$", mapped, re.M)
    libgdal = re.search(r"/\S*/libgdal\.so\S*$", mapped, re.M)
    assert b"__cxa_thread_atexit" in Path(libgdal.group()).read_bytes()
    assert b"__cxa_thread_atexit" not in Path(plugin.group()).read_bytes()


@pytest.mark.parametrize("layout", ["GTIFF", "COG"])
def test_limited_memory(tmp_path, source_path, expected, layout, times):
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
    target.unlink(missing_ok=True)
    child = Child(command, preexec_fn=limits(memory_nbytes=base + ENOUGH))
    assert child.succeeded, f"with memory enough, beside {base}: {child.describe()}"
