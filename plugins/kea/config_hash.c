/* config_hash.c - the cheap look: a server's own hash of its configuration (config-hash-get, Kea 2.4).
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Kea makes it anew at each question of the whole text that config-get would answer, so that it changes
 * with every command that changes the configuration, those of the hooks among them (measured on 3.0.4). It
 * changes with the order of reservations too: only that it is the same tells something. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "read.h"

void kea_hash_take(struct ipam_str text, char ret[static KEA_HASH_TEXT])
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";

    ret[0] = '\0';
    if (text.len < KEA_HASH_TEXT - 1)
        return;
    for (size_t i = 0; i < KEA_HASH_TEXT - 1; i++) {
        const char *digit = text.data[i] ? strchr(digits, text.data[i]) : NULL;

        if (!digit) {
            ret[0] = '\0';
            return;
        }
        ret[i] = digits[(digit - digits) % 16];
    }
    ret[KEA_HASH_TEXT - 1] = '\0';
}

int kea_hash_get(struct kea_call *c, enum kea_service s, char ret[static KEA_HASH_TEXT])
{
    struct kea_answer answer;
    int status = kea_ask(c, s, "config-hash-get", (struct ipam_str){ NULL, 0 }, &answer);

    if (status)
        return status;
    kea_hash_take(json_str(json_get(answer.arguments, "hash")), ret);
    kea_answer_fini(&answer);
    return 0;
}

/* --- the rows of relations: made of the configuration and of their state, they are told in any case --- */

static void forget(struct kea_kept *kept)
{
    if (kept->hook)
        sodium_memzero(kept->hook, strlen(kept->hook));
    free(kept->hook);
    *kept = (struct kea_kept){ .hook = NULL };
}

void kea_hash_forget(struct kea *k)
{
    for (enum kea_service s = 0; s < KEA_SERVICES; s++)
        forget(&k->kept[s]);
}

/* One relation needs nothing of a configuration but itself; of several each has its scopes. */
void kea_hash_keep(struct kea *k, const struct kea_config *cfg, const char *hash)
{
    const struct json *relations = kea_ha_relations(cfg->root);
    struct kea_kept *kept = &k->kept[cfg->service];

    forget(kept);
    if (!hash[0] || json_count(relations) != 1)
        return;
    snprintf(kept->hash, sizeof(kept->hash), "%s", hash);
    for (const struct json *v = json_first(json_get(cfg->root, "hooks-libraries")); v; v = json_next(v))
        if (json_get(json_get(v, "parameters"), "high-availability") == relations && !kept->hook)
            kept->hook = strndup(json_span(cfg->doc, v).data, json_span(cfg->doc, v).len);
}

/* The hook that was kept of the configuration of the token, or NULL. */
static const char *kept_of(const struct kea *k, enum kea_service s, struct ipam_str token)
{
    return k->kept[s].hook && str_is(kea_token_hash(token, s), k->kept[s].hash) ? k->kept[s].hook : NULL;
}

int kea_hash_kept(const struct kea *k, enum kea_service s, struct ipam_str token, struct json_doc **ret)
{
    const char *hook = kept_of(k, s, token);
    struct json_error e;
    struct strbuf text;
    int status = 0;

    *ret = NULL;
    if (!hook)
        return 0;
    strbuf_init(&text, KEA_ANSWER_MAX);
    strbuf_printf(&text, "{\"%s\": {\"hooks-libraries\": [%s]}}", kea_root_key(s), hook);
    if (text.failed || json_parse(text.data, text.len, KEA_ANSWER_MAX, ret, &e))
        status = IPAM_E_NOMEM;
    if (text.data)
        sodium_memzero(text.data, text.len);
    strbuf_fini(&text);
    return status;
}

/* --- looking --- */

struct look {
    struct ipam_str token;
    bool same;
    int found; /* services that are as the token says */
};

/* The state of a relation is told with an unchanged configuration too, and is made of both: then it is
 * read. */
static int has_relations(struct kea_call *c, enum kea_service s, bool *ret)
{
    struct kea_answer answer;
    int status = kea_ask(c, s, "status-get", (struct ipam_str){ NULL, 0 }, &answer);

    if (status)
        return status;
    *ret = json_count(json_get(answer.arguments, "high-availability")) > 0;
    kea_answer_fini(&answer);
    return 0;
}

static int look_service(struct kea_call *c, enum kea_service s, struct ipam_str only, void *user)
{
    struct look *look = user;
    char hash[KEA_HASH_TEXT] = "";
    bool relations = false;
    int status = look->same ? has_relations(c, s, &relations) : 0;

    (void)only;
    if (status == 0 && look->same && (!relations || kept_of(c->kea, s, look->token)))
        status = kea_hash_get(c, s, hash);
    if (status == IPAM_E_UNSUPPORTED || status == IPAM_E_PROVIDER)
        status = 0; /* no word of it: config-get tells */
    if (status)
        return status;
    look->same = hash[0] && str_is(kea_token_hash(look->token, s), hash);
    look->found += look->same;
    return 0;
}

int kea_hash_look(struct kea_call *c, struct ipam_str token, bool *ret_same)
{
    struct look look = { .token = token, .same = true };
    int named = 0, status;

    *ret_same = false;
    for (enum kea_service s = 0; s < KEA_SERVICES; s++) {
        struct ipam_str digest = kea_token_part(token, s), hash = kea_token_hash(token, s);

        if (digest.data && (!hash.data || !c->kea->opt.use[s]))
            return 0;
        named += hash.data != NULL;
    }
    if (!named)
        return 0;
    status = kea_each_service(c, (struct ipam_str){ NULL, 0 }, look_service, &look);
    if (status == 0)
        *ret_same = look.same && look.found == named;
    return status;
}
