/* rights.c - whether a right allows something, there and now.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "access/rights.h"

#include "access/access_p.h"
#include "access/rows.h"

bool right_holds(const struct right *r, int64_t now_ms)
{
    return now_ms >= r->from && now_ms < r->until;
}

bool right_allows(const struct right *r, const struct operation *op)
{
    size_t n = (size_t)(op - access_operations);
    if (r->role != NULL)
        return access_role_allows(r->role, op);
    if ((op->flags & (OPERATION_READS | OPERATION_GROUPS)) == OPERATION_READS)
        return true;
    return (r->operations[n / 64] >> n % 64 & 1) != 0;
}

/* What is for administrators or for fixed groups alone counts for the whole network only. */
bool right_covers(const struct right *r, const struct operation *op, struct ipam_str path)
{
    if ((op->flags & (OPERATION_ADMIN | OPERATION_GROUPS)) != 0)
        return str_is(r->path, ACCESS_ROOT);
    return path.len == 0 || (op->flags & OPERATION_UNSCOPED) != 0 || access_path_within(path, r->path);
}

static bool narrow_shows(const struct rights *r, struct ipam_str path)
{
    return r->narrow == NULL || r->narrow->path.len == 0 || access_path_within(path, r->narrow->path);
}

static bool narrow_allows(const struct rights *r, const struct operation *op, struct ipam_str path)
{
    const struct right *n = r->narrow;
    if (n == NULL)
        return true;
    return (n->role_name.len == 0 || right_allows(n, op)) && (n->path.len == 0 || right_covers(n, op, path));
}

bool rights_see(const struct rights *r, struct ipam_str path, int64_t now_ms)
{
    for (size_t i = 0; i < r->count; i++)
        if (right_holds(&r->items[i], now_ms) && access_path_within(path, r->items[i].path))
            return narrow_shows(r, path);
    return false;
}

bool rights_see_all(const struct rights *r, int64_t now_ms)
{
    return rights_see(r, IPAM_STR(ACCESS_ROOT), now_ms);
}

bool rights_somewhere(const struct rights *r, const struct operation *op, int64_t now_ms)
{
    for (size_t i = 0; i < r->count; i++)
        if (right_holds(&r->items[i], now_ms) && right_allows(&r->items[i], op))
            return true;
    return false;
}

static bool held(const struct rights *r, const struct operation *op, struct ipam_str path, int64_t now_ms)
{
    for (size_t i = 0; i < r->count; i++)
        if (right_holds(&r->items[i], now_ms) && right_allows(&r->items[i], op) &&
            right_covers(&r->items[i], op, path))
            return narrow_allows(r, op, path);
    return false;
}

enum access_verdict rights_judge(const struct rights *r, const struct operation *op, struct ipam_str path,
                                 int64_t now_ms)
{
    if ((op->flags & (OPERATION_PUBLIC | OPERATION_SELF)) != 0)
        return ACCESS_ALLOWED;
    bool seen = path.len == 0 || rights_see(r, path, now_ms);
    if (path.len == 0 && (op->flags & OPERATION_WHOLE) != 0 && !rights_see_all(r, now_ms))
        return ACCESS_DENIED;
    if (seen && held(r, op, path, now_ms))
        return ACCESS_ALLOWED;
    return seen ? ACCESS_DENIED : ACCESS_HIDDEN;
}
