/* SPDX-License-Identifier: MIT */
#include "parts_dataset.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "cpl_conv.h"
#include "cpl_string.h"
#include "dataset.h"
#include "error_trap.h"
#include "guarded.h"
#include "metadata_copy.h"
#include "part_names.h"
#include "part_set.h"
#include "report.h"
#include "unwritten_vrt.h"

/** The text of a VRT that is being written. */
typedef struct Text {
    ByteWriter to;
    const PartSet *set;
    const Layout *layout; /**< of the level */
    int level;
    bool kept; /**< of directories of their own */
} Text;

static void put(Text *text, const char *what)
{
    bytes_put(&text->to, what, strlen(what));
}

/** What a source is, and how it is opened. */
static void put_name(Text *text, int number, bool is_mask)
{
    const PartFile *part = &text->set->parts[number - 1];
    char *name = CPLEscapeString(part->name, -1, CPLES_XML);
    char number_text[64];
    put(text, "<SimpleSource><SourceFilename relativeToVRT=\"0\" "
              "shared=\"0\">");
    if (text->kept) {
        snprintf(number_text, sizeof number_text, "GTIFF_DIR:off:%" PRIu64 ":",
                 part->kept[is_mask ? 1 : 0]);
        put(text, number_text);
    }
    put(text, name);
    put(text, "</SourceFilename>");
    CPLFree(name);
    if (text->level > 0 && !text->kept) {
        snprintf(number_text, sizeof number_text, "%d", text->level - 1);
        put(text, "<OpenOptions><OOI key=\"OVERVIEW_LEVEL\">");
        put(text, number_text);
        put(text, "</OOI></OpenOptions>");
    }
}

/** The rows of a part, as a source of a band.
 * @param band as the VRT names it; NULL: the mask */
static void put_source(Text *text, int number, const char *band,
                       const char *type)
{
    const bool is_mask = band == NULL;
    const PartSet *set = text->set;
    const LayoutSpec *spec = &text->layout->spec;
    const Part part = {number, set->run.count};
    const Span tiles = parts_tile_rows(&set->shape, &part, text->level);
    const Span shown = parts_pixel_rows(spec, &tiles);
    char rows[200], rest[600];
    if (shown.begin >= shown.end)
        return;
    put_name(text, number, is_mask);
    snprintf(rows, sizeof rows,
             "xOff=\"0\" yOff=\"%" PRId64 "\" xSize=\"%" PRId64
             "\" ySize=\"%" PRId64 "\"",
             shown.begin, spec->width, shown.end - shown.begin);
    snprintf(
        rest, sizeof rest,
        "<SourceBand>%s</SourceBand><SourceProperties RasterXSize=\"%" PRId64
        "\" RasterYSize=\"%" PRId64 "\" DataType=\"%s\" "
        "BlockXSize=\"%" PRId64 "\" BlockYSize=\"%" PRId64 "\"/>"
        "<SrcRect %s/><DstRect %s/></SimpleSource>\n",
        is_mask ? (text->kept ? "1" : "mask,1") : band, spec->width,
        spec->height, type, spec->tile_width, spec->tile_height, rows, rows);
    put(text, rest);
}

static void put_sources(Text *text, const char *band, const char *type)
{
    for (int i = 1; i <= text->set->run.count; i++)
        put_source(text, i, band, type);
}

/** @param first the first part, as GTiff opens it */
static void put_all(Text *text, GDALDatasetH first)
{
    const LayoutSpec *spec = &text->layout->spec;
    char head[200];
    snprintf(head, sizeof head,
             "<VRTDataset rasterXSize=\"%" PRId64 "\" rasterYSize=\"%" PRId64
             "\">\n",
             spec->width, spec->height);
    put(text, head);
    for (int i = 1; i <= GDALGetRasterCount(first); i++) {
        const char *type = GDALGetDataTypeName(
            GDALGetRasterDataType(GDALGetRasterBand(first, i)));
        char number[16];
        snprintf(number, sizeof number, "%d", i);
        snprintf(
            head, sizeof head,
            "<VRTRasterBand dataType=\"%s\" band=\"%d\" blockXSize=\"%" PRId64
            "\" blockYSize=\"%" PRId64 "\">\n",
            type, i, spec->tile_width, spec->tile_height);
        put(text, head);
        put_sources(text, number, type);
        put(text, "</VRTRasterBand>\n");
    }
    if (text->set->run.image_count > 1) {
        put(text, "<MaskBand><VRTRasterBand dataType=\"Byte\">\n");
        put_sources(text, NULL, "Byte");
        put(text, "</VRTRasterBand></MaskBand>\n");
    }
    put(text, "</VRTDataset>");
    bytes_put(&text->to, "", 1);
}

static GDALDatasetH open_text(const PartSet *set, int level, bool kept,
                              GDALDatasetH first)
{
    static const char *const vrt_only[] = {"VRT", NULL};
    Text text = {.set = set,
                 .layout =
                     &set->layouts[(ptrdiff_t)level * set->run.image_count],
                 .level = level,
                 .kept = kept};
    put_all(&text, first);
    const GDALDatasetH dataset = text.to.failed
                                     ? NULL
                                     : guarded_open((const char *)text.to.bytes,
                                                    0, vrt_only, NULL, NULL);
    free(text.to.bytes);
    if (dataset == NULL)
        return NULL;
    /* What the raster says, and not that it is a part. */
    metadata_copy_all(first, dataset);
    GDALSetMetadata(dataset, NULL, "ROWBAND_PART");
    return dataset;
}

GDALDatasetH parts_dataset_of_level(const PartSet *set, int level, bool kept,
                                    Status *status)
{
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_ALL);
    const GDALDatasetH first = dataset_open_gtiff(set->parts[0].name, 0);
    const GDALDatasetH dataset =
        first != NULL ? open_text(set, level, kept && set->run.keeps, first)
                      : NULL;
    dataset_close_silently(first);
    error_trap_end(&trap);
    if (dataset == NULL)
        status_fail(status, STATUS_READ, "cannot open %s: %s",
                    set->parts[0].name, trap.message);
    return dataset;
}

GDALDatasetH parts_dataset_open(const char *name)
{
    Status status = {.code = STATUS_OK};
    PartSet *set = calloc(1, sizeof *set);
    GDALDatasetH dataset = NULL;
    if (set == NULL) {
        status_fail(&status, STATUS_NO_MEMORY, "out of memory");
    } else {
        if (part_set_open(set, name, &status))
            dataset = parts_dataset_of_level(set, 0, false, &status);
        part_set_close(set);
    }
    free(set);
    if (dataset == NULL)
        report_failure(name, &status);
    else
        unwritten_vrt_name(dataset, name);
    return dataset;
}
