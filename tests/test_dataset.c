/* SPDX-License-Identifier: MIT */
/* dataset.h: shapes, names that must be read in order, files of a dataset. */
#include <stdio.h>

#include <cpl_vsi.h>

#include "container.h"
#include "dataset.h"
#include "gtest_c.h"
#include "harness.h"

#define SPY "SPY:id=shape,width=300,height=200,block=64x32,bands=2"

/** How far a dataset agrees with SPY. */
typedef struct Shape {
    const char *name;
    bool raster, samples, blocks;
} Shape;

static const Shape shapes[] = {
    {SPY, true, true, true},
    {SPY ",type=UInt16", true, false, false},
    {SPY ",mask=1", true, false, false},
    {"SPY:id=shape,width=300,height=200,block=32x32,bands=2", true, true,
     false},
    {"SPY:id=shape,width=300,height=200,block=64x64,bands=2", true, true,
     false},
    {"SPY:id=shape,width=300,height=200,block=64x32,bands=3", false, false,
     false},
    {"SPY:id=shape,width=301,height=200,block=64x32,bands=2", false, false,
     false},
    {"SPY:id=shape,width=300,height=201,block=64x32,bands=2", false, false,
     false},
};

static bool same_shape(GDALDatasetH a, GDALDatasetH b, ShapeDetail detail)
{
    DatasetShape shape;
    const bool same =
        dataset_shape_of(&shape, a) && dataset_has_shape(b, &shape, detail);
    dataset_shape_clear(&shape);
    return same;
}

TEST_CASE(dataset, shape_is_the_same_as_far_as_is_asked)
{
    copying_start();
    const GDALDatasetH first = GDALOpen(SPY, GA_ReadOnly);
    require(first != NULL);
    for (int i = 0; i < COUNT_OF(shapes); i++) {
        const Shape *shape = &shapes[i];
        const GDALDatasetH other = GDALOpen(shape->name, GA_ReadOnly);
        require(other != NULL);
        test_context("%s", shape->name);
        expect_int_eq(same_shape(first, other, SHAPE_RASTER), shape->raster);
        expect_int_eq(same_shape(first, other, SHAPE_SAMPLES), shape->samples);
        expect_int_eq(same_shape(first, other, SHAPE_BLOCKS), shape->blocks);
        expect_int_eq(same_shape(other, first, SHAPE_BLOCKS), shape->blocks);
        GDALClose(other);
    }
    GDALClose(first);
}

TEST_CASE(dataset, names_that_are_read_in_order)
{
    static const char *const in_order[] = {
        "/vsigzip//data/a.tif.gz",
        "/vsizip//data/a.zip/in.tif",
        "/vsitar//data/a.tgz/in.tif",
        "/vsi7z//data/a.7z/in.tif",
        "/vsirar//data/a.rar/in.tif",
        "/vsicrypt/key=secret,file=/data/a.bin",
        "/vsistdin/",
        "/vsisubfile/10_20,/vsigzip//data/a.gz",
        "GTIFF_DIR:2:/vsizip//data/a.zip/in.tif",
    };
    static const char *const not_in_order[] = {"/data/a.tif", "/vsimem/a.tif",
                                               "/vsisubfile/10_20,/data/a.tif",
                                               "zip/a.tif"};
    for (int i = 0; i < COUNT_OF(in_order); i++) {
        test_context("%s", in_order[i]);
        expect_true(container_reads_in_order(in_order[i]));
    }
    for (int i = 0; i < COUNT_OF(not_in_order); i++) {
        test_context("%s", not_in_order[i]);
        expect_true(!container_reads_in_order(not_in_order[i]));
    }
}
