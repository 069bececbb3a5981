# SPDX-License-Identifier: MIT
"""Masks that are read through VRTs: the pixels are GTiff's, blocks are decoded once,
and GDAL keeps nothing of ours."""

import re

import pytest
from gtiff_compare import assert_same_pixels
from later_gdal import masks_of_nodata_are_right
from osgeo import gdal
from wrapped_fixtures import debug_lines, rgb  # noqa: F401


def with_alpha(rgb, path):
    options = ["PHOTOMETRIC=RGB", "ALPHA=YES"]
    gdal.Translate(path, rgb, bandList=[1, 2, 3, 2], creationOptions=options)


def with_nodata(rgb, path):
    gdal.Translate(path, rgb, noData=100)


def with_nodata_of_all(rgb, path):
    gdal.Translate(path, rgb, metadataOptions=["NODATA_VALUES=100 100 100"])


def with_mask(rgb, path):
    gdal.Translate(path, rgb, bandList=[1, 3], maskBand=2)


def with_none(rgb, path):
    gdal.Translate(path, rgb)


@pytest.mark.parametrize("readers", [1, 4])
@pytest.mark.parametrize("bands", [["mask"], ["mask,2", 1]], ids=str)
@pytest.mark.parametrize(
    "make", [with_alpha, with_nodata, with_nodata_of_all, with_mask, with_none]
)
def test_wrapped_mask_as_a_band(tmp_path, rgb, debug_lines, make, bands, readers):
    if make == with_nodata and 1 in bands and not masks_of_nodata_are_right():
        pytest.skip("this GDAL's masks of nodata depend on the buffer")
    path = str(tmp_path / "masked.tif")
    make(rgb, path)
    source = gdal.Translate("", path, format="VRT", bandList=bands)
    theirs = gdal.GetDriverByName("GTiff").CreateCopy("/vsimem/mask.tif", source)
    options = [f"READ_THREADS={readers}", "BUDGET=6M", "BLOCKYSIZE=16"]
    ours = gdal.GetDriverByName("ROWBAND").CreateCopy(
        str(tmp_path / "mask.tif"), source, options=options
    )
    assert_same_pixels(ours, theirs)
    theirs = None
    gdal.Unlink("/vsimem/mask.tif")
    told = re.search("([0-9]+) blocks.*amplification ([0-9.]+)", "".join(debug_lines))
    assert (int(told.group(1)) > 0) == (make != with_none or 1 in bands), debug_lines
    # Several readers decode a block each to compare.
    assert readers > 1 or told.group(2) == "1.00", debug_lines


def test_wrapped_mask_has_no_part_in_overviews_beside_the_vrt(tmp_path, rgb):
    """Asked for the mask's, GDAL makes overviews of all bands, likewise while it
    reads."""
    masked, mosaic = str(tmp_path / "masked.tif"), str(tmp_path / "mosaic.vrt")
    gdal.Translate(masked, rgb, bandList=[1], maskBand=3)
    gdal.Open(masked, gdal.GA_Update).BuildOverviews("AVERAGE", [3])
    gdal.BuildVRT(mosaic, [masked], resampleAlg="lanczos")
    gdal.Open(mosaic).BuildOverviews("AVERAGE", [2, 4])
    found = []
    for name in ("GTiff", "ROWBAND"):
        source = gdal.Open(mosaic)
        outer = gdal.Translate("", source, options="-of VRT -outsize 33% 33%")
        target = str(tmp_path / f"{name}.tif")
        made = gdal.GetDriverByName(name).CreateCopy(target, outer)
        # GTiff reads in blocks, which shows where GDAL reads overviews.
        assert name == "GTiff" or made.ReadRaster() == outer.ReadRaster()
        mask = source.GetRasterBand(1).GetMaskBand()
        levels = [mask.GetOverview(i) for i in range(mask.GetOverviewCount())]
        found.append([level.ReadRaster() for level in levels])
        outer = levels = mask = source = None
    assert len(found[0]) > 0 and found[0] == found[1]
