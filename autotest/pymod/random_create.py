# SPDX-License-Identifier: MIT
"""Random sequences of calls on datasets of GTiff's Create() and of ROWBAND's: each
call returns the same, and the files say the same.

usage: random_create.py FIRST COUNT

Prints what each case is about to do, then what came of it, a line of JSON each; so
that whoever runs it knows what it was at when it died. A case follows from its
number alone:

    GDAL_DRIVER_PATH=build/release python3 autotest/pymod/random_create.py NUMBER 1
"""

import json
import os
import random
import sys

from call_made import Calling
from gtiff_compare import collected_errors, differences
from osgeo import gdal
from random_calls import Calls, choose
from random_sources import WIDE_TYPES
from raster_seen import seen
from sources import ALL_TYPES

LOSSLESS = ["NONE", "DEFLATE", "LZW", "PACKBITS", "ZSTD", "LZMA"]
WHILE_WRITING, IN_STATE = "Cannot modify tag", "fails in its state"
# What a profile without GDAL's tags keeps of it depends on what else GTiff writes.
COLOURING = {"set_colour", "set_rgb", "set_colour_table"}
WRITING = {"write", "write_all", "write_resampled", "write_block", "fill"}


def say(**what):
    print(json.dumps(what), flush=True)


def block_options(rng, height):
    if rng.random() < 0.3:
        # Where the last strip is lower, GTiff leaves zeros in it for nodata.
        rows = [n for n in range(1, height + 1) if height % n == 0]
        return ["TILED=NO", f"BLOCKYSIZE={rng.choice(rows)}"]
    size = [rng.choice([16, 48, 64, 128, 256]) for _ in "xy"]
    if rng.random() < 0.6:
        size[1] = size[0]
    return ["TILED=YES", f"BLOCKXSIZE={size[0]}", f"BLOCKYSIZE={size[1]}"]


def sample_options(rng, gdal_type, count):
    """What samples mean; some of it GTiff refuses."""
    options = []
    if gdal_type == gdal.GDT_Byte:
        options += rng.choice([[]] * 4 + [["NBITS=4"], ["NBITS=1"]])
        if not options and int(gdal.VersionInfo()) < 3070000:
            options += rng.choice([[]] * 4 + [["PIXELTYPE=SIGNEDBYTE"]])
    if rng.random() < 0.4:
        # GTiff does not survive overviews of 8 bits in CMYK, or fails at them.
        choices = ["MINISBLACK", "MINISWHITE", "RGB"]
        choices += ["CMYK"] if gdal.GetDataTypeSize(gdal_type) > 8 else []
        photometric = rng.choice(choices)
        options.append(f"PHOTOMETRIC={photometric}")
    if count > 1 and rng.random() < 0.3:
        alpha = rng.choice("YES NO PREMULTIPLIED NON-PREMULTIPLIED".split())
        options.append(f"ALPHA={alpha}")
    return options


def file_options(rng):
    options = [f"COMPRESS={rng.choice(LOSSLESS)}"]
    for share, option in (
        (0.15, "SPARSE_OK=YES"),
        (0.1, "PROFILE=BASELINE"),
        (0.1, "PROFILE=GeoTIFF"),
        (0.1, "TFW=YES"),
        (0.1, "BIGTIFF=YES"),
    ):
        if rng.random() < share:
            options.append(option)
    return options


def of_all_bands(call, inside):
    return call[0] == "make_mask" or inside or call[2] == gdal.GMF_PER_DATASET


def can_be_beside(call, cog):
    """GTiff has a .msk file of one band for a mask of all, if it is told so of the
    first; and a COG's overviews do not heed those of single bands."""
    if call[0] != "make_mask_of_band":
        return True
    return call[1] == 1 if call[2] == gdal.GMF_PER_DATASET else not cog


def without_mixed_masks(calls, inside):
    """Masks of all bands, or of single ones: GTiff's .msk file can be made to be
    both."""
    kept, kind = [], None
    for call in calls:
        if call[0] in ("make_mask", "make_mask_of_band"):
            is_of_all = of_all_bands(call, inside)
            kind = is_of_all if kind is None else kind
            if kind != is_of_all:
                continue
        kept.append(call)
    return kept


def with_whole_first(calls):
    """GTiff leaves zeros in what is interleaved by pixel and of which some bands
    were written to, whatever nodata is."""
    for i, call in enumerate(calls):
        if call[0] in WRITING:
            return [*calls[:i], ["write_whole", 1], *calls[i:]]
    return calls


OF_ALL = {"set_nodata": "set_nodata_of_all", "delete_nodata": "delete_nodata_of_all"}


def with_one_nodata(calls, of_64_bits):
    """GTiff hangs where bands with overviews have different ones, or others than
    overviews that it has made already; or where they are of 64 bits."""
    calls = [[OF_ALL[c[0]], *c[2:]] if c[0] in OF_ALL else c for c in calls]
    building = [i for i, call in enumerate(calls) if call[0] == "build_overviews"]
    first, last = (-1, len(calls)) if of_64_bits else (building[0], building[-1])
    return [
        call
        for i, call in enumerate(calls)
        if call[0] not in OF_ALL.values() or not first < i < last
    ]


def without_late_nodata(calls):
    """Blocks of nothing but zeros, or nodata, GTiff leaves out of files without
    compression, and sparse ones: they take on what nodata becomes."""
    writes = [i for i, c in enumerate(calls) if c[0] in WRITING | {"write_whole"}]
    first = writes[0] if writes else len(calls)
    late = {*OF_ALL, *OF_ALL.values()}
    return [c for i, c in enumerate(calls) if i < first or c[0] not in late]


def without_point_taken_back(calls):
    """Once later GDALs' GTiff has written that pixels are points, it goes on saying so
    when metadata is set that does not; and moves the geotransform for it."""
    kept, is_point = [], False
    for call in calls:
        is_of_dataset = call[0] == "set_metadata" and call[1] == ""
        items = call[2] or {} if is_of_dataset else {}
        if is_point and is_of_dataset:
            continue
        is_point = is_point or items.get("AREA_OR_POINT") == "Point"
        kept.append(call)
    return kept


def with_words_in_imd(calls):
    """Later GDALs' GTiff puts other text into quotes once more each time it writes the
    .IMD file."""
    return [
        [*call[:2], {k: "".join(filter(str.isalnum, v)) for k, v in call[2].items()}]
        if call[0] == "set_metadata" and call[1] == "IMD" and call[2]
        else call
        for call in calls
    ]


def sees_masks_of_overviews(calls, inside):
    """Whether GTiff gives overviews masks whenever there is one."""
    names = [call[0] for call in calls]
    masks = [i for i, name in enumerate(names) if name.startswith("make_mask")]
    levels = [i for i, name in enumerate(names) if name == "build_overviews"]
    return not masks or not levels or (inside and max(masks) < min(levels))


class Case:
    """Options, and what is called."""

    def __init__(self, seed):
        rng = random.Random(seed)
        most = 300 if rng.random() < 0.3 else 90
        self.shape = [rng.randrange(1, most) for _ in "wh"]
        self.shape.append(rng.choice([1, 1, 1, 2, 3, 3, 4, 5]))
        self.shape.append(
            gdal.GDT_Byte if rng.random() < 0.4 else rng.choice(ALL_TYPES)
        )
        self.cog = rng.random() < 0.25
        self.inside = rng.random() < 0.7
        self.by_pixel = self.cog or rng.random() < 0.5
        self.choose_options(rng)
        self.choose_calls(rng)

    def choose_options(self, rng):
        count, gdal_type = self.shape[2:]
        both = file_options(rng) + sample_options(rng, gdal_type, count)
        blocks = block_options(rng, self.shape[1])
        interleave = f"INTERLEAVE={'PIXEL' if self.by_pixel else 'BAND'}"
        layout = [*blocks, interleave]
        if self.cog:
            size = rng.choice([64, 128, 256])
            blocks = ["TILED=YES", f"BLOCKXSIZE={size}", f"BLOCKYSIZE={size}"]
            layout = ["LAYOUT=COG", f"BLOCKSIZE={size}", "RESAMPLING=NEAREST"]
        budget = rng.choice(["BUDGET=1K", "BUDGET=64M", "BUDGET=64M"])
        self.options = {
            "GTiff": [*both, *blocks, interleave],
            "ROWBAND": [*both, *layout, budget],
        }

    def choose_calls(self, rng):
        calls = choose(Calls(rng, *self.shape), rng.randrange(1, 16))
        calls = without_mixed_masks(calls, self.inside)
        if not self.inside:
            calls = [call for call in calls if can_be_beside(call, self.cog)]
        if self.by_pixel and self.shape[2] > 1:
            calls = with_whole_first(calls)
        if any("PROFILE=" in option for option in self.options["GTiff"]):
            calls = [call for call in calls if call[0] not in COLOURING]
        if any(call[0] == "build_overviews" for call in calls):
            of_64_bits = gdal.GetDataTypeName(self.shape[3]) in WIDE_TYPES
            calls = with_one_nodata(calls, of_64_bits)
        if {"COMPRESS=NONE", "SPARSE_OK=YES"} & set(self.options["GTiff"]):
            calls = without_late_nodata(calls)
        if int(gdal.VersionInfo()) >= 3070000:
            calls = with_words_in_imd(without_point_taken_back(calls))
        self.calls = calls

    def told(self):
        return {
            "shape": [*self.shape[:3], gdal.GetDataTypeName(self.shape[3])],
            "options": " ".join(self.options["ROWBAND"]),
            "of GTiff": " ".join(self.options["GTiff"]),
            "mask inside": self.inside,
            "calls": [f"{call[0]}{tuple(call[1:])}" for call in self.calls],
        }


class Outcome:
    """What a driver makes of a case."""

    def __init__(self, case, driver, folder):
        self.path = f"{folder}/{driver}/out.tif"
        gdal.MkdirRecursive(f"{folder}/{driver}", 0o755)
        self.results, self.errors = [], []
        with collected_errors() as said:
            create = gdal.GetDriverByName(driver).Create
            dataset = create(self.path, *case.shape, case.options[driver])
        self.made = dataset is not None
        self.said = [args[2] for args in said if args[0] >= gdal.CE_Failure]
        if not self.made:
            return
        calling = Calling(dataset)
        for name, *given in case.calls:
            with collected_errors() as said:
                result = getattr(calling, name)(*given)
            errors = [args[2] for args in said if args[0] >= gdal.CE_Failure]
            state = "fails" if errors else "is made"
            if any(WHILE_WRITING in error for error in errors):
                state = IN_STATE
            self.results.append((repr(result), state))
        band = dataset.GetRasterBand(1)
        self.kept = band.GetOverviewCount(), band.GetMaskFlags() == gdal.GMF_PER_DATASET
        calling.dataset = None
        with collected_errors() as said:
            dataset = None
        self.said = [args[2] for args in said if args[0] >= gdal.CE_Failure]

    def has_overviews(self):
        with collected_errors():
            dataset = gdal.Open(self.path)
            return bool(dataset) and dataset.GetRasterBand(1).GetOverviewCount() > 0

    def seen(self, case, overviews):
        gdal.ErrorReset()
        with collected_errors():
            dataset = gdal.Open(self.path)
            if dataset is None:
                return None
            masks = sees_masks_of_overviews(case.calls, case.inside)
            found = seen(dataset, overviews, masks)
        files = gdal.ReadDir(os.path.dirname(self.path))
        found["files"] = sorted(f for f in files if not f.endswith(".msk"))
        return found


def say_methods_as_cogs(found, method):
    """From GDAL 3.9 on overviews of GTiff's say how they were made. Those of a COG do
    not; from 3.12 on its raster says it of all, and so does each that is read.
    @param method of those that the COG makes itself, if it does"""
    levels = found["bands"][0].get("overviews")
    if levels:
        method = levels[0]["domains"].get("", {}).get("RESAMPLING")
    if int(gdal.VersionInfo()) < 3120000:
        method = None
    if method is not None:
        storage = found["domains"].setdefault("IMAGE_STRUCTURE", {})
        storage["OVERVIEW_RESAMPLING"] = method
    for level in [n for band in found["bands"] for n in band.get("overviews", [])]:
        items = level["domains"].pop("", {})
        items.pop("RESAMPLING", None)
        if method is not None:
            items["RESAMPLING"] = method
        if items:
            level["domains"][""] = items


def order_as_cogs(found):
    for band in found["bands"]:
        band.get("overviews", []).sort(key=lambda level: level["size"], reverse=True)


def brief(text):
    return text if len(text) < 300 else f"{text[:150]} ... {text[-100:]}"


def compare_calls(case, ours, theirs):
    return [
        f"{call}: {brief(str(a))} for {brief(str(b))}"
        for call, a, b in zip(case.calls, ours.results, theirs.results)
        if a != b
    ]


def kept(found):
    """What GTiff may lose of it."""
    band = found["bands"][0]
    return len(band["overviews"]), band["mask"]["flags"] == gdal.GMF_PER_DATASET


def fails_by_itself(theirs):
    """GTiff cannot change a file that was flushed, looked through and written to,
    unless metadata has changed since then; and loses some blocks of few bits, and
    some overviews."""
    return bool(theirs.said) or any(said == IN_STATE for _, said in theirs.results)


def compare(case, ours, theirs):
    """@return outcome, what differs"""
    if fails_by_itself(theirs):
        return "GTiff fails by itself", []
    if ours.made != theirs.made:
        return ("lost" if theirs.made else "ours alone"), [*ours.said, *theirs.said]
    if not theirs.made:
        return "refused", []
    found = compare_calls(case, ours, theirs)
    expected = theirs.seen(case, True)
    has_overviews = bool(expected and expected["bands"][0]["overviews"])
    if expected and kept(expected) != theirs.kept:
        return "GTiff fails by itself", []
    if not has_overviews and case.cog:
        # Those that are made then.
        expected = theirs.seen(case, False)
    if expected and case.cog:
        say_methods_as_cogs(expected, "NEAREST" if ours.has_overviews() else None)
        order_as_cogs(expected)
    made = ours.seen(case, has_overviews or not case.cog)
    if made is None or expected is None:
        if made is not expected:
            found += ["no file", *ours.said, *theirs.said]
    else:
        found += [brief(line) for line in differences(made, expected)]
    return ("differs" if found else "same"), found


def one(seed):
    folder = f"/vsimem/random_create_{seed}"
    case = Case(seed)
    say(seed=seed, doing="make", case=case.told())
    inside = "YES" if case.inside else "NO"
    gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", inside)
    say(doing="GTiff")
    theirs = Outcome(case, "GTiff", folder)
    say(doing="ROWBAND")
    ours = Outcome(case, "ROWBAND", folder)
    say(doing="compare")
    outcome, found = compare(case, ours, theirs)
    say(seed=seed, outcome=outcome, said=found)
    gdal.RmdirRecursive(folder)


def main():
    gdal.DontUseExceptions()
    first, count = int(sys.argv[1]), int(sys.argv[2])
    for seed in range(first, first + count):
        one(seed)


if __name__ == "__main__":
    main()
