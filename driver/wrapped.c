/* SPDX-License-Identifier: MIT */
#include "wrapped.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_minixml.h"
#include "cpl_string.h"
#include "error_trap.h"
#include "held_dataset.h"
#include "leaf.h"

/* VRTs of VRTs are looked through so deep; their XML is nested likewise, and
 * grows with each level. */
enum { DEPTH_MAX = 12 };

struct Wrapped {
    Leaf **leaves;
    int leaf_count;
    GDALDatasetH dataset;
    bool unmapped;
    char reason[300]; /**< what stands in the way, while opening */
};

/** Where the pixels of the VRT under examination lie in the output. */
typedef struct Frame {
    bool mapped;        /**< else nothing below is known */
    LeafUse place;      /**< as if the VRT itself were a leaf */
    const char *folder; /**< that relative names start from */
    int depth;
} Frame;

/** A rectangle of a SrcRect or DstRect. */
typedef struct Rect {
    double x, y, width, height;
} Rect;

static bool give_up(Wrapped *wrapped, const char *format, const char *what)
{
    if (wrapped->reason[0] == '\0')
        snprintf(wrapped->reason, sizeof wrapped->reason, format, what);
    return false;
}

static bool rewrite_node(Wrapped *wrapped, CPLXMLNode *node,
                         const Frame *frame);

static Rect rect_of(CPLXMLNode *source, const char *name, double width,
                    double height)
{
    CPLXMLNode *node = CPLGetXMLNode(source, name);
    Rect rect = {0, 0, width, height};
    if (node != NULL) {
        rect.x = CPLAtof(CPLGetXMLValue(node, "xOff", "0"));
        rect.y = CPLAtof(CPLGetXMLValue(node, "yOff", "0"));
        rect.width = CPLAtof(CPLGetXMLValue(node, "xSize", "0"));
        rect.height = CPLAtof(CPLGetXMLValue(node, "ySize", "0"));
    }
    return rect;
}

/** How many source pixels beyond the nearest one a resampling kernel, or
 * rounding to it, may take in along one axis.
 * @param ratio source pixels per output pixel */
static double kernel_halo(double ratio, double phase, bool resampled)
{
    if (!resampled)
        return ratio == 1 && phase == floor(phase) ? 0 : 1;
    /* Lanczos, the widest kernel of GDAL's, has a radius of 3. */
    return ceil(3 * fmax(1, ratio)) + 2;
}

/** The place in the output of a source that has its own place in @p frame. */
static LeafUse place_of(const Frame *frame, const Rect *from, const Rect *to,
                        bool resampled)
{
    const LeafUse *outer = &frame->place;
    const double ratio_x = from->width / to->width;
    const double ratio_y = from->height / to->height;
    LeafUse use;
    use.scale_x = outer->scale_x / ratio_x;
    use.scale_y = outer->scale_y / ratio_y;
    use.offset_x =
        outer->offset_x + outer->scale_x * (to->x - from->x / ratio_x);
    use.offset_y =
        outer->offset_y + outer->scale_y * (to->y - from->y / ratio_y);
    use.halo_x = kernel_halo(ratio_x, from->x - to->x, resampled) +
                 outer->halo_x * ratio_x;
    use.halo_y = kernel_halo(ratio_y, from->y - to->y, resampled) +
                 outer->halo_y * ratio_y;
    const double left = outer->offset_x + outer->scale_x * to->x;
    const double top = outer->offset_y + outer->scale_y * to->y;
    use.left = fmax(outer->left, left);
    use.top = fmax(outer->top, top);
    use.right = fmin(outer->right, left + outer->scale_x * to->width);
    use.bottom = fmin(outer->bottom, top + outer->scale_y * to->height);
    return use;
}

/** Finds the leaf of that name, or opens it. */
static Leaf *leaf_for(Wrapped *wrapped, const char *name,
                      CSLConstList open_options)
{
    for (int i = 0; i < wrapped->leaf_count; i++)
        if (leaf_is(wrapped->leaves[i], name, open_options))
            return wrapped->leaves[i];
    Leaf **leaves = realloc(wrapped->leaves,
                            ((size_t)wrapped->leaf_count + 1) * sizeof *leaves);
    if (leaves == NULL)
        return NULL;
    wrapped->leaves = leaves;
    Leaf *leaf = leaf_open(name, open_options);
    if (leaf != NULL)
        wrapped->leaves[wrapped->leaf_count++] = leaf;
    return leaf;
}

/** One source element, or the part of another element that names a dataset. */
typedef struct Reference {
    CPLXMLNode *element; /**< that has the name as its text */
    char *name;          /**< made absolute */
    char **open_options;
    const char *band;   /**< "3" or "mask,1"; NULL: any */
    CPLXMLNode *source; /**< the element with the rectangles; NULL: unknown */
} Reference;

/** Puts @p text in the place of the dataset's name. */
static void replace_name(Reference *reference, const char *text)
{
    CPLSetXMLValue(reference->element, "", text);
    CPLSetXMLValue(reference->element, "#relativeToVRT", "0");
    CPLSetXMLValue(reference->element, "#shared", "0");
}

static bool is_resampled(CPLXMLNode *source, const Rect *from, const Rect *to)
{
    const char *resampling = CPLGetXMLValue(source, "resampling", NULL);
    /* A kernel of its own acts at 1:1 too. */
    if (EQUAL(source->pszValue, "KernelFilteredSource") ||
        EQUAL(source->pszValue, "AveragedSource"))
        return true;
    const bool scaled = from->width != to->width || from->height != to->height;
    const bool shifted = from->x != floor(from->x) || to->x != floor(to->x) ||
                         from->y != floor(from->y) || to->y != floor(to->y);
    return resampling != NULL && !EQUAL(resampling, "nearest") &&
           !EQUAL(resampling, "near") && (scaled || shifted);
}

/** A kernel given by its coefficients reaches half its size. */
static double own_kernel_radius(CPLXMLNode *source)
{
    return ceil(CPLAtof(CPLGetXMLValue(source, "Kernel.Size", "0")) / 2);
}

/** Where the dataset behind @p reference, of that size, lies in the output. */
static Frame frame_of(const Frame *frame, const Reference *reference, int width,
                      int height)
{
    Frame inner = {.mapped = frame->mapped && reference->source != NULL,
                   .depth = frame->depth + 1};
    if (!inner.mapped)
        return inner;
    const Rect from = rect_of(reference->source, "SrcRect", width, height);
    const Rect to =
        rect_of(reference->source, "DstRect", from.width, from.height);
    inner.mapped =
        from.width > 0 && from.height > 0 && to.width > 0 && to.height > 0;
    if (inner.mapped) {
        const double radius = own_kernel_radius(reference->source);
        inner.place = place_of(frame, &from, &to,
                               is_resampled(reference->source, &from, &to));
        inner.place.halo_x += radius;
        inner.place.halo_y += radius;
    }
    return inner;
}

/** @return whether reading would use overviews of a source, which a leaf does
 * not have, so that pixels would not be the same. */
static bool wants_overviews(GDALDatasetH dataset, const Frame *inner,
                            const Frame *outer)
{
    return GDALGetOverviewCount(GDALGetRasterBand(dataset, 1)) > 0 &&
           (!inner->mapped || inner->place.scale_x < outer->place.scale_x ||
            inner->place.scale_y < outer->place.scale_y);
}

/** Names the bands that @p reference reads of @p leaf. */
static bool need_bands(Leaf *leaf, const Reference *reference)
{
    if (reference->band == NULL) {
        leaf_need_all_bands(leaf);
        return true;
    }
    if (!STARTS_WITH_CI(reference->band, "mask"))
        return leaf_need_band(leaf, atoi(reference->band));
    GDALDatasetH dataset = leaf_acquire(leaf);
    const int flags =
        dataset != NULL ? GDALGetMaskFlags(GDALGetRasterBand(dataset, 1)) : 0;
    leaf_let_go(leaf);
    if (flags == GMF_PER_DATASET)
        return leaf_need_band(leaf, LEAF_MASK);
    /* From nodata, alpha or nothing: bands decide. */
    leaf_need_all_bands(leaf);
    return true;
}

static bool replace_by_leaf(Wrapped *wrapped, Reference *reference,
                            const Frame *inner)
{
    Leaf *leaf = leaf_for(wrapped, reference->name, reference->open_options);
    if (leaf == NULL)
        return give_up(wrapped, "%s cannot be opened again", reference->name);
    if (!need_bands(leaf, reference))
        return give_up(wrapped, "%s lacks a band", reference->name);
    if (!inner->mapped)
        wrapped->unmapped = true;
    else if (!leaf_add_use(leaf, &inner->place))
        return give_up(wrapped, "%s", "out of memory");
    replace_name(reference, leaf_name(leaf));
    return true;
}

/** Puts the rewritten XML of a VRT in the place of its name. */
static bool replace_by_xml(Wrapped *wrapped, Reference *reference,
                           GDALDatasetH vrt, Frame *inner)
{
    char **xml = GDALGetMetadata(vrt, "xml:VRT");
    CPLXMLNode *tree = CPLParseXMLString(xml[0]);
    char *folder = CPLStrdup(CPLGetPath(reference->name));
    inner->folder = folder;
    const bool ok = tree != NULL && rewrite_node(wrapped, tree, inner);
    if (ok) {
        char *text = CPLSerializeXMLTree(CPLGetXMLNode(tree, "=VRTDataset"));
        replace_name(reference, text);
        CPLFree(text);
    }
    CPLFree(folder);
    CPLDestroyXMLNode(tree);
    return ok || give_up(wrapped, "%s is not understood", reference->name);
}

static bool is_vrt(GDALDatasetH dataset)
{
    const GDALDriverH driver = GDALGetDatasetDriver(dataset);
    return driver != NULL &&
           EQUAL(GDALGetDescription((GDALMajorObjectH)driver), "VRT") &&
           GDALGetMetadata(dataset, "xml:VRT") != NULL;
}

/** Replaces one dataset's name by what we can answer for. */
static bool rewrite_reference(Wrapped *wrapped, Reference *reference,
                              const Frame *frame)
{
    if (frame->depth >= DEPTH_MAX)
        return give_up(wrapped, "%s is nested too deep", reference->name);
    GDALDatasetH dataset =
        GDALOpenEx(reference->name, GDAL_OF_RASTER, NULL,
                   (const char *const *)reference->open_options, NULL);
    if (dataset == NULL)
        return give_up(wrapped, "%s cannot be opened again", reference->name);
    Frame inner = frame_of(frame, reference, GDALGetRasterXSize(dataset),
                           GDALGetRasterYSize(dataset));
    bool ok = GDALGetRasterCount(dataset) > 0;
    if (ok && wants_overviews(dataset, &inner, frame))
        ok = give_up(wrapped, "overviews of %s serve", reference->name);
    const bool nested = ok && is_vrt(dataset);
    if (nested)
        ok = replace_by_xml(wrapped, reference, dataset, &inner);
    GDALClose(dataset);
    return nested || !ok ? ok : replace_by_leaf(wrapped, reference, &inner);
}

static char **open_options_of(CPLXMLNode *parent)
{
    char **options = NULL;
    CPLXMLNode *list = CPLGetXMLNode(parent, "OpenOptions");
    for (CPLXMLNode *item = list != NULL ? list->psChild : NULL; item != NULL;
         item = item->psNext)
        if (item->eType == CXT_Element && EQUAL(item->pszValue, "OOI"))
            options = CSLSetNameValue(options, CPLGetXMLValue(item, "key", ""),
                                      CPLGetXMLValue(item, NULL, ""));
    return options;
}

/** @param element SourceFilename or SourceDataset
 * @param parent the element that it is in */
static bool rewrite_name(Wrapped *wrapped, CPLXMLNode *element,
                         CPLXMLNode *parent, const Frame *frame)
{
    static const char *const placed[] = {
        "SimpleSource",         "ComplexSource",        "AveragedSource",
        "KernelFilteredSource", "NoDataFromMaskSource", NULL};
    const char *name = CPLGetXMLValue(element, NULL, "");
    const bool has_place =
        CSLFindString((CSLConstList)placed, parent->pszValue) >= 0;
    const bool relative = atoi(CPLGetXMLValue(element, "relativeToVRT", "0"));
    Reference reference = {
        .element = element,
        .name = CPLStrdup(relative && frame->folder != NULL
                              ? CPLProjectRelativeFilename(frame->folder, name)
                              : name),
        .open_options = open_options_of(parent),
        .band = has_place ? CPLGetXMLValue(parent, "SourceBand", "1") : NULL,
        .source = has_place ? parent : NULL};
    const bool ok = *name != '\0'
                        ? rewrite_reference(wrapped, &reference, frame)
                        : give_up(wrapped, "a source has no name%s", "");
    CSLDestroy(reference.open_options);
    CPLFree(reference.name);
    return ok;
}

/** Rewrites all names below @p node. */
static bool rewrite_node(Wrapped *wrapped, CPLXMLNode *node, const Frame *frame)
{
    for (; node != NULL; node = node->psNext) {
        if (node->eType != CXT_Element)
            continue;
        /* Overviews that the VRT names are not read at full resolution. */
        if (EQUAL(node->pszValue, "Overview"))
            continue;
        for (CPLXMLNode *child = node->psChild; child != NULL;
             child = child->psNext)
            if (child->eType == CXT_Element &&
                (EQUAL(child->pszValue, "SourceFilename") ||
                 EQUAL(child->pszValue, "SourceDataset")) &&
                !rewrite_name(wrapped, child, node, frame))
                return false;
        if (!rewrite_node(wrapped, node->psChild, frame))
            return false;
    }
    return true;
}

/** Opens the rewritten XML and checks that it has the source's shape. */
static bool open_rewritten(Wrapped *wrapped, CPLXMLNode *tree,
                           GDALDatasetH source)
{
    char *text = CPLSerializeXMLTree(CPLGetXMLNode(tree, "=VRTDataset"));
    wrapped->dataset = GDALOpenEx(text, GDAL_OF_RASTER, NULL, NULL, NULL);
    CPLFree(text);
    const bool same =
        wrapped->dataset != NULL &&
        GDALGetRasterXSize(wrapped->dataset) == GDALGetRasterXSize(source) &&
        GDALGetRasterYSize(wrapped->dataset) == GDALGetRasterYSize(source) &&
        GDALGetRasterCount(wrapped->dataset) == GDALGetRasterCount(source);
    return same || give_up(wrapped, "%s", "its rewritten form does not open");
}

static bool look_through(Wrapped *wrapped, GDALDatasetH source)
{
    char *folder = CPLStrdup(CPLGetPath(GDALGetDescription(source)));
    const double width = GDALGetRasterXSize(source);
    const double height = GDALGetRasterYSize(source);
    const Frame frame = {
        .mapped = true,
        .folder = folder,
        .place = {
            .scale_x = 1, .scale_y = 1, .right = width, .bottom = height}};
    CPLXMLNode *tree = CPLParseXMLString(GDALGetMetadata(source, "xml:VRT")[0]);
    CPLXMLNode *root = CPLGetXMLNode(tree, "=VRTDataset");
    /* What a warped dataset reads it may have been given as a dataset, which
     * no name tells. */
    const bool by_name = *GDALGetDescription(source) != '\0';
    bool ok =
        root != NULL || give_up(wrapped, "%s", "its XML is not understood");
    if (ok && !by_name && CPLGetXMLNode(root, "GDALWarpOptions") != NULL)
        ok = give_up(wrapped, "%s", "it is a warped dataset without a name");
    ok = ok && rewrite_node(wrapped, tree, &frame) &&
         open_rewritten(wrapped, tree, source);
    CPLDestroyXMLNode(tree);
    CPLFree(folder);
    return ok;
}

Wrapped *wrapped_open(GDALDatasetH source, char *reason, size_t reason_nbytes)
{
    reason[0] = '\0';
    if (!is_vrt(source))
        return NULL;
    if (vrt_has_writable_source(source)) {
        CPLStrlcpy(reason, "a source is open for writing", reason_nbytes);
        return NULL;
    }
    Wrapped *wrapped = calloc(1, sizeof *wrapped);
    if (wrapped == NULL)
        return NULL;
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    const bool ok = look_through(wrapped, source);
    error_trap_end(&trap);
    if (!ok) {
        CPLStrlcpy(reason, wrapped->reason, reason_nbytes);
        wrapped_close(wrapped);
        return NULL;
    }
    return wrapped;
}

void wrapped_close(Wrapped *wrapped)
{
    if (wrapped == NULL)
        return;
    if (wrapped->dataset != NULL)
        GDALClose(wrapped->dataset);
    for (int i = 0; i < wrapped->leaf_count; i++)
        leaf_free(wrapped->leaves[i]);
    free(wrapped->leaves);
    free(wrapped);
}

GDALDatasetH wrapped_dataset(const Wrapped *wrapped)
{
    return wrapped->dataset;
}

bool wrapped_is_warped(const Wrapped *wrapped)
{
    return wrapped->unmapped;
}

int wrapped_leaf_count(const Wrapped *wrapped)
{
    return wrapped->leaf_count;
}

void wrapped_set_limit(Wrapped *wrapped, uint64_t nbytes)
{
    for (int i = 0; i < wrapped->leaf_count; i++)
        if (leaf_use_count(wrapped->leaves[i]) == 0)
            leaf_set_limit(wrapped->leaves[i],
                           nbytes / (uint64_t)wrapped->leaf_count);
}

void wrapped_drop_behind(Wrapped *wrapped, const Plan *plan, const Window *done)
{
    for (int i = 0; i < wrapped->leaf_count; i++)
        leaf_drop_behind(wrapped->leaves[i], plan, done);
}

void wrapped_count(const Wrapped *wrapped, int64_t *decodes, int64_t *again)
{
    for (int i = 0; i < wrapped->leaf_count; i++)
        leaf_count(wrapped->leaves[i], decodes, again);
}

/* ---- the grid ---------------------------------------------------------- */

/** A block grid in the output, and how much of the output has it. */
typedef struct GridVote {
    BlockGrid grid;
    double area;
} GridVote;

enum { VOTES_MAX = 32 };

static bool is_whole(double value)
{
    return fabs(value - round(value)) < 1e-6;
}

static int64_t phase_of(double offset, int64_t step)
{
    const int64_t rest = (int64_t)round(offset) % step;
    return rest < 0 ? rest + step : rest;
}

/** The grid of a leaf's units at one of its places.
 * @return false if its lines do not fall on whole output pixels */
static bool grid_of(const Leaf *leaf, const LeafUse *use, BlockGrid *grid)
{
    const double width = leaf_unit_width(leaf) * use->scale_x;
    const double height = leaf_unit_height(leaf) * use->scale_y;
    grid->block_width = (int64_t)fmax(1, round(width));
    grid->block_height = (int64_t)fmax(1, round(height));
    grid->x0 = phase_of(use->offset_x, grid->block_width);
    grid->y0 = phase_of(use->offset_y, grid->block_height);
    /* A leaf that is one unit in an axis is cut by nothing but its edges. */
    return is_whole(width) && is_whole(height) && is_whole(use->offset_x) &&
           is_whole(use->offset_y);
}

static bool same_grid(const BlockGrid *a, const BlockGrid *b)
{
    return a->x0 == b->x0 && a->y0 == b->y0 &&
           a->block_width == b->block_width &&
           a->block_height == b->block_height;
}

/** Lets each place of each leaf vote for its grid by its area. */
static bool elect_grid(const Wrapped *wrapped, BlockGrid *grid)
{
    GridVote votes[VOTES_MAX];
    int count = 0, best = 0;
    for (int i = 0; i < wrapped->leaf_count; i++)
        for (int j = 0; j < leaf_use_count(wrapped->leaves[i]); j++) {
            const LeafUse *use = leaf_use(wrapped->leaves[i], j);
            BlockGrid own;
            grid_of(wrapped->leaves[i], use, &own);
            int k = 0;
            while (k < count && !same_grid(&votes[k].grid, &own))
                k++;
            if (k == VOTES_MAX)
                continue;
            if (k == count)
                votes[count++] = (GridVote){.grid = own};
            votes[k].area +=
                (use->right - use->left) * (use->bottom - use->top);
            if (votes[k].area > votes[best].area)
                best = k;
        }
    if (count > 0)
        *grid = votes[best].grid;
    return count > 0;
}

static int64_t max64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/** Takes account of one place of a leaf in @p shape. */
static void add_place(WrappedShape *shape, const Leaf *leaf, const LeafUse *use)
{
    BlockGrid own;
    const bool whole = grid_of(leaf, use, &own);
    const bool aligned = whole && same_grid(&own, &shape->grid) &&
                         use->halo_x == 0 && use->halo_y == 0;
    shape->leaf_pixels =
        fmax(shape->leaf_pixels, 1 / (use->scale_x * use->scale_y));
    shape->leaf_pixel_nbytes = (uint64_t)max64(
        (int64_t)shape->leaf_pixel_nbytes, (int64_t)leaf_pixel_nbytes(leaf));
    if (aligned)
        return;
    const double halo_x = 2 * use->halo_x * use->scale_x;
    const double halo_y = 2 * use->halo_y * use->scale_y;
    shape->straddle_columns = max64(
        shape->straddle_columns, own.block_width + (int64_t)ceil(halo_x) + 2);
    shape->straddle_rows = max64(shape->straddle_rows,
                                 own.block_height + (int64_t)ceil(halo_y) + 2);
}

void wrapped_shape(const Wrapped *wrapped, WrappedShape *shape)
{
    *shape = (WrappedShape){.has_grid = false};
    shape->has_grid = elect_grid(wrapped, &shape->grid);
    for (int i = 0; i < wrapped->leaf_count; i++)
        for (int j = 0; j < leaf_use_count(wrapped->leaves[i]); j++)
            add_place(shape, wrapped->leaves[i],
                      leaf_use(wrapped->leaves[i], j));
}
