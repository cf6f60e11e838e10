/* kea_rows.c - what the Kea provider makes of an answer, as text: a host that takes rows and prints them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "kea_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipam/plugin.h"
#include "plugins/kea/lease.h"
#include "record/record.h"

struct ipam_req {
    struct strbuf *out;
    struct arena arena;
    int count;
};

static int32_t emit(struct ipam_req *req, const struct ipam_record *rec)
{
    struct json_writer w;
    void *copy = NULL;
    int status;

    arena_reset(&req->arena);
    status = record_import(&req->arena, rec, &copy);
    if (status) {
        fprintf(stderr, "a row of type %u is refused: %d\n", rec->type, status);
        abort();
    }
    req->count++;
    if (!req->out)
        return 0;
    strbuf_puts(req->out, record_type(rec->type)->name);
    strbuf_putc(req->out, ' ');
    jw_init(&w, req->out);
    record_to_json(copy, NULL, &w);
    strbuf_putc(req->out, '\n');
    return 0;
}

static void log_line(struct ipam_inst *inst, int32_t level, const char *event, const char *text)
{
    (void)inst;
    (void)level;
    (void)event;
    (void)text;
}

static const struct ipam_host host = { .size = sizeof(host), .abi = IPAM_ABI, .emit = emit, .log = log_line };

int kea_rows_of(enum kea_service s, const char *text, size_t len, const char *status_get, struct strbuf *out)
{
    struct ipam_req req = { .out = out };
    struct kea kea = { .host = &host };
    struct kea_call call = { .kea = &kea, .req = &req };
    struct json_doc *doc = NULL, *more = NULL;
    char problem[KEA_PROBLEM_MAX];
    struct kea_config cfg;
    struct json_error e;
    int status = IPAM_E_INVAL;

    arena_init(&req.arena, 0);
    if (json_parse(text, len, KEA_ANSWER_MAX, &doc, &e) == 0)
        status = kea_config_parse(s, doc, json_get(json_root(doc), "arguments"), &cfg, problem);
    if (status == 0) {
        if (status_get && json_parse(status_get, strlen(status_get), KEA_ANSWER_MAX, &more, &e))
            abort();
        status = kea_emit_config(&call, &cfg, 202,
                                 json_get(json_get(json_root(more), "arguments"), "high-availability"),
                                 (struct ipam_str){ NULL, 0 }, false);
        kea_config_fini(&cfg);
    }
    json_free(more);
    json_free(doc);
    arena_fini(&req.arena);
    return status;
}

int kea_rows_of_leases(enum kea_service s, const char *text, size_t len, struct strbuf *out)
{
    struct ipam_req req = { .out = out };
    struct json_doc *doc = NULL;
    struct kea_lease lease;
    struct json_error e;
    struct arena arena;

    if (json_parse(text, len, KEA_ANSWER_MAX, &doc, &e))
        return IPAM_E_INVAL;
    arena_init(&req.arena, 0);
    arena_init(&arena, 0);
    for (const struct json *v = json_first(json_get(json_get(json_root(doc), "arguments"), "leases")); v;
         v = json_next(v))
        if (kea_lease_parse(s, doc, v, &arena, &lease) == 0)
            emit(&req, (const struct ipam_record *)&lease.row);
    arena_fini(&arena);
    arena_fini(&req.arena);
    json_free(doc);
    return req.count;
}
