/* access.h - who is calling, and whether they may: tokens, unix peers, roles, operations.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Every row of the route table names an operation; nothing reaches a handler without being judged by it (rights.h). */
#ifndef ACCESS_ACCESS_H
#define ACCESS_ACCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "model/view.h"

#define OPERATION_READS    1 /* changes nothing: everybody may, but for those that only groups may */
#define OPERATION_ADMIN    2 /* a role that people make cannot have it */
#define OPERATION_GROUPS   4 /* decided by the fixed groups alone: no role has it */
#define OPERATION_UNSCOPED 8 /* on no object that has an access scope */
#define OPERATION_PUBLIC   16 /* anybody may, known or not */
#define OPERATION_SELF     32 /* everybody who is known may: it is about himself alone */
#define OPERATION_OWN      64 /* everybody who is known may, on what is his own */
#define OPERATION_WHOLE    128 /* tells of the whole network: for those who see all of it */

/* Operations: "GROUP.NOUN.VERB". Ends with a NULL name. */
struct operation {
    const char *name;
    const char *published; /* its name in [MS-IPAMM2]; NULL: none is printed there */
    unsigned groups;     /* operation groups it is in: IN_* */
    unsigned flags;      /* OPERATION_* */
    unsigned who;        /* fixed groups that may, beside administrators: GROUP_* */
};
extern const struct operation access_operations[];
/* NULL for a name that is not in the table. */
const struct operation *access_operation(const char *name);
const struct operation *access_operation_named(struct ipam_str name);

/* A fixed group or a built-in role; each has a key ("reader"), a published title, and a sentence. */
struct role;
const struct role *access_role(struct ipam_str key);                 /* NULL: there is none */
const struct role *access_role_next(const struct role *after);       /* all of them; NULL begins, and ends */
const char *access_role_key(const struct role *r);
const char *access_role_title(const struct role *r);
const char *access_role_help(const struct role *r);
bool access_role_is_group(const struct role *r);
bool access_role_allows(const struct role *r, const struct operation *op);

/* All of them as records, with the roles that people made; texts are in the arena, and where it is full the rest is left out. */
void access_report_roles(const struct view *v, struct arena *a, void (*report)(void *user, struct ipam_role *rec), void *user);
void access_report_operations(struct arena *a, void (*report)(void *user, struct ipam_operation *rec), void *user);

struct principal {
    char name[160];          /* "token:admin", "uid:0", "user:alice" (a session), "user:alice/ci" (a token) */
    const struct role *role; /* what the configuration file gives; NULL: nothing */
    int64_t user, token;     /* of a user: his id, and that of his token or session; 0: none */
};

struct access;
struct access *access_new(void);
void access_free(struct access *a);

/* Adds a token whose secret is in a file of mode 0600 or less; a file that does not exist is made with a new
 * secret (ret_made). The file holds the secret and at most a newline. 0 or IPAM_E_* with the reason and what
 * to do in err (512). */
int access_add_token(struct access *a, const char *name, const struct role *role, const char *path, bool *ret_made,
                     char *err);
/* Gives a unix user a role on the unix socket, or lets him be a user of ours (NULL: none). uid 0 is administrator
 * without a line. */
void access_add_peer(struct access *a, uid_t uid, const struct role *role, const char *user);
/* Whether everybody is who he was, and may what he might. */
bool access_same(const struct access *a, const struct access *b);
/* Each principal of the configuration, and uid 0. */
void access_each_configured(const struct access *a, void (*fn)(void *user, const struct principal *who), void *user);
/* The table of clients' certificates (cert.h). */
struct cert_line **access_certificates(struct access *a);
/* `a` gets the tokens, peers and certificates of `from`, which gets those of `a`. */
void access_exchange(struct access *a, struct access *from);
/* Who it is: by the bearer token if there is one (then it must be right), else by the unix peer (uid, or
 * local false). Compares in constant time. False: nobody. Whoever has no role then is "user:NAME", for local_user
 * (local.h) to judge. */
bool access_identify(const struct access *a, struct ipam_str bearer, bool local, uid_t uid,
                     struct principal *ret);
/* The first token that has the role of administrators: its name and its file. False: there is none. */
bool access_administrator(struct access *a, const char **ret_name, const char **ret_path);
/* Makes a new secret in the file of a token, of the same owner; the file need not be there. For a service that is
 * stopped: a file beside it has access_was_recovered tell of it at the next start. 0 or IPAM_E_* with the reason. */
int access_recover_file(const char *path, char *err);
/* Whether that was done since the last start; told once. */
bool access_was_recovered(const char *path);
/* Makes a new secret in the file of the first token that has the role of administrators; it takes the place of the one
 * before, which is none from now on. 0 with its name and path, or IPAM_E_* with the reason in err (512). */
int access_recover(struct access *a, const char **ret_name, const char **ret_path, char *err);

/* BLAKE2b-256 of bytes, for telling requests apart. */
#define ACCESS_DIGEST_BYTES 32
void access_digest(const void *data, size_t len, uint8_t ret[ACCESS_DIGEST_BYTES]);

#endif
