/* import_foreign.c - files of other address managers taken in: their rows become rows of the import.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/import_p.h"
#include "foreign/foreign.h"

struct intake {
    struct import *im;
    struct call *c;
};

/* Names alone: what is called 100 there is not the space with that id. */
static int64_t space_named(struct call *c, struct ipam_str name)
{
    if (name.data == NULL)
        return 0;
    int64_t id = view_by_name(call_view(c), IPAM_T_SPACE, name);
    bool sees =
        id != 0 && (str_is(name, "default") || call_sees(c, view_get(call_view(c), IPAM_T_SPACE, id)));
    return sees ? id : 0;
}

static void put_space(struct intake *in, struct import_row *row, const struct foreign_row *r)
{
    const struct record_field *f = record_field(in->im->type, IPAM_STR("space"));
    int64_t id = space_named(in->c, r->space);
    if (r->space.data == NULL) {
        import_fill_container(in->im, row->rec);
        return;
    }
    if (id == 0)
        id = space_named(in->c, r->or_space);
    if (id == 0) {
        import_refuse(in->im, row, "there is no address space \"" STR_FMT "\"; add it first",
                      STR_ARG(r->space));
        return;
    }
    *(int64_t *)(void *)((char *)row->rec + f->offset) = id;
    IPAM_SET_FIELD((struct ipam_record *)row->rec, f->number);
}

static void on_row(void *user, const struct foreign_row *r)
{
    struct intake *in = user;
    struct import_row *row = import_add(in->im);
    row->line = r->line;
    row->rec = r->rec != NULL ? record_copy(&in->im->arena, r->rec) : NULL;
    row->cleared[0] = r->cleared[0];
    row->cleared[1] = r->cleared[1];
    if (r->refusal != NULL)
        import_refuse(in->im, row, "%s", r->refusal);
    if (row->rec == NULL) {
        import_refuse(in->im, row, "is too much for the memory of one request");
        in->im->keyless = true;
        return;
    }
    row->service = r->service.data != NULL ? arena_str(&in->im->arena, r->service) : r->service;
    row->instance = r->instance.data != NULL ? arena_str(&in->im->arena, r->instance) : r->instance;
    for (size_t i = 0; i < r->value_count; i++)
        import_add_value(in->im, row, r->values[i].name, r->values[i].value);
    put_space(in, row, r);
    import_take_key(in->im, row);
}

static bool is_custom(void *user, struct ipam_str title)
{
    struct intake *in = user;
    struct problem p = { 0 };
    return import_custom_field(in->im, call_view(in->c), title, &p) != NULL;
}

/* What the file has and nothing here holds is told as rows of their own. */
static void tell_passed(struct import *im, const struct foreign *f)
{
    for (size_t i = 0; i < foreign_note_count(f); i++) {
        const struct foreign_note *n = foreign_note(f, i);
        struct import_row *row = import_add(im);
        row->line = n->line;
        row->unread = true;
        row->verdict = VERDICT_PASSED;
        row->message = n->count == 1 ? arena_strdup(&im->arena, n->what)
                                     : arena_printf(&im->arena, "%s; %llu in all", n->what,
                                                    (unsigned long long)n->count);
    }
}

static int read_text(struct intake *in, struct foreign *f, struct ipam_str dialect)
{
    struct call *c = in->c;
    int rc;
    do {
        rc = foreign_feed(f, c->body.data, c->body.len);
        if (rc == 0)
            rc = foreign_end(f);
    } while (rc == FOREIGN_AGAIN);
    if (rc == 0)
        return 0;
    problem_hint(&c->problem, "nothing was taken in; is it a file of dialect=" STR_FMT "?", STR_ARG(dialect));
    return problem_set(&c->problem, PROBLEM_INVALID, "%s", foreign_error(f));
}

int import_read_foreign(struct import *im, struct call *c, struct ipam_str name)
{
    const struct foreign_dialect *d = foreign_dialect(name);
    struct intake in = { im, c };
    struct strbuf names;
    if (d == NULL) {
        strbuf_init(&names, 256);
        foreign_names(&names);
        problem_hint(&c->problem, "leave dialect away for CSV whose titles are the fields");
        problem_set(&c->problem, PROBLEM_INVALID, "dialect is \"" STR_FMT "\"; it is one of %s",
                    STR_ARG(name), names.data);
        strbuf_fini(&names);
        return IPAM_E_INVAL;
    }
    if (!foreign_has(d, im->type->type))
        return problem_set(&c->problem, PROBLEM_INVALID, "a file of dialect=" STR_FMT " has no %s",
                           STR_ARG(name), im->type->plural);
    struct foreign *f = foreign_open(d, im->type->type, on_row, &in);
    foreign_customs(f, is_custom);
    int rc = read_text(&in, f, name);
    if (rc == 0)
        tell_passed(im, f);
    foreign_close(f);
    return rc;
}
