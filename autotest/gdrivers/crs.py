#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""The file has the source's CRS, whether GeoTIFF's keys can say it or not."""

import re

import pytest
from gtiff_compare import collected_errors, compare_with_gtiff
from osgeo import gdal, osr
from sources import GEOTRANSFORM, utm
from stored import read_bytes

ENGINEERING = (
    'ENGCRS["site",EDATUM["corner"],CS[Cartesian,2],'
    'AXIS["x",east,LENGTHUNIT["metre",1]],AXIS["y",north,LENGTHUNIT["metre",1]]]'
)
DERIVED = (
    'GEOGCRS["rotated",BASEGEOGCRS["WGS 84",DATUM["World Geodetic System 1984",'
    'ELLIPSOID["WGS 84",6378137,298.257223563]]],DERIVINGCONVERSION["pole",'
    'METHOD["Pole rotation (GRIB convention)"],'
    'PARAMETER["Latitude of the southern pole (GRIB convention)",-30,'
    'ANGLEUNIT["degree",0.0174532925199433]],'
    'PARAMETER["Longitude of the southern pole (GRIB convention)",-15,'
    'ANGLEUNIT["degree",0.0174532925199433]],'
    'PARAMETER["Axis rotation (GRIB convention)",0,'
    'ANGLEUNIT["degree",0.0174532925199433]]],CS[ellipsoidal,2],'
    'AXIS["latitude",north],AXIS["longitude",east],'
    'ANGLEUNIT["degree",0.0174532925199433]]'
)
DERIVED_PROJECTED = (
    'DERIVEDPROJCRS["plant",BASEPROJCRS["WGS 84 / UTM zone 11N",'
    'BASEGEOGCRS["WGS 84",DATUM["World Geodetic System 1984",'
    'ELLIPSOID["WGS 84",6378137,298.257223563]]],CONVERSION["UTM zone 11N",'
    'METHOD["Transverse Mercator"],PARAMETER["Latitude of natural origin",0],'
    'PARAMETER["Longitude of natural origin",-117],'
    'PARAMETER["Scale factor at natural origin",0.9996],'
    'PARAMETER["False easting",500000],PARAMETER["False northing",0]]],'
    'DERIVINGCONVERSION["turned",METHOD["Affine parametric transformation"],'
    'PARAMETER["A0",1000,LENGTHUNIT["metre",1]],PARAMETER["A1",0.6],'
    'PARAMETER["A2",0.8],PARAMETER["B0",2000,LENGTHUNIT["metre",1]],'
    'PARAMETER["B1",-0.8],PARAMETER["B2",0.6]],CS[Cartesian,2],'
    'AXIS["x",east,LENGTHUNIT["metre",1]],AXIS["y",north,LENGTHUNIT["metre",1]]]'
)
CRSS = {
    "utm": "EPSG:32611",
    "geographic": "EPSG:4326",
    "geographic 3D": "EPSG:4979",
    "northing first": "EPSG:2193",
    "northing first, Austria": "EPSG:31257",
    "web mercator": "EPSG:3857",
    "krovak": "EPSG:5514",
    "compound": "EPSG:7415",
    "compound of two": "EPSG:27700+5701",
    "vertical": "EPSG:5703",
    "dynamic": "EPSG:9000",
    "esri": "ESRI:102008",
    "mars": "ESRI:104905",
    "mars by IAU": "IAU_2015:49900",
    "local": 'LOCAL_CS["site",UNIT["metre",1]]',
    "engineering": ENGINEERING,
    "derived geographic": DERIVED,
    "derived projected": DERIVED_PROJECTED,
    "rotated pole": "+proj=ob_tran +o_proj=longlat +o_lat_p=39.25 +o_lon_p=0 "
    "+lon_0=18 +a=6371229 +b=6371229 +no_defs",
    "bound": "+proj=utm +zone=33 +ellps=bessel +towgs84=1,2,3,4,5,6,7",
    "bound vertically": "+proj=utm +zone=33 +datum=WGS84 "
    "+geoidgrids=egm96_15.gtx +vunits=m",
    "oblique mercator": "+proj=omerc +lat_0=40 +lonc=10 +alpha=30 +gamma=20 "
    "+k=0.9 +ellps=GRS80",
    "conic": "+proj=lcc +lat_1=20 +lat_2=60 +lat_0=40 +lon_0=-96 +datum=NAD83",
    "icosahedral": "+proj=isea",
    "interrupted": "+proj=igh",
    "winkel tripel": "+proj=wintri",
    "azimuthal": "+proj=laea +lat_0=1 +lon_0=2 +ellps=krass",
    "other body": "+proj=longlat +a=3396190 +b=3376200",
    "geostationary": "+proj=geos +h=35785831 +sweep=y",
    "custom, northing first": "+proj=tmerc +axis=neu +lat_0=1 +lon_0=2 +ellps=GRS80",
    "feet": "+proj=merc +lat_ts=30 +units=us-ft +datum=WGS84",
}


def crs_of(text):
    crs = osr.SpatialReference()
    crs.SetFromUserInput(text)
    crs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return crs


def without_remarks(crs):
    """PROJ takes a CRS for another one if it has a PROJ string as its remark."""
    bare = osr.SpatialReference()
    bare.ImportFromWkt(
        re.sub(r',REMARK\[".*?"\]', "", crs.ExportToWkt(["FORMAT=WKT2_2019"]))
    )
    bare.SetCoordinateEpoch(crs.GetCoordinateEpoch())
    return bare


def same(a, b):
    """By PROJ's criterion."""
    if a is None or b is None:
        return a is b
    criterion = [
        "CRITERION=EQUIVALENT_EXCEPT_AXIS_ORDER_GEOGCRS",
        "IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES",
        "IGNORE_COORDINATE_EPOCH=NO",
    ]
    return bool(without_remarks(a).IsSame(without_remarks(b), criterion))


def source_with(crs):
    source = gdal.GetDriverByName("MEM").Create("", 20, 20)
    source.SetGeoTransform(GEOTRANSFORM)
    source.SetSpatialRef(crs)
    return source


def copy(driver, folder, source, options=()):
    """@return the CRS read back, what was said, and whether PAM has a CRS"""
    gdal.Mkdir(folder, 0o755)
    path = f"{folder}/out.tif"
    with collected_errors() as said:
        gdal.GetDriverByName(driver).CreateCopy(path, source, 0, list(options))
        dataset = gdal.Open(path)
        crs = dataset.GetSpatialRef() if dataset is not None else None
    sidecar = path + ".aux.xml"
    in_pam = gdal.VSIStatL(sidecar) is not None and b"<SRS" in read_bytes(sidecar)
    return crs, [args[2] for args in said], in_pam


@pytest.mark.parametrize("name", CRSS)
def test_rowband_crs(tmp_vsimem, name):
    wanted = crs_of(CRSS[name])
    source = source_with(wanted)
    theirs, _, in_pam = copy("GTiff", tmp_vsimem + "/gtiff", source)
    ours, said, in_our_pam = copy("ROWBAND", tmp_vsimem + "/rowband", source)
    assert same(ours, wanted)
    files = [gdal.Open(f"{tmp_vsimem}/{who}/out.tif") for who in ("gtiff", "rowband")]
    points = [file.GetMetadataItem("AREA_OR_POINT") for file in files]
    # GTiff fails at a vertical CRS and is given none; AREA_OR_POINT goes with it.
    assert points[0] == points[1] or name == "vertical"
    if same(theirs, wanted):
        assert said == []
        assert in_our_pam == in_pam
    else:
        assert len(said) == 1 and ".aux.xml" in said[0]


def test_rowband_crs_vertical_unit_is_kept(tmp_vsimem):
    """GTiff reads it in the keys, but not where the CRS is in the .aux.xml; here it
    is there because of its TOWGS84."""
    crs = crs_of("EPSG:26910+5866")
    crs.SetTOWGS84(0, 0, 0, 0, 0, 0, 1)
    source = gdal.GetDriverByName("MEM").Create("", 20, 20, 3)
    source.SetGeoTransform(GEOTRANSFORM)
    source.SetSpatialRef(crs)
    source.SetMetadataItem("AREA_OR_POINT", "Point")
    source.GetRasterBand(2).SetUnitType("K")
    said = []
    for driver in ("GTiff", "ROWBAND"):
        _, _, in_pam = copy(driver, f"{tmp_vsimem}/{driver}", source)
        file = gdal.Open(f"{tmp_vsimem}/{driver}/out.tif")
        units = [file.GetRasterBand(i).GetUnitType() for i in (1, 2, 3)]
        said.append((units, file.GetMetadata()))
    assert in_pam
    assert said[0] == said[1] == (["metre", "K", "metre"], {"AREA_OR_POINT": "Point"})


@pytest.mark.parametrize("name", ["engineering", "custom, northing first"])
def test_rowband_crs_kept_beside_the_statistics(tmp_vsimem, name):
    wanted = crs_of(CRSS[name])
    crs, said, _ = copy(
        "ROWBAND", tmp_vsimem + "/out", source_with(wanted), ["STATISTICS=YES"]
    )
    assert same(crs, wanted)
    assert len(said) == 1


def test_rowband_crs_without_pam(tmp_vsimem):
    gdal.SetConfigOption("GDAL_PAM_ENABLED", "NO")
    try:
        source = source_with(crs_of(ENGINEERING))
        _, said, in_pam = copy("ROWBAND", tmp_vsimem + "/out", source)
    finally:
        gdal.SetConfigOption("GDAL_PAM_ENABLED", None)
    assert not in_pam
    assert len(said) == 1 and "lost" in said[0]


def test_rowband_crs_of_gcps(tmp_vsimem):
    wanted = crs_of(CRSS["custom, northing first"])
    source = gdal.GetDriverByName("MEM").Create("", 20, 20)
    gcps = [gdal.GCP(x * 10, y * 20, 0, x, y) for x in (1, 9) for y in (2, 8)]
    source.SetGCPs(gcps, wanted)
    _, said, _ = copy("ROWBAND", tmp_vsimem + "/out", source)
    dataset = gdal.Open(tmp_vsimem + "/out/out.tif")
    assert same(dataset.GetGCPSpatialRef(), wanted)
    assert dataset.GetGCPCount() == 4
    assert len(said) == 1


def test_rowband_crs_epoch(tmp_vsimem):
    wanted = utm(epoch=2021.3)
    crs, said, _ = copy("ROWBAND", tmp_vsimem + "/out", source_with(wanted))
    assert crs.GetCoordinateEpoch() == 2021.3
    assert said == []


def without_codes(crs):
    stripped = osr.SpatialReference()
    stripped.ImportFromWkt(re.sub(r',AUTHORITY\["\w+","\w+"\]', "", crs.ExportToWkt()))
    stripped.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return stripped


def code_that_gtiff_reads(folder, source):
    """From GDAL 3.12 on it looks a CRS without a code up by its name itself."""
    code = copy("GTiff", folder + "/gtiff", source)[0].GetAuthorityCode(None)
    assert code is None or int(gdal.VersionInfo()) >= 3120000
    return code


@pytest.mark.parametrize("identify", ["YES", "NO"])
def test_rowband_crs_identify(tmp_vsimem, identify):
    source = source_with(without_codes(crs_of("EPSG:2154")))
    assert source.GetSpatialRef().GetAuthorityCode(None) is None
    option = f"CRS_IDENTIFY={identify}"
    crs, said, _ = copy("ROWBAND", tmp_vsimem + "/out", source, [option])
    code = "2154" if identify == "YES" else code_that_gtiff_reads(tmp_vsimem, source)
    assert crs.GetAuthorityCode(None) == code
    assert same(crs, source.GetSpatialRef())
    assert said == []


def test_rowband_crs_identify_keeps_what_it_does_not_know(tmp_vsimem):
    wanted = crs_of(CRSS["azimuthal"])
    crs, said, _ = copy(
        "ROWBAND", tmp_vsimem + "/out", source_with(wanted), ["CRS_IDENTIFY=YES"]
    )
    assert same(crs, wanted)
    assert crs.GetAuthorityCode(None) is None
    assert said == []


@pytest.mark.parametrize(
    "gcps", [(), (gdal.GCP(7, 8, 0, 1, 2), gdal.GCP(9, 8, 0, 3, 2))]
)
def test_rowband_crs_none_is_not_lost(tmp_path, gcps):
    """With only AREA_OR_POINT in its keys, GTiff reads a CRS without a name."""
    source = gdal.GetDriverByName("MEM").Create("", 30, 20)
    source.SetMetadataItem("AREA_OR_POINT", "Point")
    if gcps:
        source.SetGCPs(gcps, "")
    else:
        source.SetGeoTransform(GEOTRANSFORM)
    compare_with_gtiff(source, tmp_path)
