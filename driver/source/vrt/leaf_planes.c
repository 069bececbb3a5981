/* SPDX-License-Identifier: MIT */
#include "leaf_planes.h"

#include <stdlib.h>

#include "dataset.h"

bool leaf_planes_init(LeafPlanes *planes, GDALDatasetH dataset)
{
    planes->bands = GDALGetRasterCount(dataset);
    planes->planes =
        calloc((size_t)leaf_planes_end(planes), sizeof *planes->planes);
    if (planes->planes == NULL)
        return false;
    planes->planes[LEAF_MASK].type = GDT_Byte;
    for (int i = 1; i <= planes->bands; i++) {
        const GDALRasterBandH band = GDALGetRasterBand(dataset, i);
        planes->planes[planes->bands + i].type = GDT_Byte;
        if (band != NULL)
            planes->planes[i].type = GDALGetRasterDataType(band);
    }
    return true;
}

void leaf_planes_clear(LeafPlanes *planes)
{
    free(planes->planes);
}

int leaf_planes_end(const LeafPlanes *planes)
{
    return 2 * planes->bands + 1;
}

bool leaf_planes_need_band(LeafPlanes *planes, GDALDatasetH dataset, int band)
{
    if (band < 1 || band > planes->bands ||
        GDALGetRasterBand(dataset, band) == NULL)
        return false;
    planes->planes[band].needed = true;
    return true;
}

void leaf_planes_need_own_mask(LeafPlanes *planes, GDALDatasetH dataset,
                               int band)
{
    const GDALRasterBandH of = GDALGetRasterBand(dataset, band);
    if (dataset_band_has_own_mask(of) &&
        dataset_same_blocks(of, GDALGetMaskBand(of)))
        planes->planes[planes->bands + band].needed = true;
}

int leaf_planes_own_mask(const LeafPlanes *planes, int band)
{
    const int number = planes->bands + band;
    return planes->planes[number].needed ? number : 0;
}

int leaf_planes_first_needed(const LeafPlanes *planes)
{
    const int end = leaf_planes_end(planes);
    int number = 1;
    while (number < end && !planes->planes[number].needed)
        number++;
    return number < end ? number : 0;
}

bool leaf_planes_has_bands(const LeafPlanes *planes)
{
    const int first = leaf_planes_first_needed(planes);
    return first > 0 && first <= planes->bands;
}

bool leaf_planes_have_own_masks(const LeafPlanes *planes)
{
    for (int i = 1; i <= planes->bands; i++)
        if (leaf_planes_own_mask(planes, i) > 0)
            return true;
    return false;
}

uint64_t leaf_planes_pixel_nbytes(const LeafPlanes *planes, int first, int end)
{
    uint64_t nbytes = 0;
    for (int i = first; i < end; i++)
        if (planes->planes[i].needed)
            nbytes +=
                (uint64_t)GDALGetDataTypeSizeBytes(planes->planes[i].type);
    return nbytes;
}
