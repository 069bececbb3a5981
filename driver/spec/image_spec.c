/* SPDX-License-Identifier: MIT */
#include "image_spec.h"

#include <stdlib.h>
#include <string.h>

#include "codec_fidelity.h"
#include "cpl_conv.h"
#include "cpl_error.h"
#include "cpl_string.h"
#include "gtiff_codec.h"
#include "mask_fill.h"

static bool is_float(GDALDataType type)
{
    return GDALDataTypeIsFloating(type) && !GDALDataTypeIsComplex(type);
}

static bool choose_predictor(const Options *options, const GtiffTags *tags,
                             Predictor *predictor, Status *status)
{
    const bool real_float = is_float(tags->type);
    const int wished = options->predictor;
    *predictor = PREDICTOR_NONE;
    if (!options->codec->predicts) {
        if (wished != PREDICTOR_NONE && wished != PREDICTOR_AUTO)
            CPLError(CE_Warning, CPLE_AppDefined,
                     "ROWBAND: PREDICTOR has no effect with COMPRESS=%s",
                     options->compress);
        return true;
    }
    *predictor = (Predictor)wished;
    return predictor_applies(*predictor, tags->sample_nbits, real_float) ||
           status_fail(status, STATUS_INVALID,
                       "PREDICTOR=%d does not support samples of %d bits of "
                       "type %s",
                       (int)*predictor, tags->sample_nbits,
                       GDALGetDataTypeName(tags->type));
}

/** Has GTiff do what we do not do ourselves. */
static void choose_codecs(ImageSpec *image, GtiffTiles *tiles,
                          const Options *options, const GtiffTags *tags)
{
    const bool planar = image->layout.spec.planar;
    image->codec = options->codec;
    image->level = options->level;
    if (options->codec == &codec_gtiff) {
        tiles->codec = (GtiffTile){
            .bands = tags->proxy, .type = tags->type, .directory = tags->image};
        gtiff_tile_init(&tiles->codec, tags->image, options->compress,
                        options->for_codec, planar);
        image->codec_custom = &tiles->codec;
    }
    /* GTiff passes over packed samples too, and has warned of it. */
    if (options->discard_lsb != NULL &&
        tags->sample_nbits == GDALGetDataTypeSizeBits(tags->type)) {
        char **discard =
            CSLSetNameValue(NULL, "DISCARD_LSB", options->discard_lsb);
        tiles->filter = (GtiffTile){.bands = tags->proxy, .type = tags->type};
        gtiff_tile_init(&tiles->filter, tags->image, "NONE", discard, planar);
        image->filter = &codec_gtiff;
        image->filter_custom = &tiles->filter;
        CSLDestroy(discard);
    }
}

/** VERIFY */
static void choose_fidelity(ImageSpec *image, const Options *options)
{
    image->compress = options->compress;
    if (options->verify)
        image->fidelity =
            codec_fidelity(options->compress, options->for_codec,
                           image->sample_format, &image->max_error);
}

/** NODATA_TO_MASK, where a codec may spread what is hidden. */
static void choose_filling(ImageSpec *image, const Options *options,
                           const GtiffTags *tags)
{
    double max_error;
    const Fidelity fidelity =
        codec_fidelity(options->compress, options->for_codec,
                       image->sample_format, &max_error);
    if (options->nodata_to_mask && tags->with_mask &&
        fidelity == FIDELITY_SHAPE &&
        mask_fill_can(image->sample_format, image->layout.spec.sample_nbytes))
        image->hiding_nbytes = 1;
}

void image_spec_release(GtiffTiles *tiles)
{
    gtiff_tile_free(&tiles->codec);
    gtiff_tile_free(&tiles->filter);
}

bool image_spec_raster(ImageSpec *image, GtiffTiles *tiles, GDALDatasetH source,
                       const Options *options, const GtiffTags *tags,
                       Status *status)
{
    const LayoutSpec spec = {
        .width = GDALGetRasterXSize(source),
        .height = GDALGetRasterYSize(source),
        .bands = GDALGetRasterCount(source),
        .sample_nbytes = GDALGetDataTypeSizeBytes(tags->type),
        .sample_nbits = tags->sample_nbits,
        .planar = options->interleave != INTERLEAVE_PIXEL &&
                  GDALGetRasterCount(source) > 1,
        .strips = !options->tiled,
        .tile_width = options->block_width,
        .tile_height = options->block_height};
    /* GTiff, which has made the tags, knows no other packed floats to write. */
    image->half_float = tags->type == GDT_Float32 && spec.sample_nbits == 16;
    if (is_float(tags->type) && !image->half_float &&
        spec.sample_nbits < 8 * spec.sample_nbytes)
        return status_fail(status, STATUS_UNSUPPORTED,
                           "NBITS=%d of type %s is not supported",
                           spec.sample_nbits, GDALGetDataTypeName(tags->type));

    image->sample_format = (SampleFormat)ifd_number(
        tags->image, TAG_SAMPLE_FORMAT, SAMPLE_FORMAT_UINT);
    image->skip_empty = options->sparse_ok;
    image->replace_nan = options->nan_to_nodata && is_float(tags->type) &&
                         tags->has_nodata && tags->nodata_replaces_nan;
    memcpy(image->empty_sample, tags->nodata, SAMPLE_NBYTES_MAX);
    memcpy(image->nan_sample, tags->nodata, SAMPLE_NBYTES_MAX);
    if (!layout_init(&image->layout, &spec, status))
        return false;
    choose_codecs(image, tiles, options, tags);
    choose_fidelity(image, options);
    choose_filling(image, options, tags);
    return choose_predictor(options, tags, &image->predictor, status);
}

bool image_spec_mask(ImageSpec *image, const ImageSpec *raster, Status *status)
{
    LayoutSpec spec = raster->layout.spec;
    spec.bands = 1;
    spec.planar = false;
    spec.sample_nbytes = 1;
    spec.sample_nbits = 1;
    *image = (ImageSpec){.encoding = ENCODING_MASK,
                         .sample_format = SAMPLE_FORMAT_UINT,
                         .codec = &codec_deflate,
                         .level = 6,
                         .predictor = PREDICTOR_NONE,
                         .skip_empty = raster->skip_empty,
                         .is_mask = true};
    if (raster->fidelity != FIDELITY_UNKNOWN)
        image->fidelity = FIDELITY_EXACT;
    return layout_init(&image->layout, &spec, status);
}

int image_spec_overview_tile_size(const LayoutSpec *spec)
{
    enum { DEFAULT = 128, LEAST = 64, GREATEST = 4096 };
    const char *said = CPLGetConfigOption("GDAL_TIFF_OVR_BLOCKSIZE", NULL);
    int64_t size = spec->tile_width == spec->tile_height ? spec->tile_width : 0;
    if (said != NULL)
        size = atoi(said);
    return size >= LEAST && size <= GREATEST && CPLIsPowerOfTwo((unsigned)size)
               ? (int)size
               : DEFAULT;
}

bool image_spec_overview(ImageSpec *image, const ImageSpec *like, int number,
                         int64_t width, int64_t height, Status *status)
{
    LayoutSpec spec = like->layout.spec;
    spec.width = width;
    spec.height = height;
    *image = *like;
    image->statistics = NULL;
    image->overview = number;
    return layout_init(&image->layout, &spec, status);
}
