# SPDX-License-Identifier: MIT
"""Reprojects with LAYOUT=COG, with GDAL's COG driver, and with GDAL's warped VRT."""

from contextlib import contextmanager

import numpy as np
from cog_compare import assert_same_levels, assert_same_tags, cogs, complaints, gdal_cog
from gtiff_compare import assert_same_description, bands, collected_errors
from osgeo import gdal
from sources import FLOAT_TYPES, colour, make_source, utm


MERCATOR = ("TARGET_SRS=EPSG:3857",)
PLACED = (*MERCATOR, "RES=90", "EXTENT=-13095000,3980000,-13070000,4000000")
WEB = ("TILING_SCHEME=GoogleMapsCompatible",)


def gray(gdal_type=gdal.GDT_Byte):
    return make_source(300, 200, 1, gdal_type)


def rgb(gdal_type=gdal.GDT_Byte):
    return colour(make_source(300, 200, 3, gdal_type))


def option_name(value):
    return " ".join(value) if isinstance(value, tuple) else None


def given(options):
    return dict(option.split("=", 1) for option in options)


def default_method(source):
    band = source.GetRasterBand(1)
    is_complex = gdal.DataTypeIsComplex(band.DataType)
    nearest = is_complex and int(gdal.VersionInfo()) >= 3110400
    return "NEAREST" if nearest or band.GetColorTable() else "CUBIC"


def wants_alpha(source, options):
    nodata = source.GetRasterBand(1).GetNoDataValue()
    return nodata is None and given(options).get("ADD_ALPHA", "YES") == "YES"


def warped(source, like, options, format="VRT"):
    """What gdalwarp makes when it is told what the COG driver tells it, for the grid
    of `like`."""
    left, width, _, top, _, height = like.GetGeoTransform()
    right = left + like.RasterXSize * width
    bottom = top + like.RasterYSize * height
    options = given(options)
    method = options.get("WARP_RESAMPLING", options.get("RESAMPLING"))
    words = ["-of", format, "-t_srs", like.GetSpatialRef().ExportToWkt()]
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


@contextmanager
def in_blocks():
    """Later GDALs warp what is read of all bands at once, here the whole raster of
    one band, in another approximation than that of the VRT's blocks."""
    gdal.SetConfigOption("GDAL_VRT_WARP_USE_DATASET_RASTERIO", "NO")
    try:
        yield
    finally:
        gdal.SetConfigOption("GDAL_VRT_WARP_USE_DATASET_RASTERIO", None)


# What has nothing left to do once a raster is warped.
OF_TARGET = ("TARGET_SRS", "RES", "EXTENT", "WARP_RESAMPLING", "ADD_ALPHA")


def expected_cog(source, like, folder, options):
    """What the COG driver makes of the warped VRT, of which it takes the pixels: it
    has nothing to reproject, a TILING_SCHEME included."""
    with in_blocks():
        pixels = gdal.Translate("", warped(source, like, options), format="MEM")
    options = [o for o in options if o.split("=")[0] not in OF_TARGET]
    return gdal_cog(f"{folder}/expected.tif", pixels, options)


# The COG driver warps other chunks than a VRT's blocks. gdalwarp approximates the
# transformation along the rows of a chunk, within an eighth of a pixel: so pixels
# differ, floats in their last digits nearly everywhere.
DIFFERENT = 0.25  # of the pixels, at most, if they are integers
MEAN_DIFFERENCE = 0.005  # of the range of values


def assert_nearly_same_pixels(ours, theirs):
    """@return the share of pixels that differ"""
    differ = np.zeros((ours.RasterYSize, ours.RasterXSize), bool)
    for number, (band, other) in enumerate(zip(bands(ours), bands(theirs)), 1):
        a, b = (np.nan_to_num(x.ReadAsArray().astype(float)) for x in (band, other))
        differ |= a != b
        mean = np.abs(a - b).mean()
        assert mean <= MEAN_DIFFERENCE * (np.ptp(b) + 1), f"band {number}: {mean}"
    if ours.GetRasterBand(1).DataType not in FLOAT_TYPES:
        assert differ.mean() <= DIFFERENT
    return differ.mean()


def assert_reprojected(source, folder, options):
    """Held against the COG driver's own file in all but pixels, and against GDAL's
    warped VRT in these.
    @return the dataset and the COG driver's"""
    ours, theirs = cogs(source, folder, options)
    assert complaints(f"{folder}/rowband.tif") == complaints(f"{folder}/cog.tif")
    assert_same_description(ours, theirs)
    assert_same_tags(folder)
    assert_same_levels(ours, expected_cog(source, theirs, folder, options))
    assert_nearly_same_pixels(ours, theirs)
    return ours, theirs


def refused_by_cog(source, folder, options):
    path = f"{folder}/tried.tif"
    with collected_errors():
        made = gdal.Translate(path, source, format="COG", creationOptions=options)
    return made is None


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
