/* register.h - records of the DNS that are asked for of an address, as options say it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_REGISTER_H
#define CLI_REGISTER_H

#include "base/json.h"
#include "cli/nouns.h"

/* Writes the members that --host, --ptr, --zone, --reverse-zone and --ttl stand for. Inside an open object. */
int dns_write(const struct args *a, struct json_writer *w);

#endif
