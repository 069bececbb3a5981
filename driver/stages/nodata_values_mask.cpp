/* SPDX-License-Identifier: MIT */
#include "nodata_values_mask.hpp"

#include "cpl_string.h"
#include "rows_band.hpp"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>
#include <vector>

namespace
{

/* What a cast gives beyond the range of a type the language leaves open. This
 * is what processors make of GDAL's. */
template <class Sample> Sample sample_of(double value)
{
    if (!std::is_integral<Sample>::value)
        return static_cast<Sample>(value);
    const bool narrow = !std::is_same<Sample, GUInt32>::value;
    const double limit = narrow ? 2147483648.0 : 9223372036854775808.0;
    const int64_t beyond = narrow ? INT32_MIN : INT64_MIN;
    return static_cast<Sample>(
        std::fabs(value) < limit ? static_cast<int64_t>(value) : beyond);
}

class NodataValuesMask final : public RowsBand
{
  public:
    NodataValuesMask(GDALDataset *dataset, std::vector<double> values)
        : RowsBand(GDT_Byte, dataset->GetRasterXSize(),
                   dataset->GetRasterYSize()),
          m_dataset(dataset), m_values(std::move(values))
    {
    }

  protected:
    CPLErr IRasterIO(GDALRWFlag flag, int x, int y, int width, int height,
                     void *data, int out_width, int out_height,
                     GDALDataType type, GSpacing pixel_nbytes,
                     GSpacing row_nbytes, GDALRasterIOExtraArg *) override
    {
        if (flag != GF_Read || width != out_width || height != out_height ||
            type != GDT_Byte || pixel_nbytes != 1)
            return CE_Failure;
        for (int row = 0; row < height; row++) {
            const CPLErr err =
                read_row(x, y + row, width,
                         static_cast<GByte *>(data) + row * row_nbytes);
            if (err != CE_None)
                return err;
        }
        return CE_None;
    }

  private:
    GDALDataset *const m_dataset;
    const std::vector<double> m_values;

    /* In the types in which GDAL compares. */
    CPLErr read_row(int x, int y, int width, GByte *out) const
    {
        switch (m_dataset->GetRasterBand(1)->GetRasterDataType()) {
        case GDT_Byte:
            return mask_row<GByte>(x, y, width, out, GDT_Byte);
        case GDT_UInt16:
        case GDT_UInt32:
            return mask_row<GUInt32>(x, y, width, out, GDT_UInt32);
        case GDT_Int16:
        case GDT_Int32:
            return mask_row<GInt32>(x, y, width, out, GDT_Int32);
        case GDT_Float32:
            return mask_row<float>(x, y, width, out, GDT_Float32);
        default:
            return mask_row<double>(x, y, width, out, GDT_Float64);
        }
    }

    template <class Sample>
    CPLErr mask_row(int x, int y, int width, GByte *out,
                    GDALDataType type) const
    {
        std::vector<Sample> samples(static_cast<size_t>(width));
        memset(out, 0, static_cast<size_t>(width));
        for (size_t i = 0; i < m_values.size(); i++) {
            const auto nodata = sample_of<Sample>(m_values[i]);
            const CPLErr err =
                m_dataset->GetRasterBand(static_cast<int>(i) + 1)
                    ->RasterIO(GF_Read, x, y, width, 1, samples.data(), width,
                               1, type, 0, 0, nullptr);
            if (err != CE_None)
                return err;
            for (size_t pixel = 0; pixel < samples.size(); pixel++)
                if (!(samples[pixel] == nodata))
                    out[pixel] = 255;
        }
        return CE_None;
    }
};

} // namespace

std::unique_ptr<GDALRasterBand> nodata_values_mask(GDALDataset *dataset,
                                                   const char *item)
{
    if (item == nullptr)
        return nullptr;
    const CPLStringList words(
        CSLTokenizeStringComplex(item, " ", FALSE, FALSE));
    if (words.size() != dataset->GetRasterCount())
        return nullptr;
    std::vector<double> values;
    values.reserve(static_cast<size_t>(words.size()));
    for (int i = 0; i < words.size(); i++)
        values.push_back(CPLAtof(words[i]));
    return std::make_unique<NodataValuesMask>(dataset, std::move(values));
}
