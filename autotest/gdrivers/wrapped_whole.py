# SPDX-License-Identifier: MIT
"""VRTs that are opened without their overviews, as -ovr NONE and -oo OVERVIEW_LEVEL=NONE
do: what is handed over then stands in for a VRT. The pixels are GTiff's."""

import re

import numpy as np
import pytest
from gtiff_compare import assert_same_pixels
from osgeo import gdal
from programs import PYTHON, run_program
from wrapped_fixtures import (
    SIZE,
    copies,
    debug_lines,  # noqa: F401
    derived,
    derived_xml,
    gtiff,
    pansharpened,
    rgb,  # noqa: F401
)

AVERAGED = """<VRTDataset rasterXSize='216' rasterYSize='231'>
<VRTRasterBand dataType='Float32' band='1'><AveragedSource>
<SourceFilename>{}</SourceFilename><SourceBand>1</SourceBand>
</AveragedSource></VRTRasterBand></VRTDataset>"""


@pytest.mark.parametrize("size", [(29, 38), (40, 40)], ids=str)
def test_wrapped_averages_of_a_vrt_that_is_not_looked_into(tmp_path, size):
    """Opened without its overviews it is a leaf, which averages by itself: what is read
    at once shows."""
    source = gdal.GetDriverByName("MEM").Create("", 216, 231, 1, gdal.GDT_Float32)
    source.WriteArray(np.random.default_rng(1).integers(0, 256, (231, 216)))
    noisy, inner = gtiff(str(tmp_path / "noisy.tif"), source), tmp_path / "inner.vrt"
    inner.write_text(AVERAGED.format(noisy))
    window = "-srcwin 77.5 114 37.02 94.6 -outsize {} {}".format(*size)
    outer = gdal.Translate("", str(inner), options=f"-of VRT -ovr NONE {window}")
    assert_same_pixels(*copies(outer, tmp_path))


def overviews_of_inputs(path, folder):
    """Of which GDAL makes those of what is pansharpened, and reads them all the same."""
    inner = pansharpened(path, folder)
    for name in (path, str(folder / "pan.tif")):
        gdal.Open(name, gdal.GA_Update).BuildOverviews("AVERAGE", [2, 4])
    return inner


@pytest.mark.parametrize("interleave", ["PIXEL", "BAND"])
@pytest.mark.parametrize(
    "make, size",
    [
        (pansharpened, "533 256"),
        (overviews_of_inputs, "25% 25%"),
        (derived, "2600 256"),
    ],
)
def test_wrapped_whole_is_read_into_packed_buffers(
    tmp_path, rgb, make, size, interleave
):
    """GDAL shifts what it pansharpens by parts of pixels only if the buffer is not, and
    clears that of a derived band as if it were."""
    window = f"-r bilinear -srcwin 42.9 9.6 533 256 -outsize {size}"
    outer = gdal.Translate(
        "", make(rgb, tmp_path), options=f"-of VRT -ovr NONE {window}"
    )
    assert_same_pixels(*copies(outer, tmp_path, [f"INTERLEAVE={interleave}"]))


def derived_and_wide(path, folder):
    """Wider than what is read of it at a time."""
    wide = folder / "wide.vrt"
    width = f"rasterXSize='{SIZE}'"
    wide.write_text(derived_xml(path).replace(width, "rasterXSize='5000'"))
    return str(wide)


def masked(path, folder):
    both = str(folder / "masked.tif")
    gdal.Translate(both, path, bandList=[1, 3], maskBand=2)
    return gdal.BuildVRT(str(folder / "masked.vrt"), [both]).GetDescription()


def warped(path, folder):
    vrt = str(folder / "warped.vrt")
    gdal.Warp(vrt, path, format="VRT", dstSRS="EPSG:4326", resampleAlg="cubic")
    return vrt


@pytest.mark.parametrize("budget", ["4M", "256M"])
@pytest.mark.parametrize(
    "make",
    [derived, derived_and_wide, pansharpened, overviews_of_inputs, masked, warped],
)
def test_wrapped_whole_is_looked_into(tmp_path, rgb, debug_lines, make, budget):
    """Derived pixels were cleared by those read after them, more of them the less
    memory there was."""
    source = gdal.OpenEx(make(rgb, tmp_path), open_options=["OVERVIEW_LEVEL=NONE"])
    path = str(tmp_path / "GTiff.tif")
    theirs = gdal.GetDriverByName("GTiff").CreateCopy(path, source)
    ours = gdal.GetDriverByName("ROWBAND").CreateCopy(
        str(tmp_path / "ROWBAND.tif"),
        source,
        options=[f"BUDGET={budget}", "READ_THREADS=1"],
    )
    assert_same_pixels(theirs, ours)
    mask, expected = (one.GetRasterBand(1).GetMaskBand() for one in (ours, theirs))
    assert mask.ReadRaster() == expected.ReadRaster()
    told = re.search("amplification ([0-9.]+)", "".join(debug_lines))
    # Where a leaf's place is not known, it holds what the budget lets it.
    unknown = make not in (derived, derived_and_wide, masked)
    assert told and (told.group(1) == "1.00" or unknown and budget == "4M")


SCALED = """<VRTDataset rasterXSize='600' rasterYSize='500'>
<VRTRasterBand dataType='Float32' band='1'><ComplexSource>
<SourceFilename>{}</SourceFilename><SourceBand>1</SourceBand>
<SrcRect xOff='0' yOff='0' xSize='700' ySize='610'/>
<DstRect xOff='0' yOff='0' xSize='600' ySize='500'/><ScaleRatio>2</ScaleRatio>
</ComplexSource></VRTRasterBand></VRTDataset>"""


@pytest.mark.parametrize("kernel", ["nearest", "bilinear", "cubic"])
def test_wrapped_whole_is_resampled_as_its_reader_does(tmp_path, rgb, kernel):
    """Also where that takes it pixel for pixel."""
    inner = tmp_path / "inner.vrt"
    inner.write_text(SCALED.format(rgb))
    options = f"-of VRT -ovr NONE -r {kernel} -srcwin 20 30 400 300"
    outer = gdal.Translate("", str(inner), options=options)
    assert_same_pixels(*copies(outer, tmp_path))


OVERVIEWS_OF_OVERVIEWS = """
import sys
from osgeo import gdal
driver, options = sys.argv[1:]
inner = gdal.Open("inner.vrt")
outer = gdal.Translate("", inner, options="-of VRT -r cubicspline " + options)
assert gdal.GetDriverByName(driver).CreateCopy(driver + ".tif", outer) is not None

def show(band):
    print(band.XSize, band.YSize, band.Checksum())
    for i in range(band.GetOverviewCount()):
        show(band.GetOverview(i))

show(inner.GetRasterBand(1))
outer = inner = None
"""

INNER = """<VRTDataset rasterXSize='1160' rasterYSize='617'>
<VRTRasterBand dataType='Byte' band='1' subClass='VRTDerivedRasterBand'>
<PixelFunctionType>sum</PixelFunctionType><SimpleSource>
<SourceFilename relativeToVRT='1'>in.tif</SourceFilename><SourceBand>1</SourceBand>
<SrcRect xOff='558' yOff='302.25' xSize='181.5' ySize='300'/>
<DstRect xOff='0' yOff='0' xSize='209.633' ySize='390'/>
</SimpleSource></VRTRasterBand></VRTDataset>"""


@pytest.mark.parametrize(
    "options", ["-outsize 500 290", "-outsize 5 112 -srcwin 1000 219 13 304"]
)
def test_wrapped_overviews_of_overviews_read_the_same_afterwards(tmp_path, options):
    """GDAL makes overviews of a VRT's overviews too, when it first reads them, and they
    keep what is read from then: it must not be ours."""
    source = gdal.GetDriverByName("MEM").Create("", 1160, 617)
    values = np.random.default_rng(1).integers(0, 256, (617, 1160))
    source.WriteArray(values.astype("u1"))
    gdal.Open(gtiff(str(tmp_path / "in.tif"), source), gdal.GA_Update).BuildOverviews(
        "NEAREST", [2, 3, 4, 8]
    )
    (tmp_path / "inner.vrt").write_text(INNER)
    seen = [
        run_program(tmp_path, PYTHON, "-c", OVERVIEWS_OF_OVERVIEWS, driver, options)
        for driver in ("GTiff", "ROWBAND")
    ]
    assert seen[1] == seen[0]
    assert len(seen[0].split("\n")) > 5
