/* strbuf.h - a growing byte buffer with a mandatory maximum.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipam/types.h"

/* Appending beyond `max`, or without memory, sets `failed`, appends nothing, and stays failed:
 * callers append freely and check once. data[len] is always NUL once anything was appended. */
struct strbuf {
    char *data;
    size_t len, cap, max;
    bool failed, nomem; /* nomem: for want of memory, not of room */
};

void strbuf_init(struct strbuf *b, size_t max);
void strbuf_fini(struct strbuf *b);
void strbuf_reset(struct strbuf *b); /* empty and not failed; keeps the memory */
void strbuf_add(struct strbuf *b, const void *data, size_t len);
void strbuf_puts(struct strbuf *b, const char *text);
void strbuf_int(struct strbuf *b, int64_t n); /* in decimal */
void strbuf_putc(struct strbuf *b, char c);
void strbuf_addstr(struct strbuf *b, struct ipam_str s);
void strbuf_printf(struct strbuf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Makes room for `len` bytes at the end and returns where; NULL when it failed. The caller writes
 * them and then calls strbuf_advance. */
char *strbuf_room(struct strbuf *b, size_t len);
void strbuf_advance(struct strbuf *b, size_t len);
/* Removes the first `len` bytes. */
void strbuf_drop(struct strbuf *b, size_t len);
struct ipam_str strbuf_str(const struct strbuf *b);
/* What failed of a part makes the whole fail. */
void strbuf_fail_with(struct strbuf *b, const struct strbuf *part);
/* 0, IPAM_E_TOOBIG or IPAM_E_NOMEM. */
int strbuf_status(const struct strbuf *b);
/* Gives the memory to the caller (free it with free) and leaves the buffer empty. */
char *strbuf_take(struct strbuf *b, size_t *ret_len);

#endif
