/* http.c - carries one command over HTTP or HTTPS, to the control agent or to a server's own HTTP socket.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Both want the content type exactly, know no "Expect: 100-continue", and answer errors of their own with an
 * object where good answers are lists (measured on 2.2.0 and 3.0.4). */
#include <curl/curl.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kea.h"
#include "net/addr.h"

#define LOOK_MS 100 /* how often a waiting call looks whether it was cancelled */

#define URL_MAX 400 /* "https://", a host name of 300 bytes, ":65535/" */

struct kea_http {
    CURL *curl;
    CURLM *multi;
    struct curl_slist *headers;
    char url[KEA_SERVICES][URL_MAX];
};

/* One exchange. */
struct exchange {
    struct kea_call *call;
    enum kea_service service;
    const char *command;
    char where[400], detail[CURL_ERROR_SIZE];
    struct kea_incoming *in;
    long http; /* the status of the answer, 0 before there is one */
};

static size_t on_data(char *data, size_t size, size_t count, void *user)
{
    struct exchange *x = user;

    curl_easy_getinfo(x->call->kea->http->curl, CURLINFO_RESPONSE_CODE, &x->http);
    if (x->http != 200) /* nothing of it is used */
        return 0;
    return kea_incoming_add(x->in, data, size * count) ? size * count : 0;
}

/* As curl_easy_perform, and gives up within LOOK_MS when the caller cancels. */
static CURLcode perform(struct kea_http *h, struct kea_call *c)
{
    CURLcode code = CURLE_OUT_OF_MEMORY;
    CURLMsg *m;
    int running = 1, queued;

    if (curl_multi_add_handle(h->multi, h->curl) != CURLM_OK)
        return code;
    while (curl_multi_perform(h->multi, &running) == CURLM_OK && running && !kea_stopped(c))
        curl_multi_poll(h->multi, NULL, 0, LOOK_MS, NULL);
    if (running && kea_stopped(c))
        code = CURLE_ABORTED_BY_CALLBACK;
    while ((m = curl_multi_info_read(h->multi, &queued)))
        if (m->msg == CURLMSG_DONE)
            code = m->data.result;
    curl_multi_remove_handle(h->multi, h->curl);
    return code;
}

/* An address built by curl: a name from the inventory cannot smuggle in another part of a URL. */
static int make_url(const char *target, bool https, int64_t number, char ret[static URL_MAX])
{
    char host[300], port[8];
    struct ipam_addr literal;
    char *text = NULL;
    CURLU *url = curl_url();
    int status = IPAM_E_CONFIG;
    bool v6 = addr_parse(target, strlen(target), &literal) == 0 && literal.family == 6;

    snprintf(port, sizeof(port), "%d", (int)number);
    if (url && (size_t)snprintf(host, sizeof(host), v6 ? "[%s]" : "%s", target) < sizeof(host) &&
        curl_url_set(url, CURLUPART_SCHEME, https ? "https" : "http", 0) == CURLUE_OK &&
        curl_url_set(url, CURLUPART_HOST, host, 0) == CURLUE_OK &&
        curl_url_set(url, CURLUPART_PORT, port, 0) == CURLUE_OK &&
        curl_url_set(url, CURLUPART_PATH, "/", 0) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_URL, &text, 0) == CURLUE_OK &&
        (size_t)snprintf(ret, URL_MAX, "%s", text) < URL_MAX)
        status = 0;
    curl_free(text);
    curl_url_cleanup(url);
    return status;
}

static int make_urls(struct kea_http *h, const char *target, const struct kea_options *o)
{
    int status = 0;

    for (enum kea_service s = 0; s < KEA_SERVICES && status == 0; s++)
        if (o->use[s] && !o->socket[s][0])
            status = make_url(target, o->https, o->own_port[s] ? o->own_port[s] : o->port, h->url[s]);
    return status;
}

/* libcurl 7.88 makes sockets without close-on-exec. */
static int on_socket(void *user, curl_socket_t fd, curlsocktype purpose)
{
    (void)user;
    (void)purpose;
    return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ? CURL_SOCKOPT_ERROR : CURL_SOCKOPT_OK;
}

/* No proxy of the environment, no redirect: the password goes to the named server or nowhere. */
static bool set_transfer(struct kea_http *h)
{
    return curl_easy_setopt(h->curl, CURLOPT_SOCKOPTFUNCTION, on_socket) == CURLE_OK &&
           curl_easy_setopt(h->curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(h->curl, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(h->curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(h->curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, h->headers) == CURLE_OK &&
           curl_easy_setopt(h->curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           /* a call that is given up does not wait for the resolver's thread */
           curl_easy_setopt(h->curl, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK &&
           curl_easy_setopt(h->curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)KEA_ANSWER_MAX) == CURLE_OK &&
           curl_easy_setopt(h->curl, CURLOPT_WRITEFUNCTION, on_data) == CURLE_OK;
}

static bool set_user(CURL *curl, const struct kea_options *o)
{
    return !o->user || (curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC) == CURLE_OK &&
                        curl_easy_setopt(curl, CURLOPT_USERNAME, o->user) == CURLE_OK &&
                        curl_easy_setopt(curl, CURLOPT_PASSWORD, o->password ? o->password : "") == CURLE_OK);
}

/* An authority's file is trusted instead of the system's authorities. */
static bool set_tls(CURL *curl, const struct kea_options *o)
{
    const char *key = o->key_file ? o->key_file : o->cert_file;

    return curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, (long)!o->unverified) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, o->unverified ? 0L : 2L) == CURLE_OK &&
           (!o->ca_file || (curl_easy_setopt(curl, CURLOPT_CAINFO, o->ca_file) == CURLE_OK &&
                            curl_easy_setopt(curl, CURLOPT_CAPATH, NULL) == CURLE_OK)) &&
           (!o->cert_file || (curl_easy_setopt(curl, CURLOPT_SSLCERT, o->cert_file) == CURLE_OK &&
                              curl_easy_setopt(curl, CURLOPT_SSLKEY, key) == CURLE_OK));
}

int kea_http_open(const struct ipam_host *host, struct ipam_inst *inst, const char *target,
                  const struct kea_options *o, struct kea_http **ret)
{
    struct kea_http *h = calloc(1, sizeof(*h));
    int status = IPAM_E_NOMEM;

    if (!h || !(h->curl = curl_easy_init()) || !(h->multi = curl_multi_init()))
        goto out;
    /* The sockets by which it wakes itself pass by on_socket. What else is caught here was made by somebody
     * who should have said so. */
    close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC);
    h->headers = curl_slist_append(NULL, "Content-Type: application/json");
    if (!h->headers || !curl_slist_append(h->headers, "Expect:"))
        goto out;
    status = make_urls(h, target, o);
    if (status) {
        host->open_error(
            inst, "the server's name is neither a host name nor an address; correct it in the inventory");
        goto out;
    }
    status = set_transfer(h) && set_user(h->curl, o) && (!o->https || set_tls(h->curl, o)) ? 0 : IPAM_E_NOMEM;
    if (status == 0 && o->https && o->unverified)
        host->log(
            inst, 4, "kea-unverified",
            "the server's certificate is not verified: whoever stands between can read the password and "
            "change what is managed; give its authority in the option ca_file instead of verify false");
out:
    if (status)
        kea_http_close(h);
    else
        *ret = h;
    return status;
}

void kea_http_close(struct kea_http *h)
{
    if (!h)
        return;
    curl_easy_cleanup(h->curl);
    curl_multi_cleanup(h->multi);
    curl_slist_free_all(h->headers);
    free(h);
}

/* Who should be listening, and which option says where, for remedies. */
static const char *listener(const struct exchange *x)
{
    if (!x->call->kea->opt.direct)
        return "kea-ctrl-agent runs there and listens on that port (option port)";
    return x->service == KEA_DHCP4
               ? "kea-dhcp4 runs there and has an HTTP control socket on that port (option port4)"
               : "kea-dhcp6 runs there and has an HTTP control socket on that port (option port6)";
}

/* What a failed connection means. */
static int explain_connection(struct exchange *x, CURLcode code, const char *text)
{
    const struct kea_options *o = &x->call->kea->opt;

    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return kea_fail(x->call, IPAM_E_CONN,
                        "%s: the host name has no address; correct the server's name, or the DNS", x->where);
    case CURLE_COULDNT_CONNECT:
        return kea_fail(x->call, IPAM_E_CONN, "%s: no connection (%s); see that %s", x->where, text,
                        listener(x));
    case CURLE_PEER_FAILED_VERIFICATION:
        return kea_fail(
            x->call, IPAM_E_CONN,
            "%s: its certificate is not trusted (%s); give its authority in the option ca_file, or "
            "correct the server's name to one that the certificate has",
            x->where, text);
    case CURLE_SSL_CONNECT_ERROR:
        return kea_fail(
            x->call, IPAM_E_CONN,
            "%s: no TLS connection (%s); see whether TLS is spoken there (option scheme), and whether "
            "a client certificate is wanted (option cert_file)",
            x->where, text);
    case CURLE_SSL_CACERT_BADFILE:
        return kea_fail(
            x->call, IPAM_E_CONFIG,
            "%s: the option ca_file: %s cannot be read, or holds no certificate in PEM form; correct "
            "the path or the file",
            x->where, o->ca_file ? o->ca_file : "the system's file of authorities");
    case CURLE_SSL_CERTPROBLEM:
        return kea_fail(x->call, IPAM_E_CONFIG,
                        "%s: the client certificate %s, or its key, cannot be used (%s); see the options "
                        "cert_file and key_file: both are read in PEM form by this process's user",
                        x->where, o->cert_file ? o->cert_file : "", text);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
        return kea_fail(
            x->call, IPAM_E_PROTO,
            "%s: what answers there is no HTTP server, or one with TLS (option scheme); see that %s",
            x->where, listener(x));
    default: break;
    }
    /* TLS 1.3: the server says only after the handshake that it wants a certificate */
    if (strstr(text, "certificate required"))
        return kea_fail(x->call, IPAM_E_AUTH,
                        "%s: it wants a client certificate; give one in the options cert_file and key_file",
                        x->where);
    return kea_fail(x->call, IPAM_E_CONN, "%s: %s failed: %s; see the log of the server", x->where,
                    x->command, text);
}

/* What a failed transfer means. */
static int explain(struct exchange *x, CURLcode code)
{
    const char *text = x->detail[0] ? x->detail : curl_easy_strerror(code);

    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        return kea_fail(
            x->call, IPAM_E_TIMEOUT,
            "%s: no answer to %s in time; see whether the server hangs, or raise the option timeout",
            x->where, x->command);
    case CURLE_ABORTED_BY_CALLBACK:
        return kea_fail(x->call, IPAM_E_CANCELED, "%s: %s was given up: the caller cancelled it", x->where,
                        x->command);
    case CURLE_FILESIZE_EXCEEDED:
        x->in->complaint = KEA_INCOMING_LONG;
        return kea_incoming_fail(x->call, x->in, x->where, x->command);
    case CURLE_WRITE_ERROR:
        if (x->in->complaint != KEA_INCOMING_OK)
            return kea_incoming_fail(x->call, x->in, x->where, x->command);
        break;
    case CURLE_GOT_NOTHING:
        return kea_fail(x->call, IPAM_E_CONN,
                        "%s: the connection was closed without an answer to %s; see the log of the server%s",
                        x->where, x->command,
                        x->call->kea->opt.https ? "" : ", or whether it wants TLS (option scheme)");
    case CURLE_PARTIAL_FILE:
        return kea_fail(
            x->call, IPAM_E_CONN,
            "%s: the answer to %s ended before it was complete; see the log of the server, it may "
            "have died",
            x->where, x->command);
    default: break;
    }
    return explain_connection(x, code, text);
}

static int explain_status(struct exchange *x)
{
    struct kea_call *c = x->call;

    snprintf(c->native, sizeof(c->native), "HTTP %ld", x->http);
    if (x->http == 401 || x->http == 403)
        return kea_fail(c, IPAM_E_AUTH, "%s: the server refused %s; correct the options user and password",
                        x->where,
                        c->kea->opt.user ? "this user and password" : "a call without user and password");
    if (x->http == 400)
        return kea_fail(c, IPAM_E_PROTO, "%s: the server did not accept the request (HTTP 400); see that %s",
                        x->where, listener(x));
    if (x->http >= 300 && x->http < 400)
        return kea_fail(
            c, IPAM_E_PROTO,
            "%s: HTTP %ld, a redirect, which Kea does not answer and which is not followed; see that "
            "no web server or proxy stands there, and that %s",
            x->where, x->http, listener(x));
    if (x->http == 407 || x->http == 429 || (x->http >= 500 && x->http < 600))
        return kea_fail(
            c, IPAM_E_CONN,
            "%s: HTTP %ld, which Kea does not answer: a proxy stands between, and does not reach it; "
            "see the proxy, and that %s",
            x->where, x->http, listener(x));
    return kea_fail(c, IPAM_E_PROTO, "%s: HTTP %ld, which Kea does not answer; see that %s", x->where,
                    x->http, listener(x));
}

static void set_request(CURL *curl, struct exchange *x, struct ipam_str body, int64_t patience, bool once)
{
    curl_easy_setopt(curl, CURLOPT_URL, x->call->kea->http->url[x->service]);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, x);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, x->detail);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)patience);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)patience);
    /* On a connection that was kept, curl repeats a request that got no answer. What changes the server
     * is sent once. */
    curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, (long)once);
}

int kea_http_exchange(struct kea_call *c, enum kea_service s, const char *command, struct ipam_str body,
                      struct kea_incoming *in, bool *ret_sent)
{
    CURL *curl = c->kea->http->curl;
    struct exchange x = { .call = c, .service = s, .command = command, .in = in };
    int64_t patience = kea_patience(c);
    curl_off_t uploaded = 0;
    CURLcode code;

    kea_where(c->kea, s, x.where, sizeof(x.where));
    if (patience == 0)
        return explain(&x, CURLE_OPERATION_TIMEDOUT);
    set_request(curl, &x, body, patience, ret_sent != NULL);
    code = perform(c->kea->http, c);
    curl_easy_getinfo(curl, CURLINFO_SIZE_UPLOAD_T, &uploaded);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &x.http);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
    if (ret_sent)
        *ret_sent = (size_t)uploaded == body.len;
    if (code != CURLE_ABORTED_BY_CALLBACK && x.http >= 200 && x.http != 200)
        return explain_status(&x); /* however its body ended */
    if (code != CURLE_OK)
        return explain(&x, code);
    if (x.http != 200)
        return explain(&x, CURLE_WEIRD_SERVER_REPLY);
    if (in->text.len == 0 || !in->ended)
        return kea_fail(c, IPAM_E_PROTO, "%s: what answered %s is no Kea: its answer is %s; see that %s",
                        x.where, command, in->text.len ? "not JSON, or cut off" : "empty", listener(&x));
    return 0;
}
