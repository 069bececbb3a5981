#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sh cmake/build-plugin.sh
#
# Installs what is missing and builds the plugin alone, in build/translate.
# Says everything on standard error: standard output may be a raster's.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
build=$root/build/translate

sh "$root/cmake/install-dependencies.sh"
log=$root/build/translate.log
mkdir -p "$build"
if ! {
    cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
        -DROWBAND_TESTS=OFF && cmake --build "$build" --target gdal_ROWBAND
} >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi
