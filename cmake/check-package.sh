#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sh cmake/check-package.sh BUILD_DIR
#
# Installs what was built in BUILD_DIR into a folder there, makes the Debian
# package and unpacks it into another: both must hold the plugin, where GDAL looks
# for it, and the Python package, where Python does, and nothing else; and both
# must load. Nothing outside BUILD_DIR changes.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$1"

# The folders of plugins that the GDAL library in use has been built with.
plugin_folders() {
    library=$(ldd "$(command -v gdalinfo)" | awk '/libgdal\.so/ { print $3 }')
    LC_ALL=C grep -a -o '/[[:alnum:]_./+-]*gdalplugins' "$library"
}

# usage: check_python FOLDER PLUGIN_FOLDER
check_python() {
    package=$(find "$1" -type d -name rowband)
    diff -r -x __pycache__ "$root/driver/python/rowband" "$package"
    python=$(sh "$root/cmake/find-python.sh" osgeo) || return 0
    parent=$(dirname "$package")
    "$python" -c 'import sys; sys.exit(sys.argv[1] not in sys.path)' "${parent#"$1"}"
    GDAL_DRIVER_PATH=$2 PYTHONPATH=$parent PYTHONDONTWRITEBYTECODE=1 \
        "$python" -m rowband --help | grep '^ *copy '
}

# usage: check_contents FOLDER, which stands for the root of the file system
check_contents() {
    files=$(find "$1" ! -type d ! -path '*/rowband/*.py')
    echo "$files"
    [ "$(basename "$files")" = gdal_ROWBAND.so ]
    folder=$(dirname "$files")
    plugin_folders | grep -q -x -F "${folder#"$1"}"
    GDAL_DRIVER_PATH=$folder gdalinfo --formats | grep '^ *ROWBAND '
    check_python "$1" "$folder"
}

rm -rf installed-contents
DESTDIR=$PWD/installed-contents cmake --install . >&2
check_contents installed-contents

if ! command -v dpkg-deb >/dev/null; then
    echo "check-package: no dpkg-deb: not Debian or Ubuntu, no package"
    exit 0
fi
rm -rf gdal-plugin-rowband_*.deb package-contents
cpack -G DEB >&2
dpkg-deb -x gdal-plugin-rowband_*.deb package-contents
dpkg-deb --ctrl-tarfile gdal-plugin-rowband_*.deb | tar -t | grep prerm
dpkg-deb -f gdal-plugin-rowband_*.deb Depends | grep -o 'libgdal[^,]*'
check_contents package-contents
