#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sh cmake/check-static.sh BUILD_DIR
#
# Reads all code without running it: clang-tidy, cppcheck and shellcheck, none of
# which may find anything. BUILD_DIR has a compile_commands.json. Each program
# of another version has other opinions: those of other versions than these are
# not asked.
set -eu

cd "$(dirname "$0")/.."
build=$1
jobs=$(nproc)
failed=

# usage: is_version PROGRAM VERSION
is_version() {
    case $("$1" --version) in
    *"$2"*) ;;
    *)
        echo "check-static: not $1 $2: it is not asked"
        return 1
        ;;
    esac
}

fail() {
    failed="$failed $1"
}

# What is compiled, one file a line. Generated files aside; and the tests' C++,
# which is little and takes long, for GoogleTest's and GDAL's headers.
compiled_files() {
    sed -n "s|^ *\"file\": \"\($PWD/[dt][^\"]*\)\".*|\1|p" \
        "$build/compile_commands.json" | grep -v '/tests/.*\.cpp$' | sort -u
}

# The largest first, so that no core waits for another at the end.
by_size() {
    xargs ls -S
}

run_clang_tidy() {
    compiled_files | by_size |
        xargs -n 1 -P "$jobs" clang-tidy --quiet -p "$build" 2>"$build/tidy.log"
}

# It does not read GDAL's headers, and stumbles over their macros where C++ follows.
run_cppcheck() {
    cppcheck --project="$build/compile_commands.json" -i"$build" -j "$jobs" \
        --quiet --enable=warning,performance,portability --inline-suppr \
        -DCPL_C_START= -DCPL_C_END= \
        --error-exitcode=1
}

if is_version clang-tidy ' 14.'; then
    run_clang_tidy || fail clang-tidy
fi
if is_version cppcheck ' 2.10'; then
    run_cppcheck || fail cppcheck
fi
shellcheck cmake/*.sh findings/*.sh .ci/run || fail shellcheck

if [ -n "$failed" ]; then
    echo "check-static: findings of:$failed"
    exit 1
fi
echo "check-static: no findings"
