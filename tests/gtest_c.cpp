/* SPDX-License-Identifier: MIT */
#include "gtest_c.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <mutex>
#include <string>

#include <gtest/gtest.h>

namespace
{
TestCase *first_test;
TestCase **last_test = &first_test;

std::mutex context_mutex;
std::string context;

class CTest : public ::testing::Test
{
  public:
    explicit CTest(const TestCase *test) : test_(test)
    {
    }

    void TestBody() override
    {
        test_context("%s", "");
        test_->run();
    }

  private:
    const TestCase *const test_;
};

std::string quoted(const char *text)
{
    return text == nullptr ? "NULL" : '"' + std::string(text) + '"';
}

std::string byte_at(const void *bytes, size_t i)
{
    char text[8];
    std::snprintf(text, sizeof text, "0x%02x",
                  static_cast<const unsigned char *>(bytes)[i]);
    return text;
}

void fail(const char *file, int line, const char *what,
          const std::string &detail)
{
    const std::lock_guard<std::mutex> lock(context_mutex);
    ADD_FAILURE_AT(file, line)
        << "Expected: " << what << detail
        << (context.empty() ? "" : "\nWhere: ") << context;
}
} // namespace

void test_enter(TestCase *test)
{
    *last_test = test;
    last_test = &test->next;
}

void test_context(const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    std::vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const std::lock_guard<std::mutex> lock(context_mutex);
    context = text;
}

bool test_failed(void)
{
    return ::testing::Test::HasFailure();
}

void test_skip(const char *file, int line, const char *reason)
{
    GTEST_MESSAGE_AT_(file, line, reason, ::testing::TestPartResult::kSkip);
}

void test_fail(const char *file, int line, const char *what)
{
    fail(file, line, what, "");
}

void test_fail_int(const char *file, int line, const char *what, int64_t a,
                   int64_t b)
{
    fail(file, line, what,
         "\n  Actual: " + std::to_string(a) + " and " + std::to_string(b));
}

void test_fail_str(const char *file, int line, const char *what, const char *a,
                   const char *b)
{
    fail(file, line, what, "\n  Actual: " + quoted(a) + " and " + quoted(b));
}

void test_fail_mem(const char *file, int line, const char *what, const void *a,
                   const void *b, size_t nbytes)
{
    const auto *bytes = static_cast<const unsigned char *>(a);
    const auto i =
        static_cast<size_t>(std::mismatch(bytes, bytes + nbytes,
                                          static_cast<const unsigned char *>(b))
                                .first -
                            bytes);
    fail(file, line, what,
         "\n  Actual: " + byte_at(a, i) + " and " + byte_at(b, i) +
             " at byte " + std::to_string(i) + " of " + std::to_string(nbytes));
}

int main(int argc, char **argv)
{
    ::testing::InitGoogleTest(&argc, argv);
    for (const TestCase *test = first_test; test != nullptr; test = test->next)
        ::testing::RegisterTest(
            test->suite, test->name, nullptr, nullptr, test->file, test->line,
            [test]() -> ::testing::Test * { return new CTest(test); });
    return RUN_ALL_TESTS();
}
