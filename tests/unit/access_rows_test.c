/* access_rows_test.c - what roles, access scopes and policies may be: every request of tests/data/access/refused.tsv.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A request is JSON, read as a client's is, and decided in a world of its own; what is refused changes nothing. */
#include "access_world.h"

#include <stdio.h>

#define LONG_MAX_LEN 5000

enum verb { CREATE, CHANGE, DELETE };

/* In `json` a '%' is `n` letters, and a '@' the id of the access scope `at`. */
static const struct request {
    const char *id;
    enum verb verb;
    uint32_t type;
    const char *paths; /* below /Global, that are there */
    const char *json;
    size_t n;
    const char *at;
    const char *first; /* made before, of the same type */
} requests[] = {
#define OPS "\"operations\": [\"ipam.subnet.create\"]"
    { "role-name-255", CREATE, IPAM_T_ROLE, NULL, "{\"name\": \"branch\", \"title\": \"%\", " OPS "}", 255, NULL, NULL },
    { "role-name-256", CREATE, IPAM_T_ROLE, NULL, "{\"name\": \"branch\", \"title\": \"%\", " OPS "}", 256, NULL, NULL },
    { "role-name-twice", CREATE, IPAM_T_ROLE, NULL, "{\"name\": \"branch\", " OPS "}", 0, NULL, "{\"name\": \"branch\", " OPS "}" },
    { "role-name-builtin", CREATE, IPAM_T_ROLE, NULL, "{\"name\": \"asm-administrator\", " OPS "}", 0, NULL, NULL },
    { "role-description-4000", CREATE, IPAM_T_ROLE, NULL, "{\"name\": \"branch\", \"description\": \"%\", " OPS "}", 4000, NULL, NULL },
    { "role-description-4001", CREATE, IPAM_T_ROLE, NULL, "{\"name\": \"branch\", \"description\": \"%\", " OPS "}", 4001, NULL, NULL },
    { "scope-child", CREATE, IPAM_T_ACCESS_SCOPE, NULL, "{\"path\": \"/Global/Eu\"}", 0, NULL, NULL },
    { "scope-level-8", CREATE, IPAM_T_ACCESS_SCOPE, "a a/b a/b/c a/b/c/d a/b/c/d/e a/b/c/d/e/f", "{\"path\": \"/Global/a/b/c/d/e/f/g\"}", 0, NULL, NULL },
    { "scope-level-9", CREATE, IPAM_T_ACCESS_SCOPE, "a a/b a/b/c a/b/c/d a/b/c/d/e a/b/c/d/e/f a/b/c/d/e/f/g", "{\"path\": \"/Global/a/b/c/d/e/f/g/h\"}", 0, NULL, NULL },
    { "scope-move-too-deep", CHANGE, IPAM_T_ACCESS_SCOPE, "a a/b a/b/c a/b/c/d a/b/c/d/e x x/y x/y/z", "{\"path\": \"/Global/a/b/c/d/e/x\"}", 0, "/Global/x", NULL },
    { "scope-twice", CREATE, IPAM_T_ACCESS_SCOPE, "Eu", "{\"path\": \"/Global/Eu\"}", 0, NULL, NULL },
    { "scope-same-label-elsewhere", CREATE, IPAM_T_ACCESS_SCOPE, "Eu Us", "{\"path\": \"/Global/Us/Eu\"}", 0, NULL, NULL },
    { "scope-named-global", CREATE, IPAM_T_ACCESS_SCOPE, NULL, "{\"path\": \"/Global/Global\"}", 0, NULL, NULL },
    { "scope-slash", CREATE, IPAM_T_ACCESS_SCOPE, NULL, "{\"path\": \"/Global/a/b\"}", 0, NULL, NULL },
    { "scope-backslash", CREATE, IPAM_T_ACCESS_SCOPE, NULL, "{\"path\": \"/Global/a\\\\b\"}", 0, NULL, NULL },
    { "scope-empty", CREATE, IPAM_T_ACCESS_SCOPE, "Eu", "{\"path\": \"/Global//Eu\"}", 0, NULL, NULL },
    { "scope-255", CREATE, IPAM_T_ACCESS_SCOPE, NULL, "{\"path\": \"/Global/%\"}", 255, NULL, NULL },
    { "scope-256", CREATE, IPAM_T_ACCESS_SCOPE, NULL, "{\"path\": \"/Global/%\"}", 256, NULL, NULL },
    { "scope-orphan", CREATE, IPAM_T_ACCESS_SCOPE, NULL, "{\"path\": \"/Global/None/Eu\"}", 0, NULL, NULL },
    { "scope-second-root", CREATE, IPAM_T_ACCESS_SCOPE, NULL, "{\"path\": \"/World\"}", 0, NULL, NULL },
    { "scope-root-delete", DELETE, IPAM_T_ACCESS_SCOPE, NULL, NULL, 0, "/Global", NULL },
    { "scope-root-rename", CHANGE, IPAM_T_ACCESS_SCOPE, NULL, "{\"path\": \"/World\"}", 0, "/Global", NULL },
    { "scope-delete-subtree", DELETE, IPAM_T_ACCESS_SCOPE, "Eu Eu/De Eu/De/Ber", NULL, 0, "/Global/Eu", NULL },
#define WHOM "\"principal\": \"user:u\", \"scope\": @, "
#define ASM "{" WHOM "\"role\": \"asm-administrator\""
    { "policy-two-pairs", CREATE, IPAM_T_ACCESS_POLICY, "Eu", ASM "}", 0, "/Global/Eu", "{" WHOM "\"role\": \"dns-administrator\"}" },
    { "policy-fixed-at-root", CREATE, IPAM_T_ACCESS_POLICY, NULL, "{" WHOM "\"role\": \"reader\"}", 0, "/Global", NULL },
    { "policy-fixed-below", CREATE, IPAM_T_ACCESS_POLICY, "Eu", "{" WHOM "\"role\": \"reader\"}", 0, "/Global/Eu", NULL },
    { "policy-administrator-below", CREATE, IPAM_T_ACCESS_POLICY, "Eu", "{" WHOM "\"role\": \"administrator\"}", 0, "/Global/Eu", NULL },
    { "policy-admin-role-below", CREATE, IPAM_T_ACCESS_POLICY, "Eu", "{" WHOM "\"role\": \"ipam-administrator\"}", 0, "/Global/Eu", NULL },
    { "policy-unknown-scope", CREATE, IPAM_T_ACCESS_POLICY, NULL, "{\"principal\": \"user:u\", \"scope\": 999, \"role\": \"asm-administrator\"}", 0, NULL, NULL },
    { "policy-unknown-role", CREATE, IPAM_T_ACCESS_POLICY, NULL, "{" WHOM "\"role\": \"no-such-role\"}", 0, "/Global", NULL },
    { "policy-from-until", CREATE, IPAM_T_ACCESS_POLICY, NULL, ASM ", \"from\": \"2026-01-01T00:00:00Z\", \"until\": \"2026-01-02T00:00:00Z\"}", 0, "/Global", NULL },
    { "policy-until-before-from", CREATE, IPAM_T_ACCESS_POLICY, NULL, ASM ", \"from\": \"2026-01-02T00:00:00Z\", \"until\": \"2026-01-01T00:00:00Z\"}", 0, "/Global", NULL },
    { "policy-from-equals-until", CREATE, IPAM_T_ACCESS_POLICY, NULL, ASM ", \"from\": \"2026-01-01T00:00:00Z\", \"until\": \"2026-01-01T00:00:00Z\"}", 0, "/Global", NULL },
    { "policy-cap-zero", CREATE, IPAM_T_ACCESS_POLICY, NULL, ASM ", \"max_blocks\": 0}", 0, "/Global", NULL },
    { "policy-cap-negative", CREATE, IPAM_T_ACCESS_POLICY, NULL, ASM ", \"max_blocks\": -1}", 0, "/Global", NULL },
    { "policy-min4-33", CREATE, IPAM_T_ACCESS_POLICY, NULL, ASM ", \"min_length4\": 33}", 0, "/Global", NULL },
    { "policy-min6-129", CREATE, IPAM_T_ACCESS_POLICY, NULL, ASM ", \"min_length6\": 129}", 0, "/Global", NULL },
};
#define REQUESTS (sizeof(requests) / sizeof(requests[0]))

/* --- reading a request --- */

static const char *json_of(struct world *w, const struct request *r, const char *pattern)
{
    char *text = arena_alloc(&w->arena, LONG_MAX_LEN);
    size_t len = 0;
    for (const char *c = pattern; *c != '\0'; c++) {
        if (*c == '%') {
            memset(text + len, 'x', r->n);
            len += r->n;
        } else if (*c == '@') {
            len += (size_t)snprintf(text + len, LONG_MAX_LEN - len, "%lld", (long long)access_scope_id(w, r->at));
        } else {
            text[len++] = *c;
        }
    }
    text[len] = '\0';
    return text;
}

/* NULL: the record table refuses it. */
static void *read_record(struct world *w, uint32_t type, enum record_mode mode, const char *json)
{
    struct json_doc *doc;
    struct json_error why;
    struct record_problems problems;
    void *rec = NULL;
    assert_int_equal(json_parse(json, strlen(json), LONG_MAX_LEN, &doc, &why), 0);
    record_problems_init(&problems, &w->arena);
    int rc = record_from_json(record_type(type), mode, doc, json_root(doc), "", &w->arena, &rec, NULL, &problems);
    json_free(doc);
    return rc == 0 ? rec : NULL;
}

static enum problem_type create(struct world *w, uint32_t type, const char *json)
{
    void *rec = read_record(w, type, MODE_CREATE, json);
    if (rec != NULL && type == IPAM_T_ACCESS_POLICY) {
        access_identity(w, ((struct ipam_access_policy *)rec)->principal);
        world_publish(w);
        world_open(w);
    }
    return rec != NULL ? access_create(w, rec) : PROBLEM_INVALID;
}

static enum problem_type change(struct world *w, uint32_t type, int64_t id, const char *json)
{
    static const uint64_t cleared[2];
    void *patch = read_record(w, type, MODE_PATCH, json);
    world_begin(w);
    return world_end(w, access_row_update(w->draft, view_get(draft_view(w->draft), type, id), patch, cleared, &w->problem));
}

static enum problem_type delete(struct world *w, uint32_t type, int64_t id)
{
    world_begin(w);
    return world_end(w, access_row_delete(w->draft, view_get(draft_view(w->draft), type, id), &w->problem));
}

/* The world of a request, with what is there before it. */
static void begin(struct world *w, const char *below, const char *first, const struct request *r)
{
    char paths[512] = ACCESS_ROOT, names[256], *rest = names;
    snprintf(names, sizeof(names), "%s", below != NULL ? below : "");
    while (below != NULL && rest != NULL) {
        size_t len = strlen(paths);
        snprintf(paths + len, sizeof(paths) - len, " " ACCESS_ROOT "/%s", cut(&rest, ' '));
    }
    access_world_init(w, paths);
    if (first != NULL)
        assert_int_equal(create(w, r->type, json_of(w, r, first)), PROBLEM_NONE);
    world_publish(w);
    world_open(w);
}

static size_t rows(const struct world *w)
{
    return world_count(w, IPAM_T_ROLE) + world_count(w, IPAM_T_ACCESS_SCOPE) + world_count(w, IPAM_T_ACCESS_POLICY);
}

/* Whether it was accepted. */
static bool end(struct world *w, enum problem_type type)
{
    size_t before = rows(w);
    int64_t head = w->head;
    if (type != PROBLEM_NONE) {
        world_publish(w);
        assert_true(rows(w) == before && w->head == head);
    } else {
        world_publish(w);
        assert_true(w->head > head);
    }
    world_fini(w);
    return type == PROBLEM_NONE;
}

static bool ask(const struct request *r)
{
    struct world w;
    enum problem_type type;
    begin(&w, r->paths, r->first, r);
    if (r->verb == CREATE)
        type = create(&w, r->type, json_of(&w, r, r->json));
    else if (r->verb == CHANGE)
        type = change(&w, r->type, access_scope_id(&w, r->at), json_of(&w, r, r->json));
    else
        type = delete(&w, r->type, access_scope_id(&w, r->at));
    return end(&w, type);
}

/* "role custom [OPERATION,...]" */
static bool ask_role(const char *list)
{
    struct world w;
    char text[512], quoted[1024], *rest = text;
    size_t len = 0;
    snprintf(text, sizeof(text), "%.*s", (int)(strlen(list) - 1), list);
    quoted[0] = '\0';
    while (text[0] != '\0' && rest != NULL)
        len += (size_t)snprintf(quoted + len, sizeof(quoted) - len, "%s\"%s\"", len > 0 ? ", " : "", cut(&rest, ','));
    begin(&w, NULL, NULL, NULL);
    return end(&w, create(&w, IPAM_T_ROLE, arena_printf(&w.arena, "{\"name\": \"branch\", \"operations\": [%s]}", quoted)));
}

/* --- requests about what is no row of access control --- */

static int64_t block_in(struct world *w, const char *path)
{
    struct ipam_block *b = block_of(w, "10.0.0.0/8");
    RECORD_SET(b, IPAM_BLOCK_SPACE, space, w->space);
    int64_t id = world_put(w, b);
    assert_int_equal(access_set_scope(w, IPAM_T_BLOCK, id, access_scope_id(w, path)), PROBLEM_NONE);
    return id;
}

static bool delete_used(const char *path)
{
    struct world w;
    begin(&w, "Eu Eu/De", NULL, NULL);
    block_in(&w, path);
    world_publish(&w);
    world_open(&w);
    return end(&w, delete(&w, IPAM_T_ACCESS_SCOPE, access_scope_id(&w, "/Global/Eu")));
}

static bool delete_in_policy(void)
{
    struct world w;
    begin(&w, "Eu Eu/De", NULL, NULL);
    access_pair(&w, "user:u IPAM ASM Administrator /Global/Eu/De - -", false, NULL);
    access_pair(&w, "user:u IPAM ASM Administrator /Global - -", false, NULL);
    world_publish(&w);
    world_open(&w);
    enum problem_type type = delete(&w, IPAM_T_ACCESS_SCOPE, access_scope_id(&w, "/Global/Eu"));
    world_publish(&w);
    assert_int_equal(world_count(&w, IPAM_T_ACCESS_SCOPE), 1);
    assert_int_equal(world_count(&w, IPAM_T_ACCESS_POLICY), 1); /* the other one stays */
    world_fini(&w);
    return type == PROBLEM_NONE;
}

static bool scope_space(bool the_default, const char *path)
{
    struct world w;
    struct ipam_space s;
    begin(&w, "Eu", NULL, NULL);
    record_init(&s, IPAM_T_SPACE);
    RECORD_SET(&s, IPAM_SPACE_NAME, name, IPAM_STR("corp"));
    RECORD_SET(&s, IPAM_SPACE_ACCESS_SCOPE, access_scope, access_scope_id(&w, "/Global/Eu"));
    int64_t corp = world_put(&w, &s);
    world_publish(&w);
    world_open(&w);
    enum problem_type type = access_set_scope(&w, IPAM_T_SPACE, the_default ? w.space : corp,
                                              path != NULL ? access_scope_id(&w, path) : 0);
    return end(&w, type);
}

/* Whether a row of the type can be put into an access scope at all, by itself or by a client. */
static bool can_have_scope(uint32_t type)
{
    struct world w;
    begin(&w, NULL, NULL, NULL);
    bool can = record_field(record_type(type), IPAM_STR("access_scope")) != NULL ||
               read_record(&w, type, MODE_PATCH, "{\"access_scope\": 1}") != NULL;
    world_drop(&w);
    world_fini(&w);
    return can;
}

/* Built-in roles are no rows: there is nothing that a change or a deletion could be of. */
static bool role_is_row(void)
{
    struct world w;
    begin(&w, NULL, NULL, NULL);
    bool is = view_by_name(draft_view(w.draft), IPAM_T_ROLE, IPAM_STR("asm-administrator")) != 0;
    world_drop(&w);
    world_fini(&w);
    return is;
}

static bool ask_other(const char *id)
{
    if (strcmp(id, "scope-delete-used") == 0)
        return delete_used("/Global/Eu");
    if (strcmp(id, "scope-delete-used-below") == 0)
        return delete_used("/Global/Eu/De");
    if (strcmp(id, "scope-delete-in-policy") == 0)
        return delete_in_policy();
    if (strcmp(id, "space-default-scope") == 0)
        return scope_space(true, "/Global/Eu");
    if (strcmp(id, "root-inherit") == 0)
        return scope_space(false, NULL);
    if (strcmp(id, "address-scope") == 0)
        return can_have_scope(IPAM_T_ADDRESS);
    if (strcmp(id, "reservation-scope") == 0)
        return can_have_scope(IPAM_T_RESERVATION);
    if (strncmp(id, "role-builtin-", 13) == 0)
        return role_is_row();
    fail_msg("nothing asks %s", id);
    return false;
}

/* --- the file --- */

static void check(void *user, char **parts)
{
    const char *id = parts[0];
    bool accepted;
    size_t i = 0;
    while (i < REQUESTS && strcmp(requests[i].id, id) != 0)
        i++;
    if (strncmp(parts[1], "role custom [", 13) == 0)
        accepted = ask_role(parts[1] + 13);
    else
        accepted = i < REQUESTS ? ask(&requests[i]) : ask_other(id);
    if (accepted == (strcmp(parts[2], "accepted") == 0))
        return;
    print_message("%s: %s: %s\n", id, accepted ? "accepted" : "refused", parts[1]);
    *(size_t *)user += 1;
}

static void test_each_request(void **state)
{
    size_t wrong = 0;
    (void)state;
    assert_int_equal(each_line(REFUSED, 4, check, &wrong), 67);
    assert_int_equal(wrong, 0);
}

/* What lies in a block that is in an access scope by itself would fall out of it. */
static void test_block_that_hands_its_scope_on(void **state)
{
    struct world w;
    char paths[] = ACCESS_ROOT " " ACCESS_ROOT "/Eu";
    (void)state;
    access_world_init(&w, paths);
    int64_t id = block_in(&w, "/Global/Eu");
    struct ipam_subnet *s = subnet_of(&w, "10.0.0.0/8");
    RECORD_SET(s, IPAM_SUBNET_SPACE, space, w.space);
    world_put(&w, s);
    assert_int_equal(world_delete(&w, view_get(draft_view(w.draft), IPAM_T_BLOCK, id)), PROBLEM_IN_USE);
    assert_int_equal(access_set_scope(&w, IPAM_T_BLOCK, id, 0), PROBLEM_NONE);
    assert_int_equal(world_delete(&w, view_get(draft_view(w.draft), IPAM_T_BLOCK, id)), PROBLEM_NONE);
    world_publish(&w);
    world_fini(&w);
}

/* The same of a range with addresses in it. */
static void test_range_that_hands_its_scope_on(void **state)
{
    struct world w;
    char paths[] = ACCESS_ROOT " " ACCESS_ROOT "/Eu";
    (void)state;
    access_world_init(&w, paths);
    struct ipam_range *r = range_of(&w, "10.0.0.10", "10.0.0.20", IPAM_RANGE_KIND_STATIC);
    struct ipam_address *a = address_of(&w, "10.0.0.15");
    RECORD_SET(r, IPAM_RANGE_SPACE, space, w.space);
    RECORD_SET(a, IPAM_ADDRESS_SPACE, space, w.space);
    int64_t id = world_put(&w, r);
    world_put(&w, a);
    assert_int_equal(access_set_scope(&w, IPAM_T_RANGE, id, access_scope_id(&w, ACCESS_ROOT "/Eu")), PROBLEM_NONE);
    assert_int_equal(world_delete(&w, view_get(draft_view(w.draft), IPAM_T_RANGE, id)), PROBLEM_IN_USE);
    assert_int_equal(access_set_scope(&w, IPAM_T_RANGE, id, 0), PROBLEM_NONE);
    assert_int_equal(world_delete(&w, view_get(draft_view(w.draft), IPAM_T_RANGE, id)), PROBLEM_NONE);
    world_publish(&w);
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_request),
        cmocka_unit_test(test_block_that_hands_its_scope_on),
        cmocka_unit_test(test_range_that_hands_its_scope_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
