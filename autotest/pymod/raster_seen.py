# SPDX-License-Identifier: MIT
"""All that can be seen of a raster, for comparison with another."""

import numpy as np
from gtiff_compare import bands, color_table, domains
from osgeo import gdal

# How a file is laid out.
LAYOUT_ITEMS = ("LAYOUT", "COMPRESSION", "COMPRESSION_REVERSIBILITY", "PREDICTOR")


def plane(band):
    """@return the band's pixels, NaNs alike, as bytes"""
    values = band.ReadAsArray()
    if values is None:
        return None
    if values.dtype.kind in "fc":
        values = np.where(values != values, np.nan, values)
    return values.tobytes()


def without_layout(of_domains):
    storage = of_domains.get("IMAGE_STRUCTURE")
    if storage:
        for item in LAYOUT_ITEMS:
            storage.pop(item, None)
    return {name: items for name, items in of_domains.items() if items}


def attribute_table(band):
    table = band.GetDefaultRAT()
    if table is None:
        return None
    columns = range(table.GetColumnCount())
    return [
        (
            table.GetNameOfCol(column),
            table.GetTypeOfCol(column),
            table.GetUsageOfCol(column),
            [table.GetValueAsString(row, column) for row in range(table.GetRowCount())],
        )
        for column in columns
    ]


def mask(band):
    return {"flags": band.GetMaskFlags(), "pixels": plane(band.GetMaskBand())}


def seen_of_level(band, with_masks):
    """What a band and its overviews have in common."""
    told = {
        "size": (band.XSize, band.YSize),
        "type": gdal.GetDataTypeName(band.DataType),
        "pixels": plane(band),
        "nodata": repr(band.GetNoDataValue()),
        "colour": band.GetColorInterpretation(),
        "table": color_table(band),
        "domains": without_layout(domains(band)),
    }
    if with_masks:
        told["mask"] = mask(band)
    return told


def default_histogram(band):
    return band.GetDefaultHistogram(force=0)


def seen_of_band(band, overviews, masks_of_overviews):
    told = seen_of_level(band, True)
    told.update(
        {
            "scale": (band.GetScale(), band.GetOffset()),
            "unit": band.GetUnitType(),
            "description": band.GetDescription(),
            "categories": band.GetCategoryNames(),
            "attributes": attribute_table(band),
            "histogram": default_histogram(band),
            "statistics": band.GetStatistics(0, 0),
            "least": (band.GetMinimum(), band.GetMaximum()),
        }
    )
    if overviews:
        told["overviews"] = [
            seen_of_level(band.GetOverview(i), masks_of_overviews)
            for i in range(band.GetOverviewCount())
        ]
    return told


def gcps(dataset):
    return [
        (g.Id, g.Info, g.GCPX, g.GCPY, g.GCPZ, g.GCPPixel, g.GCPLine)
        for g in dataset.GetGCPs()
    ]


def crs(reference):
    if reference is None:
        return None
    mapping = reference.GetDataAxisToSRSAxisMapping()
    return reference.ExportToWkt(["FORMAT=WKT2_2019"]), mapping


def seen(dataset, overviews=True, masks_of_overviews=True):
    """@param overviews whether they are looked at, and their masks"""
    return {
        "size": (dataset.RasterXSize, dataset.RasterYSize, dataset.RasterCount),
        "geotransform": dataset.GetGeoTransform(can_return_null=True),
        "crs": crs(dataset.GetSpatialRef()),
        "gcps": gcps(dataset),
        "crs of gcps": crs(dataset.GetGCPSpatialRef()),
        "domains": without_layout(domains(dataset)),
        "bands": [
            seen_of_band(band, overviews, masks_of_overviews) for band in bands(dataset)
        ],
    }
