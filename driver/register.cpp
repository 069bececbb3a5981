/* SPDX-License-Identifier: MIT */
/** @file
 * The C++ that GDAL forces on us: callbacks can be assigned to a driver
 * object only in C++.
 */
#include "create_copy.h"
#include "created_dataset.h"
#include "option_list.h"
#include "part_names.h"
#include "parts_dataset.h"
#include "versions.h"

#include "cpl_string.h"
#include "gdal_priv.h"

#include <mutex>
#include <utility>

namespace
{

const char driver_name[] = "ROWBAND";

/* GDAL 3.13 declares the option list as CSLConstList, earlier ones as
 * char **: whichever it is, the assignment below picks it. */
template <class OptionList>
GDALDataset *create_copy_callback(const char *target, GDALDataset *source,
                                  int strict, OptionList options,
                                  GDALProgressFunc progress,
                                  void *progress_data)
{
    return GDALDataset::FromHandle(
        create_copy(target, GDALDataset::ToHandle(source), strict != 0, options,
                    progress, progress_data));
}

template <class OptionList>
GDALDataset *create_callback(const char *target, int width, int height,
                             int bands, GDALDataType type, OptionList options)
{
    return GDALDataset::FromHandle(
        created_dataset_new(target, width, height, bands, type, options));
}

/* What we write is GTiff's to open. We do so only for who names us, as
 * GDALDriver::CreateCopy() does with a target that is there already. Parts are
 * ours, by a name that is no file's. */
bool asked_for_by_name(const GDALOpenInfo *info)
{
    return info->papszAllowedDrivers != nullptr &&
           CSLFindString(const_cast<char **>(info->papszAllowedDrivers),
                         driver_name) >= 0;
}

const char *const gtiff_only[] = {"GTiff", nullptr};

GDALDataset *open_callback(GDALOpenInfo *info)
{
    if (part_names_has_prefix(info->pszFilename))
        return info->eAccess == GA_Update
                   ? nullptr
                   : GDALDataset::FromHandle(
                         parts_dataset_open(info->pszFilename));
    if (!asked_for_by_name(info) || info->eAccess == GA_Update)
        return nullptr;
    return GDALDataset::Open(info->pszFilename, GDAL_OF_RASTER, gtiff_only);
}

int identify_callback(GDALOpenInfo *info)
{
    if (part_names_has_prefix(info->pszFilename))
        return TRUE;
    return asked_for_by_name(info) &&
           GDALIdentifyDriverEx(info->pszFilename, GDAL_OF_RASTER, gtiff_only,
                                nullptr) != nullptr;
}

const char *creation_types()
{
#if GDAL_VERSION_NUM >= GDAL_COMPUTE_VERSION(3, 11, 0)
    return "Byte Int8 UInt16 Int16 UInt32 Int32 UInt64 Int64 Float16 Float32 "
           "Float64 CInt16 CInt32 CFloat16 CFloat32 CFloat64";
#elif GDAL_VERSION_NUM >= GDAL_COMPUTE_VERSION(3, 7, 0)
    return "Byte Int8 UInt16 Int16 UInt32 Int32 UInt64 Int64 Float32 Float64 "
           "CInt16 CInt32 CFloat32 CFloat64";
#else
    return "Byte UInt16 Int16 UInt32 Int32 UInt64 Int64 Float32 Float64 "
           "CInt16 CInt32 CFloat32 CFloat64";
#endif
}

/* Which compressions there are is GTiff's to say, and GTiff is not registered
 * yet when plugins are: the list is made when it is first asked for. */
class Driver final : public GDALDriver
{
  public:
    const char *GetMetadataItem(const char *name,
                                const char *domain = "") override
    {
        if (name != nullptr && EQUAL(name, GDAL_DMD_CREATIONOPTIONLIST))
            make_option_list();
        return GDALDriver::GetMetadataItem(name, domain);
    }

    /* char ** up to GDAL 3.12, CSLConstList in 3.13. */
    auto GetMetadata(const char *domain = "")
        -> decltype(std::declval<GDALDriver>().GetMetadata(domain)) override
    {
        make_option_list();
        return GDALDriver::GetMetadata(domain);
    }

  private:
    std::once_flag once;

    void make_option_list()
    {
        std::call_once(once, [this] {
            char *xml = option_list_xml();
            SetMetadataItem(GDAL_DMD_CREATIONOPTIONLIST, xml);
            CPLFree(xml);
        });
    }
};

} // namespace

extern "C" CPL_DLL void GDALRegister_ROWBAND(void)
{
    if (!GDAL_CHECK_VERSION("ROWBAND driver") ||
        GDALGetDriverByName(driver_name) != nullptr)
        return;

    GDALDriver *driver = new Driver();
    driver->SetDescription(driver_name);
    driver->SetMetadataItem(GDAL_DMD_LONGNAME,
                            "GeoTIFF written in row bands (ROWBAND)");
    driver->SetMetadataItem("ROWBAND_VERSION", rowband_version());
    driver->SetMetadataItem(GDAL_DCAP_RASTER, "YES");
    driver->SetMetadataItem(GDAL_DCAP_VIRTUALIO, "YES");
    driver->SetMetadataItem(GDAL_DCAP_CREATE, "YES");
    driver->SetMetadataItem(GDAL_DCAP_CREATECOPY, "YES");
    driver->SetMetadataItem(GDAL_DCAP_COORDINATE_EPOCH, "YES");
    /* Its name is of GDAL 3.12. */
    driver->SetMetadataItem("DCAP_CREATE_ONLY_VISIBLE_AT_CLOSE_TIME", "YES");
    /* Not tif: whoever writes to a .tif without naming a driver means GTiff,
     * and plugins are asked first. */
    driver->SetMetadataItem(GDAL_DMD_EXTENSION, "rowband");
    driver->SetMetadataItem(GDAL_DMD_EXTENSIONS, "rowband");
    driver->SetMetadataItem(GDAL_DMD_CONNECTION_PREFIX, PART_NAMES_PREFIX);
    driver->SetMetadataItem(GDAL_DMD_MIMETYPE, "image/tiff");
    driver->SetMetadataItem(GDAL_DMD_CREATIONDATATYPES, creation_types());

    driver->pfnCreate = create_callback;
    driver->pfnCreateCopy = create_copy_callback;
    driver->pfnOpen = open_callback;
    driver->pfnIdentify = identify_callback;
    GetGDALDriverManager()->RegisterDriver(driver);
}
