/* SPDX-License-Identifier: MIT */
#include "written_tiff.h"

#include <stdint.h>

#include "cpl_vsi.h"
#include "dataset.h"
#include "gtiff_item.h"

/** Where tiles lie. */
typedef struct Index {
    bool has_all;
    uint64_t end; /**< of the last */
} Index;

static void add_band(Index *index, GDALRasterBandH band)
{
    int width, height;
    GDALGetBlockSize(band, &width, &height);
    const int across = (GDALGetRasterBandXSize(band) - 1) / width + 1;
    const int down = (GDALGetRasterBandYSize(band) - 1) / height + 1;
    for (int y = 0; y < down; y++)
        for (int x = 0; x < across; x++) {
            const uint64_t offset = gtiff_tile_offset(band, x, y);
            const uint64_t nbytes = gtiff_tile_nbytes(band, x, y);
            if (offset + nbytes > index->end)
                index->end = offset + nbytes;
            index->has_all = index->has_all && nbytes > 0;
        }
}

static Index index_of(GDALDatasetH dataset)
{
    Index index = {true, 0};
    for (int i = 1; i <= GDALGetRasterCount(dataset); i++)
        add_band(&index, GDALGetRasterBand(dataset, i));
    return index;
}

bool written_tiff_close(GDALDatasetH dataset, const char *path)
{
    VSIStatBufL stat;
    GDALClose(dataset);
    const GDALDatasetH written = dataset_open_gtiff(path, 0);
    if (written == NULL)
        return false;
    const Index index = index_of(written);
    GDALClose(written);
    return index.has_all && VSIStatL(path, &stat) == 0 &&
           index.end <= (uint64_t)stat.st_size;
}
