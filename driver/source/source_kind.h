/* SPDX-License-Identifier: MIT */
/** @file
 * What a source of some kind can do. plain_source.h and vrt_source.h make them;
 * source.h chooses one, and is what the rest of the driver sees.
 *
 * Functions are called on the caller's thread, except decode_ahead and
 * read_mask, which each reader calls on a thread of its own while others read.
 */
#ifndef ROWBAND_SOURCE_KIND_H
#define ROWBAND_SOURCE_KIND_H

#include <stdbool.h>
#include <stdint.h>

#include "gdal.h"
#include "holes.h"
#include "leaf_pixels.h"
#include "plan.h"
#include "reader_handles.h"
#include "told_blocks.h"
#include "window_source.h"

/** What one reader reads from. */
typedef struct SourceReader {
    GDALDatasetH dataset;
    GDALDatasetH masked;  /**< whose bands have the masks: the same, unless that
                               is a spool */
    GDALRasterBandH mask; /**< a true mask, or NULL */
    ReaderHandle *mask_handle; /**< of the kind's own, for read_mask */
} SourceReader;

/** What a copy reads of a source: image 0 and image 1 of it. */
typedef enum SourceImage { SOURCE_BANDS, SOURCE_MASK } SourceImage;

/** What is read in one call. */
typedef struct ReadUnit {
    enum ReadUnitKind {
        READ_BLOCKS,      /**< a few of the blocks that pass GDAL's cache */
        READ_MANY_BLOCKS, /**< as many of them as that cache may hold */
        READ_WINDOW,      /**< all: what is decoded is held elsewhere */
        READ_BANDS, /**< a few blocks of one band, and all that the window has
                         of a band before any of the next */
        READ_CELLS, /**< what lies between multiples of width and height */
        READ_CELLS_PACKED /**< likewise, into a packed buffer of band after
                               band */
    } kind;
    int64_t width, height;
    bool mask_along; /**< of the bands: the mask is computed from the same
                          blocks, and is read while GDAL's cache has them */
} ReadUnit;

/** What was done behind the source; zero where nothing was. */
typedef struct DecodeCounts {
    int datasets;     /**< behind it */
    int64_t blocks;   /**< decoded */
    int64_t again;    /**< of them, not for the first time */
    int64_t compared; /**< of those, to compare what a further reader shows */
    bool known;       /**< whether these are all that drivers decoded */
} DecodeCounts;

typedef struct SourceOps {
    /** Opens the source for @p reader, which is one more than the last, to be
     * closed with close_reader. Reader 0 can always be opened.
     * @return false if it cannot be, or is not the same then */
    bool (*open_reader)(void *state, int reader, SourceReader *opened);
    void (*close_reader)(void *state, int reader, SourceReader *opened);

    /** @return why no second reader may open the source, or NULL if one may */
    const char *(*why_not_again)(const void *state);

    /** See source_bands_apart(). */
    bool (*bands_apart)(const void *state);

    /** dataset_reads_in_order() for the datasets that are decoded. */
    bool (*reads_in_order)(const void *state);

    /** @return whether the file at @p path is read for the source, though the
     * dataset does not list it */
    bool (*reads_file)(const void *state, const char *path);

    /** Before the first read: fills @p holes wherever there may be something.
     * @return false if that is not known */
    bool (*fill_holes)(void *state, Holes *holes);

    /** Before begin: nothing is needed of what holes_skip() says, nor asked
     * for. NULL: that is all the same. */
    void (*skip)(void *state, const Holes *holes, int64_t margin);

    /** See source_fill_plan(). */
    void (*fill_plan)(void *state, PlanInput *input);

    /** After fill_plan, if a plan that holds all bands of what decodes a band
     * at once is no good: has bands pass through a spool. See band_spool_new().
     * @return whether anything is different now, and to be planned for again */
    bool (*spool)(void *state, const char *target, uint64_t memory_nbytes);

    /** Before the first read.
     * @return false if there is no memory */
    bool (*begin)(void *state, const Plan *plan);

    /** After the last read, or without one: what begin did to datasets that
     * others read, too, is undone. NULL: it does nothing to them. */
    void (*end)(void *state);

    /** Decodes what @p window needs, as far as @p reader can, on that reader's
     * thread: what fails will fail again when it is read, and is no failure
     * yet. NULL: each reader reads windows itself; else reader 0 reads them
     * all, on the caller's thread, and may read blocks of a window only once
     * this is done for it. */
    void (*decode_ahead)(void *state, int reader, const Window *window,
                         const GoOn *go_on);

    /** Before each read, on the reader's thread: fills spools, if they are not,
     * and sees to it that what @p window needs is open.
     * @param opened reads from them afterwards
     * @param extra whose progress function is asked whether to go on
     * @return CE_Failure after GDAL has reported why */
    CPLErr (*prepare)(void *state, SourceReader *opened, const Window *window,
                      const GDALRasterIOExtraArg *extra);

    /** In which calls that image is to be read. */
    ReadUnit (*read_unit)(const void *state, SourceImage image);

    CPLErr (*read_mask)(void *state, const SourceReader *reader,
                        const PlaneTarget *target, GDALRasterIOExtraArg *extra);

    /** @return whether the mask of that band, its own, is read with the
     * pixels, because blocks of the two are decoded together; else it has
     * blocks of its own, and may be read at any time */
    bool (*mask_goes_along)(const void *state, int band);

    /** Drops what is held and no window after @p done needs. */
    void (*drop_behind)(void *state, const Plan *plan, const Window *done);

    DecodeCounts (*counts)(const void *state);

    /** See source_tell_blocks(). */
    void (*tell_blocks)(const void *state, const Window *region,
                        ToldBlocksVisit *visit, void *user);

    /** See source_late_files(). NULL: there never are any. */
    size_t (*late_files)(const void *state);

    void (*close)(void *state);
} SourceOps;

typedef struct SourceKind {
    const SourceOps *ops;
    void *state; /**< NULL: there is none, and nothing to close */
} SourceKind;

#endif
