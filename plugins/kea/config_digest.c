/* config_digest.c - the digest that names a configuration, and the token made of digests.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Kea answers reservations in an order of its own and spells out defaults, and Kea 2.2 has no hash of
 * its configuration: what is compared is a canonical form of it. The hash that Kea 2.4 has changes with
 * that order: it tells that nothing changed, and never that something did. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "net/addr.h"

#define DIGEST_BYTES  20
#define DIGEST_DIGITS ((size_t)KEA_DIGEST_TEXT - 1)
#define HASH_DIGITS   ((size_t)KEA_HASH_TEXT - 1)
#define CANONICAL_MAX ((size_t)2 * KEA_ANSWER_MAX)

struct walk {
    const struct kea_config *cfg;
    struct arena arena;
    struct strbuf out;
    struct json_writer w;
};

static void reservation(struct walk *k, const struct kea_reservation *r)
{
    static const char digits[] = "0123456789abcdef";
    const struct ipam_reservation *row = &r->row;
    char text[ADDR_TEXT_MAX], *id = arena_alloc(&k->arena, 2 * row->identifier.len + 1);

    if (!id) {
        k->out.failed = true;
        return;
    }
    for (size_t i = 0; i < row->identifier.len; i++) {
        id[2 * i] = digits[row->identifier.data[i] >> 4];
        id[2 * i + 1] = digits[row->identifier.data[i] & 15];
    }
    jw_array(&k->w);
    jw_text(&k->w, kea_identifier_key(row->identifier_type));
    jw_text(&k->w, id);
    addr_print(&row->address, text);
    jw_text(&k->w, text);
    jw_array(&k->w);
    for (size_t i = 0; i < row->addresses.count; i++) {
        addr_print(&row->addresses.items[i], text);
        jw_text(&k->w, text);
    }
    jw_array_end(&k->w);
    jw_array(&k->w);
    for (size_t i = 0; i < row->prefixes.count; i++)
        jw_str(&k->w, row->prefixes.items[i]);
    jw_array_end(&k->w);
    jw_str(&k->w, row->name);
    kea_canonical(k->cfg->doc, r->node, kea_reservation_modelled, &k->arena, &k->w);
    jw_array_end(&k->w);
}

/* All reservations, subnet by subnet in the order of by_client. */
static void reservations(struct walk *k)
{
    jw_array(&k->w);
    for (size_t i = 0; i < k->cfg->reservation_count; i++) {
        jw_str(&k->w, k->cfg->by_client[i]->row.native_scope);
        reservation(k, k->cfg->by_client[i]);
    }
    jw_array_end(&k->w);
}

/* The rest: reservations are members of the root, of subnets, and of those in shared networks: at depths
 * 0, 2 and 4. */
static bool is_reservations(struct ipam_str key, const struct json *value, unsigned depth)
{
    return (depth == 0 || depth == 2 || depth == 4) && str_is(key, "reservations") &&
           json_type(value) == JSON_ARRAY;
}

int kea_config_digest(const struct kea_config *cfg, char ret[static KEA_DIGEST_TEXT])
{
    struct walk k = { .cfg = cfg };
    unsigned char digest[DIGEST_BYTES];
    int status = IPAM_E_NOMEM;

    arena_init(&k.arena, 0);
    strbuf_init(&k.out, CANONICAL_MAX);
    jw_init(&k.w, &k.out);
    kea_canonical(cfg->doc, cfg->root, is_reservations, &k.arena, &k.w);
    jw_init(&k.w, &k.out);
    reservations(&k);
    if (!k.out.failed) {
        crypto_generichash(digest, sizeof(digest), (const unsigned char *)k.out.data, k.out.len, NULL, 0);
        sodium_bin2hex(ret, KEA_DIGEST_TEXT, digest, sizeof(digest));
        status = 0;
    }
    if (k.out.data)
        sodium_memzero(k.out.data, k.out.len); /* database passwords */
    strbuf_fini(&k.out);
    arena_fini(&k.arena);
    return status;
}

void kea_token_add(struct strbuf *token, enum kea_service s, const char *digest, const char *hash)
{
    strbuf_printf(token, "%sv%c:%s%s%s", token->len ? " " : "", s == KEA_DHCP4 ? '4' : '6', digest,
                  hash[0] ? "." : "", hash);
}

/* What stands between "v4:" and the next blank; absent when no such part has a length that we write. */
static struct ipam_str token_of(struct ipam_str token, enum kea_service s)
{
    const char *at = token.data, *end = at ? at + token.len : NULL;

    while (at < end) {
        const char *blank = memchr(at, ' ', (size_t)(end - at));
        size_t len = (size_t)((blank ? blank : end) - at);

        if ((len == 3 + DIGEST_DIGITS || len == 3 + DIGEST_DIGITS + 1 + HASH_DIGITS) && at[0] == 'v' &&
            at[1] == (s == KEA_DHCP4 ? '4' : '6') && at[2] == ':')
            return (struct ipam_str){ at + 3, len - 3 };
        at += len + 1;
    }
    return (struct ipam_str){ NULL, 0 };
}

struct ipam_str kea_token_part(struct ipam_str token, enum kea_service s)
{
    struct ipam_str part = token_of(token, s);

    return part.data ? (struct ipam_str){ part.data, DIGEST_DIGITS } : part;
}

struct ipam_str kea_token_hash(struct ipam_str token, enum kea_service s)
{
    struct ipam_str part = token_of(token, s);

    return part.len > DIGEST_DIGITS ? (struct ipam_str){ part.data + DIGEST_DIGITS + 1, HASH_DIGITS }
                                    : (struct ipam_str){ NULL, 0 };
}
