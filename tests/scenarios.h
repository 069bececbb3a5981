/* SPDX-License-Identifier: MIT */
/** @file
 * Sources of every kind that gdal_translate hands over, for the table of
 * decodes (spy_table.c).
 */
#ifndef ROWBAND_TESTS_SCENARIOS_H
#define ROWBAND_TESTS_SCENARIOS_H

#include <stdbool.h>

#include "spy.h"

/** How a scenario's source is made of spies. */
typedef enum ScenarioKind {
    SCENARIO_PLAIN,     /**< the spy itself */
    SCENARIO_TRANSLATE, /**< gdal_translate -of VRT, with arguments */
    SCENARIO_TWICE,     /**< the same, and the result once more, so that
                             there is a VRT of a VRT */
    SCENARIO_WARP,      /**< gdalwarp -of VRT, with arguments */
    SCENARIO_PLACED,    /**< the same, after arguments of gdal_translate that
                             place the source, and a semicolon */
    SCENARIO_MOSAIC     /**< as gdalbuildvrt: 2x2 spies, the seams where
                             their sizes put them */
} ScenarioKind;

typedef struct Scenario {
    const char *name;
    ScenarioKind kind;
    const char *spy; /**< keys of the spy, without id */
    const char *arguments;
    const char *layout; /**< creation options; NULL: tiles of 512x512 */
} Scenario;

extern const Scenario scenarios[];
extern const int scenario_count;

/** Spies of one scenario: their ids are s0 to s3. */
enum { SCENARIO_SPIES_MAX = 4 };

/** Makes the source of @p scenario.
 * @param[out] name by which it can be opened, NAME_NCHARS
 * @return false if GDAL could not make it */
bool scenario_make(const Scenario *scenario, char *name);

/** Sets the counts of all spies to zero. */
void scenario_reset_counts(void);

/** The counts of all spies together. */
SpyCounts scenario_counts(void);

#endif
