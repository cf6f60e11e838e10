/* commit_gate_test.c - batches: order, durability before answers, refusals, failures, revisions, catching up.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_fake.h"

#include "commit/changelog.h"
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

static struct bench *bench; /* intents tell it what happens to them */

static void note(char name, char what)
{
    size_t len = strlen(bench->events);
    if (bench->quiet)
        return;
    assert_true(len + 3 < sizeof(bench->events));
    bench->events[len] = name;
    bench->events[len + 1] = what;
    bench->events[len + 2] = '\0';
}

static const char *events(void)
{
    static char text[sizeof(bench->events)];
    memcpy(text, bench->events, sizeof(text));
    bench->events[0] = '\0';
    return text;
}

static void on_fatal(void *user, const char *message)
{
    struct bench *b = user;
    snprintf(b->fatal, sizeof(b->fatal), "%s", message);
    note('F', '!');
}

static int setup(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));
    bench = b;
    b->loop = loop_new();
    b->store = fake_store_new(b->loop);
    b->state = state_new();
    b->gate = gate_new(b->loop, b->state, b->store, on_fatal, b);
    *state = b;
    return 0;
}

static void on_closed(void *user)
{
    ((struct bench *)user)->closed = true;
}

static int teardown(void **state)
{
    struct bench *b = *state;
    if (!b->closed) {
        gate_close(b->gate, on_closed, b);
        assert_false(b->closed); /* never inside the call */
        fake_spin(b->loop);
        assert_true(b->closed);
    }
    fake_store_free(b->store);
    state_free(b->state);
    loop_stop(b->loop);
    loop_run(b->loop);
    loop_free(b->loop);
    free(b);
    return 0;
}

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

static void probe_needs(struct intent *in, const struct view *v, struct needs *n)
{
    struct probe *p = container_of(in, struct probe, in);
    (void)v;
    if (p->needs_id != 0)
        needs_row(n, p->needs_type, p->needs_id);
}

static int probe_decide(struct intent *in, struct draft *d)
{
    struct probe *p = container_of(in, struct probe, in);
    p->decided++;
    p->saw = p->needs_id != 0 && view_get(draft_view(d), p->needs_type, p->needs_id) != NULL;
    for (unsigned i = 0; i < p->adds; i++) {
        char name[8];
        struct ipam_block b;
        record_init(&b, IPAM_T_BLOCK);
        snprintf(name, sizeof(name), "%c", p->name);
        RECORD_SET(&b, IPAM_BLOCK_SPACE, space, 1);
        RECORD_SET(&b, IPAM_BLOCK_NAME, name, str_from(name));
        RECORD_SET(&b, IPAM_BLOCK_PREFIX, prefix,
                   ((struct ipam_prefix){ { 4, { (uint8_t)p->name, (uint8_t)(i >> 8), (uint8_t)i } }, 24 }));
        draft_put(d, &b);
    }
    if (p->touches != 0) {
        const struct ipam_server *before = view_get(draft_view(d), IPAM_T_SERVER, p->touches);
        struct ipam_server s = *before;
        RECORD_SET(&s, IPAM_SERVER_CONTACTED, contacted, draft_now(d));
        draft_replace(d, before, &s);
    }
    note(p->name, p->refuses ? '-' : '+');
    return p->refuses ? problem_set(&in->problem, PROBLEM_EXISTS, "%c is there", p->name) : 0;
}

static void probe_settled(struct intent *in, int status)
{
    struct probe *p = container_of(in, struct probe, in);
    assert_int_equal(p->settled++, 0);
    p->status = status;
    assert_int_equal(status != 0, in->problem.type != PROBLEM_NONE);
    if (status == 0) /* who is told of it can see it */
        assert_true(state_head(bench->state) >= in->rev);
    note(p->name, '!');
    if (p->then != NULL)
        gate_submit(bench->gate, &p->then->in);
}

static struct probe *probe(struct probe *p, char name, unsigned adds)
{
    p->name = name;
    p->adds = adds;
    p->in.operation = "ipam.block.create";
    p->in.actor = (struct actor){ IPAM_STR("token:admin"), IPAM_STR("[::1]:5"), IPAM_STR("ticket 7"),
                                  IPAM_STR("req-1") };
    p->in.needs = probe_needs;
    p->in.decide = probe_decide;
    p->in.settled = probe_settled;
    return p;
}

static void submit(struct bench *b, struct probe *p)
{
    unsigned before = p->settled;
    gate_submit(b->gate, &p->in);
    assert_int_equal(p->settled, before); /* never inside the call */
}

static size_t blocks(const struct bench *b)
{
    return state_count(b->state, IPAM_T_BLOCK);
}

/* --- order and answers --- */

static void test_one_batch(void **state)
{
    struct bench *b = *state;
    struct probe p[3] = { 0 };
    for (int i = 0; i < 3; i++)
        submit(b, probe(&p[i], (char)('a' + i), 1));
    fake_spin(b->loop);
    assert_string_equal(events(), "a+b+c+a!b!c!");
    assert_string_equal(fake_trace(b->store), "ec"); /* three intents, one transaction */
    for (int i = 0; i < 3; i++) {
        assert_int_equal(p[i].status, 0);
        assert_int_equal(p[i].in.rev, i + 1);
    }
    assert_int_equal(blocks(b), 3);
    assert_int_equal(state_head(b->state), 3);
    struct gate_stats stats;
    gate_stats(b->gate, &stats);
    assert_int_equal(stats.batches, 1);
    assert_int_equal(stats.accepted, 3);
    assert_int_equal(stats.rows, 3);
    assert_int_equal(stats.waiting, 0);
}

static void test_nothing_is_said_before_it_is_durable(void **state)
{
    struct bench *b = *state;
    struct probe p[2] = { 0 };
    p[1].refuses = true;
    fake_hold(b->store, FAKE_COMMIT, true);
    submit(b, probe(&p[0], 'a', 1));
    submit(b, probe(&p[1], 'b', 1));
    fake_spin(b->loop);
    assert_true(fake_held(b->store));
    assert_string_equal(events(), "a+b-");
    assert_int_equal(blocks(b), 0); /* readers do not see it either */
    assert_int_equal(state_head(b->state), 0);
    fake_go(b->store);
    fake_spin(b->loop);
    assert_string_equal(events(), "a!b!");
    assert_int_equal(blocks(b), 1);
}

static void test_who_comes_meanwhile_waits_for_the_next_batch(void **state)
{
    struct bench *b = *state;
    struct probe p[4] = { 0 };
    p[0].then = probe(&p[3], 'd', 1);
    fake_hold(b->store, FAKE_COMMIT, true);
    submit(b, probe(&p[0], 'a', 1));
    fake_spin(b->loop);
    submit(b, probe(&p[1], 'b', 1));
    submit(b, probe(&p[2], 'c', 1));
    fake_spin(b->loop);
    assert_string_equal(events(), "a+");
    fake_hold(b->store, FAKE_COMMIT, false);
    fake_go(b->store);
    fake_spin(b->loop);
    assert_string_equal(events(), "a!b+c+d+b!c!d!");
    assert_string_equal(fake_trace(b->store), "ecec");
    assert_int_equal(p[3].in.rev, 4);
}

static void test_people_before_bulk(void **state)
{
    struct bench *b = *state;
    struct probe p[7] = { 0 };
    static const struct {
        char name;
        unsigned rows; /* 0: interactive */
    } given[] = {
        { 'A', 1500 }, { 'B', 500 }, { 'C', 100 }, { 'x', 0 }, { 'D', 5000 }, { 'E', 1 }, { 'y', 0 }
    };
    for (int i = 0; i < 7; i++) {
        probe(&p[i], given[i].name, 1);
        p[i].in.bulk = given[i].rows != 0;
        p[i].in.rows = given[i].rows;
        submit(b, &p[i]);
    }
    fake_spin(b->loop);
    /* 2,048 bulk rows a batch; one that is larger than that has a batch to itself. */
    assert_string_equal(events(), "x+y+A+B+x!y!A!B!C+C!D+D!E+E!");
    assert_string_equal(fake_trace(b->store), "ecececec");
}

/* --- refusals --- */

static void test_refused_leaves_nothing(void **state)
{
    struct bench *b = *state;
    struct probe p[3] = { 0 };
    p[1].refuses = true;
    for (int i = 0; i < 3; i++)
        submit(b, probe(&p[i], (char)('a' + i), 2));
    fake_spin(b->loop);
    assert_int_equal(fake_count(b->store, IPAM_T_BLOCK), 4);
    assert_int_equal(fake_log_count(b->store), 2);
    assert_int_equal(fake_next_id(b->store), 5); /* no id is lost either */
    assert_int_equal(p[1].in.problem.type, PROBLEM_EXISTS);
    assert_string_equal(p[1].in.problem.detail, "b is there");
    assert_int_equal(p[1].in.rev, 1); /* decided after a */
    assert_int_equal(p[2].in.rev, 2);
    const struct ipam_block *c = fake_row(b->store, IPAM_T_BLOCK, 3);
    assert_true(str_is(c->name, "c"));
}

static void test_batch_without_rows(void **state)
{
    struct bench *b = *state;
    struct probe p[2] = { 0 };
    p[0].refuses = true;
    submit(b, probe(&p[0], 'a', 1));
    submit(b, probe(&p[1], 'b', 0)); /* accepted, but it changes nothing */
    fake_spin(b->loop);
    assert_string_equal(fake_trace(b->store), "ea");
    assert_string_equal(events(), "a-b+a!b!");
    assert_int_equal(p[1].status, 0);
    assert_int_equal(fake_head(b->store), 0);
}

static void test_too_many_rows(void **state)
{
    struct bench *b = *state;
    struct probe p[3] = { 0 };
    submit(b, probe(&p[0], 'a', 1));
    submit(b, probe(&p[1], 'b', MODEL_SET_ROWS + 1));
    submit(b, probe(&p[2], 'c', MODEL_SET_ROWS));
    fake_spin(b->loop);
    assert_int_equal(p[1].in.problem.type, PROBLEM_TOO_LARGE);
    assert_string_equal(p[1].in.problem.detail,
                        "the change touches 10001 rows; one change set holds at most 10000");
    assert_string_equal(p[1].in.problem.hint, "make several requests of it");
    assert_int_equal(p[0].status | p[2].status, 0);
    assert_int_equal(fake_count(b->store, IPAM_T_BLOCK), MODEL_SET_ROWS + 1);
    assert_int_equal(fake_head(b->store), 2);
}

/* --- failures --- */

static void test_no_space(void **state)
{
    struct bench *b = *state;
    static const enum fake_call calls[] = { FAKE_COMMIT, FAKE_ENTER, FAKE_GET };
    for (int k = 0; k < 3; k++) {
        struct probe p[3] = { 0 };
        p[0].needs_type = IPAM_T_CLAIM;
        p[0].needs_id = 999;
        fake_fail(b->store, calls[k], 0, IPAM_E_NOSPC);
        submit(b, probe(&p[0], 'a', 1));
        submit(b, probe(&p[1], 'b', 1));
        fake_spin(b->loop);
        for (int i = 0; i < 2; i++) {
            assert_int_equal(p[i].in.problem.type, PROBLEM_NO_SPACE);
            assert_int_equal(problem_status(p[i].in.problem.type), 507);
            assert_int_equal(p[i].status, IPAM_E_NOSPC);
            assert_string_equal(p[i].in.problem.detail, "scripted failure");
            assert_true(p[i].in.problem.retry_after_s > 0 && p[i].in.problem.hint[0] != '\0');
        }
        assert_int_equal(fake_log_count(b->store), (size_t)k);
        submit(b, probe(&p[2], 'c', 1)); /* there is space again */
        fake_spin(b->loop);
        assert_int_equal(p[2].status, 0);
        assert_int_equal(p[2].in.rev, k + 1); /* without a gap */
        assert_string_equal(b->fatal, "");
    }
    assert_int_equal(blocks(b), 3);
}

/* One bad intent fails the batch; alone, only it fails. */
static void test_definite_failure(void **state)
{
    struct bench *b = *state;
    struct probe p[4] = { 0 };
    fake_poison(b->store, "c");
    for (int i = 0; i < 4; i++)
        submit(b, probe(&p[i], (char)('a' + i), 1));
    fake_spin(b->loop);
    assert_string_equal(events(), "a+b+c+d+a+a!b+b!c+c!d+d!");
    assert_string_equal(fake_trace(b->store), "ececececec");
    for (int i = 0; i < 4; i++)
        assert_int_equal(p[i].in.problem.type, i == 2 ? PROBLEM_UNAVAILABLE : PROBLEM_NONE);
    assert_int_equal(p[3].in.rev, 3);
    assert_int_equal(blocks(b), 3);
    assert_int_equal(fake_head(b->store), 3);
    assert_int_equal(p[0].decided, 2);
}

/* Those who failed in company go before those who came meanwhile: the order of what was seen does not
 * change. */
static void test_alone_before_others(void **state)
{
    struct bench *b = *state;
    struct probe p[4] = { 0 };
    fake_fail(b->store, FAKE_COMMIT, 0, IPAM_E_CONFLICT);
    fake_hold(b->store, FAKE_COMMIT, true);
    submit(b, probe(&p[0], 'a', 1));
    submit(b, probe(&p[1], 'b', 1));
    fake_spin(b->loop);
    submit(b, probe(&p[2], 'c', 1));
    submit(b, probe(&p[3], 'd', 1));
    fake_hold(b->store, FAKE_COMMIT, false);
    fake_go(b->store);
    fake_spin(b->loop);
    assert_string_equal(events(), "a+b+a+a!b+b!c+d+c!d!");
}

/* A read that fails definitely leaves the transaction before the intents are tried alone. */
static void test_read_fails(void **state)
{
    struct bench *b = *state;
    struct probe p[2] = { 0 };
    p[0].needs_type = p[1].needs_type = IPAM_T_CLAIM;
    p[0].needs_id = p[1].needs_id = 999;
    fake_fail(b->store, FAKE_GET, 0, IPAM_E_INVAL);
    submit(b, probe(&p[0], 'a', 1));
    submit(b, probe(&p[1], 'b', 1));
    fake_spin(b->loop);
    assert_string_equal(fake_trace(b->store), "egaegcegc");
    assert_string_equal(events(), "a+a!b+b!");
    assert_int_equal(p[0].status | p[1].status, 0);
}

/* The backend is away: nobody is to blame, so everybody is told at once. */
static void test_enter_fails(void **state)
{
    struct bench *b = *state;
    struct probe p[3] = { 0 };
    fake_fail(b->store, FAKE_ENTER, 0, IPAM_E_CONN);
    submit(b, probe(&p[0], 'a', 1));
    submit(b, probe(&p[1], 'b', 1));
    fake_spin(b->loop);
    assert_string_equal(events(), "a!b!");
    assert_int_equal(p[0].in.problem.type, PROBLEM_UNAVAILABLE);
    assert_int_equal(p[0].in.problem.retry_after_s, 1);
    submit(b, probe(&p[2], 'c', 1));
    fake_spin(b->loop);
    assert_int_equal(p[2].status, 0);
}

/* After an I/O error nobody can say what is on disk: everybody who waits hears that, and the process ends. */
static void test_outcome_unknown(void **state)
{
    struct bench *b = *state;
    static const enum fake_call calls[] = { FAKE_COMMIT, FAKE_COMMIT, FAKE_ENTER, FAKE_GET, FAKE_ABORT };
    static const int statuses[] = { IPAM_E_IO, IPAM_E_UNKNOWN, IPAM_E_IO, IPAM_E_IO, IPAM_E_IO };
    for (int k = 0; k < 5; k++) {
        struct probe p[4] = { 0 }, late = { 0 };
        p[0].needs_type = IPAM_T_CLAIM;
        p[0].needs_id = 999;
        p[3].then = probe(&late, 'l', 1);
        p[3].in.bulk = true;
        fake_fail(b->store, calls[k], 0, statuses[k]);
        fake_hold(b->store, calls[k], true);
        for (int i = 0; i < 2; i++) {
            submit(b, probe(&p[i], (char)('a' + i), 1));
            p[i].refuses = calls[k] == FAKE_ABORT;
        }
        fake_spin(b->loop);
        submit(b, probe(&p[2], 'c', 1)); /* they come while it is on its way */
        submit(b, probe(&p[3], 'd', 1));
        events();
        fake_hold(b->store, calls[k], false);
        fake_go(b->store);
        fake_spin(b->loop);
        assert_string_equal(events(), "a!b!c!d!F!l!");
        for (int i = 0; i < 4; i++) {
            assert_int_equal(p[i].in.problem.type, PROBLEM_OUTCOME_UNKNOWN);
            assert_int_equal(p[i].status, IPAM_E_UNKNOWN);
        }
        assert_int_equal(late.in.problem.type, PROBLEM_UNAVAILABLE); /* it was never tried */
        assert_string_equal(b->fatal, "scripted failure");
        assert_int_equal(blocks(b), 0);
        teardown(state);
        setup(state);
        b = *state;
    }
}

/* --- reading, catching up --- */

static void test_reads_what_intents_need(void **state)
{
    struct bench *b = *state;
    struct probe p[2] = { 0 };
    struct ipam_claim c;
    record_init(&c, IPAM_T_CLAIM);
    RECORD_SET(&c, IPAM_CLAIM_ID, id, 7);
    RECORD_SET(&c, IPAM_CLAIM_REV, rev, 0);
    fake_keep(b->store, &c);
    p[0].needs_type = p[1].needs_type = IPAM_T_CLAIM;
    p[0].needs_id = 7;
    p[1].needs_id = 8;
    submit(b, probe(&p[0], 'a', 1));
    submit(b, probe(&p[1], 'b', 1));
    fake_spin(b->loop);
    assert_string_equal(fake_trace(b->store), "egc"); /* all keys in one call */
    assert_true(p[0].saw);
    assert_false(p[1].saw);
}

static void test_catches_up_first(void **state)
{
    struct bench *b = *state;
    struct probe p[4] = { 0 };
    struct ipam_block other;
    submit(b, probe(&p[0], 'a', 1));
    fake_spin(b->loop);
    record_init(&other, IPAM_T_BLOCK);
    RECORD_SET(&other, IPAM_BLOCK_ID, id, 50);
    RECORD_SET(&other, IPAM_BLOCK_REV, rev, 9);
    RECORD_SET(&other, IPAM_BLOCK_SPACE, space, 1);
    RECORD_SET(&other, IPAM_BLOCK_PREFIX, prefix, ((struct ipam_prefix){ { 4, { 10 } }, 8 }));
    fake_changed(b->store, &other, false);
    p[1].needs_type = IPAM_T_BLOCK;
    p[1].needs_id = 50;
    submit(b, probe(&p[1], 'b', 1));
    fake_spin(b->loop);
    assert_true(p[1].saw); /* when it was decided */
    assert_int_equal(p[1].in.rev, 10);
    assert_non_null(fake_row(b->store, IPAM_T_BLOCK, 51));
    assert_int_equal(blocks(b), 3);
    RECORD_SET(&other, IPAM_BLOCK_REV, rev, 11);
    fake_changed(b->store, &other, true);
    p[3].refuses = true; /* what others did is seen even if nothing is added to it */
    submit(b, probe(&p[3], 'd', 1));
    fake_spin(b->loop);
    assert_int_equal(p[3].in.rev, 11);
    assert_int_equal(state_head(b->state), 11);
    p[2].needs_type = IPAM_T_BLOCK;
    p[2].needs_id = 50;
    submit(b, probe(&p[2], 'c', 1));
    fake_spin(b->loop);
    assert_false(p[2].saw);
    assert_int_equal(p[2].in.rev, 12);
    assert_int_equal(view_by_prefix(state_view(b->state), IPAM_T_BLOCK, 1, &other.prefix), 0);
}

/* --- revisions and the log --- */

static void test_volatile_changes_make_no_revision(void **state)
{
    struct bench *b = *state;
    struct probe p[2] = { 0 };
    struct ipam_server s;
    record_init(&s, IPAM_T_SERVER);
    RECORD_SET(&s, IPAM_SERVER_ID, id, 3);
    RECORD_SET(&s, IPAM_SERVER_REV, rev, 4);
    RECORD_SET(&s, IPAM_SERVER_NAME, name, IPAM_STR("dhcp1"));
    fake_keep(b->store, &s);
    state_put(b->state, NULL, &s);
    state_set_head(b->state, 4);
    p[0].touches = 3;
    submit(b, probe(&p[0], 'a', 0));
    fake_spin(b->loop);
    assert_int_equal(p[0].status, 0);
    assert_int_equal(p[0].in.rev, 4);
    assert_int_equal(fake_head(b->store), 4);
    assert_int_equal(fake_log_count(b->store), 0);
    const struct ipam_server *kept = fake_row(b->store, IPAM_T_SERVER, 3);
    assert_int_equal(kept->contacted, *fake_clock(b->store));
    assert_int_equal(kept->rev, 4);
    /* With a block it is a revision, and the log tells of the block alone. */
    *fake_clock(b->store) += 1000;
    p[1].touches = 3;
    submit(b, probe(&p[1], 'b', 1));
    fake_spin(b->loop);
    assert_int_equal(p[1].in.rev, 5);
    assert_int_equal(fake_log_count(b->store), 1);
    struct arena a;
    void *rec;
    size_t pos = 0;
    int64_t rev, time;
    arena_init(&a, 0);
    assert_int_equal(changelog_read(fake_log(b->store, 0, &rev, &time), &pos, &a, &rec), 1);
    assert_int_equal(((const struct ipam_change *)rec)->count, 1);
    assert_int_equal(((const struct ipam_change *)rec)->objects.count, 1);
    arena_fini(&a);
    assert_int_equal(((const struct ipam_server *)fake_row(b->store, IPAM_T_SERVER, 3))->rev, 4);
}

static void test_log_rows(void **state)
{
    struct bench *b = *state;
    struct probe p[2] = { 0 };
    struct arena a;
    void *rec;
    size_t pos = 0;
    int64_t rev, time;
    submit(b, probe(&p[0], 'a', 1));
    submit(b, probe(&p[1], 'b', 25));
    fake_spin(b->loop);
    assert_int_equal(fake_log_count(b->store), 2);
    arena_init(&a, 0);
    struct ipam_bytes row = fake_log(b->store, 1, &rev, &time);
    assert_int_equal(rev, 2);
    assert_int_equal(time, *fake_clock(b->store));
    assert_int_equal(changelog_read(row, &pos, &a, &rec), 1);
    const struct ipam_change *c = rec;
    assert_int_equal(c->type, IPAM_T_CHANGE);
    assert_int_equal(c->id, 2);
    assert_int_equal(c->rev, 2);
    assert_int_equal(c->time, time);
    assert_true(str_is(c->actor, "token:admin") && str_is(c->peer, "[::1]:5") &&
                str_is(c->operation, "ipam.block.create"));
    assert_true(str_is(c->reason, "ticket 7") && str_is(c->request, "req-1"));
    assert_int_equal(c->count, 25);
    assert_int_equal(c->objects.count, 20); /* the first of them in words */
    assert_true(str_is(c->objects.items[0], "add block 2 98.0.0.0/24"));
    for (int i = 0; i < 25; i++) {
        assert_int_equal(changelog_read(row, &pos, &a, &rec), 1);
        const struct ipam_change_item *item = rec;
        assert_int_equal(item->object_type, IPAM_T_BLOCK);
        assert_int_equal(item->object, i + 2);
        assert_int_equal(item->verb, IPAM_CHANGE_ITEM_VERB_ADD);
    }
    assert_int_equal(changelog_read(row, &pos, &a, &rec), 0);
    for (size_t cut = 1; cut < row.len; cut++) { /* a damaged row never reads out of bounds */
        int rc = 1;
        for (pos = 0; rc == 1;)
            rc = changelog_read((struct ipam_bytes){ row.data, cut }, &pos, &a, &rec);
        assert_true(rc == 0 || rc == IPAM_E_INVAL);
    }
    arena_fini(&a);
}

/* --- the end --- */

static void test_close(void **state)
{
    struct bench *b = *state;
    struct probe p[4] = { 0 };
    fake_hold(b->store, FAKE_COMMIT, true);
    submit(b, probe(&p[0], 'a', 1));
    fake_spin(b->loop);
    submit(b, probe(&p[1], 'b', 1));
    p[2].in.bulk = true;
    submit(b, probe(&p[2], 'c', 1));
    events();
    gate_close(b->gate, on_closed, b);
    submit(b, probe(&p[3], 'd', 1));
    fake_spin(b->loop);
    assert_false(b->closed); /* the open batch first */
    for (int i = 1; i < 4; i++) {
        assert_int_equal(p[i].settled, 1);
        assert_int_equal(p[i].in.problem.type, PROBLEM_UNAVAILABLE);
        assert_string_equal(p[i].in.problem.detail, "the service is stopping");
    }
    fake_go(b->store);
    fake_spin(b->loop);
    assert_int_equal(p[0].status, 0);
    assert_int_equal(p[0].settled, 1);
    assert_true(b->closed);
    assert_int_equal(fake_count(b->store, IPAM_T_BLOCK), 1);
}

/* Intents that failed in company are answered too when the gate closes before they ran alone. */
static void test_close_with_some_left_alone(void **state)
{
    struct bench *b = *state;
    struct probe p[2] = { 0 };
    fake_fail(b->store, FAKE_COMMIT, 0, IPAM_E_CONFLICT);
    fake_hold(b->store, FAKE_COMMIT, true);
    submit(b, probe(&p[0], 'a', 1));
    submit(b, probe(&p[1], 'b', 1));
    fake_spin(b->loop);
    gate_close(b->gate, on_closed, b);
    fake_go(b->store);
    fake_spin(b->loop);
    assert_true(b->closed);
    for (int i = 0; i < 2; i++)
        assert_int_equal(p[i].in.problem.type, PROBLEM_UNAVAILABLE);
}

static void test_crowd(void **state)
{
    struct bench *b = *state;
    const size_t most = 100000;
    struct probe *crowd = calloc(most + 1, sizeof(*crowd));
    for (size_t i = 0; i <= most; i++) {
        probe(&crowd[i], 'a', 0);
        crowd[i].in.needs = NULL;
    }
    b->quiet = true;
    fake_hold(b->store, FAKE_ENTER, true);
    submit(b, &crowd[0]);
    fake_spin(b->loop);
    for (size_t i = 1; i <= most; i++)
        submit(b, &crowd[i]);
    fake_spin(b->loop);
    assert_int_equal(crowd[most].settled, 1); /* while the others wait */
    assert_int_equal(crowd[most].in.problem.type, PROBLEM_UNAVAILABLE);
    assert_string_equal(crowd[most].in.problem.detail, "too many changes are waiting");
    assert_int_equal(crowd[most - 1].settled, 0);
    gate_close(b->gate, on_closed, b);
    fake_spin(b->loop);
    assert_int_equal(crowd[1].settled, 1);
    fake_go(b->store);
    fake_spin(b->loop);
    assert_true(b->closed);
    free(crowd);
}

int main(void)
{
#define GATE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        GATE(test_one_batch),
        GATE(test_nothing_is_said_before_it_is_durable),
        GATE(test_who_comes_meanwhile_waits_for_the_next_batch),
        GATE(test_people_before_bulk),
        GATE(test_refused_leaves_nothing),
        GATE(test_batch_without_rows),
        GATE(test_too_many_rows),
        GATE(test_no_space),
        GATE(test_definite_failure),
        GATE(test_alone_before_others),
        GATE(test_read_fails),
        GATE(test_enter_fails),
        GATE(test_outcome_unknown),
        GATE(test_reads_what_intents_need),
        GATE(test_catches_up_first),
        GATE(test_volatile_changes_make_no_revision),
        GATE(test_log_rows),
        GATE(test_close),
        GATE(test_close_with_some_left_alone),
        GATE(test_crowd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
