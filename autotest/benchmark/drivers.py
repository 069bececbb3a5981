#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One table over all drivers that this GDAL can create a raster with: is what
ROWBAND copies from a source of at least 10 million pixels what GTiff copies, how
much of the file is read for it, and how long does it take, as parts of GTiff's.

    GDAL_DRIVER_PATH=build/release /usr/bin/python3 autotest/benchmark/drivers.py

Each copy is a process of its own, into memory, so that all bytes that the system
counts as read (/proc/self/io) are of the source or of GDAL's data files; a block
that is decoded again is read again, unless the driver has read all of the file
before. What is decoded again from memory shows in processor time. Times are until
the copy is closed, the least of some rounds; where ROWBAND's seem more than 1.2 of
GTiff's, of some more, since other processes show in them.
"""

import argparse
import hashlib
import json
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

from osgeo import gdal

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "pymod"))

from creatable import bytes_read, creatable, make_source, reads  # noqa: E402

gdal.DontUseExceptions()

SIZE = 3500, 3000
PATIENCE_S = 600
SLOW, MORE_ROUNDS = 1.2, 5


def processor_s():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def copy(tool, name, path, behind_vrt):
    """In a process of its own: one copy, and what it took."""
    source = gdal.OpenEx(path, gdal.OF_RASTER, reads(name))
    blocks = "{}x{}".format(*source.GetRasterBand(1).GetBlockSize())
    if behind_vrt == "yes":
        cut = [5, 7, source.RasterXSize - 11, source.RasterYSize - 13]
        source = gdal.Translate("", source, format="VRT", srcWin=cut)
    read, wall = bytes_read(), time.monotonic()
    cpu = processor_s()
    made = gdal.GetDriverByName(tool).CreateCopy(
        "/vsimem/out.tif", source, 0, ["COMPRESS=NONE"]
    )
    # GTiff leaves tens of megabytes in GDAL's cache: they are written only now.
    failed, made = made is None, None
    taken = {
        "wall": time.monotonic() - wall,
        "cpu": processor_s() - cpu,
        "read": bytes_read() - read,
        "blocks": blocks,
        "bands": source.RasterCount,
        "type": gdal.GetDataTypeName(source.GetRasterBand(1).DataType),
        "failed": failed,
    }
    if not failed:
        made = gdal.Open("/vsimem/out.tif")
        digest = hashlib.sha256()
        for band in range(1, made.RasterCount + 1):
            for y in range(0, made.RasterYSize, 256):
                rows = min(256, made.RasterYSize - y)
                digest.update(
                    made.GetRasterBand(band).ReadRaster(0, y, made.RasterXSize, rows)
                )
        taken["pixels"] = digest.hexdigest()
    print(json.dumps(taken))


def run(tool, name, path, behind_vrt):
    """@return what it took, or None if it failed"""
    command = [sys.executable, __file__, "--copy", tool, name, path, behind_vrt]
    try:
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE_S,
        )
    except subprocess.TimeoutExpired:
        return None
    if done.returncode != 0:
        return None
    taken = json.loads(done.stdout.splitlines()[-1])
    return None if taken["failed"] else taken


def is_slow(best):
    return best["ROWBAND"]["wall"] > SLOW * best["GTiff"]["wall"]


def least(name, path, args):
    """@return what each tool took at least, in rounds of both; None for one that
    failed"""
    best = {}
    for number in range(args.rounds + MORE_ROUNDS):
        if number >= args.rounds and not is_slow(best):
            break
        for tool in ("GTiff", "ROWBAND"):
            taken = run(tool, name, path, "yes" if args.srcwin else "no")
            before = best.setdefault(tool, taken)
            if taken is None:
                best[tool] = None
                continue
            for what in ("wall", "cpu", "read"):
                before[what] = min(before[what], taken[what])
        if None in best.values():
            break
    return best


def row(name, path, args):
    best = least(name, path, args)
    failed = [tool for tool, taken in best.items() if taken is None]
    if failed:
        return f"| {name} | | | {' and '.join(failed)} cannot copy it in {PATIENCE_S} s | | | |"
    theirs, ours = best["GTiff"], best["ROWBAND"]
    same = "equal" if theirs["pixels"] == ours["pixels"] else "**differ**"
    cells = [
        name,
        f"{ours['bands']} {ours['type']}",
        ours["blocks"],
        same,
        f"{theirs['read'] / 1e6:.1f} → {ours['read'] / 1e6:.1f} MB",
        f"{theirs['cpu']:.2f} → {ours['cpu']:.2f} s",
        f"{theirs['wall']:.2f} → {ours['wall']:.2f} s"
        f" ({ours['wall'] / max(theirs['wall'], 1e-3):.2f})",
    ]
    return "| " + " | ".join(cells) + " |"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--copy", nargs=4, help=argparse.SUPPRESS)
    parser.add_argument("--folder", default="build/drivers", help="for sources")
    parser.add_argument(
        "--srcwin", action="store_true", help="all but its edges, by way of a VRT"
    )
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("drivers", nargs="*", help="all if none is named")
    args = parser.parse_args()
    if args.copy:
        return copy(*args.copy)
    folder = Path(args.folder)
    folder.mkdir(parents=True, exist_ok=True)
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    names = args.drivers or creatable()
    print("| driver | source | blocks | pixels | read | processor | wall |")
    print("|---|---|---|---|---|---|---|")
    for name in names:
        path, reason = make_source(folder, name, SIZE)
        if path is None:
            print(f"| {name} | | | no source: {reason} | | | |", flush=True)
            continue
        print(row(name, path, args), flush=True)
        shutil.rmtree(Path(path).parent)
    return None


if __name__ == "__main__":
    main()
