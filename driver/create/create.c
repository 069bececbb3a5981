/* SPDX-License-Identifier: MIT */
#include "create.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "create_copy.h"
#include "error_trap.h"
#include "options.h"
#include "output_file.h"
#include "report.h"
#include "target.h"

struct RawSpool {
    char *target;
    char **options;
    uint64_t budget_nbytes; /**< BUDGET */
    uint64_t held_nbytes;   /**< of it, by pixels in memory */
    char *folder;           /**< in /vsimem/; NULL: the file is on disk */
    char *path;
    GDALDatasetH dataset;
};

/** Closes what nothing depends on any more, and is silent about it. */
static void close_silently(GDALDatasetH dataset)
{
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_ALL);
    GDALClose(dataset);
    error_trap_end(&trap);
}

static void forget(RawSpool *spool)
{
    if (spool->dataset != NULL)
        close_silently(spool->dataset);
    if (spool->folder != NULL) {
        VSIRmdirRecursive(spool->folder);
    } else if (spool->path != NULL) {
        /* GTiff may have left what it cannot say in the file. */
        VSIUnlink(CPLSPrintf("%s.aux.xml", spool->path));
        VSIUnlink(spool->path);
    }
    CPLFree(spool->folder);
    CPLFree(spool->path);
    CPLFree(spool->target);
    CSLDestroy(spool->options);
    free(spool);
}

/** Says now what can be known to be wrong before there are pixels. Warnings
 * come when the file is made. */
static bool check_options(RawSpool *spool, const SourceShape *shape,
                          Status *status)
{
    ParsedOptions said;
    ResolvedOptions resolved = {.cog = {.cog = false}};
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_ALL);
    const bool ok = options_parse(&said, spool->options, status) &&
                    options_resolve(&resolved, &said, shape, status);
    error_trap_end(&trap);
    spool->budget_nbytes = said.budget_nbytes;
    resolved_options_free(&resolved);
    parsed_options_free(&said);
    return ok;
}

/** Decides where the pixels wait. */
static void choose_path(RawSpool *spool, double nbytes)
{
    if (nbytes <= (double)spool->budget_nbytes / 2) {
        spool->held_nbytes = (uint64_t)nbytes;
        spool->folder =
            CPLStrdup(CPLSPrintf("/vsimem/rowband_raw_%p", (void *)spool));
        spool->path =
            CPLStrdup(CPLFormFilename(spool->folder, "raw.tif", NULL));
        return;
    }
    spool->path = target_scratch_name(spool->target, "raw");
}

static bool create(RawSpool *spool, int width, int height, int bands,
                   GDALDataType type, Status *status)
{
    char **options = CSLSetNameValue(NULL, "SPARSE_OK", "YES");
    options = CSLSetNameValue(options, "BIGTIFF", "YES");
    options = CSLSetNameValue(options, "TILED", "YES");
    options = CSLSetNameValue(options, "BLOCKXSIZE", "512");
    options = CSLSetNameValue(options, "BLOCKYSIZE", "512");
    options = CSLSetNameValue(options, "INTERLEAVE", "BAND");
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    spool->dataset = GDALCreate(GDALGetDriverByName("GTiff"), spool->path,
                                width, height, bands, type, options);
    error_trap_end(&trap);
    CSLDestroy(options);
    if (spool->dataset == NULL)
        return status_fail(status, STATUS_IO, "cannot create %s: %s",
                           spool->path, trap.message);
    if (spool->folder == NULL)
        VSIUnlink(spool->path);
    return true;
}

/** A target that cannot be written to is better known now than when it is
 * closed. What is not whole is empty, which is no raster. */
static bool touch_target(const char *target, Status *status)
{
    if (target_is_special(target))
        return true;
    OutputFile *output = output_file_open(target, 0, false, status);
    return output != NULL && output_file_close(output, status);
}

RawSpool *raw_spool_open(const char *target, int width, int height, int bands,
                         GDALDataType type, CSLConstList options)
{
    Status status = {.code = STATUS_OK};
    RawSpool *spool = calloc(1, sizeof *spool);
    if (spool == NULL) {
        status_fail(&status, STATUS_NO_MEMORY, "out of memory");
        report_failure(target, &status);
        return NULL;
    }
    spool->target = CPLStrdup(target);
    spool->options = CSLDuplicate(options);
    const double nbytes =
        (double)width * height * bands * GDALGetDataTypeSizeBytes(type);
    bool ok = bands > 0 ||
              status_fail(&status, STATUS_INVALID, "a raster without bands");
    const SourceShape shape = {
        .width = width, .height = height, .bands = bands, .type = type};
    ok = ok && check_options(spool, &shape, &status);
    ok = ok && touch_target(target, &status);
    if (ok) {
        choose_path(spool, nbytes);
        ok = create(spool, width, height, bands, type, &status);
        if (!ok)
            target_delete(target);
    }
    if (ok)
        return spool;
    report_failure(target, &status);
    forget(spool);
    return NULL;
}

GDALDatasetH raw_spool_dataset(const RawSpool *spool)
{
    return spool->dataset;
}

/** Gives the file what GDAL's cache holds. */
static bool flush(const RawSpool *spool, GDALDatasetH front, bool complete)
{
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    /* A block that could not be written when it had to leave the cache is told
     * of now. After a failure nothing is written any more: libtiff does not
     * survive that. */
    for (int i = 1; complete && i <= GDALGetRasterCount(front); i++)
        complete =
            GDALFlushRasterCache(GDALGetRasterBand(front, i)) == CE_None &&
            !trap.failed;
    if (complete)
        GDALFlushCache(spool->dataset);
    error_trap_end(&trap);
    complete = complete && !trap.failed;
    if (complete)
        return true;
    Status status = {.code = STATUS_OK};
    status_fail(&status, STATUS_IO, "not all pixels could be kept in %s%s%s",
                spool->path, trap.failed ? ": " : "", trap.message);
    report_failure(spool->target, &status);
    return false;
}

bool raw_spool_finish(RawSpool *spool, GDALDatasetH front, bool complete)
{
    spool->options = CSLSetNameValue(
        spool->options, "BUDGET",
        CPLSPrintf("%" PRIu64, spool->budget_nbytes - spool->held_nbytes));
    const GDALDatasetH made =
        flush(spool, front, complete)
            ? create_copy(spool->target, spool->dataset, false, spool->options,
                          GDALDummyProgress, NULL)
            : NULL;
    if (made != NULL)
        close_silently(made);
    else
        target_delete(spool->target);
    const bool ok = made != NULL;
    forget(spool);
    return ok;
}
