#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""ROWBAND, GTiff and COG in turn on the same source: time, memory, size.

usage: compare.py [--cog] [--size N] [--rounds N] [--tools NAME,...]
                  [--sources NAME,...]

Without --cog: files without overviews, from the terrain, against GTiff. With
it: ROWBAND's LAYOUT=COG against COG, both with overviews, from all sources.

The plugin is the one in GDAL_DRIVER_PATH. This process stays small and never
imports numpy or GDAL: Linux counts what a process held before exec() in its
child's peak memory.
"""

import argparse
import json
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
COG_OVERVIEWS = {**COG, "OVERVIEWS": "IGNORE_EXISTING", "LEVEL": 6}
ROWBAND_COG = {"LAYOUT": "COG", "BLOCKSIZE": 512, **DEFLATE}

# Name in --tools: (name in the table, driver, creation options).
# Level 6 of GTiff (ZLEVEL) and COG (LEVEL) is libdeflate's level 7.
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
    "cog-overviews": ("COG", "COG", COG_OVERVIEWS),
    "rowband-cog-7": ("ROWBAND LEVEL=7", "ROWBAND", {**ROWBAND_COG, "LEVEL": 7}),
    "rowband-cog-6": ("ROWBAND LEVEL=6", "ROWBAND", {**ROWBAND_COG, "LEVEL": 6}),
    "rowband-cog-64m": (
        "ROWBAND BUDGET=64M",
        "ROWBAND",
        {**ROWBAND_COG, "LEVEL": 6, "BUDGET": "64M"},
    ),
}
REFERENCE = "gtiff"
COG_REFERENCE = "cog-overviews"
COG_TOOLS = [COG_REFERENCE, "rowband-cog-7", "rowband-cog-6", "rowband-cog-64m"]
FLAT_TOOLS = [tool for tool in TOOLS if tool not in COG_TOOLS]


def create(path, size, bands, data_type, options):
    from osgeo import gdal

    gdal.UseExceptions()
    driver = gdal.GetDriverByName("GTiff")
    data_type = gdal.GetDataTypeByName(data_type)
    options = ["TILED=YES", "BIGTIFF=IF_SAFER", *options]
    dataset = driver.Create(path, size, size, bands, data_type, options)
    dataset.SetGeoTransform((440720, 10, 0, 3751320, 0, -10))
    return dataset


def make_terrain(path, size, options=()):
    """UInt16 heights: hills of several sizes and noise, deterministic. Tiled,
    not compressed; DEFLATE with predictor 2 makes about half of it."""
    import numpy as np

    dataset = create(path, size, 1, "UInt16", options)
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


def make_rgb(path, size):
    """Byte, three bands by pixel: smooth fields of colour and noise,
    deterministic. Tiled, not compressed; predictor 2 makes about half of it."""
    import numpy as np

    dataset = create(path, size, 3, "Byte", ["PHOTOMETRIC=RGB"])
    random = np.random.default_rng(20240102)
    x = np.arange(size, dtype=np.float32)
    for top in range(0, size, 256):
        y = np.arange(top, min(top + 256, size), dtype=np.float32)[:, None]
        for band in range(3):
            colour = 110 + 15 * band + np.zeros((len(y), size), np.float32)
            for period, depth in ((2900, 40), (811, 25), (173, 12)):
                phase = y / (period * 1.3) + np.sin(x / (period * 2.1)) + band / 3
                colour += depth * np.sin(x / period + phase) * np.cos(y / period)
            colour += 2.7 * random.standard_normal(colour.shape, np.float32)
            pixels = colour.clip(0, 255).astype(np.uint8)
            dataset.GetRasterBand(band + 1).WriteArray(pixels, 0, top)


def make_blocks1024(path, size):
    """The terrain in compressed blocks of 1024x1024."""
    blocks = ["BLOCKXSIZE=1024", "BLOCKYSIZE=1024", "COMPRESS=DEFLATE"]
    make_terrain(path, size, blocks)


# Name in --sources: (what makes it, pixels a side unless --size says).
SOURCES = {
    "terrain": (make_terrain, 16384),
    "rgb": (make_rgb, 12288),
    "blocks1024": (make_blocks1024, 12288),
}


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


def check_overviews(tool, target):
    """Drivers pass over options they do not know: then less would be done."""
    command = ["gdalinfo", "-json", str(target)]
    info = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    longest, wanted = max(info["size"]), 0
    while longest > 512:
        longest, wanted = longest // 2, wanted + 1
    for band in info["bands"]:
        found = len(band.get("overviews", []))
        if found != wanted:
            sys.exit(f"compare.py: {tool}: {found} overviews, {wanted} expected")


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
    if tool in COG_TOOLS:
        check_overviews(tool, target)
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


def ratios_to(results, reference):
    """Of the wall times within a round, which share the machine's mood."""
    return [ours["wall"] / its["wall"] for ours, its in zip(results, reference)]


def print_table(results, reference):
    ratio_title = f"wall, {TOOLS[reference][0]} = 1"
    print(f"| | wall s | CPU s | peak MiB | file MiB | {ratio_title} |")
    print("|---|---:|---:|---:|---:|---:|")
    for tool, runs in results.items():
        ratio = "-"
        if reference in results:
            ratio = f"{statistics.median(ratios_to(runs, results[reference])):.2f}"
        print(
            f"| {TOOLS[tool][0]} | {median_of(runs, 'wall'):.2f}"
            f" | {median_of(runs, 'cpu'):.2f}"
            f" | {median_of(runs, 'peak') / MIB:.0f}"
            f" | {median_of(runs, 'nbytes') / MIB:.1f} | {ratio} |"
        )


def print_ratios(results, reference):
    print()
    for tool, runs in results.items():
        if tool != reference:
            ratios = ratios_to(runs, results[reference])
            print(
                f"wall ratio median, {TOOLS[tool][0]} / {TOOLS[reference][0]}:"
                f" {statistics.median(ratios):.3f}"
                f" ({min(ratios):.3f} to {max(ratios):.3f})"
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
    parser.add_argument("--cog", action="store_true", help="LAYOUT=COG against COG")
    parser.add_argument("--size", type=int, help="pixels a side, of every source")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tools", type=names_of(TOOLS))
    parser.add_argument("--sources", type=names_of(SOURCES))
    parser.add_argument("--cache", type=Path, default=Path("/tmp/rowband-bench"))
    parser.add_argument("--make", choices=SOURCES, help=argparse.SUPPRESS)
    parser.add_argument("target", nargs="?", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.tools is None:
        arguments.tools = COG_TOOLS if arguments.cog else FLAT_TOOLS
    if arguments.sources is None:
        arguments.sources = list(SOURCES) if arguments.cog else ["terrain"]
    return arguments


def reference_of(arguments):
    """COG where it is asked for, or there and GTiff is not."""
    tools = arguments.tools
    cog = arguments.cog or (COG_REFERENCE in tools and REFERENCE not in tools)
    return COG_REFERENCE if cog else REFERENCE


def main():
    arguments = parse_arguments()
    if arguments.make:
        make, size = SOURCES[arguments.make]
        make(arguments.target, arguments.size or size)
        return
    arguments.cache.mkdir(parents=True, exist_ok=True)
    reference = reference_of(arguments)
    for name in arguments.sources:
        size = arguments.size or SOURCES[name][1]
        source = cached_source(arguments.cache, name, size)
        warm(source)
        results = run_rounds(arguments.tools, source, arguments.rounds, arguments.cache)
        print(f"\n{name}, {size} x {size}, medians of {arguments.rounds} rounds\n")
        print_table(results, reference)
        if reference == COG_REFERENCE and reference in results and len(results) > 1:
            print_ratios(results, reference)


if __name__ == "__main__":
    main()
