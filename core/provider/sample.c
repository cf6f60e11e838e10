/* sample.c - a sample of a plugin's configuration, made from its option table.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "provider/manual.h"

#include <inttypes.h>
#include <string.h>

#include "provider/option_value.h"

#define SECOND_MS 1000

static void put_text(const char *text, struct strbuf *out)
{
    struct json_writer w;

    jw_init(&w, out);
    jw_text(&w, text);
}

static int64_t within(const struct ipam_option *o, int64_t n)
{
    return n < o->min ? o->min : n > o->max ? o->max : n;
}

static void put_secret(const struct plugin *pl, const struct ipam_option *o, struct strbuf *out)
{
    strbuf_printf(out, "{ \"secret\": \"%s-%s\" }", pl->name, o->name);
}

static void put_items(const struct ipam_str *items, size_t count, struct strbuf *out)
{
    struct json_writer w;

    jw_init(&w, out);
    jw_array(&w);
    for (size_t i = 0; i < count; i++)
        jw_str(&w, items[i]);
    jw_array_end(&w);
}

/* As many items as there must be, but one where there may. */
static void put_stand_ins(const struct ipam_option *o, struct strbuf *out)
{
    size_t count = (size_t)within(o, 1);

    strbuf_putc(out, '[');
    for (size_t i = 0; i < count; i++)
        strbuf_printf(out, "%s\"example-%zu\"", i ? ", " : "", i + 1);
    strbuf_putc(out, ']');
}

/* A value for the site to replace. Addresses are those of RFC 5737. */
static void put_stand_in(const struct plugin *pl, const struct ipam_option *o, struct strbuf *out)
{
    switch (o->kind) {
    case IPAM_OPT_INT: strbuf_printf(out, "%" PRId64, within(o, 1)); break;
    case IPAM_OPT_BOOL: strbuf_puts(out, "false"); break;
    case IPAM_OPT_ENUM: put_text(o->names[0], out); break;
    case IPAM_OPT_DURATION: strbuf_printf(out, "\"%" PRId64 "ms\"", within(o, 10 * SECOND_MS)); break;
    case IPAM_OPT_PATH: strbuf_printf(out, "\"/var/lib/ipamd/%s-%s\"", pl->name, o->name); break;
    case IPAM_OPT_SECRET: put_secret(pl, o, out); break;
    case IPAM_OPT_ADDRESS: strbuf_puts(out, "\"192.0.2.1\""); break;
    case IPAM_OPT_PREFIX: strbuf_puts(out, "\"192.0.2.0/24\""); break;
    case IPAM_OPT_LIST: put_stand_ins(o, out); break;
    default: strbuf_puts(out, "\"example\""); break;
    }
}

static void put_default(const struct ipam_option *o, struct strbuf *out)
{
    struct option_value value;
    struct arena scratch;
    char why[PROVIDER_ERR_MAX];

    arena_init(&scratch, 0);
    if (option_parse(o, str_from(o->def), &scratch, &value, why) == 0 && o->kind == IPAM_OPT_INT)
        strbuf_printf(out, "%" PRId64, value.number);
    else if (o->kind == IPAM_OPT_BOOL)
        strbuf_puts(out, o->def);
    else if (o->kind == IPAM_OPT_LIST)
        put_items(value.items.items, value.items.count, out);
    else
        put_text(o->def, out);
    arena_fini(&scratch);
}

/* What is neither required nor has a default is left out: many of these exclude each other. */
static void put_options(const struct plugin *pl, const char *indent, struct strbuf *out)
{
    unsigned count = 0;

    strbuf_puts(out, "\"options\": {");
    for (unsigned i = 0; i < pl->options.count; i++) {
        const struct ipam_option *o = &pl->options.items[i];

        if (!o->def && !(o->flags & IPAM_OPT_REQUIRED))
            continue;
        strbuf_printf(out, "%s\n%s  \"%s\": ", count++ ? "," : "", indent, o->name);
        if (o->def)
            put_default(o, out);
        else
            put_stand_in(pl, o, out);
    }
    if (count > 0)
        strbuf_printf(out, "\n%s", indent);
    strbuf_putc(out, '}');
}

void plugin_sample(const struct plugin *pl, struct strbuf *out)
{
    if (pl->offers[IPAM_KIND_STORAGE].offered) {
        strbuf_printf(out, "{\n  \"storage\": {\n    \"plugin\": \"%s\",\n    ", pl->name);
        put_options(pl, "    ", out);
        strbuf_puts(out, "\n  }\n}\n");
        return;
    }
    strbuf_printf(out,
                  "{\n  \"plugins\": [\n    { \"name\": \"%s\" }\n  ],\n  \"profiles\": [\n    {\n"
                  "      \"name\": \"%s-site\",\n      \"driver\": \"%s\",\n      ",
                  pl->name, pl->name, pl->name);
    put_options(pl, "      ", out);
    strbuf_puts(out, "\n    }\n  ]\n}\n");
}
