/* store_fake.c - a storage front in memory that does as its script says, in place of core/store.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "store_fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"

#define SCRIPT_MAX 64
#define TRACE_MAX  4096
#define LOG_MAX    4096
#define KEYS_MAX   4096

struct log_row {
    int64_t rev, time;
    uint8_t *data;
    size_t len;
};

struct store_batch {
    void **puts; /* rows, or NULL where keys[i] is deleted */
    uint64_t *keys;
    size_t count, cap;
    struct log_row logs[LOG_MAX];
    size_t log_count;
};

/* One call that waits for its answer. */
struct pending {
    struct loop_work work;
    struct store *s;
    enum fake_call call;
    int status;
    struct store_batch *batch;
    int64_t next_id, head;
    struct store_key keys[KEYS_MAX];
    size_t key_count;
    void *likes[KEYS_MAX]; /* copies: the query's arguments need not live */
    struct store_filter filters[8];
    size_t filter_count;
    struct store_query query;
    store_record record;
    store_done done;
    void (*entered)(void *user, int status, const char *message, const struct store_entry *entry);
    store_answered answered;
    void *user;
    struct pending *next;
};

struct store {
    struct loop *loop;
    struct imap rows;
    struct imap changed; /* key -> row put by another node */
    struct imap gone;    /* key -> row removed by another node */
    int64_t next_id, head, clock;
    int script[FAKE_CALLS][SCRIPT_MAX];
    bool hold[FAKE_CALLS], reads_ahead;
    bool any; /* queries may say anything */
    struct pending *held;
    const char *poison;
    char trace[TRACE_MAX];
    size_t traced, last_rows;
    bool inside; /* between enter and commit or abort */
    bool busy;   /* a call of the gate is open */
    struct log_row logs[LOG_MAX];
    size_t log_count;
};

/* --- time and turns --- */

static unsigned stirred;
static int64_t now_ms;
static const struct base_port *system_port;
static struct base_port port;

static int64_t fake_mono(void)
{
    return now_ms;
}

/* The clock on the wall goes with it. */
static int64_t began;

static int64_t fake_wall(void)
{
    return began + fake_mono();
}

void fake_time_begin(void)
{
    system_port = base_port;
    port = *system_port;
    port.mono_ms = fake_mono;
    port.wall_ms = fake_wall;
    now_ms = 1000000;
    began = system_port->wall_ms() - now_ms;
    base_port = &port;
}

void fake_time_end(void)
{
    base_port = system_port;
}

void fake_stir(void)
{
    stirred++;
}

void fake_spin(struct loop *loop)
{
    for (unsigned idle = 0, seen = stirred; idle < 20; idle = stirred == seen ? idle + 1 : 0) {
        seen = stirred;
        uv_run(loop_uv(loop), UV_RUN_NOWAIT);
    }
}

static void on_kick(struct loop_timer *t)
{
    (void)t;
    fake_stir();
}

void fake_pass(struct loop *loop, int64_t ms)
{
    static struct loop_timer kick;
    fake_spin(loop);
    timer_start(loop, &kick, 0, on_kick); /* makes the loop look at its timers now */
    now_ms += ms;
    fake_spin(loop);
    timer_stop(&kick);
}

/* --- rows --- */

static uint64_t key_of(uint32_t type, int64_t id)
{
    return (uint64_t)type << 56 | (uint64_t)id;
}

static int64_t int_of(const void *rec, unsigned i)
{
    const struct record_type *t = record_type(((const struct ipam_record *)rec)->type);
    return *(const int64_t *)((const char *)rec + t->fields[i].offset);
}

static uint64_t key_of_row(const void *rec)
{
    return key_of(((const struct ipam_record *)rec)->type, int_of(rec, 0));
}

static void rows_fini(struct imap *m)
{
    size_t pos = 0;
    uint64_t key;
    void *row;
    while (imap_next(m, &pos, &key, &row))
        free(row);
    imap_fini(m);
}

struct store *fake_store_new(struct loop *loop)
{
    struct store *s = calloc(1, sizeof(*s));
    s->loop = loop;
    s->next_id = 1;
    s->clock = 1700000000000;
    imap_init(&s->rows);
    imap_init(&s->changed);
    imap_init(&s->gone);
    return s;
}

void fake_store_free(struct store *s)
{
    assert_null(s->held);
    rows_fini(&s->rows);
    rows_fini(&s->changed);
    rows_fini(&s->gone);
    for (size_t i = 0; i < s->log_count; i++)
        free(s->logs[i].data);
    free(s);
}

void fake_fail(struct store *s, enum fake_call call, unsigned n, int status)
{
    assert_true(n < SCRIPT_MAX);
    s->script[call][n] = status;
}

void fake_poison(struct store *s, const char *poison)
{
    s->poison = poison;
}

void fake_read_ahead(struct store *s)
{
    s->reads_ahead = true;
}

void fake_query_any(struct store *s)
{
    s->any = true;
}

void fake_hold(struct store *s, enum fake_call call, bool hold)
{
    s->hold[call] = hold;
}

bool fake_held(const struct store *s)
{
    return s->held != NULL;
}

void fake_keep(struct store *s, const void *rec)
{
    free(imap_put(&s->rows, key_of_row(rec), record_clone(rec)));
    if (int_of(rec, 0) >= s->next_id)
        s->next_id = int_of(rec, 0) + 1;
    if (int_of(rec, 1) > s->head)
        s->head = int_of(rec, 1);
}

void fake_changed(struct store *s, const void *rec, bool gone)
{
    uint64_t key = key_of_row(rec);
    free(imap_put(gone ? &s->gone : &s->changed, key, record_clone(rec)));
    if (gone)
        free(imap_del(&s->rows, key));
    else
        fake_keep(s, rec);
    if (int_of(rec, 1) > s->head)
        s->head = int_of(rec, 1);
}

const char *fake_trace(struct store *s)
{
    static char text[TRACE_MAX];
    memcpy(text, s->trace, s->traced);
    text[s->traced] = '\0';
    s->traced = 0;
    return text;
}

const void *fake_row(const struct store *s, uint32_t type, int64_t id)
{
    return imap_get(&s->rows, key_of(type, id));
}

const void *fake_next(const struct store *s, uint32_t type, int64_t after)
{
    size_t pos = 0;
    uint64_t key;
    void *row, *best = NULL;
    while (imap_next(&s->rows, &pos, &key, &row))
        if (key >> 56 == type && int_of(row, 0) > after && (best == NULL || int_of(row, 0) < int_of(best, 0)))
            best = row;
    return best;
}

size_t fake_count(const struct store *s, uint32_t type)
{
    size_t pos = 0, n = 0;
    uint64_t key;
    void *row;
    while (imap_next(&s->rows, &pos, &key, &row))
        n += key >> 56 == type;
    return n;
}

size_t fake_log_count(const struct store *s)
{
    return s->log_count;
}

struct ipam_bytes fake_log(const struct store *s, size_t i, int64_t *ret_rev, int64_t *ret_time)
{
    const struct log_row *row = &s->logs[i];
    *ret_rev = row->rev;
    *ret_time = row->time;
    return (struct ipam_bytes){ row->data, row->len };
}

int64_t fake_head(const struct store *s)
{
    return s->head;
}

int64_t fake_next_id(const struct store *s)
{
    return s->next_id;
}

int64_t *fake_clock(struct store *s)
{
    return &s->clock;
}

size_t fake_last_rows(const struct store *s)
{
    return s->last_rows;
}

/* --- the calls --- */

static bool is_poisoned(const struct store *s, const struct store_batch *b)
{
    struct strbuf text;
    bool found = false;
    strbuf_init(&text, 1u << 20);
    for (size_t i = 0; s->poison != NULL && i < b->count && !found; i++) {
        if (b->puts[i] == NULL)
            continue;
        strbuf_reset(&text);
        record_pack(b->puts[i], NULL, &text);
        found = memmem(text.data, text.len, s->poison, strlen(s->poison)) != NULL;
    }
    strbuf_fini(&text);
    return found;
}

static void batch_apply(struct store *s, struct store_batch *b, int64_t next_id, int64_t head)
{
    assert_true(next_id >= s->next_id && head >= s->head);
    assert_int_equal(b->log_count, head - s->head);
    s->last_rows = b->count;
    for (size_t i = 0; i < b->count; i++) {
        assert_true(b->puts[i] != NULL || imap_get(&s->rows, b->keys[i]) != NULL);
        free(b->puts[i] != NULL ? imap_put(&s->rows, b->keys[i], b->puts[i])
                                : imap_del(&s->rows, b->keys[i]));
        b->puts[i] = NULL;
    }
    for (size_t i = 0; i < b->log_count; i++) {
        assert_int_equal(b->logs[i].rev, s->head + 1 + (int64_t)i);
        assert_true(s->log_count < LOG_MAX);
        s->logs[s->log_count++] = b->logs[i];
        b->logs[i].data = NULL;
    }
    s->next_id = next_id;
    s->head = head;
}

/* Calls `found` for each row that the keys of a call name. */
static void find_rows(struct pending *p, store_record found, void *user)
{
    for (size_t i = 0; i < p->key_count; i++) {
        const struct store_key *k = &p->keys[i];
        size_t pos = 0;
        uint64_t key;
        void *row;
        while (imap_next(&p->s->rows, &pos, &key, &row)) {
            if (key >> 56 != k->type)
                continue;
            const struct record_type *t = record_type(k->type);
            if (k->id != 0 ? int_of(row, 0) == k->id
                           : record_field_equal(record_field_number(t, k->field), row, p->likes[i]))
                found(user, t, row);
        }
    }
}

static void add_found(void *user, const struct record_type *t, void *row)
{
    struct store_entry *e = user;
    (void)t;
    assert_true(e->found_count < KEYS_MAX);
    e->found[e->found_count++] = row;
}

static bool passes(const struct pending *p, const void *row)
{
    const struct record_type *t = record_type(p->query.type);
    for (size_t i = 0; i < p->filter_count; i++) {
        unsigned field = p->filters[i].field != 0 ? p->filters[i].field : t->fields[0].number;
        assert_int_equal(p->filters[i].cmp, IPAM_CMP_EQ);
        if (!record_field_equal(record_field_number(t, field), row, p->likes[i]))
            return false;
    }
    return true;
}

static void answer_query(struct pending *p)
{
    struct store_answer answer = { .head = p->s->head };
    const void *row = NULL;
    int64_t after = p->query.after_id;
    while (p->status == 0 && (row = fake_next(p->s, p->query.type, after)) != NULL) {
        after = int_of(row, 0);
        if (!passes(p, row))
            continue;
        p->record(p->user, record_type(p->query.type), (void *)row);
        if (p->query.limit != 0 && ++answer.count == p->query.limit)
            break;
    }
    p->answered(p->user, p->status, p->status != 0 ? "scripted failure" : "", &answer);
}

static void batch_fini(struct store_batch *b)
{
    for (size_t i = 0; i < b->count; i++)
        free(b->puts[i]);
    for (size_t i = 0; i < b->log_count; i++)
        free(b->logs[i].data);
    free(b->puts);
    free(b->keys);
    free(b);
}

static void answer_entered(struct pending *p)
{
    struct store *s = p->s;
    const void *found[KEYS_MAX];
    struct store_entry entry = { s->clock, s->next_id, s->head, s->reads_ahead, found, 0 };
    size_t pos = 0;
    uint64_t key;
    void *row;
    if (p->status == 0) {
        while (imap_next(&s->changed, &pos, &key, &row))
            p->record(p->user, record_type((uint32_t)(key >> 56)), row);
        for (pos = 0; imap_next(&s->gone, &pos, &key, &row);) {
            struct ipam_space gone; /* any type: id and rev are in the same place */
            record_init(&gone, IPAM_T_SPACE);
            RECORD_SET(&gone, IPAM_SPACE_ID, id, int_of(row, 0));
            RECORD_SET(&gone, IPAM_SPACE_REV, rev, int_of(row, 1));
            gone.type = (uint32_t)(key >> 56);
            p->record(p->user, record_type(gone.type), &gone);
        }
        rows_fini(&s->changed);
        rows_fini(&s->gone);
        imap_init(&s->changed);
        imap_init(&s->gone);
        s->inside = true;
        if (s->reads_ahead)
            find_rows(p, add_found, &entry);
    }
    p->entered(p->user, p->status, p->status != 0 ? "scripted failure" : "", &entry);
}

static void answer(struct loop_work *w)
{
    struct pending *p = container_of(w, struct pending, work);
    struct store *s = p->s;
    const char *message = p->status != 0 ? "scripted failure" : "";
    fake_stir();
    if (p->call != FAKE_QUERY)
        s->busy = false;
    switch (p->call) {
    case FAKE_ENTER: answer_entered(p); break;
    case FAKE_GET:
        if (p->status == 0)
            find_rows(p, p->record, p->user);
        p->done(p->user, p->status, message);
        break;
    case FAKE_COMMIT:
        if (p->status == 0 && is_poisoned(s, p->batch))
            p->status = IPAM_E_CONFLICT;
        if (p->status == 0)
            batch_apply(s, p->batch, p->next_id, p->head);
        batch_fini(p->batch);
        p->done(p->user, p->status, p->status != 0 ? "scripted failure" : "");
        break;
    case FAKE_ABORT: p->done(p->user, p->status, message); break;
    default: answer_query(p);
    }
    for (size_t i = 0; i < KEYS_MAX; i++)
        free(p->likes[i]);
    free(p);
}

static void call(struct pending *p, char letter)
{
    struct store *s = p->s;
    if (p->call != FAKE_QUERY) {
        assert_false(s->busy);
        assert_int_equal(s->inside, p->call != FAKE_ENTER);
        s->busy = true;
        s->inside = p->call == FAKE_GET;
        assert_true(s->traced < TRACE_MAX - 1);
        s->trace[s->traced++] = letter;
    }
    p->status = s->script[p->call][0];
    memmove(&s->script[p->call][0], &s->script[p->call][1], (SCRIPT_MAX - 1) * sizeof(int));
    s->script[p->call][SCRIPT_MAX - 1] = 0;
    if (s->hold[p->call]) {
        assert_null(s->held);
        s->held = p;
    } else {
        loop_post(s->loop, &p->work, answer);
    }
}

void fake_go(struct store *s)
{
    struct pending *p = s->held;
    assert_non_null(p);
    s->held = NULL;
    loop_post(s->loop, &p->work, answer);
}

static struct pending *pending_new(struct store *s, enum fake_call c, void *user)
{
    struct pending *p = calloc(1, sizeof(*p));
    p->s = s;
    p->call = c;
    p->user = user;
    return p;
}

static void keep_keys(struct pending *p, const struct store_key *keys, size_t count)
{
    assert_true(count <= KEYS_MAX);
    if (count > 0)
        memcpy(p->keys, keys, count * sizeof(*keys));
    p->key_count = count;
    for (size_t i = 0; i < count; i++)
        if (keys[i].id == 0)
            p->likes[i] = record_clone(keys[i].like);
}

void store_enter(struct store *s, int64_t head, const struct store_key *keys, size_t count,
                 store_record changed,
                 void (*done)(void *user, int status, const char *message, const struct store_entry *entry),
                 void *user)
{
    struct pending *p = pending_new(s, FAKE_ENTER, user);
    assert_true(head <= s->head);
    keep_keys(p, keys, count);
    p->record = changed;
    p->entered = done;
    call(p, 'e');
}

void store_get(struct store *s, const struct store_key *keys, size_t count, store_record found,
               store_done done, void *user)
{
    struct pending *p = pending_new(s, FAKE_GET, user);
    assert_true(count > 0);
    keep_keys(p, keys, count);
    p->record = found;
    p->done = done;
    call(p, 'g');
}

struct store_batch *store_batch_new(struct store *s)
{
    (void)s;
    return calloc(1, sizeof(struct store_batch));
}

static void batch_add(struct store_batch *b, uint64_t key, void *row)
{
    if (b->count == b->cap) {
        b->cap = b->cap != 0 ? b->cap * 2 : 64;
        b->puts = realloc(b->puts, b->cap * sizeof(b->puts[0]));
        b->keys = realloc(b->keys, b->cap * sizeof(b->keys[0]));
    }
    b->puts[b->count] = row;
    b->keys[b->count++] = key;
}

void store_batch_put(struct store_batch *b, const void *rec)
{
    assert_true(int_of(rec, 0) > 0);
    batch_add(b, key_of_row(rec), record_clone(rec));
}

void store_batch_delete(struct store_batch *b, uint32_t type, int64_t id, int64_t rev)
{
    (void)rev;
    batch_add(b, key_of(type, id), NULL);
}

void store_batch_log(struct store_batch *b, int64_t rev, int64_t time_ms, struct ipam_bytes body)
{
    assert_true(b->log_count < LOG_MAX && body.len > 0);
    struct log_row *row = &b->logs[b->log_count++];
    *row = (struct log_row){ rev, time_ms, malloc(body.len), body.len };
    memcpy(row->data, body.data, body.len);
}

size_t store_batch_rows(const struct store_batch *b)
{
    return b->count;
}

void store_batch_free(struct store_batch *b)
{
    if (b != NULL)
        batch_fini(b);
}

void store_commit(struct store *s, struct store_batch *b, int64_t next_id, int64_t head, store_done done,
                  void *user)
{
    struct pending *p = pending_new(s, FAKE_COMMIT, user);
    p->batch = b;
    p->next_id = next_id;
    p->head = head;
    p->done = done;
    call(p, 'c');
}

void store_abort(struct store *s, store_done done, void *user)
{
    struct pending *p = pending_new(s, FAKE_ABORT, user);
    p->done = done;
    call(p, 'a');
}

struct request *store_query(struct store *s, const struct store_query *q, store_record row,
                            store_answered done, void *user)
{
    struct pending *p = pending_new(s, FAKE_QUERY, user);
    assert_true(s->any || (q->filter_count <= 8 && q->order == 0 && q->flags == 0 && q->within == NULL));
    p->query = *q;
    p->filter_count = s->any ? 0 : q->filter_count;
    for (size_t i = 0; i < p->filter_count; i++) {
        p->filters[i] = q->filters[i];
        p->likes[i] = record_clone(q->filters[i].like);
    }
    p->record = row;
    p->answered = done;
    call(p, 'q');
    return NULL;
}
