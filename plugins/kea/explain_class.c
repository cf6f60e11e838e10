/* explain_class.c - the classes that a client is in, in the order in which the server puts it into them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "explain.h"

#define CLASS_MAX 255 /* bytes of a name in records.def */

#define VENDOR_CLASS_PREFIX "VENDOR_CLASS_"

static const struct kea_membership *membership(const struct kea_explaining *x, struct ipam_str name)
{
    for (size_t i = 0; i < x->class_count; i++)
        if (str_equal(x->classes[i].name, name))
            return &x->classes[i];
    return NULL;
}

enum kea_truth kea_in_class(void *user, struct ipam_str name)
{
    const struct kea_membership *m = membership(user, name);

    return m ? m->truth : KEA_NO;
}

static const struct json *definition_of(const struct kea_explaining *x, struct ipam_str name)
{
    for (const struct json *v = json_first(json_get(x->running.cfg.root, "client-classes")); v;
         v = json_next(v))
        if (str_equal(json_str(json_get(v, "name")), name))
            return v;
    return NULL;
}

/* One that it is in already stays where it is. */
static void join(struct kea_explaining *x, struct ipam_str name, enum kea_truth truth, const char *reason,
                 bool tested)
{
    struct kea_membership *m = (struct kea_membership *)(uintptr_t)membership(x, name);

    if (m) {
        if (m->truth == KEA_UNKNOWN && truth == KEA_YES)
            *m = (struct kea_membership){ m->name, truth, reason, m->node, tested };
        return;
    }
    if (x->class_count == x->class_cap) {
        size_t cap = x->class_cap ? 2 * x->class_cap : 64;
        struct kea_membership *list = arena_alloc(&x->arena, cap * sizeof(*list));

        if (!list) {
            x->status = kea_fail(x->call, IPAM_E_NOMEM, "out of memory for the client's classes");
            return;
        }
        if (x->class_count > 0)
            memcpy(list, x->classes, x->class_count * sizeof(*list));
        x->classes = list;
        x->class_cap = cap;
    }
    x->classes[x->class_count++] =
        (struct kea_membership){ arena_str(&x->arena, name), truth, reason, definition_of(x, name), tested };
}

/* --- tests --- */

static bool flag_of(const struct json *node, const char *key)
{
    bool flag = false;

    json_bool(json_get(node, key), &flag);
    return flag;
}

/* Only tested when something asks for it: Kea 2.2's word, and Kea 3.0's. */
static bool is_additional(const struct json *node)
{
    return flag_of(node, "only-if-required") || flag_of(node, "only-in-additional-lists");
}

static struct ipam_str test_of(const struct json *node, bool *is_template)
{
    struct ipam_str test = json_str(json_get(node, "test"));

    *is_template = test.len == 0;
    return test.len ? test : json_str(json_get(node, "template-test"));
}

struct waiting {
    const struct kea_explaining *x;
    unsigned depth;
};

static bool waits(void *user, struct ipam_str name)
{
    const struct waiting *w = user;
    struct waiting below = { w->x, w->depth + 1 };
    const struct json *node;
    bool is_template;

    if (str_is(name, "KNOWN") || str_is(name, "UNKNOWN"))
        return true;
    node = w->depth < 32 ? definition_of(w->x, name) : NULL;
    return node && kea_test_names(test_of(node, &is_template), waits, &below);
}

/* A template makes a class of each value. */
static void spawn(struct kea_explaining *x, const struct json *node, struct ipam_bytes value,
                  const char *reason)
{
    struct ipam_str name = json_str(json_get(node, "name"));
    char *spawned = arena_printf(&x->arena, "SPAWN_" STR_FMT "_%.*s", STR_ARG(name), (int)value.len,
                                 (const char *)value.data);

    if (spawned)
        join(x, str_from(spawned), KEA_YES, reason, true);
    join(x, name, KEA_YES, reason, true);
}

static void test_class(struct kea_explaining *x, const struct json *node)
{
    bool is_template;
    struct ipam_str test = test_of(node, &is_template), name = json_str(json_get(node, "name"));
    struct ipam_bytes value;
    struct strbuf reason;
    enum kea_truth truth;
    const char *why;

    strbuf_init(&reason, KEA_REASON_MAX / 2 + 128);
    truth = is_template ? kea_test_value(&x->query, test, &x->arena, &value, &reason)
                        : kea_test(&x->query, test, &x->arena, &reason);
    why = arena_printf(&x->arena, "its test %s%s%.*s",
                       truth == KEA_YES  ? "holds"
                       : truth == KEA_NO ? "does not hold"
                                         : "cannot be told",
                       reason.len ? ": " : "", (int)reason.len, reason.data ? reason.data : "");
    strbuf_fini(&reason);
    if (truth == KEA_YES && is_template)
        spawn(x, node, value, why);
    else if (truth != KEA_NO)
        join(x, name, truth, why, true);
}

static void evaluate(struct kea_explaining *x, bool after_known)
{
    for (const struct json *v = json_first(json_get(x->running.cfg.root, "client-classes")); v;
         v = json_next(v)) {
        bool is_template;
        struct ipam_str test = test_of(v, &is_template);
        struct waiting w = { x, 0 };

        if (test.len && !is_additional(v) && kea_test_names(test, waits, &w) == after_known)
            test_class(x, v);
    }
}

/* --- the passes --- */

static void join_vendor4(struct kea_explaining *x)
{
    const struct kea_sent *o = kea_sent_find(&x->query, 60);
    struct ipam_bytes data;
    int64_t code = 60;
    char *name;

    if (!o || kea_packet_option(&x->query, &code, 1, &data) != KEA_THERE)
        return;
    name = arena_printf(&x->arena, VENDOR_CLASS_PREFIX "%.*s", (int)data.len, (const char *)data.data);
    if (name)
        join(x, str_from(name), KEA_YES, "it sends that vendor class", false);
}

static void join_vendor6(struct kea_explaining *x)
{
    struct ipam_bytes within, data;
    uint32_t enterprise;
    char *name;

    if (kea_packet_vendor(&x->query, true, 0, &enterprise, &within) != KEA_THERE ||
        kea_packet_tuple(&x->query, within, 0, &data) != KEA_THERE)
        return;
    name = arena_printf(&x->arena, VENDOR_CLASS_PREFIX "%.*s", (int)data.len, (const char *)data.data);
    if (name)
        join(x, str_from(name), KEA_YES, "it sends that vendor class", false);
}

void kea_classes_begin(struct kea_explaining *x)
{
    join(x, IPAM_STR("ALL"), KEA_YES, "every client is", false);
    if (x->query.service == KEA_DHCP4)
        join_vendor4(x);
    else
        join_vendor6(x);
    evaluate(x, false);
}

void kea_classes_reserved(struct kea_explaining *x, const struct kea_reservation *host, bool again)
{
    size_t kept = 0;

    for (size_t i = 0; i < x->class_count; i++)
        if (!again || !x->classes[i].tested)
            x->classes[kept++] = x->classes[i];
    x->class_count = kept;
    for (const struct json *v = host ? json_first(json_get(host->node, "client-classes")) : NULL; v;
         v = json_next(v))
        join(x, json_str(v), KEA_YES, "its reservation puts it there", false);
    if (again)
        evaluate(x, false);
}

void kea_classes_known(struct kea_explaining *x, bool known)
{
    join(x, known ? IPAM_STR("KNOWN") : IPAM_STR("UNKNOWN"), KEA_YES,
         known ? "it has a reservation" : "it has no reservation", false);
    evaluate(x, true);
}

static void add_of(struct kea_explaining *x, const struct json *node)
{
    static const char *const keys[] = { "require-client-classes", "evaluate-additional-classes" };

    for (size_t k = 0; k < 2; k++)
        for (const struct json *v = json_first(json_get(node, keys[k])); v; v = json_next(v)) {
            const struct json *class = definition_of(x, json_str(v));
            bool is_template;

            if (class && test_of(class, &is_template).len)
                test_class(x, class);
            else if (class && k == 1)
                join(x, json_str(v), KEA_YES, "what serves the client adds it", false);
        }
}

void kea_classes_additional(struct kea_explaining *x)
{
    const struct json *network = kea_network_of(&x->reading, x->subnet);
    bool outside_in =
        x->query.version != 0 && x->query.version < 300; /* since Kea 3.0 the pool comes first */

    if (outside_in && network)
        add_of(x, network);
    if (outside_in)
        add_of(x, x->subnet->node);
    if (x->pool)
        add_of(x, x->pool);
    if (!outside_in)
        add_of(x, x->subnet->node);
    if (!outside_in && network)
        add_of(x, network);
}

/* --- guards --- */

/* The one class, or since Kea 3.0 the list of them. */
enum kea_truth kea_guard(struct kea_explaining *x, const struct json *node, struct strbuf *reason)
{
    const struct json *one = json_get(node, "client-class"), *list = json_get(node, "client-classes");
    const struct json *v = list ? json_first(list) : json_str(one).len ? one : NULL;
    enum kea_truth best = KEA_NO;
    size_t from = reason->len;

    if (!v)
        return KEA_YES;
    for (; v; v = list ? json_next(v) : NULL) {
        enum kea_truth in = kea_in_class(x, json_str(v));

        best = in == KEA_YES || best == KEA_YES ? KEA_YES : in == KEA_UNKNOWN ? KEA_UNKNOWN : best;
        strbuf_printf(reason, "%s" STR_FMT, reason->len > from ? ", " : "it is for the class ",
                      STR_ARG(json_str(v)));
    }
    strbuf_puts(reason, best == KEA_YES  ? ", which the client is in"
                        : best == KEA_NO ? ", which the client is not in"
                                         : ", and whether the client is in it is not known");
    return best;
}

enum kea_truth kea_guard_alone(struct kea_explaining *x, const struct json *node)
{
    struct strbuf reason;
    enum kea_truth truth;

    strbuf_init(&reason, KEA_REASON_MAX);
    truth = kea_guard(x, node, &reason);
    strbuf_fini(&reason);
    return truth;
}

/* --- findings --- */

struct ipam_str kea_class_native(struct kea_explaining *x, struct ipam_str name)
{
    kea_row(&x->reading);
    return arena_str(&x->arena, kea_named(&x->reading, name));
}

static void emit_class(struct kea_explaining *x, struct ipam_str name, const struct json *node,
                       enum kea_truth truth, const char *reason)
{
    struct ipam_client_finding row;

    kea_found_init(&row, IPAM_CLIENT_FINDING_KIND_CLASS);
    KEA_FOUND(&row, VERDICT, verdict, (uint8_t)truth);
    KEA_FOUND(&row, NAME, name, kea_fitted(&x->arena, name, CLASS_MAX));
    if (node)
        KEA_FOUND(&row, NATIVE, native, kea_class_native(x, name));
    kea_found_reason(x, &row, "%s", reason ? reason : "");
    kea_found_emit(x, &row);
}

/* Why it is in none that the server has: the test is looked at once more, now that all is known. */
static void emit_absent(struct kea_explaining *x, const struct json *node)
{
    bool is_template;
    struct ipam_str test = test_of(node, &is_template);
    struct ipam_bytes value;
    struct strbuf why;

    strbuf_init(&why, KEA_REASON_MAX);
    if (!test.len) {
        strbuf_puts(&why, "it has no test, and no reservation puts the client there");
    } else if (is_additional(node)) {
        strbuf_puts(&why, "it is tested only where something asks for it, or its test does not hold");
    } else {
        strbuf_puts(&why, "its test does not hold: ");
        if (is_template)
            kea_test_value(&x->query, test, &x->arena, &value, &why);
        else
            kea_test(&x->query, test, &x->arena, &why);
    }
    emit_class(x, json_str(json_get(node, "name")), node, KEA_NO,
               arena_printf(&x->arena, STR_FMT, STR_ARG(strbuf_str(&why))));
    strbuf_fini(&why);
}

void kea_classes_emit(struct kea_explaining *x)
{
    for (size_t i = 0; i < x->class_count; i++)
        emit_class(x, x->classes[i].name, x->classes[i].node, x->classes[i].truth, x->classes[i].reason);
    for (const struct json *v = json_first(json_get(x->running.cfg.root, "client-classes")); v;
         v = json_next(v))
        if (!membership(x, json_str(json_get(v, "name"))))
            emit_absent(x, v);
}
