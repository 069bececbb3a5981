/* SPDX-License-Identifier: MIT */
#include "metadata_tag.h"

#include <string.h>

#include "cpl_conv.h"
#include "cpl_minixml.h"

static bool has_attribute(const CPLXMLNode *node, const char *key,
                          const char *value)
{
    return strcmp(CPLGetXMLValue(node, key, ""), value != NULL ? value : "") ==
           0;
}

static CPLXMLNode *find_item(const CPLXMLNode *root, const MetadataItem *item)
{
    CPLXMLNode *node = root->psChild;
    while (node != NULL && !(node->eType == CXT_Element &&
                             has_attribute(node, "name", item->name) &&
                             has_attribute(node, "domain", item->domain) &&
                             has_attribute(node, "sample", item->sample)))
        node = node->psNext;
    return node;
}

static void set_attribute(CPLXMLNode *node, const char *key, const char *value)
{
    if (value != NULL)
        CPLAddXMLAttributeAndValue(node, key, value);
}

static void set_item(CPLXMLNode *root, const MetadataItem *item)
{
    CPLXMLNode *node = find_item(root, item);
    if (node != NULL) {
        CPLRemoveXMLChild(root, node);
        CPLDestroyXMLNode(node);
    }
    if (item->value == NULL || *item->value == '\0')
        return;
    node = CPLCreateXMLNode(root, CXT_Element, "Item");
    set_attribute(node, "name", item->name);
    set_attribute(node, "sample", item->sample);
    set_attribute(node, "domain", item->domain);
    CPLCreateXMLNode(node, CXT_Text, item->value);
}

bool metadata_tag_set(Ifd *ifd, const MetadataItem *item, Status *status)
{
    const char *before = ifd_text(ifd, TAG_GDAL_METADATA);
    CPLXMLNode *root =
        CPLParseXMLString(before != NULL ? before : "<GDALMetadata/>");
    if (root == NULL)
        return status_fail(status, STATUS_INVALID,
                           "GTiff's metadata is no XML");
    set_item(root, item);
    char *text = CPLSerializeXMLTree(root);
    bool ok = true;
    if (root->psChild == NULL)
        ifd_remove(ifd, TAG_GDAL_METADATA);
    else
        ok = ifd_set(ifd, TAG_GDAL_METADATA, IFD_ASCII, strlen(text) + 1, text,
                     status);
    CPLFree(text);
    CPLDestroyXMLNode(root);
    return ok;
}
