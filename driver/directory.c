/* SPDX-License-Identifier: MIT */
#include "directory.h"

#include <inttypes.h>
#include <stdlib.h>

static bool set_tiles(Ifd *ifd, const LayoutSpec *spec, const TileIndex *index,
                      Status *status)
{
    const uint16_t offsets =
        spec->strips ? TAG_STRIP_OFFSETS : TAG_TILE_OFFSETS;
    const uint16_t nbytes =
        spec->strips ? TAG_STRIP_BYTE_COUNTS : TAG_TILE_BYTE_COUNTS;
    const uint16_t height = spec->strips ? TAG_ROWS_PER_STRIP : TAG_TILE_LENGTH;
    const uint64_t count = (uint64_t)index->count;
    return (spec->strips ||
            ifd_set_number(ifd, TAG_TILE_WIDTH, (uint32_t)spec->tile_width,
                           status)) &&
           ifd_set_number(ifd, height, (uint32_t)spec->tile_height, status) &&
           ifd_set_offsets(ifd, offsets, index->offsets, count, status) &&
           ifd_set(ifd, nbytes, IFD_LONG, count, index->nbytes, status);
}

bool directory_complete(Ifd *ifd, const ImageSpec *image,
                        const TileIndex *index, Status *status)
{
    static const uint16_t replaced[] = {
        TAG_TILE_WIDTH,        TAG_TILE_LENGTH,    TAG_TILE_OFFSETS,
        TAG_TILE_BYTE_COUNTS,  TAG_ROWS_PER_STRIP, TAG_STRIP_OFFSETS,
        TAG_STRIP_BYTE_COUNTS, TAG_PREDICTOR};
    const LayoutSpec *spec = &image->layout.spec;
    for (size_t i = 0; i < sizeof replaced / sizeof *replaced; i++)
        ifd_remove(ifd, replaced[i]);
    return ifd_set_number(ifd, TAG_IMAGE_WIDTH, (uint32_t)spec->width,
                          status) &&
           ifd_set_number(ifd, TAG_IMAGE_LENGTH, (uint32_t)spec->height,
                          status) &&
           (image->codec->tag == 0 ||
            ifd_set_number(ifd, TAG_COMPRESSION, image->codec->tag, status)) &&
           (image->predictor == PREDICTOR_NONE ||
            ifd_set_number(ifd, TAG_PREDICTOR, image->predictor, status)) &&
           set_tiles(ifd, spec, index, status);
}

/** Classic unless that is too small for the finished file, or BIGTIFF says
 * otherwise.
 * @param nbytes what a classic file would have */
static bool choose_format(BigTiff bigtiff, uint64_t nbytes, bool *big,
                          Status *status)
{
    *big = bigtiff == BIGTIFF_YES ||
           (bigtiff != BIGTIFF_NO && nbytes > UINT32_MAX);
    return *big || nbytes <= UINT32_MAX ||
           status_fail(status, STATUS_INVALID,
                       "BIGTIFF=NO: the file would have %" PRIu64
                       " bytes, and a classic TIFF holds 4 GiB",
                       nbytes);
}

static bool append(Sink *sink, const Ifd *ifd, bool big, uint64_t position,
                   uint64_t next, Status *status)
{
    const uint64_t nbytes = ifd_nbytes(ifd, big);
    uint8_t *bytes = malloc((size_t)nbytes);
    if (bytes == NULL)
        return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    ifd_serialize(ifd, big, position, next, bytes);
    const bool ok = sink_append(sink, bytes, (size_t)nbytes, status);
    free(bytes);
    return ok;
}

bool directory_append_all(Sink *sink, Ifd *const *ifds, int count,
                          uint64_t position, BigTiff bigtiff,
                          uint8_t header[IFD_HEADER_NBYTES], Status *status)
{
    /* TIFF 6.0 section 2: directories begin on a word boundary. */
    const size_t padding = position & 1;
    position += padding;
    uint64_t classic_nbytes = position;
    bool big;
    for (int i = 0; i < count; i++)
        classic_nbytes += ifd_nbytes(ifds[i], false);
    if (!choose_format(bigtiff, classic_nbytes, &big, status) ||
        !sink_append(sink, "", padding, status))
        return false;

    ifd_serialize_header(big, position, header);
    for (int i = 0; i < count; i++) {
        const uint64_t end = position + ifd_nbytes(ifds[i], big);
        const uint64_t next = i < count - 1 ? end : 0;
        if (!append(sink, ifds[i], big, position, next, status))
            return false;
        position = end;
    }
    return true;
}
