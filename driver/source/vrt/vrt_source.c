/* SPDX-License-Identifier: MIT */
#include "vrt_source.h"

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

struct VrtSource {
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
static bool open_rewritten(VrtSource *vrt, CPLXMLNode *root,
                           GDALDatasetH source)
{
    vrt->xml = CPLSerializeXMLTree(root);
    vrt->dataset = open_xml(vrt->xml);
    return vrt->dataset != NULL &&
           GDALGetRasterXSize(vrt->dataset) == GDALGetRasterXSize(source) &&
           GDALGetRasterYSize(vrt->dataset) == GDALGetRasterYSize(source) &&
           GDALGetRasterCount(vrt->dataset) == GDALGetRasterCount(source);
}

static bool look_through(VrtSource *vrt, GDALDatasetH source)
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

VrtSource *vrt_source_open(GDALDatasetH source, char *reason,
                           size_t reason_nbytes)
{
    reason[0] = '\0';
    if (!vrt_is(source))
        return NULL;
    VrtSource *vrt = calloc(1, sizeof *vrt);
    if (vrt == NULL)
        return NULL;
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
        vrt_source_close(vrt);
        return NULL;
    }
    return vrt;
}

void vrt_source_close(VrtSource *vrt)
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

GDALDatasetH vrt_source_dataset(const VrtSource *vrt)
{
    return vrt->dataset;
}

GDALDatasetH vrt_source_open_again(const VrtSource *vrt, int reader)
{
    char *xml = CPLStrdup(vrt->xml);
    leaf_names_set_reader(xml, reader);
    const GDALDatasetH dataset = open_xml(xml);
    CPLFree(xml);
    return dataset;
}

bool vrt_source_needs_python(const VrtSource *vrt)
{
    const LeafSet *set = &vrt->set;
    bool found = strstr(vrt->xml, "PixelFunctionLanguage>Python") != NULL;
    for (int i = 0; !found && i < set->count; i++)
        found = dataset_name_is_of_python(leaf_handles(set->leaves[i])->name);
    return found;
}

bool vrt_source_reads(const VrtSource *vrt, const char *path)
{
    VSIStatBufL stat;
    if (VSIStatL(path, &stat) != 0)
        return false;
    for (int i = 0; i < vrt->set.count; i++)
        if (same_file(path, leaf_handles(vrt->set.leaves[i])->name))
            return true;
    return false;
}

bool vrt_source_reads_in_order(const VrtSource *vrt)
{
    for (int i = 0; i < vrt->set.count; i++)
        if (leaf_reads_in_order(vrt->set.leaves[i]))
            return true;
    return false;
}

bool vrt_source_is_warped(const VrtSource *vrt)
{
    return vrt->set.unmapped;
}

int vrt_source_leaf_count(const VrtSource *vrt)
{
    return vrt->set.count;
}

const Leaf *vrt_source_leaf(const VrtSource *vrt, int i)
{
    return vrt->set.leaves[i];
}

void vrt_source_set_limit(VrtSource *vrt, uint64_t nbytes)
{
    const LeafSet *set = &vrt->set;
    for (int i = 0; i < set->count; i++)
        if (leaf_placement_count(set->leaves[i]) == 0)
            leaf_set_limit(set->leaves[i], nbytes / (uint64_t)set->count);
}

void vrt_source_drop_behind(VrtSource *vrt, const Plan *plan,
                            const Window *done)
{
    for (int i = 0; i < vrt->set.count; i++)
        leaf_drop_behind(vrt->set.leaves[i], plan, done);
}

void vrt_source_count(const VrtSource *vrt, int64_t *decodes, int64_t *again)
{
    for (int i = 0; i < vrt->set.count; i++)
        leaf_count(vrt->set.leaves[i], decodes, again);
}
