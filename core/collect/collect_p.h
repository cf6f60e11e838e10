/* collect_p.h - what the files of this room share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef COLLECT_COLLECT_P_H
#define COLLECT_COLLECT_P_H

#include "base/hash.h"
#include "collect/collect.h"
#include "collect/tasks.h"
#include "model/drift.h"
#include "model/rules.h"

#define TOKEN_MAX 128

/* What is remembered of a server between two jobs, as long as the service runs. */
struct watched {
    int64_t seen_ms;           /* monotonic: when its state was last noted; 0: never */
    char token[TOKEN_MAX + 1]; /* names the configuration that is recorded; "": nobody knows */
    char
        ours[TOKEN_MAX + 1]; /* and that which plans of ipamd alone have made of it since; "": nobody knows */
    char back[TOKEN_MAX + 1]; /* what the part that was read back of it was called; "": none was */
    bool applied;             /* a plan has just been carried out on that, and was not read back yet */
    struct smap zones; /* of a DNS server: identifier -> token of the records that are recorded, a string */
};

struct follow;
struct collect {
    struct collect_config at;
    struct tasks *tasks;                       /* what is done regularly; NULL: nothing */
    struct imap watched;                       /* server id -> struct watched */
    struct follow *following, **following_end; /* zones that are followed, one at a time (follow.c) */
};
struct watched *collect_watched(struct collect *c, int64_t server);

/* --- jobs that nobody asked for (collect.c) --- */

struct collect_run;
struct collect_regular {
    const char *task;
    int64_t in_place_of; /* the job of the run before, whose record is given up; 0: none */
    /* Once, later; job 0: it could not begin. The run is gone afterwards. */
    void (*ended)(void *user, int64_t job, enum schedule_end end, const char *message);
    void *user;
};
struct collect_run *collect_start_regular(struct collect *c, enum collect_kind kind, int64_t server,
                                          const struct collect_regular *regular);
/* Somebody wants the server: it ends soon, as SCHEDULE_YIELDED. */
void collect_give_way(struct collect_run *run);

/* What tasks.c is told of a job that somebody asked for: it begins, it ended. NULL-safe. */
void tasks_give_way(struct tasks *t, int64_t server);
void tasks_resume(struct tasks *t, int64_t server, enum collect_kind kind, bool ended, enum schedule_end end,
                  const char *message);

typedef void (*collect_done)(void *user, int status, const char *message);

/* A growing list of pointers. */
struct list {
    void **items;
    size_t count, cap;
};
void list_add(struct list *l, void *item);
void list_fini(struct list *l);

/* --- handing in (hand_in.c) --- */

/* How one of many items becomes rows of a server; pure, may run again. */
struct handed {
    size_t (*rows)(const void *items, size_t i); /* about how many; NULL: one each */
    void (*draft)(struct draft *d, const struct ipam_server *server, void *items, size_t i);
    /* Names rows that are not resident, at which draft looks; NULL: none. */
    void (*needs)(struct needs *n, const struct view *v, const void *items, size_t i);
};
struct drifts;
/* Hands items 0..count-1 to the gate in order, in change sets of about 1,000 rows; done runs later, when all
 * are durable, with the first error. `items` must live until then. When *canceled (may be NULL) becomes true, what
 * was not handed in yet stays away, and done gets IPAM_E_CANCELED. */
void collect_hand_in(struct collect *c, int64_t server, const struct handed *how, void *items, size_t count,
                     const bool *canceled, collect_done done, void *user);

/* The same of what is judged: each change set counts what `drifts` noted in it, and says so. */
void collect_hand_in_judged(struct collect *c, int64_t server, const struct handed *how, void *items,
                            size_t count, const bool *canceled, struct drifts *drifts, collect_done done,
                            void *user);

/* One row that differs: before NULL: appeared; after NULL: vanished. Both live until it is handed in. */
struct difference {
    const void *before;
    void *after;
    const struct drift_seen *seen; /* how it is judged; NULL: not at all */
    unsigned number;               /* of rows that are called alike */
};
struct differences {
    struct difference *items;
    size_t count, cap;
};
void difference_add(struct differences *d, const void *before, void *after);
void collect_hand_in_differences(struct collect *c, int64_t server, const struct differences *d,
                                 const bool *canceled, struct drifts *drifts, collect_done done, void *user);

/* --- what changed outside ipamd (drifts.c) --- */

/* Of one reading. */
struct drifts {
    struct collect *c;
    int64_t server;
    struct arena arena;
    bool judges; /* what differs is judged */
    bool ours;   /* the server has what plans of ipamd made, and nothing else */
    bool back;   /* what they made was made just now: what is close to it goes with it */
    bool loaded;
    struct drift_cause *causes; /* what plans under way do */
    size_t count, cap;
    int more;   /* drifts that the change set under way leaves open, against before */
    bool noted; /* it notes one */
};
/* `token` names what was read, `all` or a scope of it. */
void drifts_init(struct drifts *d, struct collect *c, int64_t server, struct ipam_str token, bool all);
void drifts_fini(struct drifts *d);
/* Before the first drifts_see: reads what plans do, at once when that is known. */
void drifts_load(struct drifts *d, collect_done done, void *user);
/* A scope that was read: what the server calls one that a plan makes. */
void drifts_name_scope(struct drifts *d, const struct ipam_scope *seen);
/* Whether the two differ in what is judged. */
bool drifts_differ(const struct drifts *d, const void *before, const void *after);
/* Judges them; NULL: there is nothing to judge. */
const struct drift_seen *drifts_see(struct drifts *d, const void *before, const void *after, unsigned number);
/* For a draft that notes it (NULL: nothing). */
void drifts_need(struct needs *n, const struct drift_seen *s);

/* --- scopes (scopes.c) --- */

/* A scope as it was read, with its pools. */
struct seen_scope {
    struct ipam_scope *scope;
    struct list pools;
    int64_t before; /* id of the stored scope with its identifier, or 0 */
    size_t rows;    /* about how many rows it changes */
    /* How it is judged, and the scope that had its identifier before, with another prefix; NULL: not at all */
    const struct drift_seen *seen, *former;
};
/* Items are `struct seen_scope *`: puts the scope, its subnet if nobody has one of that prefix, and its
 * ranges. */
extern const struct handed collect_put_scopes;

/* A stored scope that is gone. */
struct gone_scope {
    int64_t id;
    size_t rows;
    const struct drift_seen *seen; /* as of a scope that was read */
};
struct gone_scopes {
    struct gone_scope *items;
    size_t count, cap;
};
void gone_add(struct gone_scopes *g, const struct state *s, const struct ipam_scope *scope);
/* Items are `struct gone_scope`: takes away the scope with its ranges, and its subnet when that came from
 * this server and no other scope stands on it. */
extern const struct handed collect_drop_scopes;

/* Scope or zone of a server by its identifier there; 0: none. The map is made by scope_map_init or zone_map_init
 * from the readers' view. */
void scope_map_init(struct smap *m, const struct state *s, int64_t server);
void zone_map_init(struct smap *m, const struct state *s, int64_t server);
int64_t part_map_get(const struct smap *m, struct ipam_str native);
/* Rows that hang on a stored scope: itself, its subnet, its ranges. */
size_t scope_rows(const struct state *s, const struct ipam_scope *scope);

/* --- configuration (config.c) --- */

/* What was read, for people. */
struct config_tally {
    char text[512];    /* "2 scopes, 3 pools, 1 pool of prefixes, ..." */
    char trouble[512]; /* what could not be read beside; "": nothing */
    size_t scopes;
};
struct config_read {
    struct instance *inst;
    int64_t server;
    struct ipam_str only;       /* one scope or zone only, by its identifier; empty: all */
    struct ipam_str token;      /* only if it is another configuration; absent: in any case */
    bool anew;                  /* zones too of which nothing has changed */
    const bool *canceled;       /* may be NULL */
    struct config_tally *tally; /* may be NULL */
    struct request **current;   /* the provider call under way */
};
/* Reads and records. done gets 0 also when the configuration is the token's still. */
void collect_config(struct collect *c, const struct config_read *what, collect_done done, void *user);

/* The same of a DNS server (zones.c): its zones and their records. A zone that cannot be read does not hold up the
 * others: it says so, and the tally names the first. */
void collect_zones(struct collect *c, const struct config_read *what, collect_done done, void *user);
/* Forgets what is remembered of zones. */
void watched_forget_zones(struct watched *w);

/* Whether the zone of a server makes addresses of ranges (follow.c, as collect_follow_zone). */
bool collect_zone_is_mapped(const struct collect *c, const struct ipam_zone *zone);

/* --- everything but scopes and leases (merge.c) --- */

/* Rows that were read, by type, in memory that lives until done. Each gets the ids of its server, scope and space. */
struct merge {
    int64_t server;
    const uint32_t *types;
    const struct list *seen;
    size_t types_count;
    struct ipam_str only;  /* the one scope or zone that was read; absent: all was */
    bool keep;             /* what was not read is still there */
    struct drifts *drifts; /* judges what differs; NULL: nobody does */
    const bool *canceled;  /* may be NULL */
};
/* Compares by natural key with what is stored of these types, and hands in what differs. */
void collect_merge(struct collect *c, const struct merge *what,
                   void (*done)(void *user, int status, const char *message, size_t changed), void *user);

/* --- leases (leases.c), statistics (stats.c), notes (note.c), forgetting (forget.c) --- */

/* Walks the leases of a server page by page, merging them with those stored. `progress` hears of each page
 * and answers whether to go on. */
void collect_leases(struct collect *c, struct instance *inst, int64_t server, const bool *canceled,
                    bool (*progress)(void *user, int64_t seen),
                    void (*done)(void *user, int status, const char *message, int64_t seen, int64_t changed),
                    void *user, struct request **ret_current);

/* Reads the figures of a server and records those that changed. */
void collect_stats(struct collect *c, struct instance *inst, int64_t server, const bool *canceled,
                   void (*done)(void *user, int status, const char *message, size_t seen, size_t changed),
                   void *user, struct request **ret_current);

/* What a job found of a server itself. */
struct finding {
    struct arena *arena;
    struct ipam_probe probe;
    bool probed;                /* probe and checks are what the server says */
    struct list checks;         /* struct ipam_check */
    uint32_t state;             /* IPAM_SERVER_STATE_* */
    const char *trouble;        /* what is wrong and what to do; "": nothing */
    bool config, leases, stats; /* was read */
    int64_t config_ms;          /* monotonic: when reading it began */
    bool is_dns;                /* it is a DNS server: its configuration is all that is read */
};
/* Writes it to the server's row and its checks. `finding` lives until done. */
void collect_note(struct collect *c, int64_t server, const struct finding *finding, collect_done done,
                  void *user);

/* Removes all that came from a server, then the server. */
void collect_forget(struct collect *c, int64_t server, const bool *canceled, collect_done done, void *user);

#endif
