/* options.h - what an operator may set, and what of it an instance keeps.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <ipam/plugin.h>

#define PATH_BYTES 1024

struct options {
    char file[PATH_BYTES];
    int wants_v4, wants_v6;
    int64_t page;              /* leases in one answer */
    int64_t expired;           /* whether leases that have ended are shown, too */
    int64_t warn_ms, error_ms; /* age of the file; 0: never */
};

/* The descriptor's table. */
extern const struct ipam_option *const option_table[];

/* The descriptor's `check`: what no single line of the table can say. */
void options_check(struct ipam_inst *inst, const struct ipam_host *host);

/* Within open: 0, or IPAM_E_* with the reason told by host->open_error. */
int32_t options_read(struct ipam_inst *inst, const struct ipam_host *host, struct options *ret);

#endif
