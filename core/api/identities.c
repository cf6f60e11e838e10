/* identities.c - users and tokens made and changed: passwords hashed, tokens drawn, shown once.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A password is taken out of the request before anything else is done with it; a token is in no row and in no
 * answer that is kept: whoever repeats a request gets the token's row, and not the token. */
#include <stdio.h>
#include <string.h>

#include "api/create.h"
#include "base/clock.h"
#include "secret/secret.h"

/* --- taking secrets out of a request --- */

/* What was sent is the same bytes wherever they lie: they are overwritten there. */
void call_wipe(struct ipam_str text)
{
    if (text.len > 0)
        secret_wipe((char *)(uintptr_t)text.data, text.len);
}

static const struct record_field *secret_field(const struct record_type *t)
{
    for (unsigned i = 0; t != NULL && i < t->field_count; i++)
        if ((t->fields[i].flags & (FIELD_SECRET | FIELD_READONLY)) == FIELD_SECRET)
            return &t->fields[i];
    return NULL;
}

static void wipe_member(const struct json *object, const char *name)
{
    call_wipe(json_str(json_get(object, name)));
}

int call_take_secret(struct call *c)
{
    const struct record_field *f = secret_field(c->type);
    size_t found = 0;
    if (f == NULL)
        return 0;
    for (size_t i = 0; i < c->rec_count && c->recs != NULL; i++) {
        struct ipam_record *rec = c->recs[i];
        if (rec == NULL || !record_has(rec, f->number))
            continue;
        struct ipam_str *text = (void *)((char *)rec + f->offset);
        if (found++ == 0)
            c->secret = (struct ipam_bytes){ (const uint8_t *)arena_memdup(&c->arena, text->data, text->len),
                                             text->len };
        call_wipe(*text);
        rec->has[f->number >> 6] &= ~((uint64_t)1 << (f->number & 63));
    }
    const struct json *root = c->doc != NULL ? json_root(c->doc) : NULL;
    if (json_type(root) == JSON_ARRAY)
        for (const struct json *v = json_first(root); v != NULL; v = json_next(v))
            wipe_member(v, f->name);
    else if (root != NULL)
        wipe_member(root, f->name);
    call_wipe(c->body);
    if (found <= 1)
        return 0;
    problem_hint(&c->problem, "create them one by one, or without, and set each with PATCH");
    return problem_set(&c->problem, PROBLEM_INVALID, "a list may have a %s in one of its objects alone",
                       f->name);
}

/* --- before the gate --- */

static void on_hashed(void *user, int status, const char *hash)
{
    struct call *c = user;
    void (*next)(struct call * c) = c->waited;
    if (status != 0) {
        call_too_many(c, 1, "no password can be set at the moment");
        return;
    }
    c->hash = arena_strdup(&c->arena, hash);
    next(c);
}

static void wrong(struct call *c, const char *pointer, const char *message, const char *hint)
{
    struct record_problems problems;
    record_problems_init(&problems, &c->arena);
    record_problem(&problems, pointer, "%s", message);
    call_invalid(c, &problems);
    problem_hint(&c->problem, "%s", hint);
    call_problem(c);
}

/* Of the row that has one; the others have none. */
static void prepare_password(struct call *c, void (*next)(struct call *c))
{
    struct passwords *p = identities_passwords(c->api->at.identities);
    if (c->method == HTTP_PUT_) {
        wrong(c, "/password", "is not set by PUT", "set it with PATCH");
        return;
    }
    if (c->secret.len < PASSWORD_LEAST || c->many) {
        wrong(c, "/password", c->many ? "is not set in a list" : "is too short",
              c->many ? "create the user alone, or set it with PATCH" : "give 12 characters or more");
        return;
    }
    struct ipam_user *u = c->recs[0];
    RECORD_SET(u, IPAM_USER_PASSWORD_CHANGED, password_changed, clock_wall_ms());
    c->waited = next;
    if (p == NULL || password_hash(p, c->secret, on_hashed, c) != 0)
        call_too_many(c, 1, "too many passwords are set or verified at the same time");
}

struct ipam_str call_new_token(struct call *c, enum token_kind kind)
{
    char *text = arena_alloc(&c->arena, TOKEN_CHARS + 1);
    struct ipam_str id = { NULL, 0 };
    if (text == NULL)
        return id;
    token_new(kind, text);
    c->secret = (struct ipam_bytes){ (const uint8_t *)text, TOKEN_CHARS };
    token_parse((struct ipam_str){ text, TOKEN_CHARS }, &kind, &id);
    return arena_str(&c->arena, id);
}

static void prepare_token(struct call *c, void (*next)(struct call *c))
{
    struct ipam_token *t = c->recs[0];
    const struct ipam_user *u = view_get(call_view(c), IPAM_T_USER, t->user);
    bool service = u != NULL && u->kind == IPAM_USER_KIND_SERVICE;
    if (c->many) {
        wrong(c, "", "is a list; tokens are made one by one, for each is shown once", "send one object");
        return;
    }
    RECORD_SET(t, IPAM_TOKEN_PREFIX, prefix, call_new_token(c, service ? TOKEN_SERVICE : TOKEN_PERSON));
    next(c);
}

/* A role that is none would allow nothing, silently. */
static bool roles_known(struct call *c)
{
    unsigned number = c->type->type == IPAM_T_GROUP ? IPAM_GROUP_ROLE : IPAM_TOKEN_ROLE;
    if (c->type->type != IPAM_T_GROUP && c->type->type != IPAM_T_TOKEN)
        return true;
    for (size_t i = 0; i < c->rec_count; i++) {
        struct ipam_str role = c->type->type == IPAM_T_GROUP ? ((const struct ipam_group *)c->recs[i])->role
                                                             : ((const struct ipam_token *)c->recs[i])->role;
        if (!record_has(c->recs[i], number) || access_role(role) != NULL)
            continue;
        wrong(c, "/role", "is no role", "list them with GET /api/v1/access/roles");
        return false;
    }
    return true;
}

void identity_prepare(struct call *c, void (*next)(struct call *c))
{
    bool list_of_parts =
        c->many && call_param(c, "partial").data != NULL; /* each is judged alone, in the gate */
    if (!list_of_parts && !roles_known(c))
        return;
    if (c->type->type == IPAM_T_USER && c->secret.len > 0)
        prepare_password(c, next);
    else if (c->type->type == IPAM_T_TOKEN && c->method == HTTP_POST_)
        prepare_token(c, next);
    else
        next(c);
}

/* --- in the gate, and after --- */

int identity_keep(struct call *c, struct draft *d, const void *rec, struct problem *p)
{
    const struct ipam_user *u = rec;
    const struct ipam_token *t = rec;
    if (u->type == IPAM_T_USER && c->hash != NULL) {
        identity_keep_password(d, u->id, str_from(c->hash));
        identity_end_sessions(d, u->id, 0);
    }
    if (t->type != IPAM_T_TOKEN || c->method != HTTP_POST_)
        return 0;
    if (identity_known(draft_view(d), t->prefix) != NULL) { /* of 62^12 */
        p->retry_after_s = 1;
        return problem_set(p, PROBLEM_UNAVAILABLE, "the token was not made; send the request again");
    }
    uint8_t digest[ACCESS_DIGEST_BYTES];
    access_digest(c->secret.data, c->secret.len, digest);
    identity_keep_token(d, t->id, t->prefix, (struct ipam_bytes){ digest, sizeof(digest) });
    return 0;
}

void identity_show(struct call *c)
{
    if (c->out.len > 0 && c->out.data[c->out.len - 1] == '}') {
        c->out.len--;
        strbuf_printf(&c->out, ",\"token\":\"%.*s\"}", (int)c->secret.len, (const char *)c->secret.data);
    }
    call_reply(c);
}
