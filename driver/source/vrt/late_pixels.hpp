/* SPDX-License-Identifier: MIT */
/** @file
 * Some bands of a small file, decoded, and the bands that a VRT reads them by.
 */
#ifndef ROWBAND_LATE_PIXELS_HPP
#define ROWBAND_LATE_PIXELS_HPP

#include <cstdint>
#include <memory>
#include <vector>

#include "gdal_priv.h"
#include "window.h"

class LatePixels
{
  public:
    struct Band {
        int number;
        GDALDataType type;
        size_t offset; /**< of its first sample */
    };

    int width = 0, height = 0; /**< of the file */
    Window at{};               /**< what is held of it */
    std::vector<Band> bands{};
    std::unique_ptr<uint8_t[]> data{};
    int64_t decodes = 0, again = 0;
    bool known = true; /**< see leaf_count() */

    /** Opens the file, decodes the part @p at of the bands, each block of it
     * once, and closes it. Any thread.
     * @return nullptr after GDAL has reported why */
    static std::unique_ptr<LatePixels> read(const char *name,
                                            const char *const *options,
                                            const std::vector<int> &bands,
                                            const Window &at);

    /** @return a band of the file, which must not outlive the pixels */
    std::unique_ptr<GDALRasterBand> band(int number) const;
};

#endif
