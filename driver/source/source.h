/* SPDX-License-Identifier: MIT */
/** @file
 * The source dataset: windows of it, all bands and the mask, into memory, by
 * one reader or several, each of which has it open for itself.
 */
#ifndef ROWBAND_SOURCE_H
#define ROWBAND_SOURCE_H

#include <pthread.h>
#include <stdbool.h>

#include "error_trap.h"
#include "gdal.h"
#include "plan.h"
#include "read_ahead.h"
#include "status.h"
#include "swath.h"
#include "vrt_source.h"

/** What one reader reads from. */
typedef struct SourceHandle {
    GDALDatasetH dataset;
    GDALRasterBandH mask;      /**< a true mask, or NULL */
    ReaderHandle *mask_handle; /**< of the mask leaf, if there is one */
} SourceHandle;

typedef struct Source {
    const char *name;   /**< for messages */
    GDALDatasetH given; /**< not owned */
    VrtSource *vrt;     /**< how the given dataset is looked through, or NULL */
    char opaque[300];   /**< why it is not, if it is a VRT, or "" */
    const Plan *plan;   /**< in whose order windows are read */
    GDALDataType type;  /**< as which every band is read */
    Leaf *mask_leaf;    /**< serves a mask whose blocks are of another size */
    const Layout *layouts; /**< image 0: the bands, image 1: the mask */
    char **config;         /**< the caller's thread's own, for the readers' */

    SourceHandle handles[READERS_MAX];
    int reader_count; /**< the caller's thread's: handles that are open */

    pthread_mutex_t mutex; /**< guards said */
    ErrorTrap said;        /**< by GDAL, and not yet reported */
    int64_t windows_read;
} Source;

/** Looks at @p dataset, which stays the caller's; the rest of @p source is to
 * be filled in before the first read. source_close() is due. */
void source_open(Source *source, GDALDatasetH dataset, const char *name);
void source_close(Source *source);

/** What reader 0 reads: the given dataset, or what is looked at through it. */
GDALDatasetH source_dataset(const Source *source);

/** @return the mask to be copied, or NULL */
GDALRasterBandH source_mask(const Source *source);

/** @param more_are_wanted even where they may decode all more than once
 * @return why there must be one reader only, or NULL */
const char *source_why_one_reader(const Source *source, bool more_are_wanted);

/** Before the first read: opens the source for up to @p wanted readers. If it
 * cannot be opened so often, fewer must do. */
void source_open_readers(Source *source, int wanted);

/** WindowSource.read. Drops what it decoded from GDAL's cache, where no block
 * is needed again. Fails with STATUS_READ, or STATUS_CANCELLED if go_on said
 * so; what GDAL reported is in the status and not with its error handler. */
bool source_read(void *user, int reader, const Window *window, uint8_t *data,
                 const GoOn *go_on, Status *status);

/** WindowSource.done: lets go of blocks, and reports what GDAL had to say. */
void source_done(void *user, const Window *window);

/** WindowSource.enter. */
void source_enter(void *user);

/** WindowSource.add: opens the source for one reader more. */
bool source_add_reader(void *user);

#endif
