#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""The ROWBAND driver as GDAL's users see it."""

import struct
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from gtiff_compare import (
    assert_same_pixels,
    collected_errors,
    compare_with_gtiff,
    gtiff_translate,
    rowband_translate,
    tool_complaints,
)
from osgeo import gdal, osr
from sources import (
    ALL_TYPES,
    COMPLEX_TYPES,
    FLOAT_TYPES,
    GEOTRANSFORM,
    INTEGER_TYPES,
    make_source,
    utm,
)
from stored import (
    creation_option_values,
    creation_options,
    read_bytes,
    stored_tiles,
)

# Several tiles each way, the last ones cut.
SMALL_TILES = ("BLOCKXSIZE=32", "BLOCKYSIZE=16")

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


# In GDAL 3.6's words and in later ones'.
KEEP_TARGET = ["QUIET_DELETE_ON_CREATE_COPY=NO", "@QUIET_DELETE_ON_CREATE_COPY=NO"]


def type_name(value):
    return gdal.GetDataTypeName(value) if isinstance(value, int) else None


def driver():
    return gdal.GetDriverByName("ROWBAND")


@pytest.fixture
def unchecked_options():
    """GDAL does not warn of options that it does not know."""
    gdal.SetConfigOption("GDAL_VALIDATE_CREATION_OPTIONS", "NO")
    yield
    gdal.SetConfigOption("GDAL_VALIDATE_CREATION_OPTIONS", None)


def assert_refused(target, source, options, *words):
    """One error that names the thing; no dataset and no file."""
    with collected_errors() as said:
        result = driver().CreateCopy(target, source, options=list(options))
    assert result is None
    errors = [args[2] for args in said if args[0] == gdal.CE_Failure]
    assert len(errors) == 1, said
    for word in words:
        assert word in errors[0]
    assert gdal.VSIStatL(target) is None


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
# Pixels


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


###############################################################################
# Metadata


def with_gcps(source):
    source = make_source(georeferenced=False)
    gcps = [gdal.GCP(440720 + 60 * x, 3751320 - 60 * y, 5, x, y) for x, y in CORNERS]
    source.SetGCPs(gcps, utm().ExportToWkt())
    return source


def with_gcps_alone(source):
    source = make_source(georeferenced=False)
    source.SetGCPs([gdal.GCP(x, y, 0, x, y) for x, y in CORNERS], "")
    return source


def with_rpc(source):
    rpc = {"HEIGHT_OFF": "500", "HEIGHT_SCALE": "500", "LINE_OFF": "25"}
    rpc.update({"LINE_SCALE": "25", "SAMP_OFF": "35", "SAMP_SCALE": "35"})
    rpc.update({"LAT_OFF": "34", "LAT_SCALE": "0.1", "LONG_OFF": "-117"})
    rpc.update({"LONG_SCALE": "0.1", "ERR_BIAS": "0.5", "ERR_RAND": "0.25"})
    for name in ("LINE_NUM", "LINE_DEN", "SAMP_NUM", "SAMP_DEN"):
        rpc[f"{name}_COEFF"] = " ".join(str(i / 8) for i in range(1, 21))
    source = make_source(georeferenced=False)
    source.SetMetadata(rpc, "RPC")
    return source


def with_imd(source):
    source.SetMetadata({"satId": "QB02", "cloudCover": "0.1"}, "IMD")
    return source


def with_nodata(source):
    source.GetRasterBand(1).SetNoDataValue(7)
    return source


def with_nan_nodata(source):
    source = make_source(gdal_type=gdal.GDT_Float32)
    band = source.GetRasterBand(1)
    values = band.ReadAsArray()
    values[10:20, 10:20] = np.nan
    band.WriteArray(values)
    band.SetNoDataValue(float("nan"))
    return source


def with_nodata_out_of_range(source):
    source.GetRasterBand(1).SetNoDataValue(-9999)
    return source


def with_different_nodata(source):
    source = make_source(bands=2)
    source.GetRasterBand(1).SetNoDataValue(1)
    source.GetRasterBand(2).SetNoDataValue(2)
    return source


def with_int64_nodata(source):
    source = make_source(gdal_type=gdal.GDT_Int64)
    source.GetRasterBand(1).SetNoDataValueAsInt64(-(2**63) + 1)
    return source


def with_uint64_nodata(source):
    source = make_source(gdal_type=gdal.GDT_UInt64)
    source.GetRasterBand(1).SetNoDataValueAsUInt64(2**64 - 1)
    return source


def with_color_table(source):
    table = gdal.ColorTable()
    for index in range(256):
        table.SetColorEntry(index, (index, 255 - index, index // 2, 255))
    source.GetRasterBand(1).SetColorTable(table)
    source.GetRasterBand(1).SetColorInterpretation(gdal.GCI_PaletteIndex)
    return source


def with_uint16_color_table(source):
    return with_color_table(make_source(gdal_type=gdal.GDT_UInt16))


def with_transparent_color_table(source):
    with_color_table(source)
    table = source.GetRasterBand(1).GetColorTable().Clone()
    table.SetColorEntry(3, (1, 2, 3, 0))
    source.GetRasterBand(1).SetColorTable(table)
    return source


def with_attribute_table(source):
    table = gdal.RasterAttributeTable()
    table.CreateColumn("Value", gdal.GFT_Integer, gdal.GFU_MinMax)
    table.CreateColumn("Name", gdal.GFT_String, gdal.GFU_Name)
    table.CreateColumn("Share", gdal.GFT_Real, gdal.GFU_Generic)
    table.SetRowCount(3)
    for row in range(3):
        table.SetValueAsInt(row, 0, row)
        table.SetValueAsString(row, 1, f"class {row} é")
        table.SetValueAsDouble(row, 2, row / 3)
    source.GetRasterBand(1).SetDefaultRAT(table)
    return source


CATEGORIES = ["sea", "land", "", "ice"]


def with_categories(source):
    source.GetRasterBand(1).SetCategoryNames(CATEGORIES)
    return source


def with_scale_offset_unit(source):
    source = make_source(bands=2, gdal_type=gdal.GDT_Int16)
    for number in (1, 2):
        band = source.GetRasterBand(number)
        band.SetScale(0.01 * number)
        band.SetOffset(-273.15)
        band.SetUnitType("K")
    return source


def with_descriptions(source):
    source = make_source(bands=3)
    for number, name in enumerate(("first", "", "third <&>"), 1):
        source.GetRasterBand(number).SetDescription(name)
    return source


def with_alpha(source):
    source = make_source(bands=4)
    for number, meaning in enumerate((3, 4, 5, 6), 1):
        source.GetRasterBand(number).SetColorInterpretation(meaning)
    return source


def with_odd_interpretations(source):
    source = make_source(bands=4)
    meanings = (gdal.GCI_BlueBand, gdal.GCI_GreenBand, gdal.GCI_RedBand)
    for number, meaning in enumerate((*meanings, gdal.GCI_Undefined), 1):
        source.GetRasterBand(number).SetColorInterpretation(meaning)
    return source


def with_gray_alpha(source):
    source = make_source(bands=2, gdal_type=gdal.GDT_UInt16)
    source.GetRasterBand(1).SetColorInterpretation(gdal.GCI_GrayIndex)
    source.GetRasterBand(2).SetColorInterpretation(gdal.GCI_AlphaBand)
    return source


def with_xmp(source):
    source.SetMetadata(
        ["<?xpacket begin='x'?><x:xmpmeta xmlns:x='adobe:ns:meta/'/>"], "xml:XMP"
    )
    return source


def with_isis3(source):
    source.SetMetadata(['{"IsisCube": {"Name": "of no planet"}}'], "json:ISIS3")
    return source


def with_icc(source):
    source = make_source(bands=3)
    source.SetMetadata({"SOURCE_ICC_PROFILE": "AAECAwQFBgc="}, "COLOR_PROFILE")
    return source


def with_domains(source):
    source.SetMetadata({"A": "1", "B": "two words, ü and <xml>"})
    source.SetMetadata({"C": "3"}, "OTHER")
    source.SetMetadata(["<root><leaf/></root>"], "xml:MINE")
    source.GetRasterBand(1).SetMetadata({"D": "4"})
    source.GetRasterBand(1).SetMetadata({"E": "5"}, "OTHER")
    return source


def with_tiff_tags(source):
    tags = {"TIFFTAG_DOCUMENTNAME": "name", "TIFFTAG_SOFTWARE": "autotest"}
    tags.update(
        {"TIFFTAG_DATETIME": "2024:01:02 03:04:05", "TIFFTAG_XRESOLUTION": "72"}
    )
    tags.update({"TIFFTAG_RESOLUTIONUNIT": "2", "TIFFTAG_MINSAMPLEVALUE": "1"})
    source.SetMetadata(tags)
    return source


def with_statistics(source):
    source.GetRasterBand(1).SetStatistics(1, 2, 1.5, 0.25)
    return source


def with_epoch(source):
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(9000)  # ITRF2014, a dynamic CRS
    srs.SetCoordinateEpoch(2021.3)
    source.SetSpatialRef(srs)
    source.SetGeoTransform((2, 0.001, 0, 49, 0, -0.001))
    return source


def with_rotation(source):
    source.SetGeoTransform((440720, 50, 20, 3751320, -30, -60))
    return source


def with_south_up(source):
    source.SetGeoTransform((440720, 60, 0, 3751320, 0, 60))
    return source


def with_identity_geotransform(source):
    source = make_source(georeferenced=False)
    source.SetGeoTransform((0, 1, 0, 0, 0, 1))
    return source


def with_point(source):
    source.SetMetadataItem("AREA_OR_POINT", "Point")
    return source


def with_crs_alone(source):
    source = make_source(georeferenced=False)
    source.SetSpatialRef(utm())
    return source


def with_geotransform_alone(source):
    source = make_source(georeferenced=False)
    source.SetGeoTransform(GEOTRANSFORM)
    return source


def with_nothing(source):
    return make_source(georeferenced=False)


def with_compound_crs(source):
    srs = osr.SpatialReference()
    srs.SetFromUserInput("EPSG:32631+5773")
    source.SetSpatialRef(srs)
    return source


def with_custom_crs(source):
    srs = osr.SpatialReference()
    srs.ImportFromProj4("+proj=laea +lat_0=52 +lon_0=10 +x_0=1 +ellps=GRS80 +units=m")
    source.SetSpatialRef(srs)
    return source


def with_geos_crs(source):
    srs = osr.SpatialReference()
    srs.ImportFromProj4("+proj=geos +lon_0=-75 +h=35786023 +sweep=x +ellps=GRS80")
    source.SetSpatialRef(srs)
    return source


def with_mask(source):
    source = make_source(bands=3)
    source.CreateMaskBand(gdal.GMF_PER_DATASET)
    mask = np.zeros((source.RasterYSize, source.RasterXSize), np.uint8)
    mask[5:40, 20:60] = 255
    source.GetRasterBand(1).GetMaskBand().WriteArray(mask)
    return source


def with_mask_and_nodata(source):
    source = with_mask(source)
    for number in (1, 2, 3):
        source.GetRasterBand(number).SetNoDataValue(7)
    return source


CORNERS = [(0, 0), (70, 0), (70, 50), (0, 50), (35, 25)]
CARRIERS = [
    value for name, value in sorted(globals().items()) if name.startswith("with_")
]


@pytest.mark.parametrize("carrier", CARRIERS, ids=lambda carrier: carrier.__name__)
@pytest.mark.parametrize(
    "options", [SMALL_TILES, ("TILED=NO",)], ids=["tiled", "strips"]
)
def test_rowband_metadata(tmp_vsimem, carrier, options):
    compare_with_gtiff(carrier(make_source()), tmp_vsimem, options)


@pytest.mark.parametrize("carrier", CARRIERS, ids=lambda carrier: carrier.__name__)
def test_rowband_metadata_through_vrt(tmp_vsimem, carrier):
    source = carrier(make_source())
    options = [*SMALL_TILES, "INTERLEAVE=BAND"]
    compare_with_gtiff(source, tmp_vsimem, options, srcWin=[3, 5, 60, 40])


@pytest.mark.skipif(
    "COLOR_TABLE_MULTIPLIER" not in creation_option_values("GTiff"),
    reason="GDAL before 3.10",
)
@pytest.mark.parametrize("multiplier", ["1", "256", "257"])
def test_rowband_color_table_multiplier(tmp_vsimem, multiplier):
    options = [*SMALL_TILES, f"COLOR_TABLE_MULTIPLIER={multiplier}"]
    source = with_color_table(make_source())
    path = compare_with_gtiff(source, tmp_vsimem, options)
    rowband_translate(f"{tmp_vsimem}/default.tif", source, SMALL_TILES)
    same = read_bytes(path) == read_bytes(f"{tmp_vsimem}/default.tif")
    assert same == (multiplier == "257")


@pytest.mark.parametrize("interleave", ["PIXEL", "BAND"])
@pytest.mark.parametrize("compress", ["NONE", "DEFLATE", "ZSTD"])
@pytest.mark.parametrize("layout", ["tiled", "strips"])
def test_rowband_mask(tmp_vsimem, layout, compress, interleave):
    options = {"tiled": SMALL_TILES, "strips": ("TILED=NO", "BLOCKYSIZE=7")}[layout]
    options = [*options, f"COMPRESS={compress}", f"INTERLEAVE={interleave}"]
    target = compare_with_gtiff(with_mask(None), tmp_vsimem, options)
    dataset = gdal.Open(target)
    assert dataset.GetRasterBand(1).GetMaskFlags() == gdal.GMF_PER_DATASET


def test_rowband_mask_of_other_types(tmp_vsimem):
    source = make_source(300, 200, gdal_type=gdal.GDT_Float64)
    source.CreateMaskBand(gdal.GMF_PER_DATASET)
    mask = np.arange(300 * 200).reshape(200, 300) % 7 < 3
    source.GetRasterBand(1).GetMaskBand().WriteArray(mask.astype(np.uint8) * 255)
    compare_with_gtiff(source, tmp_vsimem, [*SMALL_TILES, "PREDICTOR=3"])


###############################################################################
# gdal_translate's options


@pytest.mark.parametrize(
    "translate",
    [
        {"srcWin": [0, 0, 30, 20]},
        {"srcWin": [13, 7, 100, 77]},
        {"srcWin": [-10, -5, 200, 150]},
        {"bandList": [3]},
        {"bandList": [3, 1]},
        {"bandList": [2, 2, 1, 3]},
        {"bandList": [1, "mask"]},
        {"maskBand": 2},
        {"outputType": gdal.GDT_Float32},
        {"outputType": gdal.GDT_UInt16, "scaleParams": [[0, 255, 0, 65535]]},
        {"scaleParams": [[]]},
        {"scaleParams": [[0, 255, 0, 255]], "exponents": [0.5]},
        {"noData": 0},
        {"noData": "none"},
        {"width": 37, "height": 91},
        {"width": 500, "height": 400, "resampleAlg": "bilinear"},
        {"widthPct": 50, "heightPct": 50, "resampleAlg": "average"},
        {"xRes": 90, "yRes": 90},
        {"projWin": [441320, 3750720, 443120, 3749520]},
        {"outputSRS": "EPSG:32612"},
        {"outputBounds": [0, 10, 10, 0]},
        {"metadataOptions": ["A=B", "C=D"]},
        {"GCPs": [gdal.GCP(x, y, 0, x, y) for x, y in CORNERS]},
        {"rgbExpand": "gray"},
        {"stats": True},
        {"options": ["-noxmp"]},
        {"options": ["-norat"]},
        {"options": ["-colorinterp", "blue,green,red"]},
        {"options": ["-a_scale", "2", "-a_offset", "-3"]},
    ],
    ids=lambda translate: "-".join(translate.get("options", translate)),
)
@pytest.mark.parametrize("interleave", ["PIXEL", "BAND"])
def test_rowband_translate(tmp_vsimem, translate, interleave):
    source = make_source(140, 110, 3)
    if "rgbExpand" in translate:
        source = with_color_table(make_source(140, 110))
    options = [*SMALL_TILES, f"INTERLEAVE={interleave}"]
    compare_with_gtiff(source, tmp_vsimem, options, **translate)


@pytest.mark.parametrize("target_mode", ["rgb", "rgba"])
def test_rowband_translate_expand(tmp_vsimem, target_mode):
    source = with_transparent_color_table(make_source())
    compare_with_gtiff(source, tmp_vsimem, SMALL_TILES, rgbExpand=target_mode)


def test_rowband_translate_unscale(tmp_vsimem):
    source = with_scale_offset_unit(None)
    translate = {"unscale": True, "outputType": gdal.GDT_Float64}
    compare_with_gtiff(source, tmp_vsimem, SMALL_TILES, **translate)


def test_rowband_vrt_of_a_file(tmp_vsimem):
    layout = ["BLOCKXSIZE=48", "BLOCKYSIZE=80"]
    source = gtiff_translate(f"{tmp_vsimem}/in.tif", make_source(300, 210, 3), layout)[
        0
    ]
    vrt = gdal.Translate(
        f"{tmp_vsimem}/in.vrt", source, bandList=[3, 1], srcWin=[50, 30, 201, 99]
    )
    compare_with_gtiff(vrt, tmp_vsimem, SMALL_TILES)


def test_rowband_mosaic(tmp_vsimem):
    parts = []
    for index, blocks in enumerate([(32, 32), (48, 80)]):
        layout = [f"BLOCKXSIZE={blocks[0]}", f"BLOCKYSIZE={blocks[1]}"]
        part = make_source(100, 90, 2)
        part.SetGeoTransform((440720 + 90 * 60 * index, 60, 0, 3751320, 0, -60))
        path = f"{tmp_vsimem}/part{index}.tif"
        gtiff_translate(path, part, layout)
        parts.append(path)
    compare_with_gtiff(
        gdal.BuildVRT(f"{tmp_vsimem}/in.vrt", parts), tmp_vsimem, SMALL_TILES
    )


def test_rowband_warped_vrt(tmp_vsimem):
    source = gtiff_translate(f"{tmp_vsimem}/in.tif", make_source(200, 150, 2))[0]
    warped = gdal.Warp("", source, format="VRT", dstSRS="EPSG:4326")
    compare_with_gtiff(warped, tmp_vsimem, SMALL_TILES)


###############################################################################
# BigTIFF, sparse files, NaN


def tiff_version(path):
    return struct.unpack("<2sH", read_bytes(path)[:4])


@pytest.mark.parametrize(
    "value,version", [("YES", 43), ("NO", 42), ("IF_NEEDED", 42), (None, 42)]
)
def test_rowband_bigtiff(tmp_vsimem, value, version):
    options = [*SMALL_TILES] + ([f"BIGTIFF={value}"] if value else [])
    target = compare_with_gtiff(with_mask(None), tmp_vsimem, options)
    assert tiff_version(target) == (b"II", version)


@pytest.mark.parametrize("layout", ["tiled", "strips"])
@pytest.mark.parametrize("interleave", ["PIXEL", "BAND"])
@pytest.mark.parametrize("compress", ["NONE", "DEFLATE"])
@pytest.mark.parametrize("nodata", [None, 0, 9])
def test_rowband_sparse(tmp_vsimem, nodata, compress, interleave, layout):
    source = make_source(bands=2)
    for number in (1, 2):
        band = source.GetRasterBand(number)
        values = np.full((50, 70), nodata or 0, np.uint8)
        values[20:30, 35:40] = number + 1
        band.WriteArray(values)
        if nodata is not None:
            band.SetNoDataValue(nodata)
    options = {"tiled": SMALL_TILES, "strips": ("TILED=NO", "BLOCKYSIZE=7")}[layout]
    options = [*options, f"COMPRESS={compress}", f"INTERLEAVE={interleave}"]
    target = compare_with_gtiff(source, tmp_vsimem, [*options, "SPARSE_OK=YES"])
    kept = {at for at, tile in stored_tiles(target).items() if tile}
    gtiff = stored_tiles(f"{tmp_vsimem}/gtiff/out.tif")
    assert kept == {at for at, tile in gtiff.items() if tile}
    assert 0 < len(kept) < len(gtiff)


def test_rowband_not_sparse_by_default(tmp_vsimem):
    source = make_source()
    source.GetRasterBand(1).Fill(0)
    rowband_translate(f"{tmp_vsimem}/out.tif", source, SMALL_TILES)
    assert None not in stored_tiles(f"{tmp_vsimem}/out.tif").values()


@pytest.mark.parametrize("gdal_type", FLOAT_TYPES, ids=type_name)
@pytest.mark.parametrize(
    "translate", [{}, {"srcWin": [3, 5, 60, 40]}], ids=["whole", "window"]
)
def test_rowband_nan_to_nodata(tmp_vsimem, gdal_type, translate):
    source = make_source(bands=2, gdal_type=gdal_type)
    replaced = make_source(bands=2, gdal_type=gdal_type)
    for number in (1, 2):
        values = source.GetRasterBand(number).ReadAsArray()
        values[10:30, 10:30] = np.nan
        values[31, 10] = np.inf
        values[32, 10] = -np.inf
        for dataset in (source, replaced):
            dataset.GetRasterBand(number).SetNoDataValue(-9984)
        source.GetRasterBand(number).WriteArray(values)
        values[np.isnan(values)] = -9984
        replaced.GetRasterBand(number).WriteArray(values)
    options = [*SMALL_TILES, "NAN_TO_NODATA=YES"]
    result = rowband_translate(f"{tmp_vsimem}/out.tif", source, options, **translate)[0]
    expected = gtiff_translate(f"{tmp_vsimem}/gtiff.tif", replaced, **translate)[0]
    assert_same_pixels(result, expected)


@pytest.mark.parametrize("nodata", [None, float("nan")])
def test_rowband_nan_stays_without_finite_nodata(tmp_vsimem, nodata):
    source = make_source(gdal_type=gdal.GDT_Float32)
    source.GetRasterBand(1).Fill(float("nan"))
    if nodata is not None:
        source.GetRasterBand(1).SetNoDataValue(nodata)
    compare_with_gtiff(source, tmp_vsimem, [*SMALL_TILES, "NAN_TO_NODATA=YES"])


@pytest.mark.skipif(not hasattr(gdal, "GDT_Float16"), reason="no half floats here")
def test_rowband_nan_stays_where_half_floats_have_no_such_value(tmp_vsimem):
    """What -9999 is rounded to is not nodata to GDAL."""
    source = make_source(gdal_type=gdal.GDT_Float16)
    source.GetRasterBand(1).Fill(float("nan"))
    source.GetRasterBand(1).SetNoDataValue(-9999)
    compare_with_gtiff(source, tmp_vsimem, [*SMALL_TILES, "NAN_TO_NODATA=YES"])


def test_rowband_nan_to_nodata_leaves_integers_alone(tmp_vsimem):
    source = make_source()
    source.GetRasterBand(1).SetNoDataValue(3)
    compare_with_gtiff(source, tmp_vsimem, [*SMALL_TILES, "NAN_TO_NODATA=YES"])


###############################################################################
# Progress, errors


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
