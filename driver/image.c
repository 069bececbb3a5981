/* SPDX-License-Identifier: MIT */
#include "image.h"

#include <string.h>

#include "cpl_error.h"
#include "cpl_string.h"

static bool is_float(GDALDataType type)
{
    return GDALDataTypeIsFloating(type) && !GDALDataTypeIsComplex(type);
}

static bool choose_predictor(const Options *options, const Profile *profile,
                             Predictor *predictor, Status *status)
{
    const bool real_float = is_float(profile->type);
    const int wished = options->predictor;
    *predictor = PREDICTOR_NONE;
    if (!options->codec->predicts) {
        if (wished != PREDICTOR_NONE && wished != PREDICTOR_AUTO)
            CPLError(CE_Warning, CPLE_AppDefined,
                     "ROWBAND: PREDICTOR has no effect with COMPRESS=%s",
                     options->compress);
        return true;
    }
    *predictor = wished == PREDICTOR_BY_TYPE ? predictor_usual(real_float)
                                             : (Predictor)wished;
    return predictor_applies(*predictor, profile->sample_nbits, real_float) ||
           status_fail(status, STATUS_INVALID,
                       "PREDICTOR=%d is not for samples of %d bits of type %s",
                       (int)*predictor, profile->sample_nbits,
                       GDALGetDataTypeName(profile->type));
}

/** Has GTiff do what we do not do ourselves. */
static void choose_codecs(ImageSpec *image, GtiffTiles *tiles,
                          const Options *options, const Profile *profile)
{
    const bool planar = image->layout.spec.planar;
    image->codec = options->codec;
    image->level = options->level;
    if (options->codec == &codec_gtiff) {
        gtiff_tile_init(&tiles->codec, profile, options->compress,
                        options->for_codec, planar);
        tiles->codec.directory = profile->image;
        image->codec_custom = &tiles->codec;
    }
    /* GTiff passes over packed samples too, and has warned of it. */
    if (options->discard_lsb != NULL &&
        profile->sample_nbits == GDALGetDataTypeSizeBits(profile->type)) {
        char **discard =
            CSLSetNameValue(NULL, "DISCARD_LSB", options->discard_lsb);
        gtiff_tile_init(&tiles->filter, profile, "NONE", discard, planar);
        image->filter = &codec_gtiff;
        image->filter_custom = &tiles->filter;
        CSLDestroy(discard);
    }
}

void image_release(GtiffTiles *tiles)
{
    gtiff_tile_free(&tiles->codec);
    gtiff_tile_free(&tiles->filter);
}

bool image_describe_raster(ImageSpec *image, GtiffTiles *tiles,
                           GDALDatasetH source, const Options *options,
                           const Profile *profile, Status *status)
{
    const LayoutSpec spec = {
        .width = GDALGetRasterXSize(source),
        .height = GDALGetRasterYSize(source),
        .bands = GDALGetRasterCount(source),
        .sample_nbytes = GDALGetDataTypeSizeBytes(profile->type),
        .sample_nbits = profile->sample_nbits,
        .planar = options->planar && GDALGetRasterCount(source) > 1,
        .strips = !options->tiled,
        .tile_width = options->block_width,
        .tile_height = options->block_height};
    /* GTiff, which has made the tags, knows no other packed floats to write. */
    image->half_float = profile->type == GDT_Float32 && spec.sample_nbits == 16;
    if (is_float(profile->type) && !image->half_float &&
        spec.sample_nbits < 8 * spec.sample_nbytes)
        return status_fail(
            status, STATUS_UNSUPPORTED, "NBITS=%d of type %s is not supported",
            spec.sample_nbits, GDALGetDataTypeName(profile->type));

    image->sample_format = (SampleFormat)ifd_number(
        profile->image, TAG_SAMPLE_FORMAT, SAMPLE_FORMAT_UINT);
    image->skip_empty = options->sparse_ok;
    image->replace_nan = options->nan_to_nodata && is_float(profile->type) &&
                         profile->has_nodata && profile->nodata_replaces_nan;
    memcpy(image->empty_sample, profile->nodata, SAMPLE_NBYTES_MAX);
    memcpy(image->nan_sample, profile->nodata, SAMPLE_NBYTES_MAX);
    if (!layout_init(&image->layout, &spec, status))
        return false;
    choose_codecs(image, tiles, options, profile);
    return choose_predictor(options, profile, &image->predictor, status);
}

bool image_describe_mask(ImageSpec *image, const ImageSpec *raster,
                         Status *status)
{
    LayoutSpec spec = raster->layout.spec;
    spec.bands = 1;
    spec.planar = false;
    spec.sample_nbytes = 1;
    spec.sample_nbits = 1;
    *image = (ImageSpec){.station = STATION_MASK,
                         .sample_format = SAMPLE_FORMAT_UINT,
                         .codec = &codec_deflate,
                         .level = 6,
                         .predictor = PREDICTOR_NONE,
                         .skip_empty = raster->skip_empty};
    return layout_init(&image->layout, &spec, status);
}

bool image_describe_overview(ImageSpec *image, const ImageSpec *like,
                             int64_t width, int64_t height, Status *status)
{
    LayoutSpec spec = like->layout.spec;
    spec.width = width;
    spec.height = height;
    *image = *like;
    image->statistics = NULL;
    return layout_init(&image->layout, &spec, status);
}
