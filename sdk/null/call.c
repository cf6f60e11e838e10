/* call.c - a call of a null provider: what it emits, how it waits, and its one end.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "null.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define POLL_MS 5 /* how often a waiting call looks whether it was cancelled */

void null_begin(struct null_call *c, const struct ipam_host *host, struct ipam_req *req)
{
    *c = (struct null_call){ .host = host,
                             .req = req,
                             .info = { .size = sizeof(c->info), .type = IPAM_T_OUTCOME } };
}

/* Takes away what a cut has left of a character: messages are UTF-8. */
static void cut_clean(char *text, size_t len)
{
    while (len > 0 && ((unsigned char)text[len - 1] & 0xc0) == 0x80)
        text[--len] = '\0';
    if (len > 0 && ((unsigned char)text[len - 1] & 0xc0) == 0xc0)
        text[len - 1] = '\0';
}

int32_t null_fail(struct null_call *c, int32_t status, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    int n = vsnprintf(c->message, sizeof(c->message), format, ap);
    va_end(ap);
    if (n >= (int)sizeof(c->message))
        cut_clean(c->message, sizeof(c->message) - 1);
    return status;
}

int32_t null_emit(struct null_call *c, const void *row)
{
    int32_t status = c->host->emit(c->req, row);

    if (status == IPAM_E_AGAIN) /* under LOOP: nothing is wrong */
        return status;
    return status < 0 ? null_fail(c, status, "the reader wants no more rows") : IPAM_OK;
}

int32_t null_wait(struct null_call *c, int64_t ms)
{
    const struct timespec nap = { .tv_nsec = POLL_MS * 1000000L };
    int64_t deadline = c->host->deadline_ms(c->req), until = c->host->now_ms() + ms;

    for (;;) {
        int64_t now = c->host->now_ms();

        if (c->host->cancelled(c->req))
            return null_fail(c, IPAM_E_CANCELED, "given up: the caller cancelled it");
        if (deadline && now >= deadline)
            return null_fail(c, IPAM_E_TIMEOUT, "given up: the deadline passed during the delay of %lld ms",
                             (long long)ms);
        if (now >= until)
            return IPAM_OK;
        nanosleep(&nap, NULL);
    }
}

void null_token(struct null_call *c, uint64_t state)
{
    snprintf(c->token, sizeof(c->token), "%llu", (unsigned long long)state);
    c->info.token = null_str(c->token);
    IPAM_SET_FIELD(&c->info, IPAM_OUTCOME_TOKEN);
}

void null_cursor(struct null_call *c, const char *text)
{
    snprintf(c->cursor, sizeof(c->cursor), "%s", text);
    c->info.cursor = null_str(c->cursor);
    IPAM_SET_FIELD(&c->info, IPAM_OUTCOME_CURSOR);
}

void null_complete(struct null_call *c, uint32_t flags)
{
    c->info.flags = flags;
    IPAM_SET_FIELD(&c->info, IPAM_OUTCOME_FLAGS);
}

void null_done(struct null_call *c, int32_t status)
{
    if (c->message[0]) {
        c->info.message = null_str(c->message);
        IPAM_SET_FIELD(&c->info, IPAM_OUTCOME_MESSAGE);
    }
    c->host->done(c->req, status, &c->info);
}

int32_t null_probe_step(struct null_call *c, uint64_t capabilities, const char *found, unsigned *step)
{
    struct ipam_probe probe = { .size = sizeof(probe),
                                .type = IPAM_T_PROBE,
                                .product = null_str(NULL_PRODUCT),
                                .version = null_str(NULL_VERSION),
                                .capabilities = (int64_t)capabilities,
                                .service = IPAM_PROBE_SERVICE_RUNNING };
    struct ipam_check check = { .size = sizeof(check),
                                .type = IPAM_T_CHECK,
                                .channel = NULL_STR("memory"),
                                .state = IPAM_CHECK_STATE_OK,
                                .message = null_str(found) };

    IPAM_SET_FIELD(&probe, IPAM_PROBE_PRODUCT);
    IPAM_SET_FIELD(&probe, IPAM_PROBE_VERSION);
    IPAM_SET_FIELD(&probe, IPAM_PROBE_CAPABILITIES);
    IPAM_SET_FIELD(&probe, IPAM_PROBE_SERVICE);
    IPAM_SET_FIELD(&check, IPAM_CHECK_CHANNEL);
    IPAM_SET_FIELD(&check, IPAM_CHECK_STATE);
    IPAM_SET_FIELD(&check, IPAM_CHECK_MESSAGE);
    const void *rows[] = { &probe, &check };

    for (; *step < sizeof(rows) / sizeof(rows[0]); ++*step) {
        int32_t status = null_emit(c, rows[*step]);

        if (status != IPAM_OK)
            return status;
    }
    return IPAM_OK;
}

int32_t null_probe(struct null_call *c, uint64_t capabilities, const char *found)
{
    unsigned step = 0;

    return null_probe_step(c, capabilities, found, &step);
}

int32_t null_emit_count(struct null_call *c, const char *name, struct ipam_str target, uint64_t count)
{
    struct ipam_stat row = { .size = sizeof(row),
                             .type = IPAM_T_STAT,
                             .name = null_str(name),
                             .target = target,
                             .count = { 0, count } };

    IPAM_SET_FIELD(&row, IPAM_STAT_NAME);
    IPAM_SET_FIELD(&row, IPAM_STAT_COUNT);
    if (target.data)
        IPAM_SET_FIELD(&row, IPAM_STAT_TARGET);
    return null_emit(c, &row);
}

int64_t null_clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
