/* sink.h - sink interface (kind "sink", v0): brings alerts and changes to somebody else.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef IPAM_SINK_H
#define IPAM_SINK_H

#include "ipam/ops.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IPAM_SINK_CAP_ALERTS      0x1
#define IPAM_SINK_CAP_CHANGES     0x2 /* items of the change feed, in order */
#define IPAM_SINK_CAP_CHECKPOINTS 0x4 /* signed checkpoints of the change log */

struct ipam_sink_ops {
    struct ipam_ops common;
    /* Delivers one item. IPAM_OK: the other side has it. An item whose call failed is delivered again, with
     * the same args->key, by which the other side may tell. */
    void (*deliver)(void *ctx, struct ipam_req *req, const struct ipam_delivery *args);
};

#ifdef __cplusplus
}
#endif
#endif
