/* access_matrix_test.c - fixed groups and built-in roles against what Windows IPAM documents, cell by cell.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "access/access.h"
#include "base/arena.h"

#define CELLS_MAX 4096

/* What ipamd does and Windows IPAM does not, or under another name. */
static const char *const ours[] = {
    "ipam.pool.create",
    "ipam.pool.change",
    "ipam.pool.delete",
    "ipam.pool.set-scope",
    "ipam.pool.allocate",
    "ipam.address.allocate",
    "inventory.server.probe",
    "inventory.server.collect",
    "manage.plan.resume",
    "manage.plan.undo",
    "dhcp.edit",
    "audit.change.revert",
    "system.job.cancel",
    "system.task.purge",
    "ipam.quarantine.delete",
    "system.backup.create",
    "system.storage.verify",
    "audit.checkpoint.create",
    "audit.export.read",
    "system.secret.write",
    "system.secret.delete",
    "system.master-key.read",
    "system.master-key.rotate",
    "access.user.read",
    "access.user.create",
    "access.user.change",
    "access.user.delete",
    "access.user.password",
    "access.group.read",
    "access.group.create",
    "access.group.change",
    "access.group.delete",
    "access.token.read",
    "access.token.create",
    "access.token.change",
    "access.token.delete",
    "access.session.read",
    "access.session.create",
    "access.session.delete",
    "access.recovery.read",
    "access.recovery.create",
    "system.query.create",
    "system.query.change",
    "system.query.delete",
    "ipam.vlan-group.create",
    "ipam.vlan-group.change",
    "ipam.vlan-group.delete",
    "ipam.vlan-group.set-scope",
    "ipam.vlan.create",
    "ipam.vlan.change",
    "ipam.vlan.delete",
    "ipam.vlan.set-scope",
    "ipam.vrf.create",
    "ipam.vrf.change",
    "ipam.vrf.delete",
    "ipam.vrf.set-scope",
    "dhcp.drift.adopt",
    "dhcp.drift.restore",
    "dhcp.lease.create",
    "dhcp.lease.delete",
    "dhcp.server-config-text.read",
};

static struct cell {
    char who[64], windows[64], name[64];
    bool allowed;
} cells[CELLS_MAX];
static size_t cell_count;

static int read_cells(void **state)
{
    FILE *f = fopen(EXPECTED, "r");
    char line[256];
    (void)state;
    if (f == NULL)
        fail_msg("cannot open %s", EXPECTED);
    while (fgets(line, sizeof(line), f) != NULL) {
        struct cell *c = &cells[cell_count];
        char *parts[4], *rest = line;
        if (line[0] == '#')
            continue;
        assert_true(cell_count < CELLS_MAX);
        for (int i = 0; i < 4; i++)
            parts[i] = strsep(&rest, "\t\n");
        assert_non_null(parts[3]);
        snprintf(c->who, sizeof(c->who), "%s", parts[0]);
        snprintf(c->windows, sizeof(c->windows), "%s", parts[1]);
        snprintf(c->name, sizeof(c->name), "%s", parts[2]);
        c->allowed = parts[3][0] == '1';
        cell_count++;
    }
    fclose(f);
    assert_true(cell_count > 2200);
    return 0;
}

static const struct role *role_titled(const char *title)
{
    for (const struct role *r = access_role_next(NULL); r != NULL; r = access_role_next(r))
        if (strcmp(access_role_title(r), title) == 0)
            return r;
    fail_msg("there is no role %s", title);
    return NULL;
}

static bool reads_generally(const struct operation *op)
{
    return (op->flags & (OPERATION_READS | OPERATION_GROUPS)) == OPERATION_READS;
}

static void judge(const struct cell *c, const struct role *r, const struct operation *op)
{
    if (access_role_allows(r, op) != c->allowed)
        fail_msg("%s %s %s (%s)", c->who, c->allowed ? "may not do" : "may do", op->name, c->windows);
}

/* Every cell, both ways: what it has, and what it has not. Reading is one operation there, many here. */
static void test_each_cell(void **state)
{
    size_t judged = 0;
    (void)state;
    for (size_t i = 0; i < cell_count; i++) {
        const struct cell *c = &cells[i];
        const struct role *r = role_titled(c->who);
        if (strcmp(c->name, "-") == 0)
            continue;
        if (strcmp(c->windows, "GenericRead") == 0) {
            struct cell read = *c;
            read.allowed = true; /* whoever has any right can read */
            for (const struct operation *op = access_operations; op->name != NULL; op++)
                if (reads_generally(op))
                    judge(&read, r, op);
            judged++;
            continue;
        }
        const struct operation *op = access_operation(c->name);
        if (op == NULL)
            fail_msg("there is no operation %s (%s)", c->name, c->windows);
        judge(c, r, op);
        if (strcmp(c->windows, "inferred") != 0)
            assert_string_equal(op->published, c->windows);
        judged++;
    }
    print_message("%zu cells judged\n", judged);
    assert_true(judged > 2100);
}

static bool is_ours(const char *name)
{
    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        if (strcmp(ours[i], name) == 0)
            return true;
    return false;
}

/* No operation is left to chance: it reads, or stands in the table, or is one of ours. */
static void test_nothing_else_is_there(void **state)
{
    (void)state;
    for (const struct operation *op = access_operations; op->name != NULL; op++) {
        bool there = reads_generally(op) || is_ours(op->name);
        for (size_t i = 0; i < cell_count && !there; i++)
            there = strcmp(cells[i].name, op->name) == 0;
        if (!there)
            fail_msg("nothing says who may do %s", op->name);
    }
}

/* What a role that people make must not have, no built-in role but the administrator's has either. */
static void test_flags(void **state)
{
    const struct role *chief = access_role(IPAM_STR("ipam-administrator"));
    unsigned admin = 0, groups = 0;
    (void)state;
    for (const struct operation *op = access_operations; op->name != NULL; op++)
        for (const struct role *r = access_role_next(NULL); r != NULL; r = access_role_next(r)) {
            if (access_role_is_group(r))
                continue;
            if (op->flags & OPERATION_GROUPS) {
                assert_false(access_role_allows(r, op));
                groups++;
            } else if (op->flags & OPERATION_ADMIN) {
                assert_int_equal(access_role_allows(r, op), r == chief);
                admin++;
            }
        }
    assert_true(admin >= 6 * 9 && groups >= 20 * 9);
}

/* Five fixed groups and nine roles, each under a key, a title and a sentence of its own. */
static void test_each_has_its_name(void **state)
{
    unsigned groups = 0, roles = 0;
    (void)state;
    for (const struct role *r = access_role_next(NULL); r != NULL; r = access_role_next(r)) {
        *(access_role_is_group(r) ? &groups : &roles) += 1;
        assert_ptr_equal(access_role(str_from(access_role_key(r))), r);
        assert_ptr_equal(role_titled(access_role_title(r)), r);
        assert_true(strlen(access_role_help(r)) > 5);
    }
    assert_int_equal(groups, 5);
    assert_int_equal(roles, 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_cell),
        cmocka_unit_test(test_nothing_else_is_there),
        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_each_has_its_name),
    };
    return cmocka_run_group_tests(tests, read_cells, NULL);
}
