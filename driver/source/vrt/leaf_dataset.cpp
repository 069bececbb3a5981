/* SPDX-License-Identifier: MIT */
#include "leaf_dataset.h"

#include "guard.hpp"
#include "live_band.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

namespace
{

/** A VRT may ask for parts of pixels, as many as whole ones: which those are
 * GDAL's own loops know. */
bool is_shifted(int x, int y, int width, int height,
                const GDALRasterIOExtraArg *extra)
{
    return extra != nullptr && extra->bFloatingPointWindowValidity &&
           (extra->dfXOff != x || extra->dfYOff != y ||
            extra->dfXSize != width || extra->dfYSize != height);
}

/** Has the dataset below read, which nobody else may do meanwhile. */
template <typename Read> CPLErr locked(ReaderHandle *handle, Read read)
{
    reader_handle_lock(handle);
    const CPLErr err = guard(CE_Failure, read);
    reader_handle_unlock(handle);
    return err;
}

/* Georeferencing, nodata, colours and the like are the dataset's below. What
 * there is no memory for while GDAL reads throws: whoever has it read catches,
 * by guarded.h or live_vrt_enter(). A mask or an overview that is NULL GDAL
 * would not survive, or read something else. */
class LeafDataset final : public GDALProxyDataset
{
  public:
    LeafDataset(Leaf *leaf, GDALDataset *below);

    /** The leaf that serves for an overview; NULL if none does. */
    LeafDataset *overview(int level);

    /** The mask that @p band has in common with all, which is data: one band,
     * since GDAL looks whether it is. NULL: it has another. */
    GDALRasterBand *mask_of(GDALRasterBand *band);

    /** The mask of band @p number alone if the leaf holds it; or NULL. */
    GDALRasterBand *own_mask_of(int number);

    /* Nothing in 3.6, an error later. */
    auto FlushCache(bool)
        -> decltype(std::declval<GDALDataset>().FlushCache(false)) override
    {
        return decltype(FlushCache(false))();
    }

    /* The dataset below is not ours to close, which GDAL 3.13 does with a
     * proxy. Not virtual with these arguments before. */
    CPLErr Close(GDALProgressFunc, void *)
    {
        return CE_None;
    }

    bool GetCloseReportsProgress() const
    {
        return false;
    }

    Leaf *const leaf;
    ReaderHandle *const handle;
    GDALDataset *const below;
    const bool resamples; /**< whether reduced reads are the driver's own */
    const bool of_vrt;    /**< see is_plain() */

    /** @return whether a request is for pixels as they are decoded: none is
     * that has a VRT resample what it reads. */
    bool is_plain(const Window &from, int width, int height,
                  const GDALRasterIOExtraArg *extra) const
    {
        return from.width == width && from.height == height &&
               !is_shifted(static_cast<int>(from.x), static_cast<int>(from.y),
                           width, height, extra) &&
               !(of_vrt && extra != nullptr &&
                 extra->eResampleAlg != GRIORA_NearestNeighbour);
    }

    /** What the dataset below stands in for, which then resamples, out of the
     * same leaf (gcore/gdaloverviewdataset.cpp); or NULL. */
    std::unique_ptr<LeafDataset> real{};

  protected:
    GDALDataset *RefUnderlyingDataset() const override
    {
        return below;
    }

    /* GDAL resamples several bands together to other pixels than one by one
     * (gcore/rasterio.cpp: GDALDataset::RasterIOResampled()). */
    CPLErr IRasterIO(GDALRWFlag flag, int x, int y, int width, int height,
                     void *data, int out_width, int out_height,
                     GDALDataType type, int band_count, int *bands,
                     GSpacing pixel_nbytes, GSpacing row_nbytes,
                     GSpacing band_nbytes, GDALRasterIOExtraArg *extra) override
    {
        if (is_plain({x, y, width, height}, out_width, out_height, extra))
            return GDALDataset::BandBasedRasterIO(
                flag, x, y, width, height, data, out_width, out_height, type,
                band_count, bands, pixel_nbytes, row_nbytes, band_nbytes,
                extra);
        /* An overview in GDAL's pool names the dataset of the raster as its
         * own. */
        const bool is_live =
            resamples || (leaf_overview(leaf, 0) == nullptr &&
                          live_band::reads_overview(
                              below->GetRasterBand(bands[0]), x, y, width,
                              height, out_width, out_height, *extra));
        if (!is_live)
            return resample(flag, x, y, width, height, data, out_width,
                            out_height, type, band_count, bands, pixel_nbytes,
                            row_nbytes, band_nbytes, extra);
        return locked(handle, [&] {
            return GDALProxyDataset::IRasterIO(flag, x, y, width, height, data,
                                               out_width, out_height, type,
                                               band_count, bands, pixel_nbytes,
                                               row_nbytes, band_nbytes, extra);
        });
    }

  private:
    CPLErr resample(GDALRWFlag flag, int x, int y, int width, int height,
                    void *data, int out_width, int out_height,
                    GDALDataType type, int band_count, int *bands,
                    GSpacing pixel_nbytes, GSpacing row_nbytes,
                    GSpacing band_nbytes, GDALRasterIOExtraArg *extra)
    {
        if (!real)
            return GDALDataset::IRasterIO(flag, x, y, width, height, data,
                                          out_width, out_height, type,
                                          band_count, bands, pixel_nbytes,
                                          row_nbytes, band_nbytes, extra);
        int tried = false;
        CPLErr err = CE_None;
        if (out_width < width && out_height < height)
            err = TryOverviewRasterIO(flag, x, y, width, height, data,
                                      out_width, out_height, type, band_count,
                                      bands, pixel_nbytes, row_nbytes,
                                      band_nbytes, extra, &tried);
        if (tried)
            return err;
        return live_band::is_whole(below)
                   ? GDALDataset::BandBasedRasterIO(
                         flag, x, y, width, height, data, out_width, out_height,
                         type, band_count, bands, pixel_nbytes, row_nbytes,
                         band_nbytes, extra)
                   : real->IRasterIO(flag, x, y, width, height, data, out_width,
                                     out_height, type, band_count, bands,
                                     pixel_nbytes, row_nbytes, band_nbytes,
                                     extra);
    }

    std::map<int, std::unique_ptr<LeafDataset>> m_overviews{};
    std::unique_ptr<GDALRasterBand> m_mask{};
    std::map<int, std::unique_ptr<GDALRasterBand>> m_own_masks{};
};

class LeafBand final : public GDALProxyRasterBand
{
  public:
    LeafBand(LeafDataset *dataset, int band, GDALRasterBand *below)
        : m_below(below), m_leaf(dataset->leaf), m_handle(dataset->handle),
          m_number(band), m_is_mask(band == LEAF_MASK ||
                                    band > dataset->below->GetRasterCount())
    {
        poDS = dataset;
        nBand = m_is_mask ? 0 : band;
        eDataType = below->GetRasterDataType();
        nRasterXSize = below->GetXSize();
        nRasterYSize = below->GetYSize();
        int height;
        below->GetBlockSize(&nBlockXSize, &height);
        /* The width is the band's own, since GDAL resamples in other pieces
         * where it is the raster's (gcore/rasterio.cpp: RasterIOResampled());
         * but rows: whoever picks single lines out of blocks copies no more. */
        if (nBlockXSize < 1 || nBlockXSize > nRasterXSize)
            nBlockXSize = nRasterXSize;
        nBlockYSize = 1;
    }

    CPLErr FlushCache(bool) override
    {
        return GDALRasterBand::FlushCache(false);
    }

    /* Blocks are of this band, not of the one below as GDAL 3.10 has it for
     * proxies. Not virtual in 3.6, where that is so anyway. */
    GDALRasterBlock *GetLockedBlockRef(int x, int y, int just_initialize)
    {
        return GDALRasterBand::GetLockedBlockRef(x, y, just_initialize);
    }

    GDALRasterBlock *TryGetLockedBlockRef(int x, int y)
    {
        return GDALRasterBand::TryGetLockedBlockRef(x, y);
    }

    CPLErr FlushBlock(int x, int y, int write)
    {
        return GDALRasterBand::FlushBlock(x, y, write);
    }

    /* GDALProxyRasterBand of GDAL 3.6 leaves these out. */
    int64_t GetNoDataValueAsInt64(int *has) override
    {
        return live_band::nodata_as_int64(m_below, has);
    }

    uint64_t GetNoDataValueAsUInt64(int *has) override
    {
        return live_band::nodata_as_uint64(m_below, has);
    }

    GDALRasterBand *GetOverview(int level) override
    {
        GDALRasterBand *overview = m_below->GetOverview(level);
        LeafDataset *of = dataset()->overview(level);
        return overview != nullptr && of != nullptr && !m_is_mask
                   ? of->GetRasterBand(overview->GetBand())
                   : overview;
    }

    GDALRasterBand *GetRasterSampleOverview(GUIntBig) override
    {
        return this;
    }

    /* A mask that is data is the leaf's to decode; one that follows from nodata
     * or alpha is computed from the pixels held. A band's own is held, or
     * read as it is. */
    GDALRasterBand *GetMaskBand() override
    {
        const int flags = GetMaskFlags();
        if (m_is_mask)
            return m_below->GetMaskBand();
        if ((flags & (GMF_ALL_VALID | GMF_NODATA | GMF_ALPHA)) ||
            live_band::has_computed_mask(m_below))
            return dataset()->real
                       ? dataset()->real->GetRasterBand(m_number)->GetMaskBand()
                       : GDALRasterBand::GetMaskBand();
        GDALRasterBand *mask = dataset()->own_mask_of(m_number);
        if (mask == nullptr)
            mask = dataset()->mask_of(m_below);
        return mask != nullptr ? mask : m_below->GetMaskBand();
    }

  protected:
    /* The one is GDAL 3.6's, the other later ones'. */
    GDALRasterBand *RefUnderlyingRasterBand() const
    {
        return m_below;
    }

    GDALRasterBand *RefUnderlyingRasterBand(bool) const
    {
        return m_below;
    }

    CPLErr IReadBlock(int column, int row, void *data) override
    {
        const int nbytes = GDALGetDataTypeSizeBytes(eDataType);
        const int x = column * nBlockXSize;
        const PlaneTarget target = {
            {x, row, std::min(nBlockXSize, nRasterXSize - x), 1},
            data,
            eDataType,
            nbytes,
            static_cast<GSpacing>(nbytes) * nBlockXSize};
        return leaf_read(m_leaf, m_handle, m_number, &target);
    }

    CPLErr IRasterIO(GDALRWFlag, int x, int y, int width, int height,
                     void *data, int out_width, int out_height,
                     GDALDataType type, GSpacing pixel_nbytes,
                     GSpacing row_nbytes, GDALRasterIOExtraArg *extra) override
    {
        if (!dataset()->is_plain({x, y, width, height}, out_width, out_height,
                                 extra))
            return resample(x, y, width, height, data, out_width, out_height,
                            type, pixel_nbytes, row_nbytes, extra);
        const PlaneTarget target = {
            {x, y, width, height}, data, type, pixel_nbytes, row_nbytes};
        return leaf_read(m_leaf, m_handle, m_number, &target);
    }

  private:
    GDALRasterBand *const m_below;
    Leaf *const m_leaf;
    ReaderHandle *const m_handle;
    const int m_number;
    const bool m_is_mask;

    LeafDataset *dataset() const
    {
        return static_cast<LeafDataset *>(poDS);
    }

    CPLErr resample(int x, int y, int width, int height, void *data,
                    int out_width, int out_height, GDALDataType type,
                    GSpacing pixel_nbytes, GSpacing row_nbytes,
                    GDALRasterIOExtraArg *extra)
    {
        const bool is_live =
            dataset()->resamples || (m_is_mask && dataset()->real);
        if (!is_live)
            return resample_held(x, y, width, height, data, out_width,
                                 out_height, type, pixel_nbytes, row_nbytes,
                                 extra);
        return locked(m_handle, [&] {
            return GDALProxyRasterBand::IRasterIO(
                GF_Read, x, y, width, height, data, out_width, out_height, type,
                pixel_nbytes, row_nbytes, extra);
        });
    }

    CPLErr resample_held(int x, int y, int width, int height, void *data,
                         int out_width, int out_height, GDALDataType type,
                         GSpacing pixel_nbytes, GSpacing row_nbytes,
                         GDALRasterIOExtraArg *extra)
    {
        if (!dataset()->real)
            return GDALRasterBand::IRasterIO(GF_Read, x, y, width, height, data,
                                             out_width, out_height, type,
                                             pixel_nbytes, row_nbytes, extra);
        int tried = false;
        CPLErr err = CE_None;
        if (out_width < width && out_height < height)
            err = TryOverviewRasterIO(GF_Read, x, y, width, height, data,
                                      out_width, out_height, type, pixel_nbytes,
                                      row_nbytes, extra, &tried);
        return tried ? err
                     : dataset()->real->GetRasterBand(m_number)->RasterIO(
                           GF_Read, x, y, width, height, data, out_width,
                           out_height, type, pixel_nbytes, row_nbytes, extra);
    }
};

LeafDataset::LeafDataset(Leaf *leaf_in, GDALDataset *below_in)
    : leaf(leaf_in), handle(leaf_first_handle(leaf_in)), below(below_in),
      resamples(live_band::resamples_itself(below)),
      of_vrt(live_band::is_of_vrt(below))
{
    if (GDALDataset *stood_in_for = live_band::stands_in_for(below))
        real.reset(new LeafDataset(leaf, stood_in_for));
    nRasterXSize = below->GetRasterXSize();
    nRasterYSize = below->GetRasterYSize();
    SetDescription(below->GetDescription());
    for (int i = below->GetRasterCount(); i >= 1; i--)
        if (GDALRasterBand *band = below->GetRasterBand(i))
            SetBand(i, new LeafBand(this, i, band));
}

GDALDataset *dataset_below(const Leaf *leaf)
{
    return GDALDataset::FromHandle(
        reader_handle_dataset(leaf_first_handle(leaf)));
}

LeafDataset *LeafDataset::overview(int level)
{
    Leaf *above = leaf_overview(leaf, level);
    if (above == nullptr)
        return nullptr;
    auto &dataset = m_overviews[level];
    if (!dataset)
        dataset.reset(new LeafDataset(above, dataset_below(above)));
    return dataset.get();
}

GDALRasterBand *LeafDataset::mask_of(GDALRasterBand *band)
{
    GDALRasterBand *first = GDALRasterBand::FromHandle(
        leaf_pixels_first_band(GDALDataset::ToHandle(below)));
    if (band->GetMaskFlags() != GMF_PER_DATASET ||
        !live_band::have_one_mask(band, first))
        return nullptr;
    if (!m_mask)
        m_mask.reset(new LeafBand(this, LEAF_MASK, first->GetMaskBand()));
    return m_mask.get();
}

GDALRasterBand *LeafDataset::own_mask_of(int number)
{
    const int own = leaf_own_mask(leaf, number);
    if (own == 0)
        return nullptr;
    auto &mask = m_own_masks[number];
    if (!mask)
        mask.reset(new LeafBand(this, own,
                                below->GetRasterBand(number)->GetMaskBand()));
    return mask.get();
}

} // namespace

extern "C" GDALDatasetH leaf_dataset_new(Leaf *leaf)
{
    try {
        return GDALDataset::ToHandle(
            new LeafDataset(leaf, dataset_below(leaf)));
    } catch (const std::bad_alloc &) {
        return nullptr;
    }
}
