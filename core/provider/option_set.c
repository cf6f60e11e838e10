/* option_set.c - the values one instance is opened with, and how they reach the plugin.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "ipam/status.h"
#include "net/addr.h"
#include "provider/option_value.h"
#include "provider/reason.h"

static void options_start(struct options *o, const struct option_table *t)
{
    o->table = t;
    o->values = xcalloc(t->count, sizeof(*o->values));
    arena_init(&o->arena, 0);
}

static void options_set(struct options *o, unsigned i, const struct option_value *v)
{
    o->values[i] = *v;
    if (v->text.data)
        o->values[i].text = arena_str(&o->arena, v->text);
    if (v->items.count > 0) {
        struct ipam_str *items = arena_alloc(&o->arena, v->items.count * sizeof(*items));

        for (size_t n = 0; items && n < v->items.count; n++)
            items[n] = arena_str(&o->arena, v->items.items[n]);
        o->values[i].items = (struct ipam_strs){ items, items ? v->items.count : 0 };
    }
}

void options_init(struct options *o, const struct option_table *t, const struct json *options,
                  const struct json *base)
{
    struct arena scratch;
    char why[PROVIDER_ERR_MAX];

    options_start(o, t);
    arena_init(&scratch, 0);
    for (unsigned i = 0; i < t->count; i++) {
        const struct ipam_option *option = &t->items[i];
        const struct json *given = json_get(options, option->name);
        struct option_value value;
        int status = IPAM_E_NOENT;

        if (given == NULL)
            given = json_get(base, option->name);
        if (given)
            status = option_from_json(option, given, &scratch, &value, why);
        else if (option->def)
            status = option_parse(option, str_from(option->def), &scratch, &value, why);
        if (status == 0)
            options_set(o, i, &value);
    }
    arena_fini(&scratch);
}

static bool same_value(const struct option_value *a, const struct option_value *b)
{
    bool same = a->present == b->present && a->number == b->number && str_equal(a->text, b->text) &&
                a->items.count == b->items.count;

    for (size_t n = 0; same && n < a->items.count; n++)
        same = str_equal(a->items.items[n], b->items.items[n]);
    return same;
}

bool options_same(const struct options *a, const struct options *b)
{
    bool same = a->table->count == b->table->count;

    for (unsigned i = 0; same && i < a->table->count; i++)
        same = a->table->items[i].kind == b->table->items[i].kind &&
               strcmp(a->table->items[i].name, b->table->items[i].name) == 0 &&
               same_value(&a->values[i], &b->values[i]) &&
               !(a->table->items[i].kind == IPAM_OPT_SECRET && a->values[i].present);
    return same;
}

void options_clone(struct options *o, const struct options *from)
{
    options_start(o, from->table);
    for (unsigned i = 0; i < from->table->count; i++) {
        struct option_value value = from->values[i];

        value.secret = NULL;
        value.secret_len = 0;
        options_set(o, i, &value);
    }
}

void options_wipe_secrets(struct options *o)
{
    for (unsigned i = 0; o->table && i < o->table->count; i++) {
        struct option_value *v = &o->values[i];

        if (v->secret)
            explicit_bzero(v->secret, v->secret_len);
        free(v->secret);
        v->secret = NULL;
        v->secret_len = 0;
    }
}

bool options_name_secret(const struct options *o, struct ipam_str name)
{
    for (unsigned i = 0; o->table && i < o->table->count; i++)
        if (o->table->items[i].kind == IPAM_OPT_SECRET && o->values[i].present &&
            str_equal(o->values[i].text, name))
            return true;
    return false;
}

/* A short secret would make holes in every text, and tells nothing. */
#define REDACTED_MIN 4

void options_redact(const struct options *o, char *text)
{
    for (unsigned i = 0; o->table && i < o->table->count; i++) {
        const struct option_value *v = &o->values[i];
        char *at = text;

        if (v->secret == NULL || v->secret_len < REDACTED_MIN)
            continue;
        while ((at = memmem(at, strlen(at), v->secret, v->secret_len))) {
            memset(at, '*', v->secret_len);
            at += v->secret_len;
        }
    }
}

void options_fini(struct options *o)
{
    if (o->table == NULL)
        return;
    options_wipe_secrets(o);
    free(o->values);
    arena_fini(&o->arena);
    o->table = NULL;
}

static void set_secret(struct option_value *v, const void *data, size_t len)
{
    v->secret = xmalloc(len);
    memcpy(v->secret, data, len);
    v->secret_len = len;
}

static const char *secret_remedy(int status)
{
    switch (status) {
    case IPAM_E_ACCESS: return "put the master key back that it is under, or write the secret anew";
    case IPAM_E_PROTO:
        return "somebody changed what is stored of it; see who can write the database, and write it anew";
    default: return "provide it as a credential of the service, store it, or correct its name";
    }
}

int options_load_secrets(struct options *o,
                         int (*lookup)(void *user, const char *name, uint8_t *buf, size_t cap), void *user,
                         char *err)
{
    uint8_t *buf = NULL;
    int len = 0;

    for (unsigned i = 0; i < o->table->count && len >= 0; i++) {
        struct option_value *v = &o->values[i];

        if (o->table->items[i].kind != IPAM_OPT_SECRET || !v->present)
            continue;
        if (buf == NULL)
            buf = xmalloc(SECRET_MAX);
        len = lookup ? lookup(user, v->text.data, buf, SECRET_MAX) : IPAM_E_NOENT;
        if (len >= 0)
            set_secret(v, buf, (size_t)len);
        else
            refuse(0, err, "the secret '%s' of option '%s' %s (status %d): %s", v->text.data,
                   o->table->items[i].name, len == IPAM_E_NOENT ? "is not known" : "cannot be read", len,
                   secret_remedy(len));
        explicit_bzero(buf, SECRET_MAX);
    }
    free(buf);
    if (len < 0)
        options_wipe_secrets(o);
    return len < 0 ? IPAM_E_CONFIG : 0;
}

/* The value of an option whose kind is in the set of kinds. */
static int32_t find(const struct options *o, const char *name, uint32_t kinds,
                    const struct option_value **ret)
{
    for (unsigned i = 0; name && i < o->table->count; i++) {
        if (strcmp(o->table->items[i].name, name) != 0)
            continue;
        if (!(kinds & 1u << o->table->items[i].kind))
            return IPAM_E_INVAL;
        *ret = &o->values[i];
        return o->values[i].present ? 0 : IPAM_E_NOENT;
    }
    return IPAM_E_INVAL;
}

#define TEXTS                                                                                                \
    (1u << IPAM_OPT_TEXT | 1u << IPAM_OPT_PATH | 1u << IPAM_OPT_ENUM | 1u << IPAM_OPT_ADDRESS |              \
     1u << IPAM_OPT_PREFIX)

int32_t options_text(const struct options *o, const char *name, struct ipam_str *ret)
{
    const struct option_value *v;
    int32_t status = find(o, name, TEXTS, &v);

    if (status == 0)
        *ret = v->text;
    return status;
}

int32_t options_int(const struct options *o, const char *name, int64_t *ret)
{
    const struct option_value *v;
    int32_t status = find(o, name, 1u << IPAM_OPT_INT | 1u << IPAM_OPT_BOOL | 1u << IPAM_OPT_DURATION, &v);

    if (status == 0)
        *ret = v->number;
    return status;
}

int32_t options_secret(const struct options *o, const char *name, struct ipam_bytes *ret)
{
    const struct option_value *v;
    int32_t status = find(o, name, 1u << IPAM_OPT_SECRET, &v);

    if (status == 0 && v->secret == NULL)
        status = IPAM_E_NOENT; /* `open` is over */
    if (status == 0)
        *ret = (struct ipam_bytes){ v->secret, v->secret_len };
    return status;
}

int32_t options_list(const struct options *o, const char *name, struct ipam_strs *ret)
{
    const struct option_value *v;
    int32_t status = find(o, name, 1u << IPAM_OPT_LIST, &v);

    if (status == 0)
        *ret = v->items;
    return status;
}

int32_t options_addr(const struct options *o, const char *name, struct ipam_addr *ret)
{
    const struct option_value *v;
    int32_t status = find(o, name, 1u << IPAM_OPT_ADDRESS, &v);

    return status == 0 ? addr_parse(v->text.data, v->text.len, ret) : status;
}

int32_t options_prefix(const struct options *o, const char *name, struct ipam_prefix *ret)
{
    const struct option_value *v;
    int32_t status = find(o, name, 1u << IPAM_OPT_PREFIX, &v);

    return status == 0 ? prefix_parse(v->text.data, v->text.len, ret) : status;
}

size_t options_size(const struct options *o)
{
    size_t most = 4;

    for (unsigned i = 0; i < o->table->count; i++) {
        most += 28 + strlen(o->table->items[i].name) + o->values[i].text.len + o->values[i].secret_len;
        for (size_t n = 0; n < o->values[i].items.count; n++)
            most += 4 + o->values[i].items.items[n].len;
    }
    return most;
}

void options_write(const struct options *o, struct strbuf *out)
{
    uint32_t count = 0;

    for (unsigned i = 0; i < o->table->count; i++)
        count += o->values[i].present;
    wire_put32(out, count);
    for (unsigned i = 0; i < o->table->count; i++) {
        const struct option_value *v = &o->values[i];

        if (!v->present)
            continue;
        wire_put_bytes(out, o->table->items[i].name, strlen(o->table->items[i].name));
        wire_put32(out, o->table->items[i].kind);
        wire_put64(out, (uint64_t)v->number);
        wire_put_bytes(out, v->text.data, v->text.len);
        wire_put_bytes(out, v->secret, v->secret_len);
        wire_put32(out, (uint32_t)v->items.count);
        for (size_t n = 0; n < v->items.count; n++)
            wire_put_bytes(out, v->items.items[n].data, v->items.items[n].len);
    }
}

/* The items of a list; NULL when they cannot be. */
static struct ipam_str *read_items(struct wire_reader *r, struct arena *a, size_t count)
{
    struct ipam_str *items = count <= OPTION_ITEMS_MAX ? arena_alloc(a, (count + 1) * sizeof(*items)) : NULL;

    for (size_t n = 0; items && n < count; n++) {
        struct ipam_bytes item = wire_get_bytes(r);

        items[n] = (struct ipam_str){ (const char *)item.data, item.len };
        if (r->bad || item.len > OPTION_TEXT_MAX)
            return NULL;
    }
    return items;
}

/* One value; false when the table has no such option or not of that kind. */
static bool read_value(struct options *o, struct wire_reader *r)
{
    struct ipam_bytes name = wire_get_bytes(r), text, secret;
    struct option_value value = { .present = true };
    uint32_t kind = wire_get32(r);
    const struct ipam_option *option;
    unsigned i;

    value.number = (int64_t)wire_get64(r);
    text = wire_get_bytes(r);
    secret = wire_get_bytes(r);
    value.items.count = wire_get32(r);
    value.items.items = read_items(r, &o->arena, value.items.count);
    option =
        r->bad ? NULL : option_table_find(o->table, (struct ipam_str){ (const char *)name.data, name.len });
    if (option == NULL || option->kind != kind || value.items.items == NULL ||
        (value.items.count > 0 && kind != IPAM_OPT_LIST) || secret.len > SECRET_MAX ||
        text.len > OPTION_TEXT_MAX)
        return false;
    i = (unsigned)(option - o->table->items);
    if (o->values[i].present)
        return false;
    value.text = (struct ipam_str){ (const char *)text.data, text.len };
    options_set(o, i, &value);
    if (kind == IPAM_OPT_SECRET)
        set_secret(&o->values[i], secret.data, secret.len);
    return true;
}

int options_read(struct options *o, const struct option_table *t, struct wire_reader *r)
{
    uint32_t count;
    bool well = true;

    options_start(o, t);
    count = wire_get32(r);
    for (uint32_t i = 0; well && i < count; i++)
        well = read_value(o, r);
    if (well && !r->bad)
        return 0;
    options_fini(o);
    return IPAM_E_PROTO;
}
