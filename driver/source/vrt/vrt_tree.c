/* SPDX-License-Identifier: MIT */
#include "vrt_tree.h"

#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_minixml.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "dataset.h"
#include "error_trap.h"
#include "leaf_dataset.h"
#include "same_file.h"
#include "vrt_rewrite.h"

struct VrtTree {
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
static bool open_rewritten(VrtTree *vrt, CPLXMLNode *root, GDALDatasetH source)
{
    vrt->xml = CPLSerializeXMLTree(root);
    vrt->dataset = open_xml(vrt->xml);
    return vrt->dataset != NULL &&
           dataset_same_shape(source, vrt->dataset, SHAPE_RASTER);
}

static bool look_through(VrtTree *vrt, GDALDatasetH source)
{
    LeafSet *set = &vrt->set;
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
    if (ok && !open_rewritten(vrt, root, source))
        ok = give_up(set, "its rewritten form does not open");
    CPLFree(folder);
    CPLDestroyXMLNode(tree);
    return ok;
}

VrtTree *vrt_tree_open(GDALDatasetH source, char *reason, size_t reason_nbytes)
{
    reason[0] = '\0';
    if (!dataset_is_vrt(source))
        return NULL;
    VrtTree *vrt = calloc(1, sizeof *vrt);
    if (vrt == NULL) {
        CPLStrlcpy(reason, "out of memory", reason_nbytes);
        return NULL;
    }
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    bool ok = vrt_has_writable_source(source)
                  ? give_up(&vrt->set, "a source is open for writing")
                  : look_through(vrt, source);
    error_trap_end(&trap);
    /* What GDAL got over it may have taken for something else. */
    if (ok && trap.failed)
        ok = give_up(&vrt->set, trap.message);
    if (!ok) {
        CPLStrlcpy(reason, vrt->set.reason, reason_nbytes);
        vrt_tree_close(vrt);
        return NULL;
    }
    return vrt;
}

void vrt_tree_close(VrtTree *vrt)
{
    if (vrt == NULL)
        return;
    /* The leaves are open in it. */
    if (vrt->dataset != NULL)
        GDALClose(vrt->dataset);
    leaf_set_clear(&vrt->set);
    CPLFree(vrt->xml);
    free(vrt);
}

GDALDatasetH vrt_tree_dataset(const VrtTree *vrt)
{
    return vrt->dataset;
}

GDALDatasetH vrt_tree_open_again(const VrtTree *vrt, int reader)
{
    char *xml = CPLStrdup(vrt->xml);
    leaf_names_set_reader(xml, reader);
    const GDALDatasetH dataset = open_xml(xml);
    CPLFree(xml);
    return dataset;
}

bool vrt_tree_needs_python(const VrtTree *vrt)
{
    const LeafSet *set = &vrt->set;
    bool found = strstr(vrt->xml, "PixelFunctionLanguage>Python") != NULL;
    for (int i = 0; !found && i < set->count; i++)
        found = dataset_name_is_of_python(leaf_handles(set->leaves[i])->name);
    return found;
}

bool vrt_tree_reads(const VrtTree *vrt, const char *path)
{
    VSIStatBufL stat;
    if (VSIStatL(path, &stat) != 0)
        return false;
    for (int i = 0; i < vrt->set.count; i++)
        if (same_file(path, leaf_handles(vrt->set.leaves[i])->name))
            return true;
    return false;
}

bool vrt_tree_reads_in_order(const VrtTree *vrt)
{
    for (int i = 0; i < vrt->set.count; i++)
        if (leaf_reads_in_order(vrt->set.leaves[i]))
            return true;
    return false;
}

bool vrt_tree_is_warped(const VrtTree *vrt)
{
    return vrt->set.unmapped;
}

int vrt_tree_leaves(const VrtTree *vrt, Leaf *const **leaves)
{
    *leaves = vrt->set.leaves;
    return vrt->set.count;
}

void vrt_tree_set_limit(VrtTree *vrt, uint64_t nbytes)
{
    const LeafSet *set = &vrt->set;
    for (int i = 0; i < set->count; i++)
        if (leaf_placement_count(set->leaves[i]) == 0)
            leaf_set_limit(set->leaves[i], nbytes / (uint64_t)set->count);
}

void vrt_tree_drop_behind(VrtTree *vrt, const Plan *plan, const Window *done)
{
    for (int i = 0; i < vrt->set.count; i++)
        leaf_drop_behind(vrt->set.leaves[i], plan, done);
}

void vrt_tree_count(const VrtTree *vrt, int64_t *decodes, int64_t *again)
{
    for (int i = 0; i < vrt->set.count; i++)
        leaf_count(vrt->set.leaves[i], decodes, again);
}
