/* SPDX-License-Identifier: MIT */
/** @file
 * A TIFF image file directory: made, or read from one file (ifd_read.h),
 * changed, written to another, classic (TIFF 6.0 section 2) or BigTIFF
 * (libtiff's BigTIFF design, version 43). Little-endian only, as is the host.
 */
#ifndef ROWBAND_IFD_H
#define ROWBAND_IFD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "ROWBAND writes little-endian TIFF and is built for little-endian hosts"
#endif

enum IfdTag {
    TAG_NEW_SUBFILE_TYPE = 254,
    TAG_IMAGE_WIDTH = 256,
    TAG_IMAGE_LENGTH = 257,
    TAG_BITS_PER_SAMPLE = 258,
    TAG_COMPRESSION = 259,
    TAG_PHOTOMETRIC = 262,
    TAG_FILL_ORDER = 266,
    TAG_STRIP_OFFSETS = 273,
    TAG_SAMPLES_PER_PIXEL = 277,
    TAG_ROWS_PER_STRIP = 278,
    TAG_STRIP_BYTE_COUNTS = 279,
    TAG_PLANAR_CONFIGURATION = 284,
    TAG_T4_OPTIONS = 292,
    TAG_T6_OPTIONS = 293,
    TAG_PREDICTOR = 317,
    TAG_COLOR_MAP = 320,
    TAG_TILE_WIDTH = 322,
    TAG_TILE_LENGTH = 323,
    TAG_TILE_OFFSETS = 324,
    TAG_TILE_BYTE_COUNTS = 325,
    TAG_EXTRA_SAMPLES = 338,
    TAG_SAMPLE_FORMAT = 339,
    TAG_JPEG_TABLES = 347,
    TAG_YCBCR_COEFFICIENTS = 529,
    TAG_YCBCR_SUBSAMPLING = 530,
    TAG_YCBCR_POSITIONING = 531,
    TAG_REFERENCE_BLACK_WHITE = 532,
    TAG_GDAL_METADATA = 42112,   /* of GDAL */
    TAG_GDAL_NODATA = 42113,     /* of GDAL */
    TAG_LERC_PARAMETERS = 50674, /* of libtiff */
    /* Of parts, see part_record.h; from the range for private use. */
    TAG_ROWBAND_PART = 65411,
    TAG_ROWBAND_RUN = 65412,
    TAG_ROWBAND_STATISTICS = 65413,
    TAG_ROWBAND_KEPT = 65414
};

enum IfdType {
    IFD_BYTE = 1,
    IFD_ASCII = 2,
    IFD_SHORT = 3,
    IFD_LONG = 4,
    IFD_LONG8 = 16
};

/** Bytes at the start of the file: a BigTIFF header, or a classic one and
 * 8 bytes unused, so that which it is can be decided last. */
enum { IFD_HEADER_NBYTES = 16 };

typedef struct Ifd Ifd;

/** The numbers in which classic TIFF and BigTIFF differ. */
typedef struct IfdFormat {
    size_t count_nbytes; /**< of the number of entries */
    size_t entry_nbytes;
    size_t value_nbytes; /**< of an offset, and of a value held in place */
} IfdFormat;

const IfdFormat *ifd_format(bool big);

/** Bytes of one value; 0 for a type that no specification names. */
size_t ifd_type_nbytes(uint16_t type);

/** @return NULL if there is no memory */
Ifd *ifd_new(void);
void ifd_free(Ifd *ifd);

/** A copy of the tags of @p ifd that are among @p tags; NULL: of all.
 * @return NULL if there is no memory */
Ifd *ifd_copy(const Ifd *ifd, const uint16_t *tags, size_t tag_count);

/** Sets a tag, replacing what it held.
 * @param data count values of @p type in host order; copied
 * @return false with STATUS_NO_MEMORY */
bool ifd_set(Ifd *ifd, uint16_t tag, uint16_t type, uint64_t count,
             const void *data, Status *status);

/** Sets a tag of one value, SHORT if it fits and LONG otherwise. */
bool ifd_set_number(Ifd *ifd, uint16_t tag, uint32_t value, Status *status);

/** Sets a tag of @p count file offsets: LONG in a classic file, LONG8 in a
 * BigTIFF. @p offsets is kept by reference. */
bool ifd_set_offsets(Ifd *ifd, uint16_t tag, const uint64_t *offsets,
                     uint64_t count, Status *status);

void ifd_remove(Ifd *ifd, uint16_t tag);

bool ifd_has(const Ifd *ifd, uint16_t tag);

/** The first value of a tag of type BYTE, SHORT, LONG or LONG8; @p otherwise
 * if the tag is absent. */
uint64_t ifd_number(const Ifd *ifd, uint16_t tag, uint64_t otherwise);

/** The text of a tag; owned by @p ifd, until it is changed. NULL if there is no
 * such tag, or what it holds is no text that ends. */
const char *ifd_text(const Ifd *ifd, uint16_t tag);

/** How many values a tag has; none if it is absent. */
uint64_t ifd_count(const Ifd *ifd, uint16_t tag);

/** @return whether all values of a tag, of the types above, are @p number;
 * an absent one is taken to hold @p otherwise */
bool ifd_all_are(const Ifd *ifd, uint16_t tag, uint64_t number,
                 uint64_t otherwise);

/** All values of a tag, of the types above.
 * @return false if it does not have @p count of them */
bool ifd_numbers(const Ifd *ifd, uint16_t tag, uint64_t *numbers,
                 uint64_t count);

/** Has @p ifd hold of a tag what @p from holds, or nothing. */
bool ifd_take(Ifd *ifd, uint16_t tag, const Ifd *from, Status *status);

/** @return whether neither directory has the tag, or both have it with the
 * same values, as far as the shorter one goes */
bool ifd_same(const Ifd *a, const Ifd *b, uint16_t tag);

/** Bytes of the directory and its values; even. */
uint64_t ifd_nbytes(const Ifd *ifd, bool big);

/** Writes the directory and its values.
 * @param position  where @p out will lie in the file; even
 * @param next      where the next directory lies; 0: this is the last
 * @param[out] out  ifd_nbytes() bytes */
void ifd_serialize(const Ifd *ifd, bool big, uint64_t position, uint64_t next,
                   uint8_t *out);

/** Writes the header of a file whose first directory lies at @p first. */
void ifd_serialize_header(bool big, uint64_t first,
                          uint8_t out[IFD_HEADER_NBYTES]);

#endif
