/* SPDX-License-Identifier: MIT */
#include "spooled_band.hpp"

#include <algorithm>

SpooledBand::SpooledBand(GDALDataset *dataset, int number, GDALRasterBand *raw,
                         SpoolIo *io)
    : m_raw(raw), m_io(io)
{
    poDS = dataset;
    nBand = number;
    eDataType = raw->GetRasterDataType();
    eAccess = GA_Update;
    nRasterXSize = raw->GetXSize();
    nRasterYSize = raw->GetYSize();
    raw->GetBlockSize(&nBlockXSize, &nBlockYSize);
}

/* Other masks are made of what the bands hold. */
GDALRasterBand *SpooledBand::GetMaskBand()
{
    GDALRasterBand *raw = m_raw->GetMaskBand();
    if (m_raw->GetMaskFlags() != GMF_PER_DATASET)
        return raw;
    const CPLErr err = m_io->guarded(GF_Read, [&] {
        if (m_mask == nullptr || m_mask->m_raw != raw)
            m_mask = std::make_unique<SpooledBand>(poDS, 0, raw, m_io);
        m_io->set_mask(raw);
        return CE_None;
    });
    return err == CE_None ? m_mask.get() : nullptr;
}

/* GDAL's own brings the whole band into the cache. */
CPLErr SpooledBand::Fill(double real, double imaginary)
{
    const double value[] = {real, imaginary};
    const auto pixels = static_cast<GPtrDiff_t>(nBlockXSize) * nBlockYSize;
    const int nbytes = GDALGetDataTypeSizeBytes(eDataType);
    const std::unique_ptr<void, decltype(&VSIFree)> block(
        VSI_MALLOC3_VERBOSE(nBlockXSize, nBlockYSize, nbytes), VSIFree);
    CPLErr err = block != nullptr ? CE_None : CE_Failure;
    if (block != nullptr)
        GDALCopyWords64(value, GDT_CFloat64, 0, block.get(), eDataType, nbytes,
                        pixels);
    for (int y = 0; err == CE_None && y < nRasterYSize; y += nBlockYSize) {
        const int height = std::min(nBlockYSize, nRasterYSize - y);
        for (int x = 0; err == CE_None && x < nRasterXSize; x += nBlockXSize) {
            const int width = std::min(nBlockXSize, nRasterXSize - x);
            err = RasterIO(GF_Write, x, y, width, height, block.get(), width,
                           height, eDataType, 0, 0, nullptr);
        }
    }
    return err;
}

/* What is lost then is lost for whoever closes the dataset, too. */
CPLErr SpooledBand::FlushCache(bool at_closing)
{
    return m_io->flush([&] {
        const CPLErr own = GDALRasterBand::FlushCache(at_closing);
        return own == CE_None ? m_raw->FlushCache(at_closing) : own;
    });
}

CPLErr SpooledBand::IReadBlock(int x, int y, void *data)
{
    return m_raw->ReadBlock(x, y, data);
}

/* What is written may fail here or when the cache is flushed, as GDALs differ:
 * whoever was told may close the dataset all the same. */
CPLErr SpooledBand::IWriteBlock(int x, int y, void *data)
{
    return m_io->write([&] { return m_raw->WriteBlock(x, y, data); });
}

CPLErr SpooledBand::IRasterIO(GDALRWFlag flag, int x, int y, int width,
                              int height, void *data, int out_width,
                              int out_height, GDALDataType type,
                              GSpacing pixel_nbytes, GSpacing row_nbytes,
                              GDALRasterIOExtraArg *extra)
{
    const RasterCall call = {
        flag, {x, y, width, height}, data,       out_width, out_height,
        type, pixel_nbytes,          row_nbytes, 0,         extra};
    return m_io->guarded(flag, [&] {
        return m_io->transfer(call, {{nBand, m_raw}}, [&] {
            return m_raw->RasterIO(flag, x, y, width, height, data, out_width,
                                   out_height, type, pixel_nbytes, row_nbytes,
                                   extra);
        });
    });
}
