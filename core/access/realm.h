/* realm.h - providers that know users: asked who a name and a password are.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Loop thread only. A realm is one instance of an identity provider, under the name that stands after the @ of its
 * users. */
#ifndef ACCESS_REALM_H
#define ACCESS_REALM_H

#include "base/arena.h"
#include "provider/provider.h"

#define REALM_NAME_MAX   64
#define REALM_PERSON_MAX 90 /* bytes of a name that a provider says: with the realm it fits a principal whole */

struct realm_want {
    const char *name;
    struct instance_spec spec; /* kind and target are set by realms_use */
};
struct realms;
struct realms *realms_new(struct providers *providers);
/* Opens what is wanted and not open yet as it is wanted, and closes the others. */
void realms_use(struct realms *r, struct realm_want *wants, size_t count);
/* The secret of that name is another: what was opened with it is opened anew, by the wants of the last realms_use. */
bool realms_need(const struct realms *r, struct ipam_str secret);
/* Instances are closed by providers_close, and no request is under way. */
void realms_free(struct realms *r);

bool realms_know(const struct realms *r, struct ipam_str name);
/* Whom a realm knows; texts live until `answered` returns. */
struct realm_person {
    struct ipam_str name;    /* "alice", without the realm */
    struct ipam_strs groups; /* "corp/netops" */
    int64_t expires;         /* 0: it does not say */
};
/* Asks a realm that is known. `answered` comes later, once: 0 and who it is; IPAM_E_AUTH; another status, with why,
 * when it could not be asked. The secret is copied, and wiped. */
typedef void (*realm_answered)(void *user, int status, const struct realm_person *who, const char *why);
void realms_ask(struct realms *r, struct ipam_str realm, struct ipam_str name, struct ipam_bytes secret,
                struct ipam_str peer, realm_answered answered, void *user);

#endif
