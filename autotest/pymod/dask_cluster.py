# SPDX-License-Identifier: MIT
"""A scheduler and workers, processes each, which talk over TCP on the loopback
interface."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import dask_faults
import distributed

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = str(ROOT / "driver/python")
STARTS_WITHIN = 120  # seconds, on a machine that is busy with much else

# What dask's own programs do under other names in each version.
SCHEDULER = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
WORKER = [sys.executable, "-m", "distributed.cli.dask_worker"]


def environment(notes, **more):
    """Of a process that has the package, the driver and these modules."""
    paths = [PACKAGE, str(Path(__file__).parent), os.environ.get("PYTHONPATH")]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "PYTHONWARNINGS": "ignore",
        "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "5s",
        "DASK_LOGGING__DISTRIBUTED": "critical",
        dask_faults.FOLDER: str(notes),
        **more,
    }


class Cluster:
    """@member notes folder of dask_faults"""

    def __init__(self, folder):
        self.folder, self.notes = Path(folder), Path(folder) / "notes"
        self.notes.mkdir(parents=True)
        self.file = self.folder / "scheduler.json"
        self.workers = []
        command = [*SCHEDULER, "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
        self.scheduler = self.start([*command, "--scheduler-file", str(self.file)])
        self.address = self.read_address()

    def start(self, command, **more):
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=environment(self.notes, **more),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def read_address(self):
        end = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < end and self.scheduler.poll() is None:
            try:
                return json.loads(self.file.read_text())["address"]
            except (FileNotFoundError, ValueError):
                time.sleep(0.05)
        raise RuntimeError("the scheduler does not start")

    def add_workers(self, count, **more):
        command = [*WORKER, self.address, "--nthreads", "1", "--no-nanny"]
        command += ["--no-dashboard", "--preload", "dask_faults"]
        command += ["--local-directory", str(self.folder / "dask")]
        self.workers += [self.start(command, **more) for _ in range(count)]

    def have_workers(self, count):
        """Starts those that are missing, or ends some, and waits until the scheduler
        knows; forgets notes and orders."""
        self.workers = [worker for worker in self.workers if worker.poll() is None]
        self.add_workers(count - len(self.workers))
        for worker in self.workers[count:]:
            worker.kill()
        self.wait_for(count)
        for file in self.notes.iterdir():
            file.unlink()

    def wait_for(self, count):
        """Until the scheduler knows of so many workers."""
        end = time.monotonic() + STARTS_WITHIN
        with distributed.Client(self.address, set_as_default=False) as client:
            while len(client.nthreads()) != count and time.monotonic() < end:
                time.sleep(0.02)

    def noted(self, what):
        return dask_faults.notes(self.notes, what)

    def stop(self):
        for process in [*self.workers, self.scheduler]:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait()
