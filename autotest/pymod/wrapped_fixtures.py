# SPDX-License-Identifier: MIT
"""What tests of sources behind VRTs share."""

import pytest
from osgeo import gdal
from sources import make_source

SIZE = 700
BLOCKS = ["TILED=YES", "BLOCKXSIZE=176", "BLOCKYSIZE=304"]


def gtiff(path, source, options=()):
    gdal.GetDriverByName("GTiff").CreateCopy(path, source, options=[*BLOCKS, *options])
    return path


@pytest.fixture
def rgb(tmp_path):
    source = make_source(SIZE, SIZE - 90, 3)
    source.SetProjection("EPSG:32631")
    source.SetGeoTransform((500000, 10, 0, 4500000, 0, -10))
    return gtiff(str(tmp_path / "rgb.tif"), source)


def derived_xml(path):
    sources = "".join(
        f"<SimpleSource><SourceFilename>{path}</SourceFilename>"
        f"<SourceBand>{band}</SourceBand></SimpleSource>"
        for band in (1, 2, 3)
    )
    return (
        f"<VRTDataset rasterXSize='{SIZE}' rasterYSize='{SIZE - 90}'>"
        "<VRTRasterBand dataType='Float32' band='1' subClass='VRTDerivedRasterBand'>"
        "<PixelFunctionType>sum</PixelFunctionType>"
        f"{sources}</VRTRasterBand></VRTDataset>"
    )


def derived(path, folder):
    vrt = str(folder / "derived.vrt")
    with open(vrt, "w") as file:
        file.write(derived_xml(path))
    return vrt


def pansharpened(path, folder):
    pan, sharp = str(folder / "pan.tif"), str(folder / "sharp.vrt")
    width, height = 2 * SIZE, 2 * (SIZE - 90)
    gdal.Translate(
        pan, path, bandList=[1], width=width, height=height, creationOptions=BLOCKS
    )
    bands = "".join(
        f"<SpectralBand dstBand='{band}'><SourceFilename>{path}</SourceFilename>"
        f"<SourceBand>{band}</SourceBand></SpectralBand>"
        for band in (1, 2, 3)
    )
    with open(sharp, "w") as file:
        file.write(
            "<VRTDataset subClass='VRTPansharpenedDataset'><PansharpeningOptions>"
            f"<PanchroBand><SourceFilename>{pan}</SourceFilename>"
            f"<SourceBand>1</SourceBand></PanchroBand>{bands}"
            "</PansharpeningOptions></VRTDataset>"
        )
    return sharp


def copies(source, folder, options=("TILED=YES",)):
    results = []
    for name in ("GTiff", "ROWBAND"):
        target = str(folder / f"{name}.out.tif")
        driver = gdal.GetDriverByName(name)
        results.append(driver.CreateCopy(target, source, options=list(options)))
        assert results[-1] is not None, gdal.GetLastErrorMsg()
    return results


@pytest.fixture
def debug_lines():
    """What the driver says with CPL_DEBUG=ROWBAND, at GDAL_CACHEMAX of 1 MB."""
    lines = []

    def handler(level, number, message):
        if level == gdal.CE_Debug and message.startswith("ROWBAND: "):
            lines.append(message)

    cache = gdal.GetCacheMax()
    gdal.SetCacheMax(1 << 20)
    gdal.SetConfigOption("CPL_DEBUG", "ROWBAND")
    gdal.PushErrorHandler(handler)
    yield lines
    gdal.PopErrorHandler()
    gdal.SetConfigOption("CPL_DEBUG", None)
    gdal.SetCacheMax(cache)
