/* me.c - whom a request comes from; and an administrator's token made anew for root of the host.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/call.h"
#include "base/clock.h"
#include "base/log.h"
#include "model/identity.h"

static int put_group(void *arg, struct ipam_str name, const struct ipam_group *g)
{
    (void)g;
    jw_str(arg, name);
    return 0;
}

static void put_id(struct json_writer *w, const char *name, int64_t id)
{
    jw_key(w, name);
    if (id != 0)
        jw_int(w, id);
    else
        jw_null(w);
}

static void put_time(struct json_writer *w, const char *name, bool there, int64_t ms)
{
    char text[TIME_TEXT_MAX];
    jw_key(w, name);
    if (!there) {
        jw_null(w);
        return;
    }
    time_print(ms, text);
    jw_text(w, text);
}

void handle_me(struct call *c)
{
    static const char *const none[] = { NULL };
    const struct view *v = call_view(c);
    const struct ipam_token *t = view_get(v, IPAM_T_TOKEN, c->who.token);
    const struct ipam_session *s = view_get(v, IPAM_T_SESSION, c->who.token);
    struct json_writer w;
    if (!call_accept(c, false) || !call_params_known(c, none)) {
        call_problem(c);
        return;
    }
    jw_init(&w, &c->out);
    jw_object(&w);
    jw_key(&w, "name");
    jw_text(&w, c->who.name);
    put_id(&w, "user", c->who.user);
    put_id(&w, "token", c->who.token);
    jw_key(&w, "role");
    if (c->who.role != NULL)
        jw_text(&w, access_role_key(c->who.role));
    else
        jw_null(&w);
    jw_key(&w, "groups");
    jw_array(&w);
    identity_groups(v, c->who.user, c->who.token, put_group, &w);
    jw_array_end(&w);
    put_time(&w, "since", t != NULL || s != NULL, t != NULL ? t->created : s != NULL ? s->created : 0);
    put_time(&w, "expires", t != NULL || s != NULL, t != NULL ? t->expires : s != NULL ? s->expires : 0);
    jw_object_end(&w);
    call_json(c, 200);
}

/* --- recovery --- */

static int decide_recovery(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    struct ipam_recovery *r = c->recs[0];
    RECORD_SET(r, IPAM_RECOVERY_CREATED, created, draft_now(d));
    draft_put(d, r);
    call_decide_object(c, 201, draft_view(d), r);
    return 0;
}

/* The record is durable; now the file is made anew, which can be tried again. */
static void accepted_recovery(struct call *c)
{
    const char *name, *path;
    char err[512];
    if (access_recover(c->api->at.access, &name, &path, err) != 0) {
        log_event(LOG_ERR_, "recovery-failed", "%s", err);
        problem_hint(&c->problem, "mend it and repeat this");
        problem_set(&c->problem, PROBLEM_INTERNAL, "%.480s", err);
        call_problem(c);
        return;
    }
    log_event(LOG_WARN_, "access-recovered", "%s had the token of %s made anew: it is in %s", c->who.name,
              name, path);
    call_reply(c);
}

void handle_recover(struct call *c)
{
    struct ipam_recovery *r = record_new(&c->arena, IPAM_T_RECOVERY);
    const char *name, *path;
    c->csv = false;
    c->recs = arena_alloc(&c->arena, sizeof(c->recs[0]));
    if (!c->http->peer.local || c->http->peer.uid != 0) {
        problem_hint(&c->problem, "run ipamctl access recover as root on the host of the service");
        problem_set(&c->problem, PROBLEM_DENIED, "only root of the host may do this, on the unix socket");
    } else if (!access_administrator(c->api->at.access, &name, &path)) {
        problem_hint(&c->problem, "add a line to \"tokens\" of the configuration, and reload");
        problem_set(&c->problem, PROBLEM_UNSUPPORTED,
                    "no token of the configuration has the role administrator");
    } else if (r != NULL && c->recs != NULL) {
        RECORD_SET(r, IPAM_RECOVERY_TOKEN, token, arena_str(&c->arena, str_from(name)));
        RECORD_SET(r, IPAM_RECOVERY_FILE, file, arena_str(&c->arena, str_from(path)));
        c->recs[0] = r;
        call_submit(c, NULL, decide_recovery, accepted_recovery);
        return;
    }
    call_problem(c);
}
