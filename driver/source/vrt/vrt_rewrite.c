/* SPDX-License-Identifier: MIT */
#include "vrt_rewrite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "affine_placement.h"
#include "cpl_conv.h"
#include "cpl_string.h"
#include "dataset.h"

/* VRTs of VRTs are looked through so deep; their XML is nested likewise, and
 * grows with each level. */
enum { DEPTH_MAX = 12 };

/* Each band of a VRT names the VRT below again, whose bands do likewise: a few
 * files can have more ways through them than memory holds. */
enum { XML_NBYTES_MAX = 16 << 20 };

/** Where the pixels of the VRT under examination lie in the output. */
typedef struct Frame {
    bool mapped;        /**< else nothing below is known */
    Affine place;       /**< as if the VRT itself were a leaf */
    const char *folder; /**< that relative names start from */
    int depth;
} Frame;

/** A rectangle of a SrcRect or DstRect. */
typedef struct Rect {
    double x, y, width, height;
} Rect;

static bool give_up(LeafSet *set, const char *format, const char *what)
{
    if (set->reason[0] == '\0')
        snprintf(set->reason, sizeof set->reason, format, what);
    return false;
}

static bool rewrite_node(LeafSet *set, CPLXMLNode *node, const Frame *frame);

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

/** @return whether a rectangle is one to reckon with: a VRT may say anything */
static bool is_proper(const Rect *rect)
{
    static const double far_away = 1e12;
    return fabs(rect->x) < far_away && fabs(rect->y) < far_away &&
           rect->width > 0 && rect->width < far_away && rect->height > 0 &&
           rect->height < far_away;
}

/** @return whether a place is one to reckon with, after any number of VRTs */
static bool is_reckonable(const Affine *place)
{
    static const double far_away = 1e12, much = 1e6, wide = 1e9;
    return place->scale_x > 1 / much && place->scale_x < much &&
           place->scale_y > 1 / much && place->scale_y < much &&
           fabs(place->offset_x) < far_away &&
           fabs(place->offset_y) < far_away && place->halo_x < wide &&
           place->halo_y < wide;
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
static Affine place_of(const Frame *frame, const Rect *from, const Rect *to,
                       bool resampled)
{
    const Affine *outer = &frame->place;
    const double ratio_x = from->width / to->width;
    const double ratio_y = from->height / to->height;
    Affine use;
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

static Leaf *find_leaf(const LeafSet *set, const char *name,
                       CSLConstList open_options)
{
    for (int i = 0; i < set->count; i++)
        if (leaf_is(set->leaves[i], name, open_options))
            return set->leaves[i];
    return NULL;
}

static Leaf *add_leaf(LeafSet *set, const char *name, CSLConstList open_options,
                      GDALDatasetH dataset)
{
    Leaf **leaves =
        realloc(set->leaves, ((size_t)set->count + 1) * sizeof *leaves);
    if (leaves == NULL)
        return NULL;
    set->leaves = leaves;
    Leaf *leaf = leaf_new(name, open_options, dataset);
    if (leaf != NULL)
        set->leaves[set->count++] = leaf;
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
    inner.mapped = is_proper(&from) && is_proper(&to);
    if (inner.mapped) {
        const double radius = own_kernel_radius(reference->source);
        inner.place = place_of(frame, &from, &to,
                               is_resampled(reference->source, &from, &to));
        inner.place.halo_x += radius;
        inner.place.halo_y += radius;
        inner.mapped = is_reckonable(&inner.place);
    }
    return inner;
}

/** @return whether reading would use overviews of a source, which a leaf does
 * not have, so that pixels would not be the same. */
static bool wants_overviews(const Leaf *leaf, const Frame *inner,
                            const Frame *outer)
{
    return leaf_has_overviews(leaf) &&
           (!inner->mapped || inner->place.scale_x < outer->place.scale_x ||
            inner->place.scale_y < outer->place.scale_y);
}

/** Names the bands that @p reference reads of @p leaf. */
static bool need_bands(Leaf *leaf, const Reference *reference,
                       const Frame *inner)
{
    const char *band = reference->band;
    const bool names_mask = band != NULL && STARTS_WITH_CI(band, "mask");
    /* Resampling leaves out what is masked. */
    const bool may_ask_for_mask =
        !inner->mapped || names_mask || inner->place.halo_x > 0 ||
        inner->place.halo_y > 0 ||
        CPLTestBool(CPLGetXMLValue(reference->source, "UseMaskBand", "NO"));
    if (may_ask_for_mask)
        leaf_need_mask(leaf);
    if (band == NULL)
        leaf_need_all_bands(leaf);
    return band == NULL || names_mask || leaf_need_band(leaf, atoi(band));
}

static bool replace_by_leaf(LeafSet *set, Reference *reference, Leaf *leaf,
                            const Frame *outer)
{
    int width, height;
    leaf_size(leaf, &width, &height);
    const Frame inner = frame_of(outer, reference, width, height);
    if (wants_overviews(leaf, &inner, outer))
        return give_up(set, "overviews of %s serve", reference->name);
    if (!need_bands(leaf, reference, &inner))
        return give_up(set, "%s lacks a band", reference->name);
    if (!inner.mapped)
        set->unmapped = true;
    else if (!leaf_add_placement(leaf, affine_placement_new(&inner.place)))
        return give_up(set, "%s", "out of memory");
    replace_name(reference, leaf_name(leaf));
    return true;
}

/** Puts the rewritten XML of a VRT in the place of its name. */
static bool replace_by_xml(LeafSet *set, Reference *reference, GDALDatasetH vrt,
                           const Frame *outer)
{
    Frame inner = frame_of(outer, reference, GDALGetRasterXSize(vrt),
                           GDALGetRasterYSize(vrt));
    char **xml = GDALGetMetadata(vrt, "xml:VRT");
    CPLXMLNode *tree = CPLParseXMLString(xml[0]);
    char *folder = CPLStrdup(CPLGetPath(reference->name));
    inner.folder = folder;
    bool ok = tree != NULL && rewrite_node(set, tree, &inner);
    if (ok) {
        char *text = CPLSerializeXMLTree(CPLGetXMLNode(tree, "=VRTDataset"));
        set->xml_nbytes += strlen(text);
        ok = set->xml_nbytes <= XML_NBYTES_MAX ||
             give_up(set, "%s is one VRT too many", reference->name);
        replace_name(reference, text);
        CPLFree(text);
    }
    CPLFree(folder);
    CPLDestroyXMLNode(tree);
    return ok || give_up(set, "%s is not understood", reference->name);
}

/** Replaces one dataset's name by what we can answer for. */
static bool rewrite_reference(LeafSet *set, Reference *reference,
                              const Frame *frame)
{
    if (frame->depth >= DEPTH_MAX)
        return give_up(set, "%s is nested too deep", reference->name);
    /* Each band of a mosaic names the same datasets again. */
    Leaf *leaf = find_leaf(set, reference->name, reference->open_options);
    if (leaf != NULL)
        return replace_by_leaf(set, reference, leaf, frame);

    GDALDatasetH dataset =
        GDALOpenEx(reference->name, GDAL_OF_RASTER, NULL,
                   (const char *const *)reference->open_options, NULL);
    if (dataset == NULL)
        return give_up(set, "%s cannot be opened again", reference->name);
    const bool nested = dataset_is_vrt(dataset);
    bool ok = true;
    if (nested)
        ok = replace_by_xml(set, reference, dataset, frame);
    else
        leaf = add_leaf(set, reference->name, reference->open_options, dataset);
    GDALClose(dataset);
    if (nested)
        return ok;
    return leaf != NULL ? replace_by_leaf(set, reference, leaf, frame)
                        : give_up(set, "%s has no bands", reference->name);
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
static bool rewrite_name(LeafSet *set, CPLXMLNode *element, CPLXMLNode *parent,
                         const Frame *frame)
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
    const bool ok = *name != '\0' ? rewrite_reference(set, &reference, frame)
                                  : give_up(set, "a source has no name%s", "");
    CSLDestroy(reference.open_options);
    CPLFree(reference.name);
    return ok;
}

/** Rewrites all names below @p node. */
static bool rewrite_node(LeafSet *set, CPLXMLNode *node, const Frame *frame)
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
                !rewrite_name(set, child, node, frame))
                return false;
        if (!rewrite_node(set, node->psChild, frame))
            return false;
    }
    return true;
}

bool vrt_rewrite(CPLXMLNode *tree, const char *folder, int width, int height,
                 LeafSet *set)
{
    const Frame frame = {
        .mapped = true,
        .folder = folder,
        .place = {
            .scale_x = 1, .scale_y = 1, .right = width, .bottom = height}};
    return rewrite_node(set, tree, &frame);
}

void leaf_set_clear(LeafSet *set)
{
    for (int i = 0; i < set->count; i++)
        leaf_free(set->leaves[i]);
    free(set->leaves);
    set->leaves = NULL;
    set->count = 0;
}
