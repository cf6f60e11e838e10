/* zones.c - zones of the DNS whose records may be changed: the one that is named, or the longest that fits.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/zones.h"

#include <stdio.h>
#include <string.h>

#include "net/dns.h"

#define NAMED_MOST 4 /* zones that a problem names */

static bool is_there(const struct view *v, const struct dns_request *q, const struct ipam_zone *z)
{
    return z != NULL && (q->may == NULL || q->may(q->user, v, z));
}

/* "example.com@ns1" */
static struct ipam_str server_of(const struct view *v, const struct ipam_zone *z)
{
    const struct ipam_server *server = view_get(v, IPAM_T_SERVER, z->server);
    return server != NULL ? server->name : IPAM_STR("");
}

static bool is_managed(const struct view *v, const struct ipam_zone *z)
{
    const struct ipam_server *server = view_get(v, IPAM_T_SERVER, z->server);
    return server != NULL && server->managed;
}

static int not_managed(const struct view *v, const struct ipam_zone *z, const char *what, struct problem *p)
{
    problem_about(p, IPAM_T_ZONE, z->id);
    problem_hint(p, "let ipamd manage it: ipamctl server set " STR_FMT " --managed",
                 STR_ARG(server_of(v, z)));
    return problem_set(p, PROBLEM_MANAGED,
                       "%s: the DNS server of " STR_FMT ", " STR_FMT ", is not managed by ipamd", what,
                       STR_ARG(z->name), STR_ARG(server_of(v, z)));
}

int rule_zone_takes(const struct view *v, int64_t zone, const struct dns_request *q, const char *what,
                    const struct ipam_zone **ret, struct problem *p)
{
    const struct ipam_zone *z = view_get(v, IPAM_T_ZONE, zone);
    if (!is_there(v, q, z)) {
        problem_hint(p, "list the zones with GET /api/v1/dns/zones");
        return problem_set(p, PROBLEM_INVALID, "%s: there is no zone %lld", what, (long long)zone);
    }
    if (z->type_ != IPAM_ZONE_TYPE_PRIMARY) {
        problem_about(p, IPAM_T_ZONE, z->id);
        problem_hint(p, "name the zone of the server where it is the primary");
        return problem_set(p, PROBLEM_INVALID,
                           "%s: " STR_FMT " is no primary zone on " STR_FMT
                           ": its records are another server's",
                           what, STR_ARG(z->name), STR_ARG(server_of(v, z)));
    }
    if (!is_managed(v, z))
        return not_managed(v, z, what, p);
    *ret = z;
    return 0;
}

struct search {
    const struct view *v;
    const struct dns_request *q;
    int64_t space;
    struct ipam_str name;         /* that lies in the zone, or */
    const struct ipam_addr *addr; /* that the zone is for */
    bool managed;                 /* only such */
    size_t longest;               /* of those that fit */
    const struct ipam_zone *found[NAMED_MOST];
    size_t count;
};

/* How long it is, of the zones that fit; 0: it does not. */
static size_t fit(const struct search *s, const struct ipam_zone *z)
{
    if (s->addr == NULL)
        return z->lookup == IPAM_ZONE_LOOKUP_FORWARD && dns_name_within(s->name, z->name) ? z->name.len : 0;
    return zone_covers(z, s->addr) ? z->prefix.length + 1u : 0;
}

static int look_at(void *user, const void *row)
{
    struct search *s = user;
    const struct ipam_zone *z = row;
    if (z->space != s->space || z->type_ != IPAM_ZONE_TYPE_PRIMARY || (s->managed && !is_managed(s->v, z)) ||
        !is_there(s->v, s->q, z))
        return 0;
    size_t length = fit(s, z);
    if (length == 0 || length < s->longest)
        return 0;
    if (length > s->longest)
        s->count = 0;
    s->longest = length;
    if (s->count < NAMED_MOST)
        s->found[s->count] = z;
    s->count++;
    return 0;
}

static int ambiguous(const struct search *s, const char *what, const char *member, struct problem *p)
{
    char names[NAMED_MOST * 64] = "";
    size_t len = 0;
    for (size_t i = 0; i < s->count && i < NAMED_MOST && len < sizeof(names); i++)
        len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%.*s@%.*s (id %lld)", i > 0 ? ", " : "",
                                (int)(s->found[i]->name.len > 40 ? 40 : s->found[i]->name.len),
                                s->found[i]->name.data, (int)server_of(s->v, s->found[i]).len,
                                server_of(s->v, s->found[i]).data, (long long)s->found[i]->id);
    problem_hint(p, "say which one: \"%s\": ID", member);
    return problem_set(p, PROBLEM_AMBIGUOUS, "%s: several zones fit: %s%s", what, names,
                       s->count > NAMED_MOST ? ", ..." : "");
}

static int none_fits(struct search *s, const char *what, const char *thing, struct problem *p)
{
    s->managed = false;
    view_each(s->v, IPAM_T_ZONE, look_at, s);
    if (s->count > 0)
        return not_managed(s->v, s->found[0], what, p);
    problem_hint(p, "collect the DNS server that has it as a primary zone");
    return problem_set(p, PROBLEM_INVALID, "%s: no known primary zone is for %s", what, thing);
}

int zone_of_name(const struct view *v, const struct dns_request *q, int64_t space, const char *name,
                 const struct ipam_zone **ret, struct problem *p)
{
    struct search s = { .v = v, .q = q, .space = space, .name = str_from(name), .managed = true };
    view_each(v, IPAM_T_ZONE, look_at, &s);
    if (s.count == 0)
        return none_fits(&s, "host", name, p);
    if (s.count > 1)
        return ambiguous(&s, "host", "zone", p);
    *ret = s.found[0];
    return 0;
}

int zone_of_address(const struct view *v, const struct dns_request *q, int64_t space,
                    const struct ipam_addr *a, const struct ipam_zone **ret, struct problem *p)
{
    struct search s = { .v = v, .q = q, .space = space, .addr = a, .managed = true };
    char text[ADDR_TEXT_MAX];
    addr_print(a, text);
    view_each(v, IPAM_T_ZONE, look_at, &s);
    if (s.count == 0)
        return none_fits(&s, "ptr", text, p);
    if (s.count > 1)
        return ambiguous(&s, "ptr", "reverse_zone", p);
    *ret = s.found[0];
    return 0;
}

bool zone_covers(const struct ipam_zone *z, const struct ipam_addr *a)
{
    return z->lookup != IPAM_ZONE_LOOKUP_FORWARD && record_has(z, IPAM_ZONE_PREFIX) &&
           prefix_contains_addr(&z->prefix, a);
}
