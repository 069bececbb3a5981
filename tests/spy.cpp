/* SPDX-License-Identifier: MIT */
#include "spy.h"
#include "spy_tally.hpp"
#include "spy_work.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cinttypes>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gdal_priv.h>

namespace
{

std::mutex tallies_mutex;
std::map<std::string, Tallies> tallies_by_id;

/** The tally of one kind for an id; a new one if the number of blocks is not
 * what it was. */
std::shared_ptr<Tally> share(std::shared_ptr<Tally> &slot, size_t blocks)
{
    if (!slot || slot->size() != blocks)
        slot = std::make_shared<Tally>(blocks);
    return slot;
}

Tallies tallies_for(const SpySpec &spec)
{
    const size_t planes =
        spec.pixel_interleaved ? 1 : static_cast<size_t>(spec.bands);
    std::lock_guard<std::mutex> lock(tallies_mutex);
    Tallies &own = tallies_by_id[spec.id];
    share(own.raster, planes * blocks_in(spec.width, spec.block_width) *
                          blocks_in(spec.height, spec.block_height));
    const size_t masks =
        spec.own_masks == SPY_MASKS_DATA ? static_cast<size_t>(spec.bands) : 1;
    share(own.mask, masks * blocks_in(spec.width, spec.mask_block_width) *
                        blocks_in(spec.height, spec.mask_block_height));
    return own;
}

std::atomic<int> decoding, most_decoding;

bool (*decode_fault)();

/** What a decode costs, whichever dataset it is of.
 * @return false, reported, if it is to fail */
bool pay(const SpySpec &spec)
{
    const int now = ++decoding;
    int most = most_decoding;
    while (now > most && !most_decoding.compare_exchange_weak(most, now)) {
    }
    if (spec.cost_us > 0)
        std::this_thread::sleep_for(std::chrono::microseconds(spec.cost_us));
    --decoding;
    if (CPLTestBool(CPLGetConfigOption("SPY_FAIL", "NO"))) {
        CPLError(CE_Failure, CPLE_AppDefined, "SPY_FAIL is set");
        return false;
    }
    if (decode_fault != nullptr && decode_fault()) {
        CPLError(CE_Failure, CPLE_FileIO, "SPY: this decode fails");
        return false;
    }
    return true;
}

class SpyDataset final : public GDALDataset
{
  public:
    explicit SpyDataset(const SpySpec &spec);
    ~SpyDataset() override;

    char **GetFileList() override
    {
        return spec.file[0] != 0 ? CSLAddString(nullptr, spec.file) : nullptr;
    }

    /** @return whether there is no file, or it is open */
    bool has_file() const
    {
        return spec.file[0] == 0 || file_ != nullptr;
    }

    /** Decodes a block unless it is the one decoded last. */
    bool load(int band, int block_x, int block_y);

    const SpySpec spec;
    const Tallies tallies;
    std::unique_ptr<GDALRasterBand> mask;
    bool filling_others = false;

  private:
    int64_t loaded_ = -1;
    FILE *file_ = nullptr;
};

class SpyBand final : public GDALRasterBand
{
  public:
    SpyBand(SpyDataset *dataset, int band) : spy_(*dataset)
    {
        poDS = dataset;
        nBand = band;
        eDataType = spy_.spec.type;
        nBlockXSize = spy_.spec.block_width;
        nBlockYSize = spy_.spec.block_height;
    }

    double GetNoDataValue(int *success) override
    {
        if (success != nullptr)
            *success = spy_.spec.has_nodata;
        return spy_.spec.has_nodata ? spy_.spec.nodata : 0;
    }
    int64_t GetNoDataValueAsInt64(int *success) override
    {
        return static_cast<int64_t>(GetNoDataValue(success));
    }
    uint64_t GetNoDataValueAsUInt64(int *success) override
    {
        return static_cast<uint64_t>(GetNoDataValue(success));
    }
    GDALRasterBand *GetMaskBand() override
    {
        return own_mask    ? own_mask.get()
               : spy_.mask ? spy_.mask.get()
                           : GDALRasterBand::GetMaskBand();
    }
    int GetMaskFlags() override
    {
        return own_mask    ? 0
               : spy_.mask ? GMF_PER_DATASET
                           : GDALRasterBand::GetMaskFlags();
    }

    std::unique_ptr<GDALRasterBand> own_mask{};

  protected:
    CPLErr IReadBlock(int block_x, int block_y, void *out) override;

  private:
    bool fill_others(int block_x, int block_y);

    SpyDataset &spy_;
};

class SpyMaskBand final : public GDALRasterBand
{
  public:
    explicit SpyMaskBand(SpyDataset *dataset) : spy_(*dataset)
    {
        poDS = dataset;
        nBand = 0;
        nRasterXSize = dataset->GetRasterXSize();
        nRasterYSize = dataset->GetRasterYSize();
        eDataType = GDT_Byte;
        nBlockXSize = spy_.spec.mask_block_width;
        nBlockYSize = spy_.spec.mask_block_height;
    }

  protected:
    CPLErr IReadBlock(int block_x, int block_y, void *out) override;

  private:
    SpyDataset &spy_;
};

/** The mask of a band alone. */
class SpyOwnMaskBand final : public GDALRasterBand
{
  public:
    SpyOwnMaskBand(SpyDataset *dataset, SpyBand *of) : spy_(*dataset), of_(*of)
    {
        const SpySpec &spec = spy_.spec;
        const bool is_data = spec.own_masks == SPY_MASKS_DATA;
        nRasterXSize = spec.width;
        nRasterYSize = spec.height;
        eDataType = GDT_Byte;
        nBlockXSize = is_data ? spec.mask_block_width : spec.block_width;
        nBlockYSize = is_data ? spec.mask_block_height : spec.block_height;
        if (spec.own_masks == SPY_MASKS_SIZELESS)
            nBlockXSize = nBlockYSize = 0;
    }

  protected:
    CPLErr IReadBlock(int block_x, int block_y, void *out) override;

  private:
    SpyDataset &spy_;
    SpyBand &of_;
};

SpyDataset::SpyDataset(const SpySpec &own)
    : spec(own), tallies(tallies_for(own))
{
    if (spec.file[0] != 0)
        file_ = fopen(spec.file, "rb");
    nRasterXSize = spec.width;
    nRasterYSize = spec.height;
    for (int band = 1; band <= spec.bands; band++) {
        auto *made = new SpyBand(this, band);
        SetBand(band, made);
        if (spec.own_masks != SPY_MASKS_NONE && band != spec.maskless)
            made->own_mask = std::make_unique<SpyOwnMaskBand>(this, made);
    }
    if (spec.has_mask)
        mask = std::make_unique<SpyMaskBand>(this);
    SetMetadataItem("INTERLEAVE", spec.pixel_interleaved ? "PIXEL" : "BAND",
                    "IMAGE_STRUCTURE");
}

SpyDataset::~SpyDataset()
{
    FlushCache(true);
    if (file_ != nullptr)
        fclose(file_);
}

bool SpyDataset::load(int band, int block_x, int block_y)
{
    const int64_t across =
        static_cast<int64_t>(blocks_in(spec.width, spec.block_width));
    const int64_t down =
        static_cast<int64_t>(blocks_in(spec.height, spec.block_height));
    int64_t block = block_y * across + block_x;
    if (!spec.pixel_interleaved)
        block += (band - 1) * across * down;
    else if (block == loaded_)
        return true;
    tallies.raster->add(static_cast<size_t>(block));
    if (!pay(spec))
        return false;
    if (spec.fails && block_x == spec.fail_x && block_y == spec.fail_y) {
        CPLError(CE_Failure, CPLE_FileIO, "SPY: block %d/%d is unreadable",
                 block_x, block_y);
        return false;
    }
    loaded_ = block;
    return true;
}

/** What a block holds beyond the raster's edge: nobody may look at it. */
constexpr int BEYOND = 0xDB;

CPLErr SpyBand::IReadBlock(int block_x, int block_y, void *out)
{
    if (!spy_.load(nBand, block_x, block_y))
        return CE_Failure;

    const int x = block_x * nBlockXSize;
    const int y = block_y * nBlockYSize;
    const int columns = std::min(nBlockXSize, nRasterXSize - x);
    const int rows = std::min(nBlockYSize, nRasterYSize - y);
    const size_t row_nbytes =
        static_cast<size_t>(nBlockXSize) * GDALGetDataTypeSizeBytes(eDataType);
    GByte *row = static_cast<GByte *>(out);
    {
        const SpyBlockWrite here;
        if (columns < nBlockXSize || rows < nBlockYSize)
            memset(row, BEYOND, row_nbytes * nBlockYSize);
        for (int i = 0; i < rows; i++, row += row_nbytes)
            spy_row(&spy_.spec, x, y + i, columns, nBand, row);
    }
    return fill_others(block_x, block_y) ? CE_None : CE_Failure;
}

/** Puts the other bands of the decoded block into GDAL's block cache, unless
 * they would drive each other out of it. */
bool SpyBand::fill_others(int block_x, int block_y)
{
    const GIntBig block_nbytes = static_cast<GIntBig>(nBlockXSize) *
                                 nBlockYSize *
                                 GDALGetDataTypeSizeBytes(eDataType);
    if (!spy_.spec.pixel_interleaved || spy_.filling_others ||
        block_nbytes >= GDALGetCacheMax64() / spy_.spec.bands)
        return true;
    bool ok = true;
    spy_.filling_others = true;
    for (int band = 1; ok && band <= spy_.spec.bands; band++) {
        if (band == nBand)
            continue;
        GDALRasterBlock *block =
            spy_.GetRasterBand(band)->GetLockedBlockRef(block_x, block_y);
        ok = block != nullptr;
        if (ok)
            block->DropLock();
    }
    spy_.filling_others = false;
    return ok;
}

CPLErr SpyMaskBand::IReadBlock(int block_x, int block_y, void *out)
{
    const size_t across = blocks_in(nRasterXSize, nBlockXSize);
    spy_.tallies.mask->add(static_cast<size_t>(block_y) * across +
                           static_cast<size_t>(block_x));
    if (!pay(spy_.spec))
        return CE_Failure;
    GByte *to = static_cast<GByte *>(out);
    const SpyBlockWrite here;
    for (int i = 0; i < nBlockYSize; i++)
        for (int j = 0; j < nBlockXSize; j++)
            *to++ = spy_mask_value(&spy_.spec, block_x * nBlockXSize + j,
                                   block_y * nBlockYSize + i);
    return CE_None;
}

/** Asks the band for its pixels, as a driver does that computes masks, unless
 * they are data. */
CPLErr SpyOwnMaskBand::IReadBlock(int block_x, int block_y, void *out)
{
    const SpyWork work;
    const int x = block_x * nBlockXSize, y = block_y * nBlockYSize;
    const int columns = std::min(nBlockXSize, nRasterXSize - x);
    const int rows = std::min(nBlockYSize, nRasterYSize - y);
    GByte *mask = static_cast<GByte *>(out);
    if (spy_.spec.own_masks == SPY_MASKS_DATA) {
        const size_t across = blocks_in(nRasterXSize, nBlockXSize);
        const size_t down = blocks_in(nRasterYSize, nBlockYSize);
        spy_.tallies.mask->add(((of_.GetBand() - 1) * down + block_y) * across +
                               block_x);
        const SpyBlockWrite here;
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++)
                mask[i * nBlockXSize + j] =
                    spy_mask_value(&spy_.spec, x + j, y + i + of_.GetBand());
        return pay(spy_.spec) ? CE_None : CE_Failure;
    }
    std::vector<double> pixels(static_cast<size_t>(nBlockXSize) * rows);
    const CPLErr err = of_.RasterIO(
        GF_Read, x, y, columns, rows, pixels.data(), columns, rows, GDT_Float64,
        0, static_cast<GSpacing>(sizeof(double)) * nBlockXSize, nullptr);
    const SpyBlockWrite here;
    for (size_t i = 0; i < pixels.size(); i++)
        mask[i] = spy_own_mask_value(pixels[i]);
    return err;
}

int spy_identify(GDALOpenInfo *info)
{
    return STARTS_WITH_CI(info->pszFilename, "SPY:");
}

GDALDataset *spy_open(GDALOpenInfo *info)
{
    const SpyWork here;
    SpySpec spec;
    if (!spy_identify(info))
        return nullptr;
    if (!spy_parse(info->pszFilename, &spec)) {
        CPLError(CE_Failure, CPLE_OpenFailed, "SPY: cannot understand %s",
                 info->pszFilename);
        return nullptr;
    }
    const char *noise = CPLGetConfigOption("SPY_PATTERN", "");
    if (EQUAL(noise, "noise"))
        spec.pattern = SPY_NOISE;
    auto *dataset = new SpyDataset(spec);
    if (!dataset->has_file()) {
        CPLError(CE_Failure, CPLE_OpenFailed, "SPY: cannot open %s", spec.file);
        delete dataset;
        return nullptr;
    }
    dataset->SetDescription(info->pszFilename);
    return dataset;
}

} // namespace

void spy_set_fault(bool (*strikes)(void))
{
    decode_fault = strikes;
}

void spy_reset(const char *id)
{
    std::lock_guard<std::mutex> lock(tallies_mutex);
    const auto found = tallies_by_id.find(id);
    most_decoding = 0;
    if (found == tallies_by_id.end())
        return;
    found->second.raster->reset();
    found->second.mask->reset();
}

namespace
{
SpyCounts counts_of(const char *id, std::shared_ptr<Tally> Tallies::*kind)
{
    std::lock_guard<std::mutex> lock(tallies_mutex);
    const auto found = tallies_by_id.find(id);
    return found == tallies_by_id.end() ? SpyCounts()
                                        : (found->second.*kind)->read();
}
} // namespace

SpyCounts spy_counts(const char *id)
{
    return counts_of(id, &Tallies::raster);
}

SpyCounts spy_mask_counts(const char *id)
{
    return counts_of(id, &Tallies::mask);
}

int spy_most_at_once(void)
{
    return most_decoding;
}

void spy_report(FILE *file)
{
    std::lock_guard<std::mutex> lock(tallies_mutex);
    for (const auto &[id, own] : tallies_by_id) {
        const SpyCounts counts = own.raster->read();
        fprintf(file,
                "SPY report: id=%s decodes=%" PRId64 " distinct=%" PRId64
                " blocks=%" PRId64 " most=%" PRId64 "\n",
                id.c_str(), counts.decodes, counts.distinct, counts.blocks,
                counts.most);
    }
}

void spy_register(void)
{
    if (GDALGetDriverByName("SPY") != nullptr)
        return;
    auto *driver = new GDALDriver;
    driver->SetDescription("SPY");
    driver->SetMetadataItem(GDAL_DCAP_RASTER, "YES");
    driver->SetMetadataItem(GDAL_DCAP_OPEN, "YES");
    driver->SetMetadataItem(GDAL_DMD_LONGNAME, "Source that counts decodes");
    driver->SetMetadataItem(GDAL_DMD_CONNECTION_PREFIX, "SPY:");
    driver->pfnIdentify = spy_identify;
    driver->pfnOpen = spy_open;
    GetGDALDriverManager()->RegisterDriver(driver);
}
