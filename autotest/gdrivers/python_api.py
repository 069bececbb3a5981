#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""GDAL's Python bindings: Translate(), Warp(), CreateCopy() and Create(), with
callbacks, exceptions, files in memory and threads."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from cog_compare import complaints
from gtiff_compare import assert_same_pixels, collected_errors
from osgeo import gdal
from rowband_driver import driver, recorder
from sources import colour, make_source
from stored import read_bytes

LAYOUTS = {"GTIFF": ["BLOCKXSIZE=64", "BLOCKYSIZE=64"]}
LAYOUTS["COG"] = ["LAYOUT=COG", "BLOCKSIZE=128"]


def source_in_file(folder, name="in.tif", width=600, gdal_type=gdal.GDT_Byte):
    path = f"{folder}/{name}"
    source = colour(make_source(width, 500, 3, gdal_type))
    gdal.GetDriverByName("GTiff").CreateCopy(path, source)
    return path


def translate(target, source, options=(), **more):
    return gdal.Translate(
        target, source, format="ROWBAND", creationOptions=list(options), **more
    )


def warp(target, source, options=(), **more):
    return gdal.Warp(
        target,
        source,
        format="ROWBAND",
        dstSRS="EPSG:4326",
        creationOptions=list(options),
        **more,
    )


def copy(target, source, options=(), **more):
    dataset = gdal.Open(source)
    return driver().CreateCopy(target, dataset, options=list(options), **more)


def create(target, source, options=()):
    given = gdal.Open(source)
    size = given.RasterXSize, given.RasterYSize
    gdal_type = given.GetRasterBand(1).DataType
    made = driver().Create(target, *size, 3, gdal_type, list(options))
    if made is not None:
        made.WriteRaster(0, 0, *size, given.ReadRaster())
    return made


WAYS = {"Translate": translate, "Warp": warp, "CreateCopy": copy, "Create": create}
ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
layouts = pytest.mark.parametrize("options", LAYOUTS.values(), ids=LAYOUTS)


###############################################################################
# What they make


@layouts
def test_python_warp(tmp_vsimem, options):
    """To the pixels of a warp to memory."""
    source, target = source_in_file(tmp_vsimem), f"{tmp_vsimem}/out.tif"
    made = warp(target, source, options, resampleAlg="bilinear")
    assert made.GetDescription() == target
    del made
    expected = gdal.Warp(
        "", source, format="MEM", dstSRS="EPSG:4326", resampleAlg="bilinear"
    )
    result = gdal.Open(target)
    assert_same_pixels(result, expected)
    assert result.GetGeoTransform() == expected.GetGeoTransform()
    assert result.GetSpatialRef().GetAuthorityCode(None) == "4326"
    if "LAYOUT=COG" in options:
        assert complaints(target) == []


@ways
@layouts
def test_python_same_bytes_in_memory_and_on_disk(tmp_vsimem, tmp_path, way, options):
    source = source_in_file(tmp_vsimem)
    for folder in (tmp_vsimem, tmp_path):
        assert way(f"{folder}/out.tif", source, options) is not None
    in_memory = read_bytes(f"{tmp_vsimem}/out.tif")
    assert in_memory == (tmp_path / "out.tif").read_bytes()
    assert os.listdir(tmp_path) == ["out.tif"]


@pytest.mark.slow
@ways
@layouts
def test_python_threads(tmp_vsimem, way, options):
    """Different sources to different targets at once: as each alone."""
    types = [gdal.GDT_Byte, gdal.GDT_UInt16, gdal.GDT_Float32] * 2
    numbers = range(len(types))
    sources = [
        source_in_file(tmp_vsimem, f"in{number}.tif", 400 + 50 * number, types[number])
        for number in numbers
    ]

    def run(name, number):
        target = f"{tmp_vsimem}/{name}{number}.tif"
        way(target, sources[number], [*options, f"BUDGET={number + 1}M"])
        return read_bytes(target)

    alone = [run("alone", number) for number in numbers]
    with ThreadPoolExecutor(len(numbers)) as pool:
        assert list(pool.map(lambda number: run("at_once", number), numbers)) == alone


###############################################################################
# Callbacks


with_callback = pytest.mark.parametrize("way", [translate, warp, copy])


@with_callback
@layouts
def test_python_callback_sees_rising_values_up_to_one(tmp_vsimem, way, options):
    seen = []
    source = source_in_file(tmp_vsimem)
    assert way(f"{tmp_vsimem}/out.tif", source, options, callback=recorder(seen))
    assert len(seen) > 2 and seen == sorted(seen)
    assert 0 <= seen[0] < 1 and seen[-1] == 1


@pytest.mark.parametrize("way", [translate, copy])
@pytest.mark.parametrize("stop_at", [0.0, 0.5])
@layouts
def test_python_cancel(tmp_path, tmp_vsimem, way, stop_at, options):
    """None, one error, no file, and no call any more."""
    seen, source = [], source_in_file(tmp_vsimem)
    with collected_errors() as said:
        callback = recorder(seen, stop_at)
        target = str(tmp_path / "out.tif")
        assert way(target, source, [*options, "BUDGET=1M"], callback=callback) is None
    errors = [args for args in said if args[0] == gdal.CE_Failure]
    assert len(errors) == 1 and errors[0][1] == gdal.CPLE_UserInterrupt, said
    assert [fraction for fraction in seen if fraction >= stop_at] == seen[-1:]
    assert os.listdir(tmp_path) == []


def test_python_cancelled_warp_leaves_a_file_as_with_gtiff(tmp_path, tmp_vsimem):
    """GDAL closes it as one that is complete: no driver can tell."""
    source = source_in_file(tmp_vsimem)
    for name in ("GTiff", "ROWBAND"):
        target = str(tmp_path / f"{name}.tif")
        with collected_errors() as said:
            stop = recorder([], 0.5)
            assert gdal.Warp(target, source, format=name, callback=stop) is None
        assert [args[1] for args in said] == [gdal.CPLE_UserInterrupt]
        assert gdal.Open(target) is not None


###############################################################################
# Exceptions

MESSAGE = "ROWBAND: .*out.tif: ZLEVEL=99"


@ways
def test_python_exceptions(tmp_path, tmp_vsimem, way):
    gdal.UseExceptions()
    source, target = source_in_file(tmp_vsimem), str(tmp_path / "out.tif")
    with pytest.raises(RuntimeError, match=MESSAGE):
        way(target, source, ["ZLEVEL=99"])
    assert os.listdir(tmp_path) == []
    assert way(target, source) is not None


@ways
def test_python_without_exceptions(tmp_path, tmp_vsimem, way):
    source, target = source_in_file(tmp_vsimem), str(tmp_path / "out.tif")
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        gdal.ErrorReset()
        assert way(target, source, ["ZLEVEL=99"]) is None
        assert "ZLEVEL=99" in gdal.GetLastErrorMsg()
    finally:
        gdal.PopErrorHandler()
    assert os.listdir(tmp_path) == []
