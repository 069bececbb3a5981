/* SPDX-License-Identifier: MIT */
/** @file
 * Opens the sources of a VRT that are not open yet, as GDAL would to read them.
 */
#ifndef ROWBAND_VRT_OPENER_HPP
#define ROWBAND_VRT_OPENER_HPP

#include <set>
#include <string>

#include "vrt_access.hpp"

class VrtOpener
{
  public:
    /** @param why_not is told why the first source does not open, if it is
     *         empty; must outlive this */
    explicit VrtOpener(std::string &why_not) : reason(why_not)
    {
    }

    /** The dataset of a source, opened if need be. A source that does not open
     * may not be needed; if it is, GDAL says so again. What else GDAL reports
     * is a failure.
     * @return NULL if it does not open */
    GDALDataset *open(VRTSimpleSource *source);

    /** @return whether the file of a source may stay closed until its pixels
     * are needed: once some have been opened, and not this one */
    bool may_wait(VRTSimpleSource *source) const;

    /** The names of what it has opened. */
    const std::set<std::string> &names() const
    {
        return opened_names;
    }

    /** How many VRTs that are looked into may be held open. Of what GDAL's pool
     * may hold, most is left to reading: see GDALDatasetPool::Ref(). */
    static size_t held_max();

    /** Reports what GDAL must not read of a dataset, which may be more than is
     * followed: see vrt_access::check_source(). */
    void check_all(VRTDataset &dataset);

    /** @return whether all that makes the pixels can be followed */
    bool can_follow(GDALRasterBand *band);
    bool can_follow(VRTDataset &dataset);

    /** @return whether GDAL's pool has opened it, by its name, for open() */
    bool is_new(GDALDataset *dataset) const
    {
        return opened_now.count(dataset) > 0;
    }

  private:
    std::string &reason;
    std::set<VRTSimpleSource *> checked{};
    std::set<VRTSimpleSource *> unopened{};
    std::set<GDALDataset *> opened_now{};
    std::set<std::string> opened_names{};

    /** vrt_access::check_source(), once for each.
     * @return whether GDAL may open it */
    bool check(VRTSimpleSource *source);
    void check_all(GDALRasterBand *band);
};

#endif
