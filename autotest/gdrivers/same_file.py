#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""Random sources, each copied in several ways that may matter to nothing but speed
and memory: the whole file is the same, byte for byte."""

import random

import later_gdal
import numpy as np
import pytest
from cog_sources import with_alpha, with_mask
from osgeo import gdal
from readings import differ, whole
from sources import ALL_TYPES, colour, make_source
from stored import read_bytes

WAYS = 4  # of copying one source, besides the first
WIDTHS = (1, 60, 333, 1300, 2600, 2600)
HEIGHTS = (1, 15, 200, 333, 512, 512)
BLOCKS = (16, 32, 48, 80, 128, 256, 304, 512)
BUDGETS = ("1", "100K", "2M", "3M", "4M", "6M", "8M", "12M", "256M")
CACHES = (0, 100_000, 1_000_000, 64_000_000)
LARGEST_NBYTES, LARGE_NBYTES = 2_500_000, 1_000_000  # of all pixels of a source
CODECS = ("DEFLATE", "DEFLATE", "LZW", "PACKBITS", "NONE", "ZSTD")
LEVELS = {"DEFLATE": "ZLEVEL", "ZSTD": "ZSTD_LEVEL"}
RESAMPLED = ("nearest", "bilinear", "cubic", "cubicspline", "lanczos", "mode")


def raster(chance):
    """A MEM dataset, half of them large: bands of one type, perhaps with an alpha band or a mask,
    perhaps with nothing in most of it."""
    gdal_type = chance.choice(ALL_TYPES)
    bands = chance.choice((1, 1, 2, 3, 3, 4, 7))
    least = LARGE_NBYTES if chance.random() < 0.5 else 0
    while True:
        width, height = chance.choice(WIDTHS), chance.choice(HEIGHTS)
        sample_nbytes = gdal.GetDataTypeSize(gdal_type) // 8
        if least <= width * height * bands * sample_nbytes <= LARGEST_NBYTES:
            break
    source = make_source(width, height, bands, gdal_type)
    if chance.random() < 0.25:
        for number in range(1, bands + 1):
            band = source.GetRasterBand(number)
            nothing = np.zeros_like(band.ReadAsArray()[: height // 4])
            band.WriteArray(nothing, 0, height // 4)
    if gdal_type in (gdal.GDT_Byte, gdal.GDT_UInt16) and chance.random() < 0.3:
        return colour(chance.choice((with_alpha, with_mask))(source))
    return with_mask(source) if chance.random() < 0.2 else source


def stored(path, source, chance):
    """The same pixels in a file, in blocks of any shape; most of them are high, so
    that a row of blocks exceeds small budgets."""
    options = [f"INTERLEAVE={chance.choice(('PIXEL', 'BAND'))}", "TILED=YES"]
    shape = chance.random()
    if shape < 0.6:
        options += [f"BLOCKXSIZE={chance.choice(BLOCKS[:4])}", "BLOCKYSIZE=512"]
    elif shape < 0.85:
        options += [f"BLOCK{axis}SIZE={chance.choice(BLOCKS)}" for axis in "XY"]
    else:
        options = [*options[:1], f"BLOCKYSIZE={chance.choice(BLOCKS)}"]
    driver = gdal.GetDriverByName("GTiff")
    assert driver.CreateCopy(path, source, options=options) is not None
    return path


def target_options(chance):
    """What may be asked for; none of it depends on who is asked how often."""
    if chance.random() < 0.25:
        options = ["LAYOUT=COG", f"BLOCKSIZE={chance.choice((64, 128, 256))}"]
        options.append("RESAMPLING=NEAREST")
        options.append(f"INTERLEAVE={chance.choice(('PIXEL', 'BAND', 'TILE'))}")
    elif chance.random() < 0.25:
        options = ["TILED=NO", f"BLOCKYSIZE={chance.choice((1, 7, 64, 200))}"]
    else:
        sizes = (32, 64, 128, 256)
        options = [f"BLOCK{axis}SIZE={chance.choice(sizes)}" for axis in "XY"]
    if "LAYOUT=COG" not in options:
        options.append(f"INTERLEAVE={chance.choice(('PIXEL', 'PIXEL', 'BAND'))}")
    codec = chance.choice(CODECS)
    options.append(f"COMPRESS={codec}")
    if codec in LEVELS:
        level = "LEVEL" if "LAYOUT=COG" in options else LEVELS[codec]
        number = chance.choice(("1", "AUTO")) if codec == "DEFLATE" else "1"
        options.append(f"{level}={number}")
    if codec in ("DEFLATE", "LZW", "ZSTD"):
        options.append(f"PREDICTOR={chance.choice(('NO', 'STANDARD', 'AUTO'))}")
    for option in ("STATISTICS=YES", "SPARSE_OK=TRUE", "BIGTIFF=YES"):
        if chance.random() < 0.3:
            options.append(option)
    return options


def way(chance):
    """What may matter to speed and memory only, and GDAL's cache."""
    options = [f"NUM_THREADS={chance.randint(1, 8)}"]
    options.append(f"BUDGET={chance.choice(BUDGETS)}")
    if chance.random() < 0.6:
        options.append(f"READ_THREADS={chance.randint(1, 4)}")
    if chance.random() < 0.3:
        options.append("VERIFY=YES")
    return options, chance.choice(CACHES)


###############################################################################
# What is copied of a file
# @return a name, and arguments of gdal.Translate


def as_it_is(folder, path, chance):
    return path, {}


def part_and_order(folder, path, chance):
    source = gdal.Open(path)
    width, height = source.RasterXSize, source.RasterYSize
    x, y = chance.randrange(width), chance.randrange(height)
    bands = list(range(source.RasterCount, 0, -1))
    window = [x // 2, y // 2, width - x, height - y]
    return path, {"srcWin": window, "bandList": bands}


def resampled(folder, path, chance):
    """By powers of two: at other ratios pixels may lie right between two of the
    source's, and to which of them GDAL rounds depends on the window."""
    source = gdal.Open(path)
    sizes = source.RasterXSize, source.RasterYSize
    width, height = (chance.choice((2 * n, n, n if n % 2 else n // 2)) for n in sizes)
    method = chance.choice(RESAMPLED)
    return path, {"width": width, "height": height, "resampleAlg": method}


def mosaic(folder, path, chance):
    """Of the file and the file again, further down."""
    left, pixel_width, _, top, _, pixel_height = gdal.Open(path).GetGeoTransform()
    again = f"{folder}/again.tif"
    gdal.Translate(again, path)
    moved = gdal.Open(again, gdal.GA_Update)
    left += 20 * pixel_width
    top += chance.randint(1, 300) * pixel_height
    moved.SetGeoTransform([left, pixel_width, 0, top, 0, pixel_height])
    moved = None
    method = chance.choice(RESAMPLED)
    gdal.BuildVRT(
        f"{folder}/m.vrt", [path, again], xRes=120, yRes=30, resampleAlg=method
    )
    return f"{folder}/m.vrt", {}


###############################################################################


def copy(target, path, options, cache, arguments):
    """The file's bytes, or what GDAL says that it cannot be made."""
    before = gdal.GetCacheMax()
    said = []
    gdal.SetCacheMax(cache)
    gdal.PushErrorHandler(lambda *args: said.append(args))
    try:
        made = gdal.Translate(
            target, path, format="ROWBAND", creationOptions=options, **arguments
        )
        made_it = made is not None
        made = None
    finally:
        gdal.PopErrorHandler()
        gdal.SetCacheMax(before)
    failures = [text for level, _, text in said if level == gdal.CE_Failure]
    bytes_made = read_bytes(target) if made_it else failures
    gdal.Unlink(target)
    plans = [text for _, _, text in said if "ROWBAND: plan:" in text]
    reordered = any("to be put in order" in text for text in plans)
    return bytes_made, made_it, reordered and "LAYOUT=COG" not in options


class Tally:
    def __init__(self):
        self.files = self.reordered = self.refused = 0
        self.different = []


def moves_by_itself(folder, path, arguments, files):
    """Whether pixels of the files are others because later GDAL's own are."""
    if not all(isinstance(one, bytes) for one in files):
        return False
    found = []
    for one in files:
        gdal.FileFromMemBuffer(f"{folder}/made.tif", one)
        found.append(whole(gdal.Open(f"{folder}/made.tif")))
        gdal.Unlink(f"{folder}/made.tif")
    dataset = gdal.Open(path)
    if arguments:
        dataset = gdal.Translate("", dataset, format="VRT", **arguments)
    return differ(*found) and later_gdal.moves_to(dataset, found)


def compare_ways(folder, number, what, tally):
    """One source, in one file for each way: other blocks, other options."""
    chance = random.Random(f"{what.__name__} {number}")
    source = raster(chance)
    options = target_options(chance)
    seed = chance.random()
    first = None
    for _ in range(1 + WAYS):
        path = stored(f"{folder}/in.tif", source, chance)
        name, arguments = what(folder, path, random.Random(seed))
        extra, cache = way(chance) if first is not None else ([], 64_000_000)
        made = copy(f"{folder}/out.tif", name, options + extra, cache, arguments)
        first = first or made[0]
        tally.files += made[1]
        tally.refused += not made[1]
        tally.reordered += made[2]
        if made[0] != first and not moves_by_itself(
            folder, name, arguments, [first, made[0]]
        ):
            tally.different.append((number, options, extra, cache, arguments))
        gdal.Unlink(path)


@pytest.fixture
def debug():
    gdal.SetConfigOption("CPL_DEBUG", "ROWBAND")
    yield
    gdal.SetConfigOption("CPL_DEBUG", None)


@pytest.mark.slow
@pytest.mark.parametrize(
    "what, share",
    [(as_it_is, 4), (part_and_order, 2), (resampled, 1), (mosaic, 1)],
    ids=["plain", "part", "resampled", "mosaic"],
)
def test_same_file_whatever_the_ways(tmp_vsimem, debug, what, share, times):
    """Tiles that windows bring in another order than the file's are among them."""
    tally = Tally()
    for number in range(share * times(short=30, long=1000)):
        compare_ways(tmp_vsimem, number, what, tally)
    assert tally.different == []
    assert tally.refused < tally.files // 8
    if what is as_it_is:
        assert tally.reordered > tally.files // 50
