/* provider.h - plugins, instances and requests: how the core calls providers.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * One contract for plugins in this process ("none") and in a helper ("process"). Loop thread only; callbacks
 * never run inside the call that registers them; a request's `done` runs exactly once. */
#ifndef PROVIDER_PROVIDER_H
#define PROVIDER_PROVIDER_H

#include <stdbool.h>

#include "base/json.h"
#include "base/loop.h"
#include "ipam/plugin.h"
#include "keeper/keeper.h"
#include "provider/call.h"
#include "provider/option_problem.h"
#include "provider/kind.h"
#include "provider/settings.h"

struct providers; /* all of it */
struct plugin;
struct instance;
struct request; /* one call as its caller sees it; gone once done has run */

/* Logs each frame between ipamd and its helpers, for whoever writes a provider or looks for a fault. */
void providers_trace_frames(void);
/* `keeper_fd` from keeper_fork, or -1 when no plugin is isolated. */
struct providers *providers_new(struct loop *loop, int keeper_fd);
/* Of processes that are started from now on; SANDBOX_ON until then. `network`: they reach their servers'
 * addresses and no others; false until then. */
void providers_sandbox(struct providers *p, enum sandbox_mode mode, bool network);
/* Level or format of the log are others: helpers that run follow. */
void providers_log_changed(struct providers *p);
/* Closes every instance, ends helpers, then calls closed on the loop. */
void providers_close(struct providers *p, void (*closed)(void *user), void *user);

/* A set of plugins, loaded beside the one in use. */
struct plugin_set;
struct plugin_want {
    const char *name;
    struct plugin_settings settings;
};
/* Loads what is wanted: trust checks, dlopen, descriptor checks, dependencies. A name is a bare one; the path is
 * always IPAM_PROVIDER_DIR/NAME.so. Isolated plugins are described by `ipam-provider-host --describe NAME` (never
 * loaded here), all at the same time. A plugin in use that is wanted as it is stays what it is. `loaded` comes
 * later, on the loop; the set is its user's until plugins_use or plugins_drop. */
struct plugin_set *plugins_load(struct providers *p, const struct plugin_want *wants, size_t count,
                                void (*loaded)(void *user, struct plugin_set *set), void *user);
/* The i-th that was wanted, and why it cannot be used, with what to do: "" when it can. */
struct plugin *plugin_set_get(const struct plugin_set *set, size_t i, const char **ret_problem);
/* The status that goes with the problem: IPAM_E_* or 0. */
int plugin_set_status(const struct plugin_set *set, size_t i);
/* Whether it is another than the one in use. */
bool plugin_set_fresh(const struct plugin_set *set, size_t i);
/* One that can be used, by its name; NULL. */
struct plugin *plugin_set_find(const struct plugin_set *set, struct ipam_str name);
/* From now on these are the plugins; or they are not. Instances of others live on until they are closed. */
void plugins_use(struct plugin_set *set);
void plugins_drop(struct plugin_set *set);

/* A plugin in use that can be used; NULL. */
struct plugin *plugin_find(struct providers *p, struct ipam_str name);
/* Why one that is wanted cannot be used; NULL: it can, or is not wanted. */
const char *plugin_refusal(struct providers *p, struct ipam_str name);
/* The facts of a descriptor that callers need. */
struct plugin_info {
    const char *name, *version, *summary;
    struct plugin_settings settings;
};
void plugin_info(const struct plugin *pl, struct plugin_info *ret);
/* What it offers of a kind; never NULL. */
const struct kind_offer *plugin_offer(const struct plugin *pl, uint32_t kind);
/* Checks a JSON options object against the plugin's table (unknown key, type, range, enum, required, secret
 * given as { "secret": NAME }), and `base`'s values where it has none. `partial`: nothing is required. Every
 * problem goes to `problem` with its place; returns their number. No side effect. */
int plugin_check_options(const struct plugin *pl, const struct json_doc *doc, const struct json *options,
                         const struct json *base, bool partial, option_problem problem, void *user);
/* Asks the plugin itself, about options that passed the check above: `problem` for each, then `checked`, later,
 * with 0 or why it could not be asked (512 bytes). The JSON must live until then. */
void plugin_check_together(struct providers *p, const struct plugin *pl, const struct json_doc *doc,
                           const struct json *options, const struct json_doc *base_doc,
                           const struct json *base,
                           void (*problem)(void *user, const char *option, const char *message),
                           void (*checked)(void *user, int status, const char *why), void *user);

/* A secret by name into buf (cap bytes): its length, IPAM_E_NOENT, or IPAM_E_TOOBIG. The caller wipes buf
 * after use. */
typedef int (*secret_lookup)(void *user, const char *name, uint8_t *buf, size_t cap);

struct instance_spec {
    struct plugin *plugin;
    uint32_t kind;              /* IPAM_KIND_* that it is opened as */
    const char *target;         /* server name; "" for storage */
    const struct json_doc *doc; /* owner of options; what is needed is copied */
    const struct json *options; /* object or NULL */
    const struct json *base;    /* object or NULL: values where options has none */
    secret_lookup secret;
    void *secret_user;
    const struct ipam_schema *schema; /* storage; outlives the instance */
};
/* Opens in the background; `opened` gets 0 or IPAM_E_* with the reason. Requests may be made at once and wait
 * for it. A failed instance answers every request with that status and reason, and is opened again by the
 * next request after a back-off (1 s, doubling to 60 s). When a helper dies its open requests end with
 * IPAM_E_CONN ("the provider process ended: signal 11") and its instances are opened again in a new helper,
 * with back-off. */
struct instance *instance_open(struct providers *p, const struct instance_spec *spec,
                               void (*opened)(void *user, int status, const char *message), void *user);
/* Whether it was opened as this says. One with secrets is never the same: they may have been exchanged. */
bool instance_same(const struct instance *inst, const struct instance_spec *spec);
/* Whether it is opened with the secret of that name. */
bool instance_uses_secret(const struct instance *inst, struct ipam_str name);
/* Cancels open requests, closes the plugin's context when the last has ended, then frees. NULL-safe. */
void instance_close(struct instance *inst);

/* What a caller hears of its request, on the loop. Any may be NULL but done. Records live until the callback
 * returns. */
struct request_events {
    void (*record)(void *user, const struct ipam_record *rec);
    void (*row)(void *user, const struct ipam_row *row);
    void (*step)(void *user, const char *step);
    /* `info` is never NULL and lives until done returns. info->message says what happened, where, and what to
     * do when status < 0. */
    void (*done)(void *user, int status, const struct ipam_outcome *info);
};

/* Makes a call; op is one of the instance's kind. `args`: a record of the operation's type, copied (NULL: one
 * without fields, or none). Storage: the operation's own struct, which must live until done; it has no deadline.
 * timeout_ms from now (0: none, as for calls that last). At the deadline the plugin is told to cancel, the caller
 * gets IPAM_E_TIMEOUT, and the memory stays until the plugin lets go. IPAM_E_BUSY (as done) over 1,000 waiting
 * requests. A call that holds on for 10 s more makes its plugin count as stuck: a helper is exchanged; in process
 * new calls get IPAM_E_PROVIDER until it comes back. */
struct request *request_start(struct instance *inst, enum call_op op, const void *args, int64_t timeout_ms,
                              const struct request_events *ev, void *user);
/* CALL_APPLY with args->count edits: verbs[i] is IPAM_EDIT_VERB_*, befores[i] and afters[i] are records or
 * NULL, copied. */
struct request *request_apply(struct instance *inst, const struct ipam_apply *args, const uint32_t *verbs,
                              const struct ipam_record *const *befores,
                              const struct ipam_record *const *afters, int64_t timeout_ms,
                              const struct request_events *ev, void *user);
/* The caller hears done with IPAM_E_CANCELED (later, once); the plugin is told. For a storage call that has
 * begun it is a hint only: done comes with the plugin's own word, because the plugin works on the caller's
 * memory. */
void request_cancel(struct request *req);
/* Its rows and records wait, and with them the plugin, once its credit is used up; or they come again. A call that is
 * cancelled waits no more. */
void request_pause(struct request *req, bool paused);

#endif
