#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""Sources behind VRTs whose drivers know of blocks and overviews only when they read."""

import numpy as np
import pytest
from gtiff_compare import assert_same_pixels, compare_with_gtiff
from osgeo import gdal
from sources import make_source

SIZE = 700


@pytest.mark.parametrize("photometric", ["YCBCR", "RGB"])
def test_wrapped_reduced_jpeg_is_gtiffs_own(tmp_path, photometric):
    """GTiff decodes less of each tile then, which overviews do not show."""
    jpeg = ["TILED=YES", "COMPRESS=JPEG", f"PHOTOMETRIC={photometric}"]
    path = f"{tmp_path}/jpeg.tif"
    source = make_source(SIZE, SIZE, 3)
    gdal.GetDriverByName("GTiff").CreateCopy(path, source, options=jpeg)
    half = {"width": SIZE // 2, "height": SIZE // 2, "resampleAlg": "bilinear"}
    compare_with_gtiff(path, tmp_path, **half)


def photomod(folder, columns, rows, size):
    """A raster of tiles of which GDAL does not know the blocks before it opens them."""
    values = {"Width": columns * size, "Height": rows * size, "QChans": 1, "BytesPS": 1}
    values |= {"SizeX": size, "SizeY": size, "CountX": columns, "CountY": rows}
    lines = [f'<i n="{name}" v="{values[name]}"/>' for name in values]
    lines.append('<x n="ChannelsInfo"><s n="type" v="U"/><i n="bytes_ps" v="1"/>')
    lines.append('<s n="channels" v="L"/></x><s n="parts_ext" v="tif"/>')
    (folder / "tiles").mkdir()
    for row, column in np.ndindex(rows, columns):
        tile = {"Width": size, "Height": size, "DispX": column, "DispY": row}
        inner = "".join(
            f'<i n="{name}" v="{value * size if "Disp" in name else value}"/>'
            for name, value in tile.items()
        )
        lines.append(f'<x n="tiles_{row}_{column}">{inner}</x>')
        name = f"{folder}/tiles/tiles_{row}_{column}.tif"
        gdal.GetDriverByName("GTiff").CreateCopy(name, make_source(size, size, 1))
    path = folder / "tiles.prf"
    path.write_text(f"<phini>{''.join(lines)}</phini>")
    return str(path)


def test_wrapped_tiles_that_are_opened_to_know_their_blocks(tmp_path):
    path = photomod(tmp_path, 3, 2, 400)
    ours = gdal.Translate(f"{tmp_path}/ours.tif", path, format="ROWBAND")
    source = gdal.Open(path)
    assert source.GetDriver().ShortName == "PRF" and source.RasterXSize == 1200
    assert_same_pixels(ours, source)
