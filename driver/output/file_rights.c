/* SPDX-License-Identifier: MIT */
#include "file_rights.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "cpl_port.h"
#include "cpl_vsi.h"

#define ACCESS_LIST "system.posix_acl_access"

/** @return whether a call did what it should, or may not */
static bool is_done_or_not_allowed(int result)
{
    return result == 0 || errno == EPERM || errno == EACCES ||
           errno == ENOTSUP || errno == EINVAL || errno == ENODATA;
}

/** @return whether an attribute says something of the content, which is
 * another's in the new file: what a program may do, or what it was when it was
 * signed */
static bool is_of_content(const char *attribute)
{
    static const char *const names[] = {"security.capability", "security.ima",
                                        "security.evm"};
    bool found = false;
    for (size_t i = 0; !found && i < sizeof names / sizeof *names; i++)
        found = strcmp(attribute, names[i]) == 0;
    return found;
}

static bool hand_on_attribute(const char *from, const char *to,
                              const char *attribute)
{
    const ssize_t nbytes = getxattr(from, attribute, NULL, 0);
    if (nbytes < 0)
        return is_done_or_not_allowed(-1);
    char *value = malloc((size_t)nbytes + 1);
    bool ok = value != NULL;
    if (ok) {
        const ssize_t got = getxattr(from, attribute, value, (size_t)nbytes);
        ok = is_done_or_not_allowed(
            got < 0 ? -1 : setxattr(to, attribute, value, (size_t)got, 0));
    }
    free(value);
    return ok;
}

static bool hand_on_attributes(const char *from, const char *to)
{
    const ssize_t nbytes = listxattr(from, NULL, 0);
    if (nbytes <= 0)
        return nbytes == 0 || is_done_or_not_allowed(-1);
    char *names = malloc((size_t)nbytes);
    const ssize_t got =
        names != NULL ? listxattr(from, names, (size_t)nbytes) : -1;
    bool ok = got >= 0;
    for (ssize_t i = 0; ok && i < got; i += (ssize_t)strlen(names + i) + 1)
        ok = is_of_content(names + i) || hand_on_attribute(from, to, names + i);
    free(names);
    return ok;
}

/** @return the bits of @p mode that the new file may have */
static mode_t hand_on_owner(const struct stat *there, const char *to)
{
    const mode_t all = there->st_mode & 07777;
    if (chown(to, there->st_uid, there->st_gid) == 0)
        return all;
    return chown(to, (uid_t)-1, there->st_gid) == 0
               ? all & ~(mode_t)S_ISUID
               : all & ~(mode_t)(S_ISUID | S_ISGID);
}

bool file_rights_hand_on(const char *from, const char *to, Status *status)
{
    struct stat there;
    if (STARTS_WITH(from, "/vsi") || STARTS_WITH(to, "/vsi") ||
        stat(from, &there) != 0)
        return true;
    errno = 0;
    const mode_t mode = hand_on_owner(&there, to);
    /* The folder may have given the new file a list of its own, whose mask the
     * mode would set. The older one's, if any, comes with its attributes. */
    return (is_done_or_not_allowed(removexattr(to, ACCESS_LIST)) &&
            hand_on_attributes(from, to) &&
            /* Last: it may forbid us to write. */
            is_done_or_not_allowed(chmod(to, mode))) ||
           status_fail(status, STATUS_IO, "cannot give %s the rights of %s: %s",
                       to, from, VSIStrerror(errno));
}
