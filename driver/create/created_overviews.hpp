/* SPDX-License-Identifier: MIT */
/** @file
 * Overviews of a dataset of Create(): they are made of the pixels that are
 * there when GDAL is asked for them, as GTiff makes them, and become the
 * file's.
 */
#ifndef ROWBAND_CREATED_OVERVIEWS_HPP
#define ROWBAND_CREATED_OVERVIEWS_HPP

#include "gdal_priv.h"

/** What GDAL is asked for. */
struct OverviewsWish {
    bool planar;        /* the file will have its bands one after the other */
    bool shown_as_rgba; /* see create.h */
    const char *resampling;
    int count;
    const int *factors;
    int band_count;
    const int *bands;
    GDALProgressFunc progress;
    void *user;
    CSLConstList options;
};

/** Has GTiff write the directory of @p pixels anew before it adds another.
 * Where it has been flushed, looked through and written to, GTiff cannot add
 * directories until then. */
void created_overviews_prepare(GDALDataset *pixels);

/** GDALDataset::IBuildOverviews().
 * @param pixels gets the overviews. GTiff's, with bands one after the other
 * @param told   gets overviews without pixels, for their tags
 * @return a failure that has been reported */
CPLErr created_overviews_build(GDALDataset *pixels, GDALDataset *told,
                               const OverviewsWish &wish);

#endif
