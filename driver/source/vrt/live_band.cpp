/* SPDX-License-Identifier: MIT */
#include "live_band.hpp"

#include "dataset.h"
#include "leaf_pixels.h"
#include "live_band.h"

namespace
{

/* Drivers whose bands answer reduced reads by themselves, from resolutions of
 * their own, by a VRT of theirs or without parts of pixels (their IRasterIO()).
 * GDAL's own loops would give other pixels. */
const char *const own_resampling[] = {
    "VRT",     "MEM",     "DERIVED",  "DAAS",          "DIMAP",
    "ECRGTOC", "ECW",     "EEDAI",    "GTI",           "JP2ECW",
    "JP2KAK",  "JP2Lura", "JP2MrSID", "JPIPKAK",       "KMLSUPEROVERLAY",
    "MrSID",   "PDF",     "PLMosaic", "PostGISRaster", "RPFTOC",
    "STACIT",  "STACTA",  "TIL",      "WCS",           "WMTS",
    nullptr};

/** Holds the band behind @p proxy, if there is one, while it exists. */
struct Held {
    GDALRasterBand *const proxy, *const real;

    explicit Held(GDALRasterBand *band)
        : proxy(band), real(vrt_access::hold_underlying(band))
    {
    }

    Held(const Held &) = delete;
    Held &operator=(const Held &) = delete;

    ~Held()
    {
        if (real != nullptr)
            vrt_access::let_go_underlying(proxy, real);
    }
};

/** What really reads, behind a proxy of GDAL's, is asked: a proxy of GDAL 3.6
 * does not hand on all questions. */
template <typename Ask> auto ask_real(GDALRasterBand *band, Ask ask)
{
    const Held held(band);
    if (held.real == nullptr)
        return ask(band);
    return ask_real(held.real, ask);
}

/** @return whether a band of another dataset stands behind @p band, whatever
 * file that is of: so it is with a dataset of an overview */
bool is_stand_in(GDALRasterBand *band)
{
    return dynamic_cast<GDALProxyRasterBand *>(band) != nullptr &&
           dynamic_cast<GDALProxyPoolRasterBand *>(band) == nullptr;
}

/** Likewise, but a band that stands in for another one is asked itself. */
template <typename Ask> auto ask_opened(GDALRasterBand *band, Ask ask)
{
    return is_stand_in(band) ? ask(band) : ask_real(band, ask);
}

/** GTiff counts reductions that JPEG decodes by itself only while it reads, but
 * has them always. */
bool has_hidden_overviews(GDALRasterBand *band)
{
    return band->GetOverviewCount() == 0 && band->GetOverview(0) != nullptr;
}

/** @return the dataset whose bands, all that fit, those of @p dataset stand in
 * for, one by one; or NULL */
template <typename Fits> GDALDataset *real_of(GDALDataset *dataset, Fits fits)
{
    GDALDataset *real = nullptr;
    for (int i = 1; i <= dataset->GetRasterCount(); i++) {
        GDALRasterBand *band = dataset->GetRasterBand(i);
        GDALRasterBand *below =
            is_stand_in(band) ? vrt_access::hold_underlying(band) : nullptr;
        if (below == nullptr)
            return nullptr;
        real = i == 1 ? below->GetDataset() : real;
        const bool alike = real != nullptr && real->GetRasterCount() >= i &&
                           real->GetRasterBand(i) == below && fits(below);
        vrt_access::let_go_underlying(band, below);
        if (!alike)
            return nullptr;
    }
    return real;
}

} // namespace

namespace live_band
{

bool has_computed_mask(GDALRasterBand *band)
{
    return ask_opened(band, [](GDALRasterBand *opened) {
        GDALRasterBand *mask = opened->GetMaskBand();
        return dynamic_cast<GDALNoDataMaskBand *>(mask) != nullptr ||
               dynamic_cast<GDALNoDataValuesMaskBand *>(mask) != nullptr ||
               dynamic_cast<GDALAllValidMaskBand *>(mask) != nullptr;
    });
}

bool have_one_mask(GDALRasterBand *a, GDALRasterBand *b)
{
    const auto mask_of = [](GDALRasterBand *opened) {
        return opened->GetMaskBand();
    };
    /* One after the other: see vrt_access::hold_underlying(). */
    GDALRasterBand *mask = ask_opened(a, mask_of);
    return mask == ask_opened(b, mask_of);
}

bool is_own_mask_in_file(GDALRasterBand *band, GDALRasterBand *mask)
{
    GDALDataset *dataset = mask->GetDataset();
    return band != nullptr && dataset != nullptr && mask->GetBand() >= 1 &&
           dataset_band_has_own_mask(GDALRasterBand::ToHandle(band)) &&
           dataset->GetRasterBand(mask->GetBand()) == mask;
}

GDALDataset *stands_in_for(GDALDataset *dataset)
{
    return real_of(dataset, [](GDALRasterBand *below) {
        return below->GetOverviewCount() == 0;
    });
}

VRTDataset *vrt_of(GDALDataset *dataset)
{
    auto vrt = dynamic_cast<VRTDataset *>(dataset);
    const auto any = [](GDALRasterBand *) { return true; };
    return vrt == nullptr && dataset != nullptr && is_whole(dataset)
               ? dynamic_cast<VRTDataset *>(real_of(dataset, any))
               : vrt;
}

bool is_whole(GDALDataset *dataset)
{
    return EQUAL(
        CSLFetchNameValueDef(dataset->GetOpenOptions(), "OVERVIEW_LEVEL", ""),
        "NONE");
}

bool is_of_vrt(GDALDataset *dataset)
{
    GDALRasterBand *first = GDALRasterBand::FromHandle(
        leaf_pixels_first_band(GDALDataset::ToHandle(dataset)));
    return ask_real(first, [](GDALRasterBand *real) {
        return dynamic_cast<VRTSourcedRasterBand *>(real) != nullptr;
    });
}

bool resamples_itself(GDALDataset *dataset)
{
    GDALDriver *driver = dataset->GetDriver();
    GDALDataset *real = stands_in_for(dataset);
    GDALRasterBand *first = GDALRasterBand::FromHandle(
        leaf_pixels_first_band(GDALDataset::ToHandle(dataset)));
    return (driver != nullptr &&
            CSLFindString(const_cast<char **>(own_resampling),
                          driver->GetDescription()) >= 0) ||
           first->HasArbitraryOverviews() || has_hidden_overviews(first) ||
           dynamic_cast<VRTDataset *>(dataset) != nullptr ||
           (is_stand_in(first) && (real == nullptr || resamples_itself(real)));
}

bool varies(GDALDataset *dataset, bool is_one_to_one, bool any_kernel)
{
    return (!is_one_to_one && resamples_itself(dataset)) ||
           (any_kernel && is_of_vrt(dataset));
}

bool reads_overview(GDALRasterBand *band, int x, int y, int width, int height,
                    int out_width, int out_height,
                    const GDALRasterIOExtraArg &extra)
{
    GDALRasterIOExtraArg changed = extra;
    return (out_width < width || out_height < height) &&
           band->GetOverviewCount() > 0 &&
           GDALBandGetBestOverviewLevel2(band, x, y, width, height, out_width,
                                         out_height, &changed) >= 0;
}

int64_t nodata_as_int64(GDALRasterBand *band, int *has)
{
    return ask_real(band, [has](GDALRasterBand *real) {
        return real->GetNoDataValueAsInt64(has);
    });
}

uint64_t nodata_as_uint64(GDALRasterBand *band, int *has)
{
    return ask_real(band, [has](GDALRasterBand *real) {
        return real->GetNoDataValueAsUInt64(has);
    });
}

} // namespace live_band

extern "C" void live_band_drop_blocks(GDALDatasetH dataset)
{
    GDALRasterBand *first =
        GDALRasterBand::FromHandle(leaf_pixels_first_band(dataset));
    dataset_drop_blocks_of_bands(dataset);
    if (first->GetMaskFlags() == GMF_PER_DATASET)
        ask_opened(first, [](GDALRasterBand *opened) {
            return opened->GetMaskBand()->GDALRasterBand::FlushCache(false);
        });
}

extern "C" void live_band_drop_blocks_of_mask(GDALRasterBandH band)
{
    ask_opened(GDALRasterBand::FromHandle(band), [](GDALRasterBand *opened) {
        return opened->GetMaskBand()->GDALRasterBand::FlushCache(false);
    });
}
