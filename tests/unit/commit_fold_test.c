/* commit_fold_test.c - plans split, merged, resized, moved at random, then undone: all is as it was, with the same ids.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Each revision's row of the change log is kept; several of them folded and undone must give back the plan of before. */
#include "model_world.h"

#include "commit/fold.h"
#include "index_random.h"

#define REVISIONS 400
#define PARTS     64

struct plan {
    struct world w;
    struct strbuf rows[REVISIONS]; /* by revision */
    struct strbuf seen[REVISIONS]; /* the whole plan after it */
};

static const uint32_t types[] = { IPAM_T_BLOCK, IPAM_T_SUBNET, IPAM_T_RANGE, IPAM_T_ADDRESS, IPAM_T_CLAIM };

/* All rows but for the revisions that they have. */
static void look(struct world *w, struct strbuf *out)
{
    uint64_t all[2] = { ~(uint64_t)0 & ~((uint64_t)1 << 2), ~(uint64_t)0 };
    strbuf_reset(out);
    for (size_t t = 0; t < COUNT(types); t++) {
        for (int64_t id = 1; id < w->next_id; id++) {
            const void *row = world_row(w, types[t], id);
            if (row != NULL) {
                strbuf_printf(out, "%s %lld: ", record_type(types[t])->name, (long long)id);
                record_pack(row, all, out);
                strbuf_putc(out, '\n');
            }
        }
    }
    assert_false(out->failed);
}

static void plan_init(struct plan *p)
{
    world_init(&p->w);
    for (int i = 0; i < REVISIONS; i++) {
        strbuf_init(&p->rows[i], 16u << 20);
        strbuf_init(&p->seen[i], 16u << 20);
    }
    look(&p->w, &p->seen[p->w.head]);
}

static void plan_fini(struct plan *p)
{
    for (int i = 0; i < REVISIONS; i++) {
        strbuf_fini(&p->rows[i]);
        strbuf_fini(&p->seen[i]);
    }
    world_fini(&p->w);
}

/* One intent in a batch of its own: `step` drafts it. */
static enum problem_type act(struct plan *p, int (*step)(struct plan *p, void *arg), void *arg)
{
    struct intent in = { .operation = "test", .actor = { .name = IPAM_STR("token:test") } };
    world_open(&p->w);
    world_begin(&p->w);
    enum problem_type end = world_end(&p->w, step(p, arg));
    if (draft_head(p->w.draft) != p->w.head) {
        in.rev = draft_head(p->w.draft);
        changelog_write(&in, p->w.draft, draft_ops(p->w.draft), draft_op_count(p->w.draft), &p->rows[in.rev]);
    }
    world_publish(&p->w);
    look(&p->w, &p->seen[p->w.head]);
    return end;
}

static int create(struct plan *p, void *rec)
{
    return rule_create(p->w.draft, rec, &p->w.problem);
}

static int take_out(struct plan *p, void *row)
{
    const struct ipam_subnet *s = row; /* the head of a row is that of any */
    return rule_delete(p->w.draft, view_get(draft_view(p->w.draft), s->type, s->id), &p->w.problem);
}

struct verb {
    const void *row;
    char name; /* s, m, r, l: split, merge, resize, relocate */
    unsigned length;
    struct ipam_prefix to;
    int64_t space, ids[PARTS];
    const void *others[PARTS];
    size_t other_count, got;
};

static int make(void *user, struct draft *d, void *rec, struct problem *p)
{
    (void)user;
    return rule_create(d, rec, p);
}

static int reshape(struct plan *p, void *arg)
{
    struct verb *v = arg;
    struct world *w = &p->w;
    struct reshaping r = {
        .row = v->row, .arena = &w->arena, .make = make, .ret_ids = v->ids, .most = PARTS
    };
    int rc = v->name == 's'   ? rule_split(w->draft, &r, v->length, &w->problem)
             : v->name == 'm' ? rule_merge(w->draft, &r, v->others, v->other_count, &w->problem)
             : v->name == 'r' ? rule_resize(w->draft, &r, v->length, &w->problem)
                              : rule_relocate(w->draft, &r, v->space, &v->to, &w->problem);
    v->got = r.ret_count;
    return rc;
}

/* Folds the rows of (from, to] and undoes them. */
struct span {
    int64_t from, to;
};

static int undo(struct plan *p, void *arg)
{
    const struct span *s = arg;
    struct fold f;
    fold_init(&f, 1000);
    for (int64_t rev = s->from + 1; rev <= s->to; rev++)
        assert_int_equal(
            fold_add(&f, (struct ipam_bytes){ (uint8_t *)p->rows[rev].data, p->rows[rev].len }, NULL), 0);
    int rc = rule_undo(p->w.draft, fold_undoing(&f), f.count, &p->w.arena, &p->w.problem);
    /* What is drafted was copied; the fold may go. */
    fold_fini(&f);
    return rc;
}

static void assert_as_at(struct plan *p, int64_t rev)
{
    const struct strbuf *now = &p->seen[p->w.head], *then = &p->seen[rev];
    if (now->len != then->len || (now->len != 0 && memcmp(now->data, then->data, now->len) != 0))
        fail_msg("the plan of revision %lld is not that of %lld again", (long long)p->w.head, (long long)rev);
}

static const void *row_at(struct plan *p, uint32_t type, const char *prefix)
{
    struct ipam_prefix at = prefix_of(prefix);
    const void *row =
        view_get(state_view(p->w.state), type, view_by_prefix(state_view(p->w.state), type, p->w.space, &at));
    if (row == NULL)
        fail_msg("there is nothing at %s", prefix);
    return row;
}

static void add(struct plan *p, void *rec)
{
    if (act(p, create, rec) != PROBLEM_NONE)
        fail_msg("%s", p->w.problem.detail);
}

static void fill(struct plan *p)
{
    add(p, block_of(&p->w, "10.0.0.0/8"));
    add(p, subnet_of(&p->w, "10.1.0.0/24"));
    struct ipam_range *r = range_of(&p->w, "10.1.0.10", "10.1.0.20", IPAM_RANGE_KIND_STATIC);
    struct ipam_str kept[] = { IPAM_STR("10.1.0.12-10.1.0.13"), IPAM_STR("10.1.0.20") };
    RECORD_SET(r, IPAM_RANGE_RESERVED, reserved, ((struct ipam_strs){ kept, 2 }));
    add(p, r);
    add(p, address_of(&p->w, "10.1.0.11"));
    add(p, address_of(&p->w, "10.1.0.200"));
}

static void test_split_and_undone(void **state)
{
    struct plan *p = *state;
    fill(p);
    int64_t before = p->w.head;
    int64_t id = ((const struct ipam_subnet *)row_at(p, IPAM_T_SUBNET, "10.1.0.0/24"))->id;
    struct verb v = { .row = row_at(p, IPAM_T_SUBNET, "10.1.0.0/24"), .name = 's', .length = 26 };
    assert_int_equal(act(p, reshape, &v), PROBLEM_NONE);
    assert_int_equal(p->w.head, before + 1);
    assert_int_equal(v.got, 4);
    assert_int_equal(v.ids[0], id);
    const struct ipam_subnet *last = row_at(p, IPAM_T_SUBNET, "10.1.0.192/26");
    assert_int_equal(v.ids[3], last->id);
    struct span all = { before, p->w.head };
    assert_int_equal(act(p, undo, &all), PROBLEM_NONE);
    assert_as_at(p, before);
    /* And the undoing is undone. */
    struct span again = { before + 1, p->w.head };
    assert_int_equal(act(p, undo, &again), PROBLEM_NONE);
    assert_as_at(p, before + 1);
}

static void test_split_refuses(void **state)
{
    static const struct {
        unsigned length;
        const char *slug, *detail;
    } rows[] = {
        { 24, "invalid", "length: subnet 10.1.0.0/24 cannot be split into /24" },
        { 33, "invalid", "length: subnet 10.1.0.0/24 cannot be split into /33" },
        { 31, "too-large", "a split makes at most 64 parts" },
        { 29, "in-use", "range 10.1.0.10-10.1.0.20 (id 4) would lie in no subnet any more" },
    };
    struct plan *p = *state;
    fill(p);
    int64_t before = p->w.head;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct verb v = { .row = row_at(p, IPAM_T_SUBNET, "10.1.0.0/24"),
                          .name = 's',
                          .length = rows[i].length };
        act(p, reshape, &v);
        assert_problem(&p->w, rows[i].slug, rows[i].detail);
        assert_int_equal(p->w.head, before);
    }
}

static void test_resize(void **state)
{
    struct plan *p = *state;
    fill(p);
    int64_t before = p->w.head;
    struct verb v = { .row = row_at(p, IPAM_T_SUBNET, "10.1.0.0/24"), .name = 'r', .length = 25 };
    act(p, reshape, &v);
    assert_problem(&p->w, "in-use", "address 10.1.0.200 would be in no subnet any more");
    v.length = 23;
    assert_int_equal(act(p, reshape, &v), PROBLEM_NONE);
    v.row = row_at(p, IPAM_T_SUBNET, "10.1.0.0/23");
    add(p, address_of(&p->w, "10.1.1.7"));
    /* To undo the growth alone would leave the new address without its subnet. */
    struct span growth = { before, before + 1 };
    act(p, undo, &growth);
    assert_problem(&p->w, "in-use", "address 10.1.1.7 would be in no subnet any more");
    struct span both = { before, before + 2 };
    assert_int_equal(act(p, undo, &both), PROBLEM_NONE);
    assert_as_at(p, before);
}

static void test_merge(void **state)
{
    struct plan *p = *state;
    fill(p);
    add(p, subnet_of(&p->w, "10.1.1.0/25"));
    add(p, subnet_of(&p->w, "10.1.1.128/25"));
    add(p, address_of(&p->w, "10.1.1.255"));
    int64_t before = p->w.head;
    struct verb v = { .row = row_at(p, IPAM_T_SUBNET, "10.1.0.0/24"), .name = 'm', .other_count = 1 };
    v.others[0] = row_at(p, IPAM_T_SUBNET, "10.1.1.0/25");
    act(p, reshape, &v);
    assert_problem(&p->w, "invalid",
                   "with: together they are not one prefix; the smallest that holds all is 10.1.0.0/23");
    v.others[v.other_count++] = row_at(p, IPAM_T_SUBNET, "10.1.1.128/25");
    assert_int_equal(act(p, reshape, &v), PROBLEM_NONE);
    assert_int_equal(world_count(&p->w, IPAM_T_SUBNET), 1);
    assert_int_equal(((const struct ipam_subnet *)row_at(p, IPAM_T_SUBNET, "10.1.0.0/23"))->id, v.ids[0]);
    struct span all = { before, p->w.head };
    assert_int_equal(act(p, undo, &all), PROBLEM_NONE);
    assert_as_at(p, before);
}

static void test_move_takes_along(void **state)
{
    struct plan *p = *state;
    fill(p);
    int64_t before = p->w.head;
    struct verb v = { .row = row_at(p, IPAM_T_SUBNET, "10.1.0.0/24"),
                      .name = 'l',
                      .space = p->w.space,
                      .to = prefix_of("192.168.7.0/24") };
    assert_int_equal(act(p, reshape, &v), PROBLEM_NONE);
    const struct ipam_range *r = world_row(&p->w, IPAM_T_RANGE, 4);
    struct ipam_addr first = addr_of("192.168.7.10");
    assert_true(addr_equal(&r->first, &first));
    assert_true(str_is(r->reserved.items[0], "192.168.7.12-192.168.7.13"));
    assert_true(str_is(r->reserved.items[1], "192.168.7.20"));
    const struct ipam_address *a = world_row(&p->w, IPAM_T_ADDRESS, 6);
    struct ipam_addr moved = addr_of("192.168.7.200"), old = addr_of("10.1.0.200"), used;
    assert_true(addr_equal(&a->address, &moved));
    assert_int_equal(view_first_used(state_view(p->w.state), p->w.space, &old, &old, &used), IPAM_E_NOENT);
    assert_int_equal(view_first_used(state_view(p->w.state), p->w.space, &moved, &moved, &used), 0);
    v.row = row_at(p, IPAM_T_SUBNET, "192.168.7.0/24");
    v.to = prefix_of("192.168.8.0/23");
    act(p, reshape, &v);
    assert_problem(&p->w, "invalid",
                   "prefix: 192.168.7.0/24 cannot move to 192.168.8.0/23, which is of another size");
    struct span all = { before, before + 1 };
    assert_int_equal(act(p, undo, &all), PROBLEM_NONE);
    assert_as_at(p, before);
}

/* Subnets that have gone on in a ring, by way of a free place, each with its addresses; and ring after ring. */
static void test_places_exchanged_and_undone(void **state)
{
    static const char *const moves[][2] = { { "10.1.0.0/24", "10.9.0.0/24" }, { "10.2.0.0/24", "10.1.0.0/24" },
                                            { "10.3.0.0/24", "10.2.0.0/24" }, { "10.9.0.0/24", "10.3.0.0/24" } };
    struct plan *p = *state;
    fill(p);
    assert_int_equal(act(p, create, subnet_of(&p->w, "10.2.0.0/24")), PROBLEM_NONE);
    assert_int_equal(act(p, create, address_of(&p->w, "10.2.0.7")), PROBLEM_NONE);
    assert_int_equal(act(p, create, subnet_of(&p->w, "10.3.0.0/24")), PROBLEM_NONE);
    assert_int_equal(act(p, create, block_of(&p->w, "10.2.0.0/24")), PROBLEM_NONE);
    int64_t before = p->w.head;
    for (unsigned i = 0; i < 4; i++) {
        struct verb v = { .row = row_at(p, IPAM_T_SUBNET, moves[i][0]),
                          .name = 'l',
                          .space = p->w.space,
                          .to = prefix_of(moves[i][1]) };
        assert_int_equal(act(p, reshape, &v), PROBLEM_NONE);
    }
    struct span all = { before, before + 4 };
    assert_int_equal(act(p, undo, &all), PROBLEM_NONE);
    assert_as_at(p, before);
    struct span undone = { before + 4, before + 5 };
    assert_int_equal(act(p, undo, &undone), PROBLEM_NONE); /* and once more around */
    assert_as_at(p, before + 4);
}

static void test_what_changed_since_is_not_undone(void **state)
{
    struct plan *p = *state;
    fill(p);
    int64_t made = p->w.head - 2; /* the range */
    struct ipam_range patch;
    record_init(&patch, IPAM_T_RANGE);
    RECORD_SET(&patch, IPAM_RANGE_NAME, name, IPAM_STR("servers"));
    static const uint64_t none[2] = { 0, 0 };
    assert_int_equal(world_update(&p->w, world_row(&p->w, IPAM_T_RANGE, 4), &patch, none), PROBLEM_NONE);
    struct span s = { made - 1, made };
    act(p, undo, &s);
    char detail[100];
    snprintf(detail, sizeof(detail), "range 4 was changed since, last by revision %lld",
             (long long)p->w.head);
    assert_problem(&p->w, "changed-since", detail);
    assert_int_equal(p->w.problem.about, 4);
}

/* Calls the subnet so. */
static int call(struct plan *p, void *name)
{
    static const uint64_t none[2] = { 0, 0 };
    const struct ipam_subnet *before = row_at(p, IPAM_T_SUBNET, "10.1.0.0/24");
    struct ipam_subnet patch;
    record_init(&patch, IPAM_T_SUBNET);
    RECORD_SET(&patch, IPAM_SUBNET_NAME, name, str_from(name));
    return rule_update(p->w.draft, view_get(draft_view(p->w.draft), IPAM_T_SUBNET, before->id), &patch, none,
                       &p->w.problem);
}

/* A field that was changed several times is again what it was before the first. */
static void test_changed_again_and_again_and_undone(void **state)
{
    struct plan *p = *state;
    char first[] = "first", second[] = "second", third[] = "third";
    fill(p);
    assert_int_equal(act(p, call, first), PROBLEM_NONE);
    struct span s = { p->w.head, p->w.head + 2 };
    assert_int_equal(act(p, call, second), PROBLEM_NONE);
    assert_int_equal(act(p, call, third), PROBLEM_NONE);
    assert_int_equal(act(p, undo, &s), PROBLEM_NONE);
    assert_as_at(p, s.from);
}

/* --- at random --- */

static uint8_t family; /* of the round */

static struct ipam_addr somewhere(void)
{
    struct ipam_addr a = { .family = family, .bytes = { family == 4 ? 10 : 0x20, 0x01 } };
    unsigned end = addr_bits(family) / 8;
    a.bytes[end - 2] = (uint8_t)below(8);
    a.bytes[end - 1] = (uint8_t)below(256);
    return a;
}

static const char *place(void)
{
    static char text[PREFIX_TEXT_MAX];
    struct ipam_prefix at = { somewhere(), (uint8_t)(addr_bits(family) - 10 + below(6)) };
    prefix_mask(&at);
    prefix_print(&at, text);
    return text;
}

static const char *host(void)
{
    static char text[ADDR_TEXT_MAX];
    struct ipam_addr a = somewhere();
    addr_print(&a, text);
    return text;
}

/* Any row of the type that is there; NULL: none. */
static const void *any(struct plan *p, uint32_t type)
{
    size_t n = world_count(&p->w, type), at = 0;
    size_t pick = n != 0 ? below((unsigned)n) : 0;
    for (int64_t id = 1; id < p->w.next_id; id++) {
        const void *row = world_row(&p->w, type, id);
        if (row != NULL && ((const struct ipam_record *)row)->type == type && at++ == pick)
            return row;
    }
    return NULL;
}

static void random_verb(struct plan *p)
{
    uint32_t type = below(3) == 0 ? IPAM_T_BLOCK : IPAM_T_SUBNET;
    struct verb v = { .row = any(p, type),
                      .name = "smrl"[below(4)],
                      .length = addr_bits(family) - 12 + below(9),
                      .space = p->w.space };
    if (v.row == NULL)
        return;
    v.to = ((const struct ipam_subnet *)v.row)->prefix;
    if (type == IPAM_T_BLOCK)
        v.to = ((const struct ipam_block *)v.row)->prefix;
    v.to.addr.bytes[addr_bits(family) / 8 - 2] ^= (uint8_t)below(8);
    prefix_mask(&v.to);
    for (int i = 0; v.name == 'm' && i < 3; i++) {
        const void *other = any(p, type);
        if (other != v.row && (i == 0 || other != v.others[0]) &&
            (i < 2 || v.other_count < 2 || other != v.others[1]))
            v.others[v.other_count++] = other;
    }
    act(p, reshape, &v);
}

static void random_step(struct plan *p)
{
    static const uint32_t kinds[] = { IPAM_T_SUBNET, IPAM_T_RANGE, IPAM_T_ADDRESS, IPAM_T_BLOCK };
    const void *row = any(p, kinds[below(4)]);
    struct ipam_addr first = addr_of(host()), last = first;
    char text[ADDR_TEXT_MAX];
    switch (below(9)) {
    case 0: act(p, create, block_of(&p->w, place())); break;
    case 1:
    case 2: act(p, create, subnet_of(&p->w, place())); break;
    case 3:
    case 4: act(p, create, address_of(&p->w, host())); break;
    case 5:
        last.bytes[addr_bits(family) / 8 - 1] |= (uint8_t)below(32);
        addr_print(&last, text);
        {
            char from[ADDR_TEXT_MAX];
            addr_print(&first, from);
            act(p, create, range_of(&p->w, from, text, IPAM_RANGE_KIND_STATIC));
        }
        break;
    case 6:
        if (row != NULL)
            act(p, take_out, (void *)(uintptr_t)row);
        break;
    default: random_verb(p); break;
    }
}

/* What all revisions since one have done is undone at once, and it is as it was; then on from there. */
static void test_any_history_is_undone(void **state)
{
    struct plan *p = *state;
    unsigned undone = 0;
    for (unsigned round = 0; round < 12; round++) {
        family = below(2) == 0 ? 4 : 6;
        int64_t before = p->w.head;
        unsigned steps = 1 + below(25);
        while (steps-- > 0 && p->w.head < REVISIONS - 30)
            random_step(p);
        struct span all = { before, p->w.head };
        if (p->w.head == before || below(4) == 0)
            continue;
        if (act(p, undo, &all) != PROBLEM_NONE)
            fail_msg("undoing %lld to %lld: %s", (long long)before + 1, (long long)all.to,
                     p->w.problem.detail);
        assert_as_at(p, before);
        undone++;
    }
    assert_true(undone > 0);
}

static int up(void **state)
{
    struct plan *p = calloc(1, sizeof(*p));
    plan_init(p);
    *state = p;
    return 0;
}

static int down(void **state)
{
    plan_fini(*state);
    free(*state);
    return 0;
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_split_and_undone),
        CASE(test_split_refuses),
        CASE(test_resize),
        CASE(test_merge),
        CASE(test_move_takes_along),
        CASE(test_places_exchanged_and_undone),
        CASE(test_what_changed_since_is_not_undone),
        CASE(test_changed_again_and_again_and_undone),
        CASE(test_any_history_is_undone),
    };
    random_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
