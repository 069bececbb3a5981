/* SPDX-License-Identifier: MIT */
/** @file
 * How the dataset that Create() gives, and its bands, write to the raw spool
 * and read from it: by way of GDAL's cache, of which they take no more than the
 * spool says. On the thread that calls the dataset.
 */
#ifndef ROWBAND_SPOOL_IO_HPP
#define ROWBAND_SPOOL_IO_HPP

#include <vector>

#include "gdal_priv.h"
#include "raw_spool.h"
#include "window.h"

/** A band of the spool, or its mask. */
struct SpoolImage {
    int number; /**< from 1 on; 0: the mask */
    GDALRasterBand *raw;
};

/** What IRasterIO() is called with. */
struct RasterCall {
    GDALRWFlag flag;
    Window at;
    void *data;
    int out_width, out_height;
    GDALDataType type;
    GSpacing pixel_nbytes, row_nbytes;
    GSpacing band_nbytes; /**< from one image to the next in @p data */
    GDALRasterIOExtraArg *extra;
};

/** Refers to something to do, for the time of a call. Unlike a std::function it
 * allocates nothing. */
class SpoolAction
{
  public:
    template <typename Do>
    SpoolAction(const Do &todo) /* NOLINT(google-explicit-constructor) */
        : m_do(&todo), m_call([](const void *what) {
              return (*static_cast<const Do *>(what))();
          })
    {
    }

    CPLErr operator()() const
    {
        return m_call(m_do);
    }

  private:
    const void *m_do;
    CPLErr (*m_call)(const void *);
};

class SpoolIo
{
  public:
    using Action = SpoolAction;

    /** @param front what the user has: reports are of its name */
    SpoolIo(const GDALDataset *front, RawSpool *spool)
        : m_front(front), m_spool(spool)
    {
    }

    /** Transfers pixels of some images. What does not fit in the cache's
     * share is transferred in pieces, unless pixels are resampled: then GDAL's
     * cache may hold all that the call touches while it lasts.
     * @param whole does it in one call
     * @return CE_Failure after one CPLError(CE_Failure) */
    CPLErr transfer(const RasterCall &call,
                    const std::vector<SpoolImage> &images, const Action &whole);

    /** Prepares and makes a transfer, for which there may be no memory: then
     * what is to be written is lost.
     * @return CE_Failure after one CPLError(CE_Failure) */
    CPLErr guarded(GDALRWFlag flag, const Action &action);

    /** Does what writes to the spool, and notes what is lost: later GDALs
     * report some failures and return without one. What is reported is so under
     * the front's name. */
    CPLErr write(const Action &action);

    /** The same for what gives the file what caches hold, and reports by
     * itself.
     */
    CPLErr flush(const Action &action);

    /** Has the mask take part in what the cache's share is. */
    void set_mask(GDALRasterBand *mask);

    /** @return whether no pixel is known to be lost */
    bool complete() const
    {
        return m_complete;
    }

  private:
    const GDALDataset *const m_front;
    RawSpool *const m_spool;
    bool m_complete = true;

    CPLErr in_pieces(const RasterCall &call,
                     const std::vector<SpoolImage> &images);
    CPLErr transfer_piece(const RasterCall &call, const SpoolImage &image,
                          const Window &piece, void *data);
    bool make_room(const std::vector<int> &numbers, const Window &window);
    bool trim();
    bool settle(bool ok, const Status &status);
    CPLErr caught(const Action &action) const;
    CPLErr refuse() const;
};

#endif
