/* SPDX-License-Identifier: MIT */
#include "vrt_access.hpp"

#include "error_trap.h"
#include "guarded.h"
#include "silence.hpp"

#include <cstring>
#include <typeinfo>

namespace
{

/* Never made: names for protected members. */
struct SimpleMembers : VRTSimpleSource {
    static const CPLString &name(const VRTSimpleSource &source)
    {
        return source.*&SimpleMembers::m_osSrcDSName;
    }

    static int most(const VRTSimpleSource &source)
    {
        return source.*&SimpleMembers::m_nMaxValue;
    }

    static vrt_access::SourceView view(const VRTSimpleSource &source)
    {
        vrt_access::SourceView view{};
        view.band = source.*&SimpleMembers::m_nBand;
        view.is_mask = source.*&SimpleMembers::m_bGetMaskBand;
        view.from = {source.*&SimpleMembers::m_dfSrcXOff,
                     source.*&SimpleMembers::m_dfSrcYOff,
                     source.*&SimpleMembers::m_dfSrcXSize,
                     source.*&SimpleMembers::m_dfSrcYSize};
        view.to = {source.*&SimpleMembers::m_dfDstXOff,
                   source.*&SimpleMembers::m_dfDstYOff,
                   source.*&SimpleMembers::m_dfDstXSize,
                   source.*&SimpleMembers::m_dfDstYSize};
        view.resampling = source.*&SimpleMembers::m_osResampling;
        return view;
    }
};

struct ComplexMembers : VRTComplexSource {
    static bool uses_mask(const VRTComplexSource &source)
    {
#if GDAL_VERSION_NUM >= GDAL_COMPUTE_VERSION(3, 8, 0)
        return (source.*&ComplexMembers::m_nProcessingFlags &
                PROCESSING_FLAG_USE_MASK_BAND) != 0;
#else
        return source.*&ComplexMembers::m_bUseMaskBand;
#endif
    }

    static vrt_access::LeftOut left_out(const VRTComplexSource &source)
    {
#if GDAL_VERSION_NUM >= GDAL_COMPUTE_VERSION(3, 8, 0)
        const bool any = (source.*&ComplexMembers::m_nProcessingFlags &
                          PROCESSING_FLAG_NODATA) != 0;
#else
        const bool any = source.*&ComplexMembers::m_bNoDataSet != 0;
#endif
        return {any, source.*&ComplexMembers::m_dfNoDataValue};
    }

    /* A power of what lies between the least and the largest sample, which the
     * band is asked for, or a colour of its table. */
    static bool asks_for_more(const VRTComplexSource &source)
    {
#if GDAL_VERSION_NUM >= GDAL_COMPUTE_VERSION(3, 8, 0)
        return (source.*&ComplexMembers::m_nProcessingFlags &
                (PROCESSING_FLAG_SCALING_EXPONENTIAL |
                 PROCESSING_FLAG_COLOR_TABLE_EXPANSION)) != 0;
#else
        return source.*&ComplexMembers::m_eScalingType ==
                   VRT_SCALING_EXPONENTIAL ||
               source.*&ComplexMembers::m_nColorTableComponent != 0;
#endif
    }
};

struct FilteredMembers : VRTFilteredSource {
    static int radius(const VRTFilteredSource &source)
    {
        return source.*&FilteredMembers::m_nExtraEdgePixels;
    }
};

struct KernelMembers : VRTKernelFilteredSource {
    static int size(const VRTKernelFilteredSource &source)
    {
        return source.*&KernelMembers::m_nKernelSize;
    }
};

/* Private members: each is named in the explicit instantiation below its
 * template, which defines the function that hands it out. */
template <auto Member> struct ReachRasterBand {
    friend GDALRasterBand *&private_band(VRTSimpleSource &source)
    {
        return source.*Member;
    }
};
GDALRasterBand *&private_band(VRTSimpleSource &source);
template struct ReachRasterBand<&VRTSimpleSource::m_poRasterBand>;

template <auto Member> struct ReachOpenOptions {
    friend CPLStringList &private_open_options(VRTSimpleSource &source)
    {
        return source.*Member;
    }
};
CPLStringList &private_open_options(VRTSimpleSource &source);
template struct ReachOpenOptions<&VRTSimpleSource::m_aosOpenOptions>;

template <auto Member> struct ReachWarper {
    friend GDALWarpOperation *private_warper(VRTWarpedDataset &dataset)
    {
        return dataset.*Member;
    }
};
GDALWarpOperation *private_warper(VRTWarpedDataset &dataset);
template struct ReachWarper<&VRTWarpedDataset::m_poWarper>;

template <auto Member> struct ReachThreads {
    friend void *&private_threads(GDALWarpOperation &warper)
    {
        return warper.*Member;
    }
};
void *&private_threads(GDALWarpOperation &warper);
template struct ReachThreads<&GDALWarpOperation::psThreadData>;

template <auto Member> struct ReachOptions {
    friend GDALPansharpenOptions *private_options(
        GDALPansharpenOperation &operation)
    {
        return operation.*Member;
    }
};
GDALPansharpenOptions *private_options(GDALPansharpenOperation &operation);
template struct ReachOptions<&GDALPansharpenOperation::psOptions>;

template <auto Member> struct ReachSpectral {
    friend std::vector<GDALRasterBand *> &private_spectral(
        GDALPansharpenOperation &operation)
    {
        return operation.*Member;
    }
};
std::vector<GDALRasterBand *> &private_spectral(
    GDALPansharpenOperation &operation);
template struct ReachSpectral<&GDALPansharpenOperation::aMSBands>;

bool has_band_of_mask(VRTSimpleSource &source)
{
    const vrt_access::SourceView view = SimpleMembers::view(source);
    if (!view.is_mask || view.band <= 1 || vrt_access::is_open(source))
        return true;
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_ALL);
    const GDALDatasetH dataset =
        guarded_open(SimpleMembers::name(source).c_str(), 0, nullptr,
                     private_open_options(source).List(), nullptr);
    const bool has =
        dataset == nullptr || GDALGetRasterCount(dataset) >= view.band;
    if (dataset != nullptr)
        GDALClose(dataset);
    error_trap_end(&trap);
    return has;
}

/* GDAL up to 3.7 or so says ComplexSource of one that has a kernel, too, and
 * exports nothing by which its class could be asked for. */
bool is_filtered(VRTSimpleSource &source)
{
    return strstr(typeid(source).name(), "FilteredSource") != nullptr;
}

bool has_kernel(VRTSimpleSource &source)
{
    return !is_filtered(source) ||
           KernelMembers::size(static_cast<VRTKernelFilteredSource &>(source)) >
               0;
}

} // namespace

namespace vrt_access
{

std::vector<VRTSimpleSource *> simple_sources(VRTSourcedRasterBand &band,
                                              bool *only_simple)
{
    std::vector<VRTSimpleSource *> found;
    *only_simple = true;
    const auto add = [&](VRTSource *source) {
        if (source->IsSimpleSource())
            found.push_back(static_cast<VRTSimpleSource *>(source));
        else
            *only_simple = false;
    };
#if GDAL_VERSION_NUM >= GDAL_COMPUTE_VERSION(3, 12, 0)
    for (const auto &source : band.m_papoSources)
        add(source.get());
#else
    for (int i = 0; i < band.nSources; i++)
        add(band.papoSources[i]);
#endif
    return found;
}

SourceView view_source(VRTSimpleSource &source)
{
    SourceView view = SimpleMembers::view(source);
    view.type = is_filtered(source) ? "KernelFilteredSource" : source.GetType();
    if (view.type == "ComplexSource" || view.type == "KernelFilteredSource")
        view.uses_mask =
            ComplexMembers::uses_mask(static_cast<VRTComplexSource &>(source));
    /* Makes nodata of what its mask leaves out; since GDAL 3.9. */
    if (view.type == "NoDataFromMaskSource")
        view.uses_mask = true;
    if (view.type == "KernelFilteredSource")
        view.radius =
            FilteredMembers::radius(static_cast<VRTFilteredSource &>(source));
    return view;
}

GDALRasterBand *&band_of(VRTSimpleSource &source)
{
    source.GetRasterBand();
    return private_band(source);
}

GDALRasterBand *&slot_of(VRTSimpleSource &source)
{
    return private_band(source);
}

const std::string &name_of(const VRTSimpleSource &source)
{
    return SimpleMembers::name(source);
}

const char *const *open_options_of(VRTSimpleSource &source)
{
    return private_open_options(source).List();
}

namespace
{

/* But for samples that are clipped. */
bool copies_samples(VRTSimpleSource &source)
{
    const std::type_info &type = typeid(source);
    return type == typeid(VRTSimpleSource) ||
           (type == typeid(VRTComplexSource) &&
            !ComplexMembers::asks_for_more(
                static_cast<VRTComplexSource &>(source)));
}

} // namespace

bool copies_pixels(VRTSimpleSource &source)
{
    return most_of(source) == 0 && copies_samples(source);
}

int most_of(VRTSimpleSource &source)
{
    return SimpleMembers::most(source);
}

bool keeps_values(VRTSimpleSource &source, GDALDataType type, LeftOut &left_out)
{
    left_out = {false, 0};
    if (!copies_samples(source))
        return false;
    if (typeid(source) == typeid(VRTSimpleSource))
        return true;
    /* GDAL reckons in floats, or in doubles for 32 bits, and takes a float for
     * nodata that is close to it (vrtsources.cpp: RasterIOInternal()). */
    const bool is_exact = GDALDataTypeIsInteger(type) &&
                          !GDALDataTypeIsComplex(type) &&
                          GDALGetDataTypeSizeBytes(type) <= 4;
    auto &complex = static_cast<VRTComplexSource &>(source);
    left_out = ComplexMembers::left_out(complex);
    return is_exact && !ComplexMembers::uses_mask(complex) &&
           complex.AreValuesUnchanged();
}

bool is_same_file(VRTSimpleSource &a, VRTSimpleSource &b)
{
    const std::string &name = name_of(a);
    const char *const *options = open_options_of(a);
    const char *const *others = open_options_of(b);
    int i = 0;
    if (name.empty() || name != name_of(b) ||
        (options == nullptr) != (others == nullptr))
        return false;
    if (options == nullptr)
        return true;
    while (options[i] != nullptr && others[i] != nullptr &&
           strcmp(options[i], others[i]) == 0)
        i++;
    return options[i] == others[i];
}

bool is_open(VRTSimpleSource &source)
{
    return private_band(source) != nullptr;
}

bool check_source(VRTSimpleSource &source)
{
    const char *what = nullptr;
    if (!has_band_of_mask(source))
        what = "reads the mask of a band that is not there";
    else if (!has_kernel(source))
        what = "is filtered without a kernel";
    if (what != nullptr)
        CPLError(CE_Failure, CPLE_AppDefined, "a source %s", what);
    return what == nullptr;
}

GDALDataset *dataset_of(VRTSimpleSource &source)
{
    GDALRasterBand *main = source.GetMaskBandMainBand();
    GDALRasterBand *band = main != nullptr ? main : source.GetRasterBand();
    return band != nullptr ? band->GetDataset() : nullptr;
}

void settle_mask(VRTSimpleSource &source)
{
    if (SimpleMembers::view(source).is_mask)
        source.GetRasterBand()->GetMaskFlags();
}

namespace
{

/* Each is a VRT that has overviews as well: smaller ones. */
void make_overviews_of(GDALRasterBand &band)
{
    for (int i = 0; i < band.GetOverviewCount(); i++) {
        auto overview =
            dynamic_cast<VRTSourcedRasterBand *>(band.GetOverview(i));
        if (overview != nullptr && overview->GetXSize() < band.GetXSize())
            make_overviews_of(*overview);
    }
}

} // namespace

void make_overviews(VRTDataset &dataset)
{
    GDALRasterBand *band = dataset.GetRasterBand(1);
    if (band == nullptr)
        return;
    /* A mask has no part in the overviews of a file beside the VRT: asked for
     * its own, GDAL makes those of all bands. */
    GDALRasterBand *mask =
        dynamic_cast<VRTSourcedRasterBand *>(band->GetMaskBand());
    /* GDAL takes a VRT in memory below another, neither with a name, for
     * itself, and says so; where it matters, it does so again. */
    const Silence silence;
    for (GDALRasterBand *one : {band, mask})
        if (one != nullptr)
            make_overviews_of(*one);
}

GDALWarpOperation &warper_of(VRTWarpedDataset &dataset)
{
    return *private_warper(dataset);
}

GDALDatasetH &warp_source_of(VRTWarpedDataset &dataset)
{
    return const_cast<GDALWarpOptions *>(warper_of(dataset).GetOptions())
        ->hSrcDS;
}

void *&warp_threads_of(GDALWarpOperation &warper)
{
    return private_threads(warper);
}

bool is_pansharpened(GDALRasterBand *band)
{
    /* Not a dynamic_cast to its class: GDAL does not export that. */
    auto of_vrt = dynamic_cast<VRTRasterBand *>(band);
    return of_vrt != nullptr && of_vrt->IsPansharpenRasterBand();
}

PansharpenInputs pansharpen_inputs_of(VRTDataset &dataset)
{
    GDALPansharpenOperation *operation = nullptr;
    for (int i = 1; i <= dataset.GetRasterCount(); i++)
        if (is_pansharpened(dataset.GetRasterBand(i)))
            operation = static_cast<VRTPansharpenedDataset &>(dataset)
                            .GetPansharpener();
    if (operation == nullptr)
        return {nullptr, nullptr};
    return {&private_options(*operation)->hPanchroBand,
            &private_spectral(*operation)};
}

bool may_be_vrt(const char *name)
{
    return EQUAL(CPLGetExtension(name), "vrt") ||
           STARTS_WITH_CI(name, "vrt://") || STARTS_WITH(name, "<VRTDataset");
}

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

void check_warped(GDALRasterBand &band)
{
    if (dynamic_cast<VRTWarpedRasterBand *>(&band) != nullptr &&
        dynamic_cast<VRTWarpedDataset *>(band.GetDataset()) == nullptr)
        CPLError(CE_Failure, CPLE_AppDefined,
                 "a warped band in %s, which warps nothing",
                 band.GetDataset()->GetDescription());
}

} // namespace vrt_access
