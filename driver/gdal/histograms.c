/* SPDX-License-Identifier: MIT */
#include "histograms.h"

#include <stdlib.h>

#include "cpl_conv.h"
#include "cpl_minixml.h"
#include "cpl_string.h"
#include "cpl_vsi.h"

static const char band_word[] = "PAMRasterBand";
static const char histograms_word[] = "Histograms";

/** @return what is kept beside the raster at @p path, or NULL */
static CPLXMLNode *read_aux(const char *path)
{
    VSIStatBufL stat;
    char *name = CPLStrdup(CPLSPrintf("%s.aux.xml", path));
    CPLXMLNode *aux = VSIStatL(name, &stat) == 0 ? CPLParseXMLFile(name) : NULL;
    CPLFree(name);
    return aux;
}

static bool is_band(const CPLXMLNode *node)
{
    return node->eType == CXT_Element && EQUAL(node->pszValue, band_word);
}

static int number_of(const CPLXMLNode *band)
{
    return atoi(CPLGetXMLValue(band, "band", "0"));
}

/** @return the band of that number, added in its place if it is not there */
static CPLXMLNode *find_band(CPLXMLNode *aux, int number)
{
    CPLXMLNode **link = &aux->psChild;
    while (*link != NULL && (!is_band(*link) || number_of(*link) < number))
        link = &(*link)->psNext;
    if (*link != NULL && number_of(*link) == number)
        return *link;
    CPLXMLNode *band = CPLCreateXMLNode(NULL, CXT_Element, band_word);
    CPLAddXMLAttributeAndValue(band, "band", CPLSPrintf("%d", number));
    band->psNext = *link;
    *link = band;
    return band;
}

/** @return whether there was any */
static bool move_all(CPLXMLNode *from, CPLXMLNode *to)
{
    bool any = false;
    if (from == NULL || to == NULL)
        return false;
    for (CPLXMLNode *node = from->psChild; node != NULL; node = node->psNext) {
        CPLXMLNode *kept =
            is_band(node) ? CPLGetXMLNode(node, histograms_word) : NULL;
        if (kept == NULL)
            continue;
        CPLAddXMLChild(find_band(to, number_of(node)), CPLCloneXMLTree(kept));
        any = true;
    }
    return any;
}

bool histograms_move(const char *from, const char *to, Status *status)
{
    CPLXMLNode *given = read_aux(from);
    if (given == NULL)
        return true;
    CPLXMLNode *aux = read_aux(to);
    if (aux == NULL)
        aux = CPLCreateXMLNode(NULL, CXT_Element, "PAMDataset");
    char *name = CPLStrdup(CPLSPrintf("%s.aux.xml", to));
    const bool ok = !move_all(CPLGetXMLNode(given, "=PAMDataset"),
                              CPLGetXMLNode(aux, "=PAMDataset")) ||
                    CPLSerializeXMLTreeToFile(aux, name);
    CPLDestroyXMLNode(given);
    CPLDestroyXMLNode(aux);
    CPLFree(name);
    return ok || status_fail(status, STATUS_IO, "cannot keep histograms");
}
