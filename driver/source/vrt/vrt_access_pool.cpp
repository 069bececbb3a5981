/* SPDX-License-Identifier: MIT */
#include "vrt_access.hpp"

/* What of vrt_access.hpp is about the proxies of GDAL's pool. */

namespace
{

/* Never made: names for protected members. */
struct ProxyMembers : GDALProxyDataset {
    static GDALDataset *ref(const GDALProxyDataset &proxy)
    {
        return (proxy.*&ProxyMembers::RefUnderlyingDataset)();
    }

    static void unref(const GDALProxyDataset &proxy, GDALDataset *underlying)
    {
        (proxy.*&ProxyMembers::UnrefUnderlyingDataset)(underlying);
    }
};

struct ProxyBandMembers : GDALProxyRasterBand {
    static GDALRasterBand *ref(const GDALProxyRasterBand &proxy)
    {
#if GDAL_VERSION_NUM >= GDAL_COMPUTE_VERSION(3, 9, 0)
        return (proxy.*&ProxyBandMembers::RefUnderlyingRasterBand)(true);
#else
        return (proxy.*&ProxyBandMembers::RefUnderlyingRasterBand)();
#endif
    }

    static void unref(const GDALProxyRasterBand &proxy,
                      GDALRasterBand *underlying)
    {
        (proxy.*&ProxyBandMembers::UnrefUnderlyingRasterBand)(underlying);
    }
};

} // namespace

namespace vrt_access
{

bool is_new_of_pool(GDALDataset &dataset)
{
    /* One that is not shared may be found in the pool, opened for another. */
    return dynamic_cast<GDALProxyPoolDataset *>(&dataset) != nullptr &&
           dataset.GetShared() && dataset.GetRefCount() == 1;
}

GDALDataset *hold_underlying(GDALDataset *dataset)
{
    auto proxy = dynamic_cast<GDALProxyPoolDataset *>(dataset);
    /* One that is not shared is opened again by whoever asks while it is held,
     * and the pool loses count: see GDALDatasetPool::_RefDataset(). */
    return proxy != nullptr && proxy->GetShared() ? ProxyMembers::ref(*proxy)
                                                  : nullptr;
}

void let_go_underlying(GDALDataset *proxy, GDALDataset *underlying)
{
    ProxyMembers::unref(*static_cast<GDALProxyDataset *>(proxy), underlying);
}

GDALRasterBand *hold_underlying(GDALRasterBand *band)
{
    auto proxy = dynamic_cast<GDALProxyRasterBand *>(band);
    return proxy != nullptr ? ProxyBandMembers::ref(*proxy) : nullptr;
}

void let_go_underlying(GDALRasterBand *proxy, GDALRasterBand *underlying)
{
    ProxyBandMembers::unref(*static_cast<GDALProxyRasterBand *>(proxy),
                            underlying);
}

} // namespace vrt_access
