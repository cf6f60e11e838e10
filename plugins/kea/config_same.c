/* config_same.c - an answer to config-get that is the same text as before need not be understood again.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Kea 2.2 has no cheap look, so its whole configuration is read each time. Most times it is the same, byte
 * for byte; then what is known of it stands, and reading it costs hardly more than to take it in. Of the
 * text itself, which may hold passwords, only a print is kept. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "read.h"

static void print_of(const struct strbuf *text, unsigned char ret[static 32])
{
    crypto_generichash(ret, 32, (const unsigned char *)text->data, text->len, NULL, 0);
}

const struct kea_same *kea_same_find(const struct kea *k, enum kea_service s, const struct strbuf *text)
{
    unsigned char print[32];

    if (!k->same[s])
        return NULL;
    print_of(text, print);
    return memcmp(print, k->same[s]->print, sizeof(print)) == 0 ? k->same[s] : NULL;
}

static int by_id(const void *a, const void *b)
{
    const struct kea_counted *x = a, *y = b;

    return (x->id > y->id) - (x->id < y->id);
}

const struct kea_same *kea_same_keep(struct kea *k, const struct strbuf *text, const struct kea_running *r)
{
    const struct kea_config *cfg = &r->cfg;
    struct kea_same *same = calloc(1, sizeof(*same) + cfg->subnet_count * sizeof(same->subnets[0]));

    free(k->same[cfg->service]);
    k->same[cfg->service] = same;
    if (!same)
        return NULL;
    print_of(text, same->print);
    memcpy(same->digest, r->digest, sizeof(same->digest));
    memcpy(same->hash, r->hash, sizeof(same->hash));
    same->relations = kea_ha_relations(cfg->root) != NULL;
    for (size_t i = 1; i < cfg->subnet_count; i++) { /* the first is the place of global reservations */
        const struct kea_subnet *subnet = &cfg->subnets[i];
        struct kea_counted *n = &same->subnets[same->count++];

        n->id = subnet->id;
        memcpy(n->native, subnet->native.data, subnet->native.len); /* shorter: made of service and id */
        kea_sizes_of(subnet->node, &n->sizes);
    }
    if (same->count > 1)
        qsort(same->subnets, same->count, sizeof(same->subnets[0]), by_id);
    return same;
}

void kea_same_forget(struct kea *k)
{
    for (enum kea_service s = 0; s < KEA_SERVICES; s++) {
        free(k->same[s]);
        k->same[s] = NULL;
    }
}
