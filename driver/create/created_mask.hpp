/* SPDX-License-Identifier: MIT */
/** @file
 * Masks of a dataset of Create(). One of all bands is inside the file; those of
 * single bands go into a .msk file beside it, as GTiff's.
 */
#ifndef ROWBAND_CREATED_MASK_HPP
#define ROWBAND_CREATED_MASK_HPP

#include "gdal_priv.h"

/** GDALDataset::CreateMaskBand().
 * @param pixels gets the mask
 * @param told   is told that there is one inside the file, where GTiff would
 * make it there; otherwise when it is closed
 * @return a failure that has been reported */
CPLErr created_mask_make_of_all(GDALDataset *pixels, GDALDataset *told,
                                int flags);

/** @return whether a mask of all bands was made */
bool created_mask_is_of_all(GDALDataset *pixels);

/** GDALRasterBand::CreateMaskBand(), for a band of these. */
CPLErr created_mask_make(GDALRasterBand *pixels, GDALRasterBand *told,
                         int flags);

#endif
