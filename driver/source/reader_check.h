/* SPDX-License-Identifier: MIT */
/** @file
 * Whether a further reader shows the pixels of the first, which reads what was
 * handed over: a configuration option that was set when that was opened, and is
 * gone, shows in nothing else. The first has a block decoded again that the
 * other has read; it is the one block that is decoded twice.
 *
 * The first reader's dataset is for one thread at a time.
 */
#ifndef ROWBAND_READER_CHECK_H
#define ROWBAND_READER_CHECK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "read_ahead.h"
#include "source_read.h"

/** What is known of a reader. */
typedef enum ReaderTrust {
    READER_UNKNOWN,
    READER_SAME,
    READER_DIFFERENT /**< others than the first's: the first reads for it */
} ReaderTrust;

typedef struct ReaderCheck {
    pthread_mutex_t mutex; /**< guards what follows */
    pthread_cond_t changed;
    bool busy;      /**< whether the first reader's dataset is being read */
    int guests;     /**< readers that wait for it */
    int64_t blocks; /**< that were compared */
    int different;  /**< readers */
    ReaderTrust trust[READERS_MAX]; /**< each by its reader's thread alone */
} ReaderCheck;

void reader_check_init(ReaderCheck *check);
void reader_check_clear(ReaderCheck *check);

/** Reads @p window as source_read_window() does, through the reader's own
 * dataset if that shows the first reader's pixels, or else through the first's.
 * @param readers all of them, the first one's first */
CPLErr reader_check_read(ReaderCheck *check, const SourceKind *kind,
                         const SourceReader *readers, int reader,
                         const SourceFormat *format, const Window *window,
                         uint8_t *data, GDALRasterIOExtraArg *extra);

/** On any thread.
 * @param[out] different readers that show other pixels
 * @return blocks that were decoded once more to be compared */
int64_t reader_check_counts(ReaderCheck *check, int *different);

#endif
