/* fuzz_call.c - whole requests to the API: each is answered once, by the book, and a refusal changes nothing.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The input is a request as HTTP has it, with bare newlines: a line of method and target, headers, an empty line, the
 * body. It is sent twice to a service with a few rows, between a storage and a server that are played: what reads says
 * the same again, what writes with a key is done once.
 * `make check` replays the seeds in tests/fuzz/corpus/call and mutations of them (fuzz_main.c); to fuzz, see
 * README.md. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/call.h"
#include "base/clock.h"
#include "base/log.h"
#include "fuzz.h"
#include "http/tls.h"
#include "provider/report.h"
#include "site.h"

#define CHECK(condition) \
    do { \
        if (!(condition)) \
            abort(); \
    } while (0)
#define HEADERS_MAX 32
#define PATIENCE_MS 70000 /* longer than any request waits */

/* What was answered; a request has one answer. */
static struct answer {
    unsigned count;
    int status;
    bool json, replayed;
    struct strbuf body;
} answer;

/* --- the HTTP layer, played --- */

static bool is_header(const struct http_header *h, const char *name)
{
    return h->name.len == strlen(name) && strncasecmp(h->name.data, name, h->name.len) == 0;
}

/* No header of an answer can be cut in two by what a client sent. */
static void take_headers(int status, const struct http_header *headers, size_t count)
{
    CHECK(answer.count++ == 0);
    CHECK(status >= 200 && status < 600 && status != 500);
    answer.status = status;
    for (size_t i = 0; i < count; i++) {
        const struct http_header *h = &headers[i];

        for (size_t k = 0; k < h->value.len; k++)
            CHECK((unsigned char)h->value.data[k] >= ' ' && h->value.data[k] != 0x7f);
        if (is_header(h, "Content-Type"))
            answer.json = memmem(h->value.data, h->value.len, "json", 4) != NULL;
        answer.replayed = answer.replayed || is_header(h, "Idempotency-Replayed");
    }
}

void http_respond_buf(struct http_request *req, int status, const struct http_header *headers, size_t count,
                      struct strbuf *body)
{
    struct json_doc *doc = NULL;
    struct json_error why;

    (void)req;
    take_headers(status, headers, count);
    if (answer.json)
        CHECK(json_parse(body->data, body->len, 64u << 20, &doc, &why) == 0);
    if (status >= 400) {
        int64_t told = 0;

        CHECK(answer.json && json_int(json_get(json_root(doc), "status"), &told) == 0 && told == status);
        CHECK(json_str(json_get(json_root(doc), "detail")).len > 0);
    }
    json_free(doc);
    strbuf_addstr(&answer.body, body->len > 0 ? strbuf_str(body) : IPAM_STR(""));
    strbuf_fini(body);
}

/* A client of a stream hears its head and hangs up. */
bool http_stream_begin(struct http_request *req, int status, const struct http_header *headers, size_t count,
                       void (*drained)(struct http_request *req))
{
    (void)req;
    (void)drained;
    take_headers(status, headers, count);
    return false;
}

bool http_stream_write(struct http_request *req, struct http_piece *const *pieces, size_t count)
{
    (void)req;
    (void)pieces;
    (void)count;
    abort();
}

bool http_stream_ready(const struct http_request *req)
{
    (void)req;
    abort();
}

bool http_stream_send(struct http_request *req, struct ipam_str bytes)
{
    (void)req;
    (void)bytes;
    abort();
}

void http_stream_end(struct http_request *req)
{
    (void)req;
    abort();
}

void http_stream_cut(struct http_request *req)
{
    (void)req;
    abort();
}

const char *http_server_certificate(const struct http_server *s, size_t i, int64_t *ret_until_ms)
{
    (void)s;
    (void)i;
    (void)ret_until_ms;
    return NULL;
}

/* The feed makes events of what changes, though nobody follows. */
struct http_piece {
    unsigned refs;
    struct ipam_str bytes;
};

struct http_piece *http_piece_new(struct ipam_str bytes)
{
    struct http_piece *p = malloc(sizeof(*p) + bytes.len);

    CHECK(p != NULL);
    memcpy(p + 1, bytes.data, bytes.len);
    *p = (struct http_piece){ 1, { (const char *)(p + 1), bytes.len } };
    return p;
}

struct http_piece *http_piece_ref(struct http_piece *p)
{
    p->refs++;
    return p;
}

void http_piece_unref(struct http_piece *p)
{
    if (p != NULL && --p->refs == 0)
        free(p);
}

struct ipam_str http_piece_bytes(const struct http_piece *p)
{
    return p->bytes;
}

void http_server_stats(const struct http_server *s, struct http_stats *ret)
{
    (void)s;
    *ret = (struct http_stats){ .requests = 1 };
}

/* --- what the fakes of the unit tests do not have --- */

struct looking {
    struct loop_work work;
    store_answered answered;
    store_done done;
    void *user;
    int64_t rev;
    struct ipam_bytes row;
    void (*change)(void *user, int64_t rev, struct ipam_bytes row);
    int64_t head;
};

static void on_looked(struct loop_work *w)
{
    struct looking *l = container_of(w, struct looking, work);
    struct store_answer a = { .head = l->head };

    fake_stir();
    if (l->row.data != NULL)
        l->change(l->user, l->rev, l->row);
    if (l->answered != NULL)
        l->answered(l->user, 0, "", &a);
    else
        l->done(l->user, 0, "");
    free(l);
}

static struct site *site;

/* The first change behind `after`, or nothing. */
struct request *store_changes(struct store *s, int64_t after, int64_t upto, uint32_t limit, uint32_t flags,
                              void (*row)(void *user, int64_t rev, struct ipam_bytes body),
                              store_answered done, void *user)
{
    struct looking *l = calloc(1, sizeof(*l));
    int64_t time;

    (void)limit;
    (void)flags;
    CHECK(l != NULL && after >= 0 && upto >= after);
    *l = (struct looking){ .answered = done, .user = user, .change = row, .head = fake_head(s) };
    for (size_t i = 0; l->row.data == NULL && i < fake_log_count(s); i++) {
        struct ipam_bytes body = fake_log(s, i, &l->rev, &time);

        if (l->rev > after && l->rev <= upto)
            l->row = body;
    }
    loop_post(site->loop, &l->work, on_looked);
    return NULL;
}

/* Nobody signs here, so nobody asks for it. */
struct request *store_log(struct store *s, int64_t after, int64_t upto, uint32_t limit,
                          void (*row)(void *user, int64_t rev, int64_t time_ms, struct ipam_bytes body),
                          store_answered done, void *user)
{
    (void)s;
    (void)after;
    (void)upto;
    (void)limit;
    (void)row;
    (void)done;
    (void)user;
    abort();
}

static struct request *done_later(store_done done, void *user)
{
    struct looking *l = calloc(1, sizeof(*l));

    CHECK(l != NULL);
    l->done = done;
    l->user = user;
    loop_post(site->loop, &l->work, on_looked);
    return NULL;
}

struct request *store_stat(struct store *s, void (*stat)(void *user, const struct ipam_stat *stat), store_done done,
                           void *user)
{
    (void)s;
    (void)stat;
    return done_later(done, user);
}

/* Another is under way. */
struct request *store_verify(struct store *s, void (*check)(void *user, const struct ipam_check *check),
                             store_done done, void *user)
{
    (void)s;
    (void)check;
    (void)done;
    (void)user;
    return NULL;
}

struct request *store_dump(struct store *s, void (*row)(void *user, const struct ipam_row *row),
                           void (*done)(void *user, int status, const char *message, const struct store_dumped *d),
                           void *user)
{
    (void)s;
    (void)row;
    (void)done;
    (void)user;
    return NULL;
}

bool store_has_past(const struct store *s)
{
    (void)s;
    return true;
}

uint32_t store_schema_version(void)
{
    return 1;
}

void request_pause(struct request *req, bool paused)
{
    (void)req;
    (void)paused;
}

void providers_report_plugins(struct providers *p, struct arena *a,
                              void (*each)(void *user, struct ipam_plugin_info *rec), void *user)
{
    (void)p;
    (void)a;
    (void)each;
    (void)user;
}

void providers_report_instances(struct providers *p, struct arena *a,
                                void (*each)(void *user, struct ipam_instance *rec), void *user)
{
    (void)p;
    (void)a;
    (void)each;
    (void)user;
}

/* --- passwords, which take no time here --- */

struct passwords {
    struct loop *loop;
};

struct password_job {
    struct loop_work work;
    bool verify;
    password_done done;
    void *user;
};

static void on_password(struct loop_work *w)
{
    struct password_job *j = container_of(w, struct password_job, work);

    j->done(j->user, j->verify ? IPAM_E_AUTH : 0, j->verify ? NULL : "$argon2id$");
    free(j);
}

static int password_later(struct passwords *p, bool verify, password_done done, void *user)
{
    struct password_job *j = calloc(1, sizeof(*j));

    CHECK(j != NULL);
    *j = (struct password_job){ .verify = verify, .done = done, .user = user };
    loop_post(p->loop, &j->work, on_password);
    return 0;
}

struct passwords *passwords_new(struct loop *l)
{
    struct passwords *p = malloc(sizeof(*p));

    CHECK(p != NULL);
    p->loop = l;
    return p;
}

void passwords_close(struct passwords *p, void (*closed)(void *user), void *user)
{
    free(p);
    closed(user);
}

int password_hash(struct passwords *p, struct ipam_bytes secret, password_done done, void *user)
{
    CHECK(secret.len >= PASSWORD_LEAST && secret.len <= PASSWORD_MOST);
    return password_later(p, false, done, user);
}

int password_verify(struct passwords *p, struct ipam_str hash, struct ipam_bytes secret, password_done done,
                    void *user)
{
    (void)hash;
    CHECK(secret.len > 0 && secret.len <= PASSWORD_MOST);
    return password_later(p, true, done, user);
}

/* --- the service --- */

static struct identities *identities;
static struct prober *prober;
static struct access *rights;
static struct tasks *tasks;
static struct notify_tasks *plan_tasks;
static struct feed *feed;
static struct vault *vault;
static struct archive *archive;

/* Secrets without a master key: what is sent is read, and then refused. */
static int no_credential(void *user, const char *name, uint8_t *buf, size_t cap)
{
    (void)user;
    (void)name;
    (void)buf;
    (void)cap;
    return IPAM_E_NOENT;
}

static void no_uses(void *user, void (*each)(void *, struct ipam_str, const char *), void *each_user)
{
    (void)user;
    (void)each;
    (void)each_user;
}

static struct api *begin(void)
{
    struct api_config at = { .version = "0" };

    CHECK(site_setup((void **)&site) == 0);
    fake_query_any(site->store);
    *fake_clock(site->store) = clock_wall_ms();
    rights = access_new();
    tasks = tasks_new(site->loop, site->collect);
    plan_tasks = notify_tasks_new(
        &(struct notify_config){ site->loop, site->state, site->store, site->gate, site->jobs });
    feed = feed_new(&(struct feed_config){ site->loop, site->state, site->store, site->gate, NULL });
    site_server(site, "kea1", true);
    at.loop = site->loop;
    at.access = rights;
    at.state = site->state;
    at.store = site->store;
    at.gate = site->gate;
    at.jobs = site->jobs;
    at.fleet = site->fleet;
    at.collect = site->collect;
    at.tasks = tasks;
    at.plan_tasks = plan_tasks;
    at.manage = site->manage;
    at.feed = feed;
    vault = vault_new(&(struct vault_config){ .loop = site->loop,
                                                 .state = site->state,
                                                 .gate = site->gate,
                                                 .jobs = site->jobs,
                                                 .credential = no_credential,
                                                 .uses = no_uses });
    at.vault = vault;
    archive = archive_new(&(struct archive_config){ site->state, site->store, site->gate, vault });
    at.archive = archive;
    identities = identities_new(&(struct identities_config){ .loop = site->loop, .state = site->state,
                                                             .gate = site->gate });
    at.identities = identities;
    at.prober = prober = prober_new(NULL);
    struct api *api = api_new(&at);
    api_ready(api, true);
    return api;
}

static void on_identities_closed(void *user)
{
    (void)user;
}

static void end(struct api *api)
{
    tasks_stop(tasks);
    notify_tasks_stop(plan_tasks);
    identities_close(identities, on_identities_closed, NULL);
    api_ready(api, false);
    fake_spin(site->loop);
    CHECK(api->behind == NULL && api->waiting == NULL);
    api_free(api);
    tasks_free(tasks);
    notify_tasks_free(plan_tasks);
    CHECK(site_teardown((void **)&site) == 0);
    feed_free(feed);
    archive_free(archive);
    vault_free(vault);
    identities_free(identities);
    prober_free(prober);
    access_free(rights);
}

/* --- the request --- */

static const char *const methods[] = { [HTTP_GET_] = "GET",     [HTTP_HEAD_] = "HEAD", [HTTP_POST_] = "POST",
                                       [HTTP_PATCH_] = "PATCH", [HTTP_PUT_] = "PUT",   [HTTP_DELETE_] = "DELETE" };

static struct ipam_str cut(struct ipam_str *all, char mark)
{
    const char *at = all->len > 0 ? memchr(all->data, mark, all->len) : NULL;
    struct ipam_str part = { all->data, at != NULL ? (size_t)(at - all->data) : all->len };
    size_t behind = part.len + (at != NULL);

    *all = (struct ipam_str){ all->data + behind, all->len - behind };
    return part;
}

/* What fuzz_http promises of a target and of a header. */
static bool is_clean(struct ipam_str s, const char *none_of)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.data[i];

        if ((c < ' ' && c != '\t') || c == 0x7f || strchr(none_of, c) != NULL)
            return false;
    }
    return true;
}

static bool read_request(struct ipam_str text, struct http_request *req, struct http_header *headers)
{
    struct ipam_str line = cut(&text, '\n'), method = cut(&line, ' '), target = line;

    *req = (struct http_request){ .headers = headers, .peer = { .local = true, .pid = 1 } };
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        if (methods[i] != NULL && str_is(method, methods[i]))
            req->method = (enum http_method)i;
    if (target.len == 0 || target.data[0] != '/' || !is_clean(target, " #\t"))
        return false;
    req->target = target;
    req->path = cut(&target, '?');
    req->query = target;
    while ((line = cut(&text, '\n')).len > 0) {
        struct ipam_str name = cut(&line, ':');

        while (line.len > 0 && strchr(" \t", line.data[0]) != NULL)
            line = (struct ipam_str){ line.data + 1, line.len - 1 };
        while (line.len > 0 && strchr(" \t", line.data[line.len - 1]) != NULL)
            line.len--;
        if (name.len == 0 || !is_clean(name, " \t") || !is_clean(line, "") || req->header_count == HEADERS_MAX)
            return false;
        headers[req->header_count++] = (struct http_header){ name, line };
    }
    req->body = text;
    return true;
}

/* Asks, and waits for the one answer. */
static void ask(struct api *api, struct ipam_str text, struct answer *ret)
{
    struct http_header headers[HEADERS_MAX];
    struct http_request req;

    answer = (struct answer){ .count = 0 };
    strbuf_init(&answer.body, 64u << 20);
    if (read_request(text, &req, headers)) {
        arena_init(&req.arena, 64u << 20);
        req.body = arena_str(&req.arena, req.body); /* a secret in it is overwritten */
        api_handle(api, &req);
        fake_spin(site->loop);
        for (int i = 0; answer.count == 0 && i < 4; i++)
            fake_pass(site->loop, PATIENCE_MS);
        CHECK(answer.count == 1);
        arena_fini(&req.arena);
    }
    *ret = answer;
}

/* The rows that seeds speak of: revisions 1 and 2. */
static void fill(struct api *api)
{
    static const char *const requests[] = {
        "POST /api/v1/ipam/subnets\n\n[{\"prefix\":\"10.1.2.0/24\",\"name\":\"office\"},{\"prefix\":\"2001:db8::/64\"}]",
        "POST /api/v1/ipam/addresses\n\n[{\"address\":\"10.1.2.3\",\"name\":\"web-03\"},{\"address\":\"2001:db8::3\"}]"
    };

    for (size_t i = 0; i < 2; i++) {
        struct answer a;

        ask(api, str_from(requests[i]), &a);
        CHECK(a.status == 201);
        strbuf_fini(&a.body);
    }
}

static bool same(const struct strbuf *a, const struct strbuf *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

/* Whether a write of this text is one whose answer its key keeps. */
static bool is_kept(struct ipam_str text)
{
    struct http_header headers[HEADERS_MAX];
    struct http_request req;
    unsigned keys = 0;

    if (!read_request(text, &req, headers) || req.method == HTTP_GET_ || req.method == HTTP_HEAD_)
        return false;
    for (size_t i = 0; i < req.header_count; i++)
        keys += is_header(&headers[i], "Idempotency-Key");
    return keys == 1 && memmem(req.query.data, req.query.len, "dry", 3) == NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct api *api; /* until something is written */
    struct ipam_str text = { (const char *)data, size };
    struct answer first, again;
    bool reads = size > 3 && (memcmp(data, "GET ", 4) == 0 || memcmp(data, "HEAD", 4) == 0);

    if (size > 16384)
        return 0;
    if (api == NULL) {
        log_init("fuzz", LOG_ERR_ - 1);
        api = begin();
        fill(api);
        fake_trace(site->store);
    }
    int64_t before = state_head(site->state);
    ask(api, text, &first);
    int64_t between = state_head(site->state);
    CHECK(!(reads || first.status >= 400) || between == before);
    ask(api, text, &again);
    CHECK(!reads || first.status == again.status || again.status == 429); /* too many wrong tokens by now */
    if (is_kept(text) && first.status < 400) /* one effect, and the same words */
        CHECK(again.replayed && first.status == again.status && state_head(site->state) == between &&
              same(&first.body, &again.body));
    strbuf_fini(&first.body);
    strbuf_fini(&again.body);
    if (strchr(fake_trace(site->store), 'c') != NULL) {
        end(api);
        api = NULL;
    }
    return 0;
}
