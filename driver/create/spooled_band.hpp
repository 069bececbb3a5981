/* SPDX-License-Identifier: MIT */
/** @file
 * A band of the dataset that Create() gives, or the mask of all: pixels go to
 * the raw spool, in pieces where they are many, and all that is asked of it the
 * spool's band does.
 */
#ifndef ROWBAND_SPOOLED_BAND_HPP
#define ROWBAND_SPOOLED_BAND_HPP

#include <memory>

#include "gdal_proxy.h"
#include "spool_io.hpp"

class SpooledBand : public GDALProxyRasterBand
{
  public:
    /** @param number from 1 on; 0: the mask
     * @param raw lives longer than this, as @p io does while it is used */
    SpooledBand(GDALDataset *dataset, int number, GDALRasterBand *raw,
                SpoolIo *io);

    GDALRasterBand *GetMaskBand() override;
    CPLErr Fill(double real, double imaginary) override;
    CPLErr FlushCache(bool at_closing) override;

  protected:
    GDALRasterBand *const m_raw;

    /* The one is GDAL 3.6's, the other later ones'. */
    GDALRasterBand *RefUnderlyingRasterBand() const
    {
        return m_raw;
    }

    GDALRasterBand *RefUnderlyingRasterBand(bool) const
    {
        return m_raw;
    }

    CPLErr IReadBlock(int x, int y, void *data) override;
    CPLErr IWriteBlock(int x, int y, void *data) override;
    CPLErr IRasterIO(GDALRWFlag flag, int x, int y, int width, int height,
                     void *data, int out_width, int out_height,
                     GDALDataType type, GSpacing pixel_nbytes,
                     GSpacing row_nbytes, GDALRasterIOExtraArg *extra) override;

  private:
    SpoolIo *const m_io;
    std::unique_ptr<SpooledBand> m_mask; /* once it was asked for */
};

#endif
