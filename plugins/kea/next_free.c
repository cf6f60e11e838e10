/* next_free.c - which addresses of a scope's pools nobody has now.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Kea has no command that tells what it would give next. Its pools and reservations (config-get) and the
 * leases of the one subnet (leaseN-get-all of the hook library lease_cmds) tell what it could give now. */
#include "lease.h"
#include "net/addr.h"

/* What is looked for. */
struct finding {
    struct kea_call *call;
    const struct ipam_next_free *args;
    struct kea_taken taken;
    int64_t wanted, left;
};

/* The free ones from first to last. */
static int emit_run(struct finding *f, struct ipam_addr at, struct ipam_addr last)
{
    struct ipam_address row = { .size = sizeof(row), .type = IPAM_T_ADDRESS };
    int status = 0;

    if (IPAM_HAS_FIELD(f->args, IPAM_NEXT_FREE_FIRST) && addr_compare(&f->args->first, &at) > 0)
        at = f->args->first;
    if (IPAM_HAS_FIELD(f->args, IPAM_NEXT_FREE_LAST) && addr_compare(&f->args->last, &last) < 0)
        last = f->args->last;
    IPAM_SET_FIELD(&row, IPAM_ADDRESS_ADDRESS);
    while (f->left > 0 && status == 0 && kea_taken_next(&f->taken, &at, &last, &row.address)) {
        status = f->call->kea->host->emit(f->call->req, (const struct ipam_record *)&row);
        f->left--;
        if (addr_add(&row.address, u128_from(1), &at))
            break;
    }
    return status;
}

static int emit_pools(struct finding *f, const struct kea_subnet *subnet)
{
    struct ipam_addr first, last;
    int status = 0;

    for (const struct json *v = json_first(json_get(subnet->node, "pools")); v && status == 0;
         v = json_next(v))
        if (kea_pool_parse(json_str(json_get(v, "pool")), &first, &last) == 0)
            status = emit_run(f, first, last);
    if (status == 0 && f->left == f->wanted)
        status = kea_fail(f->call, IPAM_E_EXHAUSTED, "no address of the scope's pools is free");
    return status;
}

static int find(struct finding *f, enum kea_service s, int64_t id)
{
    struct kea_running running;
    const struct kea_subnet *subnet;
    int status = kea_config_get(f->call, s, &running);

    if (status)
        return status;
    subnet = id ? kea_config_subnet(&running.cfg, f->args->native_scope) : NULL;
    if (!subnet)
        status = kea_fail(f->call, IPAM_E_NOENT, "the server has no scope %.*s; collect it anew",
                          (int)f->args->native_scope.len, f->args->native_scope.data);
    if (status == 0)
        status = kea_taken_read(f->call, &running.cfg, id, &f->taken);
    if (status == 0)
        status = emit_pools(f, subnet);
    kea_running_fini(&running);
    return status;
}

void kea_next_free(void *ctx, struct ipam_req *req, const struct ipam_next_free *args)
{
    struct kea_call c = { .kea = ctx, .req = req };
    struct finding f = { .call = &c,
                         .args = args,
                         .wanted = IPAM_HAS_FIELD(args, IPAM_NEXT_FREE_COUNT) ? args->count : 1 };
    enum kea_service s;
    int64_t id;
    int status = 0;

    f.left = f.wanted;
    if (f.wanted < 1 || kea_native_parse(args->native_scope, &s, &id))
        status = kea_fail(&c, IPAM_E_INVAL, "a scope of Kea, such as v4/7, is needed, and a count from 1");
    else if (!c.kea->opt.use[s])
        status = kea_fail(&c, IPAM_E_NOENT, "%s is not managed (option services)", kea_service_name(s));
    else
        status = find(&f, s, id);
    kea_done(&c, status, NULL);
    kea_taken_fini(&f.taken);
}
