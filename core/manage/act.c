/* act.c - steps that are no edits of a configuration: leases, which are given and ended one by one.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 *   [what may have been done is read] -> each that is not yet as it is to be: act -> each is read back */
#include "config.h"

#include <stdio.h>

#include "base/fault.h"
#include "manage/manage_p.h"

#define ACT_TIMEOUT_MS 60000

static void next_act(struct runner *r);
static void next_read(struct runner *r);

/* --- reading --- */

static void on_looked_first(struct runner *r, int status)
{
    if (status != 0) {
        r->acted(r, status, "what was read of it cannot be read from storage; it will be asked again");
        return;
    }
    r->at = r->from;
    next_act(r);
}

static void on_lease_read(void *user, int status, const char *message)
{
    struct runner *r = user;
    if (status != 0) {
        r->acted(r, status, message);
        return;
    }
    r->at++;
    next_read(r);
}

static void next_read(struct runner *r)
{
    if (r->at < r->to && !r->m->hurried) {
        r->m->at.read_lease(r->m->at.user, r->inst, r->server,
                            (const struct ipam_lease *)r->work[r->at].object, on_lease_read, r, &r->current);
    } else if (r->at < r->to) {
        r->acted(r, IPAM_E_CANCELED, MANAGE_STOPPING);
    } else if (r->looks) {
        r->looks = false;
        object_look(r, on_looked_first);
    } else {
        r->acted(r, 0, "");
    }
}

/* --- acting --- */

/* A definite answer; what is gone already needs not go. */
static void note(struct work *w, int status, const struct ipam_outcome *info)
{
    bool goes = w->step->verb == IPAM_PLAN_STEP_VERB_DELETE;
    w->status = goes && status == IPAM_E_NOENT ? 0 : status;
    snprintf(w->message, sizeof(w->message), STR_FMT, STR_ARG(info->message));
}

static void on_acted(void *user, int status, const struct ipam_outcome *info)
{
    struct runner *r = user;
    r->current = NULL;
    fault_point("manage:applied");
    if (status != 0 && !runner_is_refusal(status)) {
        snprintf(r->message, sizeof(r->message), STR_FMT, STR_ARG(info->message));
        r->acted(r, status, r->message);
        return;
    }
    note(&r->work[r->at], status, info);
    r->at++;
    next_act(r);
}

static void fill_client(struct ipam_act *act, const struct ipam_lease *l)
{
    bool v4 = l->address.family == 4;
    if (v4 && record_has(l, IPAM_LEASE_MAC))
        RECORD_SET(act, IPAM_ACT_IDENTIFIER, identifier, l->mac);
    if (!v4 && record_has(l, IPAM_LEASE_DUID))
        RECORD_SET(act, IPAM_ACT_IDENTIFIER, identifier, l->duid);
    if (!v4 && record_has(l, IPAM_LEASE_MAC))
        RECORD_SET(act, IPAM_ACT_MAC, mac, l->mac);
    if (record_has(l, IPAM_LEASE_CLIENT_ID))
        RECORD_SET(act, IPAM_ACT_CLIENT_ID, client_id, l->client_id);
    if (record_has(l, IPAM_LEASE_IAID))
        RECORD_SET(act, IPAM_ACT_IAID, iaid, l->iaid);
}

static void act_of(const struct work *w, struct ipam_act *act)
{
    const struct ipam_lease *l = (const struct ipam_lease *)w->object;
    bool goes = w->step->verb == IPAM_PLAN_STEP_VERB_DELETE;
    record_init(act, IPAM_T_ACT);
    RECORD_SET(act, IPAM_ACT_VERB, verb, goes ? IPAM_DHCP_ACT_LEASE_DELETE : IPAM_DHCP_ACT_LEASE_ADD);
    RECORD_SET(act, IPAM_ACT_ADDRESS, address, l->address);
    if (record_has(l, IPAM_LEASE_NATIVE_SCOPE))
        RECORD_SET(act, IPAM_ACT_TARGET, target, l->native_scope);
    if (record_has(l, IPAM_LEASE_PREFIX_LENGTH))
        RECORD_SET(act, IPAM_ACT_PREFIX_LENGTH, prefix_length, l->prefix_length);
    fill_client(act, l);
    if (!goes && record_has(l, IPAM_LEASE_EXPIRES))
        RECORD_SET(act, IPAM_ACT_EXPIRES, expires, l->expires);
    if (!goes && record_has(l, IPAM_LEASE_NAME))
        RECORD_SET(act, IPAM_ACT_NAME, name, l->name);
}

/* Whether it is as it is to be: of what is resumed that was read, anything else was not done yet. */
static bool is_done(const struct work *w)
{
    return w->pending && w->there == (w->step->verb != IPAM_PLAN_STEP_VERB_DELETE);
}

static void next_act(struct runner *r)
{
    static const struct request_events events = { .done = on_acted };
    struct ipam_act act;
    while (r->at < r->to && is_done(&r->work[r->at]))
        r->at++;
    if (r->at == r->to) {
        r->at = r->from;
        next_read(r);
        return;
    }
    if (r->m->hurried) {
        r->acted(r, IPAM_E_CANCELED, MANAGE_STOPPING);
        return;
    }
    act_of(&r->work[r->at], &act);
    r->current = request_start(r->inst, CALL_ACT, &act, ACT_TIMEOUT_MS, &events, r);
}

bool act_is(const struct work *w)
{
    return w->object->type == IPAM_T_LEASE;
}

void act_begin(struct runner *r, void (*acted)(struct runner *r, int status, const char *message))
{
    r->acted = acted;
    r->at = r->from;
    r->looks = r->work[r->from].pending;
    for (size_t i = r->from; i < r->to; i++) {
        r->work[i].status = 0;
        r->work[i].message[0] = '\0';
    }
    if (r->looks)
        next_read(r);
    else
        next_act(r);
}
