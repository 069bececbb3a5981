# SPDX-License-Identifier: MIT
"""Reprojects with LAYOUT=COG, with GDAL's COG driver, and with GDAL's warped VRT."""

import numpy as np
from cog_compare import assert_same_levels, assert_same_tags, cogs, complaints, gdal_cog
from gtiff_compare import assert_same_description, bands, collected_errors
from osgeo import gdal
from sources import make_source, utm


def given(options):
    return dict(option.split("=", 1) for option in options)


def default_method(source):
    return "NEAREST" if source.GetRasterBand(1).GetColorTable() else "CUBIC"


def wants_alpha(source, options):
    nodata = source.GetRasterBand(1).GetNoDataValue()
    return nodata is None and given(options).get("ADD_ALPHA", "YES") == "YES"


def warped(source, like, options):
    """What gdalwarp makes a VRT of when it is told what the COG driver tells it,
    for the grid of `like`."""
    left, width, _, top, _, height = like.GetGeoTransform()
    right = left + like.RasterXSize * width
    bottom = top + like.RasterYSize * height
    options = given(options)
    method = options.get("WARP_RESAMPLING", options.get("RESAMPLING"))
    words = ["-of", "VRT", "-t_srs", like.GetSpatialRef().ExportToWkt()]
    words += ["-te", *map(repr, (left, bottom, right, top))]
    words += ["-ts", str(like.RasterXSize), str(like.RasterYSize)]
    words += ["-tr", repr(width), repr(-height)]
    words += ["-r", method or default_method(source), "-wo", "SAMPLE_GRID=YES"]
    if wants_alpha(source, [f"{key}={value}" for key, value in options.items()]):
        words.append("-dstalpha")
    with collected_errors() as said:
        made = gdal.Warp("", source, options=words)
    assert made is not None, said
    return made


# What has nothing left to do once a raster is warped.
OF_TARGET = ("TARGET_SRS", "RES", "EXTENT", "WARP_RESAMPLING", "ADD_ALPHA")


def expected_cog(source, like, folder, options):
    """What the COG driver makes of the warped VRT, of which it takes the pixels: it
    has nothing to reproject, a TILING_SCHEME included."""
    pixels = gdal.Translate("", warped(source, like, options), format="MEM")
    options = [o for o in options if o.split("=")[0] not in OF_TARGET]
    return gdal_cog(f"{folder}/expected.tif", pixels, options)


def different_pixels(ours, theirs):
    """@return the share of pixels that differ in any band, and by how much at
    most"""
    differ, most = False, 0
    for band, other in zip(bands(ours), bands(theirs)):
        a, b = (
            np.nan_to_num(x.ReadAsArray().astype(np.float64)) for x in (band, other)
        )
        differ = differ | (a != b)
        most = max(most, np.abs(a - b).max())
    return np.mean(differ), most


def assert_reprojected(source, folder, options, chunked=0.0):
    """Held against the COG driver's own file in all but pixels, and against GDAL's
    warped VRT in these.
    @param chunked the share of pixels that the COG driver makes otherwise, since
    it warps other chunks"""
    ours, theirs = cogs(source, folder, options)
    assert complaints(f"{folder}/rowband.tif") == []
    assert_same_description(ours, theirs)
    assert_same_tags(folder)
    expected = expected_cog(source, theirs, folder, options)
    assert_same_levels(ours, expected)
    share, _ = different_pixels(ours, theirs)
    assert share <= chunked, f"{share:.2%} of pixels differ from COG's"
    return ours


###############################################################################
# Sources


def geographic(
    left, top, size, width=300, height=200, bands=1, gdal_type=gdal.GDT_Byte
):
    """In degrees of WGS 84, `size` of them a pixel."""
    source = make_source(width, height, bands, gdal_type)
    crs = utm().CloneGeogCS()
    crs.SetFromUserInput("EPSG:4326")
    source.SetSpatialRef(crs)
    source.SetGeoTransform((left, size, 0, top, 0, -size))
    return source


def with_corners(width=300, height=200, bands=1):
    """With GCPs that bend it, in place of a geotransform."""
    source = make_source(width, height, bands, georeferenced=False)
    places = [(0, 0), (width, 0), (width, height), (0, height), (width / 2, height / 3)]
    points = [
        gdal.GCP(440720 + 60 * x + y / 7, 3751320 - 60 * y, 0, x, y) for x, y in places
    ]
    source.SetGCPs(points, utm().ExportToWkt())
    return source
