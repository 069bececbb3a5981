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

/** Takes account of what a source's pixels are decoded from: a mask may follow
 * from bands, or from nothing. */
void add_layer(AheadLeaf &ahead, const Leaf *leaf, bool is_mask)
{
    int width, height;
    const bool is_data =
        is_mask && leaf_units(leaf, LEAF_LAYER_MASK, &width, &height) > 0;
    const LeafLayer layer = is_data ? LEAF_LAYER_MASK : LEAF_LAYER_BANDS;
    ahead.layers[layer] |= leaf_units(leaf, layer, &width, &height) > 0;
}

} // namespace

void vrt_ahead_add(VrtAhead &ahead, const Leaf *leaf, GDALRasterBand &band,
                   const vrt_access::SourceView &view, const Frame &inner,
                   const Frame &outer)
{
    add_layer(ahead.leaf, leaf, view.is_mask);
    ahead.mapped &= inner.mapped;
    ahead.skips |=
        frame_is_reduced(inner, outer) && may_skip(leaf, band, inner);
}
