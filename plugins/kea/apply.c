/* apply.c - changes on a server.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "kea.h"

void kea_apply(void *ctx, struct ipam_req *req, const struct ipam_apply *args)
{
    struct kea_call c = { .kea = ctx, .req = req };

    (void)args;
    kea_done(&c, kea_fail(&c, IPAM_E_UNSUPPORTED, "this version of the Kea provider changes no server"), NULL);
}
