#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Many copies of a small raster in one process: what opening and closing take.

usage: copies.py SOURCE TARGET DRIVER COUNT [NAME=VALUE ...]

Prints the time of one: wall=SECONDS cpu=SECONDS nbytes=N
"""

import os
import sys
import time

from osgeo import gdal


def copy(source, target, driver, options):
    dataset = gdal.Open(source)
    gdal.GetDriverByName(driver).CreateCopy(target, dataset, options=options)


def main():
    gdal.UseExceptions()
    source, target, driver, count, *options = sys.argv[1:]
    count = int(count)
    copy(source, target, driver, options)  # what is only done once
    wall, cpu = time.monotonic(), time.process_time()
    for _ in range(count):
        copy(source, target, driver, options)
    wall, cpu = time.monotonic() - wall, time.process_time() - cpu
    nbytes = os.path.getsize(target)
    print(f"wall={wall / count:.9f} cpu={cpu / count:.9f} nbytes={nbytes}")


if __name__ == "__main__":
    main()
