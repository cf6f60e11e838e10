/* access.h - who is calling, and whether they may: tokens, unix peers, two roles, operations.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Every row of the route table names an operation; nothing reaches a handler but through access_allows. */
#ifndef ACCESS_ACCESS_H
#define ACCESS_ACCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "ipam/types.h"

enum role { ROLE_NONE, ROLE_READER, ROLE_ADMINISTRATOR };

/* Operations: "GROUP.NOUN.VERB" and whether it only reads. Ends with a NULL name. */
struct operation {
    const char *name;
    bool reads;
};
extern const struct operation access_operations[];
/* NULL for a name that is not in the table. */
const struct operation *access_operation(const char *name);

struct principal {
    char name[64]; /* "token:admin", "uid:0" */
    enum role role;
};

struct access;
struct access *access_new(void);
void access_free(struct access *a);

/* Adds a token whose secret is in a file of mode 0600 or less; a file that does not exist is made with a new
 * secret (ret_made). The file holds the secret and at most a newline. 0 or IPAM_E_* with the reason and what
 * to do in err (512). */
int access_add_token(struct access *a, const char *name, enum role role, const char *path, bool *ret_made,
                     char *err);
/* Gives a unix user a role on the unix socket. uid 0 is administrator without a line. */
void access_add_peer(struct access *a, uid_t uid, enum role role);
/* `a` gets the tokens and peers of `from`, which gets those of `a`. */
void access_exchange(struct access *a, struct access *from);
/* "administrator", "reader"; ROLE_NONE for another word. */
enum role access_role(struct ipam_str name);
const char *access_role_name(enum role r);

/* Who it is: by the bearer token if there is one (then it must be right), else by the unix peer (uid, or
 * local false). Compares in constant time. False: nobody. */
bool access_identify(const struct access *a, struct ipam_str bearer, bool local, uid_t uid,
                     struct principal *ret);
bool access_allows(const struct principal *who, const struct operation *op);

/* BLAKE2b-256 of bytes, for telling requests apart. */
#define ACCESS_DIGEST_BYTES 32
void access_digest(const void *data, size_t len, uint8_t ret[ACCESS_DIGEST_BYTES]);

#endif
