#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""Progress, cancelling, and what is refused."""

import pytest
from carriers import with_domains
from gtiff_compare import (
    assert_same_pixels,
    collected_errors,
    compare_with_gtiff,
    gtiff_translate,
    rowband_translate,
)
from osgeo import gdal
from rowband_driver import KEEP_TARGET, SMALL_TILES, assert_refused, driver
from sources import COMPLEX_TYPES, INTEGER_TYPES, make_source, type_name
from stored import read_bytes


@pytest.fixture
def unchecked_options():
    """GDAL does not warn of options that it does not know."""
    gdal.SetConfigOption("GDAL_VALIDATE_CREATION_OPTIONS", "NO")
    yield
    gdal.SetConfigOption("GDAL_VALIDATE_CREATION_OPTIONS", None)


def test_rowband_progress(tmp_vsimem):
    seen = []

    def progress(fraction, message, user):
        seen.append(fraction)
        return 1

    target = f"{tmp_vsimem}/out.tif"
    driver().CreateCopy(target, make_source(500, 500), callback=progress)
    assert len(seen) >= 2
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


@pytest.mark.parametrize("calls", [1, 2, 5])
@pytest.mark.parametrize("exceptions", [False, True])
def test_rowband_cancel(tmp_vsimem, calls, exceptions):
    seen = []

    def progress(fraction, message, user):
        seen.append(fraction)
        return 1 if len(seen) < calls else 0

    target = f"{tmp_vsimem}/out.tif"
    source = make_source(800, 900, 3)
    options = [*SMALL_TILES, "BUDGET=1M"]
    if exceptions:
        gdal.UseExceptions()
        with pytest.raises(RuntimeError):
            driver().CreateCopy(target, source, options=options, callback=progress)
    else:
        with collected_errors():
            result = driver().CreateCopy(
                target, source, options=options, callback=progress
            )
        assert result is None
    assert len(seen) == calls
    assert gdal.ReadDir(tmp_vsimem) in (None, [])


@pytest.mark.parametrize(
    "option",
    [
        "BLOCKXSIZE=100",
        "BLOCKYSIZE=100",
        "BLOCKXSIZE=0",
        "BLOCKXSIZE=-16",
        "BLOCKXSIZE=many",
        "BUDGET=lots",
        "BUDGET=-1",
        "NUM_THREADS=some",
        "NUM_THREADS=-1",
        "TILED=perhaps",
        "COMPRESS=SQUEEZE",
        "ZLEVEL=0",
        "ZLEVEL=13",
        "ZLEVEL=high",
        "PREDICTOR=4",
        "PREDICTOR=3",
        "INTERLEAVE=LINE",
        "BIGTIFF=perhaps",
        "SPARSE_OK=perhaps",
        "NAN_TO_NODATA=perhaps",
    ],
)
def test_rowband_bad_option(tmp_vsimem, option):
    name = option.split("=")[0]
    options = ["TILED=YES", option] if name == "BLOCKYSIZE" else [option]
    assert_refused(f"{tmp_vsimem}/out.tif", make_source(), options, name)


@pytest.mark.parametrize("value", ["0", "23", "high"])
def test_rowband_bad_zstd_level(tmp_vsimem, value):
    options = ["COMPRESS=ZSTD", f"ZSTD_LEVEL={value}"]
    assert_refused(f"{tmp_vsimem}/out.tif", make_source(), options, "ZSTD_LEVEL")


def test_rowband_strips_need_no_multiple_of_16(tmp_vsimem):
    compare_with_gtiff(make_source(), tmp_vsimem, ["TILED=NO", "BLOCKYSIZE=100"])


@pytest.mark.parametrize(
    "options, blocks",
    [
        (["BLOCKYSIZE=37"], [200, 37]),
        (["BLOCKYSIZE=64"], [200, 64]),
        (["TILED=YES", "BLOCKYSIZE=64"], [512, 64]),
        (["BLOCKXSIZE=64"], [64, 512]),
        (["BLOCKXSIZE=64", "BLOCKYSIZE=32"], [64, 32]),
        (["BLOCKXSIZE=200", "BLOCKYSIZE=32"], [200, 32]),
    ],
)
def test_rowband_height_alone_is_that_of_strips(tmp_vsimem, options, blocks):
    """As with GTiff; or with the raster's width where no tile can have that."""
    target = f"{tmp_vsimem}/out.tif"
    made = driver().CreateCopy(target, make_source(200, 100), options=options)
    assert made.GetRasterBand(1).GetBlockSize() == blocks


@pytest.mark.parametrize("gdal_type", INTEGER_TYPES + COMPLEX_TYPES, ids=type_name)
def test_rowband_predictor_3_is_for_floats(tmp_vsimem, gdal_type):
    source = make_source(gdal_type=gdal_type)
    assert_refused(f"{tmp_vsimem}/out.tif", source, ["PREDICTOR=3"], "PREDICTOR")


def test_rowband_missing_folder(tmp_path):
    target = str(tmp_path / "missing" / "out.tif")
    assert_refused(target, make_source(), [], target)


# GDAL deletes the target before it asks the driver, unless told not to.
@pytest.mark.usefixtures("unchecked_options")
def test_rowband_target_is_source(tmp_path):
    path = str(tmp_path / "in.tif")
    gtiff_translate(path, make_source())
    before = read_bytes(path)
    with collected_errors() as said:
        result = driver().CreateCopy(path, gdal.Open(path), options=KEEP_TARGET)
    assert result is None
    assert [args[0] for args in said] == [gdal.CE_Failure]
    assert path in said[0][2]
    assert read_bytes(path) == before


# To refuse what GDAL has deleted already would lose it.
@pytest.mark.parametrize("folder", [".", "..", "link"])
@pytest.mark.parametrize("translate", [{}, {"srcWin": [3, 5, 60, 40]}], ids=str)
def test_rowband_target_is_source_and_deleted(tmp_path, folder, translate):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link").symlink_to(tmp_path / "in")
    path = str(tmp_path / "in" / "in.tif")
    gtiff_translate(path, make_source())
    other = {".": "./in.tif", "..": "../in/in.tif", "link": "link/in.tif"}[folder]
    target = f"{tmp_path}/in/{other}"
    rowband_translate(target, gdal.Open(path), **translate)
    expected = gdal.Translate("", make_source(), format="MEM", **translate)
    assert_same_pixels(gdal.Open(target), expected)


def test_rowband_no_bands(tmp_vsimem):
    source = gdal.GetDriverByName("MEM").Create("", 10, 10, 0)
    with collected_errors() as said:
        assert driver().CreateCopy(f"{tmp_vsimem}/out.tif", source) is None
    assert [args[0] for args in said] == [gdal.CE_Failure]


def test_rowband_unreadable_block(tmp_vsimem):
    path = f"{tmp_vsimem}/in.tif"
    gtiff_translate(path, make_source(200, 200), ["BLOCKXSIZE=64", "BLOCKYSIZE=64"])
    dataset = gdal.Open(path)
    band = dataset.GetRasterBand(1)
    offset = band.GetMetadataItem("BLOCK_OFFSET_2_2", "TIFF")
    data = bytearray(read_bytes(path))
    data[int(offset) : int(offset) + 20] = b"\xff" * 20
    gdal.FileFromMemBuffer(path, bytes(data))
    target = f"{tmp_vsimem}/out.tif"
    with collected_errors() as said:
        assert driver().CreateCopy(target, gdal.Open(path)) is None
    assert gdal.CE_Failure in [args[0] for args in said]
    assert gdal.VSIStatL(target) is None


def test_rowband_exceptions(tmp_vsimem):
    gdal.UseExceptions()
    source = make_source()
    with pytest.raises(RuntimeError, match="ZLEVEL"):
        driver().CreateCopy(f"{tmp_vsimem}/out.tif", source, options=["ZLEVEL=99"])
    target = f"{tmp_vsimem}/out.tif"
    assert driver().CreateCopy(target, source).RasterXSize == 70


def test_rowband_replaces_an_older_target(tmp_path):
    target = str(tmp_path / "out.tif")
    rowband_translate(target, with_domains(make_source(300, 200, 3)))
    result = rowband_translate(target, make_source(10, 10))[0]
    assert (result.RasterXSize, result.RasterCount) == (10, 1)


def test_errors_warnings_name_no_file_of_ours_in_memory(tmp_path):
    """GTiff warns of too few colours for RGB, and again of its tags when it reads
    them."""
    options = ["PHOTOMETRIC=RGB", "ALPHA=NO"]
    said = rowband_translate(f"{tmp_path}/out.tif", make_source(20, 10, 2), options)[1]
    assert any("color channels" in args[2] for args in said)
    assert [args[2] for args in said if "/vsimem/" in args[2]] == []
