#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""Sources that are broken or meant to break something. What GTiff copies
without an error is copied to the same pixels; the rest is refused."""

import random

import pytest
from faults import Fault
from hostile import mutated, run_jobs
from osgeo import gdal
from sources import colour, make_source

pytestmark = pytest.mark.slow

OPTIONS = [
    ["BLOCKXSIZE=64", "BLOCKYSIZE=64"],
    ["LAYOUT=COG", "BLOCKSIZE=128"],
    ["TILED=NO", "INTERLEAVE=BAND", "READ_THREADS=2"],
    ["BUDGET=1M", "NUM_THREADS=1"],
]


@pytest.fixture
def folders(tmp_path):
    """For sources and for targets."""
    made = tmp_path / "sources", tmp_path / "targets"
    for folder in made:
        folder.mkdir()
    return made


def save(path, driver, source, options=()):
    made = gdal.GetDriverByName(driver).CreateCopy(str(path), source, options=options)
    assert made is not None
    return path


###############################################################################
# Mutations

TIFFS = {
    "tiled": ["TILED=YES", "BLOCKXSIZE=32", "BLOCKYSIZE=32", "COMPRESS=DEFLATE"],
    "strips": ["COMPRESS=LZW", "PREDICTOR=2", "BLOCKYSIZE=9", "INTERLEAVE=BAND"],
    "big": ["BIGTIFF=YES", "COMPRESS=PACKBITS", "TILED=YES"],
    "plain": ["COMPRESS=NONE"],
}


def tiffs(folder):
    source = colour(make_source(90, 70, 3, gdal.GDT_UInt16))
    for name, options in TIFFS.items():
        yield save(folder / f"{name}.tif", "GTiff", source, options)


def pngs(folder):
    for bands, gdal_type in ((1, gdal.GDT_Byte), (3, gdal.GDT_UInt16)):
        source = make_source(90, 70, bands, gdal_type)
        yield save(folder / f"{bands}.png", "PNG", source)


def jpegs(folder):
    kinds = {"grey": (1, []), "progressive": (3, ["PROGRESSIVE=YES"]), "rgb": (3, [])}
    for name, (bands, options) in kinds.items():
        source = make_source(90, 70, bands)
        yield save(folder / f"{name}.jpg", "JPEG", source, options)


KERNEL = """<KernelFilteredSource><SourceFilename>{}</SourceFilename>
<SourceBand>1</SourceBand><SrcRect xOff="0" yOff="0" xSize="90" ySize="70"/>
<DstRect xOff="0" yOff="0" xSize="90" ySize="70"/><Kernel normalized="1">
<Size>3</Size><Coefs>1 1 1 1 2 1 1 1 1</Coefs></Kernel></KernelFilteredSource>"""


def kernel_vrt(path):
    return f"""<VRTDataset rasterXSize="90" rasterYSize="70">
<VRTRasterBand dataType="UInt16" band="1">{KERNEL.format(path)}</VRTRasterBand>
</VRTDataset>"""


def vrts(folder):
    tiff = str(next(tiffs(folder)))
    shapes = {
        "window": {"srcWin": [10, 5, 60, 50], "noData": 7},
        "scaled": {"scaleParams": [[0, 60000, 0, 255]], "outputType": gdal.GDT_Byte},
        "halved": {"width": 45, "height": 35, "resampleAlg": "cubic"},
    }
    for name, how in shapes.items():
        path = folder / f"{name}.vrt"
        gdal.Translate(str(path), tiff, format="VRT", **how)
        yield path
    parts = []
    for number, x in enumerate((0, 40)):
        parts.append(str(folder / f"part{number}.tif"))
        gdal.Translate(parts[-1], tiff, srcWin=[x, 0, 50, 70])
    gdal.BuildVRT(str(folder / "mosaic.vrt"), parts)
    yield folder / "mosaic.vrt"
    gdal.Warp(str(folder / "warped.vrt"), tiff, format="VRT", dstSRS="EPSG:4326")
    yield folder / "warped.vrt"
    (folder / "kernel.vrt").write_text(kernel_vrt(tiff))
    yield folder / "kernel.vrt"


KINDS = {"GeoTIFF": tiffs, "PNG": pngs, "JPEG": jpegs, "VRT": vrts}
# Of those that do not open nothing is learnt: on to the next.
TRIED_FOR_ONE_MAX = 20


def make_jobs(folder, originals, kind, numbers):
    jobs = []
    for number in numbers:
        seeded = random.Random(f"{kind} {number}")
        original = originals[number % len(originals)]
        broken = mutated(original.read_bytes(), seeded, kind == "VRT")
        path = folder / f"broken{number}{original.suffix}"
        path.write_bytes(broken)
        jobs.append([str(path), seeded.choice(OPTIONS)])
    return jobs


@pytest.mark.parametrize("kind", KINDS)
def test_mutated(folders, kind, times):
    originals = list(KINDS[kind](folders[0]))
    with Fault(f"a broken source: {kind}") as fault:
        tried, wanted = 0, times(short=40, long=500)
        while fault.times < wanted:
            count = 2 * (wanted - fault.times)
            numbers = range(tried, tried + count)
            tried += count
            assert tried < TRIED_FOR_ONE_MAX * wanted, f"{fault.times} opened"
            jobs = make_jobs(folders[0], originals, kind, numbers)
            for outcome in run_jobs(jobs, folders[1], times(short=2, long=20)):
                outcome.count(fault)


###############################################################################
# VRTs


SIZE = 60, 50


def source_of(name, rectangles="", kind="SimpleSource", band=1):
    return f"""<{kind}><SourceFilename relativeToVRT="1">{name}</SourceFilename>
<SourceBand>{band}</SourceBand>{rectangles}</{kind}>"""


def vrt_of(sources, size=SIZE, block="", bands=1, gdal_type="Byte"):
    """@param sources of band 1; of the others they are the same"""
    text = f'<VRTDataset rasterXSize="{size[0]}" rasterYSize="{size[1]}">'
    for band in range(1, bands + 1):
        text += f'<VRTRasterBand dataType="{gdal_type}" band="{band}" {block}>'
        text += f"{sources}</VRTRasterBand>"
    return text + "</VRTDataset>"


def rectangles(source, target):
    names = "xOff yOff xSize ySize".split()
    texts = []
    for element, numbers in (("SrcRect", source), ("DstRect", target)):
        pairs = " ".join(f'{n}="{v}"' for n, v in zip(names, numbers.split()))
        texts.append(f"<{element} {pairs}/>")
    return "".join(texts)


def in_a_circle(folder, length):
    for number in range(length):
        text = vrt_of(source_of(f"circle{(number + 1) % length}.vrt"))
        (folder / f"circle{number}.vrt").write_text(text)
    return ["circle0.vrt"]


def itself_many_times(folder):
    (folder / "me.vrt").write_text(vrt_of(source_of("me.vrt") * 20, bands=3))
    return ["me.vrt"]


def nested(folder, depth):
    for number in range(depth):
        below = f"nest{number + 1}.vrt" if number < depth - 1 else "in.tif"
        (folder / f"nest{number}.vrt").write_text(vrt_of(source_of(below)))
    return ["nest0.vrt"]


def fanned_out(folder, depth=12, bands=4):
    """Each band names the same VRT below, whose bands do likewise: few files,
    and bands ** depth ways through them."""
    for number in range(depth):
        below = f"fan{number + 1}.vrt" if number < depth - 1 else "in.tif"
        text = f'<VRTDataset rasterXSize="{SIZE[0]}" rasterYSize="{SIZE[1]}">'
        for band in range(1, bands + 1):
            text += f'<VRTRasterBand dataType="Byte" band="{band}">'
            text += source_of(below, band=band) + "</VRTRasterBand>"
        (folder / f"fan{number}.vrt").write_text(text + "</VRTDataset>")
    return ["fan0.vrt"]


def many_sources(folder, count):
    names = []
    for kind in ("SimpleSource", "ComplexSource"):
        sources = ""
        for number in range(count):
            place = f"{number * 7 % 40} {number * 11 % 30} 20 20"
            where = rectangles("0 0 20 20", place)
            sources += source_of("in.tif", where, kind)
        (folder / f"many{kind}.vrt").write_text(vrt_of(sources))
        names.append(f"many{kind}.vrt")
    return names


def many_files(folder, count):
    """As many datasets below, each of its own name."""
    sources = ""
    for number in range(count):
        (folder / f"part{number}.tif").symlink_to("in.tif")
        where = rectangles("0 0 20 20", f"{number % 40} {number % 30} 20 20")
        sources += source_of(f"part{number}.tif", where)
    (folder / "many_files.vrt").write_text(vrt_of(sources))
    return ["many_files.vrt"]


WHOLE = f"0 0 {SIZE[0]} {SIZE[1]}"
EXTREMES = ["-0.5", "nan", "inf", "-inf", "-1", "-1e9", "0", "1e-300", "1e-7", "1e300"]
EXTREMES += ["0.5", "2147483647", "2147483648", "4294967296", "1e12", "9.9e11", "x", ""]


def odd_rectangles(folder):
    names = []
    for value in EXTREMES:
        for place in range(4):
            numbers = WHOLE.split()
            numbers[place] = value or "''"
            odd = " ".join(numbers)
            for pair in ((odd, WHOLE), (WHOLE, odd), (odd, odd)):
                for kind in ("SimpleSource", "ComplexSource"):
                    name = f"rectangle{len(names)}.vrt"
                    text = vrt_of(source_of("in.tif", rectangles(*pair), kind))
                    (folder / name).write_text(text)
                    names.append(name)
    return names


def scaled_again_and_again(folder, depth=8):
    """Each a thousand times as large, or as small, as the one below."""
    names = []
    for way, pair in {
        "up": ("0 0 0.06 0.05", WHOLE),
        "down": (WHOLE, "0 0 0.06 0.05"),
        "much": (WHOLE, "0 0 60000 50000"),
    }.items():
        for number in range(depth):
            below = f"{way}{number + 1}.vrt" if number < depth - 1 else "in.tif"
            text = vrt_of(source_of(below, rectangles(*pair)))
            (folder / f"{way}{number}.vrt").write_text(text)
            names.append(f"{way}{number}.vrt")
    return names


def odd_blocks(folder):
    names = []
    for width in ("0", "1", "-5", "2147483647", "2147483648", "nan"):
        for height in ("0", "1", "2147483647"):
            for spelling in (
                "blockXSize={} blockYSize={}",
                "blockxsize={} blockysize={}",
            ):
                block = spelling.format(f'"{width}"', f'"{height}"')
                name = f"block{len(names)}.vrt"
                (folder / name).write_text(vrt_of(source_of("in.tif"), block=block))
                names.append(name)
    return names


HUGE = 2147483647


def huge_shapes(folder):
    """Width, bands and bytes that no product of ints can hold."""
    shapes = [((HUGE, HUGE), 1), ((HUGE, 1), 1), ((1, HUGE), 1), ((HUGE, 2), 300)]
    shapes += [((HUGE, HUGE), 300), ((65536, 65536), 300)]
    names = []
    for size, bands in shapes:
        name = f"huge{len(names)}.vrt"
        where = rectangles(WHOLE, WHOLE)
        text = vrt_of(source_of("in.tif", where), size, "", bands, "CFloat64")
        (folder / name).write_text(text)
        names.append(name)
    return names


# Of a folder and of times(): names of VRTs that have been made there.
VRTS = {
    "that names itself": lambda folder, _: in_a_circle(folder, 1),
    "that names itself by way of others": lambda folder, _: in_a_circle(folder, 5),
    "that names itself many times": lambda folder, _: itself_many_times(folder),
    "nested 11 deep": lambda folder, _: nested(folder, 11),
    "nested 1,000 deep": lambda folder, _: nested(folder, 1000),
    "with more ways through it than can be gone": lambda folder, _: fanned_out(folder),
    "of thousands of sources": lambda folder, times: many_sources(
        folder, times(short=1000, long=10000)
    ),
    "of thousands of files": lambda folder, times: many_files(
        folder, times(short=150, long=5000)
    ),
    "with rectangles that cannot be": lambda folder, times: odd_rectangles(folder)[
        :: times(short=7, long=1)
    ],
    "with scales that multiply": lambda folder, _: scaled_again_and_again(folder),
    "with blocks that cannot be": lambda folder, _: odd_blocks(folder),
    "of a size that cannot be": lambda folder, times: huge_shapes(folder)[
        :: times(short=3, long=1)
    ],
}


@pytest.mark.parametrize("which", VRTS)
def test_vrt(folders, which, times):
    save(folders[0] / "in.tif", "GTiff", make_source(*SIZE, 4))
    names = VRTS[which](folders[0], times)
    options = OPTIONS if len(names) == 1 else OPTIONS[:2]
    jobs = [
        [str(folders[0] / name), options[(number + turn) % len(options)]]
        for turn in range(len(options) if len(names) == 1 else 1)
        for number, name in enumerate(names)
    ]
    with Fault(f"a VRT {which}") as fault:
        for outcome in run_jobs(jobs, folders[1], times(short=2, long=20)):
            outcome.count(fault)
