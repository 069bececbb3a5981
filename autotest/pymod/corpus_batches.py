# SPDX-License-Identifier: MIT
"""Runs corpus_compare.py in processes that may die of the files they open.

usage: corpus_batches.py FOLDER...        all rasters in them, all command lines
"""

import collections
import dataclasses
import json
import subprocess
import sys
from pathlib import Path

from corpus_lines import LINES

SCRIPT = Path(__file__).with_name("corpus_compare.py")


@dataclasses.dataclass
class Outcome:
    """What came of a raster, or of a line on it.
    @param outcome also "died", in what it was doing"""

    raster: str
    outcome: str
    said: list
    line: int = None
    driver: str = None
    doing: str = None

    def is_finding(self):
        if self.outcome == "died":
            # What GDAL itself dies of with any driver is none.
            return self.doing in ("ROWBAND", "compare")
        return self.outcome == "differs"

    def __str__(self):
        words = [self.raster, self.outcome, self.doing or ""]
        words += [str(LINES[self.line])] if self.line is not None else []
        return "\n    ".join([" ".join(words), *self.said])


def told_by(command, jobs):
    """Runs it on the jobs.
    @return what it told, None at the end of one that died"""
    text = "".join(json.dumps(job) + "\n" for job in jobs)
    ended = subprocess.run(
        [sys.executable, str(SCRIPT), command],
        input=text,
        capture_output=True,
        text=True,
        errors="replace",
    )
    told = [json.loads(line) for line in ended.stdout.splitlines() if line[:1] == "{"]
    if ended.returncode > 0:
        raise RuntimeError(f"{told[-1:]}: {ended.stderr[-3000:]}")
    return told, ended.returncode == 0


def outcomes_of(told, whole):
    """@return those of what was told; the last is of what died, if anything did"""
    found, doing = [], {}
    for one in told:
        doing.update(
            {key: one[key] for key in ("raster", "line", "doing") if key in one}
        )
        if "outcome" in one:
            known = {field.name for field in dataclasses.fields(Outcome)}
            found.append(Outcome(**{key: one[key] for key in one if key in known}))
    if not whole:
        found.append(Outcome(outcome="died", said=[], **doing))
    return found


def rasters_in(folders):
    """@return an Outcome for each file, or subdataset, that GDAL opens"""
    names = [
        str(path) for folder in folders for path in sorted(Path(folder).rglob("*"))
    ]
    names = [name for name in names if Path(name).is_file()]
    found = []
    while names:
        told, whole = told_by("find", names)
        found += outcomes_of(told, whole)
        done = {one["raster"] for one in told}
        names = [name for name in names if name not in done]
    return [one for one in found if one.outcome != "no raster"]


def left_of(jobs, found):
    """@return what remains of the jobs after those outcomes"""
    done = {(one.raster, one.line) for one in found}
    dead = {one.raster for one in found if one.line is None}
    left = [
        [raster, *[line for line in lines if (raster, line) not in done]]
        for raster, *lines in jobs
        if raster not in dead
    ]
    return [job for job in left if len(job) > 1]


def run_jobs(jobs):
    """@param jobs each a raster and numbers of lines
    @return an Outcome for each line"""
    found = []
    while jobs:
        some = outcomes_of(*told_by("lines", jobs))
        found += some
        jobs = left_of(jobs, some)
    return found


def main():
    count = collections.Counter()
    for one in rasters_in(sys.argv[1:]):
        count[one.outcome] += 1
        if one.outcome == "raster":
            for outcome in run_jobs([[one.raster, *range(len(LINES))]]):
                count[outcome.outcome] += 1
                if outcome.is_finding():
                    print(outcome, flush=True)
        else:
            print(one, flush=True)
    print(dict(count))


if __name__ == "__main__":
    main()
