/* fence.c - what the process of a plugin may reach, by the options of the instances in it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "provider/fence.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

#define DNS_PORT "53" /* an answer that does not fit a datagram comes by TCP */

void fence_begin(const struct providers *p, struct sandbox_words *ret)
{
    sandbox_words_begin(ret, p->sandbox);
    sandbox_words_add(ret, "port", DNS_PORT);
    if (p->network)
        sandbox_words_add(ret, "network", "");
}

static void add(struct sandbox_words *w, const struct plugin *pl, const char *word, const char *value)
{
    if (!sandbox_words_add(w, word, value))
        log_event_with(
            LOG_WARN_, "sandbox-full", LOG_FIELDS(LOG_TEXT("plugin", pl->name)),
            "the process of the plugin %s is not given %s %s: all it may reach has %d bytes, and a line "
            "has no line end; spread its servers with \"helpers\", or shorten the paths",
            pl->name, word, value, SANDBOX_WORDS_MAX);
}

void fence_add(struct sandbox_words *w, const struct plugin *pl, const struct options *options)
{
    const struct option_table *t = &pl->options;
    bool names_ports = false;

    for (unsigned i = 0; i < t->count; i++) {
        const struct option_value *v = &options->values[i];
        char text[OPTION_TEXT_MAX + 1];

        names_ports |= (t->items[i].flags & IPAM_OPT_PORT) != 0;
        if (!v->present)
            continue;
        if (t->items[i].kind == IPAM_OPT_PATH) {
            snprintf(text, sizeof(text), "%.*s", (int)v->text.len, v->text.data);
            add(w, pl, "path", text);
        } else if (t->items[i].flags & IPAM_OPT_PORT) {
            snprintf(text, sizeof(text), "%" PRId64, v->number);
            add(w, pl, "port", text);
        }
    }
    if (!names_ports)
        add(w, pl, "any-port", "");
}

void fence_add_instance(struct sandbox_words *w, const struct instance *inst)
{
    fence_add(w, inst->plugin, &inst->options);
    if (inst->kind == IPAM_KIND_REACH)
        add(w, inst->plugin, "echo", "");
}

/* --- servers, which come and go while the process runs --- */

static bool add_server(const struct instance *inst, struct ipam_str server,
                       bool (*each)(void *user, const struct instance *inst, const char *server), void *user)
{
    char text[OPTION_TEXT_MAX + 1];

    snprintf(text, sizeof(text), "%.*s", (int)server.len, server.data);
    return each(user, inst, text);
}

bool fence_each_server(const struct instance *inst,
                       bool (*each)(void *user, const struct instance *inst, const char *server), void *user)
{
    const struct option_table *t = inst->options.table;
    bool on = inst->target[0] == '\0' || each(user, inst, inst->target);

    for (unsigned i = 0; i < t->count && on; i++) {
        const struct option_value *v = &inst->options.values[i];

        if (!v->present || !(t->items[i].flags & IPAM_OPT_SERVER))
            continue;
        if (t->items[i].kind != IPAM_OPT_LIST)
            on = add_server(inst, v->text, each, user);
        for (size_t k = 0; t->items[i].kind == IPAM_OPT_LIST && k < v->items.count && on; k++)
            on = add_server(inst, v->items.items[k], each, user);
    }
    return on;
}
