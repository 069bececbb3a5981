/* SPDX-License-Identifier: MIT */
/** @file
 * What samples mean to whoever makes levels: nodata and colour interpretation
 * of each band, colour tables, NODATA_VALUES. A TIFF says less of it than its
 * source, nodata of one band for example, so that parts carry it.
 *
 * On the thread that the dataset belongs to.
 */
#ifndef ROWBAND_PART_MEANING_H
#define ROWBAND_PART_MEANING_H

#include <stdbool.h>

#include "bytes.h"
#include "cpl_port.h"
#include "gdal.h"

CPL_C_START

/** Notes what a dataset says. */
void part_meaning_put(ByteWriter *to, GDALDatasetH dataset);

/** Has a dataset in memory, with as many bands of the same types, say it.
 * @return false if it is cut or is of other bands */
bool part_meaning_take(ByteReader *from, GDALDatasetH dataset);

CPL_C_END

#endif
