/* health.c - whether the process runs and serves; and the description of the API.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/call.h"

/* The loop turns: this code ran. */
void handle_livez(struct call *c)
{
    c->csv = false;
    strbuf_puts(&c->out, "{\"status\":\"alive\"}");
    call_json(c, 200);
}

void handle_readyz(struct call *c)
{
    c->csv = false;
    strbuf_puts(&c->out, c->api->ready ? "{\"status\":\"ready\"}" : "{\"status\":\"not ready\"}");
    call_json(c, c->api->ready ? 200 : 503);
}

void handle_openapi(struct call *c)
{
    c->csv = false;
    strbuf_addstr(&c->out, strbuf_str(&c->api->openapi));
    call_json(c, 200);
}
