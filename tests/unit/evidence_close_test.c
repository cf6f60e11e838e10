/* evidence_close_test.c - evidence ends in order however early: while it still opens, and the gate has gone.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "site.h"

#include "evidence/evidence.h"

#define WAIT_MS 10000

/* Nothing was committed before: nothing is read again. */
struct request *store_log(struct store *s, int64_t after, int64_t upto, uint32_t limit,
                          void (*row)(void *user, int64_t rev, int64_t time_ms, struct ipam_bytes body),
                          store_answered done, void *user)
{
    (void)s, (void)after, (void)upto, (void)limit, (void)row, (void)done, (void)user;
    fail_msg("the log is read");
    return NULL;
}

static void on_fatal(void *user, const char *message)
{
    (void)user;
    fail_msg("%s", message);
}

static void on_failed(void *user, const char *message)
{
    (void)user;
    fail_msg("%s", message);
}

static void on_closed(void *user)
{
    ++*(unsigned *)user;
}

static void wait_for(struct site *s, const unsigned *count, unsigned wanted)
{
    const struct timespec ms = { 0, 1000000 };
    for (int i = 0; i < WAIT_MS && *count < wanted; i++) {
        nanosleep(&ms, NULL);
        fake_spin(s->loop);
    }
    assert_int_equal(*count, wanted);
}

static void test_closed_while_it_opens(void **state)
{
    struct site *s = *state;
    char folder[] = "/tmp/evidence.XXXXXX", key[64], checkpoints[64];
    unsigned closed = 0;
    assert_non_null(mkdtemp(folder));
    snprintf(key, sizeof(key), "%s/key", folder);
    snprintf(checkpoints, sizeof(checkpoints), "%s/checkpoints", folder);
    struct gate *g = gate_new(s->loop, s->state, s->store, on_fatal, NULL);
    struct evidence *e = evidence_new(&(struct evidence_config){ .loop = s->loop,
                                                                 .state = s->state,
                                                                 .store = s->store,
                                                                 .gate = g,
                                                                 .key = key,
                                                                 .checkpoints = checkpoints,
                                                                 .interval_ms = 1000,
                                                                 .failed = on_failed });
    assert_non_null(e);
    gate_close(g, on_closed, &closed); /* it is freed */
    evidence_close(e, on_closed, &closed);
    wait_for(s, &closed, 2);
    evidence_free(e);
    unlink(key);
    unlink(checkpoints);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_closed_while_it_opens, site_setup, site_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
