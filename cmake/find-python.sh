#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sh cmake/find-python.sh MODULE...
#
# Prints the first Python that can import all modules. The first one in PATH
# need not be the one that Debian's packages are for.
set -eu

imports=$(echo "$*" | tr ' ' ,)
for python in /usr/bin/python3 python3; do
    if "$python" -c "import $imports" 2>/dev/null; then
        echo "$python"
        exit 0
    fi
done
echo "find-python: no Python has all of: $*" >&2
exit 1
