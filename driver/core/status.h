/* SPDX-License-Identifier: MIT */
/** @file
 * How a failure travels: a Status that the first failure fills and that no
 * later one overwrites. No function of core/ prints, aborts or calls an error
 * handler; the caller's thread reports what the Status holds.
 */
#ifndef ROWBAND_STATUS_H
#define ROWBAND_STATUS_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum StatusCode {
    STATUS_OK = 0,
    STATUS_NO_MEMORY,
    STATUS_INVALID,     /**< an option or a combination that cannot be */
    STATUS_UNSUPPORTED, /**< could be, but is not done here */
    STATUS_READ,        /**< the source failed */
    STATUS_IO,          /**< the output failed */
    STATUS_CODEC,       /**< an encoder failed */
    STATUS_THREAD,      /**< not even one thread could be started */
    STATUS_CANCELLED,   /**< progress said stop */
} StatusCode;

typedef struct Status {
    StatusCode code;
    char message[512];
} Status;

/** Fills @p status unless it already holds a failure.
 * @param code not STATUS_OK
 * @param format printf's, without trailing full stop or newline
 * @return false, always, so that a failing function can end in
 *         `return status_fail(...)`. */
bool status_fail(Status *status, StatusCode code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Copies @p from into @p status unless that already holds a failure.
 * @return true if @p status is free of failure afterwards. */
bool status_merge(Status *status, const Status *from);

#ifdef __cplusplus
}
#endif

#endif
