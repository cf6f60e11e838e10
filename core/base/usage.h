/* usage.h - what this process uses of the machine.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_USAGE_H
#define BASE_USAGE_H

#include <stdint.h>

struct usage {
    int64_t cpu_us;             /* of user and system */
    int64_t resident, virtual_; /* bytes */
    int64_t started_ms;         /* UTC */
    uint64_t files, files_most; /* descriptors open, and allowed */
    unsigned threads;
};
/* What cannot be found out is 0. */
void usage_read(struct usage *ret);

/* Allows as many descriptors as the system lets this process have, `most` at most. Returns how many it has. */
uint64_t usage_raise_files(uint64_t most);

#endif
