# SPDX-License-Identifier: MIT
"""VRTs written out at random, with what no tool writes: all elements that make
pixels. See random_sources.py, which makes what they read."""

import numpy as np
from osgeo import gdal
from random_sources import (
    COMPLEX_TYPES,
    KERNELS,
    REAL_TYPES,
    Shape,
    WIDE_TYPES,
    add_mask,
    add_overviews,
    build_vrt,
    config,
    fill,
    in_memory,
    in_vsimem,
    mosaic,
    mosaic_separate,
    nested,
    of_types,
    opener,
    other_driver,
    pansharpened,
    plain,
    save,
    several,
    single_vrt,
    tiff,
    vrt_of_vrt,
    warped,
    warped_in_mosaic,
)

PYTHON_FUNCTION = """<PixelFunctionLanguage>Python</PixelFunctionLanguage>
<PixelFunctionType>twice</PixelFunctionType><PixelFunctionCode><![CDATA[
import numpy
def twice(in_ar, out_ar, xoff, yoff, xsize, ysize, raster_xsize, raster_ysize,
          buf_radius, gt, **kwargs):
    out_ar[:] = in_ar[0] // 2 + 3
]]></PixelFunctionCode>"""


def rect(name, x, y, width, height):
    return f"<{name} xOff='{x}' yOff='{y}' xSize='{width}' ySize='{height}'/>"


def rects(rng, shape):
    """Where a source is read, and where it lies: as it is, cut, or at any ratio."""
    w, h = shape.width, shape.height
    way = rng.randrange(4)
    if way == 0:
        return rect("SrcRect", 0, 0, w, h) + rect("DstRect", 0, 0, w, h)
    x, y = rng.randrange(w // 2), rng.randrange(h // 2)
    cut = (x, y, rng.randrange(1, w - x), rng.randrange(1, h - y))
    if way == 1:
        return rect("SrcRect", *cut) + rect("DstRect", 3, 5, *cut[2:])
    if way == 2:
        cut = [value + rng.choice([0, 0.25, 0.5]) for value in cut]
    to = (rng.choice([0, 2.5, 7]), 0, rng.uniform(0.3, 1.9) * cut[2], 1.3 * cut[3])
    return rect("SrcRect", *cut) + rect("DstRect", *to)


def named(path, band=1, resampling=""):
    name = path.rpartition("/")[2]
    attribute = f" resampling='{resampling}'" if resampling else ""
    return attribute, (
        f"<SourceFilename relativeToVRT='1'>{name}</SourceFilename>"
        f"<SourceBand>{band}</SourceBand>"
    )


def element(tag, rng, path, shape, inside="", band=1):
    attribute, name = named(path, band, rng.choice(["", *KERNELS]))
    return f"<{tag}{attribute}>{name}{rects(rng, shape)}{inside}</{tag}>"


def vrt_xml(rng, shape, bands, extra=""):
    geo = f"{shape.origin[0]},{shape.pixel},0,{shape.origin[1]},0,{-shape.pixel}"
    return (
        f"<VRTDataset rasterXSize='{shape.width}' rasterYSize='{shape.height}'>"
        f"<SRS>EPSG:32631</SRS><GeoTransform>{geo}</GeoTransform>"
        + "".join(
            f"<VRTRasterBand dataType='{shape.type}' band='{number}'{band}"
            "</VRTRasterBand>"
            for number, band in enumerate(bands, 1)
        )
        + f"{extra}</VRTDataset>"
    )


def nodata_xml(rng, shape):
    if shape.nodata is None or rng.random() < 0.3:
        return ""
    return f"<NoDataValue>{shape.nodata}</NoDataValue>"


def derived(rng, folder):
    path = f"{folder}/in.tif"
    shape = tiff(rng, path, mask=False)
    function = rng.choice(["sum", "mul", "diff", "min", "max", "mod", "phase", "inv"])
    sources = "".join(
        element("SimpleSource", rng, path, shape, band=rng.randrange(shape.bands) + 1)
        for _ in range(1 if function in ("mod", "phase", "inv") else 2)
    )
    transfer = rng.choice(["", "<SourceTransferType>Float64</SourceTransferType>"])
    band = (
        f" subClass='VRTDerivedRasterBand'>{nodata_xml(rng, shape)}{transfer}"
        f"<PixelFunctionType>{function}</PixelFunctionType>{sources}"
    )
    return save(f"{folder}/derived.vrt", vrt_xml(rng, shape, [band]))


def derived_python(rng, folder):
    path = f"{folder}/in.tif"
    shape = tiff(rng, path, mask=False, type=rng.choice(["Byte", "UInt16", "Int32"]))
    band = f" subClass='VRTDerivedRasterBand'>{PYTHON_FUNCTION}" + element(
        "SimpleSource", rng, path, shape
    )
    return save(f"{folder}/python.vrt", vrt_xml(rng, shape, [band]))


def derived_subdataset(rng, folder):
    types = REAL_TYPES + COMPLEX_TYPES
    tiff(rng, f"{folder}/in.tif", type=rng.choice(types), alpha=False)
    kind = rng.choice(["AMPLITUDE", "PHASE", "REAL", "INTENSITY", "LOGAMPLITUDE"])
    return opener(f"DERIVED_SUBDATASET:{kind}:{folder}/in.tif")


def kernel(rng, folder):
    path = f"{folder}/in.tif"
    shape = tiff(rng, path, mask=False, alpha=False)
    size = rng.choice([3, 5])
    weights = " ".join(str(rng.choice([0.5, 1, 0.1])) for _ in range(size * size))
    inside = (
        f"<Kernel normalized='{rng.randrange(2)}'><Size>{size}</Size>"
        f"<Coefs>{weights}</Coefs></Kernel>"
    )
    band = f">{nodata_xml(rng, shape)}" + element(
        "KernelFilteredSource", rng, path, shape, inside
    )
    return save(f"{folder}/kernel.vrt", vrt_xml(rng, shape, [band]))


def averaged(rng, folder):
    path = f"{folder}/in.tif"
    shape = tiff(rng, path, mask=False, alpha=False)
    band = ">" + element("AveragedSource", rng, path, shape)
    return save(f"{folder}/averaged.vrt", vrt_xml(rng, shape, [band]))


def complex_source(rng, folder):
    path = f"{folder}/in.tif"
    shape = tiff(rng, path)
    inside = rng.choice(
        [
            "<LUT>0:10,100:200,255:20,40000:90</LUT>",
            "<ScaleOffset>3.7</ScaleOffset><ScaleRatio>0.3333333333</ScaleRatio>",
            "<Exponent>0.7</Exponent><SrcMin>0</SrcMin><SrcMax>255</SrcMax>"
            "<DstMin>3</DstMin><DstMax>200</DstMax>",
            "",
        ]
    )
    if rng.random() < 0.5:
        inside += f"<NODATA>{rng.choice([0, 100, 120])}</NODATA>"
    if rng.random() < 0.3:
        inside = "<UseMaskBand>true</UseMaskBand>" + inside
    numbers = range(1, rng.randrange(1, shape.bands + 1) + 1)
    shape.type = rng.choice([shape.type, *REAL_TYPES])
    bands = [
        f">{nodata_xml(rng, shape)}"
        + element("ComplexSource", rng, path, shape, inside, band=number)
        for number in numbers
    ]
    return save(f"{folder}/complex.vrt", vrt_xml(rng, shape, bands))


def nodata_from_mask(rng, folder):
    path = f"{folder}/in.tif"
    shape = tiff(rng, path, mask=True, type=rng.choice(REAL_TYPES))
    attribute, name = named(path)
    inside = (
        f"<MaskValueThreshold>0</MaskValueThreshold><NoData>{rng.choice([0, 77])}"
        "</NoData>" + rng.choice(["", "<RemappedValue>5</RemappedValue>"])
    )
    band = (
        f">{nodata_xml(rng, shape)}<NoDataFromMaskSource>{name}"
        f"{rects(rng, shape)}{inside}</NoDataFromMaskSource>"
    )
    return save(f"{folder}/frommask.vrt", vrt_xml(rng, shape, [band]))


def raw(rng, folder):
    shape = Shape(rng, bands=1, type=rng.choice(["Byte", "Int16", "Float32"]))
    dtype = np.dtype({"Byte": "u1", "Int16": "i2", "Float32": "f4"}[shape.type])
    order = rng.choice(["LSB", "MSB"])
    values = np.random.RandomState(rng.randrange(1 << 30)).randint(
        0, 200, (shape.height, shape.width)
    )
    stored = values.astype(dtype.newbyteorder("<" if order == "LSB" else ">"))
    with open(f"{folder}/raw.bin", "wb") as file:
        file.write(b"\0" * 16 + stored.tobytes())
    size = dtype.itemsize
    band = (
        f" subClass='VRTRawRasterBand'>{nodata_xml(rng, shape)}"
        "<SourceFilename relativetoVRT='1'>raw.bin</SourceFilename>"
        f"<ImageOffset>16</ImageOffset><PixelOffset>{size}</PixelOffset>"
        f"<LineOffset>{size * shape.width}</LineOffset>"
        f"<ByteOrder>{order}</ByteOrder>"
    )
    save(f"{folder}/raw.vrt", vrt_xml(rng, shape, [band]))
    if rng.random() < 0.5:
        return opener(f"{folder}/raw.vrt")
    return opener(build_vrt(rng, f"{folder}/over.vrt", [f"{folder}/raw.vrt"]))


def masked_vrt(rng, folder):
    """A mask in the VRT itself, or a source that is a mask."""
    path = f"{folder}/in.tif"
    shape = tiff(rng, path, mask=True, type=rng.choice(REAL_TYPES))
    bands = [
        ">" + element("SimpleSource", rng, path, shape, band=number)
        for number in range(1, shape.bands + 1)
    ]
    if rng.random() < 0.5:
        bands.append(">" + element("SimpleSource", rng, path, shape, band="mask,1"))
        return opener_of(rng, folder, shape, bands)
    mask = element("SimpleSource", rng, path, shape, band="mask,1")
    extra = (
        f"<MaskBand><VRTRasterBand dataType='Byte'>{mask}</VRTRasterBand></MaskBand>"
    )
    return opener_of(rng, folder, shape, bands, extra)


def opener_of(rng, folder, shape, bands, extra=""):
    return save(f"{folder}/written.vrt", vrt_xml(rng, shape, bands, extra))


def connection(rng, folder):
    path = f"{folder}/in.tif"
    shape = tiff(rng, path)
    wanted = ",".join(
        str(rng.randrange(shape.bands) + 1) for _ in range(rng.randrange(1, 4))
    )
    if rng.random() < 0.3:
        wanted += ",mask"
    return opener(f"vrt://{path}?bands={wanted}")


def directory(rng, folder):
    path = f"{folder}/in.tif"
    tiff(rng, path, overviews="internal")
    return opener(f"GTIFF_DIR:{rng.choice([1, 1, 2])}:{path}")


def overview_dataset(rng, folder):
    path = f"{folder}/in.tif"
    tiff(rng, path, overviews=rng.choice(["internal", "external"]))
    return opener(path, ["OVERVIEW_LEVEL=0"])


def mask_beside(rng, folder):
    """x.vrt.msk, which a VRT's own mask is."""
    path = build_vrt(
        rng, f"{folder}/masked.vrt", several(rng, folder, rng.randrange(1, 3))
    )
    dataset = gdal.Open(path)
    shape = Shape(rng, width=dataset.RasterXSize, height=dataset.RasterYSize)
    with config(GDAL_TIFF_INTERNAL_MASK="NO"):
        add_mask(rng, dataset, shape)
    dataset = None
    return opener(path)


def overviews_beside(rng, folder):
    path = rng.choice([mosaic, single_vrt])(rng, folder)().GetDescription()
    add_overviews(rng, path, "external")
    return opener(path)


def palette(rng, folder):
    path = f"{folder}/in.tif"
    tiff(rng, path, type="Byte", bands=1, palette=True, alpha=False)
    return opener(path)


def palette_vrt(rng, folder):
    options = dict(type="Byte", bands=1, palette=True)
    return opener(build_vrt(rng, f"{folder}/p.vrt", several(rng, folder, 2, **options)))


def few_bits(rng, folder):
    nbits = rng.choice([1, 2, 4, 7])
    path = f"{folder}/in.tif"
    tiff(rng, path, type="Byte", nbits=nbits, alpha=False, nodata=rng.choice([None, 0]))
    return opener(path)


def many_bits(rng, folder):
    path = f"{folder}/in.tif"
    tiff(rng, path, type="UInt16", nbits=rng.choice([11, 12]), alpha=False, nodata=None)
    return opener(path)


def saved_translation(rng, folder):
    """A VRT that gdal_translate saved, with its ratios cut to a few digits."""
    tiff(rng, f"{folder}/in.tif")
    options = ["-of", "VRT", *size_options(rng), "-r", rng.choice(KERNELS)]
    options += rng.choice([[], ["-scale", "0", "300", "5", "249.5"], ["-unscale"]])
    gdal.Translate(f"{folder}/saved.vrt", f"{folder}/in.tif", options=options)
    return opener(f"{folder}/saved.vrt")


def size_options(rng):
    return ["-outsize", f"{rng.randrange(30, 170)}%", f"{rng.randrange(30, 170)}%"]


KINDS = {
    "tiled": plain("tiled"),
    "striped": plain("striped"),
    "planar": plain("planar"),
    "MEM": in_memory,
    "vsimem": in_vsimem,
    "other driver": other_driver,
    "palette": palette,
    "NBITS": few_bits,
    "NBITS of 16": many_bits,
    "complex": of_types(COMPLEX_TYPES, alpha=False, mask=False),
    "Int64": of_types(WIDE_TYPES, alpha=False),
    "GTIFF_DIR": directory,
    "overview dataset": overview_dataset,
    "mosaic": mosaic,
    "mosaic of a palette": palette_vrt,
    "mosaic -separate": mosaic_separate,
    "one file's VRT": single_vrt,
    "saved translation": saved_translation,
    "VRT in memory": nested,
    "VRT of VRT files": vrt_of_vrt,
    "warped": warped,
    "warped in a mosaic": warped_in_mosaic,
    "pansharpened": pansharpened,
    "derived": derived,
    "derived, Python": derived_python,
    "DERIVED_SUBDATASET": derived_subdataset,
    "KernelFilteredSource": kernel,
    "AveragedSource": averaged,
    "ComplexSource": complex_source,
    "NoDataFromMaskSource": nodata_from_mask,
    "VRTRawRasterBand": raw,
    "masks in VRTs": masked_vrt,
    "vrt://": connection,
    "x.vrt.msk": mask_beside,
    "x.vrt.ovr": overviews_beside,
}
