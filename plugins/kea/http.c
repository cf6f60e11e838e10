/* http.c - carries one command to the control agent over HTTP or HTTPS.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The agent wants the content type exactly, knows no "Expect: 100-continue", and answers errors of its
 * own with an object where good answers are lists (measured on 2.2.0). */
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

struct kea_http {
    CURL *curl;
    CURLM *multi;
    struct curl_slist *headers;
};

static size_t on_data(char *data, size_t size, size_t count, void *user)
{
    struct strbuf *out = user;

    strbuf_add(out, data, size * count);
    return out->failed ? 0 : size * count;
}

/* As curl_easy_perform, and gives up within LOOK_MS when the caller cancels. */
static CURLcode perform(struct kea_http *h, struct kea_call *c)
{
    CURLcode code = CURLE_OUT_OF_MEMORY;
    CURLMsg *m;
    int running = 1, queued;

    if (curl_multi_add_handle(h->multi, h->curl) != CURLM_OK)
        return code;
    while (curl_multi_perform(h->multi, &running) == CURLM_OK && running) {
        if (kea_stopped(c)) {
            code = CURLE_ABORTED_BY_CALLBACK;
            break;
        }
        curl_multi_poll(h->multi, NULL, 0, LOOK_MS, NULL);
    }
    while ((m = curl_multi_info_read(h->multi, &queued)))
        if (m->msg == CURLMSG_DONE)
            code = m->data.result;
    curl_multi_remove_handle(h->multi, h->curl);
    return code;
}

/* The agent's address, built by curl's own parser: a name from the inventory cannot smuggle in another
 * part of a URL. */
static int set_url(CURL *curl, const char *target, const struct kea_options *o)
{
    char host[300], port[8];
    struct ipam_addr literal;
    char *text = NULL;
    CURLU *url = curl_url();
    int status = IPAM_E_CONFIG;
    bool v6 = addr_parse(target, strlen(target), &literal) == 0 && literal.family == 6;

    snprintf(port, sizeof(port), "%d", (int)o->port);
    if (url && (size_t)snprintf(host, sizeof(host), v6 ? "[%s]" : "%s", target) < sizeof(host) &&
        curl_url_set(url, CURLUPART_SCHEME, o->https ? "https" : "http", 0) == CURLUE_OK &&
        curl_url_set(url, CURLUPART_HOST, host, 0) == CURLUE_OK &&
        curl_url_set(url, CURLUPART_PORT, port, 0) == CURLUE_OK &&
        curl_url_set(url, CURLUPART_PATH, "/", 0) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_URL, &text, 0) == CURLUE_OK &&
        curl_easy_setopt(curl, CURLOPT_URL, text) == CURLE_OK)
        status = 0;
    curl_free(text);
    curl_url_cleanup(url);
    return status;
}

/* libcurl 7.88 makes sockets without close-on-exec. */
static int on_socket(void *user, curl_socket_t fd, curlsocktype purpose)
{
    (void)user;
    (void)purpose;
    return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ? CURL_SOCKOPT_ERROR : CURL_SOCKOPT_OK;
}

int kea_http_open(const struct ipam_host *host, struct ipam_inst *inst, const char *target,
                  const struct kea_options *o, struct kea_http **ret)
{
    struct kea_http *h = calloc(1, sizeof(*h));
    int status = IPAM_E_NOMEM;
    bool ok;

    if (!h || !(h->curl = curl_easy_init()) || !(h->multi = curl_multi_init()))
        goto out;
    /* The sockets by which it wakes itself pass by on_socket. What else is caught here was made by somebody
     * who should have said so. */
    close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC);
    h->headers = curl_slist_append(NULL, "Content-Type: application/json");
    if (!h->headers)
        goto out;
    curl_slist_append(h->headers, "Expect:");
    curl_easy_setopt(h->curl, CURLOPT_SOCKOPTFUNCTION, on_socket);
    status = set_url(h->curl, target, o);
    if (status) {
        host->open_error(
            inst, "the server's name is neither a host name nor an address; correct it in the inventory");
        goto out;
    }
    /* No proxy of the environment, no redirect: the password goes to the named agent or nowhere. */
    ok = curl_easy_setopt(h->curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
         curl_easy_setopt(h->curl, CURLOPT_PROXY, "") == CURLE_OK &&
         curl_easy_setopt(h->curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
         curl_easy_setopt(h->curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
         curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, h->headers) == CURLE_OK &&
         curl_easy_setopt(h->curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
         curl_easy_setopt(h->curl, CURLOPT_WRITEFUNCTION, on_data) == CURLE_OK;
    if (ok && o->user)
        ok = curl_easy_setopt(h->curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC) == CURLE_OK &&
             curl_easy_setopt(h->curl, CURLOPT_USERNAME, o->user) == CURLE_OK &&
             curl_easy_setopt(h->curl, CURLOPT_PASSWORD, o->password ? o->password : "") == CURLE_OK;
    status = ok ? 0 : IPAM_E_NOMEM;
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

/* What a failed transfer means. `where` names service, host and port. */
static int explain(struct kea_call *c, CURLcode code, const char *detail, const char *where,
                   const char *command, const struct strbuf *out)
{
    const char *text = detail[0] ? detail : curl_easy_strerror(code);

    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return kea_fail(c, IPAM_E_CONN,
                        "%s: the host name has no address; correct the server's name, or the DNS", where);
    case CURLE_COULDNT_CONNECT:
        return kea_fail(c, IPAM_E_CONN,
                        "%s: no connection (%s); see that kea-ctrl-agent runs there and listens on that port "
                        "(option port)",
                        where, text);
    case CURLE_OPERATION_TIMEDOUT:
        return kea_fail(
            c, IPAM_E_TIMEOUT,
            "%s: no answer to %s in time; see whether the server hangs, or raise the option timeout", where,
            command);
    case CURLE_ABORTED_BY_CALLBACK:
        return kea_fail(c, IPAM_E_CANCELED, "%s: %s was given up: the caller cancelled it", where, command);
    case CURLE_WRITE_ERROR:
        if (out->failed)
            return kea_fail(c, IPAM_E_TOOBIG,
                            "%s: the answer to %s is larger than %u MiB; see that it is a Kea control agent",
                            where, command, KEA_ANSWER_MAX >> 20);
        break;
    case CURLE_PEER_FAILED_VERIFICATION:
        return kea_fail(c, IPAM_E_CONN,
                        "%s: its certificate is not trusted (%s); add its authority to the system's, or "
                        "correct the server's name",
                        where, text);
    case CURLE_SSL_CONNECT_ERROR:
        return kea_fail(c, IPAM_E_CONN,
                        "%s: no TLS connection (%s); see whether the agent speaks TLS there (option scheme)",
                        where, text);
    case CURLE_PARTIAL_FILE:
        return kea_fail(c, IPAM_E_CONN,
                        "%s: the answer to %s ended before it was complete; see the log of the agent", where,
                        command);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
        return kea_fail(
            c, IPAM_E_PROTO,
            "%s: what answers there is no HTTP server; see that kea-ctrl-agent listens on that port "
            "(option port)",
            where);
    default: break;
    }
    return kea_fail(c, IPAM_E_CONN, "%s: %s failed: %s; see the log of the agent", where, command, text);
}

static int explain_status(struct kea_call *c, long http, const char *where)
{
    snprintf(c->native, sizeof(c->native), "HTTP %ld", http);
    if (http == 401 || http == 403)
        return kea_fail(c, IPAM_E_AUTH,
                        "%s: the control agent refused %s; correct the options user and password", where,
                        c->kea->opt.user ? "this user and password" : "a call without user and password");
    if (http == 400)
        return kea_fail(
            c, IPAM_E_PROTO,
            "%s: the server did not accept the request (HTTP 400); see that it is a Kea control agent",
            where);
    return kea_fail(
        c, IPAM_E_PROTO,
        "%s: HTTP %ld, which a Kea control agent does not answer; see that one listens on that port "
        "(option port)",
        where, http);
}

int kea_http_exchange(struct kea_call *c, enum kea_service s, const char *command, struct ipam_str body,
                      struct strbuf *out, bool *ret_sent)
{
    CURL *curl = c->kea->http->curl;
    char where[400], detail[CURL_ERROR_SIZE] = "";
    int64_t patience = kea_patience(c);
    curl_off_t uploaded = 0;
    long http = 0;
    CURLcode code;

    kea_where(c->kea, s, where, sizeof(where));
    if (patience == 0)
        return explain(c, CURLE_OPERATION_TIMEDOUT, detail, where, command, out);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)patience);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)patience);
    /* On a connection that was kept, curl repeats a request that got no answer. What changes the server
     * is sent once. */
    curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, (long)(ret_sent != NULL));
    code = perform(c->kea->http, c);
    curl_easy_getinfo(curl, CURLINFO_SIZE_UPLOAD_T, &uploaded);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &http);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
    if (ret_sent)
        *ret_sent = (size_t)uploaded == body.len;
    if (code != CURLE_OK)
        return explain(c, code, detail, where, command, out);
    if (http != 200)
        return explain_status(c, http, where);
    return 0;
}
