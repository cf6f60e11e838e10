/* plan.c - plans on servers, drafted with the intent that wants them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/planned.h"
#include "model/rules_p.h"

#define PACKED_MAX  262144 /* bytes of an object in a step */
#define SUMMARY_MAX 1025

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

int64_t rule_plan_open(struct draft *d, const struct plan_head *h)
{
    struct ipam_plan plan;
    record_init(&plan, IPAM_T_PLAN);
#define GIVEN(F, field)                                                                                      \
    if (h->field != 0)                                                                                       \
    RECORD_SET(&plan, IPAM_PLAN_##F, field, h->field)
    GIVEN(SERVER, server);
    GIVEN(SCOPE, scope);
    GIVEN(ZONE, zone);
    GIVEN(PARENT, parent);
    GIVEN(AFTER, after);
    GIVEN(UNDOES, undoes);
    GIVEN(BEGIN, begin);
#undef GIVEN
    RECORD_SET(&plan, IPAM_PLAN_STATE, state, h->state);
    RECORD_SET(&plan, IPAM_PLAN_SUMMARY, summary, h->summary);
    if (h->window.len > 0)
        RECORD_SET(&plan, IPAM_PLAN_WINDOW, window, h->window);
    if (h->actor.data != NULL)
        RECORD_SET(&plan, IPAM_PLAN_ACTOR, actor, h->actor);
    if (h->reason.data != NULL)
        RECORD_SET(&plan, IPAM_PLAN_REASON, reason, h->reason);
    RECORD_SET(&plan, IPAM_PLAN_CREATED, created, draft_now(d));
    RECORD_SET(&plan, IPAM_PLAN_STEPS, steps, h->steps);
    draft_put(d, &plan);
    return plan.id;
}

static int64_t put_plan(struct draft *d, const struct server_change *c, const struct planned *of)
{
    const struct ipam_server *server = view_get(draft_view(d), IPAM_T_SERVER, of->server);
    char summary[SUMMARY_MAX];
    planned_say(summary, sizeof(summary), "%s %s on " STR_FMT, planned_verb(c), of->words,
                STR_ARG(server->name));
    const struct plan_head head = { .server = of->server,
                                    .scope = of->scope,
                                    .zone = of->zone,
                                    .state = IPAM_PLAN_STATE_PLANNED,
                                    .steps = 1,
                                    .after = c->first,
                                    .begin = c->begin,
                                    .window = c->window,
                                    .summary = str_from(summary),
                                    .actor = c->actor,
                                    .reason = c->reason };
    return rule_plan_open(d, &head);
}

static uint32_t verb_of(const struct server_change *c)
{
    return c->before == NULL  ? IPAM_PLAN_STEP_VERB_ADD
           : c->after == NULL ? IPAM_PLAN_STEP_VERB_DELETE
                              : IPAM_PLAN_STEP_VERB_SET;
}

static void put_step(struct draft *d, const struct server_change *c, const struct planned *of, int64_t plan,
                     int64_t seq)
{
    const struct ipam_record *object = c->after != NULL ? c->after : c->before;
    struct strbuf before, after;
    struct ipam_plan_step step;
    strbuf_init(&before, PACKED_MAX);
    strbuf_init(&after, PACKED_MAX);
    record_init(&step, IPAM_T_PLAN_STEP);
    RECORD_SET(&step, IPAM_PLAN_STEP_PLAN, plan, plan);
    RECORD_SET(&step, IPAM_PLAN_STEP_SEQ, seq, seq);
    RECORD_SET(&step, IPAM_PLAN_STEP_STATE, state, IPAM_PLAN_STEP_STATE_PLANNED);
    RECORD_SET(&step, IPAM_PLAN_STEP_VERB, verb, verb_of(c));
    RECORD_SET(&step, IPAM_PLAN_STEP_OBJECT, object, str_from(of->words));
    RECORD_SET(&step, IPAM_PLAN_STEP_OBJECT_TYPE, object_type, object->type);
    if (c->after != NULL)
        RECORD_SET(&step, IPAM_PLAN_STEP_AFTER, after, packed(c->after, &after));
    if (c->before != NULL)
        RECORD_SET(&step, IPAM_PLAN_STEP_BEFORE, before, packed(c->before, &before));
    if (c->address != 0)
        RECORD_SET(&step, IPAM_PLAN_STEP_ADDRESS, address, c->address);
    if (c->drift != 0)
        RECORD_SET(&step, IPAM_PLAN_STEP_DRIFT, drift, c->drift);
    draft_put(d, &step);
    strbuf_fini(&before);
    strbuf_fini(&after);
}

void rule_plan_step(struct draft *d, int64_t plan, int64_t seq, const struct server_change *c)
{
    struct planned of;
    planned_of(c->after != NULL ? c->after : c->before, &of);
    put_step(d, c, &of, plan, seq);
}

int64_t rule_plan(struct draft *d, const struct server_change *c, struct problem *p)
{
    struct planned of;
    planned_of(c->after != NULL ? c->after : c->before, &of);
    if (view_get(draft_view(d), IPAM_T_SERVER, of.server) == NULL) {
        problem_set(p, PROBLEM_NOT_FOUND, "there is no server %lld", (long long)of.server);
        return 0;
    }
    int64_t plan = put_plan(d, c, &of);
    put_step(d, c, &of, plan, 1);
    return plan;
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

int64_t rule_plan_noted(struct draft *d, const struct server_change *c, struct problem *p)
{
    const struct ipam_dns_record *object = c->after != NULL ? c->after : c->before;
    enum served_kind kind = rule_served_by(object);
    const struct ipam_address *a =
        c->address != 0 ? view_get(draft_view(d), IPAM_T_ADDRESS, c->address) : NULL;
    if (a != NULL && rule_is_under_way(a, kind)) {
        rule_under_way(a, kind, p);
        return 0;
    }
    if (a != NULL && (c->after != NULL || kind != SERVED_RESERVATION) &&
        moving_refuses(draft_view(d), a, p) != 0)
        return 0; /* it could not go */
    int64_t plan = rule_plan(d, c, p);
    if (plan == 0 || a == NULL)
        return plan;
    struct ipam_address noted = *a;
    rule_take_over(a, &noted);
    rule_sync_begin(&noted, kind,
                    c->after != NULL ? IPAM_ADDRESS_DHCP_SYNC_PENDING : IPAM_ADDRESS_DHCP_SYNC_REMOVING, plan,
                    object->type == IPAM_T_DNS_RECORD ? object->zone : 0);
    draft_replace(d, a, &noted);
    return plan;
}
