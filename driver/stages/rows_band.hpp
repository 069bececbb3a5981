/* SPDX-License-Identifier: MIT */
/** @file
 * A band that is read by IRasterIO() alone: its block of a row is what GDAL
 * makes its windows from.
 */
#ifndef ROWBAND_ROWS_BAND_HPP
#define ROWBAND_ROWS_BAND_HPP

#include "gdal_priv.h"

class RowsBand : public GDALRasterBand
{
  protected:
    RowsBand(GDALDataType type, int width, int height)
    {
        eDataType = type;
        nRasterXSize = width;
        nRasterYSize = height;
        nBlockXSize = width;
        nBlockYSize = 1;
    }

    CPLErr IReadBlock(int, int, void *) override
    {
        return CE_Failure;
    }
};

#endif
