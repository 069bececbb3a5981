/* SPDX-License-Identifier: MIT */
/** @file
 * The TIFF file behind a band of GDAL's GTiff driver, as bytes: its
 * directories, and what its tiles are encoded to.
 *
 * What is open may not be what its name means by now: see same_again.h. A file
 * of the system's counts if a descriptor of this process is open on it. Of
 * files elsewhere (/vsimem/, /vsicurl/) the system does not tell; there the
 * place and size of each tile must be what the dataset says, which of encoded
 * pixels that are others is as good as impossible.
 *
 * On the thread that the dataset belongs to.
 */
#ifndef ROWBAND_TIFF_FILE_H
#define ROWBAND_TIFF_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "copied_tiles.h"
#include "cpl_port.h"
#include "gdal.h"
#include "ifd.h"
#include "layout.h"
#include "status.h"

CPL_C_START

typedef struct TiffFile TiffFile;

/** The name of the file that a band is in: the dataset's, or the band's. */
const char *tiff_file_name_of(GDALDatasetH dataset, GDALRasterBandH band);

/** Opens the file that a band is in.
 * @param dataset what the band is of, or its mask
 * @param is_new  whether it was opened by its name just now: then that is what
 *                the name means
 * @param[out] why_not why its bytes are not to be had, in a few words
 * @return NULL with that, or with STATUS_NO_MEMORY */
TiffFile *tiff_file_open(GDALDatasetH dataset, GDALRasterBandH band,
                         bool is_new, const char **why_not, Status *status);

/** NULL is none. */
void tiff_file_close(TiffFile *file);

uint64_t tiff_file_nbytes(const TiffFile *file);

/** For messages. */
const char *tiff_file_name(const TiffFile *file);

/** @return whether the file is certain to be the one that is open */
bool tiff_file_is_certain(const TiffFile *file);

/** What it holds while it rests, and what besides while it is read, for the
 * budget. */
uint64_t tiff_file_resting_nbytes(const TiffFile *file);
uint64_t tiff_file_held_nbytes(const TiffFile *file);

/** The band's directory: those of its tags that copied_tiles.h looks at.
 * @return NULL, with a reason in @p why_not if it cannot be read as it must be,
 *         or with STATUS_NO_MEMORY; to be freed by ifd_free() */
Ifd *tiff_file_directory(TiffFile *file, GDALRasterBandH band,
                         const char **why_not, Status *status);

/** Closes it until it is read again: then it must be what it was. */
void tiff_file_rest(TiffFile *file);

/** Opens one that rests.
 * @return false with STATUS_READ if it is another file by now, or
 * STATUS_NO_MEMORY */
bool tiff_file_wake(TiffFile *file, Status *status);

/** Holds tiles against what the dataset says of them.
 * @param band  of the plane that @p at names in the file
 * @param own   layout of the image that has its tiles from there
 * @param[out] same whether the dataset says the same of each
 * @return false with STATUS_READ if it fails at that, and would then show holes
 *         where there are tiles */
bool tiff_file_compare(const TiffFile *file, GDALRasterBandH band,
                       const OtherTiles *tiles, const Layout *own,
                       const PlaneInOther *at, bool *same, Status *status);

/** A TileStore's read(): @p user is the TiffFile, which does not rest. */
bool tiff_file_read(void *user, uint64_t position, void *data, size_t nbytes,
                    Status *status);

CPL_C_END

#endif
