# SPDX-License-Identifier: MIT
"""Finds functions in C and C++ by their braces, for check-house.py. It knows no
grammar but what tells a function's body from other braces: that it follows a
parameter list, outside of any other function."""

import re

TOKENS = re.compile(
    r"""(?P<gap>/\*.*?\*/|//[^\n]*|^[ \t]*\#(?:\\\n|/\*.*?\*/|[^\n])*)
    |(?P<literal>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    |(?P<brace>[{};])""",
    re.S | re.M | re.X,
)
RAW_STRING = re.compile(r'\bR"(\w*)\(.*?\)\1"', re.S)
BODY_FOLLOWS = re.compile(
    r"\)\s*(?:(?:const|override|final|noexcept|try)\b\s*|->[\w\s:<>*&]+)*$"
)
SCOPE = re.compile(
    r'^\s*(?:inline\s+)?(?:namespace\b|extern\s+"")|\bclass\b|\bstruct\b'
)
NAME = re.compile(r"([\w:~]+)\s*\(")


def blank(text):
    """The same number of lines, and nothing on them."""
    return re.sub(r"[^\n]", " ", text)


def without_literals(text):
    """Comments, preprocessor lines and what strings say are blanked."""
    text = RAW_STRING.sub(lambda found: '""' + blank(found.group())[2:], text)

    def replaced(found):
        if found.lastgroup == "gap":
            return blank(found.group())
        if found.lastgroup == "literal":
            quote = found.group()[0]
            return quote * 2 + " " * (len(found.group()) - 2)
        return found.group()

    return TOKENS.sub(replaced, text)


def name_of(head):
    """The name of a function or, with a test's macro, all of the macro's call."""
    found = NAME.search(head)
    name = found.group(1) if found else head.split()[0]
    if re.match(r"TEST\w*$", name):
        return re.sub(r"\s+", " ", head[found.start() :]).strip()
    return f"{name}()"


def functions_of(path):
    """@return name, first line and number of lines of each"""
    text = without_literals(path.read_text())
    open_braces = []  # "function", "scope" or "other", with where its head began
    begin = 0  # of the head: what stands before the next brace
    for found in re.finditer("[{};]", text):
        if any(kind == "function" for kind, _ in open_braces) and found.group() == ";":
            continue
        head = text[begin : found.start()]
        if found.group() == "{":
            open_braces.append((kind_of(head, open_braces), begin))
            if open_braces[-1][0] != "other":
                begin = found.end()
        elif found.group() == "}" and open_braces:
            kind, head_at = open_braces.pop()
            if kind == "function":
                yield measured(text, head_at, found.start())
            if kind != "other":
                begin = found.end()
        elif found.group() == ";" and not in_other(open_braces):
            begin = found.end()


def in_other(open_braces):
    return bool(open_braces) and open_braces[-1][0] == "other"


def kind_of(head, open_braces):
    """Of the brace after that head."""
    if any(kind != "scope" for kind, _ in open_braces):
        return "other"
    if BODY_FOLLOWS.search(head) and not re.search(r"[^=!<>]=\s*$", head):
        return "function"
    return "scope" if SCOPE.search(head) else "other"


def measured(text, head_at, end):
    head = text[head_at : text.index("{", head_at)]
    first = head_at + len(head) - len(head.lstrip())
    line = text.count("\n", 0, first) + 1
    return name_of(head), line, text.count("\n", first, end) + 1
