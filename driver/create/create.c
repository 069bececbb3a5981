/* SPDX-License-Identifier: MIT */
#include "create.h"

#include <inttypes.h>
#include <stdlib.h>

#include "appender.h"
#include "cpl_conv.h"
#include "cpl_string.h"
#include "create_copy.h"
#include "error_trap.h"
#include "file_identity.h"
#include "options.h"
#include "raw_spool.h"
#include "report.h"
#include "target.h"

struct Creation {
    char *target;
    char **options;
    uint64_t budget_nbytes; /**< BUDGET */
    RawSpool *pixels;
    bool made;             /**< there was no target before */
    FileIdentity identity; /**< of the target that was made, empty */
};

static void create_free(Creation *creation)
{
    raw_spool_free(creation->pixels);
    CPLFree(creation->target);
    CSLDestroy(creation->options);
    free(creation);
}

/** Says now what can be known to be wrong before there are pixels. Warnings
 * come when the file is made. */
static bool check_options(Creation *creation, const RawSpoolSpec *spec,
                          Status *status)
{
    const SourceShape shape = {.width = spec->width,
                               .height = spec->height,
                               .bands = spec->bands,
                               .type = spec->type};
    ParsedOptions said;
    ResolvedOptions resolved = {.cog = {.cog = false}};
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_ALL);
    const bool ok = options_parse(&said, creation->options, status) &&
                    options_resolve(&resolved, &said, &shape, status);
    error_trap_end(&trap);
    creation->budget_nbytes = said.budget_nbytes;
    resolved_options_free(&resolved);
    parsed_options_free(&said);
    return ok;
}

/** Makes an empty file, which is no raster. What somebody else makes in the
 * same moment stays. */
static bool make_target(const char *end, Status *status)
{
    const bool can_append = target_is_local(end) || target_is_in_memory(end);
    Appender out;
    if (!appender_begin(&out, end, can_append ? "ab" : "wb", status))
        return false;
    const bool ok = appender_close(&out, status);
    if (!ok)
        target_delete(end);
    CPLFree(out.path);
    return ok;
}

/** A target that cannot be written to is better known now than when it is
 * closed. What is there stays as it is until then. */
static bool touch_target(Creation *creation, Status *status)
{
    if (target_is_special(creation->target))
        return true;
    char *end = target_end_of_links(creation->target);
    const bool there = target_content(end) != TARGET_NO_FILE;
    const bool ok =
        there ? target_can_be_replaced(end, status) : make_target(end, status);
    creation->made = ok && !there;
    if (creation->made)
        creation->identity = file_identity_of(end);
    CPLFree(end);
    return ok;
}

/** Deletes the target if it was made, and nothing came of it. */
static void delete_made(const Creation *creation)
{
    char *end = target_end_of_links(creation->target);
    const bool in_memory = target_is_in_memory(end);
    const bool can_tell = in_memory || target_is_local(end);
    /* What holds nothing is nobody's loss, should it not be ours. */
    const bool ours =
        !can_tell ||
        (target_content(end) == TARGET_EMPTY &&
         (in_memory || file_identity_is_of(&creation->identity, end)));
    if (creation->made && ours)
        target_delete(end);
    CPLFree(end);
}

/** What GDAL's cache is to hold of the pixels while they are written: enough to
 * put together blocks of what comes row by row. */
static uint64_t share_of_cache(uint64_t budget_nbytes)
{
    const uint64_t least_nbytes = (uint64_t)4 << 20;
    return budget_nbytes / 4 > least_nbytes ? budget_nbytes / 4 : least_nbytes;
}

static bool create_pixels(Creation *creation, RawSpoolSpec *spec,
                          Status *status)
{
    if (spec->bands <= 0)
        return status_fail(status, STATUS_INVALID, "a raster without bands");
    if (!check_options(creation, spec, status) ||
        !touch_target(creation, status))
        return false;
    spec->memory_nbytes = creation->budget_nbytes / 2;
    spec->cache_nbytes = share_of_cache(creation->budget_nbytes);
    creation->pixels = raw_spool_open(spec, status);
    if (creation->pixels == NULL)
        delete_made(creation);
    return creation->pixels != NULL;
}

Creation *create_begin(const char *target, int width, int height, int bands,
                       GDALDataType type, CSLConstList options)
{
    RawSpoolSpec spec = {.target = target,
                         .width = width,
                         .height = height,
                         .bands = bands,
                         .type = type};
    Status status = {.code = STATUS_OK};
    Creation *creation = calloc(1, sizeof *creation);
    if (creation == NULL) {
        status_fail(&status, STATUS_NO_MEMORY, "out of memory");
        report_failure(target, &status);
        return NULL;
    }
    creation->target = CPLStrdup(target);
    creation->options = CSLDuplicate(options);
    if (create_pixels(creation, &spec, &status))
        return creation;
    report_failure(target, &status);
    create_free(creation);
    return NULL;
}

GDALDatasetH create_raw_dataset(const Creation *creation)
{
    return raw_spool_dataset(creation->pixels);
}

RawSpool *create_spool(const Creation *creation)
{
    return creation->pixels;
}

/** Gives the spool all that was written.
 * @return false after one CPLError(CE_Failure) */
static bool flush(const Creation *creation, GDALDatasetH front, bool complete)
{
    Status status = {.code = STATUS_OK};
    if (!complete)
        raw_spool_fail(creation->pixels, &status);
    if (complete && raw_spool_flush(creation->pixels, front, &status))
        return true;
    report_failure(creation->target, &status);
    return false;
}

/** Raw pixels are gray unless someone said otherwise. Of one bit, or with black
 * and white the other way round, GTiff's Create() makes no such claim, and the
 * file would have an .aux.xml for it. */
static void forget_gray(const Creation *creation)
{
    const GDALDatasetH pixels = raw_spool_dataset(creation->pixels);
    const GDALRasterBandH band = GDALGetRasterBand(pixels, 1);
    const char *nbits = CSLFetchNameValueDef(creation->options, "NBITS", "8");
    const char *colours =
        CSLFetchNameValueDef(creation->options, "PHOTOMETRIC", "");
    const bool other = EQUAL(nbits, "1") || EQUAL(colours, "MINISWHITE");
    if (other && GDALGetRasterCount(pixels) == 1 &&
        GDALGetRasterColorInterpretation(band) == GCI_GrayIndex)
        GDALSetRasterColorInterpretation(band, GCI_Undefined);
}

/** @return whether there is a file now */
static bool copy_pixels(Creation *creation)
{
    forget_gray(creation);
    const uint64_t left_nbytes =
        creation->budget_nbytes - raw_spool_held_nbytes(creation->pixels);
    creation->options = CSLSetNameValue(creation->options, "BUDGET",
                                        CPLSPrintf("%" PRIu64, left_nbytes));
    const GDALDatasetH made =
        create_copy(creation->target, raw_spool_dataset(creation->pixels),
                    false, creation->options, GDALDummyProgress, NULL);
    if (made == NULL)
        return false;
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_ALL);
    GDALClose(made);
    error_trap_end(&trap);
    return true;
}

bool create_finish(Creation *creation, GDALDatasetH front, bool complete)
{
    const bool ok = flush(creation, front, complete) && copy_pixels(creation);
    if (!ok)
        delete_made(creation);
    create_free(creation);
    return ok;
}
