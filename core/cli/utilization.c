/* utilization.c - utilization: how full a space, block, subnet, range or node of a group is, was, will be.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/client.h"
#include "cli/keys.h"
#include "cli/output.h"
#include "cli/plot.h"
#include "cli/verbs.h"
#include "net/addr.h"

#define PATH_SIZE    65536
#define DRAWING_MAX  (4u << 20)
#define STEPS_MOST   84 /* of a week: two hours each */
#define SCALE_WIDTH  12 /* columns that a chart needs besides its steps */
#define DEFAULT_SPAN (7 * INT64_C(86400000))
#define MINUTE       INT64_C(60000)

/* The object that was named: its path and what it is called; of a group, the node in it. */
struct found {
    struct strbuf path, title, node;
};

static void take_title(struct found *f, const char *key, const struct json *object)
{
    struct ipam_str name = json_str(json_get(object, "name"));
    text_clean(str_from(key), &f->title);
    if (name.len > 0 && !str_is(name, key)) {
        strbuf_puts(&f->title, "  ");
        text_clean(name, &f->title);
    }
}

static int look(struct cli *c, const char *key, uint32_t type, bool quietly, struct found *f)
{
    struct client_answer a;
    strbuf_reset(&f->path);
    key_object(record_type(type), key, &f->path);
    int rc = (quietly ? client_peek : client_get)(c->client, f->path.data, &a);
    if (rc == CLI_OK)
        take_title(f, key, json_root(a.doc));
    client_answer_fini(&a);
    return rc;
}

/* A prefix is a subnet's, or else a block's; an address is the first of a range; a name is a space's. */
static int find(struct cli *c, const struct command *cmd, struct found *f)
{
    static const uint32_t types[] = { IPAM_T_SUBNET, IPAM_T_BLOCK, IPAM_T_RANGE, IPAM_T_SPACE };
    const char *key = cmd->args.words[0], *as = args_value(&cmd->args, "as");
    struct ipam_str plain, container;
    struct ipam_addr addr;
    key_split(record_type(IPAM_T_SUBNET), key, &plain, &container);
    for (size_t i = 0; as != NULL && i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(as, record_type(types[i])->name) == 0)
            return look(c, key, types[i], false, f);
    if (as != NULL) {
        cli_error("--as %s: expected subnet, block, range or space", as);
        return CLI_USAGE;
    }
    if (memchr(plain.data, '/', plain.len) != NULL)
        return look(c, key, IPAM_T_SUBNET, true, f) == CLI_OK ? CLI_OK : look(c, key, IPAM_T_BLOCK, false, f);
    return look(c, key, addr_parse(plain.data, plain.len, &addr) == 0 ? IPAM_T_RANGE : IPAM_T_SPACE, false,
                f);
}

/* A node of a group: a value of each level, as far as they are given. */
static int find_node(struct cli *c, const struct command *cmd, struct found *f)
{
    const struct args *args = &cmd->args;
    bool unmapped = args_given(args, "unmapped");
    struct json_writer w;
    int rc = look(c, args->words[0], IPAM_T_LOGICAL_GROUP, false, f);

    if (rc != CLI_OK || (args->word_count == 1 && !unmapped))
        return rc;
    jw_init(&w, &f->node);
    jw_array(&w);
    for (unsigned i = 1; i < args->word_count; i++) {
        strbuf_puts(&f->title, i == 1 ? ": " : " / ");
        text_clean(str_from(args->words[i]), &f->title);
        jw_text(&w, args->words[i]);
    }
    if (unmapped) {
        strbuf_puts(&f->title, args->word_count == 1 ? ": unmapped" : " / unmapped");
        jw_null(&w);
    }
    jw_array_end(&w);
    return CLI_OK;
}

/* --- now --- */

static double number(struct ipam_str decimal)
{
    double n = 0;
    for (size_t i = 0; i < decimal.len; i++)
        n = n * 10 + (decimal.data[i] - '0');
    return n;
}

static void count_line(const struct json *item, const char *name, const char *about, struct strbuf *out)
{
    struct ipam_str n = json_str(json_get(item, name));
    if (n.data == NULL || str_is(n, "0"))
        return;
    strbuf_printf(out, "  %-12s ", name);
    text_count(n, out);
    strbuf_printf(out, "%s%s\n", *about != '\0' ? "  " : "", about);
}

static void share_line(const struct cli *c, const struct json_doc *doc, const struct json *item,
                       const char *label, const char *share, const char *part, const char *whole,
                       struct strbuf *out)
{
    strbuf_printf(out, "%-14s ", label);
    text_bar_percent(text_percent(json_span(doc, json_get(item, share))), &c->out, out);
    strbuf_puts(out, "  ");
    text_count(json_str(json_get(item, part)), out);
    strbuf_puts(out, " of ");
    text_count(json_str(json_get(item, whole)), out);
    strbuf_putc(out, '\n');
}

static void day(const struct json *item, const char *name, struct strbuf *out)
{
    struct ipam_str time = json_str(json_get(item, name));
    strbuf_printf(out, "%.*s", time.len > 10 ? 10 : (int)time.len, time.data != NULL ? time.data : "");
}

static void forecast_line(const struct json *item, struct strbuf *out)
{
    struct ipam_str kind = json_str(json_get(item, "forecast"));
    if (kind.data == NULL)
        return;
    strbuf_printf(out, "%-14s ", "forecast");
    if (str_is(kind, "steady"))
        strbuf_puts(out, "it does not fill up\n");
    else if (str_is(kind, "too-few"))
        strbuf_puts(out, "none: there are not enough samples yet\n");
    else if (!str_is(kind, "expected"))
        strbuf_puts(out, "none: the samples do not tell\n");
    else {
        strbuf_puts(out, "full on ");
        day(item, "full", out);
        strbuf_puts(out, ", 95 times in 100 between ");
        day(item, "full_earliest", out);
        strbuf_puts(out, " and ");
        if (json_get(item, "full_latest") != NULL)
            day(item, "full_latest", out);
        else
            strbuf_puts(out, "never");
        strbuf_putc(out, '\n');
    }
}

static void draw_now(const struct cli *c, const struct json_doc *doc, const struct json *item, bool both,
                     struct strbuf *out)
{
    if (both)
        strbuf_puts(out, str_is(json_str(json_get(item, "family")), "ipv4") ? "IPv4\n" : "IPv6\n");
    share_line(c, doc, item, "in use", "utilization", "used", "size", out);
    count_line(item, "static", "", out);
    count_line(item, "stateless", "", out);
    count_line(item, "reserved", "", out);
    count_line(item, "leased", "", out);
    count_line(item, "quarantined", "", out);
    count_line(item, "excluded", "not in use: never leased", out);
    share_line(c, doc, item, "in ranges", "percent_assigned", "assigned", "size", out);
    strbuf_printf(out, "%-14s ", "  utilized");
    text_count(json_str(json_get(item, "utilized")), out);
    strbuf_puts(out, " of these, as the kind of the range counts\n");
    forecast_line(item, out);
}

/* --- then --- */

struct points {
    struct plot_point *list;
    size_t count;
    double size;
};

static int64_t time_of(const struct json *item, const char *name)
{
    struct ipam_str text = json_str(json_get(item, name));
    int64_t ms = 0;
    (void)(text.data != NULL && time_parse(text.data, text.len, &ms));
    return ms;
}

static bool is_of(const struct json *item, const char *family)
{
    return str_is(json_str(json_get(item, "family")), family);
}

static void gather(const struct json *items, const char *family, struct points *p)
{
    *p = (struct points){ .list = xcalloc(json_count(items) + 1, sizeof(p->list[0])) };
    for (const struct json *v = json_first(items); v != NULL; v = json_next(v)) {
        bool known = json_get(v, "used") != NULL;
        if (!is_of(v, family))
            continue;
        p->list[p->count++] = (struct plot_point){ time_of(v, "from"), time_of(v, "to"),
                                                   known ? number(json_str(json_get(v, "used"))) : -1,
                                                   known ? number(json_str(json_get(v, "peak"))) : -1 };
        if (known)
            p->size = number(json_str(json_get(v, "size")));
    }
}

static void draw_trend(const struct cli *c, const struct found *f, const struct json *items,
                       const char *family, bool svg, struct strbuf *out)
{
    struct points p;
    gather(items, family, &p);
    struct plot plot = { strbuf_str(&f->title), "addresses in use", p.size, p.list, p.count };
    if (p.count > 0 && svg)
        plot_svg(&plot, out);
    else if (p.count > 0)
        plot_text(&plot, &c->out, out);
    free(p.list);
}

/* --- the request --- */

static int read_when(const struct command *cmd, const char *option, int64_t *ret)
{
    const char *text = args_value(&cmd->args, option);
    if (text == NULL || time_parse(text, strlen(text), ret) == 0)
        return CLI_OK;
    cli_error("--%s %s: expected a time such as 2026-01-31T00:00Z", option, text);
    return CLI_USAGE;
}

static int read_since(const struct command *cmd, int64_t to, int64_t *ret_from)
{
    const char *text = args_value(&cmd->args, "since");
    int64_t span = DEFAULT_SPAN;
    if (text != NULL && (duration_parse(text, strlen(text), &span) != 0 || span < MINUTE)) {
        cli_error("--since %s: expected how long ago, such as 24h or 7d", text);
        return CLI_USAGE;
    }
    *ret_from = to - span > 0 ? to - span : 0;
    return read_when(cmd, "from", ret_from);
}

static void query_time(const char *name, int64_t ms, struct strbuf *path)
{
    char text[TIME_TEXT_MAX];
    time_print(ms, text);
    key_query(name, str_from(text), path);
}

/* As many steps as the terminal has room for, up to STEPS_MOST. */
static int64_t even_step(const struct cli *c, int64_t span)
{
    int64_t steps = STEPS_MOST;
    if (c->out.columns > SCALE_WIDTH && c->out.columns - SCALE_WIDTH < STEPS_MOST)
        steps = c->out.columns - SCALE_WIDTH;
    int64_t step = (span + steps - 1) / steps;
    return step <= MINUTE ? MINUTE : (step + MINUTE - 1) / MINUTE * MINUTE;
}

static int add_time(const struct cli *c, const struct command *cmd, struct strbuf *path)
{
    const char *step = args_value(&cmd->args, "step");
    int64_t to = (clock_wall_ms() + MINUTE - 1) / MINUTE * MINUTE, from = 0;
    int rc = read_when(cmd, "to", &to);
    if (rc == CLI_OK)
        rc = read_since(cmd, to, &from);
    if (rc != CLI_OK)
        return rc;
    query_time("from", from, path);
    query_time("to", to, path);
    if (step != NULL) {
        key_query("step", str_from(step), path);
    } else {
        char text[32];
        snprintf(text, sizeof(text), "%" PRId64 "m", even_step(c, to - from) / MINUTE);
        key_query("step", str_from(text), path);
    }
    return CLI_OK;
}

static const char *family_of(const struct command *cmd, const struct json *items)
{
    const char *given = args_value(&cmd->args, "family");
    return given != NULL ? given : is_of(json_first(items), "ipv4") ? "ipv4" : "ipv6";
}

static int draw(struct cli *c, const struct command *cmd, const struct found *f,
                const struct client_answer *a, bool trend)
{
    static const char *const families[] = { "ipv4", "ipv6" };
    const struct json *items = json_get(json_root(a->doc), "items");
    const char *only = args_value(&cmd->args, "family");
    struct strbuf out;
    strbuf_init(&out, DRAWING_MAX);
    if (c->format == FORMAT_SVG) {
        draw_trend(c, f, items, family_of(cmd, items), true, &out);
    } else {
        strbuf_addstr(&out, strbuf_str(&f->title));
        strbuf_putc(&out, '\n');
        for (size_t i = 0; trend && i < 2; i++)
            if (only == NULL || strcmp(only, families[i]) == 0)
                draw_trend(c, f, items, families[i], false, &out);
        for (const struct json *v = json_first(items); !trend && v != NULL; v = json_next(v))
            if (only == NULL || is_of(v, only))
                draw_now(c, a->doc, v, json_count(items) > 1, &out);
    }
    int rc = output_text(&out);
    strbuf_fini(&out);
    return rc;
}

static int print_data(struct cli *c, const struct command *cmd, const struct client_answer *a)
{
    const char *only = args_value(&cmd->args, "family");
    struct output o;
    int rc = output_begin(&o, c, record_type(IPAM_T_UTILIZATION), "", OUTPUT_LIST);
    const struct json *items = json_get(json_root(a->doc), "items");
    for (const struct json *v = json_first(items); rc == CLI_OK && v != NULL; v = json_next(v))
        if (only == NULL || is_of(v, only))
            output_item(&o, a->doc, v);
    return output_end(&o, rc);
}

static int ask(struct cli *c, const struct command *cmd, struct found *f)
{
    static const char *const times[] = { "since", "from", "to", "step" };
    bool trend = c->format == FORMAT_SVG;
    struct client_answer a;
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
        trend = trend || args_given(&cmd->args, times[i]);
    strbuf_puts(&f->path, "/utilization");
    if (f->node.len > 0)
        key_query("node", strbuf_str(&f->node), &f->path);
    if (!trend)
        key_query("forecast", IPAM_STR("true"), &f->path);
    int rc = trend ? add_time(c, cmd, &f->path) : CLI_OK;
    if (rc != CLI_OK)
        return rc;
    rc = client_get(c->client, f->path.data, &a);
    if (rc == CLI_OK && (c->format == FORMAT_TABLE || c->format == FORMAT_SVG))
        rc = draw(c, cmd, f, &a, trend);
    else if (rc == CLI_OK)
        rc = print_data(c, cmd, &a);
    client_answer_fini(&a);
    return rc;
}

static int show(struct cli *c, const struct command *cmd,
                int (*find_it)(struct cli *c, const struct command *cmd, struct found *f))
{
    const char *family = args_value(&cmd->args, "family");
    struct found f;
    if (family != NULL && strcmp(family, "ipv4") != 0 && strcmp(family, "ipv6") != 0) {
        cli_error("--family %s: expected ipv4 or ipv6", family);
        return CLI_USAGE;
    }
    strbuf_init(&f.path, PATH_SIZE);
    strbuf_init(&f.title, PATH_SIZE);
    strbuf_init(&f.node, PATH_SIZE);
    int rc = find_it(c, cmd, &f);
    if (rc == CLI_OK)
        rc = ask(c, cmd, &f);
    strbuf_fini(&f.path);
    strbuf_fini(&f.title);
    strbuf_fini(&f.node);
    return rc;
}

int verb_utilization(struct cli *c, const struct command *cmd)
{
    return show(c, cmd, find);
}

int verb_node_utilization(struct cli *c, const struct command *cmd)
{
    return show(c, cmd, find_node);
}
