/* SPDX-License-Identifier: MIT */
/** @file
 * The raster and its sidecars take their names together, all or none. Until
 * then they have other names beside their own, and what was there before stays.
 *
 * What lies at the target's name at any moment, also after kill -9, is
 *
 * - without sidecars to be published: the older raster or the new one. It is
 *   replaced by one rename. (Where the file system has no hard links the name
 *   leads nowhere for the moment between two renames.)
 * - with sidecars: the older raster with all of its sidecars, or nothing, or
 *   the new raster with all of its own. The older raster goes aside first, then
 *   the sidecars of the names that the new ones are to have, then the new
 *   sidecars get their names, and the raster last. From the first rename to the
 *   last, a few system calls, no file has the target's name: a raster that
 *   cannot be opened is noticed, one whose georeferencing is another's, or
 *   missing, is not. A failure undoes the steps in reverse; after kill -9 in
 *   that moment the older files are there as NAME.rowband-old-*.tmp.
 *
 * A target that is there and empty is written in place: it has its header, and
 * is a raster, when the sidecars have their names. A failure leaves it empty;
 * kill -9 a file that begins with zeros. In memory, where nothing outlives the
 * process, no older file goes aside: it exchanges its bytes with the new one's.
 *
 * Sidecars of the older raster of which the new one has none stay as they are,
 * and GDAL applies them to the new one: so it is with GTiff as well, unless
 * GDAL deletes the older raster first, as it does by default.
 *
 * What cannot be renamed (pipes, archives, remote files; see target.h) is
 * written under its own name and only deleted after a failure.
 *
 * All functions are for the thread that called the driver: warnings go to
 * GDAL's error handler.
 */
#ifndef ROWBAND_PUBLICATION_H
#define ROWBAND_PUBLICATION_H

#include <stdbool.h>
#include <stddef.h>

#include "staged_file.h"
#include "status.h"

typedef struct Publication Publication;

/** @param durable whether all files, and their names, are to be on the disk
 *                before they are published; only if target_is_local()
 * @return NULL with STATUS_NO_MEMORY */
Publication *publication_new(const char *target, bool durable, Status *status);

/** The raster, which output_file_open() writes. */
StagedFile *publication_raster(Publication *publication);

/** Writes a file that goes beside the target.
 * @param name without a folder
 * @return false with STATUS_IO or STATUS_NO_MEMORY */
bool publication_add_sidecar(Publication *publication, const char *name,
                             const void *data, size_t nbytes, Status *status);

/** Likewise the bytes of the file at @p path, which is deleted as soon as it is
 * open; to be tried once more, if it could not be. */
bool publication_add_sidecar_of_file(Publication *publication, const char *name,
                                     const char *path, Status *status);

/** Gives all files their names; the raster must be closed.
 * @return false with STATUS_IO: publication_free() undoes what was done */
bool publication_take_names(Publication *publication, Status *status);

/** Says that the published files are to stay: the older ones are deleted. */
void publication_keep(Publication *publication);

/** Frees it. Unless publication_keep() was called the new files are deleted,
 * and the older ones get their names again. Warns of each older file that could
 * not be deleted, or not be put back, and says what it is called. NULL is
 * none. */
void publication_free(Publication *publication);

#endif
