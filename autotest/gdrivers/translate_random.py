#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""Sources of over thirty kinds, translated with random options: pixels, masks and
what bands say are GTiff's, whatever BUDGET, READ_THREADS and GDAL_CACHEMAX are, and
so is the whole file.

Where pixels differ, it is proven that GTiff's own change with the windows that it
reads in, or with what lies in memory that nobody has written to, and that ours lie
between those: see random_translate.py in pymod, which runs one case or many:

    python3 autotest/pymod/random_translate.py FIRST COUNT [KIND]

Left out is what ends GDAL itself, with any driver."""

import os

import pytest
from random_batches import run_seeds
from random_vrts import KINDS

# ROWBAND_RANDOM_FIRST=N runs others.
FIRST = int(os.environ.get("ROWBAND_RANDOM_FIRST", "0"))
QUICK_CASES, CASES_OF_KIND, LONG_CASES_OF_KIND = 105, 36, 1000


def assert_nothing_found(batch, count):
    assert batch.found == [], "\n\n".join(str(one) for one in batch.found[:5])
    # What GDAL dies of is not counted; it must be the exception.
    assert batch.count >= 0.9 * count


def test_some_of_each_kind():
    assert_nothing_found(run_seeds(FIRST, QUICK_CASES), QUICK_CASES)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_many_of_kind(kind, times):
    count = times(short=CASES_OF_KIND, long=LONG_CASES_OF_KIND)
    assert_nothing_found(run_seeds(FIRST + 1000, count, kind), count)
