/* manual.h - a plugin's manual page and a sample of its configuration, made from its descriptor.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVIDER_MANUAL_H
#define PROVIDER_MANUAL_H

#include "provider/load.h"

/* The page ipam-NAME(5), for troff with the man macros. */
void plugin_manual(const struct plugin *pl, struct strbuf *out);
/* A file for the configuration's folder of drop-ins: options with their defaults, and those that are required
 * with a value that stands for the site's own. */
void plugin_sample(const struct plugin *pl, struct strbuf *out);

/* What a kind does at the least, and a capability adds, in words; NULL for what has no name. */
const char *manual_kind(uint32_t kind);
const char *manual_capability(uint32_t kind, const char *name);

#endif
