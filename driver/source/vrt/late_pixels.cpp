/* SPDX-License-Identifier: MIT */
#include "late_pixels.hpp"

#include "affine_placement.h"
#include "error_trap.h"
#include "guarded.h"
#include "leaf.h"

#include <cstring>

namespace
{

struct CloseDataset {
    void operator()(GDALDatasetH dataset) const
    {
        GDALClose(dataset);
    }
};

struct FreeLeaf {
    void operator()(Leaf *leaf) const
    {
        leaf_free(leaf);
    }
};

using OpenDataset = std::unique_ptr<void, CloseDataset>;
using OwnLeaf = std::unique_ptr<Leaf, FreeLeaf>;

/** Reads what is held. The VRT asks for nothing else of a file that shows one
 * to one. */
class LateBand final : public GDALRasterBand
{
  public:
    LateBand(const LatePixels &pixels, const LatePixels::Band &band)
        : m_pixels(pixels), m_band(band)
    {
        nBand = band.number;
        eDataType = band.type;
        nRasterXSize = nBlockXSize = pixels.width;
        nRasterYSize = pixels.height;
        nBlockYSize = 1;
    }

    CPLErr FlushCache(bool) override
    {
        return GDALRasterBand::FlushCache(false);
    }

  protected:
    CPLErr IReadBlock(int, int row, void *data) override
    {
        const int nbytes = GDALGetDataTypeSizeBytes(eDataType);
        memset(data, 0, static_cast<size_t>(nbytes) * nBlockXSize);
        const Window line = {0, row, nRasterXSize, 1};
        const Window held = window_intersection(&line, &m_pixels.at);
        return window_is_empty(&held)
                   ? not_held()
                   : copy(held, static_cast<uint8_t *>(data) + held.x * nbytes,
                          eDataType, nbytes, 0);
    }

    CPLErr IRasterIO(GDALRWFlag flag, int x, int y, int width, int height,
                     void *data, int out_width, int out_height,
                     GDALDataType type, GSpacing pixel_nbytes,
                     GSpacing row_nbytes, GDALRasterIOExtraArg *extra) override
    {
        if (out_width != width || out_height != height)
            return GDALRasterBand::IRasterIO(flag, x, y, width, height, data,
                                             out_width, out_height, type,
                                             pixel_nbytes, row_nbytes, extra);
        const Window wanted = {x, y, width, height};
        const Window held = window_intersection(&wanted, &m_pixels.at);
        return held.width == width && held.height == height
                   ? copy(wanted, data, type, pixel_nbytes, row_nbytes)
                   : not_held();
    }

  private:
    const LatePixels &m_pixels;
    const LatePixels::Band m_band;

    CPLErr not_held()
    {
        CPLError(CE_Failure, CPLE_AppDefined,
                 "pixels are asked for that do not show");
        return CE_Failure;
    }

    CPLErr copy(const Window &from, void *to, GDALDataType type,
                GSpacing pixel_nbytes, GSpacing row_nbytes) const
    {
        const Window &at = m_pixels.at;
        const int nbytes = GDALGetDataTypeSizeBytes(eDataType);
        const uint8_t *samples = m_pixels.data.get() + m_band.offset;
        for (int64_t y = 0; y < from.height; y++)
            GDALCopyWords64(
                samples +
                    ((from.y + y - at.y) * at.width + from.x - at.x) * nbytes,
                eDataType, nbytes, static_cast<uint8_t *>(to) + y * row_nbytes,
                type, static_cast<int>(pixel_nbytes), from.width);
        return CE_None;
    }
};

/** Notes what is to be held of an open file.
 * @return false after GDAL has reported why */
bool describe(LatePixels &pixels, GDALDataset &dataset,
              const std::vector<int> &bands, const Window &at)
{
    pixels.width = dataset.GetRasterXSize();
    pixels.height = dataset.GetRasterYSize();
    const Window whole = {0, 0, pixels.width, pixels.height};
    pixels.at = window_intersection(&at, &whole);
    if (window_is_empty(&pixels.at))
        pixels.at = {0, 0, 0, 0};
    size_t nbytes = 0;
    for (const int number : bands) {
        GDALRasterBand *band = dataset.GetRasterBand(number);
        if (band == nullptr)
            return false;
        const GDALDataType type = band->GetRasterDataType();
        pixels.bands.push_back({number, type, nbytes});
        nbytes += static_cast<size_t>(pixels.at.width * pixels.at.height *
                                      GDALGetDataTypeSizeBytes(type));
    }
    pixels.data.reset(new uint8_t[nbytes + 1]);
    return true;
}

/** Decodes what is to be held by way of a leaf, which knows how the driver is
 * to be asked. */
bool decode(LatePixels &pixels, GDALDataset &dataset)
{
    if (window_is_empty(&pixels.at))
        return true;
    const OwnLeaf leaf(leaf_new(GDALDataset::ToHandle(&dataset)));
    Affine place{};
    place.scale_x = place.scale_y = 1;
    place.left = static_cast<double>(pixels.at.x);
    place.top = static_cast<double>(pixels.at.y);
    place.right = static_cast<double>(window_right(&pixels.at));
    place.bottom = static_cast<double>(window_bottom(&pixels.at));
    if (!leaf || !leaf_add_placement(leaf.get(), affine_placement_new(&place)))
        throw std::bad_alloc();
    for (const auto &band : pixels.bands)
        leaf_need_band(leaf.get(), band.number);
    bool ok = true;
    for (size_t i = 0; ok && i < pixels.bands.size(); i++) {
        const auto &band = pixels.bands[i];
        const int nbytes = GDALGetDataTypeSizeBytes(band.type);
        const PlaneTarget target = {pixels.at, pixels.data.get() + band.offset,
                                    band.type, nbytes,
                                    nbytes * pixels.at.width};
        ok = leaf_read(leaf.get(), leaf_first_handle(leaf.get()), band.number,
                       &target) == CE_None;
    }
    pixels.known = leaf_count(leaf.get(), &pixels.decodes, &pixels.again);
    return ok;
}

} // namespace

std::unique_ptr<LatePixels> LatePixels::read(const char *name,
                                             const char *const *options,
                                             const std::vector<int> &bands,
                                             const Window &at)
{
    std::unique_ptr<LatePixels> pixels(new LatePixels);
    const OpenDataset dataset(
        guarded_open(name, GDAL_OF_VERBOSE_ERROR, nullptr, options, nullptr));
    const bool ok =
        dataset &&
        describe(*pixels, *GDALDataset::FromHandle(dataset.get()), bands, at) &&
        decode(*pixels, *GDALDataset::FromHandle(dataset.get()));
    return ok ? std::move(pixels) : nullptr;
}

std::unique_ptr<GDALRasterBand> LatePixels::band(int number) const
{
    for (const Band &one : bands)
        if (one.number == number)
            return std::unique_ptr<GDALRasterBand>(new LateBand(*this, one));
    return nullptr;
}
