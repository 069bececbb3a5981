/* SPDX-License-Identifier: MIT */
#include "gtiff_tile.h"

#include "cpl_string.h"
#include "layout.h"

/** The value of PHOTOMETRIC for a tile of all bands. The colours of a palette
 * do not affect a tile. */
static const char *photometric(const Ifd *directory)
{
    static const char *const names[] = {
        "MINISWHITE", "MINISBLACK", "RGB",    "MINISBLACK", NULL,    "CMYK",
        "YCBCR",      NULL,         "CIELAB", "ICCLAB",     "ITULAB"};
    const uint64_t value = ifd_number(directory, TAG_PHOTOMETRIC, 1);
    return value < sizeof names / sizeof *names ? names[value] : NULL;
}

static char **tile_options(const Ifd *directory, const char *compress,
                           GDALDataType type, bool planar)
{
    const int nbits = (int)ifd_number(directory, TAG_BITS_PER_SAMPLE, 1);
    const uint64_t format = ifd_number(directory, TAG_SAMPLE_FORMAT, 1);
    const char *colours = planar ? "MINISBLACK" : photometric(directory);
    char **list = CSLSetNameValue(NULL, "COMPRESS", compress);
    list = CSLSetNameValue(list, "PROFILE", "BASELINE");
    list = CSLSetNameValue(list, "INTERLEAVE", "PIXEL");
    list = CSLSetNameValue(list, "BIGTIFF", "NO");
    if (colours != NULL)
        list = CSLSetNameValue(list, "PHOTOMETRIC", colours);
    if (nbits < GDALGetDataTypeSizeBits(type))
        list = CSLSetNameValue(list, "NBITS", CPLSPrintf("%d", nbits));
    if (type == GDT_Byte && format == SAMPLE_FORMAT_INT)
        list = CSLSetNameValue(list, "PIXELTYPE", "SIGNEDBYTE");
    return list;
}

void gtiff_tile_init(GtiffTile *tile, const Ifd *image, const char *compress,
                     CSLConstList options, bool planar)
{
    tile->options =
        CSLMerge(tile_options(image, compress, tile->type, planar), options);
}

const GtiffTile *gtiff_tile_of(const CodecSetup *setup)
{
    return setup->custom;
}

size_t gtiff_tile_band_nbytes(const CodecSetup *setup)
{
    const LayoutSpec *spec = &setup->layout->spec;
    return (size_t)spec->tile_width * (size_t)spec->tile_height *
           (size_t)spec->sample_nbytes;
}

void gtiff_tile_free(GtiffTile *tile)
{
    CSLDestroy(tile->options);
    tile->options = NULL;
}
