/* SPDX-License-Identifier: MIT */
#include "lerc_tile.h"

#include "cpl_compressor.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "lerc_blob.h"

/** What LERC's bytes are compressed with once more. */
typedef struct Outer {
    const char *compress; /**< GTiff's */
    const char *name;     /**< GDAL's compressor */
    const char *level;    /**< GTiff's option */
    const char *by_default;
} Outer;

static const Outer outers[] = {{"LERC_DEFLATE", "zlib", "ZLEVEL", "6"},
                               {"LERC_ZSTD", "zstd", "ZSTD_LEVEL", "9"}};

static const Outer *outer_of(const char *compress)
{
    for (size_t i = 0; i < sizeof outers / sizeof *outers; i++)
        if (EQUAL(outers[i].compress, compress))
            return &outers[i];
    return NULL;
}

/** Compresses @p blob into @p tile. */
static bool compress(const Outer *outer, CSLConstList options, const void *blob,
                     size_t blob_nbytes, uint8_t *tile, size_t capacity,
                     size_t *nbytes)
{
    const CPLCompressor *compressor = CPLGetCompressor(outer->name);
    const char *level =
        CSLFetchNameValueDef(options, outer->level, outer->by_default);
    char **own = CSLSetNameValue(NULL, "LEVEL", level);
    void *out = tile;
    *nbytes = capacity;
    const bool ok = compressor != NULL &&
                    compressor->pfnFunc(blob, blob_nbytes, &out, nbytes, own,
                                        compressor->user_data);
    CSLDestroy(own);
    return ok;
}

static bool settle_within(const Outer *outer, CSLConstList options,
                          uint8_t *tile, size_t capacity, size_t *nbytes)
{
    const CPLCompressor *inverse = CPLGetDecompressor(outer->name);
    /* GDAL's own guess of the size can be too small. */
    void *blob = VSIMalloc(capacity);
    size_t blob_nbytes = capacity;
    bool ok = blob != NULL && inverse != NULL &&
              inverse->pfnFunc(tile, *nbytes, &blob, &blob_nbytes, NULL,
                               inverse->user_data);
    if (ok && lerc_blob_settle(blob, blob_nbytes))
        ok =
            compress(outer, options, blob, blob_nbytes, tile, capacity, nbytes);
    VSIFree(blob);
    return ok;
}

bool lerc_tile_settle(CSLConstList options, uint8_t *tile, size_t capacity,
                      size_t *nbytes, Status *status)
{
    const char *name = CSLFetchNameValueDef(options, "COMPRESS", "");
    const Outer *outer = outer_of(name);
    if (EQUAL(name, "LERC"))
        lerc_blob_settle(tile, *nbytes);
    return outer == NULL ||
           settle_within(outer, options, tile, capacity, nbytes) ||
           status_fail(status, STATUS_CODEC,
                       "a tile of %s cannot be compressed again", name);
}
