/* events.c - takes a stream of server-sent events apart, as it is cut.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cli/watch.h"

#define EVENT_MAX (256u * 1024 * 1024)

void events_init(struct events *e,
                 bool (*event)(void *user, const char *name, const char *id, struct ipam_str data),
                 void *user)
{
    memset(e, 0, sizeof(*e));
    strbuf_init(&e->line, EVENT_MAX);
    strbuf_init(&e->data, EVENT_MAX);
    e->event = event;
    e->user = user;
}

void events_fini(struct events *e)
{
    strbuf_fini(&e->line);
    strbuf_fini(&e->data);
}

void events_reset(struct events *e)
{
    strbuf_reset(&e->line);
    strbuf_reset(&e->data);
    e->name[0] = '\0';
}

/* "name: value", where the space may lack. */
static bool field_is(struct ipam_str line, const char *name, struct ipam_str *ret_value)
{
    size_t n = strlen(name);

    if (line.len < n || memcmp(line.data, name, n) != 0 || (line.len > n && line.data[n] != ':'))
        return false;
    n += line.len > n;
    n += line.len > n && line.data[n] == ' ';
    *ret_value = (struct ipam_str){ line.data + n, line.len - n };
    return true;
}

static bool take_line(struct events *e, struct ipam_str line)
{
    struct ipam_str value;
    bool more = true;

    if (line.len > 0 && line.data[line.len - 1] == '\r')
        line.len--;
    if (line.len == 0) {
        more = e->event(e->user, e->name, e->id, strbuf_str(&e->data));
        strbuf_reset(&e->data);
        e->name[0] = '\0';
    } else if (field_is(line, "data", &value)) {
        if (e->data.len > 0)
            strbuf_putc(&e->data, '\n');
        strbuf_addstr(&e->data, value);
    } else if (field_is(line, "event", &value)) {
        snprintf(e->name, sizeof(e->name), "%.*s", (int)value.len, value.data);
    } else if (field_is(line, "id", &value)) {
        snprintf(e->id, sizeof(e->id), "%.*s", (int)value.len, value.data);
    }
    return more && !e->data.failed;
}

bool events_feed(struct events *e, const char *bytes, size_t len)
{
    while (len > 0) {
        const char *end = memchr(bytes, '\n', len);
        size_t n = end != NULL ? (size_t)(end - bytes) : len;

        strbuf_add(&e->line, bytes, n);
        if (e->line.failed)
            return false;
        if (end == NULL)
            return true;
        bytes += n + 1;
        len -= n + 1;
        if (!take_line(e, strbuf_str(&e->line)))
            return false;
        strbuf_reset(&e->line);
    }
    return true;
}
