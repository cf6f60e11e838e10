/* allocate.c - handing out addresses, with their reservations.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/search.h"

static const struct probed *find_probed(const struct allocation *a, const struct ipam_addr *at)
{
    for (size_t i = 0; i < a->probed_count; i++)
        if (addr_equal(&a->probed[i].address, at))
            return &a->probed[i];
    return NULL;
}

/* The id of the new address, or 0 with a problem. */
static int64_t address_put(struct draft *d, const struct allocation *a, int64_t space,
                           const struct ipam_addr *at, struct problem *p)
{
    struct ipam_address rec = *a->fields;
    RECORD_SET(&rec, IPAM_ADDRESS_SPACE, space, space);
    RECORD_SET(&rec, IPAM_ADDRESS_ADDRESS, address, *at);
    RECORD_SET(&rec, IPAM_ADDRESS_MANAGED_BY, managed_by, IPAM_STR(MODEL_SELF));
    if (a->claim.len != 0)
        RECORD_SET(&rec, IPAM_ADDRESS_CLAIM, claim, a->claim);
    if (a->reservation)
        RECORD_SET(&rec, IPAM_ADDRESS_DHCP_SYNC, dhcp_sync, IPAM_ADDRESS_DHCP_SYNC_PENDING);
    const struct probed *probed = find_probed(a, at);
    if (probed != NULL) {
        RECORD_SET(&rec, IPAM_ADDRESS_PING, ping, probed->ping);
        RECORD_SET(&rec, IPAM_ADDRESS_DNS, dns, probed->dns);
        RECORD_SET(&rec, IPAM_ADDRESS_DHCP, dhcp, probed->dhcp);
    }
    if (address_check(NULL, &rec, p) != 0)
        return 0;
    draft_put(d, &rec);
    return rec.id;
}

/* Plans the reservation of one address and notes the plan on the address. */
static int reservation_plan(struct draft *d, struct allocation *a, int64_t id, struct problem *p)
{
    const struct ipam_address *address = view_get(draft_view(d), IPAM_T_ADDRESS, id);
    const struct ipam_scope *scope = rule_scope_for(draft_view(d), address->space, &address->address, p);
    struct ipam_reservation r;
    if (scope == NULL)
        return IPAM_E_INVAL;
    record_init(&r, IPAM_T_RESERVATION);
    RECORD_SET(&r, IPAM_RESERVATION_SERVER, server, scope->server);
    RECORD_SET(&r, IPAM_RESERVATION_SCOPE, scope, scope->id);
    RECORD_SET(&r, IPAM_RESERVATION_NATIVE_SCOPE, native_scope, scope->native);
    RECORD_SET(&r, IPAM_RESERVATION_SPACE, space, address->space);
    RECORD_SET(&r, IPAM_RESERVATION_ADDRESS, address, address->address);
    RECORD_SET(&r, IPAM_RESERVATION_IDENTIFIER_TYPE, identifier_type, a->identifier_type);
    RECORD_SET(&r, IPAM_RESERVATION_IDENTIFIER, identifier, a->identifier);
    if (record_has(address, IPAM_ADDRESS_NAME))
        RECORD_SET(&r, IPAM_RESERVATION_NAME, name, address->name);
    const struct server_change change = {
        .after = &r, .address = id, .actor = a->actor, .reason = a->reason
    };
    int64_t plan = rule_plan(d, &change, p);
    if (plan == 0)
        return IPAM_E_INVAL;
    struct ipam_address with_plan = *address;
    RECORD_SET(&with_plan, IPAM_ADDRESS_PLAN, plan, plan);
    draft_replace(d, address, &with_plan);
    a->ret_plan = plan;
    return 0;
}

/* The next address that was probed and is still free, from *at on in their list; else one by the strategy. */
static int choose(const struct search *s, size_t *at, struct ipam_addr *ret)
{
    const struct allocation *a = s->a;
    while (*at < a->probed_count) {
        const struct probed *probed = &a->probed[(*at)++];
        if (!search_may(s, &probed->address)) /* also when it is taken */
            continue;
        *ret = probed->address;
        return 0;
    }
    return search_one(s, ret);
}

static int take_each(struct draft *d, struct allocation *a, const struct search *s, struct problem *p)
{
    size_t probed = 0;
    for (a->ret_count = 0; a->ret_count < a->count; a->ret_count++) {
        struct ipam_addr at;
        if (choose(s, &probed, &at) == 0) {
            if ((a->ret_ids[a->ret_count] = address_put(d, a, s->space, &at, p)) == 0)
                return IPAM_E_INVAL;
            continue;
        }
        if (a->strategy == STRATEGY_EUI64) {
            problem_hint(p,
                         "use another strategy: somebody has the address that this client would make itself");
            return problem_set(p, PROBLEM_EXHAUSTED, "the address in %s of that mac is not free", s->name);
        }
        problem_hint(p, "release addresses, or allocate from another subnet");
        return problem_set(p, PROBLEM_EXHAUSTED, "%s has %lld of the %lld addresses asked for free", s->name,
                           (long long)a->ret_count, (long long)a->count);
    }
    return 0;
}

static int take_run(struct draft *d, struct allocation *a, const struct search *s, struct problem *p)
{
    struct ipam_addr at;
    if (search_run(s, (uint32_t)a->count, &at) != 0) {
        problem_hint(p, "ask for fewer, for addresses that do not follow one another, or of another subnet");
        return problem_set(p, PROBLEM_EXHAUSTED, "%s has no %lld free addresses that follow one another",
                           s->name, (long long)a->count);
    }
    for (a->ret_count = 0; a->ret_count < a->count; a->ret_count++) {
        if ((a->ret_ids[a->ret_count] = address_put(d, a, s->space, &at, p)) == 0)
            return IPAM_E_INVAL;
        addr_add(&at, u128_from(1), &at);
    }
    return 0;
}

static int take(struct draft *d, struct allocation *a, const struct search *s, struct problem *p)
{
    int rc = a->contiguous ? take_run(d, a, s, p) : take_each(d, a, s, p);
    for (int64_t i = 0; rc == 0 && a->reservation && i < a->ret_count; i++)
        rc = reservation_plan(d, a, a->ret_ids[i], p);
    if (rc == 0 && a->dns != NULL)
        rc = rule_register(d, a->ret_ids[0], a->dns, NULL, 0, &a->ret_dns, p);
    return rc;
}

/* Whether what is asked for addresses takes new ones: an error. */
static int is_open(const struct draft *d, const struct allocation *a, struct problem *p)
{
    const struct view *v = draft_view(d);
    return rule_stays(
        v, a->subnet != 0 ? view_get(v, IPAM_T_SUBNET, a->subnet) : view_get(v, IPAM_T_RANGE, a->range), p);
}

int allocate_part(struct draft *d, struct allocation *a, struct problem *p)
{
    struct search s;
    int rc = is_open(d, a, p) != 0 ? IPAM_E_INVAL : search_init(&s, draft_view(d), a, p);
    return rc == 0 ? take(d, a, &s, p) : rc;
}

int rule_allocate(struct draft *d, struct allocation *a, struct problem *p)
{
    struct search s;
    int rc = search_init(&s, draft_view(d), a, p);
    if (rc != 0)
        return rc;
    struct claiming k = { s.space, a->claim, a->actor, a->digest, false };
    if ((rc = claim_answer(d, &k, a->ret_ids, &a->ret_count, p)) <= 0) {
        a->ret_replayed = rc == 0;
        return rc;
    }
    if ((rc = is_open(d, a, p)) == 0 && (rc = take(d, a, &s, p)) == 0)
        claim_put(d, &k, a->ret_ids, a->ret_count);
    return rc;
}
