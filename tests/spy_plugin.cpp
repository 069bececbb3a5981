/* SPDX-License-Identifier: MIT */
/** @file
 * The spy as a plugin, for programs that we do not link: with SPY_REPORT=YES
 * in the environment they end with what spy_report() says, on stderr.
 */
#include "spy.h"

#include <cstdio>

#include <cpl_conv.h>
#include <gdal_priv.h>

namespace
{

/* GDAL's programs destroy the drivers last, when all handles are closed. */
void unload(GDALDriver *)
{
    if (CPLTestBool(CPLGetConfigOption("SPY_REPORT", "NO")))
        spy_report(stderr);
}

} // namespace

extern "C" __attribute__((visibility("default"))) void GDALRegister_SPY();

void GDALRegister_SPY()
{
    spy_register();
    GDALDriver *driver = GetGDALDriverManager()->GetDriverByName("SPY");
    if (driver != nullptr)
        driver->pfnUnloadDriver = unload;
}
