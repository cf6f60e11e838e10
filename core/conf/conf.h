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

/* Where a value was written. */
struct conf_place {
    const struct json_doc *doc;
    const struct json *value;
    const char *file;
};
struct conf_listener {
    const char *address;   /* "127.0.0.1:8053", or NULL */
    const char *unix_path; /* or NULL */
    unsigned mode;         /* of the unix socket */
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
    const char *name, *role, *file;
    struct conf_place place;
};
struct conf_peer {
    uint32_t uid;
    const char *role;
    struct conf_place place;
};
struct conf {
    struct arena arena;
    struct json_doc **docs;
    size_t doc_count;
    const char *node;
    const char *log_level;      /* error, warning, notice, info, debug */
    const char *log_format;     /* journald, json */
    struct conf_plugin storage; /* never isolated */
    struct conf_listener *listeners;
    struct conf_plugin *plugins;
    struct conf_profile *profiles;
    struct conf_token *tokens;
    struct conf_peer *peers;
    size_t listener_count, plugin_count, profile_count, token_count, peer_count;
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
