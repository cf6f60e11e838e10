/* scope.c - rules of access scopes: a tree by their paths, and which of them an object is in.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * After [MS-IPAMM2], AccessScope: labels are unique in their parent, hold no slash, and go eight levels
 * deep, the root counted. The path is stored whole, so that to be a part of another is to begin with it. */
#include "access/rows_p.h"

#include <stdio.h>
#include <string.h>

#define LABEL_MAX 255

/* --- paths --- */

bool access_path_within(struct ipam_str path, struct ipam_str in)
{
    return path.len >= in.len && in.len > 0 && memcmp(path.data, in.data, in.len) == 0 &&
           (path.len == in.len || path.data[in.len] == '/');
}

struct ipam_str access_path(struct arena *a, struct ipam_str text)
{
    char *copy = arena_alloc(a, text.len + 2);
    size_t n = 0;
    if (copy == NULL || text.len == 0)
        return (struct ipam_str){ NULL, 0 };
    if (text.data[0] != '/' && text.data[0] != '\\')
        copy[n++] = '/';
    for (size_t i = 0; i < text.len; i++)
        copy[n++] = text.data[i] == '\\' ? '/' : text.data[i];
    while (n > 1 && copy[n - 1] == '/')
        n--;
    copy[n] = '\0';
    return (struct ipam_str){ copy, n };
}

static struct ipam_str parent_path(struct ipam_str path)
{
    const char *slash = memrchr(path.data, '/', path.len);
    return (struct ipam_str){ path.data, slash != NULL ? (size_t)(slash - path.data) : 0 };
}

static int depth_of(struct ipam_str path)
{
    int depth = -1; /* the first slash begins the root */
    for (size_t i = 0; i < path.len; i++)
        depth += path.data[i] == '/';
    return depth;
}

static bool labels_are_good(struct ipam_str path)
{
    size_t len = 0;
    if (path.len == 0 || path.data[0] != '/')
        return false;
    for (size_t i = 1; i <= path.len; i++) {
        if (i < path.len && path.data[i] != '/') {
            len++;
            continue;
        }
        if (len == 0 || len > LABEL_MAX)
            return false;
        len = 0;
    }
    return true;
}

static int too_deep(struct ipam_str path, struct problem *p)
{
    problem_hint(p, "put it higher up in the tree");
    return problem_set(p, PROBLEM_INVALID, "/path: " STR_FMT " is more than %d levels below " ACCESS_ROOT,
                       STR_ARG(path), ACCESS_DEPTH_MAX);
}

/* Whether a scope could be there; `self`: the one that is to be moved there, or 0. */
static int path_check(const struct view *v, struct ipam_str path, int64_t self, struct problem *p)
{
    int64_t there = view_by_name(v, IPAM_T_ACCESS_SCOPE, path);
    if (!labels_are_good(path) || !access_path_within(path, IPAM_STR(ACCESS_ROOT)) ||
        path.len == strlen(ACCESS_ROOT)) {
        problem_hint(p,
                     "write " ACCESS_ROOT "/LABEL/LABEL, labels of 1 to %d bytes without slash and backslash",
                     LABEL_MAX);
        return problem_set(p, PROBLEM_INVALID, "/path: \"" STR_FMT "\" cannot be the path of an access scope",
                           STR_ARG(path));
    }
    if (depth_of(path) > ACCESS_DEPTH_MAX)
        return too_deep(path, p);
    if (view_by_name(v, IPAM_T_ACCESS_SCOPE, parent_path(path)) == 0) {
        problem_hint(p, "add " STR_FMT " first", STR_ARG(parent_path(path)));
        return problem_set(p, PROBLEM_INVALID, "/path: there is no access scope " STR_FMT,
                           STR_ARG(parent_path(path)));
    }
    if (there == 0 || there == self)
        return 0;
    problem_hint(p, "choose another label");
    return problem_set(p, PROBLEM_EXISTS, "access scope " STR_FMT " exists already (id %lld)", STR_ARG(path),
                       (long long)there);
}

/* --- rows --- */

void access_seed(struct draft *d)
{
    struct ipam_access_scope root;
    if (view_by_name(draft_view(d), IPAM_T_ACCESS_SCOPE, IPAM_STR(ACCESS_ROOT)) != 0)
        return;
    record_init(&root, IPAM_T_ACCESS_SCOPE);
    RECORD_SET(&root, IPAM_ACCESS_SCOPE_PATH, path, IPAM_STR(ACCESS_ROOT));
    RECORD_SET(&root, IPAM_ACCESS_SCOPE_DESCRIPTION, description,
               IPAM_STR("The whole network: what is put into no access scope is here."));
    draft_put(d, &root);
}

int scope_create(struct draft *d, struct ipam_access_scope *s, struct problem *p)
{
    struct ipam_str given = s->path;
    struct arena a;
    arena_init(&a, 0);
    s->path = access_path(&a, given);
    int rc = path_check(draft_view(d), s->path, 0, p);
    if (rc == 0)
        draft_put(d, s);
    arena_fini(&a);
    const struct ipam_access_scope *row =
        rc == 0 ? view_get(draft_view(d), IPAM_T_ACCESS_SCOPE, s->id) : NULL;
    s->path = row != NULL ? row->path : given;
    return rc;
}

static int root_stays(const struct ipam_access_scope *s, const char *what, struct problem *p)
{
    if (!str_is(s->path, ACCESS_ROOT))
        return 0;
    problem_hint(p, "add a scope below it, and %s that", what);
    return problem_set(p, PROBLEM_IN_USE, ACCESS_ROOT " is the whole network; it always is, under that name");
}

/* Scopes below one that is moved or deleted. */
struct subtree {
    struct draft *d;
    const struct ipam_access_scope *top;
    struct ipam_str to; /* where it goes */
    struct problem *p;
    const void *used; /* an object that is in one of them */
};

static int move_part(void *user, const void *row)
{
    struct subtree *t = user;
    const struct ipam_access_scope *part = row;
    struct ipam_access_scope moved = *part;
    char path[4200];
    if (part->id == t->top->id || !access_path_within(part->path, t->top->path))
        return 0;
    struct ipam_str rest = { part->path.data + t->top->path.len, part->path.len - t->top->path.len };
    int len = snprintf(path, sizeof(path), STR_FMT STR_FMT, STR_ARG(t->to), STR_ARG(rest));
    moved.path = (struct ipam_str){ path, (size_t)len };
    if (depth_of(moved.path) > ACCESS_DEPTH_MAX || len > 2048)
        return too_deep(moved.path, t->p);
    draft_replace(t->d, part, &moved);
    return 0;
}

int scope_change(struct draft *d, const struct ipam_access_scope *before, struct ipam_access_scope *rec,
                 struct problem *p)
{
    struct arena a;
    int rc = 0;
    arena_init(&a, 0);
    rec->path = access_path(&a, rec->path);
    if (!str_equal(rec->path, before->path)) {
        struct subtree t = { d, before, rec->path, p, NULL };
        rc = root_stays(before, "rename", p);
        rc = rc == 0 ? path_check(draft_view(d), rec->path, before->id, p) : rc;
        if (rc == 0 && access_path_within(rec->path, before->path)) {
            problem_hint(p, "choose a place outside of it");
            rc = problem_set(p, PROBLEM_INVALID, "/path: " STR_FMT " cannot become a part of itself",
                             STR_ARG(before->path));
        }
        rc = rc == 0 ? view_each(draft_view(d), IPAM_T_ACCESS_SCOPE, move_part, &t) : rc;
    }
    if (rc == 0)
        draft_replace(d, before, rec);
    arena_fini(&a);
    return rc;
}

/* The scope an object was put into itself. */
static int64_t own_scope(const void *row)
{
    const struct record_type *t = record_type(((const struct ipam_record *)row)->type);
    const struct record_field *f = record_field(t, IPAM_STR("access_scope"));
    return *(const int64_t *)(const void *)((const char *)row + f->offset);
}

static int find_used(void *user, const void *row)
{
    struct subtree *t = user;
    int64_t id = own_scope(row);
    const struct ipam_access_scope *s = id != 0 ? view_get(draft_view(t->d), IPAM_T_ACCESS_SCOPE, id) : NULL;
    if (s == NULL || !access_path_within(s->path, t->top->path))
        return 0;
    t->used = row;
    return 1;
}

static int drop_policy(void *user, const void *row)
{
    struct subtree *t = user;
    const struct ipam_access_policy *policy = row;
    const struct ipam_access_scope *s = view_get(draft_view(t->d), IPAM_T_ACCESS_SCOPE, policy->scope);
    if (s != NULL && access_path_within(s->path, t->top->path))
        policy_drop(t->d, policy);
    return 0;
}

static int drop_part(void *user, const void *row)
{
    struct subtree *t = user;
    const struct ipam_access_scope *part = row;
    if (part->id != t->top->id && access_path_within(part->path, t->top->path))
        draft_delete(t->d, part);
    return 0;
}

int scope_delete(struct draft *d, const struct ipam_access_scope *s, struct problem *p)
{
    const struct view *v = draft_view(d);
    struct subtree t = { d, s, { NULL, 0 }, p, NULL };
    if (root_stays(s, "delete", p) != 0)
        return IPAM_E_INVAL;
    if (view_each_scoped(v, find_used, &t) != 0) {
        struct strbuf key;
        strbuf_init(&key, 512);
        record_key_print(t.used, &key);
        problem_hint(p, "put it into another scope, or have it inherit one: POST .../set-scope");
        problem_set(p, PROBLEM_IN_USE, "the %s " STR_FMT " is in " STR_FMT " or a part of it",
                    record_type(((const struct ipam_record *)t.used)->type)->name, STR_ARG(strbuf_str(&key)),
                    STR_ARG(s->path));
        strbuf_fini(&key);
        return IPAM_E_INVAL;
    }
    view_each(v, IPAM_T_ACCESS_POLICY, drop_policy, &t);
    view_each(v, IPAM_T_ACCESS_SCOPE, drop_part, &t);
    draft_delete(d, s);
    return 0;
}

/* --- objects --- */

int access_row_set_scope(struct draft *d, const void *before, int64_t scope, struct problem *p)
{
    const struct record_type *t = record_type(((const struct ipam_record *)before)->type);
    const struct record_field *f = record_field(t, IPAM_STR("access_scope"));
    struct arena a;
    if (t->type == IPAM_T_SPACE && str_is(((const struct ipam_space *)before)->name, "default")) {
        problem_hint(p, "put its blocks into access scopes");
        return problem_set(p, PROBLEM_IN_USE, "the default space is in " ACCESS_ROOT " for ever");
    }
    if (scope != 0 && view_get(draft_view(d), IPAM_T_ACCESS_SCOPE, scope) == NULL) {
        problem_hint(p, "list them with GET /api/v1/access/scopes");
        return problem_set(p, PROBLEM_INVALID, "/access_scope: there is no access scope %lld",
                           (long long)scope);
    }
    if (rule_stays(draft_view(d), before, p) != 0)
        return IPAM_E_INVAL;
    arena_init(&a, 0);
    struct ipam_record *rec = record_copy(&a, before);
    if (rec == NULL)
        out_of_memory(0); /* the arena has no limit */
    *(int64_t *)(void *)((char *)rec + f->offset) = scope;
    if (scope != 0)
        IPAM_SET_FIELD(rec, f->number);
    else
        rec->has[f->number >> 6] &= ~((uint64_t)1 << (f->number & 63));
    draft_replace(d, before, rec);
    arena_fini(&a);
    return 0;
}
