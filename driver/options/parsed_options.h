/* SPDX-License-Identifier: MIT */
/** @file
 * The first of two steps: what the user said, whatever the source is. The
 * second is options.h.
 */
#ifndef ROWBAND_PARSED_OPTIONS_H
#define ROWBAND_PARSED_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "cpl_port.h"
#include "directory.h"
#include "encoding_options.h"
#include "layout.h"
#include "parts.h"
#include "status.h"
#include "warp_options.h"

typedef enum BlockShape {
    BLOCKS_TILES,
    BLOCKS_STRIPS,
    BLOCKS_BY_WIDTH /**< strips if block_width is the raster's; otherwise to
                         be refused: no tile can have that size */
} BlockShape;

/** Immutable after options_parse(). Strings and lists are owned. */
typedef struct ParsedOptions {
    bool cog;  /**< LAYOUT=COG */
    Part part; /**< PART */
    uint64_t budget_nbytes;
    int threads;
    int read_threads; /**< 0: READ_THREADS=AUTO, as many as are of use */
    BlockShape blocks;
    int block_width, block_height; /**< strips: height only; 0: those of the
                                        TILING_SCHEME */
    EncodingOptions raster;
    EncodingOptions overview; /**< if overviews_differ */
    int overviews;            /**< OVERVIEWS_... of option_table.h */
    bool overviews_differ;    /**< in how they are encoded, from the raster */
    int overview_count;       /**< -1: until they fit a tile */
    const char *resampling;   /**< a name of GDAL's, static; NULL: not said */
    WarpOptions warp;         /**< with LAYOUT=COG */
    Interleave interleave;
    BigTiff bigtiff;
    bool sparse_ok;
    int lossless_copy; /**< LOSSLESS_COPY_... */
    bool nan_to_nodata;
    bool nodata_to_mask;
    char *discard_lsb;     /**< the value of DISCARD_LSB, or NULL */
    bool statistics;       /**< are counted */
    bool drops_statistics; /**< that the source has */
    bool crs_identify;
    bool fsync;
    bool verify;
    bool plan;       /**< PLAN: only what would be done is told */
    char **for_tags; /**< options for GTiff that only touch tags */
} ParsedOptions;

CPL_C_START

/** Reads a list of NAME=VALUE; nothing else in the driver does. Whatever can be
 * refused without knowing the source is refused here, under the name that the
 * user gave. Options of GDAL's own (with a leading @) and unknown ones, of
 * which GDAL has warned, are passed over. Warns through GDAL's error handler of
 * options that have no effect.
 * @return false with STATUS_INVALID or STATUS_UNSUPPORTED naming the option;
 *         parsed_options_free() is due all the same */
bool options_parse(ParsedOptions *options, CSLConstList list, Status *status);

/** @return false, naming the option, if no tile can have this block's size */
bool parsed_options_check_tiles(const ParsedOptions *options, Status *status);

void parsed_options_free(ParsedOptions *options);

CPL_C_END

#endif
