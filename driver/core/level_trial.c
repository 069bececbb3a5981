/* SPDX-License-Identifier: MIT */
#include "level_trial.h"

#include <stdbool.h>
#include <string.h>

const int level_trial_levels[LEVELS_TRIED] = {1, 2, 4, LEVEL_USUAL};

/* Parts of a tile that samples are. A glance rules out most of what is to be
 * ruled out; what passes is tried on more, and on most of all where levels
 * differ by the matches that they find. */
enum { GLANCE_PART = 128, TRIAL_PART = 64, LONG_TRIAL_PART = 32 };

/* The least that a sample has, and the least that says something of levels 2
 * and 4: matches are found up to 32 KiB back. */
enum { SAMPLE_NBYTES_MIN = 2 << 10, LONG_SAMPLE_NBYTES = 16 << 10 };

/* Places in the tile that a sample is put together from. */
enum { STRETCHES = 4 };

/* What shrinks to less than a fifth takes no level long, and is what samples
 * say least of: classes, masks, padding. */
enum { QUICK_PART = 5 };

/* Where less than a seventh of the places repeat what was before, searching on
 * for something longer takes no time, and levels 2 to 4 would save none. */
enum { REPEATS_PART = 7, REPEATS_NBYTES = 8192, HASH_BITS = 16 };

/** A level, and how much larger a sample may be than at LEVEL_USUAL, in per
 * mille. */
typedef struct Candidate {
    int level;    /**< 0: there are no more */
    int glance;   /**< to be tried on the larger sample */
    int trial;    /**< to be taken */
    int hopeless; /**< of one that is not: above that, no other is tried */
} Candidate;

/* The cheapest first. Level 1 looks for matches in a way of its own, at two
 * places, and falls behind with what a longer window offers. */
static const Candidate without_repeats[] = {{1, 0, -5, 0}, {0, 0, 0, 0}};
static const Candidate with_repeats[] = {
    {1, 5, -10, 100}, {2, 15, 0, 15}, {4, 15, 6, 15}, {0, 0, 0, 0}};
static const Candidate with_repeats_in_little[] = {{1, 5, -10, 0},
                                                   {0, 0, 0, 0}};

/** The largest power of two that is no more than this part of the tile, within
 * the limits of a sample. */
static size_t sample_nbytes(size_t tile_nbytes, size_t part)
{
    size_t nbytes = SAMPLE_NBYTES_MIN;
    while (nbytes * 2 <= tile_nbytes / part && nbytes < LEVEL_SAMPLE_NBYTES)
        nbytes *= 2;
    return nbytes;
}

/** Stretches around the middle of each quarter of the tile, one after another
 * so that the window fills. */
static void take_sample(uint8_t *sample, size_t nbytes, const uint8_t *tile,
                        size_t tile_nbytes)
{
    const size_t length = nbytes / STRETCHES;
    for (size_t i = 0; i < STRETCHES; i++) {
        const size_t middle =
            tile_nbytes / ((size_t)2 * STRETCHES) * (2 * i + 1);
        memcpy(sample + i * length, tile + middle - length / 2, length);
    }
}

/** Whether four bytes are often the same as four before, other than in a run
 * of one value. */
static bool has_repeats(const LevelTrial *trial, const uint8_t *tile,
                        size_t tile_nbytes)
{
    uint8_t seen[(1 << HASH_BITS) / 8] = {0};
    size_t repeats = 0;
    take_sample(trial->sample, REPEATS_NBYTES, tile, tile_nbytes);
    for (size_t i = 0; i + 4 <= REPEATS_NBYTES; i++) {
        uint32_t four;
        memcpy(&four, trial->sample + i, sizeof four);
        if (four == (four << 8 | four >> 24))
            continue;
        const uint32_t hash = (four * 0x9E3779B1u) >> (32 - HASH_BITS);
        repeats += seen[hash / 8] >> (hash % 8) & 1;
        seen[hash / 8] |= (uint8_t)(1u << (hash % 8));
    }
    return repeats * REPEATS_PART >= REPEATS_NBYTES;
}

/** How much larger @p nbytes are than @p usual, in per mille, rounded up. */
static int64_t excess(size_t nbytes, size_t usual)
{
    const int64_t more = (int64_t)nbytes - (int64_t)usual;
    const int64_t whole = more * 1000 / (int64_t)usual;
    return whole + (more * 1000 > whole * (int64_t)usual);
}

/** A sample and what it comes to at LEVEL_USUAL; usual is 0 until it is
 * known. */
typedef struct Sample {
    size_t nbytes, usual;
} Sample;

/** @return the excess of a level on this sample; INT64_MAX if it cannot be
 * told */
static int64_t excess_at(const LevelTrial *trial, int level, Sample *of,
                         const uint8_t *tile, size_t tile_nbytes)
{
    take_sample(trial->sample, of->nbytes, tile, tile_nbytes);
    if (of->usual == 0)
        of->usual = trial->compressed(trial->user, LEVEL_USUAL, trial->sample,
                                      of->nbytes);
    const size_t nbytes =
        trial->compressed(trial->user, level, trial->sample, of->nbytes);
    return of->usual == 0 || nbytes == 0 ? INT64_MAX
                                         : excess(nbytes, of->usual);
}

/** Which levels are tried, and the size of the larger sample. */
static const Candidate *candidates_for(const LevelTrial *trial,
                                       const uint8_t *tile, size_t nbytes,
                                       Sample *larger)
{
    const bool repeats = has_repeats(trial, tile, nbytes);
    *larger = (Sample){.nbytes = sample_nbytes(nbytes, repeats ? LONG_TRIAL_PART
                                                               : TRIAL_PART)};
    if (!repeats)
        return without_repeats;
    return larger->nbytes >= LONG_SAMPLE_NBYTES ? with_repeats
                                                : with_repeats_in_little;
}

int level_trial(const LevelTrial *trial, const uint8_t *tile, size_t nbytes)
{
    if (nbytes < LEVEL_TILE_NBYTES_MIN)
        return LEVEL_USUAL;
    Sample glance = {.nbytes = sample_nbytes(nbytes, GLANCE_PART)}, larger;
    take_sample(trial->sample, glance.nbytes, tile, nbytes);
    glance.usual = trial->compressed(trial->user, LEVEL_USUAL, trial->sample,
                                     glance.nbytes);
    if (glance.usual * QUICK_PART < glance.nbytes)
        return LEVEL_USUAL;
    for (const Candidate *candidate =
             candidates_for(trial, tile, nbytes, &larger);
         candidate->level != 0; candidate++) {
        int64_t more =
            excess_at(trial, candidate->level, &glance, tile, nbytes);
        if (more <= candidate->glance) {
            more = excess_at(trial, candidate->level, &larger, tile, nbytes);
            if (more <= candidate->trial)
                return candidate->level;
        }
        if (more > candidate->hopeless)
            return LEVEL_USUAL;
    }
    return LEVEL_USUAL;
}
