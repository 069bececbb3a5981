/* SPDX-License-Identifier: MIT */
#include "band_masks.h"

#include "cpl_conv.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "dataset.h"
#include "error_trap.h"
#include "live_band.h"

/** As GDALDriver::DefaultCopyMasks() finds them. */
static bool has_own_mask(GDALDatasetH source, int band)
{
    return (GDALGetMaskFlags(GDALGetRasterBand(source, band)) &
            (GMF_ALL_VALID | GMF_PER_DATASET | GMF_ALPHA | GMF_NODATA)) == 0;
}

int band_masks_first(GDALDatasetH source)
{
    const int bands = GDALGetRasterCount(source);
    if (dataset_mask(source) != NULL)
        return 0;
    for (int band = 1; band <= bands; band++)
        if (has_own_mask(source, band))
            return band;
    return 0;
}

/** With the options of GDALDefaultOverviews::CreateMaskBand(). */
static GDALDatasetH create_file(GDALDatasetH source, const char *path,
                                int block_width, int block_height)
{
    char **options = CSLSetNameValue(NULL, "COMPRESS", "DEFLATE");
    options = CSLSetNameValue(options, "INTERLEAVE", "BAND");
    if (block_width % 16 == 0 && block_height % 16 == 0) {
        options = CSLSetNameValue(options, "TILED", "YES");
        options = CSLSetNameValue(options, "BLOCKXSIZE",
                                  CPLSPrintf("%d", block_width));
        options = CSLSetNameValue(options, "BLOCKYSIZE",
                                  CPLSPrintf("%d", block_height));
    }
    const GDALDatasetH file =
        GDALCreate(GDALGetDriverByName("GTiff"), path,
                   GDALGetRasterXSize(source), GDALGetRasterYSize(source),
                   GDALGetRasterCount(source), GDT_Byte, options);
    CSLDestroy(options);
    return file;
}

typedef struct Question {
    GDALProgressFunc go_on;
    void *user;
} Question;

static int CPL_STDCALL ask(double share, const char *message, void *user)
{
    const Question *question = user;
    (void)share;
    return question->go_on(0.0, message, question->user);
}

static bool copy_mask(GDALDatasetH source, GDALDatasetH file, int band,
                      Question *question)
{
    static const char *const options[] = {"COMPRESSED=YES", NULL};
    const GDALRasterBandH mask =
        GDALGetMaskBand(GDALGetRasterBand(source, band));
    const int flags = GDALGetMaskFlags(GDALGetRasterBand(source, band));
    char *name = CPLStrdup(CPLSPrintf("INTERNAL_MASK_FLAGS_%d", band));
    GDALSetMetadataItem(file, name, CPLSPrintf("%d", flags), NULL);
    CPLFree(name);
    const bool ok =
        GDALRasterBandCopyWholeRaster(mask, GDALGetRasterBand(file, band),
                                      options, ask, question) == CE_None;
    GDALFlushRasterCache(mask);
    live_band_drop_blocks(source);
    return ok;
}

static bool copy_masks(GDALDatasetH source, const char *path, int block_width,
                       int block_height, Question *question)
{
    const GDALDatasetH file =
        create_file(source, path, block_width, block_height);
    bool ok = file != NULL;
    for (int band = 1; ok && band <= GDALGetRasterCount(source); band++)
        if (has_own_mask(source, band))
            ok = copy_mask(source, file, band, question);
    if (file != NULL)
        GDALClose(file);
    return ok;
}

bool band_masks_write(GDALDatasetH source, const char *target, int block_width,
                      int block_height, Publication *publication,
                      GDALProgressFunc go_on, void *user, Status *status)
{
    Question question = {go_on, user};
    char *path =
        CPLStrdup(CPLSPrintf("/vsimem/rowband_%p.msk", (void *)publication));
    char *name = CPLStrdup(CPLSPrintf("%s.msk", CPLGetFilename(target)));
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    bool ok = copy_masks(source, path, block_width, block_height, &question) &&
              !trap.failed;
    error_trap_end(&trap);
    if (!ok)
        status_fail(status,
                    trap.number == CPLE_UserInterrupt ? STATUS_CANCELLED
                                                      : STATUS_READ,
                    "cannot copy the masks of the source's bands: %s",
                    trap.failed ? trap.message : "cancelled");
    vsi_l_offset nbytes = 0;
    const GByte *bytes = ok ? VSIGetMemFileBuffer(path, &nbytes, FALSE) : NULL;
    ok = ok && publication_add_sidecar(publication, name, bytes, (size_t)nbytes,
                                       status);
    VSIUnlink(path);
    CPLFree(name);
    CPLFree(path);
    return ok;
}
