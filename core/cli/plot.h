/* plot.h - figures over time as something to look at: a line of blocks, a chart of them, an SVG. Pure.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_PLOT_H
#define CLI_PLOT_H

#include "cli/text.h"

/* One step of time. */
struct plot_point {
    int64_t from, to; /* UTC milliseconds */
    double value;     /* 0 or more; below 0: not known */
    double peak;      /* the highest in the step */
};
struct plot {
    struct ipam_str title; /* clean */
    const char *unit;      /* of the values */
    double limit;          /* what the values can reach; 0: nothing that matters */
    const struct plot_point *points;
    size_t count; /* 1 or more */
};

/* The least of 1, 2, 5, 10, 20, ... that is not below a value; 1 for 0. */
double plot_scale(double most);
/* A chart of PLOT_ROWS rows and a column a point, with its scale left of it and its time beneath. */
#define PLOT_ROWS 8
void plot_text(const struct plot *p, const struct term *t, struct strbuf *out);
/* A whole SVG document. */
void plot_svg(const struct plot *p, struct strbuf *out);

#endif
