/* SPDX-License-Identifier: MIT */
/** @file
 * How the overviews of a dataset of Create() were made, as GTiff says it of its
 * own (gdal_overviews_say_their_method()). It is noted beside the overviews: a
 * GTiff whose overviews have been given items does not survive their deletion.
 */
#ifndef ROWBAND_OVERVIEW_METHOD_H
#define ROWBAND_OVERVIEW_METHOD_H

#include "cpl_port.h"
#include "gdal.h"

CPL_C_START

/** Notes what overview @p number, from 0 on, says.
 * @param pixels that has the overviews
 * @param method NULL: nothing, as in the beginning */
void overview_method_note(GDALDatasetH pixels, int number, const char *method);

/** @return what overview @p number says, or NULL */
const char *overview_method_of(GDALDatasetH pixels, int number);

CPL_C_END

#endif
