/* SPDX-License-Identifier: MIT */
#include "gtiff_codec.h"

#include <math.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "dataset.h"
#include "error_trap.h"
#include "gtiff_decoder.h"
#include "gtiff_tile.h"
#include "guarded.h"
#include "ifd_read.h"
#include "lerc_tile.h"
#include "metadata_copy.h"

typedef struct State {
    const CodecSetup *setup;
    GDALDriverH gtiff;
    GDALDatasetH bands; /**< in memory, this thread's: see GtiffTile.bands */
    char *path;         /**< in /vsimem/ */
    uint8_t *block;     /**< a tile of one band */
} State;

static void gtiff_close(void *opened)
{
    State *state = opened;
    if (state->bands != NULL)
        GDALClose(state->bands);
    if (state->path != NULL)
        VSIUnlink(state->path);
    CPLFree(state->path);
    VSIFree(state->block);
    VSIFree(state);
}

static void *gtiff_open(const CodecSetup *setup)
{
    State *state = VSICalloc(1, sizeof *state);
    if (state == NULL)
        return NULL;
    state->setup = setup;
    state->gtiff = GDALGetDriverByName("GTiff");
    state->bands = metadata_copy_proxy(gtiff_tile_of(setup)->bands, false);
    state->path =
        CPLStrdup(CPLSPrintf("/vsimem/rowband_%p.tif", (void *)state));
    state->block = VSIMalloc(gtiff_tile_band_nbytes(setup));
    if (state->bands == NULL || state->block == NULL) {
        gtiff_close(state);
        return NULL;
    }
    return state;
}

/** Noise can take more bytes as JPEG or WEBP than as samples, and CCITT's runs
 * up to six bits for each pixel of one bit. */
static size_t gtiff_bound(const CodecSetup *setup)
{
    enum { TIMES_BITS = 8, TIMES = 2, HEADERS = 1 << 16 };
    const bool bilevel = setup->layout->spec.sample_nbits == 1;
    return setup->layout->tile_nbytes * (bilevel ? TIMES_BITS : TIMES) +
           HEADERS;
}

static size_t gtiff_state_nbytes(const CodecSetup *setup)
{
    /* GTiff's own tile, the codec's copy of it, and the file. */
    return gtiff_tile_band_nbytes(setup) + 2 * setup->layout->tile_nbytes +
           gtiff_bound(setup);
}

/** With INTERLEAVE=BAND a tile holds one band: picks that band's value of a
 * list that has one for each. */
static char **choose_of_list(char **list, const char *name, int plane)
{
    const char *values = CSLFetchNameValue(list, name);
    char **split = CSLTokenizeString2(values != NULL ? values : "", ",", 0);
    if (plane < CSLCount(split))
        list = CSLSetNameValue(list, name, split[plane]);
    CSLDestroy(split);
    return list;
}

/** The options for a file whose one tile is @p in. */
static char **file_options(const CodecSetup *setup, const CodecInput *in)
{
    const LayoutSpec *spec = &setup->layout->spec;
    char **list = CSLDuplicate(gtiff_tile_of(setup)->options);
    const int64_t height = spec->strips ? in->rows : spec->tile_height;
    list = CSLSetNameValue(list, "TILED", spec->strips ? "NO" : "YES");
    if (!spec->strips)
        list = CSLSetNameValue(list, "BLOCKXSIZE",
                               CPLSPrintf("%d", (int)spec->tile_width));
    list = CSLSetNameValue(list, "BLOCKYSIZE", CPLSPrintf("%d", (int)height));
    /* Each state has a thread of its own already. */
    list = CSLSetNameValue(list, "NUM_THREADS", "1");
    return spec->planar ? choose_of_list(list, "DISCARD_LSB", in->plane) : list;
}

/** Writes the samples of one band as a block, padded with zeros. */
static bool write_band(const State *state, GDALDatasetH file,
                       const CodecInput *in, int band)
{
    const Layout *layout = state->setup->layout;
    const int nbytes = layout->spec.sample_nbytes;
    const int stride = nbytes * layout->samples_per_pixel;
    const GDALRasterBandH target = GDALGetRasterBand(file, band + 1);
    const GDALDataType type = GDALGetRasterDataType(target);
    if (in->columns < layout->spec.tile_width ||
        in->rows < layout->spec.tile_height)
        memset(state->block, 0, gtiff_tile_band_nbytes(state->setup));
    for (int64_t y = 0; y < in->rows; y++)
        GDALCopyWords64(in->bytes + (size_t)y * in->row_nbytes +
                            (size_t)band * (size_t)nbytes,
                        type, stride,
                        state->block + (size_t)(y * layout->spec.tile_width) *
                                           (size_t)nbytes,
                        type, nbytes, (GPtrDiff_t)in->columns);
    return guarded_write_block(target, 0, 0, state->block) == CE_None;
}

static bool write_file(const State *state, const CodecInput *in)
{
    const Layout *layout = state->setup->layout;
    char **list = file_options(state->setup, in);
    const GDALDatasetH file = guarded_create(
        state->gtiff, state->path, (int)in->columns, (int)in->rows,
        layout->samples_per_pixel, gtiff_tile_of(state->setup)->type, list);
    CSLDestroy(list);
    bool ok = file != NULL;
    for (int i = 0; ok && i < layout->samples_per_pixel; i++)
        metadata_copy_meaning(
            GDALGetRasterBand(state->bands, in->plane + i + 1),
            GDALGetRasterBand(file, i + 1));
    for (int i = 0; ok && i < layout->samples_per_pixel; i++)
        ok = write_band(state, file, in, i);
    if (file != NULL)
        GDALClose(file);
    return ok;
}

/** Calls for each sample of a band, as a double.
 * @return whether @p accepts all */
typedef bool (*SampleTest)(double sample, double decoded, double max_error);

/** @param decoded a block of the band as decoded, or NULL: the same samples */
static bool test_band(const State *state, const CodecInput *in, int band,
                      const uint8_t *decoded, SampleTest accepts)
{
    const LayoutSpec *spec = &state->setup->layout->spec;
    const GDALDataType type = gtiff_tile_of(state->setup)->type;
    const int nbytes = spec->sample_nbytes;
    const int stride = nbytes * state->setup->layout->samples_per_pixel;
    const char *given =
        CSLFetchNameValue(gtiff_tile_of(state->setup)->options, "MAX_Z_ERROR");
    const double max_error = given != NULL ? CPLAtof(given) : 0;
    for (int64_t y = 0; y < in->rows; y++)
        for (int64_t x = 0; x < in->columns; x++) {
            const uint8_t *at = in->bytes + (size_t)y * in->row_nbytes +
                                (size_t)x * (size_t)stride +
                                (size_t)band * (size_t)nbytes;
            double sample, other;
            GDALCopyWords(at, type, 0, &sample, GDT_Float64, 0, 1);
            if (decoded != NULL)
                at = decoded +
                     (size_t)(y * spec->tile_width + x) * (size_t)nbytes;
            GDALCopyWords(at, type, 0, &other, GDT_Float64, 0, 1);
            if (!accepts(sample, other, max_error))
                return false;
        }
    return true;
}

static bool is_number(double sample, double decoded, double max_error)
{
    (void)decoded;
    (void)max_error;
    return !isnan(sample);
}

static bool is_within(double sample, double decoded, double max_error)
{
    /* What rounding to floats may add. */
    const double rounding = max_error > 0 ? fabs(sample) * 1e-6 : 0;
    return isnan(sample) ? isnan(decoded)
                         : sample == decoded ||
                               fabs(sample - decoded) <= max_error + rounding;
}

/** Some versions of GDAL's LERC encode NaN in tiles of several bands to what
 * none of them decodes, and say success. */
static bool may_be_unreadable(const State *state, const CodecInput *in)
{
    const GtiffTile *tile = gtiff_tile_of(state->setup);
    const int bands = state->setup->layout->samples_per_pixel;
    const char *compress = CSLFetchNameValue(tile->options, "COMPRESS");
    bool numbers = true;
    if (bands == 1 || !GDALDataTypeIsFloating(tile->type) || compress == NULL ||
        !STARTS_WITH_CI(compress, "LERC"))
        return false;
    for (int i = 0; numbers && i < bands; i++)
        numbers = test_band(state, in, i, NULL, is_number);
    return !numbers;
}

/** @return whether the file decodes to what went into it */
static bool decodes(const State *state, const CodecInput *in)
{
    const int bands = state->setup->layout->samples_per_pixel;
    const GDALDatasetH file = dataset_open_gtiff(state->path, 0);
    bool same = file != NULL;
    for (int i = 0; same && i < bands; i++)
        same = guarded_read_block(GDALGetRasterBand(file, i + 1), 0, 0,
                                  state->block) == CE_None &&
               test_band(state, in, i, state->block, is_within);
    if (file != NULL)
        GDALClose(file);
    return same;
}

static bool check_file(const State *state, const CodecInput *in, Status *status)
{
    return !may_be_unreadable(state, in) || decodes(state, in) ||
           status_fail(status, STATUS_CODEC,
                       "this GDAL's %s cannot hold NaN in several bands: use "
                       "INTERLEAVE=BAND, or another COMPRESS",
                       CSLFetchNameValue(gtiff_tile_of(state->setup)->options,
                                         "COMPRESS"));
}

/** Whether the tile can be decoded with the tags of the file it is for. */
static bool same_tags(const Ifd *tile, const Ifd *directory)
{
    static const uint16_t must_match[] = {
        TAG_BITS_PER_SAMPLE, TAG_COMPRESSION,     TAG_FILL_ORDER,
        TAG_T4_OPTIONS,      TAG_T6_OPTIONS,      TAG_JPEG_TABLES,
        TAG_SAMPLE_FORMAT,   TAG_LERC_PARAMETERS, TAG_YCBCR_SUBSAMPLING};
    const size_t count = sizeof must_match / sizeof *must_match;
    bool same = true;
    for (size_t i = 0; same && i < count; i++)
        same = ifd_same(tile, directory, must_match[i]);
    return same;
}

/** Copies the one tile of a file. */
static bool take_tile(const Ifd *ifd, const uint8_t *file, uint64_t file_nbytes,
                      bool strips, void *out, size_t out_capacity,
                      size_t *out_nbytes)
{
    const uint64_t offset =
        ifd_number(ifd, strips ? TAG_STRIP_OFFSETS : TAG_TILE_OFFSETS, 0);
    const uint64_t nbytes = ifd_number(
        ifd, strips ? TAG_STRIP_BYTE_COUNTS : TAG_TILE_BYTE_COUNTS, 0);
    if (nbytes == 0 || nbytes > out_capacity || offset > file_nbytes ||
        nbytes > file_nbytes - offset)
        return false;
    memcpy(out, file + offset, (size_t)nbytes);
    *out_nbytes = (size_t)nbytes;
    return true;
}

static bool take_from_file(const State *state, void *out, size_t out_capacity,
                           size_t *out_nbytes, Status *status)
{
    const LayoutSpec *spec = &state->setup->layout->spec;
    const GtiffTile *tile = gtiff_tile_of(state->setup);
    vsi_l_offset nbytes = 0;
    uint8_t *file = VSIGetMemFileBuffer(state->path, &nbytes, TRUE);
    Ifd *ifd = file != NULL ? ifd_parse(file, (size_t)nbytes, 0, status) : NULL;
    bool ok = ifd != NULL;
    if (ok && tile->directory != NULL && !same_tags(ifd, tile->directory))
        ok = status_fail(status, STATUS_CODEC,
                         "GTiff gave a tile other tags than the file");
    ok = ok && take_tile(ifd, file, nbytes, spec->strips, out, out_capacity,
                         out_nbytes);
    ifd_free(ifd);
    VSIFree(file);
    return ok;
}

static bool gtiff_encode(void *opened, const CodecInput *in, void *out,
                         size_t out_capacity, size_t *out_nbytes,
                         Status *status)
{
    const State *state = opened;
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_ALL);
    const bool ok =
        write_file(state, in) && !trap.failed &&
        check_file(state, in, status) &&
        take_from_file(state, out, out_capacity, out_nbytes, status) &&
        (state->setup->layout->spec.sample_nbytes != 1 ||
         lerc_tile_settle(gtiff_tile_of(state->setup)->options, out,
                          out_capacity, out_nbytes, status));
    error_trap_end(&trap);
    return ok || status_fail(status, STATUS_CODEC,
                             "GTiff could not encode a tile: %s",
                             trap.failed ? trap.message : "no reason given");
}

const Codec codec_gtiff = {.name = "of GTiff",
                           .tag = 0,
                           .predicts = false,
                           .takes_samples = true,
                           .decoder = &decoder_gtiff,
                           .open = gtiff_open,
                           .close = gtiff_close,
                           .bound = gtiff_bound,
                           .state_nbytes = gtiff_state_nbytes,
                           .encode = gtiff_encode};
