/* progress.h - a bar on stderr for work under way.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "cli/cli.h"

/* On a terminal one line is drawn over and over; elsewhere nothing until the end. */
struct progress {
    const struct cli *c;
    const char *title; /* "collect dhcp1.example.com" */
    int64_t started_ms, drawn_ms;
    unsigned frame; /* of the moving mark while the total is unknown */
    bool drawn;
};

void progress_init(struct progress *p, const struct cli *c, const char *title);
/* `total` 0 or less: unknown. */
void progress_update(struct progress *p, int64_t done, int64_t total);
/* Takes the bar away. */
void progress_end(struct progress *p);
/* How long it took so far, in milliseconds, and as text: "0.4 s", "2 min 5 s". */
int64_t progress_ms(const struct progress *p);
const char *progress_elapsed(const struct progress *p, char *buf, size_t size);

/* The line without its end. Pure. */
void progress_line(const char *title, int64_t done, int64_t total, int64_t elapsed_ms, unsigned frame,
                   struct strbuf *out);

#endif
