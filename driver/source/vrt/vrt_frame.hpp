/* SPDX-License-Identifier: MIT */
/** @file
 * Where the pixels of a VRT in a VRT lie in the output.
 */
#ifndef ROWBAND_VRT_FRAME_HPP
#define ROWBAND_VRT_FRAME_HPP

#include "affine_placement.h"
#include "vrt_access.hpp"
#include "vrt_warp.hpp"

/** Of the dataset under examination, as if it were a leaf. */
struct Frame {
    bool mapped = false; /**< else nothing below is known */
    Affine place{};
    /* Pixels of the VRT, from 0 on, after which one begins with a pixel of the
     * dataset; 1 if none does. */
    int64_t step_x = 1, step_y = 1;
    bool reduced = false; /**< it is read in fewer pixels than it has */
    int depth = 0;
    /* Where it lies below a warp, that, and the place in what is warped: then
     * it is not mapped. */
    std::shared_ptr<const vrt_warp::Warp> warp{};
    Affine below{};
};

/** @return whether both say the same */
bool frame_equal(const Frame &a, const Frame &b);
bool is_same_place(const Affine &p, const Affine &q);

/** The output itself, of that size. */
Frame frame_of_output(int width, int height);

/** A dataset of that size that is warped, @p depth VRTs deep.
 * @param warp NULL: nothing is known of it */
Frame frame_of_warped(std::shared_ptr<const vrt_warp::Warp> warp, int width,
                      int height, int depth);

/** The dataset of that size behind a source of the VRT in @p outer. */
Frame frame_of(const Frame &outer, const vrt_access::SourceView &source,
               int width, int height);

/** An overview of the dataset in @p base. */
Frame frame_of_overview(const Frame &base, int width, int height,
                        int overview_width, int overview_height);

/** Of a band that GDAL reads in whole blocks, as it does the masks that it
 * computes from nodata unless it is asked for bytes. */
Frame frame_of_blocks(const Frame &frame, GDALRasterBand &band);

/** @return whether the source resamples other than by the nearest pixel */
bool has_kernel(const vrt_access::SourceView &source);

/** @return whether pixels of the dataset in that frame are those of the output
 */
bool frame_is_one_to_one(const Frame &frame);

/** @return whether GDAL reads fewer pixels of the dataset in @p inner than
 * there are, to make those of @p outer */
bool frame_is_reduced(const Frame &inner, const Frame &outer);

/** @param step 0: none yet
 * @return a step that is one of both */
int64_t common_step(int64_t step, int64_t other);

/** @return whether the pixels of a source of the VRT in @p outer may depend on
 * the window of the output that is read */
bool depends_on_window(const vrt_access::SourceView &source,
                       const Frame &outer);

#endif
