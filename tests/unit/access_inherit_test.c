/* access_inherit_test.c - in which access scope an object is: every case of tests/data/access put to a real state.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "access_world.h"

#include <stdio.h>

enum { ID, SPACE, SPACE_SCOPE, OBJECTS, ASKED, EXPECTED, PARTS };

/* What a case names: rows of the world by kind and key, and the space that the plan is in. */
struct scene {
    struct world w;
    int64_t space;
    size_t wrong, moved;
    struct {
        char kind[16], key[96];
        uint32_t type;
        int64_t id;
    } named[16];
    size_t count;
};

static int64_t named(const struct scene *s, const char *kind, const char *key, uint32_t *ret_type)
{
    for (size_t i = 0; i < s->count; i++) {
        if (strcmp(s->named[i].kind, kind) != 0 || strcmp(s->named[i].key, key) != 0)
            continue;
        if (ret_type != NULL)
            *ret_type = s->named[i].type;
        return s->named[i].id;
    }
    return 0;
}

/* The tree holds every path that is used: what is missing of it is made. */
static int64_t scope_made(struct world *w, const char *path)
{
    struct ipam_access_scope s;
    char upper[256];
    int64_t id = view_by_name(draft_view(w->draft), IPAM_T_ACCESS_SCOPE, str_from(path));
    if (id != 0)
        return id;
    snprintf(upper, sizeof(upper), "%s", path);
    *strrchr(upper, '/') = '\0';
    scope_made(w, upper);
    record_init(&s, IPAM_T_ACCESS_SCOPE);
    RECORD_SET(&s, IPAM_ACCESS_SCOPE_PATH, path, str_from(path));
    assert_int_equal(access_create(w, &s), PROBLEM_NONE);
    return s.id;
}

static void *plan_row(struct scene *s, const char *kind, const char *key)
{
    char first[64], *last = NULL;
    snprintf(first, sizeof(first), "%s", key);
    if (strcmp(kind, "block") == 0) {
        struct ipam_block *b = block_of(&s->w, key);
        RECORD_SET(b, IPAM_BLOCK_SPACE, space, s->space);
        return b;
    }
    if (strcmp(kind, "subnet") == 0) {
        struct ipam_subnet *n = subnet_of(&s->w, key);
        RECORD_SET(n, IPAM_SUBNET_SPACE, space, s->space);
        return n;
    }
    if (strcmp(kind, "range") == 0) {
        last = strchr(first, '-');
        *last++ = '\0';
        struct ipam_range *r = range_of(&s->w, first, last, IPAM_RANGE_KIND_STATIC);
        RECORD_SET(r, IPAM_RANGE_SPACE, space, s->space);
        return r;
    }
    assert_string_equal(kind, "address");
    struct ipam_address *a = address_of(&s->w, key);
    RECORD_SET(a, IPAM_ADDRESS_SPACE, space, s->space);
    return a;
}

/* A scope, reservation or lease; `parent`: SERVER/WHAT IT IS IN, or SERVER/-. */
static void *held_row(struct scene *s, const char *kind, const char *key, char *parent)
{
    char *slash = strchr(parent, '/');
    *slash = '\0';
    int64_t server = named(s, "server", parent, NULL);
    const char *in = strcmp(slash + 1, "-") != 0 ? slash + 1 : NULL;
    int64_t scope = in != NULL ? named(s, "dhcpscope", in, NULL) : 0;
    if (strcmp(kind, "dhcpscope") == 0) {
        struct ipam_scope *c = record_new(&s->w.arena, IPAM_T_SCOPE);
        RECORD_SET(c, IPAM_SCOPE_SERVER, server, server);
        RECORD_SET(c, IPAM_SCOPE_SPACE, space, s->w.space);
        RECORD_SET(c, IPAM_SCOPE_PREFIX, prefix, prefix_of(key));
        RECORD_SET(c, IPAM_SCOPE_NATIVE, native, str_from(key));
        if (in != NULL)
            RECORD_SET(c, IPAM_SCOPE_SUPERSCOPE, superscope, str_from(in));
        return c;
    }
    if (strcmp(kind, "lease") == 0) {
        struct ipam_lease *l = record_new(&s->w.arena, IPAM_T_LEASE);
        RECORD_SET(l, IPAM_LEASE_SERVER, server, server);
        RECORD_SET(l, IPAM_LEASE_SPACE, space, s->w.space);
        RECORD_SET(l, IPAM_LEASE_ADDRESS, address, addr_of(key));
        if (scope != 0)
            RECORD_SET(l, IPAM_LEASE_SCOPE, scope, scope);
        return l;
    }
    assert_string_equal(kind, "reservation");
    struct ipam_reservation *r = record_new(&s->w.arena, IPAM_T_RESERVATION);
    RECORD_SET(r, IPAM_RESERVATION_SERVER, server, server);
    RECORD_SET(r, IPAM_RESERVATION_SPACE, space, s->w.space);
    RECORD_SET(r, IPAM_RESERVATION_ADDRESS, address, addr_of(key));
    if (scope != 0)
        RECORD_SET(r, IPAM_RESERVATION_SCOPE, scope, scope);
    return r;
}

static void *row_of(struct scene *s, const char *kind, const char *key, char *parent)
{
    if (strcmp(kind, "server") == 0) {
        struct ipam_server *server = record_new(&s->w.arena, IPAM_T_SERVER);
        RECORD_SET(server, IPAM_SERVER_NAME, name, str_from(key));
        RECORD_SET(server, IPAM_SERVER_DRIVER, driver, IPAM_STR("dummy"));
        RECORD_SET(server, IPAM_SERVER_SPACE, space, s->w.space);
        return server;
    }
    if (strcmp(kind, "superscope") == 0) {
        struct ipam_superscope *super = record_new(&s->w.arena, IPAM_T_SUPERSCOPE);
        RECORD_SET(super, IPAM_SUPERSCOPE_NAME, name, str_from(key));
        RECORD_SET(super, IPAM_SUPERSCOPE_SERVER, server, named(s, "server", parent, NULL));
        return super;
    }
    return parent != NULL ? held_row(s, kind, key, parent) : plan_row(s, kind, key);
}

/* Makes it, past the rules of the plan: overlaps are among the cases. */
static int64_t make(struct scene *s, const char *kind, const char *key, char *parent)
{
    void *rec = row_of(s, kind, key, parent);
    int64_t id = world_put(&s->w, rec);
    assert_true(s->count < sizeof(s->named) / sizeof(s->named[0]));
    snprintf(s->named[s->count].kind, sizeof(s->named[0].kind), "%s", kind);
    snprintf(s->named[s->count].key, sizeof(s->named[0].key), "%s", key);
    s->named[s->count].type = ((struct ipam_record *)rec)->type;
    s->named[s->count++].id = id;
    return id;
}

/* A scope that is named again with another superscope has moved. */
static void move(struct scene *s, int64_t id, char *parent)
{
    const struct ipam_scope *before = view_get(draft_view(s->w.draft), IPAM_T_SCOPE, id);
    struct ipam_scope after = *before;
    const char *slash = parent != NULL ? strchr(parent, '/') : NULL;
    if (slash == NULL)
        return;
    after.superscope = strcmp(slash + 1, "-") != 0 ? str_from(slash + 1) : (struct ipam_str){ NULL, 0 };
    if (str_equal(after.superscope, before->superscope))
        return;
    if (after.superscope.len > 0)
        IPAM_SET_FIELD(&after, IPAM_SCOPE_SUPERSCOPE);
    else
        after.has[IPAM_SCOPE_SUPERSCOPE >> 6] &= ~(UINT64_C(1) << (IPAM_SCOPE_SUPERSCOPE & 63));
    world_begin(&s->w);
    draft_replace(s->w.draft, before, &after);
    world_end(&s->w, 0);
    s->moved++;
}

/* "KIND KEY OWNSCOPE [PARENT]": made, or what is there already is changed. */
static void put(struct scene *s, char *text)
{
    const char *kind = cut(&text, ' '), *key = cut(&text, ' '), *own = cut(&text, ' ');
    char *parent = text;
    uint32_t type = 0;
    bool there = named(s, kind, key, NULL) != 0;
    int64_t id = there ? named(s, kind, key, NULL) : make(s, kind, key, parent);
    named(s, kind, key, &type);
    if (there && type == IPAM_T_SCOPE)
        move(s, id, parent);
    if (own != NULL || (there && record_field(record_type(type), IPAM_STR("access_scope")) != NULL))
        assert_int_equal(access_set_scope(&s->w, type, id, own != NULL ? scope_made(&s->w, own) : 0), PROBLEM_NONE);
}

static void make_space(struct scene *s, const char *text, const char *scope)
{
    struct ipam_space space;
    s->space = s->w.space;
    if (strstr(text, " default") != NULL)
        return;
    record_init(&space, IPAM_T_SPACE);
    RECORD_SET(&space, IPAM_SPACE_NAME, name, IPAM_STR("corp"));
    s->space = world_put(&s->w, &space);
    if (scope != NULL)
        assert_int_equal(access_set_scope(&s->w, IPAM_T_SPACE, s->space, scope_made(&s->w, scope)), PROBLEM_NONE);
}

static const char *path_in(const struct view *v, const void *rec, char *buf, size_t len)
{
    snprintf(buf, len, STR_FMT, STR_ARG(book_path(v, rule_access_scope(v, rec))));
    return buf;
}

/* In the open batch, where a change is decided, and when it is published, where it is shown. */
static void check(void *user, char **parts)
{
    struct scene *s = user;
    char root[] = ACCESS_ROOT, before[256], after[256], *asked = parts[ASKED], *objects = parts[OBJECTS],
         *scope = parts[SPACE_SCOPE];
    uint32_t type = IPAM_T_SPACE;
    s->count = 0;
    access_world_init(&s->w, root);
    make_space(s, parts[SPACE], cut(&scope, '\n'));
    while (objects != NULL) {
        char *object = cut(&objects, ';');
        if (object != NULL)
            put(s, object);
    }
    const char *kind = cut(&asked, ' ');
    int64_t id = strcmp(kind, "space") == 0 ? s->space : named(s, kind, asked, &type);
    const struct view *v = draft_view(s->w.draft);
    path_in(v, view_get(v, type, id), before, sizeof(before));
    world_publish(&s->w);
    path_in(state_view(s->w.state), world_row(&s->w, type, id), after, sizeof(after));
    if (strcmp(before, parts[EXPECTED]) != 0 || strcmp(after, parts[EXPECTED]) != 0) {
        print_message("%s: %s, then %s, in place of %s\n", parts[ID], before, after, parts[EXPECTED]);
        s->wrong++;
    }
    world_fini(&s->w);
}

static void test_each_case(void **state)
{
    struct scene s = { .wrong = 0 };
    (void)state;
    assert_int_equal(each_line(ACCESS_DATA "/inherit.tsv", PARTS, check, &s), 592);
    assert_int_equal(s.wrong, 0);
    assert_int_equal(s.moved, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
