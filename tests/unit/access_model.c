/* access_model.c - access control as a model that knows neither paths nor tries: it looks at everything each time.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "access_model.h"

size_t operation_count(void)
{
    size_t n = 0;
    while (access_operations[n].name != NULL)
        n++;
    return n;
}

bool within(const struct model *m, int scope, int in)
{
    while (scope != in && scope > 0)
        scope = m->scopes[scope].parent;
    return scope == in;
}

int level(const struct model *m, int scope)
{
    int n = 1;
    for (; scope > 0; scope = m->scopes[scope].parent)
        n++;
    return n;
}

int height(const struct model *m, int top)
{
    int most = 0;
    for (int i = 0; i < SCOPES; i++)
        if (m->scopes[i].there && within(m, i, top) && level(m, i) - level(m, top) > most)
            most = level(m, i) - level(m, top);
    return most;
}

/* The smallest thing of a kind that holds first to last; -1: none. */
static int around(const struct model *m, enum kind kind, const struct thing *t, bool strict)
{
    int found = -1;
    for (int i = 0; i < THINGS; i++) {
        const struct thing *o = &m->things[i];
        if (!o->there || o->kind != kind || o->space != t->space || o->first > t->first || o->last < t->last ||
            (strict && o->first == t->first && o->last == t->last))
            continue;
        if (found < 0 || o->last - o->first < m->things[found].last - m->things[found].first)
            found = i;
    }
    return found;
}

int effective(const struct model *m, const struct thing *t)
{
    static const enum kind upwards[] = { RANGE, SUBNET, BLOCK };
    if (t->own >= 0)
        return t->own;
    if (t->kind == SPACE)
        return 0;
    /* what may hold it: of an address all, of a range subnets and blocks, of others blocks */
    for (size_t k = t->kind == ADDRESS ? 0 : t->kind == RANGE ? 1 : 2; k < sizeof(upwards) / sizeof(upwards[0]); k++) {
        int up = around(m, upwards[k], t, t->kind == BLOCK);
        if (up >= 0)
            return effective(m, &m->things[up]);
    }
    return effective(m, &m->things[t->space]);
}

const struct role *built_in(int role)
{
    const struct role *r = access_role_next(NULL);
    for (int i = ROLES; i < role; i++)
        r = access_role_next(r);
    return r;
}

bool is_group(int role)
{
    return role >= ROLES && access_role_is_group(built_in(role));
}

static bool role_has(const struct model *m, int role, const struct operation *op)
{
    return role < ROLES ? m->custom[role][op - access_operations] : access_role_allows(built_in(role), op);
}

/* Of a pair, or of a token: role -1: any. `at` -1: on no object. */
static bool may(const struct model *m, int role, int scope, const struct operation *op, int at)
{
    bool reads = (op->flags & OPERATION_READS) != 0, groups = (op->flags & OPERATION_GROUPS) != 0;
    if (groups)
        return scope == 0 && (role < 0 || (is_group(role) && role_has(m, role, op)));
    if (!reads && role >= 0 && !role_has(m, role, op))
        return false;
    if ((op->flags & OPERATION_ADMIN) != 0)
        return scope == 0;
    return at < 0 || (op->flags & OPERATION_UNSCOPED) != 0 || within(m, at, scope);
}

enum access_verdict verdict(const struct model *m, const struct operation *op, int at, int64_t now, bool token,
                                   int role, int scope)
{
    bool seen = false, all = false, held = false;
    for (int i = 0; i < PAIRS; i++) {
        const struct pair *p = &m->pairs[i];
        if (!p->there || now < p->from || now >= p->until)
            continue;
        all = all || p->scope == 0;
        seen = seen || at < 0 || within(m, at, p->scope);
        held = held || may(m, p->role, p->scope, op, at);
    }
    if (token) {
        all = all && scope == 0;
        seen = seen && (at < 0 || within(m, at, scope));
        held = held && may(m, role, scope, op, at);
    }
    if (at >= 0 && !seen)
        return ACCESS_HIDDEN;
    if (at < 0 && (op->flags & OPERATION_WHOLE) != 0 && !all)
        return ACCESS_DENIED;
    return held ? ACCESS_ALLOWED : ACCESS_DENIED;
}
