# SPDX-License-Identifier: MIT
"""Warped VRTs are warped in NUM_THREADS threads, whatever they say themselves; the
pixels are those of the VRT, which afterwards is what it was."""

import contextlib
import re

import pytest
from gtiff_compare import assert_same_pixels
from osgeo import gdal
from sources import make_source
from stored import read_bytes
from warp_compare import WEB, rgb
from warped_sources import (
    CASES,
    around_the_world,
    by_blocks,  # noqa: F401
    plain,
    warp,
)
from wrapped_fixtures import gtiff

pytestmark = pytest.mark.usefixtures("by_blocks")

NUMBERS = ("1", "2", "4", "8")
LANCZOS = "-t_srs EPSG:3857 -r lanczos"


@contextlib.contextmanager
def warp_lines():
    """What GDAL says of the threads that it warps in."""
    lines = []
    gdal.SetConfigOption("CPL_DEBUG", "WARP")
    gdal.PushErrorHandler(lambda level, number, message: lines.append(message))
    try:
        yield lines
    finally:
        gdal.PopErrorHandler()
        gdal.SetConfigOption("CPL_DEBUG", None)


def most_threads(lines):
    found = [re.fullmatch(r"WARP: Using (\d+) threads", line) for line in lines]
    return max((int(one.group(1)) for one in found if one), default=1)


def copies(source, folder, options=()):
    """Copies it in so many threads.
    @return by number, the file and the threads that GDAL has warped in"""
    made = {}
    for number in NUMBERS:
        path = f"{folder}/{number}.tif"
        words = ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64"]
        words += [f"NUM_THREADS={number}", *options]
        with warp_lines() as lines:
            copy = gdal.GetDriverByName("ROWBAND").CreateCopy(path, source, 1, words)
        assert copy is not None, lines
        made[number] = path, most_threads(lines)
    return made


def assert_same_in_any(source, folder, threads, options=()):
    """@param threads by number, that GDAL is to warp in"""
    made = copies(source, folder, options)
    expected = gdal.GetDriverByName("MEM").CreateCopy("", source)
    for path, _ in made.values():
        assert_same_pixels(gdal.Open(path), expected)
    assert len({read_bytes(path) for path, _ in made.values()}) == 1
    assert [used for _, used in made.values()] == threads


@pytest.mark.parametrize("make,arguments", CASES)
def test_warp_threads_same_file(tmp_path, make, arguments):
    path = gtiff(str(tmp_path / "source.tif"), make())
    source = warp("", path, arguments, tmp_path)
    pixels = min(source.RasterXSize, 512) * min(source.RasterYSize, 128)
    most = pixels // 4096
    assert_same_in_any(source, tmp_path, [min(most, n) for n in (1, 2, 4, 8)])


@pytest.mark.parametrize("budget", ["1", "64M"])
def test_warp_threads_below_a_vrt(tmp_path, budget):
    """Which gdal_translate puts around it."""
    path = gtiff(str(tmp_path / "source.tif"), plain())
    source = warp("", path, LANCZOS, tmp_path)
    around = gdal.Translate("", source, format="VRT", bandList=[2, 1])
    options = (f"BUDGET={budget}",)
    assert_same_in_any(around, tmp_path, [1, 2, 4, 8], options)


def reproject(folder, options, expected):
    """@param expected threads, by number, that GDAL is to warp in"""
    made = {}
    for number in NUMBERS:
        path = f"{folder}/{number}.tif"
        words = ["LAYOUT=COG", *options, f"NUM_THREADS={number}"]
        with warp_lines() as lines:
            copy = gdal.GetDriverByName("ROWBAND").CreateCopy(path, rgb(), 1, words)
        assert copy is not None, lines
        del copy
        made[number] = read_bytes(path), most_threads(lines)
    assert len({data for data, _ in made.values()}) == 1
    assert [used for _, used in made.values()] == expected


def test_warp_threads_of_reprojecting(tmp_vsimem):
    """To tiles; or where only this thread is told what is beyond the projection."""
    reproject(tmp_vsimem, (*WEB, "ZOOM_LEVEL=12"), [1, 2, 4, 8])
    corners = ("TARGET_SRS=+proj=vandg", "RES=60000", "EXTENT=-2e7,-1e7,2e7,1e7")
    gdal.SetThreadLocalConfigOption("CHECK_WITH_INVERT_PROJ", "YES")
    reproject(tmp_vsimem, corners, [1, 1, 1, 1])
    gdal.SetThreadLocalConfigOption("CHECK_WITH_INVERT_PROJ", None)


def test_warp_threads_are_its_own_where_it_says_how_many(tmp_path):
    path = gtiff(str(tmp_path / "source.tif"), plain())
    source = warp("", path, f"{LANCZOS} -wo NUM_THREADS=3", tmp_path)
    assert_same_in_any(source, tmp_path, [3, 3, 3, 3])


def test_warp_threads_are_gone_afterwards(tmp_path):
    path = gtiff(str(tmp_path / "source.tif"), plain())
    source = warp("", path, LANCZOS, tmp_path)
    assert copies(source, tmp_path)["8"][1] == 8
    source.FlushCache()
    with warp_lines() as lines:
        source.ReadAsArray()
    assert most_threads(lines) == 1


def with_rpc():
    """Rows go north to south, columns west to east, around 34 N, 117 W."""
    source = make_source(700, 610, 3, georeferenced=False)
    scales = {"LINE": 305, "SAMP": 350, "LAT": 0.1, "LONG": 0.1, "HEIGHT": 500}
    offsets = {"LINE": 305, "SAMP": 350, "LAT": 34, "LONG": -117, "HEIGHT": 0}
    items = {f"{name}_SCALE": str(number) for name, number in scales.items()}
    items.update({f"{name}_OFF": str(number) for name, number in offsets.items()})
    rest = " 0" * 17
    items["LINE_NUM_COEFF"] = "0 0 -1" + rest
    items["SAMP_NUM_COEFF"] = "0 1 0" + rest
    items["LINE_DEN_COEFF"] = items["SAMP_DEN_COEFF"] = "1 0 0" + rest
    source.SetMetadata(items, "RPC")
    return source


@pytest.mark.parametrize("has_heights", [True, False])
def test_warp_threads_where_places_come_from_a_file(tmp_path, has_heights):
    """Heights are read while a block is warped: if that fails, GDAL says so to the
    thread that it fails in."""
    heights = gtiff(str(tmp_path / "heights.tif"), around_the_world())
    path = gtiff(str(tmp_path / "source.tif"), with_rpc())
    arguments = "-rpc -t_srs EPSG:4326 -ts 600 300"
    if has_heights:
        arguments += f" -to RPC_DEM={heights}"
    source = warp("", path, arguments, tmp_path)
    assert_same_in_any(source, tmp_path, [1, 1, 1, 1])


def test_warp_threads_where_the_warp_was_made_otherwise(tmp_path):
    """CHECK_WITH_INVERT_PROJ says which places are beyond a projection, and is heard
    when a transformer is made: a copy that another thread makes does not hear it."""
    path = gtiff(str(tmp_path / "source.tif"), around_the_world())
    arguments = "-t_srs +proj=vandg -te -2e7 -1e7 2e7 1e7 -ts 900 450"
    gdal.SetThreadLocalConfigOption("CHECK_WITH_INVERT_PROJ", "YES")
    source = warp("", path, arguments, tmp_path)
    gdal.SetThreadLocalConfigOption("CHECK_WITH_INVERT_PROJ", None)
    assert_same_in_any(source, tmp_path, [1, 1, 1, 1])


def test_warp_threads_of_a_source_that_cannot_be_read(tmp_path):
    """One message, and no file."""
    path = gtiff(str(tmp_path / "source.tif"), plain())
    gdal.Translate(str(tmp_path / "z.tif"), path, creationOptions=["COMPRESS=DEFLATE"])
    data = bytearray(read_bytes(str(tmp_path / "z.tif")))
    for i in range(len(data) // 2, len(data) - 4000, 100):
        data[i : i + 50] = bytes(50)
    (tmp_path / "z.tif").write_bytes(data)
    source = warp("", str(tmp_path / "z.tif"), LANCZOS, tmp_path)
    target = tmp_path / "out.tif"
    for number in NUMBERS:
        said = []
        gdal.PushErrorHandler(lambda level, number, message: said.append(message))
        copy = gdal.GetDriverByName("ROWBAND").CreateCopy(
            str(target), source, 1, [f"NUM_THREADS={number}"]
        )
        gdal.PopErrorHandler()
        assert copy is None and not target.exists()
        assert len(said) == 1 and "cannot read" in said[0], said
