# SPDX-License-Identifier: MIT
"""What is in a file, byte by byte, and what a driver offers."""

import xml.etree.ElementTree as ElementTree

from osgeo import gdal


def creation_options(driver):
    """The elements of a driver's list, each an Option."""
    text = gdal.GetDriverByName(driver).GetMetadataItem("DMD_CREATIONOPTIONLIST")
    return ElementTree.fromstring(text).findall("Option")


def creation_option_values(driver):
    """What each option of a driver may be, by its name; [] is anything."""
    return {
        option.get("name"): [value.text for value in option.findall("Value")]
        for option in creation_options(driver)
    }


def read_bytes(path):
    file = gdal.VSIFOpenL(path, "rb")
    assert file is not None, path
    gdal.VSIFSeekL(file, 0, 2)
    size = gdal.VSIFTellL(file)
    gdal.VSIFSeekL(file, 0, 0)
    data = gdal.VSIFReadL(1, size, file)
    gdal.VSIFCloseL(file)
    return bytes(data)


def stored_tiles(path, number=1):
    """Bytes of every tile of a band as the file has them, None for one left out."""
    data, dataset = read_bytes(path), gdal.Open(path)
    band = dataset.GetRasterBand(number)
    width, height = band.GetBlockSize()
    tiles = {}
    for y in range(-(-dataset.RasterYSize // height)):
        for x in range(-(-dataset.RasterXSize // width)):
            offset = band.GetMetadataItem(f"BLOCK_OFFSET_{x}_{y}", "TIFF")
            size = band.GetMetadataItem(f"BLOCK_SIZE_{x}_{y}", "TIFF")
            tiles[x, y] = offset and data[int(offset) : int(offset) + int(size)]
    return tiles
