/* u128.h - the compiler's 128-bit integer behind struct ipam_u128; for .c files of the core only.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_U128_H
#define NET_U128_H

#include "ipam/types.h"

typedef unsigned __int128 uint128;

static inline uint128 u128_value(struct ipam_u128 n)
{
    return (uint128)n.hi << 64 | n.lo;
}

static inline struct ipam_u128 u128_make(uint128 v)
{
    return (struct ipam_u128){ (uint64_t)(v >> 64), (uint64_t)v };
}

#endif
