/* metrics.h - samples in Prometheus' text format.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_METRICS_H
#define API_METRICS_H

#include "base/histogram.h"
#include "base/strbuf.h"

struct scrape;

/* One metric: scalars give their value by `value`, others write their samples. */
struct metric {
    const char *name, *type, *help;
    double (*value)(const struct scrape *s);
    void (*samples)(struct scrape *s, const struct metric *m);
};

/* `count` pairs of name and value, at most 4. */
struct label {
    const char *name;
    struct ipam_str value;
};
#define LABEL(n, text)                                                                                       \
    {                                                                                                        \
        (n), str_from(text)                                                                                  \
    }

void metric_head(struct strbuf *out, const struct metric *m);
void metric_sample(struct strbuf *out, const char *name, const struct label *labels, size_t count,
                   double value);
void metric_histogram(struct strbuf *out, const char *name, const struct label *labels, size_t count,
                      const struct histogram *h);

#endif
