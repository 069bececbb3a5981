#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""LOSSLESS_COPY of files that are far away, and what others than GDAL say of files
whose tiles were copied."""

import contextlib
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cog_compare import complaints
from cog_sources import with_mask
from gtiff_compare import tool_complaints
from lossless import Counts, copy, failure, masked, pixels_and_masks, written
from osgeo import gdal
from sources import colour, make_source
from stored import read_bytes

TILES = ("TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64")


@contextlib.contextmanager
def served(data):
    """@return the URL's name to GDAL, and what ranges were asked for"""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.answer(200, data, body=False)

        def do_GET(self):
            found = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
            if self.path != "/in.tif":
                self.answer(404, b"", True)
            elif found is None:
                self.answer(200, data)
            else:
                first, last = int(found[1]), min(int(found[2]), len(data) - 1)
                asked.append((first, last))
                self.answer(206, data[first : last + 1], span=(first, last))

        def answer(self, code, content, body=True, span=None):
            self.send_response(code if self.path == "/in.tif" else 404)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Accept-Ranges", "bytes")
            if span is not None:
                self.send_header(
                    "Content-Range", f"bytes {span[0]}-{span[1]}/{len(data)}"
                )
            self.end_headers()
            if body:
                self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"/vsicurl/http://127.0.0.1:{server.server_port}/in.tif", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        gdal.VSICurlClearCache()


def large(folder, *options):
    source = colour(make_source(2000, 1500, 3))
    return written(f"{folder}/in.tif", source, "COMPRESS=DEFLATE", *TILES, *options)


def test_remote_file_is_read_in_large_ranges(tmp_path):
    given = large(tmp_path)
    data = read_bytes(f"{tmp_path}/in.tif")
    with served(data) as (name, asked):
        remote = gdal.Open(name)
        made, counts = copy(f"{tmp_path}/out.tif", remote, *TILES)
        remote = None
    assert counts == Counts(32 * 24, 0, 0)
    assert pixels_and_masks(made) == pixels_and_masks(given)
    # 4 MB and more of tiles: a request a megabyte, and a few for directories.
    assert len(data) > 4 << 20
    assert len(asked) < len(data) // (1 << 20) + 40
    assert sum(last - first + 1 for first, last in asked) < 1.3 * len(data)


def test_remote_file_that_is_cut_short(tmp_path):
    large(tmp_path)
    data = read_bytes(f"{tmp_path}/in.tif")[:-5000]
    with served(data) as (name, _):
        text = failure(f"{tmp_path}/out.tif", gdal.Open(name), *TILES)
    assert name in text and "the file has" in text


@pytest.mark.parametrize(
    "options",
    (
        ("OVERVIEWS=NONE",),
        (),
        ("STATISTICS=YES", "RESAMPLING=NEAREST"),
        ("BIGTIFF=YES",),
    ),
)
def test_cog_of_copied_tiles_is_valid(tmp_path, options):
    given = masked(tmp_path)
    path = f"{tmp_path}/out.tif"
    made, counts = copy(path, given, "LAYOUT=COG", "BLOCKSIZE=64", *options)
    made = None
    assert counts.copied == 40
    assert complaints(path) == []
    assert tool_complaints(path) == []


@pytest.mark.parametrize(
    "codec", ("DEFLATE", "LZW", "ZSTD", "LERC", "JPEG", "PACKBITS")
)
def test_tools_of_libtiff_read_copied_tiles(tmp_path, codec):
    source = with_mask(colour(make_source(300, 200, 3)))
    given = written(f"{tmp_path}/in.tif", source, f"COMPRESS={codec}", *TILES)
    path = f"{tmp_path}/out.tif"
    made, counts = copy(path, given, "LOSSLESS_COPY=YES")
    made = None
    assert counts == Counts(40, 0, 0)
    assert tool_complaints(path) == tool_complaints(f"{tmp_path}/in.tif")
