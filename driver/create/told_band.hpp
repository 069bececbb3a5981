/* SPDX-License-Identifier: MIT */
/** @file
 * A band of a dataset of Create() in all but how pixels are read and written.
 * Pixels, masks and overviews are one dataset's, and so is what is counted of
 * pixels. All else is told to another dataset, and what pixels, masks and
 * overviews depend on to both.
 */
#ifndef ROWBAND_TOLD_BAND_HPP
#define ROWBAND_TOLD_BAND_HPP

#include "created_mask.hpp"
#include "error_trap.h"
#include "guard.hpp"
#include "spooled_band.hpp"

#include "cpl_string.h"
#include "gdal_pam.h"
#include "gdal_priv.h"
#include "gdal_proxy.h"

#include <algorithm>
#include <cstring>
#include <iterator>

/* Lists are char ** up to GDAL 3.12, CSLConstList in 3.13: whichever it is. */
template <class Class, class List>
List told_list_of(CPLVirtualMem *(Class::*)(GDALRWFlag, int *, GIntBig *,
                                            List));
template <class Class, class List>
List told_list_of(CPLErr (Class::*)(List, const char *));

/* Whether GTiff has begun to write the file. */
inline bool told_is_begun(GDALRasterBand *band)
{
    const char *offset = band->GetMetadataItem("IFD_OFFSET", "TIFF");
    return offset != nullptr && std::strcmp(offset, "0") != 0;
}

/* Once it has, GTiff takes some of what it is told otherwise. */
inline void told_keep_pace(GDALRasterBand *raw, GDALRasterBand *told)
{
    if (told_is_begun(raw) && !told_is_begun(told))
        (void)told->GetOverviewCount();
}

class ToldBand final : public SpooledBand
{
  public:
    /* The bands and @p io must outlive this one's use. */
    ToldBand(GDALDataset *dataset, int number, GDALRasterBand *raw,
             GDALRasterBand *told, SpoolIo *io)
        : SpooledBand(dataset, number, raw, io), m_told(told)
    {
        copy_colours();
    }

    /* Of pixels. */

    CPLErr ComputeStatistics(int approximate, double *min, double *max,
                             double *mean, double *deviation,
                             GDALProgressFunc progress, void *user) override
    {
        return with_statistics([&] {
            return m_raw->ComputeStatistics(approximate, min, max, mean,
                                            deviation, progress, user);
        });
    }

    CPLErr GetStatistics(int approximate, int force, double *min, double *max,
                         double *mean, double *deviation) override
    {
        return with_statistics([&] {
            return m_raw->GetStatistics(approximate, force, min, max, mean,
                                        deviation);
        });
    }

    CPLErr ComputeRasterMinMax(int approximate, double *min_max) override
    {
        return with_statistics(
            [&] { return m_raw->ComputeRasterMinMax(approximate, min_max); });
    }

    CPLErr GetHistogram(double min, double max, int count, GUIntBig *counts,
                        int beyond, int approximate, GDALProgressFunc progress,
                        void *user) override
    {
        return with_histograms([&] {
            return m_raw->GetHistogram(min, max, count, counts, beyond,
                                       approximate, progress, user);
        });
    }

    CPLErr GetDefaultHistogram(double *min, double *max, int *count,
                               GUIntBig **counts, int force,
                               GDALProgressFunc progress, void *user) override
    {
        return with_histograms([&] {
            return m_raw->GetDefaultHistogram(min, max, count, counts, force,
                                              progress, user);
        });
    }

    CPLErr SetDefaultHistogram(double min, double max, int count,
                               GUIntBig *counts) override
    {
        return with_histograms([&] {
            return m_raw->SetDefaultHistogram(min, max, count, counts);
        });
    }

    using MemOptions =
        decltype(told_list_of(&GDALRasterBand::GetVirtualMemAuto));

    CPLVirtualMem *GetVirtualMemAuto(GDALRWFlag flag, int *pixel_nbytes,
                                     GIntBig *row_nbytes,
                                     MemOptions options) override
    {
        return m_raw->GetVirtualMemAuto(flag, pixel_nbytes, row_nbytes,
                                        options);
    }

    /* Not virtual in GDAL 3.6; later a proxy passes them on. */
    GDALRasterBlock *GetLockedBlockRef(int x, int y, int just_initialize = 0)
    {
        return m_raw->GetLockedBlockRef(x, y, just_initialize);
    }

    GDALRasterBlock *TryGetLockedBlockRef(int x, int y)
    {
        return m_raw->TryGetLockedBlockRef(x, y);
    }

    CPLErr FlushBlock(int x, int y, int write_dirty = 1)
    {
        return m_raw->FlushBlock(x, y, write_dirty);
    }

#if GDAL_VERSION_NUM >= GDAL_COMPUTE_VERSION(3, 10, 0)
    CPLErr InterpolateAtPoint(double x, double y, GDALRIOResampleAlg method,
                              double *real, double *imaginary) const override
    {
        return m_raw->InterpolateAtPoint(x, y, method, real, imaginary);
    }
#endif

#if GDAL_VERSION_NUM >= GDAL_COMPUTE_VERSION(3, 11, 0)
    CPLErr ComputeRasterMinMaxLocation(double *min, double *max, int *min_x,
                                       int *min_y, int *max_x,
                                       int *max_y) override
    {
        return m_raw->ComputeRasterMinMaxLocation(min, max, min_x, min_y, max_x,
                                                  max_y);
    }
#endif

    /* Masks. */

    int GetMaskFlags() override
    {
        return m_raw->GetMaskFlags();
    }

    CPLErr CreateMaskBand(int flags) override
    {
        return guard(CE_Failure,
                     [&] { return created_mask_make(m_raw, m_told, flags); });
    }

    /* Overviews. */

    int HasArbitraryOverviews() override
    {
        return FALSE;
    }

    int GetOverviewCount() override
    {
        return m_raw->GetOverviewCount();
    }

    GDALRasterBand *GetOverview(int number) override
    {
        return m_raw->GetOverview(number);
    }

    GDALRasterBand *GetRasterSampleOverview(GUIntBig samples) override
    {
        return m_raw->GetRasterSampleOverview(samples);
    }

    CPLErr BuildOverviews(const char *resampling, int count, const int *factors,
                          GDALProgressFunc progress, void *user,
                          CSLConstList options) override
    {
        return GDALRasterBand::BuildOverviews(resampling, count, factors,
                                              progress, user, options);
    }

    /* What both are told. */

    CPLErr SetColorTable(GDALColorTable *table) override
    {
        const CPLErr err = tell([&] { return told()->SetColorTable(table); });
        set_silently([&] { return m_raw->SetColorTable(table); });
        copy_colours();
        return err;
    }

    CPLErr SetColorInterpretation(GDALColorInterp colour) override
    {
        const CPLErr err =
            tell([&] { return told()->SetColorInterpretation(colour); });
        copy_colours();
        return err;
    }

    CPLErr SetNoDataValue(double value) override
    {
        const CPLErr err = tell([&] { return told()->SetNoDataValue(value); });
        set_silently([&] { return m_raw->SetNoDataValue(value); });
        return err;
    }

    CPLErr DeleteNoDataValue() override
    {
        const CPLErr err = tell([&] { return told()->DeleteNoDataValue(); });
        set_silently([&] { return m_raw->DeleteNoDataValue(); });
        return err;
    }

    /* GDALProxyRasterBand of GDAL 3.6 leaves these out. */
    int64_t GetNoDataValueAsInt64(int *has) override
    {
        return told()->GetNoDataValueAsInt64(has);
    }

    uint64_t GetNoDataValueAsUInt64(int *has) override
    {
        return told()->GetNoDataValueAsUInt64(has);
    }

    CPLErr SetNoDataValueAsInt64(int64_t value) override
    {
        const CPLErr err =
            tell([&] { return told()->SetNoDataValueAsInt64(value); });
        set_silently([&] { return m_raw->SetNoDataValueAsInt64(value); });
        return err;
    }

    CPLErr SetNoDataValueAsUInt64(uint64_t value) override
    {
        const CPLErr err =
            tell([&] { return told()->SetNoDataValueAsUInt64(value); });
        set_silently([&] { return m_raw->SetNoDataValueAsUInt64(value); });
        return err;
    }

    const char *GetDescription() const override
    {
        return told()->GetDescription();
    }

    void SetDescription(const char *description) override
    {
        told()->SetDescription(description);
    }

  protected:
    GDALRasterBand *const m_told;

    /* The one is GDAL 3.6's, the other later ones'. */
    GDALRasterBand *RefUnderlyingRasterBand() const
    {
        return told();
    }

    GDALRasterBand *RefUnderlyingRasterBand(bool) const
    {
        return told();
    }

    int IGetDataCoverageStatus(int x, int y, int width, int height, int stop_at,
                               double *percent) override
    {
        return m_raw->GetDataCoverageStatus(x, y, width, height, stop_at,
                                            percent);
    }

  private:
    GDALRasterBand *told() const
    {
        told_keep_pace(m_raw, m_told);
        return m_told;
    }

    /* What GTiff reports of the file that is told is of the target. */
    template <class Set> CPLErr tell(const Set &set)
    {
        ErrorTrap trap;
        error_trap_begin(&trap, TRAP_NOTHING);
        error_trap_rename(&trap, m_told->GetDataset()->GetDescription(),
                          GetDataset()->GetDescription());
        const CPLErr err = guard(CE_Failure, set);
        error_trap_end(&trap);
        return err;
    }

    /* What GDAL thinks of a setter of the spool's is of no interest: the other
     * dataset has been asked already. */
    template <class Set> static void set_silently(const Set &set)
    {
        ErrorTrap trap;
        error_trap_begin(&trap, TRAP_ALL);
        (void)guard(CE_Failure, set);
        error_trap_end(&trap);
    }

    void copy_colours() const
    {
        set_silently([&] {
            return m_raw->SetColorInterpretation(
                m_told->GetColorInterpretation());
        });
    }

    static bool is_statistic(const char *name)
    {
        static const char *const items[] = {
            "STATISTICS_MINIMUM",       "STATISTICS_MAXIMUM",
            "STATISTICS_MEAN",          "STATISTICS_STDDEV",
            "STATISTICS_VALID_PERCENT", "STATISTICS_APPROXIMATE"};
        return std::any_of(std::begin(items), std::end(items),
                           [&](const char *item) { return EQUAL(item, name); });
    }

    /* In the order in which GDAL says them. */
    static CPLStringList statistics_of(GDALRasterBand *band)
    {
        CPLStringList found;
        CSLConstList said = band->GetMetadata();
        for (; said != nullptr && *said != nullptr; said++) {
            char *name = nullptr;
            (void)CPLParseNameValue(*said, &name);
            if (name != nullptr && is_statistic(name))
                found.AddString(*said);
            CPLFree(name);
        }
        return found;
    }

    static void copy_statistics(GDALRasterBand *from, GDALRasterBand *to)
    {
        const CPLStringList wanted = statistics_of(from);
        const CPLStringList there = statistics_of(to);
        for (int i = 0; i < there.Count(); i++) {
            char *name = nullptr;
            (void)CPLParseNameValue(there[i], &name);
            if (wanted.FindName(name) < 0)
                to->SetMetadataItem(name, nullptr);
            CPLFree(name);
        }
        for (int i = 0; i < wanted.Count(); i++) {
            char *name = nullptr;
            const char *value = CPLParseNameValue(wanted[i], &name);
            const char *has = there.FetchNameValue(name);
            if (has == nullptr || std::strcmp(value, has) != 0)
                to->SetMetadataItem(name, value);
            CPLFree(name);
        }
    }

    /* Has the spool count pixels, knowing what statistics there are. */
    template <class Count> CPLErr with_statistics(const Count &count) const
    {
        copy_statistics(m_told, m_raw);
        const CPLErr err = count();
        copy_statistics(m_raw, m_told);
        /* Overviews keep what they were counted for. */
        for (int i = 0; told_is_begun(m_raw) && i < m_raw->GetOverviewCount();
             i++)
            if (m_told->GetOverview(i) != nullptr)
                copy_statistics(m_raw->GetOverview(i), m_told->GetOverview(i));
        return err;
    }

    /* The same of calls that the spool may keep histograms of, in what GDAL
     * writes beside it. Whenever it does, other things are written there as
     * well, which the other dataset knows. */
    template <class Count> CPLErr with_histograms(const Count &count) const
    {
        auto *kept = dynamic_cast<GDALPamDataset *>(m_raw->GetDataset());
        const int before = kept != nullptr ? kept->GetPamFlags() : 0;
        if (kept != nullptr)
            kept->SetPamFlags(before & ~GPF_DIRTY);
        const CPLErr err = with_statistics(count);
        const int after = kept != nullptr ? kept->GetPamFlags() : 0;
        if (kept != nullptr)
            kept->SetPamFlags(before | after);
        if ((after & GPF_DIRTY) != 0) {
            const CPLStringList names(CSLDuplicate(m_told->GetCategoryNames()));
            set_silently([&] {
                return m_told->SetCategoryNames(
                    const_cast<char **>(names.List()));
            });
        }
        return err;
    }
};

#endif
