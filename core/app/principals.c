/* principals.c - the tokens, peers and certificates of the configuration file, and the roles it gives them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "access/cert.h"
#include "app/app_p.h"
#include "base/log.h"

/* Names a role that there is not, where it stands, and those there are. */
static int check_role(const char *role, const struct conf_place *entry, conf_report report, void *user)
{
    char known[512] = "";
    size_t len = 0;
    if (role == NULL || access_role(str_from(role)) != NULL)
        return 0;
    for (const struct role *r = access_role_next(NULL); r != NULL; r = access_role_next(r))
        len += (size_t)snprintf(known + len, sizeof(known) - len, "%s%s", len > 0 ? ", " : "",
                                access_role_key(r));
    const struct conf_place at = { entry->doc, json_get(entry->value, "role"), entry->file };
    conf_problem(&at, report, user, "role is \"%s\"; expected one of %s", role, known);
    return 1;
}

int check_principals(const struct conf *conf, conf_report report, void *user)
{
    int problems = 0;
    for (size_t i = 0; i < conf->token_count; i++)
        problems += check_role(conf->tokens[i].role, &conf->tokens[i].place, report, user);
    for (size_t i = 0; i < conf->peer_count; i++)
        problems += check_role(conf->peers[i].role, &conf->peers[i].place, report, user);
    for (size_t i = 0; i < conf->cert_count; i++)
        problems += check_role(conf->certs[i].role, &conf->certs[i].place, report, user);
    return problems;
}

/* NULL: none was given. */
static const struct role *role_of(const char *role)
{
    return role != NULL ? access_role(str_from(role)) : NULL;
}

static void add_certificate(struct access *access, const struct conf_cert *c)
{
    static const enum http_cert_kind kinds[CONF_CERT_KINDS] = { [CONF_CERT_URI] = HTTP_CERT_URI,
                                                                [CONF_CERT_DNS] = HTTP_CERT_DNS,
                                                                [CONF_CERT_EMAIL] = HTTP_CERT_EMAIL,
                                                                [CONF_CERT_UPN] = HTTP_CERT_UPN };
    cert_add(access_certificates(access), c->name, role_of(c->role), c->user,
             c->kind == CONF_CERT_SHA256 ? c->value : NULL, kinds[c->kind], c->value);
}

int app_recover(const struct conf *conf, conf_report report, void *user)
{
    char err[512];
    access_free(access_new()); /* random numbers are there, or the process ends */
    for (size_t i = 0; i < conf->token_count; i++) {
        const struct conf_token *t = &conf->tokens[i];
        if (strcmp(t->role, "administrator") != 0)
            continue;
        if (access_recover_file(t->file, err) != 0) {
            report(user, err);
            return EX_CANTCREAT;
        }
        printf("%s\n", t->file);
        report(user,
               "the token in that file is new; ipamd takes it from its next start or reload on, and its log "
               "tells of it");
        return fflush(stdout) == 0 ? 0 : EX_IOERR;
    }
    report(user, "no token of the configuration has the role administrator: add a line to \"tokens\"");
    return EX_CONFIG;
}

bool add_principals(struct access *access, const struct conf *conf, char *err)
{
    char why[512];
    bool made;
    for (size_t i = 0; i < conf->token_count; i++) {
        const struct conf_token *t = &conf->tokens[i];
        if (access_add_token(access, t->name, role_of(t->role), t->file, &made, why) != 0) {
            snprintf(err, 512, "token %s: %.440s", t->name, why);
            return false;
        }
        if (access_was_recovered(t->file))
            log_event(LOG_WARN_, "access-recovered",
                      "the token of %s was made anew on this host while ipamd was stopped: it is in %s",
                      t->name, t->file);
        if (made)
            log_event(LOG_NOTE_, "token-made", "the token of %s (%s) is in %s", t->name,
                      t->role != NULL ? t->role : "without a role", t->file);
    }
    for (size_t i = 0; i < conf->peer_count; i++)
        access_add_peer(access, conf->peers[i].uid, role_of(conf->peers[i].role), conf->peers[i].user);
    for (size_t i = 0; i < conf->cert_count; i++)
        add_certificate(access, &conf->certs[i]);
    return true;
}
