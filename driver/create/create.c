/* SPDX-License-Identifier: MIT */
#include "create.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>

#include "appender.h"
#include "config.h"
#include "cpl_conv.h"
#include "cpl_string.h"
#include "create_copy.h"
#include "crs.h"
#include "error_trap.h"
#include "file_identity.h"
#include "gtiff_tags.h"
#include "histograms.h"
#include "metadata_copy.h"
#include "object.h"
#include "option_table.h"
#include "options.h"
#include "overview_options.h"
#include "raw_spool.h"
#include "report.h"
#include "target.h"
#include "told_file.h"

struct Creation {
    char *target;
    char **options;
    char **overview_options; /**< the same for overviews; NULL: they are encoded
                                like the raster */
    uint64_t budget_nbytes;  /**< BUDGET */
    bool crs_identify;       /**< CRS_IDENTIFY */
    bool planar;             /**< INTERLEAVE=BAND or TILE */
    RawSpool *pixels;
    ToldFile *told;
    bool made;             /**< there was no target before */
    FileIdentity identity; /**< of the target that was made, empty */
};

static void create_free(Creation *creation)
{
    raw_spool_free(creation->pixels);
    told_file_free(creation->told);
    CPLFree(creation->target);
    CSLDestroy(creation->options);
    CSLDestroy(creation->overview_options);
    free(creation);
}

/** The blocks of the file, since what of a block nobody writes to depends on
 * when the others are written: as in GTiff's. Not where there are too many. */
static void choose_blocks(RawSpoolSpec *spec, const Options *options)
{
    enum { TILES_MAX = 1 << 16 };
    const double tiles = (double)spec->width / options->block_width *
                         ((double)spec->height / options->block_height);
    if (!options->tiled)
        spec->strip_rows = options->block_height;
    else if (tiles <= TILES_MAX) {
        spec->tile_width = options->block_width;
        spec->tile_height = options->block_height;
    }
}

/** Has the spool choose by itself where GDAL's cache is to hold less than a row
 * of the blocks. */
static void forget_large_blocks(RawSpoolSpec *spec)
{
    const int rows =
        spec->strip_rows > 0 ? spec->strip_rows : spec->tile_height;
    const double row_nbytes = (double)spec->width * rows * spec->bands *
                              GDALGetDataTypeSizeBytes(spec->type);
    if (row_nbytes > (double)spec->cache_nbytes)
        spec->strip_rows = spec->tile_width = spec->tile_height = 0;
}

/** Has GTiff make what is told all but pixels. */
static bool make_told(Creation *creation, RawSpoolSpec *spec,
                      const SourceShape *shape, const Options *options,
                      Status *status)
{
    char **for_tags = gtiff_tags_options(options);
    creation->crs_identify = options->crs_identify;
    creation->told =
        told_file_create(creation->target, shape, options, for_tags, status);
    choose_blocks(spec, options);
    creation->planar = options->interleave != INTERLEAVE_PIXEL;
    spec->pixel_type = CSLFetchNameValue(creation->options, "PIXELTYPE");
    spec->nbits = CSLFetchNameValue(creation->options, "NBITS");
    CSLDestroy(for_tags);
    return creation->told != NULL;
}

/** What is written has its size and place already. */
static bool refuse_to_reproject(const ParsedOptions *said, Status *status)
{
    return !said->warp.wanted ||
           status_fail(status, STATUS_UNSUPPORTED,
                       "creation option %s is not supported by Create(), whose "
                       "caller says the size and the place of the raster; copy "
                       "with CreateCopy(), or gdal_translate",
                       warp_options_name(&said->warp));
}

/** Says now what can be known to be wrong before there are pixels. What the
 * options warn of comes when the file is made. */
static bool take_options(Creation *creation, RawSpoolSpec *spec, Status *status)
{
    const SourceShape shape = {.width = spec->width,
                               .height = spec->height,
                               .bands = spec->bands,
                               .type = spec->type};
    ParsedOptions said;
    ResolvedOptions resolved = {.cog = {.cog = false}};
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_ALL);
    bool ok = options_parse(&said, creation->options, status) &&
              refuse_to_reproject(&said, status) &&
              options_resolve(&resolved, &said, &shape, status);
    if (ok && said.lossless_copy == LOSSLESS_COPY_YES)
        ok = status_fail(status, STATUS_UNSUPPORTED,
                         "LOSSLESS_COPY=YES: what is written has no tiles yet "
                         "that could be copied");
    if (ok && said.plan)
        ok = status_fail(status, STATUS_UNSUPPORTED,
                         "PLAN=YES: Create() has no source yet to plan for");
    if (ok && said.part.count > 0)
        ok = status_fail(status, STATUS_UNSUPPORTED,
                         "creation option PART is not supported by Create(), "
                         "whose caller writes all of the raster");
    error_trap_end(&trap);
    creation->budget_nbytes = said.budget_nbytes;
    ok = ok && make_told(creation, spec, &shape, &resolved.raster, status);
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
    const bool there = object_is(end) ? object_state(end).exists
                                      : target_content(end) != TARGET_NO_FILE;
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

/** Proves that there can be a target, and leaves none if none is to be seen
 * until it is whole: GDAL asks for that from 3.12 on. */
static bool prepare_target(Creation *creation, Status *status)
{
    const bool ok = touch_target(creation, status);
    if (ok && CPLFetchBool(creation->options,
                           "@CREATE_ONLY_VISIBLE_AT_CLOSE_TIME", false)) {
        delete_made(creation);
        creation->made = false;
    }
    return ok;
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
    if (!take_options(creation, spec, status) ||
        !prepare_target(creation, status))
        return false;
    spec->memory_nbytes = creation->budget_nbytes / 2;
    spec->cache_nbytes = share_of_cache(creation->budget_nbytes);
    forget_large_blocks(spec);
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

GDALDatasetH create_pixels_dataset(const Creation *creation)
{
    return raw_spool_dataset(creation->pixels);
}

RawSpool *create_spool(const Creation *creation)
{
    return creation->pixels;
}

bool create_is_planar(const Creation *creation)
{
    return creation->planar;
}

bool create_is_shown_as_rgba(const Creation *creation)
{
    const GDALRasterBandH band =
        GDALGetRasterBand(raw_spool_dataset(creation->pixels), 1);
    const char *colours =
        CSLFetchNameValueDef(creation->options, "PHOTOMETRIC", "");
    return GDALGetDataTypeSizeBits(GDALGetRasterDataType(band)) <= CHAR_BIT &&
           (EQUAL(colours, "CMYK") || EQUAL(colours, "CIELAB"));
}

GDALDatasetH create_told_dataset(const Creation *creation)
{
    return told_file_dataset(creation->told);
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

void create_note_overviews(Creation *creation, CSLConstList options)
{
    CSLDestroy(creation->overview_options);
    creation->overview_options = overview_options(creation->options, options);
}

static const char own_domain[] = "ROWBAND";
static const char mask_item[] = "MASK_OF_ALL";

void create_note_mask(GDALDatasetH pixels)
{
    GDALSetMetadataItem(pixels, mask_item, "YES", own_domain);
}

bool create_has_mask(GDALDatasetH pixels)
{
    return GDALGetMetadataItem(pixels, mask_item, own_domain) != NULL;
}

/** Where GTiff would make a mask beside the file, it has not been told of it.
 */
static void tell_of_mask(const Creation *creation)
{
    const GDALDatasetH told = told_file_dataset(creation->told);
    ConfigChange inside;
    if (!create_has_mask(raw_spool_dataset(creation->pixels)) ||
        GDALGetMaskFlags(GDALGetRasterBand(told, 1)) == GMF_PER_DATASET)
        return;
    config_begin(&inside, "GDAL_TIFF_INTERNAL_MASK", "YES");
    GDALCreateDatasetMaskBand(told, GMF_PER_DATASET);
    config_end(&inside);
}

/** Completes what was told.
 * @return false after one CPLError(CE_Failure) */
static bool close_told(Creation *creation)
{
    Status status = {.code = STATUS_OK};
    tell_of_mask(creation);
    if (creation->crs_identify)
        crs_identify(told_file_dataset(creation->told));
    const bool ok = told_file_close(creation->told, &status) &&
                    histograms_move(raw_spool_name_in_memory(creation->pixels),
                                    told_file_path(creation->told), &status);
    if (!ok) {
        report_failure(creation->target, &status);
        return false;
    }
    /* What nobody has written to has the file's. */
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_ALL);
    metadata_copy_nodata(told_file_proxy(creation->told),
                         raw_spool_dataset(creation->pixels));
    error_trap_end(&trap);
    return true;
}

/** Bytes that overviews take beside the pixels of a spool. */
static uint64_t overviews_nbytes(GDALDatasetH pixels)
{
    const GDALRasterBandH band = GDALGetRasterBand(pixels, 1);
    const uint64_t pixel_nbytes =
        (uint64_t)GDALGetRasterCount(pixels) *
        (uint64_t)GDALGetDataTypeSizeBytes(GDALGetRasterDataType(band));
    uint64_t nbytes = 0;
    for (int i = 0; i < GDALGetOverviewCount(band); i++) {
        const GDALRasterBandH level = GDALGetOverview(band, i);
        nbytes += pixel_nbytes * (uint64_t)GDALGetRasterBandXSize(level) *
                  (uint64_t)GDALGetRasterBandYSize(level);
    }
    return nbytes;
}

/** What the spool leaves of the budget; a quarter at least, whatever overviews
 * there are. */
static uint64_t left_for_copy(const Creation *creation)
{
    uint64_t held = raw_spool_held_nbytes(creation->pixels);
    if (held > 0)
        held += overviews_nbytes(raw_spool_dataset(creation->pixels));
    const uint64_t most = creation->budget_nbytes / 4 * 3;
    return creation->budget_nbytes - (held < most ? held : most);
}

/** @return whether there is a file now */
static bool copy_pixels(Creation *creation)
{
    const uint64_t left_nbytes = left_for_copy(creation);
    creation->options = CSLSetNameValue(creation->options, "BUDGET",
                                        CPLSPrintf("%" PRIu64, left_nbytes));
    return create_copy_of_pixels(
        creation->target, raw_spool_dataset(creation->pixels), creation->told,
        creation->options, creation->overview_options);
}

void create_give_up(Creation *creation)
{
    const Status status = {.code = STATUS_NO_MEMORY,
                           .message = "out of memory"};
    report_failure(creation->target, &status);
    delete_made(creation);
    create_free(creation);
}

bool create_finish(Creation *creation, GDALDatasetH front, bool complete)
{
    const bool ok = flush(creation, front, complete) && close_told(creation) &&
                    copy_pixels(creation);
    if (!ok)
        delete_made(creation);
    create_free(creation);
    return ok;
}
