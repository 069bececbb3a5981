#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""QGIS's Save As, and its Processing tools, in the real program without a
screen."""

import json
import os

import pytest
from cog_compare import complaints
from gtiff_compare import assert_same_pixels
from osgeo import gdal
from programs import PYTHON, needs, run_program
from sources import colour, make_source

LAYOUTS = {"GTIFF": ["COMPRESS=LZW"], "COG": ["LAYOUT=COG", "BLOCKSIZE=128"]}

# QGIS crashes if Python lets go of things in another order than it likes.
START = """
import json, os, sys
from qgis.core import (QgsApplication, QgsCoordinateTransformContext,
    QgsRasterFileWriter, QgsRasterLayer, QgsRasterPipe)
application = QgsApplication([], False)
application.initQgis()
arguments = json.loads(sys.argv[1])

def leave(answer):
    print(json.dumps(answer), flush=True)
    os._exit(0)
"""

FORMATS = """
found = QgsRasterFileWriter.supportedFiltersAndFormats()
leave({f.driverName: f.filterString for f in found})
"""

SAVE_AS = """
layer = QgsRasterLayer(arguments["source"], "source")
assert layer.isValid()
pipe = QgsRasterPipe()
assert pipe.set(layer.dataProvider().clone())
writer = QgsRasterFileWriter(arguments["target"])
writer.setOutputFormat("ROWBAND")
writer.setCreateOptions(arguments["options"])
context = QgsCoordinateTransformContext()
error = writer.writeRaster(pipe, layer.width(), layer.height(), layer.extent(),
    layer.crs(), context)
saved = QgsRasterLayer(arguments["target"], "saved")
leave({"error": int(error), "valid": saved.isValid(), "bands": saved.bandCount(),
    "crs": saved.crs() == layer.crs()})
"""

PROCESSING = """
sys.path.append("/usr/share/qgis/python/plugins")
import processing
from processing.core.Processing import Processing
Processing.initialize()
parameters = {"INPUT": arguments["source"], "OUTPUT": arguments["target"],
    "OPTIONS": arguments["options"], **arguments["more"]}
made = processing.run(arguments["tool"], parameters)["OUTPUT"]
leave({"valid": QgsRasterLayer(made, "made").isValid(), "made": made})
"""


def qgis(script, **arguments):
    """@return the script's answer"""
    said = run_program(
        None,
        PYTHON,
        "-c",
        START + script,
        json.dumps(arguments),
        env={"QT_QPA_PLATFORM": "offscreen", **os.environ},
    )
    return json.loads(said.splitlines()[-1])


pytestmark = needs("qgis.core")


def in_file(folder, source):
    path = str(folder / "in.tif")
    gdal.GetDriverByName("GTiff").CreateCopy(path, source)
    return path


SOURCES = {
    "raster": lambda: make_source(1100, 700, 1, gdal.GDT_UInt16),
    "colours": lambda: colour(make_source(1100, 700, 3)),
    "many bands": lambda: make_source(600, 520, 7, gdal.GDT_Float32),
}


def test_qgis_offers_the_format():
    assert "*.rowband" in qgis(FORMATS)["ROWBAND"]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("as_vrt", [False, True], ids=["file", "vrt"])
@pytest.mark.parametrize("name", SOURCES)
def test_qgis_save_as(tmp_path, name, as_vrt, layout):
    """Raw data, in windows of QGIS's own, band by band."""
    source = in_file(tmp_path, SOURCES[name]())
    if as_vrt:
        vrt = str(tmp_path / "in.vrt")
        gdal.Translate(vrt, source, format="VRT", srcWin=[10, 20, 550, 480])
        source = vrt
    target = str(tmp_path / "out.rowband")
    said = qgis(SAVE_AS, source=source, target=target, options=LAYOUTS[layout])
    bands = gdal.Open(source).RasterCount
    assert said == {"error": 0, "valid": True, "bands": bands, "crs": True}
    assert_same_pixels(gdal.Open(target), gdal.Open(source))
    if layout == "COG":
        assert complaints(target) == []


TOOLS = {
    "gdal:translate": {},
    "gdal:warpreproject": {"TARGET_CRS": "EPSG:32611", "RESAMPLING": 0},
}


@pytest.mark.skipif(
    not os.path.isdir("/usr/share/qgis/python/plugins/processing"),
    reason="no Processing here",
)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("tool", TOOLS)
def test_qgis_processing(tmp_path, tool, layout):
    source = in_file(tmp_path, make_source(300, 200, 2))
    target = str(tmp_path / "out.rowband")
    said = qgis(
        PROCESSING,
        tool=tool,
        source=source,
        target=target,
        options="|".join(LAYOUTS[layout]),
        more=TOOLS[tool],
    )
    assert said == {"valid": True, "made": target}
    assert_same_pixels(gdal.Open(target), gdal.Open(source))
    if layout == "COG":
        assert complaints(target) == []
