/* SPDX-License-Identifier: MIT */
#include "part_digest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_hash_set.h"
#include "cpl_minixml.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "dataset.h"
#include "guarded.h"
#include "hash.h"
#include "text_list.h"
#include "versions.h"
#include "vsi_file.h"

/* Remote files beyond that many are not asked for size and time. */
enum { REMOTE_ASKED = 64 };

static uint64_t add_text(uint64_t hash, const char *text)
{
    return hash_add(hash, text, strlen(text) + 1);
}

static uint64_t add_number(uint64_t hash, int64_t number)
{
    return hash_add(hash, &number, sizeof number);
}

bool part_option_is_of_run(const char *name)
{
    static const char *const names[] = {"NUM_THREADS", "READ_THREADS", "BUDGET",
                                        "FSYNC",       "VERIFY",       "PLAN",
                                        NULL};
    return CSLFindString((CSLConstList)names, name) >= 0;
}

char **part_options(CSLConstList list)
{
    const bool added =
        CSLFetchNameValue(list, "@INTERLEAVE_ADDED_AUTOMATICALLY") != NULL;
    char **kept = NULL;
    for (int i = 0; i < CSLCount(list); i++) {
        char *name = NULL;
        const char *value = CPLParseNameValue(list[i], &name);
        if (name != NULL && *name != '@' && !EQUAL(name, "PART") &&
            !part_option_is_of_run(name) &&
            !(added && EQUAL(name, "INTERLEAVE"))) {
            for (char *at = name; *at != '\0'; at++)
                if (*at >= 'a' && *at <= 'z')
                    *at = (char)(*at - 'a' + 'A');
            kept = CSLSetNameValue(kept, name, value);
        }
        CPLFree(name);
    }
    text_list_sort(kept);
    return kept;
}

static uint64_t add_file(uint64_t hash, const char *path, bool ask)
{
    VSIStatBufL stat;
    hash = add_text(hash, CPLGetFilename(path));
    if (!ask || VSIStatL(path, &stat) != 0)
        return hash;
    hash = add_number(hash, (int64_t)stat.st_size);
    return add_number(hash, (int64_t)stat.st_mtime);
}

/** Opens what a VRT reads if that is a VRT in turn: it lists files for itself.
 * A name of no file is left alone. */
static GDALDatasetH open_nested(const char *path, CPLHashSet *seen)
{
    static const char *const vrt_only[] = {"VRT", NULL};
    VSIStatBufL stat;
    if (!EQUAL(CPLGetExtension(path), "vrt") ||
        CPLHashSetLookup(seen, path) != NULL || VSIStatL(path, &stat) != 0)
        return NULL;
    CPLHashSetInsert(seen, CPLStrdup(path));
    return guarded_open(path, 0, vrt_only, NULL, NULL);
}

/** @param seen the VRTs whose files are added, or are being added */
static uint64_t add_files_once(uint64_t hash, GDALDatasetH dataset,
                               CPLHashSet *seen)
{
    char **files = GDALGetFileList(dataset);
    const int count = CSLCount(files);
    for (int i = 0; i < count; i++) {
        const bool ask = !vsi_file_is_remote(files[i]) || count <= REMOTE_ASKED;
        hash = add_file(hash, files[i], ask);
        const GDALDatasetH nested = ask ? open_nested(files[i], seen) : NULL;
        if (nested != NULL)
            hash = add_files_once(hash, nested, seen);
        dataset_close_silently(nested);
    }
    CSLDestroy(files);
    return hash;
}

static uint64_t add_files(uint64_t hash, GDALDatasetH dataset)
{
    CPLHashSet *seen =
        CPLHashSetNew(CPLHashSetHashStr, CPLHashSetEqualStr, CPLFree);
    CPLHashSetInsert(seen, CPLStrdup(GDALGetDescription(dataset)));
    hash = add_files_once(hash, dataset, seen);
    CPLHashSetDestroy(seen);
    return hash;
}

/** Takes folders from what a VRT says of its sources. */
static void strip_folders(CPLXMLNode *node)
{
    for (; node != NULL; node = node->psNext) {
        const bool names = node->eType == CXT_Element &&
                           (EQUAL(node->pszValue, "SourceFilename") ||
                            EQUAL(node->pszValue, "SourceDataset"));
        for (CPLXMLNode *child = node->psChild; names && child != NULL;
             child = child->psNext)
            if (child->eType == CXT_Text) {
                char *name = CPLStrdup(CPLGetFilename(child->pszValue));
                CPLFree(child->pszValue);
                child->pszValue = name;
            }
        strip_folders(node->psChild);
    }
}

/** Of a VRT that no file says. */
static uint64_t add_vrt(uint64_t hash, GDALDatasetH dataset)
{
    VSIStatBufL stat;
    if (!dataset_is_vrt(dataset) ||
        VSIStatL(GDALGetDescription(dataset), &stat) == 0)
        return hash;
    char **xml = GDALGetMetadata(dataset, "xml:VRT");
    CPLXMLNode *root =
        xml != NULL && *xml != NULL ? CPLParseXMLString(*xml) : NULL;
    strip_folders(root);
    char *text = root != NULL ? CPLSerializeXMLTree(root) : NULL;
    if (text != NULL)
        hash = add_text(hash, text);
    CPLFree(text);
    CPLDestroyXMLNode(root);
    return hash;
}

static uint64_t add_tags(uint64_t hash, const Ifd *ifd)
{
    const size_t nbytes = ifd != NULL ? (size_t)ifd_nbytes(ifd, false) : 0;
    uint8_t *bytes = nbytes > 0 ? malloc(nbytes) : NULL;
    if (bytes != NULL) {
        ifd_serialize(ifd, false, 0, 0, bytes);
        hash = hash_add(hash, bytes, nbytes);
    }
    free(bytes);
    return add_number(hash, (int64_t)nbytes);
}

static uint64_t add_shape(uint64_t hash, const FileSpec *file)
{
    for (int i = 0; i < file_spec_image_count(file); i++) {
        const LayoutSpec *spec = &file->layouts[i].spec;
        const int64_t numbers[] = {spec->width,       spec->height,
                                   spec->bands,       spec->sample_nbits,
                                   spec->tile_height, spec->tile_width};
        hash = hash_add(hash, numbers, sizeof numbers);
    }
    hash = add_tags(hash, file->raster.tags.image);
    hash = add_tags(hash, file->raster.tags.mask);
    return add_tags(hash, file->overview.tags.image);
}

static void write_digest(uint64_t hash, char out[PART_DIGEST_SIZE])
{
    snprintf(out, PART_DIGEST_SIZE, "%016" PRIx64, hash);
}

PartDigest part_digest_of(const FileSpec *file, GDALDatasetH given,
                          CSLConstList options, const Part *part)
{
    PartDigest digest = {.run = ""};
    uint64_t hash = add_text(hash_begin(), rowband_version());
    hash = add_text(hash, GDALVersionInfo("RELEASE_NAME"));
    hash = add_number(hash, part->count);
    for (int i = 0; i < CSLCount(options); i++)
        hash = add_text(hash, options[i]);
    hash = add_files(hash, given);
    hash = add_vrt(hash, given);
    for (int i = 1; i <= GDALGetRasterCount(given); i++)
        hash = add_number(
            hash, (int64_t)GDALGetRasterDataType(GDALGetRasterBand(given, i)));
    hash = add_number(hash, GDALGetRasterXSize(given));
    hash = add_number(hash, GDALGetRasterYSize(given));
    hash = add_shape(hash, file);
    write_digest(hash, digest.run);
    write_digest(add_number(hash, part->number), digest.part);
    return digest;
}
