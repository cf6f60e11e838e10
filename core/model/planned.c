/* planned.c - what a plan tells of its object: where it is, and how people call it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/planned.h"

#include <stdarg.h>
#include <string.h>

#include "base/json.h"

void planned_say(char *buf, size_t size, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    utf8_vprint(buf, size, fmt, ap);
    va_end(ap);
}

bool rule_same_client(const struct ipam_reservation *a, const struct ipam_reservation *b)
{
    return a->identifier_type == b->identifier_type && a->identifier.len == b->identifier.len &&
           (a->identifier.len == 0 || memcmp(a->identifier.data, b->identifier.data, a->identifier.len) == 0);
}

/* A reservation of another client, or a record of other data, takes the place of what was there. */
static bool is_replaced(const void *before, const void *after)
{
    uint32_t type = ((const struct ipam_record *)after)->type;
    return type == IPAM_T_DNS_RECORD || (type == IPAM_T_RESERVATION && !rule_same_client(before, after));
}

const char *planned_verb(const struct server_change *c)
{
    if (c->after != NULL && ((const struct ipam_record *)c->after)->type == IPAM_T_SERVER_CONFIG)
        return "restore";
    if (c->before == NULL || c->after == NULL)
        return c->before == NULL ? "add" : "delete";
    return is_replaced(c->before, c->after) ? "replace" : "change";
}

/* --- where it is --- */

int64_t rule_ref(const void *rec, const char *name)
{
    const struct record_type *t = record_type(((const struct ipam_record *)rec)->type);
    const struct record_field *f = record_field(t, str_from(name));
    return f != NULL && f->kind == KIND_REF && record_has(rec, f->number)
               ? *(const int64_t *)(const void *)((const char *)rec + f->offset)
               : 0;
}

/* --- in words --- */

#define SAY(...) planned_say(ret, PLANNED_WORDS, __VA_ARGS__)

static void say_reservation(const struct ipam_reservation *r, char *ret)
{
    char text[ADDR_TEXT_MAX];
    addr_print(&r->address, text);
    SAY("reservation %s", text);
}

static void say_lease(const struct ipam_lease *l, char *ret)
{
    char text[ADDR_TEXT_MAX];
    addr_print(&l->address, text);
    if (record_has(l, IPAM_LEASE_PREFIX_LENGTH))
        SAY("lease %s/%lld", text, (long long)l->prefix_length);
    else
        SAY("lease %s", text);
}

static void say_range(const char *what, const struct ipam_addr *first, const struct ipam_addr *last,
                      char *ret)
{
    char from[ADDR_TEXT_MAX], to[ADDR_TEXT_MAX];
    addr_print(first, from);
    addr_print(last, to);
    SAY("%s %s-%s", what, from, to);
}

static void say_value(const struct ipam_option_value *o, char *ret)
{
    static const char *const owners[] = { "server", "superscope", "scope",      "pool",
                                          "class",  "policy",     "reservation" };
    struct ipam_str of = record_has(o, IPAM_OPTION_VALUE_HOLDER) ? o->holder : o->native_scope;
    SAY("option %lld of %s " STR_FMT, (long long)o->code, owners[o->owner % 7], STR_ARG(of));
}

static void say_config(const struct ipam_server_config *c, char *ret)
{
    struct strbuf time;
    strbuf_init(&time, PLANNED_WORDS);
    record_field_print(record_field_number(record_type(c->type), IPAM_SERVER_CONFIG_FIRST_SEEN), c, &time);
    SAY("configuration " STR_FMT " of " STR_FMT, STR_ARG(c->part), STR_ARG(strbuf_str(&time)));
    strbuf_fini(&time);
}

static void say(const void *rec, char *ret)
{
    const struct record_type *t = record_type(((const struct ipam_record *)rec)->type);
    const struct ipam_dns_record *n = rec;
    const struct ipam_pool *pool = rec;
    const struct ipam_exclusion *x = rec;
    const struct ipam_option_definition *def = rec;
    char text[PREFIX_TEXT_MAX];
    switch (t->type) {
    case IPAM_T_DNS_RECORD:
        SAY("record " STR_FMT " " STR_FMT " " STR_FMT, STR_ARG(n->name), STR_ARG(n->type_), STR_ARG(n->data));
        break;
    case IPAM_T_RESERVATION: say_reservation(rec, ret); break;
    case IPAM_T_LEASE: say_lease(rec, ret); break;
    case IPAM_T_SCOPE:
        prefix_print(&((const struct ipam_scope *)rec)->prefix, text);
        SAY("scope %s", text);
        break;
    case IPAM_T_POOL: say_range("pool", &pool->first, &pool->last, ret); break;
    case IPAM_T_EXCLUSION: say_range("exclusion", &x->first, &x->last, ret); break;
    case IPAM_T_SUPERSCOPE:
        SAY("superscope " STR_FMT, STR_ARG(((const struct ipam_superscope *)rec)->name));
        break;
    case IPAM_T_DHCP_CLASS:
        SAY("class " STR_FMT, STR_ARG(((const struct ipam_dhcp_class *)rec)->name));
        break;
    case IPAM_T_OPTION_DEFINITION:
        SAY("definition of option %lld " STR_FMT, (long long)def->code, STR_ARG(def->name));
        break;
    case IPAM_T_OPTION_VALUE: say_value(rec, ret); break;
    case IPAM_T_SERVER_CONFIG: say_config(rec, ret); break;
    default: SAY("%s", t->name); break;
    }
}

void planned_of(const void *rec, struct planned *ret)
{
    const struct ipam_scope *s = rec;
    *ret = (struct planned){ .server = rule_ref(rec, "server"),
                             .scope = s->type == IPAM_T_SCOPE ? s->id : rule_ref(rec, "scope"),
                             .zone = rule_ref(rec, "zone") };
    say(rec, ret->words);
}
