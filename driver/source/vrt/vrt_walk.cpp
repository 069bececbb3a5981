/* SPDX-License-Identifier: MIT */
#include "vrt_walk.hpp"

#include "dataset.h"
#include "live_band.hpp"
#include "vrt_walker.hpp"

#include <algorithm>

using vrt_access::SourceView;

namespace
{

/* VRTs in VRTs are followed so deep, and along so many ways through them: each
 * band of a VRT names the VRT below, whose bands do likewise. Below that a VRT
 * is a leaf itself. */
enum { DEPTH_MAX = 32, VISITS_MAX = 1 << 16 };

/* For how many datasets that were open before to ask the system which files
 * they are. */
enum { ASKED_MAX = 64 };

} // namespace

void Walk::give_up(const std::string &why)
{
    if (found.reason.empty())
        found.reason = why;
}

/** The VRT that @p dataset is, if it can be looked into, or NULL. One that
 * GDAL's pool opens is kept open: what is put into it would be gone with it. */
VRTDataset *Walk::inside(GDALDataset *dataset, const Frame &frame)
{
    const char *name = dataset->GetDescription();
    /* GDAL detects a VRT that reads itself by its name, and goes no further. */
    if (frame.depth >= DEPTH_MAX || visits >= VISITS_MAX ||
        std::find(way.begin(), way.end(), name) != way.end())
        return nullptr;
    const auto known = inner_of.find(dataset);
    if (known != inner_of.end())
        return known->second;
    VRTDataset *inner = dynamic_cast<VRTDataset *>(dataset);
    if (inner == nullptr && vrt_access::may_be_vrt(name) &&
        found.held.size() < VrtOpener::held_max()) {
        GDALDataset *underlying = vrt_access::hold_underlying(dataset);
        inner = dynamic_cast<VRTDataset *>(underlying);
        if (inner != nullptr)
            found.held.push_back({dataset, underlying});
        else if (underlying != nullptr)
            vrt_access::let_go_underlying(dataset, underlying);
    }
    if (inner != nullptr && !opener.can_follow(*inner))
        inner = nullptr;
    inner_of[dataset] = inner;
    return inner;
}

Leaf *Walk::leaf_for(GDALDataset *dataset)
{
    const auto known = leaf_of.find(dataset);
    if (known != leaf_of.end())
        return known->second;
    /* GDAL's pool may learn which blocks a band has when it asks for more. */
    for (int i = 1; i <= dataset->GetRasterCount(); i++)
        if (dataset->GetRasterBand(i) != nullptr)
            dataset->GetRasterBand(i)->GetColorInterpretation();
    found.leaves.push_back(nullptr);
    Leaf *leaf = leaf_new(GDALDataset::ToHandle(dataset));
    if (leaf == nullptr) {
        found.leaves.pop_back();
        found.out_of_memory = true;
        return nullptr;
    }
    found.leaves.back() = leaf;
    leaf_of[dataset] = leaf;
    return leaf;
}

/** Only steps of the output's own sources are steps of the output. */
void Walk::note_resampling(const SourceView &view, const Frame &outer,
                           const Frame &inner)
{
    LiveVrtTraits &traits = found.traits;
    if (!depends_on_window(view, outer))
        return;
    traits.resampled = true;
    if (inner.depth != 1)
        return;
    traits.step_x = common_step(traits.step_x, inner.step_x);
    traits.step_y = common_step(traits.step_y, inner.step_y);
}

/** Below a warp. */
Placement *Walk::warped_place(Leaf *leaf, const Frame &frame)
{
    const GDALDatasetH dataset = reader_handle_dataset(leaf_first_handle(leaf));
    WarpedLeaf decoded{};
    decoded.width = GDALGetRasterXSize(dataset);
    decoded.height = GDALGetRasterYSize(dataset);
    leaf_units(leaf, LEAF_LAYER_BANDS, &decoded.unit_width,
               &decoded.unit_height);
    return warped_placement_new(frame.warp->cells.get(), &frame.warp->outer,
                                &frame.below, &decoded);
}

void Walk::place(Leaf *leaf, const Frame &frame)
{
    found.traits.unmapped |= !frame.mapped;
    if (frame.warp) {
        if (!leaf_add_placement(leaf, warped_place(leaf, frame)))
            found.out_of_memory = true;
    } else if (!frame.mapped) {
        found.traits.unplaced = true;
        leaf_add_unknown_placement(leaf);
    } else if (!leaf_add_placement(leaf, affine_placement_new(&frame.place))) {
        found.out_of_memory = true;
    }
}

void Walk::swap(const VrtSwap &swap)
{
    void *slot = swap.band != nullptr ? static_cast<void *>(swap.band)
                                      : static_cast<void *>(swap.handle);
    if (slots.insert(slot).second)
        found.swaps.push_back(swap);
}

/** Notes whether the leaf of a source may be decoded ahead. */
void Walk::look_ahead(Leaf *leaf, GDALDataset *dataset, const SourceView &view,
                      const Frame &inner, const Frame &outer)
{
    const bool is_new = found.ahead.count(leaf) == 0;
    VrtAhead &ahead = found.ahead[leaf];
    vrt_ahead_add(ahead, leaf, *dataset->GetRasterBand(view.band), view, inner,
                  outer);
    const bool now = opener.is_new(dataset);
    if (is_new && (now || asked++ < ASKED_MAX))
        ahead.again = same_again_new(GDALDataset::ToHandle(dataset),
                                     now ? OPEN_SINCE_NOW : OPEN_SINCE_EARLIER,
                                     &ahead.why_not);
    found.out_of_memory |= !ahead.again && !ahead.why_not;
}

/** Where reading may be reduced and the dataset has overviews, GDAL reads
 * those: they are leaves, too. */
void Walk::add_overviews(Leaf *leaf, GDALDataset *dataset, int band,
                         const Frame &inner, const Frame &outer)
{
    if (!frame_is_reduced(inner, outer))
        return;
    GDALRasterBand *base = dataset->GetRasterBand(band);
    for (int level = 0; level < base->GetOverviewCount(); level++) {
        GDALRasterBand *overview = base->GetOverview(level);
        GDALDataset *of =
            overview != nullptr ? overview->GetDataset() : nullptr;
        if (of == nullptr || of == dataset ||
            of->GetRasterBand(overview->GetBand()) != overview) {
            give_up("overviews of " + std::string(dataset->GetDescription()) +
                    " are read as they are");
            return;
        }
        Leaf *above = leaf_for(of);
        if (above == nullptr || !leaf_set_overview(leaf, level, above)) {
            found.out_of_memory = true;
            return;
        }
        leaf_need_band(above, overview->GetBand());
        leaf_need_mask(above);
        place(above,
              frame_of_overview(inner, base->GetXSize(), base->GetYSize(),
                                overview->GetXSize(), overview->GetYSize()));
    }
}

void Walk::add_leaf_of_source(VRTSimpleSource *source, SourceView view,
                              const Frame &outer)
{
    GDALDataset *dataset = vrt_access::dataset_of(*source);
    GDALRasterBand *live = vrt_access::band_of(*source);
    if (view.is_mask && live_band::is_own_mask_in_file(
                            dataset->GetRasterBand(view.band), live)) {
        dataset = live->GetDataset();
        view.band = live->GetBand();
        view.is_mask = false;
    }
    GDALRasterBand *main =
        view.band >= 1 && view.band <= dataset->GetRasterCount()
            ? dataset->GetRasterBand(view.band)
            : nullptr;
    if (main == nullptr || (!view.is_mask && main != live)) {
        give_up("a source reads what its dataset does not have");
        return;
    }
    if (view.is_mask)
        vrt_access::check_mask(*main);
    Leaf *leaf = leaf_for(dataset);
    if (leaf == nullptr)
        return;
    const Frame inner =
        frame_of(outer, view, main->GetXSize(), main->GetYSize());
    /* Resampling leaves out what is masked. */
    if (view.is_mask || view.uses_mask || !inner.mapped ||
        inner.place.halo_x > 0 || inner.place.halo_y > 0)
        leaf_need_masks_of(leaf, view.band);
    if (!view.is_mask || (main->GetMaskFlags() & GMF_NODATA))
        leaf_need_band(leaf, view.band);
    note_resampling(view, outer, inner);
    if (live_band::varies(dataset, frame_is_one_to_one(inner), any_kernel))
        found.traits.resampled = found.traits.packed = true;
    place(leaf, inner);
    look_ahead(leaf, dataset, view, inner, outer);
    add_overviews(leaf, dataset, view.band, inner, outer);
    swap({&vrt_access::band_of(*source), nullptr, live, leaf, view.band,
          view.is_mask});
}

/** @return whether the file of a source waits until a window needs it */
bool Walk::leave_for_later(VRTSimpleSource *source, GDALRasterBand *band,
                           const Frame &frame)
{
    return opener.may_wait(source) &&
           found.late.add(*source, frame,
                          GDALGetDataTypeSizeBytes(band->GetRasterDataType()));
}

/** Files wait only where pixels are copied: what is computed of them may depend
 * on the calls in which they are read, and a leaf tells how. */
void Walk::finish()
{
    const LiveVrtTraits &traits = found.traits;
    std::set<std::string> names = opener.names();
    for (const auto &one : leaf_of)
        names.insert(one.first->GetDescription());
    if (!traits.unmapped && !traits.resampled && !traits.packed &&
        !traits.derived && found.late.settle(names))
        return;
    for (const LateSource &one : found.late.sources())
        visit_source(one.source, found.late.frame(one));
    found.late.clear();
}

/** Follows a source into the VRT that it reads. */
void Walk::visit_inner(VRTDataset *inner, const SourceView &view,
                       const Frame &outer)
{
    GDALRasterBand *band = inner->GetRasterBand(view.band);
    if (band == nullptr)
        return;
    const Frame frame =
        frame_of(outer, view, band->GetXSize(), band->GetYSize());
    note_resampling(view, outer, frame);
    if (frame.reduced)
        vrt_access::make_overviews(*inner);
    if (auto warped = dynamic_cast<VRTWarpedDataset *>(inner)) {
        visit_warped(warped, frame);
        return;
    }
    if (vrt_access::is_pansharpened(band)) {
        visit_pansharpened(vrt_access::pansharpen_inputs_of(*inner), frame);
        return;
    }
    if (view.is_mask || view.uses_mask || !frame.mapped ||
        frame.place.halo_x > 0 || frame.place.halo_y > 0)
        visit_mask(band, frame);
    if (view.is_mask) {
        /* Which asks for a mask in floats. */
        if (view.type == "ComplexSource" && (band->GetMaskFlags() & GMF_NODATA))
            visit_band(band, frame_of_blocks(frame, *band->GetMaskBand()));
        return;
    }
    visit_band(band, frame);
    visit_overviews(band, frame);
}

/** Overviews that GDAL makes of a VRT have sources of their own. */
void Walk::visit_overviews(GDALRasterBand *band, const Frame &frame)
{
    for (int level = 0; level < band->GetOverviewCount(); level++) {
        auto overview =
            dynamic_cast<VRTSourcedRasterBand *>(band->GetOverview(level));
        if (overview != nullptr)
            visit_band(overview,
                       frame_of_overview(frame, band->GetXSize(),
                                         band->GetYSize(), overview->GetXSize(),
                                         overview->GetYSize()));
    }
}

void Walk::visit_source(VRTSimpleSource *source, const Frame &frame)
{
    visits += frame.depth > 0;
    GDALDataset *dataset = opener.open(source);
    if (dataset == nullptr)
        return;
    const SourceView view = vrt_access::view_source(*source);
    any_kernel |= has_kernel(view);
    VRTDataset *inner = inside(dataset, frame);
    if (inner == nullptr) {
        add_leaf_of_source(source, view, frame);
        return;
    }
    if (*dataset->GetDescription() != '\0')
        way.push_back(dataset->GetDescription());
    visit_inner(inner, view, frame);
    if (*dataset->GetDescription() != '\0')
        way.pop_back();
}

void Walk::visit_band(GDALRasterBand *band, const Frame &frame)
{
    auto sourced = dynamic_cast<VRTSourcedRasterBand *>(band);
    vrt_access::check_warped(*band);
    if (sourced == nullptr) {
        give_up("a band has no sources that can be followed");
        return;
    }
    if (dynamic_cast<VRTDerivedRasterBand *>(band) != nullptr)
        found.traits.derived = found.traits.packed = true;
    bool only_simple;
    const auto sources = vrt_access::simple_sources(*sourced, &only_simple);
    if (!only_simple)
        give_up("a source is not a raster");
    for (VRTSimpleSource *source : sources)
        if (!leave_for_later(source, band, frame))
            visit_source(source, frame);
}

/** What the mask of a band is read from: sources of its own; or, where it
 * follows from nodata or alpha, the bands. */
void Walk::visit_mask(GDALRasterBand *band, const Frame &frame)
{
    GDALRasterBand *mask = band->GetMaskBand();
    vrt_access::check_warped(*mask);
    if (dynamic_cast<VRTSourcedRasterBand *>(mask) != nullptr) {
        visit_band(mask, frame);
        if (frame.reduced)
            visit_overviews(mask, frame);
    } else if (band->GetMaskFlags() & GMF_ALPHA) {
        GDALDataset *dataset = band->GetDataset();
        visit_band(dataset->GetRasterBand(dataset->GetRasterCount()), frame);
    } else if (band->GetMaskFlags() == GMF_PER_DATASET && frame.depth == 0) {
        found.traits.mask_beside = true;
    }
}

void Walk::visit_dataset(VRTDataset *dataset, const Frame &frame)
{
    if (auto warped = dynamic_cast<VRTWarpedDataset *>(dataset)) {
        visit_warped(warped, frame);
        return;
    }
    visit_pansharpened(vrt_access::pansharpen_inputs_of(*dataset), frame);
    for (int i = 1; i <= dataset->GetRasterCount(); i++)
        if (!vrt_access::is_pansharpened(dataset->GetRasterBand(i)))
            visit_band(dataset->GetRasterBand(i), frame);
    if (dataset->GetRasterCount() > 0)
        visit_mask(dataset->GetRasterBand(1), frame);
    /* Masks that are bands' own are copied, too. */
    for (int i = 2; i <= dataset->GetRasterCount(); i++) {
        GDALRasterBand *band = dataset->GetRasterBand(i);
        vrt_access::check_warped(*band->GetMaskBand());
        if (frame.depth == 0 &&
            dataset_band_has_own_mask(GDALRasterBand::ToHandle(band)))
            visit_mask(band, frame);
    }
}

void Walk::visit_output(VRTDataset *dataset)
{
    opener.check_all(*dataset);
    visit_dataset(dataset, frame_of_output(dataset->GetRasterXSize(),
                                           dataset->GetRasterYSize()));
    finish();
}

void vrt_walk(VRTDataset &dataset, VrtFindings &found)
{
    Walk(found).visit_output(&dataset);
}
