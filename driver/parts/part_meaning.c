/* SPDX-License-Identifier: MIT */
#include "part_meaning.h"

#include <string.h>

static const char nodata_values[] = "NODATA_VALUES";

enum { ENTRIES_MAX = 1 << 16 };

/** The 8 bytes of a nodata value, of the type that the band's has.
 * @return whether there is one */
static bool get_nodata(GDALRasterBandH band, void *bytes)
{
    const GDALDataType type = GDALGetRasterDataType(band);
    int has = FALSE;
    if (type == GDT_Int64) {
        const int64_t value = GDALGetRasterNoDataValueAsInt64(band, &has);
        memcpy(bytes, &value, sizeof value);
    } else if (type == GDT_UInt64) {
        const uint64_t value = GDALGetRasterNoDataValueAsUInt64(band, &has);
        memcpy(bytes, &value, sizeof value);
    } else {
        const double value = GDALGetRasterNoDataValue(band, &has);
        memcpy(bytes, &value, sizeof value);
    }
    return has != FALSE;
}

static void set_nodata(GDALRasterBandH band, const void *bytes)
{
    const GDALDataType type = GDALGetRasterDataType(band);
    if (type == GDT_Int64) {
        int64_t value;
        memcpy(&value, bytes, sizeof value);
        GDALSetRasterNoDataValueAsInt64(band, value);
    } else if (type == GDT_UInt64) {
        uint64_t value;
        memcpy(&value, bytes, sizeof value);
        GDALSetRasterNoDataValueAsUInt64(band, value);
    } else {
        double value;
        memcpy(&value, bytes, sizeof value);
        GDALSetRasterNoDataValue(band, value);
    }
}

static void put_table(ByteWriter *to, GDALColorTableH table)
{
    const int count = table != NULL ? GDALGetColorEntryCount(table) : 0;
    bytes_put_number(to, count);
    for (int i = 0; i < count; i++)
        bytes_put(to, GDALGetColorEntry(table, i), sizeof(GDALColorEntry));
}

void part_meaning_put(ByteWriter *to, GDALDatasetH dataset)
{
    const char *values = GDALGetMetadataItem(dataset, nodata_values, NULL);
    const int bands = GDALGetRasterCount(dataset);
    bytes_put_text(to, values);
    bytes_put_number(to, bands);
    for (int i = 1; i <= bands; i++) {
        const GDALRasterBandH band = GDALGetRasterBand(dataset, i);
        uint8_t nodata[sizeof(double)] = {0};
        bytes_put_number(to, get_nodata(band, nodata));
        bytes_put(to, nodata, sizeof nodata);
        put_table(to, GDALGetRasterColorTable(band));
        bytes_put_number(to, (int)GDALGetRasterColorInterpretation(band));
    }
}

static void take_table(ByteReader *from, GDALRasterBandH band)
{
    const int count = (int)bytes_take_number(from, 0, ENTRIES_MAX);
    const uint8_t *entries =
        bytes_take(from, (size_t)count * sizeof(GDALColorEntry));
    const GDALColorTableH table =
        entries != NULL && count > 0 ? GDALCreateColorTable(GPI_RGB) : NULL;
    for (int i = 0; table != NULL && i < count; i++) {
        GDALColorEntry entry;
        memcpy(&entry, entries + (size_t)i * sizeof entry, sizeof entry);
        GDALSetColorEntry(table, i, &entry);
    }
    GDALSetRasterColorTable(band, table);
    if (table != NULL)
        GDALDestroyColorTable(table);
}

bool part_meaning_take(ByteReader *from, GDALDatasetH dataset)
{
    const char *values = bytes_take_text(from);
    const int bands = GDALGetRasterCount(dataset);
    GDALSetMetadataItem(dataset, nodata_values, *values != '\0' ? values : NULL,
                        NULL);
    bytes_take_number(from, bands, bands);
    for (int i = 1; !from->failed && i <= bands; i++) {
        const GDALRasterBandH band = GDALGetRasterBand(dataset, i);
        const bool has = bytes_take_number(from, 0, 1) != 0;
        const void *nodata = bytes_take(from, sizeof(double));
        GDALDeleteRasterNoDataValue(band);
        if (has && nodata != NULL)
            set_nodata(band, nodata);
        take_table(from, band);
        GDALSetRasterColorInterpretation(
            band, (GDALColorInterp)bytes_take_number(from, 0, UINT8_MAX));
    }
    return !from->failed;
}
