# SPDX-License-Identifier: MIT
"""How far a copy is: all parts, and the merge."""

import sys
import threading

# Of the whole, which the merge takes.
MERGE = 0.05
WIDTH = 40


class Progress:
    """Calls show(fraction, words) when there is news, from whatever thread."""

    def __init__(self, count, show):
        self.count = count
        self.show = show or (lambda fraction, words: None)
        self.fractions = {}
        self.finished = 0
        self.lock = threading.Lock()

    def part(self, number, fraction):
        with self.lock:
            if self.fractions.get(number, 0) < 1:
                self.fractions[number] = fraction
            self.tell()

    def part_finished(self, number):
        with self.lock:
            self.fractions[number] = 1
            self.finished += 1
            self.tell()

    def tell(self):
        done = sum(self.fractions.values()) / self.count
        self.show(done * (1 - MERGE), f"{self.finished} of {self.count} parts")

    def merging(self, fraction):
        self.show(1 - MERGE + MERGE * fraction, "merging")


class Bar:
    """A line on a terminal; in a file, a line for each ten percent."""

    def __init__(self, stream=None):
        self.stream = stream or sys.stderr
        self.live = self.stream.isatty()
        self.last = None

    def __call__(self, fraction, words):
        percent = int(100 * fraction + 1e-9)
        step = (percent, words) if self.live else percent // 10
        if step == self.last:
            return
        self.last = step
        hashes = "#" * (WIDTH * percent // 100)
        begin, end = ("\r", "") if self.live else ("", "\n")
        line = f"[{hashes:<{WIDTH}}] {percent:3d} %  {words:<24}"
        self.stream.write(begin + line.rstrip() + end)
        self.stream.flush()

    def close(self):
        if self.live and self.last is not None:
            self.stream.write("\n")
