/* SPDX-License-Identifier: MIT */
/** @file
 * Items of GDAL's metadata in a directory: the XML that GTiff keeps in a tag
 * of its own.
 */
#ifndef ROWBAND_METADATA_TAG_H
#define ROWBAND_METADATA_TAG_H

#include <stdbool.h>

#include "cpl_port.h"
#include "ifd.h"
#include "status.h"

typedef struct MetadataItem {
    const char *name;
    const char *value;  /**< NULL or empty: there is to be none, since GTiff
                             does not read an empty one */
    const char *domain; /**< NULL: the default one */
    const char *sample; /**< of which band, from "0" on; NULL: the dataset */
} MetadataItem;

CPL_C_START

/** Sets an item, in place of one of the same name, domain and band.
 * @return false with STATUS_NO_MEMORY, or STATUS_INVALID if the tag holds
 *         something else */
bool metadata_tag_set(Ifd *ifd, const MetadataItem *item, Status *status);

CPL_C_END

#endif
