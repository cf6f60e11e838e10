/* storage.c - /system/storage: figures of the storage, and a look for damage.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/call.h"
#include "base/memory.h"

/* The call's writer stands in the list while records come. */
struct storage_answer {
    struct json_writer w;
    struct request *req;
};

static void begin_list(struct call *c)
{
    struct storage_answer *a = arena_alloc(&c->arena, sizeof(*a));

    if (a == NULL)
        out_of_memory(sizeof(*a)); /* a first piece never fails where there is a reserve */
    c->work = a;
    jw_init(&a->w, &c->out);
    jw_object(&a->w);
    jw_key(&a->w, "items");
    jw_array(&a->w);
}

static void add_item(struct call *c, const void *rec)
{
    struct storage_answer *a = c->work;

    record_to_json(rec, NULL, &a->w);
}

static void on_stat(void *user, const struct ipam_stat *stat)
{
    add_item(user, stat);
}

static void on_check(void *user, const struct ipam_check *check)
{
    add_item(user, check);
}

static void on_done(void *user, int status, const char *message)
{
    struct call *c = user;
    struct storage_answer *a = c->work;

    if (status != 0) {
        strbuf_reset(&c->out);
        call_status_problem(c, status, message);
        return;
    }
    jw_array_end(&a->w);
    jw_object_end(&a->w);
    call_json(c, 200);
}

static bool plain(struct call *c)
{
    static const char *const known[] = { NULL };

    c->csv = false;
    if (call_params_known(c, known))
        return true;
    call_problem(c);
    return false;
}

void handle_storage_get(struct call *c)
{
    if (!plain(c))
        return;
    begin_list(c);
    store_stat(c->api->at.store, on_stat, on_done, c);
}

void handle_storage_verify(struct call *c)
{
    struct storage_answer *a;

    if (!plain(c))
        return;
    begin_list(c);
    a = c->work;
    a->req = store_verify(c->api->at.store, on_check, on_done, c);
    if (a->req != NULL)
        return;
    strbuf_reset(&c->out);
    problem_hint(&c->problem, "wait until it has ended");
    problem_set(&c->problem, PROBLEM_UNAVAILABLE, "a backup, or another verification, is under way");
    c->problem.retry_after_s = 10;
    call_problem(c);
}
