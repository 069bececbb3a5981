# SPDX-License-Identifier: MIT
"""What a raster is besides its pixels: taken from arguments or from xarray's
coordinates and attributes, by rioxarray's conventions, and put into a dataset."""

import warnings
from dataclasses import dataclass, field

import numpy as np
from osgeo import osr

from .driver import DriverWarning, Failure, call

# Of a pixel, by which a coordinate may be off the grid: float32 has no more.
TOLERANCE = 0.01


@dataclass(frozen=True)
class Georeference:
    crs: str = None  # WKT
    transform: tuple = None  # six numbers, as GDAL has them
    nodata: float = None
    descriptions: tuple = ()  # of bands
    scale: float = None
    offset: float = None
    unit: str = None
    metadata: dict = field(default_factory=dict)


def crs_as_wkt(crs):
    """@param crs what GDAL, PROJ or rasterio take for one: "EPSG:3857", 3857, WKT,
    or an object with to_wkt(); None stays"""
    if crs is None:
        return None
    if isinstance(crs, (int, np.integer)):
        crs = f"EPSG:{crs}"
    text = crs.to_wkt() if hasattr(crs, "to_wkt") else str(crs)
    reference = osr.SpatialReference()

    def understood():
        return reference if reference.SetFromUserInput(text) == 0 else None

    try:
        return call(understood).ExportToWkt(["FORMAT=WKT2_2019"])
    except Failure as failure:
        raise Failure(f"crs {text!r} is not understood: {failure}") from None


def transform_as_tuple(transform):
    """@param transform six numbers as GDAL has them, or an affine.Affine"""
    if transform is None:
        return None
    numbers = transform.to_gdal() if hasattr(transform, "to_gdal") else transform
    try:
        numbers = tuple(map(float, numbers))
    except (TypeError, ValueError) as error:
        raise Failure(f"transform: six numbers are needed: {error}") from None
    if len(numbers) != 6 or not np.isfinite(numbers).all():
        raise Failure(f"transform: six numbers are needed, not {numbers}")
    return numbers


def nodata_as_number(nodata):
    """None stays."""
    try:
        return None if nodata is None else float(nodata)
    except (TypeError, ValueError):
        raise Failure(f"nodata={nodata!r}: a number is needed") from None


def apply(georeference, dataset):
    """Tells a dataset of any driver that takes it."""
    if georeference.crs:
        reference = osr.SpatialReference(georeference.crs)
        reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
        dataset.SetSpatialRef(reference)
    if georeference.transform:
        dataset.SetGeoTransform(georeference.transform)
    if georeference.metadata:
        dataset.SetMetadata(georeference.metadata)
    for number in range(1, dataset.RasterCount + 1):
        apply_to_band(georeference, dataset.GetRasterBand(number), number)


def apply_to_band(georeference, band, number):
    if georeference.nodata is not None:
        band.SetNoDataValue(georeference.nodata)
    if len(georeference.descriptions) >= number:
        band.SetDescription(georeference.descriptions[number - 1])
    if georeference.scale is not None:
        band.SetScale(georeference.scale)
    if georeference.offset is not None:
        band.SetOffset(georeference.offset)
    if georeference.unit:
        band.SetUnitType(georeference.unit)


###############################################################################
# Of an xarray.DataArray

GRID_MAPPING = "grid_mapping"
NODATA = ("_FillValue", "missing_value", "fill_value", "nodata")
# What is no item of metadata, having a place of its own or none in a file.
NOT_METADATA = {*NODATA, "scale_factor", "add_offset", "long_name", "units"}
NOT_METADATA |= {GRID_MAPPING, "dtype", "crs", "transform"}


# As CF, xarray and rioxarray name the dimensions of a raster.
ROWS = ("y", "lat", "latitude")
COLUMNS = ("x", "lon", "longitude")


def check_order(array):
    """@raise Failure where dimensions go by such names, and others are last"""
    for name in array.dims:
        at = -2 if name in ROWS else -1 if name in COLUMNS else None
        if at is not None and array.dims[at] != name:
            raise Failure(
                f"the dimensions are {', '.join(map(str, array.dims))}: rows and "
                "columns must be the last, in this order; use transpose()"
            )


def of_xarray(array):
    if array.ndim in (2, 3):
        check_order(array)
    grid = grid_mapping(array)
    attributes = {**array.encoding, **array.attrs}
    scale, offset = attributes.get("scale_factor"), attributes.get("add_offset")
    if (scale or 1, offset or 0) == (1, 0):
        scale = offset = None
    names = array.attrs.get("long_name", ())
    return Georeference(
        crs=crs_as_wkt(grid.get("crs_wkt") or grid.get("spatial_ref")),
        transform=transform_of(array, grid),
        nodata=first_of(array.encoding, array.attrs),
        descriptions=(names,) if isinstance(names, str) else tuple(names),
        scale=scale,
        offset=offset,
        unit=array.attrs.get("units"),
        metadata=metadata_of(array.attrs),
    )


def grid_mapping(array):
    """Attributes of the coordinate that says where the raster lies."""
    name = array.encoding.get(GRID_MAPPING) or array.attrs.get(GRID_MAPPING)
    coordinate = array.coords.get(name or "spatial_ref")
    return {} if coordinate is None else coordinate.attrs


def first_of(*dictionaries):
    """The nodata value, which is encoding's before it is that of attributes."""
    for attributes in dictionaries:
        for name in NODATA:
            if attributes.get(name) is not None:
                return float(attributes[name])
    return None


def metadata_of(attributes):
    plain = (str, int, float, np.integer, np.floating)
    return {
        str(name): str(value)
        for name, value in attributes.items()
        if name not in NOT_METADATA and isinstance(value, plain)
    }


def transform_of(array, grid):
    """Of the coordinates, which slicing keeps right, or else of the grid mapping;
    and its numbers, which are exact, where both agree."""
    written = grid.get("GeoTransform")
    numbers = tuple(map(float, written.split())) if written else None
    y, x = array.dims[-2:]
    if numbers and (numbers[2] or numbers[4]):
        return numbers
    if x not in array.coords or y not in array.coords:
        return numbers
    left, width = axis_of(array, x, numbers and numbers[1])
    top, height = axis_of(array, y, numbers and numbers[5])
    if width is None or height is None:
        warnings.warn(
            "of a single row or column the size of pixels is not known: "
            "without a GeoTransform, the raster lies nowhere",
            DriverWarning,
            stacklevel=2,
        )
        return numbers
    found = (left, width, 0.0, top, 0.0, height)
    return numbers if numbers and agree(numbers, found, array.shape) else found


def axis_of(array, name, step):
    """@param step of pixels, if it is known
    @return where the first pixel begins, and the step"""
    centres = array.coords[name].values
    if centres.dtype.kind not in "iuf":
        raise Failure(f"the coordinates {name} are not numbers, but {centres.dtype}")
    centres = centres.astype("float64")
    if len(centres) > 1:
        step = (centres[-1] - centres[0]) / (len(centres) - 1)
        off = np.abs(centres - (centres[0] + step * np.arange(len(centres)))).max()
        if not (step and off <= TOLERANCE * abs(step)):
            raise Failure(f"the coordinates {name} are not evenly spaced")
    return (None, None) if step is None else (centres[0] - step / 2, step)


def agree(one, other, shape):
    """Whether they put the corners of a raster in the same places."""
    height, width = shape[-2:]
    for at, step, count in ((0, 1, width), (3, 5, height)):
        near = TOLERANCE * abs(one[step])
        for n in (0, count):
            if abs(one[at] + n * one[step] - other[at] - n * other[step]) > near:
                return False
    return True
