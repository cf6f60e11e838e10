/* claim.c - claims: a request that is repeated gets what it got, for ever.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "model/rules_p.h"

static const struct ipam_claim *find(const struct draft *d, int64_t space, struct ipam_str claim)
{
    struct ipam_claim like;
    record_init(&like, IPAM_T_CLAIM);
    RECORD_SET(&like, IPAM_CLAIM_SPACE, space, space);
    RECORD_SET(&like, IPAM_CLAIM_CLAIM, claim, claim);
    return draft_find(d, IPAM_T_CLAIM, IPAM_CLAIM_CLAIM, &like);
}

int claim_answer(struct draft *d, const struct claiming *k, int64_t *ret_ids, int64_t *ret_count,
                 struct problem *p)
{
    const struct ipam_claim *c = k->claim.len != 0 ? find(d, k->space, k->claim) : NULL;
    if (c == NULL)
        return 1;
    if (c->request.len != k->digest.len || memcmp(c->request.data, k->digest.data, k->digest.len) != 0) {
        problem_hint(p, "use the request the claim was made with, or another claim");
        return problem_set(p, PROBLEM_CLAIM_MISMATCH, "claim \"" STR_FMT "\" was made with another request",
                           STR_ARG(k->claim));
    }
    if (record_has(c, IPAM_CLAIM_RELEASED) && c->released) {
        problem_hint(p, "use another claim: this one never gets anything else");
        return problem_set(p, PROBLEM_CLAIM_RELEASED, "the %s of claim \"" STR_FMT "\" were released",
                           k->subnets ? "subnets" : "addresses", STR_ARG(k->claim));
    }
    const struct ipam_ints *had = k->subnets ? &c->subnets : &c->addresses;
    for (size_t i = 0; i < had->count; i++)
        ret_ids[i] = had->items[i];
    *ret_count = (int64_t)had->count;
    return 0;
}

void claim_put(struct draft *d, const struct claiming *k, int64_t *ids, int64_t count)
{
    const struct ipam_ints got = { ids, (size_t)count };
    struct ipam_claim c;
    if (k->claim.len == 0)
        return;
    record_init(&c, IPAM_T_CLAIM);
    RECORD_SET(&c, IPAM_CLAIM_SPACE, space, k->space);
    RECORD_SET(&c, IPAM_CLAIM_CLAIM, claim, k->claim);
    RECORD_SET(&c, IPAM_CLAIM_REQUEST, request, k->digest);
    if (k->subnets)
        RECORD_SET(&c, IPAM_CLAIM_SUBNETS, subnets, got);
    else
        RECORD_SET(&c, IPAM_CLAIM_ADDRESSES, addresses, got);
    RECORD_SET(&c, IPAM_CLAIM_ACTOR, actor, k->actor);
    RECORD_SET(&c, IPAM_CLAIM_CREATED, created, draft_now(d));
    draft_put(d, &c);
}

void claim_release(struct draft *d, int64_t space, struct ipam_str claim)
{
    const struct ipam_claim *c = claim.len != 0 ? find(d, space, claim) : NULL;
    if (c == NULL)
        return;
    struct ipam_claim released = *c;
    RECORD_SET(&released, IPAM_CLAIM_RELEASED, released, 1);
    draft_replace(d, c, &released);
}
