#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""Many copies at once in one process: of other sources, of one source, to one
target. Each is as it would be alone, and so is each failure."""

import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from faults import (
    Attempt,
    Fault,
    check_folder,
    pixels_of,
    translate_command,
)
from osgeo import gdal
from rowband_driver import recorder
from sources import colour, make_source
from stored import read_bytes

AT_ONCE = 8
SMALL = ["BLOCKXSIZE=64", "BLOCKYSIZE=64"]
LAYOUTS = {
    "GTIFF": SMALL,
    "GTIFF in strips": ["TILED=NO", "INTERLEAVE=BAND", "BUDGET=1M"],
    "COG": ["LAYOUT=COG", "BLOCKSIZE=128", "STATISTICS=YES"],
    "COG by ZSTD": ["LAYOUT=COG", "BLOCKSIZE=128", "COMPRESS=ZSTD", "READ_THREADS=2"],
}
layouts = pytest.mark.parametrize("options", LAYOUTS.values(), ids=LAYOUTS)


def at_once(call, count=AT_ONCE):
    """call(number) in as many threads, which begin together.
    @return what each returned"""
    barrier = threading.Barrier(count)

    def run(number):
        barrier.wait()
        return call(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


TYPES = [gdal.GDT_Byte, gdal.GDT_UInt16, gdal.GDT_Float32, gdal.GDT_Int32]


def save_sources(folder, count=AT_ONCE):
    """Each of its own size, type and blocks."""
    paths = []
    for number in range(count):
        size = 220 + 20 * number, 170 + 10 * number
        source = colour(make_source(*size, 3, TYPES[number % len(TYPES)]))
        paths.append(f"{folder}/source{number}.tif")
        tiles = ["TILED=YES", "BLOCKXSIZE=64", f"BLOCKYSIZE={16 * (number + 1)}"]
        gdal.GetDriverByName("GTiff").CreateCopy(paths[-1], source, options=tiles)
    return paths


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    return save_sources(tmp_path_factory.mktemp("sources"))


def same_bytes(folder, sources, options, fault, rounds):
    """Copies each of the sources, alone and at once."""

    def copy(name, number):
        target = f"{folder}/{name}{number}.tif"
        attempt = Attempt(target, gdal.Open(sources[number]), options)
        bytes_made = read_bytes(target) if attempt.made else attempt.errors
        gdal.Unlink(target)
        return bytes_made

    alone = [copy("alone", number) for number in range(len(sources))]
    for _ in range(rounds):
        together = at_once(lambda number: copy("at_once", number), len(sources))
        for number, (one, other) in enumerate(zip(alone, together)):
            fault.provoked()
            if one != other:
                fault.find_wrong(f"{options}: {sources[number]}")


@layouts
def test_threads_with_other_sources(tmp_path, sources, options, times):
    with Fault("eight copies at once, of other sources") as fault:
        same_bytes(tmp_path, sources, options, fault, times(short=1, long=25))
        check_folder(fault, tmp_path, [], str(options))


@layouts
def test_threads_with_one_source(tmp_path, sources, options, times):
    with Fault("eight copies at once, of one source") as fault:
        same_bytes(
            tmp_path, sources[:1] * AT_ONCE, options, fault, times(short=1, long=25)
        )
        check_folder(fault, tmp_path, [], str(options))


@layouts
def test_threads_through_vrts_of_the_same_files(tmp_vsimem, sources, options, times):
    """Leaves of one operation are not another's."""
    paths = []
    for number in range(AT_ONCE):
        paths.append(f"{tmp_vsimem}/{number}.vrt")
        window = [number, 2 * number, 200, 150]
        gdal.Translate(paths[-1], sources[number % 2], format="VRT", srcWin=window)
    with Fault("eight copies at once, through VRTs of one file") as fault:
        same_bytes(tmp_vsimem, paths, options, fault, times(short=1, long=25))


def test_threads_with_failures_among_them(tmp_path, sources, times):
    """Each thread is told of its own failure, and of no other."""
    layouts = list(LAYOUTS.values())

    def copy(number):
        target = f"{tmp_path}/target{number}.tif"
        options = [*layouts[number % len(layouts)]]
        more = {}
        if number % 4 == 1:
            options.append("NUM_THREADS=nonsense")
        elif number % 4 == 3:
            more["callback"] = recorder([], stop_at=0.3)
        return Attempt(target, gdal.Open(sources[number]), options, **more)

    with Fault("failures among eight copies at once") as fault:
        for _ in range(times(short=1, long=25)):
            for number, attempt in enumerate(at_once(copy)):
                fault.provoked()
                expected = pixels_of(sources[number])
                attempt.check(fault, expected, f"copy {number}")
                if attempt.made != (number % 2 == 0):
                    fault.complain(f"copy {number}: {attempt.errors}")
            made = [f"target{number}.tif" for number in range(0, AT_ONCE, 2)]
            check_folder(fault, tmp_path, made, "after a round")


###############################################################################
# One target


def check_one_of(fault, target, all_expected, what):
    """Whichever came last: whole and right."""
    pixels = pixels_of(target)
    if pixels is None:
        fault.lose(f"{what}: {target} is no raster")
    elif pixels not in all_expected:
        fault.find_wrong(f"{what}: {target} is neither")


def race(fault, target, sources, options, what):
    """A copy of each source, all at once to one target."""
    expected = [pixels_of(path) for path in sources]

    def copy(number):
        return Attempt(target, gdal.Open(sources[number]), options)

    attempts = at_once(copy, len(sources))
    fault.provoked()
    for attempt in attempts:
        if not attempt.made and not attempt.errors:
            fault.complain(f"{what}: failed without an error")
    if any(attempt.made for attempt in attempts):
        check_one_of(fault, target, expected, what)


@layouts
@pytest.mark.parametrize("count", [2, AT_ONCE])
@pytest.mark.parametrize("where", ["tmp_path", "tmp_vsimem"])
def test_threads_to_one_target(request, where, sources, options, count, times):
    folder = request.getfixturevalue(where)
    with Fault("copies at once to one target, by threads") as fault:
        for number in range(times(short=1, long=50)):
            what = f"{options}, round {number}"
            race(fault, f"{folder}/target.tif", sources[:count], options, what)
            check_folder(fault, folder, ["target.tif"], what)


@layouts
def test_threads_through_one_link(tmp_path, sources, options, times):
    """To a file that is not there: one that is there GDAL deletes first, or
    rather the link to it."""
    link, end = tmp_path / "target.tif", tmp_path / "end.tif"
    with Fault("copies at once to one target, through a link") as fault:
        for number in range(times(short=2, long=50)):
            what = f"{options}, round {number}"
            for path in (link, end):
                path.unlink(missing_ok=True)
            link.symlink_to(end.name)
            race(fault, str(link), sources[:2], options, what)
            check_folder(fault, tmp_path, [link.name, end.name], what)


@layouts
def test_processes_to_one_target(tmp_path, sources, options, times):
    target = f"{tmp_path}/target.tif"
    expected = [pixels_of(path) for path in sources[:2]]
    commands = [translate_command(path, target, options) for path in sources[:2]]
    with Fault("copies at once to one target, by processes") as fault:
        for number in range(times(short=1, long=25)):
            what = f"{options}, round {number}"
            running = [
                subprocess.Popen(command, stderr=subprocess.PIPE)
                for command in commands
            ]
            said = [process.communicate()[1] for process in running]
            fault.provoked()
            statuses = [process.returncode for process in running]
            if min(statuses) < 0:
                fault.crash(f"{what}: {statuses} {said}")
            for status, words in zip(statuses, said):
                if status != 0 and b"ERROR" not in words:
                    fault.complain(f"{what}: ended with {status}, and said {words}")
            if 0 in statuses:
                check_one_of(fault, target, expected, what)
            check_folder(fault, tmp_path, ["target.tif"], what)
