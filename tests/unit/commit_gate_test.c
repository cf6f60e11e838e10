/* commit_gate_test.c - batches: order, durability before answers, refusals, failures, revisions, catching up.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "commit_bench.h"

#include "commit/changelog.h"

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
    assert_string_equal(events(), "a!b+c+b!c!d+d!");
    assert_string_equal(fake_trace(b->store), "ececec");
    assert_int_equal(p[3].in.rev, 4);
}

/* Answering many takes time, in which storage need not stand still. */
static void test_the_next_batch_goes_on_beside_the_answers(void **state)
{
    struct bench *b = *state;
    struct probe p[21] = { 0 };
    fake_hold(b->store, FAKE_COMMIT, true);
    for (int i = 0; i < 20; i++)
        submit(b, probe(&p[i], (char)('a' + i), 1));
    fake_spin(b->loop);
    events();
    submit(b, probe(&p[20], 'Z', 1));
    fake_hold(b->store, FAKE_COMMIT, false);
    fake_go(b->store);
    fake_spin(b->loop);
    const char *all = events(), *decided = strstr(all, "Z+");
    assert_int_equal(strlen(all), 2 * 22);
    assert_memory_equal(all, "a!b!", 4);
    assert_true(decided != NULL && decided < strstr(all, "t!"));
    assert_string_equal(all + 2 * 20, "t!Z!"); /* in the order they came all the same */
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

/* --- guards --- */

/* Refuses before or after the decision, or adds a row to what was decided. */
struct sentry {
    struct guard guard;
    bool before, after;
    unsigned asked;
};

static int sentry_before(struct guard *g, struct draft *d, struct problem *p)
{
    struct sentry *s = container_of(g, struct sentry, guard);
    (void)d;
    s->asked++;
    return s->before ? problem_set(p, PROBLEM_PRECONDITION, "not before") : 0;
}

static int sentry_after(struct guard *g, struct draft *d, struct problem *p)
{
    struct sentry *s = container_of(g, struct sentry, guard);
    struct ipam_idempotency_answer a;
    record_init(&a, IPAM_T_IDEMPOTENCY_ANSWER);
    RECORD_SET(&a, IPAM_IDEMPOTENCY_ANSWER_STATUS, status, 201);
    draft_put(d, &a);
    return s->after ? problem_set(p, PROBLEM_TOO_LARGE, "not after") : 0;
}

static void test_guards(void **state)
{
    struct bench *b = *state;
    struct probe p[4] = { 0 };
    struct sentry s[3] = { { .before = true }, { .after = true }, { .before = false } };
    for (int i = 0; i < 4; i++) {
        probe(&p[i], (char)('a' + i), 1);
        if (i < 3) {
            s[i].guard = (struct guard){ NULL, sentry_before, sentry_after };
            p[i].in.guard = &s[i].guard;
        }
        submit(b, &p[i]);
    }
    fake_spin(b->loop);
    assert_string_equal(events(), "b+c+d+a!b!c!d!"); /* a was not decided at all */
    assert_int_equal(p[0].in.problem.type, PROBLEM_PRECONDITION);
    assert_int_equal(p[1].in.problem.type, PROBLEM_TOO_LARGE);
    assert_int_equal(p[2].status, 0);
    assert_int_equal(p[2].in.rev,
                     1); /* what the guard added is part of the same change, and took no revision */
    assert_int_equal(p[3].in.rev, 2);
    assert_int_equal(blocks(b), 2);
    struct gate_stats stats;
    gate_stats(b->gate, &stats);
    assert_int_equal(stats.rows, 3); /* two blocks and the row of the one guard that was content */
    for (int i = 0; i < 3; i++)
        assert_int_equal(s[i].asked, 1);
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

/* What an intent needs is damaged: nothing tells its client to ask again, and others go on. */
static void test_what_is_needed_is_damaged(void **state)
{
    struct bench *b = *state;
    struct probe p[2] = { 0 };
    p[0].needs_type = IPAM_T_CLAIM;
    p[0].needs_id = 999;
    fake_fail(b->store, FAKE_GET, 0, IPAM_E_PROVIDER);
    submit(b, probe(&p[0], 'a', 1));
    fake_spin(b->loop);
    assert_int_equal(p[0].in.problem.type, PROBLEM_INTERNAL);
    assert_string_equal(p[0].in.problem.detail, "scripted failure");
    assert_true(p[0].in.problem.retry_after_s == 0 && p[0].in.problem.hint[0] != '\0');
    submit(b, probe(&p[1], 'b', 1));
    fake_spin(b->loop);
    assert_int_equal(p[1].status, 0);
    assert_string_equal(b->fatal, "");
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
            assert_string_equal(p[i].in.problem.detail, "scripted failure");
            assert_true(p[i].in.problem.retry_after_s > 0 && p[i].in.problem.hint[0] != '\0');
        }
        assert_int_equal(late.in.problem.type, PROBLEM_UNAVAILABLE); /* it was never tried */
        assert_string_equal(b->fatal, "scripted failure");
        assert_int_equal(blocks(b), 0);
        bench_down(state);
        bench_up(state);
        b = *state;
    }
}

/* --- reading, catching up --- */

/* Two intents, one of which needs a row that is there. */
static void read_needs(struct bench *b, const char *calls)
{
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
    assert_string_equal(fake_trace(b->store), calls);
    assert_true(p[0].saw);
    assert_false(p[1].saw);
}

static void test_reads_what_intents_need(void **state)
{
    read_needs(*state, "egc"); /* all keys in one call */
}

static void test_reads_it_on_the_way_in(void **state)
{
    struct bench *b = *state;
    fake_read_ahead(b->store);
    read_needs(b, "ec");
}

static void catch_up(struct bench *b)
{
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

static void test_catches_up_first(void **state)
{
    struct bench *b = *state;
    catch_up(b);
    assert_string_equal(fake_trace(b->store), "ecegceaegc");
}

/* What was read for a state that others have left behind is asked for again. */
static void test_reads_again_what_others_changed(void **state)
{
    struct bench *b = *state;
    fake_read_ahead(b->store);
    catch_up(b);
    assert_string_equal(fake_trace(b->store), "ecegceaec");
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
#define GATE(f) cmocka_unit_test_setup_teardown(f, bench_up, bench_down)
    const struct CMUnitTest tests[] = {
        GATE(test_one_batch),
        GATE(test_guards),
        GATE(test_nothing_is_said_before_it_is_durable),
        GATE(test_who_comes_meanwhile_waits_for_the_next_batch),
        GATE(test_the_next_batch_goes_on_beside_the_answers),
        GATE(test_people_before_bulk),
        GATE(test_refused_leaves_nothing),
        GATE(test_batch_without_rows),
        GATE(test_too_many_rows),
        GATE(test_no_space),
        GATE(test_definite_failure),
        GATE(test_alone_before_others),
        GATE(test_read_fails),
        GATE(test_enter_fails), GATE(test_what_is_needed_is_damaged),
        GATE(test_outcome_unknown),
        GATE(test_reads_what_intents_need),
        GATE(test_reads_it_on_the_way_in),
        GATE(test_catches_up_first),
        GATE(test_reads_again_what_others_changed),
        GATE(test_volatile_changes_make_no_revision),
        GATE(test_log_rows),
        GATE(test_close),
        GATE(test_close_with_some_left_alone),
        GATE(test_crowd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
