#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""Pixels: types, bands, sizes, predictors, blocks of the source, bits."""

import pytest
from gtiff_compare import (
    collected_errors,
    compare_with_gtiff,
    gtiff_translate,
    rowband_translate,
)
from osgeo import gdal
from rowband_driver import SMALL_TILES, driver
from sources import ALL_TYPES, FLOAT_TYPES, INTEGER_TYPES, make_source, type_name
from stored import read_bytes, stored_tiles


@pytest.mark.parametrize("compress", ["NONE", "DEFLATE", "ZSTD"])
@pytest.mark.parametrize("gdal_type", ALL_TYPES, ids=type_name)
def test_rowband_types(tmp_vsimem, gdal_type, compress):
    source = make_source(bands=2, gdal_type=gdal_type)
    compare_with_gtiff(source, tmp_vsimem, [*SMALL_TILES, f"COMPRESS={compress}"])


@pytest.mark.parametrize("layout", ["tiled", "strips"])
@pytest.mark.parametrize("interleave", ["PIXEL", "BAND"])
@pytest.mark.parametrize("bands", [1, 2, 3, 4, 5, 10])
@pytest.mark.parametrize("gdal_type", [gdal.GDT_Byte, gdal.GDT_Int16], ids=type_name)
def test_rowband_bands(tmp_vsimem, gdal_type, bands, interleave, layout):
    options = {"tiled": SMALL_TILES, "strips": ("TILED=NO", "BLOCKYSIZE=7")}[layout]
    source = make_source(bands=bands, gdal_type=gdal_type)
    compare_with_gtiff(source, tmp_vsimem, [*options, f"INTERLEAVE={interleave}"])


@pytest.mark.slow
@pytest.mark.parametrize("interleave", ["PIXEL", "BAND"])
def test_rowband_many_bands(tmp_vsimem, interleave):
    source = make_source(20, 18, bands=1000)
    options = ["BLOCKXSIZE=16", "BLOCKYSIZE=16", f"INTERLEAVE={interleave}"]
    compare_with_gtiff(source, tmp_vsimem, options)


@pytest.mark.parametrize("options", [(), ("TILED=NO",)], ids=["tiled", "strips"])
@pytest.mark.parametrize(
    "width,height",
    [(1, 1), (1, 700), (700, 1), (16, 16), (512, 512), (513, 511), (1025, 2)],
)
def test_rowband_sizes(tmp_vsimem, width, height, options):
    compare_with_gtiff(make_source(width, height, 2), tmp_vsimem, options)


@pytest.mark.parametrize("rows", [1, 3, 16, 50, 51, 1000])
def test_rowband_rows_per_strip(tmp_vsimem, rows):
    options = ["TILED=NO", f"BLOCKYSIZE={rows}"]
    compare_with_gtiff(make_source(bands=3), tmp_vsimem, options)


@pytest.mark.parametrize("compress", ["DEFLATE", "ZSTD"])
@pytest.mark.parametrize("interleave", ["PIXEL", "BAND"])
@pytest.mark.parametrize(
    "predictor,gdal_type",
    [("2", t) for t in INTEGER_TYPES + FLOAT_TYPES]
    + [("STANDARD", gdal.GDT_UInt16), ("NO", gdal.GDT_UInt16)]
    + [("3", t) for t in FLOAT_TYPES]
    + [("FLOATING_POINT", gdal.GDT_Float32)],
    ids=type_name,
)
def test_rowband_predictor(tmp_vsimem, predictor, gdal_type, interleave, compress):
    source = make_source(bands=3, gdal_type=gdal_type)
    options = [f"PREDICTOR={predictor}", f"INTERLEAVE={interleave}"]
    options += [*SMALL_TILES, f"COMPRESS={compress}"]
    compare_with_gtiff(source, tmp_vsimem, options)


@pytest.mark.parametrize("gdal_type", INTEGER_TYPES + FLOAT_TYPES, ids=type_name)
def test_rowband_predictor_yes(tmp_vsimem, gdal_type):
    source = make_source(gdal_type=gdal_type)
    predictor = "3" if gdal_type in FLOAT_TYPES else "2"
    for value in ("YES", predictor):
        options = [f"PREDICTOR={value}", *SMALL_TILES]
        rowband_translate(f"{tmp_vsimem}/{value}.tif", source, options)
    yes, named = [read_bytes(f"{tmp_vsimem}/{v}.tif") for v in ("YES", predictor)]
    assert yes == named


# libtiff makes libdeflate's levels 7 to 10 of ZLEVEL 6 to 9.
@pytest.mark.parametrize(
    "ours,theirs", [(1, 1), (5, 5), (7, 6), (9, 8), (10, 9), (11, 11), (12, 12)]
)
@pytest.mark.parametrize("predictor", [1, 2])
def test_rowband_stores_the_bytes_gtiff_stores(tmp_vsimem, predictor, ours, theirs):
    source = make_source(110, 70, 3, gdal.GDT_UInt16)
    options = [*SMALL_TILES, f"PREDICTOR={predictor}"]
    paths = f"{tmp_vsimem}/rowband.tif", f"{tmp_vsimem}/gtiff.tif"
    rowband_translate(paths[0], source, [*options, f"ZLEVEL={ours}"])
    gtiff_translate(paths[1], source, [*options, f"ZLEVEL={theirs}"])
    assert stored_tiles(paths[0]) == stored_tiles(paths[1])


@pytest.mark.parametrize("options", [SMALL_TILES, ("TILED=NO", "BLOCKYSIZE=16")])
@pytest.mark.parametrize("threads", ["2", "8", "ALL_CPUS"])
def test_rowband_same_file_for_any_threads(tmp_vsimem, threads, options):
    source = make_source(300, 200, 3)
    for count in ("1", threads):
        target = f"{tmp_vsimem}/{count}.tif"
        rowband_translate(target, source, [*options, f"NUM_THREADS={count}"])
    one, many = [read_bytes(f"{tmp_vsimem}/{n}.tif") for n in ("1", threads)]
    assert one == many


@pytest.mark.parametrize("budget", ["1", "100K", "1M", "64M", "1G", "10%"])
def test_rowband_same_tiles_for_any_budget(tmp_vsimem, budget):
    blocks = ["TILED=YES", "BLOCKXSIZE=48", "BLOCKYSIZE=80"]
    source = gtiff_translate(f"{tmp_vsimem}/in.tif", make_source(900, 700, 2), blocks)[
        0
    ]
    rowband_translate(f"{tmp_vsimem}/default.tif", source, SMALL_TILES)
    target = f"{tmp_vsimem}/budget.tif"
    rowband_translate(target, source, [*SMALL_TILES, f"BUDGET={budget}"])
    assert stored_tiles(target) == stored_tiles(f"{tmp_vsimem}/default.tif")


def test_rowband_budget_below_the_floor_warns_once(tmp_vsimem):
    options = [*SMALL_TILES, "BUDGET=1"]
    said = rowband_translate(f"{tmp_vsimem}/out.tif", make_source(), options)[1]
    assert [args[0] for args in said] == [gdal.CE_Warning]
    assert any(word in said[0][2] for word in ("budget", "BUDGET"))


@pytest.mark.parametrize("source_interleave", ["PIXEL", "BAND"])
@pytest.mark.parametrize(
    "blocks",
    [(16, 16), (64, 16), (16, 64), (48, 80), (256, 256)],
    ids=lambda size: f"{size[0]}x{size[1]}",
)
def test_rowband_source_blocks(tmp_vsimem, blocks, source_interleave):
    layout = [f"BLOCKXSIZE={blocks[0]}", f"BLOCKYSIZE={blocks[1]}"]
    layout.append(f"INTERLEAVE={source_interleave}")
    source = gtiff_translate(f"{tmp_vsimem}/in.tif", make_source(300, 210, 3), layout)[
        0
    ]
    options = ["BLOCKXSIZE=64", "BLOCKYSIZE=32", "INTERLEAVE=PIXEL"]
    compare_with_gtiff(source, tmp_vsimem, options)


def test_rowband_default_interleave_is_not_the_sources(tmp_vsimem):
    layout = ["INTERLEAVE=BAND"]
    source = gtiff_translate(f"{tmp_vsimem}/in.tif", make_source(bands=3), layout)[0]
    result = rowband_translate(f"{tmp_vsimem}/out.tif", source)[0]
    assert result.GetMetadataItem("INTERLEAVE", "IMAGE_STRUCTURE") == "PIXEL"


@pytest.mark.parametrize("nbits", [1, 2, 4, 5, 7])
def test_rowband_nbits_of_bytes(tmp_vsimem, nbits):
    source = make_source(bands=2)
    for number in (1, 2):
        band = source.GetRasterBand(number)
        band.WriteArray(band.ReadAsArray() % (1 << nbits))
        band.SetMetadataItem("NBITS", str(nbits), "IMAGE_STRUCTURE")
    compare_with_gtiff(source, tmp_vsimem, SMALL_TILES)


@pytest.mark.parametrize(
    "gdal_type,nbits",
    [(gdal.GDT_UInt16, 9), (gdal.GDT_UInt16, 12), (gdal.GDT_UInt32, 20)],
)
@pytest.mark.parametrize("interleave", ["PIXEL", "BAND"])
def test_rowband_nbits_of_wider_types(tmp_vsimem, gdal_type, nbits, interleave):
    source = make_source(bands=3, gdal_type=gdal_type)
    for number in (1, 2, 3):
        band = source.GetRasterBand(number)
        band.WriteArray(band.ReadAsArray() % (1 << nbits))
        band.SetMetadataItem("NBITS", str(nbits), "IMAGE_STRUCTURE")
    compare_with_gtiff(source, tmp_vsimem, [*SMALL_TILES, f"INTERLEAVE={interleave}"])


@pytest.mark.parametrize("predictor", ["1", "2", "3"])
@pytest.mark.parametrize("interleave", ["PIXEL", "BAND"])
def test_rowband_half_floats(tmp_vsimem, predictor, interleave):
    source = make_source(bands=3, gdal_type=gdal.GDT_Float32)
    for number in (1, 2, 3):
        band = source.GetRasterBand(number)
        band.WriteArray(band.ReadAsArray() * 0.7)
        band.SetMetadataItem("NBITS", "16", "IMAGE_STRUCTURE")
    options = [f"PREDICTOR={predictor}", f"INTERLEAVE={interleave}"]
    compare_with_gtiff(source, tmp_vsimem, [*SMALL_TILES, *options])


def test_rowband_clipping_is_warned_of(tmp_vsimem):
    source = make_source(bands=1, gdal_type=gdal.GDT_UInt16)
    source.GetRasterBand(1).Fill(5000)
    target = f"{tmp_vsimem}/out.tif"
    result, said = rowband_translate(target, source, ["NBITS=12"])
    assert result.GetRasterBand(1).ComputeRasterMinMax(False) == (4095, 4095)
    assert [args[0] for args in said] == [gdal.CE_Warning]
    assert "12 bits" in said[0][2]


def test_rowband_mixed_types(tmp_vsimem):
    source = make_source(bands=1, gdal_type=gdal.GDT_Byte)
    source.AddBand(gdal.GDT_Int16)
    source.GetRasterBand(2).Fill(-5)
    compare_with_gtiff(source, tmp_vsimem, SMALL_TILES)


def test_rowband_mixed_types_strict(tmp_vsimem):
    source = make_source(bands=1, gdal_type=gdal.GDT_Byte)
    source.AddBand(gdal.GDT_Int16)
    target = f"{tmp_vsimem}/out.tif"
    with collected_errors() as said:
        assert driver().CreateCopy(target, source, strict=1) is None
    assert [args[0] for args in said] == [gdal.CE_Failure]
    assert gdal.VSIStatL(target) is None
