/* option_value.c - one option's value from text or JSON.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "provider/option_value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ipam/status.h"
#include "net/addr.h"
#include "provider/reason.h"

static int check_int(const struct ipam_option *o, int64_t n, struct option_value *ret, char *why)
{
    if (n < o->min || n > o->max)
        return refuse(IPAM_E_INVAL, why, "is %" PRId64 "; write %" PRId64 " to %" PRId64, n, o->min, o->max);
    ret->number = n;
    return 0;
}

static int check_text(struct ipam_str text, struct option_value *ret, char *why)
{
    if (text.len > OPTION_TEXT_MAX)
        return refuse(IPAM_E_INVAL, why, "is too long (%zu bytes); write %d bytes at most", text.len,
                      OPTION_TEXT_MAX);
    ret->text = text;
    return 0;
}

static int check_enum(const struct ipam_option *o, struct ipam_str text, struct option_value *ret, char *why)
{
    int len;

    for (unsigned i = 0; o->names[i]; i++) {
        if (str_is(text, o->names[i])) {
            ret->text = text;
            ret->number = i;
            return 0;
        }
    }
    len = snprintf(why, PROVIDER_ERR_MAX, "is '%.*s'; write one of", (int)(text.len < 64 ? text.len : 64),
                   text.data);
    for (unsigned i = 0; o->names[i] && len < PROVIDER_ERR_MAX; i++)
        len += snprintf(why + len, PROVIDER_ERR_MAX - (size_t)len, "%s '%s'", i ? "," : "", o->names[i]);
    return IPAM_E_INVAL;
}

static int check_duration(const struct ipam_option *o, struct ipam_str text, struct option_value *ret,
                          char *why)
{
    int64_t ms;

    if (duration_parse(text.data, text.len, &ms) < 0)
        return refuse(IPAM_E_INVAL, why,
                      "is no duration; write a number and ms, s, m, h or d, for example \"5s\"");
    if (ms < o->min || ms > o->max)
        return refuse(IPAM_E_INVAL, why, "is %" PRId64 " ms; write %" PRId64 "ms to %" PRId64 "ms", ms,
                      o->min, o->max);
    ret->number = ms;
    return 0;
}

static int check_path(struct ipam_str text, struct option_value *ret, char *why)
{
    if (text.len == 0 || text.data[0] != '/')
        return refuse(IPAM_E_INVAL, why, "is no absolute path; write one that begins with /");
    return check_text(text, ret, why);
}

/* A secret's name is a file's name for whoever keeps secrets in files: no way out of their folder. */
static int check_secret(struct ipam_str name, struct option_value *ret, char *why)
{
    size_t ok = 0;

    while (ok < name.len &&
           memchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", name.data[ok], 65))
        ok++;
    if (name.len == 0 || name.len > 128 || ok < name.len || name.data[0] == '.')
        return refuse(IPAM_E_INVAL, why,
                      "has no secret's name; write 1 to 128 of a-z, A-Z, 0-9, '.', '_' and '-', not "
                      "beginning with '.'");
    ret->text = name;
    return 0;
}

static int parse_bool(struct ipam_str text, struct option_value *ret, char *why)
{
    if (!str_is(text, "true") && !str_is(text, "false"))
        return refuse(IPAM_E_INVAL, why, "is no boolean; write true or false");
    ret->number = str_is(text, "true");
    return 0;
}

static int parse_int(const struct ipam_option *o, struct ipam_str text, struct option_value *ret, char *why)
{
    char buf[24], *end;
    long long n;

    if (text.len == 0 || text.len >= sizeof(buf))
        return refuse(IPAM_E_INVAL, why, "is no integer");
    memcpy(buf, text.data, text.len);
    buf[text.len] = '\0';
    errno = 0;
    n = strtoll(buf, &end, 10);
    if (*end || errno)
        return refuse(IPAM_E_INVAL, why, "is no integer");
    return check_int(o, n, ret, why);
}

static int check_address(struct ipam_str text, struct option_value *ret, char *why)
{
    struct ipam_addr a;

    if (addr_parse(text.data, text.len, &a) < 0)
        return refuse(IPAM_E_INVAL, why, "is no address; write one such as 10.0.0.1 or 2001:db8::1");
    ret->text = text;
    return 0;
}

static int check_prefix(struct ipam_str text, struct option_value *ret, char *why)
{
    struct ipam_prefix p;

    if (prefix_parse(text.data, text.len, &p) < 0)
        return refuse(IPAM_E_INVAL, why,
                      "is no prefix; write one such as 10.0.0.0/8, without bits beyond its length");
    ret->text = text;
    return 0;
}

static int check_items(const struct ipam_option *o, size_t count, char *why)
{
    if ((int64_t)count < o->min || (int64_t)count > o->max)
        return refuse(IPAM_E_INVAL, why, "has %zu items; write %" PRId64 " to %" PRId64, count, o->min,
                      o->max);
    return 0;
}

/* A list as its default is written: "a,b"; the empty text has no item. */
static int parse_list(const struct ipam_option *o, struct ipam_str text, struct arena *a,
                      struct option_value *ret, char *why)
{
    struct ipam_str *items;
    size_t count = text.len > 0, n = 0, from = 0;
    int status;

    for (size_t i = 0; i < text.len; i++)
        count += text.data[i] == ',';
    status = check_items(o, count, why);
    if (status < 0)
        return status;
    items = arena_alloc(a, (count + 1) * sizeof(*items));
    for (size_t i = 0; items && n < count; i++) {
        if (i < text.len && text.data[i] != ',')
            continue;
        items[n++] = (struct ipam_str){ text.data + from, i - from };
        from = i + 1;
    }
    ret->items = (struct ipam_strs){ items, n };
    return items ? 0 : IPAM_E_NOMEM;
}

int option_parse(const struct ipam_option *o, struct ipam_str text, struct arena *a, struct option_value *ret,
                 char *why)
{
    *ret = (struct option_value){ .present = true };
    switch (o->kind) {
    case IPAM_OPT_TEXT: return check_text(text, ret, why);
    case IPAM_OPT_INT: return parse_int(o, text, ret, why);
    case IPAM_OPT_BOOL: return parse_bool(text, ret, why);
    case IPAM_OPT_ENUM: return check_enum(o, text, ret, why);
    case IPAM_OPT_DURATION: return check_duration(o, text, ret, why);
    case IPAM_OPT_PATH: return check_path(text, ret, why);
    case IPAM_OPT_SECRET: return check_secret(text, ret, why);
    case IPAM_OPT_ADDRESS: return check_address(text, ret, why);
    case IPAM_OPT_PREFIX: return check_prefix(text, ret, why);
    case IPAM_OPT_LIST: return parse_list(o, text, a, ret, why);
    default: return refuse(IPAM_E_INVAL, why, "is of a kind this version does not know");
    }
}

static int wrong_type(const char *expected, const struct json *v, char *why)
{
    return refuse(IPAM_E_INVAL, why, "is %s; write %s", json_type_name(json_type(v)), expected);
}

static int list_from_json(const struct ipam_option *o, const struct json *v, struct arena *a,
                          struct option_value *ret, char *why)
{
    struct ipam_str *items;
    size_t n = 0;
    int status;

    if (json_type(v) != JSON_ARRAY)
        return wrong_type("a list of texts", v, why);
    status = check_items(o, json_count(v), why);
    if (status < 0)
        return status;
    items = arena_alloc(a, (json_count(v) + 1) * sizeof(*items));
    if (items == NULL)
        return IPAM_E_NOMEM;
    for (const struct json *item = json_first(v); item; item = json_next(item)) {
        if (json_type(item) != JSON_STRING)
            return refuse(IPAM_E_INVAL, why, "has an item that is %s; write texts alone",
                          json_type_name(json_type(item)));
        if (json_str(item).len > OPTION_TEXT_MAX)
            return refuse(IPAM_E_INVAL, why, "has an item of %zu bytes; write %d at most", json_str(item).len,
                          OPTION_TEXT_MAX);
        items[n++] = json_str(item);
    }
    *ret = (struct option_value){ .present = true, .items = { items, n } };
    return 0;
}

static int secret_from_json(const struct ipam_option *o, const struct json *v, struct arena *a,
                            struct option_value *ret, char *why)
{
    const struct json *name = json_get(v, "secret");

    if (json_type(v) != JSON_OBJECT || json_type(name) != JSON_STRING || json_count(v) != 1)
        return wrong_type("{ \"secret\": \"NAME\" }, never the secret itself", v, why);
    return option_parse(o, json_str(name), a, ret, why);
}

int option_from_json(const struct ipam_option *o, const struct json *v, struct arena *a,
                     struct option_value *ret, char *why)
{
    bool yes;
    int64_t n;

    switch (o->kind) {
    case IPAM_OPT_INT:
        *ret = (struct option_value){ .present = true };
        if (json_type(v) != JSON_NUMBER)
            return wrong_type("an integer", v, why);
        if (json_int(v, &n) < 0)
            return refuse(IPAM_E_INVAL, why, "is no integer; write %" PRId64 " to %" PRId64, o->min, o->max);
        return check_int(o, n, ret, why);
    case IPAM_OPT_BOOL:
        *ret = (struct option_value){ .present = true };
        if (json_bool(v, &yes) < 0)
            return wrong_type("true or false", v, why);
        ret->number = yes;
        return 0;
    case IPAM_OPT_SECRET: return secret_from_json(o, v, a, ret, why);
    case IPAM_OPT_LIST: return list_from_json(o, v, a, ret, why);
    default:
        if (json_type(v) != JSON_STRING)
            return wrong_type("a string", v, why);
        return option_parse(o, json_str(v), a, ret, why);
    }
}
