/* identity.c - null-identity: knows the users that its options name.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * SERIAL. How a secret is copied at open, compared in the same time whatever it is, and wiped at close. That
 * passwords stand in the options is for tests alone: a real provider asks the one who knows them. */
#include "null.h"

#include <stdlib.h>
#include <string.h>

#define GROUPS_MAX 32
#define SECRET_MAX 1024

struct identity {
    const struct ipam_host *host;
    struct ipam_strs users; /* as written in the options */
    int64_t lifetime_ms;
    struct ipam_str token_user;
    uint8_t token[SECRET_MAX]; /* our copy: the host wipes its own when open returns */
    size_t token_len;
};

/* One user of the option: NAME:PASSWORD:GROUP,GROUP. */
struct user {
    struct ipam_str name, password, groups[GROUPS_MAX];
    size_t group_count;
};

static bool parse_user(struct ipam_str text, struct user *ret)
{
    struct user u = { .group_count = 0 };

    u.name = null_cut(&text, ':');
    u.password = null_cut(&text, ':');
    while (text.len && u.group_count < GROUPS_MAX)
        u.groups[u.group_count++] = null_cut(&text, ',');
    *ret = u;
    return u.name.len && u.password.len && !text.len;
}

static void identity_check(struct ipam_inst *inst, const struct ipam_host *host)
{
    struct ipam_strs users = null_option_list(host, inst, "users");
    struct ipam_str owner = null_option_text(host, inst, "token_user");
    bool known = owner.len == 0;
    struct user u;

    for (size_t i = 0; i < users.count; i++) {
        if (!parse_user(users.items[i], &u))
            host->option_problem(inst, "users",
                                 "holds an entry that is no user: write NAME:PASSWORD:GROUP,GROUP");
        known = known || null_compare(u.name, owner) == 0;
    }
    if (!known)
        host->option_problem(inst, "token_user", "is none of the users: write the name of one of them");
}

/* Plain memset before free may be left out by a compiler. */
static void wipe(void *data, size_t len)
{
    volatile uint8_t *at = data;

    while (len--)
        *at++ = 0;
}

static void identity_close(void *ctx)
{
    struct identity *d = ctx;

    wipe(d->token, sizeof(d->token));
    free(d);
}

static int32_t identity_open(struct ipam_inst *inst, const struct ipam_host *host, void **ret_ctx)
{
    struct identity *d = calloc(1, sizeof(*d));
    struct ipam_bytes token;

    if (!d)
        return IPAM_E_NOMEM;
    d->host = host;
    d->users = null_option_list(host, inst, "users");
    d->lifetime_ms = null_option_int(host, inst, "lifetime");
    d->token_user = null_option_text(host, inst, "token_user");
    if (host->option_secret(inst, "token", &token) == IPAM_OK && token.len) {
        if (token.len > sizeof(d->token)) {
            host->open_error(inst,
                             "the secret of the option token is longer than 1024 bytes; use a shorter one");
            identity_close(d);
            return IPAM_E_CONFIG;
        }
        memcpy(d->token, token.data, token.len);
        d->token_len = token.len;
    }
    *ret_ctx = d;
    return IPAM_OK;
}

static void identity_probe(void *ctx, struct ipam_req *req)
{
    struct identity *d = ctx;
    struct null_call c;

    null_begin(&c, d->host, req);
    null_done(&c, null_probe(&c, IPAM_IDENTITY_CAP_PASSWORD | (d->token_len ? IPAM_IDENTITY_CAP_BEARER : 0u),
                             "the users are in its options"));
}

/* Takes as long for a wrong secret as for the right one: as long as the one that was shown. */
static bool same_secret(struct ipam_bytes shown, const void *known, size_t len)
{
    const volatile uint8_t *a = shown.data, *b = known;
    uint8_t difference = shown.len != len;

    for (size_t i = 0; i < shown.len; i++)
        difference |= (uint8_t)(a[i] ^ (len ? b[i % len] : 1));
    return difference == 0;
}

/* Every user is looked at, and an unknown name compared too, so that time tells nothing. */
static bool find_user(const struct identity *d, struct ipam_str name, struct ipam_bytes secret,
                      bool by_password, struct user *ret)
{
    struct user u, found = { .group_count = 0 };
    bool known = false;

    for (size_t i = 0; i < d->users.count; i++)
        if (parse_user(d->users.items[i], &u) && null_compare(u.name, name) == 0) {
            found = u;
            known = true;
        }
    bool right = by_password ? same_secret(secret, found.password.data, found.password.len)
                             : same_secret(secret, d->token, d->token_len);
    *ret = found;
    return known && right;
}

static int32_t emit_principal(struct null_call *c, const struct identity *d, const struct user *u)
{
    struct ipam_principal row = { .size = sizeof(row),
                                  .type = IPAM_T_PRINCIPAL,
                                  .name = u->name,
                                  .groups = { u->groups, u->group_count },
                                  .expires = null_clock_ms() + d->lifetime_ms };

    IPAM_SET_FIELD(&row, IPAM_PRINCIPAL_NAME);
    IPAM_SET_FIELD(&row, IPAM_PRINCIPAL_GROUPS);
    IPAM_SET_FIELD(&row, IPAM_PRINCIPAL_EXPIRES);
    return null_emit(c, &row);
}

static void identity_verify(void *ctx, struct ipam_req *req, const struct ipam_credential *args)
{
    struct identity *d = ctx;
    bool by_password = args->kind == IPAM_CREDENTIAL_KIND_PASSWORD;
    struct null_call c;
    struct user u;
    int32_t status;

    null_begin(&c, d->host, req);
    if (!by_password && (args->kind != IPAM_CREDENTIAL_KIND_BEARER || d->token_len == 0))
        status = null_fail(&c, IPAM_E_UNSUPPORTED, "credentials of this kind cannot be verified here");
    else if (!IPAM_HAS_FIELD(args, IPAM_CREDENTIAL_SECRET) ||
             (by_password && !IPAM_HAS_FIELD(args, IPAM_CREDENTIAL_NAME)))
        status =
            null_fail(&c, IPAM_E_INVAL, "the credential lacks its secret, or the name that goes with it");
    else if (!find_user(d, by_password ? args->name : d->token_user, args->secret, by_password, &u))
        status = null_fail(&c, IPAM_E_AUTH, "the name or the secret is wrong");
    else
        status = emit_principal(&c, d, &u);
    null_done(&c, status);
}

static const struct ipam_option users = NULL_OPTION(IPAM_OPT_LIST, "users", NULL, 0, 1000, NULL,
                                                    "who is known, each NAME:PASSWORD:GROUP,GROUP"),
                                token = NULL_OPTION(IPAM_OPT_SECRET, "token", NULL, 0, 0, NULL,
                                                    "a bearer token, that of token_user"),
                                token_user = NULL_OPTION(IPAM_OPT_TEXT, "token_user", NULL, 0, 0, NULL,
                                                         "whom the token belongs to"),
                                lifetime = NULL_OPTION(IPAM_OPT_DURATION, "lifetime", "1h", 1000, 86400000,
                                                       NULL, "when a user must be asked again");
static const struct ipam_option *const options[] = { &users, &token, &token_user, &lifetime, NULL };

static const struct ipam_identity_ops ops = {
    .common = { .size = sizeof(ops),
                .thread_model = IPAM_THREAD_SERIAL,
                .capabilities = IPAM_IDENTITY_CAP_PASSWORD | IPAM_IDENTITY_CAP_BEARER,
                .open = identity_open,
                .close = identity_close,
                .probe = identity_probe },
    .verify = identity_verify,
};

const struct ipam_plugin *ipam_plugin_v0(void)
{
    static const struct ipam_plugin plugin = { .size = sizeof(plugin),
                                               .abi = IPAM_ABI,
                                               .name = "null-identity",
                                               .version = NULL_VERSION,
                                               .summary = "knows the users that its options name",
                                               .options = options,
                                               .check = identity_check,
                                               .identity = &ops };

    return &plugin;
}
