/* reclaim.c - GET .../reclaimable, POST .../reclaim: addresses that are mapped to a range, and deleting them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Addresses are not in memory: those in the range are read page by page, and what is to be deleted is judged
 * anew in the gate. One change set, with the time on the range; a revert undoes it. */
#include <string.h>

#include "api/address_pages.h"
#include "api/ask.h"
#include "api/grant.h"
#include "api/objects.h"

#define LIMIT_MOST   1000
#define RECLAIM_MOST 4000 /* addresses in one change set: each may have a claim, which is changed with it */
#define STATES       (IPAM_ADDRESS_EXPIRY_EXPIRED + 1)

/* One that was named, by id or address. */
struct named {
    struct ipam_str text; /* as it was given */
    int64_t id;           /* 0: by the address */
    struct ipam_addr address;
    bool found;
};

struct reclaim {
    struct grant grant; /* for its readers of members */
    struct call *c;
    bool deletes;
    bool by_expiry, wanted[STATES]; /* by_expiry: only those in a state that is wanted */
    struct named *named;
    size_t named_count;
    struct address_pages pages; /* from: where the list begins; family 0: at the start */
    size_t most;                /* how many are taken */
    struct ipam_claim *likes;   /* the claim of each that is to be deleted */
    const void **gone;          /* those that the decision deletes */
    size_t gone_count;
};

/* --- what is asked for --- */

static bool read_states(struct reclaim *r, struct ipam_str text)
{
    const struct record_field *f = record_field_number(record_type(IPAM_T_ADDRESS), IPAM_ADDRESS_EXPIRY);
    r->by_expiry = true;
    for (size_t from = 0; from <= text.len;) {
        const char *comma = memchr(text.data + from, ',', text.len - from);
        size_t len = comma != NULL ? (size_t)(comma - text.data) - from : text.len - from;
        struct ipam_str word = { text.data + from, len };
        unsigned state = 0;
        while (state < STATES && !str_is(word, f->names[state]))
            state++;
        if (state == STATES)
            return false;
        r->wanted[state] = true;
        from += len + 1;
    }
    return true;
}

#define STATES_WANTED "expected active, alert or expired, or several with commas between them"

static int read_expiry(struct call *c, struct grant *g, const struct json *v)
{
    struct reclaim *r = container_of(g, struct reclaim, grant);
    if (json_type(v) != JSON_STRING || !read_states(r, json_str(v)))
        return grant_wrong(c, "/expiry", STATES_WANTED);
    return 0;
}

static int read_named(struct call *c, struct named *n, const struct json *v)
{
    if (json_type(v) == JSON_STRING && addr_parse(json_str(v).data, json_str(v).len, &n->address) == 0)
        n->text = arena_str(&c->arena, json_str(v));
    else if (json_type(v) != JSON_STRING && json_int(v, &n->id) == 0 && n->id > 0)
        n->text = str_from(arena_printf(&c->arena, "%lld", (long long)n->id));
    else
        return grant_wrong(c, "/addresses", "expected addresses, or their ids");
    return 0;
}

static int read_addresses(struct call *c, struct grant *g, const struct json *v)
{
    struct reclaim *r = container_of(g, struct reclaim, grant);
    size_t count = json_type(v) == JSON_ARRAY ? json_count(v) : 0;
    if (count == 0 || count > LIMIT_MOST)
        return grant_wrong(c, "/addresses", "expected a list of 1 to 1000 addresses, or their ids");
    r->named = arena_alloc(&c->arena, count * sizeof(r->named[0]));
    if (r->named == NULL) {
        call_starved(c);
        return IPAM_E_NOMEM;
    }
    memset(r->named, 0, count * sizeof(r->named[0]));
    for (const struct json *item = json_first(v); item != NULL; item = json_next(item))
        if (read_named(c, &r->named[r->named_count++], item) != 0)
            return IPAM_E_INVAL;
    return 0;
}

static const struct grant_member members[] = { { "addresses", read_addresses },
                                               { "expiry", read_expiry },
                                               { NULL, NULL } };

/* --- which they are --- */

static bool has_state(const struct reclaim *r, const struct ipam_address *a)
{
    return !r->by_expiry || (record_has(a, IPAM_ADDRESS_EXPIRY) && r->wanted[a->expiry]);
}

static bool is_named(struct reclaim *r, const struct ipam_address *a)
{
    bool found = false;
    for (size_t i = 0; i < r->named_count; i++) {
        struct named *n = &r->named[i];
        if (n->id != 0 ? n->id != a->id : !addr_equal(&n->address, &a->address))
            continue;
        n->found = found = true;
    }
    return found;
}

static void on_address(struct address_pages *pages, struct ipam_address *a)
{
    struct reclaim *r = container_of(pages, struct reclaim, pages);
    struct call *c = r->c;
    if (!rule_is_mapped(c->row, a) || !call_sees(c, a))
        return;
    call_derive(c, call_view(c), a);
    if (!has_state(r, a) || (r->named != NULL && !is_named(r, a)))
        return;
    if (c->rec_count == r->most) {
        pages->from = a->address;
        pages->enough = true;
        return;
    }
    void *copy = record_copy(&c->arena, a);
    if (copy == NULL)
        call_starved(c);
    else
        c->recs[c->rec_count++] = copy;
}

static void show(struct call *c);
static void submit(struct reclaim *r);

static void all_read(struct address_pages *pages)
{
    struct reclaim *r = container_of(pages, struct reclaim, pages);
    if (r->deletes)
        submit(r);
    else
        call_at_head(r->c, r->c->head, HEAD_WAIT_MS, show);
}

static void found(struct call *c)
{
    struct reclaim *r = c->work;
    const struct ipam_range *range = c->row;
    r->pages.c = c;
    r->pages.space = range->space;
    r->pages.last = range->last;
    r->pages.row = on_address;
    r->pages.then = all_read;
    if (r->pages.from.family == 0)
        r->pages.from = range->first;
    c->recs = arena_alloc(&c->arena, r->most * sizeof(c->recs[0]));
    if (c->recs == NULL) {
        call_starved(c);
        call_problem(c);
        return;
    }
    address_pages_read(&r->pages);
}

static struct reclaim *reclaim_new(struct call *c, size_t most)
{
    struct reclaim *r = arena_alloc(&c->arena, sizeof(*r));
    memset(r, 0, sizeof(*r));
    grant_init(&r->grant, IPAM_T_ADDRESS);
    r->c = c;
    r->most = most;
    c->csv = false;
    c->work = r;
    return r;
}

/* --- the list --- */

static void show(struct call *c)
{
    struct reclaim *r = c->work;
    struct json_writer w;
    jw_init(&w, &c->out);
    jw_object(&w);
    jw_key(&w, "items");
    jw_array(&w);
    for (size_t i = 0; i < c->rec_count; i++) {
        sight_trim(&c->sight, call_view(c), c->recs[i]);
        record_to_json(c->recs[i], NULL, &w);
    }
    jw_array_end(&w);
    jw_key(&w, "next");
    if (r->pages.enough) {
        cursor_set(c, (struct ipam_bytes){ (const uint8_t *)&r->pages.from, sizeof(r->pages.from) });
        jw_text(&w, c->next);
    } else {
        jw_null(&w);
    }
    jw_object_end(&w);
    call_json(c, 200);
}

static bool read_list(struct call *c, struct reclaim *r)
{
    static const char *const known[] = { "expiry", "limit", "cursor", NULL };
    struct ipam_str expiry;
    struct ipam_bytes place;
    int64_t limit;
    if (!call_accept(c, false) || !call_params_known(c, known) ||
        !call_param_int(c, "limit", 100, 1, LIMIT_MOST, &limit) || !cursor_get(c, &place))
        return false;
    r->most = (size_t)limit;
    expiry = call_param(c, "expiry");
    if (expiry.data != NULL && !read_states(r, expiry)) {
        grant_wrong(c, "?expiry", STATES_WANTED);
        return false;
    }
    if (place.data == NULL)
        return true;
    if (place.len != sizeof(r->pages.from))
        return cursor_bad(c);
    memcpy(&r->pages.from, place.data, sizeof(r->pages.from));
    return r->pages.from.family == 4 || r->pages.from.family == 6 || cursor_bad(c);
}

void handle_reclaimable(struct call *c)
{
    if (read_list(c, reclaim_new(c, 0)))
        call_find(c, found);
    else
        call_problem(c);
}

/* --- deleting them --- */

static void needs(struct intent *in, const struct view *v, struct needs *n)
{
    struct call *c = call_of(in);
    struct reclaim *r = c->work;
    for (size_t i = 0; i < c->rec_count; i++)
        needs_of_row(n, v, c->recs[i], &r->likes[i]);
}

static int not_mapped(struct ipam_str text, struct problem *p)
{
    problem_hint(p, "list those that are: GET .../reclaimable");
    return problem_set(p, PROBLEM_INVALID, "addresses: " STR_FMT " is not mapped to the range",
                       STR_ARG(text));
}

/* As it is now: one that was chosen by its state may be in another meanwhile, and stays. */
static int reclaim_one(struct reclaim *r, struct draft *d, const struct ipam_range *range, size_t i,
                       struct problem *p)
{
    struct call *c = r->c;
    const struct ipam_address *was = c->recs[i], *a = view_get(draft_view(d), IPAM_T_ADDRESS, was->id);
    char text[ADDR_TEXT_MAX];
    uint32_t state;
    if (a != NULL && rule_is_mapped(range, a) && r->by_expiry &&
        (!rule_expiry(view_get(draft_view(d), IPAM_T_SPACE, a->space), a, draft_now(d), &state) ||
         !r->wanted[state]))
        return 0;
    if (a == NULL || !rule_is_mapped(range, a)) {
        addr_print(&was->address, text);
        return r->by_expiry ? 0 : not_mapped(str_from(text), p);
    }
    int rc = rule_reclaim(d, a, p);
    if (rc == 0)
        r->gone[r->gone_count++] = was;
    return rc;
}

static void write_answer(struct reclaim *r)
{
    struct call *c = r->c;
    const uint64_t fields[2] = { UINT64_C(1) << IPAM_ADDRESS_ID | UINT64_C(1) << IPAM_ADDRESS_ADDRESS |
                                     UINT64_C(1) << IPAM_ADDRESS_NAME,
                                 0 };
    struct json_writer w;
    strbuf_reset(&c->out);
    jw_init(&w, &c->out);
    jw_object(&w);
    jw_key(&w, "items");
    jw_array(&w);
    for (size_t i = 0; i < r->gone_count; i++)
        record_to_json(r->gone[i], fields, &w);
    jw_array_end(&w);
    jw_key(&w, "more");
    jw_bool(&w, r->pages.enough);
    jw_object_end(&w);
}

static int decide(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    struct reclaim *r = c->work;
    const struct ipam_range *range = view_get(draft_view(d), IPAM_T_RANGE, c->id);
    if (range == NULL)
        return problem_set(&in->problem, PROBLEM_NOT_FOUND, "the range was deleted meanwhile");
    r->gone_count = 0;
    for (size_t i = 0; i < c->rec_count; i++) {
        int rc = reclaim_one(r, d, range, i, &in->problem);
        if (rc != 0) {
            sight_veil(&c->sight, draft_view(d), &in->problem);
            return rc;
        }
    }
    rule_reclaimed(d, range);
    call_decide_empty(c, 200);
    c->media = "application/json";
    write_answer(r);
    return 0;
}

static void submit(struct reclaim *r)
{
    struct call *c = r->c;
    for (size_t i = 0; i < r->named_count; i++) {
        if (r->named[i].found)
            continue;
        not_mapped(r->named[i].text, &c->problem);
        call_problem(c);
        return;
    }
    r->likes = arena_alloc(&c->arena, (c->rec_count + 1) * sizeof(r->likes[0]));
    r->gone = arena_alloc(&c->arena, (c->rec_count + 1) * sizeof(r->gone[0]));
    if (r->likes == NULL || r->gone == NULL) {
        call_starved(c);
        call_problem(c);
        return;
    }
    for (size_t i = 0; i < c->rec_count; i++)
        record_init(&r->likes[i], IPAM_T_CLAIM);
    c->intent.rows = (unsigned)c->rec_count;
    call_submit(c, needs, decide, NULL);
}

static int read_body(struct call *c, struct reclaim *r)
{
    static const char *const none[] = { NULL };
    if (!call_params_known(c, none) || grant_read(c, &r->grant, members, "reclaim") != 0)
        return IPAM_E_INVAL;
    call_body_done(c);
    if (r->by_expiry != (r->named != NULL))
        return 0;
    return grant_wrong(c, "", "give either addresses or expiry: which ones are to be deleted");
}

void handle_reclaim(struct call *c)
{
    struct reclaim *r = reclaim_new(c, RECLAIM_MOST);
    r->deletes = true;
    if (read_body(c, r) != 0)
        call_problem(c);
    else
        call_find(c, found);
}
