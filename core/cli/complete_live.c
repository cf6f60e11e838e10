/* complete_live.c - candidates that the daemon knows: keys of objects, values of their fields.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/complete_p.h"
#include "cli/keys.h"
#include "cli/output.h"
#include "cli/pages.h"
#include "cli/refs.h"
#include "cli/target.h"
#include "net/addr.h"

#define KEYS_MAX    PAGES_MAX /* of one type: one request */
#define TEXT_MAX    4096
#define HELP_FIELDS 2

struct found {
    const char *text, *help;
    int64_t container; /* 0: none */
};
struct gather {
    struct completion *p;
    const struct record_type *type;
    const struct record_field *field; /* what is offered of each object; NULL: its id */
    struct ipam_str begin;            /* what it has to begin with */
    const char *columns;              /* of these fields it is told what the object is */
    unsigned count;
    struct found items[2 * KEYS_MAX];
};

const char *complete_within(const char *text, struct arena *arena)
{
    size_t len = strlen(text);
    bool v6 = memchr(text, ':', len) != NULL;
    struct ipam_prefix prefix;
    const char *whole = NULL, *rest = "";
    unsigned dots = 0;

    while (len > 0 && text[len - 1] != (v6 ? ':' : '.'))
        len--;
    for (size_t i = 0; i < len; i++)
        dots += text[i] == '.';
    if (v6)
        rest = len > 1 && text[len - 2] == ':' ? "" : ":";
    else
        rest = dots == 1 ? "0.0.0" : dots == 2 ? "0.0" : "0";
    for (unsigned bits = v6 ? 128 : 32; len > 0; bits--) {
        const char *wider = arena_printf(arena, "%.*s%s/%u", (int)len, text, rest, bits);

        if (wider == NULL || prefix_parse(wider, strlen(wider), &prefix) != 0)
            break;
        whole = wider;
        if (bits == 0)
            break;
    }
    return whole;
}

/* Values that tell the object from others, in a few words. */
static const char *help_of(struct gather *g, const struct json_doc *doc, const struct json *item)
{
    unsigned used = 0;
    struct strbuf raw, value, text;
    const char *help;

    strbuf_init(&raw, TEXT_MAX);
    strbuf_init(&value, TEXT_MAX);
    strbuf_init(&text, 8 * TEXT_MAX);
    for (const char *at = g->columns; *at != '\0' && used < HELP_FIELDS; at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");
        const struct record_field *f = record_field(g->type, (struct ipam_str){ at, len });

        at += len;
        if (f == NULL || f == g->field || f->kind == KIND_REF || strcmp(f->name, "id") == 0)
            continue;
        strbuf_reset(&value);
        output_value(doc, json_get(item, f->name), &value);
        if (value.len > 0)
            strbuf_printf(&raw, "%s" STR_FMT, used++ > 0 ? " " : "", STR_ARG(strbuf_str(&value)));
    }
    text_clean(strbuf_str(&raw), &text);
    help = text.len > 0 ? arena_memdup(&g->p->c->arena, text.data, text.len) : NULL;
    strbuf_fini(&raw);
    strbuf_fini(&value);
    strbuf_fini(&text);
    return help;
}

/* Whether the text can stand on a line of its own. */
static bool is_plain(struct ipam_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.data[i] < 0x20 || s.data[i] == 0x7f)
            return false;
    return s.len > 0;
}

static int on_page(void *user, const struct json_doc *doc, const struct json *items)
{
    struct gather *g = user;
    const struct record_field *container = type_container(g->type);

    for (const struct json *v = json_first(items); v != NULL; v = json_next(v)) {
        struct ipam_str text =
            g->field != NULL ? json_str(json_get(v, g->field->name)) : (struct ipam_str){ 0 };
        struct found *f = &g->items[g->count];

        if (text.len == 0 && g->field != NULL && key_is_numbered(g->type))
            text = json_span(doc, json_get(v, g->field->name));
        if (text.len == 0)
            text = json_span(doc, json_get(v, "id"));
        if (!is_plain(text) || text.len < g->begin.len ||
            memcmp(text.data, g->begin.data, g->begin.len) != 0 ||
            g->count == sizeof(g->items) / sizeof(g->items[0]))
            continue;
        f->container = 0;
        if (container != NULL)
            (void)json_int(json_get(v, container->name), &f->container);
        f->text = arena_memdup(&g->p->c->arena, text.data, text.len);
        f->help = help_of(g, doc, v);
        g->count += f->text != NULL;
    }
    return CLI_OK;
}

static bool connected(struct completion *p)
{
    struct target target;

    p->c->quiet = true;
    if (p->c->client == NULL && target_find(p->c, &p->args, &target) == CLI_OK)
        p->c->client = client_new(&target, NULL);
    return p->c->client != NULL;
}

/* Adds what the daemon has of the type. */
static void gather_where(struct gather *g, uint32_t type, const struct record_field *field, const char *where,
                         const char *value)
{
    const struct noun *noun = noun_of_type(type);
    const char *within = NULL;
    struct strbuf path;

    g->type = record_type(type);
    g->field = field;
    g->columns = noun != NULL ? noun->columns : "";
    if (!connected(g->p))
        return;
    strbuf_init(&path, TEXT_MAX);
    key_collection(g->type, &path);
    if (field != NULL && (field->kind == KIND_PREFIX || field->kind == KIND_ADDR))
        within = complete_within(g->p->part, &g->p->c->arena);
    if (within != NULL)
        key_query("within", str_from(within), &path);
    if (where != NULL)
        key_query(where, str_from(value), &path);
    (void)pages_each(g->p->c->client, path.data, KEYS_MAX, on_page, g);
    strbuf_fini(&path);
}

static void gather(struct gather *g, uint32_t type, const struct record_field *field)
{
    gather_where(g, type, field, NULL, NULL);
}

static struct gather *begin(struct completion *p)
{
    struct gather *g = xcalloc(1, sizeof(*g));

    g->p = p;
    g->begin = str_from(p->part);
    return g;
}

/* Whether another of the first `count` has the same text. */
static bool is_again(const struct gather *g, unsigned i, unsigned count)
{
    for (unsigned j = 0; j < count; j++)
        if (j != i && strcmp(g->items[j].text, g->items[i].text) == 0)
            return true;
    return false;
}

/* Offers each text once. */
static void offer_texts(struct gather *g)
{
    for (unsigned i = 0; i < g->count; i++)
        if (!is_again(g, i, i))
            complete_offer(g->p, g->items[i].text, g->items[i].help);
    free(g);
}

static bool is_operand(const struct args *a, const char *text)
{
    for (unsigned i = 0; i < a->word_count; i++)
        if (strcmp(a->words[i], text) == 0)
            return true;
    return false;
}

void complete_keys(struct completion *p, uint32_t type)
{
    complete_keys_where(p, type, NULL, NULL);
}

void complete_keys_where(struct completion *p, uint32_t type, const char *field, const char *value)
{
    const struct record_field *container = type_container(record_type(type));
    struct gather *g = begin(p);
    struct ipam_str in;

    key_split(record_type(type), p->part, &g->begin, &in);
    gather_where(g, type, type_key(record_type(type)), field, value);
    for (unsigned i = 0; i < g->count; i++) {
        const struct found *f = &g->items[i];
        const char *text = f->text;

        if (f->container > 0 && (in.data != NULL || key_is_numbered(g->type) || is_again(g, i, g->count)))
            text = arena_printf(&p->c->arena, "%s@%s", text, refs_key(p->c, container->ref, f->container));
        if (text != NULL && !is_operand(&p->args, text))
            complete_offer(p, text, f->help);
    }
    free(g);
}

void complete_values_of(struct completion *p, uint32_t type, const char *field)
{
    struct gather *g = begin(p);

    gather(g, type, record_field(record_type(type), str_from(field)));
    offer_texts(g);
}

void complete_prefixes(struct completion *p)
{
    struct gather *g = begin(p);

    gather(g, IPAM_T_BLOCK, type_key(record_type(IPAM_T_BLOCK)));
    gather(g, IPAM_T_SUBNET, type_key(record_type(IPAM_T_SUBNET)));
    offer_texts(g);
}

bool complete_profiles(struct completion *p)
{
    struct json_doc *doc = NULL;
    struct json_error e;
    size_t len = 0;
    const char *text = target_config_text(&p->c->arena, &p->args, &len);

    bool any = false;

    if (text == NULL || json_parse(text, len, len + 1, &doc, &e) != 0)
        return false;
    for (const struct json *v = json_first(json_get(json_root(doc), "profiles")); v != NULL;
         v = json_next(v)) {
        struct ipam_str name = json_str(json_get(v, "name")), driver = json_str(json_get(v, "driver"));

        any |= name.len > 0;
        if (name.len > 0)
            complete_offer(p, arena_memdup(&p->c->arena, name.data, name.len),
                           driver.len > 0 ? arena_memdup(&p->c->arena, driver.data, driver.len) : NULL);
    }
    json_free(doc);
    return any;
}
