/* SPDX-License-Identifier: MIT */
/* open_memstream() is of POSIX 2008. */
#include "vrt_text.h"

#include <stdio.h>
#include <stdlib.h>

#define PICK(in, list) pick(in, list, sizeof(list) / sizeof *(list))

/** How deep VRTs are written into the place of a name. */
enum { NESTED_MAX = 2 };

/* The files that fuzz_vrt.c makes, and one that is not there. */
static const char *const names[] = {"byte.tif", "byte.tif",  "float.tif",
                                    "mask.tif", "inner.vrt", "outer.vrt",
                                    "none.tif", "none.vrt",  ""};

static const char *const odd_numbers[] = {
    "-1",    "0",          "0.5",        "1.5",        "nan",
    "inf",   "-inf",       "2147483647", "2147483648", "-2147483648",
    "1e300", "4294967296", "1e-9",       "65536",      "x",
    "",      "1000",       "40",         "30",         "-9999999999",
    "16"};

static const char *const types[] = {
    "Byte",   "Byte",     "Byte",    "UInt16",   "Int16",   "UInt32",
    "Int32",  "Float32",  "Int64",   "UInt64",   "Float64", "CInt16",
    "CInt32", "CFloat32", "Float32", "CFloat64", "Unknown"};

static const char *const source_kinds[] = {
    "SimpleSource",        "SimpleSource",   "ComplexSource",
    "ComplexSource",       "AveragedSource", "KernelFilteredSource",
    "NoDataFromMaskSource"};

static const char *const resamplings[] = {
    "nearest", "bilinear", "cubic", "average", "lanczos", "mode", "x"};

static const char *const source_bands[] = {"1", "1",      "1",      "2",
                                           "3", "mask,1", "mask,2", "0",
                                           "9", "-1",     "mask",   "alpha"};

static const char *const colors[] = {"Gray",  "Red",     "Green",  "Blue",
                                     "Alpha", "Palette", "YCbCr_Y"};

static const char *const functions[] = {"sum",
                                        "mul",
                                        "diff",
                                        "inv",
                                        "mod",
                                        "pow",
                                        "real",
                                        "cmul",
                                        "log10",
                                        "dB",
                                        "interpolate_linear",
                                        "x"};

static const char *pick(Input *in, const char *const list[], size_t count)
{
    return list[input_in(in, 0, (int64_t)count - 1)];
}

/** True seldom, and never once the input is used up. */
static bool seldom(Input *in)
{
    return input_in(in, 0, 7) == 7;
}

static bool often(Input *in)
{
    return !seldom(in);
}

/** A small number mostly. */
static void put_number(FILE *out, Input *in)
{
    if (seldom(in))
        fputs(PICK(in, odd_numbers), out);
    else
        fprintf(out, "%d", (int)input_in(in, 0, 63));
}

static void put_attribute(FILE *out, Input *in, const char *name)
{
    if (seldom(in))
        return;
    fprintf(out, " %s=\"", name);
    put_number(out, in);
    fputc('"', out);
}

static void put_element(FILE *out, Input *in, const char *name)
{
    fprintf(out, "<%s>", name);
    put_number(out, in);
    fprintf(out, "</%s>\n", name);
}

static void put_rectangle(FILE *out, Input *in, const char *name)
{
    fprintf(out, "<%s", name);
    put_attribute(out, in, "xOff");
    put_attribute(out, in, "yOff");
    put_attribute(out, in, "xSize");
    put_attribute(out, in, "ySize");
    fputs("/>\n", out);
}

static void put_vrt(FILE *out, Input *in, int depth);

/** Puts @p text where XML has text. */
static void put_escaped(FILE *out, const char *text)
{
    for (; *text != '\0'; text++)
        switch (*text) {
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '&':
            fputs("&amp;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        default:
            fputc(*text, out);
        }
}

/** The text of a VRT. */
static char *vrt_text(Input *in, int depth)
{
    char *text = NULL;
    size_t nbytes = 0;
    FILE *out = open_memstream(&text, &nbytes);
    put_vrt(out, in, depth);
    fclose(out);
    return text;
}

/** A dataset's name: a file, or a whole VRT. */
static void put_name(FILE *out, Input *in, const char *element, int depth)
{
    fprintf(out, "<%s relativeToVRT=\"%d\" shared=\"%d\">", element, often(in),
            input_flag(in));
    if (depth < NESTED_MAX && seldom(in)) {
        char *text = vrt_text(in, depth + 1);
        put_escaped(out, text);
        free(text);
    } else {
        fputs(PICK(in, names), out);
    }
    fprintf(out, "</%s>\n", element);
}

static void put_properties(FILE *out, Input *in)
{
    fputs("<SourceProperties", out);
    put_attribute(out, in, "RasterXSize");
    put_attribute(out, in, "RasterYSize");
    fprintf(out, " DataType=\"%s\"", PICK(in, types));
    put_attribute(out, in, "BlockXSize");
    put_attribute(out, in, "BlockYSize");
    fputs("/>\n", out);
}

static void put_kernel(FILE *out, Input *in)
{
    const int size = (int)input_in(in, 0, 5);
    fprintf(out, "<Kernel normalized=\"%d\">", input_flag(in));
    if (seldom(in))
        put_element(out, in, "Size");
    else
        fprintf(out, "<Size>%d</Size>", size);
    fputs("<Coefs>", out);
    for (int i = 0; i < size * size; i++)
        fprintf(out, "%d ", (int)input_in(in, 0, 3));
    fputs("</Coefs></Kernel>\n", out);
}

/** What a ComplexSource and the like may hold more. */
static void put_changes(FILE *out, Input *in)
{
    static const char *const numbers[] = {
        "NODATA",   "ScaleOffset", "ScaleRatio", "ColorTableComponent",
        "Exponent", "SrcMin",      "SrcMax",     "DstMin",
        "DstMax"};
    for (int i = (int)input_in(in, 0, 3); i > 0; i--)
        put_element(out, in, PICK(in, numbers));
    if (seldom(in))
        fputs("<LUT>0:0,10:200,255:3</LUT>\n", out);
    if (seldom(in))
        fputs("<UseMaskBand>true</UseMaskBand>\n", out);
}

static void put_source(FILE *out, Input *in, int depth)
{
    const char *kind = PICK(in, source_kinds);
    fprintf(out, "<%s", kind);
    if (input_flag(in))
        fprintf(out, " resampling=\"%s\"", PICK(in, resamplings));
    fputs(">\n", out);
    put_name(out, in, "SourceFilename", depth);
    if (often(in))
        fprintf(out, "<SourceBand>%s</SourceBand>\n", PICK(in, source_bands));
    if (input_flag(in))
        put_properties(out, in);
    if (input_flag(in)) {
        put_rectangle(out, in, "SrcRect");
        put_rectangle(out, in, "DstRect");
    }
    if (kind[0] != 'S')
        put_changes(out, in);
    if (kind[0] == 'K')
        put_kernel(out, in);
    fprintf(out, "</%s>\n", kind);
}

/** What describes a band and is not pixels. */
static void put_band_metadata(FILE *out, Input *in)
{
    static const char *const numbers[] = {"NoDataValue", "Scale", "Offset",
                                          "HideNoDataValue"};
    if (input_flag(in))
        fprintf(out, "<ColorInterp>%s</ColorInterp>\n", PICK(in, colors));
    for (int i = (int)input_in(in, 0, 2); i > 0; i--)
        put_element(out, in, PICK(in, numbers));
    if (seldom(in))
        fputs("<ColorTable><Entry c1=\"1\" c2=\"2\" c3=\"3\" c4=\"255\"/>"
              "<Entry c1=\"9\"/></ColorTable>\n",
              out);
    if (seldom(in))
        fputs("<Metadata><MDI key=\"NBITS\">5</MDI></Metadata>\n", out);
}

static void put_derived(FILE *out, Input *in)
{
    fprintf(out, "<PixelFunctionType>%s</PixelFunctionType>\n",
            PICK(in, functions));
    if (input_flag(in))
        fprintf(out, "<SourceTransferType>%s</SourceTransferType>\n",
                PICK(in, types));
    if (seldom(in))
        put_element(out, in, "BufferRadius");
}

static void put_band(FILE *out, Input *in, int depth, const char *parent)
{
    const bool derived = seldom(in);
    fprintf(out, "<VRTRasterBand dataType=\"%s\"", PICK(in, types));
    if (seldom(in))
        put_attribute(out, in, "band");
    if (derived)
        fputs(" subClass=\"VRTDerivedRasterBand\"", out);
    else if (seldom(in))
        fputs(" subClass=\"VRTWarpedRasterBand\"", out);
    if (seldom(in)) {
        put_attribute(out, in, "blockXSize");
        put_attribute(out, in, "blockYSize");
    }
    fputs(">\n", out);
    put_band_metadata(out, in);
    if (derived)
        put_derived(out, in);
    for (int i = (int)input_in(in, 0, 4); i > 0; i--)
        put_source(out, in, depth);
    if (parent[0] != 'M' && seldom(in)) {
        fputs("<MaskBand>\n", out);
        put_band(out, in, depth, "MaskBand");
        fputs("</MaskBand>\n", out);
    }
    if (seldom(in)) {
        fputs("<Overview>\n", out);
        put_name(out, in, "SourceFilename", depth);
        fputs("<SourceBand>1</SourceBand></Overview>\n", out);
    }
    fputs("</VRTRasterBand>\n", out);
}

/** Where a dataset lies, and what else it says. */
static void put_georeferencing(FILE *out, Input *in)
{
    if (input_flag(in))
        fputs("<SRS>EPSG:32632</SRS>\n", out);
    if (input_flag(in))
        fputs("<GeoTransform>5e5, 10, 0, 5e6, 0, -10</GeoTransform>\n", out);
    if (seldom(in))
        fputs("<GCPList Projection=\"EPSG:4326\"><GCP Id=\"1\" Pixel=\"1\" "
              "Line=\"2\" X=\"3\" Y=\"4\"/></GCPList>\n",
              out);
    if (seldom(in))
        fputs("<Metadata><MDI key=\"AREA_OR_POINT\">Point</MDI></Metadata>\n",
              out);
    if (seldom(in)) {
        fputs("<OverviewList resampling=\"average\">", out);
        put_number(out, in);
        fputs("</OverviewList>\n", out);
    }
}

/** Enlarges, reduces or shifts by whole factors, so that it is quick. */
static void put_warp(FILE *out, Input *in, int depth)
{
    static const char *const methods[] = {"NearestNeighbour", "Bilinear",
                                          "Cubic", "Lanczos", "Average"};
    const int factor = (int)input_in(in, 1, 3), shift = (int)input_in(in, 0, 9);
    if (input_flag(in)) {
        put_element(out, in, "BlockXSize");
        put_element(out, in, "BlockYSize");
    }
    fprintf(out,
            "<GDALWarpOptions><WarpMemoryLimit>1000000</WarpMemoryLimit>"
            "<ResampleAlg>%s</ResampleAlg>"
            "<WorkingDataType>%s</WorkingDataType>\n",
            PICK(in, methods), input_flag(in) ? "Byte" : "Float32");
    put_name(out, in, "SourceDataset", depth);
    fprintf(out,
            "<Transformer><GenImgProjTransformer>"
            "<SrcGeoTransform>0,1,0,0,0,1</SrcGeoTransform>"
            "<SrcInvGeoTransform>0,1,0,0,0,1</SrcInvGeoTransform>"
            "<DstGeoTransform>%d,%d,0,%d,0,%d</DstGeoTransform>"
            "<DstInvGeoTransform>%.17g,%.17g,0,%.17g,0,%.17g"
            "</DstInvGeoTransform>"
            "</GenImgProjTransformer></Transformer>\n",
            shift, factor, shift, factor, -shift / (double)factor, 1.0 / factor,
            -shift / (double)factor, 1.0 / factor);
    fputs("<BandList><BandMapping src=\"1\" dst=\"1\"/></BandList>"
          "</GDALWarpOptions>\n",
          out);
}

static void put_pansharpening(FILE *out, Input *in, int depth)
{
    fputs("<PansharpeningOptions><NumThreads>1</NumThreads>\n<PanchroBand>\n",
          out);
    put_name(out, in, "SourceFilename", depth);
    fputs("<SourceBand>1</SourceBand></PanchroBand>\n", out);
    for (int i = (int)input_in(in, 0, 3); i > 0; i--) {
        fprintf(out, "<SpectralBand dstBand=\"%d\">\n", i);
        put_name(out, in, "SourceFilename", depth);
        fprintf(out, "<SourceBand>%s</SourceBand></SpectralBand>\n",
                PICK(in, source_bands));
    }
    fputs("</PansharpeningOptions>\n", out);
}

static void put_vrt(FILE *out, Input *in, int depth)
{
    static const char *const classes[] = {
        "",
        "",
        "",
        "",
        "",
        " subClass=\"VRTWarpedDataset\"",
        " subClass=\"VRTPansharpenedDataset\""};
    const int64_t kind = input_in(in, 0, 6);
    fputs("<VRTDataset", out);
    put_attribute(out, in, "rasterXSize");
    put_attribute(out, in, "rasterYSize");
    fprintf(out, "%s>\n", classes[kind]);
    put_georeferencing(out, in);
    for (int i = (int)input_in(in, 0, 3); i >= 0; i--)
        if (kind == 5)
            fprintf(out,
                    "<VRTRasterBand dataType=\"%s\" "
                    "subClass=\"VRTWarpedRasterBand\"/>\n",
                    PICK(in, types));
        else
            put_band(out, in, depth, "VRTDataset");
    if (seldom(in)) {
        fputs("<MaskBand>\n", out);
        put_band(out, in, depth, "MaskBand");
        fputs("</MaskBand>\n", out);
    }
    if (kind == 5)
        put_warp(out, in, depth);
    if (kind == 6)
        put_pansharpening(out, in, depth);
    fputs("</VRTDataset>\n", out);
}

char *vrt_text_from(Input *in)
{
    return vrt_text(in, 0);
}
