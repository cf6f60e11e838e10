/* call.h - one REST call: who, what, and its one answer.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_CALL_H
#define API_CALL_H

#include "access/token.h"
#include "api/api.h"
#include "access/identities.h"
#include "base/container.h"
#include "base/hash.h"
#include "api/sight.h"
#include "model/identity.h"
#include "model/rules.h"

struct call;

struct write;
struct answers;
struct import;
struct moment;
struct probing;
struct server_ask;

struct api {
    struct api_config at;
    struct book *book; /* who may what */
    bool ready;
    struct strbuf openapi;
    struct call *waiting; /* those that wait for a plan */
    struct server_ask *asks; /* what servers are asked for */
    bool was_ready;
    struct imap counts;  /* route -> struct route_count (metrics.c) */
    struct intent probe; /* asks whether storage works again (health.c) */
    bool probing;
    struct call *behind; /* those that wait for a revision */
    struct state_watch watch;
    struct loop_work moved; /* the head has moved */
    bool moving;
    struct smap under_way; /* digest of an Idempotency-Key -> the call that was made with it */
    struct answers *answers;
    uint64_t next_request;                /* what the id of the next one is made from */
    uint8_t own_key[ACCESS_DIGEST_BYTES]; /* of this process: see write.c */
    struct loop_timer streams;            /* whether those who follow still may */
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
    int64_t began_ms, began_us;
    const struct route *route;
    const struct record_type *type;
    struct arena arena;
    struct principal who;
    struct sight sight; /* what he sees; of routes that ask who it is */
    struct actor actor;
    struct ipam_str path, query, body, key; /* key: decoded */
    struct ipam_str accept, if_none_match;  /* headers, copied; absent when not there */
    bool csv;                               /* the client wants text/csv */
    struct problem problem;
    struct strbuf out; /* the answer's body */
    char location[128];
    const char *next; /* the cursor of the next page, for IPAM-Next of CSV; NULL: this is the last */
    char total[24];   /* for IPAM-Total of CSV; "" when it was not asked for */
    char etag[32];    /* call_etag; "" for what is no single object; with 412 of the one that was meant */
    bool varies;      /* the answer depends on Accept */
    char allow[48];   /* the methods of the path, when it lacks the one asked for */
    bool replayed;    /* the answer is one given before */
    void (*adds)(struct call *c, struct json_writer *w); /* members of an answer beside "items"; NULL: none */
    bool shows_rows;  /* `out` tells what became of each item; shown by a dry run too */
    /* for writes */
    struct write *write; /* what the request wants of the decision; NULL for reads */
    int status;          /* of the answer in `out`, once it is decided */
    const char *media;   /* its type; NULL: it has no body */
    struct intent intent;
    struct json_doc *doc;
    void **recs; /* rows of the body, or of the answer */
    size_t rec_count;
    bool many;  /* the body was a list */
    int64_t id; /* of the object the key names */
    void *row;  /* that object, copied */
    uint64_t cleared[2];
    void *work;                      /* the handler's own, in the arena */
    struct ipam_bytes secret;        /* that the request brought or made, in the arena; wiped with the call */
    bool own_only;                   /* the caller may of such objects only his own */
    const char *hash;                /* that a password is to be known by; in the arena */
    struct import *import;           /* a file that is taken in; NULL: none */
    void (*missing)(struct call *c); /* see call_find */
    void (*work_found)(struct call *c); /* of call_find, while it waits */
    int64_t head;                       /* the revision the answer shows; 0: the newest */
    /* for reads */
    const char *past_name;   /* the parameter that says when; NULL: at */
    bool past;               /* records are shown as they were */
    int64_t rev;             /* at this revision, when they are */
    struct moment *moment;   /* and what held then (moment.h); NULL: now */
    const uint64_t *fields;  /* that are shown of an object; NULL: all */
    struct request
        *reading; /* the query of storage or probe under way, which ends when the client goes; NULL: none */
    struct probing *probing; /* the probe under way */
    struct head_wait {       /* call_at_head */
        struct call *next, **link; /* link NULL: it does not wait */
        struct loop_timer timer;
        int64_t rev;
        bool late;
        void (*then)(struct call *c);
    } at_head;
    struct plan_wait *wait;
    void (*waited)(struct call *c);
    struct call *next_waiting, **waiting_link;
    void (*dropped)(
        struct call *c); /* frees what is not in the arena when the call ends without an answer; or NULL */
    void (*ended)(struct call *c); /* the same, however it ends */
};

/* The answers; each ends the call. */
void call_problem(struct call *c);                                         /* c->problem */
void call_status_problem(struct call *c, int status, const char *message); /* of storage or a provider */
void call_json(struct call *c, int status);                                /* c->out */
void call_empty(struct call *c, int status);
void call_text(struct call *c, int status, const char *type);  /* c->out, of this media type */
void call_object(struct call *c, int status, const void *rec); /* one record, derived fields filled */
void call_items(struct call *c, int status);                   /* {"items": recs} */
/* Begins a stream (http_stream_begin) of this media type; the request is its user's then. NULL: the client has
 * gone, or asked for the head alone. */
struct http_request *call_stream(struct call *c, const char *type, void (*drained)(struct http_request *req));
/* Sets the ETag of the answer: the revision of the object. call_object does; so must who writes one himself. */
void call_etag(struct call *c, const void *rec);
/* Whether the client has the object as it would be shown: then the answer is 304 (call_empty). */
bool call_unchanged(struct call *c, const void *rec);
/* Takes the type of the answer from Accept: c->csv for text/csv, where `csv` says there is some, else JSON. False
 * with the problem when neither is wanted. Reads call it; what is written is answered in JSON whatever Accept says. */
bool call_accept(struct call *c, bool csv);
/* Goes on with `then` when memory has reached a revision, at once or later; at the latest after timeout_ms, with
 * c->at_head.late set. A call whose client goes away meanwhile ends without it. */
#define HEAD_WAIT_MS 2000
void call_at_head(struct call *c, int64_t rev, int64_t timeout_ms, void (*then)(struct call *c));
void call_head_leave(struct call *c);
/* Makes the calls that wait go on when the head moves. */
void api_watch_head(struct api *a);

/* As `started` of a job: 202 with the job; user is the call. */
void call_started(void *user, int64_t job, const struct problem *problem);
void call_reply(struct call *c); /* what was decided: c->status, c->out */

/* What a decision answers, as the draft shows it; sent by call_reply once it is durable. */
void call_decide_object(struct call *c, int status, const struct view *v, const void *rec);
void call_decide_items(struct call *c, int status, const struct view *v);
void call_decide_empty(struct call *c, int status);
/* Answers that there is no revision of the call's key. */
void call_no_revision(struct call *c);
/* Reading the request. */
int call_body(struct call *c); /* parses JSON into c->doc; 0, or an error with the problem set */
/* Memory was short, so that texts may be missing from what was understood or from the answer. */
bool call_is_starved(const struct call *c);
void call_starved(struct call *c); /* memory was short: whatever else is said of it, the call ends with 503 */
void call_body_done(struct call *c); /* all was read: its memory is not held while the call waits */
/* Sets the problem of what is wrong in the content, all of it named; an error. */
int call_invalid(struct call *c, const struct record_problems *problems);
/* A parameter of the query, decoded; absent when it is not there. */
struct ipam_str call_param(struct call *c, const char *name);
/* false with a problem when the query has a parameter that is not in the NULL-terminated list. */
bool call_params_known(struct call *c, const char *const *names);
/* The problem of a parameter that is given twice; false. */
bool call_param_twice(struct call *c, struct ipam_str name);
/* An integer parameter of at least 0 in [min, max], or def when absent; false with a problem. */
bool call_param_int(struct call *c, const char *name, int64_t def, int64_t min, int64_t max, int64_t *ret);
bool call_param_bool(struct call *c, const char *name, bool *ret);

/* The place behind the cursor of the query, bound to the list it belongs to: absent without one, false with the
 * problem when this list never gave it (cursor_bad). And the cursor to a place: c->next. */
bool cursor_get(struct call *c, struct ipam_bytes *ret_place);
void cursor_set(struct call *c, struct ipam_bytes place);
bool cursor_bad(struct call *c);
/* The member "next" of a page: that cursor, or null. */
void cursor_write_next(struct call *c, struct json_writer *w);

/* Whether he may ask for the operation of the route at all, at that time; where it is on one object, that is judged when
 * it is found. False with the problem. */
bool call_may(struct call *c, int64_t now_ms, struct problem *p);
/* Whether the caller sees the row as it is now. */
bool call_sees(struct call *c, const void *rec);
/* Finds the object c->key names: sets c->id and c->row, then `found` runs (perhaps later). Answers not-found,
 * ambiguous or denied itself, also for what the caller does not see; where c->missing is set, that runs instead of
 * not-found. */
void call_find(struct call *c, void (*found)(struct call *c));
/* The same for routes that take no parameters and answer JSON alone. */
void call_find_plain(struct call *c, void (*found)(struct call *c));

/* Writes (write.c). `write_begin` reads what each of them may say in headers and query: If-Match, Idempotency-Key,
 * dry_run; false with a problem. `write_end` comes with the end of the call. */
bool write_begin(struct call *c);
void write_end(struct call *c);
/* Before a refusal that the gate did not make is answered: whether an earlier request of the same Idempotency-Key is
 * looked for first. Then the answer comes later. */
bool write_looks_back(struct call *c);
bool write_is_dry(const struct call *c);
/* The answer is of no effect that a key must remember: nothing was done. */
void write_keeps_nothing(struct call *c);
/* For intents that are made elsewhere. `render` makes the answer of what they drafted. */
struct guard *write_guard(struct call *c, int (*render)(struct call *c, struct draft *d));

/* Such a `render`, for an intent whose last row is the job it begins: 202 and the job. */
int call_render_job(struct call *c, struct draft *d);

/* Submits c->intent with the route's operation. `decide` drafts the change and its answer (call_decide_*). Once it
 * is durable `accepted` runs and answers; NULL: call_reply. Refusals, dry runs and answers given before are answered
 * by the way. */
void call_submit(struct call *c, void (*needs)(struct intent *, const struct view *, struct needs *),
                 int (*decide)(struct intent *, struct draft *), void (*accepted)(struct call *c));
/* Before call_submit: when the gate has refused, this is asked first; true: it goes on with the call. */
void call_on_refusal(struct call *c, bool (*refused)(struct call *c));
/* The same end for an intent made elsewhere: status 0, or an error with its problem. */
void call_settled(struct call *c, int status, const struct problem *p, void (*accepted)(struct call *c));
/* Sends an answer that was made after the decision (c->status, c->out), and has the key keep it in place of the one
 * before. */
void call_reply_anew(struct call *c);
/* Goes on with `waited` when the plans (WAIT_PLANS_MOST) have ended, after timeout_ms, or when the service stops, whichever is
 * first. */
void call_wait(struct call *c, const int64_t *plans, size_t count, int64_t timeout_ms,
               void (*waited)(struct call *c));
static inline struct call *call_of(struct intent *in)
{
    return container_of(in, struct call, intent);
}
const struct view *call_view(const struct call *c);
/* rule_derive, and what follows from the configuration. */
void call_derive(struct call *c, const struct view *v, void *rec);
/* The id a text names for a ref field: digits, or the name of a server or space. 0: none. */
int64_t call_ref(struct call *c, uint32_t type, struct ipam_str text);
/* Of a VLAN by ID@GROUP or NAME@GROUP, if the caller sees it; else 0. */
int64_t call_vlan(struct call *c, struct ipam_str text);
/* Id of the zone NAME@SERVER, or of the only one of that NAME, that the caller sees; 0: none, or several. */
int64_t call_zone(struct call *c, struct ipam_str text);

/* Takes the texts of SECRET fields out of the objects that were read, one at most, into c->secret, and overwrites them
 * where they lay; before the body is done with. An error with the problem when there are more. */
int call_take_secret(struct call *c);
void call_wipe(struct ipam_str text);
/* identities.c. What must be there before users and tokens are created or changed: a hash, a new token. `next` runs then,
 * at once or later; or the call has been answered. */
void identity_prepare(struct call *c, void (*next)(struct call *c));
/* What goes with a row that was drafted; 0 or an error with the problem. */
int identity_keep(struct call *c, struct draft *d, const void *rec, struct problem *p);
/* The answer, with the token that was made: shown this once. */
void identity_show(struct call *c);
/* Answers that too many try or wait. */
void call_too_many(struct call *c, int seconds, const char *why);
/* A token of that kind into c->secret. Its public part is in the arena. */
struct ipam_str call_new_token(struct call *c, enum token_kind kind);

/* Asks storage by an empty change whether it works: where it does not, the gate ends the process. */
void api_probe(struct api *a);

/* metrics.c: one answer, for the counters. */
void metrics_count(const struct call *c, int status);
void metrics_free(struct api *a);

/* Who sent the request, by its token, certificate or the unix socket; false: nobody who is known, and why, for the
 * log. */
bool call_identify(struct call *c, struct principal *ret, const char **ret_why);
/* Whether who was let in by a token or session (0: none), or as a user (0: none), would be let in now. */
bool api_still_knows(const struct api *a, int64_t token, int64_t user);
/* identify.c. The one way to a handler: every route that names an operation asks access. False with the problem. */
bool call_authorise(struct call *c);

/* Where it comes from, for guessing; and as text. */
struct guess_source call_source(const struct call *c);
const char *call_peer(struct call *c);

#define CALL_OUT_MAX (64u << 20) /* bytes of an answer's body */
/* The line of the log for an answer; status 0: the client had gone. And the end of the call. */
void call_log(const struct call *c, int status);
void call_free(struct call *c);
/* Sets the route of the path, its type and the key; false with the problem. */
bool call_route(struct call *c, enum http_method m);

/* Handlers, one file a subject. */
void handle_list(struct call *c);
void handle_get(struct call *c);
void handle_create(struct call *c);
void handle_patch(struct call *c);
void handle_put(struct call *c);
void handle_delete(struct call *c);
void handle_block_delete(struct call *c);
void handle_allocate(struct call *c);
void handle_carve(struct call *c);
void handle_pool_allocate(struct call *c);
void handle_vlan_allocate(struct call *c);
void handle_reshape(struct call *c);
void handle_free_prefixes(struct call *c);
void handle_free_addresses(struct call *c);
void handle_utilization(struct call *c);
void handle_clear(struct call *c);
void handle_reclaimable(struct call *c);
void handle_reclaim(struct call *c);
void handle_use(struct call *c);
void handle_map_zone(struct call *c);
void handle_mappable_zones(struct call *c);
void handle_address_records(struct call *c);
void handle_record_address(struct call *c);
void handle_record_addresses(struct call *c);
void handle_set_values(struct call *c);
void handle_group_tree(struct call *c);
void handle_server_job(struct call *c);
void handle_server_delete(struct call *c);
void handle_reservation_create(struct call *c);
void handle_config_text(struct call *c);
void handle_config_diff(struct call *c);
void handle_config_restore(struct call *c);
void handle_managed_create(struct call *c);
void handle_managed_change(struct call *c);
void handle_managed_delete(struct call *c);
void handle_edit(struct call *c);
void handle_drift_get(struct call *c);
void handle_drift_adopt(struct call *c);
void handle_drift_restore(struct call *c);
void handle_drifts_adopt(struct call *c);
void handle_drifts_restore(struct call *c);
void handle_reservation_delete(struct call *c);
void handle_reservations_delete(struct call *c);
void handle_lease_create(struct call *c);
void handle_lease_delete(struct call *c);
void handle_leases_delete(struct call *c);
void handle_lease_reserve(struct call *c);
void handle_address_reserve(struct call *c);
void handle_address_unreserve(struct call *c);
void handle_address_register(struct call *c);
void handle_address_unregister(struct call *c);
void handle_addresses_register(struct call *c);
void handle_addresses_unregister(struct call *c);
void handle_record_create(struct call *c);
void handle_record_delete(struct call *c);
void handle_records_delete(struct call *c);
void handle_address_delete(struct call *c);
void handle_plan_get(struct call *c);
void handle_plan_resume(struct call *c);
void handle_plan_undo(struct call *c);
void handle_job_cancel(struct call *c);
void handle_job_revert(struct call *c);
void handle_find(struct call *c);
void handle_change_get(struct call *c);
void handle_revert(struct call *c);
void handle_diff(struct call *c);
void handle_feed(struct call *c);
void handle_metrics(struct call *c);
void handle_made_list(struct call *c);
void handle_made_get(struct call *c);
void handle_defined_in_file(struct call *c);
void handle_role_change(struct call *c);
void handle_set_scope(struct call *c);
void handle_binding(struct call *c);
void handle_binding_recompute(struct call *c);
void handle_explain(struct call *c);
void handle_who_can(struct call *c);
void handle_explain_client(struct call *c);
void handle_reservations_import(struct call *c);
void handle_report_free(struct call *c);
void handle_report_owners(struct call *c);
void handle_query_run(struct call *c);
void handle_task_run(struct call *c);
void handle_task_purge(struct call *c);
void handle_problem_list(struct call *c);
void handle_problem_get(struct call *c);
void handle_user_password(struct call *c);
void handle_session_create(struct call *c);
void handle_session_delete(struct call *c);
void handle_me(struct call *c);
void handle_recover(struct call *c);
void handle_backup(struct call *c);
void handle_checkpoints(struct call *c);
void handle_checkpoint_make(struct call *c);
void handle_audit_export(struct call *c);
void handle_storage_get(struct call *c);
void handle_storage_verify(struct call *c);
void handle_secret_put(struct call *c);
void handle_secret_delete(struct call *c);
void handle_master_key(struct call *c);
void handle_master_key_rotate(struct call *c);
void handle_livez(struct call *c);
void handle_readyz(struct call *c);
void handle_openapi(struct call *c);

#endif
