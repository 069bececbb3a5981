/* SPDX-License-Identifier: MIT */
#include "warp_options.h"

#include <math.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_error.h"
#include "cpl_string.h"
#include "option_value.h"

static const char target_srs[] = "TARGET_SRS", scheme[] = "TILING_SCHEME";

static char *copy_value(CSLConstList list, const char *name)
{
    const char *value = CSLFetchNameValue(list, name);
    return value != NULL ? CPLStrdup(value) : NULL;
}

/** @return whether @p text is a finite number and nothing else */
static bool read_number(const char *text, double *number)
{
    char *end;
    *number = CPLStrtod(text, &end);
    while (*end == ' ')
        end++;
    return end != text && *end == '\0' && isfinite(*number);
}

static bool parse_res(WarpOptions *options, CSLConstList list, Status *status)
{
    const char *value = CSLFetchNameValue(list, "RES");
    return value == NULL ||
           (read_number(value, &options->res) && options->res > 0) ||
           option_bad_value("RES", value, "a number above 0", status);
}

static bool parse_extent(WarpOptions *options, CSLConstList list,
                         Status *status)
{
    static const char wanted[] = "minx,miny,maxx,maxy";
    const char *value = CSLFetchNameValue(list, "EXTENT");
    if (value == NULL)
        return options->res == 0 ||
               status_fail(status, STATUS_INVALID,
                           "RES needs EXTENT beside it: %s", wanted);
    char **words = CSLTokenizeString2(value, ",", 0);
    double *extent = options->extent;
    bool ok = CSLCount(words) == 4;
    for (int i = 0; ok && i < 4; i++)
        ok = read_number(words[i], &extent[i]);
    CSLDestroy(words);
    options->has_extent = true;
    return (ok && extent[0] < extent[2] && extent[1] < extent[3]) ||
           option_bad_value("EXTENT", value, wanted, status);
}

static void warn_of_idle(CSLConstList list, const char *const *names,
                         const char *why)
{
    for (; *names != NULL; names++)
        if (CSLFetchNameValue(list, *names) != NULL)
            CPLError(CE_Warning, CPLE_AppDefined,
                     "ROWBAND: %s has no effect %s", *names, why);
}

static void warn_of_all_idle(const WarpOptions *options, CSLConstList list)
{
    static const char *const grid[] = {target_srs, "RES", "EXTENT", NULL};
    static const char *const of_scheme[] = {"ZOOM_LEVEL", "ZOOM_LEVEL_STRATEGY",
                                            "ALIGNED_LEVELS", NULL};
    static const char *const of_both[] = {"RES", "EXTENT", "WARP_RESAMPLING",
                                          "ADD_ALPHA", NULL};
    if (options->tiling_scheme != NULL)
        warn_of_idle(list, grid, "with TILING_SCHEME");
    else
        warn_of_idle(list, of_scheme, "without TILING_SCHEME");
    if (!options->wanted)
        warn_of_idle(list, of_both, "without TARGET_SRS or TILING_SCHEME");
}

/** RESAMPLING is of overviews first, which has its other names checked.
 * GDAL's warp has no GAUSS. */
static bool parse_resampling(WarpOptions *options, CSLConstList list,
                             Status *status)
{
    const OptionChoice *own;
    const char *shared = CSLFetchNameValue(list, "RESAMPLING");
    if (!option_choice(list, "WARP_RESAMPLING", &own, status))
        return false;
    if (own == NULL && shared != NULL && options->wanted) {
        own = option_find_choice(option_table_find("WARP_RESAMPLING"), shared);
        if (own == NULL)
            return option_bad_value("RESAMPLING", shared,
                                    "a method that reprojects as well, or "
                                    "WARP_RESAMPLING beside it,",
                                    status);
    }
    options->resampling = own != NULL ? own->name : NULL;
    return true;
}

/** What there is to reproject to. */
static bool parse_target(WarpOptions *options, CSLConstList list,
                         Status *status)
{
    options->target_srs = copy_value(list, target_srs);
    options->tiling_scheme = copy_value(list, scheme);
    if (options->tiling_scheme != NULL &&
        EQUAL(options->tiling_scheme, option_table_find(scheme)->by_default)) {
        CPLFree(options->tiling_scheme);
        options->tiling_scheme = NULL;
    }
    options->wanted =
        options->target_srs != NULL || options->tiling_scheme != NULL;
    if (options->tiling_scheme == NULL && options->wanted &&
        *options->target_srs == '\0')
        return option_bad_value(target_srs, "", "a CRS", status);
    return true;
}

bool warp_options_parse(WarpOptions *options, CSLConstList list, Status *status)
{
    const OptionChoice *strategy;
    *options = (WarpOptions){.zoom_level = -1};
    if (!parse_target(options, list, status) ||
        !option_int(list, "ZOOM_LEVEL", &options->zoom_level, status) ||
        !option_choice(list, "ZOOM_LEVEL_STRATEGY", &strategy, status) ||
        !option_int(list, "ALIGNED_LEVELS", &options->aligned_levels, status) ||
        !option_bool(list, "ADD_ALPHA", &options->add_alpha, status) ||
        !parse_resampling(options, list, status) ||
        !parse_res(options, list, status))
        return false;
    options->zoom_strategy = strategy->meaning;
    if (options->wanted && options->tiling_scheme == NULL &&
        !parse_extent(options, list, status))
        return false;
    warn_of_all_idle(options, list);
    return true;
}

const char *warp_options_name(const WarpOptions *options)
{
    if (options->tiling_scheme != NULL)
        return scheme;
    return options->target_srs != NULL ? target_srs : NULL;
}

void warp_options_free(WarpOptions *options)
{
    CPLFree(options->target_srs);
    CPLFree(options->tiling_scheme);
    memset(options, 0, sizeof *options);
}
