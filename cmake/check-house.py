#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks how the house is built: which folder of driver/ sees which, that nothing
includes itself by way of others, that functions and files stay short, that every
header is compiled alone, that tests borrow from autotest/pymod only, and that no
package registry is named.

usage: check-house.py [--build DIR] [--self-test]

With --build the headers are those that were compiled in DIR, which has a
compile_commands.json; otherwise those that tests/CMakeLists.txt would find. With
--self-test, breaches of each kind are built and have to be found."""

import argparse
import ast
import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from house_functions import functions_of  # noqa: E402

FUNCTION_LINES = 45
FILE_LINES = 450
SOURCES = (".c", ".h", ".cpp")

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.M)
LAYER = re.compile(r"^[ \t]*rowband_add_layer\(\s*([\w/]+)", re.M)
# Written so that none is named here either.
REGISTRY = re.compile(
    r"\b(?:pypi|pythonhosted|npmjs|yarnpkg|crates|rubygems|anaconda|golang|maven"
    r"|debian|ubuntu|launchpad)\.(?:org|com|io|net|dev)\b"
)
NOT_OURS = re.compile(r"^(?:build.*|\.git|\.cache|__pycache__)$")


def our_files(root):
    """All files but what is built, and Git's."""
    found = []
    for path in sorted(root.iterdir()):
        if not path.is_dir():
            found.append(path)
        elif not NOT_OURS.match(path.name):
            found += our_files(path)
    return found


def below(root, folder, suffixes):
    if not (root / folder).is_dir():
        return []
    return [p for p in our_files(root / folder) if p.suffix in suffixes]


def complaint(root, path, what):
    return f"{path.relative_to(root)}: {what}"


###############################################################################
# Folders and includes of driver/


def layers_of(root):
    """Folders of driver/, the lowest first."""
    text = (root / "driver/CMakeLists.txt").read_text()
    text = re.sub(r"#.*", "", text)
    return ["core", *LAYER.findall(text)]


def folder_of(root, path):
    """@return the folder below driver/, "." for driver/ itself"""
    return path.parent.relative_to(root / "driver").as_posix()


def includes_of(path):
    return INCLUDE.findall(path.read_text())


def check_folders(root):
    """Each file of driver/ lies in a layer; what is not in one is the top."""
    layers, found = layers_of(root), []
    headers = {}
    for path in below(root, "driver", SOURCES):
        folder = folder_of(root, path)
        if folder not in [*layers, "."]:
            found.append(complaint(root, path, "its folder is no layer"))
        if path.suffix == ".h":
            headers.setdefault(path.name, []).append(path)
    for name, paths in headers.items():
        if len(paths) > 1:
            found.append(complaint(root, paths[1], f"there are {len(paths)} {name}"))
    return found


def includes_in_driver(root):
    """@return pairs of a file and the header of driver/ that it includes"""
    headers = {p.name: p for p in below(root, "driver", [".h"])}
    for path in below(root, "driver", SOURCES):
        for name in includes_of(path):
            if Path(name).name in headers:
                yield path, headers[Path(name).name]


def check_includes(root):
    """What a file includes lies in its own folder or in one listed before."""
    order = {folder: at for at, folder in enumerate([*layers_of(root), "."])}
    found = []
    for path, header in includes_in_driver(root):
        own, other = folder_of(root, path), folder_of(root, header)
        if own not in order or other not in order:
            continue  # check_folders() says so
        if order[other] > order[own]:
            found.append(
                complaint(root, path, f"{header.name} is above it, in {other}/")
            )
    return found


def module_of(root, path):
    return path.relative_to(root).with_suffix("").as_posix()


def check_cycles(root):
    """Of modules: a header and the source files of its name are one."""
    below_of = {}
    for path, header in includes_in_driver(root):
        module, other = module_of(root, path), module_of(root, header)
        if other != module:
            below_of.setdefault(module, set()).add(other)
    cycle = cycle_in(below_of)
    return [f"{cycle[0]}: includes itself: {' -> '.join(cycle)}"] if cycle else []


def cycle_in(below_of):
    """@return the nodes of a cycle, the first one again at the end, or None"""
    done = set()

    def visit(node, way):
        if node in way:
            return [*way[way.index(node) :], node]
        if node in done:
            return None
        for other in sorted(below_of.get(node, ())):
            cycle = visit(other, [*way, node])
            if cycle:
                return cycle
        done.add(node)
        return None

    for node in sorted(below_of):
        cycle = visit(node, [])
        if cycle:
            return cycle
    return None


###############################################################################
# Headers that are compiled alone


def headers_checked(build):
    """Headers of which a source file of their own has been compiled."""
    checked = set()
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = Path(entry["directory"], entry["file"])
        if path.parent.name.endswith("_headers"):
            checked |= {Path(name).resolve() for name in includes_of(path)}
    return checked


def check_headers(root, build):
    layers = layers_of(root)
    if build is not None:
        checked = headers_checked(build)
    found = []
    for path in below(root, "driver", [".h"]):
        if build is None:
            alone = folder_of(root, path) in layers
        else:
            alone = path.resolve() in checked
        if not alone:
            found.append(complaint(root, path, "no source file includes it alone"))
    return found


###############################################################################
# Lengths


def nlines(path):
    return len(path.read_text().splitlines())


def python_functions(path):
    """@return name, first line and number of lines of each"""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            yield f"{node.name}()", node.lineno, node.end_lineno - node.lineno + 1


def check_lengths(root):
    found = []
    for folder, suffixes, functions in (
        ("driver", SOURCES, functions_of),
        ("driver/python", (".py",), python_functions),
        ("tests", SOURCES, functions_of),
        ("autotest", (".py",), python_functions),
        ("cmake", (".py",), python_functions),
    ):
        for path in below(root, folder, suffixes):
            if nlines(path) > FILE_LINES:
                what = f"{nlines(path)} lines, more than {FILE_LINES}"
                found.append(complaint(root, path, what))
            for name, line, length in functions(path):
                if length > FUNCTION_LINES:
                    what = f"{name} has {length} lines, more than {FUNCTION_LINES}"
                    found.append(complaint(root, path, f"{line}: {what}"))
    return found


###############################################################################
# Tests in Python, and names


def modules_imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def check_imports(root):
    tests = below(root, "autotest/gdrivers", [".py"])
    names, found = {path.stem for path in tests}, []
    for path in [*tests, *below(root, "autotest/pymod", [".py"])]:
        for module in set(modules_imported(path)) & names:
            found.append(complaint(root, path, f"{module}.py is a test, not a library"))
    return found


def check_names(root):
    found = []
    for path in our_files(root):
        text = path.read_bytes().decode(errors="replace")
        for match in REGISTRY.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            what = f"{line}: names a package registry: {match.group()}"
            found.append(complaint(root, path, what))
    return found


def check(root, build=None):
    """@return all complaints"""
    found = check_folders(root) + check_includes(root) + check_cycles(root)
    found += check_headers(root, build) + check_lengths(root)
    return found + check_imports(root) + check_names(root)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path)
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    if arguments.self_test:
        from house_self_test import self_test

        print(f"check-house: {self_test(check)} breaches made and found")
        return
    found = check(Path(__file__).resolve().parents[1], arguments.build)
    print("\n".join([*found, f"check-house: {len(found)} findings"]))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
