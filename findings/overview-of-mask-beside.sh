#!/bin/sh
# SPDX-License-Identifier: MIT
# GDAL 3.6.2: a GeoTIFF has overviews, and its mask in a file of its own, .msk,
# which has none. Each overview says that it has a mask, and that mask says that
# every pixel is valid.
#
# Seen: half of the raster is masked, gdalinfo names the mask, `gdal_translate -b
# mask` gives 0 for that half; the same with `-ovr 0` gives 255 for all of it, and
# no error. `-outsize 50% 50%` gives 0 again. Whoever takes the overviews over
# loses the mask, unless they count the overviews of the mask.
#
# Needs root and debootstrap; installs Debian 12's packages into a temporary
# folder, and fails if what was seen has changed.
set -eu

version='3.6.2'
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
debootstrap --variant=minbase --include=gdal-bin bookworm "$root" >"$root.log"
rm -f "$root.log"

inside() {
    chroot "$root" env LC_ALL=C.UTF-8 sh -c "cd /tmp && $*"
}

found=$(inside gdalinfo --version)
case $found in
*"$version"*) echo "$found" ;;
*)
    echo "not $version but $found: look again" >&2
    exit 1
    ;;
esac

# usage: grid LEFT RIGHT; prints 64 rows, whose halves have these values
grid() {
    printf 'ncols 64\nnrows 64\nxllcorner 0\nyllcorner 0\ncellsize 1\n'
    awk -v left="$1" -v right="$2" 'BEGIN {
        for (y = 0; y < 64; y++)
            for (x = 0; x < 64; x++)
                printf "%s%s", x < 32 ? left : right, x < 63 ? " " : "\n"
    }'
}
grid 7 9 >"$root/tmp/pixels.asc"
grid 255 0 >"$root/tmp/mask.asc"
inside 'gdal_translate -q -ot Byte pixels.asc in.tif'
inside 'gdaladdo -q -r nearest in.tif 2'
inside 'gdal_translate -q -of GTiff -ot Byte -mo INTERNAL_MASK_FLAGS_1=2 mask.asc in.tif.msk'
inside 'gdalinfo in.tif' | grep 'Mask Flags: PER_DATASET'

# usage: least OPTIONS; prints the least value of the mask that they give
least() {
    inside "gdal_translate -q -b mask -mask none $1 in.tif out.tif"
    inside 'gdalinfo -stats out.tif && rm -f out.tif*' |
        sed -n 's/ *STATISTICS_MINIMUM=//p'
}
whole=$(least '')
overview=$(least '-ovr 0')
reduced=$(least '-outsize 50% 50%')
echo "least value of the mask: $whole, $overview with -ovr 0, $reduced with -outsize"
[ "$whole" = 0 ] && [ "$overview" = 255 ] && [ "$reduced" = 0 ]
