/* SPDX-License-Identifier: MIT */
#include "vrt_mask.h"

#include <memory>
#include <vector>

#include "gdal_priv.h"
#include "vrtdataset.h"

namespace
{

/* Of several, one paints over what is there already only where it shows
 * something itself. */
std::unique_ptr<VRTSimpleSource> new_source(bool one_of_several)
{
    if (!one_of_several)
        return std::make_unique<VRTSimpleSource>();
    auto source = std::make_unique<VRTComplexSource>();
    source->SetNoDataValue(0);
    return source;
}

bool add(VRTSourcedRasterBand &mask, std::unique_ptr<VRTSimpleSource> source,
         GDALRasterBand &band)
{
    const double width = band.GetXSize(), height = band.GetYSize();
    mask.ConfigureSource(source.get(), &band, true, 0, 0, width, height, 0, 0,
                         width, height);
    return mask.AddSource(source.release()) == CE_None;
}

} // namespace

bool vrt_mask_of_bands(GDALDatasetH vrt, GDALDatasetH source,
                       bool (*is_wanted)(GDALRasterBandH band))
{
    GDALDataset *made = GDALDataset::FromHandle(vrt);
    std::vector<GDALRasterBand *> bands;
    for (GDALRasterBand *band : GDALDataset::FromHandle(source)->GetBands())
        if (is_wanted(GDALRasterBand::ToHandle(band)))
            bands.push_back(band);
    if (made->CreateMaskBand(GMF_PER_DATASET) != CE_None)
        return false;
    auto *mask = dynamic_cast<VRTSourcedRasterBand *>(
        made->GetRasterBand(1)->GetMaskBand());
    bool ok = mask != nullptr;
    for (GDALRasterBand *band : bands)
        ok = ok && add(*mask, new_source(bands.size() > 1), *band);
    return ok;
}
