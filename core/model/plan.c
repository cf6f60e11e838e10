/* plan.c - plans on servers, drafted with the intent that wants them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/rules_p.h"

#define PACKED_MAX 262144 /* bytes of a reservation in a step */

struct scope_search {
    const struct view *v;
    const struct ipam_scope *managed, *any;
};

static int find_managed(void *user, const struct ipam_scope *s)
{
    struct scope_search *f = user;
    const struct ipam_server *server = view_get(f->v, IPAM_T_SERVER, s->server);
    if (f->any == NULL)
        f->any = s;
    if (server == NULL || !server->managed)
        return 0;
    f->managed = s;
    return 1;
}

int rule_no_scope(const struct ipam_addr *a, struct problem *p)
{
    char text[ADDR_TEXT_MAX];
    addr_print(a, text);
    problem_hint(p, "collect the DHCP server that serves it, or allocate without a reservation");
    return problem_set(p, PROBLEM_INVALID, "no known DHCP scope holds %s", text);
}

const struct ipam_scope *rule_scope_for(const struct view *v, int64_t space, const struct ipam_addr *a,
                                        struct problem *p)
{
    struct scope_search f = { v, NULL, NULL };
    char text[ADDR_TEXT_MAX];
    addr_print(a, text);
    view_scopes_at(v, space, a, find_managed, &f);
    if (f.managed != NULL)
        return f.managed;
    if (f.any != NULL) {
        const struct ipam_server *server = view_get(v, IPAM_T_SERVER, f.any->server);
        problem_hint(p, "let ipamd manage it: ipamctl server set " STR_FMT " --managed",
                     STR_ARG(server->name));
        problem_set(p, PROBLEM_MANAGED, "the DHCP server of %s, " STR_FMT ", is not managed by ipamd", text,
                    STR_ARG(server->name));
        problem_about(p, IPAM_T_SCOPE, f.any->id);
        p->about_addr = *a;
    } else {
        rule_no_scope(a, p);
    }
    return NULL;
}

static struct ipam_bytes packed(const void *rec, struct strbuf *b)
{
    record_pack(rec, NULL, b);
    return (struct ipam_bytes){ (const uint8_t *)b->data, b->len };
}

/* In the order of IPAM_PLAN_STEP_VERB_*. */
static const char *const plan_words[] = { "add", "replace", "delete" };

int64_t rule_plan_reservation(struct draft *d, const struct reservation_change *c, struct problem *p)
{
    const struct view *v = draft_view(d);
    const struct ipam_reservation *r = c->after != NULL ? c->after : c->before;
    const struct ipam_server *server = view_get(v, IPAM_T_SERVER, r->server);
    uint32_t verb = c->before == NULL  ? IPAM_PLAN_STEP_VERB_ADD
                    : c->after == NULL ? IPAM_PLAN_STEP_VERB_DELETE
                                       : IPAM_PLAN_STEP_VERB_SET;
    struct arena a;
    struct strbuf before, after;
    char text[ADDR_TEXT_MAX];
    if (server == NULL) {
        problem_set(p, PROBLEM_NOT_FOUND, "there is no server %lld", (long long)r->server);
        return 0;
    }
    arena_init(&a, 0);
    strbuf_init(&before, PACKED_MAX);
    strbuf_init(&after, PACKED_MAX);
    addr_print(&r->address, text);
    const char *summary =
        arena_printf(&a, "%s reservation %s on " STR_FMT, plan_words[verb], text, STR_ARG(server->name));

    struct ipam_plan plan;
    record_init(&plan, IPAM_T_PLAN);
    RECORD_SET(&plan, IPAM_PLAN_SERVER, server, r->server);
    if (record_has(r, IPAM_RESERVATION_SCOPE))
        RECORD_SET(&plan, IPAM_PLAN_SCOPE, scope, r->scope);
    RECORD_SET(&plan, IPAM_PLAN_STATE, state, IPAM_PLAN_STATE_PLANNED);
    RECORD_SET(&plan, IPAM_PLAN_SUMMARY, summary, str_from(summary));
    if (c->actor.data != NULL)
        RECORD_SET(&plan, IPAM_PLAN_ACTOR, actor, c->actor);
    if (c->reason.data != NULL)
        RECORD_SET(&plan, IPAM_PLAN_REASON, reason, c->reason);
    RECORD_SET(&plan, IPAM_PLAN_CREATED, created, draft_now(d));
    RECORD_SET(&plan, IPAM_PLAN_STEPS, steps, 1);
    draft_put(d, &plan);

    struct ipam_plan_step step;
    record_init(&step, IPAM_T_PLAN_STEP);
    RECORD_SET(&step, IPAM_PLAN_STEP_PLAN, plan, plan.id);
    RECORD_SET(&step, IPAM_PLAN_STEP_SEQ, seq, 1);
    RECORD_SET(&step, IPAM_PLAN_STEP_STATE, state, IPAM_PLAN_STEP_STATE_PLANNED);
    RECORD_SET(&step, IPAM_PLAN_STEP_VERB, verb, verb);
    RECORD_SET(&step, IPAM_PLAN_STEP_OBJECT, object, str_from(arena_printf(&a, "reservation %s", text)));
    RECORD_SET(&step, IPAM_PLAN_STEP_OBJECT_TYPE, object_type, IPAM_T_RESERVATION);
    if (c->after != NULL)
        RECORD_SET(&step, IPAM_PLAN_STEP_AFTER, after, packed(c->after, &after));
    if (c->before != NULL)
        RECORD_SET(&step, IPAM_PLAN_STEP_BEFORE, before, packed(c->before, &before));
    if (c->address != 0)
        RECORD_SET(&step, IPAM_PLAN_STEP_ADDRESS, address, c->address);
    draft_put(d, &step);
    strbuf_fini(&before);
    strbuf_fini(&after);
    arena_fini(&a);
    return plan.id;
}

int64_t rule_address_at(const struct view *v, int64_t space, const struct ipam_addr *at)
{
    struct view_user users[USERS_MAX];
    size_t n = view_users(v, space, at, users, USERS_MAX);
    for (size_t i = 0; i < n && i < USERS_MAX; i++)
        if (users[i].type == IPAM_T_ADDRESS)
            return users[i].id;
    return 0;
}

static int is_under_way(const struct ipam_address *a, struct problem *p)
{
    char text[ADDR_TEXT_MAX];
    addr_print(&a->address, text);
    problem_about(p, IPAM_T_PLAN, a->plan);
    problem_hint(p, "wait until the plan has ended: GET /api/v1/manage/plans/%lld", (long long)a->plan);
    return problem_set(p, PROBLEM_IN_USE,
                       "a reservation of %s is on its way to or from the DHCP server (plan %lld)", text,
                       (long long)a->plan);
}

int64_t rule_reserve(struct draft *d, const struct reservation_change *c, struct problem *p)
{
    const struct ipam_address *a =
        c->address != 0 ? view_get(draft_view(d), IPAM_T_ADDRESS, c->address) : NULL;
    uint32_t sync =
        a != NULL && record_has(a, IPAM_ADDRESS_DHCP_SYNC) ? a->dhcp_sync : IPAM_ADDRESS_DHCP_SYNC_NONE;
    if (sync == IPAM_ADDRESS_DHCP_SYNC_PENDING || sync == IPAM_ADDRESS_DHCP_SYNC_REMOVING) {
        is_under_way(a, p);
        return 0;
    }
    if (a != NULL && c->after != NULL && moving_refuses(draft_view(d), a, p) != 0)
        return 0; /* it could not go */
    int64_t plan = rule_plan_reservation(d, c, p);
    if (plan == 0 || a == NULL)
        return plan;
    struct ipam_address noted = *a;
    rule_take_over(a, &noted);
    RECORD_SET(&noted, IPAM_ADDRESS_PLAN, plan, plan);
    RECORD_SET(&noted, IPAM_ADDRESS_DHCP_SYNC, dhcp_sync,
               c->after != NULL ? IPAM_ADDRESS_DHCP_SYNC_PENDING : IPAM_ADDRESS_DHCP_SYNC_REMOVING);
    draft_replace(d, a, &noted);
    return plan;
}
