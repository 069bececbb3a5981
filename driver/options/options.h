/* SPDX-License-Identifier: MIT */
/** @file
 * The second of two steps: what the user said (parsed_options.h), decided for
 * a source.
 */
#ifndef ROWBAND_OPTIONS_H
#define ROWBAND_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "codec.h"
#include "cpl_port.h"
#include "directory.h"
#include "layout.h"
#include "parsed_options.h"
#include "source_shape.h"
#include "status.h"

/** How the raster, or its overviews, are made. */
typedef struct Options {
    Part part; /**< with a count of 0 it is the whole */
    uint64_t budget_nbytes;
    int threads;
    int read_threads; /**< 0: READ_THREADS=AUTO, as many as are of use */
    bool tiled;
    int block_width, block_height; /**< strips: height only */
    char *compress;                /**< the value of COMPRESS */
    const Codec *codec;
    int level;
    int predictor; /**< a Predictor, or PREDICTOR_AUTO */
    Interleave interleave;
    BigTiff bigtiff;
    bool sparse_ok;
    int lossless_copy; /**< LOSSLESS_COPY_... */
    bool effort_named; /**< a level, quality or the like of the codec is */
    bool nan_to_nodata;
    bool nodata_to_mask;
    char *discard_lsb;     /**< the value of DISCARD_LSB, or NULL */
    bool statistics;       /**< are counted */
    bool drops_statistics; /**< that the source has */
    bool crs_identify;
    bool fsync;       /**< FSYNC */
    bool verify;      /**< VERIFY */
    char **for_tags;  /**< options for GTiff that only touch tags */
    char **for_codec; /**< options for GTiff where it is the codec */
} Options;

/** Which images there are beside the raster. */
typedef struct CogOptions {
    bool cog;               /**< LAYOUT=COG */
    bool overviews;         /**< whether to make any */
    bool overviews_differ;  /**< in how they are encoded, from the raster */
    int overview_count;     /**< -1: until they fit a tile */
    const char *resampling; /**< a name of GDAL's; static */
} CogOptions;

/** Immutable after options_resolve(). */
typedef struct ResolvedOptions {
    CogOptions cog;
    Options raster;
    Options overview; /**< zero unless cog.overviews_differ */
} ResolvedOptions;

CPL_C_START

/** @return false with STATUS_INVALID or STATUS_UNSUPPORTED naming the option
 *         that does not fit the source; resolved_options_free() is due all the
 *         same */
bool options_resolve(ResolvedOptions *resolved, const ParsedOptions *said,
                     const SourceShape *source, Status *status);

void options_free(Options *options);
void resolved_options_free(ResolvedOptions *resolved);

CPL_C_END

#endif
