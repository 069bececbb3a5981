# SPDX-License-Identifier: MIT
"""Options of gdal_translate at random, for a source that is open, and what the
drivers are to be given with them."""

from osgeo import gdal
from random_sources import COMPLEX_TYPES, REAL_TYPES, WIDE_TYPES

METHODS = "nearest bilinear cubic cubicspline lanczos average mode rms".split()


def pick(rng, share, *choices):
    """One of the choices, in so many cases; or nothing."""
    return list(rng.choice(choices)) if rng.random() < share else []


def number(rng, low, high):
    """Whole, halved or of any digits."""
    value = rng.uniform(low, high)
    return repr(rng.choice([round(value), round(value * 2) / 2, value]))


def size_options(rng, source):
    width, height = source.RasterXSize, source.RasterYSize
    way = rng.randrange(5)
    if way == 0:
        ratio = rng.choice([50, 50, 25, 100 / 3, 200, 90, 120])
        return ["-outsize", f"{ratio}%", f"{ratio}%"]
    if way == 1:
        return ["-outsize"] + [f"{rng.randrange(20, 190)}%" for _ in "xy"]
    if way == 2:
        size = [max(1, int(n * rng.uniform(0.15, 1.9))) for n in (width, height)]
        size[rng.randrange(2)] *= rng.randrange(4) > 0
        return ["-outsize"] + [str(n) for n in size]
    transform = source.GetGeoTransform(can_return_null=True)
    if way == 3 and transform and transform[2] == 0:
        return ["-tr"] + [repr(abs(transform[i]) * rng.uniform(0.6, 3)) for i in (1, 5)]
    return []


def window_options(rng, source):
    width, height = source.RasterXSize, source.RasterYSize
    way = rng.randrange(4)
    if way == 0:
        x, y = rng.randrange(width), rng.randrange(height)
        size = rng.randrange(1, width - x + 1), rng.randrange(1, height - y + 1)
        return ["-srcwin", str(x), str(y), *map(str, size)]
    if way == 1:
        at = [number(rng, -0.2 * n, 0.5 * n) for n in (width, height)]
        return ["-srcwin", *at] + [number(rng, 2, 1.1 * n) for n in (width, height)]
    transform = source.GetGeoTransform(can_return_null=True)
    if way == 2 and transform and transform[2] == 0:
        x0, dx, _, y0, _, dy = transform
        left, right = sorted(rng.uniform(-0.1, 1.1) * width for _ in "lr")
        top, bottom = sorted(rng.uniform(-0.1, 1.1) * height for _ in "tb")
        corners = x0 + left * dx, y0 + top * dy, x0 + right * dx, y0 + bottom * dy
        return ["-projwin", *map(repr, corners)]
    return []


def band_options(rng, source):
    options = []
    if rng.random() < 0.3:
        numbers = [str(i + 1) for i in range(source.RasterCount)] + ["mask"]
        for _ in range(rng.randrange(1, 4)):
            options += ["-b", rng.choice(numbers)]
    masks = ["none", "auto", str(rng.randrange(source.RasterCount) + 1), "mask"]
    options += pick(rng, 0.1, *[("-mask", mask) for mask in masks])
    if source.GetRasterBand(1).GetColorTable():
        options += pick(rng, 0.5, *[("-expand", to) for to in ("gray", "rgb", "rgba")])
    colours = ("-colorinterp_1", "red"), ("-colorinterp_1", "alpha")
    return options + pick(rng, 0.08, *colours, ("-colorinterp_1", "undefined"))


def value_options(rng):
    scales = [
        ("-scale",),
        ("-scale", "0", "300", "0", "255"),
        ("-scale", "0", "65535", "0", "4000000000"),
        ("-scale", number(rng, 0, 50), number(rng, 100, 999), "1", number(rng, 2, 255)),
        ("-scale_1", "0", "30123", "0", "255"),
        ("-unscale",),
    ]
    options = pick(rng, 0.25, *scales)
    if options and options[0] == "-scale" and len(options) == 5:
        options += pick(rng, 0.3, ("-exponent", number(rng, 0.3, 2)))
    types = REAL_TYPES * 3 + WIDE_TYPES + COMPLEX_TYPES
    options += pick(rng, 0.3, *[("-ot", name) for name in types])
    values = ["0", "9", "100", "255", "-9999", "nan", "none", "7.5"]
    options += pick(rng, 0.2, *[("-a_nodata", value) for value in values])
    options += pick(rng, 0.05, ("-a_scale", "2.5"), ("-a_offset", "-7"))
    return options + pick(rng, 0.1, ("-norat",), ("-mo", "A=B"), ("-nogcp",))


def overview_options(rng, source):
    levels = ["AUTO", "AUTO-1", "NONE", "0", "1"]
    band = source.GetRasterBand(1)
    overviews = [band.GetOverview(i) for i in range(band.GetOverviewCount())]
    # GDAL takes it for granted that the overview is a dataset.
    name = source.GetDescription()
    level = ["OVERVIEW_LEVEL=0"]
    if overviews and name and not gdal.OpenEx(name, open_options=level):
        return []
    if not overviews:
        levels = ["AUTO", "NONE"]
    share = 0.3 if overviews else 0.05
    return pick(rng, share, *[("-ovr", level) for level in levels])


def translate_options(rng, source):
    if rng.random() < 0.06:
        return []
    options = size_options(rng, source) + window_options(rng, source)
    options += pick(rng, 0.8, *[("-r", method) for method in METHODS])
    options += band_options(rng, source) + value_options(rng)
    return options + overview_options(rng, source)


def without_wide_types(options):
    """Without -ot of types that GDAL 3.6 does not calculate by Python in."""
    wide = {i for i, option in enumerate(options) if option in WIDE_TYPES}
    left_out = wide | {i - 1 for i in wide}
    return [option for i, option in enumerate(options) if i not in left_out]


def creation_options(rng):
    """Of ROWBAND: those that may change bytes, and no others."""
    if rng.random() < 0.2:
        # Complex samples have overviews by no other method.
        options = ["LAYOUT=COG", "RESAMPLING=NEAREST"]
        options += ["BLOCKSIZE=" + rng.choice(["128", "256"])]
        options += pick(rng, 0.5, *[(f"INTERLEAVE={way}",) for way in ("BAND", "TILE")])
        return options + pick(rng, 0.5, ("OVERVIEWS=NONE",))
    options = ["INTERLEAVE=" + rng.choice(["PIXEL", "BAND"])]
    if rng.random() < 0.3:
        return [*options, "TILED=NO", f"BLOCKYSIZE={rng.choice([1, 7, 32, 256])}"]
    shape = [f"BLOCK{axis}SIZE={rng.choice([16, 64, 128, 512])}" for axis in "XY"]
    return options + pick(rng, 0.8, shape)


def speed_options(rng):
    """Those that may not."""
    budget = rng.choice(["200K", "500K", "1M", "4M", "64M", "256M"])
    readers = rng.choice(["1", "1", "AUTO", "2", "4"])
    return [f"BUDGET={budget}", f"READ_THREADS={readers}", "NUM_THREADS=2"]


def cache_size(rng):
    return rng.choice([1 << 20, 5 << 20, 400 << 20])


def change_in_memory(rng, source):
    """What is set on a dataset that is open for reading, and no file has."""
    if rng.random() > 0.15:
        return ""
    band = source.GetRasterBand(1)
    if gdal.DataTypeIsComplex(band.DataType) or band.DataType in (
        gdal.GDT_Int64,
        gdal.GDT_UInt64,
    ):
        return ""
    way = rng.randrange(2)
    if way == 0:
        value = rng.choice([0, 100, 9])
        for i in range(source.RasterCount):
            source.GetRasterBand(i + 1).SetNoDataValue(value)
        return f"SetNoDataValue({value})"
    last = source.GetRasterBand(source.RasterCount)
    last.SetColorInterpretation(gdal.GCI_AlphaBand)
    return "SetColorInterpretation(GCI_AlphaBand)"
