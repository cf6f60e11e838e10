/* null_vspace_test.c - null-vspace: snapshots, what is watched meanwhile, and what is handed back.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "null_host.h"

#include <pthread.h>
#include <time.h>

static struct ipam_inst inst;
static struct ipam_req req;

static const struct ipam_vspace_ops *ops(void)
{
    return inst.plugin->vspace;
}

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

static struct ipam_vspace_read args_of(const char *network, const char *token)
{
    struct ipam_vspace_read args;

    record_init(&args, IPAM_T_VSPACE_READ);
    if (network)
        RECORD_SET(&args, IPAM_VSPACE_READ_NETWORK, network, STR(network));
    if (token)
        RECORD_SET(&args, IPAM_VSPACE_READ_TOKEN, token, STR(token));
    return args;
}

static void snapshot(const char *network)
{
    struct ipam_vspace_read args = args_of(network, NULL);

    req_free(&req);
    ops()->snapshot(inst.ctx, &req, &args);
}

static void apply(const char *token, int64_t flags, const struct edit *edits, uint32_t count)
{
    struct ipam_apply args;

    record_init(&args, IPAM_T_APPLY);
    RECORD_SET(&args, IPAM_APPLY_TOKEN, token, STR(token));
    RECORD_SET(&args, IPAM_APPLY_FLAGS, flags, flags);
    RECORD_SET(&args, IPAM_APPLY_COUNT, count, (int64_t)count);
    req_free(&req);
    req.edits = edits;
    req.edit_count = count;
    ops()->apply(inst.ctx, &req, &args);
}

static struct ipam_vaddress address(const char *network, const char *text)
{
    struct ipam_vaddress a;

    record_init(&a, IPAM_T_VADDRESS);
    RECORD_SET(&a, IPAM_VADDRESS_NATIVE_NETWORK, native_network, STR(network));
    RECORD_SET(&a, IPAM_VADDRESS_ADDRESS, address, addr_of(text));
    return a;
}

static void test_a_snapshot_has_each_network_and_what_is_in_it(void **state)
{
    (void)state;
    start((struct option_pair[]){
        { "networks", "2" }, { "addresses", "3" }, { "isolation", "vlan" }, { NULL, NULL } });
    snapshot(NULL);
    req_ended(&req, IPAM_OK);
    assert_int_equal(req.flags, IPAM_DONE_COMPLETE);
    assert_string_equal(req.token, "1");
    assert_int_equal(req.count, 2 * 3 + 3);
    assert_int_equal(req.rows[0]->type, IPAM_T_VNETWORK);
    assert_int_equal(req.rows[1]->type, IPAM_T_VSUBNET);
    assert_int_equal(req.rows[2]->type, IPAM_T_VPOOL);
    assert_int_equal(req.rows[3]->type, IPAM_T_VADDRESS);
    const struct ipam_vnetwork *n = req_row(&req, IPAM_T_VNETWORK, 1);
    assert_str(n->native, "net-1");
    assert_int_equal(n->isolation, IPAM_VNETWORK_ISOLATION_VLAN);
    const struct ipam_vsubnet *s = req_row(&req, IPAM_T_VSUBNET, 1);
    assert_str(s->native, "172.16.1.0/24");
    const struct ipam_vpool *p = req_row(&req, IPAM_T_VPOOL, 0);
    assert_str(p->native, "172.16.0.1-172.16.0.254");
    snapshot("net-1");
    assert_int_equal(req_rows(&req, IPAM_T_VNETWORK), 1);
    snapshot("nonsense");
    req_ended(&req, IPAM_E_NOENT);
    stop();
}

static void test_edits_are_applied_or_refused(void **state)
{
    struct ipam_vaddress a = address("net-0", "172.16.0.9"), outside = address("net-0", "10.0.0.1"),
                         nowhere = address("net-7", "172.16.0.9");
    struct ipam_vpool backwards;

    (void)state;
    record_init(&backwards, IPAM_T_VPOOL);
    RECORD_SET(&backwards, IPAM_VPOOL_NATIVE_NETWORK, native_network, STR("net-0"));
    RECORD_SET(&backwards, IPAM_VPOOL_FIRST, first, addr_of("172.16.0.9"));
    RECORD_SET(&backwards, IPAM_VPOOL_LAST, last, addr_of("172.16.0.8"));
    const struct {
        const void *rec;
        int32_t status;
    } cases[] = { { &outside, IPAM_E_RANGE }, { &nowhere, IPAM_E_NOENT }, { &backwards, IPAM_E_RANGE } };
    start(NULL);
    apply("1", 0, &(struct edit){ IPAM_EDIT_VERB_ADD, NULL, &a }, 1);
    req_ended(&req, IPAM_OK);
    assert_string_equal(req.token, "2");
    apply("1", 0, &(struct edit){ IPAM_EDIT_VERB_ADD, NULL, &a }, 1);
    req_ended(&req, IPAM_E_CHANGED);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        apply("2", IPAM_APPLY_CHECK, &(struct edit){ IPAM_EDIT_VERB_ADD, NULL, cases[i].rec }, 1);
        req_ended(&req, IPAM_E_REFUSED);
        assert_int_equal(((const struct ipam_edit_result *)req.rows[0])->status, cases[i].status);
    }
    snapshot(NULL);
    assert_str(((const struct ipam_vaddress *)req_row(&req, IPAM_T_VADDRESS, 0))->native, "172.16.0.9");
    stop();
}

struct watcher {
    struct ipam_req req;
    struct ipam_vspace_read args;
    pthread_t thread;
    atomic_size_t seen;
};

static void count_seen(struct ipam_req *r)
{
    ((struct watcher *)(void *)r)->seen++; /* the request is the first member */
}

static void *watch_along(void *user)
{
    struct watcher *w = user;

    ops()->watch(inst.ctx, &w->req, &w->args);
    return NULL;
}

static void watch(struct watcher *w, const char *network, const char *token)
{
    req_init(&w->req, &inst);
    w->req.on_row = count_seen;
    w->seen = 0;
    w->args = args_of(network, token);
    assert_int_equal(pthread_create(&w->thread, NULL, watch_along, w), 0);
}

static void wait_seen(struct watcher *w, size_t rows)
{
    struct timespec ts = { .tv_nsec = 2000000 };

    for (int i = 0; i < 2500 && w->seen < rows; i++)
        nanosleep(&ts, NULL);
    assert_int_equal(w->seen, rows);
}

static void test_changes_come_to_who_watches_until_he_is_cancelled(void **state)
{
    struct ipam_vaddress a = address("net-0", "172.16.0.9"), b = address("net-1", "172.16.1.9");
    struct watcher all, one;

    (void)state;
    start((struct option_pair[]){ { "networks", "2" }, { NULL, NULL } });
    apply("1", 0, &(struct edit){ IPAM_EDIT_VERB_ADD, NULL, &a }, 1);
    watch(&all, NULL, "1"); /* from before: what happened meanwhile comes at once */
    watch(&one, "net-1", "1");
    wait_seen(&all, 1);
    apply("2", 0, &(struct edit){ IPAM_EDIT_VERB_ADD, NULL, &b }, 1);
    wait_seen(&all, 2);
    wait_seen(&one, 1);
    apply("3", 0, &(struct edit){ IPAM_EDIT_VERB_DELETE, &a, NULL }, 1);
    req_ended(&req, IPAM_OK);
    wait_seen(&all, 3);
    const struct ipam_vaddress *last = (const void *)all.req.rows[2];
    assert_true(last->removed);
    assert_str(last->native, "172.16.0.9");
    all.req.cancelled = one.req.cancelled = 1;
    ops()->common.cancel(inst.ctx, &all.req);
    ops()->common.cancel(inst.ctx, &one.req);
    pthread_join(all.thread, NULL);
    pthread_join(one.thread, NULL);
    req_ended(&all.req, IPAM_E_CANCELED);
    req_ended(&one.req, IPAM_E_CANCELED);
    assert_string_equal(all.req.token, "4");
    assert_int_equal(one.req.count, 1);
    req_free(&all.req);
    req_free(&one.req);
    stop();
}

static void test_a_network_goes_with_what_is_in_it(void **state)
{
    struct ipam_vspace_read args = args_of(NULL, "1");
    struct ipam_vnetwork n;

    (void)state;
    record_init(&n, IPAM_T_VNETWORK);
    RECORD_SET(&n, IPAM_VNETWORK_NATIVE, native, STR("net-0"));
    RECORD_SET(&n, IPAM_VNETWORK_KIND, kind, IPAM_VNETWORK_KIND_VIRTUAL);
    RECORD_SET(&n, IPAM_VNETWORK_NAME, name, STR("net-0"));
    start((struct option_pair[]){ { "networks", "2" }, { "addresses", "4" }, { NULL, NULL } });
    apply("1", 0, &(struct edit){ IPAM_EDIT_VERB_DELETE, &n, NULL }, 1);
    req_ended(&req, IPAM_OK);
    snapshot(NULL);
    assert_int_equal(req.count, 3 + 2);
    req_free(&req);
    req.deadline_ms = host_now() + 30;
    ops()->watch(inst.ctx, &req, &args);
    req_ended(&req, IPAM_E_TIMEOUT);
    assert_int_equal(req.count, 3 + 2); /* each of them told */
    assert_string_equal(req.token, "2");
    stop();
}

static void test_a_state_that_is_not_known_is_told(void **state)
{
    struct ipam_vspace_read args = args_of(NULL, "9");

    (void)state;
    start(NULL);
    ops()->watch(inst.ctx, &req, &args);
    req_ended(&req, IPAM_E_GONE);
    args = args_of(NULL, NULL);
    req_free(&req);
    ops()->watch(inst.ctx, &req, &args);
    req_ended(&req, IPAM_E_INVAL);
    stop();
}

static void test_options_and_probe(void **state)
{
    struct ipam_inst other;

    (void)state;
    start(NULL);
    assert_probe(&inst, &ops()->common, ops()->common.capabilities);
    stop();
    assert_string_equal(inst_check(&other, NULL), "");
    assert_says(inst_check(&other, (struct option_pair[]){ { "addresses", "254" }, { NULL, NULL } }), "addresses");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_snapshot_has_each_network_and_what_is_in_it),
        cmocka_unit_test(test_edits_are_applied_or_refused),
        cmocka_unit_test(test_changes_come_to_who_watches_until_he_is_cancelled),
        cmocka_unit_test(test_a_network_goes_with_what_is_in_it),
        cmocka_unit_test(test_a_state_that_is_not_known_is_told),
        cmocka_unit_test(test_options_and_probe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
