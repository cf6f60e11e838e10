/* values.c - the options an instance is opened with: from the file, from defaults, or made up.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "conform.h"
#include "host_p.h"
#include "net/addr.h"

static const struct ipam_option *option_at(unsigned i)
{
    if (plugin == NULL || plugin->options == NULL || i >= OPTION_COUNT)
        return NULL;
    return plugin->options[i];
}

unsigned option_count(void)
{
    unsigned n = 0;

    while (option_at(n) != NULL)
        n++;
    return n;
}

const struct ipam_option *option_find(const char *name, unsigned *ret_index)
{
    const struct ipam_option *o;

    for (unsigned i = 0; (o = option_at(i)) != NULL; i++) {
        if (strcmp(o->name, name) == 0) {
            *ret_index = i;
            return o;
        }
    }
    return NULL;
}

static int parse_int(const char *text, int64_t *ret)
{
    char *end;

    errno = 0;
    *ret = strtoll(text, &end, 10);
    return text[0] != '\0' && *end == '\0' && errno == 0 ? 0 : IPAM_E_INVAL;
}

static bool in_range(const struct ipam_option *o, int64_t n)
{
    return n >= o->min && n <= o->max;
}

static int parse_enum(const struct ipam_option *o, const char *text)
{
    for (unsigned i = 0; o->names != NULL && o->names[i] != NULL; i++)
        if (strcmp(o->names[i], text) == 0)
            return 0;
    return IPAM_E_INVAL;
}

static int parse_list(const char *text, struct value *v)
{
    char *at;

    v->items = xcalloc(LIST_MAX, sizeof(*v->items));
    for (at = v->text; *at != '\0' && v->item_count < LIST_MAX;) {
        size_t len = strcspn(at, ",");
        v->items[v->item_count++] = (struct ipam_str){ at, len };
        at += len + (at[len] == ',');
    }
    return text != NULL && *at == '\0' ? 0 : IPAM_E_INVAL;
}

int value_parse_text(const struct ipam_option *o, const char *text, struct value *ret)
{
    size_t len = strlen(text);

    *ret = (struct value){ .present = true, .text = xstrdup(text) };
    switch (o->kind) {
    case IPAM_OPT_TEXT: return 0;
    case IPAM_OPT_INT:
        return parse_int(text, &ret->number) < 0 || !in_range(o, ret->number) ? IPAM_E_INVAL : 0;
    case IPAM_OPT_BOOL:
        ret->number = strcmp(text, "true") == 0;
        return ret->number || strcmp(text, "false") == 0 ? 0 : IPAM_E_INVAL;
    case IPAM_OPT_ENUM: return parse_enum(o, text);
    case IPAM_OPT_DURATION:
        return duration_parse(text, len, &ret->number) < 0 || !in_range(o, ret->number) ? IPAM_E_INVAL : 0;
    case IPAM_OPT_PATH: return text[0] == '/' ? 0 : IPAM_E_INVAL;
    case IPAM_OPT_ADDRESS: return addr_parse(text, len, &ret->addr);
    case IPAM_OPT_PREFIX: return prefix_parse(text, len, &ret->prefix);
    case IPAM_OPT_LIST:
        return parse_list(text, ret) < 0 || !in_range(o, (int64_t)ret->item_count) ? IPAM_E_INVAL : 0;
    default: return IPAM_E_INVAL;
    }
}

static void keep_secret(const char *text, struct value *v)
{
    unsigned i = 0;

    v->present = true;
    v->secret_len = strlen(text);
    v->secret = xcalloc(1, v->secret_len + 1);
    memcpy(v->secret, text, v->secret_len);
    while (i < SECRETS_MAX - 2 && told_secrets[i] != NULL && strcmp(told_secrets[i], text) != 0)
        i++;
    if (v->secret_len >= 4)
        told_secrets[i] = xstrdup(text);
}

static void secret_named(const char *name, unsigned who, struct value *v)
{
    char text[96];

    for (unsigned i = 0; i < settings.secret_count; i++) {
        if (strcmp(settings.secrets[i].name, name) == 0) {
            keep_secret(settings.secrets[i].value, v);
            return;
        }
    }
    snprintf(text, sizeof(text), "canary-%u-of-%.60s", who, name);
    keep_secret(text, v);
}

/* A value no default gives: the least that the table allows. */
static void make_up(const struct ipam_option *o, unsigned who, char *text, size_t size)
{
    int64_t low = o->min > 0 ? o->min : o->max < 0 ? o->max : o->min > 1 || o->max < 1 ? o->min : 1;
    size_t used = 0;

    switch (o->kind) {
    case IPAM_OPT_INT: snprintf(text, size, "%" PRId64, low); break;
    case IPAM_OPT_DURATION:
        snprintf(text, size, "%" PRId64 "ms", o->max >= 1000 && o->min <= 1000 ? 1000 : low);
        break;
    case IPAM_OPT_BOOL: snprintf(text, size, "true"); break;
    case IPAM_OPT_ENUM:
        snprintf(text, size, "%s", o->names != NULL && o->names[0] != NULL ? o->names[0] : "");
        break;
    case IPAM_OPT_PATH: snprintf(text, size, "%s/%s-%u", settings.folder, o->name, who); break;
    case IPAM_OPT_ADDRESS: snprintf(text, size, "127.0.0.%u", who + 1); break;
    case IPAM_OPT_PREFIX: snprintf(text, size, "192.0.2.0/24"); break;
    case IPAM_OPT_LIST:
        text[0] = '\0';
        for (int64_t i = 0; i < low && used + 16 < size; i++)
            used += (size_t)snprintf(text + used, size - used, "%sitem%d", i ? "," : "", (int)i);
        break;
    default: snprintf(text, size, "conform-%u", who); break;
    }
}

/* JSON as it would be in the configuration, as text of an option. */
static bool json_text(const struct json *v, char *text, size_t size)
{
    struct ipam_str s = json_type(v) == JSON_STRING ? json_str(v) : json_span(settings.options, v);
    size_t used = 0;

    if (json_type(v) == JSON_ARRAY) {
        text[0] = '\0';
        for (const struct json *i = json_first(v); i != NULL && used < size; i = json_next(i))
            used += (size_t)snprintf(text + used, size - used, "%s%.*s", used ? "," : "",
                                     (int)json_str(i).len, json_str(i).data);
        return used < size;
    }
    return (size_t)snprintf(text, size, "%.*s", (int)s.len, s.data) < size;
}

static void take_given(const struct ipam_option *o, const struct json *given, unsigned who, struct value *v)
{
    struct ipam_str name = json_str(json_get(given, "secret"));
    char text[4200];

    if (o->kind == IPAM_OPT_SECRET) {
        snprintf(text, sizeof(text), "%.*s", (int)name.len, name.data != NULL ? name.data : "");
        secret_named(name.data != NULL ? text : o->name, who, v);
        return;
    }
    if (!json_text(given, text, sizeof(text)) || value_parse_text(o, text, v) < 0)
        trial_unjudged("--options: '%s' has a value that the option table does not allow", o->name);
}

void values_make(struct value *v, enum make make, unsigned who)
{
    const struct ipam_option *o;
    char text[4200];

    for (unsigned i = 0; (o = option_at(i)) != NULL; i++) {
        const struct json *given = json_get(json_root(settings.options), o->name);
        bool needed = make == MAKE_ALL || (o->flags & IPAM_OPT_REQUIRED) != 0;
        if (given != NULL) {
            take_given(o, given, who, &v[i]);
        } else if (o->def != NULL && o->kind != IPAM_OPT_SECRET) {
            if (value_parse_text(o, o->def, &v[i]) < 0)
                trial_unjudged("the default of '%s' is not valid: see option-table", o->name);
        } else if (o->kind == IPAM_OPT_SECRET) {
            secret_named(o->name, who, &v[i]);
        } else if (needed) {
            make_up(o, who, text, sizeof(text));
            if (value_parse_text(o, text, &v[i]) < 0)
                trial_unjudged("no value can be made up for '%s'; give one with --options", o->name);
        }
    }
}

void values_set(struct value *v, const char *name, const char *text)
{
    unsigned i = 0;
    const struct ipam_option *o = option_find(name, &i);
    struct value new;

    if (o == NULL || value_parse_text(o, text, &new) < 0)
        trial_unjudged("'%s' does not take '%s': see option-table", name, text);
    free(v[i].text);
    free(v[i].items);
    v[i] = new;
}
