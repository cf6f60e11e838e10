/* whole.c - calls about all that is stored: dump, load, verify, figures.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "store/store_p.h"

struct whole {
    struct store *store; /* of which it is the one long call; NULL: it is none */
    struct call call;
    union {
        struct ipam_dump dump;
        struct ipam_load load;
    } args;
    void (*row)(void *user, const struct ipam_row *row);
    void (*dumped)(void *user, int status, const char *message, const struct store_dumped *d);
    void (*check)(void *user, const struct ipam_check *check);
    void (*stat)(void *user, const struct ipam_stat *stat);
    store_done done;
};

/* NULL when it would be the second long call. */
static struct whole *whole_new(struct store *s, bool busy, store_done done, void *user)
{
    struct whole *w;

    if (busy && s->busy)
        return NULL;
    w = xcalloc(1, sizeof(*w));
    w->done = done;
    call_init(&w->call, NULL, user);
    if (busy) {
        w->store = s;
        s->busy = w;
    }
    return w;
}

void whole_forget(struct store *s)
{
    if (s->busy)
        s->busy->store = NULL;
}

static void not_busy(struct whole *w)
{
    if (w->store)
        w->store->busy = NULL;
}

static void whole_free(struct whole *w)
{
    call_fini(&w->call);
    free(w);
}

static void on_row(void *user, const struct ipam_row *row)
{
    struct whole *w = user;

    w->row(w->call.user, row);
}

static void on_record(void *user, const struct ipam_record *rec)
{
    struct whole *w = user;

    if (rec->type == IPAM_T_CHECK && w->check)
        w->check(w->call.user, (const struct ipam_check *)rec);
    if (rec->type == IPAM_T_STAT && w->stat)
        w->stat(w->call.user, (const struct ipam_stat *)rec);
}

static void on_done(void *user, int status, const struct ipam_outcome *info)
{
    struct whole *w = user;
    char message[STORE_MESSAGE];

    status = call_status(&w->call, status, info, message);
    not_busy(w);
    w->done(w->call.user, status, message);
    whole_free(w);
}

static void on_dumped(void *user, int status, const struct ipam_outcome *info)
{
    struct whole *w = user;
    const struct ipam_dump *args = &w->args.dump;
    struct store_dumped d = { args->ret_head, args->ret_next_id, args->ret_count, { 0 } };
    char message[STORE_MESSAGE];

    status = call_status(&w->call, status, info, message);
    memcpy(d.digest, args->ret_digest, sizeof(d.digest));
    not_busy(w);
    w->dumped(w->call.user, status, message, &d);
    whole_free(w);
}

struct request *store_dump(struct store *s, void (*row)(void *user, const struct ipam_row *row),
                           void (*done)(void *user, int status, const char *message,
                                        const struct store_dumped *d),
                           void *user)
{
    static const struct request_events events = { .row = on_row, .done = on_dumped };
    struct whole *w = whole_new(s, true, NULL, user);

    if (!w)
        return NULL;
    w->row = row;
    w->dumped = done;
    w->args.dump = (struct ipam_dump){ .size = sizeof(w->args.dump) };
    return request_start(s->instance, CALL_DUMP, &w->args.dump, 0, &events, w);
}

void store_load(struct store *s, uint32_t flags, const struct ipam_row *const *rows, size_t count,
                const struct store_dumped *last, store_done done, void *user)
{
    static const struct request_events events = { .done = on_done };
    struct whole *w = whole_new(s, false, done, user);
    struct ipam_load *args = &w->args.load;

    *args = (struct ipam_load){
        .size = sizeof(*args), .flags = flags, .row_count = (uint32_t)count, .rows = rows
    };
    if (last) {
        args->head = last->head;
        args->next_id = last->next_id;
        memcpy(args->digest, last->digest, sizeof(args->digest));
    }
    request_start(s->instance, CALL_LOAD, args, 0, &events, w);
}

struct request *store_verify(struct store *s, void (*check)(void *user, const struct ipam_check *check),
                             store_done done, void *user)
{
    static const struct request_events events = { .record = on_record, .done = on_done };
    struct whole *w = whole_new(s, true, done, user);

    if (!w)
        return NULL;
    w->check = check;
    return request_start(s->instance, CALL_VERIFY, NULL, 0, &events, w);
}

struct request *store_stat(struct store *s, void (*stat)(void *user, const struct ipam_stat *stat),
                           store_done done, void *user)
{
    static const struct request_events events = { .record = on_record, .done = on_done };
    struct whole *w = whole_new(s, false, done, user);

    w->stat = stat;
    return request_start(s->instance, CALL_STAT, NULL, 0, &events, w);
}
