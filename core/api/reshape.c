/* reshape.c - POST .../{key}/split, merge, resize, move: another shape, another place.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * One change set; `POST /audit/changes/{rev}/revert` undoes it. A subnet with more in it than one holds is
 * moved by a job (move_job.c). What is done to each object must be allowed for that object: splitting makes
 * some, merging deletes some. */
#include <string.h>

#include "api/create.h"
#include "api/grant.h"
#include "api/move_job.h"
#include "api/objects.h"

#define PARTS_MOST 1000

struct reshape {
    struct grant grant; /* for its readers of members */
    const struct shape *verb;
    void *fields; /* the new place: prefix, first, last, address */
    int64_t length, space;
    struct ipam_str *with; /* ids and prefixes, as they were given */
    size_t with_count;
    const void **others;
    struct reshaping r;
    struct ipam_claim like;
};

/* What a verb takes and does. */
struct shape {
    const char *verb;
    const struct grant_member *members;
    int (*decide)(struct call *c, struct draft *d, const void *row, struct problem *p);
};

/* --- the body --- */

static struct reshape *of(struct grant *g)
{
    return container_of(g, struct reshape, grant);
}

static int read_length(struct call *c, struct grant *g, const struct json *v)
{
    if (json_int(v, &of(g)->length) != 0 || of(g)->length < 1 || of(g)->length > 128)
        return grant_wrong(c, "/length", "expected a whole number from 1 to 128");
    return 0;
}

static int read_with(struct call *c, struct grant *g, const struct json *v)
{
    struct reshape *w = of(g);
    size_t count = json_type(v) == JSON_ARRAY ? json_count(v) : 0;
    if (count == 0 || count > PARTS_MOST)
        return grant_wrong(c, "/with", "expected a list of 1 to 1000 ids or prefixes");
    w->with = arena_alloc(&c->arena, count * sizeof(w->with[0]));
    w->others = arena_alloc(&c->arena, count * sizeof(w->others[0]));
    for (const struct json *item = json_first(v); item != NULL; item = json_next(item)) {
        int64_t id = 0;
        if (json_type(item) == JSON_STRING)
            w->with[w->with_count++] = arena_str(&c->arena, json_str(item));
        else if (json_int(item, &id) == 0)
            w->with[w->with_count++] = str_from(arena_printf(&c->arena, "%lld", (long long)id));
        else
            return grant_wrong(c, "/with", "expected ids or prefixes");
    }
    return 0;
}

static int read_place(struct call *c, struct grant *g, const struct json *v)
{
    const struct record_field *f = record_field(c->type, json_key(v));
    return grant_read_text(c, v, f->number, of(g)->fields);
}

static int read_space(struct call *c, struct grant *g, const struct json *v)
{
    int64_t id = 0;
    if (json_type(v) == JSON_STRING)
        id = call_ref(c, IPAM_T_SPACE, json_str(v));
    else if (json_int(v, &id) != 0)
        id = 0;
    const void *space = view_get(call_view(c), IPAM_T_SPACE, id);
    if (space == NULL || !call_sees(c, space))
        return grant_wrong(c, "/space", "there is no such space: give its name or its id");
    of(g)->space = id;
    return 0;
}

/* --- the gate --- */

/* The other block or subnet that is merged; NULL: there is none, or he does not see it. */
static const void *other_of(struct call *c, const struct view *v, const void *row, struct ipam_str key)
{
    const struct ipam_subnet *s = row; /* the heads of blocks and subnets are alike */
    struct ipam_prefix p;
    int64_t id = prefix_parse(key.data, key.len, &p) == 0 ? view_by_prefix(v, c->type->type, s->space, &p)
                                                          : call_ref(c, 0, key);
    const void *other = id != c->id ? view_get(v, c->type->type, id) : NULL;
    return other != NULL && sight_sees(&c->sight, v, other) ? other : NULL;
}

static void needs(struct intent *in, const struct view *v, struct needs *n)
{
    struct call *c = call_of(in);
    struct reshape *w = c->work;
    const void *now = view_get(v, c->type->type, c->id); /* it may have moved since it was found */
    const void *row = now != NULL ? now : c->row;
    needs_of_row(n, v, row, &w->like);
    if (str_is(str_from(w->verb->verb), "move"))
        needs_inside(n, v, row);
    for (size_t i = 0; i < w->with_count; i++) { /* they may have been carved under claims */
        const void *other = other_of(c, v, row, w->with[i]);
        struct ipam_claim *like = record_new(&c->arena, IPAM_T_CLAIM);
        if (other != NULL && like != NULL)
            needs_of_row(n, v, other, like);
    }
}

/* Parts are made by who may make them. */
static int make(void *user, struct draft *d, void *rec, struct problem *p)
{
    const struct call *c = user;
    struct sight s = c->sight;
    s.op = access_operation(c->type->type == IPAM_T_SUBNET ? "ipam.subnet.create" : "ipam.block.create");
    return create_row(&s, d, rec, p);
}

static int decide_split(struct call *c, struct draft *d, const void *row, struct problem *p)
{
    struct reshape *w = c->work;
    (void)row;
    return rule_split(d, &w->r, (unsigned)w->length, p);
}

/* What grows needs the right to make one of that size. */
static int may_grow(struct call *c, struct draft *d, struct problem *p)
{
    const void *now = view_get(draft_view(d), c->type->type, c->id);
    struct sight s = c->sight;
    s.op = access_operation(c->type->type == IPAM_T_SUBNET ? "ipam.subnet.create" : "ipam.block.create");
    return sight_enlarge(&s, d, now, p);
}

static int decide_merge(struct call *c, struct draft *d, const void *row, struct problem *p)
{
    struct reshape *w = c->work;
    for (size_t i = 0; i < w->with_count; i++) {
        w->others[i] = other_of(c, draft_view(d), row, w->with[i]);
        if (w->others[i] != NULL)
            continue;
        problem_hint(p, "give other %ss of the same space, by id or prefix", c->type->name);
        return problem_set(p, PROBLEM_INVALID, "with: there is no %s " STR_FMT " beside this one",
                           c->type->name, STR_ARG(w->with[i]));
    }
    int rc = rule_merge(d, &w->r, w->others, w->with_count, p);
    return rc == 0 ? may_grow(c, d, p) : rc;
}

static int decide_resize(struct call *c, struct draft *d, const void *row, struct problem *p)
{
    struct reshape *w = c->work;
    const struct ipam_prefix was = c->type->type == IPAM_T_SUBNET ? ((const struct ipam_subnet *)row)->prefix
                                                                  : ((const struct ipam_block *)row)->prefix;
    int rc = rule_resize(d, &w->r, (unsigned)w->length, p);
    return rc == 0 && w->length < was.length ? may_grow(c, d, p) : rc;
}

static int decide_move(struct call *c, struct draft *d, const void *row, struct problem *p)
{
    static const uint64_t none[2] = { 0, 0 };
    struct reshape *w = c->work;
    struct ipam_record *after = record_copy(&c->arena, row);
    if (after == NULL)
        return problem_set(p, PROBLEM_TOO_LARGE, "the %s is too large to be moved", c->type->name);
    record_merge(after, w->fields, none);
    if (w->space != 0) {
        struct ipam_subnet *s = (void *)after; /* all of them begin alike */
        s->space = w->space;
    }
    switch (after->type) {
    case IPAM_T_RANGE: return rule_move_range(d, &w->r, (struct ipam_range *)after, p);
    case IPAM_T_ADDRESS: return rule_move_address(d, &w->r, (struct ipam_address *)after, p);
    default: {
        const struct ipam_subnet *s = (const void *)after;
        const struct ipam_block *b = (const void *)after;
        bool subnet = after->type == IPAM_T_SUBNET;
        return rule_relocate(d, &w->r, subnet ? s->space : b->space, subnet ? &s->prefix : &b->prefix, p);
    }
    }
}

static int decide(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    struct reshape *w = c->work;
    struct arena scratch; /* what is drafted is copied */
    const void *row = view_get(draft_view(d), c->type->type, c->id);
    if (row == NULL)
        return problem_set(&in->problem, PROBLEM_NOT_FOUND, "the %s was deleted meanwhile", c->type->name);
    arena_init(&scratch, 0);
    w->r.arena = &scratch;
    w->r.row = row;
    int rc = w->verb->decide(c, d, row, &in->problem);
    arena_fini(&scratch);
    if (rc != 0) {
        sight_veil(&c->sight, draft_view(d), &in->problem);
        return rc;
    }
    c->rec_count = w->r.ret_count;
    for (size_t i = 0; i < c->rec_count; i++)
        c->recs[i] = record_copy(&c->arena, view_get(draft_view(d), c->type->type, w->r.ret_ids[i]));
    call_decide_items(c, 200, draft_view(d));
    return 0;
}

/* What is used where it is now counts once it is durable. */
static void accepted(struct call *c)
{
    const struct reshape *w = c->work;
    if (c->type->residency != RES_RESIDENT) {
        call_reply(c);
        return;
    }
    for (size_t i = 0; i < c->rec_count; i++) {
        const void *row = view_get(call_view(c), c->type->type, w->r.ret_ids[i]);
        if (row != NULL) /* else it was deleted in the same batch: it is shown as it was decided */
            c->recs[i] = record_copy(&c->arena, row);
    }
    strbuf_reset(&c->out);
    call_decide_items(c, 200, call_view(c));
    call_reply_anew(c);
}

/* --- verbs --- */

static const struct grant_member split_members[] = { { "length", read_length }, { NULL, NULL } };
static const struct grant_member merge_members[] = { { "with", read_with }, { NULL, NULL } };
static const struct grant_member prefix_members[] = { { "prefix", read_place },
                                                      { "space", read_space },
                                                      { NULL, NULL } };
static const struct grant_member range_members[] = {
    { "first", read_place }, { "last", read_place }, { "space", read_space }, { NULL, NULL }
};
static const struct grant_member address_members[] = { { "address", read_place },
                                                       { "space", read_space },
                                                       { NULL, NULL } };

static const struct shape shapes[] = {
    { "split", split_members, decide_split },
    { "merge", merge_members, decide_merge },
    { "resize", split_members, decide_resize },
    { "move", prefix_members, decide_move },
};

static const struct grant_member *members_of(const struct call *c, const struct shape *s)
{
    switch (c->type->type) {
    case IPAM_T_RANGE: return range_members;
    case IPAM_T_ADDRESS: return address_members;
    default: return s->members;
    }
}

/* Where a subnet is to go, when a job is to move it: there is much in it, or a job has begun to. */
static bool moves_by_job(struct call *c, int64_t *ret_space, struct ipam_prefix *ret_to)
{
    const struct reshape *w = c->work;
    const struct ipam_subnet *now = c->row, *given = w->fields;
    if (c->type->type != IPAM_T_SUBNET || !str_is(str_from(w->verb->verb), "move"))
        return false;
    *ret_space = w->space != 0 ? w->space : now->space;
    *ret_to = record_has(given, IPAM_SUBNET_PREFIX) ? given->prefix : now->prefix;
    bool stays = *ret_space == now->space && prefix_equal(ret_to, &now->prefix);
    return !stays && move_is_long(call_view(c), now);
}

static void found(struct call *c)
{
    struct reshape *w = c->work;
    struct ipam_prefix to;
    int64_t space;
    c->sight.by_row = true;
    if (moves_by_job(c, &space, &to)) {
        move_job(c, space, &to);
        return;
    }
    w->r.make = make;
    w->r.user = c;
    w->r.most = PARTS_MOST;
    w->r.ret_ids = arena_alloc(&c->arena, PARTS_MOST * sizeof(w->r.ret_ids[0]));
    c->recs = arena_alloc(&c->arena, PARTS_MOST * sizeof(c->recs[0]));
    call_submit(c, needs, decide, accepted);
}

static int read_body(struct call *c, struct reshape *w)
{
    static const char *const none[] = { NULL };
    const struct grant_member *members = members_of(c, w->verb);
    if (!call_params_known(c, none) || grant_read(c, &w->grant, members, w->verb->verb) != 0)
        return IPAM_E_INVAL;
    bool given = json_first(json_root(c->doc)) != NULL;
    call_body_done(c);
    if (given)
        return 0;
    return grant_wrong(c, arena_printf(&c->arena, "/%s", members[0].name),
                       "is required: see the help of the verb");
}

void handle_reshape(struct call *c)
{
    struct reshape *w = arena_alloc(&c->arena, sizeof(*w));
    c->csv = false;
    c->work = w;
    grant_init(&w->grant, c->type->type);
    w->fields = record_new(&c->arena, c->type->type);
    record_init(&w->like, IPAM_T_CLAIM);
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
        if (str_is(str_from(c->route->verb), shapes[i].verb))
            w->verb = &shapes[i];
    if (read_body(c, w) != 0)
        call_problem(c);
    else
        call_find(c, found);
}
