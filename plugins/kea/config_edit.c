/* config_edit.c - edits of reservations made in the text of a configuration.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The text Kea answered is cut and pasted at the spans of its values; nothing is written again from what
 * was understood of it. So numbers, escapes, unknown keys and order survive: nobody touches them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "net/addr.h"

#define OBJECT_MAX ((size_t)16 * KEA_VENDOR_MAX)

/* At `offset` of the document `cut` bytes go and `text` comes. */
struct splice {
    size_t offset, cut, order;
    struct ipam_str text;
};

/* A reservation object to be written into a subnet. */
struct addition {
    struct ipam_str text;
    struct addition *next;
};

/* What happens to the reservations of one subnet. */
struct work {
    struct addition *first, **tail;
    bool deletes;
};

struct editor {
    struct kea_config *cfg;
    struct work *work;    /* by index of subnet */
    bool *gone, *touched; /* by index of reservation */
    struct splice *splices;
    size_t count, cap;
};

static int splice(struct editor *e, size_t offset, size_t cut, struct ipam_str text)
{
    if (!text.data)
        return IPAM_E_NOMEM;
    if (e->count == e->cap) {
        size_t cap = e->cap ? 2 * e->cap : 64;
        struct splice *more = realloc(e->splices, cap * sizeof(*more));

        if (!more)
            return IPAM_E_NOMEM;
        e->splices = more;
        e->cap = cap;
    }
    e->splices[e->count] = (struct splice){ offset, cut, e->count, text };
    e->count++;
    return 0;
}

static size_t end_of(const struct editor *e, const struct json *v)
{
    return json_offset(v) + json_span(e->cfg->doc, v).len;
}

static int by_offset(const void *a, const void *b)
{
    const struct splice *x = a, *y = b;

    if (x->offset != y->offset)
        return x->offset < y->offset ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

/* Objects are put together member by member, in Kea's own spacing. */
static void put_member(struct strbuf *out, struct ipam_str key, struct ipam_str value)
{
    struct json_writer w;

    strbuf_puts(out, out->len ? ", " : "{ ");
    jw_init(&w, out);
    w.ascii = true;
    jw_str(&w, key);
    strbuf_puts(out, ": ");
    strbuf_addstr(out, value);
}

static struct ipam_str finish_object(struct editor *e, struct strbuf *out)
{
    struct ipam_str text = { NULL, 0 };

    strbuf_puts(out, out->len ? " }" : "{ }");
    if (!out->failed)
        text = arena_str(&e->cfg->arena, strbuf_str(out));
    strbuf_fini(out);
    return text;
}

static bool same_value(struct editor *e, const struct json *v, struct ipam_str value)
{
    struct json_doc *doc = NULL;
    struct json_error error;
    struct strbuf a, b;
    bool same;

    if (json_parse(value.data, value.len, OBJECT_MAX, &doc, &error))
        return false;
    strbuf_init(&a, OBJECT_MAX);
    strbuf_init(&b, OBJECT_MAX);
    json_canonical(e->cfg->doc, v, &a);
    json_canonical(doc, json_root(doc), &b);
    same = !a.failed && !b.failed && str_equal(strbuf_str(&a), strbuf_str(&b));
    strbuf_fini(&a);
    strbuf_fini(&b);
    json_free(doc);
    return same;
}

static struct kea_member *member_of(struct kea_member *members, size_t count, struct ipam_str key)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(members[i].key, key))
            return &members[i];
    return NULL;
}

/* The members of a record; what is wrong with it is noted in the edit. */
static int make_members(struct editor *e, struct kea_edit *edit, const struct ipam_reservation *row,
                        struct kea_member members[static KEA_MEMBERS_MAX], size_t *ret_count)
{
    char what[KEA_PROBLEM_MAX / 2] = "", name[200];
    int status = kea_reservation_members(e->cfg->service, row, &e->cfg->arena, members, ret_count, what);

    if (status) {
        kea_reservation_name(row, name, sizeof(name));
        snprintf(edit->problem, sizeof(edit->problem), "%s cannot be written: %s", name, what);
    }
    return status;
}

/* What a member by which the reservation is known says may be spelled in many ways: it is written anew only
 * where the record has changed it. */
static bool is_asked_for(const struct kea_edit *edit, struct kea_member *had, size_t had_count,
                         const struct kea_member *m)
{
    const struct kea_member *before = member_of(had, had_count, m->key);

    return !kea_reservation_identifies(m->key) ||
           (edit->before && (!before || !str_equal(before->value, m->value)));
}

/* Makes the object say what `after` says. Members that neither record names, and those that say it
 * already, keep their text. */
static int rewrite(struct editor *e, struct kea_edit *edit, const struct kea_reservation *r)
{
    struct kea_member had[KEA_MEMBERS_MAX], want[KEA_MEMBERS_MAX], *m;
    size_t had_count = 0, want_count = 0;
    bool differs = false;
    struct strbuf out;
    int status;

    status = make_members(e, edit, edit->after, want, &want_count);
    if (status == 0 && edit->before)
        status = make_members(e, edit, edit->before, had, &had_count);
    if (status)
        return status;
    strbuf_init(&out, OBJECT_MAX);
    for (const struct json *v = json_first(r->node); v; v = json_next(v)) {
        struct ipam_str key = json_key(v), value = json_span(e->cfg->doc, v);

        m = member_of(want, want_count, key);
        if (m && is_asked_for(edit, had, had_count, m) && !same_value(e, v, m->value)) {
            value = m->value;
            differs = true;
        } else if (!m && (member_of(had, had_count, key) || (str_is(key, "hostname") && json_str(v).len))) {
            differs = true;
            continue;
        }
        if (m)
            m->value = (struct ipam_str){ NULL, 0 }; /* done */
        put_member(&out, key, value);
    }
    for (size_t i = 0; i < want_count; i++)
        if (want[i].value.data && is_asked_for(edit, had, had_count, &want[i])) {
            put_member(&out, want[i].key, want[i].value);
            differs = true;
        }
    if (!differs) {
        strbuf_fini(&out);
        return 0;
    }
    return splice(e, json_offset(r->node), json_span(e->cfg->doc, r->node).len, finish_object(e, &out));
}

static int add(struct editor *e, struct kea_edit *edit, const struct kea_subnet *subnet)
{
    struct work *work = &e->work[subnet - e->cfg->subnets];
    struct addition *a = arena_alloc(&e->cfg->arena, sizeof(*a));
    struct kea_member members[KEA_MEMBERS_MAX];
    size_t count = 0;
    struct strbuf out;
    int status;

    if (!a)
        return IPAM_E_NOMEM;
    status = make_members(e, edit, edit->after, members, &count);
    if (status)
        return status;
    strbuf_init(&out, OBJECT_MAX);
    for (size_t i = 0; i < count; i++)
        put_member(&out, members[i].key, members[i].value);
    a->text = finish_object(e, &out);
    if (!a->text.data)
        return IPAM_E_NOMEM;
    if (!work->tail)
        work->tail = &work->first;
    *work->tail = a;
    work->tail = &a->next;
    return 0;
}

static int problem(struct kea_edit *edit, int status, const struct ipam_reservation *row, const char *what)
{
    char name[200];

    kea_reservation_name(row, name, sizeof(name));
    snprintf(edit->problem, sizeof(edit->problem), "%s %s", name, what);
    return status;
}

/* The reservation an edit speaks of, if it is there: the same client and, where the edit names one, the
 * same address. */
static struct kea_reservation *present(struct editor *e, const struct kea_subnet *subnet,
                                       const struct ipam_reservation *row, bool *ret_other_address)
{
    struct kea_reservation *r = kea_config_find(e->cfg, subnet, row->identifier_type, row->identifier);

    *ret_other_address = false;
    if (!r || e->gone[r - e->cfg->reservations])
        return NULL;
    if (row->address.family && !addr_equal(&row->address, &r->row.address)) {
        *ret_other_address = true;
        return NULL;
    }
    return r;
}

static int edit_one(struct editor *e, struct kea_edit *edit)
{
    const struct ipam_reservation *row = edit->verb == IPAM_EDIT_VERB_DELETE ? edit->before : edit->after;
    const struct kea_subnet *subnet = row ? kea_config_subnet(e->cfg, row->native_scope) : NULL;
    bool removing = edit->verb == IPAM_EDIT_VERB_DELETE, other = false;
    struct kea_reservation *r;

    if (!row) {
        snprintf(edit->problem, sizeof(edit->problem), "the edit lacks its record");
        return IPAM_E_INVAL;
    }
    if (!subnet && removing && edit->lenient)
        return 0;
    if (!subnet)
        return problem(edit, IPAM_E_NOENT, row,
                       "belongs to a subnet that the server no longer has; collect its configuration again");
    r = present(e, subnet, row, &other);
    if (r && e->touched[r - e->cfg->reservations])
        return problem(edit, IPAM_E_INVAL, row, "is changed twice in one call; send one edit for it");
    if (other && !removing)
        return problem(edit, edit->lenient ? IPAM_E_CONFLICT : IPAM_E_EXIST, row,
                       "cannot be: the client has a reservation of another address in this subnet; delete "
                       "that one first");
    if (r && edit->verb == IPAM_EDIT_VERB_ADD && !edit->lenient)
        return problem(edit, IPAM_E_EXIST, row, "exists already; collect the server's configuration again");
    if (!r && edit->verb != IPAM_EDIT_VERB_ADD && (!removing || !edit->lenient))
        return problem(edit, IPAM_E_NOENT, row, "does not exist; collect the server's configuration again");
    if (!r)
        return removing ? 0 : add(e, edit, subnet);
    e->touched[r - e->cfg->reservations] = true;
    if (!removing)
        return rewrite(e, edit, r);
    e->gone[r - e->cfg->reservations] = true;
    e->work[subnet - e->cfg->subnets].deletes = true;
    return 0;
}

/* Cuts the deleted items out of one array, each with the comma before it, or after it when nothing stays
 * before it. *ret_kept: how many stay. */
static int cut_items(struct editor *e, const struct kea_subnet *subnet, size_t *ret_kept)
{
    const struct kea_reservation *r = e->cfg->reservations;
    const struct json *before = NULL;
    size_t kept = 0;
    int status = 0;

    while (r->subnet != (size_t)(subnet - e->cfg->subnets))
        r++; /* those of a subnet stand together, in the order of its array */
    for (const struct json *v = json_first(subnet->reservations); v && status == 0;
         before = v, v = json_next(v), r++) {
        size_t from = kept ? end_of(e, before) : json_offset(v);
        size_t to = kept || !json_next(v) ? end_of(e, v) : json_offset(json_next(v));

        if (e->gone[r - e->cfg->reservations])
            status = splice(e, from, to - from, IPAM_STR(""));
        else
            kept++;
    }
    *ret_kept = kept;
    return status;
}

/* Where the new items of a subnet go, and what must stand around them. */
static int put_items(struct editor *e, const struct kea_subnet *subnet, size_t kept)
{
    const struct work *work = &e->work[subnet - e->cfg->subnets];
    const struct json *last = NULL;
    size_t at = json_offset(subnet->node) + 1;
    struct strbuf out;
    int status = IPAM_E_NOMEM;

    for (const struct json *v = json_first(subnet->reservations); v; v = json_next(v))
        last = v;
    if (subnet->reservations)
        at = last ? end_of(e, last) : json_offset(subnet->reservations) + 1;
    strbuf_init(&out, KEA_ANSWER_MAX);
    if (!subnet->reservations)
        strbuf_puts(&out, " \"reservations\": [ ");
    for (const struct addition *a = work->first; a; a = a->next, kept++) {
        strbuf_puts(&out, kept ? ", " : "");
        strbuf_addstr(&out, a->text);
    }
    if (!subnet->reservations)
        strbuf_puts(&out, json_first(subnet->node) ? " ]," : " ]");
    if (!out.failed)
        status = splice(e, at, 0, arena_str(&e->cfg->arena, strbuf_str(&out)));
    strbuf_fini(&out);
    return status;
}

static int assemble(struct editor *e, struct ipam_str *ret_text)
{
    struct ipam_str old = json_span(e->cfg->doc, e->cfg->root);
    size_t base = json_offset(e->cfg->root), at = 0, len = old.len, out = 0;
    char *text;

    qsort(e->splices, e->count, sizeof(*e->splices), by_offset);
    for (size_t i = 0; i < e->count; i++)
        len += e->splices[i].text.len - e->splices[i].cut;
    text = arena_alloc(&e->cfg->arena, len + 1);
    if (!text)
        return IPAM_E_NOMEM;
    for (size_t i = 0; i < e->count; i++) {
        const struct splice *s = &e->splices[i];
        size_t keep = s->offset - base - at;

        memcpy(text + out, old.data + at, keep);
        memcpy(text + out + keep, s->text.data, s->text.len);
        out += keep + s->text.len;
        at += keep + s->cut;
    }
    memcpy(text + out, old.data + at, old.len - at);
    *ret_text = (struct ipam_str){ text, len };
    return 0;
}

static int check_identity(struct kea_edit *edit)
{
    if (edit->verb == IPAM_EDIT_VERB_SET && edit->before && edit->after &&
        (!kea_same_client(edit->before, edit->after) ||
         !addr_equal(&edit->before->address, &edit->after->address) ||
         !str_equal(edit->before->native_scope, edit->after->native_scope)))
        return problem(edit, IPAM_E_INVAL, edit->after,
                       "is another one than before; delete the old reservation and add the new one");
    return 0;
}

int kea_config_edit(struct kea_config *cfg, struct kea_edit *const *edits, size_t count,
                    struct ipam_str *ret_text)
{
    struct editor e = { .cfg = cfg };
    struct ipam_str text = { NULL, 0 };
    int status = IPAM_E_NOMEM;
    size_t kept = 0;

    e.work = arena_alloc(&cfg->arena, cfg->subnet_count * sizeof(*e.work));
    e.gone = arena_alloc(&cfg->arena, 2 * cfg->reservation_count + 1);
    if (!e.work || !e.gone)
        goto out;
    e.touched = e.gone + cfg->reservation_count;
    status = 0;
    for (size_t i = 0; i < count && status != IPAM_E_NOMEM; i++) {
        edits[i]->status = check_identity(edits[i]);
        if (edits[i]->status == 0)
            edits[i]->status = edit_one(&e, edits[i]);
        if (edits[i]->status)
            status = edits[i]->status == IPAM_E_NOMEM ? IPAM_E_NOMEM : IPAM_E_INVAL;
    }
    for (size_t i = 0; i < cfg->subnet_count && status == 0; i++) {
        kept = json_count(cfg->subnets[i].reservations);
        if (e.work[i].deletes)
            status = cut_items(&e, &cfg->subnets[i], &kept);
        if (status == 0 && e.work[i].first)
            status = put_items(&e, &cfg->subnets[i], kept);
    }
    if (status == 0 && e.count)
        status = assemble(&e, &text);
    if (status == 0)
        *ret_text = text;
out:
    free(e.splices);
    return status;
}
