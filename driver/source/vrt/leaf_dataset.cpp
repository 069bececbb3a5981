/* SPDX-License-Identifier: MIT */
#include "leaf_dataset.h"

#include "gdal_priv.h"
#include "gdal_proxy.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

namespace
{

/* Drivers whose bands answer reduced reads by themselves, from resolutions of
 * their own or by a VRT of theirs (their IRasterIO()). GDAL's own loops would
 * give other pixels. */
const char *const own_resampling[] = {"VRT",
                                      "DAAS",
                                      "DIMAP",
                                      "ECRGTOC",
                                      "ECW",
                                      "EEDAI",
                                      "GTI",
                                      "JP2ECW",
                                      "JP2KAK",
                                      "JP2Lura",
                                      "JP2MrSID",
                                      "JPIPKAK",
                                      "KMLSUPEROVERLAY",
                                      "MrSID",
                                      "PDF",
                                      "PLMosaic",
                                      "PostGISRaster",
                                      "RPFTOC",
                                      "STACIT",
                                      "STACTA",
                                      "TIL",
                                      "WCS",
                                      "WMTS",
                                      nullptr};

bool resamples_itself(GDALDataset *dataset)
{
    GDALDriver *driver = dataset->GetDriver();
    GDALRasterBand *first = GDALRasterBand::FromHandle(
        leaf_pixels_first_band(GDALDataset::ToHandle(dataset)));
    return (driver != nullptr &&
            CSLFindString(const_cast<char **>(own_resampling),
                          driver->GetDescription()) >= 0) ||
           first->HasArbitraryOverviews();
}

/* Georeferencing, nodata, colours and the like are the dataset's below. */
class LeafDataset final : public GDALProxyDataset
{
  public:
    explicit LeafDataset(Leaf *leaf);

    /** The leaf that serves for an overview; NULL if none does. */
    LeafDataset *overview(int level);

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

  protected:
    GDALDataset *RefUnderlyingDataset() const override
    {
        return below;
    }

    CPLErr IRasterIO(GDALRWFlag flag, int x, int y, int width, int height,
                     void *data, int out_width, int out_height,
                     GDALDataType type, int band_count, int *bands,
                     GSpacing pixel_nbytes, GSpacing row_nbytes,
                     GSpacing band_nbytes, GDALRasterIOExtraArg *extra) override
    {
        return GDALDataset::BandBasedRasterIO(
            flag, x, y, width, height, data, out_width, out_height, type,
            band_count, bands, pixel_nbytes, row_nbytes, band_nbytes, extra);
    }

  private:
    std::map<int, std::unique_ptr<LeafDataset>> m_overviews{};
};

/** A VRT may ask for parts of pixels, as many as whole ones: which those are
 * GDAL's own loops know. */
bool is_shifted(int x, int y, int width, int height,
                const GDALRasterIOExtraArg *extra)
{
    return extra != nullptr && extra->bFloatingPointWindowValidity &&
           (extra->dfXOff != x || extra->dfYOff != y ||
            extra->dfXSize != width || extra->dfYSize != height);
}

class LeafBand final : public GDALProxyRasterBand
{
  public:
    LeafBand(LeafDataset *dataset, int band, GDALRasterBand *below)
        : m_below(below), m_leaf(dataset->leaf), m_handle(dataset->handle),
          m_number(band)
    {
        poDS = dataset;
        nBand = band;
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
        return m_below->GetNoDataValueAsInt64(has);
    }

    uint64_t GetNoDataValueAsUInt64(int *has) override
    {
        return m_below->GetNoDataValueAsUInt64(has);
    }

    GDALRasterBand *GetOverview(int level) override
    {
        GDALRasterBand *overview = m_below->GetOverview(level);
        LeafDataset *of = dataset()->overview(level);
        return overview != nullptr && of != nullptr && m_number != LEAF_MASK
                   ? of->GetRasterBand(overview->GetBand())
                   : overview;
    }

    GDALRasterBand *GetRasterSampleOverview(GUIntBig) override
    {
        return this;
    }

    /* A mask that is data is the leaf's to decode; one that follows from nodata
     * or alpha is computed from the pixels held. A band's own is read as it
     * is. */
    GDALRasterBand *GetMaskBand() override
    {
        const int flags = GetMaskFlags();
        if (m_number == LEAF_MASK)
            return m_below->GetMaskBand();
        if (flags & (GMF_ALL_VALID | GMF_NODATA | GMF_ALPHA))
            return GDALRasterBand::GetMaskBand();
        if (flags != GMF_PER_DATASET)
            return m_below->GetMaskBand();
        if (!m_mask)
            m_mask.reset(
                new LeafBand(dataset(), LEAF_MASK, m_below->GetMaskBand()));
        return m_mask.get();
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
        if (width != out_width || height != out_height ||
            is_shifted(x, y, width, height, extra))
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
    std::unique_ptr<LeafBand> m_mask{};

    LeafDataset *dataset() const
    {
        return static_cast<LeafDataset *>(poDS);
    }

    CPLErr resample(int x, int y, int width, int height, void *data,
                    int out_width, int out_height, GDALDataType type,
                    GSpacing pixel_nbytes, GSpacing row_nbytes,
                    GDALRasterIOExtraArg *extra)
    {
        if (!dataset()->resamples)
            return GDALRasterBand::IRasterIO(GF_Read, x, y, width, height, data,
                                             out_width, out_height, type,
                                             pixel_nbytes, row_nbytes, extra);
        reader_handle_lock(m_handle);
        const CPLErr err = GDALProxyRasterBand::IRasterIO(
            GF_Read, x, y, width, height, data, out_width, out_height, type,
            pixel_nbytes, row_nbytes, extra);
        reader_handle_unlock(m_handle);
        return err;
    }
};

LeafDataset::LeafDataset(Leaf *leaf_in)
    : leaf(leaf_in), handle(leaf_first_handle(leaf_in)),
      below(GDALDataset::FromHandle(reader_handle_dataset(handle))),
      resamples(resamples_itself(below))
{
    nRasterXSize = below->GetRasterXSize();
    nRasterYSize = below->GetRasterYSize();
    SetDescription(below->GetDescription());
    for (int i = below->GetRasterCount(); i >= 1; i--)
        if (GDALRasterBand *band = below->GetRasterBand(i))
            SetBand(i, new LeafBand(this, i, band));
}

LeafDataset *LeafDataset::overview(int level)
{
    Leaf *above = leaf_overview(leaf, level);
    if (above == nullptr)
        return nullptr;
    auto &dataset = m_overviews[level];
    if (!dataset)
        dataset.reset(new LeafDataset(above));
    return dataset.get();
}

} // namespace

extern "C" GDALDatasetH leaf_dataset_new(Leaf *leaf)
{
    return GDALDataset::ToHandle(new LeafDataset(leaf));
}

extern "C" bool leaf_dataset_resamples_itself(GDALDatasetH dataset)
{
    return resamples_itself(GDALDataset::FromHandle(dataset));
}
