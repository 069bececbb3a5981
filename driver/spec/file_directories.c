/* SPDX-License-Identifier: MIT */
#include "file_directories.h"

#include <string.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "directory.h"
#include "metadata_tag.h"
#include "overview_method.h"
#include "versions.h"

/** The one item that GDAL gives overviews too: without it they would have no
 * mask (frmts/gtiff/gt_overview.cpp: GTIFFBuildOverviewMetadata()). */
static bool add_nodata_values(Ifd *overview, GDALDatasetH proxy, Status *status)
{
    const char *values = GDALGetMetadataItem(proxy, "NODATA_VALUES", NULL);
    if (values == NULL)
        return true;
    char *text = CPLStrdup(CPLSPrintf("<GDALMetadata><Item "
                                      "name=\"NODATA_VALUES\">%s</Item>"
                                      "</GDALMetadata>",
                                      values));
    const bool ok = ifd_set(overview, TAG_GDAL_METADATA, IFD_ASCII,
                            strlen(text) + 1, text, status);
    CPLFree(text);
    return ok;
}

/** Has an overview say how it was made. One of a COG does not. */
static bool add_method(const FileSpec *file, GDALDatasetH source, int level,
                       Ifd *overview, Status *status)
{
    const MetadataItem item = {
        .name = "RESAMPLING",
        .value = overview_method_of(source, file->taken[level]),
        .sample = "0"};
    return !file->overviews.taken || file->cog.cog || item.value == NULL ||
           metadata_tag_set(overview, &item, status);
}

/** Has an overview of a single band say that it has all bands together, as
 * GDAL's of a COG do. */
static bool put_together(const FileSpec *file, Ifd *overview, Status *status)
{
    enum { TOGETHER = 1 /* TIFF 6.0 section 8 */ };
    return !file->cog.cog || file->layouts[0].spec.bands > 1 ||
           ifd_set_number(overview, TAG_PLANAR_CONFIGURATION, TOGETHER, status);
}

/** The tags of an overview. */
static Ifd *overview_tags(const FileSpec *file, GDALDatasetH source, int level,
                          Status *status)
{
    const GtiffTags *raster = &file->raster.tags;
    const GtiffTags *own =
        file->cog.overviews_differ ? &file->overview.tags : raster;
    Ifd *ifd = file->takes_tags
                   ? told_file_directory(file->told, TOLD_OVERVIEW,
                                         file->taken[level], status)
                   : directory_of_overview(own->image, status);
    if (ifd == NULL)
        return NULL;
    if ((file->takes_tags || add_nodata_values(ifd, raster->proxy, status)) &&
        add_method(file, source, level, ifd, status) &&
        put_together(file, ifd, status))
        return ifd;
    ifd_free(ifd);
    return NULL;
}

/** Has the raster of a COG of Create() say how its overviews were made. GTiff
 * has said it for one of CreateCopy(), whose overviews were known then. */
static bool say_method_of_all(const FileSpec *file, GDALDatasetH source,
                              Status *status)
{
    MetadataItem item = {.name = "OVERVIEW_RESAMPLING",
                         .domain = "IMAGE_STRUCTURE"};
    if (file->told == NULL || !file->cog.cog || file->level_count == 1 ||
        !gdal_cogs_say_the_method_of_overviews())
        return true;
    item.value = file->overviews.taken ? overview_method_of(source, 0)
                                       : file->cog.resampling;
    return item.value == NULL ||
           metadata_tag_set(file->raster.tags.image, &item, status);
}

/** Has the raster of a COG say that the tiles of all bands at one place lie
 * together, as GDAL's COG driver from 3.11 on does (frmts/gtiff/
 * gtiffdataset_write.cpp: WriteMetadata()): readers go by it. Only a GDAL
 * profile has such tags. */
static bool say_interleave(const FileSpec *file, Status *status)
{
    static const char profile[] = "GDALGeoTIFF";
    const Options *options = &file->raster.options;
    const MetadataItem item = {
        .name = "INTERLEAVE", .value = "TILE", .domain = "IMAGE_STRUCTURE"};
    return options->interleave != INTERLEAVE_TILE ||
           !EQUAL(CSLFetchNameValueDef(options->for_tags, "PROFILE", profile),
                  profile) ||
           !CPLTestBool(CPLGetConfigOption(
               "GTIFF_WRITE_IMAGE_STRUCTURE_METADATA", "YES")) ||
           metadata_tag_set(file->raster.tags.image, &item, status);
}

bool file_directories_make(const FileSpec *file, GDALDatasetH source,
                           Ifd **ifds, Status *status)
{
    bool ok =
        say_method_of_all(file, source, status) && say_interleave(file, status);
    ifds[0] = file->raster.tags.image;
    if (file->image_count > 1)
        ifds[1] = file->raster.tags.mask;
    for (int i = file->image_count; ok && i < file_spec_image_count(file);
         i++) {
        const bool is_mask = i % file->image_count == 1;
        ifds[i] =
            is_mask
                ? directory_of_overview(file->raster.tags.mask, status)
                : overview_tags(file, source, i / file->image_count, status);
        ok = ifds[i] != NULL;
    }
    return ok;
}

void file_directories_release(const FileSpec *file, Ifd **ifds)
{
    for (int i = file->image_count; i < file_spec_image_count(file); i++)
        ifd_free(ifds[i]);
}
