/* SPDX-License-Identifier: MIT */
#include "decoding.h"

#include <stddef.h>
#include <stdlib.h>

#include "block_size.h"
#include "cpl_conv.h"
#include "cpl_string.h"

/** Looks closer at a dataset of that driver. */
typedef void Refine(Decoding *decoding, GDALDatasetH dataset);

typedef struct Entry {
    const char *driver;
    int since; /**< GDAL's version; 0: any. The newest row that fits counts,
                    and comes first */
    DecodingYield yield;
    DecodingCalls calls;
    DecodingReopen reopen;
    bool counted;
    Refine *refine; /**< or NULL */
} Entry;

static uint64_t band_samples(GDALDatasetH dataset)
{
    return (uint64_t)GDALGetRasterXSize(dataset) *
           (uint64_t)GDALGetRasterYSize(dataset);
}

/** frmts/grib/gribdataset.cpp: LoadData(). Bands are kept as doubles until they
 * exceed GRIB_CACHEMAX, from when on one is; and its message is unpacked beside
 * it. */
static void refine_grib(Decoding *decoding, GDALDatasetH dataset)
{
    const uint64_t band_nbytes = band_samples(dataset) * sizeof(double);
    const uint64_t bands = (uint64_t)GDALGetRasterCount(dataset);
    const int max_mb = atoi(CPLGetConfigOption("GRIB_CACHEMAX", "100"));
    const uint64_t kept =
        1 + ((uint64_t)(max_mb > 0 ? max_mb : 0) << 20) / (band_nbytes + 1);
    decoding->held_nbytes =
        band_nbytes * ((kept < bands ? kept : bands) + (kept < bands));
    /* A single band is the one that is kept. */
    if (bands == 1)
        decoding->calls = CALL_FEW_BLOCKS;
}

/** frmts/pdf/pdfdataset.cpp: PDFRasterBand(), IReadBlock(), IRasterIO(). A call
 * for more than a block renders what it asks for; a call for one keeps that
 * block, or all of the page where blocks are rows. */
static void refine_pdf(Decoding *decoding, GDALDatasetH dataset)
{
    const int bands = GDALGetRasterCount(dataset);
    int width, height;
    block_size_of(GDALGetRasterBand(dataset, 1), &width, &height);
    const char *interleave =
        GDALGetMetadataItem(dataset, "INTERLEAVE", "IMAGE_STRUCTURE");
    const bool by_row = height == 1;
    const bool in_pieces = interleave != NULL && EQUAL(interleave, "PIXEL");
    /* A page in tiles of its own is neither. */
    if (by_row)
        decoding->held_nbytes =
            2 * band_samples(dataset) * (uint64_t)(bands < 3 ? 3 : bands);
    else if (in_pieces)
        decoding->calls = CALL_WINDOW;
    else
        decoding->yield = YIELDS_BLOCK_OF_BANDS;
}

/** All of the image is decoded for the first block, and kept. */
static void refine_whole_image(Decoding *decoding, GDALDatasetH dataset)
{
    const GDALDataType type =
        GDALGetRasterDataType(GDALGetRasterBand(dataset, 1));
    decoding->held_nbytes = band_samples(dataset) *
                            (uint64_t)GDALGetRasterCount(dataset) *
                            (uint64_t)GDALGetDataTypeSizeBytes(type);
}

enum { GDAL_3_13 = GDAL_COMPUTE_VERSION(3, 13, 0) };

#define OWN_WAY REOPENS_CHEAPLY, false, NULL
#define OWN_WAY_SCANNING REOPENS_SCANNING, false, NULL
#define OWN_IMAGE REOPENS_SCANNING, false, refine_whole_image

/* Sorted by what they do. Drivers that read blocks as they lie in the file are
 * left out. */
static const Entry entries[] = {
    /* A band is a message. */
    {"GRIB", 0, YIELDS_BAND, CALL_BAND, REOPENS_SCANNING, true, refine_grib},

    /* Bands follow each other in a compressed stream. */
    {"R", 0, YIELDS_BAND, CALL_BAND, OWN_WAY_SCANNING},

    /* A page, or its tiles. */
    {"PDF", 0, YIELDS_PAGE, CALL_ONE_BLOCK, REOPENS_SCANNING, false,
     refine_pdf},

    /* A chunk may hold several bands. Of HDF5 its own cache has them for a
     * block, if the chunk is not too large for it, until 3.13 keeps them; of
     * netCDF always. */
    {"HDF5Image", GDAL_3_13, YIELDS_BLOCK_OF_BANDS, CALL_ONE_BLOCK, OWN_WAY},
    {"HDF5Image", 0, YIELDS_BLOCK, CALL_ONE_BLOCK, OWN_WAY},
    {"HDF5", 0, YIELDS_BLOCK, CALL_ONE_BLOCK, OWN_WAY},
    {"BAG", 0, YIELDS_BLOCK, CALL_ONE_BLOCK, OWN_WAY},
    {"netCDF", 0, YIELDS_BLOCK_OF_BANDS, CALL_ONE_BLOCK, OWN_WAY},

    /* Blocks of one call are decoded on several threads. */
    {"JP2OpenJPEG", 0, YIELDS_BLOCK_OF_BANDS, CALL_MANY_BLOCKS, OWN_WAY},
    {"JP2ECW", 0, YIELDS_BLOCK_OF_BANDS, CALL_MANY_BLOCKS, OWN_WAY},
    {"JP2KAK", 0, YIELDS_BLOCK_OF_BANDS, CALL_MANY_BLOCKS, OWN_WAY},
    {"JP2Lura", 0, YIELDS_BLOCK_OF_BANDS, CALL_MANY_BLOCKS, OWN_WAY},
    {"JP2MrSID", 0, YIELDS_BLOCK_OF_BANDS, CALL_MANY_BLOCKS, OWN_WAY},
    {"ECW", 0, YIELDS_BLOCK_OF_BANDS, CALL_MANY_BLOCKS, OWN_WAY},
    {"MrSID", 0, YIELDS_BLOCK_OF_BANDS, CALL_MANY_BLOCKS, OWN_WAY},
    /* Or fetched over several connections. */
    {"WMS", 0, YIELDS_BLOCK_OF_BANDS, CALL_MANY_BLOCKS, OWN_WAY},
    {"WMTS", 0, YIELDS_BLOCK_OF_BANDS, CALL_MANY_BLOCKS, OWN_WAY},
    {"WCS", 0, YIELDS_BLOCK_OF_BANDS, CALL_MANY_BLOCKS, OWN_WAY},
    {"OGCAPI", 0, YIELDS_BLOCK_OF_BANDS, CALL_MANY_BLOCKS, OWN_WAY},
    {"STACTA", 0, YIELDS_BLOCK_OF_BANDS, CALL_MANY_BLOCKS, OWN_WAY},
    {"EEDAI", 0, YIELDS_BLOCK_OF_BANDS, CALL_MANY_BLOCKS, OWN_WAY},
    {"PLMOSAIC", 0, YIELDS_BLOCK_OF_BANDS, CALL_MANY_BLOCKS, OWN_WAY},
    {"DAAS", 0, YIELDS_BLOCK_OF_BANDS, CALL_MANY_BLOCKS, OWN_WAY},
    {"NGW", 0, YIELDS_BLOCK_OF_BANDS, CALL_MANY_BLOCKS, OWN_WAY},

    /* A block is a tile's row; the tiles beside it are decoded with it. */
    {"HF2", 0, YIELDS_ROWS, CALL_FEW_BLOCKS, OWN_WAY},

    /* Text, of which nothing can be found but by reading on. */
    {"XYZ", 0, YIELDS_ROWS, CALL_FEW_BLOCKS, OWN_WAY_SCANNING},
    {"ZMap", 0, YIELDS_BLOCK, CALL_FEW_BLOCKS, OWN_WAY_SCANNING},
    {"AAIGrid", 0, YIELDS_ROWS, CALL_FEW_BLOCKS, OWN_WAY},
    {"GRASSASCIIGrid", 0, YIELDS_ROWS, CALL_FEW_BLOCKS, OWN_WAY},
    {"ISG", 0, YIELDS_ROWS, CALL_FEW_BLOCKS, OWN_WAY},
    {"GSAG", 0, YIELDS_ROWS, CALL_FEW_BLOCKS, OWN_WAY},
    {"GXF", 0, YIELDS_ROWS, CALL_FEW_BLOCKS, OWN_WAY},
    /* Rows of one compressed stream. */
    {"PNG", 0, YIELDS_ROWS, CALL_FEW_BLOCKS, OWN_WAY},
    {"JPEG", 0, YIELDS_ROWS, CALL_FEW_BLOCKS, OWN_WAY},
    {"GIF", 0, YIELDS_ROWS, CALL_FEW_BLOCKS, OWN_WAY},
    {"BIGGIF", 0, YIELDS_ROWS, CALL_FEW_BLOCKS, OWN_WAY},
    {"TGA", 0, YIELDS_ROWS, CALL_FEW_BLOCKS, OWN_WAY},

    /* The image at once. */
    {"WEBP", 0, YIELDS_ROWS, CALL_FEW_BLOCKS, OWN_IMAGE},
    {"HEIF", 0, YIELDS_ROWS, CALL_FEW_BLOCKS, OWN_IMAGE},
    {"AVIF", 0, YIELDS_ROWS, CALL_FEW_BLOCKS, OWN_IMAGE},
    {"JPEGXL", 0, YIELDS_ROWS, CALL_FEW_BLOCKS, OWN_IMAGE},
    {"XPM", 0, YIELDS_ROWS, CALL_FEW_BLOCKS, OWN_IMAGE},

    /* Images in a container, each with all bands, and not always as they are
     * asked for: where grids differ several make one block. */
    {"GPKG", 0, YIELDS_BLOCK_OF_BANDS, CALL_FEW_BLOCKS, OWN_WAY},
    {"MBTiles", 0, YIELDS_BLOCK_OF_BANDS, CALL_FEW_BLOCKS, OWN_WAY},
    {"Rasterlite", 0, YIELDS_BLOCK_OF_BANDS, CALL_FEW_BLOCKS, OWN_WAY},
    {"KMLSUPEROVERLAY", 0, YIELDS_BLOCK_OF_BANDS, CALL_FEW_BLOCKS, OWN_WAY},
    {"MRF", 0, YIELDS_BLOCK_OF_BANDS, CALL_FEW_BLOCKS, OWN_WAY},
    {"ESRIC", 0, YIELDS_BLOCK_OF_BANDS, CALL_FEW_BLOCKS, OWN_WAY},
    {"DIMAP", 0, YIELDS_BLOCK_OF_BANDS, CALL_FEW_BLOCKS, OWN_WAY},
    {"SAFE", 0, YIELDS_BLOCK_OF_BANDS, CALL_FEW_BLOCKS, OWN_WAY},
    {"SENTINEL2", 0, YIELDS_BLOCK_OF_BANDS, CALL_FEW_BLOCKS, OWN_WAY},
    {"RPFTOC", 0, YIELDS_BLOCK_OF_BANDS, CALL_FEW_BLOCKS, OWN_WAY},
    {"ECRGTOC", 0, YIELDS_BLOCK_OF_BANDS, CALL_FEW_BLOCKS, OWN_WAY},
    {"TIL", 0, YIELDS_BLOCK_OF_BANDS, CALL_FEW_BLOCKS, OWN_WAY},
    {"STACIT", 0, YIELDS_BLOCK_OF_BANDS, CALL_FEW_BLOCKS, OWN_WAY},
    {"PostGISRaster", 0, YIELDS_BLOCK_OF_BANDS, CALL_FEW_BLOCKS, OWN_WAY},
    {"NITF", 0, YIELDS_BLOCK, CALL_FEW_BLOCKS, OWN_WAY},
    {"VRT", 0, YIELDS_BLOCK, CALL_FEW_BLOCKS, OWN_WAY},
};

#undef OWN_WAY
#undef OWN_WAY_SCANNING
#undef OWN_IMAGE

static const Entry *entry_of(const char *driver)
{
    const int version = atoi(GDALVersionInfo("VERSION_NUM"));
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++)
        if (EQUAL(entries[i].driver, driver) && entries[i].since <= version)
            return &entries[i];
    return NULL;
}

Decoding decoding_of(GDALDatasetH dataset)
{
    const GDALDriverH driver = GDALGetDatasetDriver(dataset);
    const Entry *entry =
        driver != NULL ? entry_of(GDALGetDescription((GDALMajorObjectH)driver))
                       : NULL;
    if (entry == NULL)
        return (Decoding){.counted = true};
    Decoding decoding = {.yield = entry->yield,
                         .calls = entry->calls,
                         .reopen = entry->reopen,
                         .counted = entry->counted};
    if (entry->refine != NULL && GDALGetRasterCount(dataset) > 0)
        entry->refine(&decoding, dataset);
    return decoding;
}

bool decoding_bands_apart(const Decoding *decoding, GDALDatasetH dataset)
{
    const char *interleave =
        GDALGetMetadataItem(dataset, "INTERLEAVE", "IMAGE_STRUCTURE");
    return decoding->yield == YIELDS_BAND ||
           (decoding->yield == YIELDS_BLOCK && decoding->counted &&
            interleave != NULL && !EQUAL(interleave, "PIXEL"));
}

/* GDAL's cache holds the blocks of a call until they are dropped. */
enum { CALL_TARGET_NBYTES = 1 << 18 };

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

void decoding_limit_call(const Decoding *decoding, GDALRasterBandH band,
                         int64_t *width, int64_t *height)
{
    int block_width = 1, block_height = 1;
    if (decoding->calls != CALL_ONE_BLOCK && decoding->calls != CALL_BAND)
        return;
    block_size_of(band, &block_width, &block_height);
    if (decoding->calls == CALL_ONE_BLOCK) {
        *width = least(*width, block_width);
        *height = least(*height, block_height);
        return;
    }
    const int64_t row_nbytes =
        *width * GDALGetDataTypeSizeBytes(GDALGetRasterDataType(band));
    const int64_t row_of_blocks_nbytes = row_nbytes * block_height;
    const int64_t rows = 1 + CALL_TARGET_NBYTES / (row_of_blocks_nbytes + 1);
    *height = least(*height, rows * block_height);
}
