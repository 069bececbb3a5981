#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What ZLEVEL=AUTO does on which data: a Markdown table.

usage: levels.py [--rounds N] [--size N] [--cache DIR] [RASTER...]

Without rasters, those of sources.py that are made by formulas. Each is held in memory,
not compressed, and copied to memory on one thread, without a predictor and with the
usual one, at level 6 and with AUTO in turn: processor time is the median of the rounds,
and so is the ratio of the two within a round. The plugins are those in
GDAL_DRIVER_PATH.
"""

import argparse
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from osgeo import gdal
from sources import file_of

FORMULAS = ("terrain", "rgb", "float32")
LEAST_SECONDS = 0.1  # that a round measures at once
SOURCE, TARGET = "/vsimem/source.tif", "/vsimem/target.tif"
COLUMNS = ("raster", "predictor", "processor ms", "ratio", "file, %")


@dataclass(frozen=True)
class Made:
    seconds: float
    nbytes: int


def copy(source, predictor, level, times):
    options = ["NUM_THREADS=1", f"PREDICTOR={predictor}", f"ZLEVEL={level}"]
    driver = gdal.GetDriverByName("ROWBAND")
    start = time.process_time()
    for _ in range(times):
        driver.CreateCopy(TARGET, source, options=options)
    seconds = (time.process_time() - start) / times
    return Made(seconds, gdal.VSIStatL(TARGET).size)


def times_for(source, predictor):
    """How often to copy, for the clock to have something to measure."""
    once = copy(source, predictor, 6, 1).seconds
    return max(1, round(LEAST_SECONDS / max(once, 1e-4)))


def rounds_of(source, predictor, count):
    """Pairs of level 6 and AUTO."""
    times = times_for(source, predictor)
    return [
        tuple(copy(source, predictor, level, times) for level in ("6", "AUTO"))
        for _ in range(count)
    ]


def cells(pairs):
    usual, auto = [
        statistics.median(pair[i].seconds for pair in pairs) for i in range(2)
    ]
    ratios = sorted(auto.seconds / usual.seconds for usual, auto in pairs)
    larger = 100 * (pairs[0][1].nbytes / pairs[0][0].nbytes - 1)
    return [
        f"{1000 * usual:.1f} → {1000 * auto:.1f}",
        f"**{statistics.median(ratios):.2f}** ({ratios[0]:.2f}–{ratios[-1]:.2f})",
        f"{larger:+.1f}",
    ]


def about(source):
    band = source.GetRasterBand(1)
    name = gdal.GetDataTypeName(band.DataType)
    sides = f"{source.RasterXSize}×{source.RasterYSize}"
    return f"{source.RasterCount} × {name} {sides}"


def usual_predictor(source):
    name = gdal.GetDataTypeName(source.GetRasterBand(1).DataType)
    return 3 if name.startswith("Float") else 2


def print_line(words):
    print("|", " | ".join(words), "|", flush=True)


def measure(path, rounds):
    source = gdal.Translate(SOURCE, str(path), creationOptions=["TILED=YES"])
    for predictor in (1, usual_predictor(source)):
        print(f"{path}, predictor {predictor}", file=sys.stderr)
        pairs = rounds_of(source, predictor, rounds)
        name = f"{Path(path).stem}, {about(source)}"
        print_line([name, str(predictor), *cells(pairs)])
    source = None
    for name in (SOURCE, TARGET):
        gdal.GetDriverByName("GTiff").Delete(name)  # with its mask


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", type=int, default=4096, help="of what is made")
    parser.add_argument("--cache", type=Path, default=Path("/tmp/rowband-bench"))
    parser.add_argument("rasters", nargs="*")
    return parser.parse_args()


def main():
    gdal.UseExceptions()
    arguments = parse_arguments()
    paths = arguments.rasters
    if not paths:
        arguments.cache.mkdir(parents=True, exist_ok=True)
        paths = [file_of(name, arguments.size, arguments.cache) for name in FORMULAS]
    print_line(COLUMNS)
    print_line(["---", "---:", "---:", "---", "---:"])
    for path in paths:
        measure(path, arguments.rounds)


if __name__ == "__main__":
    main()
