/* doctor_sandbox.c - looks at what fences the daemon and its plugins in.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/doctor.h"
#include "sandbox/sandbox.h"

/* The value of a line "KEY:<tab>VALUE" of /proc/PID/status, in the arena; "" when there is none. */
static const char *status_value(struct doctor *d, const char *text, const char *key)
{
    const char *at = strstr(text, key);

    if (at == NULL)
        return "";
    at += strlen(key);
    at += strspn(at, "\t ");
    return arena_memdup(&d->c->arena, at, strcspn(at, "\n"));
}

static bool is_fenced(struct doctor *d, long pid, bool calls)
{
    char path[64], *text;

    snprintf(path, sizeof(path), "/proc/%ld/status", pid);
    text = doctor_read(d, path);
    if (text == NULL) /* it has gone */
        return true;
    return strcmp(status_value(d, text, "\nNoNewPrivs:"), "1") == 0 &&
           (!calls || strcmp(status_value(d, text, "\nSeccomp:"), "2") == 0) &&
           strspn(status_value(d, text, "\nCapEff:"), "0") == 16;
}

/* The process and those it started. */
static void look_at_processes(struct doctor *d, long pid, bool calls, unsigned depth)
{
    char path[96], *children, *end;

    if (!is_fenced(d, pid, calls))
        found(d, "sandbox-process", FINDING_ERROR, arena_printf(&d->c->arena, "process %ld", pid),
              "it may gain privileges, has some, or its system calls are not filtered (/proc/%ld/status)",
              pid);
    snprintf(path, sizeof(path), "/proc/%ld/task/%ld/children", pid, pid);
    children = depth > 0 ? doctor_read(d, path) : NULL;
    while (children != NULL && *children != '\0') {
        long child = strtol(children, &end, 10);

        if (end == children)
            break;
        look_at_processes(d, child, calls, depth - 1);
        children = end;
    }
}

/* systemd's filter is one of addresses for all processes of the unit. */
static bool unit_fences(struct doctor *d)
{
    const char *path, *text = unit_text(d, &path),
                      *deny = text != NULL ? unit_value(d, text, "IPAddressDeny") : NULL;

    return deny != NULL && (strcmp(deny, "any") == 0 || strcmp(deny, "0.0.0.0/0 ::/0") == 0);
}

static bool is_word(struct doctor *d, const struct json *object, const char *key, const char *word)
{
    const char *text = conf_text(d, json_get(object, key));

    return text != NULL && strcmp(text, word) == 0;
}

/* Plugins that run in the daemon's process; in one of its own each is behind a fence, where there can be
 * one. */
static void look_at_isolation(struct doctor *d, const struct json *root)
{
    for (const struct json *v = json_first(json_get(root, "plugins")); v != NULL; v = json_next(v))
        if (is_word(d, v, "isolation", "none"))
            found(d, "network-fence", FINDING_WARNING, d->config_path,
                  "the plugin %s runs in the daemon's process; \"isolation\": \"process\" puts it behind a "
                  "fence",
                  conf_text(d, json_get(v, "name")));
}

static void look_at_addresses(struct doctor *d, const struct sandbox_abilities *can)
{
    const struct json *root = d->config != NULL ? json_root(d->config) : NULL;

    if (unit_fences(d) || is_word(d, root, "sandbox", "off")) /* which is a finding of its own */
        return;
    if (!can->network)
        found(d, "network-fence", FINDING_WARNING, "this machine",
              can->calls ? "there is no network fence for this kind of machine; use x86-64 or 64-bit Arm"
                         : "it needs a kernel and a build that filter system calls");
    else if (is_word(d, root, "network_fence", "off"))
        found(d, "network-fence", FINDING_WARNING, d->config_path,
              "\"network_fence\" is \"off\"; set it to \"on\" and restart the daemon");
    else
        look_at_isolation(d, root);
}

void look_sandbox(struct doctor *d)
{
    const char *mode = d->config != NULL ? conf_text(d, json_get(json_root(d->config), "sandbox")) : NULL;
    struct sandbox_abilities can;

    sandbox_probe(&can);
    if (can.missing[0])
        found(d, "sandbox-kernel", FINDING_WARNING, "this machine", "%s", can.missing);
    if (mode != NULL && strcmp(mode, "off") == 0)
        found(d, "sandbox-off", FINDING_WARNING, d->config_path, "\"sandbox\" is \"off\"");
    else if (d->pid != 0)
        look_at_processes(d, (long)d->pid, can.calls, 2);
    look_at_addresses(d, &can);
}
