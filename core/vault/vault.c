/* vault.c - stored secrets: sealed into drafts, opened for instances, reported.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "vault/vault.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "vault/vault_p.h"

#define TEXTS_MOST 1000 /* as many as a record's list holds */

struct vault *vault_new(const struct vault_config *config)
{
    struct vault *v = xcalloc(1, sizeof(*v));
    v->at = *config;
    v->at.file = config->file != NULL ? xstrdup(config->file) : NULL; /* the configuration may be exchanged */
    v->keys = keyring_new();
    if (v->keys == NULL)
        snprintf(v->message, sizeof(v->message),
                 "the library of ciphers cannot be used; see the log of the system");
    else
        vault_read_keys(v, state_count(config->state, IPAM_T_SEAL) > 0);
    return v;
}

struct keyring *vault_keyring(const char *file, const char *credentials)
{
    struct vault v = { .at = { .file = file, .credentials = credentials }, .keys = keyring_new() };
    if (v.keys != NULL)
        vault_read_keys(&v, true);
    return v.keys;
}

void vault_free(struct vault *v)
{
    if (v == NULL)
        return;
    keyring_free(v->keys);
    free((char *)v->at.file);
    free(v);
}

/* --- places --- */

void vault_place_text(uint32_t type, int64_t object, unsigned field, char ret[VAULT_PLACE_MAX])
{
    snprintf(ret, VAULT_PLACE_MAX, "%u/%" PRId64 "/%u", (unsigned)type, object, field);
}

struct seal_place vault_place_of(const struct ipam_seal *s)
{
    int64_t parts[3] = { 0 };
    unsigned part = 0;
    for (size_t i = 0; i < s->place.len && part < 3; i++) {
        char c = s->place.data[i];
        if (c == '/')
            part++;
        else if (c >= '0' && c <= '9' && parts[part] < INT64_MAX / 10 - 1)
            parts[part] = parts[part] * 10 + (c - '0');
    }
    return (struct seal_place){ (uint32_t)parts[0], parts[1], (uint32_t)parts[2], s->version };
}

int vault_try(const struct vault *v, const struct ipam_seal *s)
{
    uint8_t buf[SECRET_BYTES_MAX];
    const struct seal_place at = vault_place_of(s);
    if (v->keys == NULL)
        return IPAM_E_NOENT;
    int rc = secret_open(v->keys, s->key, &at, s->wrapped, s->body, buf, sizeof(buf));
    secret_wipe(buf, sizeof(buf));
    return rc < 0 ? rc : 0;
}

static const struct ipam_seal *seal_of(const struct view *view, const struct ipam_secret *secret)
{
    char place[VAULT_PLACE_MAX];
    vault_place_text(IPAM_T_SECRET, secret->id, IPAM_SECRET_VALUE, place);
    return view_get(view, IPAM_T_SEAL, view_by_name(view, IPAM_T_SEAL, str_from(place)));
}

/* --- opening --- */

/* The place is that of the secret that is asked for, never what the ciphertext says of itself. */
static int open_stored(const struct vault *v, const struct ipam_secret *secret, uint8_t *buf, size_t cap)
{
    const struct ipam_seal *s = seal_of(state_view(v->at.state), secret);
    const struct seal_place at = { IPAM_T_SECRET, secret->id, IPAM_SECRET_VALUE, secret->version };
    if (s == NULL || v->keys == NULL)
        return IPAM_E_NOENT;
    return secret_open(v->keys, s->key, &at, s->wrapped, s->body, buf, cap);
}

int vault_lookup(void *user, const char *name, uint8_t *buf, size_t cap)
{
    const struct vault *v = user;
    const struct view *view = state_view(v->at.state);
    if (strcmp(name, VAULT_KEY) == 0 || strcmp(name, VAULT_KEY_NEXT) == 0)
        return IPAM_E_NOENT;
    int rc = v->at.credential(v->at.user, name, buf, cap);
    if (rc != IPAM_E_NOENT)
        return rc;
    const struct ipam_secret *secret =
        view_get(view, IPAM_T_SECRET, view_by_name(view, IPAM_T_SECRET, str_from(name)));
    if (secret == NULL)
        return IPAM_E_NOENT;
    rc = open_stored(v, secret, buf, cap);
    if (rc == IPAM_E_INVAL) {
        log_event(LOG_ERR_, "secret-damaged",
                  "what is stored of the secret %s is not what was sealed for it: somebody changed or "
                  "exchanged it; "
                  "look at who can write the database, and write the secret anew",
                  name);
        return IPAM_E_PROTO;
    }
    if (rc == IPAM_E_NOENT) {
        log_event(
            LOG_ERR_, "secret-dead",
            "the secret %s cannot be read without the master key it is under; put that back, or write the "
            "secret anew",
            name);
        return IPAM_E_ACCESS;
    }
    return rc;
}

/* --- writing --- */

static const char *sealing_key(const struct vault *v)
{
    return v->next[0] != '\0' ? v->next : v->key;
}

int vault_can_seal(const struct vault *v, struct problem *p)
{
    if (v->key[0] != '\0')
        return 0;
    problem_hint(
        p, "let \"master_key\" of the configuration name a file outside the data directory, or give the "
           "credential " VAULT_KEY "; then restart");
    return problem_set(p, PROBLEM_UNSUPPORTED, "secrets cannot be stored without a master key%s%s",
                       v->message[0] != '\0' ? ": " : "", v->message);
}

int vault_seal_at(struct vault *v, struct draft *d, const struct ipam_seal *before,
                  const struct seal_place *at, struct ipam_str label, struct ipam_bytes value)
{
    struct ipam_str key = str_from(sealing_key(v));
    struct ipam_seal s;
    uint8_t wrapped[SEAL_WRAPPED_BYTES], *body = xmalloc(value.len + SEAL_OVERHEAD);
    char place[VAULT_PLACE_MAX];
    int rc = secret_seal(v->keys, key, at, value.data, value.len, wrapped, body);
    if (rc == 0) {
        vault_place_text(at->type, at->object, at->field, place);
        record_init(&s, IPAM_T_SEAL);
        RECORD_SET(&s, IPAM_SEAL_PLACE, place, str_from(place));
        RECORD_SET(&s, IPAM_SEAL_LABEL, label, label);
        RECORD_SET(&s, IPAM_SEAL_VERSION, version, at->version);
        RECORD_SET(&s, IPAM_SEAL_KEY, key, key);
        RECORD_SET(&s, IPAM_SEAL_WRAPPED, wrapped, ((struct ipam_bytes){ wrapped, sizeof(wrapped) }));
        RECORD_SET(&s, IPAM_SEAL_BODY, body, ((struct ipam_bytes){ body, value.len + SEAL_OVERHEAD }));
        draft_replace(d, before, &s);
    }
    free(body);
    return rc;
}

/* The ciphertext of a record that is in the draft. */
static int put_seal(struct vault *v, struct draft *d, const struct ipam_secret *secret,
                    struct ipam_bytes value)
{
    const struct seal_place at = { IPAM_T_SECRET, secret->id, IPAM_SECRET_VALUE, secret->version };
    return vault_seal_at(v, d, seal_of(draft_view(d), secret), &at, secret->name, value);
}

int vault_put(struct vault *v, struct draft *d, struct ipam_str name, struct ipam_bytes value,
              struct problem *p, const struct ipam_secret **ret)
{
    const struct view *view = draft_view(d);
    const struct ipam_secret *before = view_get(view, IPAM_T_SECRET, view_by_name(view, IPAM_T_SECRET, name));
    struct ipam_secret s;
    if (vault_can_seal(v, p) != 0)
        return IPAM_E_INVAL;
    record_init(&s, IPAM_T_SECRET);
    RECORD_SET(&s, IPAM_SECRET_NAME, name, name);
    RECORD_SET(&s, IPAM_SECRET_VERSION, version, before != NULL ? before->version + 1 : 1);
    RECORD_SET(&s, IPAM_SECRET_CREATED, created, before != NULL ? before->created : draft_now(d));
    RECORD_SET(&s, IPAM_SECRET_CHANGED, changed, draft_now(d));
    draft_replace(d, before, &s);
    if (put_seal(v, d, &s, value) != 0) {
        problem_hint(p, "report it, with the log");
        return problem_set(p, PROBLEM_INTERNAL, "the secret could not be sealed");
    }
    *ret = view_get(view, IPAM_T_SECRET, s.id);
    return 0;
}

int vault_delete(struct vault *v, struct draft *d, const struct ipam_secret *before, struct problem *p)
{
    struct arena a;
    arena_init(&a, 0);
    struct ipam_strs users = vault_users(v, before->name, &a);
    int rc = 0;
    if (users.count > 0) {
        struct strbuf list;
        strbuf_init(&list, 400);
        for (size_t i = 0; i < users.count; i++)
            strbuf_printf(&list, "%s" STR_FMT, i > 0 ? ", " : "", STR_ARG(users.items[i]));
        problem_hint(p, "let the configuration name another secret there, reload it, and repeat this");
        rc = problem_set(p, PROBLEM_IN_USE, "secret " STR_FMT " is used by " STR_FMT "%s",
                         STR_ARG(before->name), STR_ARG(strbuf_str(&list)), list.failed ? ", ..." : "");
        strbuf_fini(&list);
    }
    arena_fini(&a);
    if (rc != 0)
        return rc;
    const struct ipam_seal *s = seal_of(draft_view(d), before);
    if (s != NULL)
        draft_delete(d, s);
    draft_delete(d, before);
    return 0;
}

void vault_changed(struct vault *v, struct ipam_str name)
{
    v->at.changed(v->at.user, name);
}

int vault_digest(const struct vault *v, const void *data, size_t len, uint8_t ret[SECRET_DIGEST_BYTES])
{
    return v->keys != NULL ? secret_digest(v->keys, str_from(v->key), data, len, ret) : IPAM_E_NOENT;
}

/* --- reports --- */

/* A growing list of texts. */
struct texts {
    struct arena *a;
    struct ipam_str wanted; /* the secret; absent: any */
    struct ipam_str *items;
    size_t count, cap;
};

static void add_text(struct texts *t, struct ipam_str text)
{
    if (t->count == TEXTS_MOST)
        return;
    if (t->count == t->cap) {
        size_t cap = t->cap != 0 ? t->cap * 2 : 8;
        struct ipam_str *items = arena_alloc(t->a, cap * sizeof(items[0]));
        if (items == NULL)
            return;
        if (t->count > 0)
            memcpy(items, t->items, t->count * sizeof(items[0]));
        t->items = items;
        t->cap = cap;
    }
    t->items[t->count++] = arena_str(t->a, text);
}

static struct ipam_strs strs(const struct texts *t)
{
    return (struct ipam_strs){ t->items, t->count };
}

static void on_use(void *user, struct ipam_str secret, const char *owner)
{
    struct texts *t = user;
    if (str_equal(secret, t->wanted))
        add_text(t, str_from(owner));
}

struct ipam_strs vault_users(const struct vault *v, struct ipam_str name, struct arena *a)
{
    struct texts t = { .a = a, .wanted = name };
    v->at.uses(v->at.user, on_use, &t);
    return strs(&t);
}

/* Of all that is stored: what cannot be opened, and what nothing names. */
static void sort_out(const struct vault *v, struct texts *dead, struct texts *unused, bool *ret_foreign)
{
    const struct ipam_secret *s = NULL;
    while ((s = state_next(v->at.state, IPAM_T_SECRET, s != NULL ? s->id : 0)) != NULL) {
        uint8_t buf[SECRET_BYTES_MAX];
        int rc = open_stored(v, s, buf, sizeof(buf));
        secret_wipe(buf, sizeof(buf));
        if (rc < 0)
            add_text(dead, s->name);
        *ret_foreign = *ret_foreign || rc == IPAM_E_NOENT;
        if (vault_users(v, s->name, unused->a).count == 0)
            add_text(unused, s->name);
    }
}

static uint32_t state_of(const struct vault *v, size_t stored, bool foreign)
{
    if (v->key[0] == '\0' && v->missing && stored > 0)
        return IPAM_MASTER_KEY_STATE_MISSING;
    if (v->key[0] == '\0')
        return v->message[0] != '\0' ? IPAM_MASTER_KEY_STATE_UNUSABLE : IPAM_MASTER_KEY_STATE_NONE;
    return foreign ? IPAM_MASTER_KEY_STATE_WRONG : IPAM_MASTER_KEY_STATE_READY;
}

struct ipam_master_key *vault_report(const struct vault *v, struct arena *a)
{
    struct ipam_master_key *m = record_new(a, IPAM_T_MASTER_KEY);
    struct texts dead = { .a = a }, unused = { .a = a };
    size_t stored = state_count(v->at.state, IPAM_T_SECRET);
    bool foreign = false;
    if (m == NULL)
        return NULL;
    sort_out(v, &dead, &unused, &foreign);
    RECORD_SET(m, IPAM_MASTER_KEY_STATE, state, state_of(v, stored, foreign));
    if (v->key[0] != '\0')
        RECORD_SET(m, IPAM_MASTER_KEY_KEY, key, arena_str(a, str_from(v->key)));
    RECORD_SET(m, IPAM_MASTER_KEY_SOURCE, source,
               v->source == VAULT_CREDENTIAL ? IPAM_MASTER_KEY_SOURCE_CREDENTIAL
               : v->source == VAULT_FILE     ? IPAM_MASTER_KEY_SOURCE_FILE
                                             : IPAM_MASTER_KEY_SOURCE_NONE);
    if (v->at.file != NULL)
        RECORD_SET(m, IPAM_MASTER_KEY_FILE, file, arena_str(a, str_from(v->at.file)));
    RECORD_SET(m, IPAM_MASTER_KEY_ROTATING, rotating, v->rotation != NULL);
    RECORD_SET(m, IPAM_MASTER_KEY_SECRETS, secrets, (int64_t)stored);
    RECORD_SET(m, IPAM_MASTER_KEY_DEAD, dead, strs(&dead));
    RECORD_SET(m, IPAM_MASTER_KEY_UNUSED, unused, strs(&unused));
    RECORD_SET(m, IPAM_MASTER_KEY_RETIRED, retired, vault_retired(v, a));
    if (v->message[0] != '\0')
        RECORD_SET(m, IPAM_MASTER_KEY_MESSAGE, message, arena_str(a, str_from(v->message)));
    return m;
}
