/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <cpl_conv.h>

#include "gtest_c.h"
#include "json_text.h"

/** Takes blanks and ends of lines away, of which @p text has none in strings.
 */
static void squeeze(char *text)
{
    char *to = text;
    for (const char *from = text; *from != '\0'; from++)
        if (*from != ' ' && *from != '\n')
            *to++ = *from;
    *to = '\0';
}

TEST_CASE(json_text, has_what_went_in)
{
    JsonText *json = json_text_new();
    json_text_add_integer(json, "large", INT64_C(1) << 53);
    json_text_begin_object(json, "in");
    json_text_add_bool(json, "yes", true);
    json_text_begin_array(json, "list");
    json_text_add_integer(json, NULL, -1);
    json_text_begin_array(json, NULL);
    json_text_add_string(json, NULL, "a\"b");
    json_text_end(json);
    json_text_begin_object(json, NULL);
    json_text_end(json);
    json_text_end(json);
    json_text_add_null(json, "none");
    json_text_end(json);
    json_text_add_string(json, "no", NULL);
    char *text = json_text_finish(json);
    require(text != NULL);
    squeeze(text);
    expect_str_eq(text, "{\"large\":9007199254740992,\"in\":{\"yes\":true,"
                        "\"list\":[-1,[\"a\\\"b\"],{}],\"none\":null},"
                        "\"no\":null}");
    CPLFree(text);
}

TEST_CASE(json_text, is_utf8_whatever_a_name_is)
{
    JsonText *json = json_text_new();
    json_text_add_string(json, "latin", "\xe4.tif");
    json_text_add_string(json, "utf8", "\xc3\xa4.tif");
    char *text = json_text_finish(json);
    require(text != NULL);
    squeeze(text);
    expect_str_eq(text, "{\"latin\":\"?.tif\",\"utf8\":\"\xc3\xa4.tif\"}");
    CPLFree(text);
}

TEST_CASE(json_text, without_memory_there_is_no_text)
{
    json_text_add_integer(NULL, "a", 1);
    json_text_begin_array(NULL, "b");
    json_text_end(NULL);
    expect_true(json_text_finish(NULL) == NULL);
}
