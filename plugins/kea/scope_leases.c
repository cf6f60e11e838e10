/* scope_leases.c - whether clients lose by a change: a scope that is to be deleted and has leases.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Kea deletes a subnet whoever has leases in it: they stay in its database, and nobody can renew them.
 * Its own
 * statistics count them, without a hook (ARM, "Statistics in the DHCPv4 Server"). */
#include <inttypes.h>
#include <stdio.h>

#include "apply.h"
#include "net/addr.h"

/* What a statistic is now: its first sample. 0 when the server has none of that name. */
static int count_of(struct kea_change *ch, enum kea_service s, int64_t id, const char *what, int64_t *ret)
{
    char name[64], arguments[96];
    struct kea_answer answer;
    int status;

    snprintf(name, sizeof(name), "subnet[%" PRId64 "].%s", id, what);
    snprintf(arguments, sizeof(arguments), "{\"name\": \"%s\"}", name);
    status = kea_ask(&ch->call, s, "statistic-get", str_from(arguments), &answer);
    if (status)
        return status;
    *ret = 0;
    json_int(json_first(json_first(json_get(answer.arguments, name))), ret);
    kea_answer_fini(&answer);
    return 0;
}

static int leases_of(struct kea_change *ch, enum kea_service s, int64_t id, int64_t *ret)
{
    int64_t prefixes = 0;
    int status = count_of(ch, s, id, s == KEA_DHCP4 ? "assigned-addresses" : "assigned-nas", ret);

    if (status == 0 && s == KEA_DHCP6)
        status = count_of(ch, s, id, "assigned-pds", &prefixes);
    *ret += prefixes;
    return status;
}

static const struct kea_subnet *subnet_of(const struct kea_config *cfg, const struct ipam_prefix *prefix)
{
    for (size_t i = 0; i < cfg->subnet_count; i++)
        if (cfg->subnets[i].id && prefix_equal(&cfg->subnets[i].prefix, prefix))
            return &cfg->subnets[i];
    return NULL;
}

int kea_check_leases(struct kea_change *ch, struct kea_part *p)
{
    for (size_t i = 0; i < p->count; i++) {
        struct kea_edit *e = p->edits[i];
        const struct ipam_scope *row = (const void *)e->before;
        const struct kea_subnet *s;
        int64_t count = 0;
        int status;

        if (e->verb != IPAM_EDIT_VERB_DELETE || e->before->type != IPAM_T_SCOPE || e->lenient)
            continue;
        s = subnet_of(&p->former.cfg, &row->prefix);
        status = s ? leases_of(ch, p->service, s->id, &count) : 0;
        if (status)
            return status;
        if (count <= 0)
            continue;
        e->status = IPAM_E_CONFLICT;
        snprintf(e->problem, sizeof(e->problem),
                 "the scope %.*s has leases (%" PRId64
                 "), which could not be renewed without it; wait until they are "
                 "over, or delete it all the same (force)",
                 STR_ARG(s->native), count);
        return kea_fail(&ch->call, e->status, "%s", e->problem);
    }
    return 0;
}
