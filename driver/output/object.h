/* SPDX-License-Identifier: MIT */
/** @file
 * Objects of a bucket: one comes about, or takes the place of an older one,
 * when what writes it is closed, and not before. So a copy that fails must have
 * the object given up, not closed and deleted: that would replace the older
 * one.
 *
 * Whether an object was made is asked of the store, after GDAL has forgotten
 * what it knows of it: a request that ends in an error may have been granted,
 * and one that ends well may not have been (Amazon's CompleteMultipartUpload
 * says 200 before it knows, and GDAL reads no further).
 */
#ifndef ROWBAND_OBJECT_H
#define ROWBAND_OBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "appender.h"
#include "status.h"

/** @return whether that is the name of an object, of Amazon's, Google's or
 * Alibaba's interface; the others of GDAL's show what is not whole yet */
bool object_is(const char *path);

/** What a store says of an object. */
typedef struct ObjectState {
    bool exists;
    uint64_t nbytes;
    int64_t time; /**< of the last change, in seconds */
} ObjectState;

/** Asks the store. */
ObjectState object_state(const char *path);

/** Closes an appender so that no object comes about, and its upload is aborted;
 * frees what appender_close() frees. */
void object_give_up(Appender *appender);

/** Closes an appender that all was appended to, and checks that the store has
 * made the object.
 * @param before what was there when it was begun
 * @return false with STATUS_IO */
bool object_finish(Appender *appender, const ObjectState *before,
                   Status *status);

/** Deletes the object that an appender made, if it did, in spite of a failure;
 * not what was there before.
 * @param nbytes that were appended; 0: it was given up */
void object_delete(const char *path, const ObjectState *before,
                   uint64_t nbytes);

#endif
