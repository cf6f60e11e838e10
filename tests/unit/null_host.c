/* null_host.c - a host in a few lines, for tests of the null providers.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "null_host.h"

#include <time.h>

#include "net/addr.h"

struct ipam_timer {
    int64_t due_ms;
    void (*due)(void *user);
    void *user;
    struct ipam_timer *next;
};

static atomic_llong jumped; /* milliseconds the clock is ahead of the machine's */

int64_t host_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000 + jumped;
}

static const struct ipam_option *option_find(const struct ipam_inst *inst, const char *name)
{
    const struct ipam_option *const *o = inst->plugin->options;

    while (*o && strcmp((*o)->name, name) != 0)
        o++;
    return *o;
}

/* The value as text, of the kinds wanted (a mask of 1 << kind). */
static int32_t option_value(struct ipam_inst *inst, const char *name, unsigned kinds, const char **ret,
                            bool *ret_def)
{
    const struct ipam_option *o = option_find(inst, name);

    if (!o || !(kinds >> o->kind & 1))
        return IPAM_E_INVAL;
    *ret = o->def;
    *ret_def = true;
    for (const struct option_pair *p = inst->options; p->name; p++)
        if (strcmp(p->name, name) == 0) {
            *ret = p->value;
            *ret_def = false;
        }
    return *ret ? IPAM_OK : IPAM_E_NOENT;
}

static int32_t option_text(struct ipam_inst *inst, const char *name, struct ipam_str *ret)
{
    const unsigned kinds = 1u << IPAM_OPT_TEXT | 1u << IPAM_OPT_PATH | 1u << IPAM_OPT_ENUM |
                           1u << IPAM_OPT_ADDRESS | 1u << IPAM_OPT_PREFIX;
    const char *value;
    bool def;
    int32_t status = option_value(inst, name, kinds, &value, &def);

    if (status == IPAM_OK)
        *ret = STR(value);
    return status;
}

static int32_t option_int(struct ipam_inst *inst, const char *name, int64_t *ret)
{
    const char *value;
    char *end;
    bool def;
    int32_t status = option_value(
        inst, name, 1u << IPAM_OPT_INT | 1u << IPAM_OPT_BOOL | 1u << IPAM_OPT_DURATION, &value, &def);

    if (status != IPAM_OK)
        return status;
    if (strcmp(value, "true") == 0 || strcmp(value, "false") == 0) {
        *ret = value[0] == 't';
        return IPAM_OK;
    }
    *ret = strtoll(value, &end, 10);
    *ret *= strcmp(end, "h") == 0 ? 3600000 : strcmp(end, "s") == 0 ? 1000 : 1;
    return IPAM_OK;
}

static int32_t option_secret(struct ipam_inst *inst, const char *name, struct ipam_bytes *ret)
{
    const char *value;
    bool def;
    int32_t status = option_value(inst, name, 1u << IPAM_OPT_SECRET, &value, &def);

    if (status == IPAM_OK)
        *ret = (struct ipam_bytes){ (const uint8_t *)value, strlen(value) };
    return status;
}

static int32_t option_list(struct ipam_inst *inst, const char *name, struct ipam_strs *ret)
{
    const char *value;
    bool def;
    int32_t status = option_value(inst, name, 1u << IPAM_OPT_LIST, &value, &def);

    if (status != IPAM_OK)
        return status;
    struct ipam_str *items = arena_alloc(&inst->arena, 64 * sizeof(*items));
    size_t count = 0;
    for (const char *at = value; *at;) {
        size_t len = strcspn(at, def ? "," : ";");

        assert_true(count < 64);
        items[count++] = (struct ipam_str){ at, len };
        at += len + (at[len] != '\0');
    }
    *ret = (struct ipam_strs){ items, count };
    return IPAM_OK;
}

struct ipam_addr addr_of(const char *text)
{
    struct ipam_addr a;

    assert_int_equal(addr_parse(text, strlen(text), &a), 0);
    return a;
}

struct ipam_prefix prefix_of(const char *text)
{
    struct ipam_prefix p;

    assert_int_equal(prefix_parse(text, strlen(text), &p), 0);
    return p;
}

static int32_t option_addr(struct ipam_inst *inst, const char *name, struct ipam_addr *ret)
{
    const char *value;
    bool def;
    int32_t status = option_value(inst, name, 1u << IPAM_OPT_ADDRESS, &value, &def);

    if (status == IPAM_OK)
        *ret = addr_of(value);
    return status;
}

static int32_t option_prefix(struct ipam_inst *inst, const char *name, struct ipam_prefix *ret)
{
    const char *value;
    bool def;
    int32_t status = option_value(inst, name, 1u << IPAM_OPT_PREFIX, &value, &def);

    if (status == IPAM_OK)
        *ret = prefix_of(value);
    return status;
}

static void option_problem(struct ipam_inst *inst, const char *name, const char *text)
{
    size_t len = strlen(inst->problems);

    assert_non_null(option_find(inst, name));
    snprintf(inst->problems + len, sizeof(inst->problems) - len, "%s %s\n", name, text);
}

static struct ipam_str target(struct ipam_inst *inst)
{
    (void)inst;
    return STR("server.null.example");
}

static void open_error(struct ipam_inst *inst, const char *text)
{
    snprintf(inst->error, sizeof(inst->error), "%s", text);
}

static void host_log(struct ipam_inst *inst, int32_t level, const char *event, const char *text)
{
    assert_non_null(event);
    assert_non_null(text);
    inst->warnings += level == 4;
}

static void *host_alloc(struct ipam_req *req, size_t size)
{
    return arena_alloc(&req->arena, size);
}

static int32_t host_emit(struct ipam_req *req, const struct ipam_record *rec)
{
    bool loop = req->inst->credit >= 0;
    void *row;

    assert_int_equal(req->done, 0);
    if (req->cancelled)
        return IPAM_E_CANCELED;
    if (req->stop_after && req->count == req->stop_after)
        return IPAM_E_TIMEOUT;
    if (loop && req->inst->credit == 0)
        return IPAM_E_AGAIN;
    if (loop)
        req->inst->credit--;
    assert_int_equal(record_import(&req->arena, rec, &row), 0);
    if ((req->count & (req->count - 1)) == 0)
        req->rows = realloc(req->rows, (2 * req->count + 1) * sizeof(*req->rows));
    assert_non_null(req->rows);
    req->rows[req->count++] = row;
    if (req->on_row)
        req->on_row(req);
    return IPAM_OK;
}

static int32_t host_row(struct ipam_req *req, const struct ipam_row *row)
{
    assert_int_equal(req->done, 0);
    if (req->stop_after && req->count == req->stop_after)
        return IPAM_E_TIMEOUT;
    if ((req->count & (req->count - 1)) == 0)
        req->raw = realloc(req->raw, (2 * req->count + 1) * sizeof(*req->raw));
    assert_non_null(req->raw);
    struct ipam_row *copy = &req->raw[req->count++];
    struct ipam_bytes *column = arena_alloc(&req->arena, sizeof(*column));
    uint8_t *body = arena_alloc(&req->arena, row->body.len + 1);
    *copy = *row;
    copy->columns = NULL;
    if (row->body.len)
        memcpy(body, row->body.data, row->body.len);
    copy->body.data = body;
    if (row->columns) { /* the key of an entry */
        uint8_t *key = arena_alloc(&req->arena, row->columns[0].len + 1);

        if (row->columns[0].len)
            memcpy(key, row->columns[0].data, row->columns[0].len);
        *column = (struct ipam_bytes){ key, row->columns[0].len };
        copy->columns = column;
    }
    if (req->on_row)
        req->on_row(req);
    return IPAM_OK;
}

static void host_step(struct ipam_req *req, const char *step)
{
    assert_int_equal(req->done, 0);
    assert_in_range(strlen(step), 1, 32);
}

static int32_t host_cancelled(struct ipam_req *req)
{
    assert_int_equal(req->done, 0);
    return req->cancelled;
}

static int64_t host_deadline(struct ipam_req *req)
{
    return req->deadline_ms;
}

static int32_t host_edit(struct ipam_req *req, uint32_t index, uint32_t *ret_verb,
                         const struct ipam_record **ret_before, const struct ipam_record **ret_after)
{
    if (index >= req->edit_count)
        return IPAM_E_INVAL;
    *ret_verb = req->edits[index].verb;
    *ret_before = req->edits[index].before;
    *ret_after = req->edits[index].after;
    return IPAM_OK;
}

static void copy_text(char *to, size_t size, struct ipam_str from)
{
    snprintf(to, size, "%.*s", (int)from.len, from.len ? from.data : "");
}

static void host_done(struct ipam_req *req, int32_t status, const struct ipam_outcome *info)
{
    void *copy;

    assert_int_equal(req->done, 0);
    req->status = status;
    assert_true(status == IPAM_OK || (info && info->message.len));
    if (info) {
        assert_int_equal(record_import(&req->arena, (const struct ipam_record *)info, &copy), 0);
        copy_text(req->message, sizeof(req->message), info->message);
        copy_text(req->token, sizeof(req->token), info->token);
        copy_text(req->cursor, sizeof(req->cursor), info->cursor);
        req->flags = info->flags;
    }
    req->done++;
}

static void caps_changed(struct ipam_inst *inst, uint64_t capabilities)
{
    inst->capabilities = capabilities;
}

static struct ipam_timer *timer_start(struct ipam_inst *inst, int64_t after_ms, void (*due)(void *user),
                                      void *user)
{
    struct ipam_timer *t = calloc(1, sizeof(*t)), **at = &inst->timers;

    assert_non_null(t);
    *t = (struct ipam_timer){ .due_ms = host_now() + after_ms, .due = due, .user = user };
    while (*at && (*at)->due_ms <= t->due_ms)
        at = &(*at)->next;
    t->next = *at;
    *at = t;
    return t;
}

static void timer_stop(struct ipam_inst *inst, struct ipam_timer *timer)
{
    struct ipam_timer **at = &inst->timers;

    while (*at && *at != timer)
        at = &(*at)->next;
    assert_ptr_equal(*at, timer);
    *at = timer->next;
    free(timer);
}

static void on_credit(struct ipam_req *req, void (*run)(void *user), void *user)
{
    assert_null(req->inst->credit_run);
    req->inst->credit_run = run;
    req->inst->credit_user = user;
}

const struct ipam_host null_host = { .size = sizeof(null_host),
                                     .abi = IPAM_ABI,
                                     .option_text = option_text,
                                     .option_int = option_int,
                                     .option_secret = option_secret,
                                     .target = target,
                                     .open_error = open_error,
                                     .log = host_log,
                                     .now_ms = host_now,
                                     .alloc = host_alloc,
                                     .emit = host_emit,
                                     .row = host_row,
                                     .step = host_step,
                                     .cancelled = host_cancelled,
                                     .deadline_ms = host_deadline,
                                     .edit = host_edit,
                                     .done = host_done,
                                     .option_list = option_list,
                                     .option_addr = option_addr,
                                     .option_prefix = option_prefix,
                                     .option_problem = option_problem,
                                     .caps_changed = caps_changed,
                                     .timer_start = timer_start,
                                     .timer_stop = timer_stop,
                                     .on_credit = on_credit };

/* The head of the one table there is. */
static const struct ipam_ops *table_of(const struct ipam_plugin *p)
{
    return p->discovery  ? &p->discovery->common
           : p->dhcp     ? &p->dhcp->common
           : p->dns      ? &p->dns->common
           : p->vspace   ? &p->vspace->common
           : p->audit    ? &p->audit->common
           : p->identity ? &p->identity->common
           : p->reach    ? &p->reach->common
                         : &p->sink->common;
}

static void take_options(struct ipam_inst *inst, const struct option_pair *options)
{
    *inst = (struct ipam_inst){ .plugin = ipam_plugin_v0(), .credit = -1 };
    arena_init(&inst->arena, 0);
    for (size_t i = 0; options && options[i].name; i++) {
        assert_true(i < OPTIONS_MAX);
        assert_non_null(option_find(inst, options[i].name));
        inst->options[i] = options[i];
    }
}

int32_t inst_open(struct ipam_inst *inst, const struct option_pair *options)
{
    take_options(inst, options);
    int32_t status = table_of(inst->plugin)->open(inst, &null_host, &inst->ctx);
    if (status != IPAM_OK)
        arena_fini(&inst->arena);
    return status;
}

void inst_start(struct ipam_inst *inst, const struct option_pair *options)
{
    assert_int_equal(inst_open(inst, options), IPAM_OK);
    assert_non_null(inst->ctx);
}

void inst_close(struct ipam_inst *inst)
{
    table_of(inst->plugin)->close(inst->ctx);
    assert_null(inst->timers);
    arena_fini(&inst->arena);
}

const char *inst_check(struct ipam_inst *inst, const struct option_pair *options)
{
    take_options(inst, options);
    inst->plugin->check(inst, &null_host);
    arena_fini(&inst->arena);
    return inst->problems;
}

int64_t loop_run(struct ipam_inst *inst)
{
    int64_t began = jumped;

    while (inst->timers) {
        struct ipam_timer *t = inst->timers;
        int64_t left = t->due_ms - host_now();

        inst->timers = t->next;
        jumped += left > 0 ? left : 0;
        t->due(t->user);
        free(t);
    }
    return jumped - began;
}

void loop_credit(struct ipam_inst *inst, int64_t rows)
{
    void (*run)(void *user) = inst->credit_run;

    inst->credit = rows;
    inst->credit_run = NULL;
    if (run)
        run(inst->credit_user);
}

void req_init(struct ipam_req *req, struct ipam_inst *inst)
{
    *req = (struct ipam_req){ .inst = inst };
    arena_init(&req->arena, 0);
}

void req_free(struct ipam_req *req)
{
    struct ipam_inst *inst = req->inst;

    arena_fini(&req->arena);
    free(req->rows);
    free(req->raw);
    req_init(req, inst);
}

void req_ended(const struct ipam_req *req, int32_t status)
{
    if (req->done && req->status != status)
        print_message("status %d: %s\n", req->status, req->message);
    assert_int_equal(req->done, 1);
    assert_int_equal(req->status, status);
}

const void *req_row(const struct ipam_req *req, uint32_t type, size_t n)
{
    for (size_t i = 0; i < req->count; i++)
        if (req->rows[i]->type == type && n-- == 0)
            return req->rows[i];
    return NULL;
}

size_t req_rows(const struct ipam_req *req, uint32_t type)
{
    size_t count = 0;

    for (size_t i = 0; i < req->count; i++)
        count += req->rows[i]->type == type;
    return count;
}

void assert_str(struct ipam_str s, const char *text)
{
    char buf[1024];

    copy_text(buf, sizeof(buf), s);
    assert_string_equal(buf, text);
}

void assert_says(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' does not say '%s'", text, part);
}

void assert_probe(struct ipam_inst *inst, const struct ipam_ops *common, uint64_t capabilities)
{
    struct ipam_req req;

    req_init(&req, inst);
    common->probe(inst->ctx, &req);
    req_ended(&req, IPAM_OK);
    assert_int_equal(req_rows(&req, IPAM_T_PROBE), 1);
    assert_true(req_rows(&req, IPAM_T_CHECK) >= 1);
    const struct ipam_probe *p = req_row(&req, IPAM_T_PROBE, 0);
    assert_int_equal(p->capabilities, capabilities);
    assert_int_equal(p->capabilities & (int64_t)~common->capabilities, 0);
    req_free(&req);
}
