/* SPDX-License-Identifier: MIT */
#include "band_spool.h"

#include <stdlib.h>

#include "cpl_conv.h"
#include "cpl_error.h"
#include "cpl_vsi.h"
#include "decoding.h"
#include "guarded.h"
#include "int_math.h"
#include "raw_spool.h"

struct BandSpool {
    GDALDatasetH from;
    RawSpoolSpec spec;
    char *target;
    RawSpool *raw; /**< once filling has begun */
    bool filled;
    int bands_read;
};

/* Rows of it are as much as is worth a call. */
static const int64_t strip_nbytes = (int64_t)1 << 18;

static bool bands_are_alike(GDALDatasetH dataset)
{
    const GDALDataType type =
        GDALGetRasterDataType(GDALGetRasterBand(dataset, 1));
    for (int i = 2; i <= GDALGetRasterCount(dataset); i++)
        if (GDALGetRasterDataType(GDALGetRasterBand(dataset, i)) != type)
            return false;
    return true;
}

BandSpool *band_spool_new(GDALDatasetH dataset, const char *target,
                          uint64_t memory_nbytes)
{
    BandSpool *spool =
        bands_are_alike(dataset) ? calloc(1, sizeof *spool) : NULL;
    if (spool == NULL)
        return NULL;
    spool->from = dataset;
    spool->target = CPLStrdup(target);
    spool->spec = (RawSpoolSpec){
        .target = spool->target,
        .width = GDALGetRasterXSize(dataset),
        .height = GDALGetRasterYSize(dataset),
        .bands = GDALGetRasterCount(dataset),
        .type = GDALGetRasterDataType(GDALGetRasterBand(dataset, 1)),
        .memory_nbytes = memory_nbytes};
    const int64_t row_nbytes =
        (int64_t)spool->spec.width * GDALGetDataTypeSizeBytes(spool->spec.type);
    spool->spec.strip_rows =
        (int)min64(1 + strip_nbytes / (row_nbytes + 1), spool->spec.height);
    return spool;
}

void band_spool_free(BandSpool *spool)
{
    if (spool == NULL)
        return;
    raw_spool_free(spool->raw);
    CPLFree(spool->target);
    free(spool);
}

uint64_t band_spool_held_nbytes(const BandSpool *spool)
{
    return raw_spool_would_hold(&spool->spec);
}

int band_spool_block_rows(const BandSpool *spool)
{
    return spool->spec.strip_rows;
}

/** Of one call of band_spool_fill(). */
typedef struct Filling {
    BandSpool *spool;
    const BandSpoolNeeds *needs;
    const GDALRasterIOExtraArg *extra;
    void *strip; /**< one of it */
} Filling;

static bool goes_on(const Filling *filling)
{
    const GDALRasterIOExtraArg *extra = filling->extra;
    if (extra == NULL || extra->pfnProgress == NULL ||
        extra->pfnProgress(0.0, "", extra->pProgressData))
        return true;
    CPLError(CE_Failure, CPLE_UserInterrupt, "cancelled");
    return false;
}

/** Whatever passes GDAL's cache on the way is dropped from it. */
static bool pass_strip(const Filling *filling, int band, const Window *rows)
{
    const BandSpool *spool = filling->spool;
    const GDALRasterBandH from = GDALGetRasterBand(spool->from, band);
    const GDALRasterBandH to =
        GDALGetRasterBand(raw_spool_dataset(spool->raw), band);
    const Window at = {0, rows->y, rows->width, rows->height};
    const GuardedBuffer buffer = {.data = filling->strip,
                                  .type = spool->spec.type};
    if (!goes_on(filling) ||
        guarded_band_io(from, GF_Read, &at, &buffer, NULL) != CE_None)
        return false;
    guarded_flush(from);
    return guarded_band_io(to, GF_Write, &at, &buffer, NULL) == CE_None &&
           guarded_flush(to) == CE_None;
}

static bool pass_band(const Filling *filling, int band)
{
    const RawSpoolSpec *spec = &filling->spool->spec;
    for (int y = 0; y < spec->height; y += spec->strip_rows) {
        const Window rows = {.y = y,
                             .width = spec->width,
                             .height =
                                 min64(spec->strip_rows, spec->height - y)};
        if (filling->needs->rows(filling->needs->user, &rows) &&
            !pass_strip(filling, band, &rows))
            return false;
    }
    return true;
}

static bool pass_bands(const Filling *filling)
{
    BandSpool *spool = filling->spool;
    Status status = {.code = STATUS_OK};
    for (int band = 1; band <= spool->spec.bands; band++) {
        if (!filling->needs->band(filling->needs->user, band))
            continue;
        if (!pass_band(filling, band))
            return false;
        spool->bands_read++;
    }
    if (raw_spool_flush(spool->raw, raw_spool_dataset(spool->raw), &status))
        return true;
    CPLError(CE_Failure, CPLE_FileIO, "%s", status.message);
    return false;
}

static bool begin(Filling *filling)
{
    BandSpool *spool = filling->spool;
    const RawSpoolSpec *spec = &spool->spec;
    Status status = {.code = STATUS_OK};
    filling->strip = VSIMalloc3((size_t)spec->width, (size_t)spec->strip_rows,
                                (size_t)GDALGetDataTypeSizeBytes(spec->type));
    if (filling->strip == NULL) {
        CPLError(CE_Failure, CPLE_OutOfMemory, "out of memory");
        return false;
    }
    spool->raw = raw_spool_open(spec, &status);
    if (spool->raw == NULL)
        CPLError(CE_Failure, CPLE_FileIO, "%s", status.message);
    return spool->raw != NULL;
}

CPLErr band_spool_fill(BandSpool *spool, const BandSpoolNeeds *needs,
                       const GDALRasterIOExtraArg *extra)
{
    Filling filling = {.spool = spool, .needs = needs, .extra = extra};
    if (spool->filled)
        return CE_None;
    CPLDebug("ROWBAND", "band after band of %s passes through a spool",
             GDALGetDescription(spool->from));
    spool->filled = begin(&filling) && pass_bands(&filling);
    VSIFree(filling.strip);
    return spool->filled ? CE_None : CE_Failure;
}

GDALDatasetH band_spool_dataset(const BandSpool *spool)
{
    return raw_spool_dataset(spool->raw);
}

int band_spool_bands_read(const BandSpool *spool)
{
    return spool->bands_read;
}
