/* site.c - a service without storage and providers: jobs, fleet, collector and manager between fakes.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "site.h"

#include <stdlib.h>
#include <string.h>

static void on_fatal(void *user, const char *message)
{
    (void)message;
    ((struct site *)user)->fatal++;
}

static void read_back(void *user, struct instance *inst, int64_t server, struct ipam_str native_scope,
                      void (*done)(void *user, int status, const char *message), void *done_user,
                      struct request **ret_current)
{
    collect_config_read(((struct site *)user)->collect, inst, server, native_scope, done, done_user,
                        ret_current);
}

static void applied(void *user, int64_t server, struct ipam_str from, struct ipam_str to)
{
    collect_applied(((struct site *)user)->collect, server, from, to);
}

static const struct profile *find_profile(void *user, struct ipam_str name)
{
    static const struct profile profiles[] = { { .name = "lab", .driver = "dummy" },
                                               { .name = "strange", .driver = "other" } };
    (void)user;
    for (size_t i = 0; i < 2; i++)
        if (str_is(name, profiles[i].name))
            return &profiles[i];
    return NULL;
}

static void read_lease(void *user, struct instance *inst, int64_t server, const struct ipam_lease *which,
                       void (*done)(void *user, int status, const char *message), void *done_user,
                       struct request **ret_current)
{
    const struct site *s = user;
    collect_lease_read(s->collect, inst, server, which, done, done_user, ret_current);
}

int site_setup(void **state)
{
    struct site *s = calloc(1, sizeof(*s));
    struct ipam_space space;
    fake_time_begin();
    s->loop = loop_new();
    fake_dhcp_begin(s->loop);
    s->store = fake_store_new(s->loop);
    s->state = state_new();
    s->gate = gate_new(s->loop, s->state, s->store, on_fatal, s);
    s->jobs = jobs_new(s->gate);
    const struct fleet_config fc = {
        .loop = s->loop, .state = s->state, .find_profile = find_profile, .user = s
    };
    s->fleet = fleet_new(&fc);
    const struct collect_config cc = { s->fleet, s->state, s->store, s->gate, s->jobs, NULL };
    s->collect = collect_new(&cc);
    const struct manage_config mc = { .loop = s->loop,
                                      .fleet = s->fleet,
                                      .state = s->state,
                                      .store = s->store,
                                      .gate = s->gate,
                                      .read_back = read_back,
                                      .read_lease = read_lease,
                                      .applied = applied,
                                      .user = s,
                                      .steps_most = 200 };
    s->manage = manage_new(&mc);
    record_init(&space, IPAM_T_SPACE);
    RECORD_SET(&space, IPAM_SPACE_NAME, name, IPAM_STR("default"));
    s->space = site_put(s, &space);
    *state = s;
    return 0;
}

static void on_closed(void *user)
{
    ++*(unsigned *)user;
}

int site_teardown(void **state)
{
    struct site *s = *state;
    jobs_close(s->jobs, on_closed, &s->closed);
    fake_spin(s->loop);
    assert_int_equal(s->closed, 1);
    manage_close(s->manage, on_closed, &s->closed);
    fake_spin(s->loop);
    assert_int_equal(s->closed, 2);
    gate_close(s->gate, on_closed, &s->closed);
    fake_spin(s->loop);
    assert_int_equal(s->closed, 3);
    for (const struct ipam_server *row = state_next(s->state, IPAM_T_SERVER, 0); row != NULL;
         row = state_next(s->state, IPAM_T_SERVER, row->id))
        fleet_reset(s->fleet, row->id);
    manage_free(s->manage);
    collect_free(s->collect);
    fleet_free(s->fleet);
    jobs_free(s->jobs);
    fake_store_free(s->store);
    state_free(s->state);
    fake_dhcp_end();
    loop_stop(s->loop);
    loop_run(s->loop);
    loop_free(s->loop);
    fake_time_end();
    free(s);
    return 0;
}

int64_t site_put(struct site *s, void *rec)
{
    const struct record_type *t = record_type(((struct ipam_record *)rec)->type);
    int64_t id = fake_next_id(s->store);
    *(int64_t *)((char *)rec + t->fields[0].offset) = id;
    IPAM_SET_FIELD((struct ipam_record *)rec, 1);
    IPAM_SET_FIELD((struct ipam_record *)rec, 2);
    fake_keep(s->store, rec);
    if (t->residency != RES_STORED)
        state_put(s->state, NULL, rec);
    return id;
}

static int64_t put_server(struct site *s, const char *name, const char *driver, bool managed)
{
    struct ipam_server v;
    record_init(&v, IPAM_T_SERVER);
    RECORD_SET(&v, IPAM_SERVER_NAME, name, str_from(name));
    RECORD_SET(&v, IPAM_SERVER_DRIVER, driver, str_from(driver));
    RECORD_SET(&v, IPAM_SERVER_MANAGED, managed, managed);
    RECORD_SET(&v, IPAM_SERVER_SPACE, space, s->space);
    return site_put(s, &v);
}

int64_t site_server(struct site *s, const char *name, bool managed)
{
    return put_server(s, name, "dummy", managed);
}

int64_t site_dns_server(struct site *s, const char *name)
{
    return put_server(s, name, "names", true);
}

static void on_started(void *user, int64_t job, const struct problem *problem)
{
    (void)problem;
    *(int64_t *)user = job;
}

int64_t site_start(struct site *s, enum collect_kind kind, int64_t server)
{
    static const struct actor actor = { { "token:admin", 11 }, { NULL, 0 }, { NULL, 0 }, { NULL, 0 } };
    static int64_t job;
    job = 0;
    collect_start(s->collect, kind, server, &actor, NULL, on_started, &job);
    fake_spin(s->loop);
    return job;
}

const struct ipam_job *site_job(struct site *s, enum collect_kind kind, int64_t server)
{
    int64_t id = site_start(s, kind, server);
    assert_int_not_equal(id, 0);
    assert_null(jobs_running(s->jobs, id));
    return fake_row(s->store, IPAM_T_JOB, id);
}

void site_collect(struct site *s, int64_t server)
{
    const struct ipam_job *job = site_job(s, COLLECT_ALL, server);
    if (job->state != IPAM_JOB_STATE_DONE)
        fail_msg("the job ended with \"" STR_FMT "\"", STR_ARG(job->message));
}

const struct ipam_server *site_server_row(const struct site *s, int64_t id)
{
    return fake_row(s->store, IPAM_T_SERVER, id);
}

const struct ipam_scope *site_scope(const struct site *s, int64_t server, const char *native)
{
    for (const struct ipam_scope *sc = fake_next(s->store, IPAM_T_SCOPE, 0); sc != NULL;
         sc = fake_next(s->store, IPAM_T_SCOPE, sc->id))
        if (sc->server == server && str_is(sc->native, native))
            return sc;
    return NULL;
}

const struct ipam_subnet *site_subnet(const struct site *s, const char *prefix)
{
    struct ipam_prefix p;
    assert_int_equal(prefix_parse(prefix, strlen(prefix), &p), 0);
    return view_get(state_view(s->state), IPAM_T_SUBNET,
                    view_by_prefix(state_view(s->state), IPAM_T_SUBNET, s->space, &p));
}

size_t site_count(const struct site *s, uint32_t type)
{
    size_t n = fake_count(s->store, type);
    if (record_type(type)->residency == RES_RESIDENT)
        assert_int_equal(state_count(s->state, type), n);
    return n;
}
