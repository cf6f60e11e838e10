/* api.h - the REST surface: from an HTTP request through access to a handler and back.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_API_H
#define API_API_H

#include "access/access.h"
#include "access/identities.h"
#include "collect/collect.h"
#include "evidence/evidence.h"
#include "feed/feed.h"
#include "collect/tasks.h"
#include "http/http.h"
#include "manage/manage.h"
#include "notify/notify.h"
#include "prober/prober.h"
#include "vault/vault.h"

struct api;
struct api_config {
    struct loop *loop;
    struct access *access;
    struct state *state;
    struct store *store;
    struct gate *gate;
    struct jobs *jobs;
    struct fleet *fleet;
    struct collect *collect;
    struct tasks *tasks;             /* of servers */
    struct notify_tasks *plan_tasks; /* of the plan */
    struct manage *manage;
    struct providers *providers;
    struct feed *feed;
    struct evidence *evidence; /* NULL: none is made */
    struct vault *vault;
    struct archive *archive;
    struct identities *identities;
    struct prober *prober;
    struct http_server *http; /* whose counters are shown */
    const char *conf_path;    /* the file that the service was started with */
    const char *version;
};
/* At first the loop, access, state and version are enough; the rest comes before api_ready. Until then all but /livez
 * answers 503. */
struct api *api_new(const struct api_config *config);
void api_equip(struct api *a, const struct api_config *config);
void api_ready(struct api *a, bool ready);
void api_free(struct api *a);
/* An http_handler: user is the struct api. */
void api_handle(void *user, struct http_request *req);
/* For http_server_on_bad: problem+json for what the HTTP layer refuses. */
void api_bad_request(int status, const char *reason, struct strbuf *out, const char **ret_type);
/* The OpenAPI 3.1 document, from the route and record tables. */
void api_openapi(const char *version, struct strbuf *out);

#endif
