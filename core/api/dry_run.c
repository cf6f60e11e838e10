/* dry_run.c - the answer to a dry run: what would be changed, nothing of which happens.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/dry_run.h"

#include <string.h>

static void clear_field(void *rec, unsigned number)
{
    ((struct ipam_record *)rec)->has[number >> 6] &= ~((uint64_t)1 << (number & 63));
}

/* Ids are given in ascending order, so that those of drafted rows are above every one that is there. */
static int64_t first_new_id(const struct draft_op *ops, size_t count)
{
    int64_t first = INT64_MAX;
    for (size_t i = 0; i < count; i++)
        if (ops[i].before == NULL && ops[i].id < first)
            first = ops[i].id;
    return first;
}

static bool names_new(const struct record_field *f, const void *rec, int64_t first)
{
    const void *at = (const char *)rec + f->offset;
    if (f->kind == KIND_REF)
        return *(const int64_t *)at >= first;
    if (f->kind != KIND_INTS || (f->flags & FIELD_READONLY) == 0)
        return false;
    const struct ipam_ints *list = at; /* of a claim: the ids of what it got */
    return list->count > 0 && list->items[0] >= first;
}

void *dry_run_record(struct call *c, const struct draft *d, const void *rec, bool is_new)
{
    const struct record_type *t = record_type(((const struct ipam_record *)rec)->type);
    size_t count;
    const struct draft_op *ops = draft_open_ops(d, &count);
    int64_t first = first_new_id(ops, count);
    void *copy = record_copy(&c->arena, rec);
    if (copy == NULL)
        return NULL;
    sight_trim(&c->sight, draft_view(d), copy);
    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];
        if (f->number == 2 || (is_new && f->number == 1) ||
            ((t->type == IPAM_T_PLAN_STEP || t->type == IPAM_T_DRIFT) && f->kind == KIND_BYTES) ||
            (record_has(copy, f->number) && names_new(f, copy, first)))
            clear_field(copy, f->number);
    }
    return copy;
}

static void write_row(struct call *c, const struct draft *d, const char *name, const void *rec, bool is_new,
                      struct json_writer *w)
{
    jw_key(w, name);
    if (rec == NULL)
        jw_null(w);
    else
        record_to_json(dry_run_record(c, d, rec, is_new), NULL, w);
}

static void write_op(struct call *c, const struct draft *d, const struct draft_op *op, struct json_writer *w)
{
    const struct record_type *t = record_type(op->type);
    struct strbuf key;
    strbuf_init(&key, 512);
    record_key_print(op->after != NULL ? op->after : op->before, &key);
    jw_object(w);
    jw_key(w, "verb");
    jw_text(w, op->before == NULL ? "add" : op->after != NULL ? "set" : "delete");
    jw_key(w, "type");
    jw_text(w, t->name);
    if (op->before != NULL) {
        jw_key(w, "id");
        jw_int(w, op->id);
    }
    if (key.len != 0) {
        jw_key(w, "key");
        jw_str(w, strbuf_str(&key));
    }
    write_row(c, d, "before", op->before, false, w);
    write_row(c, d, "after", op->after, op->before == NULL, w);
    jw_key(w, "fields");
    jw_array(w);
    for (unsigned i = 0; op->before != NULL && op->after != NULL && i < t->field_count; i++) {
        unsigned n = t->fields[i].number;
        if (n > 2 && (op->changed[n >> 6] >> (n & 63) & 1) != 0)
            jw_text(w, t->fields[i].name);
    }
    jw_array_end(w);
    jw_object_end(w);
    strbuf_fini(&key);
}

int dry_run_write(struct call *c, const struct draft *d, struct problem *p)
{
    struct json_writer w;
    size_t count;
    const struct draft_op *ops = draft_open_ops(d, &count);
    if (count > MODEL_SET_ROWS) {
        problem_hint(p, "make several requests of it");
        return problem_set(p, PROBLEM_TOO_LARGE,
                           "the change touches %zu rows; one change set holds at most %d", count,
                           MODEL_SET_ROWS);
    }
    if (c->csv) { /* only the rows were asked for */
        c->status = 200;
        return 0;
    }
    bool rows = c->shows_rows && !c->out.failed; /* what became of each item is told beside the changes */
    struct ipam_str told = rows ? arena_str(&c->arena, strbuf_str(&c->out)) : (struct ipam_str){ NULL, 0 };
    strbuf_reset(&c->out);
    jw_init(&w, &c->out);
    jw_object(&w);
    jw_key(&w, "dry_run");
    jw_bool(&w, true);
    jw_key(&w, "would");
    jw_int(&w, c->status);
    jw_key(&w, "changes");
    jw_array(&w);
    for (size_t i = 0; i < count; i++)
        if (ops[i].logged)
            write_op(c, d, &ops[i], &w);
    jw_array_end(&w);
    if (told.data != NULL) {
        jw_key(&w, "answer");
        jw_raw(&w, told);
    }
    jw_object_end(&w);
    c->status = 200;
    c->media = "application/json";
    c->location[0] = c->etag[0] = '\0';
    if (!c->out.failed)
        return 0;
    problem_hint(p, "try a part of it");
    return problem_set(p, PROBLEM_TOO_LARGE, "what would be changed is larger than %zu bytes", c->out.max);
}
