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
#define BODY_MAX           (64u * 1024 * 1024)

struct client {
    CURL *curl;
    struct curl_slist *headers;       /* of every request */
    struct curl_slist *write_headers; /* of those with a body */
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

static size_t on_header(char *data, size_t size, size_t count, void *user)
{
    struct client_answer *a = user;
    size_t len = size * count;
    static const char name[] = "location:";

    if (len > sizeof(name) && strncasecmp(data, name, sizeof(name) - 1) == 0) {
        const char *value = data + sizeof(name) - 1, *end = data + len;

        while (value < end && (*value == ' ' || *value == '\t'))
            value++;
        while (end > value && (unsigned char)end[-1] <= ' ')
            end--;
        snprintf(a->location, sizeof(a->location), "%.*s", (int)(end - value), value);
    }
    return len;
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

static void add_headers(struct curl_slist **list, const struct target *t)
{
    struct strbuf bearer;

    add_header(list, "Accept", "application/json");
    if (t->token == NULL)
        return;
    strbuf_init(&bearer, 8192);
    strbuf_printf(&bearer, "Bearer %s", t->token);
    add_header(list, "Authorization", bearer.data);
    strbuf_fini(&bearer);
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
    add_headers(&c->headers, t);
    add_headers(&c->write_headers, t);
    add_header(&c->write_headers, "Content-Type", "application/json");
    add_header(&c->write_headers, "Expect", ""); /* no waiting for 100-continue */
    if (reason != NULL)
        add_header(&c->write_headers, "X-Change-Reason", reason);
    if (local)
        curl_easy_setopt(c->curl, CURLOPT_UNIX_SOCKET_PATH, t->url + 5);
    curl_easy_setopt(c->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c->curl, CURLOPT_PROXY, ""); /* a token goes to the daemon, to nobody between */
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

/* No answer: what happened and what to do. */
static int report_failure(const struct client *c, CURLcode code, bool write)
{
    const char *why = c->error[0] != '\0' ? c->error : curl_easy_strerror(code);

    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
        cli_error("cannot reach ipamd at %s: %s. Is it running there? Another place is named with --url",
                  c->url, why);
        return CLI_UNREACHABLE;
    case CURLE_URL_MALFORMAT:
        cli_error("'%s' is no URL of a daemon; expected http://HOST:PORT or unix:/PATH", c->url);
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

static int call(struct client *c, const char *method, const char *path, struct ipam_str body, int64_t wait_ms,
                bool quiet, struct client_answer *ret)
{
    bool write = strcmp(method, "GET") != 0;
    struct strbuf url;
    CURLcode code;
    long status = 0;

    memset(ret, 0, sizeof(*ret));
    strbuf_init(&ret->body, BODY_MAX);
    strbuf_init(&url, 65536);
    strbuf_printf(&url, "%s%s", c->base, path);
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
    curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, write ? c->write_headers : c->headers);
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
    return parse_answer(c, ret, quiet);
}

int client_call(struct client *c, const char *method, const char *path, struct ipam_str body, int64_t wait_ms,
                struct client_answer *ret)
{
    return call(c, method, path, body, wait_ms, false, ret);
}

int client_get(struct client *c, const char *path, struct client_answer *ret)
{
    return call(c, "GET", path, (struct ipam_str){ NULL, 0 }, 0, false, ret);
}

int client_peek(struct client *c, const char *path, struct client_answer *ret)
{
    return call(c, "GET", path, (struct ipam_str){ NULL, 0 }, 0, true, ret);
}
