#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""Sizes at the edge of what TIFF and its readers can hold."""

import os
import shutil
import time

import pytest
from faults import Attempt, Fault, check_folder
from osgeo import gdal
from sources import make_source

LARGEST = 2147483647  # pixels on a side, and tiles in an image
AT_ONCE_S = 5  # of processor time: what is refused is so before anything is read
CORNER = 60, 50  # a raster at the far end of a large one

VRT = """<VRTDataset rasterXSize="{width}" rasterYSize="{height}">
<Metadata><MDI key="PAD">{pad}</MDI></Metadata>{bands}</VRTDataset>"""
BAND = """<VRTRasterBand dataType="Byte" band="{number}"><SimpleSource>
<SourceFilename>{corner}</SourceFilename><SourceBand>1</SourceBand>
<SrcRect xOff="0" yOff="0" xSize="{w}" ySize="{h}"/>
<DstRect xOff="{x}" yOff="{y}" xSize="{w}" ySize="{h}"/>
</SimpleSource></VRTRasterBand>"""


def large(folder, width, height, bands=1, pad=""):
    """A raster of zeros, but for its last pixels."""
    size = min(CORNER[0], width), min(CORNER[1], height)
    corner = f"{folder}/corner{size[0]}x{size[1]}.tif"
    if gdal.VSIStatL(corner) is None:
        gdal.GetDriverByName("GTiff").CreateCopy(corner, make_source(*size))
    place = {"w": size[0], "h": size[1], "x": width - size[0], "y": height - size[1]}
    texts = [BAND.format(number=n + 1, corner=corner, **place) for n in range(bands)]
    path = f"{folder}/large.vrt"
    text = VRT.format(width=width, height=height, pad=pad, bands="".join(texts))
    gdal.FileFromMemBuffer(path, text.encode())
    return path


def assert_ends_with_the_corner(path, band=1):
    result = gdal.Open(str(path))
    size = result.RasterXSize, result.RasterYSize
    part = min(CORNER[0], size[0]), min(CORNER[1], size[1])
    x, y = size[0] - part[0], size[1] - part[1]
    found = result.GetRasterBand(band).ReadRaster(x, y, *part)
    assert found == make_source(*part).GetRasterBand(1).ReadRaster()
    first = result.GetRasterBand(band).ReadRaster(0, 0, 1, 1)
    assert bytes(first) == b"\0"


###############################################################################
# Tiles

TOO_MANY = [
    (LARGEST, LARGEST, 1, []),
    (LARGEST, LARGEST, 1, ["LAYOUT=COG"]),
    (LARGEST, 3, 300, ["INTERLEAVE=BAND", "BLOCKXSIZE=16"]),
    (1 << 20, 1 << 20, 3, ["BLOCKXSIZE=16", "BLOCKYSIZE=16"]),
    (1, LARGEST, 2, ["TILED=NO", "BLOCKYSIZE=1", "INTERLEAVE=BAND"]),
]


@pytest.mark.parametrize("width,height,bands,options", TOO_MANY)
def test_more_tiles_than_readers_can_count(
    tmp_vsimem, tmp_path, width, height, bands, options
):
    source = gdal.Open(large(tmp_vsimem, width, height, bands))
    with Fault("more than 2^31 - 1 tiles") as fault:
        began = time.process_time()
        attempt = Attempt(tmp_path / "target.tif", source, options)
        seconds = time.process_time() - began
        fault.provoked()
        what = f"{width}x{height}x{bands} {options}"
        attempt.check_refused(fault, what, ["2^31", "BLOCKXSIZE"])
        check_folder(fault, tmp_path, [], what)
        if seconds > AT_ONCE_S:
            fault.complain(f"{what}: after {seconds:.1f} s of processor time")


###############################################################################
# Pixels on a side

TILES = ["BLOCKXSIZE=1048576", "BLOCKYSIZE=16", "SPARSE_OK=YES"]
STRIPS = ["TILED=NO", "BLOCKYSIZE=4194304", "SPARSE_OK=YES"]
SIDES = [
    (LARGEST, 1, TILES),
    pytest.param(1, LARGEST, STRIPS, marks=pytest.mark.long),
]


@pytest.mark.parametrize("width,height,options", SIDES)
def test_as_many_pixels_on_a_side_as_tiff_can_have(
    tmp_vsimem, tmp_path, width, height, options
):
    target = tmp_path / "target.tif"
    source = gdal.Open(large(tmp_vsimem, width, height))
    attempt = Attempt(target, source, options)
    assert attempt.made, attempt.errors
    assert_ends_with_the_corner(target)


###############################################################################
# 4 GiB

CLASSIC, BIG = 42, 43  # in the header
LARGEST_CLASSIC = (1 << 32) - 2  # directories are of whole words

# Width and height of a tile, bytes beside the pixels that each takes: an offset, a
# size, and in a COG what is around it.
SHAPES = {
    "GTIFF": (65536, 64, 8, ["TILED=NO", "BLOCKYSIZE=64"]),
    "COG": (512, 512, 16, ["LAYOUT=COG", "BLOCKSIZE=512", "OVERVIEWS=NONE"]),
}


def version_of(path):
    with open(path, "rb") as file:
        return file.read(4)[2]


def translate(folder, tmp_vsimem, shape, tiles, pad_nbytes, *more):
    """@return name of the file, and errors"""
    width, rows, _, options = SHAPES[shape]
    source = large(tmp_vsimem, width, rows * tiles, pad="x" * pad_nbytes)
    target = f"{folder}/target.tif"
    options = [*options, "COMPRESS=NONE", *more]
    attempt = Attempt(target, gdal.Open(source), options)
    return target, attempt.errors


def nbytes_for_pad(folder, tmp_vsimem, shape, limit):
    """How many tiles fit, and what else is to be in the file for it to be as
    long as the limit: from what a small one takes."""
    width, rows, beside, _ = SHAPES[shape]
    per_tile = width * rows + beside
    few, some_pad = 4, 1000
    target, errors = translate(folder, tmp_vsimem, shape, few, some_pad)
    assert errors == []
    without_pad = os.path.getsize(target) - some_pad
    tiles = few + (limit - without_pad) // per_tile
    left = limit - without_pad - (tiles - few) * per_tile
    if left < some_pad:
        tiles, left = tiles - 1, left + per_tile
    return tiles, left


@pytest.mark.long
@pytest.mark.parametrize("shape", SHAPES)
def test_bigtiff_as_soon_as_a_classic_file_cannot_hold_it(tmp_path, tmp_vsimem, shape):
    """Writes 4 GiB, thrice."""
    needed = 3 << 32
    if shutil.disk_usage(tmp_path).free < needed:
        pytest.skip(f"less than {needed} bytes free in {tmp_path}")
    tiles, pad = nbytes_for_pad(tmp_path, tmp_vsimem, shape, LARGEST_CLASSIC)
    target, errors = translate(tmp_path, tmp_vsimem, shape, tiles, pad)
    assert errors == []
    assert os.path.getsize(target) == LARGEST_CLASSIC
    assert version_of(target) == CLASSIC
    assert_ends_with_the_corner(target)

    target, errors = translate(tmp_path, tmp_vsimem, shape, tiles, pad + 2)
    assert errors == []
    assert version_of(target) == BIG
    assert_ends_with_the_corner(target)

    target, errors = translate(
        tmp_path, tmp_vsimem, shape, tiles, pad + 2, "BIGTIFF=NO"
    )
    assert len(errors) == 1 and "BIGTIFF=NO" in errors[0]
    assert os.listdir(tmp_path) == []
