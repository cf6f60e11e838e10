/* plans.c - routes whose items become plans on servers: one, a list, or keys; all or none.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/plans.h"

#include <stdio.h>

/* --- what is sent --- */

static int list_size(struct call *c, size_t count)
{
    if (count >= 1 && count <= PLANS_MOST)
        return 0;
    problem_hint(&c->problem, "send lists of 1 to %d", PLANS_MOST);
    return problem_set(&c->problem, count == 0 ? PROBLEM_INVALID : PROBLEM_TOO_LARGE,
                       "the list has %zu items", count);
}

size_t plans_listed(struct call *c)
{
    const struct json *root = json_root(c->doc);
    c->many = json_type(root) == JSON_ARRAY;
    size_t count = c->many ? json_count(root) : 1;
    return list_size(c, count) == 0 ? count : 0;
}

int plans_read(struct call *c, void (*read)(struct call *c, const struct json *v, const char *base, size_t i,
                                            struct record_problems *problems))
{
    const struct json *root = json_root(c->doc);
    struct record_problems problems;
    size_t i = 0;
    record_problems_init(&problems, &c->arena);
    for (const struct json *v = c->many ? json_first(root) : root; v != NULL; v = json_next(v), i++) {
        if (i == (c->many ? json_count(root) : 1))
            break;
        read(c, v, c->many ? arena_printf(&c->arena, "/%zu", i) : "", i, &problems);
    }
    return problems.count > 0 ? call_invalid(c, &problems) : 0;
}

const struct json *plans_keys(struct call *c, const char *key, bool more)
{
    const struct json *root = json_root(c->doc), *keys = json_get(root, "keys");
    if (json_type(root) != JSON_OBJECT || (!more && json_count(root) != 1) || json_type(keys) != JSON_ARRAY) {
        problem_set(&c->problem, PROBLEM_INVALID, "expected {\"keys\": [\"%s\", ...]%s}", key,
                    more ? ", ..." : "");
        return NULL;
    }
    c->many = true;
    return list_size(c, json_count(keys)) == 0 ? keys : NULL;
}

void plans_write_side(struct call *c, const struct record_type *t, const char *name, struct ipam_bytes packed)
{
    struct json_writer w;
    void *row;
    if (t == NULL || packed.len == 0 || record_unpack(t, packed, &c->arena, &row) != 0)
        return;
    sight_trim(&c->sight, call_view(c), row);
    strbuf_printf(&c->out, ",\"%s\":", name);
    jw_init(&w, &c->out);
    record_to_json(row, NULL, &w);
}

/* --- the decision --- */

int plans_not_managed(const struct ipam_server *server, struct problem *p)
{
    if (server == NULL)
        return problem_set(p, PROBLEM_NOT_FOUND, "its server was removed meanwhile");
    problem_about(p, IPAM_T_SERVER, server->id);
    problem_hint(p, "let ipamd manage it: PATCH the server with {\"managed\": true}");
    return problem_set(p, PROBLEM_MANAGED, "server " STR_FMT " is not managed by ipamd",
                       STR_ARG(server->name));
}

/* The first character beyond U+00FF; its position, or the length. The text is UTF-8. */
static size_t beyond_latin1(struct ipam_str s)
{
    size_t i = 0;
    while (i < s.len && (unsigned char)s.data[i] < 0xC4)
        i++;
    return i;
}

/* A text of a field as it is kept; of an option's values the server keeps bytes. */
static struct ipam_str wide_text(const struct record_field *f, const void *rec, unsigned type)
{
    const void *at = (const char *)rec + f->offset;
    const struct ipam_strs *l = at;
    struct ipam_str none = { NULL, 0 };
    if (f->kind == KIND_TEXT)
        return *(const struct ipam_str *)at;
    if (f->kind != KIND_TEXTS || (type == IPAM_T_OPTION_VALUE && f->number == IPAM_OPTION_VALUE_VALUES))
        return none;
    for (size_t i = 0; i < l->count; i++)
        if (beyond_latin1(l->items[i]) < l->items[i].len)
            return l->items[i];
    return none;
}

int plans_texts_kept(struct call *c, const struct ipam_server *server, const void *before, const void *after,
                     struct problem *p)
{
    const struct plugin *driver = plugin_find(c->api->at.providers, server->driver);
    if (after == NULL || driver == NULL ||
        (plugin_offer(driver, IPAM_KIND_DHCP)->capabilities & IPAM_DHCP_CAP_LATIN1) == 0)
        return 0;
    unsigned type = ((const struct ipam_record *)after)->type;
    const struct record_type *t = record_type(type);
    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];
        struct ipam_str text =
            record_has(after, f->number) ? wide_text(f, after, type) : (struct ipam_str){ NULL, 0 };
        size_t at = beyond_latin1(text);
        if (at == text.len ||
            (before != NULL && record_has(before, f->number) && str_equal(wide_text(f, before, type), text)))
            continue;
        problem_hint(p, "write it without: umlauts and accents of Western Europe are kept");
        return problem_set(p, PROBLEM_INVALID,
                           "%s: there is a character beyond U+00FF at byte %zu, which server " STR_FMT
                           " (driver " STR_FMT ") cannot keep",
                           f->name, at + 1, STR_ARG(server->name), STR_ARG(server->driver));
    }
    return 0;
}

void plans_add(struct call *c, struct draft *d, int64_t plan, int64_t server)
{
    struct plans *w = c->work;
    w->servers[w->count++] = server;
    c->recs[c->rec_count++] = record_copy(&c->arena, view_get(draft_view(d), IPAM_T_PLAN, plan));
}

static void say_which(struct call *c, size_t i, struct problem *p)
{
    char detail[sizeof(p->detail)];
    const struct plans *w = c->work;
    if (!c->many || w->single)
        return;
    snprintf(detail, sizeof(detail), "%s", p->detail);
    problem_set(p, p->type, "/%zu: %s; nothing was planned", i, detail);
}

static int decide(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    struct plans *w = c->work;
    w->count = c->rec_count = 0; /* it may be decided again */
    for (size_t i = 0; i < w->items; i++)
        if (w->draft(c, d, i, &in->problem) != 0) {
            sight_veil(&c->sight, draft_view(d), &in->problem);
            say_which(c, i, &in->problem);
            return IPAM_E_INVAL;
        }
    if (c->many) {
        call_decide_items(c, 202, draft_view(d));
        return 0;
    }
    snprintf(c->location, sizeof(c->location), "/api/v1/manage/plans/%lld",
             (long long)((const struct ipam_plan *)c->recs[0])->id);
    call_decide_object(c, 202, draft_view(d), c->recs[0]);
    if (w->told != NULL && write_is_dry(c))
        w->told(c);
    return 0;
}

void plans_kick(struct call *c, const int64_t *servers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (i == 0 || servers[i] != servers[i - 1])
            manage_kick(c->api->at.manage, servers[i]);
}

static void accepted(struct call *c)
{
    const struct plans *w = c->work;
    plans_kick(c, w->servers, w->count);
    call_reply(c);
}

void plans_submit(struct call *c, void (*needs)(struct intent *, const struct view *, struct needs *))
{
    struct plans *w = c->work;
    w->servers = arena_alloc(&c->arena, PLANS_EACH * w->items * sizeof(w->servers[0]));
    c->recs = arena_alloc(&c->arena, PLANS_EACH * w->items * sizeof(c->recs[0]));
    c->intent.rows = (unsigned)w->items;
    c->csv = false;
    if (call_is_starved(c) || w->servers == NULL || c->recs == NULL) {
        call_starved(c);
        call_problem(c);
        return;
    }
    call_submit(c, needs, decide, accepted);
}
