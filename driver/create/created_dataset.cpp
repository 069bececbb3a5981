/* SPDX-License-Identifier: MIT */
#include "created_dataset.h"

#include "create.h"
#include "spool_io.hpp"
#include "spooled_band.hpp"

#include "cpl_conv.h"
#include "gdal_priv.h"
#include "gdal_proxy.h"

namespace
{

/* All that is asked of it the spool does. */
class CreatedBand final : public SpooledBand
{
  public:
    using SpooledBand::SpooledBand;

    CPLErr CreateMaskBand(int flags) override
    {
        const CPLConfigOptionSetter inside("GDAL_TIFF_INTERNAL_MASK", "YES",
                                           false);
        return GDALProxyRasterBand::CreateMaskBand(flags);
    }

    /* GDALProxyRasterBand of GDAL 3.6 leaves these out. */
    int64_t GetNoDataValueAsInt64(int *has) override
    {
        return m_raw->GetNoDataValueAsInt64(has);
    }

    uint64_t GetNoDataValueAsUInt64(int *has) override
    {
        return m_raw->GetNoDataValueAsUInt64(has);
    }

    CPLErr SetNoDataValueAsInt64(int64_t value) override
    {
        return m_raw->SetNoDataValueAsInt64(value);
    }

    CPLErr SetNoDataValueAsUInt64(uint64_t value) override
    {
        return m_raw->SetNoDataValueAsUInt64(value);
    }

    void SetDescription(const char *description) override
    {
        m_raw->SetDescription(description);
        GDALProxyRasterBand::SetDescription(description);
    }
};

class CreatedDataset final : public GDALProxyDataset
{
  public:
    explicit CreatedDataset(Creation *creation)
        : m_creation(creation),
          m_raw(GDALDataset::FromHandle(create_raw_dataset(creation))),
          m_io(this, create_spool(creation))
    {
        eAccess = GA_Update;
        nRasterXSize = m_raw->GetRasterXSize();
        nRasterYSize = m_raw->GetRasterYSize();
        /* What is not written when it is closed is not needed any more. */
        m_raw->MarkSuppressOnClose();
        for (int i = 1; i <= m_raw->GetRasterCount(); i++)
            SetBand(i,
                    new CreatedBand(this, i, m_raw->GetRasterBand(i), &m_io));
    }

    ~CreatedDataset() override
    {
        finish();
    }

    /* The one is GDAL 3.7's, the other 3.13's; 3.6 has none. */
    CPLErr Close()
    {
        return finish() ? CE_None : CE_Failure;
    }

    CPLErr Close(GDALProgressFunc, void *)
    {
        return Close();
    }

    /* Not virtual before 3.13, where a proxy asks the dataset below. */
    bool GetCloseReportsProgress() const
    {
        return false;
    }

    CPLErr CreateMaskBand(int flags) override
    {
        /* Beside a file without a name there can be none. */
        const CPLConfigOptionSetter inside("GDAL_TIFF_INTERNAL_MASK", "YES",
                                           false);
        return GDALProxyDataset::CreateMaskBand(flags);
    }

    /* It tells of failures from GDAL 3.7 on. */
#if GDAL_VERSION_NUM >= GDAL_COMPUTE_VERSION(3, 7, 0)
    CPLErr FlushCache(bool at_closing) override
    {
        return flush(at_closing);
    }
#else
    void FlushCache(bool at_closing) override
    {
        flush(at_closing);
    }
#endif

    /* The one is GDAL 3.6's, the other 3.13's. */
    GDALDriver *GetDriver()
    {
        return poDriver;
    }

    GDALDriver *GetDriver() const
    {
        return poDriver;
    }

    /* There is none yet. */
    char **GetFileList() override
    {
        return nullptr;
    }

  protected:
    GDALDataset *RefUnderlyingDataset() const override
    {
        return m_raw;
    }

    CPLErr IRasterIO(GDALRWFlag flag, int x, int y, int width, int height,
                     void *data, int out_width, int out_height,
                     GDALDataType type, int band_count, int *bands,
                     GSpacing pixel_nbytes, GSpacing row_nbytes,
                     GSpacing band_nbytes, GDALRasterIOExtraArg *extra) override
    {
        const RasterCall call = {
            flag, {x, y, width, height}, data,       out_width,   out_height,
            type, pixel_nbytes,          row_nbytes, band_nbytes, extra};
        std::vector<SpoolImage> images;
        images.reserve(static_cast<size_t>(band_count));
        for (int i = 0; i < band_count; i++)
            images.push_back({bands[i], m_raw->GetRasterBand(bands[i])});
        return m_io.transfer(call, images, [&] {
            return m_raw->RasterIO(flag, x, y, width, height, data, out_width,
                                   out_height, type, band_count, bands,
                                   pixel_nbytes, row_nbytes, band_nbytes,
                                   extra);
        });
    }

  private:
    Creation *m_creation;
    GDALDataset *const m_raw;
    SpoolIo m_io;

    CPLErr flush(bool at_closing)
    {
        if (m_creation == nullptr)
            return CE_None;
        for (int i = 1; i <= nBands; i++)
            if (GetRasterBand(i)->FlushCache(at_closing) != CE_None)
                return CE_Failure;
        return m_io.flush([&] {
            (void)m_raw->FlushCache(at_closing);
            return CE_None;
        });
    }

    /* Before GDAL 3.7 nobody is told but the error handler. */
    bool finish()
    {
        if (m_creation == nullptr)
            return true;
        Creation *creation = m_creation;
        m_creation = nullptr;
        return create_finish(creation, GDALDataset::ToHandle(this),
                             m_io.complete());
    }
};

} // namespace

extern "C" GDALDatasetH created_dataset_new(const char *target, int width,
                                            int height, int bands,
                                            GDALDataType type,
                                            CSLConstList options)
{
    Creation *creation =
        create_begin(target, width, height, bands, type, options);
    return creation != nullptr
               ? GDALDataset::ToHandle(new CreatedDataset(creation))
               : nullptr;
}
