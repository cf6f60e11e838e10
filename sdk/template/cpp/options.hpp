/* options.hpp - what an operator may set, and what of it an instance keeps.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef OPTIONS_HPP
#define OPTIONS_HPP

#include <ipam/plugin.h>

#include <string>

struct Options {
    std::string file;
    bool wants_v4, wants_v6;
    int64_t page;              /* leases in one answer */
    bool expired;              /* whether leases that have ended are shown, too */
    int64_t warn_ms, error_ms; /* age of the file; 0: never */

    /* Within open; throws std::runtime_error with what to do. */
    Options(ipam_inst *inst, const ipam_host *host);
};

/* The descriptor's table, and its `check`: what no single line of the table can say. */
const ipam_option *const *option_table();
void options_check(ipam_inst *inst, const ipam_host *host);

#endif
