/* print.c - the effective configuration as JSON.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "conf/conf.h"

static void print_text(struct json_writer *w, const char *key, const char *value)
{
    if (value == NULL)
        return;
    jw_key(w, key);
    jw_text(w, value);
}

static void print_options(struct json_writer *w, const struct conf_place *at)
{
    if (at->value == NULL)
        return;
    jw_key(w, "options");
    jw_raw(w, json_span(at->doc, at->value));
}

static void print_number(struct json_writer *w, const char *key, unsigned n)
{
    if (n == 0)
        return;
    jw_key(w, key);
    jw_int(w, n);
}

static void print_limits(struct json_writer *w, const struct conf_plugin *p)
{
    char text[32];
    jw_key(w, "critical");
    jw_bool(w, p->critical);
    print_number(w, "helpers", p->helpers);
    print_number(w, "max_concurrency", p->max_concurrency);
    print_number(w, "memory_mib", p->memory_mib);
    snprintf(text, sizeof(text), "%lldms", (long long)p->timeout_ms);
    print_text(w, "timeout", p->timeout_ms > 0 ? text : NULL);
}

void conf_print(const struct conf *c, struct strbuf *out)
{
    struct json_writer w;
    char mode[8];
    jw_init(&w, out);
    jw_object(&w);
    print_text(&w, "node", c->node);
    print_text(&w, "log_level", c->log_level);
    print_text(&w, "log_format", c->log_format);
    jw_key(&w, "listen");
    jw_array(&w);
    for (size_t i = 0; i < c->listener_count; i++) {
        jw_object(&w);
        print_text(&w, "address", c->listeners[i].address);
        print_text(&w, "unix", c->listeners[i].unix_path);
        snprintf(mode, sizeof(mode), "%04o", c->listeners[i].mode & 0777);
        print_text(&w, "mode", c->listeners[i].unix_path != NULL ? mode : NULL);
        jw_object_end(&w);
    }
    jw_array_end(&w);
    jw_key(&w, "storage");
    jw_object(&w);
    print_text(&w, "plugin", c->storage.name);
    print_options(&w, &c->storage.options);
    jw_object_end(&w);
    jw_key(&w, "plugins");
    jw_array(&w);
    for (size_t i = 0; i < c->plugin_count; i++) {
        jw_object(&w);
        print_text(&w, "name", c->plugins[i].name);
        print_text(&w, "isolation", c->plugins[i].isolated ? "process" : "none");
        print_limits(&w, &c->plugins[i]);
        print_options(&w, &c->plugins[i].options);
        jw_object_end(&w);
    }
    jw_array_end(&w);
    jw_key(&w, "profiles");
    jw_array(&w);
    for (size_t i = 0; i < c->profile_count; i++) {
        jw_object(&w);
        print_text(&w, "name", c->profiles[i].name);
        print_text(&w, "driver", c->profiles[i].driver);
        print_options(&w, &c->profiles[i].options);
        jw_object_end(&w);
    }
    jw_array_end(&w);
    jw_key(&w, "tokens");
    jw_array(&w);
    for (size_t i = 0; i < c->token_count; i++) {
        jw_object(&w);
        print_text(&w, "name", c->tokens[i].name);
        print_text(&w, "role", c->tokens[i].role);
        print_text(&w, "file", c->tokens[i].file);
        jw_object_end(&w);
    }
    jw_array_end(&w);
    jw_key(&w, "peers");
    jw_array(&w);
    for (size_t i = 0; i < c->peer_count; i++) {
        jw_object(&w);
        jw_key(&w, "uid");
        jw_int(&w, c->peers[i].uid);
        print_text(&w, "role", c->peers[i].role);
        jw_object_end(&w);
    }
    jw_array_end(&w);
    jw_object_end(&w);
}
