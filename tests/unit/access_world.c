/* access_world.c - access scopes, roles and policies of a world, as the lines of tests/data/access have them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "access_world.h"

#include <stdio.h>
#include <stdlib.h>

#define OPERATIONS_MAX 200

char *cut(char **rest, char sep)
{
    char *begin = *rest, *end = begin != NULL ? strchr(begin, sep) : NULL;
    if (end != NULL)
        *end++ = '\0';
    *rest = end;
    return begin != NULL && strcmp(begin, "-") == 0 ? NULL : begin;
}

enum problem_type access_create(struct world *w, void *rec)
{
    world_begin(w);
    return world_end(w, access_row_create(w->draft, rec, &w->problem));
}

enum problem_type access_set_scope(struct world *w, uint32_t type, int64_t id, int64_t scope)
{
    world_begin(w);
    return world_end(w, access_row_set_scope(w->draft, view_get(draft_view(w->draft), type, id), scope, &w->problem));
}

void access_world_init(struct world *w, char *paths)
{
    struct ipam_access_scope s;
    world_init(w);
    w->now = ACCESS_NOW;
    world_open(w);
    world_begin(w);
    access_seed(w->draft);
    world_end(w, 0);
    assert_string_equal(cut(&paths, ' '), ACCESS_ROOT);
    while (paths != NULL) {
        record_init(&s, IPAM_T_ACCESS_SCOPE);
        RECORD_SET(&s, IPAM_ACCESS_SCOPE_PATH, path, str_from(cut(&paths, ' ')));
        if (access_create(w, &s) != PROBLEM_NONE)
            fail_msg("%s", w->problem.detail);
    }
}

int64_t access_scope_id(const struct world *w, const char *path)
{
    const struct view *v = w->draft != NULL ? draft_view(w->draft) : state_view(w->state);
    int64_t id = view_by_name(v, IPAM_T_ACCESS_SCOPE, str_from(path));
    if (id == 0)
        fail_msg("there is no access scope %s", path);
    return id;
}

/* A role of these operations; its name is made of them, so that the same ones are one role. */
static struct ipam_str custom_role(struct world *w, const char *operations)
{
    struct ipam_str items[OPERATIONS_MAX];
    char *rest = arena_strdup(&w->arena, operations);
    struct ipam_role r;
    size_t n = 0;
    record_init(&r, IPAM_T_ROLE);
    RECORD_SET(&r, IPAM_ROLE_NAME, name,
               str_from(arena_printf(&w->arena, "c-%llx", (unsigned long long)hash_bytes(operations, strlen(operations)))));
    while (rest != NULL && n < OPERATIONS_MAX)
        items[n++] = str_from(cut(&rest, ','));
    assert_null(rest);
    RECORD_SET(&r, IPAM_ROLE_OPERATIONS, operations, ((struct ipam_strs){ items, n }));
    if (view_by_name(draft_view(w->draft), IPAM_T_ROLE, r.name) == 0 && access_create(w, &r) != PROBLEM_NONE)
        fail_msg("%s", w->problem.detail);
    return r.name;
}

struct ipam_str access_role_name(struct world *w, const char *text)
{
    if (strncmp(text, "custom:", 7) == 0)
        return custom_role(w, text + 7);
    for (const struct role *r = access_role_next(NULL); r != NULL; r = access_role_next(r))
        if (strcmp(access_role_is_group(r) ? access_role_key(r) : access_role_title(r), text) == 0)
            return str_from(access_role_key(r));
    fail_msg("there is no role %s", text);
    return (struct ipam_str){ NULL, 0 };
}

/* Cuts the last word off; NULL for "-". */
static const char *last_word(char *text)
{
    char *space = strrchr(text, ' ');
    assert_non_null(space);
    *space = '\0';
    return strcmp(space + 1, "-") == 0 ? NULL : space + 1;
}

void access_identity(struct world *w, struct ipam_str principal)
{
    bool user = principal.len > 5 && memcmp(principal.data, "user:", 5) == 0;
    if (!user && (principal.len <= 6 || memcmp(principal.data, "group:", 6) != 0))
        return;
    size_t kind = user ? 5 : 6;
    struct ipam_str name = { principal.data + kind, principal.len - kind };
    struct ipam_user u;
    struct ipam_group g;
    if (view_by_name(draft_view(w->draft), user ? IPAM_T_USER : IPAM_T_GROUP, name) != 0)
        return;
    record_init(&u, IPAM_T_USER);
    RECORD_SET(&u, IPAM_USER_NAME, name, name);
    record_init(&g, IPAM_T_GROUP);
    RECORD_SET(&g, IPAM_GROUP_NAME, name, name);
    world_put(w, user ? (void *)&u : (void *)&g);
}

bool access_pair(struct world *w, const char *pair, bool caps, const char *principal)
{
    char *text = arena_strdup(&w->arena, pair);
    struct ipam_access_policy policy;
    record_init(&policy, IPAM_T_ACCESS_POLICY);
    const char *least6 = caps ? last_word(text) : NULL;
    const char *least4 = caps ? last_word(text) : NULL;
    const char *most = caps ? last_word(text) : NULL;
    const char *until = last_word(text), *from = last_word(text), *scope = last_word(text);
    char *role = strchr(text, ' ');
    *role++ = '\0';
    RECORD_SET(&policy, IPAM_ACCESS_POLICY_PRINCIPAL, principal, str_from(principal != NULL ? principal : text));
    RECORD_SET(&policy, IPAM_ACCESS_POLICY_ROLE, role, access_role_name(w, role));
    RECORD_SET(&policy, IPAM_ACCESS_POLICY_SCOPE, scope, access_scope_id(w, scope));
    if (from != NULL)
        RECORD_SET(&policy, IPAM_ACCESS_POLICY_FROM, from, ACCESS_NOW + 1000 * atoll(from));
    if (until != NULL)
        RECORD_SET(&policy, IPAM_ACCESS_POLICY_UNTIL, until, ACCESS_NOW + 1000 * atoll(until));
    if (most != NULL)
        RECORD_SET(&policy, IPAM_ACCESS_POLICY_MAX_BLOCKS, max_blocks, atoll(most));
    if (least4 != NULL)
        RECORD_SET(&policy, IPAM_ACCESS_POLICY_MIN_LENGTH4, min_length4, atoll(least4));
    if (least6 != NULL)
        RECORD_SET(&policy, IPAM_ACCESS_POLICY_MIN_LENGTH6, min_length6, atoll(least6));
    access_identity(w, policy.principal);
    enum problem_type type = access_create(w, &policy);
    if (type != PROBLEM_NONE && type != PROBLEM_EXISTS)
        fail_msg("%s: %s", pair, w->problem.detail);
    if (type == PROBLEM_EXISTS)
        world_put(w, &policy);
    return type == PROBLEM_NONE;
}

size_t each_line(const char *path, size_t count, void (*fn)(void *user, char **parts), void *user)
{
    FILE *f = fopen(path, "r");
    char *line = NULL;
    size_t size = 0, lines = 0;
    ssize_t len;
    if (f == NULL)
        fail_msg("cannot open %s", path);
    while ((len = getline(&line, &size, f)) > 0) {
        char *parts[10], *rest = line;
        if (line[0] == '#')
            continue;
        line[len - 1] = '\0'; /* each line ends with one */
        for (size_t i = 0; i < count; i++)
            if ((parts[i] = strsep(&rest, "\t")) == NULL)
                fail_msg("%s: %zu parts in place of %zu", line, i, count);
        assert_null(rest);
        fn(user, parts);
        lines++;
    }
    free(line);
    fclose(f);
    return lines;
}
