/* SPDX-License-Identifier: MIT */
/** @file
 * Looking into a VRT that is open: gdal_translate's own, mosaics, warped ones,
 * VRTs of VRTs. The VRT stays what it is and computes what it computes. While
 * it is read, each dataset at the bottom is replaced by a leaf, which decodes
 * each block once; afterwards everything is as it was.
 *
 * All of it is for the thread that the VRT belongs to.
 */
#ifndef ROWBAND_LIVE_VRT_H
#define ROWBAND_LIVE_VRT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ahead.h"
#include "gdal.h"
#include "holes.h"
#include "leaf.h"
#include "plan.h"

CPL_C_START

typedef struct LiveVrt LiveVrt;

/** What reading a VRT takes. */
typedef struct LiveVrtTraits {
    bool unmapped; /**< some leaf does not lie in the output by shift and scale,
                        as below a warped VRT, whose own blocks then pass
                        GDAL's cache */
    bool unplaced; /**< nor is it known which windows need which blocks */
    uint64_t warp_cells_nbytes; /**< that knowing it of warps takes */
    uint64_t warp_call_nbytes;  /**< that GDAL takes to warp a block */
    bool resampled; /**< it resamples, or its sources end within pixels: then a
                         pixel may depend on the window that it is read in */
    int64_t step_x, step_y; /**< output pixels, from 0 on, after which one
                                 begins with a pixel of each dataset that is
                                 resampled; 0 if none is */
    bool packed; /**< what is read in cells is read into packed buffers: see
                      live_vrt_traits() */
    bool mask_beside; /**< it has a mask in a file beside it */
    bool derived;     /**< a pixel function makes a band */
} LiveVrtTraits;

/** @return whether the mask of a VRT's band is made of sources, as the band is
 */
bool live_vrt_has_sources_of_mask(GDALRasterBandH band);

/** Finds the leaves of @p source, which stays the caller's and is not changed.
 * Sources that are not open yet are opened, as they would be to be read.
 * @param[out] reason why some of it is read as it is; "" if none is
 * @return NULL if it is no VRT, nothing of it can be reached, or there is no
 *         memory */
LiveVrt *live_vrt_open(GDALDatasetH source, char *reason, size_t reason_nbytes);

/** Takes the leaves out, if they are in, and frees them. */
void live_vrt_close(LiveVrt *vrt);

/** Before live_vrt_enter(): in how many threads to warp. */
void live_vrt_set_threads(LiveVrt *vrt, int threads);

/** Puts the leaves in the place of the datasets.
 * @return false if there is no memory; then none is in its place */
bool live_vrt_enter(LiveVrt *vrt);

/** Takes them out again; nothing is read through them afterwards. */
void live_vrt_leave(LiveVrt *vrt);

/** GDAL 3.6 clears the caller's buffer of a derived band as if it were packed
 * (frmts/vrt/vrtderivedrasterband.cpp: IRasterIO()), and shifts what is
 * pansharpened by parts of pixels only if the buffer is not
 * (frmts/vrt/vrtpansharpened.cpp: IRasterIO()). A leaf that resamples by itself
 * may do either. */
LiveVrtTraits live_vrt_traits(const LiveVrt *vrt);

/** @param[out] leaves the datasets behind it, owned by @p vrt
 * @return how many there are */
int live_vrt_leaves(const LiveVrt *vrt, Leaf *const **leaves);

/** @param[out] leaves those that may be decoded ahead; of @p vrt
 * @param[out] why_not why there are none: a constant
 * @return how many there are */
int live_vrt_ahead(const LiveVrt *vrt, const AheadLeaf **leaves,
                   const char **why_not);

/** Before anything is read: the bytes that leaves without a known place may
 * hold together. */
void live_vrt_set_limit(LiveVrt *vrt, uint64_t nbytes);

/** Drops the decoded blocks that no window after @p done needs, all before
 * which are read. */
void live_vrt_drop_behind(LiveVrt *vrt, const Plan *plan, const Window *done);

/** Drops the blocks of warped datasets that GDAL's cache holds, where not all
 * that was read of them is the bands'. */
void live_vrt_drop_warped(const LiveVrt *vrt);

/** Fills @p holes wherever a source may show.
 * @return false if that is not known */
bool live_vrt_fill_holes(const LiveVrt *vrt, Holes *holes);

/** @return how many files there are besides that are opened when they are
 * needed
 * @param[out] index_nbytes what the index of them takes */
size_t live_vrt_late_files(const LiveVrt *vrt, uint64_t *index_nbytes);

/** How one of them lies in the output, as one block.
 * @param[out] pixel_nbytes of its bands that are read, as far as is known */
PlacedBlocks live_vrt_late_file(const LiveVrt *vrt, size_t file,
                                uint64_t *pixel_nbytes);

/** @return whether one of them is the file at @p path */
bool live_vrt_has_late_file(const LiveVrt *vrt, const char *path);

/** Before they are read: those that show only what holes_skip() says are not
 * needed.
 * @param holes must outlive it; or NULL */
void live_vrt_skip_late(LiveVrt *vrt, const Holes *holes, int64_t margin);

/** Before they are read, once the plan is known.
 * @return false if there is no memory */
bool live_vrt_begin_late(LiveVrt *vrt, const Plan *plan);

/** Decodes what @p window needs of them, on a reader's thread, as far as that
 * goes. */
void live_vrt_decode_late(LiveVrt *vrt, const Window *window,
                          const GoOn *go_on);

/** Before @p window is read: has them decoded, and in their places until
 * live_vrt_drop_behind().
 * @return CE_Failure after GDAL has reported why */
CPLErr live_vrt_enter_late(LiveVrt *vrt, const Window *window);

/** Adds up decodes, and those that were not the first of their block.
 * @return false if drivers may decode more than that: see leaf_count() */
bool live_vrt_count(const LiveVrt *vrt, int64_t *decodes, int64_t *again);

CPL_C_END

#endif
