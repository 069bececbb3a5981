/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <string.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "option_table.h"
#include "predictor.h"
#include "versions.h"

static char *copy_text(const char *text)
{
    return text != NULL ? CPLStrdup(text) : NULL;
}

static bool resolve_blocks(Options *options, const ParsedOptions *said,
                           const SourceShape *source, Status *status)
{
    options->tiled =
        said->blocks == BLOCKS_TILES ||
        (said->blocks == BLOCKS_BY_WIDTH && said->block_width != source->width);
    options->block_width =
        said->block_width > 0 ? said->block_width : source->tile_size;
    options->block_height =
        said->block_height > 0 ? said->block_height : source->tile_size;
    return !options->tiled || parsed_options_check_tiles(said, status);
}

static void resolve_encoding(Options *options, const EncodingOptions *said,
                             const SourceShape *source)
{
    const bool real_float = GDALDataTypeIsFloating(source->type) &&
                            !GDALDataTypeIsComplex(source->type);
    options->compress = CPLStrdup(said->compress);
    options->codec = said->codec;
    options->level = said->level;
    options->predictor = said->predictor == PREDICTOR_BY_TYPE
                             ? (int)predictor_usual(real_float)
                             : said->predictor;
    options->for_codec = CSLDuplicate(said->for_codec);
}

/** As the COG driver does (frmts/gtiff/cogdriver.cpp:
 * GDALCOGCreator::Create()). */
static void choose_photometric(Options *options, const SourceShape *source)
{
    if (EQUAL(options->compress, "JPEG") && source->bands == 3 &&
        options->interleave == INTERLEAVE_PIXEL &&
        CSLFetchNameValue(options->for_tags, "PHOTOMETRIC") == NULL)
        options->for_tags =
            CSLSetNameValue(options->for_tags, "PHOTOMETRIC", "YCBCR");
}

/** libtiff takes a row of pixels to be as long as one of one band, leaves out
 * the rest and says success (tif_fax3.c: Fax3SetupState()). */
static bool check_ccitt(const Options *options, const SourceShape *source,
                        Status *status)
{
    return options->interleave != INTERLEAVE_PIXEL || source->bands == 1 ||
           !STARTS_WITH_CI(options->compress, "CCITT") ||
           status_fail(status, STATUS_UNSUPPORTED,
                       "COMPRESS=%s is not supported for several bands "
                       "together; give INTERLEAVE=BAND",
                       options->compress);
}

static bool resolve_image(Options *options, const ParsedOptions *said,
                          const EncodingOptions *encoding,
                          const SourceShape *source, Status *status)
{
    *options = (Options){.part = said->part,
                         .budget_nbytes = said->budget_nbytes,
                         .threads = said->threads,
                         .read_threads = said->read_threads,
                         .interleave = said->interleave,
                         .bigtiff = said->bigtiff,
                         .sparse_ok = said->sparse_ok,
                         .lossless_copy = said->lossless_copy,
                         .effort_named = encoding->effort_named,
                         .nan_to_nodata = said->nan_to_nodata,
                         .nodata_to_mask = said->nodata_to_mask,
                         .discard_lsb = copy_text(said->discard_lsb),
                         .statistics = said->statistics,
                         .drops_statistics = said->drops_statistics,
                         .crs_identify = said->crs_identify,
                         .fsync = said->fsync,
                         .verify = said->verify,
                         .for_tags = CSLDuplicate(said->for_tags)};
    resolve_encoding(options, encoding, source);
    if (said->cog)
        choose_photometric(options, source);
    return check_ccitt(options, source, status) &&
           resolve_blocks(options, said, source, status);
}

/** The default is the COG driver's. */
static bool resolve_overviews(CogOptions *cog, const ParsedOptions *said,
                              const SourceShape *source, Status *status)
{
    const bool nearest =
        source->has_color_table || (GDALDataTypeIsComplex(source->type) &&
                                    gdal_cogs_take_nearest_for_complex());
    const char *by_default = nearest ? "NEAREST" : "CUBIC";
    *cog = (CogOptions){
        .cog = said->cog,
        .overviews = said->overviews == OVERVIEWS_MADE ||
                     said->overviews == OVERVIEWS_AUTO,
        .overviews_differ = said->overviews_differ,
        .overview_count = said->overview_count,
        .resampling = said->resampling != NULL ? said->resampling : by_default};
    return !cog->overviews || EQUAL(cog->resampling, "NEAREST") ||
           !GDALDataTypeIsComplex(source->type) ||
           status_fail(status, STATUS_UNSUPPORTED,
                       "RESAMPLING=%s is not supported for complex samples; "
                       "give RESAMPLING=NEAREST",
                       cog->resampling);
}

bool options_resolve(ResolvedOptions *resolved, const ParsedOptions *said,
                     const SourceShape *source, Status *status)
{
    memset(resolved, 0, sizeof *resolved);
    return resolve_overviews(&resolved->cog, said, source, status) &&
           resolve_image(&resolved->raster, said, &said->raster, source,
                         status) &&
           (!said->overviews_differ ||
            resolve_image(&resolved->overview, said, &said->overview, source,
                          status));
}

void options_free(Options *options)
{
    CSLDestroy(options->for_tags);
    CSLDestroy(options->for_codec);
    CPLFree(options->compress);
    CPLFree(options->discard_lsb);
    memset(options, 0, sizeof *options);
}

void resolved_options_free(ResolvedOptions *resolved)
{
    options_free(&resolved->raster);
    options_free(&resolved->overview);
}
