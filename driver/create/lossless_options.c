/* SPDX-License-Identifier: MIT */
#include "lossless_options.h"

#include "cpl_conv.h"
#include "cpl_string.h"
#include "error_trap.h"
#include "ifd.h"
#include "option_list.h"
#include "option_table.h"
#include "tiff_file.h"
#include "vrt_bottom.h"

/* Values of PlanarConfiguration (TIFF 6.0 section 8). */
enum { PLANAR_CONTIGUOUS = 1, PLANAR_SEPARATE = 2 };

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

static char **add_blocks(char **list, const Ifd *tags)
{
    static const char *const names[] = {"TILED", "BLOCKXSIZE", "BLOCKYSIZE",
                                        "BLOCKSIZE"};
    const uint64_t width = ifd_number(tags, TAG_TILE_WIDTH, 0);
    const uint64_t height = ifd_number(tags, TAG_TILE_LENGTH, 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (CSLFetchNameValue(list, names[i]) != NULL)
            return list;
    if (EQUAL(CSLFetchNameValueDef(list, "LAYOUT", "GTIFF"), "COG"))
        return width > 0 && width == height
                   ? add_number(list, "BLOCKSIZE", width)
                   : list;
    if (width == 0)
        return add_strips(list, tags);
    list = add_number(list, "BLOCKXSIZE", width);
    return add_number(list, "BLOCKYSIZE", height);
}

static char **add_tags(char **list, const Ifd *tags)
{
    static const char added[] = "@INTERLEAVE_ADDED_AUTOMATICALLY";
    const bool planar = ifd_number(tags, TAG_PLANAR_CONFIGURATION,
                                   PLANAR_CONTIGUOUS) == PLANAR_SEPARATE;
    /* What GDAL adds of the source's is not what the user says. */
    if (CSLFetchNameValue(list, added) != NULL) {
        list = CSLSetNameValue(list, added, NULL);
        list = CSLSetNameValue(list, "INTERLEAVE", NULL);
    }
    list = add(list, "INTERLEAVE", planar ? "BAND" : "PIXEL");
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

/** What the first band shows, in silence: see lossless_image.c. */
static bool follow(GDALDatasetH source, VrtBottom *bottom)
{
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_ALL);
    const bool found =
        vrt_bottom_find(source, GDALGetRasterBand(source, 1), bottom);
    error_trap_end(&trap);
    return found;
}

bool lossless_options(char ***complete, CSLConstList list, GDALDatasetH source,
                      Status *status)
{
    const char *why_not = NULL;
    VrtBottom bottom;
    *complete = CSLDuplicate(list);
    if (GDALGetRasterCount(source) == 0 || !is_wanted(list))
        return true;
    if (!follow(source, &bottom))
        return true;
    TiffFile *file =
        tiff_file_open(bottom.dataset, bottom.band, &why_not, status);
    Ifd *tags = file != NULL
                    ? tiff_file_directory(file, bottom.band, &why_not, status)
                    : NULL;
    if (tags != NULL)
        *complete = add_tags(add_codec(*complete, bottom.dataset), tags);
    ifd_free(tags);
    tiff_file_close(file);
    return status->code == STATUS_OK;
}
