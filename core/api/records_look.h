/* records_look.h - stored records of the DNS, found before the gate decides about them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_RECORDS_LOOK_H
#define API_RECORDS_LOOK_H

#include "api/call.h"

/* Ids of records, of which the gate fetches the rows. */
struct record_ids {
    int64_t *ids;
    size_t count, room;
};

/* What is looked for of each of `items` things, one after the other. */
struct records_look {
    size_t items;
    /* Sets the indexed fields by which records of item i are found; false: there is nothing to look for. */
    bool (*ask)(struct call *c, size_t i, struct ipam_dns_record *like);
    struct record_ids *(*ids)(struct call *c, size_t i);
    void (*next)(struct call *c); /* once all were found; else the call has been answered */
};
void records_look(struct call *c, const struct records_look *what);
/* Names them as rows that the gate fetches. */
void records_need(struct needs *n, const struct record_ids *ids);

#endif
