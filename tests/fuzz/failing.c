/* SPDX-License-Identifier: MIT */
/* The expectations of gtest_c.h for fuzzers: the first that fails ends the
 * process, and the fuzzer keeps the input. */
#include "gtest_c.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static char context[400];

void test_context(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    /* clang-tidy 14 does not see that va_start() has just begun it. */
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    vsnprintf(context, sizeof context, format, arguments);
    va_end(arguments);
}

bool test_failed(void)
{
    return false;
}

void test_fail(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: expected: %s\n%s\n", file, line, what, context);
    abort();
}

void test_fail_int(const char *file, int line, const char *what, int64_t a,
                   int64_t b)
{
    fprintf(stderr, "%" PRId64 " and %" PRId64 ":\n", a, b);
    test_fail(file, line, what);
}

void test_fail_str(const char *file, int line, const char *what, const char *a,
                   const char *b)
{
    fprintf(stderr, "\"%s\" and \"%s\":\n", a != NULL ? a : "",
            b != NULL ? b : "");
    test_fail(file, line, what);
}

void test_fail_mem(const char *file, int line, const char *what, const void *a,
                   const void *b, size_t nbytes)
{
    const uint8_t *one = a, *other = b;
    size_t i = 0;
    while (i + 1 < nbytes && one[i] == other[i])
        i++;
    fprintf(stderr, "byte %zu of %zu is %d and %d:\n", i, nbytes, one[i],
            other[i]);
    test_fail(file, line, what);
}
