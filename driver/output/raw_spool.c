/* SPDX-License-Identifier: MIT */
#include "raw_spool.h"

#include <stdlib.h>

#include "cpl_conv.h"
#include "cpl_error.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "error_trap.h"
#include "target.h"

struct RawSpool {
    uint64_t held_nbytes;
    char *folder; /**< in /vsimem/; NULL: the file is on disk */
    char *path;
    GDALDatasetH dataset;
};

uint64_t raw_spool_would_hold(const RawSpoolSpec *spec)
{
    const double nbytes = (double)spec->width * spec->height * spec->bands *
                          GDALGetDataTypeSizeBytes(spec->type);
    return nbytes > (double)spec->memory_nbytes ? 0 : (uint64_t)nbytes;
}

/** Decides where the pixels wait. */
static void choose_path(RawSpool *spool, const RawSpoolSpec *spec)
{
    spool->held_nbytes = raw_spool_would_hold(spec);
    if (spool->held_nbytes == 0) {
        spool->path = target_scratch_name(spec->target, "raw");
        return;
    }
    spool->folder =
        CPLStrdup(CPLSPrintf("/vsimem/rowband_raw_%p", (void *)spool));
    spool->path = CPLStrdup(CPLFormFilename(spool->folder, "raw.tif", NULL));
}

static char **file_options(const RawSpoolSpec *spec)
{
    char **options = CSLSetNameValue(NULL, "SPARSE_OK", "YES");
    options = CSLSetNameValue(options, "BIGTIFF", "YES");
    options = CSLSetNameValue(options, "INTERLEAVE", "BAND");
    if (spec->strip_rows > 0)
        return CSLSetNameValue(options, "BLOCKYSIZE",
                               CPLSPrintf("%d", spec->strip_rows));
    const bool any_size = spec->tile_width == 0;
    options = CSLSetNameValue(options, "TILED", "YES");
    options =
        CSLSetNameValue(options, "BLOCKXSIZE",
                        CPLSPrintf("%d", any_size ? 512 : spec->tile_width));
    return CSLSetNameValue(
        options, "BLOCKYSIZE",
        CPLSPrintf("%d", any_size ? 512 : spec->tile_height));
}

static bool create_file(RawSpool *spool, const RawSpoolSpec *spec,
                        Status *status)
{
    char **options = file_options(spec);
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    spool->dataset =
        GDALCreate(GDALGetDriverByName("GTiff"), spool->path, spec->width,
                   spec->height, spec->bands, spec->type, options);
    error_trap_end(&trap);
    CSLDestroy(options);
    if (spool->dataset == NULL)
        return status_fail(status, STATUS_IO, "cannot create %s: %s",
                           spool->path, trap.message);
    if (spool->folder == NULL)
        VSIUnlink(spool->path);
    return true;
}

RawSpool *raw_spool_open(const RawSpoolSpec *spec, Status *status)
{
    RawSpool *spool = calloc(1, sizeof *spool);
    if (spool == NULL) {
        status_fail(status, STATUS_NO_MEMORY, "out of memory");
        return NULL;
    }
    choose_path(spool, spec);
    if (create_file(spool, spec, status))
        return spool;
    raw_spool_free(spool);
    return NULL;
}

GDALDatasetH raw_spool_dataset(const RawSpool *spool)
{
    return spool->dataset;
}

const char *raw_spool_path(const RawSpool *spool)
{
    return spool->path;
}

uint64_t raw_spool_held_nbytes(const RawSpool *spool)
{
    return spool->held_nbytes;
}

bool raw_spool_flush(RawSpool *spool, GDALDatasetH front, Status *status)
{
    bool ok = true;
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    /* A block that could not be written when it had to leave the cache is told
     * of now. After a failure nothing is written any more: libtiff does not
     * survive that. */
    for (int i = 1; ok && i <= GDALGetRasterCount(front); i++)
        ok = GDALFlushRasterCache(GDALGetRasterBand(front, i)) == CE_None &&
             !trap.failed;
    if (ok)
        GDALFlushCache(spool->dataset);
    error_trap_end(&trap);
    return (ok && !trap.failed) ||
           status_fail(status, STATUS_IO,
                       "not all pixels could be kept in %s%s%s", spool->path,
                       trap.failed ? ": " : "", trap.message);
}

/** Nothing depends on it any more: what it has to say is of no interest. */
static void close_silently(GDALDatasetH dataset)
{
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_ALL);
    GDALClose(dataset);
    error_trap_end(&trap);
}

void raw_spool_free(RawSpool *spool)
{
    if (spool == NULL)
        return;
    if (spool->dataset != NULL)
        close_silently(spool->dataset);
    if (spool->folder != NULL) {
        VSIRmdirRecursive(spool->folder);
    } else {
        /* GTiff may have left what it cannot say in the file. */
        VSIUnlink(CPLSPrintf("%s.aux.xml", spool->path));
        VSIUnlink(spool->path);
    }
    CPLFree(spool->folder);
    CPLFree(spool->path);
    free(spool);
}
