/* SPDX-License-Identifier: MIT */
/** @file
 * LOSSLESS_COPY: tiles of the source that are already what they should become,
 * which are copied encoded, from the source's file to the output's. They pass
 * neither windows nor workers: they lie in a store, as others in the spool do,
 * until the file is laid out.
 *
 *     lossless_copy_begin -> (passes, or lossless_copy_put_rest)
 *     -> lossless_copy_lay_out -> (file_layout.h) -> lossless_copy_end
 *
 * On the thread that called the driver.
 */
#ifndef ROWBAND_LOSSLESS_COPY_H
#define ROWBAND_LOSSLESS_COPY_H

#include <stdbool.h>
#include <stdint.h>

#include "file_spec.h"
#include "gdal.h"
#include "holes.h"
#include "ifd.h"
#include "lossless_files.h"
#include "lossless_image.h"
#include "parts.h"
#include "pipeline.h"
#include "pool.h"
#include "status.h"
#include "tile_spool.h"
#include "tile_store.h"

/** Zeroed before; fields are this module's. */
typedef struct LosslessCopy {
    LosslessFiles files;
    LosslessImage images[PIPELINE_IMAGES_MAX];
    bool active; /**< whether any tile is copied */
    enum LosslessNeed {
        NEEDS_ALL,   /**< something is made of all pixels of a level */
        NEEDS_TILES, /**< those that are not copied are */
        NEEDS_NONE
    } needs[LEVELS_MAX];         /**< of levels that the source has */
    Holes *unneeded[LEVELS_MAX]; /**< what is not read of levels of which tiles
                                      are needed */
    Pool *holes;                 /**< bounds how many are on their way */
    int64_t encoded_count;
} LosslessCopy;

/** Decides which tiles are copied, and has @p file say so.
 * @param dataset     the source
 * @param needs_pixels whether there is something that is made of all pixels,
 *                     beside what @p file says
 * @return false with STATUS_UNSUPPORTED if LOSSLESS_COPY=YES and none can be;
 *         STATUS_READ if the source says of tiles that they lie where its file
 *         is not; STATUS_NO_MEMORY. Call lossless_copy_end() even then */
bool lossless_copy_begin(LosslessCopy *copy, FileSpec *file,
                         GDALDatasetH dataset, bool needs_pixels,
                         Status *status);

/** @return whether windows of a level that the source has are needed */
static inline bool lossless_copy_reads(const LosslessCopy *copy, int level)
{
    return copy->needs[level] != NEEDS_NONE;
}

/** What need not be read of a level that is read, because its tiles are copied,
 * or lie in holes.
 * @param holes of the level, where they are known; or NULL
 * @return it, valid until lossless_copy_end(); NULL: all is read, or there is
 *         no memory, and there may be more holes */
const Holes *lossless_copy_unneeded(LosslessCopy *copy, const FileSpec *file,
                                    int level, const Holes *holes);

/** Tiles that do not come by the pipeline.
 * @param rows see PipelineSpec.rows; or NULL */
int64_t lossless_copy_tiles_elsewhere(const LosslessCopy *copy,
                                      const FileSpec *file,
                                      const LevelRows *rows);

/** Of levels that are not read, hands over the tiles that are not copied, which
 * are holes. The pipeline ends before lossless_copy_end(). */
bool lossless_copy_put_rest(LosslessCopy *copy, const FileSpec *file,
                            const LevelRows *rows, Pipeline *pipeline,
                            Status *status);

/** Has the tiles of other rows be nowhere, before lossless_copy_lay_out(). */
void lossless_copy_keep_rows(LosslessCopy *copy, const FileSpec *file,
                             const LevelRows *rows);

/** Where all tiles lie, once those that are encoded are in @p spool, and what
 * is to be said of them.
 * @param[in,out] index of each of @p image_count images: the pipeline's; those
 *                 that have tiles copied become others, valid until
 *                 lossless_copy_end()
 * @param ifds     of each image
 * @return false with STATUS_NO_MEMORY */
bool lossless_copy_lay_out(LosslessCopy *copy, TileSpool *spool,
                           const TileIndex **index, Ifd *const *ifds,
                           int image_count, Status *status);

/** The store that holds them; refers to @p copy. */
TileStore lossless_copy_store(LosslessCopy *copy);

/** Says how many tiles were copied, once all is done. */
void lossless_copy_report(const LosslessCopy *copy);

void lossless_copy_end(LosslessCopy *copy);

#endif
