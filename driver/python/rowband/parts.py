# SPDX-License-Identifier: MIT
"""The parts of a raster: where they lie, and making one, which a worker does."""

import re
from contextlib import contextmanager
from dataclasses import dataclass

from osgeo import gdal

from .driver import Failure, create_copy, open_raster
from .paths import join, list_folder, name_of, remove_matching
from .plan_report import ask_driver

DOMAIN = "ROWBAND_PART"
MARK = ".rowband-part-"


@dataclass(frozen=True)
class PartFiles:
    """The files of `count` parts of what becomes `target`. Their names depend on
    nothing else, so that the next run finds them."""

    target: str
    count: int
    folder: str

    def prefix(self):
        return name_of(self.target) + MARK

    def name(self, number):
        """@param number from 1 to count"""
        file = f"{self.prefix()}{number}-of-{self.count}.tif"
        return join(self.folder, file)

    def pattern(self):
        return join(self.folder, f"{self.prefix()}*-of-{self.count}.tif")

    def remove(self):
        """The parts, and what a killed worker has left of one."""
        pattern = rf"{re.escape(self.prefix())}\d+-of-{self.count}\.tif"
        remove_matching(self.folder, pattern)


def counts_found(target, folder):
    """How many parts there are of each number of parts, from an earlier run."""
    name = re.compile(re.escape(name_of(target) + MARK) + r"\d+-of-(\d+)\.tif$")
    found = {}
    for match in filter(None, map(name.match, list_folder(folder))):
        count = int(match[1])
        found[count] = found.get(count, 0) + 1
    return found


@dataclass(frozen=True)
class Planned:
    """What the driver says of the parts of a copy beforehand.
    @member run a digest of all that they have in common
    @member rows of the source that each needs, the first and the one after the
    last; not of more than the driver lists
    @member tile_height rows at the top that decide about PREDICTOR=AUTO"""

    run: str
    rows: tuple
    tile_height: int


@dataclass(frozen=True)
class FileSource:
    """A raster that each worker opens by its name."""

    name: str

    @contextmanager
    def opened(self, number):
        """@param number of the part that is made of it"""
        yield open_raster(self.name)


@dataclass(frozen=True)
class Job:
    """What workers are told of a copy.
    @member source with opened()
    @member run see Planned
    @member threads an option more, of parts alone
    @member topic under which they tell how far they are"""

    source: object
    files: PartFiles
    run: str
    options: tuple
    threads: tuple
    topic: str

    def is_finished(self, number):
        """Whether the part is there, and of this very copy. A file under its name is
        whole: the driver gives it that last."""
        name = self.files.name(number)
        if gdal.VSIStatL(name, gdal.VSI_STAT_EXISTS_FLAG) is None:
            return False
        try:
            said = open_raster(name).GetMetadata(DOMAIN) or {}
        except Failure:
            return False
        which = f"{number}/{self.files.count}"
        return (said.get("RUN"), said.get("PART")) == (self.run, which)


@dataclass(frozen=True)
class Made:
    """What became of a part."""

    number: int
    fresh: bool  # False: it was there
    warned: tuple = ()


def make_part(job, number, report):
    """@param report called with a fraction of the part, now and then
    @return Made"""
    name = job.files.name(number)
    if job.is_finished(number):
        return Made(number, fresh=False)
    options = [*job.options, *job.threads, f"PART={number}/{job.files.count}"]
    warned = []
    with job.source.opened(number) as source:
        create_copy(name, source, options, report, warned)
    if not job.is_finished(number):
        raise Failure(
            "is of another run: the source, or the version of GDAL or the driver, "
            "is not the one of the process that asked for it"
        )
    return Made(number, True, tuple(warned))


def planned_parts(source, options, count):
    """Asks the driver, which reads no pixels for it.
    @param source with opened()
    @raise Failure for options that it refuses"""
    with source.opened(1) as dataset:
        asked = [*options, f"PART=1/{count}", "PLAN=YES"]
        report = ask_driver(dataset, asked)
    rows = tuple(tuple(part["rows_needed"]) for part in report["parts"])
    first_level = report["file"]["levels"][0]
    return Planned(report["part_run"], rows, first_level["tile_height"])
