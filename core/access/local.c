/* local.c - users of this service: whose token it is, and whether he is let in.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "access/local.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "access/token.h"
#include "net/addr.h"

bool local_is_token(struct ipam_str bearer)
{
    static const char *const heads[] = { "ipam_pat_", "ipam_svc_", "ipam_ses_" };
    for (size_t i = 0; i < 3; i++)
        if (bearer.len >= 9 && memcmp(bearer.data, heads[i], 9) == 0)
            return true;
    return false;
}

bool local_may_enter(const struct ipam_user *u, int64_t now_ms, const char **ret_why)
{
    if (u == NULL)
        *ret_why = "there is no such user";
    else if (record_has(u, IPAM_USER_DISABLED) && u->disabled)
        *ret_why = "the user is disabled";
    else if (record_has(u, IPAM_USER_EXPIRES) && u->expires <= now_ms)
        *ret_why = "the user has expired";
    else
        return true;
    return false;
}

/* The verifier that a token is right for; compared as long for one that is not known. */
static const struct ipam_verifier *verify(const struct view *v, struct ipam_str bearer, struct ipam_str id)
{
    static const uint8_t nobody[ACCESS_DIGEST_BYTES];
    const struct ipam_verifier *known = identity_known(v, id);
    bool whole = known != NULL && known->digest.len == ACCESS_DIGEST_BYTES;
    uint8_t shown[ACCESS_DIGEST_BYTES];
    access_digest(bearer.data, bearer.len, shown);
    bool same = sodium_memcmp(shown, whole ? known->digest.data : nobody, sizeof(shown)) == 0;
    sodium_memzero(shown, sizeof(shown));
    return whole && same ? known : NULL;
}

static bool lies_in(struct ipam_str network, const struct ipam_addr *a)
{
    struct ipam_prefix p;
    return prefix_parse(network.data, network.len, &p) == 0 && p.addr.family == a->family &&
           prefix_contains_addr(&p, a);
}

/* A caller on the unix socket is where loopback is. */
static bool from_its_networks(const struct ipam_token *t, const struct ipam_addr *from)
{
    static const struct ipam_addr here[2] = { { 4, { 127, 0, 0, 1 } }, { 6, { [15] = 1 } } };
    if (!record_has(t, IPAM_TOKEN_NETWORKS) || t->networks.count == 0)
        return true;
    for (size_t i = 0; i < t->networks.count; i++)
        if (from != NULL ? lies_in(t->networks.items[i], from)
                         : lies_in(t->networks.items[i], &here[0]) || lies_in(t->networks.items[i], &here[1]))
            return true;
    return false;
}

/* A token's row is good by itself. */
static bool token_is_good(const struct ipam_token *t, const struct ipam_addr *from, bool anywhere,
                          int64_t now_ms, const char **ret_why)
{
    if (!record_has(t, IPAM_TOKEN_EXPIRES) || t->expires <= now_ms)
        *ret_why = "the token has expired";
    else if (!anywhere && !from_its_networks(t, from))
        *ret_why = "the token is not taken from there";
    else
        return true;
    return false;
}

static bool session_is_good(const struct view *v, const struct ipam_session *s, int64_t now_ms,
                            const char **ret_why)
{
    *ret_why = "the session has ended";
    if (!record_has(s, IPAM_SESSION_EXPIRES) || s->expires <= now_ms)
        return false;
    return !record_has(s, IPAM_SESSION_USER) ||
           local_may_enter(view_get(v, IPAM_T_USER, s->user), now_ms, ret_why);
}

bool local_token(const struct view *v, struct ipam_str bearer, const struct ipam_addr *from, int64_t now_ms,
                 struct principal *ret, const char **ret_why)
{
    enum token_kind kind;
    struct ipam_str id;
    if (!token_parse(bearer, &kind, &id)) {
        *ret_why = "the token is mistyped or made up: its sum is wrong";
        return false;
    }
    const struct ipam_verifier *known = verify(v, bearer, id);
    const struct ipam_token *t = known != NULL ? view_get(v, IPAM_T_TOKEN, known->object) : NULL;
    const struct ipam_session *s = known != NULL ? view_get(v, IPAM_T_SESSION, known->object) : NULL;
    const struct ipam_user *u = t != NULL ? view_get(v, IPAM_T_USER, t->user) : NULL;
    *ret_why = "there is no such token, or it was revoked";
    if (t == NULL && s == NULL)
        return false;
    if (t != NULL) {
        if (!token_is_good(t, from, false, now_ms, ret_why) || !local_may_enter(u, now_ms, ret_why))
            return false;
        snprintf(ret->name, sizeof(ret->name), "user:" STR_FMT "/" STR_FMT, STR_ARG(u->name),
                 STR_ARG(t->name));
        ret->user = u->id;
        ret->token = t->id;
    } else {
        if (!session_is_good(v, s, now_ms, ret_why))
            return false;
        snprintf(ret->name, sizeof(ret->name), "user:" STR_FMT, STR_ARG(s->name));
        ret->user = record_has(s, IPAM_SESSION_USER) ? s->user : 0;
        ret->token = s->id;
    }
    ret->role = NULL;
    return true;
}

bool local_user(const struct view *v, struct ipam_str name, int64_t now_ms, struct principal *ret,
                const char **ret_why)
{
    const struct ipam_user *u = view_get(v, IPAM_T_USER, view_by_name(v, IPAM_T_USER, name));
    if (!local_may_enter(u, now_ms, ret_why))
        return false;
    snprintf(ret->name, sizeof(ret->name), "user:" STR_FMT, STR_ARG(u->name));
    ret->user = u->id;
    ret->token = 0;
    ret->role = NULL;
    return true;
}

bool local_is_good(const struct view *v, int64_t token, int64_t user, int64_t now_ms)
{
    const struct ipam_token *t = view_get(v, IPAM_T_TOKEN, token);
    const struct ipam_session *s = view_get(v, IPAM_T_SESSION, token);
    const char *why;
    if (user != 0 && !local_may_enter(view_get(v, IPAM_T_USER, user), now_ms, &why))
        return false;
    return token == 0 || (t != NULL && token_is_good(t, NULL, true, now_ms, &why)) ||
           (s != NULL && session_is_good(v, s, now_ms, &why));
}

struct ipam_str local_token_role(const struct view *v, const struct principal *who)
{
    const struct ipam_token *t = view_get(v, IPAM_T_TOKEN, who->token);
    return t != NULL && record_has(t, IPAM_TOKEN_ROLE) ? t->role : (struct ipam_str){ NULL, 0 };
}
