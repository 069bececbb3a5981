# SPDX-License-Identifier: MIT
"""check-house.py's own test: a small house in which all is well, and breaches of
each kind, one at a time, that have to be found."""

import json
import tempfile
from pathlib import Path


def long_function(head, lines, tail="}\n"):
    return head + "{\n" + "    g(1, {2}, (T[]){3});\n" * (lines - 2) + tail


HOUSE = {
    "driver/CMakeLists.txt": "add_subdirectory(core)\nrowband_add_layer(gdal\n  a.c)\n"
    "rowband_add_layer(source/vrt\n  leaf.c)\n# rowband_add_layer(no\n",
    "driver/core/plan.h": '#include "window.h"\n',
    "driver/core/window.h": "#include <stdint.h>\n",
    "driver/core/plan.c": '#include "plan.h"\n#include "window.h"\n',
    "driver/gdal/a.h": '#include "gdal.h"\n#include "plan.h"\n',
    "driver/source/vrt/leaf.h": '#include "a.h"\n/* #include "no.h" */\n',
    "driver/register.cpp": '#include "leaf.h"\n',
    "tests/test_a.c": "int f(void)\n{\n    return '}' + \"{\"[0];\n}\n"
    + long_function("TEST(a, b)\n", 44),
    "tests/longest.c": "\n" * 450,
    "autotest/pymod/shared.py": "import os\n",
    "autotest/gdrivers/one.py": "from shared import x\n",
    "autotest/gdrivers/two.py": "import shared\n",
    "build/release/driver/core/none.c": "\n" * 1000,
}


# By name: files that are changed or added, and words of what has to be said.
BREACHES = {
    "an include that points up": (
        {"driver/core/plan.c": '#include "leaf.h"\n'},
        "driver/core/plan.c: leaf.h is above it, in source/vrt/",
    ),
    "an include that points up, between GDAL's": (
        {"driver/gdal/a.c": '#include "gdal.h"\n#  include "leaf.h"\n'},
        "driver/gdal/a.c: leaf.h is above it",
    ),
    "headers in a circle": (
        {"driver/core/window.h": '#include "plan.h"\n'},
        "driver/core/plan -> driver/core/window -> driver/core/plan",
    ),
    "modules in a circle, by way of a source file": (
        {"driver/core/window.c": '#include "plan.h"\n'},
        "driver/core/plan -> driver/core/window -> driver/core/plan",
    ),
    "a folder that is no layer": (
        {"driver/odd/odd.c": ""},
        "driver/odd/odd.c: its folder is no layer",
    ),
    "a header that nobody compiles alone": (
        {"driver/odd.h": ""},
        "driver/odd.h: no source file includes it alone",
    ),
    "two headers of one name": (
        {"driver/gdal/plan.h": ""},
        "there are 2 plan.h",
    ),
    "a long function": (
        {"driver/core/plan.c": long_function("static int f(\n    int a)\n", 44)},
        "driver/core/plan.c: 1: f() has 46 lines",
    ),
    "a long test": (
        {"tests/test_b.c": long_function("\nTEST_CASE(plan, is_long)\n", 46)},
        "tests/test_b.c: 2: TEST_CASE(plan, is_long) has 47 lines",
    ),
    "a long method": (
        {
            "driver/register.cpp": "namespace a\n{\nclass B : public C\n{\n    int x{1};\n"
            + long_function("    bool g(int y) const override\n", 46, "}\n};\n}\n")
        },
        "driver/register.cpp: 6: g() has 47 lines",
    ),
    "a long constructor": (
        {"driver/register.cpp": long_function("B::B(int a) : C(a), d{a}, e(2)\n", 46)},
        "driver/register.cpp: 1: B::B() has 47 lines",
    ),
    "a long file in C": (
        {"tests/test_b.c": "\n" * 451},
        "tests/test_b.c: 451 lines, more than 450",
    ),
    "a long file in Python": (
        {"autotest/gdrivers/one.py": "\n" * 451},
        "autotest/gdrivers/one.py: 451 lines, more than 450",
    ),
    "a long function in Python": (
        {"autotest/pymod/shared.py": "def f():\n" + "    g()\n" * 45},
        "autotest/pymod/shared.py: 1: f() has 46 lines",
    ),
    "a test that another one imports": (
        {"autotest/gdrivers/two.py": "def test_two():\n    from one import x\n"},
        "autotest/gdrivers/two.py: one.py is a test, not a library",
    ),
    "a registry's name": (
        {"cmake/build-x.sh": "\nmirror=https://deb.debian" + ".org/debian\n"},
        "cmake/build-x.sh: 2: names a package registry: debian" + ".org",
    ),
}


def build_house(root, changes):
    for name, text in {**HOUSE, **changes}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def in_a_house(changes, check, build=None):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        build_house(root, changes)
        return check(root, root / build if build else None)


def compiled_alone(headers):
    """What a build leaves behind of the headers that it compiled alone."""
    entries, files = [], {}
    for at, header in enumerate(headers):
        source = f"build/x_headers/{at}.c"
        entries.append({"directory": "", "file": source})
        files[source] = f'#include "{header}"\n'
    return {"build/compile_commands.json": json.dumps(entries), **files}


def check_of_builds(check):
    """A header that the build has left out is found."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        build_house(root, {})
        headers = sorted(root.glob("driver/**/*.h"))
        for left_out in (None, headers[1]):
            compiled = compiled_alone(h for h in headers if h != left_out)
            entries = json.loads(compiled["build/compile_commands.json"])
            for entry in entries:
                entry["directory"] = folder
            compiled["build/compile_commands.json"] = json.dumps(entries)
            build_house(root, compiled)
            found = check(root, root / "build")
            assert bool(found) == bool(left_out), found
    assert len(found) == 1 and headers[1].name in found[0], found


def self_test(check):
    """@return the number of breaches, each of which has been found"""
    assert in_a_house({}, check) == [], in_a_house({}, check)
    for name, (changes, words) in BREACHES.items():
        found = in_a_house(changes, check)
        assert any(words in line for line in found), f"{name}: {found}"
    check_of_builds(check)
    return len(BREACHES) + 1
