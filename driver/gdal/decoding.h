/* SPDX-License-Identifier: MIT */
/** @file
 * How GDAL's drivers decode, where that is not block by block: what one decode
 * yields, in which calls to ask for it so that nothing is decoded twice, what
 * opening again costs, and what the driver itself keeps in memory. One table,
 * by driver and, where they differ, by version of GDAL.
 *
 * Found by reading the drivers of GDAL 3.6.2 and by counting what they do:
 * autotest/gdrivers/decoding.py holds the entries to it. Whoever reads a
 * dataset, plain or behind a VRT, asks here first.
 */
#ifndef ROWBAND_DECODING_H
#define ROWBAND_DECODING_H

#include <stdbool.h>
#include <stdint.h>

#include "gdal.h"

CPL_C_START

/** What the driver has once it has decoded for one block. */
typedef enum DecodingYield {
    YIELDS_BLOCK,          /**< that block */
    YIELDS_BLOCK_OF_BANDS, /**< that block of all bands, or of some */
    YIELDS_ROWS, /**< the blocks beside it, across the raster, until it is asked
                      for others */
    YIELDS_BAND, /**< all of the band, while it keeps to that band */
    YIELDS_PAGE  /**< what the call asks for, of all bands: each call renders
                      the page anew */
} DecodingYield;

/** In which calls pixels are to be asked for. */
typedef enum DecodingCalls {
    CALL_FEW_BLOCKS,  /**< of all bands; how many is all the same to it */
    CALL_ONE_BLOCK,   /**< of all bands: it keeps what it decoded for the block
                           before, and no more */
    CALL_MANY_BLOCKS, /**< of all bands: it fetches or decodes those of one call
                           at a time */
    CALL_WINDOW,      /**< all of a window, of all bands; large windows */
    CALL_BAND         /**< band after band, each of them all through */
} DecodingCalls;

/** What one more handle costs. */
typedef enum DecodingReopen {
    REOPENS_CHEAPLY,
    REOPENS_SCANNING /**< the file is read through, to open it or to get to a
                          block: not worth it */
} DecodingReopen;

typedef struct Decoding {
    DecodingYield yield;
    DecodingCalls calls;
    DecodingReopen reopen;
    bool counted; /**< a block that is asked for is decoded for it, and only
                       then: who counts the calls has counted the decodes */
    uint64_t held_nbytes; /**< of pixels that the driver keeps, at most, beside
                               GDAL's cache: they are a part of our memory */
} Decoding;

/** @param dataset what is read; may be a proxy of what a driver opened
 * @return for a driver that the table does not name: block by block */
Decoding decoding_of(GDALDatasetH dataset);

/** @return whether a decode yields nothing of other bands than the one that is
 * asked for, so that bands may be read one after the other */
bool decoding_bands_apart(const Decoding *decoding, GDALDatasetH dataset);

/** How large a call may be where not any size will do.
 * @param[in,out] width, height of what is wanted; then of one call */
void decoding_limit_call(const Decoding *decoding, GDALRasterBandH band,
                         int64_t *width, int64_t *height);

CPL_C_END

#endif
