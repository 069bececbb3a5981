#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""rasterio's files in memory, and what it sets on an open file: ROWBAND's read the
same as GTiff's, by whoever holds them."""

import json

import later_gdal
import pytest
from programs import PYTHON, needs, run_program

pytestmark = needs("rasterio")

# Runs a case with a driver, and prints what can be seen of it.
PROGRAM = '''
import json, os, sys, tempfile
from io import BytesIO
import numpy as np
import rasterio, rasterio.shutil
from rasterio.io import MemoryFile
from rasterio.windows import Window

driver = sys.argv[1]
values = (np.arange(2 * 150 * 200) % 251).astype("u1").reshape(2, 150, 200)
profile = dict(
    driver=driver, width=200, height=150, count=2, dtype="uint8", crs="EPSG:32633",
    transform=rasterio.Affine(10, 0, 500000, 0, -10, 4600000), photometric="minisblack",
)
one = {**profile, "count": 1}


def describe(made):
    return dict(
        profile={k: str(made.profile[k]) for k in ("driver", "count", "dtype", "crs")},
        transform=list(made.transform),
        values=[int(v) for v in made.read().astype("u8").sum(axis=(1, 2))],
        same=bool((made.read() == values[: made.count]).all()),
        masks=[int(mask.astype("u8").sum()) for mask in made.read_masks()],
        tags=[made.tags()] + [made.tags(i) for i in made.indexes],
        namespaces={
            n: made.tags(ns=n)
            for n in made.tag_namespaces()
            if n not in ("IMAGE_STRUCTURE", "DERIVED_SUBDATASETS")
        },
        interpretation=[c.name for c in made.colorinterp],
        overviews=[made.overviews(i) for i in made.indexes],
        descriptions=made.descriptions,
        nodata=made.nodatavals,
    )


def describe_bytes(data):
    with MemoryFile(bytes(data)) as file, file.open() as made:
        return describe(made)


def write(file, change=lambda made: None, **more):
    """Into a MemoryFile. @return what its own handle sees, and its name"""
    with file.open(**{**profile, **more}) as made:
        made.write(values[: made.count])
        change(made)
    with file.open() as made:
        by_name = describe(made)
    file.seek(0)
    return describe_bytes(file.read()), by_name


def with_memory_file(change=lambda made: None, **more):
    with MemoryFile() as file:
        return write(file, change, **more)

'''

CASES = {
    "a MemoryFile": "with_memory_file()",
    "a MemoryFile with a name": """
with MemoryFile(filename="some.tif") as file:
    result = write(file), file.name.endswith("/some.tif"), file.exists()
""",
    "a MemoryFile's buffer": """
with MemoryFile() as file:
    write(file)
    result = describe_bytes(file.getbuffer()), len(file) == len(file.read())
""",
    "BytesIO": """
file = BytesIO()
with rasterio.open(file, "w", **profile) as made:
    made.write(values)
result = describe_bytes(file.getvalue())
""",
    "a file of Python's": """
with tempfile.NamedTemporaryFile(suffix=".tif") as file:
    with rasterio.open(file.name, "w", **profile) as made:
        made.write(values)
    result = describe_bytes(file.read())
""",
    "an open file of Python's": """
with open("open.tif", "wb+") as file:
    with rasterio.open(file, "w", **profile) as made:
        made.write(values)
with rasterio.open("open.tif") as made:
    result = describe(made)
""",
    "a copy to a MemoryFile's name": """
with MemoryFile() as given, MemoryFile() as file:
    write(given, driver="GTiff")
    with given.open() as source:
        rasterio.shutil.copy(source, file.name, driver=driver)
    with file.open() as made:
        by_name = describe(made)
    result = describe_bytes(file.read()), by_name
""",
    "a copy over a MemoryFile": """
with MemoryFile() as given, MemoryFile() as file:
    write(given, driver="GTiff")
    write(file, count=1)
    with given.open() as source:
        rasterio.shutil.copy(source, file.name, driver=driver)
    file.seek(0)
    with rasterio.open(file.name) as made:
        # GDAL deletes the older raster; the MemoryFile keeps that.
        result = describe_bytes(file.read()), describe(made)
""",
    "a copy over what is no raster": """
with MemoryFile() as given, MemoryFile() as file:
    write(given, driver="GTiff")
    file.write(b"no raster")
    with given.open() as source:
        rasterio.shutil.copy(source, file.name, driver=driver)
    file.seek(0)
    result = describe_bytes(file.read())
""",
    "written and read back": """
with rasterio.open("both.tif", "w+", **profile) as made:
    made.write(values)
    read = bool((made.read() == values).all())
    made.write(values[:, ::-1, :])
    again = bool((made.read() == values[:, ::-1, :]).all())
    made.write(values)
with rasterio.open("both.tif") as made:
    result = read, again, describe(made)
""",
    "in windows, last ones first": """
def change(made):
    for y in range(100, -1, -50):
        for x in range(150, -1, -50):
            window = Window(x, y, 50, 50)
            made.write(values[:, y : y + 50, x : x + 50], window=window)

result = with_memory_file(change)
""",
    "tags": """
def change(made):
    made.update_tags(TITLE="of all")
    made.update_tags(1, UNIT="of a band")

result = with_memory_file(change)
""",
    "tags of a namespace": """
def change(made):
    made.update_tags(ns="MINE", TITLE="of all")
    made.update_tags(1, ns="MINE", UNIT="of a band")

with MemoryFile() as file:
    seen = write(file, change)
    with file.open() as made:
        result = seen, made.tags(1, ns="MINE")
""",
    "a colour table": """
table = {i: (i, 255 - i, i // 2, 255) for i in range(256)}
with MemoryFile() as file:
    seen = write(file, lambda made: made.write_colormap(1, table), **one)
    with file.open() as made:
        result = seen, [list(v) for v in made.colormap(1).values()]
""",
    "a mask": """
mask = values[0] > 100
with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
    result = with_memory_file(lambda made: made.write_mask(mask))
""",
    "nodata": "with_memory_file(nodata=7)",
    "an alpha band": """
def change(made):
    made.colorinterp = [rasterio.enums.ColorInterp.gray, rasterio.enums.ColorInterp.alpha]

result = with_memory_file(change)
""",
    "descriptions": """
def change(made):
    made.descriptions = ("first", "second")

result = with_memory_file(change)
""",
    "overviews before it is closed": """
result = with_memory_file(lambda made: made.build_overviews([2, 4]))
""",
}


def seen_with(folder, driver, case):
    text = CASES[case]
    text = text if "\n" in text else f"result = {text}"
    told = f"{PROGRAM}\n{text}\nprint(json.dumps(result))"
    return json.loads(run_program(folder, PYTHON, "-c", told, driver))


GRAY_ALPHA = ["gray", "alpha"]


@pytest.mark.parametrize("case", CASES)
def test_rasterio(tmp_path, case):
    ours, theirs = [seen_with(tmp_path, name, case) for name in ("ROWBAND", "GTiff")]
    if case == "an alpha band" and later_gdal.IS_LATER:
        # GTiff forgets it there, if pixels have been written.
        gtiff_says = [made.pop("interpretation") for made in theirs]
        assert all(said in (GRAY_ALPHA, ["gray", "undefined"]) for said in gtiff_says)
        assert [made.pop("interpretation") for made in ours] == [GRAY_ALPHA] * 2
        for made in ours + theirs:
            made.pop("masks")
    assert ours == theirs
