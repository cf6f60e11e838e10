/* metrics_write.c - samples in Prometheus' text format, version 0.0.4.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "api/metrics.h"
#include "base/arena.h"
#include "base/json.h"

void metric_head(struct strbuf *out, const struct metric *m)
{
    strbuf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", m->name, m->help, m->name, m->type);
}

/* Label values are UTF-8; a backslash, a quote and a line feed are escaped. */
static void put_value(struct strbuf *out, struct ipam_str s)
{
    bool valid = s.len == 0 || utf8_valid(s.data, s.len);
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.data[i];
        if (c == '\\' || c == '"')
            strbuf_putc(out, '\\');
        if (c == '\n')
            strbuf_puts(out, "\\n");
        else
            strbuf_putc(out, valid || c < 0x80 ? (char)c : '?');
    }
}

static void put_number(struct strbuf *out, double value)
{
    if (value > -1e15 && value < 1e15 && value == (double)(int64_t)value)
        strbuf_printf(out, " %lld\n", (long long)value);
    else
        strbuf_printf(out, " %.9g\n", value);
}

static void put_sample(struct strbuf *out, const char *name, const char *suffix, const struct label *labels,
                       size_t count, const char *bound, double value)
{
    const char *between = "{";
    strbuf_puts(out, name);
    strbuf_puts(out, suffix);
    for (size_t i = 0; i < count; i++, between = ",") {
        strbuf_printf(out, "%s%s=\"", between, labels[i].name);
        put_value(out, labels[i].value);
        strbuf_putc(out, '"');
    }
    if (bound != NULL) {
        strbuf_printf(out, "%sle=\"%s\"", between, bound);
        between = ",";
    }
    if (between[0] == ',')
        strbuf_putc(out, '}');
    put_number(out, value);
}

void metric_sample(struct strbuf *out, const char *name, const struct label *labels, size_t count,
                   double value)
{
    put_sample(out, name, "", labels, count, NULL, value);
}

void metric_histogram(struct strbuf *out, const char *name, const struct label *labels, size_t count,
                      const struct histogram *h)
{
    uint64_t below = 0;
    char bound[32];
    for (unsigned i = 0; i < HISTOGRAM_BOUNDS; i++) {
        below += h->counts[i];
        snprintf(bound, sizeof(bound), "%g", (double)histogram_bounds_us[i] / 1e6);
        put_sample(out, name, "_bucket", labels, count, bound, (double)below);
    }
    put_sample(out, name, "_bucket", labels, count, "+Inf", (double)histogram_count(h));
    put_sample(out, name, "_sum", labels, count, NULL, (double)h->sum_us / 1e6);
    put_sample(out, name, "_count", labels, count, NULL, (double)histogram_count(h));
}
