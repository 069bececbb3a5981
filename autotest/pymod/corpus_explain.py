# SPDX-License-Identifier: MIT
"""Why what GDAL's driver makes of a line may differ from what ours makes of it: each
reason is proven for the raster and the line."""

import os
import re

import random_batches
import random_translate
from corpus_made import OUT, creation_of, say
from corpus_told import all_of, collected_errors
from gtiff_compare import bands, differences
from osgeo import gdal

# GTiff puts those into a .msk file, as we do, if it is not told otherwise.
MASKS_OF_BANDS = "The only flag value supported for internal mask"


# What we say instead of what GDAL says, or where it says nothing: of one bit.
INSTEAD = {
    "the source has a geotransform and GCPs": "A geotransform previously set",
    "samples too large for 1 bits": "",
    "samples too large for": "One or more pixels clipped to fit",
}


def said_otherwise(ours, theirs, is_cog=False):
    """What GDAL says of the source may come only once in a process, and then to its
    own driver, which is the first."""
    for mine, other in INSTEAD.items():
        if has_text(ours, mine) and (other == "" or has_text(theirs, other)):
            ours = without_text(ours, mine)
            theirs = without_text(theirs, other) if other else theirs
    missing = [text for _, text in sorted(theirs - ours) if OUT in text]
    # Of overviews, which we make of what is clipped already.
    missing = [text for text in missing if not is_cog or "clipped to fit" not in text]
    found = [f"says {text!r}" for _, text in sorted(ours - theirs)]
    return found + [f"keeps silent: {text!r}" for text in missing]


def has_text(said, words):
    return any(words in text for _, text in said)


def without_text(said, words):
    return {(kind, text) for kind, text in said if words not in text}


def known_difference(line, ours, theirs):
    """@return why one of them makes no file, or less of one; None if nothing tells"""
    cog = line.expected == "COG"
    if not theirs.ok and not theirs.failures():
        return f"{line.expected} fails in silence"
    if cog and not theirs.ok and has_text(theirs.said, "Overviews"):
        return "COG fails at overviews"
    if cog and has_text(theirs.said, MASKS_OF_BANDS):
        return "COG has no masks of bands"
    if cog and not ours.ok and has_text(ours.said, "complex samples"):
        return "a limitation that we name"
    return None


def pixels_of(dataset):
    return [band.ReadRaster() for band in bands(dataset)]


def is_gone_on_from(case, ours, theirs):
    """Whether it is an error that fails our copies, of reading or of encoding: it is
    told of both, not all of the source can be read, or the pixels are not its."""
    if any(has_text(ours.said, text) for text in theirs.failures()):
        return True
    with collected_errors() as said:
        source = gdal.Open(case.raster)
        pixels_of(source)
        source.FlushCache()  # some can be decoded but once
        pixels_of(source)
        pixels, wanted = pixels_of(gdal.Open(theirs.path)), pixels_of(case.wrap())
    failed = any(kind >= gdal.CE_Failure for kind, _, _ in said)
    return failed or (theirs.failures() and pixels != wanted)


PIXELS = re.compile(r"/levels/\d+/\d+/(pixels|mask): ")
CRS = re.compile(
    "/crs|/wgs84Extent/|/GCPs/|/gcps/|/files/out.tif.aux.xml: "
    "|says .ROWBAND: GeoTIFF keys cannot express the CRS"
)


def explained(found, case, ours, theirs):
    """@return outcome, and what differs, less that of which it is proven that GDAL's
    own is not what it should be, or depends on more than the line"""
    outcome = "differs" if found else "same"
    for what, prove in EXPLANATIONS.items():
        left = [text for text in found if not what.match(text)]
        proof = len(left) < len(found) and prove(case, ours, theirs)
        if proof:
            outcome, found = ("differs", left) if left else ("proven", [proof])
            if not left:
                break
    return outcome, found


def pixels_are_free(case, ours, theirs):
    """@return why GDAL's may as well be ours; None if nothing proves it"""
    say(doing=case.line.expected)
    if case.line.program != "translate":
        return None
    if case.line.expected == "COG":
        why = "COG's levels are not of the pixels that it stores"
        return why if are_of_stored_pixels(case, case.line, ours) else None
    why, _ = random_translate.compare(case, ours.path, theirs.path)
    return why if why in random_batches.GOOD else None


def crs_is_kept(case, ours, theirs):
    """@return why GDAL's CRS is another; None if ours is not the source's, or not
    said to be lost"""
    with collected_errors():
        files = [gdal.Open(path) for path in (ours.path, theirs.path)]
        wanted, kept, changed = [crs_in(one) for one in (case.wrap(), *files)]
        is_kept = wanted and kept and kept.IsSame(wanted)
        if not is_kept and not has_text(ours.said, "is lost in"):
            return None
        lost = not changed or not is_same(changed, wanted)
        return f"{case.line.expected} changes the CRS" if lost else None


METHOD = re.compile('METHOD\\["([^"]*)"')


def is_same(one, other):
    """GDAL overlooks grids of shifts, which PROJ's text has, and that has no spheres
    of its own."""
    texts = [crs.ExportToWkt(["FORMAT=WKT2_2019"]) for crs in (one, other)]
    methods = [METHOD.findall(text)[:1] for text in texts]
    return (
        one.IsSame(other)
        and one.ExportToProj4() == other.ExportToProj4()
        and methods[0] == methods[1]
    )


def crs_in(dataset):
    return dataset.GetSpatialRef() or dataset.GetGCPSpatialRef()


def sidecar_says_nothing_new(case, ours, theirs):
    """@return why one has it and the other has not"""
    for made in (ours, theirs):
        sidecar = f"{made.path}.aux.xml"
        if os.path.exists(sidecar):
            before = all_of(made.path)
            os.unlink(sidecar)
            if differences(before, all_of(made.path)):
                return None
    return "what the .aux.xml says is in the file"


def overviews_are_existing(case, ours, theirs):
    """@return why COG has more: it keeps the source's where it would make none"""
    with collected_errors():
        source = gdal.Open(case.raster)
        count = source.GetRasterBand(1).GetOverviewCount()
    return case.line.expected == "COG" and count > 0 and "COG ignores no overviews"


def photometric_is_told(case, ours, theirs):
    """@return why we take colours for what they are only when they are set"""
    is_warp = case.line.program == "warp"
    return is_warp and "gdalwarp tells only GTiff of PHOTOMETRIC=RGB"


EXPLANATIONS = {
    re.compile(".*Sum of Photometric type-related color"): photometric_is_told,
    re.compile(r"/levels/\d+: |/bands.*/overviews"): overviews_are_existing,
    PIXELS: pixels_are_free,
    CRS: crs_is_kept,
    re.compile("/files/out.tif.aux.xml: "): sidecar_says_nothing_new,
}


def are_of_stored_pixels(case, line, ours):
    """COG makes overviews of a VRT's values before they are rounded to its type:
    of a file with the same pixels they are to be ours. What lies above a level one
    pixel wide it makes of the raster, and we of that level."""
    path, _ = case.copy("GTiff", "stored", [])
    words = ["-of", "COG"]
    for option in creation_of(line, "COG"):
        words += ["-co", option]
    again = f"{case.folder}/again.tif"
    with collected_errors():
        gdal.Translate(again, path, options=words)
    pairs = zip(*[all_of(name)["levels"] for name in (ours.path, again)])
    return all(are_same_levels(*pair) for pair in pairs)


def are_same_levels(ours, theirs):
    for one, other in zip(ours, theirs):
        if repr([one["pixels"], one["mask"]]) != repr([other["pixels"], other["mask"]]):
            return False
        if 1 in one["size"]:
            break
    return True
