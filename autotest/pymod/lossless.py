# SPDX-License-Identifier: MIT
"""Copies with LOSSLESS_COPY, of which is told how many tiles were copied as they
are, and files of GTiff's to copy."""

import contextlib
import re
from dataclasses import dataclass

from cog_sources import with_mask
from gtiff_compare import bands, collected_errors
from osgeo import gdal
from sources import colour, make_source
from stored import creation_option_values

SIDES = 150, 117
TILES = ("TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=80")
COPIED = re.compile(r"result: (\d+) tiles copied as they were, (\d+) encoded")
READ = re.compile(r"result: (\d+) reads by")


@dataclass
class Counts:
    copied: int
    encoded: int
    reads: int  # windows of pixels


@contextlib.contextmanager
def debug_lines():
    """What the driver says with CPL_DEBUG=ROWBAND, and what GDAL says beside."""
    said = []
    gdal.SetConfigOption("CPL_DEBUG", "ROWBAND")
    gdal.PushErrorHandler(lambda *args: said.append(args))
    try:
        yield said
    finally:
        gdal.PopErrorHandler()
        gdal.SetConfigOption("CPL_DEBUG", None)


def numbers(pattern, said):
    for _, _, text in said:
        found = pattern.search(text)
        if found:
            return [int(number) for number in found.groups()]
    return [0] * pattern.groups


def copy(target, source, *options):
    """@return the dataset and Counts"""
    with debug_lines() as said:
        made = gdal.GetDriverByName("ROWBAND").CreateCopy(target, source, 0, options)
    assert made is not None, said
    assert not [line for line in said if line[0] > gdal.CE_Debug], said
    return made, Counts(*numbers(COPIED, said), *numbers(READ, said))


def failure(target, source, *options):
    """The only message of a copy that fails and leaves nothing."""
    with collected_errors() as said:
        made = gdal.GetDriverByName("ROWBAND").CreateCopy(target, source, 0, options)
    assert made is None
    assert gdal.VSIStatL(target) is None
    assert [number for number, *_ in said] == [gdal.CE_Failure], said
    return said[0][2]


def written(path, source, *options):
    """A file of GTiff's, open."""
    with collected_errors() as said:
        made = gdal.GetDriverByName("GTiff").CreateCopy(path, source, 0, options)
    assert made is not None, said
    made = None
    return gdal.Open(path)


def codecs(driver="GTiff"):
    return creation_option_values(driver)["COMPRESS"]


def pixels_and_masks(dataset):
    return [
        part.ReadRaster()
        for band in bands(dataset)
        for part in (band, band.GetMaskBand())
    ]


def stored_ranges(dataset):
    """(offset, size) of each tile of each band, (0, 0) of one left out."""
    ranges = {}
    for band in bands(dataset):
        width, height = band.GetBlockSize()
        for y in range(-(-dataset.RasterYSize // height)):
            for x in range(-(-dataset.RasterXSize // width)):
                found = [
                    band.GetMetadataItem(f"BLOCK_{what}_{x}_{y}", "TIFF")
                    for what in ("OFFSET", "SIZE")
                ]
                ranges[band.GetBand(), x, y] = tuple(int(n or 0) for n in found)
    return ranges


def masked(folder, *options):
    source = with_mask(colour(make_source(300, 200, 3)))
    tiles = ("TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "COMPRESS=DEFLATE")
    return written(f"{folder}/in.tif", source, *tiles, *options)


def spoil(path, dataset):
    """Writes nonsense over all tiles."""
    ranges = stored_ranges(dataset).values()
    file = gdal.VSIFOpenL(path, "rb+")
    for offset, size in ranges:
        gdal.VSIFSeekL(file, offset, 0)
        gdal.VSIFWriteL(b"\xff" * size, 1, size, file)
    gdal.VSIFCloseL(file)
