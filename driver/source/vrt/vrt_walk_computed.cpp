/* SPDX-License-Identifier: MIT */
#include "vrt_walker.hpp"

#include <algorithm>

/** The bands of a VRT around it mostly see it in the same place. One that is
 * read reduced reads its own overviews instead. */
std::shared_ptr<const vrt_warp::Warp> Walk::warp_of(VRTWarpedDataset &dataset,
                                                    const Frame &outer)
{
    if (!outer.mapped || outer.reduced)
        return nullptr;
    std::shared_ptr<const vrt_warp::Warp> &known = warp_in[&dataset];
    if (known && is_same_place(known->outer, outer.place))
        return known;
    known = vrt_warp::ask(dataset, outer.place);
    if (known) {
        LiveVrtTraits &traits = found.traits;
        traits.warp_cells_nbytes += warp_cells_nbytes(known->cells.get());
        traits.warp_call_nbytes =
            std::max(traits.warp_call_nbytes, known->call_nbytes);
    }
    return known;
}

void Walk::visit_warped(VRTWarpedDataset *dataset, const Frame &outer)
{
    GDALDatasetH &slot = vrt_access::warp_source_of(*dataset);
    GDALDataset *below = GDALDataset::FromHandle(slot);
    found.traits.unmapped = true;
    if (std::find(found.warped.begin(), found.warped.end(), dataset) ==
        found.warped.end())
        found.warped.push_back(dataset);
    if (below == nullptr) {
        give_up("a warped dataset reads nothing");
        return;
    }
    const Frame frame =
        frame_of_warped(warp_of(*dataset, outer), below->GetRasterXSize(),
                        below->GetRasterYSize(), outer.depth + 1);
    if (VRTDataset *inner = inside(below, frame)) {
        visit_dataset(inner, frame);
        return;
    }
    Leaf *leaf = leaf_for(below);
    if (leaf == nullptr)
        return;
    leaf_need_all_bands(leaf);
    leaf_need_mask(leaf);
    place(leaf, frame);
    swap({nullptr, &slot, slot, leaf, 0, false});
}

/** One of the bands that pansharpening reads, wherever it does. */
void Walk::visit_input(GDALRasterBand *band, const Frame &frame, VrtSwap swap)
{
    GDALDataset *dataset = band->GetDataset();
    VRTDataset *inner = dataset != nullptr ? inside(dataset, frame) : nullptr;
    if (inner != nullptr) {
        visit_band(inner->GetRasterBand(band->GetBand()), frame);
        return;
    }
    Leaf *leaf = dataset != nullptr ? leaf_for(dataset) : nullptr;
    if (leaf == nullptr || !leaf_need_band(leaf, band->GetBand())) {
        give_up("a band to be pansharpened has no dataset");
        return;
    }
    leaf_need_mask(leaf);
    place(leaf, frame);
    swap.live =
        swap.band != nullptr ? static_cast<void *>(*swap.band) : *swap.handle;
    swap.leaf = leaf;
    swap.number = band->GetBand();
    this->swap(swap);
}

void Walk::visit_pansharpened(const vrt_access::PansharpenInputs &inputs,
                              const Frame &outer)
{
    if (inputs.panchromatic == nullptr)
        return;
    Frame frame;
    frame.depth = outer.depth + 1;
    found.traits.unmapped = found.traits.packed = true;
    VrtSwap slot{};
    slot.handle = inputs.panchromatic;
    visit_input(GDALRasterBand::FromHandle(*inputs.panchromatic), frame, slot);
    for (GDALRasterBand *&band : *inputs.spectral) {
        slot.handle = nullptr;
        slot.band = &band;
        visit_input(band, frame, slot);
    }
}
