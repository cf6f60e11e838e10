/* archive_test.c - configurations kept: one row a state, sealed, bound to it, opened under a new key, given up by policy.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "site.h"

#include "archive/archive_p.h"
#include "base/clock.h"
#include "vault/vault_p.h"

#define CLEAR  "canary-in-the-mine"
#define MASKED "password *****\n"

struct bench {
    struct site *site;
    struct vault *vault;
    struct archive *archive;
    char dir[64], file[96];
    int64_t server;
    int status;
    char message[256];
    struct strbuf text;
};

static int credential(void *user, const char *name, uint8_t *buf, size_t cap)
{
    (void)user;
    (void)name;
    (void)buf;
    (void)cap;
    return IPAM_E_NOENT;
}

static void no_uses(void *user, void (*each)(void *, struct ipam_str, const char *), void *each_user)
{
    (void)user;
    (void)each;
    (void)each_user;
}

static void archive_up(struct bench *b, const char *key_file)
{
    b->vault = vault_new(&(struct vault_config){ .loop = b->site->loop,
                                                 .state = b->site->state,
                                                 .gate = b->site->gate,
                                                 .jobs = b->site->jobs,
                                                 .file = key_file,
                                                 .credential = credential,
                                                 .uses = no_uses });
    b->archive =
        archive_new(&(struct archive_config){ b->site->state, b->site->store, b->site->gate, b->vault });
}

static void archive_down(struct bench *b)
{
    archive_free(b->archive);
    vault_free(b->vault);
}

static int setup(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));
    site_setup((void **)&b->site);
    snprintf(b->dir, sizeof(b->dir), "/tmp/ipam-archive-XXXXXX");
    assert_non_null(mkdtemp(b->dir));
    snprintf(b->file, sizeof(b->file), "%s/master.key", b->dir);
    strbuf_init(&b->text, 1u << 26);
    b->server = site_server(b->site, "dhcp1", true);
    *fake_clock(b->site->store) = clock_wall_ms();
    archive_up(b, b->file);
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;
    char command[128];
    archive_down(b);
    site_teardown((void **)&b->site);
    strbuf_fini(&b->text);
    snprintf(command, sizeof(command), "rm -r %s", b->dir);
    assert_int_equal(system(command), 0);
    free(b);
    return 0;
}

/* --- keeping and reading --- */

static void on_done(void *user, int status, const char *message)
{
    struct bench *b = user;
    b->status = status;
    snprintf(b->message, sizeof(b->message), "%s", message);
}

static void take(struct archive_visit *v, const char *part, const char *token, int64_t seq,
                 struct ipam_str text, const char *shown)
{
    struct ipam_config_text row;
    record_init(&row, IPAM_T_CONFIG_TEXT);
    RECORD_SET(&row, IPAM_CONFIG_TEXT_PART, part, str_from(part));
    RECORD_SET(&row, IPAM_CONFIG_TEXT_SEQ, seq, seq);
    if (token != NULL)
        RECORD_SET(&row, IPAM_CONFIG_TEXT_TOKEN, token, str_from(token));
    RECORD_SET(&row, IPAM_CONFIG_TEXT_TEXT, text, text);
    if (shown != NULL)
        RECORD_SET(&row, IPAM_CONFIG_TEXT_SHOWN, shown, str_from(shown));
    archive_take(v, &row);
}

static void end(struct bench *b, struct archive_visit *v, const char *token, bool complete)
{
    *fake_clock(b->site->store) += 1000;
    b->status = 1;
    archive_end(v, str_from(token), complete, on_done, b);
    fake_spin(b->site->loop);
}

/* The server is seen with this text as its part v4. */
static void see(struct bench *b, const char *token, const char *text, const char *shown)
{
    struct archive_visit *v = archive_begin(b->archive, b->server);
    take(v, "v4", token, 0, str_from(text), shown);
    end(b, v, token, true);
    assert_int_equal(b->status, 0);
}

/* The n-th row, counted from 0. */
static const struct ipam_server_config *kept(const struct bench *b, unsigned n)
{
    const struct ipam_server_config *c = fake_next(b->site->store, IPAM_T_SERVER_CONFIG, 0);
    while (n-- > 0 && c != NULL)
        c = fake_next(b->site->store, IPAM_T_SERVER_CONFIG, c->id);
    assert_non_null(c);
    return c;
}

static void on_text(void *user, int status, const char *message, struct ipam_str text)
{
    struct bench *b = user;
    on_done(b, status, message);
    strbuf_reset(&b->text);
    strbuf_addstr(&b->text, text);
    strbuf_putc(&b->text, '\0');
}

static int look(struct bench *b, const struct ipam_server_config *of, bool whole)
{
    b->status = 1;
    archive_read(b->archive, of, whole, on_text, b);
    fake_spin(b->site->loop);
    return b->status;
}

static void assert_text(struct bench *b, const struct ipam_server_config *of, bool whole, const char *wanted)
{
    assert_int_equal(look(b, of, whole), 0);
    assert_string_equal(b->text.data, wanted);
}

#define COUNT(b, T) fake_count((b)->site->store, IPAM_T_##T)

static void test_each_state_is_one_row(void **state)
{
    struct bench *b = *state;
    see(b, "one", "text one\n", NULL);
    assert_true(archive_has(b->archive, b->server, IPAM_STR("one")));
    int64_t head = fake_head(b->site->store);
    see(b, "one", "text one\n", NULL);
    assert_int_equal(fake_head(b->site->store), head); /* seen again: nothing is written */
    see(b, "two", "text two\n", NULL);
    see(b, "one", "text one\n", NULL); /* as it was before the last: a state of its own */
    assert_int_equal(COUNT(b, SERVER_CONFIG), 3);
    for (unsigned n = 0; n < 3; n++) {
        const struct ipam_server_config *c = kept(b, n);
        assert_int_equal(record_has(c, IPAM_SERVER_CONFIG_UNTIL), n < 2);
        assert_true(n == 2 || c->until == kept(b, n + 1)->first_seen);
        assert_true(str_is(c->token, n == 1 ? "two" : "one"));
        assert_text(b, c, true, n == 1 ? "text two\n" : "text one\n");
        assert_text(b, c, false, n == 1 ? "text two\n" : "text one\n");
    }
    assert_false(archive_has(b->archive, b->server, IPAM_STR("two")));
}

static void test_parts_are_kept_apart(void **state)
{
    struct bench *b = *state;
    struct archive_visit *v = archive_begin(b->archive, b->server);
    take(v, "v4", "4a", 0, IPAM_STR("four"), NULL);
    take(v, "v6", "6a", 0, IPAM_STR("six"), NULL);
    end(b, v, "4a 6a", true);
    v = archive_begin(b->archive, b->server); /* one of them was read alone: the other is not gone */
    take(v, "v4", "4b", 0, IPAM_STR("four b"), NULL);
    end(b, v, "4b", false);
    assert_int_equal(COUNT(b, SERVER_CONFIG), 3);
    assert_false(record_has(kept(b, 1), IPAM_SERVER_CONFIG_UNTIL));
    see(b, "4b", "four b", NULL); /* all was read, and it is not there */
    assert_int_equal(COUNT(b, SERVER_CONFIG), 3);
    assert_true(record_has(kept(b, 1), IPAM_SERVER_CONFIG_UNTIL));
    assert_false(record_has(kept(b, 2), IPAM_SERVER_CONFIG_UNTIL));
}

static void test_secrets_are_sealed_and_masked(void **state)
{
    struct bench *b = *state;
    struct strbuf packed;
    const void *row;
    see(b, "one", "password " CLEAR "\n", MASKED);
    assert_text(b, kept(b, 0), false, MASKED);
    assert_text(b, kept(b, 0), true, "password " CLEAR "\n");
    /* Neither as it is nor compressed: what is not sealed opens to what is shown. */
    strbuf_init(&packed, 1u << 20);
    for (int64_t at = 0; (row = fake_next(b->site->store, IPAM_T_CONFIG_PIECE, at)) != NULL;) {
        const struct ipam_config_piece *p = row;
        at = p->id;
        strbuf_add(&packed, p->body.data, p->body.len);
        assert_int_equal(squeeze_undo(p->body, &packed) == 0, p->text == IPAM_CONFIG_PIECE_TEXT_SHOWN);
        assert_int_equal(record_has(p, IPAM_CONFIG_PIECE_WRAPPED), p->text == IPAM_CONFIG_PIECE_TEXT_WHOLE);
    }
    for (size_t i = 0; i < fake_log_count(b->site->store); i++) {
        int64_t rev, time;
        struct ipam_bytes log = fake_log(b->site->store, i, &rev, &time);
        strbuf_add(&packed, log.data, log.len);
    }
    assert_true(packed.len > 100);
    assert_null(memmem(packed.data, packed.len, CLEAR, 6));
    strbuf_fini(&packed);
}

/* Of several pieces as they come, and of several as they are stored. */
static void test_a_large_text_is_kept_whole(void **state)
{
    struct bench *b = *state;
    unsigned seed = 7;
    struct strbuf text;
    struct archive_visit *v = archive_begin(b->archive, b->server);
    strbuf_init(&text, 1u << 24);
    for (unsigned i = 0; i < 400000; i++)
        strbuf_printf(&text, "%x", (unsigned)rand_r(&seed) & 15);
    for (size_t at = 0; at < text.len; at += 50000)
        take(v, "v4", at == 0 ? "one" : NULL, (int64_t)(at / 50000),
             (struct ipam_str){ text.data + at, 50000 }, NULL);
    end(b, v, "one", true);
    assert_int_equal(b->status, 0);
    assert_int_equal(kept(b, 0)->bytes, 400000);
    assert_true(COUNT(b, CONFIG_PIECE) >= 4);
    assert_text(b, kept(b, 0), true, text.data);
    assert_text(b, kept(b, 0), false, text.data);
    strbuf_fini(&text);
}

/* A provider that does not count well: what it said is no configuration that could be restored. */
static void test_pieces_that_do_not_fit_are_not_kept(void **state)
{
    struct bench *b = *state;
    struct archive_visit *v = archive_begin(b->archive, b->server);
    take(v, "v4", "one", 0, IPAM_STR("begin "), NULL);
    take(v, "v4", NULL, 2, IPAM_STR("end"), NULL);
    end(b, v, "one", true);
    assert_int_equal(b->status, 0);
    assert_int_equal(COUNT(b, SERVER_CONFIG), 0);
}

/* --- somebody writes into the database --- */

static const struct ipam_config_piece *sealed_piece(const struct bench *b,
                                                    const struct ipam_server_config *of)
{
    const struct ipam_config_piece *p = fake_next(b->site->store, IPAM_T_CONFIG_PIECE, 0);
    while (p != NULL && (p->config != of->id || p->text != IPAM_CONFIG_PIECE_TEXT_WHOLE))
        p = fake_next(b->site->store, IPAM_T_CONFIG_PIECE, p->id);
    assert_non_null(p);
    return p;
}

static void test_exchanged_pieces_are_refused(void **state)
{
    struct bench *b = *state;
    see(b, "one", "text one\n", NULL);
    see(b, "two", "text two\n", NULL);
    struct ipam_config_piece *first = record_clone(sealed_piece(b, kept(b, 0))),
                             *second = record_clone(sealed_piece(b, kept(b, 1)));
    struct ipam_config_piece mixed = *first;
    mixed.body = second->body;
    mixed.wrapped = second->wrapped;
    fake_keep(b->site->store, &mixed);
    assert_int_equal(look(b, kept(b, 0), true), IPAM_E_INVAL);
    assert_non_null(strstr(b->message, "somebody changed"));
    fake_keep(b->site->store, first);
    assert_text(b, kept(b, 0), true, "text one\n");
    /* Or the row says that it was another's, or of another time. */
    struct ipam_server_config *row = record_clone(kept(b, 0));
    row->first_seen++;
    fake_keep(b->site->store, row);
    assert_int_equal(look(b, kept(b, 0), true), IPAM_E_INVAL);
    row->first_seen--;
    row->token = IPAM_STR("two");
    fake_keep(b->site->store, row);
    assert_int_equal(look(b, kept(b, 0), true), IPAM_E_INVAL);
    free(row);
    free(first);
    free(second);
}

/* --- keys --- */

static void on_rotated(void *user, int64_t job, const struct problem *problem)
{
    (void)problem;
    *(int64_t *)user = job;
}

static void test_a_new_master_key_takes_it_along(void **state)
{
    static const struct actor actor = { .name = IPAM_STR("test") };
    struct bench *b = *state;
    int64_t job = 0;
    see(b, "one", "text one\n", NULL);
    char former[MASTER_KEY_ID_SIZE];
    snprintf(former, sizeof(former), "%s", b->vault->key);
    vault_rotate(b->vault, &actor, NULL, on_rotated, &job);
    fake_spin(b->site->loop);
    assert_true(job != 0 && strcmp(former, b->vault->key) != 0);
    see(b, "two", "text two\n", NULL);
    archive_down(b);
    archive_up(b, b->file); /* as after a restart: the former master key is gone */
    assert_text(b, kept(b, 0), true, "text one\n");
    assert_text(b, kept(b, 1), true, "text two\n");
    assert_int_equal(COUNT(b, SEAL), 1); /* one key for all */
}

static void test_without_a_master_key_only_what_is_shown_is_kept(void **state)
{
    struct bench *b = *state;
    archive_down(b);
    archive_up(b, NULL);
    see(b, "one", "password " CLEAR "\n", MASKED);
    assert_false(kept(b, 0)->whole);
    assert_text(b, kept(b, 0), false, MASKED);
    assert_int_equal(look(b, kept(b, 0), true), IPAM_E_UNSUPPORTED);
    assert_true(
        archive_has(b->archive, b->server, IPAM_STR("one"))); /* plans need not wait for what cannot be */
}

static void test_a_lost_master_key_is_told(void **state)
{
    struct bench *b = *state;
    char other[128];
    see(b, "one", "text one\n", NULL);
    archive_down(b);
    snprintf(other, sizeof(other), "%s/other.key", b->dir);
    uint8_t key[MASTER_KEY_BYTES];
    char err[KEYFILE_ERR];
    assert_int_equal(keyfile_make(other, key, err), 0);
    archive_up(b, other);
    assert_int_equal(look(b, kept(b, 0), true), IPAM_E_NOENT);
    assert_non_null(strstr(b->message, "master key"));
    see(b, "two", "text two\n", NULL); /* what comes is sealed under the new one */
    assert_text(b, kept(b, 1), true, "text two\n");
    archive_down(b);
    archive_up(b, b->file); /* it was found again */
    assert_text(b, kept(b, 0), true, "text one\n");
}

/* --- giving up --- */

static int64_t plan(struct bench *b, uint32_t state)
{
    struct ipam_plan p;
    record_init(&p, IPAM_T_PLAN);
    RECORD_SET(&p, IPAM_PLAN_SERVER, server, b->server);
    RECORD_SET(&p, IPAM_PLAN_STATE, state, state);
    RECORD_SET(&p, IPAM_PLAN_CREATED, created, *fake_clock(b->site->store) + 10);
    if (state != IPAM_PLAN_STATE_RUNNING)
        RECORD_SET(&p, IPAM_PLAN_FINISHED, finished, *fake_clock(b->site->store) + 20);
    return site_put(b->site, &p);
}

static void see_so_many(struct bench *b, unsigned from, unsigned count)
{
    for (unsigned i = from; i < from + count; i++) {
        char token[16];
        snprintf(token, sizeof(token), "t%u", i);
        see(b, token, token, NULL);
    }
}

static void test_so_many_are_kept(void **state)
{
    struct bench *b = *state;
    archive_policy(b->archive, 3, INT64_C(1) << 50);
    see_so_many(b, 0, 5);
    assert_int_equal(COUNT(b, SERVER_CONFIG), 3);
    assert_int_equal(COUNT(b, CONFIG_PIECE), 6);
    assert_true(str_is(kept(b, 0)->token, "t2"));
}

static void test_the_newest_stays_however_old(void **state)
{
    struct bench *b = *state;
    see_so_many(b, 0, 3);
    archive_policy(b->archive, 100, -1000000);
    archive_prune(b->archive);
    fake_spin(b->site->loop);
    assert_int_equal(COUNT(b, SERVER_CONFIG), 1);
    assert_text(b, kept(b, 0), true, "t2");
}

/* What a server had while a plan was under way that is not proved right, it may have to be given again. */
static void test_what_a_plan_may_need_stays(void **state)
{
    struct bench *b = *state;
    archive_policy(b->archive, 2, INT64_C(1) << 50);
    see_so_many(b, 0, 1);
    int64_t id = plan(b, IPAM_PLAN_STATE_DRIFTED);
    see_so_many(b, 1, 4);
    assert_int_equal(COUNT(b, SERVER_CONFIG), 3);
    assert_true(str_is(kept(b, 0)->token, "t0"));
    struct ipam_plan *p = record_clone(fake_row(b->site->store, IPAM_T_PLAN, id));
    p->state = IPAM_PLAN_STATE_VERIFIED;
    fake_keep(b->site->store, p);
    free(p);
    archive_prune(b->archive);
    fake_spin(b->site->loop);
    assert_int_equal(COUNT(b, SERVER_CONFIG), 2);
}

/* --- storage --- */

static void test_what_is_not_durable_is_not_kept(void **state)
{
    struct bench *b = *state;
    see(b, "one", "text one\n", NULL);
    fake_fail(b->site->store, FAKE_COMMIT, 0, IPAM_E_NOSPC);
    fake_fail(b->site->store, FAKE_COMMIT, 1, IPAM_E_NOSPC);
    struct archive_visit *v = archive_begin(b->archive, b->server);
    take(v, "v4", "two", 0, IPAM_STR("text two\n"), NULL);
    end(b, v, "two", true);
    assert_int_not_equal(b->status, 0);
    assert_false(archive_has(b->archive, b->server, IPAM_STR("two")));
    fake_fail(b->site->store, FAKE_QUERY, 0, IPAM_E_IO);
    assert_int_equal(look(b, kept(b, 0), true), IPAM_E_IO);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest t[] = {
        T(test_each_state_is_one_row),
        T(test_parts_are_kept_apart),
        T(test_secrets_are_sealed_and_masked),
        T(test_a_large_text_is_kept_whole),
        T(test_pieces_that_do_not_fit_are_not_kept),
        T(test_exchanged_pieces_are_refused),
        T(test_a_new_master_key_takes_it_along),
        T(test_without_a_master_key_only_what_is_shown_is_kept),
        T(test_a_lost_master_key_is_told),
        T(test_so_many_are_kept),
        T(test_the_newest_stays_however_old),
        T(test_what_a_plan_may_need_stays),
        T(test_what_is_not_durable_is_not_kept),
    };
    return cmocka_run_group_tests(t, NULL, NULL);
}
