# SPDX-License-Identifier: MIT
"""An object store on this machine, with faults on demand: a proxy between GDAL and
s3_server.py, which counts requests by what they are for."""

import base64
import contextlib
import hmac
import http.client
import importlib.util
import re
import subprocess
import sys
import threading
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from osgeo import gdal
from programs import TIMEOUT

HOST = "127.0.0.1"
BUCKET = "bucket"
USER, PASSWORD = "test:tester", "testing"
ROOT = f"/vsis3/{BUCKET}"

needs_object_store = pytest.mark.skipif(
    importlib.util.find_spec("swift") is None,
    reason="no python3-swift here: cmake/install-dependencies.sh --tests installs it",
)

###############################################################################
# Requests and faults


class Request(NamedTuple):
    """What one is for, as in PURPOSES, and of which object."""

    purpose: str
    key: str


# By method, and the first word of the query that is there.
PURPOSES = {
    ("POST", "uploads"): "begin",
    ("PUT", "partNumber"): "part",
    ("POST", "uploadId"): "complete",
    ("DELETE", "uploadId"): "abort",
    ("PUT", ""): "put",
    ("DELETE", ""): "delete",
    ("GET", ""): "get",
    ("HEAD", ""): "head",
}
WORDS = ("uploads", "partNumber", "uploadId")


def request_of(method, path):
    parts = urlsplit(path)
    query = parse_qs(parts.query, keep_blank_values=True)
    bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
    word = next((word for word in WORDS if word in query), "")
    return Request(PURPOSES.get((method, word), "list") if key else "list", key)


REFUSED = b"""<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>InternalError</Code><Message>by order</Message></Error>"""


class Fault(NamedTuple):
    """What becomes of requests for `purpose`, those of them that are for keys with
    `word` in them: from the `first` one on, counted from 1, `count` of them.

    refuse: answered with 500, and not passed on
    cut: the connection ends without an answer, and they are not passed on
    lose: the same, but they are passed on, and done
    half: half of the answer, then the connection ends
    deny: answered with 200 that turns out to be an error, as Amazon's do
    hold: not answered until the proxy ends"""

    purpose: str
    what: str
    first: int = 1
    count: int = 1 << 30
    word: str = ""

    def hits(self, request, number):
        return (
            request.purpose == self.purpose
            and self.word in request.key
            and self.first <= number < self.first + self.count
        )


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Its own, in place of one more packet that waits for an acknowledgement.
    disable_nagle_algorithm = True

    def handle_one(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        what = self.server.proxy.what_becomes_of(request_of(self.command, self.path))
        if what in ("refuse", "deny"):
            self.answer(500 if what == "refuse" else 200, {}, REFUSED)
        elif what in ("cut", "hold"):
            if what == "hold":
                self.server.proxy.ended.wait(TIMEOUT)
            self.close_connection = True
        else:
            self.pass_on(body, what)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_one

    def pass_on(self, body, what):
        connection = http.client.HTTPConnection(HOST, self.server.proxy.port)
        with contextlib.closing(connection):
            # As they are, or what is signed is not what is asked for.
            connection.putrequest(self.command, self.path, True, True)
            for name, value in self.headers.items():
                if name.lower() != "expect":
                    connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            content = answer.read()
        if what == "lose":
            self.close_connection = True
        else:
            self.answer(answer.status, dict(answer.getheaders()), content, what)

    def answer(self, code, headers, content, what=None):
        self.send_response_only(code)
        # The length of what a HEAD is about is not that of its answer.
        length = headers.pop("Content-Length", None) or len(content)
        headers.pop("Transfer-Encoding", None)
        headers.pop("Connection", None)
        for name, value in {**headers, "Content-Length": length}.items():
            self.send_header(name, str(value))
        self.end_headers()
        if what == "half":
            content = content[: len(content) // 2]
            self.close_connection = True
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """Who is killed while it is answered takes no answer."""


class Proxy:
    """`asked` has all requests; `faults` may be changed at any time."""

    def __init__(self, port):
        self.port = port
        self.asked, self.faults = [], []
        self.ended = threading.Event()
        self.lock = threading.Lock()

    def what_becomes_of(self, request):
        with self.lock:
            self.asked.append(request)
            for fault in self.faults:
                like = [
                    one
                    for one in self.asked
                    if one.purpose == fault.purpose and fault.word in one.key
                ]
                if fault.hits(request, len(like)):
                    return fault.what
        return None

    def count(self, purpose, word=""):
        return sum(one.purpose == purpose and word in one.key for one in self.asked)


###############################################################################
# The store


def config_of(port):
    """How GDAL finds it."""
    return {
        "AWS_S3_ENDPOINT": f"{HOST}:{port}",
        "AWS_HTTPS": "NO",
        "AWS_VIRTUAL_HOSTING": "FALSE",
        "AWS_ACCESS_KEY_ID": USER,
        "AWS_SECRET_ACCESS_KEY": PASSWORD,
        "AWS_REGION": "us-east-1",
        "GDAL_HTTP_RETRY_DELAY": "0.01",
        # Nobody else's store is asked by mistake.
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/nonexistent",
        "CPL_AWS_CREDENTIALS_FILE": "/nonexistent",
    }


@contextlib.contextmanager
def running_store(folder):
    """@return the port of one that keeps its objects in `folder`"""
    program = Path(__file__).with_name("s3_server.py")
    log = Path(folder) / "log"
    with open(log, "wb") as said:
        process = subprocess.Popen(
            [sys.executable, str(program), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
        )
    watch = threading.Timer(TIMEOUT, process.kill)
    watch.start()
    try:
        line = process.stdout.readline()
        assert line, f"the store did not begin: {log.read_text()}"
        yield int(line)
    finally:
        watch.cancel()
        process.kill()
        process.communicate()


@contextlib.contextmanager
def configured(values):
    before = {name: gdal.GetConfigOption(name) for name in values}
    for name, value in values.items():
        gdal.SetConfigOption(name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            gdal.SetConfigOption(name, value)


@contextlib.contextmanager
def proxied(port):
    """GDAL finds the store through it.
    @return a Proxy, which has `port` and `config` of its own"""
    proxy = Proxy(port)
    server = Server((HOST, 0), Handler)
    server.proxy = proxy
    proxy.address = f"http://{HOST}:{server.server_port}"
    proxy.config = config_of(server.server_port)
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    try:
        with configured(proxy.config):
            gdal.VSICurlClearCache()
            yield proxy
    finally:
        gdal.VSICurlClearCache()
        proxy.ended.set()
        server.shutdown()
        thread.join()
        server.server_close()


def pending(proxy):
    """@return the keys of uploads that are neither completed nor aborted"""
    resource, date = f"/{BUCKET}?uploads", formatdate(usegmt=True)
    signed = f"GET\n\ntext/plain\n{date}\n{resource}".encode()
    digest = hmac.digest(PASSWORD.encode(), signed, "sha1")
    headers = {"Date": date, "Content-Type": "text/plain"}
    headers["Authorization"] = f"AWS {USER}:{base64.b64encode(digest).decode()}"
    connection = http.client.HTTPConnection(HOST, proxy.port, timeout=TIMEOUT)
    with contextlib.closing(connection):
        connection.request("GET", resource, headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode()
    assert answer.status == 200, text
    return re.findall(r"<Key>(.*?)</Key>", text)


def objects():
    """@return the names of all objects"""
    gdal.VSICurlClearCache()
    return sorted(set(gdal.ReadDir(ROOT) or []) - {"."})
