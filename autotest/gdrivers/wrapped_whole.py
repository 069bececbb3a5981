# SPDX-License-Identifier: MIT
"""VRTs that are opened without their overviews, as -ovr NONE does: none is looked into,
each is a leaf that resamples by itself. The pixels are GTiff's."""

import numpy as np
import pytest
from gtiff_compare import assert_same_pixels
from osgeo import gdal
from wrapped_fixtures import copies, derived, gtiff, pansharpened, rgb  # noqa: F401

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
