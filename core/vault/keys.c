/* keys.c - where master keys come from: the credential, the configured file, and those around it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * FILE is the key. FILE.next is the one that takes its place while secrets are put under it; FILE.ID.old are
 * former ones, read too so that a backup from before can be used. */
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "vault/vault_p.h"

static void path_of(const struct vault *v, const char *end, char *ret)
{
    snprintf(ret, VAULT_PATH_MAX, "%s%s", v->at.file, end);
}

/* A key from a file into the ring. */
static int read_file(struct vault *v, const char *path, char *ret_id, char *err)
{
    uint8_t key[MASTER_KEY_BYTES];
    int rc = keyfile_read(path, true, key, err);
    if (rc == 0)
        keyring_add(v->keys, key, ret_id);
    secret_wipe(key, sizeof(key));
    return rc;
}

static int read_credential(struct vault *v, const char *name, char *ret_id, char *err)
{
    char path[VAULT_PATH_MAX];
    uint8_t key[MASTER_KEY_BYTES];
    if (v->at.credentials == NULL)
        return IPAM_E_NOENT;
    snprintf(path, sizeof(path), "%s/%s", v->at.credentials, name);
    int rc = keyfile_read(path, false, key, err);
    if (rc == 0)
        keyring_add(v->keys, key, ret_id);
    secret_wipe(key, sizeof(key));
    return rc;
}

static size_t retired_paths(const struct vault *v, glob_t *g)
{
    char pattern[VAULT_PATH_MAX];
    memset(g, 0, sizeof(*g));
    if (v->at.file == NULL)
        return 0;
    path_of(v, ".*.old", pattern);
    return glob(pattern, 0, NULL, g) == 0 ? g->gl_pathc : 0;
}

static void read_retired(struct vault *v)
{
    glob_t g;
    size_t count = retired_paths(v, &g);
    char id[MASTER_KEY_ID_SIZE], err[KEYFILE_ERR];
    for (size_t i = 0; i < count && i < VAULT_RETIRED_MAX; i++)
        if (read_file(v, g.gl_pathv[i], id, err) != 0)
            log_event(LOG_WARN_, "master-key", "%s", err);
    globfree(&g);
}

static void read_files(struct vault *v, bool any_stored)
{
    char next[VAULT_PATH_MAX], err[KEYFILE_ERR];
    uint8_t key[MASTER_KEY_BYTES];
    int rc = read_file(v, v->at.file, v->key, v->message);
    v->missing = rc == IPAM_E_NOENT && any_stored;
    path_of(v, ".next", next);
    if (rc == IPAM_E_NOENT && !any_stored && access(next, F_OK) != 0) {
        rc = keyfile_make(v->at.file, key, v->message);
        if (rc == 0) {
            v->message[0] = '\0';
            keyring_add(v->keys, key, v->key);
            log_event(LOG_NOTE_, "master-key-made",
                      "the master key is in %s: keep a copy apart from the backups, which do not hold it",
                      v->at.file);
        }
        secret_wipe(key, sizeof(key));
    }
    v->source = rc == 0 ? VAULT_FILE : VAULT_NONE;
    if (rc == 0 && read_file(v, next, v->next, err) == IPAM_E_CONFIG)
        log_event(LOG_WARN_, "master-key", "%s", err);
    read_retired(v);
}

void vault_read_keys(struct vault *v, bool any_stored)
{
    int rc = read_credential(v, VAULT_KEY, v->key, v->message);
    if (rc == 0) {
        char id[MASTER_KEY_ID_SIZE], err[KEYFILE_ERR];
        v->source = VAULT_CREDENTIAL;
        read_credential(v, VAULT_KEY_NEXT, id, err); /* secrets may be under it already */
    } else if (rc == IPAM_E_NOENT) {
        v->message[0] = '\0';
        if (v->at.file != NULL)
            read_files(v, any_stored);
    }
    if (v->source == VAULT_NONE)
        v->key[0] = '\0';
    if (v->message[0] != '\0')
        log_event(LOG_ERR_, "master-key", "%s", v->message);
}

int vault_begin_key(struct vault *v, char *err)
{
    char path[VAULT_PATH_MAX];
    uint8_t key[MASTER_KEY_BYTES];
    int rc;
    if (v->next[0] != '\0')
        return 0;
    if (v->source == VAULT_CREDENTIAL) {
        rc = read_credential(v, VAULT_KEY_NEXT, v->next, err);
        if (rc == IPAM_E_NOENT || (rc == 0 && strcmp(v->next, v->key) == 0)) {
            v->next[0] = '\0';
            snprintf(
                err, KEYFILE_ERR,
                "the master key is a credential, which only the system can exchange: give the new one as the "
                "credential " VAULT_KEY_NEXT " (LoadCredential=), restart, and repeat this");
            rc = IPAM_E_UNSUPPORTED;
        }
        return rc;
    }
    path_of(v, ".next", path);
    rc = keyfile_make(path, key, err);
    if (rc == 0)
        keyring_add(v->keys, key, v->next);
    secret_wipe(key, sizeof(key));
    return rc;
}

int vault_end_key(struct vault *v, char *told, size_t size, char *err)
{
    char next[VAULT_PATH_MAX], old[VAULT_PATH_MAX], end[32];
    if (v->source == VAULT_CREDENTIAL) {
        snprintf(told, size,
                 "let the credential " VAULT_KEY " be what " VAULT_KEY_NEXT
                 " is now, and remove the old key once no "
                 "backup from before is needed");
    } else {
        path_of(v, ".next", next);
        snprintf(end, sizeof(end), ".%s.old", v->key);
        path_of(v, end, old);
        int rc = keyfile_exchange(v->at.file, next, old, err);
        if (rc != 0)
            return rc;
        snprintf(told, size, "the old key is in %.300s: remove it once no backup from before is needed", old);
    }
    memcpy(v->key, v->next, sizeof(v->key));
    v->next[0] = '\0';
    return 0;
}

struct ipam_strs vault_retired(const struct vault *v, struct arena *a)
{
    glob_t g;
    size_t count = retired_paths(v, &g);
    struct ipam_str *items = arena_alloc(a, (count + 1) * sizeof(items[0]));
    for (size_t i = 0; items != NULL && i < count; i++)
        items[i] = arena_str(a, str_from(g.gl_pathv[i]));
    globfree(&g);
    return (struct ipam_strs){ items, items != NULL ? count : 0 };
}
