/* password.h - passwords: hashed and verified on a thread of their own, one at a time.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * argon2id with 19 MiB and 2 passes, which OWASP's Password Storage Cheat Sheet has as its least; the text that is kept
 * holds the parameters. Loop thread; `done` runs later, on the loop, exactly once. */
#ifndef ACCESS_PASSWORD_H
#define ACCESS_PASSWORD_H

#include <stdbool.h>

#include "base/loop.h"
#include "ipam/types.h"

#define PASSWORD_QUEUE    8 /* that wait for the thread; a second of work is less than half full */
#define PASSWORD_LEAST    12
#define PASSWORD_MOST     1024
#define PASSWORD_HASH_MAX 128

struct passwords;
/* NULL when there is no thread to be had. */
struct passwords *passwords_new(struct loop *loop);
/* What waits ends with IPAM_E_CANCELED. */
void passwords_close(struct passwords *p, void (*closed)(void *user), void *user);

/* status 0; IPAM_E_AUTH: it is not the password; IPAM_E_NOMEM; IPAM_E_CANCELED. `hash`: what is to be kept from now on;
 * NULL: nothing new. It lives until done returns. */
typedef void (*password_done)(void *user, int status, const char *hash);
/* Both take a copy of the secret, which is wiped, and return IPAM_E_BUSY when too many wait: done does not run then. */
int password_hash(struct passwords *p, struct ipam_bytes secret, password_done done, void *user);
/* `hash` absent: there is no such user, and it takes as long. The hash of an old one with weaker parameters is made
 * anew. */
int password_verify(struct passwords *p, struct ipam_str hash, struct ipam_bytes secret, password_done done,
                    void *user);

#endif
