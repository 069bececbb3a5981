#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sh cmake/bench.sh [--size N] [--rounds N] [--tools NAME,...]
#
# Builds the plugin and measures it against GTiff and COG: one Markdown table.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)

sh "$root/cmake/install-dependencies.sh" --tests
sh "$root/cmake/build-plugin.sh"
python=$(sh "$root/cmake/find-python.sh" osgeo numpy)
export GDAL_DRIVER_PATH="$root/build/translate"
exec "$python" "$root/autotest/benchmark/compare.py" "$@"
