/* SPDX-License-Identifier: MIT */
/** @file
 * Lists of texts, as GDAL's CSL functions have them.
 */
#ifndef ROWBAND_TEXT_LIST_H
#define ROWBAND_TEXT_LIST_H

/** Sorts a list by bytes, in place.
 * @param list NULL is allowed */
void text_list_sort(char **list);

#endif
