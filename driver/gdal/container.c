/* SPDX-License-Identifier: MIT */
#include "container.h"

#include <stddef.h>
#include <string.h>

#include "cpl_port.h"

/** What comes between the prefix and the name of the file. */
typedef enum Between {
    NOTHING,     /**< or a brace */
    UP_TO_COMMA, /**< where the stretch lies */
    OPTIONS,     /**< perhaps, of which the last is file= */
    NO_FILE
} Between;

typedef struct Container {
    const char *prefix;
    bool in_order;
    Between between;
} Container;

static const Container containers[] = {
    {"/vsizip/", true, NOTHING},  {"/vsigzip/", true, NOTHING},
    {"/vsitar/", true, NOTHING},  {"/vsi7z/", true, NOTHING},
    {"/vsirar/", true, NOTHING},  {"/vsicrypt/", true, OPTIONS},
    {"/vsistdin", true, NO_FILE}, {"/vsisubfile/", false, UP_TO_COMMA},
};
enum { CONTAINERS = sizeof containers / sizeof *containers };

bool container_reads_in_order(const char *name)
{
    for (int i = 0; i < CONTAINERS; i++)
        if (containers[i].in_order && strstr(name, containers[i].prefix))
            return true;
    return false;
}

/** @return what follows the first @p mark, or NULL */
static const char *after(const char *text, const char *mark)
{
    const char *at = strstr(text, mark);
    return at != NULL ? at + strlen(mark) : NULL;
}

const char *container_file(const char *name)
{
    int i = 0;
    while (i < CONTAINERS && !STARTS_WITH(name, containers[i].prefix))
        i++;
    if (i == CONTAINERS || containers[i].between == NO_FILE)
        return NULL;
    name += strlen(containers[i].prefix);
    if (containers[i].between == UP_TO_COMMA)
        return after(name, ",");
    if (containers[i].between == OPTIONS) {
        const char *file = after(name, "file=");
        return file != NULL ? file : name;
    }
    return *name == '{' ? name + 1 : name;
}
