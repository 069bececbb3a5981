#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sh cmake/build-plugin.sh [--benchmark]
#
# Installs what is missing and builds the plugin alone, in build/translate;
# with --benchmark also what only measures it, in build/benchmark.
# Says everything on standard error: standard output may be a raster's.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
name=translate
tests=OFF
targets=gdal_ROWBAND
packages=
if [ "${1-}" = --benchmark ]; then
    name=benchmark
    tests=ON
    targets='gdal_ROWBAND gdal_SPY rowband_floor'
    packages=--tests
fi
build=$root/build/$name

sh "$root/cmake/install-dependencies.sh" $packages
log=$root/build/$name.log
mkdir -p "$build"
# shellcheck disable=SC2086 # a list of words
if ! {
    cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
        -DROWBAND_TESTS=$tests &&
        cmake --build "$build" --target $targets
} >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi
