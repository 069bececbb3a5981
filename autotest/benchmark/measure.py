# SPDX-License-Identifier: MIT
"""Runs a command and says what it took.

The process that does this stays small and never imports numpy or GDAL: Linux
counts what a process held before exec() in its child's peak memory.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass

PATIENCE_S = 3600  # then a command counts as hung


@dataclass(frozen=True)
class Run:
    wall: float  # seconds
    cpu: float
    peak: int  # bytes, resident
    nbytes: int  # of the output
    decodes: float | None = None  # of a block, where the source counts


def text_of(file):
    file.seek(0)
    return file.read()


def wait(process):
    """Returns the resources that it used."""
    timer = threading.Timer(PATIENCE_S, process.kill)
    timer.start()
    _, status, usage = os.wait4(process.pid, 0)
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage


def amplification(errors):
    """Decodes per block, if the spy was read."""
    found = re.search(r"^SPY report: .* decodes=(\d+) distinct=(\d+)", errors, re.M)
    return int(found[1]) / max(int(found[2]), 1) if found else None


def pass_on(errors):
    for line in errors.splitlines():
        if not line.startswith("SPY report: "):
            print(line, file=sys.stderr)


def run(command, environment, target, verbose=False):
    """A Run. A command that writes wall=, cpu= and nbytes= to its standard
    output has measured a part of itself, and that is what counts."""
    if verbose:
        settings = [f"{key}={value}" for key, value in environment.items()]
        print(shlex.join([*settings, *command]), file=sys.stderr)
    target.unlink(missing_ok=True)
    os.sync()
    environment = {**os.environ, "SPY_REPORT": "YES", **environment}
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as error:
        start = time.monotonic()
        process = subprocess.Popen(
            command, env=environment, stdout=output, stderr=error
        )
        usage = wait(process)
        wall = time.monotonic() - start
        errors = text_of(error)
        said = dict(re.findall(r"\b(wall|cpu|nbytes)=([0-9.]+)", text_of(output)))
    pass_on(errors)
    if process.returncode != 0:
        failed = shlex.join(command)
        sys.exit(f"measure.py: exit status {process.returncode} of {failed}")
    return Run(
        wall=float(said.get("wall", wall)),
        cpu=float(said.get("cpu", usage.ru_utime + usage.ru_stime)),
        peak=usage.ru_maxrss * 1024,
        nbytes=int(said.get("nbytes", target.stat().st_size if target.exists() else 0)),
        decodes=amplification(errors),
    )
