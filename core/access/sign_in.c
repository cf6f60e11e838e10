/* sign_in.c - a name and a password, verified here or by the provider that the name says.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access/identities.h"
#include "access/local.h"
#include "base/clock.h"

struct sign_in {
    struct loop_work refused;
    const struct view *view;
    int64_t user; /* 0: there is none of that name */
    char known[PASSWORD_HASH_MAX];
    char realm[REALM_NAME_MAX]; /* "": ours */
    sign_in_done done;
    void *arg;
};

static void end(struct sign_in *w, int status, const struct signed_in *who, const char *why)
{
    w->done(w->arg, status, who, why);
    free(w);
}

/* --- ours --- */

static void on_verified(void *user, int status, const char *hash)
{
    struct sign_in *w = user;
    const struct ipam_user *u = view_get(w->view, IPAM_T_USER, w->user);
    const char *why = w->user == 0          ? "there is no such user"
                      : w->known[0] == '\0' ? "the user has no password"
                                            : "the password is wrong";
    if (status == 0 && (w->user == 0 || w->known[0] == '\0'))
        status = IPAM_E_AUTH; /* whoever knows the password of nobody is nobody */
    if (status == 0 && !local_may_enter(u, clock_wall_ms(), &why))
        status = IPAM_E_AUTH;
    if (status == IPAM_E_NOMEM)
        status = IPAM_E_BUSY;
    if (status != 0) {
        end(w, status, NULL, why);
        return;
    }
    struct signed_in who = { .user = u->id, .name = u->name, .known = str_from(w->known), .hash = hash };
    end(w, 0, &who, NULL);
}

static void on_refused(struct loop_work *work)
{
    end(container_of(work, struct sign_in, refused), IPAM_E_BUSY, NULL, "too many sign in at the same time");
}

static void verify_here(struct identities *s, struct sign_in *w, struct ipam_str name,
                        struct ipam_bytes password)
{
    struct passwords *p = identities_passwords(s);
    const struct ipam_verifier *known;
    w->user = view_by_name(w->view, IPAM_T_USER, name);
    known = identity_password(w->view, w->user);
    if (known != NULL && known->hash.len < sizeof(w->known))
        memcpy(w->known, known->hash.data, known->hash.len);
    if (p == NULL || password_verify(p, str_from(w->known), password, on_verified, w) != 0)
        loop_post(identities_loop(s), &w->refused, on_refused);
}

/* --- a provider's --- */

static void on_answered(void *user, int status, const struct realm_person *person, const char *why)
{
    struct sign_in *w = user;
    char name[REALM_PERSON_MAX + REALM_NAME_MAX + 1];
    if (status != 0) {
        end(w, status, NULL, why);
        return;
    }
    snprintf(name, sizeof(name), STR_FMT "@%s", STR_ARG(person->name), w->realm);
    struct signed_in who = { .name = str_from(name),
                             .provider = str_from(w->realm),
                             .groups = person->groups,
                             .expires = person->expires };
    if (who.expires != 0 && who.expires <= clock_wall_ms())
        end(w, IPAM_E_AUTH, NULL, "the provider says that he has expired");
    else
        end(w, 0, &who, NULL);
}

void identities_sign_in(struct identities *s, struct ipam_str name, struct ipam_bytes password,
                        struct ipam_str peer, sign_in_done done, void *user)
{
    struct sign_in *w = xcalloc(1, sizeof(*w));
    const char *at = memrchr(name.data, '@', name.len);
    struct ipam_str realm = { NULL, 0 };
    w->view = identities_view(s);
    w->done = done;
    w->arg = user;
    if (at != NULL)
        realm = (struct ipam_str){ at + 1, (size_t)(name.data + name.len - at - 1) };
    if (at == NULL || !realms_know(identities_realms(s), realm)) {
        verify_here(s, w, name, password);
        return;
    }
    snprintf(w->realm, sizeof(w->realm), STR_FMT, STR_ARG(realm));
    realms_ask(identities_realms(s), realm, (struct ipam_str){ name.data, (size_t)(at - name.data) },
               password, peer, on_answered, w);
}
