/* SPDX-License-Identifier: MIT */
#include "option_list.h"

#include <limits.h>

#include "cpl_conv.h"
#include "cpl_minixml.h"
#include "cpl_string.h"
#include "gdal.h"
#include "option_table.h"
#include "zstd_codec.h"

static bool names(const CPLXMLNode *node, const char *name)
{
    return node->eType == CXT_Element && EQUAL(node->pszValue, "Option") &&
           EQUAL(CPLGetXMLValue(node, "name", ""), name);
}

static CPLXMLNode *find_option(const CPLXMLNode *list, const char *name)
{
    CPLXMLNode *node = list != NULL ? list->psChild : NULL;
    while (node != NULL && !names(node, name))
        node = node->psNext;
    return node;
}

/** A driver's creation option list, to be freed with CPLDestroyXMLNode(); NULL
 * if there is none. */
static CPLXMLNode *list_of(const char *name)
{
    const GDALDriverH driver = GDALGetDriverByName(name);
    const char *text =
        driver != NULL
            ? GDALGetMetadataItem(driver, GDAL_DMD_CREATIONOPTIONLIST, NULL)
            : NULL;
    return text != NULL ? CPLParseXMLString(text) : NULL;
}

bool option_list_has(const char *driver, const char *name)
{
    CPLXMLNode *list = list_of(driver);
    const bool found = find_option(list, name) != NULL;
    CPLDestroyXMLNode(list);
    return found;
}

char **option_list_compressions(void)
{
    char **list = CSLAddString(NULL, "NONE");
    list = CSLAddString(list, "DEFLATE");
    list = CSLAddString(list, "LZW");
    list = CSLAddString(list, "PACKBITS");
    if (codec_zstd_available())
        list = CSLAddString(list, "ZSTD");
    CPLXMLNode *gtiff = list_of("GTiff");
    const CPLXMLNode *option = find_option(gtiff, "COMPRESS");
    for (const CPLXMLNode *node = option != NULL ? option->psChild : NULL;
         node != NULL; node = node->psNext) {
        const char *value = CPLGetXMLValue(node, "", "");
        if (EQUAL(node->pszValue, "Value") && CSLFindString(list, value) < 0)
            list = CSLAddString(list, value);
    }
    CPLDestroyXMLNode(gtiff);
    return list;
}

static const char *type_name(OptionType type)
{
    switch (type) {
    case OPTION_BOOL:
        return "boolean";
    case OPTION_INT:
        return "int";
    case OPTION_CHOICE:
    case OPTION_COMPRESSION:
        return "string-select";
    default:
        return "string";
    }
}

static void add_range(CPLXMLNode *option, const OptionEntry *entry)
{
    if ((entry->type != OPTION_INT && entry->type != OPTION_INT_OR_CHOICE) ||
        entry->greatest == 0)
        return;
    CPLAddXMLAttributeAndValue(option, "min", CPLSPrintf("%d", entry->least));
    if (entry->greatest < INT_MAX)
        CPLAddXMLAttributeAndValue(option, "max",
                                   CPLSPrintf("%d", entry->greatest));
}

static void add_values(CPLXMLNode *option, const OptionEntry *entry,
                       CSLConstList compressions)
{
    if (entry->type == OPTION_COMPRESSION)
        for (int i = 0; compressions[i] != NULL; i++)
            CPLCreateXMLElementAndValue(option, "Value", compressions[i]);
    if (entry->type != OPTION_CHOICE && entry->type != OPTION_INT_OR_CHOICE)
        return;
    for (const OptionChoice *choice = entry->choices; choice->name != NULL;
         choice++)
        if (choice->same_as == NULL)
            CPLCreateXMLElementAndValue(option, "Value", choice->name);
}

static void add_own(CPLXMLNode *offered, const OptionEntry *entry,
                    CSLConstList compressions)
{
    CPLXMLNode *option = CPLCreateXMLNode(offered, CXT_Element, "Option");
    CPLAddXMLAttributeAndValue(option, "name", entry->name);
    CPLAddXMLAttributeAndValue(option, "type", type_name(entry->type));
    add_range(option, entry);
    if (entry->by_default != NULL)
        CPLAddXMLAttributeAndValue(option, "default", entry->by_default);
    CPLAddXMLAttributeAndValue(option, "description", entry->text);
    add_values(option, entry, compressions);
}

/** Adds an option as @p theirs, a driver's list, has it, if it does. */
static void add_of_driver(CPLXMLNode *offered, const OptionEntry *entry,
                          CPLXMLNode *theirs)
{
    CPLXMLNode *option = find_option(theirs, entry->name);
    if (option == NULL || !CPLRemoveXMLChild(theirs, option))
        return;
    if (entry->takes_more)
        CPLSetXMLValue(option, "#type", "string");
    if (CPLGetXMLNode(option, "description") == NULL)
        CPLAddXMLAttributeAndValue(option, "description", entry->text);
    CPLAddXMLChild(offered, option);
}

char *option_list_xml(void)
{
    CPLXMLNode *offered =
        CPLCreateXMLNode(NULL, CXT_Element, "CreationOptionList");
    CPLXMLNode *gtiff = list_of("GTiff"), *cog = list_of("COG");
    char **compressions = option_list_compressions();
    for (const OptionEntry *entry = option_table; entry->name != NULL; entry++)
        if (entry->type == OPTION_AS_GTIFF)
            add_of_driver(offered, entry, gtiff);
        else if (entry->type == OPTION_AS_COG)
            add_of_driver(offered, entry, cog);
        else if (entry->user != USER_NONE)
            add_own(offered, entry, compressions);
    char *xml = CPLSerializeXMLTree(offered);
    CSLDestroy(compressions);
    CPLDestroyXMLNode(gtiff);
    CPLDestroyXMLNode(cog);
    CPLDestroyXMLNode(offered);
    return xml;
}
