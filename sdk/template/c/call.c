/* call.c - beginning a call, emitting rows, and ending it exactly once.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "call.h"

#include <string.h>
#include <time.h>

struct ipam_str str(const char *text)
{
    struct ipam_str s = { text, strlen(text) };

    return s;
}

int str_same(struct ipam_str a, struct ipam_str b)
{
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void record_begin(void *record, size_t size, uint32_t type)
{
    struct ipam_record *r = record;

    memset(record, 0, size);
    r->size = (uint32_t)size;
    r->type = type;
}

int32_t call_emit(struct call *c, const void *record)
{
    return c->host->emit(c->req, record);
}

void call_begin(struct call *c, void *ctx, struct ipam_req *req)
{
    memset(c, 0, sizeof(*c));
    c->p = ctx;
    c->host = c->p->host;
    c->req = req;
    record_begin(&c->outcome, sizeof(c->outcome), IPAM_T_OUTCOME);
}

/* PROMISE: exactly one done, whatever happened, as the last thing done to the request. So each operation is
 * a function that returns a status, wrapped in one that ends here. */
void call_end(struct call *c, int32_t status)
{
    if (status < 0 && c->why[0] != '\0') {
        c->outcome.message = str(c->why);
        IPAM_SET_FIELD(&c->outcome, IPAM_OUTCOME_MESSAGE);
    }
    c->host->done(c->req, status, &c->outcome);
}

int32_t call_read_file(struct call *c)
{
    return file_read(c->host, c->req, c->p->options.file, &c->file, c->why);
}

int call_wants(const struct call *c, const struct ipam_addr *a)
{
    return a->family == 4 ? c->p->options.wants_v4 : c->p->options.wants_v6;
}
