/* SPDX-License-Identifier: MIT */
/** @file
 * What a part carries for whoever merges it, in tags of its first directory:
 *
 *     TAG_ROWBAND_RUN         all that the file is made of except tiles: the
 *                             same, byte for byte, in each part of one run
 *     TAG_ROWBAND_STATISTICS  STATISTICS=YES: the records of the part's tiles
 *                             (statistics.h), plane after plane, by TIFF index
 *     TAG_ROWBAND_KEPT        where directories of pixels are, see part_kept.h
 *     TAG_ROWBAND_PART        which part it is
 *
 * and for whoever asks GDAL, in the metadata domain ROWBAND_PART: PART, RUN and
 * DIGEST (part_digest.h), LEVELS (how many have tiles), ROWS (of the raster,
 * the first and the one behind the last).
 *
 * Readers of TIFF pass over tags that they do not know.
 *
 * On the thread that called the driver.
 */
#ifndef ROWBAND_PART_RECORD_H
#define ROWBAND_PART_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cpl_port.h"
#include "directory.h"
#include "ifd.h"
#include "part_digest.h"
#include "parts.h"
#include "pipeline.h"
#include "status.h"

/** What merging is told of an image of the file. */
typedef struct PartImage {
    LayoutSpec layout;
    uint16_t compression; /**< Codec.tag */
    Predictor predictor;
} PartImage;

/** A file beside the raster. */
typedef struct PartSidecar {
    char *name; /**< with PART_WHOLE_NAME or PART_STEM for the raster's */
    uint8_t *bytes;
    size_t nbytes;
} PartSidecar;

#define PART_WHOLE_NAME "<name>"
#define PART_STEM "<stem>"

/** All that the parts of one run have in common. Owns what it points to. */
typedef struct PartRun {
    char digest[PART_DIGEST_SIZE]; /**< of the run */
    int count;                     /**< of parts */
    char **options;                /**< that concern the file */
    char *resampling;              /**< of levels, a name of GDAL's */
    bool cog;
    Interleave interleave; /**< of the raster */
    BigTiff bigtiff;
    int image_count, level_count, top; /**< see parts.h */
    bool makes_levels;
    bool mask_of_bits, masks_stay_masks; /**< see GdalResampling */
    uint8_t *meaning;                    /**< of samples, see part_meaning.h */
    size_t meaning_nbytes;
    bool statistics;
    bool keeps; /**< see part_kept.h */
    PartImage images[PIPELINE_IMAGES_MAX];
    Ifd *ifds[PIPELINE_IMAGES_MAX]; /**< of one pixel, see file_directories.h */
    PartSidecar *sidecars;
    int sidecar_count;
} PartRun;

CPL_C_START

/** Packs a run into a tag.
 * @return false with STATUS_NO_MEMORY */
bool part_run_pack(const PartRun *run, Ifd *ifd, Status *status);

/** Unpacks a run.
 * @param[out] run call part_run_free() even after a failure
 * @return false with STATUS_INVALID or STATUS_NO_MEMORY */
bool part_run_unpack(PartRun *run, const uint8_t *bytes, size_t nbytes,
                     Status *status);

/** A zeroed one is allowed. */
void part_run_free(PartRun *run);

/** Adds a sidecar of a raster called @p raster, both without folders. Copies.
 * @return false with STATUS_NO_MEMORY */
bool part_run_add_sidecar(PartRun *run, const char *raster, const char *name,
                          const void *bytes, size_t nbytes, Status *status);

/** What a sidecar is called beside @p raster; to be freed with CPLFree(). */
char *part_sidecar_name(const PartSidecar *sidecar, const char *raster);

/** The shape that parts.h wants.
 * @param[out] layouts PIPELINE_IMAGES_MAX of them, which it refers to
 * @return false with STATUS_INVALID */
bool part_run_shape(const PartRun *run, Layout *layouts, PartsShape *shape,
                    Status *status);

CPL_C_END

#endif
