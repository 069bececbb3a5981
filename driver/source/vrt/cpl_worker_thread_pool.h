/* SPDX-License-Identifier: MIT */
/** @file
 * Stands in for a header of GDAL's that gdalpansharpen.h includes and that GDAL
 * 3.6 does not install: a pointer to the class is all that is needed. Where
 * GDAL installs its own, that is found first, being in the folder of the header
 * that includes it.
 */
#ifndef ROWBAND_CPL_WORKER_THREAD_POOL_H
#define ROWBAND_CPL_WORKER_THREAD_POOL_H

#ifdef __cplusplus
class CPLWorkerThreadPool;
#endif

#endif
