/* SPDX-License-Identifier: MIT */
#include "contents.h"

#include <string.h>

#include "band_statistics.h"
#include "cpl_error.h"
#include "cpl_string.h"
#include "crs.h"
#include "directory.h"
#include "gdal_versions.h"
#include "option_list.h"

int contents_image_count(const Contents *contents)
{
    return contents->image_count * contents->level_count;
}

int64_t contents_tile_count(const Contents *contents)
{
    int64_t tiles = 0;
    for (int i = 0; i < contents_image_count(contents); i++)
        tiles += contents->layouts[i].tile_count;
    return tiles;
}

PyramidSpec contents_pyramid(const Contents *contents)
{
    return (PyramidSpec){.layouts = contents->layouts,
                         .image_count = contents->image_count,
                         .level_count = contents->level_count,
                         .resampler = contents->resampler,
                         .custom = &contents->resampling};
}

bool contents_parse(Contents *contents, CSLConstList options,
                    GDALDatasetH source, Status *status)
{
    CogOptions *cog = &contents->cog;
    const int width = GDALGetRasterXSize(source);
    /* Whatever is refused is refused under the name that the user gave. */
    if (!option_list_refuse(options, status) ||
        !cog_options_parse(cog, options, source, status) ||
        !options_parse(&contents->raster.options, cog->raster, width, status))
        return false;
    option_list_warn_of_idle(cog->raster, contents->raster.options.compress);
    return cog->overview == NULL || options_parse(&contents->overview.options,
                                                  cog->overview, width, status);
}

/** The size of the level above. */
static int64_t halved(int64_t size)
{
    return size > 1 ? size / 2 : 1;
}

/** As the COG driver has it (frmts/gtiff/cogdriver.cpp:
 * GDALCOGCreator::Create()).
 * @return whether there is another overview above @p below */
static bool has_overview(const Contents *contents, const LayoutSpec *below)
{
    if (!contents->cog.overviews || (below->width == 1 && below->height == 1))
        return false;
    if (contents->cog.overview_count >= 0)
        return contents->level_count - 1 < contents->cog.overview_count;
    return below->width > below->tile_width ||
           below->height > below->tile_height;
}

/** Says how the overviews are made, as GDAL from 3.12 on does and reads; those
 * before know no such option and are silent about it. */
static void note_resampling(Contents *contents, GDALDatasetH source)
{
    Options *options = &contents->raster.options;
    const LayoutSpec raster = {.width = GDALGetRasterXSize(source),
                               .height = GDALGetRasterYSize(source),
                               .tile_width = options->block_width,
                               .tile_height = options->block_height};
    contents->level_count = 1;
    if (contents->cog.cog && has_overview(contents, &raster))
        options->for_tags =
            CSLSetNameValue(options->for_tags, "@OVERVIEW_RESAMPLING",
                            contents->cog.resampling);
}

static bool make_profiles(Contents *contents, GDALDatasetH source,
                          bool with_mask, const char *target, bool strict,
                          Status *status)
{
    Encoding *raster = &contents->raster, *overview = &contents->overview;
    if (!profile_begin(&raster->profile, source, with_mask, status))
        return false;
    if (raster->options.crs_identify)
        crs_identify(raster->profile.proxy);
    note_resampling(contents, source);
    if (!profile_make(&raster->profile, &raster->options, target, strict,
                      status))
        return false;
    if (contents->cog.overview == NULL)
        return true;
    if (!profile_begin(&overview->profile, source, with_mask, status))
        return false;
    overview->profile.quiet = true;
    return profile_make(&overview->profile, &overview->options, target, strict,
                        status);
}

/** Adds overviews for as long as there are. */
static bool describe_overviews(Contents *contents, GDALDatasetH source,
                               Status *status)
{
    ImageSpec like[SWATH_IMAGES_MAX] = {contents->images[0],
                                        contents->images[1]};
    if (contents->cog.overview != NULL) {
        if (!image_describe_raster(&like[0], &contents->overview.tiles, source,
                                   &contents->overview.options,
                                   &contents->overview.profile, status))
            return false;
        like[0].station = STATION_OVERVIEW;
    }
    while (has_overview(
        contents,
        &contents
             ->images[contents_image_count(contents) - contents->image_count]
             .layout.spec)) {
        ImageSpec *level = &contents->images[contents_image_count(contents)];
        const LayoutSpec *below = &(level - contents->image_count)->layout.spec;
        for (int i = 0; i < contents->image_count; i++)
            if (!image_describe_overview(&level[i], &like[i],
                                         halved(below->width),
                                         halved(below->height), status))
                return false;
        contents->level_count++;
    }
    return true;
}

static GDALRasterBandH mask_of(GDALDatasetH source)
{
    return GDALGetMaskBand(GDALGetRasterBand(source, 1));
}

static bool has_mask_of_bits(GDALDatasetH source)
{
    const char *nbits =
        GDALGetMetadataItem(mask_of(source), "NBITS", "IMAGE_STRUCTURE");
    return nbits != NULL && EQUAL(nbits, "1");
}

/** GDAL writes into its overviews what they are where it knows the dataset of
 * what they are made from: later ones of any mask, all of one in a .msk file.
 * The mask of a dataset in memory has none. */
static bool masks_stay_masks(GDALDatasetH source)
{
    const GDALDatasetH dataset = GDALGetBandDataset(mask_of(source));
    return dataset != NULL &&
           (gdal_knows_overviews_of_masks() ||
            GDALGetMetadataItem(dataset, "INTERNAL_MASK_FLAGS_1", NULL) !=
                NULL);
}

static void choose_resampler(Contents *contents, GDALDatasetH source)
{
    contents->resampling =
        (GdalResampling){.bands = contents->raster.profile.proxy,
                         .type = contents->raster.profile.type,
                         .sample_nbits = contents->raster.profile.sample_nbits,
                         .band_count = contents->layouts[0].spec.bands,
                         .nan_to_nodata = contents->images[0].replace_nan,
                         .with_mask = contents->image_count > 1,
                         .mask_of_bits = has_mask_of_bits(source),
                         .masks_stay_masks = masks_stay_masks(source)};
    const bool found =
        contents->level_count > 1 &&
        gdal_resampling_find(contents->cog.resampling, &contents->resampling);
    contents->resampler = found ? &resampler_gdal : &resampler_nearest;
    if (contents->resampling.radius > 0 &&
        GDALGetRasterColorTable(GDALGetRasterBand(source, 1)) != NULL)
        CPLError(CE_Warning, CPLE_AppDefined,
                 "ROWBAND: RESAMPLING=%s on a band with a colour table mixes "
                 "entries that have nothing to do with each other",
                 contents->cog.resampling);
}

static bool describe_images(Contents *contents, GDALDatasetH source,
                            bool with_mask, Status *status)
{
    const Encoding *raster = &contents->raster;
    contents->image_count = with_mask ? 2 : 1;
    contents->level_count = 1;
    if (!image_describe_raster(&contents->images[0], &contents->raster.tiles,
                               source, &raster->options, &raster->profile,
                               status))
        return false;
    if (contents->image_count > 1 &&
        !image_describe_mask(&contents->images[1], &contents->images[0],
                             status))
        return false;
    if (!describe_overviews(contents, source, status))
        return false;
    for (int i = 0; i < contents_image_count(contents); i++)
        contents->layouts[i] = contents->images[i].layout;
    choose_resampler(contents, source);
    return !raster->options.statistics ||
           band_statistics_begin(&contents->images[0], contents->image_count,
                                 &raster->profile, &contents->validity, status);
}

bool contents_describe(Contents *contents, GDALDatasetH source, bool with_mask,
                       const char *target, bool strict, Status *status)
{
    return make_profiles(contents, source, with_mask, target, strict, status) &&
           describe_images(contents, source, with_mask, status);
}

static void encoding_free(Encoding *encoding)
{
    image_release(&encoding->tiles);
    profile_free(&encoding->profile);
    options_free(&encoding->options);
}

void contents_free(Contents *contents)
{
    band_statistics_end(&contents->images[0]);
    encoding_free(&contents->raster);
    encoding_free(&contents->overview);
    cog_options_free(&contents->cog);
}

/** IF_SAFER counts as GTiff does: before compression. */
BigTiff contents_bigtiff(const Contents *contents)
{
    const BigTiff wanted = contents->raster.options.bigtiff;
    const LayoutSpec *spec = &contents->layouts[0].spec;
    const double nbytes = (double)spec->width * (double)spec->height *
                          spec->bands * spec->sample_nbytes;
    const bool large = nbytes > 2e9;
    return wanted == BIGTIFF_IF_SAFER && large ? BIGTIFF_YES : wanted;
}

bool contents_directories(const Contents *contents, Ifd **ifds, Status *status)
{
    const Profile *raster = &contents->raster.profile;
    const Profile *overview =
        contents->cog.overview != NULL ? &contents->overview.profile : raster;
    bool ok = true;
    ifds[0] = raster->image;
    if (contents->image_count > 1)
        ifds[1] = raster->mask;
    for (int i = contents->image_count;
         ok && i < contents_image_count(contents); i++) {
        const bool is_mask = i % contents->image_count == 1;
        ifds[i] = directory_of_overview(
            is_mask ? raster->mask : overview->image, status);
        ok = ifds[i] != NULL;
    }
    return ok;
}

void contents_release_directories(const Contents *contents, Ifd **ifds)
{
    for (int i = contents->image_count; i < contents_image_count(contents); i++)
        ifd_free(ifds[i]);
}
