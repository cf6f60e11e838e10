/* file.h - the text file that plays the server, read as a whole and put in order.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef FILE_H
#define FILE_H

#include <ipam/plugin.h>

#include "line.h"

#define WHY_MAX 512

struct file {
    struct line *lines; /* by scope, then by kind, then by address */
    size_t count;
    int64_t changed_ms; /* when it was last written, since 1970 */
    char token[17];     /* names the configuration: the same for the same lines but leases */
};

/* Reads all of it into memory of the request. 0, or IPAM_E_* and why. */
int32_t file_read(const struct ipam_host *host, struct ipam_req *req, const char *path, struct file *ret,
                  char why[WHY_MAX]);

/* Puts its leases first, in ascending order of their addresses, and drops all other lines. */
void file_keep_leases(struct file *f);

#endif
