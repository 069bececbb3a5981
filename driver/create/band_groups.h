/* SPDX-License-Identifier: MIT */
/** @file
 * A raster whose bands have no room together: what of it goes through the
 * machine at once are groups of bands, a pass for each, or tiles that were put
 * together before from a spool of raw tiles. Three stages, each of them left
 * out where there is no need of it:
 *
 *     gather    all bands of a source whose blocks hold several, or its mask
 *               that each group needs   ─► raw tiles
 *     group     groups of bands         ─► the file's tiles, if those hold a
 *                                          band each; else raw tiles of all
 *                                          levels
 *     assemble  tiles of all bands, level after level ─► the file's tiles
 *
 * The last of them is the caller's to run. Which stages there are depends on
 * raster, source, options and budget. The bytes of the file do not: where its
 * tiles do not come in its order they go to the tile spool.
 *
 *     band_groups_plan -> band_groups_begin_source -> band_groups_gather
 *     -> (the pipeline, with band_groups_passes) -> band_groups_end
 *
 * On the thread that called the driver.
 */
#ifndef ROWBAND_BAND_GROUPS_H
#define ROWBAND_BAND_GROUPS_H

#include <stdbool.h>
#include <stdint.h>

#include "file_spec.h"
#include "group_passes.h"
#include "pipeline.h"
#include "plan.h"
#include "raw_tiles.h"
#include "source.h"
#include "status.h"
#include "tile_spool.h"

/** Raw tiles, and what they wait in. */
typedef struct RawStage {
    FileSpec *spec; /**< NULL: there is no such stage */
    Plan plan;
    TileSpool *spool;
    RawTiles tiles;
} RawStage;

/** Zeroed before; fields are this module's, except those that are said to be
 * read. */
typedef struct BandGroups {
    bool active;          /**< read: otherwise all bands go together */
    uint64_t peak_nbytes; /**< read: predicted */
    RawStage gathered, grouped;
    Plan plan;      /**< of groups that become the file's tiles */
    int group;      /**< bands of one */
    bool assembles; /**< from raw tiles */
    bool mask_again;
    Plan level_plans[LEVELS_MAX];
    GroupPasses passes;  /**< the last stage's */
    uint64_t ran_nbytes; /**< the most that stages have held so far */
} BandGroups;

/** Plans for all bands together, as plan_copy() says, and decides whether, and
 * how, they are grouped: where they do not fit together and groups take much
 * less. Warns if the budget is too little for what is going to be done.
 * @param[out] one the plan for all of them together
 * @param[in,out] file loses its holes where raw tiles are made: they are of all
 *                pixels
 * @param may whether they may be grouped at all
 * @return false with STATUS_NO_MEMORY. Call band_groups_end() even then */
bool band_groups_plan(BandGroups *groups, Plan *one, FileSpec *file,
                      Source *source, const char *target, bool may,
                      Status *status);

/** Has source_begin() told what is planned. */
bool band_groups_begin_source(const BandGroups *groups, const Plan *one,
                              const FileSpec *file, Source *source,
                              Status *status);

/** Asked while raw tiles are made, with the part that is done.
 * @return false to cancel */
typedef bool GatherTick(void *user, double done);

/** Makes the raw tiles that are needed.
 * @param target beside which they wait
 * @return false with a reason */
bool band_groups_gather(BandGroups *groups, const FileSpec *file,
                        Source *source, const char *target, GatherTick *tick,
                        void *user, Status *status);

/** @param together whether they would if all bands went together
 * @return whether the file's tiles come in the order of one that is no COG */
bool band_groups_in_order(const BandGroups *groups, bool together);

/** Whether band_groups_gather() has anything to do. */
bool band_groups_gathers(const BandGroups *groups);

/** The passes of the last stage, which makes the file's tiles.
 * @param[out] passes valid until band_groups_end()
 * @return how many; 0 with STATUS_NO_MEMORY */
int band_groups_passes(BandGroups *groups, const FileSpec *file, Source *source,
                       Pass **passes, Status *status);

/** The most that windows, carried tiles and overviews held in any stage.
 * @param pipeline the last stage's, finished */
uint64_t band_groups_peak_nbytes(const BandGroups *groups, Pipeline *pipeline);

/** Frees everything, whatever has come of it. */
void band_groups_end(BandGroups *groups);

#endif
