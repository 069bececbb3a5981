#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Rasters to measure with, made by GDAL out of formulas; always the same.

usage: pixels.py NAME SIZE TARGET

A program of its own, so that compare.py needs neither numpy nor GDAL.
"""

import sys

import numpy as np
from osgeo import gdal

ROWS = 256  # made at once


def create(path, size, bands, data_type, options=()):
    driver = gdal.GetDriverByName("GTiff")
    options = ["TILED=YES", "BIGTIFF=IF_SAFER", *options]
    dataset = driver.Create(path, size, size, bands, data_type, options)
    dataset.SetGeoTransform((440720, 10, 0, 3751320, 0, -10))
    return dataset


def strips_of(size):
    """Top row, and the rows' and the columns' numbers to calculate with."""
    x = np.arange(size, dtype=np.float32)
    for top in range(0, size, ROWS):
        yield top, np.arange(top, min(top + ROWS, size), dtype=np.float32)[:, None], x


def waves(level, y, x, periods, shift=0.0):
    """Hills around a level, of a height for each period."""
    total = np.full((len(y), len(x)), level, np.float32)
    for period, height in periods:
        phase = y / (period * 1.3) + np.sin(x / (period * 2.1)) + shift
        total += height * np.sin(x / period + phase) * np.cos(y / period)
    return total


HILLS = ((5300, 900), (1710, 350), (431, 90), (97, 15))


def make_terrain(path, size, options=()):
    """UInt16 heights: hills of several sizes and noise. DEFLATE with predictor
    2 makes about half of it."""
    dataset = create(path, size, 1, gdal.GDT_UInt16, options)
    random = np.random.default_rng(20240101)
    for top, y, x in strips_of(size):
        heights = waves(2000, y, x, HILLS)
        heights += random.normal(0, 11, heights.shape).astype(np.float32)
        dataset.GetRasterBand(1).WriteArray(heights.astype(np.uint16), 0, top)


def make_blocks1024(path, size):
    """The terrain in compressed blocks of 1024x1024."""
    make_terrain(path, size, ["BLOCKXSIZE=1024", "BLOCKYSIZE=1024", "COMPRESS=DEFLATE"])


def make_float32(path, size):
    """The same hills with the noise of a laser scan, in steps of 1/256: a
    float's last bits would otherwise be noise that nothing compresses."""
    dataset = create(path, size, 1, gdal.GDT_Float32)
    random = np.random.default_rng(20240103)
    for top, y, x in strips_of(size):
        heights = waves(2000, y, x, HILLS)
        heights += 0.1 * random.standard_normal(heights.shape, np.float32)
        heights = np.round(heights * 256) / 256
        dataset.GetRasterBand(1).WriteArray(heights, 0, top)


def make_rgb(path, size):
    """Byte, three bands by pixel: smooth fields of colour and noise. Predictor
    2 makes about half of it."""
    dataset = create(path, size, 3, gdal.GDT_Byte, ["PHOTOMETRIC=RGB"])
    random = np.random.default_rng(20240102)
    fields = ((2900, 40), (811, 25), (173, 12))
    for top, y, x in strips_of(size):
        for band in range(3):
            colour = waves(110 + 15 * band, y, x, fields, band / 3)
            colour += 2.7 * random.standard_normal(colour.shape, np.float32)
            pixels = colour.clip(0, 255).astype(np.uint8)
            dataset.GetRasterBand(band + 1).WriteArray(pixels, 0, top)


def make_bands(path, size, bands, data_type, step):
    """A scene in many bands, each all through: a spectrum for each place, and the
    noise of a sensor, in steps of a part of what it counts."""
    width = size * 1242 // 2000 if data_type == gdal.GDT_Float32 else size
    options = ["INTERLEAVE=BAND", "BIGTIFF=IF_SAFER"]
    driver = gdal.GetDriverByName("GTiff")
    dataset = driver.Create(path, width, size, bands, data_type, options)
    random = np.random.default_rng(20240104)
    y = np.arange(size, dtype=np.float32)[:, None]
    x = np.arange(width, dtype=np.float32)
    scene = waves(2000, y, x, HILLS)
    for band in range(bands):
        light = np.float32(1 + 0.5 * np.sin(band / 23))
        noise = random.standard_normal(scene.shape, np.float32)
        pixels = np.round((scene * light + 4 * noise) / step) * step
        dataset.GetRasterBand(band + 1).WriteArray(pixels)


def make_spectra(path, size):
    make_bands(path, size, 285, gdal.GDT_Float32, np.float32(1 / 16))


def make_series(path, size):
    make_bands(path, size, 200, gdal.GDT_Int16, np.float32(1))


def main():
    gdal.UseExceptions()
    name, size, target = sys.argv[1:]
    make = {
        "terrain": make_terrain,
        "blocks1024": make_blocks1024,
        "float32": make_float32,
        "rgb": make_rgb,
        "series": make_series,
        "spectra": make_spectra,
    }[name]
    make(target, int(size))


if __name__ == "__main__":
    main()
