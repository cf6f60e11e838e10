/* describe.c - a plugin's descriptor as JSON, for people and for a daemon that must not load it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <string.h>

#include "base/json.h"
#include "ipam/status.h"
#include "provider/load.h"
#include "provider/reason.h"

#define DESCRIPTION_MAX (256u << 10)

static void member(struct json_writer *w, const char *key, const char *text)
{
    jw_key(w, key);
    jw_text(w, text);
}

static void describe_option(const struct ipam_option *o, struct json_writer *w)
{
    jw_object(w);
    member(w, "name", o->name);
    member(w, "kind", option_kind_name(o->kind));
    jw_key(w, "required");
    jw_bool(w, o->flags & IPAM_OPT_REQUIRED);
    if (o->flags & IPAM_OPT_PORT) {
        jw_key(w, "port");
        jw_bool(w, true);
    }
    if (o->flags & IPAM_OPT_SERVER) {
        jw_key(w, "server");
        jw_bool(w, true);
    }
    if (o->def)
        member(w, "default", o->def);
    if (option_has_range(o->kind)) {
        jw_key(w, "min");
        jw_int(w, o->min);
        jw_key(w, "max");
        jw_int(w, o->max);
    }
    if (o->kind == IPAM_OPT_ENUM) {
        jw_key(w, "names");
        jw_array(w);
        for (unsigned i = 0; o->names[i]; i++)
            jw_text(w, o->names[i]);
        jw_array_end(w);
    }
    member(w, "help", o->help);
    jw_object_end(w);
}

static void describe_list(const char *key, const char *const *texts, struct json_writer *w)
{
    jw_key(w, key);
    jw_array(w);
    for (unsigned i = 0; texts[i]; i++)
        jw_text(w, texts[i]);
    jw_array_end(w);
}

static void describe_capability(void *writer, const char *name)
{
    jw_text(writer, name);
}

static void describe_kind(uint32_t kind, const struct kind_offer *offer, struct json_writer *w)
{
    jw_key(w, kind_name(kind));
    jw_object(w);
    if (kind_thread_model(offer->thread_model)) {
        member(w, "thread_model", kind_thread_model(offer->thread_model));
        jw_key(w, "concurrency");
        jw_int(w, offer->concurrency);
    }
    jw_key(w, "capabilities");
    jw_array(w);
    kind_each_capability(kind, offer->capabilities, describe_capability, w);
    jw_array_end(w);
    jw_object_end(w);
}

void plugin_describe(const struct plugin *pl, struct strbuf *out)
{
    struct json_writer w;

    jw_init(&w, out);
    jw_object(&w);
    member(&w, "name", pl->name);
    member(&w, "version", pl->version);
    member(&w, "summary", pl->summary);
    jw_key(&w, "abi");
    jw_int(&w, IPAM_ABI);
    describe_list("requires", pl->requires, &w);
    describe_list("wants", pl->wants, &w);
    jw_key(&w, "check");
    jw_bool(&w, pl->has_check);
    jw_key(&w, "kinds");
    jw_object(&w);
    for (uint32_t kind = 1; kind < KIND_END; kind++)
        if (pl->offers[kind].offered)
            describe_kind(kind, &pl->offers[kind], &w);
    jw_object_end(&w);
    jw_key(&w, "options");
    jw_array(&w);
    for (unsigned i = 0; i < pl->options.count; i++)
        describe_option(&pl->options.items[i], &w);
    jw_array_end(&w);
    jw_object_end(&w);
    strbuf_putc(out, '\n');
}

void plugin_describe_failure(const char *name, int status, const char *reason, struct strbuf *out)
{
    struct json_writer w;

    jw_init(&w, out);
    jw_object(&w);
    member(&w, "name", name);
    jw_key(&w, "status");
    jw_int(&w, status);
    member(&w, "error", reason);
    jw_object_end(&w);
    strbuf_putc(out, '\n');
}

/* A member's text in the arena; NULL when it is no string. */
static const char *take_text(const struct json *v, const char *key, struct arena *a)
{
    struct ipam_str s = json_str(json_get(v, key));

    return s.data ? arena_memdup(a, s.data, s.len) : NULL;
}

static const char *const *take_names(const struct json *names, struct arena *a)
{
    const char **list = arena_alloc(a, (json_count(names) + 1) * sizeof(*list));
    size_t n = 0;

    for (const struct json *v = json_first(names); list && v; v = json_next(v))
        list[n++] = arena_memdup(a, json_str(v).data ? json_str(v).data : "", json_str(v).len);
    return list;
}

/* One option; what is missing or wrong is found by option_table_copy. */
static const struct ipam_option *take_option(const struct json *v, struct arena *a)
{
    struct ipam_option *o = arena_alloc(a, sizeof(*o));
    bool required = false, port = false, server = false;

    if (o == NULL)
        return NULL;
    o->size = sizeof(*o);
    o->name = take_text(v, "name", a);
    o->def = take_text(v, "default", a);
    o->help = take_text(v, "help", a);
    for (uint32_t kind = 1; option_kind_name(kind); kind++)
        if (str_is(json_str(json_get(v, "kind")), option_kind_name(kind)))
            o->kind = kind;
    json_bool(json_get(v, "required"), &required);
    json_bool(json_get(v, "port"), &port);
    json_bool(json_get(v, "server"), &server);
    o->flags =
        (required ? IPAM_OPT_REQUIRED : 0) | (port ? IPAM_OPT_PORT : 0) | (server ? IPAM_OPT_SERVER : 0);
    json_int(json_get(v, "min"), &o->min);
    json_int(json_get(v, "max"), &o->max);
    if (o->kind == IPAM_OPT_ENUM)
        o->names = take_names(json_get(v, "names"), a);
    return o;
}

static int take_options(const struct json *list, struct plugin *pl, char *err)
{
    const struct ipam_option **table = arena_alloc(&pl->arena, (json_count(list) + 1) * sizeof(*table));
    size_t n = 0;

    for (const struct json *v = json_first(list); table && v; v = json_next(v))
        table[n++] = take_option(v, &pl->arena);
    return table ? option_table_copy(table, &pl->arena, &pl->options, err) : IPAM_E_NOMEM;
}

/* One kind as describe_kind wrote it; false when it makes no sense. */
static bool take_kind(const struct json *v, struct kind_offer *offers)
{
    uint32_t kind = kind_find(json_key(v).data, json_key(v).len);
    struct ipam_str model = json_str(json_get(v, "thread_model"));
    struct kind_offer *o = &offers[kind];
    int64_t concurrency = 0;

    if (kind == 0 || json_type(v) != JSON_OBJECT)
        return false;
    o->offered = true;
    for (uint32_t m = 1; kind_thread_model(m); m++)
        if (str_is(model, kind_thread_model(m)))
            o->thread_model = m;
    json_int(json_get(v, "concurrency"), &concurrency);
    o->concurrency = (uint32_t)concurrency;
    for (const struct json *c = json_first(json_get(v, "capabilities")); c; c = json_next(c)) {
        uint64_t bit = json_str(c).data ? kind_capability(kind, json_str(c).data, json_str(c).len) : 0;

        if (bit == 0)
            return false;
        o->capabilities |= bit;
    }
    return kind == IPAM_KIND_STORAGE || o->thread_model != 0;
}

static bool take_kinds(const struct json *kinds, struct kind_offer *offers)
{
    bool well = json_count(kinds) > 0;

    for (const struct json *v = json_first(kinds); well && v; v = json_next(v))
        well = take_kind(v, offers);
    return well;
}

/* The status and reason of a helper that could not load its plugin. */
static int take_failure(const struct json *root, char *err)
{
    struct ipam_str reason = json_str(json_get(root, "error"));
    int64_t status = IPAM_E_PROVIDER;

    if (json_int(json_get(root, "status"), &status) < 0 || status >= 0 || status < -65535)
        status = IPAM_E_PROVIDER;
    return refuse((int)status, err, STR_FMT, STR_ARG(reason));
}

int plugin_from_description(const char *name, struct ipam_str json, struct plugin *pl, char *err)
{
    struct json_doc *doc = NULL;
    struct json_error e;
    const struct json *root;
    int64_t abi = -1;
    int status = json_parse(json.data, json.len, DESCRIPTION_MAX, &doc, &e);

    if (status == IPAM_E_NOMEM)
        return refuse(status, err, "the plugin %s cannot be described: out of memory; give the process more",
                      name);
    if (status < 0)
        return refuse(IPAM_E_PROVIDER, err,
                      "the plugin %s cannot be described: its helper answered no JSON (%zu bytes): "
                      "see the log for its last words",
                      name, json.len);
    root = json_root(doc);
    if (json_get(root, "error")) {
        status = take_failure(root, err);
        goto out;
    }
    json_int(json_get(root, "abi"), &abi);
    pl->version = take_text(root, "version", &pl->arena);
    pl->summary = take_text(root, "summary", &pl->arena);
    if (!str_is(json_str(json_get(root, "name")), name) || abi != IPAM_ABI || !pl->version || !pl->summary ||
        !take_kinds(json_get(root, "kinds"), pl->offers)) {
        status = refuse(IPAM_E_CONFIG, err,
                        "the plugin %s cannot be described: ipam-provider-host is of another version: "
                        "reinstall ipamd",
                        name);
        goto out;
    }
    memcpy(pl->name, name, strlen(name) + 1);
    pl->requires = take_names(json_get(root, "requires"), &pl->arena);
    pl->wants = take_names(json_get(root, "wants"), &pl->arena);
    json_bool(json_get(root, "check"), &pl->has_check);
    status = take_options(json_get(root, "options"), pl, err);
out:
    json_free(doc);
    if (status < 0)
        plugin_fini(pl);
    return status;
}
