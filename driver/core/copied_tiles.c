/* SPDX-License-Identifier: MIT */
#include "copied_tiles.h"

#include <inttypes.h>
#include <stdlib.h>

#include "int_math.h"

const uint16_t copied_tiles_tags[] = {
    TAG_IMAGE_WIDTH,          TAG_IMAGE_LENGTH,
    TAG_BITS_PER_SAMPLE,      TAG_COMPRESSION,
    TAG_PHOTOMETRIC,          TAG_FILL_ORDER,
    TAG_STRIP_OFFSETS,        TAG_SAMPLES_PER_PIXEL,
    TAG_ROWS_PER_STRIP,       TAG_STRIP_BYTE_COUNTS,
    TAG_PLANAR_CONFIGURATION, TAG_T4_OPTIONS,
    TAG_T6_OPTIONS,           TAG_PREDICTOR,
    TAG_TILE_WIDTH,           TAG_TILE_LENGTH,
    TAG_TILE_OFFSETS,         TAG_TILE_BYTE_COUNTS,
    TAG_SAMPLE_FORMAT,        TAG_JPEG_TABLES,
    TAG_YCBCR_COEFFICIENTS,   TAG_YCBCR_SUBSAMPLING,
    TAG_YCBCR_POSITIONING,    TAG_REFERENCE_BLACK_WHITE,
    TAG_LERC_PARAMETERS};
const size_t copied_tiles_tag_count =
    sizeof copied_tiles_tags / sizeof *copied_tiles_tags;

/* What JPEG tiles do not say themselves. */
static const uint16_t tables[] = {TAG_JPEG_TABLES, TAG_YCBCR_COEFFICIENTS,
                                  TAG_YCBCR_SUBSAMPLING, TAG_YCBCR_POSITIONING,
                                  TAG_REFERENCE_BLACK_WHITE};
enum { TABLES = sizeof tables / sizeof *tables };

/* Values of PlanarConfiguration (TIFF 6.0 section 8). */
enum { PLANAR_SEPARATE = 2 };

uint64_t copied_tiles_values_max(int64_t tile_count)
{
    enum { OTHERS = 1 << 17 }; /* bits of each band, tables */
    return (uint64_t)max64(OTHERS, tile_count);
}

/** A tag of one number, with the value that it has where it is absent (TIFF 6.0
 * section 8, and libtiff for its own), and why tiles are not the same. */
typedef struct Number {
    uint16_t tag;
    uint64_t wanted, otherwise;
    const char *why_not;
} Number;

static const char *compare(const Ifd *source, const Number *numbers,
                           size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!ifd_all_are(source, numbers[i].tag, numbers[i].wanted,
                         numbers[i].otherwise))
            return numbers[i].why_not;
    return NULL;
}

static bool is_separate(const Ifd *ifd)
{
    return ifd_number(ifd, TAG_PLANAR_CONFIGURATION, 1) == PLANAR_SEPARATE;
}

/** Bands that a tile holds. */
static uint64_t bands_of_tile(const Ifd *source)
{
    return is_separate(source) ? 1
                               : ifd_number(source, TAG_SAMPLES_PER_PIXEL, 1);
}

/** Of most codecs samples are what they are, whatever they mean as colours; not
 * of those that decode to colours, or of bits that are black or white. */
static bool has_raw_samples(const ImageSpec *image, uint64_t compression)
{
    enum { LERC = 34887, LZMA = 34925 };
    return image->codec->tag != 0 || compression == LERC || compression == LZMA;
}

/** @return whether GDAL shows samples of that PHOTOMETRIC as they are (TIFF 6.0
 * section 8; frmts/gtiff/geotiff.cpp: m_bTreatAsRGBA) */
static bool is_raw_photometric(uint64_t photometric)
{
    enum { LAST_OF_BASELINE = 5 /* CMYK */ };
    return photometric <= LAST_OF_BASELINE;
}

static const char *compare_colours(const Ifd *source, const Ifd *own,
                                   const ImageSpec *image)
{
    const uint64_t theirs = ifd_number(source, TAG_PHOTOMETRIC, 0);
    const uint64_t ours = ifd_number(own, TAG_PHOTOMETRIC, 0);
    const bool raw =
        is_raw_photometric(theirs) && is_raw_photometric(ours) &&
        has_raw_samples(image, ifd_number(source, TAG_COMPRESSION, 1));
    return raw || theirs == ours ? NULL : "PHOTOMETRIC";
}

static const char *compare_samples(const Ifd *source, const ImageSpec *image)
{
    const Layout *layout = &image->layout;
    const Number numbers[] = {
        {TAG_BITS_PER_SAMPLE, (uint64_t)layout->spec.sample_nbits, 1, "bits"},
        {TAG_SAMPLE_FORMAT, (uint64_t)image->sample_format, SAMPLE_FORMAT_UINT,
         "the type of samples"},
        {TAG_FILL_ORDER, 1, 1, "the order of bits"}};
    const uint64_t bands = bands_of_tile(source);
    if (bands != (uint64_t)layout->samples_per_pixel)
        return bands == 1 || layout->samples_per_pixel == 1 ? "INTERLEAVE"
                                                            : "bands";
    return compare(source, numbers, sizeof numbers / sizeof *numbers);
}

static const char *compare_codecs(const Ifd *source, const Ifd *own,
                                  const ImageSpec *image)
{
    const uint64_t compression = image->codec->tag != 0
                                     ? image->codec->tag
                                     : ifd_number(own, TAG_COMPRESSION, 1);
    const Number numbers[] = {
        {TAG_COMPRESSION, compression, 1, "COMPRESS"},
        {TAG_PREDICTOR, (uint64_t)image->predictor, PREDICTOR_NONE,
         "PREDICTOR"},
        {TAG_T4_OPTIONS, ifd_number(own, TAG_T4_OPTIONS, 0), 0,
         "options of CCITT"},
        {TAG_T6_OPTIONS, ifd_number(own, TAG_T6_OPTIONS, 0), 0,
         "options of CCITT"}};
    const char *why_not =
        compare(source, numbers, sizeof numbers / sizeof *numbers);
    return why_not == NULL && !ifd_same(source, own, TAG_LERC_PARAMETERS)
               ? "parameters of LERC"
               : why_not;
}

static const char *compare_tiles(const Ifd *source, const LayoutSpec *spec)
{
    const Number tiles[] = {
        {TAG_TILE_WIDTH, (uint64_t)spec->tile_width, 0, "the size of tiles"},
        {TAG_TILE_LENGTH, (uint64_t)spec->tile_height, 0, "the size of tiles"}};
    if (ifd_has(source, TAG_TILE_WIDTH) == spec->strips)
        return "tiles or strips";
    return spec->strips ? NULL : compare(source, tiles, 2);
}

const char *copied_tiles_why_not(const Ifd *source, const Ifd *own,
                                 const ImageSpec *image)
{
    const char *why_not = compare_tiles(source, &image->layout.spec);
    if (why_not == NULL)
        why_not = compare_samples(source, image);
    if (why_not == NULL)
        why_not = compare_codecs(source, own, image);
    return why_not == NULL ? compare_colours(source, own, image) : why_not;
}

bool copied_tiles_share_tables(const Ifd *source, const Ifd *own)
{
    bool same = true;
    for (int i = 0; same && i < TABLES; i++)
        same = ifd_count(source, tables[i]) == ifd_count(own, tables[i]) &&
               ifd_same(source, own, tables[i]);
    return same;
}

bool copied_tiles_take_tables(Ifd *own, const Ifd *source, Status *status)
{
    bool ok = true;
    for (int i = 0; ok && i < TABLES; i++)
        ok = ifd_take(own, tables[i], source, status);
    return ok;
}

/** The layout of the other image, with samples as ours are in memory. */
static bool layout_of(Layout *layout, const Ifd *source, const LayoutSpec *own)
{
    const uint64_t width = ifd_number(source, TAG_IMAGE_WIDTH, 0);
    const uint64_t height = ifd_number(source, TAG_IMAGE_LENGTH, 0);
    const uint64_t bands = ifd_number(source, TAG_SAMPLES_PER_PIXEL, 1);
    const uint64_t rows = ifd_number(source, TAG_ROWS_PER_STRIP, height);
    if (width > INT32_MAX || height > INT32_MAX || bands > UINT16_MAX)
        return false;
    LayoutSpec spec = *own;
    Status status = {.code = STATUS_OK};
    spec.width = (int64_t)width;
    spec.height = (int64_t)height;
    spec.bands = (int)bands;
    spec.planar = is_separate(source);
    if (spec.strips) {
        spec.tile_width = spec.width;
        spec.tile_height = rows < height ? (int64_t)rows : spec.height;
    }
    return layout_init(layout, &spec, &status);
}

bool other_tiles_init(OtherTiles *tiles, const Ifd *source,
                      const ImageSpec *image, uint64_t file_nbytes,
                      const char **why_not, Status *status)
{
    const bool strips = image->layout.spec.strips;
    *tiles = (OtherTiles){.file_nbytes = file_nbytes};
    if (!layout_of(&tiles->layout, source, &image->layout.spec)) {
        *why_not = "the size";
        return true;
    }
    const size_t count = (size_t)tiles->layout.tile_count;
    if (ifd_count(source, strips ? TAG_STRIP_OFFSETS : TAG_TILE_OFFSETS) !=
        count) {
        *why_not = "the number of tiles";
        return true;
    }
    tiles->offsets = calloc(count, sizeof *tiles->offsets);
    tiles->nbytes = calloc(count, sizeof *tiles->nbytes);
    if (tiles->offsets == NULL || tiles->nbytes == NULL)
        return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    if (!ifd_numbers(source, strips ? TAG_STRIP_OFFSETS : TAG_TILE_OFFSETS,
                     tiles->offsets, count) ||
        !ifd_numbers(source,
                     strips ? TAG_STRIP_BYTE_COUNTS : TAG_TILE_BYTE_COUNTS,
                     tiles->nbytes, count))
        *why_not = "the number of tiles";
    return true;
}

void other_tiles_free(OtherTiles *tiles)
{
    free(tiles->offsets);
    free(tiles->nbytes);
    *tiles = (OtherTiles){.file_nbytes = 0};
}

bool other_tiles_fit(const OtherTiles *tiles, const Layout *own,
                     const PlaneInOther *at)
{
    const LayoutSpec *spec = &own->spec, *other = &tiles->layout.spec;
    return other->tile_width == spec->tile_width &&
           other->tile_height == spec->tile_height &&
           at->x % spec->tile_width == 0 && at->y % spec->tile_height == 0 &&
           at->other_plane < tiles->layout.planes;
}

/** @return whether the other has all of a tile of ours. Of a strip no more rows
 * are there than are said to be. */
static bool has_tile(const OtherTiles *tiles, const Layout *own,
                     const PlaneInOther *at, int64_t x, int64_t y)
{
    const LayoutSpec *other = &tiles->layout.spec;
    const int64_t left = x * own->spec.tile_width + at->x;
    const int64_t top = y * own->spec.tile_height + at->y;
    return left >= 0 && top >= 0 &&
           left + layout_valid_columns(own, x) <= other->width &&
           top + layout_valid_rows(own, y) <= other->height &&
           layout_encoded_rows(&tiles->layout, top / other->tile_height) ==
               layout_encoded_rows(own, y);
}

bool other_tiles_next(const OtherTiles *tiles, const Layout *own,
                      const PlaneInOther *at, TileInOther *tile)
{
    const LayoutSpec *spec = &own->spec;
    Window places = at->places;
    if (window_is_empty(&places))
        places = (Window){0, 0, own->tiles_across, own->tiles_down};
    int64_t x = tile->begun ? tile->x + 1 : places.x;
    int64_t y = tile->begun ? tile->y : places.y;
    for (; y < window_bottom(&places); y++, x = places.x)
        for (; x < window_right(&places); x++) {
            if ((at->shown != NULL &&
                 at->shown[y * own->tiles_across + x] != at->number) ||
                !has_tile(tiles, own, at, x, y))
                continue;
            *tile =
                (TileInOther){x, y,
                              layout_tile_index(&tiles->layout, at->other_plane,
                                                x + at->x / spec->tile_width,
                                                y + at->y / spec->tile_height),
                              true};
            return true;
        }
    return false;
}

/** @return whether an encoder may have made a tile of so many bytes */
static bool is_credible(const ImageSpec *image, int64_t tile_y, uint64_t nbytes)
{
    enum { SLACK = 1 << 16 };
    const Layout *layout = &image->layout;
    if (image->codec == &codec_none)
        return nbytes == (uint64_t)layout_encoded_rows(layout, tile_y) *
                             layout->row_nbytes;
    return nbytes <= 2 * (uint64_t)layout->tile_nbytes + SLACK &&
           nbytes <= UINT32_MAX;
}

/** @return whether a tile lies within the file: else STATUS_READ */
static bool check_place(const OtherTiles *tiles, const ImageSpec *image,
                        int64_t other, Status *status)
{
    const uint64_t offset = tiles->offsets[other];
    const uint64_t nbytes = tiles->nbytes[other];
    return (offset <= tiles->file_nbytes &&
            nbytes <= tiles->file_nbytes - offset) ||
           status_fail(status, STATUS_READ,
                       "%s %" PRId64 " is said to be %" PRIu64
                       " bytes from %" PRIu64 " on, and the file has %" PRIu64,
                       image->layout.spec.strips ? "strip" : "tile", other,
                       nbytes, offset, tiles->file_nbytes);
}

bool other_tiles_place(const OtherTiles *tiles, const ImageSpec *image,
                       const PlaneInOther *at, TileIndex *index,
                       OtherTilesCount *count, Status *status)
{
    const Layout *own = &image->layout;
    TileInOther one = {0};
    while (other_tiles_next(tiles, own, at, &one)) {
        const int64_t tile = layout_tile_index(own, at->plane, one.x, one.y);
        const uint64_t offset = tiles->offsets[one.other];
        const uint64_t nbytes = tiles->nbytes[one.other];
        if (nbytes == 0) {
            count->holes++;
        } else if (!check_place(tiles, image, one.other, status)) {
            return false;
        } else if (offset == 0 || !is_credible(image, one.y, nbytes)) {
            count->why_not = "the number of bytes of a tile";
        } else {
            index->offsets[tile] = offset + at->base;
            index->nbytes[tile] = (uint32_t)nbytes;
            count->placed++;
        }
    }
    return true;
}
