/* doctor.h - what ipamctl doctor looks at, as data, and how its parts tell what they found.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A look examines one thing and tells what it found under the ids of its checks; a check of which nothing was
 * told is well, unless the look could not be made. */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include <sys/types.h>

#include "cli/client.h"
#include "cli/nouns.h"

enum look {
    LOOK_CONFIG,
    LOOK_PLUGINS,
    LOOK_LISTEN,
    LOOK_TOKENS,
    LOOK_SECRETS,
    LOOK_AUDIT,
    LOOK_HOST,
    LOOK_UNIT,
    LOOK_SANDBOX,
    LOOK_DISK,
    LOOK_STORAGE,
    LOOK_DAEMON,
    LOOK_API,
    LOOK_CLOCK,
    LOOK_SERVERS,
    LOOK_COUNT
};

struct check {
    const char *id;
    enum look look;
    const char *about;  /* what is wrong when it is told */
    const char *remedy; /* what to do */
};
extern const struct check checks[]; /* ended by an id of NULL */

enum finding_state { FINDING_OK, FINDING_SKIPPED, FINDING_WARNING, FINDING_ERROR };
struct finding {
    struct finding *next;
    const struct check *check;
    enum finding_state state;
    const char *place, *message, *remedy;
};

struct doctor {
    struct cli *c;
    const struct args *args;
    const char *config_path;
    struct json_doc *config; /* the effective one, or the main file's; NULL when it cannot be read */
    bool config_broken;      /* it does not pass --check-config */
    struct target target;
    struct client *client; /* NULL: it is not known where the daemon is */
    bool alive;            /* what answers is ipamd */
    bool answering;        /* it is ipamd, ready, and takes the token */
    pid_t pid;             /* of the daemon on this machine; 0: not known */
    const char *storage;   /* path in the options of storage; NULL */
    struct finding *first, **last;
    bool looked[LOOK_COUNT];
    const char *skipped[LOOK_COUNT]; /* why it could not be looked at */
};

/* Tells a finding; the remedy is the check's. Texts are copied. */
void found(struct doctor *d, const char *id, enum finding_state state, const char *place, const char *fmt,
           ...) __attribute__((format(printf, 5, 6)));
/* The same with a text that ends with its own remedy: "what; what to do" or "what: what to do". */
void found_text(struct doctor *d, const char *id, enum finding_state state, const char *place,
                struct ipam_str text);
/* The look could not be made. */
void skipped(struct doctor *d, enum look look, const char *why);

/* The looks, in order. */
void look_config(struct doctor *d); /* also LOOK_PLUGINS */
void look_listen(struct doctor *d); /* after look_daemon */
void look_tokens(struct doctor *d);
void look_secrets(struct doctor *d);
void look_audit(struct doctor *d); /* after look_daemon */
void look_host(struct doctor *d);
void look_unit(struct doctor *d);
void look_sandbox(struct doctor *d); /* after look_daemon */
void look_disk(struct doctor *d);
void look_storage(struct doctor *d);
void look_daemon(struct doctor *d); /* also LOOK_API */
void look_clock(struct doctor *d);
void look_servers(struct doctor *d);

int verb_doctor(struct cli *c, const struct command *cmd);

/* A small file into the arena, NUL-terminated; NULL. */
char *doctor_read(struct doctor *d, const char *path);
/* The unit, that of --unit or the one systemd would take, with its drop-ins behind it; NULL when there is none. */
const char *unit_text(struct doctor *d, const char **ret_path);
/* The value of the last "KEY=VALUE" in it; NULL. */
const char *unit_value(struct doctor *d, const char *text, const char *key);

/* A text of the configuration, NUL-terminated; NULL when it is none. */
const char *conf_text(struct doctor *d, const struct json *v);

#endif
