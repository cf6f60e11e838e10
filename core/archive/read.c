/* read.c - the text of a kept configuration: its pieces found, opened, put together.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "archive/archive_p.h"

struct reading {
    struct archive *a;
    struct ipam_server_config *of;
    uint32_t text; /* IPAM_CONFIG_PIECE_TEXT_* */
    int64_t next;  /* piece */
    struct strbuf packed, out;
    int status;
    const char *why;
    archive_text done;
    void *user;
};

static void wipe(struct strbuf *b)
{
    if (b->data != NULL)
        secret_wipe(b->data, b->cap);
    strbuf_fini(b);
}

static void on_piece(void *user, const struct record_type *t, void *rec)
{
    const struct ipam_config_piece *p = rec;
    struct reading *r = user;
    (void)t;
    if (p->text != r->text || r->status != 0)
        return;
    if (p->seq != r->next++) {
        r->status = IPAM_E_INVAL;
        r->why = "a piece of it is missing: the database is damaged, or somebody changed it";
        return;
    }
    r->status = pieces_open(r->a, r->of, p, &r->packed, &r->why);
}

/* There are no pieces. */
static int nothing(struct reading *r)
{
    bool whole = r->text == IPAM_CONFIG_PIECE_TEXT_WHOLE;
    if (whole && !r->of->whole) {
        r->why = "it was kept without its secrets, for there was no master key; it can be looked at alone";
        return IPAM_E_UNSUPPORTED;
    }
    r->why = "its text is gone: it was given up, or the database is damaged";
    return whole ? IPAM_E_NOENT : IPAM_E_INVAL;
}

static int put_together(struct reading *r)
{
    if (r->next == 0)
        return nothing(r);
    int rc = squeeze_undo((struct ipam_bytes){ (const uint8_t *)r->packed.data, r->packed.len }, &r->out);
    if (rc == 0 && r->text == IPAM_CONFIG_PIECE_TEXT_WHOLE && (int64_t)r->out.len != r->of->bytes)
        rc = IPAM_E_INVAL;
    if (rc != 0)
        r->why = rc == IPAM_E_NOMEM ? "memory is short" : "its text is damaged in the database";
    return rc;
}

static void on_pieces(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct reading *r = user;
    (void)answer;
    if (status == 0) {
        status = r->status != 0 ? r->status : put_together(r);
        message = r->why;
    }
    r->done(r->user, status, message, strbuf_str(&r->out));
    wipe(&r->packed);
    wipe(&r->out);
    free(r->of);
    free(r);
}

void archive_read(struct archive *a, const struct ipam_server_config *of, bool whole, archive_text done,
                  void *user)
{
    struct reading *r = xcalloc(1, sizeof(*r));
    *r = (struct reading){ .a = a,
                           .of = record_clone(of),
                           .text = whole ? IPAM_CONFIG_PIECE_TEXT_WHOLE : IPAM_CONFIG_PIECE_TEXT_SHOWN,
                           .why = "",
                           .done = done,
                           .user = user };
    strbuf_init(&r->packed, ARCHIVE_PACKED);
    strbuf_init(&r->out, ARCHIVE_TEXT_MOST);
    pieces_look_for_key(a);
    archive_pieces(a, of->id, on_piece, on_pieces, r);
}
