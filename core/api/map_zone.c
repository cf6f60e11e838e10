/* map_zone.c - POST /ipam/ranges/{key}/map-zone, GET .../mappable-zones: the reverse zone of a range.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The mapping is the plan's own, also where the range comes from a server. The answer comes when the
 * addresses of the records that are known already are made. */
#include <string.h>

#include "api/grant.h"

struct mapping {
    struct grant grant; /* for its readers of members */
    bool given;
    int64_t zone; /* 0: none */
};

/* --- mapping --- */

static int no_zone(struct problem *p, struct ipam_str key)
{
    problem_hint(p, "give the id of a zone, or NAME@SERVER; GET .../mappable-zones lists those that fit");
    return problem_set(p, PROBLEM_INVALID, "zone: there is no zone " STR_FMT ", or several are called so",
                       STR_ARG(key));
}

static int read_zone(struct call *c, struct grant *g, const struct json *v)
{
    struct mapping *m = container_of(g, struct mapping, grant);
    m->given = true;
    if (json_type(v) == JSON_NULL)
        return 0;
    if (json_type(v) == JSON_STRING) {
        m->zone = call_ref(c, IPAM_T_ZONE, json_str(v));
        return m->zone > 0 ? 0 : no_zone(&c->problem, arena_str(&c->arena, json_str(v)));
    }
    if (json_int(v, &m->zone) != 0 || m->zone <= 0)
        return grant_wrong(c, "/zone", "expected the id of a zone, NAME@SERVER, or null for none");
    return 0;
}

static const struct grant_member members[] = { { "zone", read_zone }, { NULL, NULL } };

/* What he does not see is not there. */
static int check_seen(struct call *c, const struct view *v, int64_t id, struct problem *p)
{
    const struct ipam_zone *z = id != 0 ? view_get(v, IPAM_T_ZONE, id) : NULL;
    if (id == 0 || (z != NULL && sight_sees(&c->sight, v, z)))
        return 0;
    return no_zone(p, str_from(arena_printf(&c->arena, "%lld", (long long)id)));
}

static int decide(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    const struct mapping *m = c->work;
    const struct ipam_range *r = view_get(draft_view(d), IPAM_T_RANGE, c->id);
    if (r == NULL)
        return problem_set(&in->problem, PROBLEM_NOT_FOUND, "the range was deleted meanwhile");
    if (check_seen(c, draft_view(d), m->zone, &in->problem) != 0)
        return IPAM_E_INVAL;
    if (rule_map_zone(d, r, m->zone, &in->problem) != 0) {
        sight_veil(&c->sight, draft_view(d), &in->problem);
        return IPAM_E_INVAL;
    }
    call_decide_object(c, 200, draft_view(d), view_get(draft_view(d), IPAM_T_RANGE, c->id));
    return 0;
}

/* What could not be made, the next collection makes, or says why. */
static void followed(void *user, int status, const char *message)
{
    struct call *c = user;
    const void *row = view_get(call_view(c), IPAM_T_RANGE, c->id);
    (void)status;
    (void)message;
    if (row == NULL) { /* deleted meanwhile: it is shown as it was decided */
        call_reply(c);
        return;
    }
    strbuf_reset(&c->out);
    call_decide_object(c, 200, call_view(c), row);
    call_reply_anew(c);
}

static void accepted(struct call *c)
{
    const struct mapping *m = c->work;
    if (m->zone == 0)
        call_reply(c);
    else
        collect_follow_zone(c->api->at.collect, m->zone, NULL, followed, c);
}

static void found(struct call *c)
{
    call_submit(c, NULL, decide, accepted);
}

static int read_body(struct call *c, struct mapping *m)
{
    static const char *const none[] = { NULL };
    if (!call_params_known(c, none) || grant_read(c, &m->grant, members, "map-zone") != 0)
        return IPAM_E_INVAL;
    call_body_done(c);
    return m->given ? 0 : grant_wrong(c, "/zone", "is required: the id of a zone, NAME@SERVER, or null");
}

void handle_map_zone(struct call *c)
{
    struct mapping *m = arena_alloc(&c->arena, sizeof(*m));
    memset(m, 0, sizeof(*m));
    grant_init(&m->grant, IPAM_T_RANGE);
    c->csv = false;
    c->work = m;
    if (read_body(c, m) != 0)
        call_problem(c);
    else
        call_find(c, found);
}

/* --- which could be --- */

#define LIMIT_MOST 1000

struct mappable {
    int64_t limit, after; /* after: the last id of the page before */
};

static bool could_be(struct call *c, const struct ipam_zone *z)
{
    struct problem p = { 0 };
    return rule_zone_fits(call_view(c), c->row, z, &p) == 0 && call_sees(c, z);
}

static void list_zones(struct call *c)
{
    const struct state *s = c->api->at.state;
    const struct mappable *m = c->work;
    int64_t last = m->after;
    c->recs = arena_alloc(&c->arena, (size_t)m->limit * sizeof(c->recs[0]));
    for (const struct ipam_zone *z = state_next(s, IPAM_T_ZONE, m->after); z != NULL;
         z = state_next(s, IPAM_T_ZONE, z->id)) {
        if (!could_be(c, z))
            continue;
        if (c->rec_count == (size_t)m->limit) {
            cursor_set(c, (struct ipam_bytes){ (const uint8_t *)&last, sizeof(last) });
            break;
        }
        c->recs[c->rec_count++] = record_copy(&c->arena, z);
        last = z->id;
    }
    c->adds = cursor_write_next;
    call_items(c, 200);
}

void handle_mappable_zones(struct call *c)
{
    static const char *const known[] = { "limit", "cursor", NULL };
    struct mappable *m = arena_alloc(&c->arena, sizeof(*m));
    struct ipam_bytes place;
    memset(m, 0, sizeof(*m));
    c->work = m;
    bool good = call_accept(c, false) && call_params_known(c, known) &&
                call_param_int(c, "limit", 100, 1, LIMIT_MOST, &m->limit) && cursor_get(c, &place);
    if (good && place.data != NULL && place.len != sizeof(m->after))
        good = cursor_bad(c);
    else if (good && place.data != NULL)
        memcpy(&m->after, place.data, sizeof(m->after));
    if (good)
        call_find(c, list_zones);
    else
        call_problem(c);
}
