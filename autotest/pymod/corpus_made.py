# SPDX-License-Identifier: MIT
"""What GDAL's driver and ours make of a line on a raster."""

import json
import os
import shutil

from cog_compare import DEFAULTS as COG_DEFAULTS
from cog_compare import complaints
from corpus_told import all_of, collected_errors
from gtiff_compare import OURS_ALONE, gtiff_options, tool_complaints
from osgeo import gdal

OUT = "<out>"  # where the result is


def say(**what):
    print(json.dumps(what), flush=True)


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
        text = text.replace(self.path, OUT).replace(self.folder, OUT)
        # libtiff names the file at times.
        return kind, text.replace(f"{OUT}: TIFFReadDirectory", "TIFFReadDirectory")

    def failures(self):
        return [text for kind, text in self.said if kind >= gdal.CE_Failure]

    def complaints(self, line):
        """What other readers say of the file."""
        if line.expected == "COG":
            found = complaints(self.path)
        else:
            sparse = "SPARSE_OK=YES" in line.creation_options()
            found = map(str, tool_complaints(self.path, sparse))
        return {text.replace(self.path, OUT) for text in found}

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
