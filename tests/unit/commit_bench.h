/* commit_bench.h - a gate over a scripted store, and intents that note what happens to them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_COMMIT_BENCH_H
#define TESTS_COMMIT_BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_fake.h"

#include "commit/gate.h"
#include "model/rules.h"

/* A gate over a scripted store, and what happened in order: "a+" intent a decided and accepted, "a-"
 * refused, "a!" settled. */
struct bench {
    struct loop *loop;
    struct store *store;
    struct state *state;
    struct gate *gate;
    char events[4096];
    char fatal[512];
    bool closed, quiet;
};

/* The one of the running test, which intents tell what happens to them. */
extern struct bench *bench;

/* Of a test: a bench of its own; closed and freed. */
int bench_up(void **state);
int bench_down(void **state);

void note(char name, char what);
const char *events(void);   /* what was noted since the last look */
void on_closed(void *user); /* of gate_close: notes it in the bench */
size_t blocks(const struct bench *b);

/* An intent that adds `adds` blocks of its name, or does something else. */
struct probe {
    struct intent in;
    char name;
    unsigned adds, settled, decided, first;
    int status;
    bool refuses;        /* after it has drafted */
    int64_t touches;     /* a server whose volatile state it sets */
    uint32_t needs_type; /* a row it wants to see */
    int64_t needs_id;
    bool saw;           /* it saw that row */
    struct probe *then; /* handed in when it settles */
};

struct probe *probe(struct probe *p, char name, unsigned adds);
void submit(struct bench *b, struct probe *p);

#endif
