/* SPDX-License-Identifier: MIT */
#include "spy.h"

#include <climits>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <string>
#include <vector>

#include <cpl_conv.h>
#include <cpl_string.h>

namespace
{

bool parse_pair(const char *text, char separator, int least, int *first,
                int *second)
{
    char found = 0;
    return sscanf(text, "%d%c%d", first, &found, second) == 3 &&
           found == separator && *first >= least && *second >= least;
}

bool parse_number(const char *text, int least, int *number)
{
    char *end = nullptr;
    const long value = strtol(text, &end, 10);
    *number = static_cast<int>(value);
    return *text != 0 && *end == 0 && value >= least && value <= INT_MAX;
}

bool parse_double(const char *text, double *number)
{
    *number = CPLAtof(text);
    return *text != 0;
}

bool parse_flag(const char *text, bool *flag)
{
    *flag = CPLTestBool(text);
    return true;
}

bool parse_choice(const char *text, std::initializer_list<const char *> names,
                  int *index)
{
    *index = 0;
    for (const char *name : names) {
        if (EQUAL(text, name))
            return true;
        ++*index;
    }
    return false;
}

bool parse_entry_of_masks(SpySpec *spec, const std::string &key,
                          const char *text)
{
    int choice = 0;
    bool ok = false;
    if (key == "mask")
        ok = parse_flag(text, &spec->has_mask);
    else if (key == "mask_block")
        ok = parse_pair(text, 'x', 1, &spec->mask_block_width,
                        &spec->mask_block_height);
    else if (key == "maskless")
        ok = parse_number(text, 1, &spec->maskless);
    else if (key == "own_masks") {
        ok = parse_choice(text, {"none", "computed", "data", "sizeless"},
                          &choice);
        spec->own_masks = static_cast<SpyMasks>(choice);
    }
    return ok;
}

bool parse_entry(SpySpec *spec, const std::string &key, const char *text)
{
    int choice = 0;
    bool ok = false;
    if (key == "id") {
        ok = strlen(text) < sizeof spec->id;
        CPLStrlcpy(spec->id, text, sizeof spec->id);
    } else if (key == "file") {
        ok = strlen(text) < sizeof spec->file;
        CPLStrlcpy(spec->file, text, sizeof spec->file);
    } else if (key == "width")
        ok = parse_number(text, 1, &spec->width);
    else if (key == "height")
        ok = parse_number(text, 1, &spec->height);
    else if (key == "bands")
        ok = parse_number(text, 1, &spec->bands);
    else if (key == "cost_us")
        ok = parse_number(text, 0, &spec->cost_us);
    else if (key == "block")
        ok = parse_pair(text, 'x', 1, &spec->block_width, &spec->block_height);
    else if (key == "fail")
        ok = spec->fails =
            parse_pair(text, '/', 0, &spec->fail_x, &spec->fail_y);
    else if (key == "type")
        ok = (spec->type = GDALGetDataTypeByName(text)) != GDT_Unknown;
    else if (key == "value")
        ok = parse_double(text, &spec->value);
    else if (key == "nodata")
        ok = spec->has_nodata = parse_double(text, &spec->nodata);
    else if (key == "interleave") {
        ok = parse_choice(text, {"BAND", "PIXEL"}, &choice);
        spec->pixel_interleaved = choice == 1;
    } else if (key == "pattern") {
        ok = parse_choice(
            text, {"gradient", "noise", "constant", "islands", "nan"}, &choice);
        spec->pattern = static_cast<SpyPattern>(choice);
    } else {
        ok = parse_entry_of_masks(spec, key, text);
    }
    return ok;
}

} // namespace

bool spy_parse(const char *name, SpySpec *spec)
{
    if (!STARTS_WITH_CI(name, "SPY:"))
        return false;
    *spec = SpySpec();
    spec->width = spec->height = 512;
    spec->block_width = spec->block_height = 256;
    spec->bands = 1;
    spec->type = GDT_Byte;
    spec->pixel_interleaved = true;
    spec->value = 7;
    const CPLStringList entries(CSLTokenizeString2(name + 4, ",", 0));
    for (int i = 0; i < entries.size(); i++) {
        char *key = nullptr;
        const char *text = CPLParseNameValue(entries[i], &key);
        const bool ok = key && parse_entry(spec, key, text);
        CPLFree(key);
        if (!ok)
            return false;
    }
    if (spec->mask_block_width == 0) {
        spec->mask_block_width = spec->block_width;
        spec->mask_block_height = spec->block_height;
    }
    return true;
}

namespace
{

/** Evenly spread bits (the finaliser of splitmix64). */
uint64_t scatter(uint64_t bits)
{
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9u;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBu;
    return bits ^ (bits >> 31);
}

uint64_t noise(int64_t x, int64_t y, int band)
{
    return scatter(static_cast<uint64_t>(x) * 0x9E3779B97F4A7C15u +
                   static_cast<uint64_t>(y) * 0xD1B54A32D192ED03u +
                   static_cast<uint64_t>(band) * 0x8CB92BA72F3D8DD7u);
}

uint64_t gradient(int64_t x, int64_t y, int band)
{
    return static_cast<uint64_t>(3 * x + 7 * y + 1000 * band);
}

/** How whole numbers become values of a type. */
struct Range {
    uint64_t mask;   /**< of what is added to least */
    double least;    /**< the smallest value */
    double fraction; /**< float types: what the number is multiplied by */
};

Range range_of(GDALDataType type)
{
    const int nbits =
        GDALGetDataTypeSizeBits(type) / (GDALDataTypeIsComplex(type) ? 2 : 1);
    if (GDALDataTypeIsFloating(type))
        return {nbits < 32 ? 0x3FFu : 0xFFFFFu, -512, 0.125};
    if (nbits == 64) /* no more than a double holds */
        return {(uint64_t(1) << 52) - 1, GDALDataTypeIsSigned(type) ? -1e15 : 0,
                1};
    return {(uint64_t(1) << nbits) - 1,
            GDALDataTypeIsSigned(type) ? -std::ldexp(1, nbits - 1) : 0, 1};
}

/** One pixel; what spy_value() and spy_row() have in common. */
class Painter
{
  public:
    explicit Painter(const SpySpec &spec)
        : spec_(spec), range_(range_of(spec.type)),
          special_(GDALDataTypeIsFloating(spec.type))
    {
    }

    double value(int64_t x, int64_t y, int band) const
    {
        switch (spec_.pattern) {
        case SPY_CONSTANT:
            return spec_.value;
        case SPY_ISLANDS:
            return (x / 300 + y / 400) % 3 == 1 ? scaled(noise(x, y, band))
                                                : spec_.value;
        case SPY_NAN:
            return with_specials(noise(x, y, band));
        case SPY_NOISE:
            return scaled(noise(x, y, band));
        case SPY_GRADIENT:
            break;
        }
        return scaled(gradient(x, y, band));
    }

  private:
    double scaled(uint64_t bits) const
    {
        return range_.least +
               static_cast<double>(bits & range_.mask) * range_.fraction;
    }
    double with_specials(uint64_t bits) const
    {
        const unsigned which = special_ ? bits >> 60 : 15;
        if (which == 0)
            return std::numeric_limits<double>::quiet_NaN();
        if (which <= 2)
            return which == 1 ? HUGE_VAL : -HUGE_VAL;
        return scaled(bits);
    }

    const SpySpec &spec_;
    const Range range_;
    const bool special_;
};

/** The imaginary part is the real one of a band far away. */
constexpr int IMAGINARY = 100000;

/** Unsigned types that a gradient just overflows: most of all the pixels in
 * the tests, so this is made to be fast.
 * @return false if the spec is not of that kind */
template <class T>
bool paint_gradient(const SpySpec &spec, int64_t x, int64_t y, int count,
                    int band, void *out)
{
    if (spec.pattern != SPY_GRADIENT)
        return false;
    const T first = static_cast<T>(gradient(x, y, band));
    T *const values = static_cast<T *>(out);
    for (int i = 0; i < count; i++)
        values[i] = static_cast<T>(first + 3 * i);
    return true;
}

/** What is left of a value in a type that may not hold all of it: a float of
 * 16 bits, which GDAL has from 3.11 on. */
double rounded(const SpySpec &spec, double value)
{
    const GDALDataType type = GDALGetNonComplexDataType(spec.type);
    if (!GDALDataTypeIsFloating(type) || GDALGetDataTypeSizeBytes(type) != 2)
        return value;
    GUInt16 half;
    GDALCopyWords(&value, GDT_Float64, 0, &half, type, 0, 1);
    GDALCopyWords(&half, type, 0, &value, GDT_Float64, 0, 1);
    return value;
}

} // namespace

double spy_value(const SpySpec *spec, int64_t x, int64_t y, int band)
{
    return rounded(*spec, Painter(*spec).value(x, y, band));
}

void spy_row(const SpySpec *spec, int64_t x, int64_t y, int count, int band,
             void *out)
{
    if ((spec->type == GDT_Byte &&
         paint_gradient<GByte>(*spec, x, y, count, band, out)) ||
        (spec->type == GDT_UInt16 &&
         paint_gradient<GUInt16>(*spec, x, y, count, band, out)))
        return;
    const bool complex = GDALDataTypeIsComplex(spec->type);
    const Painter painter(*spec);
    std::vector<double> values;
    values.reserve(static_cast<size_t>(count) * 2);
    for (int i = 0; i < count; i++) {
        values.push_back(painter.value(x + i, y, band));
        if (complex)
            values.push_back(painter.value(x + i, y, band + IMAGINARY));
    }
    GDALCopyWords(values.data(), complex ? GDT_CFloat64 : GDT_Float64,
                  complex ? 16 : 8, out, spec->type,
                  GDALGetDataTypeSizeBytes(spec->type), count);
}

uint8_t spy_mask_value(const SpySpec *, int64_t x, int64_t y)
{
    return (x / 37 + y / 53) % 4 == 0 ? 0 : 255;
}

uint8_t spy_own_mask_value(double pixel)
{
    return std::fmod(std::floor(pixel), 5) == 0 ? 0 : 255;
}
