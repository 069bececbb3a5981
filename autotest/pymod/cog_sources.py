# SPDX-License-Identifier: MIT
"""Rasters of which COGs are made, and sizes of tiles that give small ones levels."""

import numpy as np
from gtiff_compare import bands
from osgeo import gdal
from sources import FLOAT_TYPES, colour, make_source, type_name
from stored import creation_option_values

# Levels of small rasters. GDAL has tiles of 128 in its overviews if BLOCKSIZE
# is no power of two or less than 64.
SMALL_TILES = ("BLOCKSIZE=128",)
SMALLEST_TILES = ("BLOCKSIZE=64",)
NEAREST = ("RESAMPLING=NEAREST",)


def is_64_bit_integer(gdal_type):
    return type_name(gdal_type) in ("Int64", "UInt64")


def size_name(value):
    return "x".join(map(str, value)) if isinstance(value, tuple) else None


def holes(width, height):
    """Nothing but holes at the left, here and there in the middle, none at the
    right."""
    random = np.random.default_rng(7).random((height, width))
    share = np.repeat([1.0, 0.4, 0.0], [width // 4, width // 2, width])[:width]
    return random < share


def plain(source):
    return source


def fill_holes(source, nodata):
    for band in bands(source):
        values = band.ReadAsArray()
        values[holes(band.XSize, band.YSize)] = nodata
        band.WriteArray(values)
        band.SetNoDataValue(nodata)
    return source


def with_nodata(source):
    """For integers of a value that other pixels have too."""
    band = source.GetRasterBand(1)
    if band.DataType in FLOAT_TYPES:
        return fill_holes(source, -9999)
    return fill_holes(source, band.ReadAsArray()[-1, -1].item())


def with_nan(source):
    return fill_holes(source, np.nan)


def with_mask(source):
    width, height = source.RasterXSize, source.RasterYSize
    source.CreateMaskBand(gdal.GMF_PER_DATASET)
    mask = np.where(holes(width, height), 0, 255)
    source.GetRasterBand(1).GetMaskBand().WriteArray(mask)
    return source


def with_alpha(source):
    """Transparent in the holes, half transparent and nearly so in stripes."""
    source.AddBand(source.GetRasterBand(1).DataType)
    band = source.GetRasterBand(source.RasterCount)
    opaque = 65535 if band.DataType == gdal.GDT_UInt16 else 255
    alpha = np.where(holes(band.XSize, band.YSize), 0, opaque)
    alpha[:, np.arange(band.XSize) % 9 < 3] //= 2
    alpha[np.arange(band.YSize) % 9 == 1] //= opaque
    band.WriteArray(alpha)
    band.SetColorInterpretation(gdal.GCI_AlphaBand)
    return source


def with_palette(source):
    table = gdal.ColorTable()
    for index in range(256):
        table.SetColorEntry(index, (index, 255 - index, index // 2, 255))
    source.GetRasterBand(1).SetColorTable(table)
    return source


def rgb_with_mask(width, height, gdal_type=gdal.GDT_Byte):
    return with_mask(colour(make_source(width, height, 3, gdal_type)))


def in_file(folder, source, options=("TILED=YES",)):
    """The same in a file. Masks are of one bit there."""
    path = f"{folder}/in.tif"
    driver = gdal.GetDriverByName("GTiff")
    assert driver.CreateCopy(path, source, options=list(options)) is not None
    return gdal.Open(path)


def jpeg_source(carrier, band_count):
    """Ends with a block of the cosine transform, at all levels: elsewhere GDAL
    3.6 is not right about edges (see parity.py)."""
    return carrier(colour(make_source(512, 384, band_count)))


def has_codecs(options):
    wanted = {o.split("=")[1] for o in options if "COMPRESS=" in o}
    return wanted <= set(creation_option_values("COG")["COMPRESS"])
