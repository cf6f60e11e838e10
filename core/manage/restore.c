/* restore.c - a plan that gives a server a configuration again that it had: its text, as edits.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * It travels alone. The text is opened for as long as the round takes, and overwritten then. */
#include <stdlib.h>

#include "manage/manage_p.h"

#define PIECE 65536 /* the limit of config_text.text in records.def */

struct restore {
    struct runner *r;
    void (*next)(struct runner *r, const char *why);
};

static struct ipam_str piece_at(struct ipam_str text, size_t at)
{
    size_t len = text.len - at < PIECE ? text.len - at : PIECE;
    while (at + len < text.len && ((unsigned char)text.data[at + len] & 0xC0) == 0x80)
        len--; /* never inside a character */
    return (struct ipam_str){ text.data + at, len };
}

static bool cut(struct runner *r, struct work *w, struct ipam_str text)
{
    const struct ipam_server_config *c = (const void *)w->object;
    struct ipam_config_text *pieces = arena_alloc(&r->arena, (text.len / (PIECE - 4) + 1) * sizeof(*pieces));
    char *copy = arena_memdup(&r->arena, text.data, text.len);
    size_t at = 0;
    if (pieces == NULL || copy == NULL)
        return false;
    w->text_count = 0;
    while (at < text.len) {
        struct ipam_config_text *p = &pieces[w->text_count];
        record_init(p, IPAM_T_CONFIG_TEXT);
        RECORD_SET(p, IPAM_CONFIG_TEXT_PART, part, c->part);
        RECORD_SET(p, IPAM_CONFIG_TEXT_SEQ, seq, (int64_t)w->text_count++);
        RECORD_SET(p, IPAM_CONFIG_TEXT_TEXT, text, piece_at((struct ipam_str){ copy, text.len }, at));
        at += p->text.len;
    }
    w->texts = pieces;
    return true;
}

static void on_text(void *user, int status, const char *message, struct ipam_str text)
{
    struct restore *f = user;
    struct runner *r = f->r;
    void (*next)(struct runner *, const char *) = f->next;
    free(f);
    r->secret = true;
    if (status == 0 && !cut(r, &r->work[r->from], text))
        message = "memory is short";
    next(r, message[0] != '\0' ? message : NULL);
}

void restore_open(struct runner *r, void (*next)(struct runner *r, const char *why))
{
    struct restore *f = xcalloc(1, sizeof(*f));
    *f = (struct restore){ r, next };
    archive_read(r->m->at.archive, (const struct ipam_server_config *)(const void *)r->work[r->from].object,
                 true, on_text, f);
}
