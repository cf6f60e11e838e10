/* identify.c - who sends a request, and whether he may: the one way to a handler.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A stranger is told that he is none, and nothing of why: that is in the log. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "access/cert.h"
#include "access/local.h"
#include "api/call.h"
#include "base/clock.h"

#define USER "user:"

static struct ipam_str bearer_of(const struct http_request *req)
{
    struct ipam_str h = http_header_get(req, "Authorization");
    if (h.len > 7 && strncasecmp(h.data, "Bearer ", 7) == 0)
        return (struct ipam_str){ h.data + 7, h.len - 7 };
    return h.data != NULL ? (struct ipam_str){ "", 0 } : (struct ipam_str){ NULL, 0 };
}

struct guess_source call_source(const struct call *c)
{
    const struct http_peer *p = &c->http->peer;
    return (struct guess_source){ .local = p->local, .uid = (uint32_t)p->uid, .addr = p->addr };
}

const char *call_peer(struct call *c)
{
    const struct http_peer *p = &c->http->peer;
    char peer[ADDR_TEXT_MAX + 16];
    if (p->local) {
        snprintf(peer, sizeof(peer), "unix:%ld", (long)p->pid);
    } else {
        size_t n = addr_print(&p->addr, peer);
        snprintf(peer + n, sizeof(peer) - n, ":%u", (unsigned)p->port);
    }
    return arena_strdup(&c->arena, peer);
}

/* A line of the configuration says who it is; one that names a user leaves the rest to him. */
static bool by_configuration(struct call *c, struct ipam_str bearer, struct principal *ret,
                             const char **ret_why)
{
    struct access *a = c->api->at.access;
    const struct http_peer *p = &c->http->peer;
    struct ipam_str name;
    bool found = bearer.data == NULL && p->cert != NULL
                     ? cert_find(*access_certificates(a), p->cert, clock_wall_ms(), ret)
                     : access_identify(a, bearer, p->local, p->uid, ret);
    *ret_why = "no line of the configuration is this";
    if (!found || strncmp(ret->name, USER, sizeof(USER) - 1) != 0)
        return found;
    name = str_from(arena_strdup(&c->arena, ret->name + sizeof(USER) - 1));
    return local_user(call_view(c), name, clock_wall_ms(), ret, ret_why);
}

/* A provider that is configured no more vouches for nobody. */
static bool is_vouched_for(const struct api *a, int64_t token)
{
    const struct ipam_session *s = view_get(state_view(a->at.state), IPAM_T_SESSION, token);
    return s == NULL || !record_has(s, IPAM_SESSION_PROVIDER) || a->at.identities == NULL ||
           realms_know(identities_realms(a->at.identities), s->provider);
}

bool api_still_knows(const struct api *a, int64_t token, int64_t user)
{
    return local_is_good(state_view(a->at.state), token, user, clock_wall_ms()) && is_vouched_for(a, token);
}

bool call_identify(struct call *c, struct principal *ret, const char **ret_why)
{
    const struct http_peer *p = &c->http->peer;
    struct ipam_str bearer = bearer_of(c->http);
    *ret = (struct principal){ .name = "" };
    if (!local_is_token(bearer))
        return by_configuration(c, bearer, ret, ret_why);
    if (!local_token(call_view(c), bearer, p->local ? NULL : &p->addr, clock_wall_ms(), ret, ret_why))
        return false;
    *ret_why = "its identity provider is configured no more";
    return is_vouched_for(c->api, ret->token);
}

/* Its fingerprint is what a line in the configuration can be made of. */
static bool nobodys_certificate(struct call *c, const struct http_cert *cert)
{
    problem_hint(
        &c->problem,
        "give it a line there, by this fingerprint or one of its alternative names; or send a token");
    problem_set(
        &c->problem, PROBLEM_UNAUTHENTICATED,
        "no line of \"certificates\" in the configuration is this client's certificate, sha256 %s, or it "
        "has expired, or its names lead to different lines",
        cert->sha256);
    return false;
}

static void set_too_many(struct call *c, int seconds, const char *why)
{
    c->problem.retry_after_s = seconds;
    problem_hint(&c->problem, "try again in %d s", seconds);
    problem_set(&c->problem, PROBLEM_TOO_MANY, "%s", why);
}

void call_too_many(struct call *c, int seconds, const char *why)
{
    set_too_many(c, seconds, why);
    call_problem(c);
}

/* Whoever shows a token that is none may be guessing. */
static bool nobody(struct call *c, const char *why)
{
    struct identities *ids = c->api->at.identities;
    const struct guess_source from = call_source(c);
    const struct ipam_str none = { NULL, 0 };
    if (bearer_of(c->http).data != NULL && ids != NULL) {
        int seconds = identities_try(ids, GUESS_TOKEN, none, &from);
        if (seconds > 0) {
            set_too_many(c, seconds, "too many tokens from there were none");
            return false;
        }
        identities_wrong(ids, GUESS_TOKEN, call_peer(c), why);
    } else if (c->http->peer.cert != NULL) {
        return nobodys_certificate(c, c->http->peer.cert);
    }
    problem_hint(&c->problem, "send the header Authorization: Bearer TOKEN; the administrator's token is "
                              "in the file the service named at its first start");
    problem_set(&c->problem, PROBLEM_UNAUTHENTICATED, "the request has no valid token");
    return false;
}

/* Who is a user is not known before the rows are in memory. */
static bool not_yet(struct call *c)
{
    c->problem.retry_after_s = 1;
    problem_set(&c->problem, PROBLEM_UNAVAILABLE, "the service is starting or stopping");
    return false;
}

/* What is done to one object is judged when the object is known: one that is hidden must look like one
 * that does not exist. */
static bool is_of_one_object(const struct call *c, const struct operation *op)
{
    return strstr(c->route->path, "{key}") != NULL &&
           (op->flags & (OPERATION_READS | OPERATION_ADMIN | OPERATION_GROUPS | OPERATION_UNSCOPED)) == 0;
}

static bool denied(struct call *c, struct problem *p)
{
    sight_denied(&c->sight, c->sight.op, p);
    if (c->who.role == NULL && vault_binding(c->api->at.vault, NULL) == BINDING_BROKEN) {
        problem_hint(p, "an administrator must look into it: ipamctl access binding");
        problem_set(p, PROBLEM_DENIED,
                    "%s has no rights now: roles or policies were changed behind the service's back",
                    c->who.name);
    }
    return false;
}

bool call_may(struct call *c, int64_t now_ms, struct problem *p)
{
    const struct operation *op = c->sight.op;
    if (c->sight.book == NULL) /* of a route that asks nobody who he is */
        return true;
    const struct rights *r = book_rights(c->api->book, &c->who);
    const struct ipam_str nowhere = { NULL, 0 };
    if (is_of_one_object(c, op) ? rights_somewhere(r, op, now_ms)
                                : rights_judge(r, op, nowhere, now_ms) == ACCESS_ALLOWED)
        return true;
    c->own_only = (op->flags & OPERATION_OWN) && (c->who.user != 0 || c->who.token != 0);
    return c->own_only || denied(c, p);
}

bool call_authorise(struct call *c)
{
    const struct operation *op = c->route->operation != NULL ? access_operation(c->route->operation) : NULL;
    struct ipam_str bearer = bearer_of(c->http);
    const char *why;
    if (c->route->operation == NULL || (op != NULL && (op->flags & OPERATION_PUBLIC)))
        return true;
    if (c->route->handler == handle_metrics && c->http->peer.local && bearer.data == NULL)
        return true; /* the scraper of this host needs no token */
    if (!call_identify(c, &c->who, &why)) {
        bool user = local_is_token(bearer) || c->who.name[0] != '\0';
        return user && !c->api->ready ? not_yet(c) : nobody(c, why);
    }
    if (c->who.token != 0 && c->api->at.identities != NULL)
        identities_seen(c->api->at.identities, c->who.token, call_peer(c));
    book_distrust(c->api->book, vault_binding(c->api->at.vault, NULL) == BINDING_BROKEN);
    sight_init(&c->sight, c->api->book, c->api->at.state, &c->who, op);
    c->sight.still = true;
    return call_may(c, c->sight.now_ms, &c->problem);
}

/* Of tokens and sessions, those of the caller; and himself. */
static bool is_own(const struct call *c, const void *rec)
{
    const struct ipam_user *u = rec;
    const struct ipam_token *t = rec;
    const struct ipam_session *s = rec;
    if (u->type == IPAM_T_USER)
        return u->id == c->who.user;
    if (t->type == IPAM_T_TOKEN)
        return c->who.user != 0 && t->user == c->who.user;
    return s->type == IPAM_T_SESSION &&
           (s->id == c->who.token ||
            (c->who.user != 0 && record_has(s, IPAM_SESSION_USER) && s->user == c->who.user));
}

static bool address_is_there(const struct view *v, const struct ipam_address *a)
{
    struct view_user users[64];
    size_t n = view_users(v, a->space, &a->address, users, 64);
    for (size_t i = 0; i < n && i < 64; i++)
        if (users[i].type == IPAM_T_ADDRESS && users[i].id == a->id)
            return true;
    return false;
}

/* Of a row as it was, what tells where it is now; NULL: it is gone, or what held it is. */
static const void *as_it_is(const struct view *v, const void *rec)
{
    const struct record_type *t = record_type(((const struct ipam_record *)rec)->type);
    const struct record_field *f = record_field(t, IPAM_STR("scope"));
    if (t->residency == RES_RESIDENT)
        return view_get(v, t->type,
                        *(const int64_t *)(const void *)((const char *)rec + t->fields[0].offset));
    if (t->type == IPAM_T_ADDRESS)
        return address_is_there(v, rec) ? rec : NULL;
    if (f == NULL || f->kind != KIND_REF || f->ref != IPAM_T_SCOPE || !record_has(rec, f->number))
        return rec;
    int64_t scope = *(const int64_t *)(const void *)((const char *)rec + f->offset);
    return view_get(v, f->ref, scope) != NULL ? rec : NULL;
}

/* Who sees a row now sees what it was. Where one was that is gone is not known any more. */
bool call_sees(struct call *c, const void *rec)
{
    const struct view *v = call_view(c);
    if (c->own_only || (c->sight.op != NULL && (c->sight.op->flags & OPERATION_SELF)))
        return is_own(c, rec);
    if (sight_sees_any(&c->sight, rec))
        return true;
    if (c->past)
        rec = as_it_is(v, rec);
    return rec != NULL && sight_sees(&c->sight, v, rec);
}
