/* write.c - what every write may ask: If-Match, a dry run, and one effect for an Idempotency-Key.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * All of it is judged inside the gate, by a guard around the handler's decision. The answer to a request
 * with a key is drafted with its effect, so that both become durable together or not at all; a refusal is
 * never kept. Rights that ended while the request waited are no rights any more. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/answers.h"
#include "api/match.h"
#include "api/dry_run.h"

#define KEY_MOST    255
#define RIGHTS_MOST ((size_t)4 << 20) /* bytes of what somebody may */

enum outcome { DECIDED, REPLAYED, SHOWN };

struct write {
    struct call *c;
    struct guard guard;
    int (*render)(struct call *c, struct draft *d);
    bool dry, keeps_nothing, under_way, looked_back, decided;
    bool keyed;
    struct ipam_str if_match, if_none_match;
    struct answer_key key;
    struct answer_like like;
    enum outcome outcome;
    void (*accepted)(struct call *c);
    bool (*refused)(struct call *c);
};

/* --- reading --- */

/* All lines of a header as one list (RFC 9110, 5.3); absent: there is none. */
static struct ipam_str header_list(struct call *c, const char *name, unsigned *ret_lines)
{
    struct ipam_str all = { NULL, 0 };
    *ret_lines = 0;
    for (size_t i = 0; i < c->http->header_count; i++) {
        const struct http_header *h = &c->http->headers[i];
        if (h->name.len != strlen(name) || strncasecmp(h->name.data, name, h->name.len) != 0)
            continue;
        const char *text =
            all.data == NULL ? arena_printf(&c->arena, STR_FMT, STR_ARG(h->value))
                             : arena_printf(&c->arena, STR_FMT ", " STR_FMT, STR_ARG(all), STR_ARG(h->value));
        all = str_from(text);
        (*ret_lines)++;
    }
    return all;
}

static bool read_condition(struct call *c, const char *name, struct ipam_str *ret)
{
    unsigned lines;
    *ret = header_list(c, name, &lines);
    if (lines == 0 || etag_matches(*ret, 0) >= 0)
        return true;
    problem_hint(&c->problem,
                 "send *, or tags in double quotes as they came in ETag, with commas between them");
    problem_set(&c->problem, PROBLEM_BAD_REQUEST, "the header %s is no list of entity tags: " STR_FMT, name,
                STR_ARG(*ret));
    return false;
}

static bool key_is_good(struct ipam_str key)
{
    bool good = key.len >= 1 && key.len <= KEY_MOST;
    for (size_t i = 0; good && i < key.len; i++)
        good = key.data[i] > ' ' && key.data[i] <= '~';
    return good;
}

/* Whether the body of such requests may have a secret in it. */
static bool brings_secret(const struct call *c)
{
    uint64_t secret[2] = { 0, 0 };
    if (c->type != NULL)
        record_mask(c->type, FIELD_SECRET, secret);
    return (secret[0] | secret[1]) != 0;
}

/* Of what has a secret in it nobody can try guesses on the digest: it is made with the master key, or where
 * there is none with a key of this process, after which the request is another. */
static void digest_request(const struct call *c, struct strbuf *b, uint8_t ret[ACCESS_DIGEST_BYTES])
{
    if (brings_secret(c) && vault_digest(c->api->at.vault, b->data, b->len, ret) == 0)
        return;
    if (brings_secret(c))
        strbuf_add(b, c->api->own_key, sizeof(c->api->own_key));
    access_digest(b->data, b->len, ret);
}

/* Who does not see everything asks for something else when his rights are others: what he was answered by
 * those before he may not see any more. */
static void add_rights(struct call *c, struct strbuf *b)
{
    const struct rights *r = book_rights(c->api->book, &c->who);
    for (size_t i = 0; i < r->count && !sight_all(&c->sight); i++) {
        const struct right *x = &r->items[i];
        if (right_holds(x, c->sight.now_ms))
            strbuf_printf(b, STR_FMT " " STR_FMT "\n", STR_ARG(x->role_name), STR_ARG(x->path));
    }
}

/* The digests of a key: of whom and for what it is, and of the request it stands for. */
static void digest(struct call *c, struct ipam_str key, struct answer_key *ret)
{
    const char nul = '\0';
    struct strbuf b;
    struct ipam_str type = http_header_get(c->http, "Content-Type");
    strbuf_init(&b, c->body.len + c->path.len + c->query.len + type.len + RIGHTS_MOST);
    strbuf_puts(&b, c->who.name);
    strbuf_add(&b, &nul, 1);
    strbuf_printf(&b, "%s %s", http_method_name(c->method), c->route->path);
    strbuf_add(&b, &nul, 1);
    strbuf_addstr(&b, key);
    access_digest(b.data, b.len, ret->digest);
    strbuf_reset(&b);
    strbuf_addstr(&b, c->path);
    strbuf_add(&b, &nul, 1);
    strbuf_addstr(&b, c->query);
    strbuf_add(&b, &nul, 1);
    strbuf_addstr(&b, type);
    strbuf_add(&b, &nul, 1);
    add_rights(c, &b);
    strbuf_addstr(&b, c->body);
    digest_request(c, &b, ret->request);
    if (b.failed) /* a digest of less is that of another request */
        call_starved(c);
    explicit_bzero(b.data, b.len); /* the body may have brought a secret */
    strbuf_fini(&b);
}

static bool read_key(struct call *c, struct write *w)
{
    unsigned lines;
    struct ipam_str key = header_list(c, "Idempotency-Key", &lines);
    if (lines == 0 || w->dry)
        return true;
    if (lines > 1 || !key_is_good(key)) {
        problem_hint(&c->problem, "send a new random text for each request, such as a UUID");
        problem_set(&c->problem, PROBLEM_BAD_REQUEST,
                    lines > 1 ? "the header Idempotency-Key is given twice"
                              : "the header Idempotency-Key is not 1 to %d visible ASCII characters",
                    KEY_MOST);
        return false;
    }
    digest(c, key, &w->key);
    if (smap_get(&c->api->under_way, w->key.digest, sizeof(w->key.digest)) != NULL) {
        c->problem.retry_after_s = 1;
        problem_hint(&c->problem, "send it again in a moment: the answer will be that of the first request");
        problem_set(&c->problem, PROBLEM_IN_PROGRESS,
                    "the request that came first with Idempotency-Key " STR_FMT " is not answered yet",
                    STR_ARG(key));
        return false;
    }
    smap_put(&c->api->under_way, w->key.digest, sizeof(w->key.digest), c);
    w->keyed = w->under_way = true;
    answers_like(&w->key, &w->like);
    return true;
}

bool write_begin(struct call *c)
{
    if (c->method == HTTP_GET_ || c->method == HTTP_HEAD_)
        return true;
    struct write *w = arena_alloc(&c->arena, sizeof(*w));
    w->c = c;
    c->write = w;
    return call_param_bool(c, "dry_run", &w->dry) && read_condition(c, "If-Match", &w->if_match) &&
           read_condition(c, "If-None-Match", &w->if_none_match) && read_key(c, w);
}

void write_end(struct call *c)
{
    if (c->write != NULL && c->write->under_way)
        smap_del(&c->api->under_way, c->write->key.digest, sizeof(c->write->key.digest));
}

bool write_is_dry(const struct call *c)
{
    return c->write != NULL && c->write->dry;
}

void write_keeps_nothing(struct call *c)
{
    c->write->keeps_nothing = true;
}

/* --- inside the gate --- */

static void guard_needs(struct guard *g, const struct view *v, struct needs *n)
{
    struct write *w = container_of(g, struct write, guard);
    const struct call *c = w->c;
    bool judged = w->if_match.data != NULL || w->if_none_match.data != NULL;
    (void)v;
    if (w->keyed)
        answers_needs(&w->like, n);
    if (judged && c->id != 0 && c->type->residency != RES_RESIDENT && c->type->residency != RES_NONE)
        needs_row(n, c->type->type, c->id);
}

/* An answer that was given to this key before: taken over, and the intent refused, for nothing is to be
 * done. */
static int take_over(struct write *w, struct draft *d, struct problem *p)
{
    const struct ipam_idempotency_answer *a = answers_find(d, &w->like);
    if (a == NULL)
        return 0;
    if (!answers_same(a, &w->key))
        return answers_mismatch(p);
    answers_take(a, w->c);
    w->outcome = REPLAYED;
    return IPAM_E_EXIST;
}

static int judge_conditions(struct write *w, const struct draft *d, struct problem *p)
{
    struct call *c = w->c;
    if (w->if_match.data == NULL && w->if_none_match.data == NULL)
        return 0;
    const void *row = c->id != 0 && c->type != NULL ? view_get(draft_view(d), c->type->type, c->id) : NULL;
    int64_t rev = row != NULL ? etag_rev(row) : 0;
    bool wanted = w->if_match.data == NULL || etag_matches(w->if_match, rev) > 0;
    bool unwanted = w->if_none_match.data != NULL && etag_matches(w->if_none_match, rev) > 0;
    if (wanted && !unwanted)
        return 0;
    if (row == NULL) {
        problem_hint(p, "send If-Match for an object that exists, with the ETag it was read with");
        return problem_set(p, PROBLEM_PRECONDITION, "there is no object that the header If-Match could mean");
    }
    snprintf(c->etag, sizeof(c->etag), "\"%lld\"", (long long)rev);
    problem_hint(p, unwanted
                        ? "change the one that is there, with the ETag of this answer as If-Match"
                        : "read it again, and repeat with the ETag of this answer if the change is still "
                          "wanted");
    return problem_set(p, PROBLEM_PRECONDITION, "the %s %lld is at revision %lld, which %s excludes",
                       c->type->name, (long long)c->id, (long long)rev,
                       unwanted ? "the header If-None-Match" : "the header If-Match");
}

static bool may_still(struct call *c, const struct draft *d, struct problem *p)
{
    return call_may(c, draft_now(d), p) &&
           (c->sight.book == NULL || c->own_only || c->row == NULL ||
            sight_may(&c->sight, draft_view(d), c->row, draft_now(d), p) == 0);
}

static int guard_before(struct guard *g, struct draft *d, struct problem *p)
{
    struct write *w = container_of(g, struct write, guard);
    struct call *c = w->c;
    strbuf_reset(&c->out);
    c->location[0] = c->etag[0] = '\0';
    w->outcome = DECIDED;
    w->decided = true;
    w->keeps_nothing = false;
    int rc = may_still(c, d, p) ? 0 : IPAM_E_ACCESS;
    if (rc == 0 && w->keyed)
        rc = take_over(w, d, p);
    return rc != 0 ? rc : judge_conditions(w, d, p);
}

static int answer_too_large(struct problem *p, size_t most)
{
    problem_hint(p, "send fewer objects in one request");
    return problem_set(p, PROBLEM_TOO_LARGE, "the answer is larger than %zu bytes", most);
}

static int guard_after(struct guard *g, struct draft *d, struct problem *p)
{
    struct write *w = container_of(g, struct write, guard);
    struct call *c = w->c;
    int rc = c->import == NULL ? sight_check_draft(&c->sight, d, p) : 0; /* of a file each row was judged */
    if (rc == 0 && w->render != NULL)
        rc = w->render(c, d);
    if (rc == 0 && call_is_starved(c)) /* nothing is done, or kept, of which a part is missing */
        rc = problem_set(p, PROBLEM_UNAVAILABLE, "memory is short; nothing was changed");
    if (rc != 0)
        return rc;
    if (w->dry) {
        rc = dry_run_write(c, d, p);
        w->outcome = SHOWN;
        return rc != 0 ? rc : IPAM_E_CANCELED;
    }
    if (c->out.failed)
        return answer_too_large(p, c->out.max);
    if (!w->keyed || w->keeps_nothing)
        return 0;
    if (c->out.len > ANSWER_MOST)
        return answer_too_large(p, ANSWER_MOST);
    answers_put(d, &w->key, &w->like, c);
    return 0;
}

/* --- the end --- */

void call_settled(struct call *c, int status, const struct problem *p, void (*accepted)(struct call *c))
{
    struct write *w = c->write;
    c->head = 0; /* what was read before the gate may be older than what was decided in it */
    if (status != 0 && w->outcome != DECIDED && p->type == PROBLEM_NONE) {
        c->replayed = w->outcome == REPLAYED;
        call_reply(c);
        return;
    }
    if (status != 0) {
        c->problem = *p;
        call_problem(c);
    } else if (accepted != NULL) {
        accepted(c);
    } else {
        call_reply(c);
    }
}

void call_on_refusal(struct call *c, bool (*refused)(struct call *c))
{
    c->write->refused = refused;
}

static void settled(struct intent *in, int status)
{
    struct call *c = call_of(in);
    if (status != 0 && c->write->refused != NULL && c->write->refused(c))
        return;
    call_settled(c, status, &in->problem, c->write->accepted);
}

struct guard *write_guard(struct call *c, int (*render)(struct call *c, struct draft *d))
{
    struct write *w = c->write;
    w->render = render;
    w->guard = (struct guard){ guard_needs, guard_before, guard_after };
    return &w->guard;
}

void call_submit(struct call *c, void (*needs)(struct intent *, const struct view *, struct needs *),
                 int (*decide)(struct intent *, struct draft *), void (*accepted)(struct call *c))
{
    c->write->accepted = accepted;
    c->intent.operation = c->route->operation;
    c->intent.actor = c->actor;
    c->intent.guard = write_guard(c, NULL);
    c->intent.needs = needs;
    c->intent.decide = decide;
    c->intent.settled = settled;
    if (call_is_starved(c)) {
        call_problem(c);
        return;
    }
    gate_submit(c->api->at.gate, &c->intent);
}

/* --- refused before the gate: a repeated request may find nothing any more of what it changed --- */

static void on_past_answer(void *user, const struct record_type *t, void *rec)
{
    struct call *c = user;
    (void)t;
    if (!answers_fresh(rec, clock_wall_ms()))
        return;
    if (!answers_same(rec, &c->write->key)) {
        answers_mismatch(&c->problem);
        return;
    }
    answers_take(rec, c);
    c->replayed = true;
}

static void on_looked_back(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct call *c = user;
    (void)answer;
    if (status != 0)
        call_status_problem(c, status, message);
    else if (c->replayed)
        call_reply(c);
    else
        call_problem(c);
}

bool write_looks_back(struct call *c)
{
    struct write *w = c->write;
    if (w == NULL || !w->keyed || w->decided || w->looked_back)
        return false;
    w->looked_back = true;
    answers_query(c->api->at.store, &w->like, on_past_answer, on_looked_back, c);
    return true;
}

/* --- an answer that took longer than the decision --- */

static void needs_answer(struct intent *in, const struct view *v, struct needs *n)
{
    (void)v;
    answers_needs(&call_of(in)->write->like, n);
}

static int decide_answer(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    answers_put(d, &c->write->key, &c->write->like, c);
    return 0;
}

/* When it could not be kept, the one that was kept with the effect still stands for the key. */
static void settled_answer(struct intent *in, int status)
{
    (void)status;
    call_reply(call_of(in));
}

void call_reply_anew(struct call *c)
{
    struct write *w = c->write;
    if (!w->keyed || c->out.failed || c->out.len > ANSWER_MOST) {
        call_reply(c);
        return;
    }
    c->intent.guard = NULL;
    c->intent.rows = 1;
    c->intent.needs = needs_answer;
    c->intent.decide = decide_answer;
    c->intent.settled = settled_answer;
    gate_submit(c->api->at.gate, &c->intent);
}
