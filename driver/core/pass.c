/* SPDX-License-Identifier: MIT */
#include "pass.h"

#include "int_math.h"

Pass pass_over_all(const WindowSource *source, const Plan *plan, int readers,
                   const Layout *layout)
{
    return (Pass){
        .source = source,
        .readers = readers,
        .plan = plan,
        .band_count = layout->spec.bands,
        .region = {.width = layout->spec.width, .height = layout->spec.height}};
}

bool pass_next(const Pass *pass, Window *window)
{
    Window next = *window;
    if (next.width > 0) {
        next.x -= pass->region.x;
        next.y -= pass->region.y;
    }
    if (!plan_next(pass->plan, &next))
        return false;
    *window = next;
    window->x += pass->region.x;
    window->y += pass->region.y;
    return true;
}

bool pass_has_bands_of(const Pass *pass, const Pass *other)
{
    return pass->first_band == other->first_band &&
           pass->band_count == other->band_count;
}

int pass_layouts(const Pass *pass, const Layout *layouts, int image_count,
                 Layout *out)
{
    const int count =
        pass->first_band == 0 || pass->mask_again ? image_count : 1;
    for (int i = 0; i < count; i++)
        out[i] = layouts[i];
    /* Only of planar layouts are there ranges. */
    if (pass->band_count < layouts[0].spec.bands) {
        out[0].spec.bands = out[0].planes = pass->band_count;
        out[0].tile_count =
            pass->band_count * layouts[0].tiles_across * layouts[0].tiles_down;
    }
    return count;
}

static bool share_bands(const Pass *a, const Pass *b)
{
    return a->first_band < b->first_band + b->band_count &&
           b->first_band < a->first_band + a->band_count;
}

bool pass_feeds_level(const Pass *passes, int pass_count, const Pass *pass,
                      int level)
{
    for (int i = 0; i < pass_count; i++)
        if (passes[i].level == level && share_bands(&passes[i], pass))
            return true;
    return false;
}

bool pass_knows_validity(const Pass *pass, const Layout *layout,
                         const ValidityPlane *validity)
{
    return !validity->present || pass->band_count == layout->spec.bands ||
           (validity->image > 0 && (pass->first_band == 0 || pass->mask_again));
}

static bool check_one(const Pass *pass, const Layout *layout, Status *status)
{
    const LayoutSpec *spec = &layout->spec;
    const Window *region = &pass->region;
    const Window raster = {.width = spec->width, .height = spec->height};
    const Window inside = window_intersection(region, &raster);
    if (window_is_empty(region) || inside.width != region->width ||
        inside.height != region->height)
        return status_fail(status, STATUS_INVALID,
                           "the region of a pass is not in the raster");
    if (pass->plan->width != region->width ||
        pass->plan->height != region->height)
        return status_fail(status, STATUS_INVALID,
                           "the plan of a pass is not for its region");
    if (pass->first_band < 0 || pass->band_count < 1 ||
        pass->band_count > spec->bands - pass->first_band)
        return status_fail(status, STATUS_INVALID,
                           "a pass has bands that the raster has not");
    return spec->planar || pass->band_count == spec->bands ||
           status_fail(status, STATUS_INVALID,
                       "a pass has some of the bands of a raster that is "
                       "interleaved by pixel");
}

bool pass_check_all(const Pass *passes, int pass_count, const Layout *layouts,
                    int image_count, int level_count, Status *status)
{
    for (int i = 0; i < pass_count; i++) {
        const Pass *pass = &passes[i];
        if (pass->level < 0 || pass->level >= level_count)
            return status_fail(status, STATUS_INVALID,
                               "a pass feeds level %d of %d", pass->level,
                               level_count);
        if (!check_one(pass, &layouts[(ptrdiff_t)pass->level * image_count],
                       status))
            return false;
        for (int j = 0; j < i; j++) {
            const Window common =
                window_intersection(&pass->region, &passes[j].region);
            if (pass->level == passes[j].level &&
                share_bands(pass, &passes[j]) && !window_is_empty(&common))
                return status_fail(status, STATUS_INVALID,
                                   "two passes bring the same pixels");
        }
    }
    return true;
}

bool pass_check_validity(const Pass *passes, int pass_count,
                         const Layout *layout, const ValidityPlane *validity,
                         Status *status)
{
    bool ok = true;
    for (int i = 0; i < pass_count; i++)
        ok &= pass_knows_validity(&passes[i], layout, validity);
    return ok || status_fail(status, STATUS_INVALID,
                             "a pass with some of the bands cannot know which "
                             "pixels are valid");
}

PassNeeds pass_needs(const Pass *passes, int pass_count)
{
    PassNeeds needs = {.workers = 1};
    for (int i = 0; i < pass_count; i++) {
        const Plan *plan = passes[i].plan;
        if (plan->window_nbytes > needs.window_nbytes)
            needs.window_nbytes = plan->window_nbytes;
        needs.window_buffers =
            max64(needs.window_buffers, plan->window_buffers);
        needs.slots = max64(needs.slots, plan->slots);
        needs.workers = max64(needs.workers, plan->workers);
    }
    return needs;
}
