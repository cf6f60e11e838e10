/* import_rest.c - what a sync deletes: what is there and not in the file, and the addresses of such ranges.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "api/address_pages.h"
#include "api/import_p.h"
#include "api/objects.h"

#define MAPPED_MOST 4000 /* addresses that go with ranges: each may have a claim and a quarantine */

static const struct record_field *place_of(const struct record_type *t)
{
    for (unsigned i = 0; i < t->field_count; i++)
        if ((t->fields[i].flags & FIELD_KEY) != 0 &&
            (t->fields[i].kind == KIND_PREFIX || t->fields[i].kind == KIND_ADDR))
            return &t->fields[i];
    return NULL;
}

static const struct record_field *container_of_type(const struct record_type *t)
{
    for (unsigned i = 0; i < t->field_count; i++)
        if ((t->fields[i].flags & FIELD_CONTAINER) != 0 && t->fields[i].kind == KIND_REF)
            return &t->fields[i];
    return NULL;
}

static bool is_extent(const struct import *im, const void *rec)
{
    const struct record_field *place = place_of(im->type), *container = container_of_type(im->type);
    if (im->plans && !import_is_there(im, rec))
        return false;
    const char *at = place != NULL ? (const char *)rec + place->offset : NULL;
    if (im->space != 0 &&
        *(const int64_t *)(const void *)((const char *)rec + container->offset) != im->space)
        return false;
    if (!im->has_within)
        return true;
    return place->kind == KIND_PREFIX
               ? prefix_contains(&im->within, (const struct ipam_prefix *)(const void *)at)
               : prefix_contains_addr(&im->within, (const struct ipam_addr *)(const void *)at);
}

/* An object that is there: it goes, unless the file has it, or it is not the plan's own. */
static void take_rest(struct import *im, const void *rec)
{
    struct strbuf key;
    strbuf_init(&key, 2048);
    bool kept = !sight_sees(&im->sight, state_view(im->api->at.state), rec) || !is_extent(im, rec) ||
                (!im->plans && !rule_is_own(rec)) || !import_key(im->type, rec, &key) ||
                smap_get(&im->keys, key.data, key.len) != NULL;
    strbuf_fini(&key);
    if (kept)
        return;
    struct import_row *row = import_add(im);
    row->rec = record_copy(&im->arena, rec);
    row->id = *(const int64_t *)((const char *)rec + im->type->fields[0].offset);
}

/* What goes, goes first: it may be in the way of what comes. */
static void rest_first(struct import *im, size_t file_rows)
{
    size_t rest = im->count - file_rows;
    struct import_row *rows = xcalloc(im->cap, sizeof(rows[0]));
    memcpy(rows, im->rows + file_rows, rest * sizeof(rows[0]));
    memcpy(rows + rest, im->rows, file_rows * sizeof(rows[0]));
    free(im->rows);
    im->rows = rows;
}

/* --- the addresses that go with ranges --- */

struct gather {
    struct import *im;
    struct call *c;
    struct address_pages pages;
    size_t at; /* the row whose addresses are read */
    bool too_many;
    void (*ready)(struct call *c);
};

static void on_address(struct address_pages *pages, struct ipam_address *a)
{
    struct gather *g = container_of(pages, struct gather, pages);
    struct import *im = g->im;
    struct import_row *row = &im->rows[g->at];
    if (!rule_is_mapped(row->rec, a))
        return;
    struct import_mapped *m = arena_alloc(&im->arena, sizeof(*m));
    struct ipam_address *copy = record_copy(&im->arena, a);
    if (m == NULL || copy == NULL)
        call_starved(g->c);
    pages->enough = call_is_starved(g->c) || im->mapped_count == MAPPED_MOST;
    g->too_many = im->mapped_count == MAPPED_MOST;
    if (pages->enough)
        return;
    *m = (struct import_mapped){ copy, row->mapped };
    row->mapped = m;
    im->mapped_count++;
    imap_put(&im->known, (uint64_t)a->id, copy);
}

static void read_next(struct gather *g);

static void all_read(struct address_pages *pages)
{
    struct gather *g = container_of(pages, struct gather, pages);
    g->at++;
    read_next(g);
}

/* The next range that goes and has an address in use in it. */
static void read_next(struct gather *g)
{
    struct import *im = g->im;
    struct ipam_addr used;
    const struct ipam_range *r = NULL;
    for (; g->at < im->count; g->at++) {
        r = im->rows[g->at].line == 0 ? im->rows[g->at].rec : NULL;
        if (r != NULL && view_first_used(call_view(g->c), r->space, &r->first, &r->last, &used) == 0)
            break;
    }
    if (g->too_many) {
        problem_hint(&g->c->problem, "release some of them first, or leave children away");
        problem_set(&g->c->problem, PROBLEM_TOO_LARGE,
                    "more than %d addresses would be deleted with the ranges that the file does not have",
                    MAPPED_MOST);
    }
    if (g->too_many || call_is_starved(g->c)) {
        g->c->csv = false;
        call_problem(g->c);
    } else if (g->at == im->count) {
        g->ready(g->c);
    } else {
        g->pages = (struct address_pages){
            .c = g->c, .space = r->space, .from = used, .last = r->last, .row = on_address, .then = all_read
        };
        address_pages_read(&g->pages);
    }
}

static void with_addresses(struct import *im, struct call *c, void (*ready)(struct call *c))
{
    struct gather *g = arena_alloc(&c->arena, sizeof(*g));
    if (g == NULL) {
        call_starved(c);
        call_problem(c);
        return;
    }
    *g = (struct gather){ .im = im, .c = c, .ready = ready };
    read_next(g);
}

/* --- all of them --- */

struct rest {
    struct import *im;
    struct call *c;
    size_t file_rows;
    void (*ready)(struct call *c);
};

static void on_rest(void *user, const struct record_type *t, void *rec)
{
    struct rest *r = user;
    (void)t;
    take_rest(r->im, rec);
}

static void on_rests(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct rest *r = user;
    (void)answer;
    if (status != 0) {
        r->c->csv = false;
        call_status_problem(r->c, status, message);
        return;
    }
    if (r->im->count > r->file_rows)
        rest_first(r->im, r->file_rows);
    r->ready(r->c);
}

void import_find_rest(struct import *im, struct call *c, void (*ready)(struct call *c))
{
    const struct record_type *t = im->type;
    const struct record_field *place = place_of(t), *container = container_of_type(t);
    size_t file_rows = im->count;
    if (t->residency == RES_RESIDENT) {
        const void *rec;
        for (int64_t at = 0; (rec = state_next(c->api->at.state, t->type, at)) != NULL;) {
            at = *(const int64_t *)((const char *)rec + t->fields[0].offset);
            take_rest(im, rec);
        }
        if (im->count > file_rows)
            rest_first(im, file_rows);
        if (im->children)
            with_addresses(im, c, ready);
        else
            ready(c);
        return;
    }
    struct rest *r = arena_alloc(&im->arena, sizeof(*r));
    void *like = record_new(&im->arena, t->type);
    struct store_filter f = { container != NULL ? container->number : 0, IPAM_CMP_EQ, like };
    struct store_query q = { .type = t->type, .filters = &f };
    *r = (struct rest){ im, c, file_rows, ready };
    if (im->space != 0) {
        *(int64_t *)(void *)((char *)like + container->offset) = im->space;
        IPAM_SET_FIELD((struct ipam_record *)like, container->number);
        q.filter_count = 1;
    }
    if (im->has_within) {
        q.within = &im->within;
        q.within_field = q.order = place->number;
    }
    store_query(c->api->at.store, &q, on_rest, on_rests, r);
}
