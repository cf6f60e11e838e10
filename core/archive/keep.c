/* keep.c - a server's configuration kept while it is read: one row for each state that is new.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 *   begin -> take -> end: the rows there are -> a key, if there is none yet -> what is new, in one change
 *
 * A part that is as it was makes no change at all: that it was seen again is told by the server's row. */
#include <stdio.h>
#include <stdlib.h>

#include "archive/archive_p.h"
#include "base/log.h"

#define PARTS_MOST 8
#define NAME_MAX_  64
#define TOKEN_MAX_ 128

struct part {
    char name[NAME_MAX_ + 1], token[TOKEN_MAX_ + 1];
    int64_t pieces;
    struct squeeze whole, shown;
    bool odd;                          /* its pieces do not fit each other */
    bool known;                        /* it is as the newest row says */
    struct ipam_server_config *newest; /* of it; NULL: none */
};

struct archive_visit {
    struct intent intent; /* first: cast back */
    struct archive *a;
    int64_t server, last_seen;
    struct part parts[PARTS_MOST];
    size_t count;
    struct arena arena;
    struct ipam_server_config *gone[PARTS_MOST]; /* newest rows of parts that are no more */
    size_t gone_count;
    char token[TOKEN_MAX_ + 1];
    bool complete, lost; /* lost: there are more parts than are kept */
    archive_done done;
    void *user;
};

struct archive_visit *archive_begin(struct archive *a, int64_t server)
{
    struct archive_visit *v = xcalloc(1, sizeof(*v));
    v->a = a;
    v->server = server;
    arena_init(&v->arena, 0);
    return v;
}

void archive_drop(struct archive_visit *v)
{
    for (size_t i = 0; i < v->count; i++) {
        struct strbuf *secrets = &v->parts[i].whole.out;
        if (secrets->data != NULL)
            secret_wipe(secrets->data, secrets->cap);
        squeeze_fini(&v->parts[i].whole);
        squeeze_fini(&v->parts[i].shown);
    }
    arena_fini(&v->arena);
    free(v);
}

static struct part *part_of(struct archive_visit *v, struct ipam_str name)
{
    for (size_t i = 0; i < v->count; i++)
        if (str_is(name, v->parts[i].name))
            return &v->parts[i];
    if (v->count == PARTS_MOST || name.len > NAME_MAX_) {
        v->lost = true;
        return NULL;
    }
    struct part *p = &v->parts[v->count++];
    snprintf(p->name, sizeof(p->name), STR_FMT, STR_ARG(name));
    squeeze_init(&p->whole, ARCHIVE_PACKED);
    squeeze_init(&p->shown, ARCHIVE_PACKED);
    return p;
}

void archive_take(struct archive_visit *v, const struct ipam_config_text *row)
{
    struct part *p = part_of(v, row->part);
    if (p == NULL)
        return;
    p->odd = p->odd || row->seq != p->pieces++;
    if (record_has(row, IPAM_CONFIG_TEXT_TOKEN) && row->seq == 0)
        snprintf(p->token, sizeof(p->token), STR_FMT, STR_ARG(row->token));
    squeeze_add(&p->whole, row->text);
    squeeze_add(&p->shown, record_has(row, IPAM_CONFIG_TEXT_SHOWN) ? row->shown : row->text);
}

/* --- what is there --- */

static void end(struct archive_visit *v, int status, const char *message)
{
    if (status == 0)
        free(imap_put(&v->a->kept, (uint64_t)v->server, xstrdup(v->token)));
    v->done(v->user, status, message);
    archive_drop(v);
}

static void on_row(void *user, const struct record_type *t, void *rec)
{
    const struct ipam_server_config *c = rec;
    struct archive_visit *v = user;
    (void)t;
    if (record_has(c, IPAM_SERVER_CONFIG_UNTIL))
        return;
    for (size_t i = 0; i < v->count; i++)
        if (str_is(c->part, v->parts[i].name)) {
            v->parts[i].newest = record_copy(&v->arena, c);
            return;
        }
    if (v->complete && v->gone_count < PARTS_MOST)
        v->gone[v->gone_count++] = record_copy(&v->arena, c);
}

/* Whether its text can be kept; said once in the log where it cannot. */
static bool can_keep(const struct archive_visit *v, struct part *p)
{
    squeeze_end(&p->whole);
    squeeze_end(&p->shown);
    bool large = p->whole.taken > ARCHIVE_TEXT_MOST || p->shown.taken > ARCHIVE_TEXT_MOST ||
                 p->whole.out.failed || p->shown.out.failed;
    if (!large && !p->odd)
        return true;
    log_event_with(LOG_WARN_, "configuration-not-kept", LOG_FIELDS(LOG_NUMBER("server_id", v->server)),
                   "the configuration %s of server %lld is not kept: %s", p->name, (long long)v->server,
                   p->odd ? "its provider hands it out in pieces that do not fit each other"
                          : "it is larger than is kept");
    return false;
}

/* Of those that the server has now, what is not kept yet. */
static bool find_new(struct archive_visit *v)
{
    bool any = v->gone_count > 0;
    for (size_t i = 0; i < v->count; i++) {
        struct part *p = &v->parts[i];
        p->known = (p->newest != NULL && p->token[0] != '\0' && str_is(p->newest->token, p->token)) ||
                   !can_keep(v, p);
        any = any || !p->known;
    }
    return any;
}

/* --- the change --- */

static void needs_rows(struct intent *in, const struct view *view, struct needs *n)
{
    const struct archive_visit *v = (struct archive_visit *)in;
    (void)view;
    for (size_t i = 0; i < v->count; i++)
        if (!v->parts[i].known && v->parts[i].newest != NULL)
            needs_row(n, IPAM_T_SERVER_CONFIG, v->parts[i].newest->id);
    for (size_t i = 0; i < v->gone_count; i++)
        needs_row(n, IPAM_T_SERVER_CONFIG, v->gone[i]->id);
}

/* Another took its place. It was last seen when the server was last read, if that was since. */
static void put_former(struct draft *d, const struct archive_visit *v, int64_t id)
{
    const struct ipam_server_config *before = view_get(draft_view(d), IPAM_T_SERVER_CONFIG, id);
    if (before == NULL)
        return;
    struct ipam_server_config c = *before;
    RECORD_SET(&c, IPAM_SERVER_CONFIG_LAST_SEEN, last_seen,
               v->last_seen > c.first_seen ? v->last_seen : c.first_seen);
    RECORD_SET(&c, IPAM_SERVER_CONFIG_UNTIL, until, draft_now(d));
    draft_replace(d, before, &c);
}

static int put_part(struct draft *d, const struct archive_visit *v, const struct part *p)
{
    struct ipam_server_config c;
    bool whole = v->a->key[0] != '\0';
    record_init(&c, IPAM_T_SERVER_CONFIG);
    RECORD_SET(&c, IPAM_SERVER_CONFIG_SERVER, server, v->server);
    RECORD_SET(&c, IPAM_SERVER_CONFIG_PART, part, str_from(p->name));
    if (p->token[0] != '\0')
        RECORD_SET(&c, IPAM_SERVER_CONFIG_TOKEN, token, str_from(p->token));
    RECORD_SET(&c, IPAM_SERVER_CONFIG_FIRST_SEEN, first_seen, draft_now(d));
    RECORD_SET(&c, IPAM_SERVER_CONFIG_BYTES, bytes, (int64_t)p->whole.taken);
    RECORD_SET(&c, IPAM_SERVER_CONFIG_WHOLE, whole, whole);
    draft_put(d, &c);
    int rc = pieces_put(v->a, d, &c, IPAM_CONFIG_PIECE_TEXT_SHOWN, strbuf_str(&p->shown.out));
    if (rc == 0 && whole)
        rc = pieces_put(v->a, d, &c, IPAM_CONFIG_PIECE_TEXT_WHOLE, strbuf_str(&p->whole.out));
    return rc;
}

static int decide(struct intent *in, struct draft *d)
{
    const struct archive_visit *v = (struct archive_visit *)in;
    int rc = 0;
    if (view_get(draft_view(d), IPAM_T_SERVER, v->server) == NULL)
        return problem_set(&in->problem, PROBLEM_NOT_FOUND, "server %lld was deleted meanwhile",
                           (long long)v->server);
    for (size_t i = 0; i < v->count && rc == 0; i++) {
        const struct part *p = &v->parts[i];
        if (p->known)
            continue;
        if (p->newest != NULL)
            put_former(d, v, p->newest->id);
        rc = put_part(d, v, p);
    }
    for (size_t i = 0; i < v->gone_count; i++)
        put_former(d, v, v->gone[i]->id);
    return rc == 0 ? 0 : problem_set(&in->problem, PROBLEM_INTERNAL, "the configuration could not be sealed");
}

static void settled(struct intent *in, int status)
{
    struct archive_visit *v = (struct archive_visit *)in;
    struct archive *a = v->a;
    int64_t server = v->server;
    char message[sizeof(in->problem.detail)];
    snprintf(message, sizeof(message), "%s", in->problem.detail);
    end(v, status, message);
    if (status == 0)
        prune_server(a, server);
}

static void submit(struct archive_visit *v, int (*what)(struct intent *, struct draft *),
                   void (*then)(struct intent *, int))
{
    v->intent = (struct intent){ .operation = "inventory.server.collect",
                                 .actor = { .name = IPAM_STR("ipamd") },
                                 .needs = what == decide ? needs_rows : NULL,
                                 .decide = what,
                                 .settled = then };
    gate_submit(v->a->at.gate, &v->intent);
}

static int decide_key(struct intent *in, struct draft *d)
{
    const struct archive_visit *v = (struct archive_visit *)in;
    return vault_put_data_key(v->a->at.vault, d, IPAM_T_CONFIG_PIECE, IPAM_STR(ARCHIVE_LABEL), &in->problem);
}

/* Without a key what is shown is kept all the same. */
static void key_settled(struct intent *in, int status)
{
    struct archive_visit *v = (struct archive_visit *)in;
    if (status != 0)
        log_event(LOG_WARN_, "configurations-not-sealed",
                  "configurations are kept without their secrets, and cannot be restored: %s",
                  in->problem.detail);
    pieces_look_for_key(v->a);
    submit(v, decide, settled);
}

static void on_rows(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct archive_visit *v = user;
    struct problem none = { 0 };
    (void)answer;
    if (status != 0 || !find_new(v)) {
        end(v, status, message);
        return;
    }
    pieces_look_for_key(v->a);
    if (v->a->key[0] == '\0' && v->a->keys != NULL && vault_can_seal(v->a->at.vault, &none) == 0)
        submit(v, decide_key, key_settled);
    else
        submit(v, decide, settled);
}

void archive_end(struct archive_visit *v, struct ipam_str token, bool complete, archive_done done, void *user)
{
    const struct ipam_server *server = view_get(state_view(v->a->at.state), IPAM_T_SERVER, v->server);
    v->last_seen = server != NULL && record_has(server, IPAM_SERVER_CONFIG_READ) ? server->config_read : 0;
    v->complete = complete && !v->lost;
    v->done = done;
    v->user = user;
    snprintf(v->token, sizeof(v->token), STR_FMT, STR_ARG(token));
    for (size_t i = 0; i < v->count; i++)
        if (v->parts[i].token[0] == '\0')
            snprintf(v->parts[i].token, sizeof(v->parts[i].token), "%s", v->token);
    archive_rows(v->a, v->server, on_row, on_rows, v);
}
