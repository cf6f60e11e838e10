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

static void print_tasks(struct json_writer *w, const struct conf *c)
{
    char text[32];
    jw_key(w, "tasks");
    jw_object(w);
    print_number(w, "servers_at_once", c->servers_at_once);
    for (size_t i = 0; i < CONF_TASKS; i++) {
        jw_key(w, conf_task_names[i]);
        jw_object(w);
        snprintf(text, sizeof(text), "%lldms", (long long)c->tasks[i].interval_ms);
        print_text(w, "interval", text);
        snprintf(text, sizeof(text), "%lldms", (long long)c->tasks[i].jitter_ms);
        print_text(w, "jitter", text);
        jw_key(w, "enabled");
        jw_bool(w, c->tasks[i].enabled);
        jw_object_end(w);
    }
    jw_object_end(w);
}

static void print_archive(struct json_writer *w, const struct conf_archive *a)
{
    char text[32];
    jw_key(w, "archive");
    jw_object(w);
    print_number(w, "most", a->most);
    snprintf(text, sizeof(text), "%lldms", (long long)a->keep_ms);
    print_text(w, "keep", text);
    jw_object_end(w);
}

static void print_tls(struct json_writer *w, const struct conf_tls *t)
{
    if (t->place.doc == NULL)
        return;
    jw_key(w, "tls");
    jw_object(w);
    print_text(w, "certificate", t->certificate);
    print_text(w, "key", t->key);
    print_text(w, "client_ca", t->client_ca);
    print_text(w, "client_crl", t->client_crl);
    print_text(w, "client", t->client_ca == NULL ? NULL : t->client_required ? "required" : "optional");
    jw_object_end(w);
}

static void print_identities(struct json_writer *w, const struct conf *c)
{
    jw_key(w, "identity");
    jw_array(w);
    for (size_t i = 0; i < c->identity_count; i++) {
        jw_object(w);
        print_text(w, "name", c->identities[i].name);
        print_text(w, "profile", c->identities[i].profile);
        jw_object_end(w);
    }
    jw_array_end(w);
}

static void print_reach(struct json_writer *w, const struct conf *c)
{
    if (c->reach.profile == NULL)
        return;
    jw_key(w, "reach");
    jw_object(w);
    print_text(w, "profile", c->reach.profile);
    jw_object_end(w);
}

static void print_certificates(struct json_writer *w, const struct conf *c)
{
    jw_key(w, "certificates");
    jw_array(w);
    for (size_t i = 0; i < c->cert_count; i++) {
        jw_object(w);
        print_text(w, "name", c->certs[i].name);
        print_text(w, "role", c->certs[i].role);
        print_text(w, "user", c->certs[i].user);
        print_text(w, conf_cert_kinds[c->certs[i].kind], c->certs[i].value);
        jw_object_end(w);
    }
    jw_array_end(w);
}

static void print_audit(struct json_writer *w, const struct conf_audit *a)
{
    char text[32];
    if (a->place.doc == NULL)
        return;
    jw_key(w, "audit");
    jw_object(w);
    print_text(w, "key", a->key);
    print_text(w, "next_key", a->next_key);
    print_text(w, "checkpoints", a->checkpoints);
    snprintf(text, sizeof(text), "%lldms", (long long)a->interval_ms);
    print_text(w, "interval", text);
    jw_key(w, "sinks");
    jw_array(w);
    for (size_t i = 0; i < a->sink_count; i++) {
        jw_object(w);
        print_text(w, "file", a->sinks[i].file);
        print_text(w, "syslog", a->sinks[i].syslog);
        jw_object_end(w);
    }
    jw_array_end(w);
    jw_object_end(w);
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
    print_text(&w, "master_key", c->master_key);
    print_text(&w, "user", c->user);
    print_text(&w, "group", c->group);
    print_text(&w, "sandbox", sandbox_mode_names[c->sandbox]);
    print_text(&w, "network_fence", sandbox_mode_names[c->network_fence]);
    jw_key(&w, "listen");
    jw_array(&w);
    for (size_t i = 0; i < c->listener_count; i++) {
        jw_object(&w);
        print_text(&w, "address", c->listeners[i].address);
        print_text(&w, "unix", c->listeners[i].unix_path);
        snprintf(mode, sizeof(mode), "%04o", c->listeners[i].mode & 0777);
        print_text(&w, "mode", c->listeners[i].unix_path != NULL ? mode : NULL);
        print_tls(&w, &c->listeners[i].tls);
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
        print_text(&w, "user", c->peers[i].user);
        jw_object_end(&w);
    }
    jw_array_end(&w);
    print_certificates(&w, c);
    print_identities(&w, c);
    print_reach(&w, c);
    print_tasks(&w, c);
    print_audit(&w, &c->audit);
    print_archive(&w, &c->archive);
    jw_object_end(&w);
}
