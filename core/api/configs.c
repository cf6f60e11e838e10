/* configs.c - configurations that servers had: shown, compared, restored by a plan.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * What is shown has every secret masked; the whole text never leaves the archive but for its server. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/plans.h"
#include "archive/archive.h"
#include "archive/diff.h"

#define CONTEXT      3
#define CONTEXT_MOST 1000
#define NAME_MAX_    128

/* Two configurations, and how their texts differ. */
struct pair {
    struct plans plans; /* first: of a restore */
    struct call *c;
    int64_t wanted; /* the other by its id; 0: the one that the part has now */
    const struct ipam_server_config *from, *to;
    struct ipam_server_config *other; /* as it was found */
    char *texts[2];                   /* ours, until the call ends */
    size_t lens[2];
    int64_t context;
    bool as_text;
    struct ipam_str unified;      /* how a restore changes the text, for a dry run */
    void (*next)(struct call *c); /* when both are there */
};

static void forget(struct call *c)
{
    struct pair *p = c->work;
    free(p->texts[0]);
    free(p->texts[1]);
}

static struct pair *pair_new(struct call *c, void (*next)(struct call *c))
{
    struct pair *p = arena_alloc(&c->arena, sizeof(*p));
    if (p == NULL) {
        call_starved(c);
        call_problem(c);
        return NULL;
    }
    p->c = c;
    p->next = next;
    p->context = CONTEXT;
    c->work = p;
    c->ended = forget;
    return p;
}

/* The archive could not show one. */
static void unreadable(struct call *c, int status, const char *message)
{
    problem_hint(&c->problem, "others may be there: list them with GET /api/v1/dhcp/server-configs");
    if (status == IPAM_E_INVAL)
        problem_set(&c->problem, PROBLEM_INTERNAL, "the configuration cannot be read: %s", message);
    if (status == IPAM_E_INVAL)
        call_problem(c);
    else
        call_status_problem(c, status, message);
}

/* --- its text --- */

static void on_text(void *user, int status, const char *message, struct ipam_str text)
{
    struct call *c = user;
    if (status != 0) {
        unreadable(c, status, message);
        return;
    }
    strbuf_addstr(&c->out, text);
    call_text(c, 200, "text/plain; charset=utf-8");
}

static void found_text(struct call *c)
{
    archive_read(c->api->at.archive, c->row, false, on_text, c);
}

void handle_config_text(struct call *c)
{
    call_find_plain(c, found_text);
}

/* --- two of them --- */

static void on_second(void *user, int status, const char *message, struct ipam_str text);

static void keep_text(struct pair *p, unsigned i, struct ipam_str text)
{
    p->texts[i] = xmalloc(text.len + 1);
    p->lens[i] = text.len;
    if (text.len > 0)
        memcpy(p->texts[i], text.data, text.len);
}

static void on_first(void *user, int status, const char *message, struct ipam_str text)
{
    struct pair *p = user;
    if (status != 0) {
        unreadable(p->c, status, message);
        return;
    }
    keep_text(p, 0, text);
    archive_read(p->c->api->at.archive, p->to, false, on_second, p);
}

static void on_second(void *user, int status, const char *message, struct ipam_str text)
{
    struct pair *p = user;
    if (status != 0) {
        unreadable(p->c, status, message);
        return;
    }
    keep_text(p, 1, text);
    p->next(p->c);
}

static void read_texts(struct call *c)
{
    struct pair *p = c->work;
    archive_read(c->api->at.archive, p->from, false, on_first, p);
}

static void on_other(void *user, const struct record_type *t, void *rec)
{
    struct pair *p = user;
    const struct ipam_server_config *one = p->c->row, *c = rec;
    (void)t;
    bool wanted = p->wanted != 0 ? c->id == p->wanted
                                 : !record_has(c, IPAM_SERVER_CONFIG_UNTIL) && str_equal(c->part, one->part);
    if (wanted && call_sees(p->c, c))
        p->other = record_copy(&p->c->arena, c);
}

static void on_others(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct pair *p = user;
    struct call *c = p->c;
    (void)answer;
    c->reading = NULL;
    if (status != 0) {
        call_status_problem(c, status, message);
    } else if (p->other == NULL && p->wanted != 0) {
        problem_hint(&c->problem, "list them with GET /api/v1/dhcp/server-configs");
        problem_set(&c->problem, PROBLEM_INVALID, "to: there is no server_config %lld", (long long)p->wanted);
        call_problem(c);
    } else if (p->other == NULL) {
        problem_hint(&c->problem, "collect the server, or name the other one: ?to=ID");
        problem_set(&c->problem, PROBLEM_INVALID, "the server has no configuration of that part now");
        call_problem(c);
    } else {
        p->next(c);
    }
}

/* Looks for the other one, then `next` runs. */
static void find_other(struct call *c, void (*next)(struct call *c))
{
    struct pair *p = c->work;
    struct ipam_server_config like = *(const struct ipam_server_config *)c->row;
    struct store_filter f = { p->wanted != 0 ? 0 : IPAM_SERVER_CONFIG_SERVER, IPAM_CMP_EQ, &like };
    struct store_query q = { .type = IPAM_T_SERVER_CONFIG, .filters = &f, .filter_count = 1 };
    if (p->wanted != 0)
        like.id = p->wanted;
    p->next = next;
    c->reading = store_query(c->api->at.store, &q, on_other, on_others, p);
}

/* --- how they differ --- */

static struct diff *compare(struct call *c)
{
    struct pair *p = c->work;
    struct diff *d =
        diff_new((struct ipam_str){ p->texts[0], p->lens[0] }, (struct ipam_str){ p->texts[1], p->lens[1] });
    if (d == NULL)
        problem_set(&c->problem, PROBLEM_TOO_LARGE, "the two have too many lines to be compared");
    return d;
}

static void name_of(const struct ipam_server_config *of, char *ret)
{
    struct strbuf time;
    strbuf_init(&time, NAME_MAX_);
    record_field_print(record_field_number(record_type(IPAM_T_SERVER_CONFIG), IPAM_SERVER_CONFIG_FIRST_SEEN),
                       of, &time);
    snprintf(ret, NAME_MAX_, STR_FMT "/%lld\t" STR_FMT, STR_ARG(of->part), (long long)of->id,
             STR_ARG(strbuf_str(&time)));
    strbuf_fini(&time);
}

static void put_unified(const struct pair *p, const struct diff *d, struct strbuf *out)
{
    char from[NAME_MAX_], to[NAME_MAX_];
    name_of(p->from, from);
    name_of(p->to, to);
    diff_unified(d, from, to, (size_t)p->context, out);
}

static void put_line(void *user, enum diff_kind kind, struct ipam_str line)
{
    struct json_writer *w = user;
    struct strbuf text;
    strbuf_init(&text, line.len + 2);
    strbuf_putc(&text, (char)kind);
    strbuf_addstr(&text, line);
    jw_str(w, strbuf_str(&text));
    strbuf_fini(&text);
}

static void put_number(struct json_writer *w, const char *name, size_t n)
{
    jw_key(w, name);
    jw_int(w, (int64_t)n);
}

static void put_hunks(struct json_writer *w, const struct diff *d, size_t context)
{
    struct diff_hunk h = { 0 };
    jw_key(w, "hunks");
    jw_array(w);
    while (diff_next(d, context, &h)) {
        jw_object(w);
        put_number(w, "from", h.from_count > 0 ? h.from + 1 : h.from);
        put_number(w, "from_count", h.from_count);
        put_number(w, "to", h.to_count > 0 ? h.to + 1 : h.to);
        put_number(w, "to_count", h.to_count);
        jw_key(w, "lines");
        jw_array(w);
        diff_lines(d, &h, put_line, w);
        jw_array_end(w);
        jw_object_end(w);
    }
    jw_array_end(w);
}

static void put_side(struct call *c, struct json_writer *w, const char *name,
                     const struct ipam_server_config *of)
{
    void *shown = record_copy(&c->arena, of);
    if (shown == NULL)
        return;
    sight_trim(&c->sight, call_view(c), shown);
    jw_key(w, name);
    record_to_json(shown, NULL, w);
}

static void answer_diff(struct call *c)
{
    struct pair *p = c->work;
    struct diff *d = compare(c);
    struct json_writer w;
    size_t gone, came;
    if (d == NULL) {
        call_problem(c);
        return;
    }
    if (p->as_text) {
        put_unified(p, d, &c->out);
        diff_free(d);
        call_text(c, 200, "text/plain; charset=utf-8");
        return;
    }
    diff_count(d, &gone, &came);
    jw_init(&w, &c->out);
    jw_object(&w);
    put_side(c, &w, "from", p->from);
    put_side(c, &w, "to", p->to);
    put_number(&w, "removed", gone);
    put_number(&w, "added", came);
    put_hunks(&w, d, (size_t)p->context);
    jw_object_end(&w);
    diff_free(d);
    call_json(c, 200);
}

static void found_both(struct call *c)
{
    struct pair *p = c->work;
    p->from = c->row;
    p->to = p->other;
    p->next = answer_diff;
    read_texts(c);
}

static void found_one(struct call *c)
{
    find_other(c, found_both);
}

/* Text for whoever wants no JSON. */
static bool wants_text(const struct call *c)
{
    char accept[256];
    snprintf(accept, sizeof(accept), STR_FMT, STR_ARG(c->accept));
    return strstr(accept, "text/plain") != NULL && strstr(accept, "json") == NULL;
}

void handle_config_diff(struct call *c)
{
    static const char *const known[] = { "to", "context", NULL };
    struct pair *p = pair_new(c, answer_diff);
    if (p == NULL)
        return;
    p->as_text = wants_text(c);
    if ((!p->as_text && !call_accept(c, false)) || !call_params_known(c, known) ||
        !call_param_int(c, "to", 0, 0, INT64_MAX, &p->wanted) ||
        !call_param_int(c, "context", CONTEXT, 0, CONTEXT_MOST, &p->context))
        call_problem(c);
    else
        call_find(c, found_one);
}

/* --- restoring --- */

static void needs_rows(struct intent *in, const struct view *v, struct needs *n)
{
    const struct pair *p = call_of(in)->work;
    (void)v;
    needs_row(n, IPAM_T_SERVER_CONFIG, p->from->id);
    needs_row(n, IPAM_T_SERVER_CONFIG, p->to->id);
}

/* What a dry run tells beside the plan. */
static void tell_difference(struct call *c)
{
    const struct pair *p = c->work;
    struct json_writer w;
    strbuf_reset(&c->out);
    jw_init(&w, &c->out);
    jw_object(&w);
    jw_key(&w, "diff");
    jw_str(&w, p->unified);
    jw_object_end(&w);
    c->shows_rows = true;
}

static int draft_restore_plan(struct call *c, struct draft *d, size_t i, struct problem *problem)
{
    const struct pair *p = c->work;
    const struct view *v = draft_view(d);
    const struct ipam_server_config *before = view_get(v, IPAM_T_SERVER_CONFIG, p->from->id),
                                    *after = view_get(v, IPAM_T_SERVER_CONFIG, p->to->id);
    const struct server_change change = {
        .before = before, .after = after, .actor = c->actor.name, .reason = c->actor.reason
    };
    (void)i;
    if (before == NULL || after == NULL)
        return problem_set(problem, PROBLEM_NOT_FOUND, "the configuration was given up meanwhile");
    const struct ipam_server *server = view_get(v, IPAM_T_SERVER, after->server);
    if (server == NULL || !server->managed)
        return plans_not_managed(server, problem);
    if (!after->whole) {
        problem_hint(problem, "configure a master key; what is kept from then on can be restored");
        return problem_set(problem, PROBLEM_UNSUPPORTED,
                           "it was kept without its secrets, for there was no master key");
    }
    int64_t plan = rule_plan(d, &change, problem);
    if (plan == 0)
        return IPAM_E_INVAL;
    plans_add(c, d, plan, server->id);
    return 0;
}

static void submit_restore(struct call *c)
{
    plans_submit(c, needs_rows);
}

/* How the server's text would change is found before anything is decided. */
static void submit_dry(struct call *c)
{
    struct pair *p = c->work;
    struct strbuf text;
    struct diff *d = compare(c);
    if (d == NULL) {
        call_problem(c);
        return;
    }
    strbuf_init(&text, CALL_OUT_MAX);
    put_unified(p, d, &text);
    p->unified = text.len > 0 ? arena_str(&c->arena, strbuf_str(&text)) : IPAM_STR("");
    p->plans.told = tell_difference;
    strbuf_fini(&text);
    diff_free(d);
    submit_restore(c);
}

/* Who may restore need not be one who is shown what that changes. */
static bool may_show(struct call *c)
{
    const struct operation *op = access_operation("dhcp.server-config-text.read");
    return sight_judge(&c->sight, call_view(c), op, c->row, c->sight.now_ms) == ACCESS_ALLOWED;
}

static void found_present(struct call *c)
{
    struct pair *p = c->work;
    p->from = p->other; /* what the server has now goes */
    p->to = c->row;
    p->next = submit_dry;
    if (write_is_dry(c) && may_show(c))
        read_texts(c);
    else
        submit_restore(c);
}

static void found_restore(struct call *c)
{
    find_other(c, found_present);
}

void handle_config_restore(struct call *c)
{
    struct pair *p = pair_new(c, submit_restore);
    if (p == NULL)
        return;
    p->plans = (struct plans){ .items = 1, .draft = draft_restore_plan };
    call_find_plain(c, found_restore);
}
