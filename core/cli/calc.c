/* calc.c - a subnet calculator: what is told of addresses, prefixes and ranges without any daemon.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/calc.h"

#include <stdlib.h>
#include <string.h>

#include "cli/keys.h"
#include "cli/output.h"
#include "net/addr.h"
#include "net/facts.h"

#define OBJECT_MAX (1024 * 1024)
#define SPLIT_BITS 16 /* 65,536 subnets at the most */
#define BATCH      1000

static const struct record_field fields[] = {
    { .number = 1, .kind = KIND_TEXT, .name = "given", .unit = "", .help = "" },
    { .number = 2, .kind = KIND_TEXT, .name = "kind", .unit = "", .help = "" },
    { .number = 3, .kind = KIND_ADDR, .name = "address", .unit = "", .help = "" },
    { .number = 4, .kind = KIND_PREFIX, .name = "prefix", .unit = "", .help = "" },
    { .number = 5, .kind = KIND_ADDR, .name = "netmask", .unit = "", .help = "" },
    { .number = 6, .kind = KIND_ADDR, .name = "wildcard", .unit = "", .help = "" },
    { .number = 7, .kind = KIND_ADDR, .name = "first", .unit = "", .help = "" },
    { .number = 8, .kind = KIND_ADDR, .name = "last", .unit = "", .help = "" },
    { .number = 9, .kind = KIND_ADDR, .name = "first_usable", .unit = "", .help = "" },
    { .number = 10, .kind = KIND_ADDR, .name = "last_usable", .unit = "", .help = "" },
    { .number = 11, .kind = KIND_U128, .name = "size", .unit = "", .help = "" },
    { .number = 12, .kind = KIND_U128, .name = "usable", .unit = "", .help = "" },
    { .number = 13, .kind = KIND_TEXT, .name = "category", .unit = "", .help = "" },
    { .number = 14, .kind = KIND_PREFIX, .name = "category_prefix", .unit = "", .help = "" },
    { .number = 15, .kind = KIND_TEXT, .name = "category_source", .unit = "", .help = "" },
    { .number = 16, .kind = KIND_TEXTS, .name = "reverse_zones", .unit = "", .help = "" },
    { .number = 17, .kind = KIND_TEXT, .name = "reverse_name", .unit = "", .help = "" },
    { .number = 18, .kind = KIND_TEXT, .name = "mac", .unit = "", .help = "" },
    { .number = 19, .kind = KIND_TEXT, .name = "mac_scope", .unit = "", .help = "" },
    { .number = 20, .kind = KIND_TEXTS, .name = "prefixes", .unit = "", .help = "" },
};
static const struct record_type fact_type = {
    .name = "calc", .plural = "networks", .fields = fields, .field_count = sizeof(fields) / sizeof(fields[0])
};
static const struct record_field held_fields[] = {
    { .number = 1, .kind = KIND_TEXT, .name = "given", .unit = "", .help = "" },
    { .number = 2, .kind = KIND_TEXT, .name = "address", .unit = "", .help = "" },
    { .number = 3, .kind = KIND_BOOL, .name = "contains", .unit = "", .help = "" },
};
static const struct record_type held_type = { .name = "calc",
                                              .plural = "networks",
                                              .fields = held_fields,
                                              .field_count = sizeof(held_fields) / sizeof(held_fields[0]) };

static void address_member(struct json_writer *w, const char *key, const struct ipam_addr *a)
{
    char text[ADDR_TEXT_MAX];

    addr_print(a, text);
    jw_key(w, key);
    jw_text(w, text);
}

static void text_member(struct json_writer *w, const char *key, const char *text)
{
    jw_key(w, key);
    jw_text(w, text);
}

static void run_members(struct json_writer *w, const char *first_key, const char *last_key,
                        const char *size_key, const struct ipam_addr *first, const struct ipam_addr *last)
{
    char text[U128_TEXT_MAX];

    address_member(w, first_key, first);
    address_member(w, last_key, last);
    addr_distance_print(first, last, text);
    text_member(w, size_key, text);
}

/* Calls for each prefix of the shortest list that covers the run. */
static void each_prefix(const struct ipam_addr *first, const struct ipam_addr *last,
                        void (*each)(void *user, const struct ipam_prefix *p), void *user)
{
    struct ipam_addr from = *first, end;
    struct ipam_prefix p;

    do {
        prefix_largest(&from, last, &p);
        each(user, &p);
        prefix_last(&p, &end);
    } while (!addr_equal(&end, last) && addr_add(&end, u128_from(1), &from) == 0);
}

static void add_prefix(void *user, const struct ipam_prefix *p)
{
    char text[PREFIX_TEXT_MAX];

    prefix_print(p, text);
    jw_text(user, text);
}

static void add_zones(void *user, const struct ipam_prefix *p)
{
    char text[REVERSE_TEXT_MAX];

    for (unsigned i = 0; i < reverse_zone_count(p); i++) {
        reverse_zone(p, i, text);
        jw_text(user, text);
    }
}

static const struct addr_block several = { "", "mixed", "" };

static void add_category(void *user, const struct ipam_prefix *p)
{
    const struct addr_block **found = user, *b = prefix_block(p);

    if (*found == NULL)
        *found = b;
    else if (strcmp((*found)->category, b->category) != 0)
        *found = &several;
}

static void category_members(struct json_writer *w, const struct calc_item *item)
{
    const struct addr_block *b = NULL;

    each_prefix(&item->first, &item->last, add_category, &b);
    text_member(w, "category", b->category);
    if (*b->prefix != '\0') {
        text_member(w, "category_prefix", b->prefix);
        text_member(w, "category_source", b->source);
    }
}

/* The number that the prefix has, and the one that is left. */
static void mask_members(struct json_writer *w, const struct ipam_prefix *p)
{
    struct ipam_prefix mask = { .addr = { .family = 4, .bytes = { 255, 255, 255, 255 } },
                                .length = p->length };
    struct ipam_addr wildcard = { .family = 4 };

    prefix_mask(&mask);
    for (unsigned i = 0; i < 4; i++)
        wildcard.bytes[i] = (uint8_t)~mask.addr.bytes[i];
    address_member(w, "netmask", &mask.addr);
    address_member(w, "wildcard", &wildcard);
}

static void host_members(struct json_writer *w, const struct calc_item *item, struct arena *arena)
{
    struct ipam_prefix host = { item->address, (uint8_t)addr_bits(item->address.family) };
    bool is_host = item->kind == CALC_ADDRESS || !addr_equal(&item->address, &item->first);
    char name[REVERSE_TEXT_MAX];
    uint8_t mac[6];

    if (!is_host)
        return;
    reverse_zone(&host, 0, name);
    text_member(w, "reverse_name", name);
    if ((item->kind == CALC_PREFIX && item->prefix.length > 64) || !addr_eui64(&item->address, mac))
        return;
    text_member(
        w, "mac",
        arena_printf(arena, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]));
    text_member(w, "mac_scope", mac[0] & 2 ? "local" : "universal");
}

static void prefix_members(struct json_writer *w, const struct calc_item *item)
{
    struct ipam_addr first, last;
    char text[PREFIX_TEXT_MAX];

    prefix_print(&item->prefix, text);
    text_member(w, "prefix", text);
    if (item->prefix.addr.family == 4)
        mask_members(w, &item->prefix);
    run_members(w, "first", "last", "size", &item->first, &item->last);
    prefix_usable(&item->prefix, &first, &last);
    run_members(w, "first_usable", "last_usable", "usable", &first, &last);
}

static void print_json(struct output *o, const struct strbuf *json)
{
    struct json_doc *doc = NULL;
    struct json_error e;

    if (!json->failed && json_parse(json->data, json->len, json->len + 1, &doc, &e) == 0)
        output_item(o, doc, json_root(doc));
    json_free(doc);
}

/* Everything that is known of it. */
static void print_facts(struct output *o, const char *given, const struct calc_item *item)
{
    static const char *const kinds[] = { "address", "prefix", "range" };
    struct arena arena;
    struct json_writer w;
    struct strbuf json;

    arena_init(&arena, 0);
    strbuf_init(&json, OBJECT_MAX);
    jw_init(&w, &json);
    jw_object(&w);
    if (given != NULL)
        text_member(&w, "given", given);
    text_member(&w, "kind", kinds[item->kind]);
    if (item->kind == CALC_RANGE) {
        run_members(&w, "first", "last", "size", &item->first, &item->last);
    } else {
        address_member(&w, "address", &item->address);
        prefix_members(&w, item);
    }
    category_members(&w, item);
    jw_key(&w, "reverse_zones");
    jw_array(&w);
    each_prefix(&item->first, &item->last, add_zones, &w);
    jw_array_end(&w);
    if (item->kind == CALC_RANGE) {
        jw_key(&w, "prefixes");
        jw_array(&w);
        each_prefix(&item->first, &item->last, add_prefix, &w);
        jw_array_end(&w);
    } else {
        host_members(&w, item, &arena);
    }
    jw_object_end(&w);
    print_json(o, &json);
    strbuf_fini(&json);
    arena_fini(&arena);
}

static struct calc_item item_of(const struct ipam_prefix *p)
{
    struct calc_item item = { .kind = CALC_PREFIX, .address = p->addr, .prefix = *p };

    prefix_first(p, &item.first);
    prefix_last(p, &item.last);
    return item;
}

/* --- the list --- */

static int show(struct cli *c, const struct command *cmd, const struct calc_item *items)
{
    bool many = cmd->args.word_count > 1;
    struct output o;
    int rc = output_begin(&o, c, &fact_type, cmd->noun->columns,
                          many && c->format != FORMAT_TABLE ? OUTPUT_LIST : OUTPUT_DETAIL);

    for (unsigned i = 0; rc == CLI_OK && i < cmd->args.word_count; i++)
        print_facts(&o, cmd->args.words[i], &items[i]);
    return output_end(&o, rc);
}

/* --- --contains --- */

static int contains(struct cli *c, const struct command *cmd, const struct calc_item *items)
{
    const char *text = args_value(&cmd->args, "contains");
    struct calc_item inner = { 0 };
    char why[CALC_WHY_MAX];
    struct output o;
    bool any = false;
    int rc;

    if (calc_read(text, &inner, why) != 0) {
        cli_error("--contains '%s': %s", text, why);
        return CLI_USAGE;
    }
    rc = output_begin(&o, c, &held_type, "given address contains", OUTPUT_LIST);
    for (unsigned i = 0; rc == CLI_OK && i < cmd->args.word_count; i++) {
        bool held = addr_compare(&items[i].first, &inner.first) <= 0 &&
                    addr_compare(&inner.last, &items[i].last) <= 0;
        struct json_writer w;
        struct strbuf json;

        strbuf_init(&json, OBJECT_MAX);
        jw_init(&w, &json);
        jw_object(&w);
        text_member(&w, "given", cmd->args.words[i]);
        text_member(&w, "address", text);
        jw_key(&w, "contains");
        jw_bool(&w, held);
        jw_object_end(&w);
        print_json(&o, &json);
        strbuf_fini(&json);
        any |= held;
    }
    return output_end(&o, rc == CLI_OK && !any ? CLI_FAILED : rc);
}

/* --- --split --- */

static int check_split(const char *given, const struct calc_item *item, unsigned length)
{
    struct ipam_prefix like = { .addr = { .family = 6 } };
    struct ipam_addr first, last;
    char count[U128_TEXT_MAX];

    if (item->kind == CALC_RANGE) {
        cli_error("--split: '%s' is a range; give the prefixes that it is made of", given);
        return CLI_USAGE;
    }
    if (length > addr_bits(item->prefix.addr.family) || length < item->prefix.length) {
        cli_error("--split %u: '%s' has subnets of the lengths %u to %u", length, given, item->prefix.length,
                  addr_bits(item->prefix.addr.family));
        return CLI_USAGE;
    }
    if (length - item->prefix.length <= SPLIT_BITS)
        return CLI_OK;
    like.length =
        (uint8_t)(128 - (length - item->prefix.length)); /* as many addresses as there were subnets */
    prefix_first(&like, &first);
    prefix_last(&like, &last);
    addr_distance_print(&first, &last, count);
    cli_error("--split %u: '%s' has %s subnets of that length; at most %u are listed. Split a part of it",
              length, given, count, 1u << SPLIT_BITS);
    return CLI_USAGE;
}

static int split_one(struct output *o, const char *given, const struct calc_item *item, unsigned length)
{
    struct ipam_prefix p = { item->first, (uint8_t)length };
    struct ipam_addr last;
    int rc;

    for (;;) {
        struct calc_item part = item_of(&p);

        print_facts(o, given, &part);
        rc = o->count % BATCH == 0 ? output_flush(o) : CLI_OK;
        prefix_last(&p, &last);
        if (rc != CLI_OK || addr_equal(&last, &item->last))
            return rc;
        (void)addr_add(&last, u128_from(1), &p.addr);
    }
}

#define PART_COLUMNS "prefix first_usable last_usable size"

static int split(struct cli *c, const struct command *cmd, const struct calc_item *items)
{
    const char *text = args_value(&cmd->args, "split"), *digits = text + (*text == '/');
    char *end;
    long value = strtol(digits, &end, 10);
    unsigned length = (unsigned)value;
    struct output o;
    int rc = CLI_OK;

    if (!key_is_id(digits) || *end != '\0' || value > 128) {
        cli_error("--split '%s': expected a prefix length, such as 26", text);
        return CLI_USAGE;
    }
    for (unsigned i = 0; rc == CLI_OK && i < cmd->args.word_count; i++)
        rc = check_split(cmd->args.words[i], &items[i], length);
    if (rc != CLI_OK)
        return rc;
    rc = output_begin(&o, c, &fact_type, PART_COLUMNS, OUTPUT_LIST);
    for (unsigned i = 0; rc == CLI_OK && i < cmd->args.word_count; i++)
        rc = split_one(&o, cmd->args.words[i], &items[i], length);
    return output_end(&o, rc);
}

/* --- --summarize --- */

static void print_part(void *user, const struct ipam_prefix *p)
{
    struct calc_item item = item_of(p);

    print_facts(user, NULL, &item);
}

static int summarize(struct cli *c, const struct command *cmd, struct calc_item *items)
{
    size_t count = calc_merge(items, cmd->args.word_count);
    struct output o;
    int rc = output_begin(&o, c, &fact_type, PART_COLUMNS, OUTPUT_LIST);

    for (size_t i = 0; rc == CLI_OK && i < count; i++)
        each_prefix(&items[i].first, &items[i].last, print_part, &o);
    return output_end(&o, rc);
}

int verb_calc(struct cli *c, const struct command *cmd)
{
    const struct args *a = &cmd->args;
    bool is_split = args_given(a, "split"), is_contains = args_given(a, "contains");
    bool is_summary = args_given(a, "summarize");
    struct calc_item *items;
    char why[CALC_WHY_MAX];
    int rc = CLI_OK;

    if (is_split + is_contains + is_summary > 1) {
        cli_error("--split, --contains and --summarize are different questions: give one of them");
        return CLI_USAGE;
    }
    items = xcalloc(a->word_count, sizeof(items[0]));
    for (unsigned i = 0; i < a->word_count; i++) { /* all of them, so that one run tells of all */
        if (calc_read(a->words[i], &items[i], why) == 0)
            continue;
        cli_error("operand %u, '%s': %s", i + 1, a->words[i], why);
        rc = CLI_USAGE;
    }
    if (rc == CLI_OK)
        rc = is_split      ? split(c, cmd, items)
             : is_contains ? contains(c, cmd, items)
             : is_summary  ? summarize(c, cmd, items)
                           : show(c, cmd, items);
    free(items);
    return rc;
}
