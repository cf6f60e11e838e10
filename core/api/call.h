/* call.h - one REST call: who, what, and its one answer.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_CALL_H
#define API_CALL_H

#include "api/api.h"
#include "base/container.h"
#include "model/rules.h"

struct call;

struct api {
    struct api_config at;
    bool ready;
    struct strbuf openapi;
    struct call *waiting; /* those that wait for a plan */
};

/* What a route does not know of itself is derived from its record type. */
struct route {
    enum http_method method;
    const char *path;      /* under /api/v1, "{key}" for a key */
    const char *operation; /* for access; NULL only for the public routes */
    uint32_t type;         /* record type it is about, or 0 */
    void (*handler)(struct call *c);
    const char *help;
    const char *verb; /* last part of a POST .../{key}/VERB, or NULL */
};
extern const struct route api_routes[];

/* Lives until its answer is sent, also when the client goes away before (but then it no longer waits for a
 * plan). Texts are in its arena; only the body is the request's own, and gone when the handler returns. */
struct call {
    struct api *api;
    struct http_request *http; /* NULL: the client has gone */
    enum http_method method;
    int64_t began_ms;
    const struct route *route;
    const struct record_type *type;
    struct arena arena;
    struct principal who;
    struct actor actor;
    struct ipam_str path, query, body, key; /* key: decoded */
    bool csv;                               /* the client wants text/csv */
    struct problem problem;
    struct strbuf out; /* the answer's body */
    char location[128], next[600];
    char allow[48]; /* the methods of the path, when it lacks the one asked for */
    /* for writes */
    struct intent intent;
    struct json_doc *doc;
    void **recs; /* rows of the body, or of the answer */
    size_t rec_count;
    bool many;  /* the body was a list */
    int64_t id; /* of the object the key names */
    void *row;  /* that object, copied */
    uint64_t cleared[2];
    void *work;   /* the handler's own, in the arena */
    int64_t head; /* the revision the answer shows; 0: the newest */
    struct plan_wait *wait;
    void (*waited)(struct call *c);
    struct call *next_waiting, **waiting_link;
};

/* The answers; each ends the call. */
void call_problem(struct call *c);                                         /* c->problem */
void call_status_problem(struct call *c, int status, const char *message); /* of storage or a provider */
void call_json(struct call *c, int status);                                /* c->out */
void call_empty(struct call *c, int status);
void call_object(struct call *c, int status, const void *rec); /* one record, derived fields filled */
void call_items(struct call *c, int status);                   /* {"items": recs} */

/* Reading the request. */
int call_body(struct call *c);       /* parses JSON into c->doc; 0, or an error with the problem set */
void call_body_done(struct call *c); /* all was read: its memory is not held while the call waits */
/* A parameter of the query, decoded; absent when it is not there. */
struct ipam_str call_param(struct call *c, const char *name);
/* false with a problem when the query has a parameter that is not in the NULL-terminated list. */
bool call_params_known(struct call *c, const char *const *names);
/* The problem of a parameter that is given twice; false. */
bool call_param_twice(struct call *c, struct ipam_str name);
/* An integer parameter of at least 0 in [min, max], or def when absent; false with a problem. */
bool call_param_int(struct call *c, const char *name, int64_t def, int64_t min, int64_t max, int64_t *ret);
bool call_param_bool(struct call *c, const char *name, bool *ret);

/* Where the next page goes on, in c->next; and back, NUL-terminated: absent without a cursor, false with a problem
 * when it cannot be one. The last sets the problem of a place that this list never gave; false. */
void call_next(struct call *c, struct ipam_str place);
bool call_cursor(struct call *c, struct ipam_str *ret_place);
bool call_bad_cursor(struct call *c);

/* Whether a list of records that are made when they are asked for is filtered by the field. */
bool made_filterable(const struct record_field *f);

/* Finds the object c->key names: sets c->id and c->row, then `found` runs (perhaps later). Answers not-found
 * or ambiguous itself. */
void call_find(struct call *c, void (*found)(struct call *c));
/* The same for routes that take no parameters and answer JSON alone. */
void call_find_plain(struct call *c, void (*found)(struct call *c));

/* Submits c->intent with the route's operation; settled as given. */
void call_submit(struct call *c, void (*needs)(struct intent *, const struct view *, struct needs *),
                 int (*decide)(struct intent *, struct draft *), void (*settled)(struct intent *, int));
/* Goes on with `waited` when the plan has ended, after timeout_ms, or when the service stops, whichever is
 * first. */
void call_wait(struct call *c, int64_t plan, int64_t timeout_ms, void (*waited)(struct call *c));
static inline struct call *call_of(struct intent *in)
{
    return container_of(in, struct call, intent);
}
const struct view *call_view(const struct call *c);
/* The id a text names for a ref field: digits, or the name of a server or space. 0: none. */
int64_t call_ref(struct call *c, uint32_t type, struct ipam_str text);

/* Handlers, one file a subject. */
void handle_list(struct call *c);
void handle_get(struct call *c);
void handle_create(struct call *c);
void handle_patch(struct call *c);
void handle_delete(struct call *c);
void handle_allocate(struct call *c);
void handle_server_job(struct call *c);
void handle_server_delete(struct call *c);
void handle_reservation_create(struct call *c);
void handle_reservation_delete(struct call *c);
void handle_plan_get(struct call *c);
void handle_plan_resume(struct call *c);
void handle_job_cancel(struct call *c);
void handle_change_list(struct call *c);
void handle_change_get(struct call *c);
void handle_made_list(struct call *c);
void handle_plugin_get(struct call *c);
void handle_livez(struct call *c);
void handle_readyz(struct call *c);
void handle_openapi(struct call *c);

#endif
