#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""The ROWBAND driver as GDAL's users see it."""

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from carriers import (
    with_alpha,
    with_epoch,
    with_gcps,
    with_mask,
    with_uint16_color_table,
)
from gtiff_compare import rowband_translate, tool_complaints
from osgeo import gdal
from rowband_driver import SMALL_TILES, driver
from sources import ALL_TYPES, FLOAT_TYPES, INTEGER_TYPES, make_source, type_name
from stored import creation_options

# Ours, with their defaults. What else there is goes to GTiff's code for tags and
# is by default as in the source.
DEFAULTS = {
    "BUDGET": "256M",
    "NUM_THREADS": "ALL_CPUS",
    "TILED": "YES",
    "BLOCKXSIZE": "512",
    "BLOCKYSIZE": "512",
    "COMPRESS": "DEFLATE",
    "ZLEVEL": "6",
    "ZSTD_LEVEL": "9",
    "PREDICTOR": "1",
    "INTERLEAVE": "PIXEL",
    "BIGTIFF": "IF_NEEDED",
    "SPARSE_OK": "NO",
    "NAN_TO_NODATA": "NO",
}


###############################################################################
# The driver object


@pytest.mark.parametrize(
    "item",
    [
        "DCAP_RASTER",
        "DCAP_CREATE",
        "DCAP_CREATECOPY",
        "DCAP_VIRTUALIO",
        "DCAP_COORDINATE_EPOCH",
        "DCAP_CREATE_ONLY_VISIBLE_AT_CLOSE_TIME",
    ],
)
def test_rowband_capability(item):
    assert driver().GetMetadataItem(item) == "YES"


def test_rowband_names():
    assert driver().ShortName == "ROWBAND"
    # What QGIS lists: the format must be found there under its name.
    assert driver().LongName.startswith("GeoTIFF")
    assert "ROWBAND" in driver().LongName
    assert driver().GetMetadataItem("DMD_EXTENSION") == "rowband"
    assert driver().GetMetadataItem("DMD_EXTENSIONS") in (None, "rowband")


def project_version():
    text = (Path(__file__).resolve().parents[2] / "CMakeLists.txt").read_text()
    return re.search(r"project\(rowband VERSION ([0-9.]+)", text).group(1)


def test_rowband_says_its_version(tmp_vsimem):
    """To whoever asks the driver, and once to whoever debugs a copy."""
    assert driver().GetMetadataItem("ROWBAND_VERSION") == project_version()
    gdal.SetConfigOption("CPL_DEBUG", "ROWBAND")
    said = rowband_translate(f"{tmp_vsimem}/out.tif", make_source())[1]
    gdal.SetConfigOption("CPL_DEBUG", None)
    lines = [args[2] for args in said if args[2].startswith("ROWBAND: version")]
    gdal_version = gdal.VersionInfo("RELEASE_NAME")
    expected = f"ROWBAND: version {project_version()}, GDAL {gdal_version}, libdeflate"
    assert len(lines) == 1 and lines[0].startswith(expected), said


def test_rowband_does_not_take_tif_from_gtiff():
    for index in range(gdal.GetDriverCount()):
        other = gdal.GetDriver(index)
        if "tif" in (other.GetMetadataItem("DMD_EXTENSIONS") or "").split():
            assert other.ShortName != "ROWBAND"


def test_rowband_creation_data_types():
    names = driver().GetMetadataItem("DMD_CREATIONDATATYPES").split()
    assert sorted(names) == sorted(gdal.GetDataTypeName(t) for t in ALL_TYPES)


def test_rowband_creation_options_and_defaults():
    defaults = {
        option.get("name"): option.get("default")
        for option in creation_options("ROWBAND")
    }
    assert {name: defaults.get(name) for name in DEFAULTS} == DEFAULTS


def test_rowband_creation_options_are_described():
    for option in creation_options("ROWBAND"):
        for attribute in ("name", "type", "description"):
            assert option.get(attribute), ElementTree.tostring(option)
        if option.get("type") == "string-select":
            values = [value.text for value in option.findall("Value")]
            assert option.get("default", values[0]) in values


def test_rowband_returns_a_gtiff_dataset(tmp_vsimem):
    result = driver().CreateCopy(f"{tmp_vsimem}/out.tif", make_source())
    assert result.GetDriver().ShortName == "GTiff"
    assert result.GetDescription() == f"{tmp_vsimem}/out.tif"


def test_rowband_defaults(tmp_vsimem):
    target = f"{tmp_vsimem}/out.tif"
    result, said = rowband_translate(target, make_source(600, 530, 2))
    assert said == []
    assert result.GetRasterBand(1).GetBlockSize() == [512, 512]
    structure = result.GetMetadata("IMAGE_STRUCTURE")
    assert structure["COMPRESSION"] == "DEFLATE"
    assert structure["INTERLEAVE"] == "PIXEL"


###############################################################################
# Other readers


@pytest.mark.parametrize("compress", ["NONE", "DEFLATE", "ZSTD"])
@pytest.mark.parametrize("layout", ["tiled", "strips"])
@pytest.mark.parametrize("bigtiff", ["YES", "NO"])
@pytest.mark.parametrize(
    "carrier", [with_mask, with_alpha, with_uint16_color_table, with_gcps, with_epoch]
)
def test_rowband_libtiff_tools(tmp_path, carrier, bigtiff, layout, compress):
    target = str(tmp_path / "out.tif")
    options = {"tiled": SMALL_TILES, "strips": ("TILED=NO", "BLOCKYSIZE=7")}[layout]
    options = [*options, f"COMPRESS={compress}", f"BIGTIFF={bigtiff}"]
    result = rowband_translate(target, carrier(make_source()), options)[0]
    del result
    assert tool_complaints(target) == []


@pytest.mark.parametrize("gdal_type", INTEGER_TYPES + FLOAT_TYPES, ids=type_name)
def test_rowband_libtiff_tools_types(tmp_path, gdal_type):
    target = str(tmp_path / "out.tif")
    source = make_source(bands=5, gdal_type=gdal_type)
    rowband_translate(target, source, [*SMALL_TILES, "PREDICTOR=2", "INTERLEAVE=BAND"])
    assert tool_complaints(target) == []


@pytest.mark.parametrize("wrap", (False, True), ids=("plain", "vrt"))
def test_rowband_source_open_for_writing_is_read_as_it_is(tmp_vsimem, wrap):
    """What is not in the file yet no second reader would find there."""
    options = ["TILED=YES", "SPARSE_OK=YES"]
    source = gdal.GetDriverByName("GTiff").Create(
        f"{tmp_vsimem}/source.tif", 2000, 2000, 1, gdal.GDT_Byte, options
    )
    source.FlushCache()
    source.GetRasterBand(1).WriteRaster(0, 0, 2000, 2000, bytes(range(250)) * 16000)
    expected = source.GetRasterBand(1).Checksum()
    read = gdal.Translate("", source, format="VRT") if wrap else source
    target = f"{tmp_vsimem}/target.tif"
    driver().CreateCopy(target, read, options=["READ_THREADS=4"])
    assert gdal.Open(target).GetRasterBand(1).Checksum() == expected
