/* identity.c - users, groups, tokens, sessions: made, changed, deleted with what goes with them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/identity.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define DAY_MS          INT64_C(86400000)
#define TOKEN_DAYS      90
#define TOKEN_DAYS_MOST 400
#define PLACE_MAX       64

bool identity_is(const void *rec)
{
    switch (((const struct ipam_record *)rec)->type) {
    case IPAM_T_USER:
    case IPAM_T_GROUP:
    case IPAM_T_TOKEN:
    case IPAM_T_SESSION: return true;
    default: return false;
    }
}

/* --- what is kept of secrets --- */

static const struct ipam_verifier *verifier_at(const struct view *v, struct ipam_str place)
{
    return view_get(v, IPAM_T_VERIFIER, view_by_name(v, IPAM_T_VERIFIER, place));
}

static struct ipam_str password_place(int64_t user, char buf[PLACE_MAX])
{
    snprintf(buf, PLACE_MAX, "user/%" PRId64, user);
    return str_from(buf);
}

const struct ipam_verifier *identity_password(const struct view *v, int64_t user)
{
    char buf[PLACE_MAX];
    return verifier_at(v, password_place(user, buf));
}

const struct ipam_verifier *identity_known(const struct view *v, struct ipam_str prefix)
{
    return verifier_at(v, prefix);
}

static void keep(struct draft *d, struct ipam_str place, int64_t object, struct ipam_verifier *rec)
{
    RECORD_SET(rec, IPAM_VERIFIER_PLACE, place, place);
    RECORD_SET(rec, IPAM_VERIFIER_OBJECT, object, object);
    draft_replace(d, verifier_at(draft_view(d), place), rec);
}

void identity_keep_password(struct draft *d, int64_t user, struct ipam_str hash)
{
    struct ipam_verifier rec;
    char buf[PLACE_MAX];
    record_init(&rec, IPAM_T_VERIFIER);
    RECORD_SET(&rec, IPAM_VERIFIER_HASH, hash, hash);
    keep(d, password_place(user, buf), user, &rec);
}

void identity_keep_token(struct draft *d, int64_t object, struct ipam_str prefix, struct ipam_bytes digest)
{
    struct ipam_verifier rec;
    record_init(&rec, IPAM_T_VERIFIER);
    RECORD_SET(&rec, IPAM_VERIFIER_DIGEST, digest, digest);
    keep(d, prefix, object, &rec);
}

static void forget(struct draft *d, const struct ipam_verifier *known)
{
    if (known != NULL)
        draft_delete(d, known);
}

/* --- checks --- */

static bool is_name(struct ipam_str s)
{
    bool good = s.len > 0, digits = true;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.data[i];
        bool digit = c >= '0' && c <= '9';
        good =
            good && (digit || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || strchr("._-", c) != NULL);
        digits = digits && digit;
    }
    return good && !digits;
}

static int check_name(struct ipam_str name, const char *what, struct problem *p)
{
    if (is_name(name))
        return 0;
    problem_hint(p, "use a-z, A-Z, 0-9, '.', '_' and '-', and not digits alone");
    return problem_set(p, PROBLEM_INVALID, "name: \"" STR_FMT "\" is no name of a %s", STR_ARG(name), what);
}

/* A name that differs from another in capitals alone would be taken for it. */
struct alike {
    struct ipam_str name;
    const struct ipam_user *found;
};

static int find_alike(void *user, const void *row)
{
    struct alike *a = user;
    const struct ipam_user *u = row;
    if (u->name.len != a->name.len || strncasecmp(u->name.data, a->name.data, u->name.len) != 0)
        return 0;
    a->found = u;
    return 1;
}

static int check_user(const struct ipam_user *u, struct problem *p)
{
    if (u->kind != IPAM_USER_KIND_SERVICE || !record_has(u, IPAM_USER_PASSWORD_CHANGED))
        return 0;
    problem_hint(p, "give it a token instead: POST /api/v1/access/tokens");
    return problem_set(p, PROBLEM_INVALID, "password: a service account has none");
}

/* "corp/netops": a group that the provider corp knows. */
static bool is_foreign(struct ipam_str name)
{
    const char *slash = memchr(name.data, '/', name.len);
    return slash != NULL && is_name((struct ipam_str){ name.data, (size_t)(slash - name.data) });
}

static int check_group(const struct view *v, const struct ipam_group *g, struct problem *p)
{
    for (size_t i = 0; record_has(g, IPAM_GROUP_MEMBERS) && i < g->members.count; i++) {
        if (is_foreign(g->name)) {
            problem_hint(p, "change the group where it is, and leave members away here");
            return problem_set(p, PROBLEM_INVALID, "members: who is in " STR_FMT " is its provider's to say",
                               STR_ARG(g->name));
        }
        if (view_by_name(v, IPAM_T_USER, g->members.items[i]) != 0)
            continue;
        problem_hint(p, "list the users with GET /api/v1/access/users");
        return problem_set(p, PROBLEM_INVALID, "members: there is no user \"" STR_FMT "\"",
                           STR_ARG(g->members.items[i]));
    }
    return 0;
}

static int check_expiry(int64_t now_ms, const struct ipam_token *before, const struct ipam_token *t,
                        struct problem *p)
{
    if (before != NULL && record_has(before, IPAM_TOKEN_EXPIRES) && record_has(t, IPAM_TOKEN_EXPIRES) &&
        before->expires == t->expires)
        return 0;
    if (record_has(t, IPAM_TOKEN_EXPIRES) && t->expires > now_ms &&
        t->expires <= now_ms + TOKEN_DAYS_MOST * DAY_MS)
        return 0;
    problem_hint(p, "make another before this one ends: what is never exchanged is found one day by others");
    return problem_set(p, PROBLEM_INVALID, "expires: give a time that is ahead, by %d days at most",
                       TOKEN_DAYS_MOST);
}

static int check_token(int64_t now_ms, const struct ipam_token *before, struct ipam_token *t,
                       struct problem *p)
{
    for (size_t i = 0; record_has(t, IPAM_TOKEN_NETWORKS) && i < t->networks.count; i++) {
        struct ipam_prefix prefix;
        struct ipam_str text = t->networks.items[i];
        if (prefix_parse(text.data, text.len, &prefix) == 0)
            continue;
        problem_hint(p, "give prefixes without host bits, such as 10.1.0.0/16, 2001:db8::/32 or 10.1.2.3/32");
        return problem_set(p, PROBLEM_INVALID, "networks: \"" STR_FMT "\" is no prefix", STR_ARG(text));
    }
    if (!record_has(t, IPAM_TOKEN_EXPIRES))
        RECORD_SET(t, IPAM_TOKEN_EXPIRES, expires, now_ms + TOKEN_DAYS * DAY_MS);
    return check_expiry(now_ms, before, t, p);
}

int identity_check(const struct view *v, int64_t now_ms, const void *before, void *rec, struct problem *p)
{
    switch (((const struct ipam_record *)rec)->type) {
    case IPAM_T_USER: return check_user(rec, p);
    case IPAM_T_GROUP: return check_group(v, rec, p);
    case IPAM_T_TOKEN: return check_token(now_ms, before, rec, p);
    default: return 0;
    }
}

/* --- creation --- */

static int exists(struct problem *p, const char *what, struct ipam_str name, int64_t id)
{
    problem_hint(p, "change the existing one, or choose another name");
    return problem_set(p, PROBLEM_EXISTS, "%s " STR_FMT " exists already (id %lld)", what, STR_ARG(name),
                       (long long)id);
}

static int user_create(struct draft *d, struct ipam_user *u, struct problem *p)
{
    struct alike a = { u->name, NULL };
    if (check_name(u->name, "user", p) != 0)
        return IPAM_E_INVAL;
    view_each(draft_view(d), IPAM_T_USER, find_alike, &a);
    if (a.found != NULL)
        return exists(p, "user", a.found->name, a.found->id);
    if (!record_has(u, IPAM_USER_KIND))
        RECORD_SET(u, IPAM_USER_KIND, kind, IPAM_USER_KIND_PERSON);
    if (check_user(u, p) != 0)
        return IPAM_E_INVAL;
    draft_put(d, u);
    return 0;
}

static int group_create(struct draft *d, struct ipam_group *g, struct problem *p)
{
    const struct view *v = draft_view(d);
    int64_t twin = view_by_name(v, IPAM_T_GROUP, g->name);
    if ((!is_foreign(g->name) && check_name(g->name, "group", p) != 0) || check_group(v, g, p) != 0)
        return IPAM_E_INVAL;
    if (twin != 0)
        return exists(p, "group", g->name, twin);
    draft_put(d, g);
    return 0;
}

static int token_create(struct draft *d, struct ipam_token *t, struct problem *p)
{
    const struct view *v = draft_view(d);
    if (view_get(v, IPAM_T_USER, t->user) == NULL) {
        problem_hint(p, "list the users with GET /api/v1/access/users");
        return problem_set(p, PROBLEM_INVALID, "user: there is no user %lld", (long long)t->user);
    }
    if (!record_has(t, IPAM_TOKEN_PREFIX)) {
        problem_hint(p, "make it with POST /api/v1/access/tokens and application/json");
        return problem_set(p, PROBLEM_UNSUPPORTED,
                           "a token is shown when it is made, which a file cannot be");
    }
    const struct ipam_token *twin = identity_token(v, t->user, t->name);
    if (twin != NULL)
        return exists(p, "token", t->name, twin->id);
    if (check_name(t->name, "token", p) != 0 || check_token(draft_now(d), NULL, t, p) != 0)
        return IPAM_E_INVAL;
    RECORD_SET(t, IPAM_TOKEN_CREATED, created, draft_now(d));
    draft_put(d, t);
    return 0;
}

static int session_create(struct draft *d, struct ipam_session *s)
{
    RECORD_SET(s, IPAM_SESSION_CREATED, created, draft_now(d));
    draft_put(d, s);
    return 0;
}

int identity_create(struct draft *d, void *rec, struct problem *p)
{
    switch (((const struct ipam_record *)rec)->type) {
    case IPAM_T_USER: return user_create(d, rec, p);
    case IPAM_T_GROUP: return group_create(d, rec, p);
    case IPAM_T_TOKEN: return token_create(d, rec, p);
    default: return session_create(d, rec);
    }
}

/* --- deletion --- */

/* Who goes, or whose sessions end, but for one. */
struct leaving {
    struct draft *d;
    int64_t user, keep;
    struct ipam_str name;
};

static int end_token(void *arg, const void *row)
{
    const struct leaving *l = arg;
    const struct ipam_token *t = row;
    if (t->user == l->user) {
        forget(l->d, identity_known(draft_view(l->d), t->prefix));
        draft_delete(l->d, t);
    }
    return 0;
}

static int end_session(void *arg, const void *row)
{
    const struct leaving *l = arg;
    const struct ipam_session *s = row;
    if (record_has(s, IPAM_SESSION_USER) && s->user == l->user && s->id != l->keep) {
        forget(l->d, identity_known(draft_view(l->d), s->prefix));
        draft_delete(l->d, s);
    }
    return 0;
}

void identity_end_sessions(struct draft *d, int64_t user, int64_t keep)
{
    struct leaving l = { .d = d, .user = user, .keep = keep };
    view_each(draft_view(d), IPAM_T_SESSION, end_session, &l);
}

static int leave_group(void *arg, const void *row)
{
    const struct leaving *l = arg;
    const struct ipam_group *g = row;
    struct ipam_str left[1000];
    size_t count = 0;
    for (size_t i = 0; record_has(g, IPAM_GROUP_MEMBERS) && i < g->members.count; i++)
        if (!str_equal(g->members.items[i], l->name))
            left[count++] = g->members.items[i];
    if (!record_has(g, IPAM_GROUP_MEMBERS) || count == g->members.count)
        return 0;
    struct ipam_group changed = *g;
    RECORD_SET(&changed, IPAM_GROUP_MEMBERS, members, ((struct ipam_strs){ left, count }));
    draft_replace(l->d, g, &changed);
    return 0;
}

static void user_delete(struct draft *d, const struct ipam_user *u)
{
    struct leaving l = { .d = d, .user = u->id, .name = u->name };
    view_each(draft_view(d), IPAM_T_TOKEN, end_token, &l);
    view_each(draft_view(d), IPAM_T_SESSION, end_session, &l);
    view_each(draft_view(d), IPAM_T_GROUP, leave_group, &l);
    forget(d, identity_password(draft_view(d), u->id));
}

int identity_delete(struct draft *d, const void *before, struct problem *p)
{
    (void)p;
    switch (((const struct ipam_record *)before)->type) {
    case IPAM_T_USER: user_delete(d, before); break;
    case IPAM_T_TOKEN:
        forget(d, identity_known(draft_view(d), ((const struct ipam_token *)before)->prefix));
        break;
    case IPAM_T_SESSION:
        forget(d, identity_known(draft_view(d), ((const struct ipam_session *)before)->prefix));
        break;
    default: break;
    }
    draft_delete(d, before);
    return 0;
}

/* --- who is in what --- */

struct token_search {
    int64_t user;
    struct ipam_str name;
    const struct ipam_token *found;
};

static int find_token(void *arg, const void *row)
{
    struct token_search *s = arg;
    const struct ipam_token *t = row;
    if (t->user != s->user || !str_equal(t->name, s->name))
        return 0;
    s->found = t;
    return 1;
}

const struct ipam_token *identity_token(const struct view *v, int64_t user, struct ipam_str name)
{
    struct token_search s = { user, name, NULL };
    view_each(v, IPAM_T_TOKEN, find_token, &s);
    return s.found;
}

struct membership {
    struct ipam_str name;
    int (*fn)(void *arg, struct ipam_str name, const struct ipam_group *g);
    void *arg;
};

static int if_member(void *arg, const void *row)
{
    const struct membership *m = arg;
    const struct ipam_group *g = row;
    for (size_t i = 0; record_has(g, IPAM_GROUP_MEMBERS) && i < g->members.count; i++)
        if (str_equal(g->members.items[i], m->name))
            return m->fn(m->arg, g->name, g);
    return 0;
}

int identity_groups(const struct view *v, int64_t user, int64_t session,
                    int (*fn)(void *arg, struct ipam_str name, const struct ipam_group *g), void *arg)
{
    const struct ipam_user *u = view_get(v, IPAM_T_USER, user);
    const struct ipam_session *s = view_get(v, IPAM_T_SESSION, session);
    struct membership m = { .fn = fn, .arg = arg };
    int rc = 0;
    if (u != NULL) {
        m.name = u->name;
        rc = view_each(v, IPAM_T_GROUP, if_member, &m);
    }
    for (size_t i = 0; rc == 0 && s != NULL && record_has(s, IPAM_SESSION_GROUPS) && i < s->groups.count; i++)
        rc = fn(arg, s->groups.items[i],
                view_get(v, IPAM_T_GROUP, view_by_name(v, IPAM_T_GROUP, s->groups.items[i])));
    return rc;
}
