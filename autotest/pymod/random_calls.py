# SPDX-License-Identifier: MIT
"""Calls on an open dataset at random, as whoever has it from Create() may make
them. A call is a name and its arguments, so that two datasets can be given the
same; it returns what there is to see of it."""

from carriers import CATEGORIES
from osgeo import gdal
from random_sources import WIDE_TYPES
from sources import GEOTRANSFORM

RESAMPLINGS = [
    gdal.GRIORA_NearestNeighbour,
    gdal.GRIORA_Bilinear,
    gdal.GRIORA_Average,
    gdal.GRIORA_Mode,
]
OVERVIEWS = "NEAREST AVERAGE RMS GAUSS CUBIC CUBICSPLINE LANCZOS BILINEAR MODE NONE"
OVERVIEWS = OVERVIEWS.split()
CRSS = [4326, 32633, 3857, 2056, 4979, 27700]
DOMAINS = ["", "MINE", "xml:MINE", "RPC", "IMD", "xml:XMP", "OTHER_ONE"]


def rpc():
    names = "LINE SAMP LAT LONG HEIGHT".split()
    items = {f"{name}_{what}": "3" for name in names for what in ("OFF", "SCALE")}
    for name in ("LINE_NUM", "LINE_DEN", "SAMP_NUM", "SAMP_DEN"):
        items[f"{name}_COEFF"] = " ".join(str(i / 8) for i in range(1, 21))
    return items


def text_of(rng):
    return rng.choice(["a", "two words", "é <&> \"'", "17", "", "line\nline"])


def metadata_of(rng, domain):
    if domain == "RPC":
        return rpc()
    if domain.startswith("xml:"):
        return [f"<a><b>{rng.randrange(9)}</b></a>"]
    if rng.random() < 0.1:
        return None
    names = ["TITLE", "b", "TIFFTAG_SOFTWARE", "STATISTICS_MEAN", "AREA_OR_POINT"]
    names = rng.sample(names, rng.randrange(1, 4))
    items = {name: text_of(rng) for name in names}
    if "AREA_OR_POINT" in items:
        items["AREA_OR_POINT"] = rng.choice(["Area", "Point"])
    if "STATISTICS_MEAN" in items:
        items["STATISTICS_MEAN"] = "3.5"
    return items


class Calls:
    """Chooses calls for a raster of that shape."""

    def __init__(self, rng, width, height, count, gdal_type):
        self.rng, self.width, self.height = rng, width, height
        self.count, self.type = count, gdal_type
        self.complex = bool(gdal.DataTypeIsComplex(gdal_type))

    def band(self):
        return self.rng.randrange(1, self.count + 1)

    def window(self):
        rng = self.rng
        if rng.random() < 0.3:
            return 0, 0, self.width, self.height
        x, y = rng.randrange(self.width), rng.randrange(self.height)
        size = rng.randrange(1, self.width - x + 1), rng.randrange(
            1, self.height - y + 1
        )
        return x, y, *size

    def buffer_type(self):
        kinds = [gdal.GDT_Byte, gdal.GDT_Int16, gdal.GDT_Float32, gdal.GDT_Float64]
        return self.type if self.rng.random() < 0.6 else self.rng.choice(kinds)

    def nodata(self):
        rng = self.rng
        if gdal.GetDataTypeName(self.type) in WIDE_TYPES:
            return rng.choice([0, 7, 255, 2**60 + 1])
        values = [0, 7, 255, -1, -128, -9999, 3.5, float("nan"), 65535]
        # At which GDAL's overviews of 32 bits hang, with any driver.
        if self.type not in (gdal.GDT_Int32, gdal.GDT_UInt32):
            values.append(1e30)
        return rng.choice(values)

    def method(self):
        usable = ["NEAREST", "NONE"] if self.complex else OVERVIEWS
        return self.rng.choice(usable)

    def factors(self):
        rng = self.rng
        return rng.choice([[2], [2, 4], [2, 4, 8], [4], [3], [4, 2], [16], [2, 3], []])

    # Each with its share. What a call is given follows from self.rng alone.

    def write(self):
        return self.band(), self.window(), self.buffer_type(), self.rng.randrange(99)

    def write_all(self):
        return (
            self.window(),
            self.buffer_type(),
            self.rng.randrange(99),
            self.rng.choice(["band", "pixel"]),
        )

    def write_whole(self):
        return (self.rng.randrange(99),)

    def write_resampled(self):
        window = self.window()
        size = [max(1, int(n * self.rng.uniform(0.3, 2))) for n in window[2:]]
        return self.band(), window, size, self.rng.randrange(99)

    def write_block(self):
        return self.band(), self.rng.random(), self.rng.random(), self.rng.randrange(99)

    def read(self):
        return self.band(), self.window(), self.buffer_type()

    def read_all(self):
        return (self.window(), self.buffer_type())

    def read_resampled(self):
        window = self.window()
        size = [max(1, int(n * self.rng.uniform(0.3, 2))) for n in window[2:]]
        method = RESAMPLINGS[0] if self.complex else self.rng.choice(RESAMPLINGS)
        return self.band(), window, size, method

    def read_block(self):
        return self.band(), self.rng.random(), self.rng.random()

    def fill(self):
        return self.band(), self.rng.choice([0, 1, 77, 200.5])

    def flush(self):
        return ()

    def flush_band(self):
        return (self.band(),)

    def set_nodata(self):
        return self.band(), self.nodata()

    def set_nodata_of_all(self):
        return (self.nodata(),)

    def delete_nodata(self):
        return (self.band(),)

    def can_delete_nodata(self):
        """What is deleted of 64 bits GTiff leaves in the file."""
        return gdal.GetDataTypeName(self.type) not in WIDE_TYPES

    def set_scale(self):
        return self.band(), self.rng.choice([1, 0.1, 2.5]), self.rng.choice([0, -3.5])

    def set_unit(self):
        return self.band(), text_of(self.rng)

    def set_description(self):
        return self.band(), text_of(self.rng)

    def set_categories(self):
        return self.band(), self.rng.choice([CATEGORIES, CATEGORIES, []])

    def set_colour(self):
        colours = range(gdal.GCI_Undefined, gdal.GCI_CyanBand + 1)
        likely = [3, 4, 5, 6, gdal.GCI_Undefined, gdal.GCI_GrayIndex]
        usual = self.rng.random() < 0.7
        return self.band(), self.rng.choice(likely if usual else list(colours))

    def set_rgb(self):
        return ()

    def set_colour_table(self):
        band = 1 if self.rng.random() < 0.8 else self.band()
        return band, self.rng.choice([256, 3, 1]), self.rng.choice([255, 255, 0])

    def set_attributes(self):
        return self.band(), self.rng.randrange(1, 5)

    def set_metadata(self):
        domain = self.rng.choice(DOMAINS)
        return domain, metadata_of(self.rng, domain)

    def set_metadata_of_band(self):
        domain = self.rng.choice(["", "MINE", "xml:MINE", "OTHER_ONE"])
        return self.band(), domain, metadata_of(self.rng, domain)

    def set_item(self):
        domain = self.rng.choice(["", "MINE", "OTHER_ONE"])
        value = self.rng.choice([None, "v", text_of(self.rng)])
        return self.rng.choice(["TITLE", "b", "c"]), value, domain

    def set_item_of_band(self):
        return self.band(), *self.set_item()

    def set_nodata_values(self):
        values = self.rng.choice([" ".join(["7"] * self.count), None])
        return (values,)

    def set_geotransform(self):
        usual = self.rng.random() < 0.8
        return (GEOTRANSFORM if usual else (1, 2, 0.5, 4, 0.25, -6),)

    def set_crs(self):
        return self.rng.choice([*CRSS, None]), self.rng.random() < 0.5

    def set_gcps(self):
        count = self.rng.randrange(5)
        # Without points GTiff takes the CRS and does not write it everywhere.
        return count, self.rng.choice([*CRSS, None]) if count else None

    def build_overviews(self):
        return self.method(), self.factors()

    def count_statistics(self):
        return self.band(), self.rng.random() < 0.4

    def get_statistics(self):
        return self.band(), self.rng.random() < 0.4, self.rng.random() < 0.7

    def set_statistics(self):
        return (self.band(),)

    def count_extremes(self):
        return self.band(), self.rng.random() < 0.4

    def get_histogram(self):
        buckets = self.rng.choice([4, 256])
        return self.band(), buckets, self.rng.random() < 0.5, self.rng.random() < 0.5

    def get_default_histogram(self):
        return self.band(), self.rng.random() < 0.7

    def set_default_histogram(self):
        return self.band(), self.rng.randrange(9)

    def make_mask(self):
        return self.rng.choice([gdal.GMF_PER_DATASET, gdal.GMF_PER_DATASET, 0])

    def make_mask_of_band(self):
        return self.band(), self.rng.choice([gdal.GMF_PER_DATASET, 0, 0])

    def write_mask(self):
        return self.band(), self.window(), self.rng.randrange(99)

    def read_mask(self):
        return (self.band(),)

    def read_overviews(self):
        return (self.band(),)

    def add_band(self):
        return ()

    def look(self):
        return (self.band(),)


# Which calls there are, and how often.
SHARES = {
    "write": 8,
    "write_all": 4,
    "write_whole": 3,
    "write_resampled": 2,
    "write_block": 2,
    "read": 2,
    "read_all": 2,
    "read_resampled": 2,
    "read_block": 1,
    "fill": 2,
    "flush": 3,
    "flush_band": 1,
    "set_nodata": 3,
    "set_nodata_of_all": 2,
    "delete_nodata": 1,
    "set_scale": 1,
    "set_unit": 1,
    "set_description": 2,
    "set_categories": 1,
    "set_colour": 3,
    "set_rgb": 1,
    "set_colour_table": 2,
    "set_attributes": 1,
    "set_metadata": 4,
    "set_metadata_of_band": 3,
    "set_item": 2,
    "set_item_of_band": 2,
    "set_nodata_values": 1,
    "set_geotransform": 2,
    "set_crs": 2,
    "set_gcps": 1,
    "build_overviews": 3,
    "count_statistics": 2,
    "get_statistics": 2,
    "set_statistics": 1,
    "count_extremes": 1,
    "get_histogram": 1,
    "get_default_histogram": 1,
    "set_default_histogram": 1,
    "make_mask": 1,
    "make_mask_of_band": 1,
    "write_mask": 2,
    "read_mask": 1,
    "read_overviews": 1,
    "add_band": 0.3,
    "look": 2,
}


def choose(calls, count):
    """@return so many calls, each a list of a name and arguments"""
    names = calls.rng.choices(list(SHARES), list(SHARES.values()), k=count)
    if not calls.can_delete_nodata():
        names = [name for name in names if name != "delete_nodata"]
    return [[name, *arguments(calls, name)] for name in names]


def arguments(calls, name):
    given = getattr(calls, name)()
    return given if isinstance(given, tuple) else (given,)
