/* SPDX-License-Identifier: MIT */
#include "vrt_ahead.hpp"

#include "live_band.hpp"

namespace
{

/** @return whether reduced reading may leave out blocks of a leaf: GDAL picks
 * pixels here and there, or reads overviews, or the driver does as it likes */
bool may_skip(const Leaf *leaf, GDALRasterBand &band, const Frame &inner)
{
    int width, height;
    if (leaf_units(leaf, LEAF_LAYER_BANDS, &width, &height) == 0)
        leaf_units(leaf, LEAF_LAYER_MASK, &width, &height);
    return !inner.mapped || band.GetOverviewCount() > 0 ||
           live_band::resamples_itself(band.GetDataset()) ||
           width * inner.place.scale_x < 1 || height * inner.place.scale_y < 1;
}

} // namespace

void vrt_ahead_add(VrtAhead &ahead, const Leaf *leaf, GDALRasterBand &band,
                   const vrt_access::SourceView &view, const Frame &inner,
                   const Frame &outer)
{
    ahead.leaf.layers[view.is_mask ? LEAF_LAYER_MASK : LEAF_LAYER_BANDS] = true;
    ahead.skips |=
        frame_is_reduced(inner, outer) && may_skip(leaf, band, inner);
}
