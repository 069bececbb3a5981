#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""ROWBAND, GTiff and COG in turn on the same source: time, memory, size.

usage: compare.py [--size N] [--rounds N] [--tools NAME,...] [--sources NAME,...]

The plugin is the one in GDAL_DRIVER_PATH. This process stays small and never
imports numpy or GDAL: Linux counts what a process held before exec() in its
child's peak memory.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MIB = 1 << 20

TILES = {"TILED": "YES", "BLOCKXSIZE": 512, "BLOCKYSIZE": 512}
DEFLATE = {"COMPRESS": "DEFLATE", "PREDICTOR": 2, "NUM_THREADS": 2}
COG = {"BLOCKSIZE": 512, "OVERVIEWS": "NONE", **DEFLATE}

# Name in --tools: (name in the table, driver, creation options).
# ZLEVEL 6 of GTiff and COG is libdeflate's level 7.
TOOLS = {
    "gtiff": ("GTiff", "GTiff", {**TILES, **DEFLATE}),
    "cog": ("COG, no overviews", "COG", COG),
    "rowband-7": ("ROWBAND ZLEVEL=7", "ROWBAND", {**TILES, **DEFLATE, "ZLEVEL": 7}),
    "rowband-6": ("ROWBAND ZLEVEL=6", "ROWBAND", {**TILES, **DEFLATE, "ZLEVEL": 6}),
    "rowband-64m": (
        "ROWBAND BUDGET=64M",
        "ROWBAND",
        {**TILES, **DEFLATE, "ZLEVEL": 6, "BUDGET": "64M"},
    ),
}
REFERENCE = "gtiff"


def make_terrain(path, size):
    """UInt16 heights: hills of several sizes and noise, deterministic. Tiled,
    not compressed; DEFLATE with predictor 2 makes about half of it."""
    import numpy as np
    from osgeo import gdal

    gdal.UseExceptions()
    options = ["TILED=YES", "BIGTIFF=IF_SAFER"]
    driver = gdal.GetDriverByName("GTiff")
    dataset = driver.Create(path, size, size, 1, gdal.GDT_UInt16, options)
    dataset.SetGeoTransform((440720, 10, 0, 3751320, 0, -10))
    random = np.random.default_rng(20240101)
    x = np.arange(size, dtype=np.float32)
    for top in range(0, size, 256):
        y = np.arange(top, min(top + 256, size), dtype=np.float32)[:, None]
        heights = 2000 + np.zeros((len(y), size), np.float32)
        for period, height in ((5300, 900), (1710, 350), (431, 90), (97, 15)):
            phase = y / (period * 1.3) + np.sin(x / (period * 2.1))
            heights += height * np.sin(x / period + phase) * np.cos(y / period)
        heights += random.normal(0, 11, heights.shape).astype(np.float32)
        dataset.GetRasterBand(1).WriteArray(heights.astype(np.uint16), 0, top)


SOURCES = {"terrain": make_terrain}


def cached_source(cache, name, size):
    """The path of a source, made in a process of its own if not there yet."""
    path = cache / f"{name}-{size}.tif"
    if not path.exists():
        part = path.with_suffix(".part.tif")
        command = [sys.executable, __file__, "--make", name]
        command += ["--size", str(size), str(part)]
        subprocess.run(command, check=True)
        part.rename(path)
    return path


def warm(path):
    """Brings a file into the page cache: disks are not what is measured."""
    with open(path, "rb") as file:
        while file.read(16 * MIB):
            pass


def measure(tool, source, target):
    """Runs a translation. Returns wall and CPU seconds, peak and file bytes."""
    _, driver, options = TOOLS[tool]
    command = ["gdal_translate", "-q", "-of", driver, str(source), str(target)]
    for key, value in options.items():
        command += ["-co", f"{key}={value}"]
    target.unlink(missing_ok=True)
    os.sync()
    start = time.monotonic()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"compare.py: exit status {process.returncode} of {command}")
    nbytes = target.stat().st_size
    target.unlink()
    return {
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak": usage.ru_maxrss * 1024,
        "nbytes": nbytes,
    }


def run_rounds(tools, source, rounds, cache):
    """Every tool once in each round; the results by tool, in rounds' order."""
    results = {tool: [] for tool in tools}
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        for number in range(1, rounds + 1):
            for tool in tools:
                result = measure(tool, source, Path(folder) / "out.tif")
                results[tool].append(result)
                said = f"{number}/{rounds} {tool}: {result['wall']:.2f} s"
                print(said, file=sys.stderr)
    return results


def median_of(results, key):
    return statistics.median(result[key] for result in results)


def median_ratio(results, reference):
    """Of the wall times within a round, which share the machine's mood."""
    pairs = zip(results, reference)
    return statistics.median(ours["wall"] / its["wall"] for ours, its in pairs)


def print_table(results):
    print("| | wall s | CPU s | peak MiB | file MiB | wall, GTiff = 1 |")
    print("|---|---:|---:|---:|---:|---:|")
    for tool, runs in results.items():
        ratio = "-"
        if REFERENCE in results:
            ratio = f"{median_ratio(runs, results[REFERENCE]):.2f}"
        print(
            f"| {TOOLS[tool][0]} | {median_of(runs, 'wall'):.2f}"
            f" | {median_of(runs, 'cpu'):.2f}"
            f" | {median_of(runs, 'peak') / MIB:.0f}"
            f" | {median_of(runs, 'nbytes') / MIB:.1f} | {ratio} |"
        )


def names_of(table):
    def parse(text):
        names = text.split(",")
        for name in names:
            if name not in table:
                raise argparse.ArgumentTypeError(f"{name} is none of {list(table)}")
        return names

    return parse


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=16384, help="pixels a side")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tools", type=names_of(TOOLS), default=list(TOOLS))
    parser.add_argument("--sources", type=names_of(SOURCES), default=list(SOURCES))
    parser.add_argument("--cache", type=Path, default=Path("/tmp/rowband-bench"))
    parser.add_argument("--make", choices=SOURCES, help=argparse.SUPPRESS)
    parser.add_argument("target", nargs="?", help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    if arguments.make:
        SOURCES[arguments.make](arguments.target, arguments.size)
        return
    arguments.cache.mkdir(parents=True, exist_ok=True)
    for name in arguments.sources:
        source = cached_source(arguments.cache, name, arguments.size)
        warm(source)
        results = run_rounds(arguments.tools, source, arguments.rounds, arguments.cache)
        print(f"\n{name}, {arguments.size} x {arguments.size}, ", end="")
        print(f"medians of {arguments.rounds} rounds\n")
        print_table(results)


if __name__ == "__main__":
    main()
