/* network.h - calls by which a helper could reach an address: which it may make itself.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Each fills a filter of calls.c; 0 or -errno. */
#ifndef SANDBOX_NETWORK_H
#define SANDBOX_NETWORK_H

#include <seccomp.h>

#include "sandbox/sandbox.h"

/* The filter that traps what it does not allow: no call that brings an address passes. */
int network_fill_ending(scmp_filter_ctx f, const struct sandbox_rules *r);
/* The one that answers with an error what it does not allow: sockets of known protocols, options that lead
 * no packet elsewhere. */
int network_fill_answering(scmp_filter_ctx f, const struct sandbox_rules *r);
/* One that allows what it does not refuse: REACH_FD stays what it is. */
int network_fill_guard(scmp_filter_ctx f, const struct sandbox_rules *r);

#endif
