/* access_cases_test.c - who may do what, where and when: every case of tests/data/access put to the code.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A case has its own state with access scopes, roles and policies, and is answered as a request is: what it is about is
 * looked up, then the operation is judged there, then at the second place. */
#include "access_world.h"

#include <stdio.h>

#define RIGHTS_MAX 32

struct tally {
    size_t allow, deny, hidden, narrowed;
    size_t without; /* readings of what the product does not have */
    size_t twins;   /* policies that are there already, with other times */
    size_t wrong;
};

enum { ID, SCOPES, PAIRS, MEMBER_OF, TOKEN, OPERATION, PLACE, SECOND, EXPECTED, PARTS };

/* The policies of the principal and of the groups he is in: rights add up. */
static struct rights rights_of(struct book *b, const struct principal *who, char *groups, struct right items[RIGHTS_MAX])
{
    struct rights sum = { items, 0, NULL };
    struct principal p = *who;
    for (;;) {
        const struct rights *r = book_rights(b, &p);
        assert_true(sum.count + r->count <= RIGHTS_MAX);
        for (size_t i = 0; i < r->count; i++)
            items[sum.count++] = r->items[i];
        if (groups == NULL)
            return sum;
        snprintf(p.name, sizeof(p.name), "%s", cut(&groups, ';'));
    }
}

static struct ipam_str text_or_none(const char *text)
{
    return text != NULL ? str_from(text) : (struct ipam_str){ NULL, 0 };
}

/* What is made is not there yet to be hidden: the answer is that it may not be made. */
static const char *answer(const struct rights *r, const struct operation *op, const char *path, const char *second)
{
    enum access_verdict v = rights_judge(r, op, text_or_none(path), ACCESS_NOW);
    size_t len = strlen(op->name);
    if (v == ACCESS_HIDDEN)
        return len > 7 && strcmp(op->name + len - 7, ".create") == 0 ? "deny" : "hidden";
    if (v == ACCESS_ALLOWED && second != NULL)
        v = rights_judge(r, op, text_or_none(second), ACCESS_NOW);
    return v == ACCESS_ALLOWED ? "allow" : "deny";
}

/* The world of a case, and the role that its token has, if it has one. */
static struct ipam_str make_world(struct tally *t, struct world *w, char **parts, const char *token_role)
{
    struct ipam_str role = { NULL, 0 };
    char *pairs = parts[PAIRS];
    access_world_init(w, parts[SCOPES]);
    while (pairs != NULL) {
        const char *pair = cut(&pairs, ';');
        t->twins += pair != NULL && !access_pair(w, pair, false, NULL);
    }
    if (token_role != NULL)
        role = access_role_name(w, token_role);
    world_publish(w);
    return role;
}

static const char *judge(struct tally *t, char **parts, const struct operation *op)
{
    static const struct principal user = { .name = "user:u" };
    struct world w;
    struct right items[RIGHTS_MAX];
    char *token = parts[TOKEN], *space = strrchr(token, ' '), *groups = parts[MEMBER_OF], *path = parts[PLACE],
         *second = parts[SECOND];
    const char *scope = NULL, *role_text = NULL;
    if (space != NULL) {
        scope = strcmp(space + 1, "-") != 0 ? space + 1 : NULL;
        *space = '\0';
        role_text = strcmp(token, "-") != 0 ? token : NULL;
    }
    struct ipam_str role = make_world(t, &w, parts, role_text);
    struct book *b = book_new(w.state);
    struct rights r = rights_of(b, &user, strcmp(groups, "-") != 0 ? groups : NULL, items);
    if (space != NULL) {
        r = *book_narrow(b, &r, role, text_or_none(scope));
        assert_non_null(r.narrow);
        t->narrowed++;
    }
    const char *got = answer(&r, op, cut(&path, '\n'), cut(&second, '\n'));
    book_free(b);
    world_fini(&w);
    return got;
}

static void check(void *user, char **parts)
{
    struct tally *t = user;
    const struct operation *op = access_operation(parts[OPERATION]);
    const char *want = parts[EXPECTED];
    size_t len = strlen(parts[OPERATION]);
    if (op == NULL && len > 5 && strcmp(parts[OPERATION] + len - 5, ".read") == 0) {
        t->without++;
        return;
    }
    if (op == NULL)
        fail_msg("%s: there is no operation %s", parts[ID], parts[OPERATION]);
    const char *got = judge(t, parts, op);
    *(got[0] == 'a' ? &t->allow : got[0] == 'd' ? &t->deny : &t->hidden) += 1;
    if (strcmp(got, want) == 0)
        return;
    t->wrong++;
    print_message("%s: %s in place of %s\n", parts[ID], got, want);
}

static void test_each_case(void **state)
{
    struct tally t = { 0 };
    (void)state;
    size_t lines = each_line(ACCESS_DATA "/cases.tsv", PARTS, check, &t);
    print_message("%zu lines: %zu allowed, %zu denied, %zu hidden, %zu by a token that may less; %zu left out\n", lines,
                  t.allow, t.deny, t.hidden, t.narrowed, t.without);
    assert_int_equal(t.wrong, 0);
    assert_int_equal(t.allow + t.deny + t.hidden, 26584);
    assert_int_equal(t.without, 287);
    assert_int_equal(t.narrowed, 3851);
    assert_int_equal(t.twins, 1086);
}

/* A token that names what is not there may nothing, until it is there. */
static void test_token_of_nothing_there(void **state)
{
    static const struct principal user = { .name = "user:u" };
    static const struct ipam_str any = { NULL, 0 };
    char paths[] = ACCESS_ROOT " " ACCESS_ROOT "/Eu";
    struct world w;
    (void)state;
    access_world_init(&w, paths);
    access_pair(&w, "user:u administrator /Global - -", false, NULL);
    world_publish(&w);
    struct book *b = book_new(w.state);
    const struct rights *his = book_rights(b, &user);
    assert_int_equal(book_narrow(b, his, IPAM_STR("branch"), any)->count, 0);
    assert_int_equal(book_narrow(b, his, any, IPAM_STR("/Global/Us"))->count, 0);
    assert_int_equal(book_narrow(b, his, IPAM_STR("branch"), IPAM_STR("/Global/Us"))->count, 0);
    assert_int_equal(book_narrow(b, his, IPAM_STR("reader"), IPAM_STR("/Global/Eu"))->count, 1);
    const struct rights *r = book_narrow(b, his, any, IPAM_STR("/Global/Eu"));
    assert_int_equal(rights_judge(r, access_operation("ipam.block.change"), IPAM_STR("/Global/Eu"), ACCESS_NOW),
                     ACCESS_ALLOWED);
    assert_int_equal(rights_judge(r, access_operation("ipam.block.change"), IPAM_STR("/Global"), ACCESS_NOW),
                     ACCESS_HIDDEN);
    world_open(&w);
    struct ipam_access_scope s;
    record_init(&s, IPAM_T_ACCESS_SCOPE);
    RECORD_SET(&s, IPAM_ACCESS_SCOPE_PATH, path, IPAM_STR("/Global/Us"));
    assert_int_equal(access_create(&w, &s), PROBLEM_NONE);
    world_publish(&w);
    assert_int_equal(book_narrow(b, book_rights(b, &user), any, IPAM_STR("/Global/Us"))->count, 1);
    book_free(b);
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_case),
        cmocka_unit_test(test_token_of_nothing_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
