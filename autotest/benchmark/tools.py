# SPDX-License-Identifier: MIT
"""What translates, or does a part of it: each knows its command line."""

import functools
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from sources import require_program

THREADS = 2
TILE = 512


@dataclass(frozen=True)
class Tool:
    """One row of the table."""

    title: str
    cores: int | None = None  # pinned to so many; None: to none

    def pinned(self, command):
        if self.cores is None:
            return command
        cores = sorted(os.sched_getaffinity(0))[: self.cores]
        return ["taskset", "-c", ",".join(map(str, cores)), *command]

    def command(self, source, target):
        """For an Input and a path. Raises Unavailable."""
        raise NotImplementedError

    def environment(self):
        return {}

    def check(self, target):
        """Whether all was done that was asked for."""


@functools.cache
def has_option(driver, key):
    command = ["gdalinfo", "--format", driver]
    listed = subprocess.run(command, capture_output=True, text=True).stdout
    found = f"'{key}'" in listed or f'"{key}"' in listed
    if not found:
        print(f"{driver} here has no {key}", file=sys.stderr)
    return found


def option_words(driver, options, source):
    """-co's operands. PREDICTOR=SOURCE is the one for the source's type.
    READ_THREADS is left out where this ROWBAND has no such option yet."""
    for key, value in options.items():
        if key == "READ_THREADS" and not has_option(driver, key):
            continue
        if value == "SOURCE":
            value = source.predictor
        yield f"{key}={value}"


@dataclass(frozen=True)
class Translate(Tool):
    """gdal_translate."""

    driver: str = ""
    options: dict = field(default_factory=dict)
    cache_mb: int | None = None  # None: GDAL's default
    overviews: bool = False  # must be there afterwards

    def command(self, source, target):
        command = ["gdal_translate", "-q", "-of", self.driver]
        if self.cache_mb is not None:
            command += ["--config", "GDAL_CACHEMAX", str(self.cache_mb)]
        for word in option_words(self.driver, self.options, source):
            command += ["-co", word]
        return self.pinned([*command, source.path, str(target)])

    def check(self, target):
        """Drivers pass over options they do not know: then less would be
        done."""
        if not self.overviews:
            return
        command = ["gdalinfo", "-json", str(target)]
        done = subprocess.run(command, check=True, capture_output=True)
        info = json.loads(done.stdout)
        longest, wanted = max(info["size"]), 0
        while longest > TILE:
            longest, wanted = longest // 2, wanted + 1
        for band in info["bands"]:
            found = len(band.get("overviews", []))
            if found != wanted:
                sys.exit(f"{self.title}: {found} overviews, {wanted} expected")


@dataclass(frozen=True)
class Warp(Tool):
    """gdalwarp, to another projection."""

    driver: str = ""
    options: dict = field(default_factory=dict)
    cache_mb: int | None = None

    def command(self, source, target):
        command = ["gdalwarp", "-q", "-of", self.driver]
        command += ["-s_srs", "EPSG:32611", "-t_srs", "EPSG:3857"]
        if self.cache_mb is not None:
            command += ["--config", "GDAL_CACHEMAX", str(self.cache_mb)]
        for word in option_words(self.driver, self.options, source):
            command += ["-co", word]
        return self.pinned([*command, source.path, str(target)])


@dataclass(frozen=True)
class Floor(Tool):
    """rowband_floor: predicts and compresses from RAM to RAM."""

    level: int = 7
    threads: int = THREADS

    def command(self, source, target):
        # Beside the plugins: where the build puts it.
        program = require_program("rowband_floor", os.environ.get("GDAL_DRIVER_PATH"))
        words = [self.level, source.predictor, self.threads]
        return self.pinned([program, source.path, *map(str, words)])


@dataclass(frozen=True)
class Vips(Tool):
    """libvips, by the same libtiff as GTiff or another."""

    def command(self, source, target):
        predictor = {2: "horizontal", 3: "float"}[source.predictor]
        command = [require_program("vips"), "tiffsave", source.path, str(target)]
        command += ["--compression", "deflate", "--predictor", predictor, "--tile"]
        command += ["--tile-width", str(TILE), "--tile-height", str(TILE)]
        return self.pinned(command)

    def environment(self):
        # Without its warnings of GeoTIFF's tags.
        return {"VIPS_CONCURRENCY": str(THREADS), "VIPS_WARNING": "1"}


@dataclass(frozen=True)
class Copies(Tool):
    """copies.py: a small raster many times over."""

    driver: str = ""
    options: dict = field(default_factory=dict)
    count: int = 300

    def command(self, source, target):
        script = Path(__file__).with_name("copies.py")
        command = [sys.executable, str(script), source.path, str(target)]
        words = option_words(self.driver, self.options, source)
        return [*command, self.driver, str(self.count), *words]


@dataclass(frozen=True)
class Cp(Tool):
    """cp: as many bytes, of which nobody knows anything."""

    def command(self, source, target):
        return self.pinned(["cp", source.path, str(target)])


@dataclass(frozen=True)
class Idle(Tool):
    """gdal_translate that has loaded its libraries and plugins, no more."""

    def command(self, source, target):
        return ["gdal_translate", "--version"]
