# SPDX-License-Identifier: MIT
"""Runs command lines on rasters with our driver and with GDAL's, and compares all
that GDAL tells of the results.

usage: corpus_compare.py find < NAMES        which are rasters, with subdatasets
       corpus_compare.py lines < JOBS        each a line of JSON: [raster, line...]

Prints what it is about to do, then what came of it, a line of JSON each; so that
whoever runs it knows what it was at when it died. See corpus_batches.py."""

import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile

from corpus_explain import (
    MASKS_OF_BANDS,
    explained,
    is_gone_on_from,
    known_difference,
    said_otherwise,
)
from corpus_lines import LINES, facts_of
from corpus_made import Case, Made, say
from corpus_told import collected_errors
from gtiff_compare import differences, differences_from_gtiff
from osgeo import gdal

# What takes longer hangs: SIGALRM ends the process.
STEP_S = 120
# More samples than this are left to others: all lines take too long.
SAMPLES_MAX = 8 << 20
SUBDATASETS_MAX = 4


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
    found = said_otherwise(ours.said, theirs.said, line.expected == "COG")
    known = known_difference(line, ours, theirs)
    if known:
        return "proven", [known]
    case = Case(line, raster, facts, folder)
    if theirs.ok and not ours.ok and is_gone_on_from(case, ours, theirs):
        return "proven", [f"{line.expected} goes on after an error"]
    if ours.ok != theirs.ok:
        found.append(f"made: {ours.ok}, {line.expected}'s: {theirs.ok}")
        return "differs", found
    if not ours.ok:
        return ("refused", []) if ours.said else ("differs", ["fails in silence"])
    # PROJ says some things only once in so many times: that is to be theirs.
    expected = theirs.told()
    is_gtiff = line.expected == "GTiff"
    compared = differences_from_gtiff if is_gtiff else differences
    found += compared(ours.told(), expected)
    found += [
        f"reads with {text!r}"
        for _, text in ours.read_said - theirs.read_said
        if "further errors will be suppressed" not in text
    ]
    found += sorted(ours.complaints(line) - theirs.complaints(line))
    return explained(found, case, ours, theirs)


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
