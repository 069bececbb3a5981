/* SPDX-License-Identifier: MIT */
/** @file
 * The tags of the output and the files beside it, as GDAL's own GTiff driver
 * makes them. For Create() it has been told all, see told_file.h; else it is
 * given a dataset of one pixel that carries all of the
 * source's metadata, and the directory that it writes is taken over. Sound,
 * because georeferencing, nodata, colours and metadata depend neither on the
 * size nor on the pixels.
 */
#ifndef ROWBAND_GTIFF_TAGS_H
#define ROWBAND_GTIFF_TAGS_H

#include <stdbool.h>
#include <stdint.h>

#include "encoder.h"
#include "gdal.h"
#include "ifd.h"
#include "options.h"
#include "publication.h"
#include "status.h"
#include "told_file.h"

typedef struct GtiffTags {
    const ToldFile *told; /**< that says all; NULL: none */
    GDALDatasetH proxy;   /**< of one pixel: what is to be said */
    bool with_mask;       /**< whether the output gets a mask */
    bool quiet;           /**< GTiff's warnings are another tags's too */
    char *folder;         /**< in /vsimem/, holds the sidecars */
    Ifd *image;        /**< tags of the raster, some still of the one pixel */
    Ifd *mask;         /**< of its mask; NULL: none */
    GDALDataType type; /**< of the samples that are written */
    int sample_nbits;
    bool has_nodata;
    bool nodata_replaces_nan;          /**< whether it can */
    double nodata_value;               /**< as GDAL gives it */
    int mask_flags;                    /**< GMF_... of the first band */
    uint8_t nodata[SAMPLE_NBYTES_MAX]; /**< as a sample of that type; zero
                                            without a nodata value */
} GtiffTags;

/** Gathers what @p source has to say into the proxy, which may be added to.
 * @param with_mask whether the output gets a mask
 * @return false with STATUS_NO_MEMORY; gtiff_tags_free() is due all the same */
bool gtiff_tags_begin(GtiffTags *tags, GDALDatasetH source, bool with_mask,
                      Status *status);

/** The same for a raster of Create(): a closed file, which stays the caller's.
 * Only statistics may be added to the proxy. */
bool gtiff_tags_begin_told(GtiffTags *tags, const ToldFile *told,
                           Status *status);

/** What GTiff is to be given to make tags; to be freed with CSLDestroy(). */
char **gtiff_tags_options(const Options *options);

/** Makes all the rest out of the proxy; once more if that has changed. GTiff's
 * warnings go to GDAL's error handler.
 * @return false with a failure that repeats what GTiff reported */
bool gtiff_tags_make(GtiffTags *tags, const Options *options,
                     const char *target, bool strict, Status *status);

/** Has the raster's tags be others, which say how tiles are encoded.
 * @param image of one pixel; copied
 * @return false with STATUS_NO_MEMORY */
bool gtiff_tags_take(GtiffTags *tags, const Ifd *image, Status *status);

/** @param path of one in memory, which may be replaced
 * @param bytes what it holds
 * @return false stops */
typedef bool SidecarVisit(void *user, const char *path, const uint8_t *bytes,
                          size_t nbytes, Status *status);

/** Visits the files that go beside @p target: .aux.xml, .tfw and the like.
 * @return false if @p visit did; or with STATUS_IO */
bool gtiff_tags_each_sidecar(const GtiffTags *tags, const char *target,
                             SidecarVisit *visit, void *user, Status *status);

/** Adds the files that go beside @p target to what is published: .aux.xml, .tfw
 * and the like; warns where there is no such place.
 * @return false with STATUS_IO or STATUS_NO_MEMORY */
bool gtiff_tags_write_sidecars(const GtiffTags *tags, const char *target,
                               Publication *publication, Status *status);

void gtiff_tags_free(GtiffTags *tags);

#endif
