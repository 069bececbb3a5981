/* SPDX-License-Identifier: MIT */
/** @file
 * Blocks of live bands that stay in GDAL's cache, whatever its limit, while
 * what is computed from them is read: a block that takes more than the cache
 * has room for would be decoded again.
 */
#ifndef ROWBAND_LIVE_BLOCKS_H
#define ROWBAND_LIVE_BLOCKS_H

#include <stdbool.h>

#include "gdal.h"
#include "window.h"

CPL_C_START

typedef struct LiveBlocks LiveBlocks;

/** @return whether GDAL's cache may fail to hold the blocks of all bands of
 * @p dataset, and of masks, that @p at touches */
bool live_blocks_overflow(GDALDatasetH dataset, const Window *at);

/** @return no blocks yet; NULL if there is no memory */
LiveBlocks *live_blocks_new(void);

/** Lets go of them; NULL is none. */
void live_blocks_free(LiveBlocks *blocks);

/** Has the blocks of a band that @p at touches decoded, and stay; behind
 * proxies of GDAL's, too, which stay open then; not of a source
 * that is not shared.
 * @return CE_Failure after GDAL has reported why */
CPLErr live_blocks_add(LiveBlocks *blocks, GDALRasterBandH band,
                       const Window *at);

/** Likewise those of its mask. */
CPLErr live_blocks_add_mask(LiveBlocks *blocks, GDALRasterBandH band,
                            const Window *at);

CPL_C_END

#endif
