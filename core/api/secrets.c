/* secrets.c - /system/secrets: written, listed, never shown; and the master key they are under.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * What a request brings is taken into c->secret and overwritten wherever it lay before. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/call.h"
#include "secret/secret.h"
#include "vault/vault.h"

/* --- reading the request --- */

static int wrong(struct call *c, const char *pointer, const char *message)
{
    struct record_problems problems;
    record_problems_init(&problems, &c->arena);
    record_problem(&problems, pointer, "%s", message);
    return call_invalid(c, &problems);
}

/* A name is a file's name for those who keep secrets in files, and no id. */
static int check_name(struct call *c, struct ipam_str name)
{
    bool good = name.len >= 1 && name.len <= 128 && name.data[0] != '.', digits = true;
    for (size_t i = 0; i < name.len; i++) {
        char b = name.data[i];
        bool digit = b >= '0' && b <= '9';
        good =
            good && (digit || (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || strchr("._-", b) != NULL);
        digits = digits && digit;
    }
    if (str_is(name, VAULT_KEY) || str_is(name, VAULT_KEY_NEXT))
        return wrong(c, "/name", "is the name of the master key's credential; choose another");
    if (good && !digits)
        return 0;
    return wrong(
        c, "/name",
        "is no name of a secret: 1 to 128 of a-z, A-Z, 0-9, '.', '_' and '-', not digits alone and not "
        "beginning with '.'");
}

static int take_text(struct call *c, struct ipam_str text)
{
    if (text.len == 0)
        return wrong(c, "/value", "is empty; a secret has at least one byte");
    c->secret = (struct ipam_bytes){ (void *)arena_memdup(&c->arena, text.data, text.len), text.len };
    return 0;
}

static int take_base64(struct call *c, struct ipam_str text)
{
    size_t cap = text.len / 4 * 3 + 3;
    uint8_t *value = arena_alloc(&c->arena, cap);
    int len = value != NULL ? secret_from_base64(text, value, cap) : 0;
    c->secret = (struct ipam_bytes){ value, len > 0 ? (size_t)len : 0 };
    if (len < 0)
        return wrong(c, "/base64", "is no base64 (RFC 4648, with padding)");
    if (len == 0)
        return wrong(c, "/base64", "is empty; a secret has at least one byte");
    if (len > SECRET_BYTES_MAX)
        return wrong(c, "/base64", "is more than 65536 bytes");
    return 0;
}

static int read_value(struct call *c, struct ipam_secret *given)
{
    bool text = record_has(given, IPAM_SECRET_VALUE), base64 = record_has(given, IPAM_SECRET_BASE64);
    int rc;
    if (text == base64) {
        problem_hint(&c->problem, "send {\"value\": TEXT}, or {\"base64\": TEXT} for what is no text");
        rc = problem_set(&c->problem, PROBLEM_INVALID, "the secret is %s; expected value or base64",
                         text ? "given twice" : "missing");
    } else {
        rc = text ? take_text(c, given->value) : take_base64(c, given->base64);
    }
    call_wipe(given->value);
    call_wipe(given->base64);
    return rc;
}

static void wipe_document(struct call *c)
{
    static const char *const members[] = { "value", "base64" };
    for (size_t i = 0; c->doc != NULL && i < 2; i++)
        call_wipe(json_str(json_get(json_root(c->doc), members[i])));
    call_wipe(c->body);
}

static int read_body(struct call *c, const struct ipam_str *name)
{
    struct record_problems problems;
    void *rec = NULL;
    int rc = call_body(c);
    record_problems_init(&problems, &c->arena);
    if (rc == 0)
        rc = record_from_json(c->type, MODE_REPLACE, c->doc, json_root(c->doc), "", &c->arena, &rec, NULL,
                              &problems);
    if (rc != 0 && problems.count > 0)
        rc = call_invalid(c, &problems);
    if (rc == 0)
        rc = read_value(c, rec);
    if (rc == 0 && record_has(rec, IPAM_SECRET_NAME) && !str_equal(((struct ipam_secret *)rec)->name, *name))
        rc = wrong(c, "/name", "differs from the name in the path");
    wipe_document(c);
    call_body_done(c);
    return rc;
}

/* --- PUT --- */

static int decide_put(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    const struct ipam_str *name = c->work;
    const struct ipam_secret *made;
    int rc = vault_put(c->api->at.vault, d, *name, c->secret, &in->problem, &made);
    if (rc != 0)
        return rc;
    bool is_new = made->version == 1;
    if (is_new)
        snprintf(c->location, sizeof(c->location), "/api/v1/system/secrets/%lld", (long long)made->id);
    call_decide_object(c, is_new ? 201 : 200, draft_view(d), made);
    return 0;
}

static void accepted_put(struct call *c)
{
    const struct ipam_str *name = c->work;
    vault_changed(c->api->at.vault, *name);
    call_reply(c);
}

/* The name that the key of the path means: itself, or that of the id. It is c->work. */
static int read_name(struct call *c)
{
    int64_t id = call_ref(c, 0, c->key);
    const struct ipam_secret *old = id != 0 ? view_get(call_view(c), IPAM_T_SECRET, id) : NULL;
    struct ipam_str *name = arena_alloc(&c->arena, sizeof(*name));
    if (name == NULL) {
        call_starved(c);
        return IPAM_E_NOMEM;
    }
    *name = old != NULL ? arena_str(&c->arena, old->name) : c->key;
    c->work = name;
    c->id = view_by_name(call_view(c), IPAM_T_SECRET, *name);
    return old != NULL ? 0 : check_name(c, *name);
}

void handle_secret_put(struct call *c)
{
    static const char *const none[] = { NULL };
    c->csv = false;
    int rc = call_params_known(c, none) ? read_name(c) : IPAM_E_INVAL;
    if (rc == 0)
        rc = read_body(c, c->work);
    if (rc == 0)
        rc = vault_can_seal(c->api->at.vault, &c->problem);
    if (rc != 0)
        call_problem(c);
    else
        call_submit(c, NULL, decide_put, accepted_put);
}

/* --- DELETE --- */

static int decide_delete(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    const struct ipam_secret *before = view_get(draft_view(d), IPAM_T_SECRET, c->id);
    if (before == NULL) {
        problem_hint(&in->problem, "list them with GET /api/v1/system/secrets");
        return problem_set(&in->problem, PROBLEM_NOT_FOUND, "the secret was deleted meanwhile");
    }
    call_decide_empty(c, 204);
    return vault_delete(c->api->at.vault, d, before, &in->problem);
}

static void found_delete(struct call *c)
{
    call_submit(c, NULL, decide_delete, NULL);
}

void handle_secret_delete(struct call *c)
{
    call_find_plain(c, found_delete);
}

/* --- the master key --- */

void handle_master_key(struct call *c)
{
    static const char *const none[] = { NULL };
    struct json_writer w;
    if (!call_accept(c, false) || !call_params_known(c, none)) {
        call_problem(c);
        return;
    }
    const struct ipam_master_key *m = vault_report(c->api->at.vault, &c->arena);
    jw_init(&w, &c->out);
    if (m != NULL)
        record_to_json(m, NULL, &w);
    call_json(c, 200);
}

void handle_master_key_rotate(struct call *c)
{
    static const char *const none[] = { NULL };
    c->csv = false;
    if (!call_params_known(c, none))
        call_problem(c);
    else
        vault_rotate(c->api->at.vault, &c->actor, write_guard(c, call_render_job), call_started, c);
}
