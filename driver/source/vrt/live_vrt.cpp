/* SPDX-License-Identifier: MIT */
#include "live_vrt.h"

#include "error_trap.h"
#include "leaf_dataset.h"
#include "vrt_access.hpp"
#include "vrt_frame.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

using vrt_access::SourceView;

namespace
{

/* VRTs in VRTs are followed so deep, and along so many ways through them: each
 * band of a VRT names the VRT below, whose bands do likewise. Below that a VRT
 * is a leaf itself. */
enum { DEPTH_MAX = 32, VISITS_MAX = 1 << 16 };

/* Of the datasets that GDAL's pool may hold open (GDAL_MAX_DATASET_POOL_SIZE,
 * 100 by default) how many may be VRTs that are looked into. */
enum { HELD_MAX = 16 };

/** What is replaced while leaves are in: a pointer to a band, or a handle of a
 * band or a dataset. */
struct Swap {
    GDALRasterBand **band; /**< one of the two is NULL */
    void **handle;
    void *live;
    Leaf *leaf;
    int number; /**< of the band; 0: the dataset */
    bool is_mask;
};

/** A dataset of GDAL's pool that is kept open. */
struct Held {
    GDALDataset *proxy, *underlying;
};

} // namespace

struct LiveVrt {
    GDALDataset *given;
    LiveVrtTraits traits{};
    std::string reason;
    std::vector<Leaf *> leaves{};
    std::map<GDALDataset *, Leaf *> leaf_of{};
    std::map<void *, size_t> swap_of{}; /**< by what is replaced */
    std::vector<Swap> swaps{};
    std::map<GDALDataset *, GDALDataset *> inner_of{}; /**< see inside() */
    std::vector<Held> held{};
    std::vector<std::string> way{}; /**< names of the VRTs that we are in */
    std::map<Leaf *, GDALDataset *> proxies{}; /**< while leaves are in */
    std::set<VRTSimpleSource *> unopened{};
    int visits = 0; /**< of sources in VRTs in the VRT */
    bool out_of_memory = false;

    explicit LiveVrt(GDALDataset *dataset) : given(dataset)
    {
    }
    ~LiveVrt();
    LiveVrt(const LiveVrt &) = delete;
    LiveVrt &operator=(const LiveVrt &) = delete;

    void visit_dataset(VRTDataset *dataset, const Frame &frame);
    bool put_in();
    void take_out();

  private:
    void visit_band(GDALRasterBand *band, const Frame &frame);
    void visit_mask(GDALRasterBand *band, const Frame &frame);
    void visit_source(VRTSimpleSource *source, const Frame &frame);
    void visit_inner(VRTDataset *inner, const SourceView &view,
                     const Frame &frame);
    void visit_warped(VRTWarpedDataset *dataset, const Frame &frame);
    void visit_pansharpened(const vrt_access::PansharpenInputs &inputs,
                            const Frame &frame);
    void visit_input(GDALRasterBand *band, const Frame &frame, Swap swap);
    void add_leaf_of_source(VRTSimpleSource *source, const SourceView &view,
                            const Frame &frame);
    void add_overviews(Leaf *leaf, GDALDataset *dataset, int band,
                       const Frame &inner, const Frame &outer);
    GDALDataset *open_source(VRTSimpleSource *source);
    bool can_follow(GDALRasterBand *band);
    bool can_follow(VRTDataset *dataset);
    VRTDataset *inside(GDALDataset *dataset, const Frame &frame);
    Leaf *leaf_for(GDALDataset *dataset);
    void place(Leaf *leaf, const Frame &frame);
    void swap(const Swap &swap);
    void give_up(const std::string &why);
};

namespace
{

/* A file's name that may well be a VRT's; whether it is one is looked at when
 * it is open. */
bool may_be_vrt(const char *name)
{
    return EQUAL(CPLGetExtension(name), "vrt") ||
           STARTS_WITH_CI(name, "vrt://") || STARTS_WITH(name, "<VRTDataset");
}

/** A mask that GDAL fails to open it takes for none, in silence. */
void check_mask(GDALRasterBand &of)
{
    VSIStatBufL stat;
    const std::string beside =
        std::string(of.GetDataset()->GetDescription()) + ".msk";
    if (of.GetMaskFlags() == GMF_ALL_VALID &&
        VSIStatL(beside.c_str(), &stat) == 0)
        CPLError(CE_Failure, CPLE_OpenFailed, "%s cannot be opened as a mask",
                 beside.c_str());
}

bool is_pansharpened(GDALRasterBand *band)
{
    auto of_vrt = dynamic_cast<VRTRasterBand *>(band);
    return of_vrt != nullptr && of_vrt->IsPansharpenRasterBand();
}

} // namespace

void LiveVrt::give_up(const std::string &why)
{
    if (reason.empty())
        reason = why;
}

/** The dataset of a source, opened if need be. A source that does not open may
 * not be needed; if it is, GDAL says so again. What else GDAL reports is a
 * failure. */
GDALDataset *LiveVrt::open_source(VRTSimpleSource *source)
{
    if (unopened.count(source) > 0)
        return nullptr;
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    GDALDataset *dataset = vrt_access::dataset_of(*source);
    error_trap_end(&trap);
    if (dataset != nullptr) {
        error_trap_replay(&trap);
        return dataset;
    }
    unopened.insert(source);
    give_up(trap.failed ? trap.message : "a source has no dataset");
    return nullptr;
}

/** @return whether all that makes the pixels of @p band can be followed */
bool LiveVrt::can_follow(GDALRasterBand *band)
{
    auto sourced = dynamic_cast<VRTSourcedRasterBand *>(band);
    if (sourced == nullptr)
        return is_pansharpened(band);
    bool only_simple;
    for (VRTSimpleSource *source :
         vrt_access::simple_sources(*sourced, &only_simple))
        if (open_source(source) == nullptr)
            return false;
    return only_simple;
}

bool LiveVrt::can_follow(VRTDataset *dataset)
{
    if (dynamic_cast<VRTWarpedDataset *>(dataset) != nullptr)
        return true;
    for (int i = 1; i <= dataset->GetRasterCount(); i++)
        if (!can_follow(dataset->GetRasterBand(i)))
            return false;
    return dataset->GetRasterCount() > 0;
}

/** The VRT that @p dataset is, if it can be looked into, or NULL. One that
 * GDAL's pool opens is kept open: what is put into it would be gone with it. */
VRTDataset *LiveVrt::inside(GDALDataset *dataset, const Frame &frame)
{
    /* GDAL detects a VRT that reads itself by its name, and goes no further. */
    if (frame.depth >= DEPTH_MAX || visits >= VISITS_MAX ||
        std::find(way.begin(), way.end(), dataset->GetDescription()) !=
            way.end())
        return nullptr;
    const auto known = inner_of.find(dataset);
    if (known != inner_of.end())
        return static_cast<VRTDataset *>(known->second);
    VRTDataset *inner = dynamic_cast<VRTDataset *>(dataset);
    if (inner == nullptr && may_be_vrt(dataset->GetDescription()) &&
        held.size() < HELD_MAX) {
        GDALDataset *underlying = vrt_access::hold_underlying(dataset);
        inner = dynamic_cast<VRTDataset *>(underlying);
        if (inner != nullptr)
            held.push_back({dataset, underlying});
        else if (underlying != nullptr)
            vrt_access::let_go_underlying(dataset, underlying);
    }
    if (inner != nullptr && !can_follow(inner))
        inner = nullptr;
    inner_of[dataset] = inner;
    return inner;
}

Leaf *LiveVrt::leaf_for(GDALDataset *dataset)
{
    const auto known = leaf_of.find(dataset);
    if (known != leaf_of.end())
        return known->second;
    Leaf *leaf = leaf_new(GDALDataset::ToHandle(dataset));
    if (leaf == nullptr) {
        out_of_memory = true;
        return nullptr;
    }
    leaves.push_back(leaf);
    leaf_of[dataset] = leaf;
    return leaf;
}

void LiveVrt::place(Leaf *leaf, const Frame &frame)
{
    if (!frame.mapped) {
        traits.unmapped = true;
        leaf_add_unknown_placement(leaf);
    } else if (!leaf_add_placement(leaf, affine_placement_new(&frame.place))) {
        out_of_memory = true;
    }
}

void LiveVrt::swap(const Swap &swap)
{
    void *slot = swap.band != nullptr ? static_cast<void *>(swap.band)
                                      : static_cast<void *>(swap.handle);
    if (swap_of.emplace(slot, swaps.size()).second)
        swaps.push_back(swap);
}

/** Where reading may be reduced and the dataset has overviews, GDAL reads
 * those: they are leaves, too. */
void LiveVrt::add_overviews(Leaf *leaf, GDALDataset *dataset, int band,
                            const Frame &inner, const Frame &outer)
{
    if (inner.mapped && inner.place.scale_x >= outer.place.scale_x &&
        inner.place.scale_y >= outer.place.scale_y)
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
            out_of_memory = true;
            return;
        }
        leaf_need_band(above, overview->GetBand());
        leaf_need_mask(above);
        place(above,
              frame_of_overview(inner, base->GetXSize(), base->GetYSize(),
                                overview->GetXSize(), overview->GetYSize()));
    }
}

void LiveVrt::add_leaf_of_source(VRTSimpleSource *source,
                                 const SourceView &view, const Frame &outer)
{
    GDALDataset *dataset = vrt_access::dataset_of(*source);
    GDALRasterBand *live = vrt_access::band_of(*source);
    GDALRasterBand *main =
        view.band >= 1 && view.band <= dataset->GetRasterCount()
            ? dataset->GetRasterBand(view.band)
            : nullptr;
    if (main == nullptr || (!view.is_mask && main != live)) {
        give_up("a source reads what its dataset does not have");
        return;
    }
    if (view.is_mask)
        check_mask(*main);
    Leaf *leaf = leaf_for(dataset);
    if (leaf == nullptr)
        return;
    const Frame inner =
        frame_of(outer, view, main->GetXSize(), main->GetYSize());
    /* Resampling leaves out what is masked. */
    if (view.is_mask || view.uses_mask || !inner.mapped ||
        inner.place.halo_x > 0 || inner.place.halo_y > 0)
        leaf_need_mask(leaf);
    if (!view.is_mask)
        leaf_need_band(leaf, view.band);
    traits.resampled |= is_resampled(view);
    place(leaf, inner);
    add_overviews(leaf, dataset, view.band, inner, outer);
    swap({&vrt_access::band_of(*source), nullptr, live, leaf, view.band,
          view.is_mask});
}

/** Follows a source into the VRT that it reads. */
void LiveVrt::visit_inner(VRTDataset *inner, const SourceView &view,
                          const Frame &outer)
{
    GDALRasterBand *band = inner->GetRasterBand(view.band);
    if (band == nullptr)
        return;
    const Frame frame =
        frame_of(outer, view, band->GetXSize(), band->GetYSize());
    traits.resampled |= is_resampled(view);
    if (auto warped = dynamic_cast<VRTWarpedDataset *>(inner)) {
        visit_warped(warped, frame);
        return;
    }
    if (is_pansharpened(band)) {
        visit_pansharpened(vrt_access::pansharpen_inputs_of(*inner), frame);
        return;
    }
    if (view.is_mask || view.uses_mask || !frame.mapped ||
        frame.place.halo_x > 0 || frame.place.halo_y > 0)
        visit_mask(band, frame);
    if (!view.is_mask)
        visit_band(band, frame);
}

void LiveVrt::visit_source(VRTSimpleSource *source, const Frame &frame)
{
    visits += frame.depth > 0;
    GDALDataset *dataset = open_source(source);
    if (dataset == nullptr)
        return;
    const SourceView view = vrt_access::view_source(*source);
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

void LiveVrt::visit_band(GDALRasterBand *band, const Frame &frame)
{
    auto sourced = dynamic_cast<VRTSourcedRasterBand *>(band);
    if (sourced == nullptr) {
        give_up("a band has no sources that can be followed");
        return;
    }
    traits.derived |= dynamic_cast<VRTDerivedRasterBand *>(band) != nullptr;
    bool only_simple;
    const auto sources = vrt_access::simple_sources(*sourced, &only_simple);
    if (!only_simple)
        give_up("a source is not a raster");
    for (VRTSimpleSource *source : sources)
        visit_source(source, frame);
}

/** What the mask of a band is read from: sources of its own; or, where it
 * follows from nodata or alpha, the bands. */
void LiveVrt::visit_mask(GDALRasterBand *band, const Frame &frame)
{
    GDALRasterBand *mask = band->GetMaskBand();
    if (dynamic_cast<VRTSourcedRasterBand *>(mask) != nullptr) {
        visit_band(mask, frame);
    } else if (band->GetMaskFlags() & GMF_ALPHA) {
        GDALDataset *dataset = band->GetDataset();
        visit_band(dataset->GetRasterBand(dataset->GetRasterCount()), frame);
    } else if (band->GetMaskFlags() == GMF_PER_DATASET && frame.depth == 0) {
        traits.mask_beside = true;
    }
}

void LiveVrt::visit_warped(VRTWarpedDataset *dataset, const Frame &outer)
{
    Frame frame;
    frame.depth = outer.depth + 1;
    GDALDatasetH &slot = vrt_access::warp_source_of(*dataset);
    GDALDataset *below = GDALDataset::FromHandle(slot);
    traits.unmapped = true;
    if (below == nullptr) {
        give_up("a warped dataset reads nothing");
        return;
    }
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
void LiveVrt::visit_input(GDALRasterBand *band, const Frame &frame, Swap swap)
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

void LiveVrt::visit_pansharpened(const vrt_access::PansharpenInputs &inputs,
                                 const Frame &outer)
{
    if (inputs.panchromatic == nullptr)
        return;
    Frame frame;
    frame.depth = outer.depth + 1;
    traits.unmapped = true;
    Swap slot{};
    slot.handle = inputs.panchromatic;
    visit_input(GDALRasterBand::FromHandle(*inputs.panchromatic), frame, slot);
    for (GDALRasterBand *&band : *inputs.spectral) {
        slot.handle = nullptr;
        slot.band = &band;
        visit_input(band, frame, slot);
    }
}

void LiveVrt::visit_dataset(VRTDataset *dataset, const Frame &frame)
{
    if (auto warped = dynamic_cast<VRTWarpedDataset *>(dataset)) {
        visit_warped(warped, frame);
        return;
    }
    visit_pansharpened(vrt_access::pansharpen_inputs_of(*dataset), frame);
    for (int i = 1; i <= dataset->GetRasterCount(); i++)
        if (!is_pansharpened(dataset->GetRasterBand(i)))
            visit_band(dataset->GetRasterBand(i), frame);
    if (dataset->GetRasterCount() > 0)
        visit_mask(dataset->GetRasterBand(1), frame);
}

bool LiveVrt::put_in()
{
    for (Leaf *leaf : leaves)
        proxies[leaf] = GDALDataset::FromHandle(leaf_dataset_new(leaf));
    for (const Swap &swap : swaps) {
        GDALDataset *proxy = proxies[swap.leaf];
        GDALRasterBand *band =
            swap.number > 0 ? proxy->GetRasterBand(swap.number) : nullptr;
        if (swap.is_mask)
            band = band->GetMaskBand();
        if (swap.band != nullptr)
            *swap.band = band;
        else
            *swap.handle = band != nullptr ? GDALRasterBand::ToHandle(band)
                                           : GDALDataset::ToHandle(proxy);
    }
    return true;
}

void LiveVrt::take_out()
{
    for (const Swap &swap : swaps)
        if (swap.handle != nullptr)
            *swap.handle = swap.live;
        else
            *swap.band = static_cast<GDALRasterBand *>(swap.live);
    for (const auto &proxy : proxies)
        GDALClose(GDALDataset::ToHandle(proxy.second));
    proxies.clear();
}

LiveVrt::~LiveVrt()
{
    take_out();
    for (Leaf *leaf : leaves)
        leaf_free(leaf);
    for (const Held &one : held)
        vrt_access::let_go_underlying(one.proxy, one.underlying);
}

extern "C" bool live_vrt_is(GDALDatasetH dataset)
{
    return dynamic_cast<VRTDataset *>(GDALDataset::FromHandle(dataset)) !=
           nullptr;
}

extern "C" LiveVrt *live_vrt_open(GDALDatasetH source, char *reason,
                                  size_t reason_nbytes)
{
    reason[0] = '\0';
    auto dataset = dynamic_cast<VRTDataset *>(GDALDataset::FromHandle(source));
    if (dataset == nullptr)
        return nullptr;
    std::unique_ptr<LiveVrt> vrt(new LiveVrt(dataset));
    vrt->visit_dataset(dataset, frame_of_output(dataset->GetRasterXSize(),
                                                dataset->GetRasterYSize()));
    if (vrt->out_of_memory)
        vrt->reason = "out of memory";
    CPLStrlcpy(reason, vrt->reason.c_str(), reason_nbytes);
    return vrt->out_of_memory || vrt->leaves.empty() ? nullptr : vrt.release();
}

extern "C" void live_vrt_close(LiveVrt *vrt)
{
    delete vrt;
}

extern "C" bool live_vrt_enter(LiveVrt *vrt)
{
    return vrt->put_in();
}

extern "C" LiveVrtTraits live_vrt_traits(const LiveVrt *vrt)
{
    return vrt->traits;
}

extern "C" int live_vrt_leaves(const LiveVrt *vrt, Leaf *const **leaves)
{
    *leaves = vrt->leaves.data();
    return static_cast<int>(vrt->leaves.size());
}

extern "C" void live_vrt_set_limit(LiveVrt *vrt, uint64_t nbytes)
{
    for (Leaf *leaf : vrt->leaves)
        if (!leaf_is_placed(leaf))
            leaf_set_limit(leaf, nbytes / vrt->leaves.size());
}

extern "C" void live_vrt_drop_behind(LiveVrt *vrt, const Plan *plan,
                                     const Window *done)
{
    for (Leaf *leaf : vrt->leaves)
        leaf_drop_behind(leaf, plan, done);
}

extern "C" void live_vrt_count(const LiveVrt *vrt, int64_t *decodes,
                               int64_t *again)
{
    for (const Leaf *leaf : vrt->leaves)
        leaf_count(leaf, decodes, again);
}
