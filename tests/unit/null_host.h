/* null_host.h - a host in a few lines, for tests of the null providers: calls run at once, rows are collected.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Rows are judged and copied as the daemon does it. Time passes for real under SERIAL and PARALLEL; a LOOP
 * plugin's timers are due as soon as the test runs the loop, and the clock jumps. */
#ifndef TESTS_NULL_HOST_H
#define TESTS_NULL_HOST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "ipam/plugin.h"
#include "record/record.h"

#define OPTIONS_MAX 16

struct option_pair {
    const char *name, *value; /* as it would be written; the texts of a list are separated by ; */
};

struct ipam_inst {
    const struct ipam_plugin *plugin;
    void *ctx;
    struct option_pair options[OPTIONS_MAX + 1]; /* ends with a NULL name */
    struct arena arena;                          /* of lists */
    char error[512];                             /* what open_error said */
    char problems[1024];                         /* what option_problem said: "name text\n" */
    uint64_t capabilities;                       /* what caps_changed said */
    struct ipam_timer *timers;
    int64_t credit; /* rows that emit takes before it answers AGAIN; -1: all */
    void (*credit_run)(void *user);
    void *credit_user;
    unsigned warnings;
};

struct edit {
    uint32_t verb;
    const void *before, *after;
};

struct ipam_req {
    struct ipam_inst *inst;
    struct arena arena;
    struct ipam_record **rows;
    struct ipam_row *raw; /* of storage */
    size_t count;
    atomic_uint done; /* times done was called */
    int32_t status;
    char message[1025], token[129], cursor[256];
    int64_t flags;
    atomic_int cancelled;
    int64_t deadline_ms; /* 0: none */
    size_t stop_after;   /* rows; 0: never */
    void (*on_row)(struct ipam_req *req);
    const struct edit *edits;
    uint32_t edit_count;
};

extern const struct ipam_host null_host;

/* Opens the plugin that is linked, as any kind; what its open said. `options` ends with a NULL name, or is
 * NULL. */
int32_t inst_open(struct ipam_inst *inst, const struct option_pair *options);
/* Asserts that it opens. */
void inst_start(struct ipam_inst *inst, const struct option_pair *options);
void inst_close(struct ipam_inst *inst);
/* What `check` says of options: "name text\n", empty when nothing is wrong. */
const char *inst_check(struct ipam_inst *inst, const struct option_pair *options);
/* Runs what a LOOP plugin waits for, until it waits for nothing more; returns the milliseconds that jumped. */
int64_t loop_run(struct ipam_inst *inst);
/* Lets emit take more rows, and calls who waits for it. */
void loop_credit(struct ipam_inst *inst, int64_t rows);

/* A fresh request; of one that was used, it frees the answer. */
void req_init(struct ipam_req *req, struct ipam_inst *inst);
void req_free(struct ipam_req *req);
/* Asserts that the request has ended exactly once, with this status. */
void req_ended(const struct ipam_req *req, int32_t status);
/* The n-th row of a type, or NULL. */
const void *req_row(const struct ipam_req *req, uint32_t type, size_t n);
size_t req_rows(const struct ipam_req *req, uint32_t type);

#define STR(text) ((struct ipam_str){ (text), strlen(text) })
void assert_str(struct ipam_str s, const char *text);
void assert_says(const char *text, const char *part);
struct ipam_addr addr_of(const char *text);
struct ipam_prefix prefix_of(const char *text);
int64_t host_now(void);

/* What probe says, for any kind: asserts one probe with these capabilities and at least one check. */
void assert_probe(struct ipam_inst *inst, const struct ipam_ops *common, uint64_t capabilities);

#endif
