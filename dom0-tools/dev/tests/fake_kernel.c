/* SPDX-License-Identifier: Apache-2.0 */
/* Loop devices and network interfaces that exist only here. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "dev/internal.h"
#include "dev/tests/fake_store.h"

#define LINKS_MAX 8

struct link {
    char name[32];
    bool bridge;
    int mtu;
};

static struct link links[LINKS_MAX];
static int link_count;

int fake_loops;
bool fake_no_loop;
char fake_link_log[1024];
const char *fake_link_failure;

/* NULL: forgets all. */
void fake_add_link(const char *name, bool bridge, int mtu)
{
    if (!name) {
        link_count = 0;
        return;
    }
    snprintf(links[link_count].name, sizeof(links[0].name), "%s", name);
    links[link_count].bridge = bridge;
    links[link_count++].mtu = mtu;
}

static struct link *find(const char *name)
{
    for (int i = 0; i < link_count; i++)
        if (!strcmp(links[i].name, name))
            return &links[i];
    return NULL;
}

/* Notes the operation; -1 if it is the one that fails. */
static int note(const char *operation, const char *arguments, char *error)
{
    size_t used = strlen(fake_link_log);

    snprintf(fake_link_log + used, sizeof(fake_link_log) - used, "%s %s\n", operation, arguments);
    if (fake_link_failure && !strcmp(fake_link_failure, operation))
        return dev_fail(error, "%s failed", operation);
    return 0;
}

int dev_loop_attach(const char *file, bool readonly, char *path, size_t size, char *error)
{
    int fd;

    if (fake_no_loop)
        return dev_fail(error, "no loop device for %s: No space left on device", file);
    fd = open(file, readonly ? O_RDONLY : O_RDWR);
    snprintf(path, size, "/dev/loop%d", fake_loops++);
    return fd;
}

bool dev_link_exists(const char *name)
{
    return find(name) != NULL;
}

bool dev_link_is_bridge(const char *name)
{
    return find(name) && find(name)->bridge;
}

int dev_link_mtu(const char *name)
{
    return find(name) ? find(name)->mtu : -1;
}

int dev_link_set_mtu(const char *name, int mtu, char *error)
{
    char text[64];

    snprintf(text, sizeof(text), "%s %d", name, mtu);
    return note("mtu", text, error);
}

int dev_link_rename(const char *name, const char *new_name, char *error)
{
    char text[96];

    snprintf(text, sizeof(text), "%s %s", name, new_name);
    return note("rename", text, error);
}

int dev_link_up(const char *name, char *error)
{
    return note("up", name, error);
}

int dev_bridge_add(const char *bridge, const char *port, char *error)
{
    char text[96];

    snprintf(text, sizeof(text), "%s %s", bridge, port);
    return note("bridge", text, error);
}
