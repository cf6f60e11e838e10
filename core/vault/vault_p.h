/* vault_p.h - what the files of this room share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef VAULT_VAULT_P_H
#define VAULT_VAULT_P_H

#include "vault/vault.h"

#define VAULT_RETIRED_MAX 64
#define VAULT_PATH_MAX    4352

enum vault_source { VAULT_NONE, VAULT_CREDENTIAL, VAULT_FILE };

struct rotation;

struct vault {
    struct vault_config at;
    struct keyring *keys;
    char key[MASTER_KEY_ID_SIZE];  /* what is new is sealed under it; "": nothing can be */
    char next[MASTER_KEY_ID_SIZE]; /* of a change that was begun; "": none was */
    enum vault_source source;
    char message[KEYFILE_ERR]; /* why there is no key */
    bool missing;              /* the key's file is not there */
    struct rotation *rotation; /* under way */
    enum binding binding;
    char binding_message[256];
};

/* binding.c: whether the rows of access control are to be bound under the new key of a change yet; and that. */
bool vault_ties_anew(const struct vault *v);
void vault_tie_next(const struct vault *v, struct draft *d);

/* keys.c: reads what there is; whether any secret is stored decides if a file is made. */
void vault_read_keys(struct vault *v, bool any_stored);
/* The new key of a change, begun now or before: 0, or an error with the reason (KEYFILE_ERR). */
int vault_begin_key(struct vault *v, char *err);
/* All secrets are under the new key: it takes the place of the old one, whose remains are told in `told`. */
int vault_end_key(struct vault *v, char *told, size_t size, char *err);
/* Files of former keys, in the arena. */
struct ipam_strs vault_retired(const struct vault *v, struct arena *a);

/* A place as text. */
#define VAULT_PLACE_MAX 64
void vault_place_text(uint32_t type, int64_t object, unsigned field, char ret[VAULT_PLACE_MAX]);
/* Drafts the seal of a value in its place, or another in place of `before` (may be NULL). 0, or as secret_seal. */
int vault_seal_at(struct vault *v, struct draft *d, const struct ipam_seal *before,
                  const struct seal_place *at, struct ipam_str label, struct ipam_bytes value);
/* The place of what is stored; the type and id come back out of its text. */
struct seal_place vault_place_of(const struct ipam_seal *s);
/* Whether it can be opened; the error if not. */
int vault_try(const struct vault *v, const struct ipam_seal *s);

#endif
