/* sandbox.c - what the daemon itself may do, by its configuration, from before a listener accepts.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * It is for the life of the process, and files come and go: rights are to folders. What a reload may bring
 * must lie in one of them, or it is refused with the advice to restart. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/app_p.h"
#include "base/log.h"
#include "sandbox/sandbox.h"

#define READ_ONLY  SANDBOX_READ
#define READ_WRITE (SANDBOX_READ | SANDBOX_WRITE | SANDBOX_CHANGE)

struct folders {
    struct sandbox_rules *rules;
    struct arena arena;
    bool full;
};

/* The folder of a file, which need not be there itself. */
static const char *folder_of(struct arena *a, const char *file)
{
    const char *slash = strrchr(file, '/');
    return slash == NULL ? "." : slash == file ? "/" : arena_memdup(a, file, (size_t)(slash - file));
}

static void allow(struct folders *f, const char *path, unsigned rights)
{
    if (!sandbox_allow_path(f->rules, path, rights))
        f->full = true;
}

/* The folders of whatever options name with an absolute path: the tables say which are paths, but those of
 * storage are not loaded yet. */
static void allow_options(struct folders *f, const struct conf_place *options, unsigned rights)
{
    for (const struct json *m = json_first(options->value); m != NULL; m = json_next(m)) {
        struct ipam_str text = json_str(m);
        if (text.len > 1 && text.data[0] == '/')
            allow(f, folder_of(&f->arena, arena_memdup(&f->arena, text.data, text.len)), rights);
    }
}

/* A link leads to another folder; both are read. */
static void allow_config(struct folders *f, const char *path)
{
    char *real = realpath(path, NULL);
    allow(f, folder_of(&f->arena, path), READ_ONLY);
    allow(f, arena_printf(&f->arena, "%s.d", path), READ_ONLY);
    if (real != NULL)
        allow(f, folder_of(&f->arena, arena_memdup(&f->arena, real, strlen(real))), READ_ONLY);
    free(real);
}

/* A plugin of this process opens what its options name. */
static void allow_in_process(struct folders *f, const struct conf *conf)
{
    for (size_t i = 0; i < conf->plugin_count; i++) {
        const struct conf_plugin *p = &conf->plugins[i];
        if (p->isolated)
            continue;
        f->rules->internet = true;
        allow_options(f, &p->options, READ_ONLY | SANDBOX_WRITE);
        for (size_t k = 0; k < conf->profile_count; k++)
            if (p->name != NULL && conf->profiles[k].driver != NULL &&
                strcmp(conf->profiles[k].driver, p->name) == 0)
                allow_options(f, &conf->profiles[k].options, READ_ONLY | SANDBOX_WRITE);
    }
}

/* Certificates are renewed: they are read again at each reload. */
static void allow_tls(struct folders *f, const struct conf_tls *tls)
{
    const char *const files[] = { tls->certificate, tls->key, tls->client_ca, tls->client_crl };
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        if (files[i] != NULL)
            allow(f, folder_of(&f->arena, files[i]), READ_ONLY);
}

/* Keys are made at the first start and renewed; checkpoints and what is sent of them are appended to. */
static void allow_keys(struct folders *f, const struct conf *conf)
{
    const struct conf_audit *a = &conf->audit;
    const char *const files[] = { conf->master_key, a->key, a->next_key, a->checkpoints };
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        if (files[i] != NULL)
            allow(f, folder_of(&f->arena, files[i]), READ_WRITE);
    for (size_t i = 0; i < a->sink_count; i++)
        if (a->sinks[i].file != NULL)
            allow(f, folder_of(&f->arena, a->sinks[i].file), READ_WRITE);
}

/* What is stored, and what it is stored by. */
static void allow_stored(struct folders *f, const struct conf *conf)
{
    allow(f, IPAM_PROVIDER_DIR, READ_ONLY);
    allow(f, getenv("CREDENTIALS_DIRECTORY"), READ_ONLY);
    allow_options(f, &conf->storage.options, READ_WRITE);
    allow_keys(f, conf);
}

static void fill(struct folders *f, const char *path, const struct conf *conf)
{
    allow_config(f, path);
    allow_stored(f, conf);
    for (size_t i = 0; i < conf->token_count; i++)
        allow(f, folder_of(&f->arena, conf->tokens[i].file), READ_WRITE);
    for (size_t i = 0; i < conf->listener_count; i++) {
        allow_tls(f, &conf->listeners[i].tls);
        if (conf->listeners[i].unix_path != NULL)
            allow(f, folder_of(&f->arena, conf->listeners[i].unix_path), READ_ONLY | SANDBOX_CHANGE);
    }
    allow_in_process(f, conf);
}

static void warn(const struct conf *conf)
{
    if (conf->sandbox == SANDBOX_OFF)
        log_event(LOG_WARN_, "sandbox-off",
                  "\"sandbox\" is \"off\": neither ipamd nor its plugins are fenced in; set it to \"on\"");
    if (geteuid() == 0)
        log_event(LOG_WARN_, "running-as-root",
                  "ipamd runs as root%s; give it a user of its own: User= in its unit, or \"user\" in the "
                  "configuration",
                  conf->sandbox == SANDBOX_OFF ? "" : ", without any capability");
}

bool app_fences_network(const struct conf *conf)
{
    struct sandbox_abilities can;
    if (conf->sandbox == SANDBOX_OFF || conf->network_fence == SANDBOX_OFF)
        return false;
    sandbox_probe(&can);
    return can.network;
}

/* A plugin that may reach any address; NULL. */
static const char *unfenced_plugin(const struct conf *conf)
{
    bool fenced = app_fences_network(conf);
    for (size_t i = 0; i < conf->plugin_count; i++)
        if (!conf->plugins[i].isolated || !fenced)
            return conf->plugins[i].name;
    return NULL;
}

/* Says so when plugins may reach any address; false when that is not to be. */
static bool judge_network(const struct conf *conf)
{
    const char *plugin = unfenced_plugin(conf);
    bool required = conf->network_fence == SANDBOX_REQUIRE;
    if (plugin == NULL || conf->network_fence == SANDBOX_OFF)
        return true;
    log_event_with(required ? LOG_ERR_ : LOG_WARN_, "network-open", LOG_FIELDS(LOG_TEXT("plugin", plugin)),
                   "the plugin %s may reach any address: %s%s", plugin,
                   conf->sandbox == SANDBOX_OFF ? "\"sandbox\" is \"off\"; set it to \"on\""
                   : !app_fences_network(conf)
                       ? "this system or this build cannot fence addresses"
                       : "it runs in this process; give it \"isolation\": \"process\"",
                   required ? "; \"network_fence\" is \"require\": ending" : "");
    return !required;
}

bool app_enter_sandbox(const char *path, const struct conf *conf)
{
    struct sandbox_rules rules = { .process = SANDBOX_DAEMON };
    struct folders f = { .rules = &rules };
    int status;
    warn(conf);
    if (!judge_network(conf))
        return false;
    arena_init(&f.arena, 0);
    fill(&f, path, conf);
    if (f.full)
        log_event(
            LOG_WARN_, "sandbox-full",
            "the configuration names more than %d folders; what is in the last cannot be opened: put token "
            "files and sockets into fewer folders",
            SANDBOX_PATHS_MAX);
    status = sandbox_enter(&rules, conf->sandbox);
    arena_fini(&f.arena);
    return status == 0;
}

bool app_enter_sandbox_alone(const struct conf *conf)
{
    struct sandbox_rules rules = { .process = SANDBOX_DAEMON };
    struct folders f = { .rules = &rules };
    int status;
    arena_init(&f.arena, 0);
    allow_stored(&f, conf);
    status = sandbox_enter(&rules, conf->sandbox);
    arena_fini(&f.arena);
    return status == 0;
}

/* --- what a reload brings --- */

static bool is_readable(const char *file)
{
    FILE *f = fopen(file, "re");
    if (f != NULL)
        fclose(f);
    return f != NULL;
}

static bool is_in_process(const struct conf *conf, const char *name)
{
    for (size_t i = 0; i < conf->plugin_count; i++)
        if (conf->plugins[i].name != NULL && strcmp(conf->plugins[i].name, name) == 0)
            return !conf->plugins[i].isolated;
    return false;
}

/* Whether the file lies in the folder of the other, or below it. */
static bool is_beside(const char *file, const char *other)
{
    return strncmp(file, other, (size_t)(strrchr(other, '/') - other) + 1) == 0;
}

/* Where the daemon may make files. */
static bool is_known_folder(const struct conf *conf, const char *file)
{
    for (size_t i = 0; i < conf->token_count; i++)
        if (is_beside(file, conf->tokens[i].file))
            return true;
    for (const struct json *m = json_first(conf->storage.options.value); m != NULL; m = json_next(m))
        if (json_str(m).len > 1 && json_str(m).data[0] == '/' && is_beside(file, json_str(m).data))
            return true;
    return false;
}

int app_sandbox_reload(const struct conf *old, const struct conf *new, conf_report report, void *user)
{
    int problems = 0;
    if (old->sandbox != new->sandbox && ++problems)
        report(user, "\"sandbox\" is another; restart ipamd to change it");
    if (old->network_fence != new->network_fence && ++problems)
        report(user, "\"network_fence\" is another; restart ipamd to change it");
    if (old->sandbox == SANDBOX_OFF)
        return problems;
    for (size_t i = 0; i < new->token_count; i++)
        if (!is_known_folder(old, new->tokens[i].file) && !is_readable(new->tokens[i].file) && ++problems)
            conf_problem(
                &new->tokens[i].place, report, user,
                "token file %s cannot be opened: its folder is not one that the sandbox of this process "
                "was made with; restart ipamd, or put the file beside the others",
                new->tokens[i].file);
    for (size_t i = 0; i < new->plugin_count; i++)
        if (!new->plugins[i].isolated && !is_in_process(old, new->plugins[i].name))
            log_event_with(
                LOG_WARN_, "sandbox-narrow", LOG_FIELDS(LOG_TEXT("plugin", new->plugins[i].name)),
                "the plugin %s is to run in this process, whose sandbox was made without it: it opens no "
                "file and reaches no server until ipamd is restarted",
                new->plugins[i].name);
    return problems;
}
