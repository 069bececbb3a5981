# SPDX-License-Identifier: MIT
"""All that GDAL tells of a file."""

import contextlib
import ctypes

from gtiff_compare import bands, describe
from osgeo import _gdal, gdal

HANDLER = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_int, ctypes.c_char_p)
LIBRARY = ctypes.CDLL(_gdal.__file__)


@contextlib.contextmanager
def collected_errors():
    """Collects what GDAL says, as (class, number, message), also what is no text."""
    said = []
    handler = HANDLER(lambda a, b, text: said.append((a, b, text.decode("latin-1"))))
    LIBRARY.CPLPushErrorHandler(handler)
    try:
        yield said
    finally:
        LIBRARY.CPLPopErrorHandler()


def all_of(path):
    """@return what GDAL tells, in nested structures; pixels by their bytes"""
    dataset = gdal.Open(path)
    told = describe(dataset)
    told.pop("stac", None)  # the same in other words
    told.pop("coordinateSystem", None)
    for band in told["bands detail"]:
        # PAM has them for every band that it says anything of.
        band["scale"] = 1.0 if band["scale"] is None else band["scale"]
        band["offset"] = 0.0 if band["offset"] is None else band["offset"]
    told["crs"] = crs_of(dataset.GetSpatialRef())
    told["GCPs"] = [gcp_of(gcp) for gcp in dataset.GetGCPs()]
    told["crs of GCPs"] = crs_of(dataset.GetGCPSpatialRef())
    told["mask domains"] = [
        band.GetMaskBand().GetMetadata_Dict() for band in bands(dataset)
    ]
    told["levels"] = [
        [level_of(one) for one in levels(band)] for band in bands(dataset)
    ]
    told["tables"] = [table_of(band.GetDefaultRAT()) for band in bands(dataset)]
    told["histograms"] = [band.GetDefaultHistogram(force=0) for band in bands(dataset)]
    return told


def crs_of(crs):
    return crs and {
        "WKT": crs.ExportToWkt(["FORMAT=WKT2_2019"]),
        "axes": crs.GetDataAxisToSRSAxisMapping(),
        "epoch": crs.GetCoordinateEpoch(),
    }


def gcp_of(gcp):
    at = gcp.GCPPixel, gcp.GCPLine, gcp.GCPX, gcp.GCPY, gcp.GCPZ
    return [*at, gcp.Id, gcp.Info]


def levels(band):
    return [band] + [band.GetOverview(i) for i in range(band.GetOverviewCount())]


def level_of(band):
    mask = band.GetMaskBand()
    return {
        "size": (band.XSize, band.YSize, gdal.GetDataTypeName(band.DataType)),
        "block": band.GetBlockSize(),
        "flags": band.GetMaskFlags(),
        "nodata": repr(band.GetNoDataValue()),
        "interpretation": band.GetColorInterpretation(),
        "pixels": Pixels(band),
        "mask": Pixels(mask),
    }


class Pixels:
    """Those of a band, which tell where they differ and not what they are."""

    def __init__(self, band):
        self.data = band.ReadRaster()

    def __repr__(self):
        return "none" if self.data is None else f"{hash(bytes(self.data)):x}"


def table_of(table):
    if table is None:
        return None
    rows, columns = range(table.GetRowCount()), range(table.GetColumnCount())
    return {
        "columns": [
            (table.GetNameOfCol(i), table.GetTypeOfCol(i), table.GetUsageOfCol(i))
            for i in columns
        ],
        "kind": table.GetTableType(),
        "rows": [[table.GetValueAsString(row, i) for i in columns] for row in rows],
    }
