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
       .help = "How the control agent, or a server's own HTTP socket, is spoken to; https verifies its "
               "certificate.");
OPTION(port, .kind = IPAM_OPT_INT, .flags = IPAM_OPT_PORT, .def = "8000", .min = 1, .max = 65535,
       .help = "TCP port of the control agent.");
OPTION(port4, .kind = IPAM_OPT_INT, .flags = IPAM_OPT_PORT, .min = 1, .max = 65535,
       .help =
           "TCP port of the DHCPv4 server's own HTTP control socket (Kea 2.7.2 and later); when a port or "
           "socket of a server is given, no control agent is used.");
OPTION(port6, .kind = IPAM_OPT_INT, .flags = IPAM_OPT_PORT, .min = 1, .max = 65535,
       .help = "TCP port of the DHCPv6 server's own HTTP control socket; see port4.");
OPTION(ca_file, .kind = IPAM_OPT_PATH,
       .help = "File of the authorities, in PEM form, that may have signed the certificate; without it those "
               "of the system may.");
OPTION(verify, .kind = IPAM_OPT_BOOL, .def = "true",
       .help = "Whether the certificate and the name in it are verified; false trusts whoever answers.");
OPTION(cert_file, .kind = IPAM_OPT_PATH,
       .help = "Our client certificate in PEM form, where the server wants one.");
OPTION(key_file, .kind = IPAM_OPT_PATH,
       .help = "Private key of cert_file in PEM form; without it cert_file holds the key as well.");
OPTION(user, .kind = IPAM_OPT_TEXT,
       .help = "User name for basic authentication by the control agent or the server's own HTTP socket.");
OPTION(password, .kind = IPAM_OPT_SECRET, .help = "Name of the secret that holds the password of that user.");
OPTION(
    socket4, .kind = IPAM_OPT_PATH,
    .help =
        "Unix socket of the DHCPv4 server; when a port or socket of a server is given, no control agent is "
        "used.");
OPTION(socket6, .kind = IPAM_OPT_PATH, .help = "Unix socket of the DHCPv6 server; see socket4.");
OPTION(services, .kind = IPAM_OPT_ENUM, .def = "both", .names = services_names,
       .help = "Servers to manage; both takes those that the control agent, or a socket, leads to.");
OPTION(timeout, .kind = IPAM_OPT_DURATION, .def = "30s", .min = 100, .max = 600000,
       .help = "Longest wait for the answer to one command.");
OPTION(page, .kind = IPAM_OPT_INT, .def = "500", .min = 1, .max = 10000,
       .help = "Leases asked for at a time; the server answers no client while it collects them.");

const struct ipam_option *const kea_options[] = {
    &option_scheme,    &option_port,     &option_port4,   &option_port6,
    &option_user,      &option_password, &option_ca_file, &option_verify,
    &option_cert_file, &option_key_file, &option_socket4, &option_socket6,
    &option_services,  &option_timeout,  &option_page,    NULL
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

    for (enum kea_service s = 0; s < KEA_SERVICES; s++) {
        if (o->socket[s][0] && o->own_port[s])
            wrong(r, IPAM_E_CONFIG,
                  "a server is reached by its socket or by its port; give socket4 or port4, and socket6 or "
                  "port6, not both");
        o->direct = o->direct || o->socket[s][0] || o->own_port[s];
    }
    for (enum kea_service s = 0; s < KEA_SERVICES; s++) {
        bool chosen = !both && services.len == 5 && memcmp(services.data, kea_service_name(s), 5) == 0;

        o->use[s] = (both || chosen) && (!o->direct || o->socket[s][0] || o->own_port[s]);
        o->named[s] = chosen || (o->use[s] && o->direct);
    }
    if (!o->use[KEA_DHCP4] && !o->use[KEA_DHCP6])
        wrong(
            r, IPAM_E_CONFIG,
            "services names one server and a socket or port the other; give the socket or port of the server "
            "to manage");
}

/* Files for TLS; they are read when a connection is made. */
static void read_files(struct reader *r, struct kea_options *o)
{
    static const char *const names[] = { "ca_file", "cert_file", "key_file" };
    char **const members[] = { &o->ca_file, &o->cert_file, &o->key_file };
    bool any = o->unverified;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct ipam_str path = read_text(r, names[i]);

        *members[i] = copy(r, path.data, path.len, "the path of a file for TLS holds a NUL byte; remove it");
        any = any || *members[i];
    }
    if (any && !o->https)
        wrong(
            r, IPAM_E_CONFIG,
            "ca_file, verify, cert_file and key_file are for TLS, and scheme says http; set scheme to https");
    if (o->key_file && !o->cert_file)
        wrong(r, IPAM_E_CONFIG, "there is a key_file but no certificate; give the option cert_file");
    if (o->unverified && o->ca_file)
        wrong(r, IPAM_E_CONFIG, "ca_file says whom to trust and verify says everybody; remove one of them");
}

int kea_options_read(const struct ipam_host *host, struct ipam_inst *inst, struct kea_options *o)
{
    struct reader r = { .host = host, .inst = inst };
    struct ipam_str scheme = read_text(&r, "scheme"), user = read_text(&r, "user");
    struct ipam_bytes secret = { NULL, 0 };

    *o = (struct kea_options){ .https = scheme.len == 5 };
    o->unverified = read_int(&r, "verify", 1) == 0;
    o->port = read_int(&r, "port", 8000);
    o->own_port[KEA_DHCP4] = read_int(&r, "port4", 0);
    o->own_port[KEA_DHCP6] = read_int(&r, "port6", 0);
    o->timeout_ms = read_int(&r, "timeout", 30000);
    o->page = read_int(&r, "page", 500);
    read_socket(&r, "socket4", o->socket[KEA_DHCP4]);
    read_socket(&r, "socket6", o->socket[KEA_DHCP6]);
    read_services(&r, o);
    read_files(&r, o);
    if (memchr(user.data ? user.data : "", ':', user.len))
        wrong(&r, IPAM_E_CONFIG,
              "a user name for basic authentication has no colon (RFC 7617); see the option user");
    o->user = copy(&r, user.data, user.len, "the option user holds a NUL byte; remove it");
    if (host->option_secret(inst, "password", &secret) == 0)
        o->password = copy(&r, secret.data, secret.len, "the password holds a NUL byte; store it without");
    if (o->password && !o->user)
        wrong(&r, IPAM_E_CONFIG, "there is a password but no user; give the option user");
    if (r.status == 0 && kea_forms_make(o))
        wrong(&r, IPAM_E_NOMEM, "out of memory");
    if (r.status)
        kea_options_fini(o);
    return r.status;
}

/* What read_services and the agent's authentication would refuse, told before anything is opened. */
void kea_options_check(struct ipam_inst *inst, const struct ipam_host *host)
{
    struct reader r = { .host = host, .inst = inst };
    struct ipam_str user = read_text(&r, "user"), services = read_text(&r, "services");
    bool https = read_text(&r, "scheme").len == 5, key = read_text(&r, "key_file").len > 0,
         cert = read_text(&r, "cert_file").len > 0, ca = read_text(&r, "ca_file").len > 0;
    bool way4 = read_text(&r, "socket4").len > 0 || read_int(&r, "port4", 0),
         way6 = read_text(&r, "socket6").len > 0 || read_int(&r, "port6", 0);
    bool only4 = services.len == 5 && memcmp(services.data, "dhcp4", 5) == 0;
    bool only6 = services.len == 5 && memcmp(services.data, "dhcp6", 5) == 0;

    if (memchr(user.data ? user.data : "", ':', user.len))
        host->option_problem(inst, "user",
                             "has a colon, which basic authentication cannot carry (RFC 7617); "
                             "write another user");
    if ((way4 || way6) && ((only4 && !way4) || (only6 && !way6)))
        host->option_problem(inst, "services",
                             "names a server whose socket is not given; give socket4 or port4 for dhcp4, "
                             "socket6 or port6 for dhcp6");
    if (!https && (ca || cert))
        host->option_problem(inst, ca ? "ca_file" : "cert_file", "is for TLS; set scheme to https");
    if (key && !cert)
        host->option_problem(inst, "key_file", "belongs to a certificate; give cert_file too");
}

void kea_options_fini(struct kea_options *o)
{
    if (o->password)
        sodium_memzero(o->password, strlen(o->password));
    free(o->password);
    kea_forms_fini(o);
    free(o->user);
    free(o->ca_file);
    free(o->cert_file);
    free(o->key_file);
    *o = (struct kea_options){ .port = 0 };
}
