/* archive.c - the archive itself: its keys, its policy, and what it knows to be kept.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "archive/archive_p.h"

#define MOST_KEPT 100
#define KEEP_MS   (400 * INT64_C(86400000))

struct archive *archive_new(const struct archive_config *config)
{
    struct archive *a = xcalloc(1, sizeof(*a));
    a->at = *config;
    a->keys = keyring_new(); /* NULL: nothing can be sealed */
    a->most = MOST_KEPT;
    a->keep_ms = KEEP_MS;
    imap_init(&a->kept);
    return a;
}

void archive_free(struct archive *a)
{
    size_t pos = 0;
    uint64_t id;
    void *token;
    if (a == NULL)
        return;
    while (imap_next(&a->kept, &pos, &id, &token))
        free(token);
    imap_fini(&a->kept);
    keyring_free(a->keys);
    free(a);
}

void archive_policy(struct archive *a, unsigned most, int64_t keep_ms)
{
    a->most = most;
    a->keep_ms = keep_ms;
}

bool archive_has(const struct archive *a, int64_t server, struct ipam_str token)
{
    const char *kept = imap_get(&a->kept, (uint64_t)server);
    return kept != NULL && str_is(token, kept);
}

void archive_rows(struct archive *a, int64_t server, store_record row, store_answered done, void *user)
{
    struct ipam_server_config like;
    record_init(&like, IPAM_T_SERVER_CONFIG);
    RECORD_SET(&like, IPAM_SERVER_CONFIG_SERVER, server, server);
    struct store_filter f = { IPAM_SERVER_CONFIG_SERVER, IPAM_CMP_EQ, &like };
    struct store_query q = { .type = IPAM_T_SERVER_CONFIG, .filters = &f, .filter_count = server != 0 };
    store_query(a->at.store, &q, row, done, user);
}

void archive_pieces(struct archive *a, int64_t config, store_record row, store_answered done, void *user)
{
    struct ipam_config_piece like;
    record_init(&like, IPAM_T_CONFIG_PIECE);
    RECORD_SET(&like, IPAM_CONFIG_PIECE_CONFIG, config, config);
    struct store_filter f = { IPAM_CONFIG_PIECE_CONFIG, IPAM_CMP_EQ, &like };
    struct store_query q = { .type = IPAM_T_CONFIG_PIECE, .filters = &f, .filter_count = 1 };
    store_query(a->at.store, &q, row, done, user);
}
