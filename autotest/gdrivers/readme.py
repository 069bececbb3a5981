#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""README.md: its examples are run, and its tables are what the driver has and what
was measured. The links of all documents lead somewhere."""

import fnmatch
import os
import re
from pathlib import Path

import pytest
from cog_compare import complaints
from gtiff_compare import assert_same_pixels, collected_errors
from markdown import anchors, links, quoted, section, table_rows
from osgeo import gdal
from programs import PYTHON, has, run_program
from sources import colour, make_source
from stored import creation_option_values, creation_options

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
RESULTS = (ROOT / "autotest/benchmark/RESULTS.md").read_text()

###############################################################################
# Examples

AREAS = """{"type": "Feature", "properties": {}, "geometry": {"type": "Polygon",
"coordinates": [[[441000, 3750000], [443000, 3750000], [443000, 3748500],
[441000, 3750000]]]}, "crs": {"type": "name", "properties": {"name": "EPSG:32611"}}}"""


INPUTS = ("dem.tif", "part1.tif", "part2.tif", "photo.tif")


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """A folder with the files that the examples read."""
    folder = tmp_path_factory.mktemp("inputs")

    def save(name, source, **translate):
        gdal.Translate(str(folder / name), source, format="GTiff", **translate)

    dem, photo = make_source(900, 700, 1, gdal.GDT_UInt16), make_source(900, 700, 3)
    windows = [0, 0, 900, 700], [0, 0, 500, 700], [450, 0, 450, 700]
    for name, window in zip(INPUTS, windows):
        save(name, dem, srcWin=window)
    save(INPUTS[3], colour(photo))
    (folder / "areas.geojson").write_text(AREAS)
    return folder


@pytest.fixture
def folder(inputs, tmp_path):
    for path in inputs.iterdir():
        (tmp_path / path.name).symlink_to(path)
    return tmp_path


EXAMPLES = re.findall(
    r"^```(\w+)\n(.*?)^```$", section(README, "Examples"), re.M | re.S
)
MODULES = ["rasterio", "rioxarray", "dask.array"]


def made_by(code, inputs=()):
    """The rasters that an example names, less those that it reads."""
    return set(re.findall(r"\w+\.tif\b", code)) - set(inputs)


def name_of(example):
    language, code = example
    return "-".join([language, *sorted(made_by(code, INPUTS))])


def assert_valid_rasters(paths):
    for path in paths:
        dataset = gdal.Open(str(path))
        assert dataset is not None, path
        assert dataset.ReadAsArray().any(), path
        if dataset.GetMetadataItem("LAYOUT", "IMAGE_STRUCTURE") == "COG":
            assert complaints(str(path)) == []


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES, ids=name_of)
def test_readme_example(folder, example):
    language, code = example
    missing = [name for name in MODULES if name.split(".")[0] in code]
    if missing and not has(*missing):
        pytest.skip(f"no {' or '.join(missing)} here")
    before = os.listdir(folder)
    program = {"sh": ("sh", "-euc"), "python": (PYTHON, "-c")}[language]
    run_program(folder, *program, code)
    made = {name for name in os.listdir(folder) if name.endswith(".tif")} - set(before)
    assert made and made == made_by(code, before)
    assert_valid_rasters(folder / name for name in made)


def test_readme_has_examples():
    languages = [language for language, _ in EXAMPLES]
    assert languages.count("sh") >= 5 and languages.count("python") >= 4
    assert section(README, "Examples").count("```") == 2 * len(EXAMPLES)


def jobs():
    """Each set of options that the table names."""
    for _, options in table_rows(section(README, "Recipes")):
        yield from quoted(options)


@pytest.mark.parametrize("options", list(jobs()))
def test_readme_options_for_a_job(folder, options):
    """They are accepted without a word, and do not change pixels unless they say
    so."""
    lossy = "JPEG" in options
    source = str(folder / ("photo.tif" if lossy else "dem.tif"))
    target = str(folder / "out.tif")
    with collected_errors() as said:
        made = gdal.Translate(target, source, options=f"-of ROWBAND {options}")
    assert made is not None and said == []
    del made
    assert_valid_rasters([target])
    if not lossy:
        assert_same_pixels(gdal.Open(target), gdal.Open(source))
    is_cog = gdal.Open(target).GetMetadataItem("LAYOUT", "IMAGE_STRUCTURE") == "COG"
    assert is_cog == ("LAYOUT=COG" in options)


def test_readme_has_jobs():
    assert len(list(jobs())) >= 5


###############################################################################
# Tables of options

# Known to GTiff, but not in the list of each of GDAL's versions.
NOT_LISTED = {"COLOR_TABLE_MULTIPLIER", "COPY_SRC_MDD", "SRC_MDD", "WORLDFILE"}


def described_options():
    """Cells by the names, or patterns, of the options they are about."""
    rows = {}
    for cells in table_rows(section(README, "Creation options")):
        for name in quoted(cells[0]):
            assert name not in rows, f"{name} is in two rows"
            rows[name] = cells[1:]
    return rows


def test_readme_names_all_options_of_the_driver_and_no_others():
    named, offered = described_options(), set(creation_option_values("ROWBAND"))
    unknown = [name for name in named if not fnmatch.filter(offered, name)]
    optional = NOT_LISTED | {name for name in named if name.startswith("JXL_")}
    assert set(unknown) <= optional
    untold = [o for o in offered if not any(fnmatch.fnmatch(o, n) for n in named)]
    assert untold == []


def test_what_gdals_drivers_have_and_ours_has_not_is_told():
    """Each with its reason, whichever GDAL runs."""
    text = (ROOT / "driver/README.md").read_text()
    text = text[text.index("### Refused, by name") :]
    rows = list(table_rows(text[: text.index("\n### ", 1)]))
    told = {name for cells in rows for name in quoted(cells[0])}
    theirs = set(creation_option_values("GTiff")) | set(creation_option_values("COG"))
    assert theirs - set(creation_option_values("ROWBAND")) - told == set()
    assert all(len(cells) == 2 and cells[1] for cells in rows)


def rows_with_values():
    rows = described_options()
    return {name: cells for name, cells in rows.items() if len(cells) == 3}


@pytest.mark.parametrize("name", rows_with_values())
def test_readme_values_and_default_are_the_drivers(name):
    values, default, _ = rows_with_values()[name]
    for option in creation_options("ROWBAND"):
        if option.get("name") == name and default:
            assert quoted(default) == [option.get("default")]
    offered = creation_option_values("ROWBAND").get(name)
    if offered and not values.startswith("as "):
        assert [value for value in offered if value not in quoted(values)] == []
        if name != "COMPRESS":  # what else it may be depends on GDAL
            assert [value for value in quoted(values) if value not in offered] == []


def own_rows_with_values():
    """Those whose values are the driver's own: the others' depend on GDAL."""
    rows = rows_with_values().items()
    return {name: cells for name, cells in rows if not cells[0].startswith("as ")}


def range_in_words(option):
    """How README writes the numbers that an option may be; None: it has none."""
    least, greatest = option.get("min"), option.get("max")
    if greatest is not None:
        return f"{least}–{greatest}"
    return f"{least} and up" if least == "0" else None


@pytest.mark.parametrize("name", own_rows_with_values())
def test_readme_leaves_out_no_default_and_no_range(name):
    values, default, _ = own_rows_with_values()[name]
    option = next(
        (o for o in creation_options("ROWBAND") if o.get("name") == name), None
    )
    if option is None:
        pytest.skip(f"this GDAL has no {name}")
    assert quoted(default) == [value for value in [option.get("default")] if value]
    wanted = range_in_words(option)
    if wanted:
        words = [f"`{value.text}`" for value in option.findall("Value")]
        assert values == ", ".join([wanted, *words])


def test_readme_tables_have_ranges():
    ranges = [
        range_in_words(option)
        for option in creation_options("ROWBAND")
        if option.get("name") in own_rows_with_values()
    ]
    assert {"1–12", "1–100", "0 and up"} <= set(ranges)


###############################################################################
# What was measured


def measured(cell):
    """Numbers with a unit: seconds, MiB, decodes."""
    return re.findall(r"([\d.]+) (?:s|MiB|decodes)\b", cell)


def rows_with_ratio(heading, ratio):
    for row in table_rows(section(RESULTS, heading)):
        if any(cell.split()[0] == f"**{ratio}**" for cell in row if cell):
            yield row


GAINS = list(table_rows(section(README, "What it gains")))

HEADINGS = {
    "to GeoTIFF": "GeoTIFF, against GTiff",
    "to COG": "COG, against the COG driver",
    "slow source": "A source that is slow to decode",
}


@pytest.mark.parametrize("job, theirs, ours, ratio, to_floor", GAINS)
def test_readme_gains_are_measured_ones(job, theirs, ours, ratio, to_floor):
    heading = [HEADINGS[words] for words in HEADINGS if words in job][-1]
    pairs = {f"{a} → {b}" for a, b in zip(measured(theirs), measured(ours))}
    assert len(pairs) >= 2
    assert any(pairs <= set(cells) for cells in rows_with_ratio(heading, ratio))
    floors = rows_with_ratio("Against the floor", to_floor)
    source = job.partition(" to ")[0]
    assert to_floor == "–" or source in [cells[0] for cells in floors]


def test_readme_price_of_verify_is_the_measured_one():
    _, _, text = described_options()["VERIFY"]
    measured_ratios = {}
    for _, codec, _, ratio, *_ in table_rows(section(RESULTS, "VERIFY")):
        percent = round(100 * float(ratio.split("**")[1])) - 100
        measured_ratios.setdefault(quoted(codec)[0], []).append(percent)
    prices = re.findall(r"(\d+)–(\d+) %[^`]*((?:`\w+`(?: and )?)+)", text)
    told = set()
    for least, most, codecs in prices:
        ratios = [r for codec in quoted(codecs) for r in measured_ratios[codec]]
        assert [int(least), int(most)] == [min(ratios), max(ratios)]
        told.update(quoted(codecs))
    assert told == set(measured_ratios)


def test_readme_has_gains():
    assert len(GAINS) == 5


###############################################################################
# Links


DOCUMENTS = [
    "README.md",
    "CONTRIBUTING.md",
    "driver/README.md",
    "driver/python/README.md",
    "autotest/benchmark/RESULTS.md",
    "tests/FAULTS.md",
]


def broken(link, document):
    """Whether a link of a document leads nowhere. Those to the web are not
    followed."""
    if link.startswith("http"):
        return False
    name, _, anchor = link.partition("#")
    target = document.parent / name if name else document
    return not target.exists() or (
        anchor != "" and anchor not in anchors(target.read_text())
    )


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name):
    document = ROOT / name
    assert [x for x in links(document.read_text()) if broken(x, document)] == []


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_scripts_that_are_named_exist(name):
    named = re.findall(r"\b(?:cmake|autotest)/[\w/-]+\.\w+", (ROOT / name).read_text())
    assert len(named) >= 3
    assert [script for script in named if not (ROOT / script).exists()] == []


def test_readme_leads_to_the_other_documents():
    assert len(links(README)) > 10
    assert set(DOCUMENTS[1:]) <= {link.partition("#")[0] for link in links(README)}


def test_readme_is_short():
    """It is to be read in five minutes; details have documents of their own."""
    assert len(README.splitlines()) <= 280
