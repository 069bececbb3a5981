# SPDX-License-Identifier: MIT
"""Choosing few combinations out of very many."""

import itertools
import random


def pairs_of(combination):
    return list(itertools.combinations(enumerate(combination), 2))


def pairwise(combinations, seed, tries=40):
    """Combinations that have every pair of values which any of `combinations`
    has; the same ones for the same seed. Greedy: of some that have a pair which is
    still missing, the one with the most missing pairs."""
    chooser = random.Random(seed)
    combinations = list(combinations)
    chooser.shuffle(combinations)
    having = {}
    for combination in combinations:
        for pair in pairs_of(combination):
            having.setdefault(pair, []).append(combination)
    missing = dict.fromkeys(having)
    chosen = []
    while missing:
        candidates = having[next(iter(missing))]
        best = max(
            chooser.sample(candidates, min(tries, len(candidates))),
            key=lambda candidate: sum(p in missing for p in pairs_of(candidate)),
        )
        chosen.append(best)
        for pair in pairs_of(best):
            missing.pop(pair, None)
    return chosen
