/* cli.h - what every part of ipamctl shares: exit codes, the running command, talk on stderr.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * ipamctl is one thread that runs one command and ends. Functions that return an exit code have said on
 * stderr what went wrong when it is not CLI_OK. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/hash.h"
#include "cli/text.h"

/* Promised to scripts: never renumber. */
enum cli_exit {
    CLI_OK = 0,
    CLI_FAILED = 1, /* any other failure */
    CLI_USAGE = 2,  /* the command line, or a value in it, is wrong */
    CLI_NOT_FOUND = 3,
    CLI_CONFLICT = 4,
    CLI_DENIED = 5,
    CLI_UNREACHABLE = 6, /* no daemon answered */
    CLI_PARTLY = 7,      /* some of it was done */
    CLI_EXHAUSTED = 8,   /* nothing free is left */
    CLI_TRY_AGAIN = 75,  /* the same command may succeed later */
    CLI_CONFIG = 78      /* the configuration of ipamctl itself is wrong */
};

enum cli_format { FORMAT_TABLE, FORMAT_JSON, FORMAT_JSONL, FORMAT_CSV, FORMAT_YAML, FORMAT_SVG };

struct client;

/* The command being run. */
struct cli {
    struct arena arena;   /* lives as long as the command */
    struct term out, err; /* stdout and stderr */
    enum cli_format format;
    bool quiet, yes;
    const char *columns; /* --columns, or NULL for the noun's own */
    struct client *client;
    struct imap keys; /* natural keys looked up for refs_key */
};

/* "ipamctl: TEXT" on stderr. Control characters that came from elsewhere are made visible. */
void cli_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* TEXT on stderr unless --quiet: what happened, hints. */
void cli_say(const struct cli *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Asks a person "QUESTION [y/N]". True: yes; also with --yes, and for a script, which is not asked. */
bool cli_confirmed(const struct cli *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
