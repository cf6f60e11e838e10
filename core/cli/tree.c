/* tree.c - tree: fetches blocks, subnets, scopes and ranges, and draws them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/tree.h"

#include <stdlib.h>
#include <string.h>

#include "cli/keys.h"
#include "cli/output.h"
#include "cli/pages.h"
#include "cli/refs.h"
#include "net/addr.h"

#define DRAWING_MAX (512u * 1024 * 1024)

/* What is gathered. */
struct gather {
    struct cli *c;
    enum tree_kind kind;
    struct tree_item *items;
    size_t count, cap;
};

static struct ipam_str keep(struct cli *c, const struct json *v)
{
    return arena_str(&c->arena, json_str(v));
}

/* A text of foreign origin, made harmless. */
static const char *clean(struct cli *c, struct ipam_str s)
{
    struct strbuf text;
    const char *copy;

    strbuf_init(&text, 65536);
    text_clean(s, &text);
    copy = text.len > 0 ? arena_memdup(&c->arena, text.data, text.len) : "";
    strbuf_fini(&text);
    return copy != NULL ? copy : "";
}

/* Who manages it: "ipamd", "dhcp1.example.com". */
static const char *source_of(struct cli *c, const struct json *v)
{
    struct ipam_str instance = json_str(json_get(v, "instance"));
    int64_t server;

    if (json_int(json_get(v, "server"), &server) == 0)
        return clean(c, str_from(refs_key(c, IPAM_T_SERVER, server)));
    return clean(c, instance.len > 0 ? instance : json_str(json_get(v, "managed_by")));
}

/* The run of addresses of an object, and how it is called. */
static int place(struct cli *c, const struct json *v, struct tree_item *item)
{
    struct ipam_str prefix = json_str(json_get(v, "prefix"));
    struct ipam_str first = json_str(json_get(v, "first")), last = json_str(json_get(v, "last"));
    struct ipam_prefix p;

    if (prefix.data != NULL) {
        if (prefix_parse(prefix.data, prefix.len, &p) != 0)
            return CLI_FAILED;
        prefix_first(&p, &item->first);
        prefix_last(&p, &item->last);
        item->label = clean(c, prefix);
        return CLI_OK;
    }
    if (first.data == NULL || last.data == NULL || addr_parse(first.data, first.len, &item->first) != 0 ||
        addr_parse(last.data, last.len, &item->last) != 0)
        return CLI_FAILED;
    item->label = arena_printf(&c->arena, STR_FMT "-" STR_FMT, STR_ARG(first), STR_ARG(last));
    return item->label != NULL ? CLI_OK : CLI_FAILED;
}

static int on_page(void *user, const struct json_doc *doc, const struct json *items)
{
    struct gather *g = user;

    for (const struct json *v = json_first(items); v != NULL; v = json_next(v)) {
        struct tree_item *item;

        if (g->count == g->cap) {
            g->cap = g->cap > 0 ? g->cap * 2 : 256;
            g->items = xrealloc(g->items, g->cap * sizeof(g->items[0]));
        }
        item = &g->items[g->count];
        memset(item, 0, sizeof(*item));
        item->kind = g->kind;
        (void)json_int(json_get(v, "id"), &item->id);
        (void)json_int(json_get(v, "space"), &item->space);
        (void)json_int(json_get(v, "scope"), &item->scope);
        if (place(g->c, v, item) != CLI_OK) {
            cli_error("the daemon sent an object without a prefix or range: is it as new as ipamctl?");
            return CLI_FAILED;
        }
        item->name = clean(g->c, json_str(json_get(v, "name")));
        item->source = source_of(g->c, v);
        item->used = keep(g->c, json_get(v, "used"));
        item->size = keep(g->c, json_get(v, "size"));
        item->utilization = text_percent(json_span(doc, json_get(v, "utilization")));
        g->count++;
    }
    return CLI_OK;
}

static int gather(struct gather *g, uint32_t type, enum tree_kind kind, const char *prefix, int64_t space)
{
    struct strbuf path, number;
    int rc;

    strbuf_init(&path, 1024);
    strbuf_init(&number, 32);
    key_collection(record_type(type), &path);
    if (prefix != NULL)
        key_query("within", str_from(prefix), &path);
    if (space > 0) {
        strbuf_printf(&number, "%lld", (long long)space);
        key_query("space", strbuf_str(&number), &path);
    }
    g->kind = kind;
    rc = pages_each(g->c->client, path.data, PAGES_ALL, on_page, g);
    strbuf_fini(&path);
    strbuf_fini(&number);
    return rc;
}

static int check_prefix(const char *text)
{
    struct ipam_prefix p;
    char meant[PREFIX_TEXT_MAX];

    if (text == NULL || prefix_parse(text, strlen(text), &p) == 0)
        return CLI_OK;
    if (prefix_parse_host(text, strlen(text), &p) == 0) {
        prefix_print(&p, meant);
        cli_error("PREFIX '%s': there are bits set beyond the prefix length; %s is meant?", text, meant);
    } else {
        cli_error("PREFIX '%s': expected a prefix such as 10.0.0.0/8 or 2001:db8::/32", text);
    }
    return CLI_USAGE;
}

/* In several spaces equal prefixes mean different things: each space gets a heading of its own. */
static void draw(struct cli *c, struct gather *g, struct strbuf *out)
{
    bool several = false;
    size_t from = 0;

    for (size_t i = 1; i < g->count; i++)
        several = several || g->items[i].space != g->items[0].space;
    if (!several) {
        tree_draw(g->items, g->count, &c->out, out);
        return;
    }
    while (from < g->count) {
        int64_t space = g->items[from].space;
        size_t end = from;

        for (size_t i = from; i < g->count; i++) { /* brings those of this space to the front */
            if (g->items[i].space == space) {
                struct tree_item item = g->items[i];
                g->items[i] = g->items[end];
                g->items[end++] = item;
            }
        }
        strbuf_printf(out, "%sspace %s\n", from > 0 ? "\n" : "",
                      clean(c, str_from(refs_key(c, IPAM_T_SPACE, space))));
        tree_draw(g->items + from, end - from, &c->out, out);
        from = end;
    }
}

int verb_tree(struct cli *c, const struct command *cmd)
{
    static const struct {
        uint32_t type;
        enum tree_kind kind;
    } parts[] = { { IPAM_T_BLOCK, TREE_BLOCK },
                  { IPAM_T_SUBNET, TREE_SUBNET },
                  { IPAM_T_SCOPE, TREE_SCOPE },
                  { IPAM_T_RANGE, TREE_RANGE } };
    const char *prefix = cmd->args.word_count > 0 ? cmd->args.words[0] : NULL;
    const char *space_name = args_value(&cmd->args, "space");
    struct gather g = { .c = c };
    struct strbuf out;
    int64_t space = 0;
    int rc = check_prefix(prefix);

    if (rc == CLI_OK && c->format != FORMAT_TABLE) {
        cli_error("tree is drawn as text alone; for data use: ipamctl block list, subnet list, range list");
        rc = CLI_USAGE;
    }
    if (rc == CLI_OK && space_name != NULL)
        rc = refs_id(c, IPAM_T_SPACE, space_name, &space);
    for (unsigned i = 0; rc == CLI_OK && i < sizeof(parts) / sizeof(parts[0]); i++)
        rc = gather(&g, parts[i].type, parts[i].kind, prefix, space);
    strbuf_init(&out, DRAWING_MAX);
    if (rc == CLI_OK && g.count == 0)
        cli_say(c, prefix != NULL ? "nothing inside %s" : "nothing is planned yet%s",
                prefix != NULL ? prefix : "");
    if (rc == CLI_OK)
        draw(c, &g, &out);
    if (rc == CLI_OK)
        rc = output_text(&out);
    strbuf_fini(&out);
    free(g.items);
    return rc;
}
