# SPDX-License-Identifier: MIT
"""Sources of many kinds, each made at random in a folder of its own.

Each function, given random numbers and a folder, gives one that opens the source.
The same random numbers make the same source."""

import contextlib

import numpy as np
from osgeo import gdal, osr

REAL_TYPES = ["Byte", "UInt16", "Int16", "UInt32", "Int32", "Float32", "Float64"]
WIDE_TYPES = ["Int64", "UInt64"]
COMPLEX_TYPES = ["CInt16", "CInt32", "CFloat32", "CFloat64"]
KERNELS = ["nearest", "bilinear", "cubic", "cubicspline", "lanczos", "average", "mode"]


@contextlib.contextmanager
def config(**options):
    """Sets options of GDAL's for a while."""
    before = {key: gdal.GetConfigOption(key) for key in options}
    for key, value in options.items():
        gdal.SetConfigOption(key, value)
    try:
        yield
    finally:
        for key, value in before.items():
            gdal.SetConfigOption(key, value)


def dtype_of(name):
    if name == "Byte":
        return np.uint8
    if name in COMPLEX_TYPES:
        return np.complex64 if name != "CFloat64" else np.complex128
    return np.dtype(name.lower())


def samples(rng, width, height, name, nodata=None):
    """Smooth and noisy by turns, with patches of nodata, and NaN now and then."""
    random = np.random.RandomState(rng.randrange(1 << 30))
    y, x = np.mgrid[0:height, 0:width]
    values = np.sin(x / 9.0) * 60 + np.cos(y / 7.0) * 50 + 120
    values += random.randint(0, 1 + rng.choice([0, 8, 20]), (height, width))
    if name in COMPLEX_TYPES:
        return (values + 1j * values[::-1]).astype(dtype_of(name))
    values *= {"Byte": 1, "Int16": 100, "UInt16": 200}.get(name, 1)
    if name in ("Float32", "Float64"):
        values = values / 7
        if rng.random() < 0.15:
            values[random.rand(height, width) < 0.02] = np.nan
    out = values.astype(dtype_of(name))
    if nodata is not None:
        for _ in range(rng.randrange(1, 4)):
            left, top = rng.randrange(width), rng.randrange(height)
            right, bottom = left + rng.randrange(1, 40), top + rng.randrange(1, 40)
            out[top:bottom, left:right] = nodata
        out[random.rand(height, width) < 0.05] = nodata
    return out


def utm():
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(32631)
    return srs


class Shape:
    """What a plain raster is to have."""

    def __init__(self, rng, **given):
        large = rng.random() < 0.04
        self.width = rng.randrange(900, 1500) if large else rng.randrange(17, 240)
        self.height = rng.randrange(600, 1000) if large else rng.randrange(17, 240)
        self.bands = rng.choice([1, 1, 1, 2, 3, 3, 4])
        self.type = rng.choice(REAL_TYPES)
        self.nodata = rng.choice([None, None, 0, 9, 100])
        self.mask = rng.random() < 0.2
        self.alpha = rng.random() < 0.15 and "bands" not in given
        self.overviews = rng.choice([None, None, None, "internal", "external"])
        self.origin = (500000.0, 4500000.0)
        self.pixel = 10.0
        self.values = rng.random() < 0.1  # NODATA_VALUES
        self.layout = rng.choice(["tiled", "tiled", "striped", "planar"])
        self.palette = False
        self.nbits = None
        self.__dict__.update(given)
        if self.type in ("Float32", "Float64") and self.nodata == 9:
            self.nodata = rng.choice([-9999, float("nan"), 9])


def fill(rng, dataset, shape):
    dataset.SetGeoTransform(
        (shape.origin[0], shape.pixel, 0, shape.origin[1], 0, -shape.pixel)
    )
    dataset.SetSpatialRef(utm())
    for number in range(1, shape.bands + 1):
        band = dataset.GetRasterBand(number)
        if shape.nodata is not None:
            if shape.type == "Int64":
                band.SetNoDataValueAsInt64(shape.nodata)
            elif shape.type == "UInt64":
                band.SetNoDataValueAsUInt64(shape.nodata)
            else:
                band.SetNoDataValue(shape.nodata)
        data = samples(rng, shape.width, shape.height, shape.type, shape.nodata)
        data = np.array(data, order="C")
        if shape.nbits or shape.palette:
            data = data % (1 << (shape.nbits or 7))
        if shape.alpha and number == shape.bands:
            data = np.where(data % 3 == 0, 0, 255).astype(data.dtype)
        band.WriteArray(data)
    if shape.palette:
        table = gdal.ColorTable()
        for i in range(128):
            table.SetColorEntry(i, (i, 255 - i, 2 * i, 0 if i % 5 == 0 else 255))
        dataset.GetRasterBand(1).SetColorTable(table)
    if shape.values:
        dataset.SetMetadataItem("NODATA_VALUES", " ".join(["100"] * shape.bands))
    if rng.random() < 0.2:
        dataset.GetRasterBand(1).SetScale(rng.choice([2.0, 0.0018341585]))
        dataset.GetRasterBand(1).SetOffset(rng.choice([0.0, 273.1599912]))


def add_mask(rng, dataset, shape):
    dataset.CreateMaskBand(gdal.GMF_PER_DATASET)
    mask = np.full((shape.height, shape.width), 255, np.uint8)
    mask[shape.height // 3 :, : shape.width // 2] = 0
    random = np.random.RandomState(rng.randrange(1 << 30))
    mask[random.rand(shape.height, shape.width) < 0.1] = 0
    dataset.GetRasterBand(1).GetMaskBand().WriteArray(mask)


def layout_options(rng, shape):
    options = ["COMPRESS=DEFLATE"] if rng.random() < 0.3 else []
    if shape.layout == "tiled" or (shape.layout == "planar" and rng.random() < 0.5):
        options += ["TILED=YES"]
        options += [f"BLOCK{axis}SIZE={rng.choice([16, 32, 64, 128])}" for axis in "XY"]
    else:
        options += [f"BLOCKYSIZE={rng.choice([1, 3, 16, 50])}"]
    options += ["INTERLEAVE=" + ("BAND" if shape.layout == "planar" else "PIXEL")]
    options += ["ALPHA=YES"] if shape.alpha else []
    options += [f"NBITS={shape.nbits}"] if shape.nbits else []
    return options


def tiff(rng, path, **given):
    """Writes one, and @return its Shape."""
    shape = Shape(rng, **given)
    dataset = gdal.GetDriverByName("GTiff").Create(
        path,
        shape.width,
        shape.height,
        shape.bands,
        gdal.GetDataTypeByName(shape.type),
        layout_options(rng, shape),
    )
    fill(rng, dataset, shape)
    if shape.mask and not shape.type.startswith("C"):
        internal = rng.choice(["YES", "YES", "NO"])
        with config(GDAL_TIFF_INTERNAL_MASK=internal):
            add_mask(rng, dataset, shape)
    dataset = None
    add_overviews(rng, path, shape.overviews)
    return shape


def add_overviews(rng, path, which):
    """Mostly by a method that makes other pixels than reduced reading would."""
    if which is None:
        return
    dataset = gdal.OpenEx(path, gdal.OF_RASTER)
    wide = gdal.GetDataTypeName(dataset.GetRasterBand(1).DataType) in WIDE_TYPES
    # GDAL 3.6 never ends making internal ones of 64-bit integers with nodata.
    if which == "internal" and not wide:
        dataset = gdal.OpenEx(path, gdal.OF_UPDATE | gdal.OF_RASTER)
    levels = rng.choice([[2], [2, 4], [3], [2, 3, 4, 8]])
    methods = ["NEAREST"] if wide else ["NEAREST", "AVERAGE", "MODE", "CUBIC"]
    dataset.BuildOverviews(rng.choice(methods), levels)


def opener(path, options=()):
    return lambda: gdal.OpenEx(path, gdal.OF_RASTER, open_options=list(options))


def save(path, text):
    with open(path, "w") as file:
        file.write(text)
    return opener(path)


def plain(layout):
    def make(rng, folder):
        path = f"{folder}/plain.tif"
        tiff(rng, path, layout=layout)
        return opener(path)

    return make


def of_types(types, **given):
    def make(rng, folder):
        path = f"{folder}/typed.tif"
        tiff(rng, path, type=rng.choice(types), **given)
        return opener(path)

    return make


def in_memory(rng, folder):
    shape = Shape(rng)
    dataset = gdal.GetDriverByName("MEM").Create(
        "", shape.width, shape.height, shape.bands, gdal.GetDataTypeByName(shape.type)
    )
    fill(rng, dataset, shape)
    if shape.mask:
        add_mask(rng, dataset, shape)
    if shape.overviews:
        dataset.BuildOverviews("AVERAGE", [2, 4])
    return lambda: dataset


def in_vsimem(rng, folder):
    path = f"/vsimem{folder}/mem.tif"
    tiff(rng, path)
    return opener(path)


def other_driver(rng, folder):
    driver, suffix = rng.choice(
        [("HFA", "img"), ("ENVI", "dat"), ("PNG", "png"), ("JPEG", "jpg")]
    )
    small = driver in ("PNG", "JPEG")
    tiff(
        rng,
        f"{folder}/from.tif",
        type="Byte" if small else rng.choice(REAL_TYPES),
        bands=rng.choice([1, 3]),
        mask=False,
        overviews=None,
    )
    path = f"{folder}/other.{suffix}"
    gdal.Translate(path, f"{folder}/from.tif", format=driver)
    return opener(path)


def several(rng, folder, count, **given):
    """Files that lie beside and upon each other, of one shape."""
    given.setdefault("type", rng.choice(REAL_TYPES))
    given.setdefault("bands", rng.choice([1, 1, 3]))
    given.setdefault("nodata", rng.choice([None, 0, 100]))
    given.setdefault("overviews", rng.choice([None, None, "internal", "external"]))
    given.setdefault("mask", rng.random() < 0.2)
    paths = []
    for i in range(count):
        paths.append(f"{folder}/piece{i}.tif")
        tiff(
            rng,
            paths[-1],
            alpha=False,
            origin=(500000.0 + rng.randrange(0, 1500), 4500000.0 - rng.randrange(1200)),
            pixel=rng.choice([10.0, 10.0, 7.0, 15.0]),
            **given,
        )
    return paths


def build_vrt(rng, path, paths, **given):
    options = dict(
        resampleAlg=rng.choice(KERNELS),
        resolution=rng.choice(["highest", "lowest", "average"]),
        **given,
    )
    if rng.random() < 0.3:
        options["srcNodata"] = rng.choice(["0", "100"])
    if rng.random() < 0.2:
        options["VRTNodata"] = rng.choice(["0", "7", "200"])
    options["hideNodata"] = rng.random() < 0.2
    options["addAlpha"] = rng.random() < 0.1 and not given.get("separate")
    dataset = gdal.BuildVRT(path, paths, **options)
    assert dataset is not None, options
    dataset = None
    return path


def mosaic(rng, folder):
    paths = several(rng, folder, rng.randrange(1, 5))
    return opener(build_vrt(rng, f"{folder}/mosaic.vrt", paths))


def mosaic_separate(rng, folder):
    paths = several(rng, folder, rng.randrange(2, 4), bands=1)
    return opener(build_vrt(rng, f"{folder}/separate.vrt", paths, separate=True))


def single_vrt(rng, folder):
    """One file behind a VRT file, which has its overviews."""
    tiff(rng, f"{folder}/one.tif", overviews=rng.choice(["internal", "external"]))
    return opener(build_vrt(rng, f"{folder}/one.vrt", [f"{folder}/one.tif"]))


def size_options(rng):
    return ["-outsize", f"{rng.randrange(30, 170)}%", f"{rng.randrange(30, 170)}%"]


def nested(rng, folder):
    """A VRT in memory upon another, or two."""
    tiff(rng, f"{folder}/below.tif")
    keeps = [gdal.Open(f"{folder}/below.tif")]
    for _ in range(rng.randrange(1, 4)):
        options = ["-of", "VRT", "-r", rng.choice(KERNELS)]
        options += (
            size_options(rng)
            if rng.random() < 0.5
            else ["-srcwin"]
            + (
                [str(rng.randrange(-9, 9)) for _ in "xy"]
                + [str(rng.randrange(20, 200)) for _ in "wh"]
            )
        )
        keeps.append(gdal.Translate("", keeps[-1], options=options))
    return lambda: keeps[-1]


def vrt_of_vrt(rng, folder):
    paths = several(rng, folder, rng.randrange(1, 3))
    inner = [build_vrt(rng, f"{folder}/inner{i}.vrt", [p]) for i, p in enumerate(paths)]
    if rng.random() < 0.3:
        gdal.Translate(
            f"{folder}/inner0.vrt", paths[0], options=["-of", "VRT", *size_options(rng)]
        )
    return opener(build_vrt(rng, f"{folder}/outer.vrt", inner))


def warp_to(rng, path, source):
    methods = ["near", "bilinear", "cubic", "lanczos", "average", "mode"]
    dataset = gdal.Warp(
        path,
        source,
        format="VRT",
        dstSRS=rng.choice(["EPSG:32632", "EPSG:4326", "EPSG:32631"]),
        resampleAlg=rng.choice(methods),
        dstAlpha=rng.random() < 0.2,
    )
    assert dataset is not None
    return dataset


def warped(rng, folder):
    tiff(rng, f"{folder}/flat.tif", type=rng.choice(REAL_TYPES))
    if rng.random() < 0.5:
        warp_to(rng, f"{folder}/warped.vrt", f"{folder}/flat.tif")
        return opener(f"{folder}/warped.vrt")
    below = gdal.Open(f"{folder}/flat.tif")
    keeps = [below, warp_to(rng, "", below)]
    return lambda: keeps[1]


def warped_in_mosaic(rng, folder):
    paths = several(rng, folder, 2, bands=1)
    for i, path in enumerate(paths):
        dataset = gdal.Warp(
            f"{folder}/warped{i}.vrt", path, format="VRT", dstSRS="EPSG:32632"
        )
        dataset = None
    inner = [f"{folder}/warped{i}.vrt" for i in range(2)]
    return opener(build_vrt(rng, f"{folder}/mosaic.vrt", inner))


def pansharpened(rng, folder):
    kind = rng.choice(["Byte", "UInt16"])
    width, height = 2 * rng.randrange(30, 120), 2 * rng.randrange(30, 120)
    nodata = rng.choice([None, 0])
    common = dict(type=kind, mask=False, alpha=False, nodata=nodata, values=False)
    overviews = rng.choice([None, "internal"])
    tiff(
        rng,
        f"{folder}/pan.tif",
        bands=1,
        width=width,
        height=height,
        pixel=10.0,
        overviews=overviews,
        **common,
    )
    tiff(
        rng,
        f"{folder}/colour.tif",
        bands=3,
        width=width // 2,
        height=height // 2,
        pixel=20.0,
        overviews=overviews,
        **common,
    )
    spectral = "".join(
        f"<SpectralBand dstBand='{n}'><SourceFilename relativeToVRT='1'>colour.tif"
        f"</SourceFilename><SourceBand>{n}</SourceBand></SpectralBand>"
        for n in (1, 2, 3)
    )
    resampling = rng.choice(["Nearest", "Bilinear", "Cubic", "Average"])
    return save(
        f"{folder}/sharp.vrt",
        "<VRTDataset subClass='VRTPansharpenedDataset'><PansharpeningOptions>"
        f"<Resampling>{resampling}</Resampling><PanchroBand>"
        "<SourceFilename relativeToVRT='1'>pan.tif</SourceFilename>"
        "<SourceBand>1</SourceBand></PanchroBand>"
        f"{spectral}</PansharpeningOptions></VRTDataset>",
    )
