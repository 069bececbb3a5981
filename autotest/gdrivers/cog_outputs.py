#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""LAYOUT=COG: nothing half-made or left, and outputs that are written from the
first byte to the last."""

import gzip
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from carriers import CATEGORIES, with_categories
from cog_compare import cog_translate
from cog_sources import SMALLEST_TILES, in_file, rgb_with_mask, size_name
from faults import HANGS_AFTER_S
from gtiff_compare import (
    assert_same_pixels,
    collected_errors,
    gtiff_translate,
    rowband_translate,
)
from osgeo import gdal
from rowband_driver import KEEP_TARGET
from sources import make_source
from stored import read_bytes


###############################################################################
# Nothing half-made, nothing left


@pytest.fixture
def folders(tmp_path):
    """For the file, and for what is temporary."""
    found = tmp_path / "out", tmp_path / "temporary"
    for folder in found:
        folder.mkdir()
    gdal.SetConfigOption("CPL_TMPDIR", str(found[1]))
    yield found
    gdal.SetConfigOption("CPL_TMPDIR", None)


def create(target, source, options, callback=None):
    """@return whether there is a dataset, and the errors"""
    with collected_errors() as said:
        result = gdal.GetDriverByName("ROWBAND").CreateCopy(
            target, source, options=["LAYOUT=COG", *options], callback=callback
        )
    return result is not None, [args[2] for args in said if args[0] == gdal.CE_Failure]


@pytest.mark.parametrize("temporary", [False, True], ids=["", "CPL_TMPDIR"])
@pytest.mark.parametrize("budget", ["1", "256M"])
@pytest.mark.parametrize("stop_at", [0.0, 0.3, 0.9])
def test_cog_cancelled(folders, stop_at, budget, temporary):
    seen = []

    def callback(fraction, message, user):
        seen.append(fraction)
        return 0 if fraction >= stop_at else 1

    if not temporary:
        gdal.SetConfigOption("CPL_TMPDIR", None)
    source = rgb_with_mask(700, 500)
    options = [*SMALLEST_TILES, f"BUDGET={budget}"]
    made, errors = create(f"{folders[0]}/out.tif", source, options, callback)
    assert seen[-1] >= stop_at and seen[-1] < 1
    assert not made and len(errors) == 1
    assert [os.listdir(folder) for folder in folders] == [[], []]


@pytest.mark.parametrize("block", [(0, 0), (5, 3)], ids=size_name)
def test_cog_of_an_unreadable_source(tmp_vsimem, folders, block):
    path = f"{tmp_vsimem}/in.tif"
    blocks = ["BLOCKXSIZE=128", "BLOCKYSIZE=128"]
    gtiff_translate(path, rgb_with_mask(700, 500), blocks)
    dataset = gdal.Open(path)
    item = "BLOCK_OFFSET_{}_{}".format(*block)
    offset = int(dataset.GetRasterBand(1).GetMetadataItem(item, "TIFF"))
    data = bytearray(read_bytes(path))
    data[offset : offset + 20] = b"\xff" * 20
    gdal.FileFromMemBuffer(path, bytes(data))
    made, errors = create(f"{folders[0]}/out.tif", gdal.Open(path), SMALLEST_TILES)
    assert not made and errors
    assert [os.listdir(folder) for folder in folders] == [[], []]


@pytest.mark.parametrize("budget", ["1", "256M"])
def test_cog_leaves_nothing_but_the_file(folders, budget):
    source = rgb_with_mask(700, 500)
    cog_translate(
        f"{folders[0]}/out.tif", source, (*SMALLEST_TILES, f"BUDGET={budget}")
    )
    assert [os.listdir(folder) for folder in folders] == [["out.tif"], []]


def test_cog_progress(tmp_vsimem):
    seen = []

    def callback(fraction, message, user):
        seen.append(fraction)
        return 1

    source = rgb_with_mask(700, 500)
    assert create(f"{tmp_vsimem}/out.tif", source, SMALLEST_TILES, callback)[0]
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


###############################################################################
# Outputs that are written from the first byte to the last


LAYOUTS = {"GTIFF": ("TILED=YES",), "COG": ("LAYOUT=COG", *SMALLEST_TILES)}


@pytest.fixture
def source_path(tmp_path):
    path = str(tmp_path / "in.tif")
    gtiff_translate(path, rgb_with_mask(700, 500))
    return path


def expected_bytes(folder, source, layout):
    """What a normal file gets."""
    path = f"{folder}/expected.tif"
    rowband_translate(path, source, LAYOUTS[layout])
    return read_bytes(path)


def run(command, folders, said=()):
    """@param said words that must be said, if anything is
    @return what came out"""
    temporary = dict.fromkeys(("TMPDIR", "CPL_TMPDIR"), str(folders[1]))
    ended = subprocess.run(
        command,
        capture_output=True,
        timeout=HANGS_AFTER_S,
        cwd=folders[0],
        env={**os.environ, **temporary},
    )
    assert ended.returncode == 0, (ended.returncode, ended.stderr)
    assert bool(ended.stderr) == bool(said), ended.stderr
    assert all(word in ended.stderr.decode() for word in said), ended.stderr
    return ended.stdout


@pytest.mark.parametrize("layout", LAYOUTS)
def test_cog_to_stdout(tmp_vsimem, folders, source_path, layout):
    options = [word for option in LAYOUTS[layout] for word in ("-co", option)]
    command = ["gdal_translate", "-q", "-of", "ROWBAND", *options]
    written = run([*command, source_path, "/vsistdout/"], folders)
    assert written == expected_bytes(tmp_vsimem, source_path, layout)
    assert [os.listdir(folder) for folder in folders] == [[], []]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_cog_to_stdout_where_there_is_no_place_for_a_sidecar(
    tmp_path, tmp_vsimem, folders, layout
):
    source = in_file(tmp_path, with_categories(make_source()))
    options = [word for option in LAYOUTS[layout] for word in ("-co", option)]
    command = ["gdal_translate", "-q", "-of", "ROWBAND", *options]
    command += [source.GetDescription(), "/vsistdout/"]
    written = run(command, folders, [".aux.xml", "/vsistdout/"])
    assert written == expected_bytes(tmp_vsimem, source, layout)
    assert [os.listdir(folder) for folder in folders] == [[], []]


# gdal_translate and CreateCopy would open the target to see whether it is a
# raster, and wait for someone who writes.
CREATE_COPY = """
import sys
from osgeo import gdal
gdal.UseExceptions()
gdal.SetConfigOption("GDAL_VALIDATE_CREATION_OPTIONS", "NO")
source, target, *options = sys.argv[1:]
driver = gdal.GetDriverByName("ROWBAND")
driver.CreateCopy(target, gdal.Open(source), options=options)
"""


@pytest.mark.parametrize("layout", LAYOUTS)
def test_cog_to_fifo(tmp_path, tmp_vsimem, folders, source_path, layout):
    fifo, copy = folders[0] / "out.tif", tmp_path / "copy.tif"
    os.mkfifo(fifo)
    with open(copy, "wb") as file:
        reader = subprocess.Popen(["cat", str(fifo)], stdout=file)
    try:
        arguments = [source_path, str(fifo), *LAYOUTS[layout], *KEEP_TARGET]
        assert run([sys.executable, "-c", CREATE_COPY, *arguments], folders) == b""
        assert reader.wait(HANGS_AFTER_S) == 0
    finally:
        reader.kill()
        reader.wait()
    assert copy.read_bytes() == expected_bytes(tmp_vsimem, source_path, layout)
    assert [os.listdir(folder) for folder in folders] == [["out.tif"], []]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_cog_to_zip(tmp_vsimem, folders, source_path, layout):
    archive = f"{folders[0]}/x.zip"
    target = f"/vsizip/{archive}/out.tif"
    dataset = rowband_translate(target, source_path, LAYOUTS[layout])[0]
    assert_same_pixels(dataset, gdal.Open(source_path))
    del dataset
    with zipfile.ZipFile(archive) as file:
        assert file.namelist() == ["out.tif"]
        written = file.read("out.tif")
    assert written == expected_bytes(tmp_vsimem, source_path, layout)
    assert [os.listdir(folder) for folder in folders] == [["x.zip"], []]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_cog_to_zip_with_a_sidecar(tmp_path, folders, layout):
    source = with_categories(make_source())
    target = f"/vsizip/{folders[0]}/x.zip/out.tif"
    dataset = rowband_translate(target, source, LAYOUTS[layout])[0]
    assert_same_pixels(dataset, source)
    names = gdal.ReadDir(f"/vsizip/{folders[0]}/x.zip")
    assert sorted(names) == ["out.tif", "out.tif.aux.xml"]
    assert dataset.GetRasterBand(1).GetCategoryNames() == CATEGORIES


@pytest.mark.parametrize("layout", LAYOUTS)
def test_cog_to_gzip(tmp_vsimem, folders, source_path, layout):
    path = f"{folders[0]}/out.tif.gz"
    target = f"/vsigzip/{path}"
    dataset = rowband_translate(target, source_path, LAYOUTS[layout])[0]
    assert_same_pixels(dataset, gdal.Open(source_path))
    del dataset
    written = gzip.decompress(Path(path).read_bytes())
    assert written == expected_bytes(tmp_vsimem, source_path, layout)
    assert [os.listdir(folder) for folder in folders] == [["out.tif.gz"], []]
