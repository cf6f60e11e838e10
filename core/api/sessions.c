/* sessions.c - signing in and out, and changing one's own password.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Whoever cannot sign in is told so with the same words, as late, whatever the reason was. */
#include <stdio.h>
#include <string.h>

#include "access/local.h"
#include "api/call.h"
#include "base/clock.h"
#include "base/log.h"

#define NAME_MOST 255

/* Two texts that the body has, and nothing else. */
struct pair {
    const char *first, *second;
    unsigned first_most, second_most;
};

static int check_pair(struct call *c, const struct pair *p, const struct json *root)
{
    struct record_problems problems;
    const char *names[2] = { p->first, p->second };
    const unsigned most[2] = { p->first_most, p->second_most };
    record_problems_init(&problems, &c->arena);
    for (const struct json *m = json_first(root); m != NULL && json_type(root) == JSON_OBJECT;
         m = json_next(m))
        if (!str_is(json_key(m), names[0]) && !str_is(json_key(m), names[1]))
            record_problem(&problems, arena_printf(&c->arena, "/" STR_FMT, STR_ARG(json_key(m))),
                           "unknown field; known are: %s, %s", names[0], names[1]);
    for (int i = 0; i < 2; i++) {
        struct ipam_str text = json_str(json_get(root, names[i]));
        if (text.len == 0 || text.len > most[i])
            record_problem(&problems, arena_printf(&c->arena, "/%s", names[i]),
                           "expected a text of 1 to %u bytes", most[i]);
    }
    return problems.count == 0 ? 0 : call_invalid(c, &problems);
}

/* Reads them; secrets are overwritten where they lay. */
static int read_pair(struct call *c, const struct pair *p, struct ipam_str *ret_first,
                     struct ipam_str *ret_second)
{
    static const char *const none[] = { NULL };
    c->csv = false;
    int rc = call_params_known(c, none) ? call_body(c) : IPAM_E_INVAL;
    const struct json *root = rc == 0 ? json_root(c->doc) : NULL;
    if (rc == 0)
        rc = check_pair(c, p, root);
    if (rc == 0) {
        *ret_first = arena_str(&c->arena, json_str(json_get(root, p->first)));
        *ret_second = arena_str(&c->arena, json_str(json_get(root, p->second)));
    }
    if (root != NULL) {
        call_wipe(json_str(json_get(root, p->first)));
        call_wipe(json_str(json_get(root, p->second)));
    }
    call_wipe(c->body);
    call_body_done(c);
    return rc;
}

/* --- signing in --- */

struct entry {
    struct ipam_str name;    /* as it was given */
    struct ipam_str account; /* the same in small letters, for guessing: a provider may take either */
    struct guess_source from;
    struct ipam_str known; /* what the password was verified by */
    struct ipam_session *session;
};

static void refuse(struct call *c)
{
    problem_hint(&c->problem, "look at both; after some wrong ones the next must wait");
    problem_set(&c->problem, PROBLEM_UNAUTHENTICATED, "the name or the password is wrong");
    call_problem(c);
}

/* The oldest one ends when there are many. */
struct oldest {
    int64_t user;
    size_t count;
    const struct ipam_session *first;
};

static int look_at_session(void *arg, const void *row)
{
    struct oldest *o = arg;
    const struct ipam_session *s = row;
    if (!record_has(s, IPAM_SESSION_USER) || s->user != o->user)
        return 0;
    if (o->first == NULL || s->id < o->first->id)
        o->first = s;
    o->count++;
    return 0;
}

static int judge_again(const struct entry *e, struct draft *d, struct problem *p)
{
    const struct ipam_session *s = e->session;
    const struct ipam_verifier *known = identity_password(draft_view(d), s->user);
    const char *why;
    if (!record_has(s, IPAM_SESSION_USER) ||
        (known != NULL && str_equal(known->hash, e->known) &&
         local_may_enter(view_get(draft_view(d), IPAM_T_USER, s->user), draft_now(d), &why)))
        return 0;
    return problem_set(p, PROBLEM_UNAUTHENTICATED, "the name or the password is wrong"); /* since just now */
}

static int decide_session(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    const struct entry *e = c->work;
    struct ipam_session *s = e->session;
    struct oldest o = { .user = s->user };
    uint8_t digest[ACCESS_DIGEST_BYTES];
    if (judge_again(e, d, &in->problem) != 0)
        return IPAM_E_INVAL;
    if (record_has(s, IPAM_SESSION_USER))
        view_each(draft_view(d), IPAM_T_SESSION, look_at_session, &o);
    if (o.count >= SESSIONS_MOST)
        identity_delete(d, o.first, &in->problem);
    int rc = identity_create(d, s, &in->problem);
    if (rc != 0)
        return rc;
    access_digest(c->secret.data, c->secret.len, digest);
    identity_keep_token(d, s->id, s->prefix, (struct ipam_bytes){ digest, sizeof(digest) });
    if (c->hash != NULL)
        identity_keep_password(d, s->user, str_from(c->hash));
    snprintf(c->location, sizeof(c->location), "/api/v1/access/sessions/%lld", (long long)s->id);
    call_decide_object(c, 201, draft_view(d), s);
    return 0;
}

static struct ipam_strs copy_texts(struct arena *a, struct ipam_strs from)
{
    struct ipam_str *items = arena_alloc(a, (from.count + 1) * sizeof(items[0]));
    for (size_t i = 0; items != NULL && i < from.count; i++)
        items[i] = arena_str(a, from.items[i]);
    return (struct ipam_strs){ items, items != NULL ? from.count : 0 };
}

/* The row of a session that begins now, and its token. */
static bool make_session(struct call *c, struct entry *e, const struct signed_in *who)
{
    struct ipam_session *s = record_new(&c->arena, IPAM_T_SESSION);
    int64_t most = clock_wall_ms() + SESSION_MS;
    if (s == NULL)
        return false;
    RECORD_SET(s, IPAM_SESSION_NAME, name, arena_str(&c->arena, who->name));
    RECORD_SET(s, IPAM_SESSION_EXPIRES, expires,
               who->expires != 0 && who->expires < most ? who->expires : most);
    if (who->user != 0)
        RECORD_SET(s, IPAM_SESSION_USER, user, who->user);
    if (who->provider.data != NULL)
        RECORD_SET(s, IPAM_SESSION_PROVIDER, provider, arena_str(&c->arena, who->provider));
    if (who->groups.count > 0)
        RECORD_SET(s, IPAM_SESSION_GROUPS, groups, copy_texts(&c->arena, who->groups));
    e->known = arena_str(&c->arena, who->known);
    c->hash = who->hash != NULL ? arena_strdup(&c->arena, who->hash) : NULL;
    e->session = s;
    call_wipe((struct ipam_str){ (const char *)c->secret.data, c->secret.len });
    RECORD_SET(s, IPAM_SESSION_PREFIX, prefix, call_new_token(c, TOKEN_SESSION));
    snprintf(c->who.name, sizeof(c->who.name), "user:" STR_FMT, STR_ARG(s->name));
    c->actor.name = str_from(c->who.name);
    return true;
}

static void on_signed_in(void *user, int status, const struct signed_in *who, const char *why)
{
    struct call *c = user;
    struct entry *e = c->work;
    struct identities *ids = c->api->at.identities;
    if (status == IPAM_E_AUTH) {
        identities_wrong(ids, GUESS_PASSWORD, c->actor.peer.data, why);
        refuse(c);
        return;
    }
    if (status != 0)
        identities_unjudged(ids, GUESS_PASSWORD, e->account, &e->from);
    else
        identities_right(ids, GUESS_PASSWORD, e->account, &e->from);
    if (status == IPAM_E_BUSY) {
        call_too_many(c, 1, "too many sign in at the same time");
    } else if (status != 0) {
        log_event(LOG_WARN_, "identity-provider", "%s", why);
        c->problem.retry_after_s = 10;
        problem_hint(&c->problem, "try again later, or sign in as a user who is known here");
        problem_set(&c->problem, PROBLEM_UNAVAILABLE,
                    "who could say whether it is right cannot be asked now");
        call_problem(c);
    } else if (c->http == NULL || !make_session(c, e, who)) {
        call_starved(c); /* or nobody is there any more who could use it */
        call_problem(c);
    } else {
        call_submit(c, NULL, decide_session, identity_show);
    }
}

static struct ipam_str small_letters(struct arena *a, struct ipam_str s)
{
    char *copy = arena_memdup(a, s.data, s.len);
    for (size_t i = 0; copy != NULL && i < s.len; i++)
        if (copy[i] >= 'A' && copy[i] <= 'Z')
            copy[i] = (char)(copy[i] + ('a' - 'A'));
    return (struct ipam_str){ copy, copy != NULL ? s.len : 0 };
}

void handle_session_create(struct call *c)
{
    static const struct pair body = { "user", "password", NAME_MOST, PASSWORD_MOST };
    struct entry *e = arena_alloc(&c->arena, sizeof(*e));
    struct ipam_str password = { NULL, 0 };
    if (e == NULL || read_pair(c, &body, &e->name, &password) != 0) {
        call_problem(c);
        return;
    }
    c->secret = (struct ipam_bytes){ (const uint8_t *)password.data, password.len };
    c->work = e;
    e->account = small_letters(&c->arena, e->name);
    e->from = call_source(c);
    int seconds = identities_try(c->api->at.identities, GUESS_PASSWORD, e->account, &e->from);
    if (seconds > 0)
        call_too_many(c, seconds, "too many passwords from there were wrong");
    else
        identities_sign_in(c->api->at.identities, e->name, c->secret, c->actor.peer, on_signed_in, c);
}

/* --- signing out --- */

static int decide_end(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    const void *row = view_get(draft_view(d), IPAM_T_SESSION, c->id);
    if (row == NULL)
        return problem_set(&in->problem, PROBLEM_NOT_FOUND, "the session has ended meanwhile");
    call_decide_empty(c, 204);
    return identity_delete(d, row, &in->problem);
}

static void found_session(struct call *c)
{
    call_submit(c, NULL, decide_end, NULL);
}

void handle_session_delete(struct call *c)
{
    if (str_is(c->key, "current"))
        c->key = str_from(arena_printf(&c->arena, "%lld", (long long)c->who.token));
    call_find_plain(c, found_session);
}

/* --- one's own password --- */

struct change {
    struct ipam_str old_one, new_one, name, account;
    struct ipam_str known; /* what the old one was verified by */
    struct guess_source from;
};

static void not_oneself(struct call *c)
{
    problem_hint(&c->problem, "an administrator sets it with PATCH /api/v1/access/users/NAME");
    problem_set(&c->problem, PROBLEM_DENIED, "%s may change no password but his own", c->who.name);
    call_problem(c);
}

static int decide_password(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    const struct change *w = c->work;
    const struct ipam_user *u = view_get(draft_view(d), IPAM_T_USER, c->id);
    const struct ipam_verifier *known = identity_password(draft_view(d), c->id);
    if (u == NULL || known == NULL || !str_equal(known->hash, w->known)) {
        problem_hint(&in->problem, "try it again with the password that is in force now");
        return problem_set(&in->problem, PROBLEM_DENIED, "the password was changed meanwhile");
    }
    struct ipam_user changed = *u;
    RECORD_SET(&changed, IPAM_USER_PASSWORD_CHANGED, password_changed, draft_now(d));
    draft_replace(d, u, &changed);
    identity_keep_password(d, c->id, str_from(c->hash));
    identity_end_sessions(d, c->id, c->who.token);
    call_decide_empty(c, 204);
    return 0;
}

static void on_new_hash(void *user, int status, const char *hash)
{
    struct call *c = user;
    if (status != 0) {
        call_too_many(c, 1, "no password can be set at the moment");
        return;
    }
    c->hash = arena_strdup(&c->arena, hash);
    call_submit(c, NULL, decide_password, NULL);
}

static void hash_new(struct call *c, const struct change *w)
{
    struct passwords *p = identities_passwords(c->api->at.identities);
    const struct ipam_bytes secret = { (const uint8_t *)w->new_one.data, w->new_one.len };
    int rc = p != NULL ? password_hash(p, secret, on_new_hash, c) : IPAM_E_BUSY;
    call_wipe(w->new_one);
    if (rc != 0)
        call_too_many(c, 1, "too many passwords are set or verified at the same time");
}

static void on_old_verified(void *user, int status, const struct signed_in *who, const char *why)
{
    struct call *c = user;
    struct change *w = c->work;
    struct identities *ids = c->api->at.identities;
    if (status == IPAM_E_AUTH) {
        identities_wrong(ids, GUESS_PASSWORD, c->actor.peer.data, why);
        problem_hint(&c->problem, "look at it; after some wrong ones the next must wait");
        problem_set(&c->problem, PROBLEM_DENIED, "the old password is wrong");
        call_problem(c);
    } else if (status != 0) {
        identities_unjudged(ids, GUESS_PASSWORD, w->account, &w->from);
        call_too_many(c, 1, "too many passwords are set or verified at the same time");
    } else {
        identities_right(ids, GUESS_PASSWORD, w->account, &w->from);
        w->known = arena_str(&c->arena, who->known);
        hash_new(c, w);
    }
}

static void found_user(struct call *c)
{
    struct change *w = c->work;
    struct identities *ids = c->api->at.identities;
    if (c->id != c->who.user) {
        not_oneself(c);
        return;
    }
    w->name = ((const struct ipam_user *)c->row)->name;
    w->account = small_letters(&c->arena, w->name);
    int seconds = identities_try(ids, GUESS_PASSWORD, w->account, &w->from);
    if (seconds > 0)
        call_too_many(c, seconds, "too many passwords from there were wrong");
    else
        identities_sign_in(ids, w->name, c->secret, c->actor.peer, on_old_verified, c);
}

void handle_user_password(struct call *c)
{
    static const struct pair body = { "old", "new", PASSWORD_MOST, PASSWORD_MOST };
    struct change *w = arena_alloc(&c->arena, sizeof(*w));
    if (c->who.user == 0) { /* somebody of the configuration, or of a provider: he has no password here */
        call_wipe(c->body);
        not_oneself(c);
        return;
    }
    if (w == NULL || read_pair(c, &body, &w->old_one, &w->new_one) != 0) {
        call_problem(c);
        return;
    }
    c->work = w;
    c->secret = (struct ipam_bytes){ (const uint8_t *)w->old_one.data, w->old_one.len };
    w->from = call_source(c);
    if (w->new_one.len < PASSWORD_LEAST) {
        struct record_problems problems;
        record_problems_init(&problems, &c->arena);
        record_problem(&problems, "/new", "is too short; give %d characters or more", PASSWORD_LEAST);
        call_wipe(w->new_one);
        call_invalid(c, &problems);
        call_problem(c);
        return;
    }
    c->missing = not_oneself;
    call_find(c, found_user);
}
