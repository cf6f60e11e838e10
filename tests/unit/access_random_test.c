/* access_random_test.c - random access scopes, policies and objects, changed at random, against a model.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "access_model.h"

#include <stdio.h>

#include "index_random.h"

#define BATCHES 40
#define WORLDS  100

/* --- random changes, made in both --- */

static const char *path_of(struct model *m, int scope)
{
    return scope == 0 ? ACCESS_ROOT
                      : arena_printf(&m->w.arena, "%s/%s", path_of(m, m->scopes[scope].parent), m->scopes[scope].label);
}

/* One that is there, or one that is not; -1: none. */
#define PICK(array, want)                                                                                    \
    ({                                                                                                       \
        int at_ = (int)below(COUNT(array)), left_ = (int)COUNT(array);                                       \
        while (left_ > 0 && (array)[at_].there != (want)) {                                                  \
            at_ = (at_ + 1) % (int)COUNT(array);                                                             \
            left_--;                                                                                         \
        }                                                                                                    \
        left_ > 0 ? at_ : -1;                                                                                \
    })

static bool label_is_taken(const struct model *m, int parent, const char *label, int self)
{
    for (int i = 1; i < SCOPES; i++)
        if (m->scopes[i].there && i != self && m->scopes[i].parent == parent && strcmp(m->scopes[i].label, label) == 0)
            return true;
    return false;
}

static const char *some_label(void)
{
    static const char *const labels[] = { "a", "b", "aa", "a-b", "Global", "a.b" };
    return labels[below(COUNT(labels))];
}

static struct ipam_access_scope *scope_at(struct model *m, int parent, const char *label)
{
    struct ipam_access_scope *s = record_new(&m->w.arena, IPAM_T_ACCESS_SCOPE);
    RECORD_SET(s, IPAM_ACCESS_SCOPE_PATH, path,
               str_from(arena_printf(&m->w.arena, "%s/%s", path_of(m, parent), label)));
    return s;
}

static void add_scope(struct model *m)
{
    int at = PICK(m->scopes, false), parent = PICK(m->scopes, true);
    const char *label = some_label();
    if (at < 0)
        return;
    bool good = level(m, parent) < LEVELS && !label_is_taken(m, parent, label, -1);
    struct ipam_access_scope *s = scope_at(m, parent, label);
    assert_int_equal(access_create(&m->w, s) == PROBLEM_NONE, good);
    m->refused += !good;
    if (!good)
        return;
    m->scopes[at] = (struct scope){ .there = true, .id = s->id, .parent = parent };
    snprintf(m->scopes[at].label, sizeof(m->scopes[at].label), "%s", label);
}

static void move_scope(struct model *m)
{
    static const uint64_t cleared[2];
    int at = PICK(m->scopes, true), parent = PICK(m->scopes, true);
    const char *label = some_label();
    bool same = at > 0 && m->scopes[at].parent == parent && strcmp(m->scopes[at].label, label) == 0;
    bool good = same || (at > 0 && !within(m, parent, at) && level(m, parent) + 1 + height(m, at) <= LEVELS &&
                         !label_is_taken(m, parent, label, at));
    world_begin(&m->w);
    int rc = access_row_update(m->w.draft, view_get(draft_view(m->w.draft), IPAM_T_ACCESS_SCOPE, m->scopes[at].id),
                               scope_at(m, parent, label), cleared, &m->w.problem);
    assert_int_equal(world_end(&m->w, rc) == PROBLEM_NONE, good);
    m->refused += !good;
    if (!good)
        return;
    m->scopes[at].parent = parent;
    snprintf(m->scopes[at].label, sizeof(m->scopes[at].label), "%s", label);
}

static void delete_scope(struct model *m)
{
    int at = PICK(m->scopes, true);
    bool good = at > 0;
    for (int i = 0; i < THINGS; i++)
        good = good && !(m->things[i].there && m->things[i].own >= 0 && within(m, m->things[i].own, at));
    world_begin(&m->w);
    int rc = access_row_delete(m->w.draft, view_get(draft_view(m->w.draft), IPAM_T_ACCESS_SCOPE, m->scopes[at].id),
                               &m->w.problem);
    assert_int_equal(world_end(&m->w, rc) == PROBLEM_NONE, good);
    m->refused += !good;
    if (!good)
        return;
    for (int i = 0; i < PAIRS; i++)
        m->pairs[i].there = m->pairs[i].there && !within(m, m->pairs[i].scope, at);
    bool gone[SCOPES];
    for (int i = 0; i < SCOPES; i++)
        gone[i] = m->scopes[i].there && within(m, i, at);
    for (int i = 0; i < SCOPES; i++)
        m->scopes[i].there = m->scopes[i].there && !gone[i];
}

static struct ipam_addr host(unsigned n)
{
    struct ipam_addr a = addr("10.0.0.0");
    a.bytes[3] = (uint8_t)n;
    return a;
}

/* Two of one extent and kind would be one. */
static bool is_twin(const struct model *m, const struct thing *t)
{
    for (int i = 0; i < THINGS; i++) {
        const struct thing *o = &m->things[i];
        if (o->there && o->kind == t->kind && o->space == t->space &&
            (t->kind == RANGE ? o->last - o->first == t->last - t->first : o->first == t->first && o->last == t->last))
            return true; /* of two ranges of one size neither is the smaller */
    }
    return false;
}

static void *record_for(struct model *m, const struct thing *t, unsigned length)
{
    int64_t space = m->things[t->space].id;
    struct ipam_prefix p = { host(t->first), (uint8_t)length };
    if (t->kind == BLOCK) {
        struct ipam_block *b = record_new(&m->w.arena, IPAM_T_BLOCK);
        RECORD_SET(b, IPAM_BLOCK_SPACE, space, space);
        RECORD_SET(b, IPAM_BLOCK_PREFIX, prefix, p);
        return b;
    }
    if (t->kind == SUBNET) {
        struct ipam_subnet *s = record_new(&m->w.arena, IPAM_T_SUBNET);
        RECORD_SET(s, IPAM_SUBNET_SPACE, space, space);
        RECORD_SET(s, IPAM_SUBNET_PREFIX, prefix, p);
        return s;
    }
    if (t->kind == RANGE) {
        struct ipam_range *r = record_new(&m->w.arena, IPAM_T_RANGE);
        RECORD_SET(r, IPAM_RANGE_SPACE, space, space);
        RECORD_SET(r, IPAM_RANGE_FIRST, first, host(t->first));
        RECORD_SET(r, IPAM_RANGE_LAST, last, host(t->last));
        return r;
    }
    struct ipam_address *a = record_new(&m->w.arena, IPAM_T_ADDRESS);
    RECORD_SET(a, IPAM_ADDRESS_SPACE, space, space);
    RECORD_SET(a, IPAM_ADDRESS_ADDRESS, address, host(t->first));
    return a;
}

static void add_thing(struct model *m)
{
    int at = PICK(m->things, false);
    unsigned length = 24 + below(9), size = 1u << (32 - length);
    struct thing t = { true, BLOCK + below(4), 0, (int)below(2), below(256), 0, -1 };
    t.first = t.kind == BLOCK || t.kind == SUBNET ? t.first & ~(size - 1) & 255 : t.first;
    t.last = t.kind == BLOCK || t.kind == SUBNET ? t.first + size - 1 : t.kind == RANGE ? t.first + below(256 - t.first) : t.first;
    if (at < 0 || is_twin(m, &t))
        return;
    t.id = world_put(&m->w, record_for(m, &t, length));
    m->things[at] = t;
}

static const uint32_t types[KINDS] = { IPAM_T_SPACE, IPAM_T_BLOCK, IPAM_T_SUBNET, IPAM_T_RANGE, IPAM_T_ADDRESS };

static void delete_thing(struct model *m)
{
    int at = PICK(m->things, true);
    const struct thing *t = &m->things[at];
    if (at < 2)
        return;
    world_begin(&m->w);
    draft_delete(m->w.draft, view_get(draft_view(m->w.draft), types[t->kind], t->id));
    world_end(&m->w, 0);
    m->things[at].there = false;
}

static void set_scope(struct model *m)
{
    int at = PICK(m->things, true), scope = below(3) == 0 ? -1 : PICK(m->scopes, true);
    struct thing *t = &m->things[at];
    if (t->kind == ADDRESS)
        return;
    bool good = at != 0; /* the default space stays where it is */
    assert_int_equal(access_set_scope(&m->w, types[t->kind], t->id, scope < 0 ? 0 : m->scopes[scope].id) == PROBLEM_NONE,
                     good);
    m->refused += !good;
    if (good)
        t->own = scope;
}

static struct ipam_str role_name(struct model *m, int role)
{
    if (role >= ROLES)
        return str_from(access_role_key(built_in(role)));
    return str_from(arena_printf(&m->w.arena, "custom-%d", role));
}

static void add_pair(struct model *m)
{
    int at = PICK(m->pairs, false), scope = PICK(m->scopes, true), role = (int)below(ROLES + 14);
    struct ipam_access_policy *p = record_new(&m->w.arena, IPAM_T_ACCESS_POLICY);
    bool good = !is_group(role) || scope == 0;
    int64_t from = below(2) ? INT64_MIN : ACCESS_NOW + below(5), until = below(2) ? INT64_MAX : ACCESS_NOW + below(5);
    if (at < 0)
        return;
    for (int i = 0; i < PAIRS; i++)
        good = good && !(m->pairs[i].there && m->pairs[i].role == role && m->pairs[i].scope == scope);
    good = good && from < until;
    RECORD_SET(p, IPAM_ACCESS_POLICY_PRINCIPAL, principal, IPAM_STR("user:u"));
    RECORD_SET(p, IPAM_ACCESS_POLICY_ROLE, role, role_name(m, role));
    RECORD_SET(p, IPAM_ACCESS_POLICY_SCOPE, scope, m->scopes[scope].id);
    if (from != INT64_MIN)
        RECORD_SET(p, IPAM_ACCESS_POLICY_FROM, from, from);
    if (until != INT64_MAX)
        RECORD_SET(p, IPAM_ACCESS_POLICY_UNTIL, until, until);
    access_identity(&m->w, p->principal);
    assert_int_equal(access_create(&m->w, p) == PROBLEM_NONE, good);
    m->refused += !good;
    if (good)
        m->pairs[at] = (struct pair){ true, p->id, role, scope, from, until };
}

static void delete_pair(struct model *m)
{
    int at = PICK(m->pairs, true);
    if (at < 0)
        return;
    world_begin(&m->w);
    int rc = access_row_delete(m->w.draft, view_get(draft_view(m->w.draft), IPAM_T_ACCESS_POLICY, m->pairs[at].id),
                               &m->w.problem);
    assert_int_equal(world_end(&m->w, rc), PROBLEM_NONE);
    m->pairs[at].there = false;
}

/* --- both compared --- */

/* Where it is, as the state has it. */
static int64_t place(struct model *m, const struct thing *t)
{
    return rule_access_scope(state_view(m->w.state), world_row(&m->w, types[t->kind], t->id));
}

/* What a reader is shown of it, and whether its parent is where it is when it should be. */
static void check_shown(struct model *m, const struct thing *t, int64_t scope)
{
    const struct view *v = state_view(m->w.state);
    void *copy = record_copy(&m->w.arena, world_row(&m->w, types[t->kind], t->id));
    const struct record_type *type = record_type(types[t->kind]);
    const struct record_field *f = record_field(type, IPAM_STR("effective_scope"));
    const struct record_field *up = record_field(type, IPAM_STR("parent"));
    rule_derive(v, copy);
    if (f != NULL)
        assert_int_equal(record_has(copy, f->number) ? *(int64_t *)(void *)((char *)copy + f->offset) : 0, scope);
    if (up != NULL && record_has(copy, up->number) && rule_follows_parent(copy))
        assert_int_equal(rule_access_scope(v, view_get(v, up->ref, *(int64_t *)(void *)((char *)copy + up->offset))), scope);
}

static void check_places(struct model *m)
{
    for (int i = 0; i < THINGS; i++) {
        const struct thing *t = &m->things[i];
        if (!t->there)
            continue;
        int want = effective(m, t);
        int64_t got = place(m, t);
        if (got != m->scopes[want].id && (got != 0 || want != 0))
            fail_msg("kind %d, %u-%u: scope %lld in place of %lld", t->kind, t->first, t->last, (long long)got,
                     (long long)m->scopes[want].id);
        check_shown(m, t, got);
    }
}

static void check_verdict(struct model *m, struct book *b)
{
    static const struct principal who = { .name = "user:u" };
    const struct operation *op = &access_operations[below((unsigned)operation_count())];
    while (op->flags & (OPERATION_PUBLIC | OPERATION_SELF)) /* nobody is asked for a right */
        op = &access_operations[below((unsigned)operation_count())];
    int at = below(4) == 0 ? -1 : PICK(m->things, true), where = at < 0 ? -1 : effective(m, &m->things[at]);
    int64_t now = ACCESS_NOW - 1 + below(7);
    bool token = below(2) == 0;
    int role = below(3) == 0 ? -1 : (int)below(ROLES + 14), scope = below(3) == 0 ? 0 : PICK(m->scopes, true);
    struct ipam_str none = { NULL, 0 }, in = scope == 0 && below(2) ? none : str_from(path_of(m, scope));
    const struct rights *r = book_rights(b, &who);
    if (token)
        r = book_narrow(b, r, role < 0 ? none : role_name(m, role), in);
    assert_non_null(r);
    struct ipam_str there = at < 0 ? none : book_path(state_view(m->w.state), place(m, &m->things[at]));
    enum access_verdict got = rights_judge(r, op, there, now), want = verdict(m, op, where, now, token, role, scope);
    if (got != want)
        fail_msg("%s at " STR_FMT ": %d in place of %d", op->name, STR_ARG(there), got, want);
    if (at >= 0)
        assert_int_equal(rights_see(r, there, now), want != ACCESS_HIDDEN);
    *(want == ACCESS_ALLOWED ? &m->allowed : want == ACCESS_DENIED ? &m->denied : &m->hidden) += 1;
}

static void make_role(struct model *m, int role)
{
    struct ipam_role *r = record_new(&m->w.arena, IPAM_T_ROLE);
    struct ipam_str names[20];
    size_t n = 0;
    while (n == 0 || (n < COUNT(names) && below(15) != 0)) {
        const struct operation *op = &access_operations[below((unsigned)operation_count())];
        if ((op->flags & (OPERATION_ADMIN | OPERATION_GROUPS)) != 0)
            continue;
        names[n++] = str_from(op->name);
        m->custom[role][op - access_operations] = true;
    }
    RECORD_SET(r, IPAM_ROLE_NAME, name, role_name(m, role));
    RECORD_SET(r, IPAM_ROLE_OPERATIONS, operations, ((struct ipam_strs){ names, n }));
    assert_int_equal(access_create(&m->w, r), PROBLEM_NONE);
}

static void begin(struct model *m)
{
    char root[] = ACCESS_ROOT;
    struct ipam_space other;
    access_world_init(&m->w, root);
    m->scopes[0] = (struct scope){ .there = true, .id = access_scope_id(&m->w, ACCESS_ROOT), .parent = -1 };
    record_init(&other, IPAM_T_SPACE);
    RECORD_SET(&other, IPAM_SPACE_NAME, name, IPAM_STR("other"));
    m->things[0] = (struct thing){ true, SPACE, m->w.space, 0, 0, 255, -1 };
    m->things[1] = (struct thing){ true, SPACE, world_put(&m->w, &other), 1, 0, 255, -1 };
    for (int i = 0; i < ROLES; i++)
        make_role(m, i);
}

static void test_equals_the_model(void **state)
{
    static void (*const changes[])(struct model *) = { add_scope, add_scope, move_scope, delete_scope, add_thing, add_thing,
                                                       add_thing, delete_thing, set_scope, set_scope, add_pair, add_pair,
                                                       delete_pair };
    size_t sums[4] = { 0 };
    (void)state;
    assert_true(operation_count() < OPERATIONS);
    for (unsigned long n = scaled(WORLDS); n > 0; n--) {
        struct model *m = calloc(1, sizeof(*m));
        begin(m);
        struct book *b = book_new(m->w.state);
        for (int batch = 0; batch < BATCHES; batch++) {
            for (unsigned k = below(6); k > 0; k--)
                changes[below(COUNT(changes))](m);
            world_publish(&m->w);
            check_places(m);
            for (int k = 0; k < 40; k++)
                check_verdict(m, b);
            world_open(&m->w);
        }
        world_drop(&m->w);
        book_free(b);
        world_fini(&m->w);
        sums[0] += m->allowed, sums[1] += m->denied, sums[2] += m->hidden, sums[3] += m->refused;
        free(m);
    }
    print_message("%zu allowed, %zu denied, %zu hidden, %zu changes refused\n", sums[0], sums[1], sums[2], sums[3]);
    for (size_t i = 0; i < COUNT(sums); i++)
        assert_true(sums[i] > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_the_model),
    };
    random_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
