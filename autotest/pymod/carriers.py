# SPDX-License-Identifier: MIT
"""Sources that carry something beside pixels: metadata, a CRS, a mask. Each
function takes a raster of one band and gives it what its name says, or gives
another instead."""

import numpy as np
from cog_sources import with_palette
from osgeo import gdal, osr
from sources import GEOTRANSFORM, make_source, utm


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
    with_palette(source).GetRasterBand(1).SetColorInterpretation(gdal.GCI_PaletteIndex)
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
