/* judge.c - which alert an object deserves at a moment, and the alert made so.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "notify/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "net/u128.h"

/* --- what is wrong --- */

static int64_t utilization_of(const struct view *v, const void *row)
{
    struct ipam_addr first, last;
    const struct ipam_range *r = row;
    const struct ipam_subnet *s = row;
    const struct ipam_block *b = row;
    int64_t space = r->space;
    if (r->type == IPAM_T_RANGE) {
        first = r->first;
        last = r->last;
    } else {
        const struct ipam_prefix *p = s->type == IPAM_T_SUBNET ? &s->prefix : &b->prefix;
        space = s->type == IPAM_T_SUBNET ? s->space : b->space;
        prefix_first(p, &first);
        prefix_last(p, &last);
    }
    return u128_percent(view_used(v, space, &first, &last), addr_distance(&first, &last));
}

static struct verdict judge_level(uint32_t level)
{
    if (level == IPAM_BLOCK_LEVEL_OPTIMAL)
        return (struct verdict){ false, 0, false };
    return (struct verdict){ true,
                             level == IPAM_BLOCK_LEVEL_OVER ? IPAM_ALERT_KIND_UTILIZATION_OVER
                                                            : IPAM_ALERT_KIND_UTILIZATION_UNDER,
                             false };
}

static struct verdict judge_address(const struct view *v, const struct ipam_address *a, int64_t now)
{
    const struct ipam_space *s = view_get(v, IPAM_T_SPACE, a->space);
    uint32_t expiry;
    if (!rule_expiry(s, a, now, &expiry) || expiry == IPAM_ADDRESS_EXPIRY_ACTIVE)
        return (struct verdict){ false, 0, false };
    return (struct verdict){ true,
                             expiry == IPAM_ADDRESS_EXPIRY_EXPIRED ? IPAM_ALERT_KIND_ADDRESS_EXPIRED
                                                                   : IPAM_ALERT_KIND_ADDRESS_ALERT,
                             s != NULL && record_has(s, IPAM_SPACE_EXPIRY_EVENTS) &&
                                 s->expiry_events == IPAM_SPACE_EXPIRY_EVENTS_PERIODIC };
}

struct verdict judge(const struct view *v, const void *row, int64_t now)
{
    struct thresholds t;
    if (((const struct ipam_record *)row)->type == IPAM_T_ADDRESS)
        return judge_address(v, row, now);
    if (!rule_thresholds(v, row, &t))
        return (struct verdict){ false, 0, false };
    return judge_level(rule_level(&t, utilization_of(v, row)));
}

static bool differs(const struct verdict *want, const struct ipam_alert *is, bool telling)
{
    if (!want->wrong || is == NULL)
        return want->wrong != (is != NULL);
    return want->kind != is->kind || (want->again && telling);
}

bool judge_differs(const struct view *v, const void *row, int64_t object, int64_t now, bool telling)
{
    const struct ipam_alert *is = view_get(v, IPAM_T_ALERT, view_alert(v, object));
    struct verdict want = row != NULL ? judge(v, row, now) : (struct verdict){ false, 0, false };
    return differs(&want, is, telling);
}

/* --- the alert --- */

#define PERCENT_FMT    "%lld.%02lld %%"
#define PERCENT_ARG(n) (long long)((n) / 100), (long long)((n) % 100)

static void describe(const struct view *v, const void *row, const struct verdict *want, const char *key,
                     char *text, size_t size)
{
    const struct ipam_address *a = row;
    struct thresholds t;
    char when[TIME_TEXT_MAX];
    if (a->type == IPAM_T_ADDRESS) {
        time_print(a->expires, when);
        snprintf(text, size, "address %.60s %s %s", key,
                 want->kind == IPAM_ALERT_KIND_ADDRESS_EXPIRED ? "has expired at" : "expires at", when);
        return;
    }
    rule_thresholds(v, row, &t);
    bool over = want->kind == IPAM_ALERT_KIND_UTILIZATION_OVER;
    int64_t used = utilization_of(v, row);
    snprintf(text, size, "%s %.60s is used to " PERCENT_FMT ", %s " PERCENT_FMT, record_type(a->type)->name,
             key, PERCENT_ARG(used), over ? "over" : "under", PERCENT_ARG(over ? t.over : t.under));
}

static uint32_t about_of(const void *row)
{
    switch (((const struct ipam_record *)row)->type) {
    case IPAM_T_BLOCK: return IPAM_ALERT_ABOUT_BLOCK;
    case IPAM_T_SUBNET: return IPAM_ALERT_ABOUT_SUBNET;
    case IPAM_T_RANGE: return IPAM_ALERT_ABOUT_RANGE;
    default: return IPAM_ALERT_ABOUT_ADDRESS;
    }
}

uint32_t judge_type(const struct ipam_alert *a)
{
    switch (a->about) {
    case IPAM_ALERT_ABOUT_BLOCK: return IPAM_T_BLOCK;
    case IPAM_ALERT_ABOUT_SUBNET: return IPAM_T_SUBNET;
    case IPAM_ALERT_ABOUT_RANGE: return IPAM_T_RANGE;
    default: return IPAM_T_ADDRESS;
    }
}

static int64_t space_of(const void *row)
{
    switch (((const struct ipam_record *)row)->type) {
    case IPAM_T_BLOCK: return ((const struct ipam_block *)row)->space;
    case IPAM_T_SUBNET: return ((const struct ipam_subnet *)row)->space;
    case IPAM_T_RANGE: return ((const struct ipam_range *)row)->space;
    default: return ((const struct ipam_address *)row)->space;
    }
}

static void put(struct draft *d, const void *row, int64_t object, const struct verdict *want,
                const struct ipam_alert *is)
{
    struct ipam_alert a;
    struct strbuf key;
    char text[256];
    bool again = is != NULL && is->kind == want->kind;
    strbuf_init(&key, 512);
    record_key_print(row, &key);
    describe(draft_view(d), row, want, key.data, text, sizeof(text));
    record_init(&a, IPAM_T_ALERT);
    if (is != NULL)
        a = *is;
    RECORD_SET(&a, IPAM_ALERT_KIND, kind, want->kind);
    RECORD_SET(&a, IPAM_ALERT_ABOUT, about, about_of(row));
    RECORD_SET(&a, IPAM_ALERT_OBJECT, object, object);
    RECORD_SET(&a, IPAM_ALERT_KEY, key, strbuf_str(&key));
    RECORD_SET(&a, IPAM_ALERT_SPACE, space, space_of(row));
    RECORD_SET(&a, IPAM_ALERT_MESSAGE, message, str_from(text));
    RECORD_SET(&a, IPAM_ALERT_REPEATED, repeated, again ? is->repeated + 1 : 0);
    RECORD_SET(&a, IPAM_ALERT_LAST, last, draft_now(d));
    if (!again)
        RECORD_SET(&a, IPAM_ALERT_SINCE, since, draft_now(d));
    draft_replace(d, is, &a);
    strbuf_fini(&key);
}

bool judge_apply(struct draft *d, const void *row, int64_t object, bool telling)
{
    const struct view *v = draft_view(d);
    const struct ipam_alert *is = view_get(v, IPAM_T_ALERT, view_alert(v, object));
    struct verdict want = row != NULL ? judge(v, row, draft_now(d)) : (struct verdict){ false, 0, false };
    if (!differs(&want, is, telling))
        return false;
    if (want.wrong)
        put(d, row, object, &want, is);
    else
        draft_delete(d, is);
    return true;
}
