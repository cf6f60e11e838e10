/* config_shape.c - whether a configuration has the shape of Kea's, and does not contradict itself.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * What Kea answers to config-get passed its own parser: every member has its type, ids and prefixes are
 * there once, pools lie in their subnets (ARM 8.2.9, 8.2.10; measured on 2.2.0 and 3.0.4). An answer that is
 * otherwise was altered or is not Kea's. Read on, it would be taken for one that lacks things, and
 * what it lacks would be removed from the records. */
#include "config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "net/addr.h"

#define OF(type) (1u << (type))
#define BOOLEAN  (OF(JSON_TRUE) | OF(JSON_FALSE))

/* A member that reading relies on, if it is there. */
struct member {
    const char *key;
    unsigned types;             /* bit per json_type */
    const struct member *items; /* of an array: what its objects have; NULL: texts */
};

static const struct member options[] = {
    { "code", OF(JSON_NUMBER), NULL },
    { "name", OF(JSON_STRING), NULL },
    { "space", OF(JSON_STRING), NULL },
    { "data", OF(JSON_STRING), NULL },
    { "csv-format", BOOLEAN, NULL },
    { "always-send", BOOLEAN, NULL },
    { NULL, 0, NULL },
};
static const struct member pools[] = {
    { "pool", OF(JSON_STRING), NULL },
    { "option-data", OF(JSON_ARRAY), options },
    { NULL, 0, NULL },
};
static const struct member pd_pools[] = {
    { "prefix", OF(JSON_STRING), NULL },
    { "prefix-len", OF(JSON_NUMBER), NULL },
    { "delegated-len", OF(JSON_NUMBER), NULL },
    { "option-data", OF(JSON_ARRAY), options },
    { NULL, 0, NULL },
};
static const struct member reservations[] = {
    { "hw-address", OF(JSON_STRING), NULL },    { "client-id", OF(JSON_STRING), NULL },
    { "duid", OF(JSON_STRING), NULL },          { "circuit-id", OF(JSON_STRING), NULL },
    { "flex-id", OF(JSON_STRING), NULL },       { "ip-address", OF(JSON_STRING), NULL },
    { "ip-addresses", OF(JSON_ARRAY), NULL },   { "prefixes", OF(JSON_ARRAY), NULL },
    { "hostname", OF(JSON_STRING), NULL },      { "client-classes", OF(JSON_ARRAY), NULL },
    { "option-data", OF(JSON_ARRAY), options }, { NULL, 0, NULL },
};
static const struct member subnets[] = {
    { "id", OF(JSON_NUMBER), NULL },
    { "subnet", OF(JSON_STRING), NULL },
    { "valid-lifetime", OF(JSON_NUMBER), NULL },
    { "pools", OF(JSON_ARRAY), pools },
    { "pd-pools", OF(JSON_ARRAY), pd_pools },
    { "reservations", OF(JSON_ARRAY), reservations },
    { "option-data", OF(JSON_ARRAY), options },
    { "relay", OF(JSON_OBJECT), NULL },
    { "user-context", OF(JSON_OBJECT), NULL },
    { NULL, 0, NULL },
};
static const struct member networks[] = {
    { "name", OF(JSON_STRING), NULL },
    { "subnet4", OF(JSON_ARRAY), subnets },
    { "subnet6", OF(JSON_ARRAY), subnets },
    { "option-data", OF(JSON_ARRAY), options },
    { NULL, 0, NULL },
};
static const struct member named[] = {
    { "name", OF(JSON_STRING), NULL },
    { "option-data", OF(JSON_ARRAY), options },
    { NULL, 0, NULL },
};
static const struct member root[] = {
    { "subnet4", OF(JSON_ARRAY), subnets },
    { "subnet6", OF(JSON_ARRAY), subnets },
    { "shared-networks", OF(JSON_ARRAY), networks },
    { "reservations", OF(JSON_ARRAY), reservations },
    { "option-data", OF(JSON_ARRAY), options },
    { "option-def", OF(JSON_ARRAY), named },
    { "client-classes", OF(JSON_ARRAY), named },
    { "valid-lifetime", OF(JSON_NUMBER), NULL },
    { NULL, 0, NULL },
};

__attribute__((format(printf, 4, 5))) static int wrong(const struct kea_config *cfg, const struct json *v,
                                                       char *problem, const char *fmt, ...)
{
    char what[KEA_PROBLEM_MAX - 100];
    uint32_t line, column;
    va_list ap;

    json_place(cfg->doc, v, &line, &column);
    va_start(ap, fmt);
    vsnprintf(what, sizeof(what), fmt, ap);
    va_end(ap);
    snprintf(problem, KEA_PROBLEM_MAX, "its configuration holds %s (config-get, line %u, column %u)", what,
             line, column);
    return IPAM_E_PROTO;
}

static int check_members(const struct kea_config *cfg, const struct json *object,
                         const struct member *members, char *problem);

static int check_items(const struct kea_config *cfg, const struct json *array, const struct member *m,
                       char *problem)
{
    enum json_type wanted = m->items ? JSON_OBJECT : JSON_STRING;
    int status = 0;

    for (const struct json *v = json_first(array); v && status == 0; v = json_next(v)) {
        if (json_type(v) != wanted)
            return wrong(cfg, v, problem, "in \"%s\" %s where %s belongs", m->key,
                         json_type_name(json_type(v)), json_type_name(wanted));
        if (m->items)
            status = check_members(cfg, v, m->items, problem);
    }
    return status;
}

/* The tables refer to each other without a circle, which bounds the depth. */
static int check_members(const struct kea_config *cfg, const struct json *object,
                         const struct member *members, char *problem)
{
    int status = 0;

    for (const struct member *m = members; m->key && status == 0; m++) {
        const struct json *v = json_get(object, m->key);

        if (!v)
            continue;
        if (!(m->types & OF(json_type(v))))
            return wrong(cfg, v, problem, "%s as \"%s\"", json_type_name(json_type(v)), m->key);
        if (json_type(v) == JSON_ARRAY)
            status = check_items(cfg, v, m, problem);
    }
    return status;
}

int kea_config_check_shape(const struct kea_config *cfg, char *problem)
{
    return check_members(cfg, cfg->root, root, problem);
}

/* --- contradictions --- */

static int by_id(const void *a, const void *b)
{
    const struct kea_subnet *x = *(const struct kea_subnet *const *)a,
                            *y = *(const struct kea_subnet *const *)b;

    return (x->id > y->id) - (x->id < y->id);
}

static int by_prefix(const void *a, const void *b)
{
    const struct kea_subnet *x = *(const struct kea_subnet *const *)a,
                            *y = *(const struct kea_subnet *const *)b;
    int order = addr_compare(&x->prefix.addr, &y->prefix.addr);

    return order ? order : (x->prefix.length > y->prefix.length) - (x->prefix.length < y->prefix.length);
}

static int check_twins(const struct kea_config *cfg, const struct kea_subnet **sorted, size_t count,
                       char *problem)
{
    char text[PREFIX_TEXT_MAX];

    qsort(sorted, count, sizeof(*sorted), by_id);
    for (size_t i = 1; i < count; i++)
        if (by_id(&sorted[i - 1], &sorted[i]) == 0)
            return wrong(cfg, sorted[i]->node, problem, "two subnets with the id %" PRId64, sorted[i]->id);
    qsort(sorted, count, sizeof(*sorted), by_prefix);
    for (size_t i = 1; i < count; i++)
        if (by_prefix(&sorted[i - 1], &sorted[i]) == 0) {
            prefix_print(&sorted[i]->prefix, text);
            return wrong(cfg, sorted[i]->node, problem, "two subnets with the prefix %s", text);
        }
    return 0;
}

static int check_pools(const struct kea_config *cfg, const struct kea_subnet *s, char *problem)
{
    for (const struct json *v = json_first(json_get(s->node, "pools")); v; v = json_next(v)) {
        struct ipam_str text = json_str(json_get(v, "pool"));
        int shown = (int)(text.len < 80 ? text.len : 80);
        struct ipam_addr first, last;

        if (kea_pool_parse(text, &first, &last))
            return wrong(cfg, v, problem, "the pool '%.*s', which is no run of addresses", shown,
                         text.data ? text.data : "");
        if (!prefix_contains_addr(&s->prefix, &first) || !prefix_contains_addr(&s->prefix, &last))
            return wrong(cfg, v, problem,
                         "the pool '%.*s', which is outside of its subnet with the id %" PRId64, shown,
                         text.data, s->id);
    }
    return 0;
}

int kea_config_check_sense(const struct kea_config *cfg, char *problem)
{
    const struct kea_subnet **sorted = calloc(cfg->subnet_count + 1, sizeof(*sorted));
    unsigned family = cfg->service == KEA_DHCP4 ? 4 : 6;
    size_t count = 0;
    int status = 0;

    if (!sorted)
        return IPAM_E_NOMEM;
    for (size_t i = 0; i < cfg->subnet_count; i++)
        if (cfg->subnets[i].id)
            sorted[count++] = &cfg->subnets[i];
    status = check_twins(cfg, sorted, count, problem);
    for (size_t i = 0; i < count && status == 0; i++)
        status = check_pools(cfg, sorted[i], problem);
    for (size_t i = 0; i < cfg->reservation_count && status == 0; i++) {
        const struct kea_reservation *r = &cfg->reservations[i];

        if (IPAM_HAS_FIELD(&r->row, IPAM_RESERVATION_ADDRESS) && r->row.address.family != family)
            status = wrong(cfg, r->node, problem, "a reservation of an address of the other family");
    }
    free(sorted);
    return status;
}
