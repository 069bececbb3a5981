/* SPDX-License-Identifier: MIT */
#include "faults.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#include <libdeflate.h>

#include "lies.h"

static atomic_int armed; /**< a Fault */
static int64_t first;    /**< set while nothing is armed */
static bool all_after;
static atomic_llong calls, struck, held;

void fault_arm(Fault fault, int64_t nth, bool for_good)
{
    first = nth;
    all_after = for_good;
    atomic_store(&calls, 0);
    atomic_store(&struck, 0);
    atomic_store(&held, 0);
    atomic_store(&armed, fault);
}

FaultReport fault_disarm(void)
{
    atomic_store(&armed, FAULT_NONE);
    return (FaultReport){.calls = atomic_load(&calls),
                         .struck = atomic_load(&struck),
                         .held = atomic_load(&held)};
}

bool fault_is_armed(Fault fault)
{
    return atomic_load(&armed) == (int)fault;
}

bool fault_strikes(Fault fault)
{
    if (!fault_is_armed(fault))
        return false;
    const int64_t call = 1 + atomic_fetch_add(&calls, 1);
    const bool strikes =
        first > 0 && (all_after ? call >= first : call == first);
    if (strikes)
        atomic_fetch_add(&struck, 1);
    return strikes;
}

/** Counts what is allocated while a fault is armed.
 * @return @p memory */
static void *taken(void *memory)
{
    if (memory != NULL && atomic_load(&armed) != FAULT_NONE)
        atomic_fetch_add(&held, 1);
    return memory;
}

static void given_back(const void *memory)
{
    if (memory != NULL && atomic_load(&armed) != FAULT_NONE)
        atomic_fetch_sub(&held, 1);
}

/* The linker has calls of malloc() call __wrap_malloc(), and those of
 * __real_malloc() malloc(). The linker takes GDAL's calls, which do not come
 * by here, for ones that might: that is why all are exported. The names
 * are the linker's. */
#pragma GCC visibility push(default)
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

void *__real_malloc(size_t nbytes);
void *__real_calloc(size_t count, size_t nbytes);
void *__real_realloc(void *memory, size_t nbytes);
void *__real_aligned_alloc(size_t alignment, size_t nbytes);
int __real_posix_memalign(void **memory, size_t alignment, size_t nbytes);
void __real_free(void *memory);
void *__real_VSIMalloc(size_t nbytes);
void *__real_VSICalloc(size_t count, size_t nbytes);
struct libdeflate_compressor *__real_libdeflate_alloc_compressor(int level);
void __real_libdeflate_free_compressor(
    struct libdeflate_compressor *compressor);
size_t __real_libdeflate_zlib_compress(struct libdeflate_compressor *compressor,
                                       const void *in, size_t in_nbytes,
                                       void *out, size_t out_nbytes_avail);
struct libdeflate_decompressor *__real_libdeflate_alloc_decompressor(void);
void __real_libdeflate_free_decompressor(
    struct libdeflate_decompressor *decompressor);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*run)(void *), void *argument);
int __real_fsync(int file);

void *__wrap_malloc(size_t nbytes);
void *__wrap_calloc(size_t count, size_t nbytes);
void *__wrap_realloc(void *memory, size_t nbytes);
void *__wrap_aligned_alloc(size_t alignment, size_t nbytes);
int __wrap_posix_memalign(void **memory, size_t alignment, size_t nbytes);
void __wrap_free(void *memory);
void *__wrap_VSIMalloc(size_t nbytes);
void *__wrap_VSICalloc(size_t count, size_t nbytes);
struct libdeflate_compressor *__wrap_libdeflate_alloc_compressor(int level);
void __wrap_libdeflate_free_compressor(
    struct libdeflate_compressor *compressor);
size_t __wrap_libdeflate_zlib_compress(struct libdeflate_compressor *compressor,
                                       const void *in, size_t in_nbytes,
                                       void *out, size_t out_nbytes_avail);
struct libdeflate_decompressor *__wrap_libdeflate_alloc_decompressor(void);
void __wrap_libdeflate_free_decompressor(
    struct libdeflate_decompressor *decompressor);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*run)(void *), void *argument);
int __wrap_fsync(int file);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

void *__wrap_malloc(size_t nbytes)
{
    return fault_strikes(FAULT_MEMORY) ? NULL : taken(__real_malloc(nbytes));
}

void *__wrap_calloc(size_t count, size_t nbytes)
{
    return fault_strikes(FAULT_MEMORY) ? NULL
                                       : taken(__real_calloc(count, nbytes));
}

void *__wrap_realloc(void *memory, size_t nbytes)
{
    if (fault_strikes(FAULT_MEMORY))
        return NULL;
    return memory == NULL ? taken(__real_malloc(nbytes))
                          : __real_realloc(memory, nbytes);
}

void *__wrap_aligned_alloc(size_t alignment, size_t nbytes)
{
    return fault_strikes(FAULT_MEMORY)
               ? NULL
               : taken(__real_aligned_alloc(alignment, nbytes));
}

int __wrap_posix_memalign(void **memory, size_t alignment, size_t nbytes)
{
    if (fault_strikes(FAULT_MEMORY))
        return ENOMEM;
    const int error = __real_posix_memalign(memory, alignment, nbytes);
    if (error == 0)
        taken(*memory);
    return error;
}

void __wrap_free(void *memory)
{
    given_back(memory);
    __real_free(memory);
}

/* Not counted as held: VSIFree() is for what GDAL has allocated, too. */
void *__wrap_VSIMalloc(size_t nbytes)
{
    return fault_strikes(FAULT_MEMORY) ? NULL : __real_VSIMalloc(nbytes);
}

void *__wrap_VSICalloc(size_t count, size_t nbytes)
{
    return fault_strikes(FAULT_MEMORY) ? NULL : __real_VSICalloc(count, nbytes);
}

struct libdeflate_compressor *__wrap_libdeflate_alloc_compressor(int level)
{
    return fault_strikes(FAULT_MEMORY)
               ? NULL
               : taken(__real_libdeflate_alloc_compressor(level));
}

void __wrap_libdeflate_free_compressor(struct libdeflate_compressor *compressor)
{
    given_back(compressor);
    __real_libdeflate_free_compressor(compressor);
}

struct libdeflate_decompressor *__wrap_libdeflate_alloc_decompressor(void)
{
    return fault_strikes(FAULT_MEMORY)
               ? NULL
               : taken(__real_libdeflate_alloc_decompressor());
}

void __wrap_libdeflate_free_decompressor(
    struct libdeflate_decompressor *decompressor)
{
    given_back(decompressor);
    __real_libdeflate_free_decompressor(decompressor);
}

static size_t compress(void *compressor, const void *in, size_t in_nbytes,
                       void *out, size_t capacity)
{
    return __real_libdeflate_zlib_compress(compressor, in, in_nbytes, out,
                                           capacity);
}

size_t __wrap_libdeflate_zlib_compress(struct libdeflate_compressor *compressor,
                                       const void *in, size_t in_nbytes,
                                       void *out, size_t out_nbytes_avail)
{
    return fault_strikes(FAULT_CODEC)
               ? 0
               : lie_encode(compress, compressor, in, in_nbytes, out,
                            out_nbytes_avail);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*run)(void *), void *argument)
{
    return fault_strikes(FAULT_THREAD)
               ? EAGAIN
               : __real_pthread_create(thread, attributes, run, argument);
}

int __wrap_fsync(int file)
{
    if (!fault_strikes(FAULT_SYNC))
        return __real_fsync(file);
    errno = EIO;
    return -1;
}
