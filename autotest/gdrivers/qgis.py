#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""QGIS's Save As, and its Processing tools, in the real program without a
screen. The picture in README.md is made by

    ROWBAND_PICTURE=autotest/data/qgis-save-as.png QT_QPA_PLATFORM=xcb \\
        xvfb-run -s '-screen 0 1400x900x24' \\
        /usr/bin/python3 -m pytest autotest/gdrivers/qgis.py -k dialog
"""

import json
import os

import pytest
from cog_compare import complaints
from gtiff_compare import assert_same_pixels
from osgeo import gdal
from programs import PYTHON, needs, run_program
from sources import colour, make_source
from stored import creation_option_values

LAYOUTS = {"GTIFF": ["COMPRESS=LZW"], "COG": ["LAYOUT=COG", "BLOCKSIZE=128"]}

# QGIS crashes if Python lets go of things in another order than it likes.
START = """
import json, os, sys
from qgis.core import (QgsApplication, QgsCoordinateTransformContext,
    QgsRasterFileWriter, QgsRasterLayer, QgsRasterPipe)
arguments = json.loads(sys.argv[1])
application = QgsApplication([], arguments.get("with_windows", False))
application.initQgis()

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

# The options are entered as a user does; the dialog's Help is a window of its own.
DIALOG = """
from qgis.gui import QgsRasterLayerSaveAsDialog
from qgis.PyQt.QtCore import QPoint
from qgis.PyQt.QtGui import QImage, QPainter
from qgis.PyQt.QtWidgets import (QComboBox, QGroupBox, QLineEdit, QPushButton,
    QTableWidget, QTableWidgetItem, QTextEdit, QToolButton, QWidget)

def only_options_open(dialog):
    for group in dialog.findChildren(QGroupBox):
        button = group.findChild(QToolButton, "collapseButton")
        if group.objectName() == "mCreateOptionsGroupBox":
            group.setChecked(True)
        elif button is not None:
            button.click()

def enter_options(group, options):
    table = group.findChild(QTableWidget, "mOptionsTable")
    for row, option in enumerate(options):
        group.findChild(QPushButton, "mOptionsAddButton").click()
        for column, text in enumerate(option.split("=")):
            table.setItem(row, column, QTableWidgetItem(text))
    table.clearSelection()
    table.setColumnWidth(0, 300)

def draw(widgets, path):
    space = 8
    size = (sum(w.width() for w in widgets) + space, max(w.height() for w in widgets))
    image = QImage(*size, QImage.Format_RGB32)
    image.fill(0x808080)
    painter = QPainter(image)
    left = 0
    for widget in widgets:
        painter.drawPixmap(QPoint(left, 0), widget.grab())
        left += widget.width() + space
    painter.end()
    assert image.save(path)
    from PIL import Image  # a third of the size
    Image.open(path).quantize(64, dither=0).save(path, optimize=True)

layer = QgsRasterLayer(arguments["source"], "source")
dialog = QgsRasterLayerSaveAsDialog(layer, layer.dataProvider(), layer.extent(),
    layer.crs(), layer.crs())
formats = dialog.findChild(QComboBox, "mFormatComboBox")
formats.setCurrentIndex(formats.findData("ROWBAND"))
dialog.findChild(QWidget, "mFilename").findChild(QLineEdit).setText("dem.rowband")
only_options_open(dialog)
group = dialog.findChild(QGroupBox, "mCreateOptionsGroupBox")
dialog.show()
dialog.resize(560, 584)
enter_options(group, arguments["options"])
group.findChild(QPushButton, "mOptionsHelpButton").click()
help = [w for w in application.allWidgets() if isinstance(w, QTextEdit)][0]
help.window().resize(620, 584)
for _ in range(20):
    application.processEvents()
if arguments["picture"]:
    draw([dialog, help.window()], arguments["picture"])
leave({"format": formats.currentText(), "options": dialog.createOptions(),
    "help": help.toPlainText()})
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


pytestmark = [needs("qgis.core"), pytest.mark.qgis, pytest.mark.slow]


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


def test_qgis_dialog(tmp_path):
    options = ["LAYOUT=COG", "COMPRESS=ZSTD", "PREDICTOR=YES", "STATISTICS=YES"]
    said = qgis(
        DIALOG,
        with_windows=True,
        source=in_file(tmp_path, make_source()),
        options=options,
        picture=os.environ.get("ROWBAND_PICTURE"),
    )
    assert "ROWBAND" in said["format"]
    assert said["options"] == options
    for name in creation_option_values("ROWBAND"):
        assert f'name="{name}"' in said["help"]


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
