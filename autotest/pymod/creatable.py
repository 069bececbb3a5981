# SPDX-License-Identifier: MIT
"""Sources by all drivers that this GDAL can create a raster with, and how much of
a file is read."""

import shutil
from pathlib import Path
from typing import Callable, NamedTuple, Optional

import numpy
from osgeo import gdal, osr

WGS84, WEB_MERCATOR = 4326, 3857

# Bands and type: the first that the driver takes.
KINDS = [(3, "Byte"), (1, "Byte"), (1, "Int16"), (1, "Float32"), (1, "Float64")]


class Grid(NamedTuple):
    """Where the raster lies."""

    epsg: int
    pixel: float
    left: float
    top: float

    def place(self, dataset):
        transform = (self.left, self.pixel, 0, self.top, 0, -self.pixel)
        dataset.SetGeoTransform(transform)
        system = osr.SpatialReference()
        system.ImportFromEPSG(self.epsg)
        dataset.SetProjection(system.ExportToWkt())


MILLIDEGREES = Grid(WGS84, 0.001, 10, 50)

SECOND = 1 / 3600
# Centres of pixels lie on whole seconds; BYN's, which are cut off, a little behind,
# and there are some between two.
CELL = Grid(WGS84, SECOND, 10 - SECOND / 2, 49 + SECOND / 2)
SECONDS = Grid(WGS84, 4 * SECOND, 10 + 0.2 * SECOND, 40 + 0.2 * SECOND)

# Zoom level 15 of the tiles that the web uses.
EDGE = 20037508.342789244
TILE = 2 * EDGE / 2**15
WEB_TILES = Grid(WEB_MERCATOR, TILE / 256, 17000 * TILE - EDGE, EDGE - 12000 * TILE)


def as_asked(size):
    return size


def of_whole(pixels):
    """The next size up that is a multiple of that."""
    return lambda size: tuple(-(-n // pixels) * pixels for n in size)


def elevation_cell(size):
    """The smallest of a degree that has as many pixels."""
    return next((n, n) for n in (121, 1201, 3601) if n * n >= size[0] * size[1])


class Recipe(NamedTuple):
    """What it takes to have a driver make a source, and one worth reading."""

    kinds: list = KINDS
    options: list = []
    file: Optional[str] = None  # "s" and the driver's extension
    size: Callable = as_asked
    grid: Grid = MILLIDEGREES
    read_by: list = []  # the driver itself


SPAN = ["MINUSERPIXELVALUE=0", "MAXUSERPIXELVALUE=300"]

RECIPES = {
    "ADRG": Recipe(file="ABCDEF01.GEN"),
    "ARG": Recipe(file="s.arg"),
    "BLX": Recipe(size=of_whole(128)),
    "BYN": Recipe(grid=SECONDS),
    "CTable2": Recipe([(2, "Float32")]),
    "DTED": Recipe([(1, "Int16")], file="s.dt2", size=elevation_cell, grid=CELL),
    "GPKG": Recipe(options=["TILE_FORMAT=PNG"]),
    "GRIB": Recipe([(4, "Float64")]),
    # Bands of one pixel follow each other, which takes minutes to read.
    "HDF4Image": Recipe([(1, "Int16")], read_by=["HDF4", "HDF4Image"]),
    "HFA": Recipe(options=["COMPRESSED=YES"]),
    "ISIS3": Recipe(options=["TILED=YES"]),
    "JP2OpenJPEG": Recipe(
        options=["QUALITY=100", "REVERSIBLE=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512"]
    ),
    "KMLSUPEROVERLAY": Recipe(size=of_whole(16)),
    "LCP": Recipe([(8, "Int16")]),
    "MBTiles": Recipe(options=["RESAMPLING=NEAREST"], grid=WEB_TILES),
    "MRF": Recipe(options=["COMPRESS=DEFLATE"]),
    "netCDF": Recipe([(1, "Int16")], ["FORMAT=NC4", "COMPRESS=DEFLATE", "ZLEVEL=1"]),
    "NTv2": Recipe([(4, "Float32")]),
    "PCIDSK": Recipe(options=["INTERLEAVING=TILED"]),
    "ROI_PAC": Recipe(file="s.dem"),
    "SRTMHGT": Recipe(
        [(1, "Int16")], file="N48E010.hgt", size=elevation_cell, grid=CELL
    ),
    "Terragen": Recipe(options=SPAN, file="s.ter"),
    "WEBP": Recipe(options=["LOSSLESS=YES"]),
    "Zarr": Recipe([(1, "Int16")], ["COMPRESS=ZLIB"]),
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
    "Leveller": "on 64 bits GDAL does not read what it writes",
}


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


def template(size, bands, type_name, grid=MILLIDEGREES):
    """What sources are made of: neither flat nor noise."""
    width, height = size
    y, x = numpy.mgrid[0:height, 0:width]
    made = gdal.GetDriverByName("MEM").Create(
        "", width, height, bands, gdal.GetDataTypeByName(type_name)
    )
    grid.place(made)
    for band in range(bands):
        wave = 120 + 60 * numpy.sin(x / (70 + band)) + 50 * numpy.cos(y / 90)
        wave += (x * 7 + y * 13 + band) % 5
        made.GetRasterBand(band + 1).WriteArray(wave)
    return made


def file_name(driver, recipe):
    extensions = (driver.GetMetadataItem("DMD_EXTENSIONS") or "").split()
    return recipe.file or ".".join(["s", *extensions[:1]])


def is_read_back(path, drivers, size):
    opened = gdal.OpenEx(path, gdal.OF_RASTER, drivers)
    if opened is None or opened.RasterXSize * opened.RasterYSize < size[0] * size[1]:
        return False
    gdal.ErrorReset()
    for band in range(1, opened.RasterCount + 1):
        opened.GetRasterBand(band).Checksum()
    return gdal.GetLastErrorType() != gdal.CE_Failure


def reads(name):
    """The drivers that open what that driver writes."""
    return RECIPES.get(name, Recipe()).read_by or [name]


def make_source(folder, name, size):
    """The path of a source of that driver, of that many pixels or more, and why
    there is none, or None."""
    driver, recipe = gdal.GetDriverByName(name), RECIPES.get(name, Recipe())
    reason = "takes none of these"
    folder = Path(folder) / f"source-{name}"
    path = str(folder / file_name(driver, recipe))
    for kind in recipe.kinds:
        folder.mkdir(parents=True, exist_ok=True)
        gdal.ErrorReset()
        made = driver.CreateCopy(
            path, template(recipe.size(size), *kind, recipe.grid), 0, recipe.options
        )
        failed = made is None
        made = None
        if not failed and is_read_back(path, reads(name), size):
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
