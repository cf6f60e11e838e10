/* report.c - roles and operations as records for people.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "access/access.h"

#include "record/record.h"

#define LIST_MAX 1000 /* of what a role may do, and of who may do something */

/* By name: the operations of a role, and the roles of an operation. */
static struct ipam_strs operations_of(const struct role *r, struct arena *a)
{
    struct ipam_strs list = { arena_alloc(a, LIST_MAX * sizeof(struct ipam_str)), 0 };
    for (const struct operation *op = access_operations; op->name != NULL && list.items != NULL; op++)
        if (access_role_allows(r, op))
            ((struct ipam_str *)list.items)[list.count++] = str_from(op->name);
    return list;
}

static struct ipam_strs roles_of(const struct operation *op, struct arena *a)
{
    struct ipam_strs list = { arena_alloc(a, LIST_MAX * sizeof(struct ipam_str)), 0 };
    for (const struct role *r = access_role_next(NULL); r != NULL && list.items != NULL;
         r = access_role_next(r))
        if (access_role_allows(r, op))
            ((struct ipam_str *)list.items)[list.count++] = str_from(access_role_key(r));
    return list;
}

struct report {
    struct arena *a;
    void (*report)(void *user, struct ipam_role *rec);
    void *user;
};

static int report_made(void *user, const void *row)
{
    struct report *r = user;
    struct ipam_role *rec = record_copy(r->a, row);
    if (rec == NULL)
        return 1;
    RECORD_SET(rec, IPAM_ROLE_KIND, kind, IPAM_ROLE_KIND_CUSTOM);
    r->report(r->user, rec);
    return 0;
}

void access_report_roles(const struct view *v, struct arena *a,
                         void (*report)(void *user, struct ipam_role *rec), void *user)
{
    struct report made = { a, report, user };
    for (const struct role *r = access_role_next(NULL); r != NULL; r = access_role_next(r)) {
        struct ipam_role *rec = arena_alloc(a, sizeof(*rec));
        if (rec == NULL)
            return;
        record_init(rec, IPAM_T_ROLE);
        RECORD_SET(rec, IPAM_ROLE_NAME, name, str_from(access_role_key(r)));
        RECORD_SET(rec, IPAM_ROLE_KIND, kind,
                   access_role_is_group(r) ? IPAM_ROLE_KIND_GROUP : IPAM_ROLE_KIND_BUILT_IN);
        RECORD_SET(rec, IPAM_ROLE_TITLE, title, str_from(access_role_title(r)));
        RECORD_SET(rec, IPAM_ROLE_DESCRIPTION, description, str_from(access_role_help(r)));
        RECORD_SET(rec, IPAM_ROLE_OPERATIONS, operations, operations_of(r, a));
        report(user, rec);
    }
    view_each(v, IPAM_T_ROLE, report_made, &made);
}

void access_report_operations(struct arena *a, void (*report)(void *user, struct ipam_operation *rec),
                              void *user)
{
    for (const struct operation *op = access_operations; op->name != NULL; op++) {
        struct ipam_operation *rec = arena_alloc(a, sizeof(*rec));
        if (rec == NULL)
            return;
        record_init(rec, IPAM_T_OPERATION);
        RECORD_SET(rec, IPAM_OPERATION_NAME, name, str_from(op->name));
        if (op->published != NULL)
            RECORD_SET(rec, IPAM_OPERATION_PUBLISHED, published, str_from(op->published));
        RECORD_SET(rec, IPAM_OPERATION_READS, reads, (op->flags & OPERATION_READS) != 0);
        RECORD_SET(rec, IPAM_OPERATION_SCOPED, scoped, (op->flags & OPERATION_UNSCOPED) == 0);
        RECORD_SET(rec, IPAM_OPERATION_GROUPS_ONLY, groups_only, (op->flags & OPERATION_GROUPS) != 0);
        RECORD_SET(rec, IPAM_OPERATION_ADMIN_ONLY, admin_only, (op->flags & OPERATION_ADMIN) != 0);
        RECORD_SET(rec, IPAM_OPERATION_ROLES, roles, roles_of(op, a));
        report(user, rec);
    }
}
