/* audit.c - evidence of the change log, when the configuration wants it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "app/app_p.h"

static void on_failed(void *user, const char *message)
{
    app_fail(user, 78, "audit: %s", message);
}

void audit_begin(struct app *a)
{
    const struct conf_audit *c = &a->conf->audit;
    struct evidence_sink sinks[EVIDENCE_SINKS];
    if (c->place.doc == NULL)
        return;
    for (size_t i = 0; i < c->sink_count; i++)
        sinks[i] = (struct evidence_sink){ c->sinks[i].file, c->sinks[i].syslog };
    a->evidence = evidence_new(&(struct evidence_config){ .loop = a->loop,
                                                          .state = a->state,
                                                          .store = a->store,
                                                          .gate = a->gate,
                                                          .key = c->key,
                                                          .next_key = c->next_key,
                                                          .credentials = getenv("CREDENTIALS_DIRECTORY"),
                                                          .checkpoints = c->checkpoints,
                                                          .sinks = sinks,
                                                          .sink_count = c->sink_count,
                                                          .interval_ms = c->interval_ms,
                                                          .failed = on_failed,
                                                          .user = a });
    if (a->evidence == NULL)
        app_fail(a, 70,
                 "audit: no thread can be started; look at the limits of the process and of the system");
}
