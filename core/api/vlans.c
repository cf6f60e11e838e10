/* vlans.c - POST /ipam/vlan-groups/{key}/allocate: the next free ids become VLANs; a VLAN by its key.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "api/create.h"
#include "api/grant.h"

struct allocate {
    struct grant grant;
    struct vlan_wish wish;
    struct ipam_vlan fields;
};

/* --- the key --- */

int64_t call_vlan(struct call *c, struct ipam_str text)
{
    const char *at = memrchr(text.data, '@', text.len);
    const struct view *v = call_view(c);
    bool digits = at != NULL && at > text.data && at - text.data <= 4;
    int64_t vid = 0;
    if (at == NULL)
        return 0;
    struct ipam_str own = { text.data, (size_t)(at - text.data) },
                    in = { at + 1, (size_t)(text.data + text.len - at - 1) };
    int64_t group = in.len != 0 ? call_ref(c, IPAM_T_VLAN_GROUP, in) : 0;
    const void *g = view_get(v, IPAM_T_VLAN_GROUP, group);
    if (g == NULL || !call_sees(c, g))
        return 0;
    for (size_t i = 0; digits && i < own.len; i++) {
        digits = own.data[i] >= '0' && own.data[i] <= '9';
        vid = vid * 10 + (own.data[i] - '0');
    }
    int64_t id = digits ? view_vlan(v, group, vid) : view_vlan_named(v, group, own);
    return id != 0 && call_sees(c, view_get(v, IPAM_T_VLAN, id)) ? id : 0;
}

/* --- the next free ids --- */

static struct allocate *of(struct grant *g)
{
    return container_of(g, struct allocate, grant);
}

static int read_name(struct call *c, struct grant *g, const struct json *v)
{
    return grant_read_text(c, v, IPAM_VLAN_NAME, &of(g)->fields);
}

static int read_description(struct call *c, struct grant *g, const struct json *v)
{
    return grant_read_text(c, v, IPAM_VLAN_DESCRIPTION, &of(g)->fields);
}

static int read_status(struct call *c, struct grant *g, const struct json *v)
{
    return grant_read_text(c, v, IPAM_VLAN_STATUS, &of(g)->fields);
}

static int read_role(struct call *c, struct grant *g, const struct json *v)
{
    return grant_read_text(c, v, IPAM_VLAN_ROLE, &of(g)->fields);
}

static int read_owner(struct call *c, struct grant *g, const struct json *v)
{
    return grant_read_text(c, v, IPAM_VLAN_OWNER, &of(g)->fields);
}

static const struct grant_member members[] = {
    { "count", grant_read_count },
    { "name", read_name },
    { "description", read_description },
    { "status", read_status },
    { "role", read_role },
    { "owner", read_owner },
    { NULL, NULL },
};

static int make_vlan(void *user, struct draft *d, struct ipam_vlan *n, struct problem *p)
{
    return create_row(user, d, n, p);
}

static int decide(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    struct allocate *w = c->work;
    int rc = rule_vlan_allocate(d, &w->wish, &in->problem);
    if (rc != 0)
        return rc;
    w->grant.got = w->wish.ret_count;
    grant_decided(c, &w->grant, d);
    return 0;
}

static void found(struct call *c)
{
    struct allocate *w = c->work;
    grant_begin(c, &w->grant);
    w->wish = (struct vlan_wish){ .group = c->id,
                                  .count = w->grant.count,
                                  .fields = &w->fields,
                                  .make = make_vlan,
                                  .user = &c->sight,
                                  .ret_ids = w->grant.ids };
    call_submit(c, NULL, decide, NULL);
}

void handle_vlan_allocate(struct call *c)
{
    static const char *const none[] = { NULL };
    struct allocate *w = arena_alloc(&c->arena, sizeof(*w));
    c->csv = false;
    c->work = w;
    grant_init(&w->grant, IPAM_T_VLAN);
    record_init(&w->fields, IPAM_T_VLAN);
    if (!call_params_known(c, none) || grant_read(c, &w->grant, members, "allocate") != 0)
        call_problem(c);
    else
        call_find(c, found);
}
