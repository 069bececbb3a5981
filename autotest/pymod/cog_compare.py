# SPDX-License-Identifier: MIT
"""Translates a source with LAYOUT=COG and with GDAL's COG driver, and compares
what there is beyond a plain GeoTIFF: overviews, their masks and directories."""

import itertools
import struct

import numpy as np
from gtiff_compare import bands, collected_errors, differences, rowband_translate
from osgeo import gdal
from osgeo_utils.samples.validate_cloud_optimized_geotiff import validate
from sources import FLOAT_TYPES
from stored import creation_option_values, read_bytes

# The COG driver's words for what LAYOUT=COG does by default.
DEFAULTS = {"COMPRESS": "DEFLATE"}
if "INTERLEAVE" in creation_option_values("COG"):
    # Where it is known, GDAL otherwise gives the source's with COMPRESS=NONE.
    DEFAULTS["INTERLEAVE"] = "PIXEL"

BUDGETS = ("256M", "1M", "100K", "1")
THREADS = ("1", "2", "4")

# Of the values of a tag, by their TIFF type.
VALUE_DTYPES = {1: "u1", 2: "S1", 3: "<u2", 4: "<u4", 5: "(2,)<u4", 6: "i1", 7: "u1"}
VALUE_DTYPES.update({8: "<i2", 9: "<i4", 10: "(2,)<i4", 11: "<f4", 12: "<f8"})
VALUE_DTYPES.update({13: "<u4", 16: "<u8", 17: "<i8", 18: "<u8"})

TILE_OFFSETS, TILE_NBYTES, JPEG_TABLES = 324, 325, 347
COMPRESSION, PREDICTOR, PHOTOMETRIC = 259, 317, 262


def cog_translate(target, source, creation_options=(), **translate):
    """gdal.Translate to ROWBAND with LAYOUT=COG.
    @return the dataset and what GDAL said"""
    options = ("LAYOUT=COG", *creation_options)
    return rowband_translate(target, source, options, **translate)


def gdal_cog(target, source, creation_options=(), **translate):
    """The same with the COG driver.
    @return the dataset, opened anew"""
    given = dict(option.split("=", 1) for option in creation_options)
    options = [f"{key}={value}" for key, value in {**DEFAULTS, **given}.items()]
    with collected_errors() as said:
        result = gdal.Translate(
            target, source, format="COG", creationOptions=options, **translate
        )
    assert result is not None, said
    del result
    return gdal.Open(target)


def cogs(source, folder, creation_options=(), **translate):
    """Translates both ways into `folder`.
    @return ROWBAND's dataset and the COG driver's"""
    ours, theirs = f"{folder}/rowband.tif", f"{folder}/cog.tif"
    cog_translate(ours, source, creation_options, **translate)
    expected = gdal_cog(theirs, source, creation_options, **translate)
    return gdal.Open(ours), expected


def with_budgets_and_threads(folder, source, creation_options=()):
    """Translates with budgets from plenty to too little, and one thread or more.
    @return names of the files"""
    paths = []
    for budget, threads in itertools.product(BUDGETS, THREADS):
        paths.append(f"{folder}/{budget}_{threads}.tif")
        extra = (f"BUDGET={budget}", f"NUM_THREADS={threads}")
        cog_translate(paths[-1], source, (*creation_options, *extra))
    return paths


###############################################################################
# Levels


def levels(band):
    """The band and its overviews."""
    return [band] + [band.GetOverview(i) for i in range(band.GetOverviewCount())]


def level_sizes(dataset):
    return [(level.XSize, level.YSize) for level in levels(dataset.GetRasterBand(1))]


def assert_same_levels(dataset, expected, check=None):
    """@param check of two bands; by default that they are the same"""
    assert level_sizes(dataset) == level_sizes(expected)
    assert dataset.RasterCount == expected.RasterCount
    for number, (band, other) in enumerate(zip(bands(dataset), bands(expected)), 1):
        pairs = enumerate(zip(levels(band), levels(other)))
        for level, (ours, theirs) in pairs:
            (check or assert_same_band)(ours, theirs, f"band {number}, level {level}")


def assert_alike(ours, theirs, where):
    assert ours.GetBlockSize() == theirs.GetBlockSize(), where
    assert ours.DataType == theirs.DataType, where
    assert ours.GetMaskFlags() == theirs.GetMaskFlags(), where
    assert repr(ours.GetNoDataValue()) == repr(theirs.GetNoDataValue()), where
    interpretations = [b.GetColorInterpretation() for b in (ours, theirs)]
    assert interpretations[0] == interpretations[1], where


def assert_same_band(ours, theirs, where):
    """Bit by bit, the mask too."""
    assert_alike(ours, theirs, where)
    assert_same_pixels_of(ours, theirs, where)
    assert_same_pixels_of(ours.GetMaskBand(), theirs.GetMaskBand(), f"mask of {where}")


def assert_same_pixels_of(ours, theirs, where):
    if ours.ReadRaster() != theirs.ReadRaster():
        values, expected = ours.ReadAsArray(), theirs.ReadAsArray()
        rows, columns = np.nonzero(values != expected)
        at = f"the first at {columns[0]}, {rows[0]}" if rows.size else "in NaNs"
        raise AssertionError(f"{where}: {rows.size} of {values.size} differ, {at}")


def assert_near_band(ours, theirs, where):
    """Integers within one, floats within 1e-5 of their range; the same pixels
    without data."""
    assert_alike(ours, theirs, where)
    assert_near_pixels_of(ours, theirs, where)
    mask, expected = ours.GetMaskBand(), theirs.GetMaskBand()
    is_alpha = theirs.GetMaskFlags() & gdal.GMF_ALPHA
    check = assert_near_pixels_of if is_alpha else assert_same_pixels_of
    check(mask, expected, f"mask of {where}")


def assert_near_pixels_of(ours, theirs, where):
    values, expected = (b.ReadAsArray().astype(np.float64) for b in (ours, theirs))
    missing = without_data(theirs, expected)
    assert np.array_equal(without_data(ours, values), missing), where
    values, expected = values[~missing], expected[~missing]
    is_float = theirs.DataType in FLOAT_TYPES
    if expected.size > 0:
        tolerance = 1e-5 * np.ptp(expected) if is_float else 1
        assert np.abs(values - expected).max() <= tolerance, where


def without_data(band, values):
    nodata = band.GetNoDataValue()
    return np.isnan(values) | (False if nodata is None else values == nodata)


###############################################################################
# Files


def complaints(path):
    """What GDAL's validator says about a file, errors and warnings."""
    warnings, errors, _ = validate(path, full_check=True)
    return warnings + errors


def is_bigtiff(path):
    return read_bytes(path)[:4] == b"II\x2b\0"


def ghost_area(path):
    """What GDAL says about a file's layout, between header and directories."""
    data, head = read_bytes(path), b"GDAL_STRUCTURAL_METADATA_SIZE="
    start = 16 if is_bigtiff(path) else 8
    line_end = start + len(head) + len("000000 bytes\n")
    assert data[start : start + len(head)] == head
    nbytes = int(data[start + len(head) : start + len(head) + 6])
    return data[start : line_end + nbytes].decode("ascii")


def directories(path):
    """The directories of a file in the order of their chain, each a dictionary
    of lists of values, by tag."""
    data = read_bytes(path)
    count, entry, place = (
        ("<Q", "<HHQ", "<Q") if is_bigtiff(path) else ("<H", "<HHI", "<I")
    )
    place_nbytes = struct.calcsize(place)
    at = struct.unpack_from(place, data, place_nbytes if place == "<Q" else 4)[0]
    found = []
    while at:
        entries = struct.unpack_from(count, data, at)[0]
        at += struct.calcsize(count)
        tags = {}
        for _ in range(entries):
            tag, kind, values = struct.unpack_from(entry, data, at)
            at += struct.calcsize(entry)
            dtype, start = np.dtype(VALUE_DTYPES[kind]), at
            if values * dtype.itemsize > place_nbytes:
                start = struct.unpack_from(place, data, at)[0]
            tags[tag] = np.frombuffer(data, dtype, values, start).tolist()
            at += place_nbytes
        found.append(tags)
        at = struct.unpack_from(place, data, at)[0]
    return found


def tags_of_meaning(path):
    """directories() less where things are and how long, with defaults; tiles that
    are left out stay visible."""
    found = directories(path)
    for tags in found:
        tags.pop(TILE_OFFSETS)
        tags.pop(JPEG_TABLES, None)
        tags.setdefault(PREDICTOR, [1])
        tags[TILE_NBYTES] = [nbytes > 0 for nbytes in tags[TILE_NBYTES]]
    return found


def assert_same_tags(folder):
    ours, theirs = f"{folder}/rowband.tif", f"{folder}/cog.tif"
    assert ghost_area(ours) == ghost_area(theirs)
    assert differences(tags_of_meaning(ours), tags_of_meaning(theirs)) == []
