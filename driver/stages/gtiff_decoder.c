/* SPDX-License-Identifier: MIT */
#include "gtiff_decoder.h"

#include <string.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "directory.h"
#include "error_trap.h"
#include "gtiff_tile.h"
#include "guarded.h"

typedef struct State {
    const CodecSetup *setup;
    char *path;      /**< in /vsimem/ */
    uint8_t *file;   /**< what it holds */
    size_t capacity; /**< of it */
    uint8_t *block;  /**< samples of one band */
    TileIndex index; /**< of the one tile in each plane */
} State;

static void gtiff_close(void *opened)
{
    State *state = opened;
    CPLFree(state->path);
    VSIFree(state->file);
    VSIFree(state->block);
    VSIFree(state->index.offsets);
    VSIFree(state->index.nbytes);
    VSIFree(state);
}

static void *gtiff_open(const CodecSetup *setup)
{
    const size_t planes = (size_t)setup->layout->planes;
    State *state = VSICalloc(1, sizeof *state);
    if (state == NULL)
        return NULL;
    state->setup = setup;
    state->path =
        CPLStrdup(CPLSPrintf("/vsimem/rowband_%p_again.tif", (void *)state));
    state->block = VSIMalloc(gtiff_tile_band_nbytes(setup));
    state->index =
        (TileIndex){.offsets = VSICalloc(planes, sizeof *state->index.offsets),
                    .nbytes = VSICalloc(planes, sizeof *state->index.nbytes),
                    .count = setup->layout->planes};
    if (state->block == NULL || state->index.offsets == NULL ||
        state->index.nbytes == NULL) {
        gtiff_close(state);
        return NULL;
    }
    return state;
}

static size_t gtiff_state_nbytes(const CodecSetup *setup)
{
    enum { TAGS_NBYTES = 1 << 16 };
    const Layout *layout = setup->layout;
    /* The file; GTiff's tile, the codec's two copies of it, and what goes on
     * into GDAL's cache where there are several bands; and one for what they
     * all work in. */
    enum { TIMES = 6 };
    return TIMES * layout->tile_nbytes + gtiff_tile_band_nbytes(setup) +
           TAGS_NBYTES + (size_t)layout->planes * TILE_INDEX_NBYTES;
}

/** GTiff gives some colours otherwise than they are stored, and for that wants
 * all planes. Only JPEG stores some otherwise than they are given. */
static bool set_photometric(Ifd *ifd, Status *status)
{
    enum { MINISBLACK = 1, PALETTE = 3, YCBCR = 6, JPEG = 7 };
    const uint64_t colours = ifd_number(ifd, TAG_PHOTOMETRIC, MINISBLACK);
    const bool by_codec =
        colours == YCBCR && ifd_number(ifd, TAG_COMPRESSION, 1) == JPEG;
    return colours <= PALETTE || by_codec ||
           ifd_set_number(ifd, TAG_PHOTOMETRIC, MINISBLACK, status);
}

/** The tags of a file of one tile, or of one in each plane of which all but one
 * are left out. The index must be set. */
static Ifd *directory_of_tile(const State *state, const CodecInput *shape,
                              Status *status)
{
    static const Codec of_the_tags = {.tag = 0};
    LayoutSpec spec = state->setup->layout->spec;
    ImageSpec image = {.codec = &of_the_tags, .predictor = PREDICTOR_NONE};
    Ifd *ifd =
        directory_of_overview(gtiff_tile_of(state->setup)->directory, status);
    spec.width = shape->columns;
    spec.height = shape->rows;
    if (spec.strips)
        spec.tile_width = shape->columns;
    if (ifd != NULL && layout_init(&image.layout, &spec, status) &&
        directory_complete(ifd, &image, &state->index, status) &&
        set_photometric(ifd, status)) {
        ifd_remove(ifd, TAG_NEW_SUBFILE_TYPE);
        return ifd;
    }
    ifd_free(ifd);
    return NULL;
}

/** @return false if there is no memory */
static bool make_room(State *state, size_t nbytes)
{
    if (nbytes <= state->capacity)
        return true;
    VSIFree(state->file);
    state->file = VSIMalloc(nbytes);
    state->capacity = state->file != NULL ? nbytes : 0;
    return state->file != NULL;
}

/** Makes a file around the tile. */
static bool wrap_tile(State *state, const CodecInput *shape, const void *in,
                      size_t in_nbytes, Status *status)
{
    const size_t begin = IFD_HEADER_NBYTES;
    const size_t end = begin + in_nbytes + (in_nbytes & 1);
    state->index.offsets[shape->plane] = begin;
    state->index.nbytes[shape->plane] = (uint32_t)in_nbytes;
    Ifd *ifd = directory_of_tile(state, shape, status);
    if (ifd == NULL)
        return false;
    const size_t nbytes = end + (size_t)ifd_nbytes(ifd, false);
    bool ok = make_room(state, nbytes) ||
              status_fail(status, STATUS_NO_MEMORY, "out of memory for a tile");
    if (ok) {
        ifd_serialize_header(false, end, state->file);
        memcpy(state->file + begin, in, in_nbytes);
        state->file[begin + in_nbytes] = 0;
        ifd_serialize(ifd, false, end, 0, state->file + end);
        VSILFILE *file =
            VSIFileFromMemBuffer(state->path, state->file, nbytes, FALSE);
        ok = file != NULL && VSIFCloseL(file) == 0;
    }
    ifd_free(ifd);
    state->index.offsets[shape->plane] = 0;
    state->index.nbytes[shape->plane] = 0;
    return ok;
}

static bool has_shape(const State *state, GDALDatasetH file,
                      const CodecInput *shape)
{
    const LayoutSpec *spec = &state->setup->layout->spec;
    int width, height;
    if (GDALGetRasterXSize(file) != shape->columns ||
        GDALGetRasterYSize(file) != shape->rows ||
        GDALGetRasterCount(file) != spec->bands)
        return false;
    const GDALRasterBandH band = GDALGetRasterBand(file, 1);
    GDALGetBlockSize(band, &width, &height);
    return GDALGetDataTypeSizeBytes(GDALGetRasterDataType(band)) ==
               spec->sample_nbytes &&
           width == spec->tile_width && height <= spec->tile_height;
}

/** Brings one band into what is given, of which @p band counts the samples of
 * a pixel. A large strip GTiff gives in several blocks. */
static bool read_band(const State *state, GDALRasterBandH from,
                      const CodecInput *shape, int band, uint8_t *out)
{
    const Layout *layout = state->setup->layout;
    const GDALDataType type = GDALGetRasterDataType(from);
    const size_t nbytes = (size_t)layout->spec.sample_nbytes;
    int width, height;
    GDALGetBlockSize(from, &width, &height);
    for (int64_t y = 0; y < shape->rows; y++) {
        const int64_t row = y % height;
        if (row == 0 && guarded_read_block(from, 0, (int)(y / height),
                                           state->block) != CE_None)
            return false;
        GDALCopyWords64(
            state->block + (size_t)(row * width) * nbytes, type, (int)nbytes,
            out + (size_t)y * shape->row_nbytes + (size_t)band * nbytes, type,
            (int)layout_pixel_nbytes(layout), (GPtrDiff_t)shape->columns);
    }
    return true;
}

static bool read_bands(const State *state, const CodecInput *shape,
                       uint8_t *out, Status *status)
{
    static const char *const drivers[] = {"GTiff", NULL};
    const char *const siblings[] = {CPLGetFilename(state->path), NULL};
    const GDALDatasetH file =
        guarded_open(state->path, 0, drivers, NULL, siblings);
    bool ok = file != NULL;
    if (ok && !has_shape(state, file, shape))
        ok = status_fail(status, STATUS_CODEC, "it has another shape");
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_ALL);
    for (int i = 0; ok && i < state->setup->layout->samples_per_pixel; i++)
        ok = read_band(state, GDALGetRasterBand(file, shape->plane + i + 1),
                       shape, i, out);
    if (trap.failed || trap.warnings > 0)
        ok = status_fail(status, STATUS_CODEC, "%s",
                         trap.failed ? trap.message : CPLGetLastErrorMsg());
    error_trap_end(&trap);
    if (file != NULL)
        GDALClose(file);
    return ok;
}

static bool gtiff_decode(void *opened, const CodecInput *shape, const void *in,
                         size_t in_nbytes, void *out, Status *status)
{
    State *state = opened;
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_ALL);
    const bool ok = wrap_tile(state, shape, in, in_nbytes, status) &&
                    read_bands(state, shape, out, status);
    VSIUnlink(state->path);
    error_trap_end(&trap);
    return ok || status_fail(status, STATUS_CODEC, "%s",
                             trap.failed ? trap.message : "no reason given");
}

const Decoder decoder_gtiff = {.open = gtiff_open,
                               .close = gtiff_close,
                               .state_nbytes = gtiff_state_nbytes,
                               .decode = gtiff_decode};
