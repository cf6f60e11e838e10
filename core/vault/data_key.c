/* data_key.c - keys for what is too much for a seal: each is a seal, so that a new master key takes it along.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * One is in use at a time. Only where it cannot be opened any more, for its master key is lost, another is
 * made; the former stays, for that master key may be put back. */
#include "vault/vault_p.h"

#define FIELD_KEY 0 /* of a place: the key of a type, none of its fields */

static const struct ipam_seal *seal_at(const struct view *view, uint32_t type, int64_t number)
{
    char place[VAULT_PLACE_MAX];
    vault_place_text(type, number, FIELD_KEY, place);
    return view_get(view, IPAM_T_SEAL, view_by_name(view, IPAM_T_SEAL, str_from(place)));
}

/* Takes one that can be opened into the keyring. */
static bool take_key(const struct vault *v, uint32_t type, int64_t number, const struct ipam_seal *s,
                     struct keyring *into, char ret_id[MASTER_KEY_ID_SIZE])
{
    const struct seal_place at = { type, number, FIELD_KEY, s->version };
    uint8_t key[MASTER_KEY_BYTES];
    bool opened = secret_open(v->keys, s->key, &at, s->wrapped, s->body, key, sizeof(key)) == sizeof(key);
    if (opened)
        keyring_add(into, key, ret_id);
    secret_wipe(key, sizeof(key));
    return opened;
}

void vault_data_keys(const struct vault *v, uint32_t type, struct keyring *into,
                     char ret_id[MASTER_KEY_ID_SIZE])
{
    const struct ipam_seal *s;
    ret_id[0] = '\0';
    if (v->keys == NULL)
        return;
    for (int64_t number = 1; (s = seal_at(state_view(v->at.state), type, number)) != NULL; number++)
        take_key(v, type, number, s, into, ret_id);
}

/* Whether the last one can be opened; *ret_next is the number that is free. */
static bool is_there(const struct vault *v, const struct view *view, uint32_t type, int64_t *ret_next)
{
    const struct ipam_seal *s, *last = NULL;
    uint8_t key[MASTER_KEY_BYTES];
    for (*ret_next = 1; (s = seal_at(view, type, *ret_next)) != NULL; ++*ret_next)
        last = s;
    if (last == NULL)
        return false;
    const struct seal_place at = { type, *ret_next - 1, FIELD_KEY, last->version };
    bool opens = secret_open(v->keys, last->key, &at, last->wrapped, last->body, key, sizeof(key)) > 0;
    secret_wipe(key, sizeof(key));
    return opens;
}

int vault_put_data_key(struct vault *v, struct draft *d, uint32_t type, struct ipam_str label,
                       struct problem *p)
{
    uint8_t key[MASTER_KEY_BYTES];
    int64_t number;
    if (vault_can_seal(v, p) != 0)
        return IPAM_E_INVAL;
    if (is_there(v, draft_view(d), type, &number))
        return 0;
    const struct seal_place at = { type, number, FIELD_KEY, 1 };
    secret_random(key, sizeof(key));
    int rc = vault_seal_at(v, d, NULL, &at, label, (struct ipam_bytes){ key, sizeof(key) });
    secret_wipe(key, sizeof(key));
    return rc == 0 ? 0
                   : problem_set(p, PROBLEM_INTERNAL, "the key of " STR_FMT " could not be sealed",
                                 STR_ARG(label));
}
