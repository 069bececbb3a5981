/* SPDX-License-Identifier: MIT */
/** @file
 * The walk of vrt_walk.hpp while it is under way. vrt_walk.cpp follows sources,
 * vrt_walk_computed.cpp what is warped or pansharpened.
 */
#ifndef ROWBAND_VRT_WALKER_HPP
#define ROWBAND_VRT_WALKER_HPP

#include "vrt_frame.hpp"
#include "vrt_opener.hpp"
#include "vrt_walk.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

class Walk
{
  public:
    explicit Walk(VrtFindings &findings) : found(findings)
    {
        found.held.reserve(VrtOpener::held_max());
    }

    void visit_output(VRTDataset *dataset);

  private:
    VrtFindings &found;
    std::map<GDALDataset *, Leaf *> leaf_of{};
    std::set<void *> slots{};                         /**< that leaves go to */
    std::map<GDALDataset *, VRTDataset *> inner_of{}; /**< see inside() */
    std::map<VRTWarpedDataset *, std::shared_ptr<const vrt_warp::Warp>>
        warp_in{};                  /**< the place where it was last seen */
    std::vector<std::string> way{}; /**< names of the VRTs that we are in */
    VrtOpener opener{found.reason};
    int asked = 0;           /**< datasets that were open before */
    int visits = 0;          /**< of sources in VRTs in the VRT */
    bool any_kernel = false; /**< has_kernel() of a source */

    void visit_dataset(VRTDataset *dataset, const Frame &frame);

    /** Once all is visited: settles which files may wait. */
    void finish();
    void visit_band(GDALRasterBand *band, const Frame &frame);
    void visit_mask(GDALRasterBand *band, const Frame &frame);
    void visit_overviews(GDALRasterBand *band, const Frame &frame);
    void visit_source(VRTSimpleSource *source, const Frame &frame);
    bool leave_for_later(VRTSimpleSource *source, GDALRasterBand *band,
                         const Frame &frame);
    void visit_inner(VRTDataset *inner, const vrt_access::SourceView &view,
                     const Frame &outer);
    void visit_warped(VRTWarpedDataset *dataset, const Frame &outer);
    void visit_pansharpened(const vrt_access::PansharpenInputs &inputs,
                            const Frame &outer);
    void visit_input(GDALRasterBand *band, const Frame &frame, VrtSwap swap);
    void add_leaf_of_source(VRTSimpleSource *source,
                            vrt_access::SourceView view, const Frame &outer);
    void add_overviews(Leaf *leaf, GDALDataset *dataset, int band,
                       const Frame &inner, const Frame &outer);
    VRTDataset *inside(GDALDataset *dataset, const Frame &frame);
    Leaf *leaf_for(GDALDataset *dataset);
    void look_ahead(Leaf *leaf, GDALDataset *dataset,
                    const vrt_access::SourceView &view, const Frame &inner,
                    const Frame &outer);
    void note_resampling(const vrt_access::SourceView &view, const Frame &outer,
                         const Frame &inner);
    void place(Leaf *leaf, const Frame &frame);
    static Placement *warped_place(Leaf *leaf, const Frame &frame);
    std::shared_ptr<const vrt_warp::Warp> warp_of(VRTWarpedDataset &dataset,
                                                  const Frame &outer);
    void swap(const VrtSwap &swap);
    void give_up(const std::string &why);
};

#endif
