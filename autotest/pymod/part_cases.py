# SPDX-License-Identifier: MIT
"""Parts made and merged, beside the file that one process makes.

usage: part_cases.py FIRST COUNT

Prints a line for each random case, which follows from its number alone.
"""

import os
import random
import sys
import tempfile

import numpy as np
from gtiff_compare import collected_errors
from osgeo import gdal
from rowband_driver import driver
from sources import ALL_TYPES, COMPLEX_TYPES, FLOAT_TYPES, pixels, utm
from stored import read_bytes

PREFIX = "ROWBAND_PARTS:"
METHODS = "NEAREST AVERAGE RMS BILINEAR CUBIC CUBICSPLINE LANCZOS GAUSS MODE".split()
COG = ("LAYOUT=COG", "BLOCKSIZE=32")
WIDTH, HEIGHT = 150, 700


def raster(bands=1, type_=gdal.GDT_Byte, width=WIDTH, height=HEIGHT):
    made = gdal.GetDriverByName("MEM").Create("", width, height, bands, type_)
    made.SetGeoTransform((440720, 60, 0, 3751320, 0, -60))
    made.SetSpatialRef(utm())
    for i in range(bands):
        made.GetRasterBand(i + 1).WriteArray(pixels(width, height, type_, i))
    return made


def copied(path, source, options):
    """@return what was copied, closed; None after a failure, and what was said"""
    with collected_errors() as said:
        made = driver().CreateCopy(path, source, options=list(options))
    ok = made is not None
    made = None
    return ok, [args[2] for args in said]


def make_parts(folder, source, options, count, numbers=None):
    """@return the files, by number"""
    paths = {}
    for number in numbers or range(1, count + 1):
        path = f"{folder}/part-{number}.tif"
        ok, said = copied(path, source, [*options, f"PART={number}/{count}"])
        assert ok, said
        paths[number] = path
    return paths


def contents(folder, name):
    """The raster and what lies beside it, by what follows its name."""
    files = gdal.ReadDir(folder) or []
    return {
        file[len(name) :]: read_bytes(f"{folder}/{file}")
        for file in sorted(files)
        if file.startswith(name)
    }


def merged_as_one(folder, source, options, count, rng=None, merging=()):
    """Makes both.
    @return what differs, in words; "" if nothing does"""
    parts, made = f"{folder}/parts", f"{folder}/made"
    gdal.Mkdir(parts, 0o755)
    gdal.Mkdir(made, 0o755)
    ok, said = copied(f"{made}/one.tif", source, options)
    if not ok:
        return f"not copied: {said}"
    numbers = list(range(1, count + 1))
    if rng is not None:
        rng.shuffle(numbers)
    make_parts(parts, source, options, count, numbers)
    with collected_errors() as said:
        together = gdal.Open(f"{PREFIX}{parts}/part-*.tif")
    if together is None:
        return f"does not open: {said}"
    shown = [band_bytes(together, i) for i in range(source.RasterCount)]
    ok, said = copied(f"{made}/all.tif", together, merging)
    together = None
    if not ok:
        return f"not merged: {said}"
    one, all_of_them = contents(made, "one"), contents(made, "all")
    if list(one) != list(all_of_them):
        return f"{list(all_of_them)} beside {list(one)}"
    for name, data in one.items():
        if data != all_of_them[name]:
            return (
                f"{name or 'the file'} differs: {len(data)}, {len(all_of_them[name])}"
            )
    written = gdal.Open(f"{made}/one.tif")
    for i, (width, height, data) in enumerate(shown):
        if (width, height, data) != band_bytes(written, i):
            return f"band {i + 1} of the parts shows other pixels"
    return ""


def band_bytes(dataset, index):
    if index >= dataset.RasterCount:
        return 0, 0, b""
    band = dataset.GetRasterBand(index + 1)
    return band.XSize, band.YSize, band.ReadRaster() + band.GetMaskBand().ReadRaster()


def random_pixels(rng, width, height, type_, seed):
    values = pixels(width, height, type_, seed)
    if rng.random() < 0.4:
        step = rng.choice([16, 64, 100])
        rows, columns = np.ogrid[:height, :width]
        holes = (rows // step + columns // step) % 3 == 0
        values = np.where(holes, 0, values)
    return values


def random_source(rng, folder, seed):
    width, height = rng.randrange(1, 400), rng.randrange(1, 900)
    type_ = rng.choice(ALL_TYPES + [gdal.GDT_Byte] * 6)
    bands = rng.choice([1, 1, 2, 3, 3, 4])
    form = rng.choice(["strips", "tiles", "MEM", "VRT"])
    tiles = ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=48"] if form == "tiles" else []
    path = "" if form == "MEM" else f"{folder}/source.tif"
    name = "MEM" if form == "MEM" else "GTiff"
    if rng.random() < 0.3 and form != "MEM":
        tiles.append("SPARSE_OK=YES")
    source = gdal.GetDriverByName(name).Create(path, width, height, bands, type_, tiles)
    for i in range(bands):
        band = source.GetRasterBand(i + 1)
        band.WriteArray(random_pixels(rng, width, height, type_, seed + i))
    decorate(rng, source, type_, bands)
    source.FlushCache()
    if form == "VRT":
        size = [rng.randrange(1, n + 1) for n in (width, height)]
        words = ["-of", "VRT", "-srcwin", "0", "0", *map(str, size)]
        cut = gdal.Translate("", source, options=words)
        return cut, source
    return source, None


def decorate(rng, source, type_, bands):
    """Has it say things that decide how it is made."""
    if rng.random() < 0.7:
        source.SetGeoTransform((440720, 60, 0, 3751320, 0, -60))
        source.SetSpatialRef(utm())
    if rng.random() < 0.4:
        source.SetMetadata({"A": "1", "LONG": "x" * 300})
        source.GetRasterBand(1).SetMetadata({"STATISTICS_MEAN": "7", "B": "<&>"})
    what = rng.choice(["nodata", "mask", "palette", "alpha", "nothing", "NaN"])
    if what == "nodata":
        source.GetRasterBand(1).SetNoDataValue(rng.choice([0, 7, 100]))
    if what == "NaN" and type_ in FLOAT_TYPES:
        source.GetRasterBand(1).SetNoDataValue(float("nan"))
    if what == "mask":
        source.CreateMaskBand(gdal.GMF_PER_DATASET)
        shape = source.RasterYSize, source.RasterXSize
        values = (np.add.outer(*map(np.arange, shape)) // 50 % 3 > 0) * 255
        source.GetRasterBand(1).GetMaskBand().WriteArray(values.astype(np.uint8))
    if what == "palette" and type_ == gdal.GDT_Byte and bands == 1:
        table = gdal.ColorTable()
        for i in range(256):
            table.SetColorEntry(i, (i, 255 - i, i // 2, 255))
        source.GetRasterBand(1).SetColorTable(table)
    if what == "alpha" and bands in (2, 4):
        source.GetRasterBand(bands).SetColorInterpretation(gdal.GCI_AlphaBand)


def random_codec(rng, type_):
    codecs = [
        ["COMPRESS=DEFLATE"],
        ["COMPRESS=DEFLATE", "ZLEVEL=AUTO"],
        ["COMPRESS=DEFLATE", "ZLEVEL=1"],
        ["COMPRESS=NONE"],
        ["COMPRESS=LZW"],
        ["COMPRESS=ZSTD"],
        ["COMPRESS=PACKBITS"],
    ]
    if type_ == gdal.GDT_Byte:
        codecs += [["COMPRESS=JPEG"], ["COMPRESS=WEBP"], ["DISCARD_LSB=2"]]
    if type_ not in COMPLEX_TYPES:
        codecs += [["COMPRESS=LERC", "MAX_Z_ERROR=2"], ["COMPRESS=LERC_ZSTD"]]
    return list(rng.choice(codecs))


def random_options(rng, source):
    type_ = source.GetRasterBand(1).DataType
    options = random_codec(rng, type_)
    cog = rng.random() < 0.6
    if rng.random() < 0.5:
        predictors = ["YES", "AUTO", "AUTO", "NO"]
        options.append(f"PREDICTOR={rng.choice(predictors)}")
    if cog:
        options += ["LAYOUT=COG", f"BLOCKSIZE={rng.choice([16, 32, 32, 64, 128])}"]
        complex_ = type_ in COMPLEX_TYPES
        method = "NEAREST" if complex_ else rng.choice(METHODS)
        options.append(f"RESAMPLING={method}")
        if rng.random() < 0.2:
            options.append(f"OVERVIEW_COUNT={rng.randrange(5)}")
        if "COMPRESS=WEBP" not in options:
            options.append(f"INTERLEAVE={rng.choice(['BAND', 'PIXEL', 'TILE'])}")
    else:
        options.append(f"INTERLEAVE={rng.choice(['BAND', 'PIXEL'])}")
        if rng.random() < 0.4:
            options += ["TILED=NO", f"BLOCKYSIZE={rng.choice([1, 7, 50, 256])}"]
        else:
            options += ["BLOCKXSIZE=64", f"BLOCKYSIZE={rng.choice([16, 32, 96])}"]
    for share, option in [
        (0.4, "STATISTICS=YES"),
        (0.3, "SPARSE_OK=YES"),
        (0.2, "BIGTIFF=YES"),
        (0.2, "NODATA_TO_MASK=YES"),
        (0.1, "TFW=YES"),
        (0.1, "PROFILE=BASELINE"),
        (0.2, "BUDGET=1M"),
        (0.3, "NUM_THREADS=2"),
        (0.1, "LOSSLESS_COPY=NO"),
        (0.1, "NAN_TO_NODATA=YES"),
    ]:
        if rng.random() < share:
            options.append(option)
    return options


def run_case(seed):
    """@return what was done, and what differs"""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        with collected_errors():
            source, behind = random_source(rng, folder, seed)
        options = random_options(rng, source)
        count = rng.choice([1, 2, 2, 3, 5, 16])
        told = f"{source.RasterXSize}x{source.RasterYSize}x{source.RasterCount}"
        told += " " + gdal.GetDataTypeName(source.GetRasterBand(1).DataType)
        told += f" {count} parts {' '.join(options)}"
        found = merged_as_one(folder, source, options, count, rng)
        source = behind = None
    return told, found


def main():
    first, count = map(int, sys.argv[1:])
    for seed in range(first, first + count):
        told, found = run_case(seed)
        if os.environ.get("QUIET") is None or (
            found and not found.startswith("not copied")
        ):
            print(seed, told, "->", found or "same", flush=True)


if __name__ == "__main__":
    main()
