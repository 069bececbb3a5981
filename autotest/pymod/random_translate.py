# SPDX-License-Identifier: MIT
"""Random sources translated with random options by GTiff and by ROWBAND.

usage: random_translate.py FIRST COUNT [KIND]

Prints what each case is about to do, then what came of it, a line of JSON each; so
that whoever runs it knows what it was at when it died. A case follows from its
number alone:

    GDAL_DRIVER_PATH=build/release python3 autotest/pymod/random_translate.py NUMBER 1
"""

import ctypes
import json
import os
import random
import shutil
import sys
import tempfile
import time

import later_gdal
import numpy as np
import random_options as options_of
from gtiff_compare import collected_errors
from osgeo import gdal
from random_sources import config
from random_vrts import KINDS
from readings import alike, lies_within, readings
from stored import read_bytes, stored_tiles
from vrt_cells import cell_size

# What GTiff's pixels may depend on if GDAL computes them: in which windows it reads.
SWATHS = [
    ({"GDAL_SWATH_SIZE": "1"}, ["TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=16"]),
    ({"GDAL_SWATH_SIZE": "1"}, ["BLOCKYSIZE=1"]),
    ({"GDAL_SWATH_SIZE": "1"}, ["INTERLEAVE=BAND", "BLOCKYSIZE=37"]),
    ({"GDAL_SWATH_SIZE": "1"}, ["BLOCKYSIZE=128"]),
    ({"GDAL_SWATH_SIZE": "1"}, ["TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512"]),
    ({"GDAL_SWATH_SIZE": "3000000"}, ["COMPRESS=DEFLATE", "BLOCKYSIZE=9"]),
    ({"GDAL_SWATH_SIZE": "100000000"}, []),
    ({"GDAL_SWATH_SIZE": "100000000"}, ["INTERLEAVE=BAND"]),
]


def say(**what):
    print(json.dumps(what), flush=True)


class Case:
    """A source, how it is translated, and by which options of ours."""

    def __init__(self, seed, folder, kind=None):
        rng = random.Random(seed)
        kinds = list(KINDS)
        self.seed, self.folder = seed, folder
        self.kind = kind or kinds[seed % len(kinds)]
        with collected_errors():
            self.open = KINDS[self.kind](rng, folder)
            self.source = self.open()
        if self.source is None:
            return
        later_gdal.hold(self.source)
        self.changed = options_of.change_in_memory(rng, self.source)
        self.translate = options_of.translate_options(rng, self.source)
        if self.kind == "derived, Python":
            self.translate = options_of.without_wide_types(self.translate)
        self.creation = options_of.creation_options(rng)
        self.speeds = [options_of.speed_options(rng) for _ in "12"]
        self.caches = [options_of.cache_size(rng) for _ in "12"]
        self.by_vrt = rng.random() < 0.5
        self.ours_first = rng.random() < 0.3
        self.wrapped = None
        if "-scale" in self.translate:
            self.settle_range()

    def settle_range(self):
        """GDAL computes the range of pixels the first time that -scale asks, and has
        it from statistics with fewer digits afterwards."""
        with collected_errors():
            words = [*self.translate, "-of", "VRT"]
            gdal.Translate("", self.source, options=words)

    def told(self):
        return {
            "kind": self.kind,
            "in memory": self.changed,
            "translate": " ".join(self.translate),
            "creation": " ".join(self.creation),
            "speeds": self.speeds,
            "caches": self.caches,
            "form": "VRT in memory" if self.by_vrt else "one call",
            "ours first": self.ours_first,
        }

    def wrap(self):
        """What drivers are given: a VRT in memory, or the source itself."""
        if not self.translate:
            return self.source
        if self.wrapped is None:
            words = [*self.translate, "-of", "VRT"]
            self.wrapped = gdal.Translate("", self.source, options=words)
        return self.wrapped

    def copy(self, driver, name, creation):
        """@return the file's name, and what GDAL failed at"""
        path, errors = self.copy_as(driver, name, creation, self.by_vrt)
        if path is None and driver == "GTiff" and not errors:
            # gdal_translate fails where GTiff warns while it is flushed.
            return self.copy_as(driver, name, creation, by_vrt=True)
        return path, errors

    def copy_as(self, driver, name, creation, by_vrt):
        path = f"{self.folder}/{name}.tif"
        with collected_errors() as said:
            if not by_vrt:
                words = [*self.translate, "-of", driver]
                for option in creation:
                    words += ["-co", option]
                made = gdal.Translate(path, self.source, options=words)
            else:
                wrapped = self.wrap()
                made = wrapped and gdal.GetDriverByName(driver).CreateCopy(
                    path, wrapped, strict=0, options=creation
                )
            ok = made is not None
            made = None
        errors = [args[2] for args in said if args[0] >= gdal.CE_Failure]
        return (path if ok else None), errors


class Raster:
    """All of a file that is compared."""

    def __init__(self, path):
        with collected_errors() as said:
            dataset = gdal.Open(path)
            bands = [dataset.GetRasterBand(i + 1) for i in range(dataset.RasterCount)]
            self.pixels = [band.ReadAsArray() for band in bands]
            self.masks = [band.GetMaskBand().ReadAsArray() for band in bands]
            self.says = [self.words(band) for band in bands]
        self.errors = [args[2] for args in said if args[0] >= gdal.CE_Failure]

    @staticmethod
    def words(band):
        return {
            "type": gdal.GetDataTypeName(band.DataType),
            "nodata": repr(band.GetNoDataValue()),
            "mask flags": band.GetMaskFlags(),
            "interpretation": band.GetColorInterpretation(),
            "scale": (band.GetScale(), band.GetOffset()),
            "bits": band.GetMetadataItem("NBITS", "IMAGE_STRUCTURE"),
        }

    def planes(self):
        return self.pixels + self.masks


def differing(ours, theirs):
    """@return what differs, in words; none if nothing does"""
    if [p.shape for p in ours.planes()] != [p.shape for p in theirs.planes()]:
        return ["size or number of bands"]
    found = [f"{a} != {b}" for a, b in zip(ours.says, theirs.says) if a != b]
    count = len(ours.pixels)
    for i, (a, b) in enumerate(zip(ours.planes(), theirs.planes())):
        if a.tobytes() != b.tobytes():
            # NaNs are equal whatever their bits.
            where = ~alike(a, b)
            if where.any():
                y, x = np.argwhere(where)[0]
                found.append(
                    f"{'mask' if i >= count else 'band'} {i % count + 1}: "
                    f"{int(where.sum())} of {where.size} pixels, first at ({x}, {y}):"
                    f" {a[y, x]!r} for {b[y, x]!r}"
                )
    return found


def cell_swath(dataset):
    """Has GTiff read in ROWBAND's cells, where one is as wide as the raster."""
    width = dataset.RasterXSize
    rows = cell_size(dataset)[1]
    types = [dataset.GetRasterBand(i + 1).DataType for i in range(dataset.RasterCount)]
    nbytes = sum(gdal.GetDataTypeSize(name) // 8 for name in types)
    swath = {"GDAL_SWATH_SIZE": str(rows * width * nbytes)}
    return swath, [f"BLOCKYSIZE={rows}", "INTERLEAVE=PIXEL"]


def by_swaths(case):
    """GTiff's result for other windows that it may read in."""
    found = []
    for i, (settings, creation) in enumerate([*SWATHS, cell_swath(case.wrap())]):
        forget_blocks()
        with config(**settings):
            path, _ = case.copy("GTiff", f"swath{i}", creation)
        if path is not None:
            found.append(Raster(path))
            gdal.Unlink(path)
    return found


TRIES_MAX = 4


M_PERTURB, M_MMAP_MAX = -6, -4  # mallopt()'s, in glibc
MMAP_MAX = 65536  # glibc's own


LIBC = ctypes.CDLL(None)
LIBC.malloc.restype = ctypes.c_void_p
LIBC.free.argtypes = [ctypes.c_void_p]
LIBC.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]


def leave_in_small_pieces(byte):
    """In those that glibc hands out again as they are."""
    sizes = [size for size in range(24, 1033, 16) for _ in range(7)]
    pieces = [LIBC.malloc(size) for size in sizes]
    for piece, size in zip(pieces, sizes):
        LIBC.memset(piece, byte, size)
    for piece in pieces:
        LIBC.free(piece)


def forget_blocks():
    """Has GDAL compute again what it holds of a VRT that was read before."""
    gdal.SetCacheMax(0)
    gdal.SetCacheMax(64 << 20)


def over_memory_of(case, byte):
    """GTiff's result where memory that nobody has written to holds that byte."""
    forget_blocks()
    # What is mapped is zero.
    LIBC.mallopt(M_MMAP_MAX, 0)
    LIBC.mallopt(M_PERTURB, byte)
    leave_in_small_pieces(byte)
    try:
        path, _ = case.copy("GTiff", f"over{byte}", [])
    finally:
        LIBC.mallopt(M_PERTURB, 0)
        LIBC.mallopt(M_MMAP_MAX, MMAP_MAX)
    return Raster(path)


def again_after_others(case, number):
    """GTiff's result where the blocks that GDAL uses again have held others."""
    forget_blocks()
    gdal.SetCacheMax((1 << 20) if number % 2 else (64 << 20))
    other = gdal.GetDriverByName("MEM").Create("", 400, 400, 3, gdal.GDT_Float64)
    for band in range(1, 4):
        other.GetRasterBand(band).Fill(1e9 * (number + 1))
    gdal.Translate("", other, options="-of VRT -outsize 37% 41%").ReadAsArray()
    path, _ = case.copy("GTiff", f"again{number}", [])
    gdal.SetCacheMax(64 << 20)
    return Raster(path)


def at_first(case):
    """GTiff's result of a dataset that nothing was read of before: GDAL may decide
    otherwise once it has."""
    folder = f"{case.folder}/first"
    os.makedirs(folder, exist_ok=True)
    gdal.MkdirRecursive(f"/vsimem{folder}", 0o755)
    path, _ = Case(case.seed, folder, case.kind).copy("GTiff", "first", [])
    return [Raster(path)] if path is not None else []


def unset_by_gdal(case):
    """Where GDAL leaves pixels as they happen to lie in memory, by plane: there
    GTiff's own differ from time to time."""
    times = [over_memory_of(case, byte) for byte in (0x55, 0xAA)]
    times += at_first(case)
    times += [again_after_others(case, number) for number in range(4)]
    planes = zip(*[one.planes() for one in times])
    unset = [~np.all([alike(a, one[0]) for a in one[1:]], axis=0) for one in planes]
    bands = len(times[0].pixels)
    # A mask may follow from pixels that are nodata by chance, which none of these
    # bytes make.
    any_band = np.any(unset[:bands], axis=0)
    return unset[:bands] + [mask | any_band for mask in unset[bands:]]


def same_where_set(ours, expected, unset):
    planes = zip(ours.planes(), expected.planes(), unset)
    return all((alike(a, b) | free).all() for a, b, free in planes)


def same_where_gdal_sets(case, one, two):
    """@return whether they are, and where GDAL is known to leave pixels unset"""
    unset = unset_by_gdal(case)
    for _ in range(TRIES_MAX):
        if same_where_set(one, two, unset):
            return True, unset
        # Memory that was used before may hold the same by chance.
        unset = [a | b for a, b in zip(unset, unset_by_gdal(case))]
    return same_where_set(one, two, unset), unset


def compare(case, path, theirs):
    """@return outcome, what differs"""
    ours, expected = Raster(path), Raster(theirs)
    found = differing(ours, expected)
    if not found:
        return "same", []
    if ours.says != expected.says or found[0].startswith("size"):
        return "differs", found
    same, unset = same_where_gdal_sets(case, ours, expected)
    if same:
        return "GDAL leaves pixels unset", []
    variants = by_swaths(case)
    moves = any(differing(variant, expected) for variant in variants)
    variants.append(expected)
    if moves and lies_within(ours, [*variants, *readings(case.wrap())], unset):
        return "GTiff's own depends on its windows", []
    if later_gdal.moves_to(case.wrap(), [ours], variants, unset):
        return later_gdal.MOVES, []
    return ("differs where GTiff's depends" if moves else "differs"), found


def tiles_of(path):
    return [tile or b"" for tile in stored_tiles(path).values()]


def run(case):
    """@return outcome, and what there is to say of it"""

    def ours(i):
        gdal.SetCacheMax(case.caches[i])
        say(doing="ROWBAND")
        return case.copy("ROWBAND", f"ours{i}", case.creation + case.speeds[i])

    gdal.SetCacheMax(64 << 20)
    path, said = ours(0) if case.ours_first else (None, [])
    gdal.SetCacheMax(64 << 20)
    say(doing="GTiff")
    theirs, wrong = case.copy("GTiff", "theirs", [])
    if not case.ours_first:
        path, said = ours(0)
    if theirs is None or path is None:
        if (theirs is None) == (path is None):
            return "refused", []
        return "lost" if path is None else "ours alone", [*said[:2], *wrong[:2]]
    again, said = ours(1)
    if again is None:
        return "lost", said
    gdal.SetCacheMax(64 << 20)
    say(doing="compare")
    outcome, found = compare(case, path, theirs)
    return compare_speeds(case, path, again, outcome, found)


def compare_speeds(case, path, again, outcome, found):
    """The whole file is to be the same whatever may only change the speed."""
    if read_bytes(path) == read_bytes(again):
        return outcome, found
    one, two = Raster(path), Raster(again)
    pixels = differing(two, one)
    if not pixels:
        # The order of tiles: see driver/README.md, Contracts.
        same = sorted(tiles_of(path)) == sorted(tiles_of(again))
        return (outcome, found) if same else ("other bytes", found)
    same, unset = same_where_gdal_sets(case, one, two)
    if same:
        return outcome, found
    if later_gdal.moves_to(case.wrap(), [one, two], unset=unset):
        return later_gdal.MOVES, []
    return "other pixels", [*found, "pixels depend on speed", *pixels]


def one(seed, kind):
    folder = tempfile.mkdtemp(prefix="translate")
    gdal.MkdirRecursive(f"/vsimem{folder}", 0o755)
    began = time.monotonic()
    say(seed=seed, doing="make")
    case = Case(seed, folder, kind)
    if case.source is None:
        say(seed=seed, outcome="unopened", kind=case.kind)
    else:
        say(seed=seed, case=case.told())
        outcome, found = run(case)
        seconds = round(time.monotonic() - began, 2)
        say(seed=seed, outcome=outcome, kind=case.kind, said=found, s=seconds)
    case = None
    if "ROWBAND_KEEP" not in os.environ:
        shutil.rmtree(folder)
        gdal.RmdirRecursive(f"/vsimem{folder}")


def main():
    gdal.DontUseExceptions()
    gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES")
    gdal.SetConfigOption("GDAL_VRT_ENABLE_PYTHON", "YES")
    first, count = int(sys.argv[1]), int(sys.argv[2])
    for seed in range(first, first + count):
        one(seed, sys.argv[3] if len(sys.argv) > 3 else None)


if __name__ == "__main__":
    main()
