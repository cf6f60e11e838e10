/* pieces.c - the text of a kept configuration as rows: cut, sealed where it holds secrets, and opened again.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A sealed piece opens for its place in its configuration alone: with the server, part, token, time and size
 * that its row tells. So no piece and no row can be put in another's place. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/archive_p.h"

#define IDENTITY_MAX 512

void pieces_look_for_key(struct archive *a)
{
    if (a->keys != NULL && a->key[0] == '\0')
        vault_data_keys(a->at.vault, IPAM_T_CONFIG_PIECE, a->keys, a->key);
}

/* What stands for the row of a configuration in the places of its pieces. */
static int place_of(const struct archive *a, struct ipam_str key, const struct ipam_server_config *of,
                    int64_t seq, struct seal_place *ret)
{
    uint8_t digest[SECRET_DIGEST_BYTES];
    char identity[IDENTITY_MAX];
    uint64_t stamp = 0;
    int len =
        snprintf(identity, sizeof(identity), "%" PRId64 "\n" STR_FMT "\n" STR_FMT "\n%" PRId64 "\n%" PRId64,
                 of->server, STR_ARG(of->part), STR_ARG(of->token), of->first_seen, of->bytes);
    int rc = secret_digest(a->keys, key, identity, (size_t)len, digest);
    for (size_t i = 0; i < 8; i++)
        stamp = stamp << 8 | digest[i];
    *ret = (struct seal_place){ IPAM_T_CONFIG_PIECE, of->server, (uint32_t)seq, (int64_t)(stamp >> 1) };
    return rc;
}

static int put_piece(const struct archive *a, struct draft *d, const struct ipam_server_config *of,
                     uint32_t text, int64_t seq, struct ipam_str packed)
{
    struct ipam_config_piece p;
    struct seal_place at;
    uint8_t wrapped[SEAL_WRAPPED_BYTES], *body = NULL;
    record_init(&p, IPAM_T_CONFIG_PIECE);
    RECORD_SET(&p, IPAM_CONFIG_PIECE_SERVER, server, of->server);
    RECORD_SET(&p, IPAM_CONFIG_PIECE_CONFIG, config, of->id);
    RECORD_SET(&p, IPAM_CONFIG_PIECE_SEQ, seq, seq);
    RECORD_SET(&p, IPAM_CONFIG_PIECE_TEXT, text, text);
    RECORD_SET(&p, IPAM_CONFIG_PIECE_BODY, body,
               ((struct ipam_bytes){ (const uint8_t *)packed.data, packed.len }));
    if (text == IPAM_CONFIG_PIECE_TEXT_WHOLE) {
        struct ipam_str key = str_from(a->key);
        body = xmalloc(packed.len + SEAL_OVERHEAD);
        int rc = place_of(a, key, of, seq, &at);
        if (rc == 0)
            rc = secret_seal(a->keys, key, &at, packed.data, packed.len, wrapped, body);
        if (rc != 0) {
            free(body);
            return rc;
        }
        RECORD_SET(&p, IPAM_CONFIG_PIECE_KEY, key, key);
        RECORD_SET(&p, IPAM_CONFIG_PIECE_WRAPPED, wrapped, ((struct ipam_bytes){ wrapped, sizeof(wrapped) }));
        p.body = (struct ipam_bytes){ body, packed.len + SEAL_OVERHEAD };
    }
    draft_put(d, &p);
    free(body);
    return 0;
}

int pieces_put(const struct archive *a, struct draft *d, const struct ipam_server_config *of, uint32_t text,
               struct ipam_str packed)
{
    int rc = 0;
    for (int64_t seq = 0; packed.len > 0 && rc == 0; seq++) {
        size_t len = packed.len < ARCHIVE_PIECE ? packed.len : ARCHIVE_PIECE;
        rc = put_piece(a, d, of, text, seq, (struct ipam_str){ packed.data, len });
        packed = (struct ipam_str){ packed.data + len, packed.len - len };
    }
    return rc;
}

static const char *why_not(int rc)
{
    return rc == IPAM_E_NOENT
               ? "it was sealed under a master key that is not at hand; put that key back"
               : "it is not what was sealed there: somebody changed the database, or it is damaged";
}

int pieces_open(const struct archive *a, const struct ipam_server_config *of,
                const struct ipam_config_piece *p, struct strbuf *out, const char **ret_why)
{
    struct seal_place at;
    if (p->text == IPAM_CONFIG_PIECE_TEXT_SHOWN) {
        strbuf_add(out, p->body.data, p->body.len);
        return 0;
    }
    uint8_t *buf = xmalloc(ARCHIVE_PIECE);
    int rc = a->keys == NULL ? IPAM_E_NOENT : place_of(a, p->key, of, p->seq, &at);
    if (rc == 0)
        rc = secret_open(a->keys, p->key, &at, p->wrapped, p->body, buf, ARCHIVE_PIECE);
    if (rc >= 0)
        strbuf_add(out, buf, (size_t)rc);
    else
        *ret_why = why_not(rc);
    secret_wipe(buf, ARCHIVE_PIECE);
    free(buf);
    return rc < 0 ? rc : 0;
}
