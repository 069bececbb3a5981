/* SPDX-License-Identifier: MIT */
#include "option_table.h"

#include <limits.h>
#include <stddef.h>

#include "coding.h"
#include "directory.h"
#include "layout.h"
#include "predictor.h"
#include "read_ahead.h"

enum { THREADS_MAX = 1024, NO_END = INT_MAX };

static const OptionChoice layouts[] = {
    {"GTIFF", WITH_GTIFF, NULL}, {"COG", WITH_COG, NULL}, {NULL, 0, NULL}};

static const OptionChoice predictors[] = {
    {"1", PREDICTOR_NONE, NULL},
    {"2", PREDICTOR_HORIZONTAL, NULL},
    {"3", PREDICTOR_FLOATING_POINT, NULL},
    {"NO", PREDICTOR_NONE, NULL},
    {"STANDARD", PREDICTOR_HORIZONTAL, NULL},
    {"FLOATING_POINT", PREDICTOR_FLOATING_POINT, NULL},
    {"YES", PREDICTOR_BY_TYPE, NULL},
    {"AUTO", PREDICTOR_AUTO, NULL},
    {NULL, 0, NULL}};

/* No AUTO: the raster's first tile is all there is to try. */
static const OptionChoice overview_predictors[] = {
    {"YES", PREDICTOR_BY_TYPE, NULL},
    {"NO", PREDICTOR_NONE, NULL},
    {"STANDARD", PREDICTOR_HORIZONTAL, NULL},
    {"FLOATING_POINT", PREDICTOR_FLOATING_POINT, NULL},
    {"1", PREDICTOR_NONE, NULL},
    {"2", PREDICTOR_HORIZONTAL, NULL},
    {"3", PREDICTOR_FLOATING_POINT, NULL},
    {NULL, 0, NULL}};

static const OptionChoice interleaves[] = {{"PIXEL", INTERLEAVE_PIXEL, NULL},
                                           {"BAND", INTERLEAVE_BAND, NULL},
                                           {"TILE", INTERLEAVE_TILE, NULL},
                                           {NULL, 0, NULL}};

static const OptionChoice bigtiffs[] = {{"YES", BIGTIFF_YES, NULL},
                                        {"NO", BIGTIFF_NO, NULL},
                                        {"IF_NEEDED", BIGTIFF_IF_NEEDED, NULL},
                                        {"IF_SAFER", BIGTIFF_IF_SAFER, NULL},
                                        {NULL, 0, NULL}};

static const OptionChoice endiannesses[] = {
    {"NATIVE", 0, NULL}, {"LITTLE", 0, NULL}, {NULL, 0, NULL}};

static const OptionChoice lossless_copies[] = {
    {"AUTO", LOSSLESS_COPY_AUTO, NULL},
    {"YES", LOSSLESS_COPY_YES, NULL},
    {"NO", LOSSLESS_COPY_NO, NULL},
    {NULL, 0, NULL}};

static const OptionChoice overviews[] = {
    {"AUTO", OVERVIEWS_AUTO, NULL},
    {"IGNORE_EXISTING", OVERVIEWS_MADE, NULL},
    {"FORCE_USE_EXISTING", OVERVIEWS_EXISTING, NULL},
    {"NONE", OVERVIEWS_NONE, NULL},
    {NULL, 0, NULL}};

static const OptionChoice statistics[] = {
    {"AUTO", STATISTICS_AUTO, NULL}, {"YES", STATISTICS_YES, NULL},
    {"NO", STATISTICS_NO, NULL},     {"TRUE", STATISTICS_YES, "YES"},
    {"ON", STATISTICS_YES, "YES"},   {"1", STATISTICS_YES, "YES"},
    {"FALSE", STATISTICS_NO, "NO"},  {"OFF", STATISTICS_NO, "NO"},
    {"0", STATISTICS_NO, "NO"},      {NULL, 0, NULL}};

static const OptionChoice resamplings[] = {
    {"NEAREST", 0, NULL},   {"AVERAGE", 0, NULL}, {"RMS", 0, NULL},
    {"BILINEAR", 0, NULL},  {"CUBIC", 0, NULL},   {"CUBICSPLINE", 0, NULL},
    {"LANCZOS", 0, NULL},   {"GAUSS", 0, NULL},   {"MODE", 0, NULL},
    {"NEAR", 0, "NEAREST"}, {NULL, 0, NULL}};

/* As gdalwarp has them (apps/gdalwarp_lib.cpp: GetResampleAlg()). */
static const OptionChoice warp_resamplings[] = {
    {"NEAREST", 0, NULL},     {"BILINEAR", 0, NULL}, {"CUBIC", 0, NULL},
    {"CUBICSPLINE", 0, NULL}, {"LANCZOS", 0, NULL},  {"AVERAGE", 0, NULL},
    {"RMS", 0, NULL},         {"MODE", 0, NULL},     {"MAX", 0, NULL},
    {"MIN", 0, NULL},         {"MED", 0, NULL},      {"Q1", 0, NULL},
    {"Q3", 0, NULL},          {"SUM", 0, NULL},      {"NEAR", 0, "NEAREST"},
    {NULL, 0, NULL}};

static const OptionChoice zoom_strategies[] = {{"AUTO", ZOOM_NEAREST, NULL},
                                               {"LOWER", ZOOM_LOWER, NULL},
                                               {"UPPER", ZOOM_UPPER, NULL},
                                               {NULL, 0, NULL}};

static const OptionChoice levels[] = {{"AUTO", LEVEL_AUTO, NULL},
                                      {NULL, 0, NULL}};

#define GIVE_BLOCKSIZE "; use BLOCKSIZE: tiles are square"
#define AS_GTIFF "As in the GTiff driver"

#define OURS(layout, kind)                                                     \
    .user = USER_OURS, .layouts = WITH_##layout, .type = OPTION_##kind
#define RANGE(from, to) .least = (from), .greatest = (to)
#define CODEC_OF_GTIFF                                                         \
    .user = USER_CODEC, .layouts = WITH_BOTH, .type = OPTION_AS_GTIFF,         \
    .text = AS_GTIFF
#define TAG_OF_GTIFF(option, what)                                             \
    {                                                                          \
        .name = (option), .user = USER_TAGS, .layouts = WITH_BOTH,             \
        .type = OPTION_AS_GTIFF, .text = (what)                                \
    }
#define OF_COG(option)                                                         \
    .name = (option), .user = USER_OURS, .layouts = WITH_COG,                  \
    .type = OPTION_AS_COG
#define REFUSED(option, which, way_around, what)                               \
    {                                                                          \
        .name = (option), .type = OPTION_STRING, .refused = (which),           \
        .instead = (way_around), .text = (what)                                \
    }

/* In the order that GDAL shows them. */
const OptionEntry option_table[] = {
    /* --- ours ------------------------------------------------------------ */
    {.name = "LAYOUT",
     OURS(BOTH, CHOICE),
     .choices = layouts,
     .by_default = "GTIFF",
     .text = "GTIFF: a GeoTIFF. COG: a Cloud Optimized GeoTIFF, with "
             "overviews"},
    {.name = "BUDGET",
     OURS(BOTH, STRING),
     .by_default = "256M",
     .text = "Memory that the operation may use: bytes, or with K, M or G "
             "after the number, or a percentage of the memory of the machine, "
             "as 10%"},
    {.name = "NUM_THREADS",
     OURS(BOTH, INT_OR_WORD),
     RANGE(1, THREADS_MAX),
     .by_default = "ALL_CPUS",
     .text = "Number of threads that compress, or ALL_CPUS"},
    {.name = "READ_THREADS",
     OURS(BOTH, INT_OR_WORD),
     RANGE(1, READERS_MAX),
     .by_default = "AUTO",
     .text = "Number of threads that read and decode the source. AUTO: one, "
             "and more while compression waits for them, up to NUM_THREADS"},
    {.name = "PART",
     OURS(BOTH, STRING),
     .text = "I/N: make one part of the file, the I-th of N, which other "
             "processes may do with the others. ROWBAND_PARTS:PATTERN as a "
             "source puts them together"},
    {.name = "TILED",
     OURS(BOTH, BOOL),
     .by_default = "YES",
     .refused = REFUSED_OFF,
     .refused_with = WITH_COG,
     .text = "YES: tiles. NO: strips as wide as the raster, which is the "
             "default where BLOCKYSIZE is given alone"},
    {.name = "BLOCKXSIZE",
     OURS(GTIFF, INT),
     RANGE(1, NO_END),
     .multiple = 16,
     .by_default = "512",
     .instead = GIVE_BLOCKSIZE,
     .text = "Tile width in pixels, a multiple of 16; of no effect on strips"},
    {.name = "BLOCKYSIZE",
     OURS(GTIFF, INT),
     RANGE(1, NO_END),
     .multiple = 16,
     .by_default = "512",
     .instead = GIVE_BLOCKSIZE,
     .text = "Tile height in pixels, a multiple of 16; or rows of a strip, any "
             "number, by default 256"},
    {.name = "COMPRESS",
     OURS(BOTH, COMPRESSION),
     .by_default = "DEFLATE",
     .text = "Compression method. NONE, DEFLATE, LZW, PACKBITS, ZSTD and LZMA "
             "keep every pixel as it is, LERC too unless MAX_Z_ERROR is given; "
             "JPEG changes pixels, WEBP and JXL unless told not to; the CCITT "
             "ones are for one bit per pixel"},
    {.name = "ZLEVEL",
     .type = OPTION_INT_OR_CHOICE,
     .choices = levels,
     .user = USER_CODEC,
     .layouts = WITH_BOTH,
     .compress = {"DEFLATE", "LERC_DEFLATE"},
     .cog_word = "LEVEL",
     RANGE(1, 12),
     .by_default = "6",
     .text = "Level of DEFLATE, 1 (fast) to 12 (slow, smallest). Levels 6 to 9 "
             "of the GTiff driver are 7 to 10 here, but not with LERC_DEFLATE, "
             "where it is GTiff that compresses. AUTO, with DEFLATE: for each "
             "tile the fastest of 1, 2, 4 and 6 that is about as good as 6, "
             "found by compressing samples of the tile"},
    {.name = "PREDICTOR",
     OURS(BOTH, CHOICE),
     .choices = predictors,
     .by_default = "1",
     .text = "Compress differences of neighbouring pixels, which makes most "
             "rasters smaller; with DEFLATE, LZW and ZSTD. YES: the usual one, "
             "that is 2 for integers and 3 for floats. AUTO: the one that "
             "makes the first tile smallest. 1, NO: none. 2, STANDARD: any "
             "data type but complex. 3, FLOATING_POINT: floats only"},
    {.name = "INTERLEAVE",
     OURS(BOTH, CHOICE),
     .choices = interleaves,
     .by_default = "PIXEL",
     .refused = REFUSED_ONE,
     .refused_value = "TILE",
     .refused_with = WITH_GTIFF,
     .instead = "; it needs LAYOUT=COG",
     .text = "PIXEL: each tile holds all bands. BAND: each band has its own "
             "tiles. TILE, with LAYOUT=COG: likewise, and those of all bands "
             "at one place lie together"},
    {.name = "BIGTIFF",
     OURS(BOTH, CHOICE),
     .choices = bigtiffs,
     .by_default = "IF_NEEDED",
     .text = "BigTIFF, which files of more than 4 GB need, or classic TIFF. "
             "IF_NEEDED: as the size of the finished file demands. IF_SAFER: "
             "BigTIFF also if the pixels have more than 2 GB before "
             "compression"},
    {.name = "SPARSE_OK",
     OURS(BOTH, BOOL),
     .by_default = "NO",
     .text = "Leave out tiles that hold only nodata, or zero if there is no "
             "nodata value. GDAL reads such files; not every program does"},
    {.name = "LOSSLESS_COPY",
     OURS(BOTH, CHOICE),
     .choices = lossless_copies,
     .by_default = "AUTO",
     .text = "Copy tiles of a TIFF that are already what they should become "
             "as they are, without decoding and encoding them. AUTO: where "
             "nothing is said of the codec's level or quality. YES: the "
             "codec, predictor, tiles and interleaving are the source's where "
             "nothing else is said; fails if no tile can be copied. NO: never"},
    {.name = "DISCARD_LSB",
     OURS(BOTH, STRING),
     .text = "Number of least significant bits to round off, for smaller files "
             "of less precision: one number, or one for each band with commas "
             "between"},
    {.name = "NAN_TO_NODATA",
     OURS(BOTH, BOOL),
     .by_default = "NO",
     .text = "Replace NaN by the nodata value, if there is one and it is "
             "finite"},
    {.name = "NODATA_TO_MASK",
     OURS(BOTH, BOOL),
     .by_default = "NO",
     .text = "Have a mask say which pixels are valid, in place of the nodata "
             "value, which codecs with loss would blur. What the mask hides is "
             "then filled with what is around it, so that no edge shows in "
             "what it does not hide"},
    {.name = "STATISTICS",
     OURS(BOTH, CHOICE),
     .choices = statistics,
     .by_default = "AUTO",
     .text = "YES: store minimum, maximum, mean and standard deviation of each "
             "band, computed while the pixels pass. AUTO: those that the "
             "source has, if any. NO: none"},
    {.name = "CRS_IDENTIFY",
     OURS(BOTH, BOOL),
     .by_default = "NO",
     .text = "If the coordinate reference system has no code, such as "
             "EPSG:32611, look up which one it is"},
    {.name = "FSYNC",
     OURS(BOTH, BOOL),
     .by_default = "NO",
     .text = "Wait until the file is on the disk, where not even a crash of "
             "the machine loses it, before saying that it is done"},
    {.name = "VERIFY",
     OURS(BOTH, BOOL),
     .by_default = "NO",
     .text = "Decode each tile once it is encoded, and compare it with what "
             "went in before it is written: every bit, or LERC within "
             "MAX_Z_ERROR. Of JPEG, and of WEBP and JXL with loss, only that "
             "it decodes. A difference is an error, and there is no file"},
    {.name = "PLAN",
     OURS(BOTH, BOOL),
     .by_default = "NO",
     .text = "Copy nothing, and write to the target, whose name must end in "
             ".json, what would be done: the source's blocks, windows and "
             "their order, memory, disk, as JSON"},
    {.name = "ENDIANNESS",
     OURS(BOTH, CHOICE),
     .choices = endiannesses,
     .by_default = "LITTLE",
     .refused = REFUSED_OTHER,
     .refused_with = WITH_BOTH,
     .instead = ": only little-endian files are written",
     .text = "Byte order of the file: always little-endian"},

    /* --- ours, in the words of COG --------------------------------------- */
    {.name = "BLOCKSIZE",
     OURS(COG, INT),
     RANGE(16, NO_END),
     .multiple = 16,
     .by_default = "512",
     .text = "LAYOUT=COG: width and height of tiles in pixels, a multiple of "
             "16"},
    {.name = "LEVEL",
     OURS(COG, STRING),
     .text = "LAYOUT=COG: compression level, in place of ZLEVEL, ZSTD_LEVEL or "
             "LZMA_PRESET"},
    {.name = "QUALITY",
     OURS(COG, INT),
     RANGE(1, 100),
     .text = "LAYOUT=COG: quality of JPEG or WEBP, 100 is best; WEBP of 100 is "
             "without loss"},
    {.name = "OVERVIEWS",
     OURS(COG, CHOICE),
     .choices = overviews,
     .by_default = "AUTO",
     .text = "LAYOUT=COG: AUTO takes the overviews of the source, or makes "
             "them if there are none; FORCE_USE_EXISTING takes those that "
             "there are, IGNORE_EXISTING makes them in any case. NONE: no "
             "overviews"},
    {.name = "COPY_SRC_OVERVIEWS",
     OURS(BOTH, BOOL),
     .by_default = "NO",
     .text = "Take the overviews of the source; with LAYOUT=COG the same as "
             "OVERVIEWS=FORCE_USE_EXISTING"},
    {.name = "OVERVIEW_COUNT",
     OURS(COG, INT),
     RANGE(0, NO_END),
     .text = "LAYOUT=COG: number of overviews, each half as wide and as high "
             "as the one before; by default until one fits a tile"},
    {.name = "RESAMPLING",
     OURS(COG, CHOICE),
     .choices = resamplings,
     .text = "LAYOUT=COG: how overviews are computed; by default CUBIC, or "
             "NEAREST if there is a colour table"},
    {.name = "OVERVIEW_RESAMPLING",
     OURS(COG, CHOICE),
     .choices = resamplings,
     .text = "LAYOUT=COG: as RESAMPLING; of the two, this one counts"},
    {.name = "OVERVIEW_COMPRESS",
     OURS(COG, COMPRESSION),
     .text = "LAYOUT=COG: compression method of overviews, by default that of "
             "COMPRESS"},
    {.name = "OVERVIEW_QUALITY",
     OURS(COG, INT),
     RANGE(1, 100),
     .text = "LAYOUT=COG: quality of overviews, by default that of QUALITY"},
    {.name = "OVERVIEW_PREDICTOR",
     OURS(COG, CHOICE),
     .choices = overview_predictors,
     .text = "LAYOUT=COG: predictor of overviews, by default that of "
             "PREDICTOR"},
    {.name = "MAX_Z_ERROR_OVERVIEW",
     OURS(COG, STRING),
     .text = "LAYOUT=COG: MAX_Z_ERROR of overviews, by default that of the "
             "raster"},

    /* --- COG's, for reprojecting ----------------------------------------- */
    {OF_COG("TARGET_SRS"),
     .text = "CRS to reproject to: EPSG:n, WKT or a PROJ string"},
    {OF_COG("RES"), .text = "Resolution to reproject to, with EXTENT"},
    {OF_COG("EXTENT"),
     .text = "Extent to reproject to: minx,miny,maxx,maxy in units of "
             "TARGET_SRS"},
    {OF_COG("WARP_RESAMPLING"), .choices = warp_resamplings,
     .text = "How pixels are computed when reprojecting; by default as "
             "RESAMPLING"},
    {OF_COG("ADD_ALPHA"), .by_default = "YES",
     .text = "Add an alpha band when reprojecting, if there is no nodata "
             "value"},
    {OF_COG("TILING_SCHEME"), .by_default = "CUSTOM", .takes_more = true,
     .text = "Reproject to this grid of tiles: one that GDAL knows by name, or "
             "the JSON of one, or a file with that. CUSTOM: none"},
    {OF_COG("ZOOM_LEVEL"), RANGE(0, NO_END),
     .text = "Zoom level of the TILING_SCHEME to reproject to"},
    {OF_COG("ZOOM_LEVEL_STRATEGY"), .choices = zoom_strategies,
     .by_default = "AUTO",
     .text = "How the zoom level is chosen if ZOOM_LEVEL does not say it: the "
             "nearest, or the LOWER or UPPER one of two"},
    {OF_COG("ALIGNED_LEVELS"), RANGE(0, NO_END),
     .text = "Number of levels whose tiles are tiles of the TILING_SCHEME"},

    /* --- GTiff's, for its codecs ----------------------------------------- */
    {.name = "JPEGTABLESMODE", CODEC_OF_GTIFF, .compress = {"JPEG"}},
    {.name = "JPEG_QUALITY",
     CODEC_OF_GTIFF,
     .compress = {"JPEG"},
     .cog_word = "QUALITY"},
    {.name = "JXL_ALPHA_DISTANCE", CODEC_OF_GTIFF, .compress = {"JXL"}},
    {.name = "JXL_DISTANCE", CODEC_OF_GTIFF, .compress = {"JXL"}},
    {.name = "JXL_EFFORT", CODEC_OF_GTIFF, .compress = {"JXL"}},
    {.name = "JXL_LOSSLESS", CODEC_OF_GTIFF, .compress = {"JXL"}},
    {.name = "LZMA_PRESET",
     CODEC_OF_GTIFF,
     .compress = {"LZMA"},
     .cog_word = "LEVEL",
     .least = 0,
     .greatest = 9},
    {.name = "MAX_Z_ERROR",
     CODEC_OF_GTIFF,
     .compress = {"LERC", "LERC_DEFLATE", "LERC_ZSTD"}},
    {.name = "WEBP_LEVEL",
     CODEC_OF_GTIFF,
     .compress = {"WEBP"},
     .cog_word = "QUALITY"},
    {.name = "WEBP_LOSSLESS", CODEC_OF_GTIFF, .compress = {"WEBP"}},
    {.name = "ZSTD_LEVEL",
     CODEC_OF_GTIFF,
     .compress = {"ZSTD", "LERC_ZSTD"},
     .cog_word = "LEVEL",
     RANGE(1, 22),
     .by_default = "9"},

    /* --- GTiff's, for the tags ------------------------------------------- */
    TAG_OF_GTIFF("ALPHA", AS_GTIFF),
    TAG_OF_GTIFF("COLOR_TABLE_MULTIPLIER", AS_GTIFF),
    TAG_OF_GTIFF("COPY_SRC_MDD", AS_GTIFF),
    TAG_OF_GTIFF("GEOTIFF_KEYS_FLAVOR", AS_GTIFF),
    TAG_OF_GTIFF("GEOTIFF_VERSION", AS_GTIFF),
    TAG_OF_GTIFF("NBITS", AS_GTIFF),
    TAG_OF_GTIFF("PHOTOMETRIC", "How the first bands make a colour"),
    TAG_OF_GTIFF("PIXELTYPE", "SIGNEDBYTE: bytes are from -128 to 127"),
    TAG_OF_GTIFF("PROFILE",
                 "What of the metadata is in the file; the rest is beside it, "
                 "in .aux.xml. GDALGeoTIFF: all. GeoTIFF: what GeoTIFF has "
                 "tags for. BASELINE: nothing"),
    TAG_OF_GTIFF("RPB", AS_GTIFF),
    TAG_OF_GTIFF("RPCTXT", AS_GTIFF),
    TAG_OF_GTIFF("SOURCE_ICC_PROFILE", AS_GTIFF),
    TAG_OF_GTIFF("SOURCE_PRIMARIES_BLUE", AS_GTIFF),
    TAG_OF_GTIFF("SOURCE_PRIMARIES_GREEN", AS_GTIFF),
    TAG_OF_GTIFF("SOURCE_PRIMARIES_RED", AS_GTIFF),
    TAG_OF_GTIFF("SOURCE_WHITEPOINT", AS_GTIFF),
    TAG_OF_GTIFF("SRC_MDD", AS_GTIFF),
    TAG_OF_GTIFF("TFW", AS_GTIFF),
    TAG_OF_GTIFF("TIFFTAG_TRANSFERFUNCTION_BLUE", AS_GTIFF),
    TAG_OF_GTIFF("TIFFTAG_TRANSFERFUNCTION_GREEN", AS_GTIFF),
    TAG_OF_GTIFF("TIFFTAG_TRANSFERFUNCTION_RED", AS_GTIFF),
    TAG_OF_GTIFF("TIFFTAG_TRANSFERRANGE_BLACK", AS_GTIFF),
    TAG_OF_GTIFF("TIFFTAG_TRANSFERRANGE_WHITE", AS_GTIFF),
    TAG_OF_GTIFF("WORLDFILE", AS_GTIFF),

    /* --- what GTiff has and we have not: refused unless it says NO -------- */
    REFUSED("APPEND_SUBDATASET", REFUSED_ON,
            "; write a file for each subdataset", "Add to an existing file"),
    REFUSED("STREAMABLE_OUTPUT", REFUSED_ON,
            "; LAYOUT=COG has its directories first",
            "Directories before the tiles"),
    {.name = NULL}};
