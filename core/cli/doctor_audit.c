/* doctor_audit.c - looks at the evidence of the change log: who signs it, and whether it leaves this machine.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/client.h"
#include "cli/doctor.h"

/* The file, or the folder it will be in. */
static bool device_of(const char *path, dev_t *ret)
{
    char folder[1024];
    const char *slash = strrchr(path, '/');
    struct stat st;
    bool there = stat(path, &st) == 0;

    snprintf(folder, sizeof(folder), "%.*s", slash == NULL || slash == path ? 1 : (int)(slash - path), path);
    if (!there && stat(folder, &st) != 0)
        return false;
    *ret = st.st_dev;
    return true;
}

static void look_at_key(struct doctor *d, const char *path)
{
    struct stat st;

    if (path != NULL && stat(path, &st) == 0 && (st.st_mode & 077) != 0)
        found(d, "audit-key-mode", FINDING_ERROR, path, "its mode is %04o", (unsigned)st.st_mode & 07777);
}

static void look_at_sink(struct doctor *d, const char *file)
{
    dev_t sink, database;

    if (file != NULL && d->storage != NULL && device_of(file, &sink) && device_of(d->storage, &database) &&
        sink == database)
        found(d, "audit-disk", FINDING_WARNING, file, "it is where %s is", d->storage);
}

/* What the running daemon says of them. */
static void ask(struct doctor *d)
{
    struct client_answer a;
    const struct json *root;
    const char *problem;

    if (!d->answering || client_peek(d->client, "/api/v1/audit/checkpoints?limit=1", &a) != CLI_OK)
        return;
    root = json_root(a.doc);
    problem = conf_text(d, json_get(root, "problem"));
    if (problem != NULL)
        found(d, "audit-failing", FINDING_ERROR, "checkpoints", "%s", problem);
    for (const struct json *s = json_first(json_get(root, "sinks")); s != NULL; s = json_next(s)) {
        const char *name = conf_text(d, json_get(s, "name"));

        problem = conf_text(d, json_get(s, "problem"));
        if (problem != NULL && name != NULL)
            found(d, "audit-failing", FINDING_ERROR, name, "%s", problem);
    }
    client_answer_fini(&a);
}

void look_audit(struct doctor *d)
{
    const struct json *audit = d->config != NULL ? json_get(json_root(d->config), "audit") : NULL, *sinks;

    if (d->config == NULL || d->config_broken) {
        skipped(d, LOOK_AUDIT, "there is no configuration that is right");
        return;
    }
    if (audit == NULL)
        return; /* it is not wanted */
    sinks = json_get(audit, "sinks");
    if (json_first(sinks) == NULL)
        found(d, "audit-sink", FINDING_WARNING, d->config_path, "\"audit\" has no \"sinks\"");
    look_at_key(d, conf_text(d, json_get(audit, "key")));
    look_at_key(d, conf_text(d, json_get(audit, "next_key")));
    for (const struct json *s = json_first(sinks); s != NULL; s = json_next(s))
        look_at_sink(d, conf_text(d, json_get(s, "file")));
    ask(d);
}
