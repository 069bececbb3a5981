# SPDX-License-Identifier: MIT
"""Files that are broken on purpose, and copies of them in a process that may
die of it."""

import json
import re
import signal
import subprocess
import zlib

from faults import limits, python_command

# What the process may hold: several times what it needs, and far less than what
# a broken file can ask for.
MEMORY_NBYTES = 6 << 30


###############################################################################
# Mutations


def truncated(data, random):
    return data[: random.randrange(1, len(data))]


def bits_flipped(data, random, begin=0, end=None):
    out = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 8))):
        at = random.randrange(begin, min(len(out), end or len(out)))
        out[at] ^= 1 << random.randrange(8)
    return bytes(out)


def head_flipped(data, random):
    return bits_flipped(data, random, 4, 400)


def tail_flipped(data, random):
    return bits_flipped(data, random, max(0, len(data) - 600))


def run_overwritten(data, random):
    out = bytearray(data)
    nbytes = random.choice((1, 4, 16, 100))
    at = random.randrange(len(out))
    value = random.choice((b"\0", b"\xff", b"\x7f", bytes([random.randrange(256)])))
    part = out[at : at + nbytes]
    out[at : at + nbytes] = value * len(part)
    return bytes(out)


def number_set(data, random):
    """Two or four bytes become a number at the edge of what they can be."""
    out = bytearray(data)
    nbytes = random.choice((2, 4))
    top = 1 << (8 * nbytes)
    number = random.choice((0, 1, top - 1, top // 2, top // 2 - 1, 65536 % top))
    at = random.choice((random.randrange(len(out)), random.randrange(4, 300)))
    order = random.choice(("little", "big"))
    part = number.to_bytes(nbytes, order)
    out[at : at + nbytes] = part[: len(out) - at]
    return bytes(out)


BINARY = (
    truncated,
    bits_flipped,
    head_flipped,
    tail_flipped,
    run_overwritten,
    number_set,
)

HOSTILE_NUMBERS = "0 -1 1 2 0.5 -0.5 1e-300 1e300 nan inf -inf 1e9 65536 2147483647"
HOSTILE_NUMBERS += " 2147483648 -2147483648 4294967296 9223372036854775807 1e30 x"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
ELEMENT = re.compile(r"<(\w+)[^<>]*?(?:/>|>[^<>]*</\1>)")


def numbers_replaced(text, random):
    for _ in range(random.choice((1, 1, 2, 4))):
        found = random.choice(list(NUMBER.finditer(text)))
        value = random.choice(HOSTILE_NUMBERS.split())
        text = text[: found.start()] + value + text[found.end() :]
    return text


def element_dropped(text, random):
    found = random.choice(list(ELEMENT.finditer(text)))
    return text[: found.start()] + text[found.end() :]


def element_doubled(text, random):
    found = random.choice(list(ELEMENT.finditer(text)))
    return text[: found.end()] + found.group() + text[found.end() :]


def elements_swapped(text, random):
    first, second = sorted(
        random.sample(list(ELEMENT.finditer(text)), 2), key=lambda found: found.start()
    )
    between = text[first.end() : second.start()]
    swapped = second.group() + between + first.group()
    return text[: first.start()] + swapped + text[second.end() :]


TEXT = (
    numbers_replaced,
    numbers_replaced,
    numbers_replaced,
    element_dropped,
    element_doubled,
    elements_swapped,
)


PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def with_right_checksums(png):
    """So that what is broken is looked at at all."""
    out, at = bytearray(png), len(PNG_SIGNATURE)
    while at + 12 <= len(out):
        end = at + 8 + int.from_bytes(out[at : at + 4], "big")
        if end + 4 > len(out):
            break
        out[end : end + 4] = zlib.crc32(out[at + 4 : end]).to_bytes(4, "big")
        at = end + 4
    return bytes(out)


def mutated(data, random, is_text):
    if is_text and random.random() < 0.8:
        return random.choice(TEXT)(data.decode(), random).encode()
    broken = random.choice(BINARY)(data, random)
    if is_text:
        # Python cannot be told of names that are no text.
        return bytes(byte & 0x7F for byte in broken)
    if data.startswith(PNG_SIGNATURE) and random.random() < 0.7:
        return with_right_checksums(broken)
    return broken


###############################################################################
# Copies


class Outcome:
    """What came of one job of copy_both.py."""

    def __init__(self, job, outcome, said):
        self.name, self.options = job
        self.outcome, self.said = outcome, said

    def count(self, fault):
        what = f"{self.name} {self.options}: {self.said}"
        if self.outcome == "unopened":
            return
        fault.provoked()
        if self.outcome == "crash":
            fault.crash(what)
        elif self.outcome == "wrong":
            fault.find_wrong(what)
        elif self.outcome == "lost":
            fault.lose(what)
        elif self.outcome == "complaint":
            fault.complain(what)


def end_of(status, doing, said):
    """Of a process that did not come to its end."""
    name = signal.Signals(-status).name if status < 0 else status
    outcome = "crash" if doing == "ROWBAND" and status < 0 else "unopened"
    assert status < 0 or "MemoryError" in said, f"ended with {status}: {said}"
    return outcome, [f"{doing} ended by {name}: {said[-2000:]}"]


def run_once(jobs, folder, patience_s):
    """Runs jobs until the last, or until one is the death of the process.
    @return outcomes; the jobs after them have not been run"""
    ended = subprocess.run(
        list(map(str, python_command("copy_both", folder, patience_s))),
        input="".join(json.dumps(job) + "\n" for job in jobs),
        capture_output=True,
        text=True,
        errors="replace",
        preexec_fn=limits(memory_nbytes=MEMORY_NBYTES),
    )
    outcomes, doing = [], "start"
    for line in ended.stdout.splitlines():
        told = json.loads(line)
        doing = told.get("doing", "between")
        if "outcome" in told:
            job = jobs[told["job"]]
            outcomes.append(Outcome(job, told["outcome"], told["said"]))
    if ended.returncode != 0:
        # Not a job's doing: the tests' own.
        met = f"ended with {ended.returncode} while {doing}: {ended.stderr}"
        assert len(outcomes) < len(jobs) and doing != "start", met
        job = jobs[len(outcomes)]
        outcomes.append(Outcome(job, *end_of(ended.returncode, doing, ended.stderr)))
    else:
        assert len(outcomes) == len(jobs), ended.stderr
    return outcomes


def run_jobs(jobs, folder, patience_s):
    """@param folder of targets, empty
    @param patience_s a copy that takes longer is cancelled
    @return an Outcome for each job"""
    outcomes = []
    while len(outcomes) < len(jobs):
        outcomes += run_once(jobs[len(outcomes) :], folder, patience_s)
        for path in folder.iterdir():
            path.unlink()
    return outcomes
