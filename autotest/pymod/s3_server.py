# SPDX-License-Identifier: MIT
"""An object store that speaks S3: OpenStack Swift, of Debian's python3-swift, as one
process on this machine's own network.

usage: s3_server.py FOLDER
Keeps everything in FOLDER, and prints the port once it listens. It ends when its
standard input does."""

import os
import sys
from array import array
from pathlib import Path

import eventlet

eventlet.monkey_patch(thread=False)

from eventlet import tpool, wsgi  # noqa: E402
from swift.common import db, storage_policy, utils  # noqa: E402
from swift.common.ring.ring import RingData  # noqa: E402
from swift.common.wsgi import NullLogger, loadapp  # noqa: E402

# What is kept need not outlive this process.
os.fsync = os.fdatasync = lambda _: None
connect = db.get_db_connection


def connect_without_waiting(*arguments, **named):
    connection = connect(*arguments, **named)
    connection.execute("PRAGMA synchronous = OFF")
    return connection


db.get_db_connection = connect_without_waiting

HOST = "127.0.0.1"
FOLDER = Path(sys.argv[1])

SWIFT_CONF = """[swift-hash]
swift_hash_path_suffix = rowband
[storage-policy:0]
name = only
default = yes
"""

# What one of the three servers below the proxy is made of.
SERVER_CONF = """[DEFAULT]
devices = {folder}/devices
swift_dir = {folder}
mount_check = false
bind_ip = 127.0.0.1
log_level = CRITICAL
fallocate_reserve = 0
[app:main]
use = egg:swift#{kind}
"""

PROXY_CONF = """[DEFAULT]
swift_dir = {folder}
bind_ip = 127.0.0.1
log_level = CRITICAL
[pipeline:main]
pipeline = catch_errors gatekeeper listing_formats s3api tempauth slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
# As little as tests want to write in parts; Amazon's has 5 MB.
min_segment_size = 1
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:slo]
use = egg:swift#slo
yield_frequency = 10
[filter:dlo]
use = egg:swift#dlo
"""


class Forgetful:
    """What Swift asks for what it knows already, and must have."""

    def get(self, *_, **__):
        return None

    def set(self, *_, **__):
        pass

    delete = set


def remembering_nothing(app):
    def wrapped(environment, start_response):
        environment["swift.cache"] = Forgetful()
        return app(environment, start_response)

    return wrapped


def listen():
    return eventlet.listen((HOST, 0), backlog=128)


def write_ring(name, port):
    """One device, which has everything, at that port."""
    device = {"id": 0, "region": 1, "zone": 1, "device": "disk", "weight": 1.0}
    device |= {"ip": HOST, "port": port, "meta": ""}
    device |= {"replication_ip": HOST, "replication_port": port}
    RingData([array("H", [0, 0])], [device], 31).save(f"{FOLDER}/{name}.ring.gz")


def load(name, text, **values):
    path = FOLDER / f"{name}.conf"
    path.write_text(text.format(folder=FOLDER, **values))
    return loadapp(str(path), {"log_name": name})


def serve(socket, app):
    eventlet.spawn(wsgi.server, socket, app, log=NullLogger(), socket_timeout=60)


def main():
    (FOLDER / "devices/disk").mkdir(parents=True)
    (FOLDER / "swift.conf").write_text(SWIFT_CONF)
    utils.set_swift_dir(str(FOLDER))
    storage_policy.reload_storage_policies()
    os.chdir(FOLDER)  # where rings are saved, whatever their names say
    for kind in ("account", "container", "object"):
        socket = listen()
        write_ring(kind, socket.getsockname()[1])
        serve(socket, load(kind, SERVER_CONF, kind=kind))
    socket = listen()
    serve(socket, remembering_nothing(load("proxy", PROXY_CONF)))
    print(socket.getsockname()[1], flush=True)
    # Greenlets go on while a thread waits.
    tpool.execute(sys.stdin.read)


main()
