/* SPDX-License-Identifier: MIT */
#include "warp_threads.hpp"

#include "cpl_minixml.h"
#include "cpl_string.h"
#include "gdal_alg_priv.h"
#include "silence.hpp"

#include <utility>
#include <vector>

namespace
{

/* Along each side of a raster, at which a copy of a transformer is compared. */
enum { POINTS_ACROSS = 17 };

struct Destroy {
    void operator()(GDALWarpOptions *options) const
    {
        GDALDestroyWarpOptions(options);
    }
    void operator()(CPLXMLNode *tree) const
    {
        CPLDestroyXMLNode(tree);
    }
    void operator()(void *transformer) const
    {
        GDALDestroyTransformer(transformer);
    }
};

using Transformer = std::unique_ptr<void, Destroy>;

/** @return whether the transformer computes and does nothing else: a model of
 * heights, or an array of places, is read, which may fail */
bool only_computes(const GDALWarpOptions &options)
{
    const std::unique_ptr<CPLXMLNode, Destroy> tree(GDALSerializeTransformer(
        options.pfnTransformer, options.pTransformerArg));
    return tree != nullptr &&
           CPLSearchXMLNode(tree.get(), "RPCTransformer") == nullptr &&
           CPLSearchXMLNode(tree.get(), "GeoLocTransformer") == nullptr;
}

/** A copy as another thread makes it, which knows no options of this one. */
Transformer copy_of(void *transformer)
{
    char **own = CPLGetThreadLocalConfigOptions();
    CPLSetThreadLocalConfigOptions(nullptr);
    Transformer copy(GDALCloneTransformer(transformer));
    CPLSetThreadLocalConfigOptions(own);
    CSLDestroy(own);
    return copy;
}

/** Where a row of the warped raster comes from. */
struct Row {
    double x[POINTS_ACROSS]{}, y[POINTS_ACROSS]{}, z[POINTS_ACROSS]{};
    int found[POINTS_ACROSS]{};

    Row(GDALTransformerFunc transform, void *transformer, double width,
        double at)
    {
        for (int i = 0; i < POINTS_ACROSS; i++) {
            x[i] = width * i / (POINTS_ACROSS - 1);
            y[i] = at;
        }
        transform(transformer, TRUE, POINTS_ACROSS, x, y, z, found);
    }

    bool operator==(const Row &other) const
    {
        for (int i = 0; i < POINTS_ACROSS; i++)
            if ((found[i] != 0) != (other.found[i] != 0) ||
                (found[i] && (x[i] != other.x[i] || y[i] != other.y[i])))
                return false;
        return true;
    }
};

/** What was asked for by configuration when the warp was made may be gone. */
bool gives_same_places(GDALDataset &dataset, const GDALWarpOptions &options,
                       void *copy)
{
    const double width = dataset.GetRasterXSize();
    for (int i = 0; i < POINTS_ACROSS; i++) {
        const double y = static_cast<double>(dataset.GetRasterYSize()) * i /
                         (POINTS_ACROSS - 1);
        if (!(Row(options.pfnTransformer, options.pTransformerArg, width, y) ==
              Row(options.pfnTransformer, copy, width, y)))
            return false;
    }
    return true;
}

} // namespace

WarpThreads::WarpThreads(GDALWarpOperation &live,
                         std::unique_ptr<GDALWarpOperation> of)
    : m_live(live), m_of(std::move(of))
{
    std::swap(vrt_access::warp_threads_of(m_live),
              vrt_access::warp_threads_of(*m_of));
}

WarpThreads::~WarpThreads()
{
    std::swap(vrt_access::warp_threads_of(m_live),
              vrt_access::warp_threads_of(*m_of));
}

std::unique_ptr<WarpThreads> warp_threads_add(VRTWarpedDataset &dataset,
                                              int threads)
{
    GDALWarpOperation &live = vrt_access::warper_of(dataset);
    const GDALWarpOptions *own = live.GetOptions();
    const Silence silence;
    if (threads < 2 || own == nullptr ||
        CSLFetchNameValue(own->papszWarpOptions, "NUM_THREADS") != nullptr ||
        !only_computes(*own))
        return nullptr;
    const Transformer copy = copy_of(own->pTransformerArg);
    if (copy == nullptr || !gives_same_places(dataset, *own, copy.get()))
        return nullptr;
    const std::unique_ptr<GDALWarpOptions, Destroy> options(
        GDALCloneWarpOptions(own));
    options->papszWarpOptions = CSLSetNameValue(
        options->papszWarpOptions, "NUM_THREADS", CPLSPrintf("%d", threads));
    auto of = std::make_unique<GDALWarpOperation>();
    if (of->Initialize(options.get()) != CE_None)
        return nullptr;
    return std::make_unique<WarpThreads>(live, std::move(of));
}
