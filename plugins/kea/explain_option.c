/* explain_option.c - fields of the answer and options, each with the level that the server takes it from.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * An option is looked for in the reservation, the pool, the subnet, the shared network, the classes in the
 * order in which the client is in them, and the server (ARM, "DHCP Option Precedence"). Lifetimes and boot
 * fields of classes come before those of the subnet. */
#include "explain.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/addr.h"

#define MASK_CODE  1
#define LEVELS_MAX 1024 /* beside classes */

/* What holds options, the more specific first. */
struct level {
    const struct json *list;
    struct kea_holder holder;
    uint32_t level;     /* IPAM_CLIENT_FINDING_LEVEL_* */
    const char *unsure; /* why it need not hold, or NULL */
};

struct levels {
    struct level *items;
    size_t count, cap;
    bool asks; /* what the client asks for is known */
};

/* Whether it is certain which scope serves it. */
static bool is_of_one_scope(const struct kea_explaining *x)
{
    for (size_t i = 0; i < x->maybe_count && i < KEA_MAYBE_MAX; i++)
        if (x->maybe[i].subnet != x->subnet)
            return false;
    return true;
}

/* --- fields of the answer --- */

static void emit_setting(struct kea_explaining *x, const char *name, struct ipam_str value, uint32_t level,
                         struct ipam_str holder, bool unsure)
{
    struct ipam_client_finding row;
    struct ipam_str values[1] = { value };

    kea_found_init(&row, IPAM_CLIENT_FINDING_KIND_SETTING);
    KEA_FOUND(&row, VERDICT, verdict,
              unsure ? IPAM_CLIENT_FINDING_VERDICT_UNKNOWN : IPAM_CLIENT_FINDING_VERDICT_YES);
    KEA_FOUND(&row, NAME, name, str_from(name));
    KEA_FOUND(&row, VALUES, values, ((struct ipam_strs){ values, 1 }));
    KEA_FOUND(&row, LEVEL, level, level);
    if (holder.data)
        KEA_FOUND(&row, HOLDER, holder, holder);
    kea_found_emit(x, &row);
}

/* Where what the subnet has, or inherits, is written. */
static uint32_t level_of(struct kea_explaining *x, const char *key)
{
    const struct json *network = kea_network_of(&x->reading, x->subnet);

    if (json_get(x->subnet->node, key))
        return IPAM_CLIENT_FINDING_LEVEL_SCOPE;
    return network && json_get(network, key) ? IPAM_CLIENT_FINDING_LEVEL_SUPERSCOPE
                                             : IPAM_CLIENT_FINDING_LEVEL_SERVER;
}

static int64_t emit_seconds(struct kea_explaining *x, const char *key, const char *name)
{
    int64_t seconds;
    char text[24];

    for (size_t i = 0; i < x->class_count; i++) {
        const struct kea_membership *m = &x->classes[i];

        if (!m->node || json_int(json_get(m->node, key), &seconds))
            continue;
        snprintf(text, sizeof(text), "%" PRId64, seconds);
        emit_setting(x, name, str_from(text), IPAM_CLIENT_FINDING_LEVEL_CLASS, kea_class_native(x, m->name),
                     m->truth != KEA_YES);
        return m->truth == KEA_YES ? seconds : -1;
    }
    if (json_int(kea_inherited(x, x->subnet, key), &seconds))
        return -1;
    snprintf(text, sizeof(text), "%" PRId64, seconds);
    emit_setting(x, name, str_from(text), level_of(x, key), (struct ipam_str){ NULL, 0 },
                 !is_of_one_scope(x));
    return seconds;
}

/* T1 and T2 are sent where they are below the time they are parts of. */
static int64_t emit_timer(struct kea_explaining *x, const char *key, const char *percent, double usual,
                          const char *name, int64_t whole, int64_t below)
{
    bool calculated = kea_inherited_flag(x, x->subnet, "calculate-tee-times", x->query.service == KEA_DHCP6);
    int64_t seconds = 0;
    double part = usual;
    char text[24];

    if (whole < 0)
        return below;
    if (json_int(kea_inherited(x, x->subnet, key), &seconds) || seconds == 0) {
        const struct json *v = kea_inherited(x, x->subnet, percent);
        struct ipam_str written = v ? json_span(x->running.cfg.doc, v) : (struct ipam_str){ NULL, 0 };

        if (written.len && written.len < sizeof(text)) {
            memcpy(text, written.data, written.len);
            text[written.len] = '\0';
            part = strtod(text, NULL);
        }
        seconds = calculated ? (int64_t)(part * (double)whole + 0.5) : 0;
    }
    if (seconds <= 0 || seconds >= below)
        return below;
    snprintf(text, sizeof(text), "%" PRId64, seconds);
    emit_setting(x, name, str_from(text), level_of(x, key), (struct ipam_str){ NULL, 0 },
                 !is_of_one_scope(x));
    return seconds;
}

static bool says(const struct json *node, const char *key, struct ipam_str *ret)
{
    *ret = json_str(json_get(node, key));
    return ret->len > 0 && !str_is(*ret, "0.0.0.0");
}

static void emit_boot_field(struct kea_explaining *x, const char *key, const char *name)
{
    struct ipam_str value;

    if (x->host && says(x->host->node, key, &value)) {
        emit_setting(x, name, value, IPAM_CLIENT_FINDING_LEVEL_RESERVATION,
                     arena_str(&x->arena, kea_reservation_native(&x->reading, &x->host->row)), false);
        return;
    }
    for (size_t i = 0; i < x->class_count; i++) {
        const struct kea_membership *m = &x->classes[i];

        if (!m->node || !says(m->node, key, &value))
            continue;
        emit_setting(x, name, value, IPAM_CLIENT_FINDING_LEVEL_CLASS, kea_class_native(x, m->name),
                     m->truth != KEA_YES);
        if (m->truth == KEA_YES)
            return;
    }
    value = json_str(kea_inherited(x, x->subnet, key));
    if (value.len && !str_is(value, "0.0.0.0"))
        emit_setting(x, name, value, level_of(x, key), (struct ipam_str){ NULL, 0 }, !is_of_one_scope(x));
}

void kea_settings_emit(struct kea_explaining *x)
{
    bool v4 = x->query.service == KEA_DHCP4;
    int64_t valid = emit_seconds(x, "valid-lifetime", "lease_time");
    int64_t whole = v4 ? valid : emit_seconds(x, "preferred-lifetime", "preferred_time");
    int64_t rebind =
        emit_timer(x, "rebind-timer", "t2-percent", v4 ? 0.875 : 0.8, "rebind_time", whole, whole);

    emit_timer(x, "renew-timer", "t1-percent", 0.5, "renew_time", whole, rebind);
    if (v4) {
        emit_boot_field(x, "next-server", "next_server");
        emit_boot_field(x, "server-hostname", "server_name");
        emit_boot_field(x, "boot-file-name", "boot_file");
    }
    if (x->host && x->host->row.name.len)
        emit_setting(x, "name", x->host->row.name, IPAM_CLIENT_FINDING_LEVEL_RESERVATION,
                     arena_str(&x->arena, kea_reservation_native(&x->reading, &x->host->row)), false);
}

/* --- options --- */

static void add_level(struct levels *all, const struct json *node, uint32_t owner, struct ipam_str holder,
                      struct ipam_str native_scope, const char *unsure)
{
    struct level *l = &all->items[all->count];
    const struct json *list = json_get(node, "option-data");

    if (json_count(list) == 0 || all->count == all->cap)
        return;
    *l = (struct level){ .list = list, .level = owner, .unsure = unsure };
    l->holder = (struct kea_holder){ .owner = owner, .holder = holder, .native_scope = native_scope };
    all->count++;
}

static const char of_pool[] = "if its address comes from this pool",
                  of_scope[] = "if its address comes from this scope";

/* What its address may come of instead. */
static void add_maybe(struct kea_explaining *x, struct levels *all, uint32_t level)
{
    const struct ipam_str none = { NULL, 0 };

    for (size_t i = 0; i < x->maybe_count && i < KEA_MAYBE_MAX; i++) {
        const struct kea_maybe *m = &x->maybe[i];
        const struct json *pools = json_get(m->subnet->node, "pools");

        if (level == IPAM_CLIENT_FINDING_LEVEL_SCOPE && m->subnet != x->subnet)
            add_level(all, m->subnet->node, level, none, m->subnet->native, of_scope);
        if (level != IPAM_CLIENT_FINDING_LEVEL_POOL)
            continue;
        for (const struct json *v = m->pool ? m->pool : json_first(pools); v;
             v = m->pool ? NULL : json_next(v))
            add_level(all, v, level, json_str(json_get(v, "pool")), m->subnet->native, of_pool);
    }
}

static bool gather(struct kea_explaining *x, struct levels *all)
{
    const struct json *network = kea_network_of(&x->reading, x->subnet);
    const struct ipam_str none = { NULL, 0 };

    *all = (struct levels){ .cap = x->class_count + LEVELS_MAX,
                            .asks = IPAM_HAS_FIELD(x->client, IPAM_DHCP_CLIENT_ASKS) };
    all->items = arena_alloc(&x->arena, all->cap * sizeof(*all->items));
    if (!all->items)
        return false;
    if (x->host)
        add_level(all, x->host->node, IPAM_CLIENT_FINDING_LEVEL_RESERVATION,
                  arena_str(&x->arena, kea_reservation_native(&x->reading, &x->host->row)), x->subnet->native,
                  NULL);
    if (x->pool)
        add_level(all, x->pool, IPAM_CLIENT_FINDING_LEVEL_POOL, json_str(json_get(x->pool, "pool")),
                  x->subnet->native, x->maybe_count > 0 ? of_pool : NULL);
    add_maybe(x, all, IPAM_CLIENT_FINDING_LEVEL_POOL);
    add_level(all, x->subnet->node, IPAM_CLIENT_FINDING_LEVEL_SCOPE, none, x->subnet->native,
              is_of_one_scope(x) ? NULL : of_scope);
    add_maybe(x, all, IPAM_CLIENT_FINDING_LEVEL_SCOPE);
    if (network)
        add_level(all, network, IPAM_CLIENT_FINDING_LEVEL_SUPERSCOPE, kea_class_native(x, x->subnet->network),
                  none, NULL);
    for (size_t i = 0; i < x->class_count; i++) {
        const struct kea_membership *m = &x->classes[i];
        size_t before = all->count;

        if (!m->node)
            continue;
        add_level(all, m->node, IPAM_CLIENT_FINDING_LEVEL_CLASS, kea_class_native(x, m->name), none,
                  m->truth == KEA_YES ? NULL : "if the client is in this class");
        if (all->count > before)
            all->items[before].holder.class_name = m->name;
    }
    add_level(all, x->running.cfg.root, IPAM_CLIENT_FINDING_LEVEL_SERVER, none, none, NULL);
    return true;
}

static bool is_own(const struct kea_explaining *x, const struct json *option)
{
    return str_is(json_str(json_get(option, "space")), kea_own_space(x->query.service));
}

static bool is_flagged(struct kea_explaining *x, const struct levels *all, int64_t code, const char *key)
{
    for (size_t i = 0; i < all->count; i++)
        for (const struct json *v = json_first(all->items[i].list); v; v = json_next(v)) {
            bool flag = false;
            int64_t n;

            json_bool(json_get(v, key), &flag);
            if (flag && !all->items[i].unsure && is_own(x, v) && json_int(json_get(v, "code"), &n) == 0 &&
                n == code)
                return true;
        }
    return false;
}

static bool asked_for(const struct ipam_dhcp_client *c, int64_t code)
{
    for (size_t i = 0; i < c->asks.count; i++)
        if (c->asks.items[i] == code)
            return true;
    return false;
}

/* Whether it is sent, once it is there. */
static enum kea_truth is_sent(struct kea_explaining *x, const struct levels *all, int64_t code,
                              const char **why)
{
    bool basic = x->query.service == KEA_DHCP4 && (code == 3 || code == 6 || code == 15);

    *why = "it is sent whether the client asks for it or not";
    if (basic)
        return KEA_YES;
    if (is_flagged(x, all, code, "never-send")) {
        *why = "it is kept from clients";
        return KEA_NO;
    }
    if (is_flagged(x, all, code, "always-send"))
        return KEA_YES;
    *why = !all->asks                   ? "it is sent to clients that ask for it"
           : asked_for(x->client, code) ? "the client asks for it"
                                        : "the client does not ask for it";
    return !all->asks ? KEA_UNKNOWN : asked_for(x->client, code) ? KEA_YES : KEA_NO;
}

static void emit_value(struct kea_explaining *x, const struct level *l, const struct json *option,
                       enum kea_truth sent, const char *why, const char *unsure)
{
    struct ipam_client_finding row;
    struct ipam_option_value value;

    if (!kea_option_row(&x->reading, &option, 1, &l->holder, &value))
        return;
    kea_found_init(&row, IPAM_CLIENT_FINDING_KIND_OPTION);
    KEA_FOUND(&row, VERDICT, verdict,
              unsure && sent != KEA_NO ? IPAM_CLIENT_FINDING_VERDICT_UNKNOWN : (uint32_t)sent);
    KEA_FOUND(&row, CODE, code, value.code);
    KEA_FOUND(&row, LEVEL, level, l->level);
    if (l->holder.holder.data)
        KEA_FOUND(&row, HOLDER, holder, l->holder.holder);
    if (l->holder.native_scope.data)
        KEA_FOUND(&row, NATIVE_SCOPE, native_scope, l->holder.native_scope);
    if (IPAM_HAS_FIELD(&value, IPAM_OPTION_VALUE_NAME))
        KEA_FOUND(&row, NAME, name, value.name);
    if (IPAM_HAS_FIELD(&value, IPAM_OPTION_VALUE_SPACE))
        KEA_FOUND(&row, SPACE, space, value.space);
    if (IPAM_HAS_FIELD(&value, IPAM_OPTION_VALUE_DATA))
        KEA_FOUND(&row, DATA, data, value.data);
    if (IPAM_HAS_FIELD(&value, IPAM_OPTION_VALUE_VALUES))
        KEA_FOUND(&row, VALUES, values, value.values);
    kea_found_reason(x, &row, "%s%s%s", unsure ? unsure : "", unsure ? "; " : "", why);
    kea_found_emit(x, &row);
}

/* Options inside it are those of the same level in the space that it holds. */
static void emit_inside(struct kea_explaining *x, const struct level *l, const struct json *option,
                        int64_t code, enum kea_truth sent, const char *unsure)
{
    const struct kea_definition *d = kea_definition_find(
        &x->reading.definitions, json_str(json_get(option, "space")), code, l->holder.class_name);

    if (!d || !d->encapsulates.len)
        return;
    for (const struct json *v = json_first(l->list); v; v = json_next(v))
        if (str_equal(json_str(json_get(v, "space")), d->encapsulates))
            emit_value(x, l, v, sent, arena_printf(&x->arena, "it is sent inside option %" PRId64, code),
                       unsure);
}

/* The first of a level with that code that is for the client. */
static const struct json *option_of(struct kea_explaining *x, const struct level *l, int64_t code,
                                    enum kea_truth *ret)
{
    for (const struct json *v = json_first(l->list); v; v = json_next(v)) {
        int64_t n;

        if (!is_own(x, v) || json_int(json_get(v, "code"), &n) || n != code)
            continue;
        *ret = kea_guard_alone(x, v);
        if (*ret != KEA_NO)
            return v;
    }
    return NULL;
}

static void emit_code(struct kea_explaining *x, const struct levels *all, size_t from, int64_t code)
{
    const char *why, *before = NULL;
    enum kea_truth sent = is_sent(x, all, code, &why), fits = KEA_YES;

    for (size_t i = from; i < all->count; i++) {
        const struct level *l = &all->items[i];
        const struct json *option = option_of(x, l, code, &fits);
        const char *unsure = l->unsure             ? l->unsure
                             : fits == KEA_UNKNOWN ? "if the client is in its classes"
                                                   : NULL;

        if (!option)
            continue;
        emit_value(x, l, option, sent, why, unsure ? unsure : before);
        emit_inside(x, l, option, code, sent, unsure ? unsure : before);
        if (!unsure)
            return;
        before = "unless what comes before it holds";
    }
}

static bool was_told(struct kea_explaining *x, const struct levels *all, size_t level,
                     const struct json *option, int64_t code)
{
    for (size_t i = 0; i <= level; i++)
        for (const struct json *v = json_first(all->items[i].list); v && v != option; v = json_next(v)) {
            int64_t n;

            if (is_own(x, v) && json_int(json_get(v, "code"), &n) == 0 && n == code)
                return true;
        }
    return false;
}

static void emit_mask(struct kea_explaining *x)
{
    struct ipam_prefix all = { .addr = { .family = 4, .bytes = { 255, 255, 255, 255 } },
                               .length = x->subnet->prefix.length };
    struct ipam_client_finding row;
    char text[ADDR_TEXT_MAX];
    struct ipam_str values[1];

    prefix_mask(&all);
    addr_print(&all.addr, text);
    values[0] = str_from(text);
    kea_found_init(&row, IPAM_CLIENT_FINDING_KIND_OPTION);
    KEA_FOUND(&row, VERDICT, verdict, IPAM_CLIENT_FINDING_VERDICT_YES);
    KEA_FOUND(&row, CODE, code, MASK_CODE);
    KEA_FOUND(&row, NAME, name, IPAM_STR("subnet-mask"));
    KEA_FOUND(&row, LEVEL, level, IPAM_CLIENT_FINDING_LEVEL_SCOPE);
    KEA_FOUND(&row, NATIVE_SCOPE, native_scope, x->subnet->native);
    KEA_FOUND(&row, DATA, data, ((struct ipam_bytes){ all.addr.bytes, 4 }));
    KEA_FOUND(&row, VALUES, values, ((struct ipam_strs){ values, 1 }));
    kea_found_reason(x, &row, "it is made of the prefix");
    kea_found_emit(x, &row);
}

void kea_options_emit(struct kea_explaining *x)
{
    struct levels all;
    bool vendors = false;

    if (!gather(x, &all))
        return;
    if (x->query.service == KEA_DHCP4)
        emit_mask(x);
    for (size_t i = 0; i < all.count; i++)
        for (const struct json *v = json_first(all.items[i].list); v && x->status == 0; v = json_next(v)) {
            struct ipam_str space = json_str(json_get(v, "space"));
            int64_t code;

            vendors = vendors || (space.len > 7 && memcmp(space.data, "vendor-", 7) == 0 &&
                                  !str_is(space, "vendor-encapsulated-options-space"));
            if (!is_own(x, v) || json_int(json_get(v, "code"), &code) || was_told(x, &all, i, v, code) ||
                (x->query.service == KEA_DHCP4 && code == MASK_CODE))
                continue;
            emit_code(x, &all, i, code);
        }
    if (vendors)
        kea_found_note(
            x, "options of vendors are sent to clients that send the number of their vendor: these were not "
               "looked at");
}
