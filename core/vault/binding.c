/* binding.c - the rows of access control, tied by a keyed digest: none is changed unnoticed.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Whoever can write to the database has not the master key. The digest is of all rows and of every
 * object's own access scope, so that an edit, a deletion, and a row put back or moved to another object
 * all show. It is made anew in each change that touches one of them, and judged at the start. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "vault/vault_p.h"

static const uint32_t bound_types[] = { IPAM_T_ROLE,  IPAM_T_ACCESS_SCOPE, IPAM_T_ACCESS_POLICY, IPAM_T_USER,
                                        IPAM_T_GROUP, IPAM_T_TOKEN,        IPAM_T_VERIFIER };
#define BOUND_TYPES (sizeof(bound_types) / sizeof(bound_types[0]))

#define ROW_MAX (1u << 20)

/* The sum of the digests of the rows: their order does not matter. Each is keyed, and the sum is never
 * shown. */
struct sum {
    const struct vault *v;
    struct ipam_str key;
    uint64_t words[SECRET_DIGEST_BYTES / 8];
    int64_t rows;
    int rc;
    struct strbuf row;
};

static void add(struct sum *s)
{
    uint64_t digest[SECRET_DIGEST_BYTES / 8], carry = 0;
    int rc = secret_digest(s->v->keys, s->key, s->row.data, s->row.len, (uint8_t *)digest);
    if (rc != 0 || s->row.failed) {
        s->rc = rc != 0 ? rc : strbuf_status(&s->row);
        return;
    }
    for (size_t i = 0; i < SECRET_DIGEST_BYTES / 8; i++) {
        uint64_t with = s->words[i] + carry;
        carry = with < carry;
        s->words[i] = with + digest[i];
        carry += s->words[i] < with;
    }
    s->rows++;
}

/* All that is stored of it, but what changes by itself. */
static int add_row(void *user, const void *row)
{
    struct sum *s = user;
    const struct ipam_record *head = row;
    uint64_t moving[2], stays[2];
    record_mask(record_type(head->type), FIELD_VOLATILE, moving);
    stays[0] = ~moving[0];
    stays[1] = ~moving[1];
    strbuf_reset(&s->row);
    strbuf_printf(&s->row, "row %u ", head->type);
    record_pack(row, stays, &s->row);
    add(s);
    return s->rc != 0;
}

/* Of an object only which scope it was put into: its other fields are no matter of access. */
static int add_object(void *user, const void *row)
{
    struct sum *s = user;
    const struct record_type *t = record_type(((const struct ipam_record *)row)->type);
    const struct record_field *f = record_field(t, IPAM_STR("access_scope"));
    strbuf_reset(&s->row);
    strbuf_printf(&s->row, "object %u %lld %lld", t->type,
                  (long long)*(const int64_t *)(const void *)((const char *)row + t->fields[0].offset),
                  (long long)*(const int64_t *)(const void *)((const char *)row + f->offset));
    add(s);
    return s->rc != 0;
}

/* 0 with the tag, or IPAM_E_NOENT without that key. */
static int make_tag(const struct vault *v, const struct view *view, struct ipam_str key,
                    uint8_t ret[SECRET_DIGEST_BYTES], int64_t *ret_rows)
{
    struct sum s = { .v = v, .key = key };
    if (v->keys == NULL || key.len == 0)
        return IPAM_E_NOENT;
    strbuf_init(&s.row, ROW_MAX);
    for (size_t i = 0; i < BOUND_TYPES && s.rc == 0; i++)
        view_each(view, bound_types[i], add_row, &s);
    if (s.rc == 0)
        view_each_scoped(view, add_object, &s);
    strbuf_reset(&s.row);
    strbuf_printf(&s.row, "sum %lld ", (long long)s.rows);
    strbuf_add(&s.row, s.words, sizeof(s.words));
    int rc = s.rc != 0 ? s.rc : secret_digest(v->keys, key, s.row.data, s.row.len, ret);
    strbuf_fini(&s.row);
    *ret_rows = s.rows;
    return rc;
}

static int take_first(void *user, const void *row)
{
    *(const void **)user = row;
    return 1;
}

static const struct ipam_binding *find(const struct view *view)
{
    const void *row = NULL;
    view_each(view, IPAM_T_BINDING, take_first, &row);
    return row;
}

/* --- in the gate --- */

static bool is_bound(uint32_t type)
{
    for (size_t i = 0; i < BOUND_TYPES; i++)
        if (bound_types[i] == type)
            return true;
    return false;
}

static int64_t scope_of(const void *row, const struct record_field *f)
{
    return row != NULL ? *(const int64_t *)(const void *)((const char *)row + f->offset) : 0;
}

static bool touches(const struct draft_op *op)
{
    const struct record_field *f = record_field(record_type(op->type), IPAM_STR("access_scope"));
    return is_bound(op->type) ||
           (f != NULL && f->kind == KIND_REF && scope_of(op->before, f) != scope_of(op->after, f));
}

static int tie_under(const struct vault *v, struct draft *d, struct ipam_str key)
{
    struct ipam_binding b;
    uint8_t tag[SECRET_DIGEST_BYTES];
    int64_t rows;
    int rc = make_tag(v, draft_view(d), key, tag, &rows);
    if (rc != 0)
        return rc;
    record_init(&b, IPAM_T_BINDING);
    RECORD_SET(&b, IPAM_BINDING_KEY, key, key);
    RECORD_SET(&b, IPAM_BINDING_TAG, tag, ((struct ipam_bytes){ tag, sizeof(tag) }));
    RECORD_SET(&b, IPAM_BINDING_ROWS, rows, rows);
    draft_replace(d, find(draft_view(d)), &b);
    return 0;
}

/* What is broken stays so until somebody has looked at it; what is not bound, for there was no key, is
 * bound then. */
void vault_tie(void *user, struct draft *d)
{
    struct vault *v = user;
    size_t count;
    const struct draft_op *ops = draft_open_ops(d, &count);
    bool touched = false;
    for (size_t i = 0; i < count; i++)
        touched = touched || touches(&ops[i]);
    if (touched && v->key[0] != '\0' && v->binding != BINDING_BROKEN)
        tie_under(v, d, str_from(v->key));
}

bool vault_ties_anew(const struct vault *v)
{
    const struct ipam_binding *b = find(state_view(v->at.state));
    return b != NULL && v->binding == BINDING_GOOD && !str_is(b->key, v->next);
}

int vault_retie(struct vault *v, struct draft *d, struct problem *p)
{
    if (tie_under(v, d, str_from(v->key)) == 0)
        return 0;
    problem_hint(p,
                 "configure a master key: \"master_key\" in the configuration, or the credential " VAULT_KEY);
    return problem_set(p, PROBLEM_UNSUPPORTED,
                       "there is no master key to tie the rows of access control with");
}

void vault_tie_next(const struct vault *v, struct draft *d)
{
    tie_under(v, d, str_from(v->next));
}

/* --- at the start --- */

static void judged(struct vault *v, enum binding state, const char *why)
{
    v->binding = state;
    snprintf(v->binding_message, sizeof(v->binding_message), "%s", why);
    if (state == BINDING_BROKEN)
        log_event(LOG_ERR_, "access-tampered",
                  "%s; rights by policies are not given until ipamctl access recompute", why);
}

void vault_judge_binding(struct vault *v, bool fresh)
{
    const struct view *view = state_view(v->at.state);
    const struct ipam_binding *b = find(view);
    uint8_t tag[SECRET_DIGEST_BYTES];
    int64_t rows;
    if (v->key[0] == '\0' && b == NULL) {
        judged(v, BINDING_NONE, "there is no master key");
    } else if (b == NULL) {
        judged(v, fresh ? BINDING_FRESH : BINDING_BROKEN,
               "the rows of access control are not bound, though there is a master key");
    } else if (make_tag(v, view, b->key, tag, &rows) != 0) {
        judged(v, BINDING_BROKEN,
               "the master key that the rows of access control are bound with is not at hand");
    } else if (b->tag.len != sizeof(tag) || memcmp(b->tag.data, tag, sizeof(tag)) != 0) {
        judged(v, BINDING_BROKEN,
               "roles, policies, access scopes or what is in them were changed behind the service's back");
    } else {
        judged(v, BINDING_GOOD, "");
    }
}

enum binding vault_binding(const struct vault *v, const char **ret_message)
{
    if (ret_message != NULL)
        *ret_message = v != NULL ? v->binding_message : "";
    return v != NULL ? v->binding : BINDING_NONE;
}

void vault_tied(struct vault *v)
{
    judged(v, BINDING_GOOD, "");
}
