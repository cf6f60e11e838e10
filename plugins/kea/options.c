/* options.c - the options of an instance: their table, and how they are read.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "kea.h"

static const char *const scheme_names[] = { "http", "https", NULL };
static const char *const services_names[] = { "both", "dhcp4", "dhcp6", NULL };

#define OPTION(id, ...)                                                                                      \
    static const struct ipam_option option_##id = { .size = sizeof(option_##id), .name = #id, __VA_ARGS__ }

OPTION(scheme, .kind = IPAM_OPT_ENUM, .def = "http", .names = scheme_names,
       .help = "How the control agent is spoken to; https verifies its certificate against the system's "
               "authorities.");
OPTION(port, .kind = IPAM_OPT_INT, .def = "8000", .min = 1, .max = 65535,
       .help = "TCP port of the control agent.");
OPTION(user, .kind = IPAM_OPT_TEXT, .help = "User name for the control agent's basic authentication.");
OPTION(password, .kind = IPAM_OPT_SECRET, .help = "Name of the secret that holds the password of that user.");
OPTION(
    socket4, .kind = IPAM_OPT_PATH,
    .help = "Unix socket of the DHCPv4 server; when socket4 or socket6 is given, no control agent is used.");
OPTION(
    socket6, .kind = IPAM_OPT_PATH,
    .help = "Unix socket of the DHCPv6 server; when socket4 or socket6 is given, no control agent is used.");
OPTION(services, .kind = IPAM_OPT_ENUM, .def = "both", .names = services_names,
       .help = "Servers to manage; both takes those that the control agent, or a socket, leads to.");
OPTION(timeout, .kind = IPAM_OPT_DURATION, .def = "30s", .min = 100, .max = 600000,
       .help = "Longest wait for the answer to one command.");
OPTION(page, .kind = IPAM_OPT_INT, .def = "500", .min = 1, .max = 10000,
       .help = "Leases asked for at a time; the server answers no client while it collects them.");

const struct ipam_option *const kea_options[] = {
    &option_scheme,  &option_port,     &option_user,    &option_password, &option_socket4,
    &option_socket6, &option_services, &option_timeout, &option_page,     NULL
};

struct reader {
    const struct ipam_host *host;
    struct ipam_inst *inst;
    int status;
};

static void wrong(struct reader *r, int status, const char *text)
{
    if (r->status == 0)
        r->host->open_error(r->inst, text);
    r->status = r->status ? r->status : status;
}

static struct ipam_str read_text(struct reader *r, const char *name)
{
    struct ipam_str s = { NULL, 0 };

    return r->host->option_text(r->inst, name, &s) == 0 ? s : (struct ipam_str){ NULL, 0 };
}

static int64_t read_int(struct reader *r, const char *name, int64_t otherwise)
{
    int64_t n = otherwise;

    return r->host->option_int(r->inst, name, &n) == 0 ? n : otherwise;
}

/* A NUL-terminated copy; NULL for an absent text. A NUL inside cannot be passed on. */
static char *copy(struct reader *r, const void *data, size_t len, const char *complaint)
{
    char *p = NULL;

    if (!data)
        return NULL;
    if (memchr(data, 0, len)) {
        wrong(r, IPAM_E_CONFIG, complaint);
    } else if (!(p = malloc(len + 1))) {
        wrong(r, IPAM_E_NOMEM, "out of memory");
    } else {
        memcpy(p, data, len);
        p[len] = '\0';
    }
    return p;
}

static void read_socket(struct reader *r, const char *name, char *ret)
{
    struct ipam_str path = read_text(r, name);

    if (path.len >= KEA_SOCKET_MAX)
        wrong(r, IPAM_E_CONFIG,
              "the path of a unix socket has 107 bytes at most; shorten socket4 or socket6");
    else if (path.len)
        memcpy(ret, path.data, path.len); /* the options were zeroed: the NUL is there */
}

static void read_services(struct reader *r, struct kea_options *o)
{
    struct ipam_str services = read_text(r, "services");
    bool both = !services.data || (services.len == 4 && memcmp(services.data, "both", 4) == 0);

    o->direct = o->socket[KEA_DHCP4][0] || o->socket[KEA_DHCP6][0];
    for (enum kea_service s = 0; s < KEA_SERVICES; s++) {
        bool chosen = !both && services.len == 5 && memcmp(services.data, kea_service_name(s), 5) == 0;

        o->use[s] = (both || chosen) && (!o->direct || o->socket[s][0]);
        o->named[s] = chosen || (o->use[s] && o->direct);
    }
    if (!o->use[KEA_DHCP4] && !o->use[KEA_DHCP6])
        wrong(r, IPAM_E_CONFIG,
              "services names one server and socket4 or socket6 the other; give the socket of the server to "
              "manage");
}

int kea_options_read(const struct ipam_host *host, struct ipam_inst *inst, struct kea_options *o)
{
    struct reader r = { .host = host, .inst = inst };
    struct ipam_str scheme = read_text(&r, "scheme"), user = read_text(&r, "user");
    struct ipam_bytes secret = { NULL, 0 };

    *o = (struct kea_options){ .https = scheme.len == 5 };
    o->port = read_int(&r, "port", 8000);
    o->timeout_ms = read_int(&r, "timeout", 30000);
    o->page = read_int(&r, "page", 500);
    read_socket(&r, "socket4", o->socket[KEA_DHCP4]);
    read_socket(&r, "socket6", o->socket[KEA_DHCP6]);
    read_services(&r, o);
    if (memchr(user.data ? user.data : "", ':', user.len))
        wrong(&r, IPAM_E_CONFIG,
              "a user name for basic authentication has no colon (RFC 7617); see the option user");
    o->user = copy(&r, user.data, user.len, "the option user holds a NUL byte; remove it");
    if (host->option_secret(inst, "password", &secret) == 0)
        o->password = copy(&r, secret.data, secret.len, "the password holds a NUL byte; store it without");
    if (o->password && !o->user)
        wrong(&r, IPAM_E_CONFIG, "there is a password but no user; give the option user");
    if (r.status)
        kea_options_fini(o);
    return r.status;
}

/* What read_services and the agent's authentication would refuse, told before anything is opened. */
void kea_options_check(struct ipam_inst *inst, const struct ipam_host *host)
{
    struct reader r = { .host = host, .inst = inst };
    struct ipam_str user = read_text(&r, "user"), services = read_text(&r, "services");
    bool socket4 = read_text(&r, "socket4").len > 0, socket6 = read_text(&r, "socket6").len > 0;
    bool only4 = services.len == 5 && memcmp(services.data, "dhcp4", 5) == 0;
    bool only6 = services.len == 5 && memcmp(services.data, "dhcp6", 5) == 0;

    if (memchr(user.data ? user.data : "", ':', user.len))
        host->option_problem(inst, "user",
                             "has a colon, which basic authentication cannot carry (RFC 7617); "
                             "write another user");
    if ((socket4 || socket6) && ((only4 && !socket4) || (only6 && !socket6)))
        host->option_problem(inst, "services",
                             "names a server whose socket is not given; give socket4 for dhcp4, "
                             "socket6 for dhcp6");
}

void kea_options_fini(struct kea_options *o)
{
    if (o->password)
        sodium_memzero(o->password, strlen(o->password));
    free(o->password);
    free(o->user);
    *o = (struct kea_options){ .port = 0 };
}
