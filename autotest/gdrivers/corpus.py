#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""Real rasters: all that lie in the folder named by ROWBAND_CORPUS and below it, with
their subdatasets, and the command lines of corpus_lines.py in pymod. What GDAL tells
of the result is what it tells of its own driver's. Left out is what GDAL itself dies
of, and rasters that would take long.

ROWBAND_CORPUS_LINES=N runs so many of the lines on each raster, others on others. A
table of all that differs, without pytest:

    python3 autotest/pymod/corpus_batches.py FOLDER..."""

import os
import random

import pytest
from corpus_batches import Outcome, rasters_in, run_jobs
from corpus_lines import LINES
from gtiff_compare import assert_same_description, gtiff_translate, rowband_translate
from osgeo import gdal
from rowband_driver import SMALL_TILES
from sources import make_source


def rasters():
    folder = os.environ.get("ROWBAND_CORPUS")
    if not folder:
        return []
    found = [one.raster for one in rasters_in([folder]) if one.outcome == "raster"]
    assert found, f"no raster in ROWBAND_CORPUS={folder}"
    return found


RASTERS = rasters() or [
    pytest.param(None, marks=pytest.mark.skip(reason="ROWBAND_CORPUS names no folder"))
]


def lines_for(raster):
    """The same wherever the folder lies."""
    count = int(os.environ.get("ROWBAND_CORPUS_LINES", len(LINES)))
    name = raster.replace(os.environ["ROWBAND_CORPUS"], "")
    return sorted(random.Random(name).sample(range(len(LINES)), count))


def findings(raster, lines):
    found = [str(one) for one in run_jobs([[raster, *lines]]) if one.is_finding()]
    return "\n\n".join(found)


def of_made_raster(folder, lines):
    source = make_source(300, 200, 3)
    path = f"{folder}/made.tif"
    gdal.GetDriverByName("GTiff").CreateCopy(path, source)
    return findings(path, lines), path


@pytest.mark.slow
def test_corpus_lines_on_a_made_raster(tmp_path):
    lines = [i for i, line in enumerate(LINES) if line.program == "translate"][::6]
    found, path = of_made_raster(tmp_path, lines)
    assert found == ""
    outcomes = run_jobs([[path, *lines]])
    assert [one.line for one in outcomes] == lines
    assert {one.outcome for one in outcomes} == {"same", "refused"}
    assert os.listdir(tmp_path) == ["made.tif"]


@pytest.mark.slow
def test_corpus_findings_are_told(tmp_path, monkeypatch):
    """Told to put out other tiles, ours are not the same; what dies is a finding if
    it is ours."""
    monkeypatch.setenv("ROWBAND_CORPUS_SPOIL", "BLOCKXSIZE=64")
    found, path = of_made_raster(tmp_path, [0])
    assert path in found and "/block" in found
    dead = Outcome(path, "died", [], line=0, doing="ROWBAND")
    assert dead.is_finding()
    assert not Outcome(path, "died", [], line=0, doing="GTiff").is_finding()


@pytest.mark.corpus
@pytest.mark.slow
@pytest.mark.parametrize("raster", RASTERS)
def test_corpus_equals_gdals(raster):
    assert findings(raster, lines_for(raster)) == ""


@pytest.mark.corpus
@pytest.mark.slow
@pytest.mark.parametrize("raster", RASTERS)
def test_corpus_with_gcps_beside_the_geotransform(tmp_path, raster):
    source = gdal.GetDriverByName("VRT").CreateCopy("", gdal.Open(raster))
    text = source.GetMetadata("xml:VRT")[0]
    gcp = '<GCP Id="1" Pixel="0" Line="0" X="1" Y="2"/>'
    gcps = f'<GCPList Projection="EPSG:4326">{gcp}</GCPList>'
    source = gdal.Open(text.replace("<VRTRasterBand", gcps + "<VRTRasterBand", 1))
    assert source.GetGCPCount() == 1
    ours, _ = rowband_translate(f"{tmp_path}/ours.tif", source, SMALL_TILES)
    theirs, _ = gtiff_translate(f"{tmp_path}/theirs.tif", source, SMALL_TILES)
    del ours, theirs
    ours, theirs = (gdal.Open(f"{tmp_path}/{name}.tif") for name in ("ours", "theirs"))
    assert_same_description(ours, theirs)
