#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""Random sequences of calls on datasets of Create(): each call returns what GTiff's
does, and the file says, when it is closed, what GTiff's says: pixels, masks,
overviews and theirs, metadata of all domains, nodata, colours, attribute tables,
histograms, statistics, GCPs, CRS and sidecars. LAYOUT=COG too.

    python3 autotest/pymod/random_create.py FIRST COUNT

runs some of them. Left out is what ends GTiff itself, or fails there for no reason of
the calls."""

import os

import pytest
from random_batches import CREATE, run_seeds

# ROWBAND_RANDOM_FIRST=N runs others.
FIRST = int(os.environ.get("ROWBAND_RANDOM_FIRST", "0"))
PARTS, QUICK_CASES, CASES, LONG_CASES = 4, 60, 100, 2500


def assert_nothing_found(first, count):
    batch = run_seeds(first, count, program=CREATE)
    assert batch.found == [], "\n\n".join(str(one) for one in batch.found[:5])
    assert batch.count >= 0.95 * count


def test_some_sequences():
    assert_nothing_found(FIRST, QUICK_CASES)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_many_sequences(part, times):
    count = times(short=CASES, long=LONG_CASES)
    assert_nothing_found(FIRST + 1000 + part * count, count)
