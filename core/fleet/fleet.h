/* fleet.h - the servers of the inventory as opened instances: profile applied, one worker at a time.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Loop thread only. Collecting and changing a server exclude each other, so each takes its turn here. */
#ifndef FLEET_FLEET_H
#define FLEET_FLEET_H

#include "provider/provider.h"
#include "state/state.h"

struct fleet;

/* A named set of options, from the configuration. */
struct profile {
    const char *name, *driver;
    const struct json_doc *doc;
    const struct json *options; /* object or NULL */
    const struct json *base;    /* options of the plugin for all of its profiles; object or NULL */
};

/* `find_profile` answers NULL for an unknown name. */
struct fleet_config {
    struct loop *loop;
    struct providers *providers;
    struct state *state;
    const struct profile *(*find_profile)(void *user, struct ipam_str name);
    void *user;
    secret_lookup secret;
    void *secret_user;
};
struct fleet *fleet_new(const struct fleet_config *config);
/* No turn is held, and none that is waited for is taken; instances are closed by providers_close. */
void fleet_free(struct fleet *f);

/* Checks that a server's driver and profile exist and fit together: 0, or an error with the problem filled.
 */
int fleet_check(const struct fleet *f, const struct ipam_server *server, struct problem *p);

/* The kind (IPAM_KIND_*) that the server's driver is opened as: DHCP, DNS, or 0 when there is none that manages servers.
 * A driver of both kinds is opened as DHCP. */
uint32_t fleet_kind(const struct fleet *f, int64_t server);

/* Waits for the server's turn; then `entered` runs (later) with its instance, or NULL and the reason when it
 * cannot be opened. In both cases the turn is held until fleet_leave. */
typedef void (*fleet_entered)(void *user, struct instance *inst, const char *reason);
void fleet_enter(struct fleet *f, int64_t server, fleet_entered entered, void *user);
/* The same for work that nobody waits for: it lets everybody else go first. */
void fleet_enter_last(struct fleet *f, int64_t server, fleet_entered entered, void *user);
/* Does not wait any more: true when the turn had not come, and `entered` will not run. */
bool fleet_withdraw(struct fleet *f, int64_t server, void *user);
void fleet_leave(struct fleet *f, int64_t server);
/* Whether somebody has the server's turn: what it has is being read or changed. */
bool fleet_is_busy(const struct fleet *f, int64_t server);
/* Closes the server's instance so that the next turn opens it anew (its profile changed, or it was deleted).
 * The caller holds the turn. */
void fleet_reset(struct fleet *f, int64_t server);
/* The same, in a turn of its own: for a server whose record was changed. */
void fleet_refresh(struct fleet *f, int64_t server);

/* The plugins or profiles are others: each server whose instance is not as it would be opened now is opened anew,
 * in a turn of its own. */
void fleet_reload(struct fleet *f);

/* A secret is another: each instance that was opened with it is opened anew, in a turn of its own. */
void fleet_secret_changed(struct fleet *f, struct ipam_str secret);

/* Token of a part of the server's configuration as last read, "" when none was; the holder of the turn keeps it. The
 * whole of a DHCP server, or the list of zones of a DNS server, is the part ""; a zone is one by its identifier there. */
struct ipam_str fleet_token(const struct fleet *f, int64_t server, struct ipam_str part);
void fleet_set_token(struct fleet *f, int64_t server, struct ipam_str part, struct ipam_str token);

#endif
