/* vault.h - the secrets that are stored: sealed in the gate, opened for instances, put under a new master key.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Loop thread only. The record `secret` says that there is one; its ciphertext is the record `seal` of its place, which
 * has no history. The master key is the credential "master", else the file that the configuration names. */
#ifndef VAULT_VAULT_H
#define VAULT_VAULT_H

#include "job/job.h"
#include "secret/secret.h"

#define VAULT_KEY      "master"      /* the credential, which is no secret that a profile could name */
#define VAULT_KEY_NEXT "master.next" /* the one that takes its place */

struct vault;
struct vault_config {
    struct loop *loop;
    struct state *state;
    struct gate *gate;
    struct jobs *jobs;
    const char *file;        /* of the master key; NULL: none is configured */
    const char *credentials; /* folder of the service's credentials; NULL: it has none */
    /* A credential by name, as secret_lookup. */
    int (*credential)(void *user, const char *name, uint8_t *buf, size_t cap);
    /* Calls `each` for everything in the configuration that names a secret, with the name. */
    void (*uses)(void *user, void (*each)(void *each_user, struct ipam_str secret, const char *owner),
                 void *each_user);
    /* A stored secret is another, durably. */
    void (*changed)(void *user, struct ipam_str secret);
    void *user;
};
/* Reads the master keys; a file that is not there is made when no secret is stored yet. */
struct vault *vault_new(const struct vault_config *config);
/* No job of it runs. */
void vault_free(struct vault *v);
/* The master keys that a configuration gives, without a vault; nothing is made. NULL: the library cannot be used. */
struct keyring *vault_keyring(const char *file, const char *credentials);
/* Says what cannot be read, and goes on with a change of the master key that was interrupted. */
void vault_start(struct vault *v);

/* A secret for an instance: the credential of that name, else the stored one. A secret_lookup. */
int vault_lookup(void *user, const char *name, uint8_t *buf, size_t cap);

/* Drafts a secret under its name: the record, made or changed, is in *ret. Sealed by the way. */
int vault_put(struct vault *v, struct draft *d, struct ipam_str name, struct ipam_bytes value,
              struct problem *p, const struct ipam_secret **ret);
/* Drafts the end of a secret; refused while the configuration names it. */
int vault_delete(struct vault *v, struct draft *d, const struct ipam_secret *before, struct problem *p);
/* A stored secret was written. */
void vault_changed(struct vault *v, struct ipam_str name);
/* 0, or an error with the problem when nothing can be sealed here. */
int vault_can_seal(const struct vault *v, struct problem *p);
/* A digest of a request with a secret in it (secret_digest). */
int vault_digest(const struct vault *v, const void *data, size_t len, uint8_t ret[SECRET_DIGEST_BYTES]);

/* data_key.c: keys for what is too much to be a secret itself. Takes those of a record type that can be opened into the
 * keyring, and answers the id of the newest; "": there is none. */
void vault_data_keys(const struct vault *v, uint32_t type, struct keyring *into,
                     char ret_id[MASTER_KEY_ID_SIZE]);
/* Drafts the first of them, or another one where the last cannot be opened; the label tells people what it is for. */
int vault_put_data_key(struct vault *v, struct draft *d, uint32_t type, struct ipam_str label,
                       struct problem *p);

/* What in the configuration names the secret, in the arena. */
struct ipam_strs vault_users(const struct vault *v, struct ipam_str name, struct arena *a);
/* How things stand; in the arena. */
struct ipam_master_key *vault_report(const struct vault *v, struct arena *a);

/* How the rows of access control are bound (binding.c). */
enum binding {
    BINDING_NONE,  /* there is no master key: nothing is bound */
    BINDING_FRESH, /* a new database: they will be with the first of them */
    BINDING_GOOD,
    BINDING_BROKEN /* they are not what was bound: what they say is not to be believed */
};
enum binding vault_binding(const struct vault *v,
                           const char **ret_message); /* with why, unless that is NULL. NULL-safe. */
/* Judges them, at the start; `fresh`: there are none yet. */
void vault_judge_binding(struct vault *v, bool fresh);
/* For gate_seal: user is the vault. */
void vault_tie(void *user, struct draft *d);
/* Takes them as they are: drafts the binding anew; vault_tied when that is durable. */
int vault_retie(struct vault *v, struct draft *d, struct problem *p);
void vault_tied(struct vault *v);

/* Puts all secrets under a new master key, as a job. `started` runs with its id, or 0 and the problem. */
void vault_rotate(struct vault *v, const struct actor *actor, struct guard *guard,
                  void (*started)(void *user, int64_t job, const struct problem *problem), void *user);

#endif
