/* SPDX-License-Identifier: MIT */
#include "created_mask.hpp"

#include "create.h"
#include "created_overviews.hpp"

#include "cpl_conv.h"
#include "cpl_string.h"
#include "cpl_vsi.h"

namespace
{

const char inside_word[] = "GDAL_TIFF_INTERNAL_MASK";

/* Whether the user says so. If not, GTiff would make a .msk file, and be told
 * of it more than once. */
bool is_inside_wanted()
{
    return CPLTestBool(CPLGetConfigOption(inside_word, "NO"));
}

bool has_masks_of_bands(GDALDataset *pixels)
{
    VSIStatBufL stat;
    const CPLString name = CPLString(pixels->GetDescription()) + ".msk";
    return VSIStatL(name, &stat) == 0;
}

CPLErr refuse(GDALDataset *told, const char *why)
{
    told->ReportError(CE_Failure, CPLE_NotSupported, "%s", why);
    return CE_Failure;
}

/* Overviews that are there already have all pixels valid, as in GTiff's, where
 * they have no mask. */
CPLErr add_to_overviews(GDALDataset *pixels)
{
    GDALRasterBand *band = pixels->GetRasterBand(1);
    CPLErr err = CE_None;
    for (int i = 0; err == CE_None && i < band->GetOverviewCount(); i++) {
        err =
            GDALDataset::FromHandle(GDALGetBandDataset(GDALRasterBand::ToHandle(
                                        band->GetOverview(i))))
                ->CreateMaskBand(GMF_PER_DATASET);
        if (err == CE_None)
            err = band->GetOverview(i)->GetMaskBand()->Fill(255);
    }
    return err;
}

} // namespace

CPLErr created_mask_make_of_all(GDALDataset *pixels, GDALDataset *told,
                                int flags)
{
    const bool inside_wanted = is_inside_wanted();
    if (created_mask_is_of_all(pixels) && !inside_wanted)
        return CE_None;
    if (has_masks_of_bands(pixels))
        return refuse(told, "A mask of all bands cannot be added to those of "
                            "single bands");
    const CPLConfigOptionSetter inside(inside_word, "YES", false);
    CPLErr err = inside_wanted ? told->CreateMaskBand(flags) : CE_None;
    if (err == CE_None) {
        created_overviews_prepare(pixels);
        err = pixels->CreateMaskBand(GMF_PER_DATASET);
    }
    if (err != CE_None)
        return err;
    create_note_mask(GDALDataset::ToHandle(pixels));
    return add_to_overviews(pixels);
}

bool created_mask_is_of_all(GDALDataset *pixels)
{
    return create_has_mask(GDALDataset::ToHandle(pixels));
}

CPLErr created_mask_make(GDALRasterBand *pixels, GDALRasterBand *told,
                         int flags)
{
    GDALDataset *of_pixels = pixels->GetDataset();
    GDALDataset *of_told = told->GetDataset();
    if (is_inside_wanted() || (flags & GMF_PER_DATASET) != 0)
        return created_mask_make_of_all(of_pixels, of_told, flags);
    if (created_mask_is_of_all(of_pixels))
        return refuse(of_told, "The mask of a single band cannot be added to "
                               "one of all bands");
    const CPLConfigOptionSetter beside(inside_word, "NO", false);
    return pixels->CreateMaskBand(flags);
}
