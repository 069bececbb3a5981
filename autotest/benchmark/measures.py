# SPDX-License-Identifier: MIT
"""The named measures: which tools, on which sources, against what.

Level 6 of GTiff (ZLEVEL) and COG (LEVEL) is libdeflate's 7, which is ROWBAND's
7: those rows write the same bytes, and are compared for that.
"""

from dataclasses import dataclass

from tools import (
    THREADS,
    TILE,
    Copies,
    Cp,
    Floor,
    Idle,
    Tool,
    Translate,
    Vips,
    Warp,
)

# By measure and title of a row: the most that its ratio should be.
AIMS = {
    ("floor", "ROWBAND ZLEVEL=7"): 1.05,
    ("floor", "ROWBAND ZLEVEL=6"): 1.05,
    ("gtiff", "ROWBAND ZLEVEL=7"): 0.75,
    ("gtiff", "ROWBAND ZLEVEL=7, cache 64 MB"): 0.92,
    ("gtiff", "ROWBAND ZLEVEL=6"): 0.60,
    ("cog", "ROWBAND LAYOUT=COG LEVEL=7"): 0.65,
    ("blocks1024", "ROWBAND ZLEVEL=7"): 0.75,
    ("spy", "ROWBAND ZLEVEL=7"): 1 / 4,
    ("spy-overviews", "ROWBAND LAYOUT=COG"): 1 / 7,
    ("memory", "ROWBAND"): 1 / 3,
    ("threads", "ROWBAND, 2 cores"): 1 / 1.85,
    ("small", "ROWBAND, a copy"): 1.2,
    ("files", "ROWBAND BUDGET=256M"): 1.0,
    ("bands", "ROWBAND INTERLEAVE=BAND"): 1.0,
    ("bands", "ROWBAND LAYOUT=COG"): 1.0,
    ("holes", "ROWBAND LAYOUT=COG LEVEL=7"): 0.03,
    ("lossless", "ROWBAND"): 0.05,
    ("lossless", "ROWBAND / cp"): 3,
    ("lossless-cog", "ROWBAND LAYOUT=COG"): 0.2,
    ("lossless-overviews", "ROWBAND LAYOUT=COG"): 0.05,
    ("tiling", "ROWBAND LAYOUT=COG LEVEL=7"): 0.40,
}


@dataclass(frozen=True)
class Row:
    tool: Tool
    against: str | None = None  # title of the row that is 1


@dataclass(frozen=True)
class Measure:
    about: str
    sources: tuple
    rows: tuple
    quantity: str = "wall"  # that the ratios are of: a member of Run
    also: str | None = None  # likewise, in a line of its own
    sizes: tuple = ()  # pixels a side, largest last; else the sources' own

    def quantities(self):
        return (self.quantity, self.also) if self.also else (self.quantity,)

    def aim(self, name, row):
        return AIMS.get((name, row.tool.title))


DEFLATE = {"COMPRESS": "DEFLATE", "PREDICTOR": "SOURCE", "NUM_THREADS": THREADS}
TILES = {"TILED": "YES", "BLOCKXSIZE": TILE, "BLOCKYSIZE": TILE, **DEFLATE}
COG = {"BLOCKSIZE": TILE, **DEFLATE, "PREDICTOR": "YES"}
ONE_THREAD = {"NUM_THREADS": 1}


def gtiff(title, cache_mb=None, cores=None, **options):
    options = {**TILES, "ZLEVEL": 6, **options}
    return Translate(title, cores, "GTiff", options, cache_mb)


def rowband(title, level, cache_mb=None, cores=None, **options):
    options = {**TILES, "ZLEVEL": level, **options}
    return Translate(title, cores, "ROWBAND", options, cache_mb)


def cog(title, overviews=True, cache_mb=None, **options):
    made = "IGNORE_EXISTING" if overviews else "NONE"
    options = {**COG, "OVERVIEWS": made, "LEVEL": 6, **options}
    return Translate(title, None, "COG", options, cache_mb, overviews)


def rowband_cog(title, level, overviews=True, cache_mb=None, **options):
    made = "AUTO" if overviews else "NONE"
    options = {"LAYOUT": "COG", **COG, "OVERVIEWS": made, "LEVEL": level, **options}
    return Translate(title, None, "ROWBAND", options, cache_mb, overviews)


EQUAL_LEVEL = (
    Row(gtiff("GTiff ZLEVEL=6")),
    Row(rowband("ROWBAND ZLEVEL=7", 7), "GTiff ZLEVEL=6"),
)

# The floor has no program to start, which takes as long as the first row.
FLOOR = (
    Row(Idle("gdal_translate --version")),
    Row(Floor("floor, level 7", level=7)),
    Row(rowband("ROWBAND ZLEVEL=7", 7), "floor, level 7"),
    Row(Floor("floor, level 6", level=6)),
    Row(rowband("ROWBAND ZLEVEL=6", 6), "floor, level 6"),
)

GTIFF = (
    *EQUAL_LEVEL,
    Row(gtiff("GTiff ZLEVEL=6, cache 64 MB", 64)),
    Row(rowband("ROWBAND ZLEVEL=7, cache 64 MB", 7, 64), "GTiff ZLEVEL=6, cache 64 MB"),
    Row(rowband("ROWBAND ZLEVEL=6", 6), "GTiff ZLEVEL=6"),
    Row(rowband("ROWBAND BUDGET=64M", 6, BUDGET="64M"), "GTiff ZLEVEL=6"),
    Row(Vips("vips tiffsave"), "GTiff ZLEVEL=6"),
)

COG_ROWS = (
    Row(cog("COG LEVEL=6")),
    Row(rowband_cog("ROWBAND LAYOUT=COG LEVEL=7", 7), "COG LEVEL=6"),
    Row(rowband_cog("ROWBAND LAYOUT=COG LEVEL=6", 6), "COG LEVEL=6"),
    Row(rowband_cog("ROWBAND LAYOUT=COG BUDGET=64M", 6, BUDGET="64M"), "COG LEVEL=6"),
)

SPY = (
    Row(gtiff("GTiff ZLEVEL=6", 64)),
    Row(rowband("ROWBAND ZLEVEL=7", 7, 64), "GTiff ZLEVEL=6"),
    Row(cog("COG, no overviews", False, 64)),
    Row(rowband_cog("ROWBAND LAYOUT=COG, none", 7, False, 64), "COG, no overviews"),
)

# COG has one thread: GDAL 3.6's waits for itself for ever where tiles of
# overviews do not fit the block cache.
SPY_OVERVIEWS = (
    Row(cog("COG, one thread", True, 64, **ONE_THREAD)),
    Row(rowband_cog("ROWBAND LAYOUT=COG", 7, True, 64), "COG, one thread"),
)

# Nothing set that need not be: GTiff and COG do not compress by default.
MEMORY = (
    Row(Idle("gdal_translate --version")),
    Row(Translate("GTiff", driver="GTiff", options={"COMPRESS": "DEFLATE"})),
    Row(Translate("ROWBAND", driver="ROWBAND"), "GTiff"),
    Row(Translate("ROWBAND BUDGET=64M", None, "ROWBAND", {"BUDGET": "64M"}), "GTiff"),
    Row(Translate("COG", driver="COG", options={"COMPRESS": "DEFLATE"})),
    Row(Translate("ROWBAND LAYOUT=COG", None, "ROWBAND", {"LAYOUT": "COG"}), "COG"),
)


def on_cores(count):
    """How a ROWBAND is held to so many cores, with a thread for each."""
    return {"cores": count, "NUM_THREADS": count, "READ_THREADS": count}


# The floor says what a second core of this machine is worth.
SCALED = (
    Row(Floor("floor, 1 core", 1, threads=1)),
    Row(Floor("floor, 2 cores", 2, threads=2), "floor, 1 core"),
    Row(gtiff("GTiff, 1 core", cores=1, **ONE_THREAD)),
    Row(gtiff("GTiff, 2 cores", cores=2), "GTiff, 1 core"),
    Row(rowband("ROWBAND, 1 core", 7, **on_cores(1)), "GTiff, 1 core"),
    Row(rowband("ROWBAND, 2 cores", 7, **on_cores(2)), "ROWBAND, 1 core"),
)


def warp(title, driver, level, cache_mb=None, **options):
    options = {**TILES, "ZLEVEL": level, **options}
    return Warp(title, None, driver, options, cache_mb)


# The source's blocks are in GDAL's cache, too: with the default one, all of them.
WARP = (
    Row(Idle("gdal_translate --version")),
    Row(warp("GTiff", "GTiff", 6)),
    Row(warp("ROWBAND BUDGET=64M", "ROWBAND", 7, BUDGET="64M"), "GTiff"),
    Row(warp("ROWBAND BUDGET=256M", "ROWBAND", 7, BUDGET="256M"), "GTiff"),
    Row(warp("GTiff, cache 64 MB", "GTiff", 6, 64)),
    Row(
        warp("ROWBAND BUDGET=64M, cache 64 MB", "ROWBAND", 7, 64, BUDGET="64M"),
        "GTiff, cache 64 MB",
    ),
    Row(
        warp("ROWBAND BUDGET=256M, cache 64 MB", "ROWBAND", 7, 64, BUDGET="256M"),
        "GTiff, cache 64 MB",
    ),
)

SMALL = (
    Row(Copies("GTiff, a copy", None, "GTiff", {**TILES, "ZLEVEL": 6})),
    Row(
        Copies("ROWBAND, a copy", None, "ROWBAND", {**TILES, "ZLEVEL": 7}),
        "GTiff, a copy",
    ),
)

WEB = {"TILING_SCHEME": "GoogleMapsCompatible", **DEFLATE, "PREDICTOR": "YES"}


def tiled_web(title, driver, level, **options):
    """To tiles of Web Mercator, of 256 pixels, with overviews and alpha."""
    options = {**WEB, "LEVEL": level, **options}
    return Translate(title, None, driver, options)


TILING = (
    Row(Idle("gdal_translate --version")),
    Row(tiled_web("COG LEVEL=6", "COG", 6)),
    Row(
        tiled_web("ROWBAND LAYOUT=COG LEVEL=7", "ROWBAND", 7, LAYOUT="COG"),
        "COG LEVEL=6",
    ),
    Row(
        tiled_web("ROWBAND BUDGET=64M", "ROWBAND", 7, LAYOUT="COG", BUDGET="64M"),
        "COG LEVEL=6",
    ),
)

FILES = (
    Row(gtiff("GTiff ZLEVEL=6")),
    Row(rowband("ROWBAND BUDGET=256M", 7, BUDGET="256M"), "GTiff ZLEVEL=6"),
)

HOLES = (
    Row(cog("COG LEVEL=6")),
    Row(rowband_cog("ROWBAND LAYOUT=COG LEVEL=7", 7), "COG LEVEL=6"),
)

# The same layout: tiles are copied as they are, unless told not to.
LOSSLESS = (
    Row(rowband("ROWBAND LOSSLESS_COPY=NO", 6, LOSSLESS_COPY="NO")),
    Row(Translate("ROWBAND", None, "ROWBAND", TILES), "ROWBAND LOSSLESS_COPY=NO"),
    Row(Cp("cp")),
    Row(Translate("ROWBAND / cp", None, "ROWBAND", TILES), "cp"),
)

COG_AS_TYPED = {"LAYOUT": "COG", "PREDICTOR": "YES"}
LOSSLESS_COG = (
    Row(Translate("COG", None, "COG", {"COMPRESS": "DEFLATE", "PREDICTOR": "YES"})),
    Row(Translate("ROWBAND LAYOUT=COG", None, "ROWBAND", COG_AS_TYPED), "COG"),
    Row(
        Translate(
            "ROWBAND LAYOUT=COG, encoded",
            None,
            "ROWBAND",
            {**COG_AS_TYPED, "LOSSLESS_COPY": "NO"},
        ),
        "COG",
    ),
)


def bands_row(title, driver, against=None, **options):
    options = {"COMPRESS": "DEFLATE", "NUM_THREADS": THREADS, **options}
    return Row(Translate(title, None, driver, options), against)


BUDGET_256 = {"BUDGET": "256M"}
BANDS = (
    bands_row("GTiff INTERLEAVE=BAND", "GTiff", TILED="YES", INTERLEAVE="BAND"),
    bands_row(
        "ROWBAND INTERLEAVE=BAND",
        "ROWBAND",
        "GTiff INTERLEAVE=BAND",
        INTERLEAVE="BAND",
        **BUDGET_256,
    ),
    bands_row("COG", "COG"),
    bands_row("ROWBAND LAYOUT=COG", "ROWBAND", "COG", LAYOUT="COG", **BUDGET_256),
)


def verify_rows():
    """A codec's tiles, decoded again and not."""
    for codec in ("DEFLATE", "ZSTD", "LZW", "LERC"):
        options = {"COMPRESS": codec, "NUM_THREADS": THREADS}
        if codec != "LERC":
            options["PREDICTOR"] = "SOURCE"
        yield Row(Translate(codec, None, "ROWBAND", options))
        options = {**options, "VERIFY": "YES"}
        yield Row(Translate(f"{codec} VERIFY=YES", None, "ROWBAND", options), codec)


MEASURES = {
    "floor": Measure(
        "against predicting and compressing alone", ("terrain", "rgb", "float32"), FLOOR
    ),
    "gtiff": Measure("against GTiff", ("terrain",), GTIFF),
    "cog": Measure(
        "LAYOUT=COG against COG, with overviews",
        ("terrain", "rgb", "float32"),
        COG_ROWS,
    ),
    "blocks1024": Measure(
        "blocks that are not the tiles, at equal level", ("blocks1024",), EQUAL_LEVEL
    ),
    "sources": Measure(
        "the other sources, at equal level",
        ("rgb", "float32", "strips", "jp2", "mosaic", "srcwin"),
        EQUAL_LEVEL,
    ),
    "spy": Measure("a source slow to decode, GDAL_CACHEMAX=64", ("spy",), SPY),
    "spy-overviews": Measure("the same, with overviews", ("spy",), SPY_OVERVIEWS),
    "memory": Measure(
        "peak of default options", ("terrain", "rgb", "blocks1024"), MEMORY, "peak"
    ),
    "threads": Measure("what a second core brings", ("terrain",), SCALED),
    "warp": Measure("gdalwarp to EPSG:3857, which uses Create()", ("rgb",), WARP),
    "tiling": Measure(
        "TILING_SCHEME=GoogleMapsCompatible against COG", ("utm",), TILING, also="cpu"
    ),
    "verify": Measure(
        "what VERIFY=YES takes",
        ("terrain", "rgb", "float32"),
        tuple(verify_rows()),
        also="cpu",
    ),
    "files": Measure(
        "mosaics of 30,276, 40,000 and 199,809 files",
        ("files",),
        FILES,
        also="peak",
        sizes=(11136, 12800, 28608),
    ),
    "bands": Measure(
        "hundreds of bands within BUDGET=256M",
        ("spectra", "series"),
        BANDS,
        also="peak",
    ),
    "holes": Measure(
        "a raster of 0.16 % data, LAYOUT=COG against COG", ("sparse",), HOLES
    ),
    "lossless": Measure(
        "tiles copied as they are, of the same layout", ("deflated",), LOSSLESS
    ),
    "lossless-cog": Measure(
        "the same into a COG, as typed", ("deflated",), LOSSLESS_COG
    ),
    "lossless-overviews": Measure(
        "the same, of a source with overviews", ("overviews",), LOSSLESS_COG
    ),
    "small": Measure("opening and closing", ("tiny",), SMALL),
    "scaling": Measure(
        "time per pixel and memory, from 1 megapixel on",
        ("terrain",),
        EQUAL_LEVEL,
        sizes=(1024, 2048, 4096, 8192, 16384),
    ),
}
