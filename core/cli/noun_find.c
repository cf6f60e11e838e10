/* noun_find.c - a noun or verb by what was typed, and what to say when there is none.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/nouns.h"

const struct noun *noun_find(const char *name)
{
    for (const struct noun *n = nouns; n->name != NULL; n++)
        if (strcmp(n->name, name) == 0)
            return n;
    return NULL;
}

const struct noun *noun_of_type(uint32_t type)
{
    for (const struct noun *n = nouns; n->name != NULL; n++)
        if (n->type == type)
            return n;
    return NULL;
}

const struct verb *verb_find(const struct noun *n, const char *name)
{
    for (const struct verb *const *v = n->verbs; *v != NULL; v++)
        if ((*v)->name != NULL && strcmp((*v)->name, name) == 0)
            return *v;
    return NULL;
}

static int unknown(const char *what, const char *name, const char *best, const struct strbuf *all)
{
    if (best != NULL)
        cli_error("unknown %s '%s'; did you mean '%s'? There are:%s", what, name, best, all->data);
    else
        cli_error("unknown %s '%s'. There are:%s", what, name, all->data);
    return CLI_USAGE;
}

int noun_unknown(const char *name)
{
    const char *best = NULL;
    unsigned distance = 0;
    struct strbuf all;
    int rc;

    strbuf_init(&all, 4096);
    for (const struct noun *n = nouns; n->name != NULL; n++) {
        text_nearest(name, n->name, &best, &distance);
        strbuf_printf(&all, " %s", n->name);
    }
    rc = unknown("noun", name, best, &all);
    strbuf_fini(&all);
    return rc;
}

int verb_unknown(const struct noun *n, const char *name)
{
    const char *best = NULL;
    unsigned distance = 0;
    struct strbuf all, what;
    int rc;

    strbuf_init(&all, 4096);
    strbuf_init(&what, 64);
    strbuf_printf(&what, "verb of %s", n->name);
    for (const struct verb *const *v = n->verbs; *v != NULL; v++) {
        text_nearest(name, (*v)->name, &best, &distance);
        strbuf_printf(&all, " %s", (*v)->name);
    }
    rc = unknown(what.data, name, best, &all);
    strbuf_fini(&what);
    strbuf_fini(&all);
    return rc;
}
