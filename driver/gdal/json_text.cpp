/* SPDX-License-Identifier: MIT */
#include "json_text.h"

#include <string>
#include <utility>
#include <vector>

#include "cpl_json.h"
#include "cpl_string.h"

namespace
{

struct Open {
    bool is_array;
    std::string name; /* by which its parent has it */
    CPLJSONObject object;
    CPLJSONArray array;
};

} // namespace

struct JsonText {
    std::vector<Open> open;
    bool failed = false;

    template <class Value> void add(const char *name, const Value &value)
    {
        Open &parent = open.back();
        if (parent.is_array)
            parent.array.Add(value);
        else
            parent.object.Add(name, value);
    }

    void begin(const char *name, bool is_array)
    {
        open.push_back({is_array, name != nullptr ? name : "", {}, {}});
    }

    void end()
    {
        const Open ended = std::move(open.back());
        open.pop_back();
        if (ended.is_array)
            add(ended.name.c_str(), ended.array);
        else
            add(ended.name.c_str(), ended.object);
    }
};

namespace
{

/* No exception passes through C. */
template <class Work> void attempt(JsonText *text, Work &&work)
{
    if (text == nullptr || text->failed)
        return;
    try {
        work();
    } catch (...) {
        text->failed = true;
    }
}

std::string in_utf8(const char *value)
{
    if (CPLIsUTF8(value, -1))
        return value;
    char *ascii = CPLForceToASCII(value, -1, '?');
    std::string said = ascii;
    CPLFree(ascii);
    return said;
}

} // namespace

JsonText *json_text_new(void)
{
    try {
        auto *text = new JsonText;
        attempt(text, [&] { text->begin(nullptr, false); });
        return text;
    } catch (...) {
        return nullptr;
    }
}

void json_text_begin_object(JsonText *text, const char *name)
{
    attempt(text, [&] { text->begin(name, false); });
}

void json_text_begin_array(JsonText *text, const char *name)
{
    attempt(text, [&] { text->begin(name, true); });
}

void json_text_end(JsonText *text)
{
    attempt(text, [&] { text->end(); });
}

void json_text_add_string(JsonText *text, const char *name, const char *value)
{
    if (value == nullptr)
        json_text_add_null(text, name);
    else
        attempt(text, [&] { text->add(name, in_utf8(value)); });
}

void json_text_add_integer(JsonText *text, const char *name, int64_t value)
{
    attempt(text, [&] { text->add(name, static_cast<GInt64>(value)); });
}

void json_text_add_bool(JsonText *text, const char *name, bool value)
{
    attempt(text, [&] { text->add(name, value); });
}

void json_text_add_null(JsonText *text, const char *name)
{
    attempt(text, [&] { text->open.back().object.AddNull(name); });
}

char *json_text_finish(JsonText *text)
{
    char *said = nullptr;
    attempt(text, [&] {
        said = VSIStrdup(text->open.front()
                             .object.Format(CPLJSONObject::PrettyFormat::Pretty)
                             .c_str());
    });
    delete text;
    return said;
}
