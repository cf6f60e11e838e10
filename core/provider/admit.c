/* admit.c - whom the process of a plugin may reach: the servers of the instances in it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "provider/admit.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "keeper/door.h"
#include "provider/fence.h"

static void on_refused(void *user, const char *what, unsigned count)
{
    struct helper *h = user;

    h->plugin->refused += count;
    log_event_with(
        LOG_WARN_, "network-refused",
        LOG_FIELDS(LOG_TEXT("plugin", h->plugin->name), LOG_TEXT("address", what)),
        "the plugin %s tried to reach %s, which none of its servers is, %u times: is a name of the "
        "inventory looked up differently here? Else do not trust the plugin",
        h->plugin->name, what, count);
}

void admit_begin(struct helper *h, int door)
{
    h->door = door >= 0 ? door_open(h->providers->loop, door, on_refused, h) : NULL;
}

void admit_end(struct helper *h)
{
    door_close(h->door);
    h->door = NULL;
}

static bool admit(void *user, const struct instance *inst, const char *server)
{
    struct helper *h = user;
    bool told = door_tell(h->door, true, server);

    (void)inst;
    if (!told)
        helper_condemn(h, "its doorman does not listen");
    return told;
}

void admit_instance(struct instance *inst)
{
    if (inst->helper->door)
        fence_each_server(inst, admit, inst->helper);
}

void admit_echo(const struct instance *inst, const struct ipam_addrs *addresses)
{
    if (inst->helper->door && !door_tell_echo(inst->helper->door, addresses))
        helper_condemn(inst->helper, "its doorman does not listen");
}

/* False: this is the one that is looked for. */
static bool differs(void *user, const struct instance *inst, const char *server)
{
    (void)inst;
    return strcmp(server, user) != 0;
}

static bool dismiss(void *user, const struct instance *inst, const char *server)
{
    struct helper *h = user;
    char text[OPTION_TEXT_MAX + 1];

    snprintf(text, sizeof(text), "%s", server);
    for (const struct instance *other = h->instances; other; other = other->helper_next)
        if (other != inst && !fence_each_server(other, differs, text))
            return true;
    door_tell(h->door, false, server);
    return true;
}

void admit_no_more(struct instance *inst)
{
    if (inst->helper->door)
        fence_each_server(inst, dismiss, inst->helper);
}
