/* SPDX-License-Identifier: MIT */
/** @file
 * What GDAL's VRT classes keep to themselves: where a source lies, which band
 * it reads, and what a warped or pansharpened dataset reads from. GDAL installs
 * the classes and exports them; members that are protected are named through a
 * class below their own, private ones in an explicit instantiation, which may
 * name them
 * ([temp.spec]). A version of GDAL in which one is called otherwise does not
 * compile this.
 */
#ifndef ROWBAND_VRT_ACCESS_HPP
#define ROWBAND_VRT_ACCESS_HPP

#include <string>
#include <vector>

#include "gdal_priv.h"
#include "gdal_proxy.h"
#include "gdalpansharpen.h"
#include "gdalwarper.h"
#include "vrtdataset.h"

namespace vrt_access
{

/** A rectangle as a VRT has it. */
struct Rect {
    double x, y, width, height;
};

/** What a source says of itself. */
struct SourceView {
    int band;     /**< number of the band that it reads, or whose mask */
    bool is_mask; /**< whether it reads the mask of the band */
    Rect from;    /**< in the band that it reads */
    Rect to;      /**< in the VRT */
    std::string type, resampling;
    int radius;     /**< pixels that a kernel of its own reaches beyond */
    bool uses_mask; /**< whether it leaves out what is masked */
};

/** The simple sources of a band.
 * @param[out] only_simple whether it has no others */
std::vector<VRTSimpleSource *> simple_sources(VRTSourcedRasterBand &band,
                                              bool *only_simple);

SourceView view_source(VRTSimpleSource &source);

/** The band that a source reads, to be looked at and replaced. Open: see
 * VRTSimpleSource::GetRasterBand(). */
GDALRasterBand *&band_of(VRTSimpleSource &source);

/** Likewise, but left as it is if it is not open: nullptr. */
GDALRasterBand *&slot_of(VRTSimpleSource &source);

/** What a source names, and how that is opened. */
const std::string &name_of(const VRTSimpleSource &source);
const char *const *open_options_of(VRTSimpleSource &source);

/** @return whether a source is of GDAL's own kinds, and asks its band for
 * nothing but its size, its type and pixels: those of a kernel, a mask or a
 * colour table are not */
bool copies_pixels(VRTSimpleSource &source);

/** What a source leaves out of the pixels that it reads. */
struct LeftOut {
    bool any;     /**< else it shows all of them */
    double value; /**< of pixels through which shows what is below */
};

/** @return whether a source shows whole numbers of @p type as they are, where
 * it lies pixel for pixel, but for those that it leaves out, or that are more
 * than most_of() it. Of other numbers
 * it may leave out more than one, or change what they are in bits. */
bool keeps_values(VRTSimpleSource &source, GDALDataType type,
                  LeftOut &left_out);

/** The largest sample that a source shows, if larger ones are made that; or 0
 */
int most_of(VRTSimpleSource &source);

/** @return whether both are opened by one name, alike */
bool is_same_file(VRTSimpleSource &a, VRTSimpleSource &b);

/** @return whether GDAL has opened the source before */
bool is_open(VRTSimpleSource &source);

/** Reports a source with which GDAL goes on without a look, and ends the
 * process: one that reads the mask of a band which its dataset does not have
 * (VRTSimpleSource::OpenSource(); the first is taken for granted), or is
 * filtered without a kernel (VRTKernelFilteredSource::FilterData()).
 * @return whether it may be opened and read */
bool check_source(VRTSimpleSource &source);

/** @return whether @p dataset is of GDAL's pool, and was made when its source
 *          was opened: no other source shares it yet */
bool is_new_of_pool(GDALDataset &dataset);

/** The dataset that a source reads the band of, or the mask of that band; NULL
 * if it has none. */
GDALDataset *dataset_of(VRTSimpleSource &source);

/** Has a source that reads a mask ask it something. GDALProxyPoolRasterBand::
 * FlushCache() of GDAL 3.6 lets go of what a mask's band was last asked of, and
 * is called whenever the VRT is: before anything was asked, the dataset of the
 * mask stays open for good. */
void settle_mask(VRTSimpleSource &source);

/** GDAL makes overviews of a VRT when it first reads it in fewer pixels, and
 * they keep what the VRT reads from then. This has it make them, if it will,
 * before that is replaced. */
void make_overviews(VRTDataset &dataset);

GDALWarpOperation &warper_of(VRTWarpedDataset &dataset);

/** What a warped dataset reads from, to be looked at and replaced. */
GDALDatasetH &warp_source_of(VRTWarpedDataset &dataset);

/** The threads in which a warp does the rows of a block, to be exchanged with
 * those of another: what that is GDAL alone knows. */
void *&warp_threads_of(GDALWarpOperation &warper);

/** @return whether @p band is one of a pansharpened dataset */
bool is_pansharpened(GDALRasterBand *band);

/** What a pansharpened dataset reads from, likewise: the panchromatic band, and
 * the spectral ones, which may be of a VRT that GDAL has put around them.
 * Nothing if it is not one. */
struct PansharpenInputs {
    GDALRasterBandH *panchromatic;
    std::vector<GDALRasterBand *> *spectral;
};
PansharpenInputs pansharpen_inputs_of(VRTDataset &dataset);

/** @return whether a file of that name may well be a VRT; whether it is one is
 * looked at when it is open */
bool may_be_vrt(const char *name);

/** Reports a mask that GDAL fails to open, which it takes for none, in
 * silence. */
void check_mask(GDALRasterBand &of);

/** Reports a band that a VRT calls warped and is in no warped dataset: GDAL
 * takes the dataset for one and reads what is not its own
 * (VRTWarpedRasterBand's constructor). */
void check_warped(GDALRasterBand &band);

/** The dataset behind a proxy of GDAL's pool, which stays open until
 * let_go_underlying(); NULL if @p dataset is no such proxy, is one of a source
 * that is not shared, or cannot be opened. */
GDALDataset *hold_underlying(GDALDataset *dataset);
void let_go_underlying(GDALDataset *proxy, GDALDataset *underlying);

/** The band that really reads, behind one of GDAL's pool or of its datasets of
 * one overview, which stays until let_go_underlying(); NULL if @p band is no
 * such proxy or cannot be opened. To be let go before another band of that
 * dataset is held, which may not be shared. */
GDALRasterBand *hold_underlying(GDALRasterBand *band);
void let_go_underlying(GDALRasterBand *proxy, GDALRasterBand *underlying);

} // namespace vrt_access

#endif
