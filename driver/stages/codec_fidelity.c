/* SPDX-License-Identifier: MIT */
#include "codec_fidelity.h"

#include <math.h>
#include <stddef.h>

#include "cpl_conv.h"
#include "cpl_string.h"

/** A compression that keeps all bits, or does so if an option says it. */
typedef struct Lossless {
    const char *compress;
    const char *option;     /**< NULL: always */
    const char *by_default; /**< of the option */
} Lossless;

static const Lossless lossless[] = {
    {"NONE", NULL, NULL},          {"DEFLATE", NULL, NULL},
    {"LZW", NULL, NULL},           {"PACKBITS", NULL, NULL},
    {"ZSTD", NULL, NULL},          {"LZMA", NULL, NULL},
    {"CCITTRLE", NULL, NULL},      {"CCITTFAX3", NULL, NULL},
    {"CCITTFAX4", NULL, NULL},     {"WEBP", "WEBP_LOSSLESS", "NO"},
    {"JXL", "JXL_LOSSLESS", "YES"}};

static Fidelity fidelity_of_lerc(CSLConstList options, SampleFormat format,
                                 double *max_error)
{
    const double given =
        CPLAtof(CSLFetchNameValueDef(options, "MAX_Z_ERROR", "0"));
    const bool whole =
        format == SAMPLE_FORMAT_UINT || format == SAMPLE_FORMAT_INT;
    /* Of whole numbers it cuts off bits then, as many as it likes
     * (Lerc2::ComputeNumBytesNeededToWrite()). */
    enum { AS_IF_NEGATIVE = 777 };
    if (!(given >= 0) || (whole && given == AS_IF_NEGATIVE))
        return FIDELITY_SHAPE;
    *max_error = whole ? floor(given) : given;
    return FIDELITY_WITHIN;
}

Fidelity codec_fidelity(const char *compress, CSLConstList options,
                        SampleFormat format, double *max_error)
{
    *max_error = 0;
    if (STARTS_WITH_CI(compress, "LERC"))
        return fidelity_of_lerc(options, format, max_error);
    for (size_t i = 0; i < sizeof lossless / sizeof *lossless; i++)
        if (EQUAL(lossless[i].compress, compress))
            return lossless[i].option == NULL ||
                           CPLTestBool(
                               CSLFetchNameValueDef(options, lossless[i].option,
                                                    lossless[i].by_default))
                       ? FIDELITY_EXACT
                       : FIDELITY_SHAPE;
    return FIDELITY_SHAPE;
}
