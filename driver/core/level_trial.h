/* SPDX-License-Identifier: MIT */
/** @file
 * LEVEL_AUTO: the level that a tile is compressed at, found by compressing
 * samples of it. Nothing but the tile's bytes decides, so that files do not
 * depend on threads, on other tiles or on the clock.
 *
 * The aim is the cheapest level whose output is at most 2 % larger than that of
 * LEVEL_USUAL. A sample says less than that: it begins with an empty window,
 * and matches that are further apart than it is long do not show. So limits for
 * samples are stricter, the more so where that makes a difference. They were
 * chosen by what the levels make of some hundred rasters (driver/README.md),
 * and hold no result of any: what is compared is always what this libdeflate
 * makes of this tile.
 */
#ifndef ROWBAND_LEVEL_TRIAL_H
#define ROWBAND_LEVEL_TRIAL_H

#include <stddef.h>
#include <stdint.h>

/** The level that others are held against. */
enum { LEVEL_USUAL = 6 };

/** The levels that a tile can get, LEVEL_USUAL among them. */
enum { LEVELS_TRIED = 4 };
extern const int level_trial_levels[LEVELS_TRIED];

/** Bytes of the largest sample. */
enum { LEVEL_SAMPLE_NBYTES = 64 << 10 };

/** Bytes of the smallest tile that is tried: in less there is no room for a
 * sample that says something and costs little. */
enum { LEVEL_TILE_NBYTES_MIN = 256 << 10 };

typedef struct LevelTrial {
    /** @return what @p bytes come to at one of the levels, or 0 if that cannot
     * be told; the same for the same bytes */
    size_t (*compressed)(void *user, int level, const uint8_t *bytes,
                         size_t nbytes);
    void *user;
    uint8_t *sample; /**< LEVEL_SAMPLE_NBYTES to work with */
} LevelTrial;

/** @param tile as it will be compressed: predicted and packed
 * @return one of level_trial_levels */
int level_trial(const LevelTrial *trial, const uint8_t *tile, size_t nbytes);

#endif
