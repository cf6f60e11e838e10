/* config.c - a configuration as config-get answers it: its subnets and reservations found and understood.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/addr.h"

#define SUBNET_ID_MAX 4294967294 /* ARM 8.2.9 */

static const char *subnets_key(enum kea_service s)
{
    return s == KEA_DHCP4 ? "subnet4" : "subnet6";
}

int kea_native_parse(struct ipam_str native, enum kea_service *ret_service, int64_t *ret_id)
{
    int64_t id = 0;

    if (native.len < 4 || native.len >= KEA_NATIVE_MAX || native.data[0] != 'v' || native.data[2] != '/' ||
        (native.data[1] != '4' && native.data[1] != '6') || (native.data[3] == '0' && native.len > 4))
        return IPAM_E_INVAL;
    for (size_t i = 3; i < native.len; i++) {
        if (native.data[i] < '0' || native.data[i] > '9')
            return IPAM_E_INVAL;
        id = id * 10 + (native.data[i] - '0');
        if (id > SUBNET_ID_MAX)
            return IPAM_E_INVAL;
    }
    *ret_service = native.data[1] == '4' ? KEA_DHCP4 : KEA_DHCP6;
    *ret_id = id;
    return 0;
}

/* Says where in the server's answer something was found that is not understood. */
static int strange(const struct kea_config *cfg, const struct json *v, char *problem, const char *what)
{
    uint32_t line = 0, column = 0;

    if (v)
        json_place(cfg->doc, v, &line, &column);
    snprintf(problem, KEA_PROBLEM_MAX, "its configuration holds %s (config-get, line %u, column %u)", what,
             line, column);
    return IPAM_E_PROTO;
}

/* Counts first, so that both tables are one piece of memory each. */
static void count_in(struct kea_config *cfg, const struct json *holder)
{
    for (const struct json *v = json_first(json_get(holder, subnets_key(cfg->service))); v;
         v = json_next(v)) {
        cfg->subnet_count++;
        cfg->reservation_count += json_count(json_get(v, "reservations"));
    }
}

static int add_reservations(struct kea_config *cfg, size_t subnet, char *problem)
{
    char what[KEA_PROBLEM_MAX - 100];

    for (const struct json *v = json_first(cfg->subnets[subnet].reservations); v; v = json_next(v)) {
        struct kea_reservation *r = &cfg->reservations[cfg->reservation_count];
        int status;

        r->node = v;
        r->subnet = subnet;
        status = kea_reservation_parse(cfg->service, v, &cfg->arena, &r->row, problem);
        if (status == IPAM_E_PROTO) {
            snprintf(what, sizeof(what), "%s", problem);
            return strange(cfg, v, problem, what);
        }
        if (status)
            return status;
        r->row.native_scope = cfg->subnets[subnet].native;
        IPAM_SET_FIELD(&r->row, IPAM_RESERVATION_NATIVE_SCOPE);
        cfg->reservation_count++;
    }
    return 0;
}

static int add_subnet(struct kea_config *cfg, const struct json *node, struct ipam_str network, char *problem)
{
    struct kea_subnet *s = &cfg->subnets[cfg->subnet_count];
    struct ipam_str prefix = json_str(json_get(node, "subnet"));
    char *native;

    *s = (struct kea_subnet){ .node = node,
                              .network = network,
                              .first_reservation = cfg->reservation_count,
                              .reservations = json_get(node, "reservations") };
    if (node != cfg->root) {
        if (json_int(json_get(node, "id"), &s->id) || s->id < 1 || s->id > SUBNET_ID_MAX)
            return strange(cfg, node, problem, "a subnet without a usable id");
        if (!prefix.data || prefix_parse_host(prefix.data, prefix.len, &s->prefix) ||
            s->prefix.addr.family != (cfg->service == KEA_DHCP4 ? 4 : 6))
            return strange(cfg, node, problem, "a subnet without a usable prefix");
    }
    native = arena_printf(&cfg->arena, "v%c/%" PRId64, cfg->service == KEA_DHCP4 ? '4' : '6', s->id);
    if (!native)
        return IPAM_E_NOMEM;
    s->native = str_from(native);
    return add_reservations(cfg, cfg->subnet_count++, problem);
}

static int add_subnets(struct kea_config *cfg, const struct json *holder, struct ipam_str network,
                       char *problem)
{
    int status = 0;

    for (const struct json *v = json_first(json_get(holder, subnets_key(cfg->service))); v && status == 0;
         v = json_next(v))
        status = add_subnet(cfg, v, network, problem);
    return status;
}

static int client_order(const struct kea_reservation *a, size_t subnet, uint32_t type, struct ipam_bytes id)
{
    if (a->subnet != subnet)
        return a->subnet < subnet ? -1 : 1;
    if (a->row.identifier_type != type)
        return a->row.identifier_type < type ? -1 : 1;
    if (a->row.identifier.len != id.len)
        return a->row.identifier.len < id.len ? -1 : 1;
    return memcmp(a->row.identifier.data, id.data, id.len);
}

static int by_client(const void *a, const void *b)
{
    const struct kea_reservation *x = *(struct kea_reservation *const *)a,
                                 *y = *(struct kea_reservation *const *)b;

    return client_order(x, y->subnet, y->row.identifier_type, y->row.identifier);
}

static int fill(struct kea_config *cfg, char *problem)
{
    const struct json *networks = json_get(cfg->root, "shared-networks");
    size_t subnets, reservations;
    int status;

    count_in(cfg, cfg->root);
    for (const struct json *n = json_first(networks); n; n = json_next(n))
        count_in(cfg, n);
    subnets = cfg->subnet_count + 1;
    reservations = cfg->reservation_count + json_count(json_get(cfg->root, "reservations"));
    cfg->subnet_count = cfg->reservation_count = 0;
    cfg->subnets = arena_alloc(&cfg->arena, subnets * sizeof(*cfg->subnets));
    cfg->reservations = arena_alloc(&cfg->arena, reservations * sizeof(*cfg->reservations));
    cfg->by_client = arena_alloc(&cfg->arena, reservations * sizeof(*cfg->by_client));
    if (!cfg->subnets || !cfg->reservations || !cfg->by_client)
        return IPAM_E_NOMEM;
    status = add_subnet(cfg, cfg->root, (struct ipam_str){ NULL, 0 }, problem);
    if (status == 0)
        status = add_subnets(cfg, cfg->root, (struct ipam_str){ NULL, 0 }, problem);
    for (const struct json *n = json_first(networks); n && status == 0; n = json_next(n))
        status = add_subnets(cfg, n, json_str(json_get(n, "name")), problem);
    for (size_t i = 0; i < cfg->reservation_count; i++)
        cfg->by_client[i] = &cfg->reservations[i];
    qsort(cfg->by_client, cfg->reservation_count, sizeof(*cfg->by_client), by_client);
    return status;
}

int kea_config_parse(enum kea_service s, const struct json_doc *doc, const struct json *arguments,
                     struct kea_config *ret, char *problem)
{
    struct kea_config cfg = { .service = s, .doc = doc, .root = json_get(arguments, kea_root_key(s)) };
    int status;

    if (json_type(cfg.root) != JSON_OBJECT) {
        snprintf(problem, KEA_PROBLEM_MAX, "its configuration has no \"%s\": it is not the %s server",
                 kea_root_key(s), kea_service_name(s));
        return json_get(arguments, kea_root_key(s == KEA_DHCP4 ? KEA_DHCP6 : KEA_DHCP4)) ? IPAM_E_NOENT
                                                                                         : IPAM_E_PROTO;
    }
    arena_init(&cfg.arena, 0); /* bounded by the largest answer taken */
    status = kea_config_check_shape(&cfg, problem);
    if (status == 0)
        status = fill(&cfg, problem);
    if (status == 0)
        status = kea_config_check_sense(&cfg, problem);
    if (status) {
        if (status == IPAM_E_NOMEM)
            snprintf(problem, KEA_PROBLEM_MAX, "out of memory for its configuration");
        arena_fini(&cfg.arena);
        return status;
    }
    *ret = cfg;
    return 0;
}

void kea_config_fini(struct kea_config *cfg)
{
    arena_fini(&cfg->arena);
}

const struct kea_subnet *kea_config_subnet(const struct kea_config *cfg, struct ipam_str native)
{
    for (size_t i = 0; i < cfg->subnet_count; i++)
        if (str_equal(cfg->subnets[i].native, native))
            return &cfg->subnets[i];
    return NULL;
}

struct kea_reservation *kea_config_find(const struct kea_config *cfg, const struct kea_subnet *subnet,
                                        uint32_t identifier_type, struct ipam_bytes identifier)
{
    size_t low = 0, high = cfg->reservation_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = client_order(cfg->by_client[middle], (size_t)(subnet - cfg->subnets), identifier_type,
                                 identifier);

        if (order == 0)
            return cfg->by_client[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}
