/* SPDX-License-Identifier: MIT */
#include "level_view.h"

#include "cpl_string.h"
#include "gdal_priv.h"
#include "guard.hpp"
#include "nodata_values_mask.hpp"
#include "rows_band.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <new>
#include <string>

namespace
{

/* A mask whose last rows say the opposite: see level_view_aim(). */
class MarkedMask final : public RowsBand
{
  public:
    MarkedMask(GDALRasterBand *mask, const int *masked_from)
        : RowsBand(GDT_Byte, mask->GetXSize(), mask->GetYSize()), m_mask(mask),
          m_masked_from(masked_from)
    {
    }

  protected:
    CPLErr IRasterIO(GDALRWFlag flag, int x, int y, int width, int height,
                     void *data, int out_width, int out_height,
                     GDALDataType type, GSpacing pixel_nbytes,
                     GSpacing row_nbytes, GDALRasterIOExtraArg *) override
    {
        const CPLErr err = m_mask->RasterIO(flag, x, y, width, height, data,
                                            out_width, out_height, type,
                                            pixel_nbytes, row_nbytes, nullptr);
        auto first = static_cast<GByte *>(data);
        const GByte other = *first != 0 ? 0 : 255;
        if (err == CE_None && type == GDT_Byte && pixel_nbytes == 1)
            for (int row = std::max(0, *m_masked_from - y); row < height; row++)
                memset(first + row * row_nbytes, other,
                       static_cast<size_t>(width));
        return err;
    }

  private:
    GDALRasterBand *const m_mask;
    const int *const m_masked_from;
};

bool uses_color_table(GDALRIOResampleAlg method)
{
    return method == GRIORA_Average || method == GRIORA_RMS ||
           method == GRIORA_Mode || method == GRIORA_Gauss;
}

/* What all bands of a view have in common. */
struct Aim {
    Window held{};
    int masked_from = 0;
};

class ViewBand final : public RowsBand
{
  public:
    ViewBand(GDALDataset *dataset, int number, GDALDataType type,
             const Aim *aim)
        : RowsBand(type, dataset->GetRasterXSize(), dataset->GetRasterYSize()),
          m_aim(aim)
    {
        poDS = dataset;
        nBand = number;
    }

    /* Copied, so that workers share nothing. */
    void be_like(GDALRasterBand *band, const LevelViewSpec &spec)
    {
        const bool with_table = uses_color_table(spec.method);
        m_nodata = band->GetNoDataValue(&m_has_nodata);
        m_nan_to_nodata = spec.nan_to_nodata;
        if (spec.sample_nbits < GDALGetDataTypeSizeBits(spec.type))
            m_nbits = std::to_string(spec.sample_nbits);
        m_interpretation = band->GetColorInterpretation();
        const GDALColorTable *table = band->GetColorTable();
        /* As GDALRegenerateOverviewsEx() decides. */
        if (with_table && table != nullptr &&
            m_interpretation == GCI_PaletteIndex &&
            table->GetPaletteInterpretation() == GPI_RGB &&
            !table->IsIdentity())
            m_table.reset(table->Clone());
    }

    void set_mask(GDALRasterBand *mask, int flags)
    {
        m_own_mask = mask;
        m_own_flags = flags;
    }

    PlaneView plane{};

    double GetNoDataValue(int *has) override
    {
        if (has != nullptr)
            *has = m_has_nodata;
        return m_nodata;
    }

    GDALColorInterp GetColorInterpretation() override
    {
        return m_interpretation;
    }

    GDALColorTable *GetColorTable() override
    {
        return m_table.get();
    }

    const char *GetMetadataItem(const char *name, const char *domain) override
    {
        if (EQUAL(name, "NBITS") && domain != nullptr &&
            EQUAL(domain, "IMAGE_STRUCTURE") && !m_nbits.empty())
            return m_nbits.c_str();
        return GDALRasterBand::GetMetadataItem(name, domain);
    }

    int GetMaskFlags() override
    {
        return m_own_mask != nullptr ? m_own_flags
                                     : GDALRasterBand::GetMaskFlags();
    }

    GDALRasterBand *GetMaskBand() override
    {
        GDALRasterBand *mask =
            m_own_mask != nullptr ? m_own_mask : GDALRasterBand::GetMaskBand();
        if (GetMaskFlags() & GMF_ALL_VALID)
            return mask;
        /* Within level_view_resample(), which catches. */
        if (!m_marked)
            m_marked.reset(new MarkedMask(mask, &m_aim->masked_from));
        return m_marked.get();
    }

  protected:
    CPLErr IRasterIO(GDALRWFlag flag, int x, int y, int width, int height,
                     void *data, int out_width, int out_height,
                     GDALDataType type, GSpacing pixel_nbytes,
                     GSpacing row_nbytes, GDALRasterIOExtraArg *extra) override
    {
        if (flag != GF_Read || width != out_width || height != out_height)
            return GDALRasterBand::IRasterIO(flag, x, y, width, height, data,
                                             out_width, out_height, type,
                                             pixel_nbytes, row_nbytes, extra);
        for (int row = 0; row < height; row++)
            read_row(x, y + row, width,
                     static_cast<GByte *>(data) + row * row_nbytes, type,
                     static_cast<int>(pixel_nbytes));
        return CE_None;
    }

  private:
    const Aim *const m_aim;
    int m_has_nodata = FALSE;
    double m_nodata = 0;
    bool m_nan_to_nodata = false;
    GDALColorInterp m_interpretation = GCI_Undefined;
    std::string m_nbits{};
    std::unique_ptr<GDALColorTable> m_table{};
    GDALRasterBand *m_own_mask = nullptr;
    int m_own_flags = 0;
    std::unique_ptr<MarkedMask> m_marked{};

    void read_row(int x, int y, int width, GByte *out, GDALDataType type,
                  int pixel_nbytes) const
    {
        const Window &held = m_aim->held;
        const int left = std::clamp(static_cast<int>(held.x) - x, 0, width);
        const int right =
            std::clamp(static_cast<int>(held.x + held.width) - x, left, width);
        const bool there = y >= held.y && y < held.y + held.height;
        if (!there || left > 0 || right < width) {
            static const double zero[2] = {0, 0};
            GDALCopyWords(zero, GDT_CFloat64, 0, out, type, pixel_nbytes,
                          width);
        }
        if (!there || right == left)
            return;
        const GByte *from =
            plane.pixels + static_cast<size_t>(y - held.y) * plane.row_nbytes +
            static_cast<size_t>(x + left - held.x) * plane.pixel_nbytes;
        GDALCopyWords(from, eDataType, static_cast<int>(plane.pixel_nbytes),
                      out + static_cast<size_t>(left) * pixel_nbytes, type,
                      pixel_nbytes, right - left);
        if (m_nan_to_nodata && pixel_nbytes == GDALGetDataTypeSizeBytes(type)) {
            if (type == GDT_Float32)
                replace_nan(reinterpret_cast<float *>(out), width);
            else if (type == GDT_Float64)
                replace_nan(reinterpret_cast<double *>(out), width);
        }
    }

    template <class Sample> void replace_nan(Sample *samples, int count) const
    {
        for (int i = 0; i < count; i++)
            if (std::isnan(samples[i]))
                samples[i] = static_cast<Sample>(m_nodata);
    }
};

class ViewDataset final : public GDALDataset
{
  public:
    explicit ViewDataset(const LevelViewSpec &spec) : m_method(spec.method)
    {
        nRasterXSize = spec.width;
        nRasterYSize = spec.height;
        if (spec.with_mask) {
            m_mask.reset(new ViewBand(this, 0, GDT_Byte, &aim));
            if (spec.masks_itself)
                m_mask->set_mask(m_mask.get(), GMF_PER_DATASET);
        }
        for (int i = 1; i <= spec.bands; i++)
            add_band(spec, i);
        mask_by_nodata_values(spec);
        mask_alpha_with_itself();
    }

    ViewBand *band(int number)
    {
        return number == LEVEL_VIEW_MASK
                   ? m_mask.get()
                   : static_cast<ViewBand *>(GetRasterBand(number));
    }

    GDALRIOResampleAlg method() const
    {
        return m_method;
    }

    Aim aim{};

  private:
    const GDALRIOResampleAlg m_method;
    std::unique_ptr<ViewBand> m_mask{};
    std::unique_ptr<GDALRasterBand> m_nodata_mask{};

    void add_band(const LevelViewSpec &spec, int number)
    {
        auto added = new ViewBand(this, number, spec.type, &aim);
        SetBand(number, added);
        added->be_like(
            GDALDataset::FromHandle(spec.like)->GetRasterBand(number), spec);
        if (m_mask)
            added->set_mask(m_mask.get(), GMF_PER_DATASET);
    }

    void mask_by_nodata_values(const LevelViewSpec &spec)
    {
        if (m_mask)
            return;
        m_nodata_mask = nodata_values_mask(
            this, GDALDataset::FromHandle(spec.like)->GetMetadataItem(
                      "NODATA_VALUES"));
        for (int i = 1; m_nodata_mask && i <= GetRasterCount(); i++)
            band(i)->set_mask(m_nodata_mask.get(),
                              GMF_NODATA | GMF_PER_DATASET);
    }

    /* As GDAL's overview code does, if the first band has a mask: it asks
     * GDALRasterBand::IsMaskBand(). */
    void mask_alpha_with_itself()
    {
        if (m_mask || (GetRasterBand(1)->GetMaskFlags() & GMF_ALL_VALID))
            return;
        for (int i = 1; i <= GetRasterCount(); i++)
            if (band(i)->GetColorInterpretation() == GCI_AlphaBand)
                band(i)->set_mask(band(i), GMF_PER_DATASET | GMF_ALPHA);
    }
};

ViewDataset *dataset_of(LevelView *view)
{
    return reinterpret_cast<ViewDataset *>(view);
}

} // namespace

extern "C" LevelView *level_view_new(const LevelViewSpec *spec)
{
    try {
        return reinterpret_cast<LevelView *>(new ViewDataset(*spec));
    } catch (const std::bad_alloc &) {
        return nullptr;
    }
}

extern "C" void level_view_free(LevelView *view)
{
    delete dataset_of(view);
}

extern "C" void level_view_aim(LevelView *view, const Window *held,
                               int masked_from)
{
    dataset_of(view)->aim = {*held, masked_from};
}

extern "C" void level_view_set_plane(LevelView *view, int band,
                                     const PlaneView *plane)
{
    dataset_of(view)->band(band)->plane = *plane;
}

extern "C" CPLErr level_view_resample(LevelView *view,
                                      const LevelViewRequest *request)
{
    GDALRasterIOExtraArg extra;
    INIT_RASTERIO_EXTRA_ARG(extra);
    extra.eResampleAlg = dataset_of(view)->method();
    extra.bFloatingPointWindowValidity = TRUE;
    extra.dfXOff = request->x;
    extra.dfYOff = request->y;
    extra.dfXSize = request->width;
    extra.dfYSize = request->height;
    GDALRasterBand *band = dataset_of(view)->band(request->band);
    /* GDAL makes datasets in memory, and masks, as it goes. */
    return guard(CE_Failure, [&] {
        return GDALRasterIOEx(GDALRasterBand::ToHandle(band), GF_Read,
                              static_cast<int>(request->from.x),
                              static_cast<int>(request->from.y),
                              static_cast<int>(request->from.width),
                              static_cast<int>(request->from.height),
                              request->out, request->out_width,
                              request->out_height, band->GetRasterDataType(), 0,
                              0, &extra);
    });
}
