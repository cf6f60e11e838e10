/* find.c - rows by their natural keys.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/custom.h"
#include "model/identity.h"
#include "model/rules.h"

/* A range that begins where `self` does; one of the plan's own before others. */
struct range_search {
    const struct ipam_range *self, *found;
};

static int find_range(void *user, const struct ipam_range *r)
{
    struct range_search *s = user;
    if (addr_equal(&r->first, &s->self->first) && (s->found == NULL || rule_is_own(r)))
        s->found = r;
    return 0;
}

static const void *find_stored(const struct draft *d, const struct record_type *t, const void *rec)
{
    const void *row = NULL;
    for (unsigned i = 0; row == NULL && i < t->field_count; i++)
        if ((t->fields[i].flags & FIELD_KEY) != 0 && (t->fields[i].flags & FIELD_INDEXED) != 0)
            row = draft_find(d, t->type, t->fields[i].number, rec);
    return row;
}

const void *rule_find(const struct draft *d, const void *rec)
{
    const struct record_type *t = record_type(((const struct ipam_record *)rec)->type);
    const struct view *v = draft_view(d);
    switch (t->type) {
    case IPAM_T_SPACE:
        return view_get(v, t->type, view_by_name(v, t->type, ((const struct ipam_space *)rec)->name));
    case IPAM_T_SERVER:
        return view_get(v, t->type, view_by_name(v, t->type, ((const struct ipam_server *)rec)->name));
    case IPAM_T_USER:
        return view_get(v, t->type, view_by_name(v, t->type, ((const struct ipam_user *)rec)->name));
    case IPAM_T_GROUP:
        return view_get(v, t->type, view_by_name(v, t->type, ((const struct ipam_group *)rec)->name));
    case IPAM_T_CUSTOM_FIELD: return custom_field(v, ((const struct ipam_custom_field *)rec)->name);
    case IPAM_T_FIELD_LINK:
        return link_of(v, ((const struct ipam_field_link *)rec)->first,
                       ((const struct ipam_field_link *)rec)->second);
    case IPAM_T_LOGICAL_GROUP:
        return view_get(v, t->type, view_by_name(v, t->type, ((const struct ipam_logical_group *)rec)->name));
    case IPAM_T_ADDRESS_POOL:
        return view_get(v, t->type, view_by_name(v, t->type, ((const struct ipam_address_pool *)rec)->name));
    case IPAM_T_VLAN_GROUP:
        return view_get(v, t->type, view_by_name(v, t->type, ((const struct ipam_vlan_group *)rec)->name));
    case IPAM_T_VLAN:
        return view_get(
            v, t->type,
            view_vlan(v, ((const struct ipam_vlan *)rec)->group, ((const struct ipam_vlan *)rec)->vid));
    case IPAM_T_VRF:
        return view_get(v, t->type, view_by_name(v, t->type, ((const struct ipam_vrf *)rec)->name));
    case IPAM_T_SAVED_QUERY:
        return view_get(v, t->type, view_by_name(v, t->type, ((const struct ipam_saved_query *)rec)->name));
    case IPAM_T_TOKEN:
        return identity_token(v, ((const struct ipam_token *)rec)->user,
                              ((const struct ipam_token *)rec)->name);
    case IPAM_T_BLOCK: {
        const struct ipam_block *b = rec;
        return view_get(v, t->type, view_by_prefix(v, t->type, b->space, &b->prefix));
    }
    case IPAM_T_SUBNET: {
        const struct ipam_subnet *s = rec;
        return view_get(v, t->type, view_by_prefix(v, t->type, s->space, &s->prefix));
    }
    case IPAM_T_RANGE: {
        const struct ipam_range *r = rec;
        struct range_search s = { r, NULL };
        view_ranges(v, r->space, &r->first, &r->first, find_range, &s);
        return s.found;
    }
    default: return t->residency == RES_RESIDENT ? NULL : find_stored(d, t, rec);
    }
}
