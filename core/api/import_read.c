/* import_read.c - CSV read into rows: columns by name, each mistake with its line and column.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/import_p.h"
#include "record/csv_in.h"
#include "record/json_in.h"

bool import_is_file(struct call *c)
{
    if (call_param(c, "dialect").data != NULL)
        return true;
    struct ipam_str type = http_header_get(c->http, "Content-Type");
    return type.len >= 8 && strncasecmp(type.data, "text/csv", 8) == 0 &&
           (type.len == 8 || type.data[8] == ';' || type.data[8] == ' ');
}

/* A file may also change and delete: the operation of the same noun with another verb. */
static const struct operation *operation_like(struct call *c, const char *verb)
{
    const char *own = c->route->operation, *dot = strrchr(own, '.');
    const char *name = arena_printf(&c->arena, "%.*s.%s", (int)(dot - own), own, verb);
    const struct operation *op = name != NULL ? access_operation(name) : NULL;
    return op != NULL ? op : c->sight.op;
}

struct import *import_new(struct call *c)
{
    struct import *im = xcalloc(1, sizeof(*im));
    im->api = c->api;
    im->type = c->type;
    im->who = c->who;
    sight_init(&im->sight, c->api->book, c->api->at.state, &im->who, c->sight.op);
    im->may_change = operation_like(c, "change");
    im->may_delete = operation_like(c, "delete");
    im->plans = c->type->type == IPAM_T_RESERVATION;
    arena_init(&im->arena, 512u << 20);
    im->actor = actor_copy(&c->actor, &im->arena);
    smap_init(&im->keys);
    strbuf_init(&im->key, 2048);
    imap_init(&im->known);
    return im;
}

void import_free(struct import *im)
{
    if (im == NULL)
        return;
    smap_fini(&im->keys);
    strbuf_fini(&im->key);
    imap_fini(&im->known);
    arena_fini(&im->arena);
    free(im->rows);
    free(im);
}

struct import_row *import_add(struct import *im)
{
    if (im->count == im->cap) {
        im->cap = im->cap != 0 ? im->cap * 2 : 256;
        im->rows = xrealloc(im->rows, im->cap * sizeof(im->rows[0]));
    }
    struct import_row *row = &im->rows[im->count++];
    memset(row, 0, sizeof(*row));
    return row;
}

bool import_key(const struct record_type *t, const void *rec, struct strbuf *out)
{
    bool any = false;
    strbuf_reset(out);
    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];
        if ((f->flags & (FIELD_KEY | FIELD_CONTAINER)) == 0)
            continue;
        any = any || ((f->flags & FIELD_KEY) != 0 && record_has(rec, f->number));
        record_field_sortkey(f, rec, out);
        strbuf_putc(out, '\0');
    }
    return any;
}

/* --- parameters --- */

static int read_mode(struct import *im, struct call *c)
{
    static const char *const modes[] = { "create", "upsert", "sync" };
    struct ipam_str text = call_param(c, "mode");
    for (int i = 0; i < 3; i++) {
        if (text.data != NULL && !str_is(text, modes[i]))
            continue;
        im->mode = (enum import_mode)i;
        return 0;
    }
    return problem_set(&c->problem, PROBLEM_INVALID, "mode is \"" STR_FMT "\"; it is create, upsert or sync",
                       STR_ARG(text));
}

/* What a sync deletes is the plan's own, whose source is ipamd itself, on this host. */
static int read_source(struct call *c)
{
    static const struct {
        const char *param, *own, *shown;
    } sources[] = { { "managed_by", MODEL_SELF, "IPAM" }, { "instance", "localhost", "Localhost" } };
    for (unsigned i = 0; i < 2; i++) {
        struct ipam_str text = call_param(c, sources[i].param);
        if (text.data == NULL || str_is(text, sources[i].own) || str_is(text, sources[i].shown))
            continue;
        problem_hint(&c->problem, "give %s=%s, or leave it away", sources[i].param, sources[i].own);
        return problem_set(&c->problem, PROBLEM_INVALID,
                           "%s=" STR_FMT
                           ": what another source has comes from its servers, and no file deletes it",
                           sources[i].param, STR_ARG(text));
    }
    return 0;
}

/* A sync deletes: it must be said where. */
static int read_extent(struct import *im, struct call *c)
{
    struct ipam_str space = call_param(c, "space"), within = call_param(c, "within");
    bool source = call_param(c, "managed_by").data != NULL || call_param(c, "instance").data != NULL;
    if (im->plans && space.data != NULL)
        return problem_set(&c->problem, PROBLEM_INVALID,
                           "space: reservations are in that of their scope; give "
                           "server or scope");
    if (im->mode != IMPORT_SYNC && (space.data != NULL || within.data != NULL || source || im->children))
        return problem_set(&c->problem, PROBLEM_INVALID,
                           "space, within, managed_by, instance and children are of mode=sync alone");
    if (im->mode != IMPORT_SYNC)
        return 0;
    if (im->children && im->type->type != IPAM_T_RANGE)
        return problem_set(&c->problem, PROBLEM_INVALID,
                           "children is of ranges alone; a sync of %s deletes what is empty",
                           im->type->plural);
    if (im->type->type == IPAM_T_SERVER)
        return problem_set(&c->problem, PROBLEM_UNSUPPORTED,
                           "%s are not deleted by a sync; use mode=upsert, and delete them one by one",
                           im->type->plural);
    if (im->plans && im->server == 0) {
        problem_hint(&c->problem, "add server=NAME, or scope=PREFIX");
        return problem_set(&c->problem, PROBLEM_INVALID,
                           "a sync deletes what the file does not have; say of which server or scope");
    }
    if (!im->plans && space.data == NULL && within.data == NULL) {
        problem_hint(&c->problem, "add space=NAME, or within=PREFIX");
        return problem_set(&c->problem, PROBLEM_INVALID,
                           "a sync deletes what the file does not have; say within what");
    }
    if (space.data != NULL && (im->space = call_ref(c, IPAM_T_SPACE, space)) == 0)
        return problem_set(&c->problem, PROBLEM_INVALID, "space=" STR_FMT ": there is no space of that name",
                           STR_ARG(space));
    if (read_source(c) != 0)
        return IPAM_E_INVAL;
    im->has_within = within.data != NULL;
    if (im->has_within && prefix_parse(within.data, within.len, &im->within) != 0)
        return problem_set(&c->problem, PROBLEM_INVALID,
                           "within=" STR_FMT " is not a prefix such as 10.1.2.0/24", STR_ARG(within));
    return 0;
}

/* --- the header --- */

static int unknown_column(struct call *c, const struct csv_cell *cell)
{
    const struct record_field *near = record_nearest(c->type, 0, cell->text);
    char shown[RECORD_ECHO_SIZE];
    if (near != NULL)
        problem_hint(&c->problem, "did you mean %s?", near->name);
    else
        problem_hint(&c->problem, "an export has all the columns: GET with Accept: text/csv");
    return problem_set(&c->problem, PROBLEM_INVALID, "line 1, column %u: a %s has no field \"%s\"",
                       cell->column, c->type->name, record_echo(cell->text, shown));
}

/* What is no field may be a custom field. */
static int read_custom(struct import *im, struct call *c, size_t i, const struct csv_cell *cell)
{
    struct problem p = { 0 };
    const struct ipam_custom_field *f = import_custom_field(im, call_view(c), cell->text, &p);
    if (p.type != PROBLEM_NONE) {
        c->problem = p;
        return problem_set(&c->problem, PROBLEM_INVALID, "line 1, column %u: %s", cell->column, p.detail);
    }
    if (f == NULL)
        return unknown_column(c, cell);
    for (size_t k = 0; k < i; k++)
        if (im->customs[k].data != NULL && str_equal(im->customs[k], f->name))
            return problem_set(&c->problem, PROBLEM_INVALID,
                               "line 1, column %u: \"" STR_FMT "\" is there twice", cell->column,
                               STR_ARG(f->name));
    im->customs[i] = arena_str(&im->arena, f->name);
    return 0;
}

static int read_header(struct import *im, struct call *c, const struct csv_cell *cells, size_t count)
{
    uint64_t seen[2] = { 0, 0 };
    for (size_t i = 0; i < count; i++) {
        const struct record_field *f = record_field(im->type, cells[i].text);
        if (f == NULL && read_custom(im, c, i, &cells[i]) != 0)
            return IPAM_E_INVAL;
        if (f == NULL)
            continue;
        if ((seen[f->number >> 6] >> (f->number & 63) & 1) != 0)
            return problem_set(&c->problem, PROBLEM_INVALID, "line 1, column %u: %s is there twice",
                               cells[i].column, f->name);
        if ((f->flags & (FIELD_SECRET | FIELD_READONLY)) == FIELD_SECRET)
            return problem_set(&c->problem, PROBLEM_INVALID,
                               "line 1, column %u: a %s is not taken from a file; set it for each %s alone",
                               cells[i].column, f->name, im->type->name);
        seen[f->number >> 6] |= (uint64_t)1 << (f->number & 63);
        /* What a client never sets comes along in an export, and says nothing. */
        im->columns[i] = (f->flags & (FIELD_READONLY | FIELD_DERIVED)) != 0 ? NULL : f;
    }
    im->column_count = count;
    for (unsigned i = 0; i < im->type->field_count; i++) {
        const struct record_field *f = &im->type->fields[i];
        if ((f->flags & FIELD_KEY) != 0 && (seen[f->number >> 6] >> (f->number & 63) & 1) == 0)
            return problem_set(&c->problem, PROBLEM_INVALID,
                               "line 1: the column %s is missing, by which a %s is known", f->name,
                               im->type->name);
    }
    return 0;
}

/* --- rows --- */

void import_refuse(struct import *im, struct import_row *row, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    if (row->unread) /* the first mistake is told */
        return;
    va_start(ap, fmt);
    utf8_vprint(text, sizeof(text), fmt, ap);
    va_end(ap);
    row->unread = true;
    row->verdict = VERDICT_REFUSED;
    row->type = PROBLEM_INVALID;
    row->message = arena_strdup(&im->arena, text);
}

/* A reference may name what it means: the space of an address by its name. */
static int read_ref(struct call *c, const struct record_field *f, const struct csv_cell *cell, void *rec)
{
    int64_t id = call_ref(c, f->ref, cell->text);
    if (id == 0)
        return IPAM_E_INVAL;
    *(int64_t *)(void *)((char *)rec + f->offset) = id;
    IPAM_SET_FIELD((struct ipam_record *)rec, f->number);
    return 0;
}

static void read_cell(struct import *im, struct call *c, struct import_row *row, size_t i,
                      const struct csv_cell *cell)
{
    const struct record_field *f = im->columns[i];
    struct ipam_str text = cell->text;
    char err[256];
    if (im->customs[i].data != NULL) {
        if (text.len > 0 && text.data[0] == '\'' && csv_guarded(text)) {
            text.data++;
            text.len--;
        }
        import_add_value(im, row, im->customs[i], text);
        return;
    }
    if (f == NULL)
        return;
    if (cell->text.len == 0 && !cell->quoted) {
        row->cleared[f->number >> 6] |= (uint64_t)1 << (f->number & 63);
        if ((f->flags & FIELD_REQUIRED) != 0)
            import_refuse(im, row, "column %u, %s: is required", cell->column, f->name);
    } else if (f->kind != KIND_REF || read_ref(c, f, cell, row->rec) != 0) {
        if (csv_cell_parse(f, cell, &im->arena, row->rec, err) != 0)
            import_refuse(im, row, "column %u, %s: %s", cell->column, f->name, err);
    }
}

static void find_home(struct import *im, struct call *c)
{
    for (unsigned i = 0; i < im->type->field_count && im->home == 0; i++) {
        const struct record_field *f = &im->type->fields[i];
        if ((f->flags & FIELD_CONTAINER) == 0 || f->kind != KIND_REF)
            continue;
        im->container = f;
        im->home = call_ref(c, f->ref, IPAM_STR("default"));
    }
}

void import_fill_container(const struct import *im, void *rec)
{
    const struct record_field *f = im->container;
    if (im->home == 0 || record_has(rec, f->number))
        return;
    *(int64_t *)(void *)((char *)rec + f->offset) = im->home;
    IPAM_SET_FIELD((struct ipam_record *)rec, f->number);
}

/* Two rows of one key are a mistake. A row that is refused for something else keeps its object from being
 * deleted by a sync. */
void import_take_key(struct import *im, struct import_row *row)
{
    struct strbuf *key = &im->key;
    if (!import_key(im->type, row->rec, key)) {
        im->keyless = true;
        return;
    }
    void *first = smap_put(&im->keys, key->data, key->len, (void *)(uintptr_t)row->line);
    if (first == NULL)
        return;
    smap_put(&im->keys, key->data, key->len, first);
    import_refuse(im, row, "the same %s as in line %u", im->type->name, (unsigned)(uintptr_t)first);
}

static void read_row(struct import *im, struct call *c, const struct csv_reader *r,
                     const struct csv_cell *cells, size_t count)
{
    struct import_row *row = import_add(im);
    struct problem p = { 0 };
    row->line = r->row_line;
    row->rec = record_new(&im->arena, im->type->type);
    if (row->rec == NULL || count != im->column_count) {
        im->keyless = true;
        if (row->rec == NULL)
            import_refuse(im, row, "is too much for the memory of one request");
        else
            import_refuse(im, row, "%zu cells instead of the %zu of the first line", count, im->column_count);
        return;
    }
    for (size_t i = 0; i < count; i++)
        read_cell(im, c, row, i, &cells[i]);
    if (im->plans && !import_place(im, c, row))
        return;
    import_fill_container(im, row->rec);
    import_take_key(im, row);
    if (!row->unread && im->type->type == IPAM_T_SERVER &&
        view_by_name(call_view(c), IPAM_T_SERVER, ((struct ipam_server *)row->rec)->name) == 0 &&
        fleet_check(c->api->at.fleet, row->rec, &p) != 0)
        import_refuse(im, row, "%s", p.detail);
}

static int bad_csv(struct call *c, const struct csv_reader *r)
{
    problem_hint(&c->problem, "send CSV as in RFC 4180: UTF-8, commas, and quotes around what has one in it");
    return problem_set(&c->problem, PROBLEM_INVALID, "%s", r->err);
}

static int read_csv(struct import *im, struct call *c)
{
    struct csv_cell *cells = arena_alloc(&im->arena, IMPORT_COLUMNS * sizeof(*cells));
    struct csv_reader r;
    size_t count;
    int rc;
    /* The body is the request's, and gone when the handler returns. */
    struct ipam_str text = arena_str(&im->arena, c->body);
    if (csv_open(&r, text, &im->arena) != 0 || (rc = csv_row(&r, cells, IMPORT_COLUMNS, &count)) < 0)
        return bad_csv(c, &r);
    if (rc == 0) {
        problem_hint(&c->problem, "an export has all the columns: GET with Accept: text/csv");
        return problem_set(&c->problem, PROBLEM_INVALID,
                           "the body is empty; the first line names the columns");
    }
    if ((rc = read_header(im, c, cells, count)) != 0)
        return rc;
    while ((rc = csv_row(&r, cells, IMPORT_COLUMNS, &count)) == 1)
        read_row(im, c, &r, cells, count);
    return rc == 0 ? 0 : bad_csv(c, &r);
}

int import_read(struct import *im, struct call *c)
{
    static const char *const params[] = { "mode",     "all_or_nothing", "space",
                                          "within",   "dialect",        "managed_by",
                                          "instance", "create_source",  "children",
                                          NULL },
                             *const of_plans[] = {
                                 "mode", "all_or_nothing", "within", "server", "scope", NULL
                             };
    if (!call_params_known(c, im->plans ? of_plans : params) ||
        !call_param_bool(c, "all_or_nothing", &im->whole) ||
        !call_param_bool(c, "create_source", &im->create_source) ||
        !call_param_bool(c, "children", &im->children) || read_mode(im, c) != 0 ||
        (im->plans && import_read_place(im, c) != 0) || read_extent(im, c) != 0)
        return IPAM_E_INVAL;
    if (!im->plans)
        find_home(im, c);
    struct ipam_str dialect = call_param(c, "dialect");
    return dialect.data != NULL ? import_read_foreign(im, c, dialect) : read_csv(im, c);
}
