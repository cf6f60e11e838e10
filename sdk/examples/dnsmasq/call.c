/* call.c - beginning a call, emitting rows, noting lines that were not taken, and ending it exactly once.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "dnsmasq.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct ipam_str str(const char *text)
{
    struct ipam_str s = { text, strlen(text) };

    return s;
}

int str_same(struct ipam_str a, const char *b)
{
    return a.len == strlen(b) && memcmp(a.data, b, a.len) == 0;
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

/* Texts that cross the line are UTF-8, and a path or a line may be anything. */
static void make_plain(char *text)
{
    for (; *text != '\0'; text++)
        if (*text < 0x20 || *text > 0x7e)
            *text = '?';
}

int32_t fail(struct call *c, int32_t status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(c->why, sizeof(c->why), format, args);
    va_end(args);
    make_plain(c->why);
    return status;
}

void notice_add(struct call *c, int which, const char *file, size_t line, const char *what)
{
    struct notice *n = &c->notices[which];

    if (n->count++ == 0) {
        snprintf(n->first, sizeof(n->first), "%.512s:%zu: %s", file, line, what);
        make_plain(n->first);
    }
}

/* Once when it begins or becomes another, once when it ends: every collection reads the same lines again. */
void notice_say(struct call *c, int which, int32_t level, const char *event)
{
    const struct notice *n = &c->notices[which];
    char text[WHY_BYTES + 64];
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    if (n->count == 0) {
        if (c->p->said[which] != 0)
            c->host->log(c->p->inst, 5, event, "no such line is there any more");
        c->p->said[which] = 0;
        return;
    }
    snprintf(text, sizeof(text), "%s; such lines: %u", n->first, n->count);
    for (const char *at = text; *at != '\0'; at++)
        hash = (hash ^ (uint8_t)*at) * UINT64_C(0x100000001b3);
    if (c->p->said[which] != hash)
        c->host->log(c->p->inst, level, event, text);
    c->p->said[which] = hash;
}

/* PROMISE: an answer in which a line was skipped is not complete, and says so. */
int32_t notice_fail(struct call *c, int which)
{
    const struct notice *n = &c->notices[which];

    return n->count == 0 ? IPAM_OK
                         : fail(c, IPAM_E_PROTO, "%s; correct the line, or what writes it (such lines: %u)",
                                n->first, n->count);
}

void call_begin(struct call *c, void *ctx, struct ipam_req *req)
{
    memset(c, 0, sizeof(*c));
    c->p = ctx;
    c->host = c->p->host;
    c->req = req;
    record_begin(&c->outcome, sizeof(c->outcome), IPAM_T_OUTCOME);
}

void call_end(struct call *c, int32_t status)
{
    if (status < 0 && c->why[0] != '\0') {
        c->outcome.message = str(c->why);
        IPAM_SET_FIELD(&c->outcome, IPAM_OUTCOME_MESSAGE);
    }
    c->host->done(c->req, status, &c->outcome);
}
