/* SPDX-License-Identifier: MIT */
/** @file
 * A JSON text, built from its beginning to its end: GDAL's own JSON has classes
 * of C++ only. Values go into the object or array that was begun last. What
 * fails for lack of memory is told at the end.
 */
#ifndef ROWBAND_JSON_TEXT_H
#define ROWBAND_JSON_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "cpl_port.h"

CPL_C_START

typedef struct JsonText JsonText;

/** Begins the text with an object.
 * @return NULL if there is no memory: all functions take that */
JsonText *json_text_new(void);

/* In an object, @p name is the member's; in an array it is NULL. */

void json_text_begin_object(JsonText *text, const char *name);
void json_text_begin_array(JsonText *text, const char *name);

/** Ends what was begun last, other than the text itself. */
void json_text_end(JsonText *text);

/** @param value if it is not UTF-8 what is not ASCII is replaced; NULL: null */
void json_text_add_string(JsonText *text, const char *name, const char *value);
void json_text_add_integer(JsonText *text, const char *name, int64_t value);
void json_text_add_bool(JsonText *text, const char *name, bool value);
void json_text_add_null(JsonText *text, const char *name);

/** Ends and frees the text.
 * @return it, to be freed with CPLFree(); NULL if there was no memory */
char *json_text_finish(JsonText *text);

CPL_C_END

#endif
