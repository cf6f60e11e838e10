/* who.c - everybody who is known: from the configuration, and by policies.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "access/who.h"
#include "base/hash.h"

struct walk {
    const struct access *access;
    void (*fn)(void *user, const struct principal *who);
    void *user;
    struct smap told;
};

static void tell(struct walk *w, const struct principal *who)
{
    if (smap_put(&w->told, who->name, strlen(who->name), w) == NULL)
        w->fn(w->user, who);
}

static void tell_configured(void *user, const struct principal *who)
{
    tell(user, who);
}

static int tell_policy(void *user, const void *row)
{
    const struct ipam_access_policy *policy = row;
    struct principal who = { .role = NULL };
    snprintf(who.name, sizeof(who.name), STR_FMT, STR_ARG(policy->principal));
    tell(user, &who);
    return 0;
}

void access_each_principal(const struct access *a, const struct view *v,
                           void (*fn)(void *user, const struct principal *who), void *user)
{
    struct walk w = { .access = a, .fn = fn, .user = user };
    smap_init(&w.told);
    access_each_configured(a, tell_configured, &w);
    view_each(v, IPAM_T_ACCESS_POLICY, tell_policy, &w);
    smap_fini(&w.told);
}

struct search {
    struct ipam_str name;
    struct principal *ret;
};

static void match(void *user, const struct principal *who)
{
    struct search *s = user;
    if (str_is(s->name, who->name))
        *s->ret = *who;
}

bool access_principal(const struct access *a, struct ipam_str name, struct principal *ret)
{
    static const char *const kinds[] = { "user:", "group:", "token:", "cert:", "uid:" };
    struct search s = { name, ret };
    bool known = false;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        known = known || (name.len > strlen(kinds[i]) && memcmp(name.data, kinds[i], strlen(kinds[i])) == 0);
    if (!known || name.len >= sizeof(ret->name))
        return false;
    *ret = (struct principal){ .role = NULL };
    snprintf(ret->name, sizeof(ret->name), STR_FMT, STR_ARG(name));
    access_each_configured(a, match, &s);
    return true;
}
