/* vault_test.c - stored secrets: only ciphertext is kept, exchanged rows are refused, a new master key takes all over.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store_fake.h"

#include "base/container.h"
#include "vault/vault_p.h"

#define CLEAR "canary-in-the-mine"

struct bench {
    struct loop *loop;
    struct store *store;
    struct state *state;
    struct gate *gate;
    struct jobs *jobs;
    struct vault *vault;
    char dir[64], file[96];
    const char *credential; /* what the service has by the name "given" */
    const char *used;       /* a secret that the configuration names */
    unsigned closed, changed;
};

/* One change. */
struct change {
    struct intent intent; /* first: cast back */
    struct bench *b;
    const char *name, *value; /* value NULL: it is deleted */
    void *rec;                /* a row that is put as it is */
    int status;
};

static void on_fatal(void *user, const char *message)
{
    (void)user;
    fail_msg("%s", message);
}

static int credential(void *user, const char *name, uint8_t *buf, size_t cap)
{
    const struct bench *b = user;
    if (b->credential == NULL || strcmp(name, "given") != 0)
        return IPAM_E_NOENT;
    assert_true(strlen(b->credential) <= cap);
    memcpy(buf, b->credential, strlen(b->credential));
    return (int)strlen(b->credential);
}

static void uses(void *user, void (*each)(void *, struct ipam_str, const char *), void *each_user)
{
    const struct bench *b = user;
    if (b->used != NULL)
        each(each_user, str_from(b->used), "profile site");
}

static void on_changed(void *user, struct ipam_str secret)
{
    (void)secret;
    ((struct bench *)user)->changed++;
}

static void vault_up(struct bench *b, const char *file)
{
    b->vault = vault_new(&(struct vault_config){ .loop = b->loop,
                                                 .state = b->state,
                                                 .gate = b->gate,
                                                 .jobs = b->jobs,
                                                 .file = file,
                                                 .credential = credential,
                                                 .uses = uses,
                                                 .changed = on_changed,
                                                 .user = b });
}

static int setup(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));
    snprintf(b->dir, sizeof(b->dir), "/tmp/ipam-vault-XXXXXX");
    assert_non_null(mkdtemp(b->dir));
    snprintf(b->file, sizeof(b->file), "%s/master.key", b->dir);
    b->loop = loop_new();
    b->store = fake_store_new(b->loop);
    b->state = state_new();
    b->gate = gate_new(b->loop, b->state, b->store, on_fatal, b);
    b->jobs = jobs_new(b->gate);
    vault_up(b, b->file);
    *state = b;
    return 0;
}

static void on_closed(void *user)
{
    ++*(unsigned *)user;
}

static int teardown(void **state)
{
    struct bench *b = *state;
    char command[128];
    gate_close(b->gate, on_closed, &b->closed);
    fake_spin(b->loop);
    assert_int_equal(b->closed, 1);
    vault_free(b->vault);
    jobs_free(b->jobs);
    fake_store_free(b->store);
    state_free(b->state);
    loop_stop(b->loop);
    loop_run(b->loop);
    loop_free(b->loop);
    snprintf(command, sizeof(command), "rm -r %s", b->dir);
    assert_int_equal(system(command), 0);
    free(b);
    return 0;
}

static int decide(struct intent *in, struct draft *d)
{
    struct change *c = (struct change *)in;
    const struct view *v = draft_view(d);
    const struct ipam_secret *made;
    if (c->rec != NULL) {
        draft_put(d, c->rec);
        return 0;
    }
    if (c->value != NULL)
        return vault_put(c->b->vault, d, str_from(c->name),
                         (struct ipam_bytes){ (const uint8_t *)c->value, strlen(c->value) }, &in->problem,
                         &made);
    return vault_delete(c->b->vault, d,
                        view_get(v, IPAM_T_SECRET, view_by_name(v, IPAM_T_SECRET, str_from(c->name))),
                        &in->problem);
}

static void on_settled(struct intent *in, int status)
{
    ((struct change *)in)->status = status;
}

static void submit(struct bench *b, struct change *c)
{
    c->b = b;
    c->status = 1;
    c->intent.operation = "system.secret.write";
    c->intent.decide = decide;
    c->intent.settled = on_settled;
    gate_submit(b->gate, &c->intent);
}

static void put(struct bench *b, const char *name, const char *value)
{
    struct change c = { .name = name, .value = value };
    submit(b, &c);
    fake_spin(b->loop);
    assert_int_equal(c.status, 0);
}

static int look(struct bench *b, const char *name, char *ret)
{
    uint8_t buf[SECRET_BYTES_MAX];
    int len = vault_lookup(b->vault, name, buf, sizeof(buf));
    if (len >= 0) {
        memcpy(ret, buf, (size_t)len);
        ret[len] = '\0';
    }
    return len;
}

static void assert_opens(struct bench *b, const char *name, const char *value)
{
    char text[256];
    assert_int_equal(look(b, name, text), strlen(value));
    assert_string_equal(text, value);
}

static const struct ipam_seal *seal(const struct bench *b, int64_t after)
{
    return state_next(b->state, IPAM_T_SEAL, after);
}

/* --- */

static void test_only_ciphertext_is_kept(void **state)
{
    struct bench *b = *state;
    struct strbuf packed;
    const void *row;
    put(b, "kea", CLEAR);
    assert_opens(b, "kea", CLEAR);
    strbuf_init(&packed, 1u << 20);
    for (uint32_t type = 1; type < 64; type++)
        for (int64_t after = 0; (row = fake_next(b->store, type, after)) != NULL; after++)
            assert_int_equal(record_pack(row, NULL, &packed), 0);
    for (size_t i = 0; i < fake_log_count(b->store); i++) {
        int64_t rev, time;
        struct ipam_bytes log = fake_log(b->store, i, &rev, &time);
        strbuf_add(&packed, log.data, log.len);
    }
    assert_true(packed.len > 100);
    assert_null(memmem(packed.data, packed.len, CLEAR, 6));
    strbuf_fini(&packed);
    assert_int_equal(fake_log_count(b->store), 1); /* that it was written is told */
}

static void test_a_new_value_is_a_new_version(void **state)
{
    struct bench *b = *state;
    put(b, "kea", "one");
    put(b, "kea", "two");
    assert_opens(b, "kea", "two");
    const struct ipam_secret *s = state_next(b->state, IPAM_T_SECRET, 0);
    assert_int_equal(s->version, 2);
    assert_int_equal(fake_count(b->store, IPAM_T_SEAL), 1); /* of the first nothing is left */
}

static void test_a_credential_comes_first(void **state)
{
    struct bench *b = *state;
    char text[64];
    put(b, "given", "stored");
    assert_opens(b, "given", "stored");
    b->credential = "of the service";
    assert_opens(b, "given", "of the service");
    assert_int_equal(look(b, "absent", text), IPAM_E_NOENT);
    assert_int_equal(look(b, VAULT_KEY, text), IPAM_E_NOENT);
}

/* Whoever can write the database exchanges the ciphertexts of two secrets. */
static void test_exchanged_rows_are_refused(void **state)
{
    struct bench *b = *state;
    char text[64];
    put(b, "one", "first secret");
    put(b, "two", "second secret");
    struct ipam_seal *first = record_clone(seal(b, 0)), *second = record_clone(seal(b, seal(b, 0)->id));
    struct ipam_seal mixed = *first;
    mixed.body = second->body;
    mixed.wrapped = second->wrapped;
    state_put(b->state, NULL, &mixed);
    assert_int_equal(look(b, "one", text), IPAM_E_PROTO);
    assert_opens(b, "two", "second secret");
    mixed.wrapped = first->wrapped; /* or only a half of it */
    state_put(b->state, NULL, &mixed);
    assert_int_equal(look(b, "one", text), IPAM_E_PROTO);
    mixed = *second; /* or where each belongs */
    mixed.id = first->id;
    mixed.place = first->place;
    state_put(b->state, NULL, &mixed);
    assert_int_equal(look(b, "one", text), IPAM_E_PROTO);
    struct arena a;
    arena_init(&a, 0);
    const struct ipam_master_key *m = vault_report(b->vault, &a);
    assert_int_equal(m->dead.count, 1);
    assert_true(str_is(m->dead.items[0], "one"));
    assert_int_equal(m->state, IPAM_MASTER_KEY_STATE_READY);
    arena_fini(&a);
    free(first);
    free(second);
}

static void test_a_former_value_is_refused(void **state)
{
    struct bench *b = *state;
    char text[64];
    put(b, "kea", "stolen long ago");
    struct ipam_seal *old = record_clone(seal(b, 0));
    put(b, "kea", "exchanged since");
    state_put(b->state, NULL, old);
    assert_int_equal(look(b, "kea", text), IPAM_E_PROTO);
    free(old);
}

static void test_without_a_key_nothing_is_taken(void **state)
{
    struct bench *b = *state;
    struct change c = { .name = "kea", .value = "x" };
    vault_free(b->vault);
    vault_up(b, NULL);
    submit(b, &c);
    fake_spin(b->loop);
    assert_int_equal(c.intent.problem.type, PROBLEM_UNSUPPORTED);
    assert_non_null(strstr(c.intent.problem.detail, "without a master key"));
    assert_non_null(strstr(c.intent.problem.hint, "master_key"));
}

/* The file is gone, or another's: nothing is made in its place, and what cannot be read is named. */
static void test_a_lost_key_is_not_made_anew(void **state)
{
    struct bench *b = *state;
    char aside[112], text[64];
    uint8_t key[MASTER_KEY_BYTES];
    struct arena a;
    arena_init(&a, 0);
    put(b, "kea", "x");
    vault_free(b->vault);
    snprintf(aside, sizeof(aside), "%s.aside", b->file);
    assert_int_equal(rename(b->file, aside), 0);
    vault_up(b, b->file);
    assert_int_equal(access(b->file, F_OK), -1);
    assert_int_equal(look(b, "kea", text), IPAM_E_ACCESS);
    assert_int_equal(vault_report(b->vault, &a)->state, IPAM_MASTER_KEY_STATE_MISSING);
    vault_free(b->vault);
    assert_int_equal(keyfile_make(b->file, key, (char[KEYFILE_ERR]){ 0 }), 0);
    vault_up(b, b->file);
    assert_int_equal(look(b, "kea", text), IPAM_E_ACCESS);
    const struct ipam_master_key *m = vault_report(b->vault, &a);
    assert_int_equal(m->state, IPAM_MASTER_KEY_STATE_WRONG);
    assert_int_equal(m->dead.count, 1);
    put(b, "new", "y"); /* the new key is good for what is new */
    vault_free(b->vault);
    assert_int_equal(rename(aside, b->file), 0);
    vault_up(b, b->file);
    assert_opens(b, "kea", "x");
    arena_fini(&a);
}

static void test_a_key_that_others_read_is_not_used(void **state)
{
    struct bench *b = *state;
    struct arena a;
    arena_init(&a, 0);
    vault_free(b->vault);
    assert_int_equal(chmod(b->file, 0644), 0);
    vault_up(b, b->file);
    const struct ipam_master_key *m = vault_report(b->vault, &a);
    assert_int_equal(m->state, IPAM_MASTER_KEY_STATE_UNUSABLE);
    assert_non_null(memmem(m->message.data, m->message.len, "chmod 600", 9));
    arena_fini(&a);
}

static void test_what_is_used_is_not_deleted(void **state)
{
    struct bench *b = *state;
    struct change c = { .name = "kea" };
    put(b, "kea", "x");
    b->used = "kea";
    submit(b, &c);
    fake_spin(b->loop);
    assert_int_equal(c.intent.problem.type, PROBLEM_IN_USE);
    assert_non_null(strstr(c.intent.problem.detail, "profile site"));
    b->used = "another";
    c = (struct change){ .name = "kea" };
    submit(b, &c);
    fake_spin(b->loop);
    assert_int_equal(c.status, 0);
    assert_int_equal(fake_count(b->store, IPAM_T_SECRET), 0);
    assert_int_equal(fake_count(b->store, IPAM_T_SEAL), 0);
}

/* --- a new master key --- */

static void on_rotating(void *user, int64_t job, const struct problem *problem)
{
    *(int64_t *)user = job;
    assert_true((job == 0) == (problem != NULL));
}

static void rotate(struct bench *b, int64_t *ret_job)
{
    static const struct actor actor = { .name = IPAM_STR("token:admin") };
    *ret_job = -1;
    vault_rotate(b->vault, &actor, NULL, on_rotating, ret_job);
}

static unsigned under(const struct bench *b, const char *key)
{
    unsigned n = 0;
    for (const struct ipam_seal *s = NULL; (s = seal(b, s != NULL ? s->id : 0)) != NULL;)
        n += (unsigned)(str_is(s->key, key) != 0);
    return n;
}

static void fill(struct bench *b, unsigned count)
{
    char name[32];
    for (unsigned i = 0; i < count; i++) {
        snprintf(name, sizeof(name), "secret-%u", i);
        put(b, name, name);
    }
}

static void assert_all_open(struct bench *b, unsigned count)
{
    char name[32];
    for (unsigned i = 0; i < count; i++) {
        snprintf(name, sizeof(name), "secret-%u", i);
        assert_opens(b, name, name);
    }
}

static void test_all_are_put_under_a_new_key(void **state)
{
    struct bench *b = *state;
    char old[MASTER_KEY_ID_SIZE], path[160];
    int64_t job, head;
    fill(b, 150);
    memcpy(old, b->vault->key, sizeof(old));
    head = fake_head(b->store);
    rotate(b, &job);
    fake_spin(b->loop);
    assert_true(job > 0);
    const struct ipam_job *j = fake_row(b->store, IPAM_T_JOB, job);
    assert_int_equal(j->state, IPAM_JOB_STATE_DONE);
    assert_int_equal(j->done, 150);
    snprintf(path, sizeof(path), "%s.%s.old", b->file, old);
    assert_non_null(memmem(j->message.data, j->message.len, path, strlen(path))); /* to be removed */
    assert_string_not_equal(b->vault->key, old);
    assert_int_equal(under(b, b->vault->key), 150);
    assert_int_equal(fake_head(b->store), head); /* no secret is another */
    assert_all_open(b, 150);
    vault_free(b->vault); /* the old key is in none but its own file any more */
    assert_int_equal(unlink(path), 0);
    vault_up(b, b->file);
    assert_all_open(b, 150);
}

static void hold_commits(void *user, int64_t job, const struct problem *problem)
{
    struct bench *b = user;
    (void)problem;
    assert_true(job > 0);
    fake_hold(b->store, FAKE_COMMIT, true);
}

static void test_writes_and_reads_go_on_meanwhile(void **state)
{
    struct bench *b = *state;
    struct change c = { .name = "secret-3", .value = "written meanwhile" };
    static const struct actor actor = { .name = IPAM_STR("token:admin") };
    fill(b, 100);
    vault_rotate(b->vault, &actor, NULL, hold_commits, b);
    fake_spin(b->loop);
    assert_true(fake_held(b->store)); /* the first piece */
    submit(b, &c);
    assert_opens(b, "secret-9", "secret-9");
    fake_hold(b->store, FAKE_COMMIT, false);
    fake_go(b->store);
    fake_spin(b->loop);
    assert_int_equal(c.status, 0);
    assert_opens(b, "secret-3", "written meanwhile");
    assert_int_equal(under(b, b->vault->key), 100);
}

/* A crash after any number of pieces: a new start has both keys, and goes on. */
static void test_a_start_goes_on_with_it(void **state)
{
    struct bench *b = *state;
    int64_t job;
    fill(b, 200);
    fake_fail(b->store, FAKE_COMMIT, 2, IPAM_E_AGAIN); /* the record, a piece, then no more */
    rotate(b, &job);
    fake_spin(b->loop);
    assert_int_equal(((const struct ipam_job *)fake_row(b->store, IPAM_T_JOB, job))->state,
                     IPAM_JOB_STATE_FAILED);
    unsigned before = under(b, b->vault->key);
    assert_true(before > 0 && before < 200);
    assert_all_open(b, 200);
    vault_free(b->vault);
    vault_up(b, b->file);
    assert_all_open(b, 200);
    vault_start(b->vault);
    fake_spin(b->loop);
    assert_int_equal(under(b, b->vault->key), 200);
    assert_string_equal(b->vault->next, "");
    assert_all_open(b, 200);
}

static void test_one_at_a_time(void **state)
{
    struct bench *b = *state;
    int64_t first, second;
    fill(b, 1);
    rotate(b, &first);
    rotate(b, &second);
    assert_int_equal(second, 0);
    fake_spin(b->loop);
    assert_true(first > 0);
}

/* Secrets of records that no surface writes yet: what a driver says of them goes nowhere. */
static void test_no_other_record_keeps_a_secret(void **state)
{
    struct bench *b = *state;
    struct ipam_failover f;
    record_init(&f, IPAM_T_FAILOVER);
    RECORD_SET(&f, IPAM_FAILOVER_NAME, name, IPAM_STR("pair"));
    RECORD_SET(&f, IPAM_FAILOVER_SECRET, secret,
               ((struct ipam_bytes){ (const uint8_t *)CLEAR, strlen(CLEAR) }));
    struct change c = { .rec = &f };
    submit(b, &c);
    fake_spin(b->loop);
    assert_int_equal(c.status, 0);
    const struct ipam_failover *kept = state_next(b->state, IPAM_T_FAILOVER, 0);
    assert_true(str_is(kept->name, "pair"));
    assert_false(record_has(kept, IPAM_FAILOVER_SECRET));
    assert_false(record_has(fake_row(b->store, IPAM_T_FAILOVER, kept->id), IPAM_FAILOVER_SECRET));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_only_ciphertext_is_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_new_value_is_a_new_version, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_credential_comes_first, setup, teardown),
        cmocka_unit_test_setup_teardown(test_exchanged_rows_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_former_value_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_without_a_key_nothing_is_taken, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_lost_key_is_not_made_anew, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_key_that_others_read_is_not_used, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_used_is_not_deleted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_all_are_put_under_a_new_key, setup, teardown),
        cmocka_unit_test_setup_teardown(test_writes_and_reads_go_on_meanwhile, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_start_goes_on_with_it, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_at_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_other_record_keeps_a_secret, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
