/* fence.h - what the process of a plugin may reach, by the options of the instances in it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVIDER_FENCE_H
#define PROVIDER_FENCE_H

#include "provider/options.h"
#include "provider/provider_p.h"
#include "sandbox/sandbox.h"

/* The least that every process of a plugin has. */
void fence_begin(const struct providers *p, struct sandbox_words *ret);
/* Adds what an instance with these options needs: the files that options of kind PATH name, and the TCP ports that
 * options with IPAM_OPT_PORT name; every port where the plugin's table has no such option. */
void fence_add(struct sandbox_words *w, const struct plugin *pl, const struct options *options);
/* The same of an instance; one that asks whether addresses answer may send echo requests, too (docs/decisions/0026). */
void fence_add_instance(struct sandbox_words *w, const struct instance *inst);
/* Calls `each` for every server that the instance connects to, a name or an address: its own, and those
 * that options with IPAM_OPT_SERVER name. Ends early, with false, when it answers false. */
bool fence_each_server(const struct instance *inst,
                       bool (*each)(void *user, const struct instance *inst, const char *server), void *user);

#endif
