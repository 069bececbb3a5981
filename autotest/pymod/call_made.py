# SPDX-License-Identifier: MIT
"""Makes a call of random_calls.py on a dataset, and says what came of it."""

import numpy as np
from gtiff_compare import color_table, domains
from osgeo import gdal, gdal_array, osr
from carriers import CORNERS
from raster_seen import attribute_table, crs, gcps, plane, without_layout
from sources import pixels


def dtype_of(gdal_type):
    return gdal_array.GDALTypeCodeToNumericTypeCode(gdal_type)


def type_of(array):
    return gdal_array.NumericTypeCodeToGDALTypeCode(array.dtype.type)


def values(width, height, gdal_type, seed):
    """Of which some are alike, and some zero, so that nodata is met."""
    made = pixels(width, height, gdal.GDT_Byte, seed).astype("int64") % (40 + seed)
    if seed % 3 == 0:
        made[made < 20] = 7
    return made.astype(dtype_of(gdal_type))


def reference(code, traditional):
    if code is None:
        return None
    made = osr.SpatialReference()
    made.ImportFromEPSG(code)
    if traditional:
        made.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return made


def bytes_of(array):
    if array is None:
        return None
    if array.dtype.kind in "fc":
        array = np.where(array != array, np.nan, array)
    return array.tobytes()


def block(band, x, y):
    """@return a block somewhere, and how large it is"""
    width, height = band.GetBlockSize()
    across = -(-band.XSize // width)
    down = -(-band.YSize // height)
    return int(x * across), int(y * down), width, height


class Calling:
    """The other side of random_calls.Calls: each method makes its call."""

    def __init__(self, dataset):
        self.dataset = dataset

    def band(self, number):
        return self.dataset.GetRasterBand(number)

    def write(self, number, window, gdal_type, seed):
        data = values(*window[2:], gdal_type, seed)
        return self.band(number).WriteArray(data, *window[:2])

    def write_all(self, window, gdal_type, seed, interleave):
        width, height = window[2:]
        count = self.dataset.RasterCount
        data = [values(width, height, gdal_type, seed + i) for i in range(count)]
        data = np.stack(data, 0 if interleave == "band" else 2)
        size = data.itemsize
        if interleave == "band":
            steps = size, size * width, size * width * height
        else:
            steps = size * count, size * count * width, size
        return self.dataset.WriteRaster(
            *window,
            data.tobytes(),
            buf_type=type_of(data),
            buf_pixel_space=steps[0],
            buf_line_space=steps[1],
            buf_band_space=steps[2],
        )

    def write_whole(self, seed):
        size = self.dataset.RasterXSize, self.dataset.RasterYSize
        return self.write_all((0, 0, *size), self.band(1).DataType, seed, "band")

    def write_resampled(self, number, window, size, seed):
        band = self.band(number)
        data = values(*size, band.DataType, seed)
        return band.WriteRaster(*window, data.tobytes(), *size, type_of(data))

    def write_block(self, number, x, y, seed):
        band = self.band(number)
        x, y, width, height = block(band, x, y)
        data = values(width, height, band.DataType, seed)
        data = data[: band.YSize - y * height, : band.XSize - x * width]
        window = x * width, y * height, data.shape[1], data.shape[0]
        data = np.ascontiguousarray(data)
        return band.WriteRaster(*window, data.tobytes(), buf_type=type_of(data))

    def read(self, number, window, gdal_type):
        return bytes_of(self.band(number).ReadAsArray(*window, buf_type=gdal_type))

    def read_all(self, window, gdal_type):
        return bytes_of(self.dataset.ReadAsArray(*window, buf_type=gdal_type))

    def read_resampled(self, number, window, size, method):
        return bytes_of(
            self.band(number).ReadAsArray(
                *window, buf_xsize=size[0], buf_ysize=size[1], resample_alg=method
            )
        )

    def read_block(self, number, x, y):
        band = self.band(number)
        x, y, width, height = block(band, x, y)
        # It passes the cache by.
        self.dataset.FlushCache()
        size = gdal.GetDataTypeSize(band.DataType) // 8
        data = np.frombuffer(band.ReadBlock(x, y), "u1").reshape(height, width, size)
        return data[: band.YSize - y * height, : band.XSize - x * width].tobytes()

    def fill(self, number, value):
        return self.band(number).Fill(value)

    def flush(self):
        self.dataset.FlushCache()

    def flush_band(self, number):
        self.band(number).FlushCache()

    def set_nodata(self, number, value):
        return self.band(number).SetNoDataValue(value)

    def set_nodata_of_all(self, value):
        numbers = range(1, self.dataset.RasterCount + 1)
        return [self.set_nodata(number, value) for number in numbers]

    def delete_nodata(self, number):
        return self.band(number).DeleteNoDataValue()

    def delete_nodata_of_all(self):
        numbers = range(1, self.dataset.RasterCount + 1)
        return [self.delete_nodata(number) for number in numbers]

    def set_scale(self, number, scale, offset):
        band = self.band(number)
        return band.SetScale(scale), band.SetOffset(offset)

    def set_unit(self, number, text):
        return self.band(number).SetUnitType(text)

    def set_description(self, number, text):
        self.band(number).SetDescription(text)

    def set_categories(self, number, names):
        return self.band(number).SetCategoryNames(names)

    def set_colour(self, number, colour):
        return self.band(number).SetColorInterpretation(colour)

    def set_rgb(self):
        count = min(3, self.dataset.RasterCount)
        return [self.set_colour(i + 1, gdal.GCI_RedBand + i) for i in range(count)]

    def set_colour_table(self, number, count, alpha):
        table = gdal.ColorTable()
        for i in range(count):
            table.SetColorEntry(i, (i, 255 - i, i // 2, alpha if i == 1 else 255))
        return self.band(number).SetColorTable(table)

    def set_attributes(self, number, rows):
        table = gdal.RasterAttributeTable()
        table.CreateColumn("Value", gdal.GFT_Integer, gdal.GFU_MinMax)
        table.CreateColumn("Name", gdal.GFT_String, gdal.GFU_Name)
        table.SetRowCount(rows)
        for row in range(rows):
            table.SetValueAsInt(row, 0, row)
            table.SetValueAsString(row, 1, f"class {row} é")
        return self.band(number).SetDefaultRAT(table)

    def set_metadata(self, domain, items):
        return self.dataset.SetMetadata(items, domain)

    def set_metadata_of_band(self, number, domain, items):
        return self.band(number).SetMetadata(items, domain)

    def set_item(self, name, value, domain):
        return self.dataset.SetMetadataItem(name, value, domain)

    def set_item_of_band(self, number, name, value, domain):
        return self.band(number).SetMetadataItem(name, value, domain)

    def set_nodata_values(self, values):
        return self.dataset.SetMetadataItem("NODATA_VALUES", values)

    def set_geotransform(self, transform):
        return self.dataset.SetGeoTransform(transform)

    def set_crs(self, code, traditional):
        return self.dataset.SetSpatialRef(reference(code, traditional))

    def set_gcps(self, count, code):
        points = [gdal.GCP(x * 9, y * 7, 1, x, y) for x, y in CORNERS[:count]]
        return self.dataset.SetGCPs(points, reference(code, True))

    def build_overviews(self, method, factors):
        return self.dataset.BuildOverviews(method, factors)

    def count_statistics(self, number, approximate):
        return self.band(number).ComputeStatistics(approximate)

    def get_statistics(self, number, approximate, force):
        return self.band(number).GetStatistics(approximate, force)

    def set_statistics(self, number):
        return self.band(number).SetStatistics(1, 5, 2.5, 0.5)

    def count_extremes(self, number, approximate):
        return self.band(number).ComputeRasterMinMax(approximate)

    def get_histogram(self, number, buckets, beyond, approximate):
        return self.band(number).GetHistogram(
            -0.5, 255.5, buckets, include_out_of_range=beyond, approx_ok=approximate
        )

    def get_default_histogram(self, number, force):
        return self.band(number).GetDefaultHistogram(force=force)

    def set_default_histogram(self, number, seed):
        counts = [seed + i for i in range(4)]
        return self.band(number).SetDefaultHistogram(0, 4, counts)

    def make_mask(self, flags):
        return self.dataset.CreateMaskBand(flags)

    def make_mask_of_band(self, number, flags):
        return self.band(number).CreateMaskBand(flags)

    def write_mask(self, number, window, seed):
        """Where there is one that can be written to."""
        band = self.band(number)
        if band.GetMaskFlags() not in (0, gdal.GMF_PER_DATASET):
            return None
        data = np.where(values(*window[2:], gdal.GDT_Byte, seed) > 9, 255, 0)
        return band.GetMaskBand().WriteArray(data.astype("u1"), *window[:2])

    def read_mask(self, number):
        band = self.band(number)
        return band.GetMaskFlags(), plane(band.GetMaskBand())

    def read_overviews(self, number):
        band = self.band(number)
        levels = [band.GetOverview(i) for i in range(band.GetOverviewCount())]
        return [(level.XSize, level.YSize, plane(level)) for level in levels]

    def add_band(self):
        return self.dataset.AddBand(gdal.GDT_Byte)

    def look(self, number):
        """At what has been said so far."""
        band = self.band(number)
        return {
            "nodata": repr(band.GetNoDataValue()),
            "colour": band.GetColorInterpretation(),
            "table": color_table(band),
            "scale": (band.GetScale(), band.GetOffset()),
            "unit": band.GetUnitType(),
            "description": band.GetDescription(),
            "categories": band.GetCategoryNames(),
            "attributes": attribute_table(band),
            "domains": without_layout(domains(band)),
            "domains of all": without_layout(domains(self.dataset)),
            "geotransform": self.dataset.GetGeoTransform(can_return_null=True),
            "crs": crs(self.dataset.GetSpatialRef()),
            "gcps": gcps(self.dataset),
            "mask flags": band.GetMaskFlags(),
            "overviews": band.GetOverviewCount(),
            "least": (band.GetMinimum(), band.GetMaximum()),
        }
