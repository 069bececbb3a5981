/* SPDX-License-Identifier: MIT */
#include "leaf_dataset.h"

#include "leaf.h"

#include "gdal_priv.h"
#include "gdal_proxy.h"
#include "vrtdataset.h"

#include <memory>
#include <utility>

namespace
{

/* Georeferencing, nodata, colours and the like are the dataset's below. */
class HeldDataset final : public GDALProxyDataset
{
  public:
    HeldDataset(Leaf *leaf, ReaderHandle *handle);
    ~HeldDataset() override;

    /* Nothing in 3.6, an error later. */
    auto FlushCache(bool)
        -> decltype(std::declval<GDALDataset>().FlushCache(false)) override
    {
        return decltype(FlushCache(false))();
    }

    /* The dataset below stays open: the leaf may be opened again, and GDAL 3.13
     * closes it with its proxy. Not virtual with these arguments before. */
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

class HeldBand final : public GDALProxyRasterBand
{
  public:
    HeldBand(HeldDataset *dataset, int band, GDALRasterBand *below)
        : m_below(below), m_leaf(dataset->leaf), m_handle(dataset->handle),
          m_number(band)
    {
        poDS = dataset;
        nBand = band;
        eDataType = below->GetRasterDataType();
        nRasterXSize = below->GetXSize();
        nRasterYSize = below->GetYSize();
        /* Rows: whoever picks single lines out of blocks copies no more. */
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

    int HasArbitraryOverviews() override
    {
        return FALSE;
    }

    int GetOverviewCount() override
    {
        return 0;
    }

    GDALRasterBand *GetOverview(int) override
    {
        return nullptr;
    }

    GDALRasterBand *GetRasterSampleOverview(GUIntBig) override
    {
        return this;
    }

    /* A mask that is data is the leaf's to decode; one that follows from
     * nodata or alpha is computed from the pixels held. */
    GDALRasterBand *GetMaskBand() override
    {
        if (GetMaskFlags() != GMF_PER_DATASET)
            return GDALRasterBand::GetMaskBand();
        if (!m_mask)
            m_mask.reset(new HeldBand(static_cast<HeldDataset *>(poDS),
                                      LEAF_MASK, m_below->GetMaskBand()));
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

    CPLErr IReadBlock(int, int row, void *data) override
    {
        const int nbytes = GDALGetDataTypeSizeBytes(eDataType);
        const PlaneTarget target = {{0, row, nRasterXSize, 1},
                                    data,
                                    eDataType,
                                    nbytes,
                                    static_cast<GSpacing>(nbytes) *
                                        nRasterXSize};
        return leaf_read(m_leaf, m_handle, m_number, &target);
    }

    CPLErr IRasterIO(GDALRWFlag flag, int x, int y, int width, int height,
                     void *data, int out_width, int out_height,
                     GDALDataType type, GSpacing pixel_nbytes,
                     GSpacing row_nbytes, GDALRasterIOExtraArg *extra) override
    {
        if (flag != GF_Read || width != out_width || height != out_height ||
            is_shifted(x, y, width, height, extra))
            return GDALRasterBand::IRasterIO(flag, x, y, width, height, data,
                                             out_width, out_height, type,
                                             pixel_nbytes, row_nbytes, extra);
        const PlaneTarget target = {
            {x, y, width, height}, data, type, pixel_nbytes, row_nbytes};
        return leaf_read(m_leaf, m_handle, m_number, &target);
    }

  private:
    GDALRasterBand *const m_below;
    Leaf *const m_leaf;
    ReaderHandle *const m_handle;
    const int m_number;
    std::unique_ptr<HeldBand> m_mask{};
};

HeldDataset::HeldDataset(Leaf *leaf_in, ReaderHandle *handle_in)
    : leaf(leaf_in), handle(handle_in),
      below(GDALDataset::FromHandle(reader_handle_dataset(handle_in)))
{
    nRasterXSize = below->GetRasterXSize();
    nRasterYSize = below->GetRasterYSize();
    for (int i = 1; i <= below->GetRasterCount(); i++)
        SetBand(i, new HeldBand(this, i, below->GetRasterBand(i)));
}

HeldDataset::~HeldDataset()
{
    reader_handle_let_go(handle);
}

/** What a source has been given, or has opened already: opening it may fail,
 * and what it opens by name is never open for writing. Never made; through a
 * class below its own the function can be named. */
struct OpenSource : VRTSimpleSource {
    static GDALRasterBand *band_of(const VRTSimpleSource &source)
    {
        return (source.*&OpenSource::GetRasterBandNoOpen)();
    }
};

/** Visits the sources of one band. */
bool has_writable_source(GDALRasterBand *band)
{
    auto sourced = dynamic_cast<VRTSourcedRasterBand *>(band);
    if (sourced == nullptr)
        return false;
#if GDAL_VERSION_NUM >= GDAL_COMPUTE_VERSION(3, 12, 0)
    for (const auto &source : sourced->m_papoSources) {
        auto simple = dynamic_cast<VRTSimpleSource *>(source.get());
#else
    for (int i = 0; i < sourced->nSources; i++) {
        auto simple = dynamic_cast<VRTSimpleSource *>(sourced->papoSources[i]);
#endif
        GDALRasterBand *from =
            simple != nullptr ? OpenSource::band_of(*simple) : nullptr;
        GDALDataset *dataset = from != nullptr ? from->GetDataset() : nullptr;
        if (dataset == nullptr)
            continue;
        if (dynamic_cast<VRTDataset *>(dataset) != nullptr) {
            /* Warped ones are always open for writing. What a VRT has not
             * written yet it would write when it is closed. */
            GDALFlushCache(GDALDataset::ToHandle(dataset));
            if (vrt_has_writable_source(GDALDataset::ToHandle(dataset)))
                return true;
        } else if (dataset->GetAccess() == GA_Update) {
            return true;
        }
    }
    return false;
}

} // namespace

extern "C" GDALDatasetH leaf_dataset_open(const char *name)
{
    int reader = 0;
    Leaf *leaf = leaf_names_find(name, &reader);
    ReaderHandle *handle =
        leaf != nullptr ? reader_handles_acquire(leaf_handles(leaf), reader)
                        : nullptr;
    if (handle != nullptr &&
        !leaf_is_like(leaf, reader_handle_dataset(handle))) {
        reader_handle_let_go(handle);
        handle = nullptr;
    }
    if (handle == nullptr) {
        /* A VRT without a source has pixels, too, and nothing to say. */
        CPLError(CE_Failure, CPLE_OpenFailed,
                 "a source cannot be opened again as it was");
        return nullptr;
    }
    auto held = new HeldDataset(leaf, handle);
    held->SetDescription(name);
    return GDALDataset::ToHandle(held);
}

extern "C" int vrt_has_writable_source(GDALDatasetH source)
{
    auto dataset = dynamic_cast<VRTDataset *>(GDALDataset::FromHandle(source));
    if (dataset == nullptr)
        return FALSE;
    for (int i = 1; i <= dataset->GetRasterCount(); i++)
        if (has_writable_source(dataset->GetRasterBand(i)))
            return TRUE;
    return FALSE;
}
