# SPDX-License-Identifier: MIT
"""Sources by all drivers that this GDAL can create a raster with, and how much of
a file is read."""

import shutil
from pathlib import Path

import numpy
from osgeo import gdal

# Bands and type: the first that the driver takes.
KINDS = [(3, "Byte"), (1, "Byte"), (1, "Int16"), (1, "Float32"), (1, "Float64")]

# Kinds that come before the others.
PREFERRED = {
    "GRIB": [(4, "Float64")],
    "netCDF": [(3, "Int16")],
    "Zarr": [(1, "Int16")],
    "DTED": [(1, "Int16")],
}

# What makes the source worth reading, or possible.
OPTIONS = {
    "JP2OpenJPEG": [
        "QUALITY=100",
        "REVERSIBLE=YES",
        "BLOCKXSIZE=512",
        "BLOCKYSIZE=512",
    ],
    "netCDF": ["FORMAT=NC4", "COMPRESS=DEFLATE", "ZLEVEL=1"],
    "MRF": ["COMPRESS=DEFLATE"],
    "HFA": ["COMPRESSED=YES"],
    "PCIDSK": ["INTERLEAVING=TILED"],
    "ISIS3": ["TILED=YES"],
    "WEBP": ["LOSSLESS=YES"],
    "GPKG": ["TILE_FORMAT=PNG"],
    "Zarr": ["COMPRESS=ZLIB"],
}

# Not a raster of pixels in a file of its own, or nothing that can be copied.
LEFT_OUT = {
    "MEM": "no file",
    "VRT": "not a driver that decodes",
    "COG": "GTiff's",
    "ROWBAND": "ours",
    "WMTS": "a service",
    "WMS": "a service",
    "NGW": "a service",
    "PostGISRaster": "a server",
    "SPY": "of the tests",
}

WGS84 = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],'
    'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],'
    'AUTHORITY["EPSG","4326"]]'
)


def creatable():
    """Names of drivers that can write a raster, but for those left out."""
    names = []
    for driver in map(gdal.GetDriver, range(gdal.GetDriverCount())):
        writes = driver.GetMetadataItem("DCAP_CREATECOPY") or driver.GetMetadataItem(
            "DCAP_CREATE"
        )
        if (
            driver.GetMetadataItem("DCAP_RASTER")
            and writes
            and driver.ShortName not in LEFT_OUT
        ):
            names.append(driver.ShortName)
    return sorted(names, key=str.lower)


def template(size, bands, type_name):
    """What sources are made of: neither flat nor noise."""
    width, height = size
    y, x = numpy.mgrid[0:height, 0:width]
    made = gdal.GetDriverByName("MEM").Create(
        "", width, height, bands, gdal.GetDataTypeByName(type_name)
    )
    made.SetGeoTransform((10, 0.001, 0, 50, 0, -0.001))
    made.SetProjection(WGS84)
    for band in range(bands):
        wave = 120 + 60 * numpy.sin(x / (70 + band)) + 50 * numpy.cos(y / 90)
        wave += (x * 7 + y * 13 + band) % 5
        made.GetRasterBand(band + 1).WriteArray(wave)
    return made


def extension(driver):
    if driver.ShortName == "SRTMHGT":
        return ".hgt"
    found = (driver.GetMetadataItem("DMD_EXTENSIONS") or "").split()
    return "." + found[0] if found else ""


def is_read_back(path, name, size):
    opened = gdal.OpenEx(path, gdal.OF_RASTER, [name])
    if opened is None or opened.RasterXSize * opened.RasterYSize < size[0] * size[1]:
        return False
    gdal.ErrorReset()
    for band in range(1, opened.RasterCount + 1):
        opened.GetRasterBand(band).Checksum()
    return gdal.GetLastErrorType() != gdal.CE_Failure


def make_source(folder, name, size):
    """The path of a source of that driver and why there is none, or None."""
    driver = gdal.GetDriverByName(name)
    reason = "takes none of these"
    folder = Path(folder) / f"source-{name}"
    path = str(folder / f"s{extension(driver)}")
    for bands, type_name in PREFERRED.get(name, []) + KINDS:
        folder.mkdir(parents=True, exist_ok=True)
        gdal.ErrorReset()
        made = driver.CreateCopy(
            path, template(size, bands, type_name), 0, OPTIONS.get(name, [])
        )
        failed = made is None
        made = None
        if not failed and is_read_back(path, name, size):
            return path, None
        reason = gdal.GetLastErrorMsg() or "what it writes is not read back"
        shutil.rmtree(folder)
    return None, reason.splitlines()[0][:70]


def bytes_read():
    """By this process so far, as the system counts them."""
    for line in Path("/proc/self/io").read_text().splitlines():
        name, value = line.split(":")
        if name == "rchar":
            return int(value)
    raise LookupError("rchar")
