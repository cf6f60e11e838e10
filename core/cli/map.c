/* map.c - map: fetches a subnet and all that holds its addresses, and shows it cell by cell.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/map.h"

#include <inttypes.h>
#include <stdlib.h>

#include "cli/keys.h"
#include "cli/output.h"
#include "cli/pages.h"
#include "net/addr.h"

#define DRAWING_MAX (1024 * 1024)
#define PATH_SIZE   65536

static const struct record_field fields[] = {
    { .number = 1, .kind = KIND_ADDR, .name = "first", .unit = "", .help = "" },
    { .number = 2, .kind = KIND_ADDR, .name = "last", .unit = "", .help = "" },
    { .number = 3, .kind = KIND_U128, .name = "size", .unit = "", .help = "" },
    { .number = 4, .kind = KIND_TEXT, .name = "state", .unit = "", .help = "" },
    { .number = 5, .kind = KIND_PERCENT, .name = "utilization", .unit = "", .help = "" },
    { .number = 6, .kind = KIND_INT, .name = "static", .unit = "", .help = "" },
    { .number = 7, .kind = KIND_INT, .name = "reserved", .unit = "", .help = "" },
    { .number = 8, .kind = KIND_INT, .name = "leased", .unit = "", .help = "" },
    { .number = 9, .kind = KIND_INT, .name = "conflicting", .unit = "", .help = "" },
};
static const struct record_type cell_type = {
    .name = "map", .plural = "cells", .fields = fields, .field_count = sizeof(fields) / sizeof(fields[0])
};

/* What is being fetched. */
struct gather {
    struct cli *c;
    struct map map;
    int64_t space;
    enum map_kind kind;
};

static int not_understood(const char *what)
{
    cli_error("the daemon sent %s that ipamctl does not understand: is it as new as the daemon?", what);
    return CLI_FAILED;
}

static struct ipam_str keep(struct gather *g, const struct json *v)
{
    return arena_str(&g->c->arena, json_str(v));
}

/* Objects of DHCP servers are listed for all spaces. */
static bool is_elsewhere(const struct gather *g, const struct json *v)
{
    int64_t space;

    return json_int(json_get(v, "space"), &space) == 0 && space != g->space;
}

static int address_of(const struct json *v, const char *member, struct ipam_addr *ret)
{
    struct ipam_str text = json_str(json_get(v, member));

    return text.data != NULL && addr_parse(text.data, text.len, ret) == 0 ? CLI_OK : CLI_FAILED;
}

static void add_entry(struct gather *g, const struct map_entry *e)
{
    struct map *m = &g->map;

    if (m->entry_count == m->entry_cap) {
        m->entry_cap = m->entry_cap > 0 ? m->entry_cap * 2 : 256;
        m->entries = xrealloc(m->entries, m->entry_cap * sizeof(m->entries[0]));
    }
    m->entries[m->entry_count++] = *e;
}

/* The same entry for each address of a list that lies in the subnet. */
static int add_addresses(struct gather *g, const struct json *list, struct map_entry e)
{
    for (const struct json *v = json_first(list); v != NULL; v = json_next(v)) {
        struct ipam_str text = json_str(v);

        if (text.data == NULL || addr_parse(text.data, text.len, &e.address) != 0)
            return CLI_FAILED;
        if (prefix_contains_addr(&g->map.prefix, &e.address))
            add_entry(g, &e);
    }
    return CLI_OK;
}

/* Whose a reservation is stands in one field, of which another says what it is. */
static void reserved_for(struct gather *g, const struct json *v, struct map_entry *e)
{
    struct ipam_str type = json_str(json_get(v, "identifier_type"));
    struct ipam_str id = keep(g, json_get(v, "identifier"));

    if (str_is(type, "hw-address"))
        e->mac = id;
    else if (str_is(type, "client-id"))
        e->client_id = id;
    else if (str_is(type, "duid"))
        e->duid = id;
}

/* A lease that has ended holds nothing; nor does a delegated prefix hold addresses of this subnet. */
static bool holds(const struct json *v)
{
    struct ipam_str state = json_str(json_get(v, "state"));

    return json_type(json_get(v, "prefix_length")) != JSON_NUMBER && !str_is(state, "expired") &&
           !str_is(state, "released");
}

static int on_holders(void *user, const struct json_doc *doc, const struct json *items)
{
    struct gather *g = user;

    (void)doc;
    for (const struct json *v = json_first(items); v != NULL; v = json_next(v)) {
        struct map_entry e = { .kind = g->kind };

        if (is_elsewhere(g, v) || (g->kind == MAP_LEASED && !holds(v)) || json_get(v, "address") == NULL)
            continue; /* a reservation may be one without an address */
        if (address_of(v, "address", &e.address) != CLI_OK)
            return not_understood("an address");
        e.mac = keep(g, json_get(v, "mac"));
        e.client_id = keep(g, json_get(v, "client_id"));
        e.duid = keep(g, json_get(v, "duid"));
        if (g->kind == MAP_RESERVED)
            reserved_for(g, v, &e);
        add_entry(g, &e);
        if (g->kind == MAP_RESERVED && add_addresses(g, json_get(v, "addresses"), e) != CLI_OK)
            return not_understood("an address");
    }
    return CLI_OK;
}

static int on_ranges(void *user, const struct json_doc *doc, const struct json *items)
{
    struct gather *g = user;
    struct map *m = &g->map;

    (void)doc;
    for (const struct json *v = json_first(items); v != NULL; v = json_next(v)) {
        struct map_range r;

        if (is_elsewhere(g, v) || !str_is(json_str(json_get(v, "kind")), "dynamic"))
            continue;
        if (address_of(v, "first", &r.first) != CLI_OK || address_of(v, "last", &r.last) != CLI_OK)
            return not_understood("a range");
        if (m->range_count == m->range_cap) {
            m->range_cap = m->range_cap > 0 ? m->range_cap * 2 : 16;
            m->ranges = xrealloc(m->ranges, m->range_cap * sizeof(m->ranges[0]));
        }
        m->ranges[m->range_count++] = r;
    }
    return CLI_OK;
}

/* The gateways that scopes offer. */
static int on_scopes(void *user, const struct json_doc *doc, const struct json *items)
{
    struct gather *g = user;

    (void)doc;
    for (const struct json *v = json_first(items); v != NULL; v = json_next(v)) {
        struct map_entry e = { .kind = MAP_GATEWAY };

        if (!is_elsewhere(g, v) && add_addresses(g, json_get(v, "routers"), e) != CLI_OK)
            return not_understood("a gateway");
    }
    return CLI_OK;
}

static int gather(struct gather *g)
{
    static const struct {
        uint32_t type;
        enum map_kind kind;
        const char *relation; /* to the subnet: a range may reach beyond it */
        pages_fn page;
    } parts[] = { { IPAM_T_ADDRESS, MAP_STATIC, "within", on_holders },
                  { IPAM_T_RESERVATION, MAP_RESERVED, "within", on_holders },
                  { IPAM_T_LEASE, MAP_LEASED, "within", on_holders },
                  { IPAM_T_RANGE, 0, "overlaps", on_ranges },
                  { IPAM_T_SCOPE, 0, "overlaps", on_scopes } };
    char prefix[PREFIX_TEXT_MAX];
    int rc = CLI_OK;

    prefix_print(&g->map.prefix, prefix);
    for (unsigned i = 0; rc == CLI_OK && i < sizeof(parts) / sizeof(parts[0]); i++) {
        struct strbuf path;

        strbuf_init(&path, PATH_SIZE);
        key_collection(record_type(parts[i].type), &path);
        key_query(parts[i].relation, str_from(prefix), &path);
        g->kind = parts[i].kind;
        rc = pages_each(g->c->client, path.data, PAGES_ALL, parts[i].page, g);
        strbuf_fini(&path);
    }
    return rc;
}

/* The subnet itself: its prefix and space; its title, "10.1.2.0/24  floor 2". */
static int find(struct gather *g, const char *key, struct strbuf *title)
{
    struct client_answer a;
    struct strbuf path;
    int rc;

    strbuf_init(&path, PATH_SIZE);
    key_object(record_type(IPAM_T_SUBNET), key, &path);
    rc = client_get(g->c->client, path.data, &a);
    if (rc == CLI_OK) {
        struct ipam_str prefix = json_str(json_get(json_root(a.doc), "prefix"));
        struct ipam_str name = json_str(json_get(json_root(a.doc), "name"));

        if (prefix.data == NULL || prefix_parse(prefix.data, prefix.len, &g->map.prefix) != 0 ||
            json_int(json_get(json_root(a.doc), "space"), &g->space) != 0)
            rc = not_understood("a subnet");
        text_clean(prefix, title);
        strbuf_puts(title, name.len > 0 ? "  " : "");
        text_clean(name, title);
    }
    client_answer_fini(&a);
    strbuf_fini(&path);
    return rc;
}

static void print_cell(struct output *o, const struct map_cell *cell)
{
    char first[ADDR_TEXT_MAX], last[ADDR_TEXT_MAX], size[U128_TEXT_MAX];
    int64_t used = map_cell_used(cell);
    struct json_doc *doc = NULL;
    struct json_error e;
    struct strbuf json;

    addr_print(&cell->first, first);
    addr_print(&cell->last, last);
    addr_distance_print(&cell->first, &cell->last, size);
    strbuf_init(&json, 4096);
    strbuf_printf(
        &json,
        "{\"first\":\"%s\",\"last\":\"%s\",\"size\":\"%s\",\"state\":\"%s\",\"utilization\":%" PRId64
        ".%02" PRId64 ",\"static\":%u,\"reserved\":%u,\"leased\":%u,\"conflicting\":%u}",
        first, last, size, map_state_names[cell->state], used / 100, used % 100, cell->statics,
        cell->reserved, cell->leased, cell->conflicting);
    if (json_parse(json.data, json.len, json.len + 1, &doc, &e) == 0)
        output_item(o, doc, json_root(doc));
    json_free(doc);
    strbuf_fini(&json);
}

static int print_data(struct cli *c, const struct map_cell *cells, size_t count)
{
    struct output o;
    int rc = output_begin(&o, c, &cell_type, "", OUTPUT_LIST);

    for (size_t i = 0; rc == CLI_OK && i < count; i++)
        print_cell(&o, &cells[i]);
    return output_end(&o, rc);
}

int verb_map(struct cli *c, const struct command *cmd)
{
    struct map_cell cells[MAP_CELLS_MAX];
    struct gather g = { .c = c };
    struct strbuf title, out;
    size_t count;
    int rc;

    strbuf_init(&title, PATH_SIZE);
    strbuf_init(&out, DRAWING_MAX);
    rc = find(&g, cmd->args.words[0], &title);
    if (rc == CLI_OK)
        rc = gather(&g);
    if (rc == CLI_OK) {
        count = map_cells(&g.map, cells);
        if (c->format != FORMAT_TABLE) {
            rc = print_data(c, cells, count);
        } else {
            if (c->out.columns > 0)
                text_cut(title.data, c->out.columns, c->out.utf8, &out);
            else
                strbuf_puts(&out, title.data);
            strbuf_putc(&out, '\n');
            map_draw(cells, count, &c->out, &out);
            rc = output_text(&out);
        }
    }
    strbuf_fini(&title);
    strbuf_fini(&out);
    free(g.map.entries);
    free(g.map.ranges);
    return rc;
}
