/* identity.h - identity provider interface (kind "identity", v0): who a credential belongs to.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef IPAM_IDENTITY_H
#define IPAM_IDENTITY_H

#include "ipam/ops.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IPAM_IDENTITY_CAP_PASSWORD    0x1 /* verify takes a name and a password */
#define IPAM_IDENTITY_CAP_BEARER      0x2 /* a signed token */
#define IPAM_IDENTITY_CAP_CERTIFICATE 0x4 /* a client's certificate */
#define IPAM_IDENTITY_CAP_NEGOTIATE   0x8 /* a GSSAPI token */

struct ipam_identity_ops {
    struct ipam_ops common;
    /* Emits one ipam_principal with groups and expiry, or ends with IPAM_E_AUTH (the same for an unknown name
     * and a wrong secret, and as slow). The secret is the host's: it is wiped after done and must not be
     * kept. */
    void (*verify)(void *ctx, struct ipam_req *req, const struct ipam_credential *args);
};

#ifdef __cplusplus
}
#endif
#endif
