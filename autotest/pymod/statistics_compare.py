# SPDX-License-Identifier: MIT
"""What GDAL counts of a raster's pixels, and what a file says of them."""

import functools

import numpy as np
import pytest
from gtiff_compare import bands, collected_errors
from osgeo import gdal


def items(metadata):
    return {key: metadata[key] for key in metadata if key.startswith("STATISTICS_")}


def statistics_of(path):
    dataset = gdal.Open(path)
    return items(dataset.GetRasterBand(1).GetMetadata())


def with_mask_over_half(source):
    source.CreateMaskBand(gdal.GMF_PER_DATASET)
    mask = np.full((source.RasterYSize, source.RasterXSize), 255, np.uint8)
    mask[:, : source.RasterXSize // 2] = 0
    source.GetRasterBand(1).GetMaskBand().WriteArray(mask)
    return source


@functools.lru_cache
def gdal_overlooks_masks_of_uint16():
    """GDAL 3.10 counts masked pixels of this type and leaves those of all others
    out; we leave them out. Neither 3.6, which counts all, nor 3.13 do so."""
    means = []
    for gdal_type in (gdal.GDT_UInt16, gdal.GDT_Int32):
        source = gdal.GetDriverByName("MEM").Create("", 2, 1, 1, gdal_type)
        source.GetRasterBand(1).WriteArray(np.array([[1, 3]]))
        means.append(
            with_mask_over_half(source).GetRasterBand(1).ComputeStatistics(False)[2]
        )
    return means[0] != means[1]


def counted_by_gdal(source):
    """What gdalinfo -stats says of a copy of the source that has no statistics."""
    dataset = gdal.Translate("", source, format="MEM")
    return [counted_in_band(band) for band in bands(dataset)]


def counted_in_band(band):
    if is_masked_uint16(band) and gdal_overlooks_masks_of_uint16():
        dataset = as_int32(band)
        band = dataset.GetRasterBand(1)
    band.SetMetadata({})
    with collected_errors():
        band.ComputeStatistics(False)
    return items(band.GetMetadata())


def is_masked_uint16(band):
    masked = band.GetMaskFlags() & (gdal.GMF_PER_DATASET | gdal.GMF_ALPHA)
    is_alpha = band.GetColorInterpretation() == gdal.GCI_AlphaBand
    return band.DataType == gdal.GDT_UInt16 and masked and not is_alpha


def as_int32(band):
    """A dataset of this band and its mask."""
    memory = gdal.GetDriverByName("MEM")
    dataset = memory.Create("", band.XSize, band.YSize, 1, gdal.GDT_Int32)
    dataset.GetRasterBand(1).WriteArray(band.ReadAsArray())
    dataset.CreateMaskBand(gdal.GMF_PER_DATASET)
    mask = band.GetMaskBand().ReadAsArray()
    dataset.GetRasterBand(1).GetMaskBand().WriteArray(mask)
    return dataset


def assert_statistics(path):
    dataset = gdal.Open(path)
    for band, expected in zip(bands(dataset), counted_by_gdal(path)):
        found = items(band.GetMetadata())
        assert found.keys() == expected.keys()
        for key in found:
            assert float(found[key]) == pytest.approx(
                float(expected[key]), rel=1e-9, abs=1e-300
            ), key
