/* seal.h - texts that nobody but this process reads: what a client keeps for it and must not look into.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha) under a key that is drawn anew in every process and never leaves it. */
#ifndef ACCESS_SEAL_H
#define ACCESS_SEAL_H

#include "base/arena.h"
#include "ipam/types.h"

/* What sealing adds at most: nonce, tag, and what makes texts of about one length as long as each other. */
#define SEAL_MORE 128

/* `with` is what it belongs to, and must be the same to open it. In the arena; absent when memory is short. */
struct ipam_bytes seal_close(struct arena *a, struct ipam_bytes text, struct ipam_bytes with);
/* Absent: this process did not seal it, or with something else. */
struct ipam_bytes seal_open(struct arena *a, struct ipam_bytes sealed, struct ipam_bytes with);

#endif
