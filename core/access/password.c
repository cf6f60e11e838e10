/* password.c - passwords: hashed and verified on a thread of their own.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "access/password.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/lane.h"
#include "ipam/status.h"

#define PASSES 2
#define MEMORY (19u << 20)

_Static_assert(PASSWORD_HASH_MAX == crypto_pwhash_STRBYTES, "the text of a hash");

/* The hash of 32 random bytes that nobody has kept: what is compared for a user that there is not. */
static const char nobody[] =
    "$argon2id$v=19$m=19456,t=2,p=1$gH+xIufcks0BIVcTWH3/hw$VYXpLE4QITB9GhAidwTyCPeFHs6FHE2Aw2NmSbx6YrM";

struct passwords {
    struct lane *lane;
};

struct job {
    struct lane_work work;
    bool verify;
    int status;
    char known[PASSWORD_HASH_MAX], made[PASSWORD_HASH_MAX]; /* made "": none */
    password_done done;
    void *user;
    size_t len;
    char secret[];
};

struct passwords *passwords_new(struct loop *loop)
{
    struct passwords *p = xcalloc(1, sizeof(*p));
    p->lane = lane_new(loop, "password", 1, PASSWORD_QUEUE);
    if (p->lane != NULL)
        return p;
    free(p);
    return NULL;
}

void passwords_close(struct passwords *p, void (*closed)(void *user), void *user)
{
    lane_close(p->lane, closed, user);
    free(p);
}

static void make(struct job *j)
{
    if (crypto_pwhash_str_alg(j->made, j->secret, j->len, PASSES, MEMORY, crypto_pwhash_ALG_ARGON2ID13) == 0)
        return;
    j->made[0] = '\0';
    j->status = IPAM_E_NOMEM;
}

static void run(struct lane_work *w, unsigned thread)
{
    struct job *j = container_of(w, struct job, work);
    (void)thread;
    if (j->verify) {
        errno = 0;
        bool right = crypto_pwhash_str_verify(j->known, j->secret, j->len) == 0;
        j->status = right ? 0 : errno == ENOMEM ? IPAM_E_NOMEM : IPAM_E_AUTH;
        if (!right || crypto_pwhash_str_needs_rehash(j->known, PASSES, MEMORY) == 0)
            return;
    }
    make(j);
    if (j->verify)
        j->status = 0; /* it was right, kept anew or not */
}

static void done(struct lane_work *w, bool canceled)
{
    struct job *j = container_of(w, struct job, work);
    sodium_memzero(j->secret, j->len);
    j->done(j->user, canceled ? IPAM_E_CANCELED : j->status,
            !canceled && j->status == 0 && j->made[0] != '\0' ? j->made : NULL);
    sodium_memzero(j, sizeof(*j));
    free(j);
}

static int submit(struct passwords *p, bool verify, struct ipam_str known, struct ipam_bytes secret,
                  password_done end, void *user)
{
    struct job *j = xcalloc(1, sizeof(*j) + secret.len);
    j->work.run = run;
    j->work.done = done;
    j->verify = verify;
    j->done = end;
    j->user = user;
    if (verify && known.len > 0 && known.len < PASSWORD_HASH_MAX)
        memcpy(j->known, known.data, known.len);
    else
        memcpy(j->known, nobody, sizeof(nobody));
    memcpy(j->secret, secret.data, secret.len);
    j->len = secret.len;
    int rc = lane_submit(p->lane, &j->work);
    if (rc != 0) {
        sodium_memzero(j->secret, j->len);
        free(j);
    }
    return rc;
}

int password_hash(struct passwords *p, struct ipam_bytes secret, password_done end, void *user)
{
    return submit(p, false, (struct ipam_str){ NULL, 0 }, secret, end, user);
}

int password_verify(struct passwords *p, struct ipam_str hash, struct ipam_bytes secret, password_done end,
                    void *user)
{
    return submit(p, true, hash, secret, end, user);
}
