/* SPDX-License-Identifier: MIT */
/** @file
 * GoogleTest for tests in C. To add a test, write in any C file of the test
 * program
 *
 *     TEST_CASE(suite, what_it_proves)
 *     {
 *         require(thing != NULL);
 *         expect_int_eq(thing->count, 3);
 *     }
 *
 * and that is all: the case enters itself into a list before main(), which
 * registers the list with GoogleTest. `--gtest_filter=suite.*` and the like
 * work, and failures name the C file and line. The expectations may be used
 * on any thread and, but for require(), in any function.
 */
#ifndef ROWBAND_GTEST_C_H
#define ROWBAND_GTEST_C_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct TestCase {
    const char *suite, *name, *file;
    int line;
    void (*run)(void);
    struct TestCase *next; /**< the list's own */
} TestCase;

/** Appends @p test, which stays the caller's, to the list of all tests. */
void test_enter(TestCase *test);

/** Says with every failure that follows in this test, on any thread, under
 * which circumstances it came about: the number of a random case, say. */
void test_context(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/** @return whether an expectation of the running test has failed; a loop over
 * many cases may end then */
bool test_failed(void);

/** Marks the running test as skipped. */
void test_skip(const char *file, int line, const char *reason);

void test_fail(const char *file, int line, const char *what);
void test_fail_int(const char *file, int line, const char *what, int64_t a,
                   int64_t b);
void test_fail_str(const char *file, int line, const char *what, const char *a,
                   const char *b);
void test_fail_mem(const char *file, int line, const char *what, const void *a,
                   const void *b, size_t nbytes);

static inline void test_int(const char *file, int line, const char *what,
                            bool holds, int64_t a, int64_t b)
{
    if (!holds)
        test_fail_int(file, line, what, a, b);
}

static inline void test_str_eq(const char *file, int line, const char *what,
                               const char *a, const char *b)
{
    if (a == NULL || b == NULL ? a != b : strcmp(a, b) != 0)
        test_fail_str(file, line, what, a, b);
}

static inline void test_mem_eq(const char *file, int line, const char *what,
                               const void *a, const void *b, size_t nbytes)
{
    if (memcmp(a, b, nbytes) != 0)
        test_fail_mem(file, line, what, a, b, nbytes);
}

#define TEST_CASE(suite_name, case_name)                                       \
    static void test_##suite_name##_##case_name(void);                         \
    __attribute__((constructor)) static void enter_##suite_name##_##case_name( \
        void)                                                                  \
    {                                                                          \
        static TestCase test = {.suite = #suite_name,                          \
                                .name = #case_name,                            \
                                .file = __FILE__,                              \
                                .line = __LINE__,                              \
                                .run = test_##suite_name##_##case_name};       \
        test_enter(&test);                                                     \
    }                                                                          \
    static void test_##suite_name##_##case_name(void)

#define expect_true(condition)                                                 \
    ((condition) ? (void)0 : test_fail(__FILE__, __LINE__, #condition))

/* Whole numbers of any type, compared as int64_t. */
#define expect_int_eq(a, b) EXPECT_INT_(a, ==, b, #a " == " #b)
#define expect_int_ne(a, b) EXPECT_INT_(a, !=, b, #a " != " #b)
#define expect_int_le(a, b) EXPECT_INT_(a, <=, b, #a " <= " #b)
#define expect_int_lt(a, b) EXPECT_INT_(a, <, b, #a " < " #b)
#define EXPECT_INT_(a, op, b, what)                                            \
    do {                                                                       \
        const int64_t a_ = (int64_t)(a), b_ = (int64_t)(b);                    \
        test_int(__FILE__, __LINE__, what, a_ op b_, a_, b_);                  \
    } while (0)

#define expect_str_eq(a, b) test_str_eq(__FILE__, __LINE__, #a " == " #b, a, b)

/** The first @p nbytes bytes at @p a and @p b; the first that differ are
 * said. */
#define expect_mem_eq(a, b, nbytes)                                            \
    test_mem_eq(__FILE__, __LINE__, #a " == " #b, a, b, nbytes)

/** Leaves the test, or the function of type void that this is in, unless
 * @p condition holds. */
#define require(condition)                                                     \
    do {                                                                       \
        if (!(condition)) {                                                    \
            test_fail(__FILE__, __LINE__, #condition);                         \
            return;                                                            \
        }                                                                      \
    } while (0)

/** Leaves the test as skipped. */
#define skip_test(reason)                                                      \
    do {                                                                       \
        test_skip(__FILE__, __LINE__, reason);                                 \
        return;                                                                \
    } while (0)

#ifdef __cplusplus
}
#endif

#endif
