/* health.c - whether the process runs and serves, and the description of the API.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Strangers learn whether requests should be sent here, and nothing else; a token learns which part it is. */
#include "api/call.h"
#include "base/clock.h"

/* The loop turns: this code ran. */
void handle_livez(struct call *c)
{
    c->csv = false;
    strbuf_puts(&c->out, "{\"status\":\"alive\"}");
    call_json(c, 200);
}

/* --- storage that did not take the last batch --- */

static int decide_nothing(struct intent *in, struct draft *d)
{
    (void)in;
    (void)d;
    return 0;
}

static void on_probed(struct intent *in, int status)
{
    struct api *a = container_of(in, struct api, probe);
    (void)status; /* the gate remembers */
    a->probing = false;
}

void api_probe(struct api *a)
{
    if (a->probing)
        return;
    a->probing = true;
    a->probe = (struct intent){ .operation = "system.probe", .decide = decide_nothing, .settled = on_probed };
    gate_submit(a->at.gate, &a->probe);
}

/* --- ready? --- */

static void part(struct json_writer *w, const char *name, bool ready, const char *detail)
{
    jw_object(w);
    jw_key(w, "name");
    jw_text(w, name);
    jw_key(w, "ready");
    jw_bool(w, ready);
    if (detail[0] != '\0') {
        jw_key(w, "detail");
        jw_text(w, detail);
    }
    jw_object_end(w);
}

static void parts(struct call *c, struct json_writer *w, const struct gate_stats *gate)
{
    const struct api *a = c->api;
    jw_key(w, "parts");
    jw_array(w);
    part(w, "service", a->ready,
         a->ready       ? ""
         : a->was_ready ? "it is stopping: answers under way are finished"
                        : "it is starting: the log says how far it is");
    part(w, "storage", a->ready && gate->trouble == 0, gate->trouble != 0 ? gate->trouble_text : "");
    jw_array_end(w);
}

/* A full disk stops writes and no read: requests are still to be sent here. */
void handle_readyz(struct call *c)
{
    struct api *a = c->api;
    struct gate_stats gate = { .trouble = 0 };
    struct principal who;
    const char *why;
    struct json_writer w;
    if (a->ready)
        gate_stats(a->at.gate, &gate);
    bool full = gate.trouble == IPAM_E_NOSPC, ready = a->ready && (gate.trouble == 0 || full);
    if (a->ready && !ready)
        api_probe(a); /* who is not sent requests would never find out */
    c->csv = false;
    jw_init(&w, &c->out);
    jw_object(&w);
    jw_key(&w, "status");
    jw_text(&w, !ready ? "not ready" : full ? "read-only" : "ready");
    if (http_header_get(c->http, "Authorization").data != NULL && call_identify(c, &who, &why) &&
        rights_somewhere(book_rights(c->api->book, &who), access_operation("system.job.read"),
                         clock_wall_ms()))
        parts(c, &w, &gate);
    jw_object_end(&w);
    call_json(c, ready ? 200 : 503);
}

void handle_openapi(struct call *c)
{
    c->csv = false;
    strbuf_addstr(&c->out, strbuf_str(&c->api->openapi));
    call_json(c, 200);
}
