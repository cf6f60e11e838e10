/* scopes.c - the scopes: subnets in which ranges lie, and the routers that options give them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "dnsmasq.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static struct scope *find(const struct config *conf, const struct ipam_prefix *p)
{
    for (size_t i = 0; i < conf->scope_count; i++)
        if (conf->scopes[i].prefix.length == p->length &&
            address_compare(&conf->scopes[i].prefix.addr, &p->addr) == 0)
            return &conf->scopes[i];
    return NULL;
}

const struct scope *conf_scope(const struct config *conf, const struct ipam_addr *a)
{
    for (size_t i = 0; i < conf->scope_count; i++)
        if (prefix_has(&conf->scopes[i].prefix, a))
            return &conf->scopes[i];
    return NULL;
}

/* A scope has the tag of its first range that has one, and the lease time of its first range. */
int32_t conf_scopes(struct call *c)
{
    struct config *conf = &c->conf;
    size_t ranges = 1;
    char address[INET6_ADDRSTRLEN];

    for (const struct range *r = conf->ranges; r != NULL; r = r->next)
        ranges++;
    conf->scopes = c->host->alloc(c->req, ranges * sizeof(conf->scopes[0]));
    if (conf->scopes == NULL)
        return IPAM_E_NOMEM;
    for (struct range *r = conf->ranges; r != NULL; r = r->next) {
        struct scope *s = find(conf, &r->prefix);

        if (s == NULL) {
            s = &conf->scopes[conf->scope_count++];
            s->prefix = r->prefix;
            s->seconds = r->seconds;
            inet_ntop(r->first.family == 4 ? AF_INET : AF_INET6, r->prefix.addr.bytes, address,
                      sizeof(address));
            snprintf(s->native, sizeof(s->native), "%s/%u", address, r->prefix.length);
            conf_digest(conf, s->native); /* the option "networks" has a part in it */
        }
        if (s->name == NULL && r->set != NULL && text_plain(r->set, 128) == 0)
            s->name = r->set;
        r->scope = s;
    }
    return IPAM_OK;
}

static int tags_match(const struct config *conf, const struct scope *s, const struct route *o)
{
    for (size_t i = 0; i < o->tag_count; i++) {
        int no = o->tags[i][0] == '!', is = 0;

        for (const struct range *r = conf->ranges; r != NULL; r = r->next)
            is |= r->scope == s && r->set != NULL && strcmp(r->set, o->tags[i] + no) == 0;
        if (is == no)
            return 0;
    }
    return 1;
}

/* One with tags goes before one without; of two alike the later one holds. */
const struct route *conf_route(const struct config *conf, const struct scope *s)
{
    const struct route *best = NULL;

    for (const struct route *o = conf->routes; s->prefix.addr.family == 4 && o != NULL; o = o->next)
        if (tags_match(conf, s, o) && (best == NULL || o->tag_count != 0 || best->tag_count == 0))
            best = o;
    return best;
}
