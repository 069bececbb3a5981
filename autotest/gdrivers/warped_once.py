# SPDX-License-Identifier: MIT
"""Warped VRTs of every kind: the pixels are those of the VRT read whole, and each
block of the source is decoded once at a budget that holds next to nothing."""

import re

import numpy as np
import pytest
from gtiff_compare import assert_same_pixels
from osgeo import gdal
from warped_sources import (
    CASES,
    ORTHO,
    around_the_world,
    by_blocks,  # noqa: F401
    plain,
    warp,
)
from wrapped_fixtures import debug_lines, gtiff  # noqa: F401

pytestmark = pytest.mark.usefixtures("by_blocks")


def expect_once(source, folder, lines):
    """Copies it at the least budget; the pixels are those that GDAL reads."""
    expected = gdal.GetDriverByName("MEM").CreateCopy("", source)
    target = str(folder / "once.tif")
    options = ["TILED=YES", "BLOCKXSIZE=128", "BLOCKYSIZE=128", "BUDGET=1"]
    lines.clear()
    copy = gdal.GetDriverByName("ROWBAND").CreateCopy(target, source, options=options)
    assert copy is not None, gdal.GetLastErrorMsg()
    assert_same_pixels(copy, expected)
    counted = re.search(r"(\d+) blocks decoded, (\d+) of them again", "\n".join(lines))
    assert counted and int(counted.group(1)) > 1, lines
    assert counted.group(2) == "0", lines


@pytest.mark.parametrize("make,arguments", CASES)
def test_warped_once(tmp_path, debug_lines, make, arguments):  # noqa: F811
    path = gtiff(str(tmp_path / "source.tif"), make())
    name = str(tmp_path / "warped.vrt") if make is plain else ""
    expect_once(warp(name, path, arguments, tmp_path), tmp_path, debug_lines)


def test_warped_once_below_and_above_mosaics(tmp_path, debug_lines):  # noqa: F811
    path = gtiff(str(tmp_path / "source.tif"), plain())
    parts = []
    for number, window in enumerate([(0, 0, 333, 610), (333, 0, 367, 610)]):
        parts.append(str(tmp_path / f"part{number}.tif"))
        gdal.Translate(parts[-1], path, srcWin=window)
    mosaic = str(tmp_path / "mosaic.vrt")
    gdal.BuildVRT(mosaic, parts)
    whole = str(tmp_path / "whole.vrt")
    arguments = "-t_srs EPSG:3857 -r cubic"
    warp(whole, mosaic, arguments, tmp_path)
    expect_once(gdal.Open(whole), tmp_path, debug_lines)

    halves = [str(tmp_path / f"half{number}.vrt") for number in range(2)]
    arguments = "-t_srs EPSG:3857 -tr 13 13 -tap -r bilinear"
    for half, part in zip(halves, parts):
        warp(half, part, arguments, tmp_path)
    gdal.BuildVRT(mosaic, halves)
    expect_once(gdal.Open(mosaic), tmp_path, debug_lines)
    cut = gdal.Translate("", mosaic, format="VRT", srcWin=[100, 77, 400, 300])
    expect_once(cut, tmp_path, debug_lines)


def test_warped_once_leaves_the_warp_as_it_was(tmp_path):
    path = gtiff(str(tmp_path / "source.tif"), around_the_world())
    source = warp("", path, "-t_srs EPSG:3413 -te -9e6 -9e6 9e6 9e6", tmp_path)
    before = gdal.GetDriverByName("MEM").CreateCopy("", source).ReadAsArray()
    copy = gdal.GetDriverByName("ROWBAND").CreateCopy(str(tmp_path / "a.tif"), source)
    assert copy is not None
    source.FlushCache()
    assert np.array_equal(source.ReadAsArray(), before)


def test_warped_once_fails_where_it_is_read(tmp_path):
    """Of what lies behind the globe GDAL is told to find it, which it cannot."""
    path = gtiff(str(tmp_path / "source.tif"), around_the_world())
    arguments = f"{ORTHO} -wo ERROR_OUT_IF_EMPTY_SOURCE_WINDOW=TRUE"
    source = warp("", path, arguments, tmp_path)
    target = tmp_path / "behind.tif"
    said = []
    gdal.PushErrorHandler(lambda level, number, message: said.append(message))
    copy = gdal.GetDriverByName("ROWBAND").CreateCopy(str(target), source)
    gdal.PopErrorHandler()
    assert copy is None and not target.exists()
    assert len(said) == 1 and "cannot look into" not in said[0], said
    assert "failed to transform" in said[0]
