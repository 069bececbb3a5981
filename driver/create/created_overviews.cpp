/* SPDX-License-Identifier: MIT */
#include "created_overviews.hpp"

#include "created_mask.hpp"

#include "error_trap.h"
#include "guard.hpp"
#include "metadata_copy.h"
#include "overview_method.h"
#include "versions.h"

#include "cpl_conv.h"
#include "cpl_string.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace
{

using Bands = std::vector<GDALRasterBand *>;

/* They are inside the file, and so are those of its mask. */
class Inside
{
    const CPLConfigOptionSetter m_mask{"GDAL_TIFF_INTERNAL_MASK", "YES", false};
    const CPLConfigOptionSetter m_ovr{"TIFF_USE_OVR", "NO", false};
    const CPLConfigOptionSetter m_rrd{"USE_RRD", "NO", false};
};

CPLErr build(GDALDataset *dataset, const OverviewsWish &wish)
{
    CPLStringList options(CSLDuplicate(wish.options), TRUE);
    options.SetNameValue("TIFF_USE_OVR", nullptr);
    options.SetNameValue("USE_RRD", nullptr);
    return dataset->BuildOverviews(wish.resampling, wish.count, wish.factors,
                                   wish.band_count, wish.bands, wish.progress,
                                   wish.user, options.List());
}

/* For the spool, whose overviews are as raw as its pixels, whatever the user
 * says of the file's. */
CPLStringList raw_options(CSLConstList given)
{
    CPLStringList options(CSLDuplicate(given), TRUE);
    options.SetNameValue("COMPRESS", "NONE");
    options.SetNameValue("INTERLEAVE", "BAND");
    options.SetNameValue("PHOTOMETRIC", nullptr);
    options.SetNameValue("PHOTOMETRIC_OVERVIEW", nullptr);
    return options;
}

/* The same overviews, without pixels. */
CPLErr build_empty(GDALDataset *dataset, const OverviewsWish &wish)
{
    OverviewsWish empty = wish;
    /* The one that gives overviews other samples than the raster has. */
    if (!STARTS_WITH_CI(wish.resampling, "AVERAGE_BIT2"))
        empty.resampling = "NONE";
    empty.progress = GDALDummyProgress;
    empty.user = nullptr;
    return build(dataset, empty);
}

bool has_alpha(GDALDataset *dataset)
{
    for (auto *band : dataset->GetBands())
        if (band->GetColorInterpretation() == GCI_AlphaBand)
            return true;
    return false;
}

/* Whether GTiff makes overviews of all bands at once of bands that are
 * interleaved by pixel (frmts/gtiff/geotiff.cpp: IBuildOverviews()). Then each
 * is made from the one below, and not always otherwise. */
bool is_made_at_once(GDALDataset *pixels, const OverviewsWish &wish)
{
    static const char *const methods[] = {"AVERAGE",  "RMS",         "GAUSS",
                                          "CUBIC",    "CUBICSPLINE", "LANCZOS",
                                          "BILINEAR", "MODE"};
    const bool nearest = STARTS_WITH_CI(wish.resampling, "NEAR");
    bool known = nearest;
    for (const char *method : methods)
        known = known || EQUAL(wish.resampling, method);
    GDALRasterBand *band = pixels->GetRasterBand(1);
    const auto *table = band->GetColorTable();
    return known && !GDALDataTypeIsComplex(band->GetRasterDataType()) &&
           (nearest || table == nullptr || table->IsIdentity());
}

/* Whether GTiff takes an overview for the one with that factor. */
bool has_factor(GDALRasterBand *overview, GDALRasterBand *band, int factor)
{
    const int has = GDALComputeOvFactor(overview->GetXSize(), band->GetXSize(),
                                        overview->GetYSize(), band->GetYSize());
    return has == factor || has == GDALOvLevelAdjust2(factor, band->GetXSize(),
                                                      band->GetYSize());
}

/* Those that are asked for, each once, in their order. */
Bands find_overviews(GDALRasterBand *band, const OverviewsWish &wish)
{
    Bands found;
    std::vector<bool> used(static_cast<size_t>(band->GetOverviewCount()));
    for (int i = 0; i < wish.count; i++)
        for (size_t j = 0; j < used.size(); j++) {
            auto *overview = band->GetOverview(static_cast<int>(j));
            if (!used[j] && has_factor(overview, band, wish.factors[i])) {
                used[j] = true;
                found.push_back(overview);
                break;
            }
        }
    return found;
}

CPLErr fill_masks(GDALDataset *pixels, const OverviewsWish &wish)
{
    GDALRasterBand *band = pixels->GetRasterBand(1);
    std::vector<GDALRasterBandH> masks;
    masks.reserve(static_cast<size_t>(band->GetOverviewCount()));
    for (int i = 0; i < band->GetOverviewCount(); i++)
        masks.push_back(
            GDALRasterBand::ToHandle(band->GetOverview(i)->GetMaskBand()));
    return GDALRegenerateOverviewsEx(
        GDALRasterBand::ToHandle(band->GetMaskBand()),
        static_cast<int>(masks.size()), masks.data(), wish.resampling,
        GDALDummyProgress, nullptr, wish.options);
}

CPLErr fill_at_once(GDALDataset *pixels, const OverviewsWish &wish)
{
    Bands bands;
    std::vector<Bands> overviews;
    std::vector<GDALRasterBand **> lists;
    for (int i = 0; i < wish.band_count; i++) {
        bands.push_back(pixels->GetRasterBand(wish.bands[i]));
        overviews.push_back(find_overviews(bands.back(), wish));
    }
    lists.reserve(overviews.size());
    for (auto &list : overviews)
        lists.push_back(list.data());
    return GDALRegenerateOverviewsMultiBand(
        wish.band_count, bands.data(),
        static_cast<int>(overviews.front().size()), lists.data(),
        wish.resampling, wish.progress, wish.user, wish.options);
}

/* Band after band. */
CPLErr fill_each(GDALDataset *pixels, const OverviewsWish &wish)
{
    CPLErr err = CE_None;
    for (int i = 0; err == CE_None && i < wish.band_count; i++) {
        GDALRasterBand *band = pixels->GetRasterBand(wish.bands[i]);
        std::vector<GDALRasterBandH> overviews;
        for (auto *overview : find_overviews(band, wish))
            overviews.push_back(GDALRasterBand::ToHandle(overview));
        void *progress = GDALCreateScaledProgress(
            static_cast<double>(i) / wish.band_count,
            static_cast<double>(i + 1) / wish.band_count, wish.progress,
            wish.user);
        err = GDALRegenerateOverviewsEx(
            GDALRasterBand::ToHandle(band), static_cast<int>(overviews.size()),
            overviews.data(), wish.resampling, GDALScaledProgress, progress,
            wish.options);
        GDALDestroyScaledProgress(progress);
    }
    return err;
}

bool alike(double a, double b)
{
    return a == b || (std::isnan(a) && std::isnan(b));
}

bool has_same_nodata(GDALRasterBand *band, GDALRasterBand *other)
{
    int has = FALSE, other_has = FALSE;
    const double value = band->GetNoDataValue(&has);
    const double other_value = other->GetNoDataValue(&other_has);
    return has == other_has && (has == FALSE || alike(value, other_value));
}

/* Whether GTiff would change the nodata of overviews: where bands differ, where
 * overviews that are there already do, and where it is of 64 bits. It then
 * loses directories, or does not come to an end. */
bool changes_nodata(GDALDataset *dataset)
{
    GDALRasterBand *first = dataset->GetRasterBand(1);
    int has = FALSE;
    (void)first->GetNoDataValue(&has);
    bool changes = has != FALSE && (first->GetRasterDataType() == GDT_Int64 ||
                                    first->GetRasterDataType() == GDT_UInt64);
    for (auto *band : dataset->GetBands())
        changes = changes || !has_same_nodata(first, band);
    for (int i = 0; i < first->GetOverviewCount(); i++)
        changes = changes || !has_same_nodata(first, first->GetOverview(i));
    return changes;
}

/* Has the spool's bands have for a while the nodata that its overviews have, so
 * that GTiff does not change those; or none, if the first are to be made and
 * their bands have different ones. */
class SteadyNodata
{
  public:
    SteadyNodata(GDALDataset *pixels, GDALDataset *told)
        : m_pixels(GDALDataset::ToHandle(pixels)),
          m_told(GDALDataset::ToHandle(told))
    {
        const CPLErrorHandlerPusher quiet(CPLQuietErrorHandler);
        GDALRasterBand *first = pixels->GetRasterBand(1);
        const bool any = first->GetOverviewCount() > 0;
        GDALRasterBand *like = any ? first->GetOverview(0) : first;
        int has = FALSE;
        const double value = like->GetNoDataValue(&has);
        const bool none = has == FALSE || (!any && changes_nodata(told));
        for (auto *band : pixels->GetBands()) {
            band->DeleteNoDataValue();
            if (!none)
                band->SetNoDataValue(value);
        }
    }

    ~SteadyNodata()
    {
        const CPLErrorHandlerPusher quiet(CPLQuietErrorHandler);
        metadata_copy_nodata(m_told, m_pixels);
    }

  private:
    const GDALDatasetH m_pixels, m_told;
};

/* The type of those is Byte before GDAL 3.7, which then has one for them. */
bool has_signed_bytes(GDALRasterBand *band)
{
#if GDAL_VERSION_NUM < GDAL_COMPUTE_VERSION(3, 7, 0)
    const char *type = band->GetMetadataItem("PIXELTYPE", "IMAGE_STRUCTURE");
    return type != nullptr && EQUAL(type, "SIGNEDBYTE");
#else
    (void)band;
    return false;
#endif
}

/* As Fill(), of nodata, which may be of 64 bits, or of signed bytes. */
CPLErr fill_level(GDALRasterBand *level, GDALRasterBand *band)
{
    const GDALDataType type = band->GetRasterDataType();
    int64_t value = 0; /* or the bits of another */
    int has = FALSE;
    const double real = band->GetNoDataValue(&has);
    if (type == GDT_Int64)
        value = band->GetNoDataValueAsInt64(&has);
    else if (type == GDT_UInt64)
        value = static_cast<int64_t>(band->GetNoDataValueAsUInt64(&has));
    else
        return level->Fill(has_signed_bytes(band) && real < 0 ? real + 256
                                                              : real);
    return level->RasterIO(GF_Write, 0, 0, level->GetXSize(), level->GetYSize(),
                           &value, 1, 1, type, 0, 0, nullptr);
}

/* What GTiff leaves in overviews that nobody fills.
 * @param first of those that are new */
CPLErr fill_with_nodata(GDALDataset *pixels, int first)
{
    CPLErr err = CE_None;
    for (auto *band : pixels->GetBands()) {
        int has = FALSE;
        const double value = band->GetNoDataValue(&has);
        for (int i = first; err == CE_None && has != FALSE && value != 0.0 &&
                            i < band->GetOverviewCount();
             i++)
            err = fill_level(band->GetOverview(i), band);
    }
    return err;
}

/* In GTiff's words (gcore/gdaldefaultoverviews.cpp:
 * GDALGetNormalizedOvrResampling()). */
CPLString word_for(const char *method)
{
    if (STARTS_WITH_CI(method, "AVERAGE_BIT2") ||
        EQUAL(method, "AVERAGE_MAGPHASE"))
        return CPLString(method).toupper();
    if (STARTS_WITH_CI(method, "NEAR"))
        return "NEAREST";
    if (STARTS_WITH_CI(method, "AVER"))
        return "AVERAGE";
    return EQUAL(method, "NONE") ? CPLString() : CPLString(method).toupper();
}

/* Notes what GTiff would have overviews say: new ones, and those that have said
 * it before.
 * @param first of those that are new */
void note_method(GDALDataset *pixels, const OverviewsWish &wish, int first)
{
    GDALDatasetH dataset = GDALDataset::ToHandle(pixels);
    const CPLString word = word_for(wish.resampling);
    GDALRasterBand *band = pixels->GetRasterBand(1);
    const Bands asked_for = find_overviews(band, wish);
    for (int i = 0; i < band->GetOverviewCount(); i++) {
        const bool asked = std::find(asked_for.begin(), asked_for.end(),
                                     band->GetOverview(i)) != asked_for.end();
        if (asked && (overview_method_of(dataset, i) != nullptr ||
                      (i >= first && !word.empty())))
            overview_method_note(dataset, i, word);
    }
}

/* Before all are deleted. */
void forget_methods(GDALDataset *pixels)
{
    const int count = pixels->GetRasterBand(1)->GetOverviewCount();
    for (int i = 0; i < count; i++)
        overview_method_note(GDALDataset::ToHandle(pixels), i, nullptr);
}

/* Makes the overviews that are not there yet, empty. */
CPLErr make_levels(GDALDataset *pixels, GDALDataset *told,
                   const OverviewsWish &wish)
{
    const int before = pixels->GetRasterBand(1)->GetOverviewCount();
    CPLErr err;
    {
        const SteadyNodata steady(pixels, told);
        const CPLConfigOptionSetter as_the_raster("PHOTOMETRIC_OVERVIEW", "",
                                                  false);
        const CPLStringList options = raw_options(wish.options);
        OverviewsWish raw = wish;
        raw.options = options.List();
        err = build_empty(pixels, raw);
    }
    if (err == CE_None && gdal_overviews_say_their_method())
        note_method(pixels, wish, before);
    if (err == CE_None && EQUAL(wish.resampling, "NONE"))
        err = fill_with_nodata(pixels, before);
    return err;
}

CPLErr build_and_fill(GDALDataset *pixels, GDALDataset *told,
                      const OverviewsWish &wish)
{
    const bool at_once =
        (!wish.planar || has_alpha(pixels)) && is_made_at_once(pixels, wish);
    CPLErr err = make_levels(pixels, told, wish);
    if (err == CE_None && created_mask_is_of_all(pixels))
        err = fill_masks(pixels, wish);
    if (err != CE_None)
        return err;
    return at_once ? fill_at_once(pixels, wish) : fill_each(pixels, wish);
}

} // namespace

void created_overviews_prepare(GDALDataset *pixels)
{
    GDALRasterBand *band = pixels->GetRasterBand(1);
    band->SetDescription(
        EQUAL(band->GetDescription(), "pixels") ? "pixels again" : "pixels");
}

CPLErr created_overviews_build(GDALDataset *pixels, GDALDataset *told,
                               const OverviewsWish &wish)
{
    const Inside inside;
    const bool of_all =
        wish.count > 0 && wish.band_count == pixels->GetRasterCount();
    created_overviews_prepare(pixels);
    if (wish.count == 0)
        forget_methods(pixels);
    const CPLErr err =
        of_all ? build_and_fill(pixels, told, wish) : build(pixels, wish);
    /* What it says has been said. Overviews that are deleted stay there, since
     * a mask may go with them: their tags are not taken then. */
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_ALL);
    if (wish.count > 0 && !changes_nodata(told) && !wish.shown_as_rgba)
        (void)guard(CE_Failure, [&] { return build_empty(told, wish); });
    error_trap_end(&trap);
    return err;
}
