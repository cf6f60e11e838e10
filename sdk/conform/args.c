/* args.c - arguments and records of every type, filled by the table of records.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "conform.h"
#include "host_p.h"

#define UNLIMITED 4096 /* bytes of a text the table does not limit */
#define ITEMS     64   /* of a list, where an ordinary number is meant */

static struct ipam_str text_of(struct keep *k, const struct record_field *f, enum fill fill)
{
    size_t max = f->min <= f->max ? (size_t)f->max : UNLIMITED;
    size_t len = fill == FILL_MAXIMAL ? max : fill == FILL_EMPTY ? 0 : 1;
    char *p = keep_alloc(k, len + 1);

    memset(p, '7', len);
    if (f->kind == KIND_JSON) { /* a JSON text of this length: a number would do, but for its length */
        p = keep_alloc(k, 3);
        memcpy(p, "{}", 3);
        len = 2;
    }
    return (struct ipam_str){ p, len };
}

static struct ipam_addr address_of(unsigned n)
{
    struct ipam_addr a = { .family = 4, .bytes = { 192, 0, 2, (uint8_t)n } };

    return a;
}

static void fill_list(struct keep *k, const struct record_field *f, enum fill fill, void *at)
{
    size_t max = f->min <= f->max ? (size_t)f->max : ITEMS;
    size_t count = fill == FILL_MAXIMAL ? max : fill == FILL_EMPTY ? 0 : 1;
    struct ipam_str *texts;
    struct ipam_addr *addrs;

    if (f->kind == KIND_TEXTS) {
        texts = keep_alloc(k, (count + 1) * sizeof(*texts));
        for (size_t i = 0; i < count; i++)
            texts[i] = (struct ipam_str){ "7", 1 };
        *(struct ipam_strs *)at = (struct ipam_strs){ texts, count };
    } else if (f->kind == KIND_ADDRS) {
        addrs = keep_alloc(k, (count + 1) * sizeof(*addrs));
        for (size_t i = 0; i < count; i++)
            addrs[i] = address_of((unsigned)(i & 0xff));
        *(struct ipam_addrs *)at = (struct ipam_addrs){ addrs, count };
    } else {
        *(struct ipam_ints *)at = (struct ipam_ints){ keep_alloc(k, (count + 1) * sizeof(int64_t)), count };
    }
}

static void fill_field(struct keep *k, const struct record_field *f, enum fill fill, void *at)
{
    size_t len = fill == FILL_MAXIMAL ? (size_t)f->max : fill == FILL_EMPTY ? 0 : 6;

    switch ((enum record_kind)f->kind) {
    case KIND_INT:
    case KIND_TIME:
    case KIND_PERCENT:
    case KIND_REF:
        *(int64_t *)at = fill == FILL_MAXIMAL ? f->min <= f->max ? f->max : INT64_C(253402300799999)
                         : f->min <= f->max ? f->min
                                              : 1;
        break;
    case KIND_BOOL:
    case KIND_ENUM: break;
    case KIND_TEXT:
    case KIND_JSON: *(struct ipam_str *)at = text_of(k, f, fill); break;
    case KIND_BYTES: *(struct ipam_bytes *)at = (struct ipam_bytes){ keep_alloc(k, len + 1), len }; break;
    case KIND_ADDR: *(struct ipam_addr *)at = address_of(10); break;
    case KIND_PREFIX:
        *(struct ipam_prefix *)at = (struct ipam_prefix){ .addr = address_of(0), .length = 24 };
        break;
    case KIND_U128: *(struct ipam_u128 *)at = (struct ipam_u128){ 0, 1 }; break;
    case KIND_TEXTS:
    case KIND_INTS:
    case KIND_ADDRS: fill_list(k, f, fill, at); break;
    }
}

void *record_make(struct keep *k, uint32_t type, enum fill fill)
{
    const struct record_type *t = record_type(type);
    char *rec = t != NULL ? keep_alloc(k, t->size) : NULL;

    if (rec == NULL)
        return NULL;
    record_init(rec, type);
    for (unsigned i = 0; i < t->field_count && fill != FILL_ABSENT; i++) {
        const struct record_field *f = &t->fields[i];
        if (strcmp(f->name, "id") == 0 || strcmp(f->name, "rev") == 0 || (f->flags & FIELD_DERIVED) != 0)
            continue;
        if (fill == FILL_ORDINARY && (f->flags & FIELD_REQUIRED) == 0)
            continue;
        fill_field(k, f, fill, rec + f->offset);
        IPAM_SET_FIELD((struct ipam_record *)(void *)rec, f->number);
    }
    return rec;
}

bool arg_set_int(void *rec, const char *field, int64_t value)
{
    const struct record_type *t = record_type(((struct ipam_record *)rec)->type);
    const struct record_field *f = record_field(t, str_from(field));

    if (f == NULL)
        return false;
    memcpy((char *)rec + f->offset, &value, f->kind == KIND_ENUM ? sizeof(uint32_t) : sizeof(value));
    IPAM_SET_FIELD((struct ipam_record *)rec, f->number);
    return true;
}

/* The first act the capabilities tell of. */
static int64_t first_verb(void)
{
    for (unsigned verb = 1; verb < 31; verb++)
        if (has_cap((uint64_t)1 << (32 + verb)))
            return verb;
    return 1;
}

/* Types of objects that edits are about, by what a kind takes. */
static uint32_t edit_type(void)
{
    const struct record_type *t;

    if (trial_kind == IPAM_KIND_DHCP && has_cap(IPAM_DHCP_CAP_RESERVATIONS))
        return IPAM_T_RESERVATION;
    if (trial_kind == IPAM_KIND_DHCP)
        return IPAM_T_SCOPE;
    t = record_type_by_name(str_from(trial_kind == IPAM_KIND_DNS ? "dns_record" : "vaddress"));
    return t != NULL ? t->type : 0;
}

static bool may_check(void)
{
    return (trial_kind == IPAM_KIND_DHCP && has_cap(IPAM_DHCP_CAP_CHECK)) ||
           (trial_kind == IPAM_KIND_DNS && has_cap(IPAM_DNS_CAP_CHECK)) ||
           (trial_kind == IPAM_KIND_VSPACE && has_cap(IPAM_VSPACE_CAP_CHECK));
}

static void fill_apply(struct ipam_req *req, enum fill fill)
{
    uint32_t type = edit_type();
    unsigned count = fill == FILL_MAXIMAL ? 64 : fill == FILL_ORDINARY ? 1 : 0;

    if (type == 0)
        count = 0;
    req->edits = xcalloc(count + 1, sizeof(*req->edits));
    for (unsigned i = 0; i < count; i++) {
        req->edits[i].verb = i % 3;
        if (i % 3 != IPAM_EDIT_VERB_ADD)
            req->edits[i].before = record_make(req->keep, type, FILL_ORDINARY);
        if (i % 3 != IPAM_EDIT_VERB_DELETE)
            req->edits[i].after =
                record_make(req->keep, type, fill == FILL_MAXIMAL ? FILL_MAXIMAL : FILL_ORDINARY);
    }
    req->edit_count = count;
    arg_set_int(req->args, "count", count);
    if (fill != FILL_ABSENT)
        arg_set_int(req->args, "flags", may_check() ? IPAM_APPLY_CHECK : 0);
}

static void fill_reach(struct ipam_req *req, enum fill fill)
{
    struct ipam_reach *a = req->args;

    if (fill == FILL_ABSENT)
        return;
    arg_set_int(a, "methods", (int64_t)(ops.common.capabilities & known_caps(IPAM_KIND_REACH)));
    arg_set_int(a, "timeout", 50);
    for (size_t i = 0; i < a->addresses.count; i++) {
        struct ipam_addr here = { .family = 4, .bytes = { 127, 0, 0, 1 } };
        memcpy((void *)(uintptr_t)&a->addresses.items[i], &here, sizeof(here));
    }
}

/* The host's own secret, which may be shown as little as an option's. */
static void fill_credential(struct ipam_credential *a)
{
    static const char secret[] = "canary-of-the-credential";

    a->secret = (struct ipam_bytes){ (const uint8_t *)secret, sizeof(secret) - 1 };
    IPAM_SET_FIELD(a, IPAM_CREDENTIAL_SECRET);
    told_secrets[SECRETS_MAX - 1] = secret;
}

void args_fill(struct ipam_req *req, enum fill fill)
{
    uint32_t type = req->call->args;

    if (type == 0)
        return;
    req->args = record_make(req->keep, type, fill);
    if (type == IPAM_T_DHCP_READ && fill == FILL_ORDINARY && has_cap(IPAM_DHCP_CAP_TEXT))
        RECORD_SET((struct ipam_dhcp_read *)req->args, IPAM_DHCP_READ_TEXT, text, true);
    switch (type) {
    case IPAM_T_APPLY: fill_apply(req, fill); break;
    case IPAM_T_REACH: fill_reach(req, fill); break;
    case IPAM_T_ACT: arg_set_int(req->args, "verb", first_verb()); break;
    case IPAM_T_CREDENTIAL:
        if (fill == FILL_ORDINARY)
            fill_credential(req->args);
        if (fill != FILL_ABSENT)
            arg_set_int(req->args, "kind", (int64_t)__builtin_ctzll(ops.common.capabilities | 1u << 3));
        break;
    case IPAM_T_DELIVERY:
        if (fill != FILL_ABSENT)
            arg_set_int(req->args, "kind", (int64_t)__builtin_ctzll(ops.common.capabilities | 1u << 2));
        break;
    case IPAM_T_DHCP_READ:
    case IPAM_T_DNS_READ:
        if (fill == FILL_ORDINARY)
            arg_set_int(req->args, "limit", 1000);
        break;
    default: break;
    }
}
