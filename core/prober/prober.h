/* prober.h - whether somebody uses addresses, whom the plan does not know: asked of the provider of the configuration.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Loop thread only. */
#ifndef PROBER_PROBER_H
#define PROBER_PROBER_H

#include "model/rules.h"
#include "provider/provider.h"

#define PROBER_AT_ONCE 32   /* questions under way; each may be of many addresses */
#define PROBER_MOST    1024 /* addresses of one question */

struct prober;
struct prober *prober_new(struct providers *providers);
/* The instance is closed by providers_close, and no question is under way. */
void prober_free(struct prober *p);
/* Opens it as this says, if it is not; NULL: none is configured. Its kind and target are set here. */
void prober_use(struct prober *p, struct instance_spec *spec);
/* Ends the questions under way: each is answered as one that could not be asked. */
void prober_end(struct prober *p);
/* Whether it was opened with the secret of that name. */
bool prober_needs(const struct prober *p, struct ipam_str secret);

/* The addresses of `items` by each of the methods (IPAM_REACH_PING and IPAM_REACH_DNS); fills in ping, dns and taken.
 * `asked` comes later, once: 0, or an error with its problem: all must be known, or nothing is. The request can be
 * cancelled, as any. NULL with the problem: it cannot be asked at all, or not now. */
struct request *prober_ask(struct prober *p, struct probed *items, size_t count, uint32_t methods,
                           int64_t timeout_ms,
                           void (*asked)(void *user, int status, const struct problem *problem), void *user,
                           struct problem *problem);

#endif
