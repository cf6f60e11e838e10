/* nouns_access.c - the part of the table about who may do what: people, their tokens and sessions, rights.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/access.h"
#include "cli/nouns_p.h"
#include "cli/session.h"
#include "cli/user.h"
#include "cli/verbs.h"

static const char password_help[] =
    "Take the password from FILE (- for standard input); without it, from a prompt on a terminal. One "
    "newline at the end is not part of it. Never on the command line, which others can see.";
static const struct arg_option user_options[] = {
    { .name = "password-file", .kind = ARG_VALUE, .metavar = "FILE", .help = password_help },
    ARG_OPTION_BARE("no-password", "Ask for none: the user has tokens alone, or gets a password later."),
    { .name = NULL }
};
static const struct arg_option password_options[] = {
    { .name = "password-file", .kind = ARG_VALUE, .metavar = "FILE", .help = password_help },
    ARG_OPTION("old-password-file", "FILE",
               "The same for the old password, which one's own is changed with."),
    { .name = NULL }
};
static const struct arg_option login_options[] = {
    { .name = "password-file", .kind = ARG_VALUE, .metavar = "FILE", .help = password_help }, { .name = NULL }
};
static const struct arg_option token_options[] = {
    ARG_OPTION("name", "TEXT", "Name of the token, unique for its user."), { .name = NULL }
};
const struct verb verb_of_add_user = {
    "add",        "KEY",         VERB_CREATE,
    user_options, verb_user_add, "Add one; a person gets a password from a prompt or a file."
};
const struct verb verb_of_set_password = {
    "password",
    "KEY",
    0,
    password_options,
    verb_user_password,
    "Set a password: one's own with the old one, anybody's as an administrator. His sessions end."
};
const struct verb verb_of_add_token = {
    "add",         NULL,           VERB_CREATE,
    token_options, verb_token_add, "Make one for --user, and print it: it is not shown again."
};
const struct verb verb_of_revoke = { "delete", "KEY...",    0,
                                     NULL,     verb_delete, "Revoke them: they are none from now on." };
const struct verb verb_of_end_session = { "delete", "KEY...", 0, NULL, verb_delete, "End them." };
const struct verb verb_of_login = {
    NULL,
    "USER",
    VERB_ALONE,
    login_options,
    verb_login,
    "Sign in with a password. The session's token is kept in $XDG_STATE_HOME/ipamctl, or "
    "~/.local/state/ipamctl, and used by the next commands for the same daemon."
};
const struct verb verb_of_logout = { NULL, NULL,        VERB_ALONE,
                                     NULL, verb_logout, "Sign out: end the session, and forget its token." };
const struct verb verb_of_recover = {
    "recover",
    NULL,
    VERB_ALONE,
    NULL,
    verb_recover,
    "For root of the host: make the administrator's token anew, in its file, when it is lost; with the "
    "daemon up or down."
};

#define WHERE_OPTIONS                                                                                        \
    ARG_OPTION("scope", "PATH", "In this access scope."),                                                    \
        ARG_OPTION("type", "RECORD", "On an object: what it is, such as subnet; with --object."),            \
        ARG_OPTION("object", "KEY", "And its natural key or id."),                                           \
        ARG_OPTION("when", "TIME", "At this time; now when absent.")
static const struct arg_option explain_options[] = {
    ARG_OPTION("principal", "NAME",
               "Of user:NAME, token:NAME, cert:NAME or uid:NUMBER; of oneself when absent."),
    WHERE_OPTIONS,
    { .name = NULL }
};
static const struct arg_option who_options[] = { WHERE_OPTIONS, { .name = NULL } };
const struct verb verb_of_explain = {
    "explain",
    "OPERATION",
    0,
    explain_options,
    verb_explain,
    "Say whether somebody may do something, and why: each right of his, and what it lacks."
};
const struct verb verb_of_who_can = {
    "who-can", "OPERATION", 0, who_options, verb_who_can, "List who may do something, and by which right."
};
const struct verb verb_of_binding = {
    "binding",
    NULL,
    0,
    NULL,
    verb_binding,
    "Say whether roles, policies and access scopes are as the daemon left them in its database."
};
const struct verb verb_of_recompute = {
    "recompute",
    NULL,
    0,
    NULL,
    verb_recompute,
    "Take roles, policies and access scopes as they are in the database, after somebody has looked at them."
};
const struct verb verb_of_add_policy = {
    "add",       "PRINCIPAL",
    VERB_CREATE, NULL,
    verb_add,    "Give user:NAME, group:NAME, token:NAME, cert:NAME or uid:NUMBER a role in an access scope."
};
