#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""What is predicted of GTiff's copies, against a source that counts."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from planned import make_tiled, numbers
from programs import PYTHON, run_program
from rowband import gtiff_swaths
from rowband.plan_report import plan

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = Path(os.environ["GDAL_DRIVER_PATH"].split(os.pathsep)[0])
ENV = {
    **os.environ,
    "GDAL_DRIVER_PATH": f"{PLUGINS}{os.pathsep}{PLUGINS / 'tests'}",
    "PYTHONPATH": str(ROOT / "driver/python"),
    "SPY_REPORT": "YES",
}

SPIES = (
    ("width=4000,height=900,block=1000x1000,type=UInt16", "DEFLATE", "PIXEL"),
    ("width=3000,height=1500,block=512x512,bands=3", "DEFLATE", "PIXEL"),
    ("width=2500,height=900,block=2500x1,type=Float32", "DEFLATE", "PIXEL"),
    ("width=3000,height=700,block=300x200,bands=3,interleave=BAND", "LZW", "PIXEL"),
    ("width=2000,height=1000,block=64x1000,bands=2", "DEFLATE", "BAND"),
    (
        "width=2159,height=350,block=1000x1000,type=Float32,interleave=BAND",
        "LZW",
        "BAND",
    ),
    ("width=2048,height=1024,block=256x256,bands=4,interleave=BAND", "NONE", "BAND"),
)


def options_of(spy):
    _, compress, interleave = spy
    options = "BLOCKXSIZE=256", "BLOCKYSIZE=256", f"COMPRESS={compress}"
    return (*options, f"INTERLEAVE={interleave}")


def name_of(spy):
    return f"SPY:id=a,{spy[0]},pattern=constant"


def spy_decodes(spy, cache):
    """What GTiff decodes of the spy, and its swaths."""
    command = ["/usr/bin/gdal_translate", "-q", "-of", "GTiff", "-co", "TILED=YES"]
    command += [word for option in options_of(spy) for word in ("-co", option)]
    command += [
        "--config",
        "GDAL_CACHEMAX",
        str(cache),
        "--config",
        "CPL_DEBUG",
        "GDAL",
    ]
    command += [name_of(spy), "/vsimem/out.tif"]
    ended = subprocess.run(command, env=ENV, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    (decodes,) = numbers(r"SPY report: id=a decodes=(\d+)", ended.stderr)
    return decodes, numbers(r"(\d+)\*(\d+) swaths", ended.stderr)


# The plugins of this process do not include the spy.
ASK = """
import json, sys
from rowband import gtiff_swaths
from rowband.plan_report import plan
from osgeo import gdal
told = []
for name, options in json.loads(sys.argv[1]):
    dataset = gdal.Open(name)
    report = plan(dataset, options)
    predict = gtiff_swaths.predict
    caches = {str(cache): predict(dataset, report, cache) for cache in json.loads(sys.argv[2])}
    told.append([report["source"], caches])
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def caches(times):
    return times(
        short=(4_000_000, 100_000_000),
        long=(1_000_000, 2_500_000, 4_000_000, 12_000_000, 100_000_000),
    )


@pytest.fixture(scope="module")
def told(caches):
    """What is predicted for each spy: its source, and GTiff's copy by cache."""
    if not (PLUGINS / "tests/gdal_SPY.so").exists():
        pytest.skip("no gdal_SPY.so here")
    asked = json.dumps([[name_of(spy), options_of(spy)] for spy in SPIES])
    said = run_program("/", PYTHON, "-c", ASK, asked, json.dumps(caches), env=ENV)
    return json.loads(said)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(SPIES)), ids=[spy for spy, _, _ in SPIES])
def test_gtiff_decodes_as_predicted(told, caches, number):
    source, predicted = told[number]
    seen = set()
    for cache in caches:
        gtiff = predicted[str(cache)]
        decodes, swath = spy_decodes(SPIES[number], cache)
        assert [gtiff["swath_width"], gtiff["swath_height"]] == swath
        assert gtiff["approximate"] == gtiff_swaths.IS_LATER
        if not gtiff["approximate"]:
            assert gtiff["decodes"] == decodes, (cache, gtiff)
        seen.add(decodes)
    # With a cache that holds all, GTiff decodes each block once, as here.
    assert gtiff["decodes"] == decodes
    assert source["decodes_exact"]
    assert source["decodes_at_most"] == decodes == min(seen)


def test_too_much_to_simulate_is_not_computed(tmp_vsimem, monkeypatch):
    path = make_tiled(f"{tmp_vsimem}/source.tif")
    monkeypatch.setattr(gtiff_swaths, "VISITS_MAX", 20)
    told = plan(path)["gtiff"]
    assert told["decodes"] is None and "20" in told["not_computed"]
