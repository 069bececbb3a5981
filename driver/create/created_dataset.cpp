/* SPDX-License-Identifier: MIT */
#include "created_dataset.h"

#include "create.h"
#include "created_mask.hpp"
#include "created_overviews.hpp"
#include "guard.hpp"
#include "spool_io.hpp"
#include "told_band.hpp"

#include "gdal_priv.h"
#include "gdal_proxy.h"

#include <new>
#include <utility>
#include <vector>

namespace
{

class CreatedDataset final : public GDALProxyDataset
{
  public:
    explicit CreatedDataset(Creation *creation)
        : m_creation(creation),
          m_raw(GDALDataset::FromHandle(create_pixels_dataset(creation))),
          m_told(GDALDataset::FromHandle(create_told_dataset(creation))),
          m_io(this, create_spool(creation))
    {
        eAccess = GA_Update;
        nRasterXSize = m_raw->GetRasterXSize();
        nRasterYSize = m_raw->GetRasterYSize();
        /* What is not written when it is closed is not needed any more. */
        m_raw->MarkSuppressOnClose();
        for (int i = 1; i <= m_raw->GetRasterCount(); i++)
            SetBand(i, new ToldBand(this, i, m_raw->GetRasterBand(i),
                                    m_told->GetRasterBand(i), &m_io));
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
        return guard(CE_Failure, [&] {
            return created_mask_make_of_all(m_raw, m_told, flags);
        });
    }

    /* Returns nothing in GDAL 3.6, an error later. */
    using Flushed = decltype(std::declval<GDALDataset>().FlushCache(false));

    Flushed FlushCache(bool at_closing) override
    {
        if (m_creation == nullptr)
            return Flushed();
        if (flush_pixels(at_closing) != CE_None)
            return static_cast<Flushed>(CE_Failure);
        return m_told->FlushCache(at_closing);
    }

    using Items = decltype(told_list_of(&GDALMajorObject::SetMetadata));

    CPLErr SetMetadata(Items items, const char *domain) override
    {
        const CPLErr err = GDALProxyDataset::SetMetadata(items, domain);
        copy_nodata_values();
        return err;
    }

    CPLErr SetMetadataItem(const char *name, const char *value,
                           const char *domain) override
    {
        const CPLErr err =
            GDALProxyDataset::SetMetadataItem(name, value, domain);
        copy_nodata_values();
        return err;
    }

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
        if (m_creation == nullptr)
            return nullptr;
        told_keep_pace(m_raw->GetRasterBand(1), m_told->GetRasterBand(1));
        return m_told;
    }

    CPLErr IBuildOverviews(const char *resampling, int count,
                           const int *factors, int band_count, const int *bands,
                           GDALProgressFunc progress, void *user,
                           CSLConstList options) override
    {
        if (count > 0)
            create_note_overviews(m_creation, options);
        return m_io.write([&] {
            return created_overviews_build(
                m_raw, m_told,
                {create_is_planar(m_creation),
                 create_is_shown_as_rgba(m_creation), resampling, count,
                 factors, band_count, bands, progress, user, options});
        });
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
        const auto whole = [&] {
            return m_raw->RasterIO(flag, x, y, width, height, data, out_width,
                                   out_height, type, band_count, bands,
                                   pixel_nbytes, row_nbytes, band_nbytes,
                                   extra);
        };
        return m_io.guarded(flag, [&] {
            std::vector<SpoolImage> images;
            images.reserve(static_cast<size_t>(band_count));
            for (int i = 0; i < band_count; i++)
                images.push_back({bands[i], m_raw->GetRasterBand(bands[i])});
            return m_io.transfer(call, images, whole);
        });
    }

  private:
    Creation *m_creation;
    GDALDataset *const m_raw;
    GDALDataset *const m_told;
    SpoolIo m_io;

    CPLErr flush_pixels(bool at_closing)
    {
        for (int i = 1; i <= nBands; i++)
            if (GetRasterBand(i)->FlushCache(at_closing) != CE_None)
                return CE_Failure;
        return m_io.flush([&] {
            (void)m_raw->FlushCache(at_closing);
            return CE_None;
        });
    }

    /* They are a mask. */
    void copy_nodata_values() const
    {
        const char item[] = "NODATA_VALUES";
        const char *value = m_told->GetMetadataItem(item);
        if (value != nullptr || m_raw->GetMetadataItem(item) != nullptr)
            m_raw->SetMetadataItem(item, value);
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
    if (creation == nullptr)
        return nullptr;
    try {
        return GDALDataset::ToHandle(new CreatedDataset(creation));
    } catch (const std::bad_alloc &) {
        create_give_up(creation);
        return nullptr;
    }
}
