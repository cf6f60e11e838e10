/* kea_harness.c - calls the Kea provider as a host does and prints what it says, for the integration tests.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * kea_harness PLUGIN TARGET [OPTION=VALUE | -deadline=MS | -cancel=MS | -wait=1]... OPERATION
 * OPERATION: probe | config [SCOPE [TOKEN]] | again | leases [CURSOR [LIMIT]] | stats [SCOPE] | collect | apply TOKEN FLAGS < EDITS
 * again reads the configuration with the token that it has, after it was read by the same instance.
 * collect reads the configuration and all leases as a collector does, and prints only {"rows": COUNT} at the end.
 * EDITS is one line: [{"verb": "add", "type": "scope", "before": {...}, "after": {...}}, ...] with records as core/record
 * writes them; without a type they are reservations. Prints {"step": NAME}, {"row": TYPE, "record": {...}} and at last {"done": STATUS, ...}.
 * With -wait=1 it goes on after a step only when a line comes on standard input, so that a test can act
 * in between. */
#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/json.h"
#include "ipam/plugin.h"
#include "record/record.h"

#define LINE_MAX_BYTES (64u << 20)

struct ipam_inst {
    const char *target;
    char **options; /* "name=value" */
    int option_count;
    const struct ipam_option *const *table;
};

struct ipam_req {
    struct arena arena;
    int64_t deadline, cancel_at;
    bool wait, done, quiet;
    struct json_doc *edits;
    int64_t rows;     /* quiet: so many were emitted, */
    int32_t status;   /* this is how the last call ended, */
    char cursor[256]; /* and this is where to go on */
    char token[129];  /* its configuration */
};

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static const char *option(struct ipam_inst *inst, const char *name)
{
    size_t len = strlen(name);
    const char *value = NULL;

    for (int i = 0; i < inst->option_count; i++)
        if (strncmp(inst->options[i], name, len) == 0 && inst->options[i][len] == '=')
            value = inst->options[i] + len + 1;
    for (const struct ipam_option *const *o = inst->table; *o && !value; o++)
        if (strcmp((*o)->name, name) == 0)
            value = (*o)->def;
    return value;
}

static int32_t option_text(struct ipam_inst *inst, const char *name, struct ipam_str *ret)
{
    const char *value = option(inst, name);

    if (!value)
        return IPAM_E_NOENT;
    *ret = str_from(value);
    return 0;
}

static int32_t option_int(struct ipam_inst *inst, const char *name, int64_t *ret)
{
    const char *value = option(inst, name);
    char *unit = NULL;

    if (!value)
        return IPAM_E_NOENT;
    *ret = strcmp(value, "true") == 0 ? 1 : strtoll(value, &unit, 10);
    if (unit && strcmp(unit, "s") == 0)
        *ret *= 1000;
    return 0;
}

static int32_t option_secret(struct ipam_inst *inst, const char *name, struct ipam_bytes *ret)
{
    const char *value = option(inst, name);

    if (!value)
        return IPAM_E_NOENT;
    *ret = (struct ipam_bytes){ (const uint8_t *)value, strlen(value) };
    return 0;
}

static struct ipam_str target(struct ipam_inst *inst)
{
    return str_from(inst->target);
}

static void print_text(const char *key, const char *text)
{
    struct strbuf out;
    struct json_writer w;

    strbuf_init(&out, 65536);
    jw_init(&w, &out);
    jw_object(&w);
    jw_key(&w, key);
    jw_text(&w, text);
    jw_object_end(&w);
    printf("%s\n", out.data);
    fflush(stdout);
    strbuf_fini(&out);
}

static void open_error(struct ipam_inst *inst, const char *text)
{
    (void)inst;
    print_text("open_error", text);
}

static void log_line(struct ipam_inst *inst, int32_t level, const char *event, const char *text)
{
    (void)inst;
    fprintf(stderr, "<%d>%s: %s\n", level, event, text);
}

static void *req_alloc(struct ipam_req *req, size_t size)
{
    return arena_alloc(&req->arena, size);
}

static int32_t emit(struct ipam_req *req, const struct ipam_record *rec)
{
    const struct record_type *type = record_type(rec->type);
    struct json_writer w;
    struct strbuf out;
    void *copy;
    int status = record_import(&req->arena, rec, &copy);

    if (status) {
        fprintf(stderr, "a row of type %u was refused: %d\n", rec->type, status);
        return status;
    }
    if (req->quiet) {
        if (++req->rows % 1000 == 0)
            arena_reset(&req->arena);
        return 0;
    }
    strbuf_init(&out, LINE_MAX_BYTES);
    jw_init(&w, &out);
    jw_object(&w);
    jw_key(&w, "row");
    jw_text(&w, type->name);
    jw_key(&w, "record");
    record_to_json(copy, NULL, &w);
    jw_object_end(&w);
    printf("%s\n", out.data);
    strbuf_fini(&out);
    return 0;
}

static void step(struct ipam_req *req, const char *name)
{
    print_text("step", name);
    while (req->wait) {
        int c = getchar();

        if (c == '\n' || c == EOF)
            break;
    }
}

static int32_t cancelled(struct ipam_req *req)
{
    return req->cancel_at && now_ms() >= req->cancel_at;
}

static int64_t deadline_ms(struct ipam_req *req)
{
    return req->deadline;
}

/* The record type of an edit. */
static const struct record_type *edit_type(const struct json *edit)
{
    struct ipam_str name = json_str(json_get(edit, "type"));

    return name.data ? record_type_by_name(name) : record_type(IPAM_T_RESERVATION);
}

static const struct ipam_record *edit_record(struct ipam_req *req, const struct record_type *type,
                                             const struct json *v)
{
    struct record_problems problems;
    void *rec = NULL;

    if (!v)
        return NULL;
    record_problems_init(&problems, &req->arena);
    if (record_from_json(type, MODE_TRUSTED, req->edits, v, "", &req->arena, &rec, NULL, &problems)) {
        fprintf(stderr, "edit: %s: %s\n", problems.first->pointer, problems.first->message);
        exit(2);
    }
    return rec;
}

static int32_t edit(struct ipam_req *req, uint32_t index, uint32_t *ret_verb,
                    const struct ipam_record **ret_before, const struct ipam_record **ret_after)
{
    const struct json *v = json_first(json_root(req->edits));
    struct ipam_str verb;

    while (index-- > 0)
        v = json_next(v);
    verb = json_str(json_get(v, "verb"));
    *ret_verb = str_is(verb, "add")   ? IPAM_EDIT_VERB_ADD
                : str_is(verb, "set") ? IPAM_EDIT_VERB_SET
                                      : IPAM_EDIT_VERB_DELETE;
    *ret_before = edit_record(req, edit_type(v), json_get(v, "before"));
    *ret_after = edit_record(req, edit_type(v), json_get(v, "after"));
    return 0;
}

static void done(struct ipam_req *req, int32_t status, const struct ipam_outcome *info)
{
    struct json_writer w;
    struct strbuf out;

    if (req->done) {
        fprintf(stderr, "done was called twice\n");
        exit(3);
    }
    req->done = true;
    if (req->quiet) {
        req->status = status;
        snprintf(req->cursor, sizeof(req->cursor), "%.*s", STR_ARG(info->cursor));
        snprintf(req->token, sizeof(req->token), "%.*s", STR_ARG(info->token));
        return;
    }
    strbuf_init(&out, 65536);
    jw_init(&w, &out);
    jw_object(&w);
    jw_key(&w, "done");
    jw_int(&w, status);
    jw_key(&w, "outcome");
    record_to_json(info, NULL, &w);
    jw_object_end(&w);
    printf("%s\n", out.data);
    strbuf_fini(&out);
}

static const struct ipam_host host = {
    .size = sizeof(host),
    .abi = IPAM_ABI,
    .option_text = option_text,
    .option_int = option_int,
    .option_secret = option_secret,
    .target = target,
    .open_error = open_error,
    .log = log_line,
    .now_ms = now_ms,
    .alloc = req_alloc,
    .emit = emit,
    .step = step,
    .cancelled = cancelled,
    .deadline_ms = deadline_ms,
    .edit = edit,
    .done = done,
};

static void read_edits(struct ipam_req *req)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t len = getline(&line, &cap, stdin);
    struct json_error e;

    if (len < 0 || json_parse(line, (size_t)len, LINE_MAX_BYTES, &req->edits, &e)) {
        fprintf(stderr, "no edits on standard input\n");
        exit(2);
    }
    free(line);
}

/* 0, or how the call ended that failed. */
static int32_t collect(const struct ipam_dhcp_ops *ops, void *ctx, struct ipam_req *req)
{
    struct ipam_dhcp_read read = { .size = sizeof(read), .type = IPAM_T_DHCP_READ };
    char cursor[sizeof(req->cursor)];

    req->quiet = true;
    ops->read_config(ctx, req, &read);
    do {
        snprintf(cursor, sizeof(cursor), "%s", req->cursor);
        read.cursor = str_from(cursor[0] ? cursor : NULL);
        if (req->status == 0) {
            req->done = false;
            ops->read_leases(ctx, req, &read);
        }
    } while (req->status == 0 && req->cursor[0]);
    printf("{\"rows\": %" PRId64 "}\n", req->rows);
    return req->status;
}

static void read_again(const struct ipam_dhcp_ops *ops, void *ctx, struct ipam_req *req)
{
    struct ipam_dhcp_read read = { .size = sizeof(read), .type = IPAM_T_DHCP_READ };

    req->quiet = true;
    ops->read_config(ctx, req, &read);
    req->quiet = req->done = false;
    read.token = str_from(req->token);
    ops->read_config(ctx, req, &read);
}

static int call(const struct ipam_dhcp_ops *ops, void *ctx, struct ipam_req *req, int argc, char **argv)
{
    struct ipam_dhcp_read read = { .size = sizeof(read), .type = IPAM_T_DHCP_READ };
    struct ipam_apply apply = { .size = sizeof(apply), .type = IPAM_T_APPLY };

    if (strcmp(argv[0], "probe") == 0) {
        ops->common.probe(ctx, req);
    } else if (strcmp(argv[0], "config") == 0) {
        read.native_scope = str_from(argc > 1 && argv[1][0] ? argv[1] : NULL);
        read.token = str_from(argc > 2 ? argv[2] : NULL);
        ops->read_config(ctx, req, &read);
    } else if (strcmp(argv[0], "again") == 0) {
        read_again(ops, ctx, req);
    } else if (strcmp(argv[0], "leases") == 0) {
        read.cursor = str_from(argc > 1 && argv[1][0] ? argv[1] : NULL);
        if (argc > 2) {
            read.limit = strtoll(argv[2], NULL, 10);
            IPAM_SET_FIELD(&read, IPAM_DHCP_READ_LIMIT);
        }
        ops->read_leases(ctx, req, &read);
    } else if (strcmp(argv[0], "stats") == 0) {
        read.native_scope = str_from(argc > 1 ? argv[1] : NULL);
        ops->read_stats(ctx, req, &read);
    } else if (strcmp(argv[0], "collect") == 0) {
        return collect(ops, ctx, req) == 0 ? 0 : 1;
    } else if (strcmp(argv[0], "apply") == 0 && argc == 3) {
        read_edits(req);
        apply.token = str_from(argv[1][0] ? argv[1] : NULL);
        apply.flags = strtoll(argv[2], NULL, 10);
        apply.count = (int64_t)json_count(json_root(req->edits));
        ops->apply(ctx, req, &apply);
    } else {
        return 2;
    }
    return req->done ? 0 : 3;
}

int main(int argc, char **argv)
{
    struct ipam_inst inst = { .target = argc > 2 ? argv[2] : "", .options = argv + 3 };
    struct ipam_req req = { .wait = false };
    const struct ipam_plugin *(*entry)(void) = NULL;
    const struct ipam_plugin *plugin;
    void *handle = argc > 3 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL, *ctx = NULL, *symbol;
    int i = 3, status;

    symbol = handle ? dlsym(handle, IPAM_PLUGIN_ENTRY) : NULL;
    if (!symbol) {
        fprintf(stderr, "kea_harness: %s\n",
                handle || argc > 3 ? dlerror() : "usage: see the head of kea_harness.c");
        return 2;
    }
    memcpy(&entry, &symbol, sizeof(entry)); /* ISO C has no conversion between the two kinds of pointer */
    plugin = entry();
    inst.table = plugin->options;
    for (; i < argc && strchr(argv[i], '='); i++) {
        if (strncmp(argv[i], "-deadline=", 10) == 0)
            req.deadline = now_ms() + strtoll(argv[i] + 10, NULL, 10);
        else if (strncmp(argv[i], "-cancel=", 8) == 0)
            req.cancel_at = now_ms() + strtoll(argv[i] + 8, NULL, 10);
        else if (strcmp(argv[i], "-wait=1") == 0)
            req.wait = true;
    }
    inst.option_count = i - 3;
    status = plugin->dhcp->common.open(&inst, &host, &ctx);
    if (status) {
        printf("{\"done\": %d}\n", status);
        return 1;
    }
    arena_init(&req.arena, 0);
    status = i < argc ? call(plugin->dhcp, ctx, &req, argc - i, argv + i) : 2;
    plugin->dhcp->common.close(ctx);
    json_free(req.edits);
    arena_fini(&req.arena);
    return status;
}
