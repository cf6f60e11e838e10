/* pieces.c - the commands of Kea's hooks that make one configuration of another.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Found by comparing both, not by looking at edits: so the way back, and the way on after a call that was
 * broken off, are found like the way there. What no command makes without more than it should, is left to
 * config-set: README.md says what, and why. */
#include "pieces.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "draft.h"
#include "net/addr.h"

static const char *const commands[][KEA_SERVICES] = {
    [KEA_CLASS_ADD] = { "class-add", "class-add" },
    [KEA_CLASS_UPDATE] = { "class-update", "class-update" },
    [KEA_RESERVATION_DEL] = { "reservation-del", "reservation-del" },
    [KEA_SUBNET_DEL] = { "subnet4-del", "subnet6-del" },
    [KEA_NETWORK_DEL] = { "network4-del", "network6-del" },
    [KEA_NETWORK_ADD] = { "network4-add", "network6-add" },
    [KEA_SUBNET_ADD] = { "subnet4-add", "subnet6-add" },
    [KEA_NETWORK_SUBNET_ADD] = { "network4-subnet-add", "network6-subnet-add" },
    [KEA_SUBNET_UPDATE] = { "subnet4-update", "subnet6-update" },
    [KEA_RESERVATION_UPDATE] = { "reservation-update", "reservation-update" },
    [KEA_RESERVATION_ADD] = { "reservation-add", "reservation-add" },
    [KEA_CLASS_DEL] = { "class-del", "class-del" },
};

struct between {
    const struct kea_config *from, *to;
    struct kea_pieces *out;
    int status; /* the first trouble; nothing is added after it */
};

static void trouble(struct between *b, int status)
{
    if (b->status == 0)
        b->status = status;
}

/* --- texts --- */

static const char *subnets_key(const struct between *b)
{
    return b->to->service == KEA_DHCP4 ? "subnet4" : "subnet6";
}

/* The text of an object, without one of its members. */
static struct ipam_str text_without(struct between *b, const struct kea_config *cfg,
                                    const struct json *object, const char *key)
{
    struct ipam_str text = { NULL, 0 };
    struct kea_draft draft;

    if (kea_draft_init(&draft, &b->out->arena, cfg->doc, object) == 0) {
        kea_node_drop(kea_node_get(&draft, draft.root, key));
        kea_node_write(&draft, draft.root, &text);
    }
    kea_draft_fini(&draft);
    return text;
}

static struct ipam_str quoted(struct between *b, struct ipam_str text)
{
    struct ipam_str ret = { NULL, 0 };
    struct json_writer w;
    struct strbuf out;

    strbuf_init(&out, KEA_VENDOR_MAX);
    jw_init(&w, &out);
    w.ascii = true;
    jw_str(&w, text);
    if (!out.failed)
        ret = arena_str(&b->out->arena, strbuf_str(&out));
    strbuf_fini(&out);
    return ret;
}

/* For these the server builds all its subnets anew: 0.1 s with 2,000 of them. */
static bool is_heavy(enum kea_verb verb)
{
    return verb == KEA_SUBNET_ADD || verb == KEA_SUBNET_UPDATE || verb == KEA_SUBNET_DEL ||
           verb == KEA_NETWORK_ADD || verb == KEA_NETWORK_DEL;
}

static bool is_full(const struct kea_pieces *p, enum kea_verb verb)
{
    size_t heavy = 0;

    for (size_t i = 0; i < p->count; i++)
        heavy += is_heavy(p->items[i].verb);
    return p->count == KEA_PIECES_MAX || (is_heavy(verb) && heavy == KEA_PIECES_HEAVY);
}

/* Takes its place by its verb. A class that needs another one comes after it, and goes first. */
static void add(struct between *b, enum kea_verb verb, const char *arguments)
{
    struct kea_pieces *out = b->out;
    size_t at = out->count;

    if (b->status)
        return;
    if (!arguments || is_full(out, verb)) {
        trouble(b, arguments ? IPAM_E_UNSUPPORTED : IPAM_E_NOMEM);
        return;
    }
    for (;
         at && (out->items[at - 1].verb > verb || (verb == KEA_CLASS_DEL && out->items[at - 1].verb == verb));
         at--)
        out->items[at] = out->items[at - 1];
    out->items[at] = (struct kea_piece){ verb, commands[verb][b->to->service], str_from(arguments) };
    out->count++;
}

/* --- comparing --- */

static bool same_text(const struct between *b, const struct json *from, const struct json *to)
{
    struct ipam_str x, y;

    if (!from || !to)
        return from == to;
    x = json_span(b->from->doc, from);
    y = json_span(b->to->doc, to);
    return x.len == y.len && memcmp(x.data, y.data, x.len) == 0;
}

static bool is_one_of(struct ipam_str key, const char *const *keys)
{
    for (; *keys; keys++)
        if (str_is(key, *keys))
            return true;
    return false;
}

static const struct json *member_of(const struct json *object, struct ipam_str key)
{
    const struct json *v = json_first(object);

    while (v && !str_equal(json_key(v), key))
        v = json_next(v);
    return v;
}

/* All that `a` has, `b` has as well, but for these members. */
static bool covers(const struct json *b, const struct json *a, const char *const *but)
{
    for (const struct json *v = json_first(a); v; v = json_next(v))
        if (!is_one_of(json_key(v), but) && !json_same(v, member_of(b, json_key(v))))
            return false;
    return true;
}

static bool same_but(const struct json *a, const struct json *b, const char *const *but)
{
    return covers(b, a, but) && covers(a, b, but);
}

/* --- reservations --- */

static bool same_addresses(const struct ipam_reservation *a, const struct ipam_reservation *b)
{
    bool same = addr_equal(&a->address, &b->address) && a->addresses.count == b->addresses.count &&
                a->prefixes.count == b->prefixes.count;

    for (size_t i = 0; same && i < a->addresses.count; i++)
        same = addr_equal(&a->addresses.items[i], &b->addresses.items[i]);
    for (size_t i = 0; same && i < a->prefixes.count; i++)
        same = str_equal(a->prefixes.items[i], b->prefixes.items[i]);
    return same;
}

/* The whole of it, in the memory of the server and not in a database of hosts. */
static void put_reservation(struct between *b, enum kea_verb verb, const struct kea_subnet *s,
                            const struct kea_reservation *r)
{
    struct ipam_str text = json_span(b->to->doc, r->node);

    add(b, verb,
        arena_printf(&b->out->arena,
                     "{\"reservation\": {\"subnet-id\": %" PRId64 ", %.*s, \"operation-target\": \"memory\"}",
                     s->id, (int)text.len - 1, text.data + 1));
}

static void drop_reservation(struct between *b, const struct kea_subnet *s, const struct kea_reservation *r)
{
    const struct ipam_bytes id = r->row.identifier;
    char *hex = arena_alloc(&b->out->arena, 2 * id.len + 1);

    for (size_t i = 0; hex && i < id.len; i++) {
        hex[2 * i] = "0123456789abcdef"[id.data[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[id.data[i] & 15];
    }
    add(b, KEA_RESERVATION_DEL,
        hex ? arena_printf(&b->out->arena,
                           "{\"subnet-id\": %" PRId64
                           ", \"identifier-type\": \"%s\", \"identifier\": \"%s\", "
                           "\"operation-target\": \"memory\"}",
                           s->id, kea_identifier_key(r->row.identifier_type), hex)
            : NULL);
}

/* reservation-update takes the old one away before it tries the new one, and leaves neither when that is
 * refused (measured on 3.0.4): it may only change what cannot be refused once it was read. Addresses can be
 * taken. */
static void compare_reservation(struct between *b, const struct kea_subnet *s,
                                const struct kea_reservation *from, const struct kea_reservation *to)
{
    if (!from)
        put_reservation(b, KEA_RESERVATION_ADD, s, to);
    else if (json_same(from->node, to->node))
        return;
    else if (same_addresses(&from->row, &to->row))
        put_reservation(b, KEA_RESERVATION_UPDATE, s, to);
    else
        trouble(b, IPAM_E_UNSUPPORTED);
}

/* The n-th reservation of a subnet, or NULL. */
static const struct kea_reservation *reservation_of(const struct kea_config *cfg, const struct kea_subnet *s,
                                                    size_t n)
{
    size_t at = s->first_reservation + n;

    return at < cfg->reservation_count && cfg->reservations[at].subnet == (size_t)(s - cfg->subnets)
               ? &cfg->reservations[at]
               : NULL;
}

/* Those of a subnet; `from` NULL: it is new. */
static void compare_reservations(struct between *b, const struct kea_subnet *from,
                                 const struct kea_subnet *to)
{
    const struct kea_reservation *r;

    if (from && same_text(b, from->reservations, to->reservations))
        return;
    for (size_t n = 0; b->status == 0 && (r = reservation_of(b->to, to, n)); n++)
        compare_reservation(
            b, to, from ? kea_config_find(b->from, from, r->row.identifier_type, r->row.identifier) : NULL,
            r);
    for (size_t n = 0; from && b->status == 0 && (r = reservation_of(b->from, from, n)); n++)
        if (!kea_config_find(b->to, to, r->row.identifier_type, r->row.identifier))
            drop_reservation(b, to, r);
}

/* --- subnets --- */

static int by_id(const void *a, const void *b)
{
    const struct kea_subnet *x = *(const struct kea_subnet *const *)a,
                            *y = *(const struct kea_subnet *const *)b;

    return (x->id > y->id) - (x->id < y->id);
}

static const struct kea_subnet **sorted(struct between *b, const struct kea_config *cfg)
{
    const struct kea_subnet **list =
        arena_alloc(&b->out->arena, cfg->subnet_count * sizeof(struct kea_subnet *));

    for (size_t i = 0; list && i < cfg->subnet_count; i++)
        list[i] = &cfg->subnets[i];
    if (list)
        qsort(list, cfg->subnet_count, sizeof(struct kea_subnet *), by_id);
    return list;
}

static void put_in_network(struct between *b, const struct kea_subnet *s)
{
    add(b, KEA_NETWORK_SUBNET_ADD,
        arena_printf(&b->out->arena, "{\"name\": " STR_FMT ", \"id\": %" PRId64 "}",
                     STR_ARG(quoted(b, s->network)), s->id));
}

/* A subnet is added by itself, and only then to its shared network; its reservations come after it. */
static void put_subnet(struct between *b, enum kea_verb verb, const struct kea_subnet *s)
{
    struct ipam_str text = text_without(b, b->to, s->node, "reservations");

    add(b, verb,
        text.data ? arena_printf(&b->out->arena, "{\"%s\": [" STR_FMT "]}", subnets_key(b), STR_ARG(text))
                  : NULL);
    if (verb == KEA_SUBNET_ADD && s->network.data)
        put_in_network(b, s);
}

/* One that leaves a shared network would have the settings of neither in between. One that enters one has
 * those of the network where it says nothing of its own: what it showed before is said again. */
static void compare_subnet(struct between *b, const struct kea_subnet *from, const struct kea_subnet *to)
{
    static const char *const but[] = { "reservations", NULL };
    bool stays = str_equal(from->network, to->network);

    if (to->id && stays && same_text(b, from->node, to->node))
        return;
    if (to->id && ((!stays && from->network.data) || !prefix_equal(&from->prefix, &to->prefix)))
        trouble(b, IPAM_E_UNSUPPORTED);
    if (to->id && !stays)
        put_in_network(b, to);
    if (to->id && (!stays || !same_but(from->node, to->node, but)))
        put_subnet(b, KEA_SUBNET_UPDATE, to);
    compare_reservations(b, from, to);
}

static void compare_subnets(struct between *b)
{
    const struct kea_subnet **from = sorted(b, b->from), **to = sorted(b, b->to);
    size_t i = 0, j = 0;

    if (!from || !to)
        trouble(b, IPAM_E_NOMEM);
    while (b->status == 0 && (i < b->from->subnet_count || j < b->to->subnet_count)) {
        const struct kea_subnet *x = i < b->from->subnet_count ? from[i] : NULL,
                                *y = j < b->to->subnet_count ? to[j] : NULL;

        if (x && (!y || x->id < y->id)) {
            add(b, KEA_SUBNET_DEL, arena_printf(&b->out->arena, "{\"id\": %" PRId64 "}", x->id));
            i++;
        } else if (y && (!x || y->id < x->id)) {
            put_subnet(b, KEA_SUBNET_ADD, y);
            compare_reservations(b, NULL, y);
            j++;
        } else {
            compare_subnet(b, x, y);
            i++;
            j++;
        }
    }
}

/* --- shared networks and classes --- */

static const struct json *named(const struct json *list, const struct json *like)
{
    const struct json *v = json_first(list);

    while (v && !str_equal(json_str(json_get(v, "name")), json_str(json_get(like, "name"))))
        v = json_next(v);
    return v;
}

static struct ipam_str name_of(struct between *b, const struct json *v)
{
    return quoted(b, json_str(json_get(v, "name")));
}

/* There is no network4-update. */
static void compare_networks(struct between *b)
{
    const struct json *from = json_get(b->from->root, "shared-networks"),
                      *to = json_get(b->to->root, "shared-networks");
    const char *const but[] = { subnets_key(b), NULL };

    if (same_text(b, from, to))
        return;
    for (const struct json *v = json_first(from); v; v = json_next(v))
        if (!named(to, v))
            add(b, KEA_NETWORK_DEL,
                arena_printf(&b->out->arena, "{\"name\": " STR_FMT ", \"subnets-action\": \"keep\"}",
                             STR_ARG(name_of(b, v))));
    for (const struct json *v = json_first(to); v && b->status == 0; v = json_next(v)) {
        const struct json *was = named(from, v);

        if (!was)
            add(b, KEA_NETWORK_ADD,
                arena_printf(&b->out->arena, "{\"shared-networks\": [" STR_FMT "]}",
                             STR_ARG(text_without(b, b->to, v, subnets_key(b)))));
        else if (!same_text(b, was, v) && !same_but(was, v, but))
            trouble(b, IPAM_E_UNSUPPORTED);
    }
}

/* class-add puts a class at the end, and classes are tried in their order. */
static bool same_order(const struct json *from, const struct json *to)
{
    const struct json *was = json_first(from);
    bool added = false;

    for (const struct json *v = json_first(to); v; v = json_next(v)) {
        if (!named(from, v)) {
            added = true;
            continue;
        }
        while (was && !named(to, was))
            was = json_next(was);
        if (added || !was || !str_equal(json_str(json_get(was, "name")), json_str(json_get(v, "name"))))
            return false;
        was = json_next(was);
    }
    return true;
}

static void compare_classes(struct between *b)
{
    const struct json *from = json_get(b->from->root, "client-classes"),
                      *to = json_get(b->to->root, "client-classes");

    if (same_text(b, from, to))
        return;
    if (!same_order(from, to))
        trouble(b, IPAM_E_UNSUPPORTED);
    for (const struct json *v = json_first(to); v && b->status == 0; v = json_next(v)) {
        const struct json *was = named(from, v);

        if (!was || !json_same(was, v))
            add(b, was ? KEA_CLASS_UPDATE : KEA_CLASS_ADD,
                arena_printf(&b->out->arena, "{\"client-classes\": [" STR_FMT "]}",
                             STR_ARG(json_span(b->to->doc, v))));
    }
    for (const struct json *v = json_first(from); v && b->status == 0; v = json_next(v))
        if (!named(to, v))
            add(b, KEA_CLASS_DEL,
                arena_printf(&b->out->arena, "{\"name\": " STR_FMT "}", STR_ARG(name_of(b, v))));
}

int kea_pieces_between(const struct kea_config *from, const struct kea_config *to, struct kea_pieces *ret)
{
    static const char *const but[] = { "subnet4",        "subnet6",      "shared-networks",
                                       "client-classes", "reservations", NULL };
    struct between b = { .from = from, .to = to, .out = ret };

    ret->count = 0;
    arena_init(&ret->arena, 0);
    if (!same_but(from->root, to->root, but))
        return IPAM_E_UNSUPPORTED;
    compare_classes(&b);
    compare_networks(&b);
    if (b.status == 0)
        compare_subnets(&b);
    if (ret->arena.failed)
        b.status = IPAM_E_NOMEM;
    if (b.status)
        ret->count = 0;
    return b.status;
}

void kea_pieces_fini(struct kea_pieces *p)
{
    arena_fini(&p->arena);
    p->count = 0;
}
