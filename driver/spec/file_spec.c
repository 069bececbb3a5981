/* SPDX-License-Identifier: MIT */
#include "file_spec.h"

#include <stdlib.h>
#include <string.h>

#include "band_statistics.h"
#include "cpl_conv.h"
#include "cpl_error.h"
#include "cpl_string.h"
#include "crs.h"
#include "error_trap.h"
#include "mask_traits.h"
#include "versions.h"

int file_spec_image_count(const FileSpec *file)
{
    return file->image_count * file->level_count;
}

int64_t file_spec_tile_count(const FileSpec *file)
{
    int64_t tiles = 0;
    for (int i = 0; i < file_spec_image_count(file); i++)
        tiles += file->layouts[i].tile_count;
    return tiles;
}

PyramidSpec file_spec_pyramid(const FileSpec *file)
{
    return (PyramidSpec){.layouts = file->layouts,
                         .image_count = file->image_count,
                         .level_count = file->level_count,
                         .rows = file->rows,
                         .fed = file->fed,
                         .resampler = file->resampler,
                         .custom = &file->resampling};
}

GDALDatasetH file_spec_taken(const FileSpec *file, int level)
{
    return file->overviews.datasets[file->taken[level]];
}

/** Decides the options of overviews that are encoded otherwise than the raster,
 * which has been warned of what has no effect. */
static bool resolve_taken(FileSpec *file, const SourceShape *shape,
                          Status *status)
{
    ParsedOptions said;
    ResolvedOptions resolved;
    ErrorTrap trap;
    memset(&resolved, 0, sizeof resolved);
    error_trap_begin(&trap, TRAP_ALL);
    const bool ok = options_parse(&said, file->overview_options, status) &&
                    options_resolve(&resolved, &said, shape, status);
    error_trap_end(&trap);
    parsed_options_free(&said);
    file->cog.overviews_differ = true;
    file->overview.options = resolved.raster;
    return ok;
}

static OverviewOrigin origin_of(const FileSpec *file)
{
    if (file->told != NULL)
        return OVERVIEWS_OF_CREATED;
    return file->is_warped ? OVERVIEWS_OF_WARPED : OVERVIEWS_OF_SOURCE;
}

bool file_spec_resolve(FileSpec *file, const ParsedOptions *said,
                       GDALDatasetH source, Status *status)
{
    SourceShape shape = source_shape_of(source);
    ResolvedOptions resolved;
    if (file->warp != NULL && file->warp->has_scheme)
        shape.tile_size = file->warp->place.tile_size;
    const bool ok = options_resolve(&resolved, said, &shape, status) &&
                    source_overviews_open(&file->overviews, source, said,
                                          origin_of(file), status);
    for (int level = 0; level < LEVELS_MAX; level++)
        file->fed[level] = level == 0 || file->overviews.taken;
    file->cog = resolved.cog;
    file->raster.options = resolved.raster;
    file->overview.options = resolved.overview;
    if (ok && file->overviews.taken && !file->cog.cog &&
        file->overview_options != NULL)
        return resolve_taken(file, &shape, status);
    return ok;
}

/** The size of a level along an axis that has @p below in the level below. */
static int64_t size_above(const FileSpec *file, int level, int64_t below)
{
    const WarpTarget *warp = file->warp;
    if (warp != NULL && warp->has_scheme)
        return tiling_scheme_size_above(&warp->scheme, warp->place.zoom, level,
                                        below);
    return below > 1 ? below / 2 : 1;
}

/** As the COG driver has it (frmts/gtiff/cogdriver.cpp:
 * GDALCOGCreator::Create()).
 * @return whether there is an overview @p level, from 1 on, above @p below */
static bool has_overview(const CogOptions *cog, int level,
                         const LayoutSpec *below)
{
    if (!cog->overviews || (below->width == 1 && below->height == 1))
        return false;
    if (cog->overview_count >= 0)
        return level <= cog->overview_count;
    return below->width > below->tile_width ||
           below->height > below->tile_height;
}

/** Has GTiff say how the overviews are made, as GDAL from 3.12 on does and
 * reads; those before know no such option and are silent about it. */
static void note_resampling(FileSpec *file, GDALDatasetH source)
{
    Options *options = &file->raster.options;
    const LayoutSpec raster = {.width = GDALGetRasterXSize(source),
                               .height = GDALGetRasterYSize(source),
                               .tile_width = options->block_width,
                               .tile_height = options->block_height};
    const char *method = file->warp != NULL ? file->warp->method_said : NULL;
    if (file->overviews.taken || !file->cog.cog)
        return;
    if (has_overview(&file->cog, 1, &raster))
        method = file->cog.resampling;
    if (method != NULL)
        options->for_tags =
            CSLSetNameValue(options->for_tags, "@OVERVIEW_RESAMPLING", method);
}

/** Has GTiff name the tiling scheme, as the COG driver does. */
static void note_tiling_scheme(FileSpec *file)
{
    const WarpTarget *warp = file->warp;
    if (warp == NULL || !warp->has_scheme)
        return;
    char **list = file->raster.options.for_tags;
    list = CSLSetNameValue(list, "@TILING_SCHEME_NAME", warp->scheme_name);
    list = CSLSetNameValue(list, "@TILING_SCHEME_ZOOM_LEVEL",
                           CPLSPrintf("%d", warp->place.zoom));
    if (warp->place.aligned_levels > 0)
        list = CSLSetNameValue(list, "@TILING_SCHEME_ALIGNED_LEVELS",
                               CPLSPrintf("%d", warp->place.aligned_levels));
    file->raster.options.for_tags = list;
}

static bool begin_raster_tags(FileSpec *file, GDALDatasetH source,
                              bool with_mask, Status *status)
{
    Encoding *raster = &file->raster;
    if (file->told != NULL)
        return gtiff_tags_begin_told(&raster->tags, file->told, status);
    if (!gtiff_tags_begin(&raster->tags, source, with_mask, status))
        return false;
    if (raster->options.crs_identify)
        crs_identify(raster->tags.proxy);
    if (raster->options.drops_statistics)
        band_statistics_drop(raster->tags.proxy);
    return true;
}

static bool make_profiles(FileSpec *file, GDALDatasetH source, bool with_mask,
                          const char *target, bool strict, Status *status)
{
    Encoding *raster = &file->raster, *overview = &file->overview;
    if (!begin_raster_tags(file, source, with_mask, status))
        return false;
    note_resampling(file, source);
    note_tiling_scheme(file);
    if (!gtiff_tags_make(&raster->tags, &raster->options, target, strict,
                         status))
        return false;
    if (!file->cog.overviews_differ)
        return true;
    if (!gtiff_tags_begin(&overview->tags,
                          file->told != NULL ? raster->tags.proxy : source,
                          with_mask, status))
        return false;
    overview->tags.quiet = true;
    return gtiff_tags_make(&overview->tags, &overview->options, target, strict,
                           status);
}

/** Decides whether the tags of overviews are those that GTiff gave them: where
 * there are all. Where JPEG's tables are among them, they go with what GTiff
 * encodes. */
static bool can_take_tags(const FileSpec *file, int count)
{
    /* What GTiff was told of overviews a COG's are not. */
    const bool as_told = !file->cog.cog || file->overview_options == NULL;
    return file->told != NULL && as_told && !file->cog.overviews_differ &&
           !EQUAL(file->raster.options.compress, "JPEG") &&
           told_file_count(file->told, TOLD_OVERVIEW) == count;
}

/** Has the images of overviews be as GTiff has made the first, or would make
 * it.
 * @param[in,out] like those of the raster, which become those of overviews */
static bool describe_like_taken(const FileSpec *file, ImageSpec *like,
                                Status *status)
{
    const int size = image_spec_overview_tile_size(&like[0].layout.spec);
    const bool any =
        file->told != NULL && told_file_count(file->told, TOLD_OVERVIEW) > 0;
    Ifd *tags = any ? told_file_directory(file->told, TOLD_OVERVIEW, 0, status)
                    : ifd_new();
    if (tags == NULL)
        return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    like[0].encoding = ENCODING_OVERVIEW;
    like[1].encoding = ENCODING_MASK_OF_OVERVIEW;
    for (int i = 0; i < file->image_count && !file->cog.cog; i++) {
        LayoutSpec *spec = &like[i].layout.spec;
        spec->strips = false;
        spec->tile_width = (int64_t)ifd_number(tags, TAG_TILE_WIDTH, size);
        spec->tile_height = (int64_t)ifd_number(tags, TAG_TILE_LENGTH, size);
    }
    if (file->takes_tags)
        like[0].layout.spec.sample_nbits =
            (int)ifd_number(tags, TAG_BITS_PER_SAMPLE, 1);
    ifd_free(tags);
    return true;
}

/** All are encoded alike. */
static bool check_taken(const FileSpec *file, int count, int nbits,
                        Status *status)
{
    bool alike = true;
    for (int i = 0; alike && file->takes_tags && i < count; i++) {
        Ifd *tags = told_file_directory(file->told, TOLD_OVERVIEW, i, status);
        if (tags == NULL)
            return false;
        alike = ifd_number(tags, TAG_BITS_PER_SAMPLE, 1) == (uint64_t)nbits;
        ifd_free(tags);
    }
    return alike || status_fail(status, STATUS_UNSUPPORTED,
                                "overviews with samples of different bits");
}

/** Decides which overview is which level: in their order, or in a COG from the
 * largest to the smallest. */
static void order_taken(FileSpec *file, int count)
{
    for (int level = 1; level <= count; level++) {
        int at = level;
        file->taken[0] = level - 1;
        const int width = GDALGetRasterXSize(file_spec_taken(file, 0));
        while (file->cog.cog && at > 1 &&
               GDALGetRasterXSize(file_spec_taken(file, at - 1)) < width) {
            file->taken[at] = file->taken[at - 1];
            at--;
        }
        file->taken[at] = level - 1;
    }
}

/** Describes the overviews that there are.
 * @param like images of the raster */
static bool describe_taken(FileSpec *file, ImageSpec *like, Status *status)
{
    const int count = file->overviews.count;
    file->takes_tags = can_take_tags(file, count);
    if (!describe_like_taken(file, like, status) ||
        !check_taken(file, count, like[0].layout.spec.sample_nbits, status))
        return false;
    order_taken(file, count);
    while (file->level_count <= count) {
        const int level = file->level_count;
        ImageSpec *images = &file->images[file_spec_image_count(file)];
        const GDALDatasetH overview = file_spec_taken(file, level);
        for (int i = 0; i < file->image_count; i++)
            if (!image_spec_overview(&images[i], &like[i], level,
                                     GDALGetRasterXSize(overview),
                                     GDALGetRasterYSize(overview), status))
                return false;
        file->level_count++;
    }
    return true;
}

/** @return whether there is a level above those that are described, and its
 * size */
static bool next_level(const FileSpec *file, int64_t *width, int64_t *height)
{
    const int number = file->level_count;
    const LayoutSpec *below =
        &file->images[file_spec_image_count(file) - file->image_count]
             .layout.spec;
    const BegunFile *begun = file->begun;
    if (begun != NULL) {
        *width = number < begun->level_count ? begun->widths[number] : 0;
        *height = number < begun->level_count ? begun->heights[number] : 0;
        return number < begun->level_count;
    }
    *width = size_above(file, number, below->width);
    *height = size_above(file, number, below->height);
    return has_overview(&file->cog, number, below);
}

/** Adds overviews for as long as there are. */
static bool describe_overviews(FileSpec *file, GDALDatasetH source,
                               Status *status)
{
    ImageSpec like[SWATH_IMAGES_MAX] = {file->images[0], file->images[1]};
    if (file->cog.overviews_differ) {
        if (!image_spec_raster(&like[0], &file->overview.tiles, source,
                               &file->overview.options, &file->overview.tags,
                               status))
            return false;
        like[0].encoding = ENCODING_OVERVIEW;
    }
    if (file->overviews.taken)
        return describe_taken(file, like, status);
    int64_t width, height;
    while (next_level(file, &width, &height)) {
        ImageSpec *level = &file->images[file_spec_image_count(file)];
        for (int i = 0; i < file->image_count; i++)
            if (!image_spec_overview(&level[i], &like[i], file->level_count,
                                     width, height, status))
                return false;
        file->level_count++;
    }
    return true;
}

static void choose_resampler(FileSpec *file, GDALDatasetH source)
{
    file->resampling =
        (GdalResampling){.bands = file->raster.tags.proxy,
                         .type = file->raster.tags.type,
                         .sample_nbits = file->raster.tags.sample_nbits,
                         .band_count = file->layouts[0].spec.bands,
                         .nan_to_nodata = file->images[0].replace_nan,
                         .with_mask = file->image_count > 1,
                         .mask_of_bits = mask_traits_of_bits(source),
                         .masks_stay_masks = mask_traits_stay_masks(source)};
    const bool found =
        file->level_count > 1 && !file->overviews.taken &&
        gdal_resampling_find(file->cog.resampling, &file->resampling);
    file->resampler = found ? &resampler_gdal : &resampler_nearest;
    if (file->resampling.radius > 0 &&
        GDALGetRasterColorTable(GDALGetRasterBand(source, 1)) != NULL)
        CPLError(CE_Warning, CPLE_AppDefined,
                 "ROWBAND: RESAMPLING=%s on a band with a colour table mixes "
                 "unrelated entries",
                 file->cog.resampling);
}

/** Has the encoders see the mask, if they have a use for it. */
static void have_hidden_filled(FileSpec *file)
{
    bool any = false;
    for (int i = 0; i < file_spec_image_count(file); i++)
        any |= file->images[i].hiding_nbytes > 0;
    if (any && !file->validity.present)
        file->validity =
            (ValidityPlane){.present = true, .image = 1, .sample_nbytes = 1};
    for (int i = 0; i < file_spec_image_count(file); i++)
        if (file->images[i].hiding_nbytes > 0)
            file->images[i].hiding_nbytes = file->validity.sample_nbytes;
}

static bool describe_images(FileSpec *file, GDALDatasetH source, bool with_mask,
                            Status *status)
{
    const Encoding *raster = &file->raster;
    file->image_count = with_mask ? 2 : 1;
    file->level_count = 1;
    if (!image_spec_raster(&file->images[0], &file->raster.tiles, source,
                           &raster->options, &raster->tags, status))
        return false;
    if (file->image_count > 1 &&
        !image_spec_mask(&file->images[1], &file->images[0], status))
        return false;
    if (!describe_overviews(file, source, status))
        return false;
    for (int i = 0; i < file_spec_image_count(file); i++)
        file->layouts[i] = file->images[i].layout;
    choose_resampler(file, source);
    if (raster->options.statistics &&
        !band_statistics_begin(&file->images[0], file->image_count,
                               &raster->tags, &file->validity, status))
        return false;
    have_hidden_filled(file);
    return true;
}

/** Has tiles be encoded as the tags say that there are already. */
static bool take_begun(FileSpec *file, Status *status)
{
    const BegunFile *begun = file->begun;
    if (begun == NULL)
        return true;
    return gtiff_tags_take(&file->raster.tags, begun->tags, status) &&
           (!file->cog.overviews_differ || begun->tags_of_overview == NULL ||
            gtiff_tags_take(&file->overview.tags, begun->tags_of_overview,
                            status));
}

bool file_spec_describe(FileSpec *file, GDALDatasetH source, bool with_mask,
                        const char *target, bool strict, Status *status)
{
    return make_profiles(file, source, with_mask, target, strict, status) &&
           take_begun(file, status) &&
           describe_images(file, source, with_mask, status);
}

static void encoding_free(Encoding *encoding)
{
    image_spec_release(&encoding->tiles);
    gtiff_tags_free(&encoding->tags);
    options_free(&encoding->options);
}

void file_spec_free(FileSpec *file)
{
    band_statistics_end(&file->images[0]);
    source_overviews_close(&file->overviews);
    encoding_free(&file->raster);
    encoding_free(&file->overview);
}

/** IF_SAFER counts as GTiff does: before compression. */
BigTiff file_spec_bigtiff(const FileSpec *file)
{
    const BigTiff wanted = file->raster.options.bigtiff;
    const LayoutSpec *spec = &file->layouts[0].spec;
    const double nbytes = (double)spec->width * (double)spec->height *
                          spec->bands * spec->sample_nbytes;
    const bool large = nbytes > 2e9;
    return wanted == BIGTIFF_IF_SAFER && large ? BIGTIFF_YES : wanted;
}
