/* fleet.c - the servers of the inventory as opened instances.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "fleet/fleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define TOKEN_MAX  128
#define REASON_MAX 512

struct turn {
    struct turn *next;
    fleet_entered entered;
    void *user;
    bool last; /* goes behind all that are not */
};

struct member {
    struct loop_work work; /* first: cast back */
    struct fleet *fleet;
    int64_t server;
    struct instance *inst;
    bool busy, posted;
    struct turn *first;
    struct smap tokens; /* part -> its token, a string */
    char reason[REASON_MAX];
};

struct fleet {
    struct fleet_config config;
    struct imap members; /* server id -> struct member */
};

struct fleet *fleet_new(const struct fleet_config *config)
{
    struct fleet *f = xcalloc(1, sizeof(*f));
    f->config = *config;
    imap_init(&f->members);
    return f;
}

static void tokens_forget(struct member *m)
{
    size_t pos = 0, len;
    const void *part;
    void *token;
    while (smap_next(&m->tokens, &pos, &part, &len, &token))
        free(token);
    smap_fini(&m->tokens);
    smap_init(&m->tokens);
}

void fleet_free(struct fleet *f)
{
    size_t pos = 0;
    uint64_t id;
    void *m;
    if (f == NULL)
        return;
    while (imap_next(&f->members, &pos, &id, &m)) {
        for (struct turn *t = ((struct member *)m)->first, *next; t != NULL; t = next) {
            next = t->next;
            free(t); /* to open an instance anew: none is left */
        }
        tokens_forget(m);
        free(m);
    }
    imap_fini(&f->members);
    free(f);
}

static struct member *member_of(struct fleet *f, int64_t server)
{
    struct member *m = imap_get(&f->members, (uint64_t)server);
    if (m == NULL) {
        m = xcalloc(1, sizeof(*m));
        m->fleet = f;
        m->server = server;
        smap_init(&m->tokens);
        imap_put(&f->members, (uint64_t)server, m);
    }
    return m;
}

static uint32_t kind_of(const struct plugin *driver)
{
    return plugin_offer(driver, IPAM_KIND_DHCP)->offered  ? IPAM_KIND_DHCP
           : plugin_offer(driver, IPAM_KIND_DNS)->offered ? IPAM_KIND_DNS
                                                          : 0;
}

uint32_t fleet_kind(const struct fleet *f, int64_t server)
{
    const struct ipam_server *row = view_get(state_view(f->config.state), IPAM_T_SERVER, server);
    const struct plugin *driver = row != NULL ? plugin_find(f->config.providers, row->driver) : NULL;
    return driver != NULL ? kind_of(driver) : 0;
}

int fleet_check(const struct fleet *f, const struct ipam_server *server, struct problem *p)
{
    struct plugin *driver = plugin_find(f->config.providers, server->driver);
    struct plugin_info info;
    if (driver == NULL && plugin_refusal(f->config.providers, server->driver) != NULL) {
        problem_hint(p, "mend the plugin and reload the configuration");
        return problem_set(p, PROBLEM_INVALID, "%s", plugin_refusal(f->config.providers, server->driver));
    }
    if (driver == NULL) {
        problem_hint(p, "name a plugin of the configuration's \"plugins\"");
        return problem_set(p, PROBLEM_INVALID, "driver \"" STR_FMT "\" is not loaded",
                           STR_ARG(server->driver));
    }
    plugin_info(driver, &info);
    if (kind_of(driver) == 0) {
        problem_hint(p, "name a driver that manages DHCP or DNS servers");
        return problem_set(p, PROBLEM_INVALID, "plugin %s does not manage servers", info.name);
    }
    if (!record_has(server, IPAM_SERVER_PROFILE))
        return 0;
    const struct profile *profile = f->config.find_profile(f->config.user, server->profile);
    if (profile == NULL) {
        problem_hint(p, "name one of the configuration's \"profiles\"");
        return problem_set(p, PROBLEM_INVALID, "there is no profile \"" STR_FMT "\"",
                           STR_ARG(server->profile));
    }
    if (!str_is(server->driver, profile->driver)) {
        problem_hint(p, "use a profile of that driver");
        return problem_set(p, PROBLEM_INVALID, "profile %s is for driver %s, not " STR_FMT, profile->name,
                           profile->driver, STR_ARG(server->driver));
    }
    return 0;
}

/* How the server's instance is opened as things are now; false with a reason when the server is gone or does
 * not fit the configuration. The target's name is in `name` (256 bytes). */
static bool member_spec(const struct member *m, char *name, struct instance_spec *ret, char *reason)
{
    const struct fleet *f = m->fleet;
    const struct ipam_server *server = view_get(state_view(f->config.state), IPAM_T_SERVER, m->server);
    struct problem p = { 0 };
    if (server == NULL || fleet_check(f, server, &p) != 0) {
        snprintf(reason, REASON_MAX, "%s", server == NULL ? "the server was deleted" : p.detail);
        return false;
    }
    const struct profile *profile = record_has(server, IPAM_SERVER_PROFILE)
                                        ? f->config.find_profile(f->config.user, server->profile)
                                        : NULL;
    snprintf(name, 256, STR_FMT, STR_ARG(server->name));
    struct plugin *driver = plugin_find(f->config.providers, server->driver);
    *ret = (struct instance_spec){
        .plugin = driver,
        .kind = kind_of(driver),
        .target = name,
        .doc = profile != NULL ? profile->doc : NULL,
        .options = profile != NULL ? profile->options : NULL,
        .base = profile != NULL ? profile->base : NULL,
        .secret = f->config.secret,
        .secret_user = f->config.secret_user,
    };
    return true;
}

/* Opens the instance if it is not. */
static bool member_open(struct member *m)
{
    struct instance_spec spec;
    char name[256];
    if (m->inst != NULL)
        return true;
    if (!member_spec(m, name, &spec, m->reason))
        return false;
    m->inst = instance_open(m->fleet->config.providers, &spec, NULL, NULL);
    return true;
}

static void turn_next(struct loop_work *w)
{
    struct member *m = (struct member *)w;
    struct turn *t = m->first;
    m->posted = false;
    if (m->busy || t == NULL)
        return;
    m->first = t->next;
    m->busy = true;
    bool opened = member_open(m);
    t->entered(t->user, opened ? m->inst : NULL, opened ? "" : m->reason);
    free(t);
}

static void turn_post(struct member *m)
{
    if (m->posted || m->busy || m->first == NULL)
        return;
    m->posted = true;
    loop_post(m->fleet->config.loop, &m->work, turn_next);
}

static void enter(struct fleet *f, int64_t server, fleet_entered entered, void *user, bool last)
{
    struct member *m = member_of(f, server);
    struct turn *t = xcalloc(1, sizeof(*t)), **at = &m->first;
    *t = (struct turn){ .entered = entered, .user = user, .last = last };
    while (*at != NULL && (last || !(*at)->last))
        at = &(*at)->next;
    t->next = *at;
    *at = t;
    turn_post(m);
}

void fleet_enter(struct fleet *f, int64_t server, fleet_entered entered, void *user)
{
    enter(f, server, entered, user, false);
}

void fleet_enter_last(struct fleet *f, int64_t server, fleet_entered entered, void *user)
{
    enter(f, server, entered, user, true);
}

bool fleet_withdraw(struct fleet *f, int64_t server, void *user)
{
    struct turn **at = &member_of(f, server)->first;
    while (*at != NULL && (*at)->user != user)
        at = &(*at)->next;
    struct turn *t = *at;
    if (t == NULL)
        return false;
    *at = t->next;
    free(t);
    return true;
}

void fleet_leave(struct fleet *f, int64_t server)
{
    struct member *m = member_of(f, server);
    m->busy = false;
    turn_post(m);
}

bool fleet_is_busy(const struct fleet *f, int64_t server)
{
    const struct member *m = imap_get(&f->members, (uint64_t)server);
    return m != NULL && m->busy;
}

void fleet_reset(struct fleet *f, int64_t server)
{
    struct member *m = member_of(f, server);
    instance_close(m->inst);
    m->inst = NULL;
    tokens_forget(m);
}

static void on_refresh_turn(void *user, struct instance *inst, const char *reason)
{
    struct member *m = user;
    (void)inst;
    (void)reason;
    fleet_reset(m->fleet, m->server);
    fleet_leave(m->fleet, m->server);
}

void fleet_refresh(struct fleet *f, int64_t server)
{
    struct member *m = imap_get(&f->members, (uint64_t)server);
    if (m != NULL && m->inst != NULL)
        fleet_enter(f, server, on_refresh_turn, m);
}

void fleet_reload(struct fleet *f)
{
    size_t pos = 0;
    uint64_t id;
    void *value;
    while (imap_next(&f->members, &pos, &id, &value)) {
        struct member *m = value;
        struct instance_spec spec;
        char name[256], reason[REASON_MAX];
        if (m->inst != NULL && (!member_spec(m, name, &spec, reason) || !instance_same(m->inst, &spec)))
            fleet_enter(f, m->server, on_refresh_turn, m);
    }
}

void fleet_secret_changed(struct fleet *f, struct ipam_str secret)
{
    size_t pos = 0;
    uint64_t id;
    void *value;
    while (imap_next(&f->members, &pos, &id, &value)) {
        struct member *m = value;
        if (m->inst != NULL && instance_uses_secret(m->inst, secret))
            fleet_enter(f, m->server, on_refresh_turn, m);
    }
}

/* Keys of maps are bytes somewhere: the part "" too. */
static const char *part_key(struct ipam_str part)
{
    return part.len != 0 ? part.data : "";
}

struct ipam_str fleet_token(const struct fleet *f, int64_t server, struct ipam_str part)
{
    const struct member *m = imap_get(&f->members, (uint64_t)server);
    const char *token = m != NULL ? smap_get(&m->tokens, part_key(part), part.len) : NULL;
    return str_from(token != NULL ? token : "");
}

void fleet_set_token(struct fleet *f, int64_t server, struct ipam_str part, struct ipam_str token)
{
    struct member *m = member_of(f, server);
    char *kept = xcalloc(1, TOKEN_MAX + 1);
    snprintf(kept, TOKEN_MAX + 1, STR_FMT, STR_ARG(token));
    free(smap_put(&m->tokens, part_key(part), part.len, kept));
}
