/* realm.c - providers that know users: opened, asked, and what they say judged.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "access/realm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/record.h"

#define ASK_MS      10000
#define GROUPS_MOST 1000
#define GROUP_BYTES 255

struct realm {
    char name[REALM_NAME_MAX];
    struct instance *inst;
};

struct realms {
    struct providers *providers;
    struct realm *items;
    size_t count;
};

struct realms *realms_new(struct providers *providers)
{
    struct realms *r = xcalloc(1, sizeof(*r));
    r->providers = providers;
    return r;
}

void realms_free(struct realms *r)
{
    if (r == NULL)
        return;
    free(r->items);
    free(r);
}

static struct realm *find(const struct realms *r, struct ipam_str name)
{
    for (size_t i = 0; i < r->count; i++)
        if (str_is(name, r->items[i].name))
            return &r->items[i];
    return NULL;
}

bool realms_know(const struct realms *r, struct ipam_str name)
{
    return find(r, name) != NULL;
}

void realms_use(struct realms *r, struct realm_want *wants, size_t count)
{
    struct realm *items = xcalloc(count + 1, sizeof(items[0]));
    for (size_t i = 0; i < count; i++) {
        struct realm *old = find(r, str_from(wants[i].name));
        wants[i].spec.kind = IPAM_KIND_IDENTITY;
        wants[i].spec.target = wants[i].name;
        snprintf(items[i].name, sizeof(items[i].name), "%s", wants[i].name);
        if (old != NULL && old->inst != NULL && instance_same(old->inst, &wants[i].spec)) {
            items[i].inst = old->inst;
            old->inst = NULL;
        } else {
            items[i].inst = instance_open(r->providers, &wants[i].spec, NULL, NULL);
        }
    }
    for (size_t i = 0; i < r->count; i++)
        instance_close(r->items[i].inst);
    free(r->items);
    r->items = items;
    r->count = count;
}

bool realms_need(const struct realms *r, struct ipam_str secret)
{
    for (size_t i = 0; i < r->count; i++)
        if (instance_uses_secret(r->items[i].inst, secret))
            return true;
    return false;
}

/* --- asking --- */

struct question {
    struct arena arena;
    char realm[REALM_NAME_MAX];
    bool answered;
    struct realm_person who;
    realm_answered done;
    void *user;
};

/* A name for rules and for the record of changes: nothing in it that cannot be seen; `least`: the lowest
 * character. */
static bool is_plain(struct ipam_str s, size_t most, unsigned char least)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.data[i] < least || s.data[i] == 0x7f)
            return false;
    return s.len > 0 && s.len <= most;
}

static void on_principal(void *user, const struct ipam_record *rec)
{
    struct question *q = user;
    const struct ipam_principal *p = (const void *)rec;
    if (rec->type != IPAM_T_PRINCIPAL || !is_plain(p->name, REALM_PERSON_MAX, '!'))
        return;
    struct ipam_str *groups = arena_alloc(&q->arena, GROUPS_MOST * sizeof(groups[0]));
    size_t count = 0, room = GROUP_BYTES - strlen(q->realm) - 1;
    for (size_t i = 0; groups != NULL && i < p->groups.count && count < GROUPS_MOST; i++)
        if (is_plain(p->groups.items[i], room, ' '))
            groups[count++] =
                str_from(arena_printf(&q->arena, "%s/" STR_FMT, q->realm, STR_ARG(p->groups.items[i])));
    q->who = (struct realm_person){
        .name = arena_str(&q->arena, p->name),
        .groups = { groups, count },
        .expires = IPAM_HAS_FIELD(p, IPAM_PRINCIPAL_EXPIRES) ? p->expires : 0,
    };
    q->answered = groups != NULL && q->who.name.data != NULL;
}

static void on_done(void *user, int status, const struct ipam_outcome *info)
{
    struct question *q = user;
    char why[600];
    snprintf(why, sizeof(why), "identity provider %s: " STR_FMT, q->realm, STR_ARG(info->message));
    if (status == 0 && !q->answered) {
        snprintf(why, sizeof(why), "identity provider %s: it said yes, and not to whom", q->realm);
        status = IPAM_E_PROVIDER;
    }
    q->done(q->user, status, status == 0 ? &q->who : NULL, why);
    arena_fini(&q->arena);
    free(q);
}

void realms_ask(struct realms *r, struct ipam_str realm, struct ipam_str name, struct ipam_bytes secret,
                struct ipam_str peer, realm_answered answered, void *user)
{
    static const struct request_events events = { .record = on_principal, .done = on_done };
    const struct realm *at = find(r, realm);
    struct question *q = xcalloc(1, sizeof(*q));
    struct ipam_credential c;
    arena_init(&q->arena, 1u << 20);
    snprintf(q->realm, sizeof(q->realm), STR_FMT, STR_ARG(realm));
    q->done = answered;
    q->user = user;
    record_init(&c, IPAM_T_CREDENTIAL);
    RECORD_SET(&c, IPAM_CREDENTIAL_KIND, kind, IPAM_CREDENTIAL_KIND_PASSWORD);
    RECORD_SET(&c, IPAM_CREDENTIAL_NAME, name, name);
    RECORD_SET(&c, IPAM_CREDENTIAL_SECRET, secret, secret);
    RECORD_SET(&c, IPAM_CREDENTIAL_PEER, peer, peer);
    RECORD_SET(&c, IPAM_CREDENTIAL_REALM, realm, realm);
    request_start(at->inst, CALL_VERIFY_CREDENTIAL, &c, ASK_MS, &events, q);
}
