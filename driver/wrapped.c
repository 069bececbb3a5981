/* SPDX-License-Identifier: MIT */
#include "wrapped.h"

#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_minixml.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "dataset.h"
#include "error_trap.h"
#include "held_dataset.h"
#include "same_file.h"
#include "vrt_rewrite.h"

struct Wrapped {
    LeafSet set;
    char *xml; /**< rewritten, with the leaves for reader 0 */
    GDALDatasetH dataset;
};

static GDALDatasetH open_xml(const char *xml)
{
    return GDALOpenEx(xml, GDAL_OF_RASTER, NULL, NULL, NULL);
}

static bool give_up(LeafSet *set, const char *reason)
{
    if (set->reason[0] == '\0')
        CPLStrlcpy(set->reason, reason, sizeof set->reason);
    return false;
}

/** Opens the rewritten XML and checks that it has the source's shape. */
static bool open_rewritten(Wrapped *wrapped, CPLXMLNode *root,
                           GDALDatasetH source)
{
    wrapped->xml = CPLSerializeXMLTree(root);
    wrapped->dataset = open_xml(wrapped->xml);
    return wrapped->dataset != NULL &&
           GDALGetRasterXSize(wrapped->dataset) == GDALGetRasterXSize(source) &&
           GDALGetRasterYSize(wrapped->dataset) == GDALGetRasterYSize(source) &&
           GDALGetRasterCount(wrapped->dataset) == GDALGetRasterCount(source);
}

static bool look_through(Wrapped *wrapped, GDALDatasetH source)
{
    LeafSet *set = &wrapped->set;
    CPLXMLNode *tree = CPLParseXMLString(GDALGetMetadata(source, "xml:VRT")[0]);
    CPLXMLNode *root = tree != NULL ? CPLGetXMLNode(tree, "=VRTDataset") : NULL;
    char *folder = CPLStrdup(CPLGetPath(GDALGetDescription(source)));
    bool ok = root != NULL || give_up(set, "its XML is not understood");
    /* What a warped dataset reads it may have been given as a dataset, which
     * no name tells. */
    if (ok && *GDALGetDescription(source) == '\0' &&
        CPLGetXMLNode(root, "GDALWarpOptions") != NULL)
        ok = give_up(set, "it is a warped dataset without a name");
    ok = ok && vrt_rewrite(tree, folder, GDALGetRasterXSize(source),
                           GDALGetRasterYSize(source), set);
    if (ok && !open_rewritten(wrapped, root, source))
        ok = give_up(set, "its rewritten form does not open");
    CPLFree(folder);
    CPLDestroyXMLNode(tree);
    return ok;
}

Wrapped *wrapped_open(GDALDatasetH source, char *reason, size_t reason_nbytes)
{
    reason[0] = '\0';
    if (!vrt_is(source))
        return NULL;
    Wrapped *wrapped = calloc(1, sizeof *wrapped);
    if (wrapped == NULL)
        return NULL;
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    bool ok = vrt_has_writable_source(source)
                  ? give_up(&wrapped->set, "a source is open for writing")
                  : look_through(wrapped, source);
    error_trap_end(&trap);
    /* What GDAL got over it may have taken for something else. */
    if (ok && trap.failed)
        ok = give_up(&wrapped->set, trap.message);
    if (!ok) {
        CPLStrlcpy(reason, wrapped->set.reason, reason_nbytes);
        wrapped_close(wrapped);
        return NULL;
    }
    return wrapped;
}

void wrapped_close(Wrapped *wrapped)
{
    if (wrapped == NULL)
        return;
    /* The leaves are open in it. */
    if (wrapped->dataset != NULL)
        GDALClose(wrapped->dataset);
    leaf_set_clear(&wrapped->set);
    CPLFree(wrapped->xml);
    free(wrapped);
}

GDALDatasetH wrapped_dataset(const Wrapped *wrapped)
{
    return wrapped->dataset;
}

GDALDatasetH wrapped_open_again(const Wrapped *wrapped, int reader)
{
    char *xml = CPLStrdup(wrapped->xml);
    leaf_names_set_reader(xml, reader);
    const GDALDatasetH dataset = open_xml(xml);
    CPLFree(xml);
    return dataset;
}

bool wrapped_needs_python(const Wrapped *wrapped)
{
    const LeafSet *set = &wrapped->set;
    bool found = strstr(wrapped->xml, "PixelFunctionLanguage>Python") != NULL;
    for (int i = 0; !found && i < set->count; i++)
        found = dataset_name_is_of_python(leaf_handles(set->leaves[i])->name);
    return found;
}

bool wrapped_reads(const Wrapped *wrapped, const char *path)
{
    VSIStatBufL stat;
    if (VSIStatL(path, &stat) != 0)
        return false;
    for (int i = 0; i < wrapped->set.count; i++)
        if (same_file(path, leaf_handles(wrapped->set.leaves[i])->name))
            return true;
    return false;
}

bool wrapped_reads_in_order(const Wrapped *wrapped)
{
    for (int i = 0; i < wrapped->set.count; i++)
        if (leaf_reads_in_order(wrapped->set.leaves[i]))
            return true;
    return false;
}

bool wrapped_is_warped(const Wrapped *wrapped)
{
    return wrapped->set.unmapped;
}

int wrapped_leaf_count(const Wrapped *wrapped)
{
    return wrapped->set.count;
}

const Leaf *wrapped_leaf(const Wrapped *wrapped, int i)
{
    return wrapped->set.leaves[i];
}

void wrapped_set_limit(Wrapped *wrapped, uint64_t nbytes)
{
    const LeafSet *set = &wrapped->set;
    for (int i = 0; i < set->count; i++)
        if (leaf_use_count(set->leaves[i]) == 0)
            leaf_set_limit(set->leaves[i], nbytes / (uint64_t)set->count);
}

void wrapped_drop_behind(Wrapped *wrapped, const Plan *plan, const Window *done)
{
    for (int i = 0; i < wrapped->set.count; i++)
        leaf_drop_behind(wrapped->set.leaves[i], plan, done);
}

void wrapped_count(const Wrapped *wrapped, int64_t *decodes, int64_t *again)
{
    for (int i = 0; i < wrapped->set.count; i++)
        leaf_count(wrapped->set.leaves[i], decodes, again);
}
