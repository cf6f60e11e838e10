/* client.c - requests to the daemon over HTTP, on TCP or a unix socket.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "cli/client.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/problem.h"
#include "ipam/status.h"

#define CONNECT_TIMEOUT_MS 10000L
#define ANSWER_TIMEOUT_MS  60000L
#define STREAM_SILENCE_S   60L /* after which a stream counts as broken */
#define BODY_MAX           (64u * 1024 * 1024)

struct client {
    CURL *curl;
    struct curl_slist *headers;       /* of every request */
    struct curl_slist *write_headers; /* of those with a body */
    struct curl_slist *csv_headers;    /* of those that want CSV */
    struct curl_slist *upload_headers; /* of those that send it */
    bool dry_run;
    char *url;                        /* as the user wrote it, for messages */
    char *base;                       /* what paths are appended to */
    char error[CURL_ERROR_SIZE];
};

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
    struct client_answer *a = user;

    strbuf_add(&a->body, data, size * count);
    return a->body.failed ? 0 : size * count;
}

/* Takes a header's value if the line is of that name, in small letters with its colon. */
static void take_header(const char *data, size_t len, const char *name, char *to, size_t size)
{
    size_t n = strlen(name);

    if (len > n && strncasecmp(data, name, n) == 0) {
        const char *value = data + n, *end = data + len;

        while (value < end && (*value == ' ' || *value == '\t'))
            value++;
        while (end > value && (unsigned char)end[-1] <= ' ')
            end--;
        snprintf(to, size, "%.*s", (int)(end - value), value);
    }
}

static size_t on_header(char *data, size_t size, size_t count, void *user)
{
    struct client_answer *a = user;

    take_header(data, size * count, "location:", a->location, sizeof(a->location));
    take_header(data, size * count, "ipam-next:", a->next, sizeof(a->next));
    return size * count;
}

/* Appends a header; the list is left as it was when memory is out. */
static void add_header(struct curl_slist **list, const char *name, const char *value)
{
    struct strbuf line;
    struct curl_slist *longer = NULL;

    strbuf_init(&line, 16384);
    strbuf_printf(&line, "%s: %s", name, value);
    if (!line.failed)
        longer = curl_slist_append(*list, line.data);
    if (longer != NULL)
        *list = longer;
    strbuf_fini(&line);
}

static void add_headers(struct curl_slist **list, const struct target *t, const char *accept)
{
    struct strbuf bearer;

    add_header(list, "Accept", accept);
    if (t->token == NULL)
        return;
    strbuf_init(&bearer, 8192);
    strbuf_printf(&bearer, "Bearer %s", t->token);
    add_header(list, "Authorization", bearer.data);
    strbuf_fini(&bearer);
}

/* The daemon must prove that it is the one of the URL; there is no way around it. */
static void set_tls(CURL *curl, const struct target *t)
{
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    if (t->ca != NULL) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, t->ca);
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
    if (t->cert == NULL)
        return;
    curl_easy_setopt(curl, CURLOPT_SSLCERT, t->cert);
    curl_easy_setopt(curl, CURLOPT_SSLKEY, t->key != NULL ? t->key : t->cert);
}

struct client *client_new(const struct target *t, const char *reason)
{
    struct client *c = xcalloc(1, sizeof(*c));
    bool local = strncmp(t->url, "unix:", 5) == 0;

    curl_global_init(CURL_GLOBAL_DEFAULT);
    c->curl = curl_easy_init();
    if (c->curl == NULL) {
        client_free(c);
        return NULL;
    }
    c->url = xstrdup(t->url);
    c->base = xstrdup(local ? "http://localhost" : t->url);
    add_headers(&c->headers, t, "application/json");
    add_headers(&c->write_headers, t, "application/json");
    add_headers(&c->csv_headers, t, "text/csv");
    add_headers(&c->upload_headers, t, "application/json");
    add_header(&c->upload_headers, "Content-Type", "text/csv");
    add_header(&c->upload_headers, "Expect", "");
    add_header(&c->write_headers, "Content-Type", "application/json");
    add_header(&c->write_headers, "Expect", ""); /* no waiting for 100-continue */
    if (reason != NULL) {
        add_header(&c->write_headers, "X-Change-Reason", reason);
        add_header(&c->upload_headers, "X-Change-Reason", reason);
    }
    if (local)
        curl_easy_setopt(c->curl, CURLOPT_UNIX_SOCKET_PATH, t->url + 5);
    curl_easy_setopt(c->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    set_tls(c->curl, t);
    curl_easy_setopt(c->curl, CURLOPT_PROXY, ""); /* a token goes to the daemon, to nobody between */
    curl_easy_setopt(c->curl, CURLOPT_PATH_AS_IS, 1L); /* an object may be called ".." */
    curl_easy_setopt(c->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c->curl, CURLOPT_ERRORBUFFER, c->error);
    curl_easy_setopt(c->curl, CURLOPT_USERAGENT, "ipamctl/" PACKAGE_VERSION);
    curl_easy_setopt(c->curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(c->curl, CURLOPT_HEADERFUNCTION, on_header);
    return c;
}

void client_free(struct client *c)
{
    if (c == NULL)
        return;
    curl_easy_cleanup(c->curl);
    curl_slist_free_all(c->headers);
    curl_slist_free_all(c->write_headers);
    curl_slist_free_all(c->csv_headers);
    curl_slist_free_all(c->upload_headers);
    free(c->url);
    free(c->base);
    free(c);
    curl_global_cleanup();
}

void client_answer_fini(struct client_answer *a)
{
    strbuf_fini(&a->body);
    json_free(a->doc);
    a->doc = NULL;
}

/* What is wrong with the certificate of one side, said before any request was sent; NULL: something else. */
static const char *tls_remedy(CURLcode code, const char *why)
{
    if (code == CURLE_PEER_FAILED_VERIFICATION)
        return "Name the authority of its certificate with --ca FILE, and the daemon by a name that its "
               "certificate has";
    if (code == CURLE_SSL_CACERT_BADFILE)
        return "The file of --ca or IPAM_CA must hold certificates in PEM";
    if (code == CURLE_SSL_CERTPROBLEM)
        return "--cert and --key (IPAM_CERT, IPAM_KEY) must be a certificate and its own key, in PEM";
    if (strstr(why, "alert") != NULL && (strstr(why, "cert") != NULL || strstr(why, "unknown ca") != NULL))
        return "The daemon refuses our certificate, or wants one: give a valid one with --cert FILE and "
               "--key FILE";
    return code == CURLE_SSL_CONNECT_ERROR ? "Is it TLS that is spoken there? Its log may say more" : NULL;
}

/* No answer: what happened and what to do. */
static int report_failure(const struct client *c, CURLcode code, bool write)
{
    const char *why = c->error[0] != '\0' ? c->error : curl_easy_strerror(code), *tls = tls_remedy(code, why);

    if (tls != NULL) {
        cli_error("no safe connection to ipamd at %s: %s. %s", c->url, why, tls);
        return CLI_UNREACHABLE;
    }
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
        cli_error("cannot reach ipamd at %s: %s. Is it running there? Another place is named with --url",
                  c->url, why);
        return CLI_UNREACHABLE;
    case CURLE_URL_MALFORMAT:
        cli_error("'%s' is no URL of a daemon; expected https://HOST:PORT, http://HOST:PORT or unix:/PATH",
                  c->url);
        return CLI_CONFIG;
    case CURLE_WRITE_ERROR:
        cli_error("the answer from %s is larger than %u MiB; ask for less with --limit or a filter", c->url,
                  BODY_MAX >> 20);
        return CLI_FAILED;
    default:
        cli_error("the connection to ipamd at %s broke before an answer: %s. %s", c->url, why,
                  write ? "It is not known whether the change was made: look before repeating" : "Try again");
        return CLI_UNREACHABLE;
    }
}

static int parse_answer(const struct client *c, struct client_answer *a, bool quiet)
{
    struct json_error e;

    if (a->body.len == 0 || json_parse(a->body.data, a->body.len, BODY_MAX, &a->doc, &e) == 0)
        return CLI_OK;
    if (!quiet)
        cli_error("%s answered %d with something that is not JSON (line %u, column %u: %s): is this ipamd?",
                  c->url, a->status, e.line, e.column, e.message);
    return CLI_FAILED;
}

static int call(struct client *c, const char *method, const char *path, struct curl_slist *headers,
                struct ipam_str body, int64_t wait_ms, bool quiet, struct client_answer *ret)
{
    bool write = strcmp(method, "GET") != 0;
    struct strbuf url;
    CURLcode code;
    long status = 0;

    memset(ret, 0, sizeof(*ret));
    strbuf_init(&ret->body, BODY_MAX);
    strbuf_init(&url, 65536);
    strbuf_printf(&url, "%s%s", c->base, path);
    if (write && c->dry_run)
        strbuf_puts(&url, strchr(path, '?') != NULL ? "&dry_run=true" : "?dry_run=true");
    if (url.failed) {
        cli_error("the request is too long");
        strbuf_fini(&url);
        return CLI_USAGE;
    }
    c->error[0] = '\0';
    curl_easy_setopt(c->curl, CURLOPT_URL, url.data);
    curl_easy_setopt(c->curl, CURLOPT_HTTPGET, 1L); /* forgets the request before */
    curl_easy_setopt(c->curl, CURLOPT_CUSTOMREQUEST, method);
    if (write) {
        curl_easy_setopt(c->curl, CURLOPT_POST, 1L);
        curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, body.len > 0 ? body.data : "");
        curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE, (long)body.len);
    }
    curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(c->curl, CURLOPT_TIMEOUT_MS, ANSWER_TIMEOUT_MS + (long)wait_ms);
    curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, ret);
    curl_easy_setopt(c->curl, CURLOPT_HEADERDATA, ret);
    code = curl_easy_perform(c->curl);
    strbuf_fini(&url);
    if (code != CURLE_OK)
        return quiet ? CLI_UNREACHABLE : report_failure(c, code, write);
    curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
    ret->status = (int)status;
    if (ret->status / 100 != 2)
        return problem_report(c->url, ret, quiet);
    return headers == c->csv_headers ? CLI_OK : parse_answer(c, ret, quiet);
}

const char *client_error(const struct client *c)
{
    return c->error;
}

void client_dry_run(struct client *c)
{
    c->dry_run = true;
}

void client_condition(struct client *c, const char *name, const char *value)
{
    add_header(&c->write_headers, name, value);
}

int client_probe(struct client *c, const char *path, long timeout_ms, struct client_answer *ret)
{
    struct json_error e;
    struct strbuf url;
    CURLcode code;
    long status = 0;

    memset(ret, 0, sizeof(*ret));
    strbuf_init(&ret->body, BODY_MAX);
    strbuf_init(&url, 65536);
    strbuf_printf(&url, "%s%s", c->base, path);
    c->error[0] = '\0';
    curl_easy_setopt(c->curl, CURLOPT_URL, url.data);
    curl_easy_setopt(c->curl, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(c->curl, CURLOPT_CUSTOMREQUEST, "GET");
    curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, c->headers);
    curl_easy_setopt(c->curl, CURLOPT_TIMEOUT_MS, timeout_ms);
    curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, ret);
    curl_easy_setopt(c->curl, CURLOPT_HEADERDATA, ret);
    code = curl_easy_perform(c->curl);
    strbuf_fini(&url);
    if (code == CURLE_OPERATION_TIMEDOUT)
        return CLIENT_SILENT;
    if (code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_URL_MALFORMAT)
        return CLIENT_UNREACHABLE;
    if (code != CURLE_OK && tls_remedy(code, c->error) != NULL)
        return CLIENT_UNSAFE;
    curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
    ret->status = (int)status;
    if (ret->body.len > 0)
        (void)json_parse(ret->body.data, ret->body.len, BODY_MAX, &ret->doc, &e);
    return CLIENT_ANSWERED;
}

/* --- an answer that goes on --- */

struct stream {
    struct client *client;
    bool (*bytes)(void *user, const char *data, size_t len);
    void *user;
    bool began, enough;
    struct client_answer answer; /* what is no success is kept whole */
};

static size_t on_stream(char *data, size_t size, size_t count, void *user)
{
    struct stream *s = user;
    long status = 0;

    curl_easy_getinfo(s->client->curl, CURLINFO_RESPONSE_CODE, &status);
    s->answer.status = (int)status;
    if (status / 100 != 2)
        return on_body(data, size, count, &s->answer);
    s->began = true;
    s->enough = !s->bytes(s->user, data, size * count);
    return s->enough ? 0 : size * count;
}

int client_stream(struct client *c, const char *method, const char *path,
                  bool (*bytes)(void *user, const char *data, size_t len), void *user, bool quiet)
{
    struct stream s = { .client = c, .bytes = bytes, .user = user };
    struct strbuf url;
    CURLcode code;
    int rc = CLI_OK;

    strbuf_init(&s.answer.body, BODY_MAX);
    strbuf_init(&url, 65536);
    strbuf_printf(&url, "%s%s", c->base, path);
    c->error[0] = '\0';
    curl_easy_setopt(c->curl, CURLOPT_URL, url.data);
    curl_easy_setopt(c->curl, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(c->curl, CURLOPT_CUSTOMREQUEST, method);
    if (strcmp(method, "GET") != 0) {
        curl_easy_setopt(c->curl, CURLOPT_POST, 1L);
        curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, "");
        curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE, 0L);
    }
    curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, c->headers);
    curl_easy_setopt(c->curl, CURLOPT_TIMEOUT_MS, 0L);
    curl_easy_setopt(c->curl, CURLOPT_LOW_SPEED_LIMIT, 1L); /* the daemon sends a comment now and then */
    curl_easy_setopt(c->curl, CURLOPT_LOW_SPEED_TIME, STREAM_SILENCE_S);
    curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, on_stream);
    curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, &s);
    curl_easy_setopt(c->curl, CURLOPT_HEADERDATA, &s.answer);
    code = curl_easy_perform(c->curl);
    curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(c->curl, CURLOPT_LOW_SPEED_TIME, 0L);
    strbuf_fini(&url);
    if (!s.began && s.answer.status != 0 && s.answer.status / 100 != 2)
        rc = problem_report(c->url, &s.answer, quiet && s.answer.status == 503);
    else if (!s.began && code != CURLE_OK)
        rc = quiet ? CLI_UNREACHABLE : report_failure(c, code, false);
    client_answer_fini(&s.answer);
    return rc;
}

int client_call(struct client *c, const char *method, const char *path, struct ipam_str body, int64_t wait_ms,
                struct client_answer *ret)
{
    return call(c, method, path, c->write_headers, body, wait_ms, false, ret);
}

int client_get(struct client *c, const char *path, struct client_answer *ret)
{
    return call(c, "GET", path, c->headers, (struct ipam_str){ NULL, 0 }, 0, false, ret);
}

int client_peek(struct client *c, const char *path, struct client_answer *ret)
{
    return call(c, "GET", path, c->headers, (struct ipam_str){ NULL, 0 }, 0, true, ret);
}

int client_upload(struct client *c, const char *path, struct ipam_str csv, struct client_answer *ret)
{
    return call(c, "POST", path, c->upload_headers, csv, 0, false, ret);
}

int client_get_csv(struct client *c, const char *path, struct client_answer *ret)
{
    return call(c, "GET", path, c->csv_headers, (struct ipam_str){ NULL, 0 }, 0, false, ret);
}
