# SPDX-License-Identifier: MIT
"""Runs command lines on rasters with our driver and with GDAL's, and compares all
that GDAL tells of the results.

usage: corpus_compare.py find < NAMES        which are rasters, with subdatasets
       corpus_compare.py lines < JOBS        each a line of JSON: [raster, line...]

Prints what it is about to do, then what came of it, a line of JSON each; so that
whoever runs it knows what it was at when it died. See corpus_batches.py."""

import contextlib
import ctypes
import json
import os
import re
import shutil
import signal
import sys
import tempfile

import random_batches
import random_translate
from cog_compare import DEFAULTS as COG_DEFAULTS
from cog_compare import complaints
from corpus_lines import LINES, facts_of
from gtiff_compare import (
    OURS_ALONE,
    bands,
    describe,
    differences,
    gtiff_options,
    tool_complaints,
)
from osgeo import _gdal, gdal

# What takes longer hangs: SIGALRM ends the process.
STEP_S = 60
# More samples than this are left to others: all lines take too long.
SAMPLES_MAX = 8 << 20
SUBDATASETS_MAX = 4


def say(**what):
    print(json.dumps(what), flush=True)


HANDLER = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_int, ctypes.c_char_p)
LIBRARY = ctypes.CDLL(_gdal.__file__)


@contextlib.contextmanager
def collected_errors():
    """Collects what GDAL says, as (class, number, message), also what is no text."""
    said = []
    handler = HANDLER(lambda a, b, text: said.append((a, b, text.decode("latin-1"))))
    LIBRARY.CPLPushErrorHandler(handler)
    try:
        yield said
    finally:
        LIBRARY.CPLPopErrorHandler()


###############################################################################
# Which there are


def subdatasets(dataset):
    listed = dataset.GetMetadata_Dict("SUBDATASETS") or {}
    names = [listed[key] for key in listed if key.endswith("_NAME")]
    return names[:SUBDATASETS_MAX]


def find(name):
    signal.alarm(STEP_S)
    say(raster=name, doing="open")
    with collected_errors():
        dataset = gdal.Open(name)
        if dataset is None:
            say(raster=name, outcome="no raster", said=[])
            return
        samples = dataset.RasterXSize * dataset.RasterYSize * dataset.RasterCount
        driver = dataset.GetDriver().ShortName
        inner = subdatasets(dataset) if samples == 0 else []
        del dataset
    for each in inner:
        find(each)
    small = 0 < samples <= SAMPLES_MAX
    outcome = "raster" if small else "too large" if samples else "no raster"
    say(raster=name, outcome=outcome, driver=driver, said=[])


###############################################################################
# All that is told of one


def all_of(path):
    """@return what GDAL tells, in nested structures; pixels by their bytes"""
    dataset = gdal.Open(path)
    told = describe(dataset)
    told.pop("stac", None)  # the same in other words
    told.pop("coordinateSystem", None)
    told["crs"] = crs_of(dataset.GetSpatialRef())
    told["GCPs"] = [gcp_of(gcp) for gcp in dataset.GetGCPs()]
    told["crs of GCPs"] = crs_of(dataset.GetGCPSpatialRef())
    told["mask domains"] = [
        band.GetMaskBand().GetMetadata_Dict() for band in bands(dataset)
    ]
    told["levels"] = [
        [level_of(one) for one in levels(band)] for band in bands(dataset)
    ]
    told["tables"] = [table_of(band.GetDefaultRAT()) for band in bands(dataset)]
    told["histograms"] = [band.GetDefaultHistogram(force=0) for band in bands(dataset)]
    return told


def crs_of(crs):
    return crs and {
        "WKT": crs.ExportToWkt(["FORMAT=WKT2_2019"]),
        "axes": crs.GetDataAxisToSRSAxisMapping(),
        "epoch": crs.GetCoordinateEpoch(),
    }


def gcp_of(gcp):
    at = gcp.GCPPixel, gcp.GCPLine, gcp.GCPX, gcp.GCPY, gcp.GCPZ
    return [*at, gcp.Id, gcp.Info]


def levels(band):
    return [band] + [band.GetOverview(i) for i in range(band.GetOverviewCount())]


def level_of(band):
    mask = band.GetMaskBand()
    return {
        "size": (band.XSize, band.YSize, gdal.GetDataTypeName(band.DataType)),
        "block": band.GetBlockSize(),
        "flags": band.GetMaskFlags(),
        "nodata": repr(band.GetNoDataValue()),
        "interpretation": band.GetColorInterpretation(),
        "pixels": Pixels(band),
        "mask": Pixels(mask),
    }


class Pixels:
    """Those of a band, which tell where they differ and not what they are."""

    def __init__(self, band):
        self.data = band.ReadRaster()

    def __repr__(self):
        return "none" if self.data is None else f"{hash(bytes(self.data)):x}"


def table_of(table):
    if table is None:
        return None
    rows, columns = range(table.GetRowCount()), range(table.GetColumnCount())
    return {
        "columns": [
            (table.GetNameOfCol(i), table.GetTypeOfCol(i), table.GetUsageOfCol(i))
            for i in columns
        ],
        "kind": table.GetTableType(),
        "rows": [[table.GetValueAsString(row, i) for i in columns] for row in rows],
    }


###############################################################################
# One line


class Made:
    """What a driver makes of a line.
    @param masks whether GTiff is to put them into the file, where ours are"""

    def __init__(self, driver, line, raster, facts, folder, masks="YES"):
        self.folder = f"{folder}/{driver}"
        shutil.rmtree(self.folder, ignore_errors=True)
        os.mkdir(self.folder)
        gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", masks)
        self.path = f"{self.folder}/out.tif"
        words = [*line.options(facts), "-of", driver]
        for option in creation_of(line, driver):
            words += ["-co", option]
        with collected_errors() as said:
            made = program_of(line)(self.path, raster, options=words)
            self.ok = made is not None
            del made
        self.said = {self.plain(*args) for args in said}

    def plain(self, kind, number, text):
        return kind, text.replace(self.folder, "").replace("out.tif", "")

    def failures(self):
        return [text for kind, text in self.said if kind >= gdal.CE_Failure]

    def files(self):
        """Names of those beside the raster, with what they hold if that is no
        raster, too."""
        return {name: self.content(name) for name in os.listdir(self.folder)}

    def content(self, name):
        if name.endswith((".tif", ".msk", ".ovr")):
            return None
        with open(f"{self.folder}/{name}", "rb") as file:
            return file.read()

    def told(self):
        files = self.files()
        with collected_errors() as said:
            told = all_of(self.path)
        told["files"] = files
        self.read_said = {self.plain(*args) for args in said}
        return told


def program_of(line):
    return gdal.Warp if line.program == "warp" else gdal.Translate


def creation_of(line, driver):
    given = line.creation_options()
    if driver == "ROWBAND":
        given += os.environ.get("ROWBAND_CORPUS_SPOIL", "").split()
        return [*given, "LAYOUT=COG"] if line.expected == "COG" else given
    if driver == "GTiff":
        return gtiff_options(given)
    named = dict(option.split("=", 1) for option in given)
    merged = {**COG_DEFAULTS, **named}
    return [f"{key}={merged[key]}" for key in merged if key not in OURS_ALONE]


class Case:
    """The line as random_translate.py has it, to ask whether GTiff's own result is
    what it is to be."""

    def __init__(self, line, raster, facts, folder):
        self.line, self.raster, self.facts = line, raster, facts
        self.folder = f"{folder}/windows"
        os.mkdir(self.folder)
        self.wrapped = None

    def wrap(self):
        if self.wrapped is None:
            words = [*self.line.options(self.facts), "-of", "VRT"]
            self.wrapped = program_of(self.line)("", self.raster, options=words)
        return self.wrapped

    def copy(self, driver, name, creation):
        path = f"{self.folder}/{name}.tif"
        words = [*self.line.options(self.facts), "-of", driver]
        for option in creation:
            words += ["-co", option]
        with collected_errors() as said:
            ok = gdal.Translate(path, self.raster, options=words) is not None
        return (path if ok else None), [args[2] for args in said]


# GTiff puts those into a .msk file, as we do, if it is not told otherwise.
MASKS_OF_BANDS = "The only flag value supported for internal mask"


def said_otherwise(ours, theirs):
    found = [f"says {text!r}" for _, text in sorted(ours - theirs)]
    return found + [f"keeps silent: {text!r}" for _, text in sorted(theirs - ours)]


def compare(line, raster, facts, folder):
    """@return outcome, and what differs, in words"""
    say(doing=line.expected)
    theirs = Made(line.expected, line, raster, facts, folder)
    if any(MASKS_OF_BANDS in text for _, text in theirs.said):
        theirs = Made(line.expected, line, raster, facts, folder, masks="NO")
    signal.alarm(STEP_S)
    say(doing="ROWBAND")
    ours = Made("ROWBAND", line, raster, facts, folder)
    signal.alarm(STEP_S)
    say(doing="compare")
    ours.said = {one for one in ours.said if "BUDGET=" not in one[1]}
    found = said_otherwise(ours.said, theirs.said)
    if not theirs.ok and not theirs.failures():
        return "proven", [f"{line.expected} fails in silence"]
    if ours.ok != theirs.ok:
        found.append(f"made: {ours.ok}, {line.expected}'s: {theirs.ok}")
        return "differs", found
    if not ours.ok:
        return ("refused", []) if ours.said else ("differs", ["fails in silence"])
    found += differences(ours.told(), theirs.told())
    # PROJ says some things only once in so many times.
    found += [f"reads with {text!r}" for _, text in ours.read_said - theirs.read_said]
    if line.expected == "COG":
        found += sorted(set(complaints(ours.path)) - set(complaints(theirs.path)))
    else:
        sparse = "SPARSE_OK=YES" in line.creation_options()
        found += map(str, tool_complaints(ours.path, sparse))
    return explained(found, Case(line, raster, facts, folder), ours, theirs)


PIXELS = re.compile(r"/levels/\d+/\d+/(pixels|mask): ")
CRS = re.compile(
    "/crs|/wgs84Extent/|/GCPs/|/gcps/|/files/out.tif.aux.xml: "
    "|says .ROWBAND: GeoTIFF keys cannot express the CRS"
)


def explained(found, case, ours, theirs):
    """@return outcome, and what differs, less that of which it is proven that GDAL's
    own is not what it should be, or depends on more than the line"""
    outcome = "differs" if found else "same"
    for what, prove in ((PIXELS, pixels_are_free), (CRS, crs_is_kept)):
        left = [text for text in found if not what.match(text)]
        proof = len(left) < len(found) and prove(case, ours, theirs)
        if proof:
            outcome, found = ("differs", left) if left else ("proven", [proof])
            if not left:
                break
    return outcome, found


def pixels_are_free(case, ours, theirs):
    """@return why GDAL's may as well be ours; None if nothing proves it"""
    say(doing=case.line.expected)
    if case.line.program != "translate":
        return None
    if case.line.expected == "COG":
        why = "COG's levels are not of the pixels that it stores"
        return why if are_of_stored_pixels(case, case.line, ours) else None
    why, _ = random_translate.compare(case, ours.path, theirs.path)
    return why if why in random_batches.GOOD else None


def crs_is_kept(case, ours, theirs):
    """@return why GDAL's CRS is another; None if ours is not the source's"""
    with collected_errors():
        files = [gdal.Open(path) for path in (ours.path, theirs.path)]
        wanted, kept, changed = [crs_in(one) for one in (case.wrap(), *files)]
        if not wanted or not kept or not kept.IsSame(wanted):
            return None
        lost = not changed or not changed.IsSame(wanted)
        return f"{case.line.expected} changes the CRS" if lost else None


def crs_in(dataset):
    return dataset.GetSpatialRef() or dataset.GetGCPSpatialRef()


def are_of_stored_pixels(case, line, ours):
    """COG makes overviews of a VRT's values before they are rounded to its type:
    of a file with the same pixels they are to be ours."""
    path, _ = case.copy("GTiff", "stored", [])
    words = ["-of", "COG"]
    for option in creation_of(line, "COG"):
        words += ["-co", option]
    with collected_errors():
        gdal.Translate(f"{case.folder}/again.tif", path, options=words)
    found = differences(all_of(ours.path), all_of(f"{case.folder}/again.tif"))
    return not any(PIXELS.match(text) for text in found)


@contextlib.contextmanager
def untouched(folders):
    """GDAL keeps what it has counted of a raster beside it."""
    before = {entry.path for folder in folders for entry in os.scandir(folder)}
    try:
        yield
    finally:
        after = {entry.path for folder in folders for entry in os.scandir(folder)}
        for path in after - before:
            if path.endswith(".aux.xml"):
                os.unlink(path)


def run(raster, numbers):
    signal.alarm(STEP_S)
    say(raster=raster, doing="open")
    with collected_errors():
        dataset = gdal.Open(raster)
        facts = facts_of(dataset)
        folders = {os.path.dirname(path) for path in dataset.GetFileList() or []}
        folders = [folder for folder in folders if os.path.isdir(folder)]
        del dataset
    for number in numbers:
        signal.alarm(STEP_S)
        folder = tempfile.mkdtemp(prefix="corpus")
        say(raster=raster, line=number)
        with untouched(folders):
            outcome, found = compare(LINES[number], raster, facts, folder)
        say(raster=raster, line=number, outcome=outcome, said=found)
        shutil.rmtree(folder)


def main():
    gdal.DontUseExceptions()
    gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES")
    gdal.SetCacheMax(64 << 20)
    for text in sys.stdin:
        job = json.loads(text)
        find(job) if sys.argv[1] == "find" else run(job[0], job[1:])


if __name__ == "__main__":
    main()
