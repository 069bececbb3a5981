/* SPDX-License-Identifier: MIT */
#include "statistics_places.h"

#include <stdlib.h>
#include <string.h>

#include "band_statistics.h"
#include "cpl_conv.h"
#include "cpl_string.h"
#include "gdal.h"
#include "guarded.h"

static const char mark[] = "@ROWBAND-STATISTICS-";

/* As long as any number may be, so that what GTiff does about long texts it
 * does about these. */
static const char format[] = "%s%05d-%d@";

static const char *const items[] = {"STATISTICS_MINIMUM", "STATISTICS_MAXIMUM",
                                    "STATISTICS_MEAN", "STATISTICS_STDDEV",
                                    "STATISTICS_VALID_PERCENT"};
enum { ITEMS = sizeof items / sizeof *items };

void statistics_places_set(GtiffTags *tags)
{
    const Statistics any = {.count = 1};
    for (int i = 0; i < GDALGetRasterCount(tags->proxy); i++) {
        const GDALRasterBandH band = GDALGetRasterBand(tags->proxy, i + 1);
        /* In the order in which the numbers will be set. */
        band_statistics_set(band, &any, 1);
        for (int item = 0; item < ITEMS; item++)
            GDALSetMetadataItem(band, items[item],
                                CPLSPrintf(format, mark, i, item), NULL);
    }
}

/** What is said of each item of each band; NULL where nothing is. */
typedef struct Said {
    GDALDatasetH dataset; /**< NULL: of nothing anything */
    int count;
} Said;

static Said said_of(const BandsCounted *counted)
{
    Said said = {.dataset = NULL};
    if (counted == NULL)
        return said;
    said.count = counted->count;
    said.dataset = guarded_create(GDALGetDriverByName("MEM"), "", 1, 1,
                                  counted->count, GDT_Byte, NULL);
    for (int i = 0; said.dataset != NULL && i < counted->count; i++)
        band_statistics_set(GDALGetRasterBand(said.dataset, i + 1),
                            &counted->of_bands[i], counted->pixels);
    return said;
}

/** @param place behind the mark
 * @param[out] end of the place */
static const char *said_at(const Said *said, const char *place,
                           const char **end)
{
    char *after;
    const long band = strtol(place, &after, 10);
    const long item = *after == '-' ? strtol(after + 1, &after, 10) : -1;
    const bool known = *after == '@' && item >= 0 && item < ITEMS &&
                       band >= 0 && band < said->count;
    *end = *after == '@' ? after + 1 : after;
    return known && said->dataset != NULL
               ? GDALGetMetadataItem(
                     GDALGetRasterBand(said->dataset, (int)band + 1),
                     items[item], NULL)
               : NULL;
}

/** Appends the bytes from @p from to @p to. */
static char *append(char *out, const char *from, const char *to)
{
    memcpy(out, from, (size_t)(to - from));
    return out + (to - from);
}

/** @return the new text, to be freed with CPLFree(); NULL if there are no
 * places
 */
static char *fill(const char *text, const BandsCounted *counted)
{
    const char *place = strstr(text, mark);
    if (place == NULL)
        return NULL;
    const Said said = said_of(counted);
    /* Numbers are no longer than places. */
    char *filled = CPLMalloc(strlen(text) + 1), *out = filled;
    const char *from = text;
    for (; place != NULL; place = strstr(from, mark)) {
        const char *end;
        const char *value = said_at(&said, place + strlen(mark), &end);
        if (value != NULL) {
            out = append(out, from, place);
            out = append(out, value, value + strlen(value));
            from = end;
            continue;
        }
        /* The line goes. */
        const char *line = place, *next = strchr(end, '\n');
        while (line > from && line[-1] != '\n')
            line--;
        out = append(out, from, line);
        from = next != NULL ? next + 1 : end + strlen(end);
    }
    memcpy(out, from, strlen(from) + 1);
    if (said.dataset != NULL)
        GDALClose(said.dataset);
    return filled;
}

char *statistics_places_fill_file(const uint8_t *bytes, size_t nbytes,
                                  const BandsCounted *counted)
{
    char *text = CPLMalloc(nbytes + 1);
    memcpy(text, bytes, nbytes);
    text[nbytes] = '\0';
    char *filled = fill(text, counted);
    CPLFree(text);
    return filled;
}

bool statistics_places_fill_tag(Ifd *ifd, const BandsCounted *counted,
                                Status *status)
{
    const char *text = ifd_text(ifd, TAG_GDAL_METADATA);
    char *filled = text != NULL ? fill(text, counted) : NULL;
    bool ok = true;
    if (filled != NULL && strstr(filled, "<Item") == NULL)
        ifd_remove(ifd, TAG_GDAL_METADATA);
    else if (filled != NULL)
        ok = ifd_set(ifd, TAG_GDAL_METADATA, IFD_ASCII, strlen(filled) + 1,
                     filled, status);
    CPLFree(filled);
    return ok;
}
