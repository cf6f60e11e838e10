/* stats.c - the figures that a server keeps, as they are now.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "collect/collect_p.h"

#define STATS_TIMEOUT_MS 60000

struct reading {
    struct collect *c;
    int64_t server;
    struct arena arena;
    struct list rows;
    struct smap places; /* what a figure may be of, by its identifier on the server -> id of its scope */
    const bool *canceled;
    void (*done)(void *user, int status, const char *message, size_t seen, size_t changed);
    void *user;
    struct request **current;
};

static void finish(void *user, int status, const char *message, size_t changed)
{
    struct reading *r = user;
    r->done(r->user, status, message, r->rows.count, changed);
    list_fini(&r->rows);
    smap_fini(&r->places);
    arena_fini(&r->arena);
    free(r);
}

/* A pool's figures are its scope's too. */
static void places_init(struct reading *r)
{
    const struct state *s = r->c->at.state;
    scope_map_init(&r->places, s, r->server);
    for (const struct ipam_pool *p = state_next_of(s, IPAM_T_POOL, r->server, 0); p != NULL;
         p = state_next_of(s, IPAM_T_POOL, r->server, p->id))
        if (p->native.len != 0 && record_has(p, IPAM_POOL_SCOPE) && part_map_get(&r->places, p->native) == 0)
            smap_put(&r->places, p->native.data, p->native.len, (void *)(intptr_t)p->scope);
}

static void on_row(void *user, const struct ipam_record *rec)
{
    struct reading *r = user;
    const struct ipam_stat *in = (const struct ipam_stat *)rec;
    struct ipam_dhcp_statistic out;
    if (rec->type != IPAM_T_STAT || in->name.len == 0)
        return;
    int64_t scope = part_map_get(&r->places, in->target);
    record_init(&out, IPAM_T_DHCP_STATISTIC);
    RECORD_SET(&out, IPAM_DHCP_STATISTIC_NAME, name, in->name);
    if (in->target.len != 0)
        RECORD_SET(&out, IPAM_DHCP_STATISTIC_TARGET, target, in->target);
    if (scope != 0)
        RECORD_SET(&out, IPAM_DHCP_STATISTIC_SCOPE, scope, scope);
    if (record_has(in, IPAM_STAT_COUNT))
        RECORD_SET(&out, IPAM_DHCP_STATISTIC_COUNT, count, in->count);
    if (record_has(in, IPAM_STAT_LEVEL))
        RECORD_SET(&out, IPAM_DHCP_STATISTIC_LEVEL, level, in->level);
    if (record_has(in, IPAM_STAT_UNIT))
        RECORD_SET(&out, IPAM_DHCP_STATISTIC_UNIT, unit, in->unit);
    if (record_has(in, IPAM_STAT_SINCE))
        RECORD_SET(&out, IPAM_DHCP_STATISTIC_SINCE, since, in->since);
    list_add(&r->rows, record_copy(&r->arena, &out));
}

static void on_read(void *user, int status, const struct ipam_outcome *info)
{
    static const uint32_t types[] = { IPAM_T_DHCP_STATISTIC };
    struct reading *r = user;
    char text[512];
    *r->current = NULL;
    snprintf(text, sizeof(text), STR_FMT, STR_ARG(info->message));
    if (status != 0) {
        finish(r, status, text, 0);
        return;
    }
    struct merge m = {
        .server = r->server, .types = types, .seen = &r->rows, .types_count = 1, .canceled = r->canceled
    };
    collect_merge(r->c, &m, finish, r);
}

void collect_stats(struct collect *c, struct instance *inst, int64_t server, const bool *canceled,
                   void (*done)(void *user, int status, const char *message, size_t seen, size_t changed),
                   void *user, struct request **ret_current)
{
    static const struct request_events events = { .record = on_row, .done = on_read };
    struct reading *r = xcalloc(1, sizeof(*r));
    struct ipam_dhcp_read args;
    r->c = c;
    r->server = server;
    r->canceled = canceled;
    r->done = done;
    r->user = user;
    r->current = ret_current;
    arena_init(&r->arena, 0);
    places_init(r);
    record_init(&args, IPAM_T_DHCP_READ);
    *r->current = request_start(inst, CALL_DHCP_STATS, &args, STATS_TIMEOUT_MS, &events, r);
}
