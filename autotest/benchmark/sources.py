# SPDX-License-Identifier: MIT
"""What is translated: each source is made once, by GDAL, and kept."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

MIB = 1 << 20


class Unavailable(Exception):
    """What is missing here, for a line that says so."""


def run(*command):
    subprocess.run([str(word) for word in command], check=True)


def make_pixels(name):
    """By pixels.py."""

    def make(cache, size, target):
        run(sys.executable, Path(__file__).with_name("pixels.py"), name, size, target)

    return make


def make_vrt(name):
    """By vrts.py, with the files that it reads."""

    def make(cache, size, target):
        run(sys.executable, Path(__file__).with_name("vrts.py"), name, size, target)

    return make


def make_strips(cache, size, target):
    """As GTiff writes it when nobody says TILED: a row or so in each strip."""
    terrain = file_of("terrain", size, cache)
    run("gdal_translate", "-q", "-co", "BIGTIFF=IF_SAFER", terrain, target)


def make_utm(cache, size, target):
    """The colours, in a CRS."""
    options = ["-a_srs", "EPSG:32611", "-co", "TILED=YES", "-co", "BIGTIFF=IF_SAFER"]
    run("gdal_translate", "-q", *options, file_of("rgb", size, cache), target)


def make_jp2(cache, size, target):
    """JPEG 2000 without loss, in tiles of 1024x1024."""
    if not has_driver("JP2OpenJPEG"):
        raise Unavailable("this GDAL has no JP2OpenJPEG")
    options = ["-co", "REVERSIBLE=YES", "-co", "QUALITY=100"]
    options += ["-co", "BLOCKXSIZE=1024", "-co", "BLOCKYSIZE=1024"]
    terrain = file_of("terrain", size, cache)
    run("gdal_translate", "-q", "-of", "JP2OpenJPEG", *options, terrain, target)


def make_mosaic(cache, size, target):
    """A VRT of 2x2 files, whose seams lie within tiles."""
    terrain = file_of("terrain", size, cache)
    seam = size // 2 + 100 if size > 200 else size // 2
    parts = []
    for y, rows in ((0, seam), (seam, size - seam)):
        for x, columns in ((0, seam), (seam, size - seam)):
            parts.append(cache / f"mosaic-{size}-{x}-{y}.tif")
            window = ["-srcwin", x, y, columns, rows]
            options = ["-co", "TILED=YES", *window]
            run("gdal_translate", "-q", *options, terrain, parts[-1])
    run("gdalbuildvrt", "-q", "-overwrite", target, *parts)


def make_srcwin(cache, size, target):
    """A VRT of a window that begins within a block, 200 pixels smaller."""
    terrain = file_of("terrain", size, cache)
    side = max(size - 200, 1)
    window = ["-srcwin", min(100, size - side), min(77, size - side), side, side]
    run("gdal_translate", "-q", "-of", "VRT", *window, terrain, target)


def make_deflated(cache, size, target):
    """As GTiff writes what ROWBAND writes."""
    options = ["TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512", "COMPRESS=DEFLATE"]
    words = [word for one in (*options, "PREDICTOR=2") for word in ("-co", one)]
    run("gdal_translate", "-q", *words, file_of("terrain", size, cache), target)


def make_overviews(cache, size, target):
    """The same with overviews, encoded alike, inside."""
    shutil.copy(file_of("deflated", size, cache), target)
    config = {"GDAL_TIFF_OVR_BLOCKSIZE": 512, "COMPRESS_OVERVIEW": "DEFLATE"}
    words = []
    for key, value in {**config, "PREDICTOR_OVERVIEW": 2}.items():
        words += ["--config", key, value]
    levels = [2**i for i in range(1, 12) if size >> i >= 256]
    run("gdaladdo", "-q", "-r", "average", *words, target, *levels)


@dataclass(frozen=True)
class Source:
    """A file, or a name that a driver opens."""

    about: str
    size: int  # pixels a side
    make: Callable  # of the cache's folder, the size and the target
    suffix: str = ".tif"
    predictor: int = 2  # what PREDICTOR=YES chooses
    resizable: bool = True  # whether --size says how large it is
    width: int | None = None  # of its own size, if it is not as wide as high


SOURCES = {
    "terrain": Source("UInt16, tiled, not compressed", 16384, make_pixels("terrain")),
    "rgb": Source("RGB Byte, tiled, not compressed", 12288, make_pixels("rgb")),
    "utm": Source("the same, which says that it is in UTM", 12288, make_utm),
    "float32": Source(
        "Float32, tiled, not compressed", 8192, make_pixels("float32"), predictor=3
    ),
    "blocks1024": Source(
        "UInt16, DEFLATE in 1024x1024 blocks", 12288, make_pixels("blocks1024")
    ),
    "deflated": Source("UInt16, DEFLATE in 512x512 tiles", 16384, make_deflated),
    "overviews": Source("the same with overviews", 16384, make_overviews),
    "strips": Source("UInt16, strips, not compressed", 16384, make_strips),
    "jp2": Source("UInt16, JPEG 2000 in 1024x1024 tiles", 4096, make_jp2, ".jp2"),
    "mosaic": Source("VRT of 2x2 UInt16 files", 16384, make_mosaic, ".vrt"),
    "srcwin": Source("VRT of -srcwin 100 77", 16384, make_srcwin, ".vrt"),
    "files": Source("VRT of UInt16 files of 64x64", 12800, make_vrt("files"), ".vrt"),
    "sparse": Source(
        "VRT of 4 UInt16 files, 0.16 % of it", 100000, make_vrt("sparse"), ".vrt"
    ),
    "spy": Source("the spy: 1000x1000 blocks, 50 ms each", 65536, None),
    "spectra": Source(
        "285 bands of Float32, 1242x2000, one after the other",
        2000,
        make_pixels("spectra"),
        predictor=3,
        width=1242,
    ),
    "series": Source(
        "200 bands of Int16, 2500x2500, one after the other",
        2500,
        make_pixels("series"),
    ),
    "tiny": Source("UInt16, 100x100", 100, make_pixels("terrain"), resizable=False),
}


@dataclass(frozen=True)
class Input:
    """A source of one size, ready to be read."""

    path: str
    pixels: int
    predictor: int
    files: tuple = ()  # to be in the page cache


def has_driver(name):
    command = ["gdalinfo", "--format", name]
    return subprocess.run(command, capture_output=True).returncode == 0


def file_of(name, size, cache):
    """The path of a source, made if not there yet."""
    source = SOURCES[name]
    path = cache / f"{name}-{size}{source.suffix}"
    if not path.exists():
        print(f"making {path}", file=sys.stderr)
        part = path.with_suffix(f".part{source.suffix}")
        source.make(cache, size, part)
        part.rename(path)
    return path


def spy(size):
    """A raster wider than high, so that GDAL's cache does not hold a row of
    blocks."""
    if not has_driver("SPY"):
        raise Unavailable("gdal_SPY.so is not in GDAL_DRIVER_PATH")
    height = max(size // 16, 1)
    # A file, so that a name can be proven to be the dataset in hand.
    name = f"SPY:id=spy,width={size},height={height},block=1000x1000"
    name += f",file={Path(__file__).resolve()}"
    return Input(f"{name},type=UInt16,cost_us=50000", size * height, 2)


def files_behind(path, size, cache):
    """What a VRT reads; the file itself if it is none."""
    if path.suffix != ".vrt":
        return (path,)
    if path.name.startswith("mosaic"):
        return tuple(sorted(cache.glob(f"mosaic-{size}-*.tif")))
    if path.name.startswith(("files", "sparse")):
        return tuple(sorted(path.with_suffix("").glob("*.tif")))
    return (file_of("terrain", size, cache),)


def input_of(name, size, cache):
    """Raises Unavailable."""
    if name == "spy":
        return spy(size)
    path = file_of(name, size, cache)
    source = SOURCES[name]
    side = size - 200 if name == "srcwin" and size > 200 else size
    width = side * source.width // source.size if source.width else side
    files = files_behind(path, size, cache)
    return Input(str(path), width * side, source.predictor, files)


def warm(files):
    """Brings files into the page cache: disks are not what is measured."""
    for path in files:
        with open(path, "rb") as file:
            while file.read(16 * MIB):
                pass


def require_program(name, path=None):
    found = shutil.which(name, path=path)
    if found is None:
        raise Unavailable(f"{name} is not there")
    return found
