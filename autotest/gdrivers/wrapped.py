# SPDX-License-Identifier: MIT
"""Sources behind VRTs and virtual files: the pixels are GTiff's, and each block
is decoded once at a block cache that holds next to nothing."""

import gzip
import os
import re
import zipfile

import numpy as np
import pytest
from gtiff_compare import assert_same_pixels, collected_errors
from later_gdal import masks_of_nodata_are_right
from osgeo import gdal
from sources import make_source
from wrapped_fixtures import (
    BLOCKS,
    SIZE,
    copies,
    debug_lines,  # noqa: F401
    derived,
    derived_xml,
    gtiff,
    pansharpened,
    rgb,  # noqa: F401
)


@pytest.fixture
def warped_by_blocks():
    """What later GDALs warp in one go, a large window of all bands, has pixels that
    depend on the window. GTiff shall copy what they warp block by block, which is
    what GDAL 3.6 does and what we read."""
    gdal.SetConfigOption("GDAL_VRT_WARP_USE_DATASET_RASTERIO", "NO")
    yield
    gdal.SetConfigOption("GDAL_VRT_WARP_USE_DATASET_RASTERIO", None)


def warped(path, folder):
    vrt = str(folder / "warped.vrt")
    gdal.Warp(vrt, path, format="VRT", dstSRS="EPSG:4326", resampleAlg="cubic")
    return vrt


def mosaic(path, folder):
    parts = []
    for number, window in enumerate([(0, 0, 333, 610), (333, 0, 367, 610)]):
        parts.append(str(folder / f"part{number}.tif"))
        gdal.Translate(parts[-1], path, srcWin=window, creationOptions=BLOCKS)
    vrt = str(folder / "mosaic.vrt")
    gdal.BuildVRT(vrt, parts)
    return vrt


def masked_mosaic(path, folder):
    gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES")
    masked = str(folder / "masked.tif")
    gdal.Translate(masked, path, bandList=[1, 2], maskBand=3, creationOptions=BLOCKS)
    gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", None)
    vrt = str(folder / "masked.vrt")
    gdal.BuildVRT(vrt, [masked])
    return vrt


def relative(path, folder):
    (folder / "below").mkdir()
    vrt = str(folder / "below" / "relative.vrt")
    xml = derived_xml("../rgb.tif").replace(
        "<SourceFilename>", "<SourceFilename relativeToVRT='1'>"
    )
    with open(vrt, "w") as file:
        file.write(xml)
    return vrt


def filtered(path, folder):
    """Of which GDAL reads two pixels beyond each window."""
    vrt = str(folder / "filtered.vrt")
    weights = "1 2 1 2 3 " * 5
    with open(vrt, "w") as file:
        file.write(
            f"""<VRTDataset rasterXSize="{SIZE}" rasterYSize="{SIZE}">
<VRTRasterBand dataType="Byte" band="1"><KernelFilteredSource>
<SourceFilename>{path}</SourceFilename><SourceBand>2</SourceBand>
<Kernel normalized="1"><Size>5</Size><Coefs>{weights}</Coefs></Kernel>
</KernelFilteredSource></VRTRasterBand></VRTDataset>"""
        )
    return vrt


WRAPPERS = [derived, filtered, mosaic, masked_mosaic, pansharpened, relative, warped]


@pytest.mark.usefixtures("warped_by_blocks")
@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize("arguments", [None, {"srcWin": [33, 21, 500, 480]}], ids=str)
def test_wrapped_is_decoded_once(tmp_path, rgb, debug_lines, wrapper, arguments):
    source = gdal.Open(wrapper(rgb, tmp_path))
    if arguments:
        source = gdal.Translate("", source, format="VRT", **arguments)
    theirs, ours = copies(source, tmp_path)
    assert_same_pixels(ours, theirs)
    amplification = re.search("amplification ([0-9.]+)", "\n".join(debug_lines))
    assert amplification and amplification.group(1) == "1.00", debug_lines


@pytest.mark.parametrize("name", ["", "warped.vrt"])
def test_wrapped_warped_pixels_do_not_depend_on_the_budget(tmp_path, rgb, name):
    vrt = name and str(tmp_path / name)
    source = gdal.Warp(vrt, rgb, format="VRT", dstSRS="EPSG:4326", resampleAlg="cubic")
    driver = gdal.GetDriverByName("ROWBAND")
    copies = [
        driver.CreateCopy(
            str(tmp_path / f"{budget}.tif"), source, options=[f"BUDGET={budget}"]
        )
        for budget in ("256M", "100K")
    ]
    assert_same_pixels(*copies)


def test_wrapped_source_open_for_writing_is_not_read_by_its_name(tmp_path):
    path = str(tmp_path / "unflushed.tif")
    source = gdal.GetDriverByName("GTiff").Create(path, 300, 200, 1, options=BLOCKS)
    source.GetRasterBand(1).Fill(77)
    wrapped = gdal.Translate("", source, format="VRT", srcWin=[10, 10, 200, 100])
    target = str(tmp_path / "out.tif")
    result = gdal.GetDriverByName("ROWBAND").CreateCopy(target, wrapped)
    assert result.GetRasterBand(1).ComputeRasterMinMax(False) == (77, 77)


def test_wrapped_vrt_not_yet_written(tmp_path, rgb):
    """The VRT's file says something else, or nothing, until it is flushed."""
    path = str(tmp_path / "inner.vrt")
    gdal.Translate(path, rgb, format="VRT", srcWin=[0, 0, 600, 600])
    inner = gdal.Translate(path, rgb, format="VRT", srcWin=[50, 9, 600, 600])
    wrapped = gdal.Translate("", inner, format="VRT", srcWin=[10, 10, 300, 300])
    theirs, ours = copies(wrapped, tmp_path)
    assert_same_pixels(ours, theirs)


def test_wrapped_source_in_memory(tmp_path):
    source = make_source(300, 200, 2)
    wrapped = gdal.Translate("", source, format="VRT", bandList=[2, 1])
    theirs, ours = copies(wrapped, tmp_path)
    assert_same_pixels(ours, theirs)


def opaque(source):
    pass


def with_nodata(source):
    source.GetRasterBand(2).SetNoDataValue(55)


def with_alpha(source):
    source.GetRasterBand(3).SetColorInterpretation(gdal.GCI_AlphaBand)


def with_mask(source):
    source.CreateMaskBand(gdal.GMF_PER_DATASET)
    mask = np.arange(SIZE * SIZE).reshape(SIZE, SIZE) % 7 // 3 * 127
    source.GetRasterBand(1).GetMaskBand().WriteArray(mask)


@pytest.mark.parametrize("bands", ["-b mask,2", "-b mask,2 -b 1", "-b mask -mask none"])
@pytest.mark.parametrize("masked", [opaque, with_nodata, with_alpha, with_mask])
def test_wrapped_mask_as_a_band_in_several_readers(
    tmp_path, debug_lines, masked, bands
):
    if masked == with_nodata and "-b 1" in bands and not masks_of_nodata_are_right():
        pytest.skip("this GDAL's masks of nodata depend on the buffer")
    source = make_source(SIZE, SIZE, 3)
    masked(source)
    path = gtiff(f"{tmp_path}/in.tif", source)
    options = f"-of ROWBAND {bands} -co BUDGET=4M -co READ_THREADS=3"
    ours = gdal.Translate(f"{tmp_path}/ours.tif", path, options=options)
    assert "amplification 1.00" in "".join(debug_lines)
    theirs = gdal.Translate(f"{tmp_path}/theirs.tif", path, options=bands)
    assert_same_pixels(ours, theirs)


@pytest.mark.parametrize("prefix", ["/vsizip/", "/vsigzip/"])
def test_wrapped_in_an_archive(tmp_path, rgb, debug_lines, prefix):
    if prefix == "/vsizip/":
        archive = str(tmp_path / "a.zip")
        inside = f"/vsizip/{archive}/rgb.tif"
        with zipfile.ZipFile(archive, "w") as file:
            file.write(rgb, "rgb.tif")
    else:
        inside = f"/vsigzip/{tmp_path}/rgb.tif.gz"
        with gzip.open(f"{tmp_path}/rgb.tif.gz", "wb") as file:
            file.write(open(rgb, "rb").read())
    for source in (inside, gdal.Translate("", inside, format="VRT", bandList=[3])):
        source = gdal.Open(source) if isinstance(source, str) else source
        theirs, ours = copies(source, tmp_path)
        assert_same_pixels(ours, theirs)


def test_wrapped_jpeg_2000(tmp_path, rgb, debug_lines):
    if gdal.GetDriverByName("JP2OpenJPEG") is None:
        pytest.skip("this GDAL has no JP2OpenJPEG")
    path = str(tmp_path / "rgb.jp2")
    options = ["REVERSIBLE=YES", "QUALITY=100", "BLOCKXSIZE=256", "BLOCKYSIZE=256"]
    gdal.GetDriverByName("JP2OpenJPEG").CreateCopy(
        path, gdal.Open(rgb), options=options
    )
    for source in (
        gdal.Open(path),
        gdal.Translate("", path, format="VRT", srcWin=[33, 21, 500, 480]),
    ):
        theirs, ours = copies(source, tmp_path)
        assert_same_pixels(ours, theirs)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1480, 1230), (2220, 615)], ids=str)
def test_wrapped_averages_are_those_of_one_request(tmp_path, size):
    """An AveragedSource, as which GDAL reads resampling by average from a file, takes
    whole pixels, and which those are depends on where a request begins."""
    source = gdal.GetDriverByName("MEM").Create("", 4000, 3000)
    noise = np.random.default_rng(1).integers(0, 256, (3000, 4000), dtype=np.uint8)
    source.WriteArray(noise)
    width, height = size
    arguments = {"width": width, "height": height, "resampleAlg": "average"}
    noisy, wrapped = str(tmp_path / "noisy.tif"), str(tmp_path / "wrapped.vrt")
    gdal.Translate(wrapped, gtiff(noisy, source), format="VRT", **arguments)
    wrapped = gdal.Open(wrapped)
    assert "AveragedSource" in wrapped.GetMetadata("xml:VRT")[0]
    ours = copies(wrapped, tmp_path)[1]
    np.testing.assert_array_equal(ours.ReadAsArray(), wrapped.ReadAsArray())


@pytest.mark.parametrize("interleave", ["PIXEL", "BAND"])
def test_wrapped_pansharpened_by_parts_of_pixels(tmp_path, rgb, interleave):
    """GDAL shifts what it pansharpens by them only if the buffer is not packed, and
    GTiff reads into such as are."""
    options = "-of VRT -r cubic -srcwin 20 31.5 101 90"
    source = gdal.Translate("", pansharpened(rgb, tmp_path), options=options)
    results = []
    for name in ("GTiff", "ROWBAND"):
        path = str(tmp_path / f"{name}.tif")
        results.append(
            gdal.GetDriverByName(name).CreateCopy(
                path, source, options=[f"INTERLEAVE={interleave}"]
            )
        )
    assert_same_pixels(results[1], results[0])


TILE = 512
TILES_ACROSS, TILES_DOWN = 5, 4


@pytest.fixture
def tiles(tmp_path):
    """Files side by side, of which every window of theirs has several, and more than
    the million pixels from which on GDAL 3.10 reads them in threads of its own."""
    width, height = TILES_ACROSS * TILE, TILES_DOWN * TILE
    source = make_source(width, height, 3)
    source.SetProjection("EPSG:32631")
    source.SetGeoTransform((500000, 10, 0, 4500000, 0, -10))
    paths = []
    for y in range(0, height, TILE):
        for x in range(0, width, TILE):
            paths.append(str(tmp_path / f"tile_{x}_{y}.tif"))
            options = ["TILED=YES", "COMPRESS=LZW"]
            window = [x, y, TILE, TILE]
            gdal.Translate(paths[-1], source, srcWin=window, creationOptions=options)
    for key in ("GDAL_NUM_THREADS", "VRT_NUM_THREADS"):
        gdal.SetConfigOption(key, "4")
    yield paths
    for key in ("GDAL_NUM_THREADS", "VRT_NUM_THREADS"):
        gdal.SetConfigOption(key, None)


def threads_were_used(vrt):
    key = "MULTI_THREADED_RASTERIO_LAST_USED"
    return vrt.GetMetadataItem(key, "__DEBUG__") == "1"


# From here on what threads report reaches who reads.
THREADS_SINCE = 3110000


@pytest.mark.slow
def test_wrapped_mosaic_that_gdal_reads_in_threads(tmp_path, tiles, debug_lines):
    mosaic = gdal.BuildVRT(str(tmp_path / "mosaic.vrt"), tiles)
    theirs, ours = copies(mosaic, tmp_path)
    assert threads_were_used(mosaic) == (int(gdal.VersionInfo()) >= THREADS_SINCE)
    assert_same_pixels(ours, theirs)
    assert "amplification 1.00" in "\n".join(debug_lines)


@pytest.mark.slow
def test_wrapped_mosaic_says_which_tile_is_broken(tmp_path, tiles):
    mosaic = gdal.BuildVRT(str(tmp_path / "mosaic.vrt"), tiles)
    os.truncate(tiles[7], os.path.getsize(tiles[7]) // 2)
    driver = gdal.GetDriverByName("ROWBAND")
    with collected_errors() as errors:
        assert driver.CreateCopy(str(tmp_path / "out.tif"), mosaic) is None
    assert len(errors) == 1 and "TIFFFillTile" in errors[0][2], errors


def processed(path, folder):
    vrt = str(folder / "processed.vrt")
    arguments = "".join(
        f"<Argument name='coefficients_{number}'>{row}</Argument>"
        for number, row in enumerate(["0,0.5,0.5,0", "0,0,1,0", "3,0.2,0,0.8"], 1)
    )
    with open(vrt, "w") as file:
        file.write(
            "<VRTDataset subclass='VRTProcessedDataset'>"
            f"<Input><SourceFilename>{path}</SourceFilename></Input>"
            "<ProcessingSteps><Step><Algorithm>BandAffineCombination</Algorithm>"
            f"{arguments}</Step></ProcessingSteps></VRTDataset>"
        )
    return vrt


def without_masked(path, folder):
    masked = masked_mosaic(path, folder)
    band = (
        "<VRTRasterBand dataType='Byte' band='1'><NoDataValue>7</NoDataValue>"
        f"<NoDataFromMaskSource><SourceFilename>{masked}</SourceFilename>"
        "<SourceBand>1</SourceBand><NODATA>7</NODATA>"
        "<MaskValueThreshold>0</MaskValueThreshold></NoDataFromMaskSource>"
        "</VRTRasterBand>"
    )
    vrt = str(folder / "without.vrt")
    with open(vrt, "w") as file:
        file.write(
            f"<VRTDataset rasterXSize='{SIZE}' rasterYSize='{SIZE - 90}'>"
            f"{band}</VRTDataset>"
        )
    return vrt


def tile_index(path, folder):
    mosaic(path, folder)
    index = str(folder / "index.gti.gpkg")
    parts = [str(folder / f"part{number}.tif") for number in (0, 1)]
    gdal.TileIndex(index, parts, layerName="index")
    return index


LATER_WRAPPERS = [
    (processed, 3090000),
    (without_masked, 3090000),
    (tile_index, 3090000),
]


@pytest.mark.parametrize("wrapper,since", LATER_WRAPPERS)
@pytest.mark.parametrize("arguments", [None, {"srcWin": [33, 21, 500, 480]}], ids=str)
def test_wrapped_in_what_later_gdals_have(tmp_path, rgb, wrapper, since, arguments):
    if int(gdal.VersionInfo()) < since:
        pytest.skip("a GDAL that does not have it")
    source = gdal.Open(wrapper(rgb, tmp_path))
    assert source is not None, gdal.GetLastErrorMsg()
    if arguments:
        source = gdal.Translate("", source, format="VRT", **arguments)
    theirs, ours = copies(source, tmp_path)
    assert_same_pixels(ours, theirs)


@pytest.mark.parametrize("wrapper", ["Translate", "Warp"])
def test_wrapped_reduced_leaves_overviews_as_they_were(tmp_path, rgb, wrapper):
    """GDAL makes overviews of VRTs while it reads them reduced; they must not keep
    anything of ours, which is gone afterwards."""
    gdal.Open(rgb, gdal.GA_Update).BuildOverviews("AVERAGE", [2, 4])
    make = getattr(gdal, wrapper)
    parts, untouched = (
        [make(str(tmp_path / f"{name}.vrt"), rgb, format="VRT") for name in names]
        for names in ("ab", "cd")
    )
    copies = []
    for name, datasets in (("ROWBAND", parts), ("GTiff", untouched)):
        mosaic = gdal.BuildVRT("", datasets, resolution="user", xRes=40, yRes=40)
        target = str(tmp_path / f"{name}.tif")
        copies.append(gdal.GetDriverByName(name).CreateCopy(target, mosaic))
    assert_same_pixels(*copies)
    for pair in zip(parts, untouched):
        bands = [dataset.GetRasterBand(1) for dataset in pair]
        counts = [band.GetOverviewCount() for band in bands]
        assert counts[0] == counts[1] > 0
        for level in range(counts[0]):
            ours, theirs = (band.GetOverview(level).ReadRaster() for band in bands)
            assert ours == theirs
