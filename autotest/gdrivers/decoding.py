# SPDX-License-Identifier: MIT
"""How drivers decode: what driver/gdal/decoding.c says of them holds, since no
more is decoded, read or fetched for a copy than GTiff's takes."""

import contextlib
import re
import shutil
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import later_gdal
import numpy
import pytest
from counted_copy import CUT, SLACK, TARGET, copy, opened, pixels
from creatable import LEFT_OUT, bytes_read, creatable, make_source, template
from gtiff_compare import assert_same_pixels
from osgeo import gdal

# What drivers may read, of what GTiff's copy takes, where it is more than the
# rest: GRIB reads a message once more for its metadata, which we ask for first.
READ_AGAIN = {"GRIB": 2.0}


@contextlib.contextmanager
def debug(domain):
    """What is said with CPL_DEBUG of that domain."""
    lines = []

    def handler(level, number, message):
        if level == gdal.CE_Debug and message.startswith(domain):
            lines.append(message)

    gdal.SetConfigOption("CPL_DEBUG", domain)
    gdal.PushErrorHandler(handler)
    try:
        yield lines
    finally:
        gdal.PopErrorHandler()
        gdal.SetConfigOption("CPL_DEBUG", None)


###############################################################################
# GRIB: a band is a message


@pytest.fixture(params=["0", "100"])
def grib(request, tmp_path):
    """Five bands, of which one is kept, or all."""
    if gdal.GetDriverByName("GRIB") is None:
        pytest.skip("no GRIB driver")
    path = str(tmp_path / "five.grb2")
    source = template((500, 400), 5, "Float64")
    made = gdal.GetDriverByName("GRIB").CreateCopy(path, source)
    made = None
    gdal.SetConfigOption("GRIB_CACHEMAX", request.param)
    yield path
    gdal.SetConfigOption("GRIB_CACHEMAX", None)


GRIB_COPIES = [
    (None, []),
    (None, ["BUDGET=2M"]),
    (None, ["BUDGET=2M", "INTERLEAVE=BAND", "TILED=YES"]),
    (None, ["BUDGET=2M", "LAYOUT=COG", "BLOCKSIZE=128"]),
    (CUT, []),
    (CUT, ["BUDGET=2M"]),
    ({"bandList": [2, 1]}, ["BUDGET=2M"]),
    ({"outputSRS": "EPSG:4258"}, ["BUDGET=2M", "NUM_THREADS=2"]),
    ({"width": 250, "height": 0}, ["BUDGET=2M"]),
]


@pytest.mark.parametrize("arguments,options", GRIB_COPIES, ids=str)
def test_decoding_grib_decodes_each_message_once(grib, arguments, options):
    expected = pixels(copy("GTiff", opened(grib, arguments)))
    source = opened(grib, arguments)
    with debug("GRIB") as lines:
        made = copy("ROWBAND", source, "COMPRESS=NONE", *options)
        lines = [line for line in lines if "cache size" not in line]
    assert pixels(made) == expected
    # A line for each message that is parsed: for its metadata and to be decoded.
    # By windows it would be one for each band of each.
    assert len(lines) <= 2 * source.RasterCount, lines


@pytest.mark.parametrize("arguments", [None, CUT], ids=str)
def test_decoding_grib_amplification_is_known(grib, arguments):
    with debug("ROWBAND") as lines:
        copy("ROWBAND", opened(grib, arguments), "BUDGET=2M")
    assert any("passes through a spool" in line for line in lines), lines
    assert any(re.search("decoded.*: amplification 1.00$", x) for x in lines), lines


@pytest.mark.parametrize("arguments", [None, CUT], ids=str)
def test_decoding_grib_spool_can_be_cancelled(grib, arguments, tmp_path):
    asked = []

    def stop(fraction, message, data):
        asked.append(fraction)
        return 0 if len(asked) > 2 else 1

    driver, target = gdal.GetDriverByName("ROWBAND"), str(tmp_path / "new.tif")
    before = sorted(p.name for p in tmp_path.iterdir())
    with debug("ROWBAND"):
        made = driver.CreateCopy(
            target,
            opened(grib, arguments),
            options=["BUDGET=2M", "BLOCKYSIZE=16"],
            callback=stop,
        )
    assert made is None
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def test_decoding_grib_spool_leaves_nothing_beside_the_target(grib, tmp_path):
    target = tmp_path / "out" / "new.tif"
    target.parent.mkdir()
    driver = gdal.GetDriverByName("ROWBAND")
    made = driver.CreateCopy(str(target), gdal.Open(grib), options=["BUDGET=2M"])
    assert made is not None
    made = None
    assert [p.name for p in target.parent.iterdir()] == ["new.tif"]


###############################################################################
# PDF: a page is rendered anew by each call


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments", [None, {"srcWin": [3, 5, 1200, 900]}], ids=["plain", "srcwin"]
)
@pytest.mark.parametrize("options", [[], ["BUDGET=4M"]], ids=str)
def test_decoding_pdf_renders_the_page_once(tmp_path, arguments, options):
    if gdal.GetDriverByName("PDF") is None:
        pytest.skip("no PDF driver")
    path = str(tmp_path / "page.pdf")
    made = gdal.GetDriverByName("PDF").CreateCopy(
        path, template((1500, 1200), 3, "Byte"), options=["TILED=NO"]
    )
    made = None
    taken = {}
    found = {}
    for tool in ("GTiff", "ROWBAND"):
        source = opened(path, arguments)
        begin = time.process_time()
        made = copy(
            tool, source, "COMPRESS=NONE", *(options if tool != "GTiff" else [])
        )
        taken[tool] = time.process_time() - begin
        found[tool] = pixels(made)
    assert found["ROWBAND"] == found["GTiff"]
    # 1200 renderings take a minute.
    assert taken["ROWBAND"] < 3 * taken["GTiff"] + 0.5


###############################################################################
# HDF5 and netCDF: a chunk may hold several bands


def chunked(path, bands, chunk):
    """Bands in chunks of that depth, height and width."""
    height = width = 700
    made = gdal.GetDriverByName("netCDF").CreateMultiDimensional(path)
    group = made.GetRootGroup()
    sizes = {"z": bands, "y": height, "x": width}
    array = group.CreateMDArray(
        "v",
        [group.CreateDimension(name, None, None, n) for name, n in sizes.items()],
        gdal.ExtendedDataType.Create(gdal.GDT_Int16),
        ["BLOCKSIZE=" + ",".join(map(str, chunk)), "COMPRESS=DEFLATE", "ZLEVEL=1"],
    )
    z, y, x = numpy.ogrid[0:bands, 0:height, 0:width]
    array.Write(((z * 7 + y * 3 + x * x) % 1000).astype("i2"))


# By driver, how much of the file at most.
CHUNKS = [
    ("netCDF:{}:v", 6, (6, 256, 256), 1.5),
    ("netCDF:{}:v", 12, (12, 700, 700), 1.5),
    ("HDF5:{}://v", 6, (6, 256, 256), 1.5),
]


@pytest.mark.parametrize("arguments", [None, {"srcWin": [3, 5, 690, 680]}], ids=str)
@pytest.mark.parametrize("name,bands,chunk,share", CHUNKS, ids=str)
def test_decoding_chunks_of_several_bands_once(
    tmp_path, name, bands, chunk, share, arguments
):
    if gdal.GetDriverByName("netCDF") is None or gdal.GetDriverByName("HDF5") is None:
        pytest.skip("no netCDF or HDF5 driver")
    path = tmp_path / "chunks.nc"
    chunked(str(path), bands, chunk)
    expected = pixels(copy("GTiff", opened(name.format(path), arguments)))
    source = opened(name.format(path), arguments)
    before = bytes_read()
    made = copy("ROWBAND", source, "COMPRESS=NONE")
    read = bytes_read() - before
    assert pixels(made) == expected
    assert read < share * path.stat().st_size + SLACK


###############################################################################
# Services: blocks of one call are fetched at a time


class Tiles(BaseHTTPRequestHandler):
    """Takes its time, and notes who was served with whom."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        server = self.server
        with server.lock:
            server.served.append(self.path)
            server.now += 1
            server.most = max(server.most, server.now)
        time.sleep(0.05)
        with server.lock:
            server.now -= 1
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(server.tile)))
        self.end_headers()
        self.wfile.write(server.tile)

    def log_message(self, *args):
        pass


@pytest.fixture
def tile_server():
    png = "/vsimem/tile.png"
    gdal.GetDriverByName("PNG").CreateCopy(png, template((256, 256), 3, "Byte"))
    file = gdal.VSIFOpenL(png, "rb")
    tile = gdal.VSIFReadL(1, 1 << 20, file)
    gdal.VSIFCloseL(file)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Tiles)
    server.tile, server.lock, server.served = tile, threading.Lock(), []
    server.now = server.most = 0
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


TMS = """<GDAL_WMS><Service name="TMS">
<ServerUrl>http://127.0.0.1:{port}/${{z}}/${{x}}/${{y}}.png</ServerUrl></Service>
<DataWindow><UpperLeftX>0</UpperLeftX><UpperLeftY>1024</UpperLeftY>
<LowerRightX>1024</LowerRightX><LowerRightY>0</LowerRightY><TileLevel>2</TileLevel>
<TileCountX>1</TileCountX><TileCountY>1</TileCountY><YOrigin>top</YOrigin></DataWindow>
<Projection>EPSG:32631</Projection><BlockSizeX>256</BlockSizeX>
<BlockSizeY>256</BlockSizeY><BandsCount>3</BandsCount>
<MaxConnections>8</MaxConnections></GDAL_WMS>"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments", [None, {"srcWin": [5, 9, 1000, 1000]}, {"bandList": [3, 1]}], ids=str
)
def test_decoding_services_are_asked_for_many_blocks(tile_server, arguments):
    if gdal.GetDriverByName("WMS") is None:
        pytest.skip("no WMS driver")
    gdal.SetConfigOption("GDAL_HTTP_TIMEOUT", "20")
    source = opened(TMS.format(port=tile_server.server_port), arguments)
    assert source is not None, gdal.GetLastErrorMsg()
    made = copy("ROWBAND", source)
    gdal.SetConfigOption("GDAL_HTTP_TIMEOUT", None)
    assert made.RasterCount == source.RasterCount
    assert len(tile_server.served) == len(set(tile_server.served)) == 16
    assert tile_server.most >= 4


###############################################################################
# All that can be made


def read_for_crs(tool, source):
    """What PROJ that comes with later GDALs reads of its database each time, of a CRS
    of another planet's: megabytes, which are not the source's."""
    if not later_gdal.IS_LATER or source.GetSpatialRef() is None:
        return 0
    tiny = gdal.GetDriverByName("MEM").Create("", 1, 1)
    tiny.SetSpatialRef(source.GetSpatialRef())
    tiny.SetGeoTransform(source.GetGeoTransform())
    before = bytes_read()
    with debug("none"):
        copy(tool, tiny)
    return bytes_read() - before


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [None, CUT], ids=["plain", "srcwin"])
@pytest.mark.parametrize("name", creatable())
def test_decoding_reads_no_more_of_the_file_than_gtiff(tmp_path, name, arguments):
    assert name not in LEFT_OUT
    with debug("none"):
        path, reason = make_source(tmp_path, name, (700, 600))
    if path is None:
        pytest.skip(reason)
    read, found = {}, {}
    # Twice: PROJ reads of its database what no copy before has needed.
    for tool, options in 2 * (("GTiff", []), ("ROWBAND", ["READ_THREADS=1"])):
        source = opened(path, arguments)
        before = bytes_read()
        with debug("none"):
            made = copy(tool, source, "COMPRESS=NONE", *options)
        taken = bytes_read() - before
        found[tool] = pixels(made)
        taken -= read_for_crs(tool, source)
        read[tool] = min(taken, read.get(tool, float("inf")))
    shutil.rmtree(tmp_path / f"source-{name}")
    assert found["ROWBAND"] == found["GTiff"]
    share = READ_AGAIN.get(name, 1.1)
    assert read["ROWBAND"] < share * read["GTiff"] + SLACK, read


@pytest.mark.parametrize("name", ["netCDF", "JP2OpenJPEG", "PNG", "HF2"])
def test_decoding_behind_our_back_has_no_amplification(tmp_path, name):
    if gdal.GetDriverByName(name) is None:
        pytest.skip(f"no {name} driver")
    path, reason = make_source(tmp_path, name, (700, 600))
    assert path is not None, reason
    for arguments in (None, CUT):
        with debug("ROWBAND") as lines:
            copy("ROWBAND", opened(path, arguments))
        said = [line for line in lines if "amplification" in line]
        assert len(said) == 1 and said[0].endswith("amplification not known"), lines


@pytest.mark.parametrize("name", ["R", "XYZ", "ZMap"])
def test_decoding_what_can_only_be_read_on_has_one_reader(tmp_path, name):
    path, reason = make_source(tmp_path, name, (700, 600))
    if path is None:
        pytest.skip(reason)
    for arguments in (None, CUT):
        with debug("ROWBAND") as lines:
            copy("ROWBAND", opened(path, arguments), "READ_THREADS=2")
        assert [
            line for line in lines if "each reader would read through" in line
        ], lines


@pytest.mark.parametrize("interleave", ["PIXEL", "BAND"])
@pytest.mark.parametrize("budget", ["1M", "64M"])
def test_decoding_strips_of_a_row_once_in_any_order_of_bands(
    tmp_path, interleave, budget
):
    path = tmp_path / "rows.tif"
    options = ["COMPRESS=DEFLATE", "BLOCKYSIZE=1", f"INTERLEAVE={interleave}"]
    gdal.GetDriverByName("GTiff").CreateCopy(
        str(path), template((3333, 119), 3, "Byte"), options=options
    )
    theirs = gdal.Open(str(path))
    source = opened(str(path), {"bandList": [3, 1]})
    # PROJ's database is read for the first copy.
    copy("ROWBAND", source)
    source = opened(str(path), {"bandList": [3, 1]})
    before = bytes_read()
    with debug("ROWBAND") as lines:
        made = copy("ROWBAND", source, f"BUDGET={budget}")
    assert bytes_read() - before < path.stat().st_size + SLACK / 4
    assert_same_pixels(made, gdal.Translate("", theirs, format="MEM", bandList=[3, 1]))
    assert any(line.endswith("amplification 1.00") for line in lines), lines


@pytest.mark.skipif(
    gdal.GetDriverByName("JP2OpenJPEG") is None, reason="no JPEG 2000 in this GDAL"
)
def test_decoding_is_not_led_astray_by_metadata(tmp_path):
    """GDAL 3.6 looks for how a JPEG 2000 file is stored in the file itself, and
    decodes from there if it has many bands."""
    path = str(tmp_path / "many.jp2")
    options = ["REVERSIBLE=YES", "QUALITY=100"]
    source = gdal.GetDriverByName("MEM").Create("", 3, 2, 257)
    source.WriteArray(numpy.arange(257 * 6).reshape(257, 2, 3) * 7 % 256)
    gdal.GetDriverByName("JP2OpenJPEG").CreateCopy(path, source, options=options)
    result = gdal.Translate(f"{tmp_path}/ours.tif", path, format="ROWBAND")
    assert result.ReadRaster() == source.ReadRaster()
