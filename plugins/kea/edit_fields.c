/* edit_fields.c - the fields of a record as members of Kea's object, as far as an edit changes them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "edit.h"
#include "net/addr.h"

#define VALUE_MAX ((size_t)16 * KEA_VENDOR_MAX)

/* Members that one protocol alone has (ARM, the tables of parameters of both chapters), or that a
 * version brought. */
static const struct limit {
    const char *key;
    int service; /* the one that has it, -1: both */
    unsigned since;
} limits[] = {
    { "authoritative", KEA_DHCP4, 0 },
    { "next-server", KEA_DHCP4, 0 },
    { "server-hostname", KEA_DHCP4, 0 },
    { "boot-file-name", KEA_DHCP4, 0 },
    { "preferred-lifetime", KEA_DHCP6, 0 },
    { "rapid-commit", KEA_DHCP6, 0 },
    { "never-send", -1, 203 },
};

int kea_drafted(const struct kea_editor *e)
{
    return e->draft.nomem ? IPAM_E_NOMEM : 0;
}

/* --- comparing --- */

static bool present(const struct kea_field *f, const void *row)
{
    const struct ipam_record *head = row;
    const char *at;

    if (!row || !IPAM_HAS_FIELD(head, f->number))
        return false;
    at = (const char *)row + f->offset;
    switch (f->type) {
    case KEA_STR:
        return ((const struct ipam_str *)(const void *)at)->data != NULL; /* an empty one can say something */
    case KEA_STRS: return ((const struct ipam_strs *)(const void *)at)->count > 0;
    case KEA_ADDRS: return ((const struct ipam_addrs *)(const void *)at)->count > 0;
    case KEA_ADDR: return ((const struct ipam_addr *)(const void *)at)->family != 0;
    default: return true;
    }
}

static bool same_strs(const struct ipam_strs *x, const struct ipam_strs *y)
{
    bool same = x->count == y->count;

    for (size_t i = 0; i < x->count && same; i++)
        same = str_equal(x->items[i], y->items[i]);
    return same;
}

static bool same_addrs(const struct ipam_addrs *x, const struct ipam_addrs *y)
{
    bool same = x->count == y->count;

    for (size_t i = 0; i < x->count && same; i++)
        same = addr_equal(&x->items[i], &y->items[i]);
    return same;
}

bool kea_field_same(const struct kea_field *f, const void *a, const void *b)
{
    const struct ipam_bytes *p, *q;
    const void *x, *y;

    if (!present(f, a) || !present(f, b))
        return present(f, a) == present(f, b);
    p = x = (const char *)a + f->offset;
    q = y = (const char *)b + f->offset;
    switch (f->type) {
    case KEA_INT: return *(const int64_t *)x == *(const int64_t *)y;
    case KEA_WORD: return *(const uint32_t *)x == *(const uint32_t *)y;
    case KEA_STR: return str_equal(*(const struct ipam_str *)x, *(const struct ipam_str *)y);
    case KEA_BYTES: return p->len == q->len && (p->len == 0 || memcmp(p->data, q->data, p->len) == 0);
    case KEA_ADDR: return addr_equal(x, y);
    case KEA_PREFIX: return prefix_equal(x, y);
    case KEA_STRS: return same_strs(x, y);
    default: return same_addrs(x, y);
    }
}

const struct kea_field *kea_field_of(const struct kea_kind *kind, unsigned number)
{
    for (size_t i = 0; i < kind->field_count; i++)
        if (kind->fields[i].number == number)
            return &kind->fields[i];
    return NULL;
}

bool kea_same(const struct kea_editor *e, unsigned number, const void *a, const void *b)
{
    return kea_field_same(kea_field_of(e->kind, number), a, b);
}

/* --- what cannot be written --- */

static int lacking(struct kea_editor *e, const struct kea_field *f, const char *why)
{
    size_t len = strlen(f->name);

    return kea_refuse(e, IPAM_E_UNSUPPORTED, "cannot have %.*s as asked: %s",
                      (int)(f->name[len - 1] == '_' ? len - 1 : len), f->name, why);
}

static int check_member(struct kea_editor *e, const struct kea_field *f, const struct kea_member_map *m,
                        const void *after)
{
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        if (strcmp(limits[i].key, m->key) != 0 || !present(f, after))
            continue;
        if (limits[i].service >= 0 && limits[i].service != (int)e->cfg->service)
            return lacking(e, f, "Kea has it for the other protocol alone");
        if (e->version && limits[i].since > e->version)
            return lacking(e, f, "this version of Kea does not have it yet");
    }
    return 0;
}

static int check_field(struct kea_editor *e, const struct kea_field *f, const void *before, const void *after)
{
    const struct kea_members *members = e->kind->members;
    int status = 0;

    switch (f->how) {
    case KEA_F_LACKING: return lacking(e, f, "Kea has nothing like it");
    case KEA_F_DERIVED: return before ? lacking(e, f, "Kea makes it out of other settings; change those") : 0;
    case KEA_F_FIRST:
        return present(f, after) && *(const uint32_t *)(const void *)((const char *)after + f->offset) == 0
                   ? 0
                   : lacking(e, f, "Kea has no setting for it");
    case KEA_F_MEMBER:
        for (size_t i = 0; i < members->count && status == 0; i++)
            if (members->items[i].kind != KEA_ELSEWHERE && members->items[i].number == f->number)
                status = check_member(e, f, &members->items[i], after);
        return status;
    default: return 0;
    }
}

int kea_check_fields(struct kea_editor *e, const void *before, const void *after)
{
    int status = 0;

    for (size_t i = 0; i < e->kind->field_count && status == 0; i++)
        if (!kea_field_same(&e->kind->fields[i], before, after))
            status = check_field(e, &e->kind->fields[i], before, after);
    return status;
}

/* --- putting --- */

/* Kea 2.2 takes the escapes \u0000 to \u00ff only ("Unsupported unicode escape"), and damages raw UTF-8. */
static bool survives(struct ipam_str json)
{
    for (size_t i = 0; i + 1 < json.len; i++) {
        if (json.data[i] != '\\')
            continue;
        i++;
        if (json.data[i] == 'u' && (i + 2 >= json.len || json.data[i + 1] != '0' || json.data[i + 2] != '0'))
            return false;
    }
    return true;
}

int kea_put_json(struct kea_editor *e, struct kea_node *n, const char *key, struct ipam_str json)
{
    if (!survives(json))
        return kea_refuse(
            e, IPAM_E_INVAL,
            "cannot be written: its %s holds characters beyond U+00FF, which Kea cannot keep; write it "
            "without them",
            key);
    return kea_node_put(&e->draft, n, str_from(key), json) ? 0 : IPAM_E_NOMEM;
}

/* Ends a value that was written and puts it. */
static int put_written(struct kea_editor *e, struct kea_node *n, const char *key, struct strbuf *out)
{
    int status = out->failed ? IPAM_E_NOMEM : kea_put_json(e, n, key, strbuf_str(out));

    strbuf_fini(out);
    return status;
}

static void begin(struct json_writer *w, struct strbuf *out)
{
    strbuf_init(out, VALUE_MAX);
    jw_init(w, out);
    w->ascii = true;
}

int kea_put_text(struct kea_editor *e, struct kea_node *n, const char *key, struct ipam_str text)
{
    struct json_writer w;
    struct strbuf out;

    begin(&w, &out);
    jw_str(&w, text);
    return put_written(e, n, key, &out);
}

int kea_put_int(struct kea_editor *e, struct kea_node *n, const char *key, int64_t number)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRId64, number);
    return kea_put_json(e, n, key, str_from(text));
}

int kea_put_bool(struct kea_editor *e, struct kea_node *n, const char *key, bool yes)
{
    return kea_put_json(e, n, key, yes ? IPAM_STR("true") : IPAM_STR("false"));
}

int kea_put_addr(struct kea_editor *e, struct kea_node *n, const char *key, const struct ipam_addr *a)
{
    char text[ADDR_TEXT_MAX];

    addr_print(a, text);
    return kea_put_text(e, n, key, str_from(text));
}

static int put_strs(struct kea_editor *e, struct kea_node *n, const char *key, const struct ipam_strs *list)
{
    struct json_writer w;
    struct strbuf out;

    begin(&w, &out);
    jw_array(&w);
    for (size_t i = 0; i < list->count; i++)
        jw_str(&w, list->items[i]);
    jw_array_end(&w);
    return put_written(e, n, key, &out);
}

static int put_relay(struct kea_editor *e, struct kea_node *n, const char *key, const struct ipam_addrs *list)
{
    char text[ADDR_TEXT_MAX];
    struct json_writer w;
    struct strbuf out;

    begin(&w, &out);
    jw_object(&w);
    jw_key(&w, "ip-addresses");
    jw_array(&w);
    for (size_t i = 0; i < list->count; i++) {
        addr_print(&list->items[i], text);
        jw_text(&w, text);
    }
    jw_array_end(&w);
    jw_object_end(&w);
    return put_written(e, n, key, &out);
}

int kea_put_context(struct kea_editor *e, struct kea_node *n, const char *key, struct ipam_str text)
{
    struct kea_node *context = kea_node_get(&e->draft, n, "user-context");

    if (text.len)
        return kea_put_text(e, context ? context : kea_node_object(&e->draft, n, "user-context"), key, text);
    kea_node_drop(kea_node_get(&e->draft, context, key));
    if (context && !kea_node_first(&e->draft, context))
        kea_node_drop(context);
    return kea_drafted(e);
}

struct kea_node *kea_add_object(struct kea_editor *e, struct kea_node *array)
{
    return kea_node_add(&e->draft, array, IPAM_STR("{ }"));
}

/* --- the members of a record --- */

/* Kea 2.7.4 and later have a list of classes where there was one. */
static int put_classes(struct kea_editor *e, struct kea_node *n, const struct kea_field *f, const void *after)
{
    const struct ipam_strs *list = (const void *)((const char *)after + f->offset);
    bool one = false;

    for (size_t i = 0; i < e->kind->members->count; i++)
        one = one || strcmp(e->kind->members->items[i].key, "client-class") == 0;
    one = one && (e->version ? e->version < 207 : !kea_node_get(&e->draft, n, "client-classes"));
    kea_node_drop(kea_node_get(&e->draft, n, one ? "client-classes" : "client-class"));
    if (!one)
        return put_strs(e, n, "client-classes", list);
    if (list->count > 1)
        return lacking(e, f, "this version of Kea has room for one class there");
    return kea_put_text(e, n, "client-class", list->items[0]);
}

static int put_member(struct kea_editor *e, struct kea_node *n, const struct kea_member_map *m,
                      const void *after)
{
    const void *at = (const char *)after + m->offset;

    switch (m->kind) {
    case KEA_TEXT: return kea_put_text(e, n, m->key, *(const struct ipam_str *)at);
    case KEA_SECONDS: return kea_put_int(e, n, m->key, *(const int64_t *)at);
    case KEA_BOOL: return kea_put_bool(e, n, m->key, *(const uint32_t *)at);
    case KEA_ADDRESS: return kea_put_addr(e, n, m->key, at);
    case KEA_RELAY: return put_relay(e, n, m->key, at);
    default: return put_strs(e, n, m->key, at);
    }
}

/* Kea 2.2 shows the bounds of a time that has none as the time itself. Such bounds go with it, or (`to` <
 * 0) go: they would refuse another time, and stand for one that is missing. */
static int move_bounds(struct kea_editor *e, struct kea_node *n, const char *key, int64_t from, int64_t to)
{
    static const char *const ends[] = { "min", "max" };
    int status = 0;

    for (size_t i = 0; i < 2 && status == 0; i++) {
        char bound[40];
        int64_t is;

        snprintf(bound, sizeof(bound), "%s-%s", ends[i], key);
        if (!kea_node_int(&e->draft, n, bound, &is) || is != from)
            continue;
        if (to < 0)
            kea_node_drop(kea_node_get(&e->draft, n, bound));
        else
            status = kea_put_int(e, n, bound, to);
    }
    return status;
}

static bool is_time(const char *key)
{
    return strcmp(key, "valid-lifetime") == 0 || strcmp(key, "preferred-lifetime") == 0;
}

static int write_member(struct kea_editor *e, struct kea_node *n, const struct kea_field *f,
                        const struct kea_member_map *m, const void *after)
{
    const void *at = (const char *)after + m->offset;
    bool wanted = present(f, after);
    int64_t was;
    int status = 0;

    if (is_time(m->key) && kea_node_int(&e->draft, n, m->key, &was))
        status = move_bounds(e, n, m->key, was, wanted ? *(const int64_t *)at : -1);
    if (status == 0 && wanted)
        status = put_member(e, n, m, after);
    if (!wanted)
        kea_node_drop(kea_node_get(&e->draft, n, m->key));
    return status ? status : kea_drafted(e);
}

static int write_members(struct kea_editor *e, struct kea_node *n, const struct kea_field *f,
                         const void *after)
{
    const struct kea_members *members = e->kind->members;
    int status = 0;

    for (size_t i = 0; i < members->count && status == 0; i++) {
        const struct kea_member_map *m = &members->items[i];

        if (m->kind == KEA_ELSEWHERE || m->number != f->number)
            continue;
        if (strncmp(m->key, "client-class", 12) == 0 && present(f, after))
            return put_classes(e, n, f, after);
        status = write_member(e, n, f, m, after);
    }
    return status;
}

static struct ipam_str text_at(const void *row, unsigned number, size_t offset)
{
    const struct ipam_record *head = row;

    if (!row || !IPAM_HAS_FIELD(head, number))
        return (struct ipam_str){ NULL, 0 };
    return *(const struct ipam_str *)(const void *)((const char *)row + offset);
}

static struct ipam_str vendor_of(const struct kea_kind *kind, const void *row)
{
    return text_at(row, kind->vendor_number, kind->vendor_offset);
}

int kea_write_fields(struct kea_editor *e, struct kea_node *n, const void *before, const void *after)
{
    int status = kea_write_vendor(e, n, vendor_of(e->kind, before), vendor_of(e->kind, after));

    for (size_t i = 0; i < e->kind->field_count && status == 0; i++) {
        const struct kea_field *f = &e->kind->fields[i];

        if (kea_field_same(f, before, after))
            continue;
        if (f->how == KEA_F_MEMBER)
            status = write_members(e, n, f, after);
        else if (f->how == KEA_F_COMMENT)
            status = kea_put_context(e, n, "comment", text_at(after, f->number, f->offset));
    }
    return status;
}
