/* allotment.c - how many blocks and subnets somebody holds by a right that limits them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A count that is kept in the change that moves it: to count anew would look at every prefix of the plan. */
#include <stdio.h>

#include "model/rules_p.h"

#define OWNER_MAX 256

static struct ipam_str owner_of(int64_t policy, struct ipam_str who, char buf[OWNER_MAX])
{
    int len = snprintf(buf, OWNER_MAX, "%lld/" STR_FMT, (long long)policy, STR_ARG(who));
    return (struct ipam_str){ buf, len < OWNER_MAX ? (size_t)len : OWNER_MAX - 1 };
}

static const struct ipam_allotment *find(const struct view *v, int64_t policy, struct ipam_str who)
{
    char buf[OWNER_MAX];
    return view_get(v, IPAM_T_ALLOTMENT, view_by_name(v, IPAM_T_ALLOTMENT, owner_of(policy, who, buf)));
}

int64_t rule_allotted(const struct view *v, int64_t policy, struct ipam_str who)
{
    const struct ipam_allotment *a = find(v, policy, who);
    return a != NULL ? a->blocks : 0;
}

void rule_allot(struct draft *d, void *rec, int64_t policy, struct ipam_str who)
{
    const struct ipam_allotment *before = find(draft_view(d), policy, who);
    struct ipam_allotment a;
    char buf[OWNER_MAX];
    record_init(&a, IPAM_T_ALLOTMENT);
    RECORD_SET(&a, IPAM_ALLOTMENT_OWNER, owner, owner_of(policy, who, buf));
    RECORD_SET(&a, IPAM_ALLOTMENT_BLOCKS, blocks, before != NULL ? before->blocks + 1 : 1);
    draft_replace(d, before, &a);
    if (((struct ipam_record *)rec)->type == IPAM_T_BLOCK) {
        struct ipam_block *b = rec;
        RECORD_SET(b, IPAM_BLOCK_MADE_BY, made_by, who);
        RECORD_SET(b, IPAM_BLOCK_MADE_UNDER, made_under, policy);
    } else {
        struct ipam_subnet *s = rec;
        RECORD_SET(s, IPAM_SUBNET_MADE_BY, made_by, who);
        RECORD_SET(s, IPAM_SUBNET_MADE_UNDER, made_under, policy);
    }
}

void rule_give_back(struct draft *d, const void *rec)
{
    const struct ipam_allotment *before = NULL;
    uint32_t type = ((const struct ipam_record *)rec)->type;
    const struct ipam_block *b = rec;
    const struct ipam_subnet *s = rec;
    if (type == IPAM_T_BLOCK)
        before = find(draft_view(d), b->made_under, b->made_by);
    else if (type == IPAM_T_SUBNET)
        before = find(draft_view(d), s->made_under, s->made_by);
    if (before == NULL)
        return;
    struct ipam_allotment a = *before;
    a.blocks--;
    if (a.blocks > 0)
        draft_replace(d, before, &a);
    else
        draft_delete(d, before);
}
