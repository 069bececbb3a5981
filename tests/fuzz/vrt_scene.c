/* SPDX-License-Identifier: MIT */
#include "vrt_scene.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <gdal.h>
#include <gdal_frmts.h>

#include "gtest_c.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
void GDALRegister_ROWBAND(void);

/** Makes a TIFF of a gradient. */
static void make_tiff(const char *name, int width, int height, int bands,
                      GDALDataType type, const char *options, bool with_mask)
{
    char **list = CSLTokenizeString2(options, " ", 0);
    const GDALDatasetH dataset = GDALCreate(GDALGetDriverByName("GTiff"), name,
                                            width, height, bands, type, list);
    double *row = malloc((size_t)width * sizeof *row);
    if (with_mask)
        GDALCreateDatasetMaskBand(dataset, GMF_PER_DATASET);
    for (int band = 0; band <= bands; band++) {
        const GDALRasterBandH to =
            band > 0 ? GDALGetRasterBand(dataset, band)
                     : GDALGetMaskBand(GDALGetRasterBand(dataset, 1));
        for (int y = 0; y < height && (band > 0 || with_mask); y++) {
            for (int x = 0; x < width; x++)
                row[x] = band > 0 ? (x * 7 + y * 3 + band * 50) % 251
                                  : 255 * ((x / 5 + y / 5) % 2);
            expect_int_eq(GDALRasterIO(to, GF_Write, 0, y, width, 1, row, width,
                                       1, GDT_Float64, 0, 0),
                          CE_None);
        }
    }
    free(row);
    GDALClose(dataset);
    CSLDestroy(list);
}

void vrt_scene_put(const char *name, const char *text)
{
    VSILFILE *file = VSIFOpenL(name, "wb");
    require(file != NULL);
    expect_int_eq(VSIFWriteL(text, 1, strlen(text), file), strlen(text));
    VSIFCloseL(file);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char inner[] =
        "<VRTDataset rasterXSize='50' rasterYSize='40'>"
        "<VRTRasterBand dataType='Byte' band='1'><SimpleSource>"
        "<SourceFilename relativeToVRT='1'>byte.tif</SourceFilename>"
        "<SourceBand>2</SourceBand>"
        "<SrcRect xOff='3' yOff='5' xSize='30' ySize='20'/>"
        "<DstRect xOff='7' yOff='1' xSize='30' ySize='20'/>"
        "</SimpleSource></VRTRasterBand></VRTDataset>";
    static const char outer[] =
        "<VRTDataset rasterXSize='60' rasterYSize='60'>"
        "<VRTRasterBand dataType='Float32' band='1'>"
        "<ComplexSource resampling='bilinear'>"
        "<SourceFilename relativeToVRT='1'>inner.vrt</SourceFilename>"
        "<SourceBand>1</SourceBand><ScaleRatio>2</ScaleRatio>"
        "<SrcRect xOff='0' yOff='0' xSize='50' ySize='40'/>"
        "<DstRect xOff='0.5' yOff='0' xSize='25' ySize='60'/>"
        "</ComplexSource></VRTRasterBand></VRTDataset>";
    (void)argc;
    (void)argv;
    /* Code in Python, or what is not in /vsimem, is not to be reached. */
    CPLSetConfigOption("GDAL_VRT_ENABLE_PYTHON", "NO");
    CPLSetConfigOption("GDAL_DISABLE_READDIR_ON_OPEN", "EMPTY_DIR");
    CPLSetConfigOption("GDAL_PAM_ENABLED", "NO");
    GDALRegister_VRT();
    GDALRegister_GTiff();
    GDALRegister_COG();
    GDALRegister_MEM();
    GDALRegister_ROWBAND();
    make_tiff(FOLDER "byte.tif", 40, 30, 3, GDT_Byte,
              "TILED=YES BLOCKXSIZE=16 BLOCKYSIZE=16 COMPRESS=LZW", false);
    make_tiff(FOLDER "float.tif", 33, 21, 1, GDT_Float32, "", false);
    make_tiff(FOLDER "mask.tif", 20, 20, 4, GDT_Byte, "PHOTOMETRIC=RGB", true);
    vrt_scene_put(FOLDER "inner.vrt", inner);
    vrt_scene_put(FOLDER "outer.vrt", outer);
    VSIMkdir(RESULTS, 0755);
    signal(SIGPIPE, SIG_IGN);
    return 0;
}
