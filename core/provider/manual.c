/* manual.c - a plugin's manual page, made from its descriptor.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "provider/manual.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "base/roff.h"

#define SAMPLE_MAX (256u << 10)

static void put_line(const char *text, struct strbuf *out)
{
    roff_text(text, out);
    strbuf_putc(out, '\n');
}

static void put_title(const struct plugin *pl, struct strbuf *out)
{
    char upper[PLUGIN_NAME_MAX + 1] = "";

    for (size_t i = 0; pl->name[i]; i++)
        upper[i] = (char)toupper((unsigned char)pl->name[i]);
    strbuf_printf(out,
                  ".\\\" ipam-%s.5 - the plugin %s. Made by `ipam-provider-host --manual %s`; do not edit.\n",
                  pl->name, pl->name, pl->name);
    strbuf_puts(out, ".TH IPAM\\-");
    roff_text(upper, out);
    strbuf_puts(out, " 5 \"\" ");
    roff_text(pl->name, out);
    strbuf_puts(out, " ipamd\n.SH NAME\nipam\\-");
    roff_text(pl->name, out);
    strbuf_puts(out, " \\- ");
    put_line(pl->summary, out);
}

/* --- what it offers --- */

struct offer_text {
    uint32_t kind;
    struct strbuf *out;
};

static void put_capability(void *user, const char *name)
{
    struct offer_text *t = user;
    const char *words = manual_capability(t->kind, name);

    strbuf_puts(t->out, ".IP \\(bu 2\n.BR ");
    roff_text(name, t->out);
    strbuf_puts(t->out, " :\n");
    put_line(words ? words : name, t->out);
}

static void put_threads(const struct kind_offer *offer, struct strbuf *out)
{
    switch (offer->thread_model) {
    case IPAM_THREAD_SERIAL:
        strbuf_puts(out,
                    "A server gets one call at a time (serial); several servers are worked on at once.\n");
        break;
    case IPAM_THREAD_PARALLEL: strbuf_puts(out, "A server gets several calls at once (parallel)"); break;
    case IPAM_THREAD_LOOP: strbuf_puts(out, "Calls never wait for each other (loop)"); break;
    default: break;
    }
    if (offer->thread_model != IPAM_THREAD_PARALLEL && offer->thread_model != IPAM_THREAD_LOOP)
        return;
    if (offer->concurrency)
        strbuf_printf(out, "; at most %u are under way.\n", (unsigned)offer->concurrency);
    else
        strbuf_puts(out, ".\n");
}

static void put_offer(uint32_t kind, const struct kind_offer *offer, struct strbuf *out)
{
    struct offer_text t = { kind, out };
    const char *words = manual_kind(kind);

    strbuf_printf(out, ".SS %s\nIt %s.\n", kind_name(kind), words ? words : kind_name(kind));
    put_threads(offer, out);
    if (offer->capabilities == 0)
        return;
    strbuf_puts(out, "What it can beyond that, where the server can:\n.PD 0\n");
    kind_each_capability(kind, offer->capabilities, put_capability, &t);
    strbuf_puts(out, ".PD\n");
}

static void put_list(const char *before, const char *const *texts, struct strbuf *out)
{
    if (*texts == NULL)
        return;
    strbuf_printf(out, ".PP\n%s", before);
    for (; *texts; texts++) {
        strbuf_putc(out, ' ');
        roff_text(*texts, out);
        strbuf_puts(out, texts[1] ? "," : ".\n");
    }
}

static void put_description(const struct plugin *pl, struct strbuf *out)
{
    strbuf_puts(out, ".SH DESCRIPTION\n.B ");
    put_line(pl->name, out);
    strbuf_puts(out, "is a plugin of\n.BR ipamd (8),\nversion ");
    roff_text(pl->version, out);
    strbuf_puts(out, ".\n");
    if (pl->offers[IPAM_KIND_STORAGE].offered)
        strbuf_puts(out, "It runs in the daemon's process.\n");
    else
        strbuf_puts(out, "It runs in processes of its own,\n.BR ipam\\-provider\\-host (8),\n"
                         "unless the configuration puts it into the daemon's.\n");
    put_list("It needs plugins that offer", pl->requires, out);
    put_list("It makes use of plugins that offer", pl->wants, out);
    for (uint32_t kind = 1; kind < KIND_END; kind++)
        if (pl->offers[kind].offered)
            put_offer(kind, &pl->offers[kind], out);
}

/* --- options --- */

/* "30s", "10m": the largest unit without a rest. */
static void put_duration(int64_t ms, struct strbuf *out)
{
    static const struct {
        int64_t ms;
        const char *name;
    } units[] = { { 86400000, "d" }, { 3600000, "h" }, { 60000, "m" }, { 1000, "s" }, { 1, "ms" } };
    size_t i = 0;

    while (ms == 0 || ms % units[i].ms != 0) {
        if (units[++i].ms == 1)
            break;
    }
    strbuf_printf(out, "%" PRId64 "%s", ms / units[i].ms, units[i].name);
}

static void put_range(const struct ipam_option *o, struct strbuf *out)
{
    if (o->kind == IPAM_OPT_DURATION) {
        strbuf_puts(out, ", ");
        put_duration(o->min, out);
        strbuf_puts(out, " to ");
        put_duration(o->max, out);
    } else if (option_has_range(o->kind)) {
        strbuf_puts(out, ", ");
        roff_text(o->min < 0 ? "-" : "", out);
        strbuf_printf(out, "%" PRIu64 " to ", o->min < 0 ? -(uint64_t)o->min : (uint64_t)o->min);
        roff_text(o->max < 0 ? "-" : "", out);
        strbuf_printf(out, "%" PRIu64 "%s", o->max < 0 ? -(uint64_t)o->max : (uint64_t)o->max,
                      o->kind == IPAM_OPT_LIST ? " items" : "");
    }
    for (unsigned i = 0; o->kind == IPAM_OPT_ENUM && o->names[i]; i++) {
        strbuf_puts(out, i ? ", " : ": ");
        roff_text(o->names[i], out);
    }
}

/* "Int, 1 to 65535; 8000 when absent." */
static void put_facts(const struct ipam_option *o, struct strbuf *out)
{
    const char *kind = option_kind_name(o->kind);

    strbuf_printf(out, ".br\n%c%s", toupper((unsigned char)kind[0]), kind + 1);
    put_range(o, out);
    if (o->flags & IPAM_OPT_REQUIRED) {
        strbuf_puts(out, "; required.\n");
    } else if (o->def) {
        strbuf_puts(out, "; ");
        roff_text(o->def[0] ? o->def : "empty", out);
        strbuf_puts(out, " when absent.\n");
    } else {
        strbuf_puts(out, "; may be absent.\n");
    }
}

static const char *const kind_words[] = {
    [IPAM_OPT_TEXT] = "a string.",
    [IPAM_OPT_INT] = "a whole number.",
    [IPAM_OPT_BOOL] = "true or false.",
    [IPAM_OPT_ENUM] = "a string, one of those named.",
    [IPAM_OPT_DURATION] = "a string: a number and ms, s, m, h or d, such as \\(dq5s\\(dq.",
    [IPAM_OPT_PATH] = "a string: an absolute path.",
    [IPAM_OPT_SECRET] = "{ \\(dqsecret\\(dq: NAME }; the secret itself is in the file NAME of\n"
                        ".IR $CREDENTIALS_DIRECTORY ,\n"
                        "or stored with\n.BR \"ipamctl secret add\" .",
    [IPAM_OPT_ADDRESS] = "a string: an IPv4 or IPv6 address.",
    [IPAM_OPT_PREFIX] = "a string: ADDRESS/LENGTH without host bits.",
    [IPAM_OPT_LIST] = "a list of strings.",
};

static bool has_kind(const struct plugin *pl, uint32_t kind)
{
    for (unsigned i = 0; i < pl->options.count; i++)
        if (pl->options.items[i].kind == kind)
            return true;
    return false;
}

static void put_options(const struct plugin *pl, struct strbuf *out)
{
    strbuf_puts(out, ".SH OPTIONS\n");
    if (pl->options.count == 0) {
        strbuf_puts(out, "It has none.\n");
        return;
    }
    if (pl->offers[IPAM_KIND_STORAGE].offered)
        strbuf_puts(out, "They stand under \\(dqstorage\\(dq in the configuration.\n");
    else
        strbuf_puts(out, "They stand in a profile; what profiles have in common may stand under "
                         "\\(dqplugins\\(dq instead.\n");
    for (unsigned i = 0; i < pl->options.count; i++) {
        strbuf_puts(out, ".TP\n.B ");
        put_line(pl->options.items[i].name, out);
        put_line(pl->options.items[i].help, out);
        put_facts(&pl->options.items[i], out);
    }
    strbuf_puts(out, ".SS Kinds\n");
    for (uint32_t kind = 1; option_kind_name(kind); kind++)
        if (has_kind(pl, kind))
            strbuf_printf(out, ".TP\n.B %s\n%s\n", option_kind_name(kind), kind_words[kind]);
}

/* --- the rest --- */

static void put_example(const struct plugin *pl, struct strbuf *out)
{
    struct strbuf sample;

    strbuf_init(&sample, SAMPLE_MAX);
    plugin_sample(pl, &sample);
    strbuf_puts(out, ".SH EXAMPLE\nWhat\n.B ipam\\-provider\\-host \\-\\-sample ");
    put_line(pl->name, out);
    strbuf_puts(out,
                "prints: every option that has a default or is required. Replace what is not the site's.\n"
                ".PP\n.nf\n");
    roff_text(sample.data, out);
    strbuf_puts(out, ".fi\n");
    strbuf_fini(&sample);
}

static void put_files(const struct plugin *pl, struct strbuf *out)
{
    strbuf_puts(out, ".SH FILES\n.TP\n.I /etc/ipamd/ipamd.json.d/");
    roff_text(pl->name, out);
    strbuf_puts(out, ".json\nA place for the example; see\n.BR ipamd (8).\n");
    if (has_kind(pl, IPAM_OPT_SECRET))
        strbuf_puts(out,
                    ".TP\n.I $CREDENTIALS_DIRECTORY\nThe folder of secrets; see\n.BR systemd.exec (5).\n");
}

void plugin_manual(const struct plugin *pl, struct strbuf *out)
{
    put_title(pl, out);
    put_description(pl, out);
    put_options(pl, out);
    put_example(pl, out);
    put_files(pl, out);
    strbuf_puts(out, ".SH SEE ALSO\n.BR ipamctl (1),\n.BR ipam\\-records (5),\n.BR ipamd (8),\n"
                     ".BR ipam\\-provider\\-host (8)\n");
}
