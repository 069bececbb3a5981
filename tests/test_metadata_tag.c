/* SPDX-License-Identifier: MIT */
#include "metadata_tag.h"

#include "gtest_c.h"

static void set(Ifd *ifd, const char *name, const char *value,
                const char *sample)
{
    const MetadataItem item = {.name = name, .value = value, .sample = sample};
    Status status = {.code = STATUS_OK};
    expect_true(metadata_tag_set(ifd, &item, &status));
    expect_int_eq(status.code, STATUS_OK);
}

static void expect_text(const Ifd *ifd, const char *text)
{
    const char *found = ifd_text(ifd, TAG_GDAL_METADATA);
    expect_str_eq(found != NULL ? found : "none", text);
}

TEST_CASE(metadata_tag, items_are_added_replaced_and_removed)
{
    Ifd *ifd = ifd_new();
    set(ifd, "RESAMPLING", "AVERAGE", "0");
    expect_text(ifd, "<GDALMetadata>\n"
                     "  <Item name=\"RESAMPLING\" sample=\"0\">AVERAGE</Item>\n"
                     "</GDALMetadata>\n");
    set(ifd, "RESAMPLING", "a<b", NULL);
    set(ifd, "RESAMPLING", "MODE", "0");
    expect_text(ifd, "<GDALMetadata>\n"
                     "  <Item name=\"RESAMPLING\">a&lt;b</Item>\n"
                     "  <Item name=\"RESAMPLING\" sample=\"0\">MODE</Item>\n"
                     "</GDALMetadata>\n");
    set(ifd, "RESAMPLING", "", "0");
    set(ifd, "RESAMPLING", NULL, NULL);
    expect_text(ifd, "none");
    set(ifd, "RESAMPLING", NULL, "0");
    expect_text(ifd, "none");
    ifd_free(ifd);
}

TEST_CASE(metadata_tag, what_is_no_xml_is_refused)
{
    static const char text[] = "<GDALMetadata";
    Ifd *ifd = ifd_new();
    Status status = {.code = STATUS_OK};
    const MetadataItem item = {.name = "a", .value = "b"};
    ifd_set(ifd, TAG_GDAL_METADATA, IFD_ASCII, sizeof text, text, &status);
    expect_true(!metadata_tag_set(ifd, &item, &status));
    expect_int_eq(status.code, STATUS_INVALID);
    expect_text(ifd, text);
    ifd_free(ifd);
}
