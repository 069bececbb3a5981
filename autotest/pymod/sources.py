# SPDX-License-Identifier: MIT
"""Small rasters in memory, the same in every run."""

import numpy as np
from osgeo import gdal, osr

INTEGER_TYPES = [gdal.GDT_Byte, gdal.GDT_UInt16, gdal.GDT_Int16, gdal.GDT_UInt32]
INTEGER_TYPES += [gdal.GDT_Int32, gdal.GDT_UInt64, gdal.GDT_Int64]
if hasattr(gdal, "GDT_Int8"):
    INTEGER_TYPES.append(gdal.GDT_Int8)
FLOAT_TYPES = [gdal.GDT_Float32, gdal.GDT_Float64]
COMPLEX_TYPES = [gdal.GDT_CInt16, gdal.GDT_CInt32, gdal.GDT_CFloat32, gdal.GDT_CFloat64]
if hasattr(gdal, "GDT_Float16"):
    FLOAT_TYPES.append(gdal.GDT_Float16)
    COMPLEX_TYPES.append(gdal.GDT_CFloat16)
ALL_TYPES = INTEGER_TYPES + FLOAT_TYPES + COMPLEX_TYPES

RGB = (gdal.GCI_RedBand, gdal.GCI_GreenBand, gdal.GCI_BlueBand)
GEOTRANSFORM = (440720.0, 60.0, 0.0, 3751320.0, 0.0, -60.0)


def type_name(value):
    """Of a type its name, of what else a test is parametrized by nothing."""
    return gdal.GetDataTypeName(value) if isinstance(value, int) else None


def utm(epoch=None):
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(32611)
    srs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    if epoch is not None:
        srs.SetCoordinateEpoch(epoch)
    return srs


def pixels(width, height, gdal_type, seed=0):
    """Values over much of the type's range, smooth in one half and noisy in
    the other."""
    random = np.random.default_rng(seed + 1)
    smooth = np.add.outer(np.arange(height) * 3, np.arange(width)) % 200
    noisy = smooth + random.integers(0, 50, (height, width))
    values = np.where(np.arange(width) < width // 2, smooth, noisy)
    if gdal_type == gdal.GDT_Byte:
        return values.astype(np.uint8)
    if gdal.DataTypeIsComplex(gdal_type):
        return (values - 100 + 1j * noisy).astype(np.complex128)
    if gdal_type in FLOAT_TYPES:
        return values / 7.0 - 10
    if gdal.GetDataTypeName(gdal_type) == "Int8":
        return (values - 120).astype(np.int8)
    dtype = np.dtype(gdal.GetDataTypeName(gdal_type).lower())
    return values.astype(dtype) * dtype.type(np.iinfo(dtype).max // 300)


def make_source(
    width=70, height=50, bands=1, gdal_type=gdal.GDT_Byte, georeferenced=True
):
    """A MEM dataset full of pixels()."""
    dataset = gdal.GetDriverByName("MEM").Create("", width, height, bands, gdal_type)
    for number in range(1, bands + 1):
        band = dataset.GetRasterBand(number)
        band.WriteArray(pixels(width, height, gdal_type, number))
    if georeferenced:
        dataset.SetGeoTransform(GEOTRANSFORM)
        dataset.SetSpatialRef(utm())
    return dataset


def colour(source):
    """Makes the first three bands red, green and blue, if there are as many."""
    if source.RasterCount >= 3:
        for number, interpretation in enumerate(RGB, 1):
            source.GetRasterBand(number).SetColorInterpretation(interpretation)
    return source
