/* SPDX-License-Identifier: MIT */
#include "lossless_options.h"

#include "cpl_conv.h"
#include "cpl_string.h"
#include "ifd.h"
#include "option_list.h"
#include "option_table.h"
#include "tiff_file.h"
#include "vrt_pieces.h"

/* Values of PlanarConfiguration (TIFF 6.0 section 8). */
enum { PLANAR_CONTIGUOUS = 1, PLANAR_SEPARATE = 2 };

/* Files of a mosaic that are asked what they are made with. */
enum { LOOKED_AT = 256 };

static char **add(char **list, const char *name, const char *value)
{
    return CSLFetchNameValue(list, name) == NULL
               ? CSLSetNameValue(list, name, value)
               : list;
}

static char **add_number(char **list, const char *name, uint64_t number)
{
    return add(list, name, CPLSPrintf("%llu", (unsigned long long)number));
}

/** GDAL's name of the codec serves where it is one of COMPRESS. */
static char **add_codec(char **list, GDALDatasetH source)
{
    static const char of_colours[] = "YCbCr JPEG";
    const char *name =
        GDALGetMetadataItem(source, "COMPRESSION", "IMAGE_STRUCTURE");
    if (name == NULL)
        name = "NONE";
    if (EQUAL(name, of_colours)) {
        name = "JPEG";
        if (EQUAL(CSLFetchNameValueDef(list, "COMPRESS", name), name))
            list = add(list, "PHOTOMETRIC", "YCBCR");
    }
    char **possible = option_list_compressions();
    if (CSLFindString(possible, name) >= 0)
        list = add(list, "COMPRESS", name);
    CSLDestroy(possible);
    return list;
}

static char **add_strips(char **list, const Ifd *tags)
{
    const uint64_t height = ifd_number(tags, TAG_IMAGE_LENGTH, 1);
    const uint64_t rows = ifd_number(tags, TAG_ROWS_PER_STRIP, height);
    list = add(list, "TILED", "NO");
    return add_number(list, "BLOCKYSIZE", rows < height ? rows : height);
}

static bool is_cog(CSLConstList list)
{
    return EQUAL(CSLFetchNameValueDef(list, "LAYOUT", "GTIFF"), "COG");
}

static char **add_blocks(char **list, const Ifd *tags)
{
    static const char *const names[] = {"TILED", "BLOCKXSIZE", "BLOCKYSIZE",
                                        "BLOCKSIZE"};
    const uint64_t width = ifd_number(tags, TAG_TILE_WIDTH, 0);
    const uint64_t height = ifd_number(tags, TAG_TILE_LENGTH, 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (CSLFetchNameValue(list, names[i]) != NULL)
            return list;
    /* The tiles of a TILING_SCHEME decide its resolutions. */
    if (!EQUAL(CSLFetchNameValueDef(list, "TILING_SCHEME", "CUSTOM"), "CUSTOM"))
        return list;
    if (is_cog(list))
        return width > 0 && width == height
                   ? add_number(list, "BLOCKSIZE", width)
                   : list;
    if (width == 0)
        return add_strips(list, tags);
    list = add_number(list, "BLOCKXSIZE", width);
    return add_number(list, "BLOCKYSIZE", height);
}

/** In a COG the mask of one band lies by itself with INTERLEAVE=BAND, whatever
 * the source's tag says of it. */
static char **add_interleave(char **list, const Ifd *tags)
{
    const bool one = ifd_number(tags, TAG_SAMPLES_PER_PIXEL, 1) == 1;
    const bool planar = ifd_number(tags, TAG_PLANAR_CONFIGURATION,
                                   PLANAR_CONTIGUOUS) == PLANAR_SEPARATE;
    return add(list, "INTERLEAVE",
               planar && !(one && is_cog(list)) ? "BAND" : "PIXEL");
}

static char **add_tags(char **list, const Ifd *tags)
{
    list = add_interleave(list, tags);
    if (ifd_has(tags, TAG_PREDICTOR))
        list =
            add_number(list, "PREDICTOR", ifd_number(tags, TAG_PREDICTOR, 1));
    return add_blocks(list, tags);
}

/** @return whether the user wants what the source has */
static bool is_wanted(CSLConstList list)
{
    const char *value = CSLFetchNameValueDef(list, "LOSSLESS_COPY", "");
    const OptionChoice *choice =
        option_find_choice(option_table_find("LOSSLESS_COPY"), value);
    return choice != NULL && choice->meaning == LOSSLESS_COPY_YES;
}

/** Adds to a list what one piece of the source is made with.
 * @return whether that is known */
static bool add_piece(char ***list, const VrtPieces *pieces, int piece,
                      Status *status)
{
    const char *why_not = NULL;
    VrtBottom bottom;
    TiffFile *file = vrt_pieces_open(pieces, piece, &bottom, status)
                         ? tiff_file_open(bottom.dataset, bottom.band,
                                          bottom.own != NULL, &why_not, status)
                         : NULL;
    Ifd *tags = file != NULL
                    ? tiff_file_directory(file, bottom.band, &why_not, status)
                    : NULL;
    if (tags != NULL)
        *list = add_tags(add_codec(*list, bottom.dataset), tags);
    const bool known = tags != NULL;
    ifd_free(tags);
    tiff_file_close(file);
    vrt_pieces_close(&bottom);
    return known;
}

/** Leaves out of @p complete what is not said by the user, nor by @p other. */
static char **keep_common(char **complete, CSLConstList said, char **other)
{
    for (int i = CSLCount(complete) - 1; i >= 0; i--) {
        char *name = NULL;
        const char *value = CPLParseNameValue(complete[i], &name);
        if (name != NULL && CSLFetchNameValue(said, name) == NULL &&
            !EQUAL(CSLFetchNameValueDef(other, name, ""), value))
            complete = CSLRemoveStrings(complete, i, 1, NULL);
        CPLFree(name);
    }
    return complete;
}

/** @return whether the second band is of another file than the first */
static bool is_stack(GDALDatasetH source, const VrtPieces *first,
                     Status *status)
{
    if (GDALGetRasterCount(source) < 2 || vrt_pieces_count(first) == 0)
        return false;
    VrtPieces *second =
        vrt_pieces_new(source, GDALGetRasterBand(source, 2), NULL, status);
    const bool is = second != NULL && vrt_pieces_count(second) > 0 &&
                    !vrt_pieces_alike(first, second, 0, 2);
    vrt_pieces_free(second);
    return is;
}

/** Adds what all pieces of the source have in common. */
static char **add_common(char **complete, CSLConstList said,
                         const VrtPieces *pieces, Status *status)
{
    const int count = vrt_pieces_count(pieces);
    bool any = false;
    for (int i = 0; status->code == STATUS_OK && i < count && i < LOOKED_AT;
         i++) {
        char **one = CSLDuplicate(said);
        if (!add_piece(&one, pieces, i, status)) {
            CSLDestroy(one);
        } else if (any) {
            complete = keep_common(complete, said, one);
            CSLDestroy(one);
        } else {
            CSLDestroy(complete);
            complete = one;
            any = true;
        }
    }
    return complete;
}

/** Tiles of all bands are no files' of one each. */
static char **separate_bands(char **complete, CSLConstList said)
{
    return CSLFetchNameValue(said, "INTERLEAVE") != NULL
               ? complete
               : CSLSetNameValue(complete, "INTERLEAVE", "BAND");
}

/** What GDAL adds of the source's is not what the user says. */
static char **said_by_user(CSLConstList list)
{
    static const char added[] = "@INTERLEAVE_ADDED_AUTOMATICALLY";
    char **said = CSLDuplicate(list);
    if (CSLFetchNameValue(said, added) != NULL) {
        said = CSLSetNameValue(said, added, NULL);
        said = CSLSetNameValue(said, "INTERLEAVE", NULL);
    }
    return said;
}

bool lossless_options(char ***complete, CSLConstList list, GDALDatasetH source,
                      Status *status)
{
    *complete = CSLDuplicate(list);
    if (GDALGetRasterCount(source) == 0 || !is_wanted(list))
        return true;
    VrtPieces *pieces =
        vrt_pieces_new(source, GDALGetRasterBand(source, 1), NULL, status);
    if (pieces == NULL)
        return status->code == STATUS_OK;
    char **said = said_by_user(list);
    *complete = add_common(*complete, said, pieces, status);
    if (is_stack(source, pieces, status))
        *complete = separate_bands(*complete, said);
    CSLDestroy(said);
    vrt_pieces_free(pieces);
    return status->code == STATUS_OK;
}
