/* index_bound.h - how many nodes a query of the index may touch, for those who ask it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef INDEX_BOUND_H
#define INDEX_BOUND_H

#include <stdbool.h>
#include <stdint.h>

/* visited <= 4 x log2(stored) + 8, without a logarithm. */
static inline bool size_blind(unsigned visited, uint64_t stored)
{
    unsigned __int128 n = stored;

    return visited <= 8 || (unsigned __int128)1 << (visited - 8) <= n * n * n * n;
}

#endif
