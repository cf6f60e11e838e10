/* null_audit_test.c - null-audit: streams, bookmarks, what is lost, and a call that listens while others poll.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "null_host.h"

#include <pthread.h>
#include <time.h>

static struct ipam_inst inst;
static struct ipam_req req;

static void start(const struct option_pair *options)
{
    inst_start(&inst, options);
    req_init(&req, &inst);
}

static void stop(void)
{
    req_free(&req);
    inst_close(&inst);
}

static struct ipam_event_read args_of(const char *stream, const char *bookmark, int64_t limit)
{
    struct ipam_event_read args;

    record_init(&args, IPAM_T_EVENT_READ);
    RECORD_SET(&args, IPAM_EVENT_READ_STREAM, stream, STR(stream));
    if (bookmark)
        RECORD_SET(&args, IPAM_EVENT_READ_BOOKMARK, bookmark, STR(bookmark));
    if (limit)
        RECORD_SET(&args, IPAM_EVENT_READ_LIMIT, limit, limit);
    return args;
}

static void poll_events(const char *stream, const char *bookmark, int64_t limit)
{
    struct ipam_event_read args = args_of(stream, bookmark, limit);

    req_free(&req);
    inst.plugin->audit->poll(inst.ctx, &req, &args);
}

static const struct ipam_event *event(size_t n)
{
    return req_row(&req, IPAM_T_EVENT, n);
}

static void test_events_are_read_in_order_from_bookmark_to_bookmark(void **state)
{
    char bookmark[256];
    size_t total = 4;

    (void)state;
    start((struct option_pair[]){ { "events", "10" }, { NULL, NULL } });
    poll_events("lease", NULL, 4);
    req_ended(&req, IPAM_OK);
    assert_int_equal(req.count, 4);
    assert_str(event(0)->bookmark, "1");
    assert_str(event(3)->bookmark, "4");
    assert_string_equal(req.cursor, "4");
    while (req.count) {
        snprintf(bookmark, sizeof(bookmark), "%s", req.cursor);
        poll_events("lease", bookmark, 4);
        req_ended(&req, IPAM_OK);
        total += req.count;
    }
    assert_int_equal(total, 10);
    assert_string_equal(req.cursor, "10"); /* still a place to go on from */
    stop();
}

static void test_streams_say_what_they_hold(void **state)
{
    (void)state;
    start((struct option_pair[]){
        { "events", "10" }, { "keep", "4" }, { "streams", "lease;logon" }, { NULL, NULL } });
    inst.plugin->audit->streams(inst.ctx, &req);
    req_ended(&req, IPAM_OK);
    assert_int_equal(req.count, 2);
    const struct ipam_event_stream *s = req_row(&req, IPAM_T_EVENT_STREAM, 1);
    assert_str(s->stream, "logon");
    assert_str(s->kinds.items[0], "logon");
    assert_str(s->oldest, "7");
    assert_str(s->newest, "10");
    assert_true(s->listen);
    poll_events("config", NULL, 0);
    req_ended(&req, IPAM_E_NOENT);
    poll_events("logon", NULL, 0);
    assert_int_equal(req.count, 4);
    assert_int_equal(event(0)->kind, IPAM_EVENT_KIND_LOGON);
    stop();
}

static void test_what_was_lost_is_told_and_where_to_go_on(void **state)
{
    char cursor[256];

    (void)state;
    start((struct option_pair[]){ { "events", "10" }, { "keep", "4" }, { NULL, NULL } });
    poll_events("lease", "3", 0);
    req_ended(&req, IPAM_E_GONE);
    assert_string_equal(req.cursor, "6");
    snprintf(cursor, sizeof(cursor), "%s", req.cursor);
    poll_events("lease", cursor, 0);
    req_ended(&req, IPAM_OK);
    assert_int_equal(req.count, 4);
    poll_events("lease", "11", 0); /* of a source that began anew */
    req_ended(&req, IPAM_E_GONE);
    poll_events("lease", "x", 0);
    req_ended(&req, IPAM_E_INVAL);
    stop();
}

static void test_what_was_acknowledged_is_forgotten(void **state)
{
    struct ipam_event_read args = args_of("lease", "6", 0);

    (void)state;
    start((struct option_pair[]){ { "events", "10" }, { NULL, NULL } });
    inst.plugin->audit->ack(inst.ctx, &req, &args);
    req_ended(&req, IPAM_OK);
    poll_events("lease", NULL, 0);
    assert_int_equal(req.count, 4);
    assert_str(event(0)->bookmark, "7");
    poll_events("config", NULL, 0);
    assert_int_equal(req.count, 10);
    args = args_of("lease", NULL, 0);
    req_free(&req);
    inst.plugin->audit->ack(inst.ctx, &req, &args);
    req_ended(&req, IPAM_E_INVAL);
    stop();
}

static void test_only_the_kinds_wanted_come_and_the_cursor_moves(void **state)
{
    struct ipam_str kind = STR("config");
    struct ipam_event_read args = args_of("lease", NULL, 0);

    (void)state;
    start((struct option_pair[]){ { "events", "10" }, { NULL, NULL } });
    RECORD_SET(&args, IPAM_EVENT_READ_KINDS, kinds, ((struct ipam_strs){ &kind, 1 }));
    inst.plugin->audit->poll(inst.ctx, &req, &args);
    req_ended(&req, IPAM_OK);
    assert_int_equal(req.count, 0);
    assert_string_equal(req.cursor, "10");
    stop();
}

static atomic_size_t heard;

static void count_heard(struct ipam_req *r)
{
    (void)r;
    heard++;
}

static void *listen_along(void *user)
{
    struct ipam_req *mine = user;
    struct ipam_event_read args = args_of("lease", "8", 0);

    inst.plugin->audit->listen(inst.ctx, mine, &args);
    return NULL;
}

static void test_events_come_to_who_listens_until_he_is_cancelled(void **state)
{
    struct timespec ts = { .tv_nsec = 5000000 };
    struct ipam_req mine;
    pthread_t thread;

    (void)state;
    start((struct option_pair[]){ { "events", "10" }, { "interval", "10ms" }, { NULL, NULL } });
    req_init(&mine, &inst);
    mine.on_row = count_heard;
    heard = 0;
    assert_int_equal(pthread_create(&thread, NULL, listen_along, &mine), 0);
    for (int i = 0; i < 5000 && heard < 5; i++) {
        nanosleep(&ts, NULL);
        poll_events("lease", NULL, 0); /* meanwhile others poll */
        req_ended(&req, IPAM_OK);
    }
    mine.cancelled = 1;
    inst.plugin->audit->common.cancel(inst.ctx, &mine);
    pthread_join(thread, NULL);
    req_ended(&mine, IPAM_E_CANCELED);
    assert_true(mine.count >= 5);
    for (size_t i = 0; i < mine.count; i++) {
        char expected[24];

        snprintf(expected, sizeof(expected), "%zu", i + 9);
        assert_str(((const struct ipam_event *)mine.rows[i])->bookmark, expected);
    }
    req_free(&mine);
    stop();
}

static void test_who_listens_ends_at_his_deadline(void **state)
{
    struct ipam_event_read args = args_of("lease", NULL, 0);

    (void)state;
    start((struct option_pair[]){ { "events", "3" }, { NULL, NULL } });
    req.deadline_ms = host_now() + 60;
    inst.plugin->audit->listen(inst.ctx, &req, &args);
    req_ended(&req, IPAM_E_TIMEOUT);
    assert_int_equal(req.count, 3);
    stop();
}

static void test_options_probe_and_what_it_wants(void **state)
{
    struct ipam_inst other;

    (void)state;
    start(NULL);
    assert_probe(&inst, &inst.plugin->audit->common, inst.plugin->audit->common.capabilities);
    assert_string_equal(inst.plugin->wants[0], "dhcp:leases");
    assert_null(inst.plugin->wants[1]);
    stop();
    assert_string_equal(inst_check(&other, NULL), "");
    assert_says(inst_check(&other, (struct option_pair[]){ { "streams", "lease;mail" }, { NULL, NULL } }),
                "streams");
    assert_int_equal(inst_open(&other, (struct option_pair[]){ { "streams", "mail" }, { NULL, NULL } }),
                     IPAM_E_CONFIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events_are_read_in_order_from_bookmark_to_bookmark),
        cmocka_unit_test(test_streams_say_what_they_hold),
        cmocka_unit_test(test_what_was_lost_is_told_and_where_to_go_on),
        cmocka_unit_test(test_what_was_acknowledged_is_forgotten),
        cmocka_unit_test(test_only_the_kinds_wanted_come_and_the_cursor_moves),
        cmocka_unit_test(test_events_come_to_who_listens_until_he_is_cancelled),
        cmocka_unit_test(test_who_listens_ends_at_his_deadline),
        cmocka_unit_test(test_options_probe_and_what_it_wants),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
