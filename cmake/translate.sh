#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sh cmake/translate.sh [SRC DST [gdal_translate's options]]
#
# Installs what is missing, builds the plugin and runs
# `gdal_translate -of ROWBAND SRC DST`. Without arguments: a demonstration on
# the EGM96 geoid grid that comes with PROJ, enlarged to about 1 GB of pixels.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)

# Where PROJ keeps its data, one folder a line.
proj_folders() {
    for folders in "${PROJ_DATA-}" "${PROJ_LIB-}"; do
        echo "$folders" | tr : '\n'
    done
    projinfo --searchpaths 2>/dev/null || :
    printf '%s\n' /usr/share/proj /usr/local/share/proj
}

find_geoid() {
    proj_folders | while read -r folder; do
        if [ -f "$folder/egm96_15.gtx" ]; then
            echo "$folder/egm96_15.gtx"
            break
        fi
    done
}

# Lets errors and warnings through at once, and the driver's plan and result
# when all is done, so that they do not cut the progress bar.
hold_plan_and_result() {
    awk '/^ROWBAND: (plan|result)/ { held = held $0 "\n"; next }
         /^ROWBAND: / { next }
         { print; fflush() }
         END { printf "%s", held }' >&2
}

# gdal_translate's exit status is the function's; its standard output stays
# what it is, its standard error is filtered.
translate() {
    status_file=$(mktemp)
    {
        {
            status=0
            GDAL_DRIVER_PATH=$root/build/translate${GDAL_DRIVER_PATH:+:$GDAL_DRIVER_PATH} \
                CPL_DEBUG=${CPL_DEBUG-ROWBAND} \
                gdal_translate -of ROWBAND "$@" || status=$?
            echo "$status" >"$status_file"
        } 2>&1 >&3 | hold_plan_and_result
    } 3>&1
    status=$(cat "$status_file")
    rm -f "$status_file"
    return "$status"
}

demonstrate() {
    source=$(find_geoid)
    if [ -z "$source" ]; then
        echo "translate.sh: egm96_15.gtx is in none of PROJ's folders" >&2
        exit 1
    fi
    target=$root/build/egm96_15.tif
    echo "$source -> $target"
    translate "$source" "$target" -outsize 1500% 1500% -r bilinear \
        -co PREDICTOR=3
    echo
    gdalinfo "$target"
}

sh "$root/cmake/build-plugin.sh"
if [ $# -eq 0 ]; then
    demonstrate
else
    translate "$@"
fi
