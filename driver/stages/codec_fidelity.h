/* SPDX-License-Identifier: MIT */
/** @file
 * What VERIFY may expect of each compression: the one place that knows which
 * lose something, and how much.
 */
#ifndef ROWBAND_CODEC_FIDELITY_H
#define ROWBAND_CODEC_FIDELITY_H

#include "cpl_port.h"
#include "encoding.h"

CPL_C_START

/** @param compress a value of COMPRESS
 * @param options  GTiff's for it
 * @param[out] max_error what FIDELITY_WITHIN allows
 * @return FIDELITY_SHAPE for compressions that say no bound, or are not known
 */
Fidelity codec_fidelity(const char *compress, CSLConstList options,
                        SampleFormat format, double *max_error);

CPL_C_END

#endif
