#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""PART=i/n and ROWBAND_PARTS: what are not the parts of one run do not come together,
and nothing that was there is lost by trying."""

import os

import numpy as np
import pytest
from gtiff_compare import collected_errors
from osgeo import gdal
from part_cases import COG, PREFIX, copied, make_parts, raster
from rowband_driver import assert_refused, driver, recorder
from stored import read_bytes


@pytest.fixture
def parts(tmp_path):
    folder = tmp_path / "parts"
    folder.mkdir()
    make_parts(str(folder), raster(), COG, 3)
    return folder


def assert_not_opened(folder, *words):
    with collected_errors() as said:
        assert gdal.Open(f"{PREFIX}{folder}") is None
    errors = [args[2] for args in said if args[0] == gdal.CE_Failure]
    assert len(errors) == 1, said
    for word in words:
        assert word in errors[0], errors


def test_a_missing_part(parts):
    os.remove(parts / "part-2.tif")
    assert_not_opened(parts, "part 2 of 3 is missing")


def test_a_part_of_another_run(parts):
    path = str(parts / "part-2.tif")
    copied(path, raster(), [*COG, "ZLEVEL=2", "PART=2/3"])
    assert_not_opened(parts, "part-2.tif is a part of another run than")


def test_a_part_twice(parts):
    (parts / "part-9.tif").write_bytes((parts / "part-2.tif").read_bytes())
    assert_not_opened(parts, "part-2.tif and ", "part-9.tif are both part 2 of 3")


def test_a_file_that_is_no_part(parts):
    copied(str(parts / "whole.tif"), raster(), COG)
    assert_not_opened(parts, "whole.tif is no part")


def test_no_parts(tmp_path):
    assert_not_opened(tmp_path, "there are no parts")


@pytest.mark.parametrize("left", [0, 4, 100, 0.5, 0.9, -1])
def test_a_part_that_is_cut(parts, left):
    data = (parts / "part-2.tif").read_bytes()
    left = int(left * len(data)) if isinstance(left, float) else left
    (parts / "part-2.tif").write_bytes(data[:left])
    assert_not_opened(parts, "part-2.tif", "is cut")


def test_every_cut_is_noticed(parts):
    data = (parts / "part-2.tif").read_bytes()
    for left in range(0, len(data), 997):
        (parts / "part-2.tif").write_bytes(data[:left])
        with collected_errors():
            assert gdal.Open(f"{PREFIX}{parts}") is None


def test_damaged_parts_do_no_harm(parts):
    """Bytes of the directories at random: refused, or merged to something."""
    data = bytearray((parts / "part-2.tif").read_bytes())
    random = np.random.default_rng(3)
    for _ in range(60):
        damaged = bytearray(data)
        at = random.integers(max(0, len(data) - 6000), len(data))
        damaged[at] ^= 1 << random.integers(8)
        (parts / "part-2.tif").write_bytes(damaged)
        with collected_errors() as said:
            together = gdal.Open(f"{PREFIX}{parts}")
            if together is not None:
                made = driver().CreateCopy(f"{parts}/../all.tif", together)
                made = None
                together = None
        assert len([args for args in said if args[0] == gdal.CE_Failure]) <= 2


@pytest.mark.parametrize("value", ["0/3", "4/3", "1", "1/", "/3", "1/3x", "a/b", "1/0"])
def test_no_part(tmp_path, value):
    assert_refused(f"{tmp_path}/p.tif", raster(), [f"PART={value}"], "PART", value)


def test_masks_of_single_bands(tmp_path):
    source = raster(2)
    source.GetRasterBand(1).CreateMaskBand(0)
    assert_refused(f"{tmp_path}/p.tif", source, ["PART=1/2"], "PART")


def test_create(tmp_path):
    with collected_errors() as said:
        assert driver().Create(f"{tmp_path}/p.tif", 9, 9, options=["PART=1/2"]) is None
    assert "PART" in said[0][2] and not os.listdir(tmp_path)


def test_by_way_of_a_pipe(tmp_path):
    """Where nothing can be gone back to."""
    folder = tmp_path / "parts"
    folder.mkdir()
    for number in (1, 2):
        options = [*COG, f"PART={number}/2"]
        ok, said = copied(f"/vsizip/{folder}/{number}.zip/p.tif", raster(3), options)
        assert ok, said
        data = read_bytes(f"/vsizip/{folder}/{number}.zip/p.tif")
        os.remove(folder / f"{number}.zip")
        (folder / f"{number}.tif").write_bytes(data)
    together = gdal.Open(f"{PREFIX}{folder}")
    zipped = f"/vsizip/{tmp_path}/all.zip/all.tif"
    assert copied(zipped, together, [])[0]
    assert copied(f"{tmp_path}/one.tif", raster(3), COG)[0]
    assert read_bytes(zipped) == read_bytes(f"{tmp_path}/one.tif")


def test_options_that_contradict_the_parts(parts, tmp_path):
    together = gdal.Open(f"{PREFIX}{parts}")
    target = f"{tmp_path}/all.tif"
    assert_refused(target, together, ["BLOCKSIZE=64"], "BLOCKSIZE=64", "BLOCKSIZE=32")
    assert_refused(target, together, ["COMPRESS=LZW"], "COMPRESS=LZW", "contradicts")
    assert_refused(target, together, ["PART=1/2"], "PART")
    options = [*COG, "COMPRESS=DEFLATE", "NUM_THREADS=2", "BUDGET=64M", "VERIFY=YES"]
    assert copied(target, together, options)[0]


def test_the_target_is_a_part(parts):
    before = read_bytes(f"{parts}/part-1.tif")
    together = gdal.Open(f"{PREFIX}{parts}")
    keep = ["QUIET_DELETE_ON_CREATE_COPY=NO", "@QUIET_DELETE_ON_CREATE_COPY=NO"]
    with collected_errors() as said:
        made = driver().CreateCopy(f"{parts}/part-1.tif", together, options=keep)
    assert made is None and "also a part" in said[-1][2]
    assert read_bytes(f"{parts}/part-1.tif") == before


@pytest.mark.parametrize("stop_at", [0.0, 0.3, 0.95, 1.0])
def test_cancelled(parts, tmp_path, stop_at):
    together = gdal.Open(f"{PREFIX}{parts}")
    target = f"{tmp_path}/all.tif"
    with collected_errors() as said:
        made = driver().CreateCopy(target, together, callback=recorder([], stop_at))
    assert made is None and not os.path.exists(target)
    assert [args[2] for args in said if args[0] == gdal.CE_Failure]
    assert sorted(os.listdir(tmp_path)) == ["parts"]


def test_the_source_need_not_be_there(tmp_path):
    driver_gtiff = gdal.GetDriverByName("GTiff")
    source = driver_gtiff.CreateCopy(f"{tmp_path}/s.tif", raster(3))
    source = None
    opened = gdal.Open(f"{tmp_path}/s.tif")
    assert copied(f"{tmp_path}/one.tif", opened, COG)[0]
    folder = tmp_path / "parts"
    folder.mkdir()
    make_parts(str(folder), opened, COG, 3)
    opened = None
    os.remove(f"{tmp_path}/s.tif")
    assert copied(f"{tmp_path}/all.tif", gdal.Open(f"{PREFIX}{folder}"), [])[0]
    assert read_bytes(f"{tmp_path}/all.tif") == read_bytes(f"{tmp_path}/one.tif")


def test_nothing_is_written_to_the_name_of_the_parts(parts, monkeypatch):
    monkeypatch.chdir(parts)
    together = gdal.Open(f"{PREFIX}part-*.tif")
    together.SetMetadataItem("A", "B")
    together.FlushCache()
    together = None
    assert sorted(os.listdir(parts)) == [f"part-{i}.tif" for i in (1, 2, 3)]
