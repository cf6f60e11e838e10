/* conf.h - the configuration file: read, checked, printed.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * FILE, then FILE.d/NAME.json in order of name: later files replace single values and add to lists. Unknown
 * keys are errors. */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/json.h"
#include "sandbox/sandbox.h"

/* Where a value was written. */
struct conf_place {
    const struct json_doc *doc;
    const struct json *value;
    const char *file;
};
struct conf_tls {
    const char *certificate, *key;
    const char *client_ca, *client_crl; /* or NULL */
    bool client_required;
    struct conf_place place; /* doc NULL: no TLS */
};
struct conf_listener {
    const char *address;   /* "127.0.0.1:8053", or NULL */
    const char *unix_path; /* or NULL */
    unsigned mode;         /* of the unix socket */
    struct conf_tls tls;
    struct conf_place place;
};
struct conf_plugin {
    const char *name;
    bool isolated;
    bool critical;                                 /* without it ipamd does not start */
    unsigned helpers, max_concurrency, memory_mib; /* 0: not given */
    int64_t timeout_ms;                            /* 0: not given */
    struct conf_place options;                     /* value NULL: none */
    struct conf_place place;
};
struct conf_profile {
    const char *name, *driver;
    struct conf_place options, place;
};
struct conf_token {
    const char *name, *role, *file; /* role NULL: what it may comes from policies alone; so below */
    struct conf_place place;
};
#define CONF_NO_UID UINT32_MAX /* what was given is none */
struct conf_peer {
    uint32_t uid;
    const char *role, *user; /* one of them, the other NULL */
    struct conf_place place;
};
/* Who a client's certificate is. */
enum conf_cert_kind {
    CONF_CERT_SHA256,
    CONF_CERT_URI,
    CONF_CERT_DNS,
    CONF_CERT_EMAIL,
    CONF_CERT_UPN,
    CONF_CERT_KINDS
};
extern const char *const conf_cert_kinds[CONF_CERT_KINDS];
struct conf_cert {
    const char *name;
    const char *role, *user; /* one of them, the other NULL */
    enum conf_cert_kind kind;
    const char *value; /* of a fingerprint 64 small digits */
    struct conf_place place;
};
/* Who knows users beside us: NAME stands after the @ of theirs. */
struct conf_identity {
    const char *name, *profile;
    struct conf_place place;
};
/* Who asks whether addresses answer; profile NULL: nobody. */
struct conf_reach {
    const char *profile;
    struct conf_place place;
};
/* What is done regularly, by the names of conf_task_names: on each server, and behind that once for the whole plan. */
enum conf_task_id {
    TASK_AVAILABILITY,
    TASK_CONFIGURATION,
    TASK_LEASES,
    TASK_STATISTICS,
    CONF_SERVER_TASKS,
    TASK_UTILIZATION = CONF_SERVER_TASKS,
    TASK_EXPIRY,
    TASK_HISTORY,
    CONF_TASKS
};
#define CONF_PLAN_TASKS (CONF_TASKS - CONF_SERVER_TASKS)
extern const char *const conf_task_names[CONF_TASKS + 1]; /* ended by NULL */
struct conf_task {
    int64_t interval_ms;
    int64_t jitter_ms; /* a tenth of the interval when it is not given */
    bool enabled;
};
/* How many configurations of a part of a server are kept, and how long after another took the place. */
struct conf_archive {
    unsigned most;
    int64_t keep_ms;
};
struct conf_sink {
    const char *file, *syslog; /* one of them */
    struct conf_place place;
};
/* Evidence of the change log; place.doc NULL: none is wanted. */
struct conf_audit {
    const char *key, *next_key, *checkpoints; /* files; the first two may be NULL */
    struct conf_sink *sinks;
    size_t sink_count;
    int64_t interval_ms;
    struct conf_place place;
};
struct conf {
    struct arena arena;
    struct json_doc **docs;
    size_t doc_count;
    const char *node;
    const char *log_level;    /* error, warning, notice, info, debug */
    const char *log_format;   /* journald, json */
    const char *user, *group; /* that root becomes, names or numbers; NULL: it stays who it is */
    struct conf_place user_place, group_place;
    enum sandbox_mode sandbox;
    enum sandbox_mode network_fence; /* REQUIRE: each plugin is behind one */
    struct conf_plugin storage;      /* never isolated */
    const char *master_key;          /* file of the key that stored secrets are sealed under; NULL: none */
    struct conf_place master_key_place;
    struct conf_listener *listeners;
    struct conf_plugin *plugins;
    struct conf_profile *profiles;
    struct conf_token *tokens;
    struct conf_peer *peers;
    struct conf_cert *certs;
    struct conf_identity *identities;
    struct conf_reach reach;
    size_t listener_count, plugin_count, profile_count, token_count, peer_count, cert_count, identity_count;
    struct conf_task tasks[CONF_TASKS];
    unsigned servers_at_once; /* that tasks work on */
    struct conf_audit audit;
    struct conf_archive archive;
};

/* Called for each problem: "FILE:LINE:COLUMN: MESSAGE; HINT". */
typedef void (*conf_report)(void *user, const char *text);
/* Reads and checks everything that can be checked without plugins. Returns the number of problems; *ret is
 * set in any case. */
int conf_load(const char *path, conf_report report, void *user, struct conf **ret);
void conf_free(struct conf *c);
/* The effective configuration as JSON; it holds no secrets, only their names. */
void conf_print(const struct conf *c, struct strbuf *out);
/* Formats a problem at a place. */
void conf_problem(const struct conf_place *at, conf_report report, void *user, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
