/* SPDX-License-Identifier: MIT */
#include "told_file.h"

#include <limits.h>
#include <stdlib.h>

#include "config.h"
#include "cpl_conv.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "dataset.h"
#include "error_trap.h"
#include "guarded.h"
#include "ifd_read.h"
#include "metadata_copy.h"

struct ToldFile {
    char *target; /**< for messages */
    char *folder; /**< in /vsimem/ */
    char *path;
    GDALDatasetH dataset; /**< NULL: closed */
    GDALDatasetH proxy;   /**< NULL: not closed */
    bool has_mask;
};

static char **set_size(char **list, const char *key, int size)
{
    return CSLSetNameValue(list, key, CPLSPrintf("%d", size));
}

/** @return whether the index of so small blocks would take too much memory */
static bool are_too_many(const SourceShape *shape, const Options *options)
{
    enum { BLOCKS_MAX = 1 << 18 };
    const double across =
        options->tiled ? (double)shape->width / options->block_width : 1.0;
    const double down = (double)shape->height / options->block_height;
    return across * down *
               (options->interleave != INTERLEAVE_PIXEL ? shape->bands : 1) >
           BLOCKS_MAX;
}

/** Of which size GTiff makes the tiles of overviews depends on the raster's:
 * they are square ones of a power of two, or 128. Where they are not, larger
 * ones keep the file's own index small. */
static char **block_options(char **list, const SourceShape *shape,
                            const Options *options)
{
    enum { SMALLEST = 64, WIDTH = 512, HEIGHT = 256 };
    const int width = options->block_width, height = options->block_height;
    const bool many = are_too_many(shape, options);
    if (!options->tiled && !many)
        return set_size(list, "BLOCKYSIZE", height);
    const bool taken_over = options->tiled && width == height && !many &&
                            width >= SMALLEST && (width & (width - 1)) == 0;
    list = CSLSetNameValue(list, "TILED", "YES");
    list = set_size(list, "BLOCKXSIZE", taken_over ? width : WIDTH);
    return set_size(list, "BLOCKYSIZE", taken_over ? height : HEIGHT);
}

static bool create_dataset(ToldFile *file, const SourceShape *shape,
                           const Options *options, CSLConstList for_tags,
                           Status *status)
{
    char **list = block_options(CSLDuplicate(for_tags), shape, options);
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    error_trap_rename(&trap, file->path, file->target);
    file->dataset =
        guarded_create(GDALGetDriverByName("GTiff"), file->path, shape->width,
                       shape->height, shape->bands, shape->type, list);
    error_trap_end(&trap);
    CSLDestroy(list);
    return file->dataset != NULL ||
           status_fail(status, STATUS_INVALID, "%s",
                       trap.failed ? trap.message : "GTiff makes no file");
}

ToldFile *told_file_create(const char *target, const SourceShape *shape,
                           const Options *options, CSLConstList for_tags,
                           Status *status)
{
    ToldFile *file = calloc(1, sizeof *file);
    if (file == NULL) {
        status_fail(status, STATUS_NO_MEMORY, "out of memory");
        return NULL;
    }
    file->target = CPLStrdup(target);
    file->folder =
        CPLStrdup(CPLSPrintf("/vsimem/rowband_told_%p", (void *)file));
    /* The target's name makes GTiff name the sidecars as they shall be. */
    file->path =
        CPLStrdup(CPLFormFilename(file->folder, CPLGetFilename(target), NULL));
    if (create_dataset(file, shape, options, for_tags, status))
        return file;
    told_file_free(file);
    return NULL;
}

GDALDatasetH told_file_dataset(const ToldFile *file)
{
    return file->dataset;
}

/** Bands may have been told different ones, and the file has one. */
static bool read_nodata(const ToldFile *file, Status *status)
{
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_ALL);
    const GDALDatasetH written = dataset_open_gtiff(file->path, 0);
    if (written != NULL) {
        metadata_copy_nodata(written, file->proxy);
        GDALClose(written);
    }
    error_trap_end(&trap);
    return written != NULL ||
           status_fail(status, STATUS_INVALID,
                       "GTiff cannot read what it wrote: %s", trap.message);
}

bool told_file_close(ToldFile *file, Status *status)
{
    ErrorTrap trap;
    file->has_mask = dataset_mask(file->dataset) != NULL;
    error_trap_begin(&trap, TRAP_NOTHING);
    error_trap_rename(&trap, file->path, file->target);
    file->proxy = metadata_copy_proxy(file->dataset, file->has_mask);
    GDALClose(file->dataset);
    file->dataset = NULL;
    error_trap_end(&trap);
    if (file->proxy == NULL)
        return status_fail(status, STATUS_NO_MEMORY,
                           "cannot gather what was said of the dataset");
    return read_nodata(file, status);
}

GDALDatasetH told_file_proxy(const ToldFile *file)
{
    return file->proxy;
}

const char *told_file_path(const ToldFile *file)
{
    return file->path;
}

const char *told_file_folder(const ToldFile *file)
{
    return file->folder;
}

bool told_file_has_mask(const ToldFile *file)
{
    return file->has_mask;
}

/** @param[in,out] number how many of that kind to pass over; less those there
 *                 are */
static Ifd *find_directory(const ToldFile *file, unsigned kind, int *number,
                           Status *status)
{
    vsi_l_offset nbytes = 0;
    const uint8_t *bytes = VSIGetMemFileBuffer(file->path, &nbytes, FALSE);
    if (bytes == NULL) {
        status_fail(status, STATUS_IO, "GTiff wrote no file");
        return NULL;
    }
    for (int index = 1;; index++) {
        Ifd *ifd = ifd_parse(bytes, (size_t)nbytes, index, status);
        if (ifd == NULL || (ifd_number(ifd, TAG_NEW_SUBFILE_TYPE, 0) == kind &&
                            (*number)-- == 0))
            return ifd;
        ifd_free(ifd);
    }
}

Ifd *told_file_directory(const ToldFile *file, unsigned kind, int number,
                         Status *status)
{
    return find_directory(file, kind, &number, status);
}

int told_file_count(const ToldFile *file, unsigned kind)
{
    Status status = {.code = STATUS_OK};
    int left = INT_MAX;
    ifd_free(find_directory(file, kind, &left, &status));
    return INT_MAX - left;
}

bool told_file_set_statistics(const ToldFile *file, GDALDatasetH proxy,
                              Status *status)
{
    static const char *const items[] = {
        "STATISTICS_MINIMUM",       "STATISTICS_MAXIMUM",
        "STATISTICS_MEAN",          "STATISTICS_STDDEV",
        "STATISTICS_VALID_PERCENT", "STATISTICS_APPROXIMATE"};
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    const GDALDatasetH dataset = GDALOpen(file->path, GA_Update);
    for (int i = 1; dataset != NULL && i <= GDALGetRasterCount(proxy); i++)
        for (size_t item = 0; item < sizeof items / sizeof *items; item++) {
            const GDALRasterBandH from = GDALGetRasterBand(proxy, i);
            const char *value = GDALGetMetadataItem(from, items[item], NULL);
            GDALSetMetadataItem(GDALGetRasterBand(dataset, i), items[item],
                                value, NULL);
        }
    if (dataset != NULL)
        GDALClose(dataset);
    error_trap_end(&trap);
    return (dataset != NULL && !trap.failed) ||
           status_fail(status, STATUS_IO, "cannot keep statistics: %s",
                       trap.message);
}

void told_file_untell(const ToldFile *file, GDALDatasetH pixels,
                      const char *target)
{
    if (metadata_copy_has_own_domains(file->proxy))
        CPLError(CE_Warning, CPLE_NotSupported,
                 "ROWBAND: where a mask is made of the alpha band, metadata of "
                 "other domains than GDAL's own is left out of %s",
                 target);
    if (GDALGetOverviewCount(GDALGetRasterBand(pixels, 1)) > 0)
        CPLError(CE_Warning, CPLE_NotSupported,
                 "ROWBAND: where a mask is made of the alpha band, overviews "
                 "of %s are computed afresh",
                 target);
    metadata_copy_all(file->proxy, pixels);
}

void told_file_free(ToldFile *file)
{
    if (file == NULL)
        return;
    dataset_close_silently(file->dataset);
    dataset_close_silently(file->proxy);
    VSIRmdirRecursive(file->folder);
    CPLFree(file->target);
    CPLFree(file->folder);
    CPLFree(file->path);
    free(file);
}
