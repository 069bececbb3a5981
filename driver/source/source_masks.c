/* SPDX-License-Identifier: MIT */
#include "source_masks.h"

#include "block_size.h"
#include "dataset.h"

/** What is read at a time of the bands. */
static void chunk_size(const SourceKind *kind, GDALDatasetH dataset,
                       int64_t *width, int64_t *height)
{
    const ReadUnit unit = kind->ops->read_unit(kind->state, SOURCE_BANDS);
    int block_width, block_height;
    block_size_of(GDALGetRasterBand(dataset, 1), &block_width, &block_height);
    *width = GDALGetRasterXSize(dataset);
    *height = 1;
    if (unit.kind == READ_BLOCKS) {
        *width = block_width;
        *height = block_height;
    } else if (unit.kind == READ_CELLS || unit.kind == READ_CELLS_PACKED) {
        *width = unit.width;
        *height = unit.height;
    }
}

bool source_masks_keep(MaskSpool **kept, const SourceKind *kind,
                       GDALDatasetH dataset, const char *target,
                       uint64_t memory_nbytes, Status *status)
{
    int64_t width, height;
    chunk_size(kind, dataset, &width, &height);
    MaskSpool *masks =
        mask_spool_new(dataset, width, height, target, memory_nbytes);
    if (masks == NULL)
        return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    bool any = false;
    for (int i = 1; i <= GDALGetRasterCount(dataset); i++) {
        const GDALRasterBandH band = GDALGetRasterBand(dataset, i);
        if (!dataset_band_has_own_mask(band) ||
            !kind->ops->mask_goes_along(kind->state, i))
            continue;
        mask_spool_need(masks, i, band);
        any = true;
    }
    if (any)
        *kept = masks;
    else
        mask_spool_free(masks);
    return true;
}
