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

Ifd *directory_of_overview(const Ifd *raster, Status *status)
{
    /* What GDAL gives overviews (frmts/gtiff/gt_overview.cpp): how pixels are
     * to be understood, not where they lie nor what is known of them. */
    static const uint16_t kept[] = {
        TAG_BITS_PER_SAMPLE,    TAG_COMPRESSION,
        TAG_PHOTOMETRIC,        TAG_FILL_ORDER,
        TAG_SAMPLES_PER_PIXEL,  TAG_PLANAR_CONFIGURATION,
        TAG_T4_OPTIONS,         TAG_T6_OPTIONS,
        TAG_COLOR_MAP,          TAG_EXTRA_SAMPLES,
        TAG_SAMPLE_FORMAT,      TAG_JPEG_TABLES,
        TAG_YCBCR_COEFFICIENTS, TAG_YCBCR_SUBSAMPLING,
        TAG_YCBCR_POSITIONING,  TAG_REFERENCE_BLACK_WHITE,
        TAG_GDAL_NODATA,        TAG_LERC_PARAMETERS};
    enum { REDUCED = 1 }; /* TIFF 6.0 section 8, NewSubfileType */
    const uint32_t type =
        (uint32_t)ifd_number(raster, TAG_NEW_SUBFILE_TYPE, 0) | REDUCED;
    Ifd *ifd = ifd_copy(raster, kept, sizeof kept / sizeof *kept);
    if (ifd == NULL)
        status_fail(status, STATUS_NO_MEMORY, "out of memory");
    else if (!ifd_set(ifd, TAG_NEW_SUBFILE_TYPE, IFD_LONG, 1, &type, status)) {
        ifd_free(ifd);
        return NULL;
    }
    return ifd;
}

bool directory_choose_format(BigTiff bigtiff, uint64_t nbytes, bool *big,
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

uint64_t directory_nbytes(Ifd *const *ifds, int count, bool big)
{
    uint64_t nbytes = 0;
    for (int i = 0; i < count; i++)
        nbytes += ifd_nbytes(ifds[i], big);
    return nbytes;
}

static bool append(const Output *output, const Ifd *ifd, bool big,
                   uint64_t position, uint64_t next, Status *status)
{
    const uint64_t nbytes = ifd_nbytes(ifd, big);
    uint8_t *bytes = malloc((size_t)nbytes);
    if (bytes == NULL)
        return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    ifd_serialize(ifd, big, position, next, bytes);
    const bool ok = output_append(output, bytes, (size_t)nbytes, status);
    free(bytes);
    return ok;
}

void directory_offsets(Ifd *const *ifds, int count, uint64_t position, bool big,
                       uint64_t *offsets)
{
    for (int i = 0; i < count; i++) {
        offsets[i] = position;
        position += ifd_nbytes(ifds[i], big);
    }
}

bool directory_append(const Output *output, Ifd *const *ifds, int count,
                      int chained, uint64_t position, bool big, Status *status)
{
    for (int i = 0; i < count; i++) {
        const uint64_t end = position + ifd_nbytes(ifds[i], big);
        const uint64_t next = i < chained - 1 ? end : 0;
        if (!append(output, ifds[i], big, position, next, status))
            return false;
        position = end;
    }
    return true;
}
