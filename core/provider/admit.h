/* admit.h - whom the process of a plugin may reach: the servers of the instances in it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A helper without a doorman, which is one without a network fence, is passed over. */
#ifndef PROVIDER_ADMIT_H
#define PROVIDER_ADMIT_H

#include "provider/helper.h"

/* The doorman of a helper that has just been started; -1: it has none. */
void admit_begin(struct helper *h, int door);
void admit_end(struct helper *h);
/* The instance is to be opened: before its helper hears of it. */
void admit_instance(struct instance *inst);
/* The instance is to look for these addresses: before its helper hears of it. */
void admit_echo(const struct instance *inst, const struct ipam_addrs *addresses);
/* It leaves its helper: servers that no other instance there has may not be reached any more. */
void admit_no_more(struct instance *inst);

#endif
