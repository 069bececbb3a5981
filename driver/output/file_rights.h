/* SPDX-License-Identifier: MIT */
/** @file
 * What a new file takes over from the one that it replaces: mode, owner, and
 * extended attributes, of which access control lists are some.
 */
#ifndef ROWBAND_FILE_RIGHTS_H
#define ROWBAND_FILE_RIGHTS_H

#include <stdbool.h>

#include "status.h"

/** Gives the file @p to what the file @p from has, as far as the system allows
 * it to this process. Where the owner cannot be handed on, neither are the bits
 * that let a program run as its owner. Does nothing if there is no @p from, or
 * if either is not on a disk.
 * @return false with STATUS_IO, for reasons other than that it is not allowed,
 *         or not known to the file system */
bool file_rights_hand_on(const char *from, const char *to, Status *status);

#endif
