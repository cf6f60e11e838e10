/* access_caps_test.c - how much somebody may make by a right that limits him: every case of tests/data/access.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Each step is made as a request makes it, and is published before the next. A policy of a group is given to each of
 * its members: what it limits is counted for each by himself. */
#include "access_world.h"

#include <stdio.h>

#include "api/create.h"
#include "api/objects.h"

enum { ID, SCOPES, PAIRS, MEMBERS, STEPS, EXPECTED, PARTS };

struct caps {
    struct world w;
    struct book *book;
    size_t allowed, denied, wrong;
};

/* --- the world of a case --- */

static void give(struct caps *c, const char *pair, const char *members)
{
    char *all = members != NULL ? arena_strdup(&c->w.arena, members) : NULL;
    if (strncmp(pair, "group:", 6) != 0) {
        access_pair(&c->w, pair, true, NULL);
        return;
    }
    while (all != NULL) {
        char *member = cut(&all, ';');
        const char *who = cut(&member, ' ');
        if (strncmp(pair, member, strlen(member)) == 0 && pair[strlen(member)] == ' ')
            access_pair(&c->w, pair, true, who);
    }
}

/* A space in each access scope: what is made there inherits that. */
static int put_space(void *user, const void *row)
{
    struct caps *c = user;
    const struct ipam_access_scope *scope = row;
    struct ipam_space s;
    if (str_is(scope->path, ACCESS_ROOT))
        return 0; /* the default one */
    record_init(&s, IPAM_T_SPACE);
    RECORD_SET(&s, IPAM_SPACE_NAME, name, scope->path);
    RECORD_SET(&s, IPAM_SPACE_ACCESS_SCOPE, access_scope, scope->id);
    draft_put(c->w.draft, &s);
    return 0;
}

static void begin(struct caps *c, char **parts)
{
    char *pairs = parts[PAIRS], *members = parts[MEMBERS];
    access_world_init(&c->w, parts[SCOPES]);
    members = strcmp(members, "-") != 0 ? members : NULL;
    while (pairs != NULL) {
        const char *pair = cut(&pairs, ';');
        if (pair != NULL)
            give(c, pair, members);
    }
    world_begin(&c->w);
    view_each(draft_view(c->w.draft), IPAM_T_ACCESS_SCOPE, put_space, c);
    world_end(&c->w, 0);
    world_publish(&c->w);
    c->book = book_new(c->w.state);
}

/* --- steps --- */

#define SET_SPACE(rec, T, id)                                                                                \
    do {                                                                                                     \
        if ((id) != 0)                                                                                       \
            RECORD_SET(rec, IPAM_##T##_SPACE, space, id);                                                    \
    } while (0)

/* `space` 0: it names none. */
static void *record_for(struct world *w, const char *kind, const char *key, int64_t space)
{
    if (strcmp(kind, "block") == 0) {
        struct ipam_block *b = block_of(w, key);
        SET_SPACE(b, BLOCK, space);
        return b;
    }
    if (strcmp(kind, "subnet") == 0) {
        struct ipam_subnet *s = subnet_of(w, key);
        SET_SPACE(s, SUBNET, space);
        return s;
    }
    if (strcmp(kind, "range") == 0) {
        char *first = arena_strdup(&w->arena, key), *last = strchr(first, '-');
        *last++ = '\0';
        struct ipam_range *r = range_of(w, first, last, IPAM_RANGE_KIND_STATIC);
        SET_SPACE(r, RANGE, space);
        return r;
    }
    assert_string_equal(kind, "address");
    struct ipam_address *a = address_of(w, key);
    SET_SPACE(a, ADDRESS, space);
    return a;
}

static struct sight sight_for(struct caps *c, const struct principal *who, const char *kind, const char *verb)
{
    char name[64];
    struct sight s;
    snprintf(name, sizeof(name), "ipam.%s.%s", kind, verb);
    sight_init(&s, c->book, c->w.state, who, access_operation(name));
    return s;
}

static enum problem_type create(struct caps *c, const struct principal *who, const char *kind, const char *key,
                                int64_t space)
{
    struct sight s = sight_for(c, who, kind, "create");
    void *rec = record_for(&c->w, kind, key, space);
    world_open(&c->w);
    world_begin(&c->w);
    int rc = create_row(&s, c->w.draft, rec, &c->w.problem);
    rc = rc == 0 ? sight_check_draft(&s, c->w.draft, &c->w.problem) : rc;
    world_end(&c->w, rc);
    world_publish(&c->w);
    return c->w.problem.type;
}

struct search {
    struct ipam_prefix prefix;
    const void *found;
};

static int find_prefix(void *user, const void *row)
{
    struct search *s = user;
    const struct ipam_prefix *p = ((const struct ipam_record *)row)->type == IPAM_T_BLOCK
                                      ? &((const struct ipam_block *)row)->prefix
                                      : &((const struct ipam_subnet *)row)->prefix;
    s->found = prefix_equal(p, &s->prefix) ? row : s->found;
    return 0;
}

static enum problem_type delete(struct caps *c, const struct principal *who, const char *kind, const char *key)
{
    struct sight s = sight_for(c, who, kind, "delete");
    struct search search = { prefix_of(key), NULL };
    world_open(&c->w);
    view_each(draft_view(c->w.draft), strcmp(kind, "block") == 0 ? IPAM_T_BLOCK : IPAM_T_SUBNET, find_prefix, &search);
    assert_non_null(search.found);
    world_begin(&c->w);
    int rc = sight_may(&s, draft_view(c->w.draft), search.found, c->w.now, &c->w.problem);
    rc = rc == 0 ? delete_row(&s, c->w.draft, search.found, &c->w.problem) : rc;
    world_end(&c->w, rc);
    world_publish(&c->w);
    return c->w.problem.type;
}

/* "USER create|delete KIND KEY SCOPE" */
static enum problem_type step(struct caps *c, char *text)
{
    struct principal who = { .role = NULL };
    snprintf(who.name, sizeof(who.name), "%s", cut(&text, ' '));
    const char *verb = cut(&text, ' '), *kind = cut(&text, ' '), *key = cut(&text, ' '), *path = cut(&text, ' ');
    if (strcmp(verb, "delete") == 0)
        return delete(c, &who, kind, key);
    return create(c, &who, kind, key, view_by_name(state_view(c->w.state), IPAM_T_SPACE, str_from(path)));
}

static void check(void *user, char **parts)
{
    struct caps *c = user;
    char *steps = parts[STEPS];
    enum problem_type type = PROBLEM_NONE;
    begin(c, parts);
    while (steps != NULL) {
        if (type != PROBLEM_NONE)
            fail_msg("%s: a step before the last: %s", parts[ID], c->w.problem.detail);
        type = step(c, cut(&steps, ';'));
    }
    if (type != PROBLEM_NONE && type != PROBLEM_DENIED)
        fail_msg("%s: %s", parts[ID], c->w.problem.detail);
    *(type == PROBLEM_NONE ? &c->allowed : &c->denied) += 1;
    if ((type == PROBLEM_NONE) != (strcmp(parts[EXPECTED], "allow") == 0)) {
        print_message("%s: \"%s\" in place of %s\n", parts[ID], c->w.problem.detail, parts[EXPECTED]);
        c->wrong++;
    }
    book_free(c->book);
    world_fini(&c->w);
}

static void test_each_case(void **state)
{
    struct caps c = { .wrong = 0 };
    (void)state;
    assert_int_equal(each_line(ACCESS_DATA "/caps.tsv", PARTS, check, &c), 1712);
    print_message("%zu allowed, %zu denied\n", c.allowed, c.denied);
    assert_int_equal(c.wrong, 0);
}

/* One that names no space is made in the default one, and judged by where it is there. */
static void test_space_that_is_not_named(void **state)
{
    static const struct principal user = { .name = "user:u" };
    char paths[] = ACCESS_ROOT " " ACCESS_ROOT "/Eu";
    struct caps c = { .wrong = 0 };
    (void)state;
    access_world_init(&c.w, paths);
    access_pair(&c.w, "user:u IPAM ASM Administrator /Global/Eu - - 1 - -", true, NULL);
    struct ipam_block *b = block_of(&c.w, "10.0.0.0/8");
    RECORD_SET(b, IPAM_BLOCK_SPACE, space, c.w.space);
    RECORD_SET(b, IPAM_BLOCK_ACCESS_SCOPE, access_scope, access_scope_id(&c.w, "/Global/Eu"));
    world_put(&c.w, b);
    world_publish(&c.w);
    c.book = book_new(c.w.state);
    assert_int_equal(create(&c, &user, "subnet", "192.0.2.0/24", 0), PROBLEM_DENIED);
    assert_int_equal(create(&c, &user, "subnet", "10.1.0.0/24", 0), PROBLEM_NONE);
    assert_int_equal(create(&c, &user, "subnet", "10.1.1.0/24", 0), PROBLEM_DENIED); /* he may have one */
    assert_int_equal(create(&c, &user, "range", "10.1.0.10-10.1.0.20", 0), PROBLEM_NONE);
    book_free(c.book);
    world_fini(&c.w);
}

/* By one policy, that of a group: each of its members has his own count. */
static void test_counted_for_each(void **state)
{
    char paths[] = ACCESS_ROOT;
    struct caps c = { .wrong = 0 };
    (void)state;
    access_world_init(&c.w, paths);
    world_begin(&c.w);
    rule_allot(c.w.draft, block_of(&c.w, "10.0.0.0/8"), 7, IPAM_STR("user:u"));
    rule_allot(c.w.draft, block_of(&c.w, "11.0.0.0/8"), 7, IPAM_STR("user:u"));
    rule_allot(c.w.draft, block_of(&c.w, "12.0.0.0/8"), 7, IPAM_STR("user:v"));
    world_end(&c.w, 0);
    world_publish(&c.w);
    const struct view *v = state_view(c.w.state);
    assert_int_equal(rule_allotted(v, 7, IPAM_STR("user:u")), 2);
    assert_int_equal(rule_allotted(v, 7, IPAM_STR("user:v")), 1);
    assert_int_equal(rule_allotted(v, 7, IPAM_STR("user:w")), 0);
    assert_int_equal(rule_allotted(v, 8, IPAM_STR("user:u")), 0);
    world_fini(&c.w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_case),
        cmocka_unit_test(test_space_that_is_not_named),
        cmocka_unit_test(test_counted_for_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
