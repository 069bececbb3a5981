# SPDX-License-Identifier: MIT
"""Runs cases of random_translate.py, or of a program like it, in processes that may
die of them."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FOLDER = Path(__file__).parent
TRANSLATE, CREATE = "random_translate.py", "random_create.py"
# A case takes milliseconds; what takes this long hangs, also on a busy machine.
QUIET_S = 60

# Nothing to find: pixels are GTiff's, or GDAL's own cause is proven.
GOOD = (
    "same",
    "refused",
    "unopened",
    "GTiff's own depends on its windows",
    "GDAL leaves pixels unset",
    "GTiff fails by itself",
    "later GDAL's own depends on its windows",
)


class Found:
    """A case that came out otherwise, and how to see it again."""

    def __init__(self, program, seed, kind, outcome, said, case):
        self.program, self.seed, self.kind, self.outcome = program, seed, kind, outcome
        self.said, self.case = said, case

    def __str__(self):
        case = self.case or {}
        command = [f"python3 autotest/pymod/{self.program} {self.seed} 1"]
        command += [f"'{self.kind}'"] if self.kind else []
        return "\n".join(
            [
                f"seed {self.seed}: {self.outcome}",
                *[f"    {key}: {value}" for key, value in case.items()],
                *[f"    {line}" for line in self.said],
                "    again: " + " ".join(command),
            ]
        )


class Batch:
    """What came of a run of seeds."""

    def __init__(self, program):
        self.program = program
        self.count = 0
        self.found = []

    def add(self, told, case, kind):
        self.count += 1
        if told["outcome"] not in GOOD:
            self.find(told["seed"], kind, told["outcome"], told.get("said", []), case)

    def find(self, *what):
        self.found.append(Found(self.program, *what))


def lines_of(text):
    """What the process told; its last line may be cut."""
    for line in text.splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            return


def wait_while_it_tells(process, told):
    """Ends a process that has said nothing for long.
    @param told the file it tells to
    @return how it ended"""
    size, since = 0, time.monotonic()
    while process.poll() is None:
        now = os.fstat(told.fileno()).st_size
        if now != size:
            size, since = now, time.monotonic()
        if time.monotonic() - since > QUIET_S:
            process.kill()
            process.wait()
            return "hung"
        time.sleep(0.05)
    return process.returncode


def run_process(program, first, count, kind):
    """@return how it ended, what it told, what it said besides"""
    words = [sys.executable, str(FOLDER / program), str(first), str(count)]
    words += [kind] if kind else []
    with tempfile.TemporaryFile("w+") as told, tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(words, stdout=told, stderr=said, text=True)
        ended = wait_while_it_tells(process, told)
        told.seek(0)
        said.seek(0)
        return ended, list(lines_of(told.read())), said.read()


def add_told(batch, lines, kind):
    """@return the seed that the process was at last, what it was doing, and the
    case"""
    seed = doing = case = None
    for told in lines:
        if "seed" in told:
            seed, doing = told["seed"], told.get("doing", doing)
        if "case" in told:
            case = told["case"]
        if "outcome" in told:
            batch.add(told, case, kind)
            case = doing = None
        doing = told.get("doing", doing)
    return seed, doing, case


def run_seeds(first, count, kind=None, program=TRANSLATE):
    """Runs them, in as many processes as it takes. What GDAL dies of without
    ROWBAND is no finding."""
    batch, after = Batch(program), first + count
    while first < after:
        status, lines, said = run_process(program, first, after - first, kind)
        seed, doing, case = add_told(batch, lines, kind)
        if status == 0:
            break
        assert seed is not None and doing is not None, f"ended with {status}: {said}"
        if doing == "ROWBAND" or status == 1:
            told = [*said.splitlines()[-5:], f"ended with {status} in {doing}"]
            batch.find(seed, kind, "died", told, case)
        first = seed + 1
    return batch
