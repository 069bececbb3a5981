# SPDX-License-Identifier: MIT
"""Runs cases of random_translate.py in processes that may die of them."""

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).with_name("random_translate.py")
# A case takes milliseconds; what takes this long hangs, also on a busy machine.
CASE_S, START_S = 20, 60

# Nothing to find: pixels are GTiff's, or GDAL's own cause is proven.
GOOD = (
    "same",
    "refused",
    "unopened",
    "GTiff's own depends on its windows",
    "GDAL leaves pixels unset",
)


class Found:
    """A case that came out otherwise, and how to see it again."""

    def __init__(self, seed, kind, outcome, said, case):
        self.seed, self.kind, self.outcome = seed, kind, outcome
        self.said, self.case = said, case

    def __str__(self):
        case = self.case or {}
        command = [f"python3 autotest/pymod/random_translate.py {self.seed} 1"]
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

    def __init__(self):
        self.count = 0
        self.found = []

    def add(self, told, case, kind):
        self.count += 1
        if told["outcome"] not in GOOD:
            said = told.get("said", [])
            self.found.append(Found(told["seed"], kind, told["outcome"], said, case))


def lines_of(text):
    """What the process told; its last line may be cut."""
    for line in text.splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            return


def run_process(first, count, kind):
    """@return how it ended, what it told, what it said besides"""
    words = [sys.executable, str(SCRIPT), str(first), str(count)]
    words += [kind] if kind else []
    limit = START_S + CASE_S * count
    try:
        ended = subprocess.run(words, capture_output=True, text=True, timeout=limit)
        return ended.returncode, list(lines_of(ended.stdout)), ended.stderr
    except subprocess.TimeoutExpired as late:
        return "hung", list(lines_of((late.stdout or b"").decode())), ""


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


def run_seeds(first, count, kind=None):
    """Runs them, in as many processes as it takes. What GDAL dies of without
    ROWBAND is no finding."""
    batch, after = Batch(), first + count
    while first < after:
        status, lines, said = run_process(first, after - first, kind)
        seed, doing, case = add_told(batch, lines, kind)
        if status == 0:
            break
        assert seed is not None and doing is not None, f"ended with {status}: {said}"
        if doing == "ROWBAND" or status == 1:
            told = [*said.splitlines()[-5:], f"ended with {status} in {doing}"]
            batch.found.append(Found(seed, kind, "died", told, case))
        first = seed + 1
    return batch
