/* feed_test.c - followers: live, behind, slow, picky; what is pruned, damaged or another node's; the end.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "http_fixture.h"
#include "store_fake.h"

#include "commit/changelog.h"
#include "feed/feed.h"
#include "feed/feed_p.h"
#include "http/http_p.h"
#include "model/rules.h"

static struct {
    struct store *store;
    struct state *state;
    struct gate *gate;
    struct feed *feed;
    bool gate_closed;
} site;

/* --- the change log of the store, with what can be wrong with it --- */

static struct {
    int64_t pruned;       /* no revision up to this one is there */
    int64_t damaged;      /* the row of this revision is */
    int64_t silent;       /* rows up to here came from another node: the gate did not have them */
    int status;           /* of the next read */
    unsigned reads, rows; /* how often it was read, and what came */
} change_log;

struct read {
    struct loop_work work;
    int64_t after, upto;
    uint32_t limit;
    bool stopped;
    void (*row)(void *user, int64_t rev, struct ipam_bytes body);
    store_answered done;
    void *user;
};

void request_cancel(struct request *req)
{
    ((struct read *)req)->stopped = true;
}

static void on_read(struct loop_work *w)
{
    struct read *r = container_of(w, struct read, work);
    struct store_answer answer = { .head = fake_head(site.store) };
    int status = change_log.status;

    change_log.status = 0;
    change_log.reads++;
    for (size_t i = 0; status == 0 && !r->stopped && i < fake_log_count(site.store); i++) {
        int64_t rev, time;
        struct ipam_bytes row = fake_log(site.store, i, &rev, &time);

        if (rev <= r->after || rev > r->upto || rev <= change_log.pruned || r->limit-- == 0)
            continue;
        change_log.rows++;
        r->row(r->user, rev, rev == change_log.damaged ? (struct ipam_bytes){ row.data, row.len / 2 } : row);
    }
    r->done(r->user, r->stopped ? IPAM_E_CANCELED : status, status != 0 ? "no luck" : "", &answer);
    free(r);
}

struct request *store_changes(struct store *s, int64_t after, int64_t upto, uint32_t limit, uint32_t flags,
                              void (*row)(void *user, int64_t rev, struct ipam_bytes body),
                              store_answered done, void *user)
{
    struct read *r = calloc(1, sizeof(*r));

    (void)s;
    assert_int_equal(flags, 0);
    assert_true(upto > after && upto <= state_head(site.state)); /* nothing is told before it is shown */
    *r =
        (struct read){ .after = after, .upto = upto, .limit = limit, .row = row, .done = done, .user = user };
    loop_post(fx.loop, &r->work, on_read);
    return (struct request *)r;
}

/* --- changes --- */

struct change {
    struct intent in;
    uint8_t block; /* 10.block.0.0/16 */
    bool server;   /* a server instead */
    size_t weight; /* of its text */
    bool settled;
};

static int decide(struct intent *in, struct draft *d)
{
    static char text[1000];
    struct change *c = container_of(in, struct change, in);
    struct ipam_block b;
    struct ipam_server s;

    memset(text, 'w', sizeof(text));
    if (c->server) {
        record_init(&s, IPAM_T_SERVER);
        RECORD_SET(&s, IPAM_SERVER_NAME, name, IPAM_STR("dhcp1"));
        RECORD_SET(&s, IPAM_SERVER_DRIVER, driver, IPAM_STR("kea"));
        draft_put(d, &s);
        return 0;
    }
    record_init(&b, IPAM_T_BLOCK);
    RECORD_SET(&b, IPAM_BLOCK_SPACE, space, 1);
    RECORD_SET(&b, IPAM_BLOCK_DESCRIPTION, description, ((struct ipam_str){ text, c->weight }));
    RECORD_SET(&b, IPAM_BLOCK_PREFIX, prefix, ((struct ipam_prefix){ { 4, { 10, c->block } }, 16 }));
    draft_put(d, &b);
    return 0;
}

static void on_settled(struct intent *in, int status)
{
    assert_int_equal(status, 0);
    container_of(in, struct change, in)->settled = true;
}

static void make(struct change c)
{
    int64_t end = clock_mono_ms() + WAIT_MS;

    c.in = (struct intent){ .operation = "ipam.block.create", .decide = decide, .settled = on_settled };
    c.in.actor.name = IPAM_STR("token:admin");
    gate_submit(site.gate, &c.in);
    while (!c.settled && clock_mono_ms() < end)
        turn();
    assert_true(c.settled);
    fake_trace(site.store);
}

static void make_many(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        make((struct change){ .block = (uint8_t)i });
}

/* --- followers --- */

struct asked {
    struct http_request *req;
    struct follower *follower;
};

static bool
    tight; /* sockets of the server hold little, so that a client that does not read is soon waited for */
static int early_gone; /* clients that went away before their stream began */

static void on_early_gone(struct http_request *req)
{
    struct asked *a = req->user;

    early_gone++;
    a->req = NULL;
}

static void on_feed_ready(void *user, const struct problem *problem)
{
    struct asked *a = user;
    char text[600];

    if (a->req == NULL) {
        if (problem == NULL)
            feed_forget(a->follower);
    } else if (problem != NULL) {
        snprintf(text, sizeof(text), "%s|%s", problem_slug(problem->type), problem->detail);
        http_respond(a->req, problem_status(problem->type), NULL, 0, str_from(text));
    } else if (http_stream_begin(a->req, 200, NULL, 0, feed_drained)) {
        feed_begin(a->follower, a->req);
    } else {
        feed_forget(a->follower);
    }
    free(a);
}

static void tighten(struct http_request *req)
{
    struct http_conn *c = container_of(req, struct http_conn, req);
    int fd, small = 8192;

    assert_int_equal(uv_fileno(&c->uv.handle, &fd), 0);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
}

/* One who sees the blocks whose number is a multiple of `every`, without their descriptions. */
static struct {
    int every, freed;
    bool stale;
} eyes;

static bool eyes_all(void *user)
{
    return user == NULL;
}

static bool eyes_show(void *user, struct ipam_change_item *item)
{
    return user == &eyes && item->object_type == IPAM_T_BLOCK &&
           strtol(item->key.data + 3, NULL, 10) % eyes.every == 0;
}

static void eyes_trim(void *user, void *fields)
{
    (void)user;
    ((struct ipam_record *)fields)->has[0] &= ~(UINT64_C(1) << IPAM_BLOCK_DESCRIPTION);
}

static bool eyes_stale(void *user)
{
    return user == &eyes && eyes.stale;
}

static void eyes_free(void *user)
{
    eyes.freed += user == &eyes;
}

/* The query is "SINCE", "SINCE&TYPE" or "SINCE&&PREFIX"; behind "part" it is asked by the one with eyes. */
static void follow(void *user, struct http_request *req)
{
    struct feed_want want = { 0 };
    struct asked *a = calloc(1, sizeof(*a));
    char query[64], *type, *prefix = NULL;

    (void)user;
    fx.handled++;
    if (tight)
        tighten(req);
    snprintf(query, sizeof(query), STR_FMT, STR_ARG(req->query));
    if (strncmp(query, "part", 4) == 0) {
        want.look = (struct feed_look){ &eyes, eyes_all, { eyes_show, eyes_trim, &eyes }, eyes_stale, eyes_free };
        memmove(query, query + 4, strlen(query + 4) + 1);
    }
    if ((type = strchr(query, '&')) != NULL && (prefix = strchr(type + 1, '&')) != NULL)
        *prefix++ = '\0';
    want.since = strtoll(query, NULL, 10);
    if (type != NULL && type[1] != '\0')
        want.types[0] = UINT64_C(1) << record_type_by_name(str_from(type + 1))->type;
    if (prefix != NULL) {
        want.somewhere = true;
        assert_int_equal(prefix_parse(prefix, strlen(prefix), &want.within), 0);
    }
    a->req = req;
    req->user = a;
    req->gone = on_early_gone;
    a->follower = feed_follow(site.feed, &want, on_feed_ready, a);
    if (a->follower == NULL) {
        http_respond(req, 503, NULL, 0, IPAM_STR("full"));
        free(a);
    }
}

static void on_fatal(void *user, const char *message)
{
    (void)user;
    fail_msg("%s", message);
}

static void begin(const struct feed_limits *limits)
{
    memset(&change_log, 0, sizeof(change_log));
    early_gone = 0;
    tight = false;
    start(NULL, follow);
    site.store = fake_store_new(fx.loop);
    site.state = state_new();
    site.gate = gate_new(fx.loop, site.state, site.store, on_fatal, NULL);
    site.gate_closed = false;
    site.feed = feed_new(&(struct feed_config){ fx.loop, site.state, site.store, site.gate, limits });
}

static void on_gate_closed(void *user)
{
    (void)user;
    site.gate_closed = true;
}

static void finish(void)
{
    gate_close(site.gate, on_gate_closed, NULL);
    stop(); /* and with it every stream */
    assert_true(site.gate_closed);
    feed_free(site.feed);
    fake_store_free(site.store);
    state_free(site.state);
}

static struct feed_stats feed_now(void)
{
    struct feed_stats s;

    feed_stats(site.feed, &s);
    return s;
}

/* A client, and what it has understood. */
struct client {
    int fd;
    char text[1 << 16]; /* what came, without the framing of chunks */
    size_t len;
    struct reply raw;
};

static void open_client(struct client *c, const char *query)
{
    char request[200];

    memset(c, 0, sizeof(*c));
    c->fd = dial();
    snprintf(request, sizeof(request), "GET /feed?%s HTTP/1.0\r\n\r\n", query); /* 1.0: no framing to undo */
    send_text(c->fd, request);
}

/* Reads until the text has come; fails otherwise. */
static void expect(struct client *c, const char *text)
{
    receive(c->fd, &c->raw, text, WAIT_MS);
    if (strstr(c->raw.data, text) == NULL)
        fail_msg("no '%s' in: %s", text, c->raw.data);
}

/* The ids of the changes that came, as " 1 2 3". */
static const char *changes(const struct client *c)
{
    static char ids[4096];
    size_t len = 0;

    ids[0] = '\0';
    for (const char *p = c->raw.data; (p = strstr(p, "\nevent: change\n")) != NULL; p++) {
        const char *id = p;

        while (id > c->raw.data && strncmp(id, "id: ", 4) != 0)
            id--;
        len += (size_t)snprintf(ids + len, sizeof(ids) - len, " %ld", strtol(id + 4, NULL, 10));
    }
    return ids;
}

static void settle(int64_t ms)
{
    int64_t end = clock_mono_ms() + ms;

    while (clock_mono_ms() < end)
        turn();
}

static void test_all_get_every_revision_once(void **state)
{
    static struct client c[3];

    (void)state;
    begin(NULL);
    for (int i = 0; i < 3; i++) {
        open_client(&c[i], "0");
        expect(&c[i], "retry: 1000\nid: 0\n\n");
    }
    make_many(5);
    for (int i = 0; i < 3; i++) {
        expect(&c[i], "id: 5\n");
        settle(20);
        receive(c[i].fd, &c[i].raw, NULL, 0);
        assert_string_equal(changes(&c[i]), " 1 2 3 4 5");
        assert_non_null(strstr(c[i].raw.data, "\"actor\":\"token:admin\""));
        assert_non_null(strstr(c[i].raw.data, "\"verb\":\"add\",\"key\":\"10.4.0.0/16\",\"fields\":{"));
        close(c[i].fd);
    }
    assert_int_equal(feed_now().events, 5); /* each is written once, whoever many follow */
    assert_int_equal(change_log.reads, 0);
    finish();
}

static void test_from_any_place_without_a_gap(void **state)
{
    struct feed_limits limits = feed_limits_default;
    static struct client c;
    char query[16], want[100];

    (void)state;
    limits.page_bytes = 700; /* two events or so */
    begin(&limits);
    make_many(8);
    for (int since = 0; since <= 8; since++) {
        int len = 0;

        snprintf(query, sizeof(query), "%d", since);
        open_client(&c, query);
        if (since % 2)
            make((struct change){ .block = 100 }); /* while it may still be reading */
        expect(&c, "retry");
        make((struct change){ .block = 101 });
        snprintf(query, sizeof(query), "id: %ld\n", (long)state_head(site.state));
        expect(&c, query);
        for (int rev = since + 1; rev <= state_head(site.state); rev++)
            len += snprintf(want + len, sizeof(want) - (size_t)len, " %d", rev);
        assert_string_equal(changes(&c), want);
        close(c.fd);
        while (feed_now().followers)
            turn();
    }
    assert_true(change_log.reads > 8);
    assert_int_equal(feed_now().ring_bytes, 0); /* nobody follows: nothing is kept */
    finish();
}

/* What one reads is handed to all who wait at the same place. */
static void test_those_at_one_place_share_a_page(void **state)
{
    static struct client c[6];

    (void)state;
    begin(NULL);
    make_many(4);
    for (int i = 0; i < 6; i++)
        c[i].fd = dial();
    for (int i = 0; i < 6; i++) { /* at once, three at each of two places */
        const char *request = i % 2 ? "GET /feed?2 HTTP/1.0\r\n\r\n" : "GET /feed?1 HTTP/1.0\r\n\r\n";

        assert_true(send(c[i].fd, request, strlen(request), 0) > 0);
    }
    for (int i = 0; i < 6; i++) {
        expect(&c[i], "id: 4\n");
        assert_string_equal(changes(&c[i]), i % 2 ? " 3 4" : " 2 3 4");
    }
    assert_true(change_log.reads <= 4); /* not six times */
    for (int i = 0; i < 6; i++)
        close(c[i].fd);
    finish();
}

static void test_only_what_is_wanted(void **state)
{
    static struct client blocks, servers, somewhere, behind;

    (void)state;
    begin(NULL);
    open_client(&blocks, "0&block");
    open_client(&servers, "0&server");
    open_client(&somewhere, "0&&10.2.0.0/15");
    expect(&blocks, "retry");
    expect(&servers, "retry");
    expect(&somewhere, "retry");
    make_many(5);
    make((struct change){ .server = true });
    expect(&blocks, "id: 6\n\n"); /* passed over: the place alone */
    assert_string_equal(changes(&blocks), " 1 2 3 4 5");
    expect(&servers, "id: 6\nevent");
    assert_string_equal(changes(&servers), " 6");
    expect(&somewhere, "id: 6\n\n");
    assert_string_equal(changes(&somewhere), " 3 4");
    open_client(&behind, "1&server");
    expect(&behind, "id: 6\nevent");
    assert_string_equal(changes(&behind), " 6");
    close(blocks.fd);
    close(servers.fd);
    close(somewhere.fd);
    close(behind.fd);
    finish();
}

static void test_the_slow_is_dropped_and_nobody_else(void **state)
{
    struct feed_limits limits = feed_limits_default;
    static struct client slow, good;
    static char buf[1 << 20];
    int64_t end = clock_mono_ms() + WAIT_MS;

    (void)state;
    limits.ring_bytes = 20000;
    begin(&limits);
    tight = true;
    open_client(&good, "0");
    open_client(&slow, "0");
    expect(&good, "retry");
    expect(&slow, "retry");
    while (!feed_now().dropped && clock_mono_ms() < end) {
        make((struct change){ .block = 1, .weight = 1000 });
        settle(1);
        while (recv(good.fd, buf, sizeof(buf), 0) > 0)
            ;
    }
    assert_int_equal(feed_now().dropped, 1);
    assert_true(feed_now().ring_bytes <= 20000);
    /* What it had been sent comes, then the marker with the place, then the end. */
    char want[80];
    size_t len = 0;
    ssize_t n = 1;
    while (n != 0 && clock_mono_ms() < end) {
        n = recv(slow.fd, buf + len, sizeof(buf) - 1 - len, 0);
        len += n > 0 ? (size_t)n : 0;
        if (len > sizeof(buf) / 2) { /* the tail is what counts */
            memmove(buf, buf + len - 4096, 4096);
            len = 4096;
        }
        turn();
    }
    assert_int_equal(n, 0);
    buf[len] = '\0';
    const char *marker = strstr(buf, "event: dropped\ndata: {\"resume\":"), *last = NULL;
    assert_non_null(marker);
    for (const char *p = buf; (p = strstr(p, "\nid: ")) != NULL && p < marker; p++)
        last = p;
    assert_non_null(last);
    snprintf(want, sizeof(want), "event: dropped\ndata: {\"resume\":%ld}\n\n", strtol(last + 5, NULL, 10));
    assert_string_equal(marker, want);
    assert_int_equal(feed_now().followers, 1);
    make((struct change){ .block = 2 });
    memset(&good.raw, 0, sizeof(good.raw));
    expect(&good, "10.2.0.0/16");
    close(slow.fd);
    close(good.fd);
    finish();
}

/* Slow, but reading the change log at its own pace: that costs no memory, so it may. */
static void test_the_slow_behind_is_not_dropped(void **state)
{
    struct feed_limits limits = feed_limits_default;
    static struct client c;
    static char buf[1 << 20];
    int64_t end = clock_mono_ms() + WAIT_MS;
    bool whole = false;
    size_t len = 0;

    (void)state;
    limits.ring_bytes = 20000;
    limits.page_bytes = 20000;
    begin(&limits);
    tight = true;
    for (int i = 0; i < 300; i++)
        make((struct change){ .block = 1, .weight = 1000 });
    memset(&c, 0, sizeof(c));
    c.fd = dial();
    send_text(c.fd, "GET /feed?0 HTTP/1.0\r\n\r\n");
    settle(20);
    assert_true(change_log.rows < 290); /* it waits for its client */
    for (int i = 0; i < 100; i++)
        make((struct change){ .block = 2, .weight = 1000 });
    while (!whole && clock_mono_ms() < end) {
        ssize_t n = recv(c.fd, buf + len, 8192, 0);

        len += n > 0 ? (size_t)n : 0;
        buf[len] = '\0';
        whole = strstr(buf + (len > 20000 ? len - 20000 : 0), "\nid: 400\n") != NULL;
        if (len > sizeof(buf) / 2) {
            memmove(buf, buf + len - 8192, 8192);
            len = 8192;
        }
        turn();
    }
    assert_true(whole);
    assert_int_equal(feed_now().dropped, 0);
    close(c.fd);
    finish();
}

static void test_what_the_log_does_not_have(void **state)
{
    static struct client c, d, e;

    (void)state;
    begin(NULL);
    make_many(9);
    change_log.pruned = 4;
    open_client(&c, "2");
    expect(&c, "forgotten|revision 3 is no longer in the change log, which begins with 5");
    assert_memory_equal(c.raw.data, "HTTP/1.1 410", 12);
    open_client(&d, "4");
    expect(&d, "id: 9\n");
    assert_string_equal(changes(&d), " 5 6 7 8 9");
    change_log.pruned = 9;
    open_client(&e, "8");
    expect(&e, "forgotten|revision 9 is not in the change log");
    close(c.fd);
    close(d.fd);
    close(e.fd);
    finish();
}

static void test_storage_that_fails(void **state)
{
    struct feed_limits limits = feed_limits_default;
    static struct client c, d, e;

    (void)state;
    limits.page_bytes = 1; /* one event a page */
    begin(&limits);
    make_many(5);
    change_log.status = IPAM_E_AGAIN;
    open_client(&c, "0");
    expect(&c, "unavailable|no luck");
    assert_memory_equal(c.raw.data, "HTTP/1.1 503", 12);
    change_log.damaged = 3; /* what comes before it is told */
    open_client(&d, "0");
    expect(&d, "event: unavailable\ndata: {\"resume\":2}\n\n");
    assert_string_equal(changes(&d), " 1 2");
    receive(d.fd, &d.raw, NULL, WAIT_MS);
    assert_true(d.raw.ended);
    open_client(&e, "2"); /* nothing comes before it, and asking again would be of no use */
    expect(&e, "internal|revision 3 of the change log cannot be read");
    assert_memory_equal(e.raw.data, "HTTP/1.1 500", 12);
    close(c.fd);
    close(d.fd);
    close(e.fd);
    finish();
}

/* Another node's revisions, and those decided before anybody followed, are read from storage. */
static void test_what_the_gate_did_not_have(void **state)
{
    static struct client c;
    struct change early = { .block = 7 };

    (void)state;
    begin(NULL);
    make_many(2);
    fake_hold(site.store, FAKE_COMMIT, true);
    early.in = (struct intent){ .operation = "ipam.block.create", .decide = decide, .settled = on_settled };
    gate_submit(site.gate, &early.in);
    while (!fake_held(site.store))
        turn();
    open_client(&c, "2"); /* revision 3 is decided, and not yet durable */
    expect(&c, "id: 2\n\n");
    fake_hold(site.store, FAKE_COMMIT, false);
    fake_go(site.store);
    expect(&c, "id: 3\nevent: change\n");
    assert_int_equal(change_log.reads, 1);
    make((struct change){ .block = 8 });
    expect(&c, "id: 4\nevent: change\n");
    assert_int_equal(change_log.reads, 1);
    assert_string_equal(changes(&c), " 3 4");
    close(c.fd);
    finish();
}

static void test_a_quiet_feed_says_that_it_is_there(void **state)
{
    struct feed_limits limits = feed_limits_default;
    static struct client c;

    (void)state;
    limits.beat_ms = 20;
    begin(&limits);
    open_client(&c, "0");
    expect(&c, ": here\n\n: here\n\n");
    assert_string_equal(changes(&c), "");
    close(c.fd);
    finish();
}

static void test_who_sees_a_part(void **state)
{
    static const char *const asked[] = { "0", "part0", "part0&&10.50.0.0/16", "part20" };
    static const char *const wanted[] = { NULL, " 1 26 51 76", " 51", " 26 51 76" };
    struct feed_limits limits = feed_limits_default;
    static struct client c[4];

    (void)state;
    limits.ring_bytes = 3000; /* so that it is read from the log as well */
    begin(&limits);
    eyes.every = 25;
    for (int i = 0; i < 3; i++)
        open_client(&c[i], asked[i]);
    for (int i = 0; i < 3; i++)
        expect(&c[i], "retry");
    for (unsigned i = 0; i < 100; i++)
        make((struct change){ .block = (uint8_t)i, .weight = 4 });
    make((struct change){ .server = true });
    open_client(&c[3], asked[3]);
    for (int i = 0; i < 4; i++) {
        expect(&c[i], i == 0 ? "id: 101\nevent" : "id: 101\n\n"); /* the number alone */
        if (i > 0)
            assert_string_equal(changes(&c[i]), wanted[i]);
        assert_true((strstr(c[i].raw.data, "description") != NULL) == (i == 0));
        close(c[i].fd);
    }
    finish();
    assert_int_equal(eyes.freed, 3);
}

static void test_whose_sight_becomes_another_is_told(void **state)
{
    struct feed_limits limits = feed_limits_default;
    static struct client c[2];

    (void)state;
    limits.beat_ms = 20;
    begin(&limits);
    eyes.every = 1;
    eyes.freed = 0;
    for (int i = 0; i < 2; i++) {
        eyes.stale = false;
        open_client(&c[i], i == 0 ? "part0" : "part3");
        expect(&c[i], "retry");
        if (i == 0) {
            make_many(3);
            expect(&c[i], "id: 3\nevent");
        }
        eyes.stale = true;
        if (i > 0) /* at the beat, though nothing happens; or at the change, of which nothing comes */
            make((struct change){ .block = 9 });
        expect(&c[i], "event: sight\ndata: {\"resume\":3}\n\n");
        assert_string_equal(changes(&c[i]), i == 0 ? " 1 2 3" : "");
        close(c[i].fd);
    }
    assert_int_equal(eyes.freed, 2);
    finish();
}

static void test_stopping_tells_where_to_go_on(void **state)
{
    static struct client c, d;

    (void)state;
    begin(NULL);
    make_many(3);
    open_client(&c, "0");
    expect(&c, "id: 3\nevent");
    open_client(&d, "1");
    wait_handled(2); /* it is still reading */
    feed_close(site.feed);
    expect(&c, "event: closing\ndata: {\"resume\":3}\n\n");
    receive(c.fd, &c.raw, NULL, WAIT_MS);
    assert_true(c.raw.ended);
    receive(d.fd, &d.raw, NULL, 200);
    assert_true(strstr(d.raw.data, "unavailable|the service is stopping") != NULL ||
                strstr(d.raw.data, "event: closing") != NULL);
    close(c.fd);
    close(d.fd);
    finish();
}

static void test_clients_that_leave_at_any_time(void **state)
{
    struct feed_limits limits = feed_limits_default;
    struct linger hard = { 1, 0 };

    (void)state;
    limits.page_bytes = 1;
    begin(&limits);
    make_many(6);
    for (int i = 0; i < 200; i++) {
        int fd = dial();

        setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
        send_text(fd, "GET /feed?0 HTTP/1.1\r\n" HOST "\r\n");
        for (int n = 0; n < i % 20; n++)
            turn();
        close(fd);
        if (i % 10 == 0)
            make((struct change){ .block = 9 });
    }
    while (feed_now().followers)
        turn();
    assert_int_equal(stats().open, 0);
    assert_true(early_gone > 0);
    finish();
}

static void test_too_many(void **state)
{
    struct feed_limits limits = feed_limits_default;
    static struct client c[3];

    (void)state;
    limits.followers_most = 2;
    begin(&limits);
    for (int i = 0; i < 3; i++) {
        open_client(&c[i], "0");
        expect(&c[i], i < 2 ? "retry" : "HTTP/1.1 503");
    }
    for (int i = 0; i < 3; i++)
        close(c[i].fd);
    finish();
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_get_every_revision_once),
        cmocka_unit_test(test_from_any_place_without_a_gap),
        cmocka_unit_test(test_those_at_one_place_share_a_page),
        cmocka_unit_test(test_only_what_is_wanted),
        cmocka_unit_test(test_the_slow_is_dropped_and_nobody_else),
        cmocka_unit_test(test_the_slow_behind_is_not_dropped),
        cmocka_unit_test(test_what_the_log_does_not_have),
        cmocka_unit_test(test_storage_that_fails),
        cmocka_unit_test(test_what_the_gate_did_not_have),
        cmocka_unit_test(test_a_quiet_feed_says_that_it_is_there),
        cmocka_unit_test(test_who_sees_a_part),
        cmocka_unit_test(test_whose_sight_becomes_another_is_told),
        cmocka_unit_test(test_stopping_tells_where_to_go_on),
        cmocka_unit_test(test_clients_that_leave_at_any_time),
        cmocka_unit_test(test_too_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
