#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sh cmake/bench.sh [--measure NAME,... | --all] [--sources NAME,...]
#                          [--size N] [--rounds N] [--cache DIR] [--verbose]
#        sh cmake/bench.sh --list
#
# Builds the plugin, a source that counts decodes and the floor of the time,
# and measures ROWBAND against its peers: one Markdown table on standard output,
# progress on standard error. --list names the measures and sources. The sources
# are made once and kept in /tmp/rowband-bench. vips takes part if installed.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)

sh "$root/cmake/build-plugin.sh" --benchmark
python=$(sh "$root/cmake/find-python.sh" osgeo numpy)
export GDAL_DRIVER_PATH="$root/build/benchmark:$root/build/benchmark/tests"
exec "$python" "$root/autotest/benchmark/compare.py" "$@"
