/* commit_bench.c - a gate over a scripted store, and intents that note what happens to them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "commit_bench.h"

struct bench *bench;

void note(char name, char what)
{
    size_t len = strlen(bench->events);
    if (bench->quiet)
        return;
    assert_true(len + 3 < sizeof(bench->events));
    bench->events[len] = name;
    bench->events[len + 1] = what;
    bench->events[len + 2] = '\0';
}

const char *events(void)
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

int bench_up(void **state)
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

void on_closed(void *user)
{
    ((struct bench *)user)->closed = true;
}

int bench_down(void **state)
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

struct probe *probe(struct probe *p, char name, unsigned adds)
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

void submit(struct bench *b, struct probe *p)
{
    unsigned before = p->settled;
    gate_submit(b->gate, &p->in);
    assert_int_equal(p->settled, before); /* never inside the call */
}

size_t blocks(const struct bench *b)
{
    return state_count(b->state, IPAM_T_BLOCK);
}
