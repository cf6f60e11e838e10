/* tls.c - the certificates of the listeners: read all together or not at all, with what will be wrong soon.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "app/tls.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/container.h"
#include "base/memory.h"

#define DAY_MS  INT64_C(86400000)
#define SOON_MS (14 * DAY_MS) /* or a third of its life, for those that live shorter */

/* Where a file of the listener is named. */
static struct conf_place file_place(const struct conf_tls *t, enum http_tls_file which)
{
    static const char *const keys[] = { "certificate", "key", "client_ca", "client_crl" };
    struct conf_place at = t->place;
    at.value = json_get(t->place.value, keys[which]);
    return at;
}

static int read_listener(const struct conf_tls *t, struct http_tls **ret, conf_report report, void *user)
{
    struct http_tls_files files = { t->certificate, t->key, t->client_ca, t->client_crl, t->client_required };
    char err[HTTP_TLS_ERR];
    enum http_tls_file wrong;
    if (t->place.doc == NULL || http_tls_new(&files, ret, &wrong, err) == 0)
        return 0;
    struct conf_place at = file_place(t, wrong);
    conf_problem(&at, report, user, "%s", err);
    return 1;
}

struct http_tls **tls_read(const struct conf *conf, conf_report report, void *user, int *ret_problems)
{
    struct http_tls **all = xcalloc(conf->listener_count + 1, sizeof(struct http_tls *));
    *ret_problems = 0;
    for (size_t i = 0; i < conf->listener_count; i++)
        *ret_problems += read_listener(&conf->listeners[i].tls, &all[i], report, user);
    return all;
}

void tls_drop(const struct conf *conf, struct http_tls **all)
{
    for (size_t i = 0; all != NULL && i < conf->listener_count; i++)
        http_tls_free(all[i]);
    free(all);
}

static void date_print(int64_t ms, char text[32])
{
    time_t s = (time_t)(ms / 1000);
    struct tm tm;
    if (gmtime_r(&s, &tm) == NULL || strftime(text, 32, "%Y-%m-%d %H:%M UTC", &tm) == 0)
        text[0] = '\0';
}

/* The host of "10.1.2.3:8053" and of "[::1]:8053"; any address has none. */
static bool host_of(const char *address, char host[64])
{
    const char *colon = strrchr(address, ':');
    size_t bracket = address[0] == '[', len = colon != NULL ? (size_t)(colon - address) - 2 * bracket : 64;
    if (len >= 64)
        return false;
    memcpy(host, address + bracket, len);
    host[len] = '\0';
    return strcmp(host, "0.0.0.0") != 0 && strcmp(host, "::") != 0;
}

static void judge(const struct conf_listener *l, const struct http_tls *t, int64_t now, conf_report report,
                  void *user)
{
    struct conf_place cert = file_place(&l->tls, HTTP_TLS_CERTIFICATE),
                      crl = file_place(&l->tls, HTTP_TLS_CLIENT_CRL);
    int64_t from, until, crl_until = http_tls_crl_until(t), soon;
    char text[32], host[64];
    http_tls_validity(t, &from, &until);
    soon = (until - from) / 3 < SOON_MS ? (until - from) / 3 : SOON_MS;
    date_print(now < from ? from : until, text);
    if (now < from)
        conf_problem(&cert, report, user,
                     "warning: the certificate is not valid before %s; set the clock, or give another", text);
    else if (now > until)
        conf_problem(&cert, report, user,
                     "warning: the certificate has expired, on %s; give a new one and reload", text);
    else if (now > until - soon)
        conf_problem(&cert, report, user, "warning: the certificate expires on %s; give a new one and reload",
                     text);
    if (host_of(l->address, host) && !http_tls_names(t, host))
        conf_problem(&cert, report, user,
                     "warning: the certificate names neither %s nor a host, so clients will refuse it; have "
                     "one made with this address as a subject alternative name",
                     host);
    date_print(crl_until, text);
    if (crl_until != 0 && now > crl_until)
        conf_problem(&crl, report, user,
                     "warning: a list of revoked certificates is outdated since %s, and clients' "
                     "certificates are refused; give its next issue and reload",
                     text);
}

void tls_judge(const struct conf *conf, struct http_tls *const *all, conf_report report, void *user)
{
    for (size_t i = 0; i < conf->listener_count; i++)
        if (all[i] != NULL)
            judge(&conf->listeners[i], all[i], clock_wall_ms(), report, user);
}

int tls_check(const struct conf *conf, conf_report report, void *user)
{
    int problems;
    struct http_tls **all = tls_read(conf, report, user, &problems);
    tls_judge(conf, all, report, user);
    tls_drop(conf, all);
    return problems;
}
