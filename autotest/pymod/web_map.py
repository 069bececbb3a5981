# SPDX-License-Identifier: MIT
"""Shows a COG in a web map as its users see it: OpenLayers and geotiff.js in
Chromium, which reads ranges of the file from a server. All of it on this machine."""

import base64
import contextlib
import functools
import json
import os
import re
import shutil
import signal
import subprocess
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from osgeo import gdal
from programs import TIMEOUT

ROOT = Path(__file__).resolve().parents[2]
# Where cmake/test.sh installs them.
PACKAGES = ROOT / "build/geotiff-js/node_modules"
FILES = {
    "/": (ROOT / "autotest/pymod/web_map.html", "text/html"),
    "/ol.js": (PACKAGES / "ol/dist/ol.js", "text/javascript"),
    "/geotiff.js": (PACKAGES / "geotiff/dist-browser/geotiff.js", "text/javascript"),
}
CHROMIUM = shutil.which("chromium")


def missing():
    """@return what a web map needs and is not here, as words, or None"""
    if CHROMIUM is None:
        return "no Chromium here"
    lacking = [str(path) for path, _ in FILES.values() if not path.exists()]
    return f"no {lacking[0]}: cmake/test.sh installs it" if lacking else None


needs_web_map = pytest.mark.skipif(missing() is not None, reason=str(missing()))


###############################################################################
# The server


class Handler(BaseHTTPRequestHandler):
    """Serves FILES, and ranges of what is in the server's `folder`: a request for
    a whole file there is refused, and written down like the others."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = self.path.partition("?")[0]
        if path in FILES:
            file, kind = FILES[path]
            self.answer(200, file.read_bytes(), {"Content-Type": kind})
        elif re.fullmatch(r"/\w+\.tif", path):
            self.answer_range((self.server.folder / path[1:]).read_bytes())
        else:
            self.answer(404, b"", {})

    def answer_range(self, data):
        asked = self.headers.get("Range", "")
        found = re.fullmatch(r"bytes=(\d+)-(\d+)", asked)
        if found is None:
            self.server.asked.append((asked, 0))
            self.answer(403, b"", {})
            return
        first, last = int(found[1]), min(int(found[2]), len(data) - 1)
        self.server.asked.append((asked, last + 1 - first))
        span = f"bytes {first}-{last}/{len(data)}"
        # So that every view of the file asks for what it needs.
        headers = {"Content-Range": span, "Cache-Control": "no-store"}
        self.answer(206, data[first : last + 1], headers)

    def answer(self, code, content, headers):
        self.send_response(code)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def served(folder):
    """@return the server; its `asked` has of each request for a file in `folder`
    the range, and how many bytes were sent"""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.folder, server.asked = Path(folder), []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


###############################################################################
# The browser


class Page:
    """One page of a Chromium that listens on its file descriptor 3 and answers on
    4: messages of its DevTools protocol, with a zero after each."""

    def __init__(self, process, log):
        self.process, self.log = process, log
        self.number, self.session = 0, None
        page = self.call("Target.createTarget", url="about:blank")
        attached = self.call("Target.attachToTarget", flatten=True, **page)
        self.session = attached["sessionId"]

    def message(self):
        said = bytearray()
        while not said.endswith(b"\0"):
            byte = self.process.stdout.read(1)
            assert byte, f"Chromium is no more: {self.log.read_text()[-2000:]}"
            said += byte
        return json.loads(said[:-1])

    def call(self, method, **parameters):
        """@return Chromium's answer; what it says besides is passed over"""
        self.number += 1
        call = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            call["sessionId"] = self.session
        # One that has ended is found out by the reader.
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps(call).encode() + b"\0")
            self.process.stdin.flush()
        while True:
            answer = self.message()
            if answer.get("id") == self.number:
                assert "error" not in answer, (method, answer)
                return answer["result"]

    def value_of(self, expression):
        """Of a promise, what it comes to."""
        result = self.call(
            "Runtime.evaluate",
            expression=expression,
            awaitPromise=True,
            returnByValue=True,
        )
        failed = result.get("exceptionDetails")
        assert failed is None, failed.get("exception", failed)
        return result["result"].get("value")


FLAGS = """--headless --disable-gpu --no-sandbox --remote-debugging-pipe
--enable-unsafe-swiftshader --disable-background-networking --disable-sync
--disable-component-update --disable-dev-shm-usage --no-first-run --hide-scrollbars
--force-color-profile=srgb --no-proxy-server""".split()
# Nobody else is spoken to, not even to ask for a newer Chromium.
FLAGS.append("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")


@contextlib.contextmanager
def chromium(folder):
    """Keeps its things in `folder`.
    @return a Page"""
    # Its standard input and output become the descriptors that it speaks on.
    shell = ["sh", "-c", 'exec "$@" 3<&0 4>&1 0</dev/null 1>&2', "sh"]
    log = Path(folder) / "chromium.log"
    with open(log, "wb") as said:
        process = subprocess.Popen(
            [*shell, CHROMIUM, *FLAGS, f"--user-data-dir={folder}/profile"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            start_new_session=True,
        )
    # It is several processes, and shall not wait for what does not come.
    end = functools.partial(os.killpg, process.pid, signal.SIGKILL)
    watch = threading.Timer(TIMEOUT, end)
    watch.start()
    try:
        yield Page(process, log)
    finally:
        watch.cancel()
        end()
        process.communicate()


###############################################################################
# The map


def pixels_of_png(png):
    """@return rows of pixels of red, green and blue"""
    name = f"/vsimem/{uuid.uuid4().hex}.png"
    gdal.FileFromMemBuffer(name, png)
    pixels = gdal.Open(name).ReadAsArray()
    gdal.Unlink(name)
    return np.moveaxis(pixels[:3], 0, -1).astype(int)


# Waits for the page's own scripts, and for what they wait for.
SHOWN = """new Promise((resolve) => {
    if (document.readyState === "complete") resolve();
    else addEventListener("load", resolve);
}).then(() => shown)"""


def seen_in_map(page, server, **view):
    """Shows `file` of the server's around `center`, with `resolution` units of its
    own CRS a pixel, `size` pixels large, before the colour `background`.
    @return the map's projection, and its pixels"""
    width, height = view["size"]
    page.call(
        "Emulation.setDeviceMetricsOverride",
        width=width,
        height=height,
        deviceScaleFactor=1,
        mobile=False,
    )
    host, port = server.server_address
    address = f"http://{host}:{port}/?{quote(json.dumps(view))}"
    went = page.call("Page.navigate", url=address)
    assert "errorText" not in went, went
    projection = page.value_of(SHOWN)
    png = page.call("Page.captureScreenshot", format="png")["data"]
    return projection, pixels_of_png(base64.b64decode(png))
