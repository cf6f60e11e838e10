/* edit_read.c - reads a request to edit many objects: the selection, and the edits.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/edit.h"

#include <string.h>

#include "base/clock.h"
#include "model/window.h"

static const struct edit_kind kinds[] = {
    { IPAM_T_SCOPE, IPAM_OPTION_VALUE_OWNER_SCOPE, "dhcp/scopes", "dhcp.scope.change",
      "dhcp.scope.set-options", "scopes" },
    { IPAM_T_RESERVATION, IPAM_OPTION_VALUE_OWNER_RESERVATION, "dhcp/reservations", "dhcp.reservation.change",
      "dhcp.reservation.change", "reservations" },
    { IPAM_T_DHCP_SERVER, IPAM_OPTION_VALUE_OWNER_SERVER, "dhcp/server-settings", "dhcp.server.change",
      "dhcp.server.set-options", "settings" },
    { IPAM_T_SUPERSCOPE, IPAM_OPTION_VALUE_OWNER_SUPERSCOPE, "dhcp/superscopes", "dhcp.superscope.change",
      "dhcp.server.set-options", "superscopes" },
    { IPAM_T_DHCP_CLASS, IPAM_OPTION_VALUE_OWNER_CLASS, "dhcp/classes", "dhcp.user-class.configure",
      "dhcp.server.set-options", "classes" },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static const struct edit_kind *kind_of(struct ipam_str list)
{
    for (size_t i = 0; i < KINDS; i++)
        if (str_is(list, kinds[i].list))
            return &kinds[i];
    return NULL;
}

/* --- what is wrong --- */

struct reading {
    struct edit_work *w;
    struct record_problems problems;
};

static void wrong(struct reading *r, const char *base, const char *member, const char *what)
{
    char pointer[64];
    snprintf(pointer, sizeof(pointer), "%s%s", base, member);
    record_problem(&r->problems, arena_strdup(&r->w->c->arena, pointer), "%s", what);
}

static void check_members(struct reading *r, const struct json *v, const char *base, const char *const *known)
{
    for (const struct json *m = json_first(v); m != NULL; m = json_next(m)) {
        size_t i = 0;
        while (known[i] != NULL && !str_is(json_key(m), known[i]))
            i++;
        if (known[i] == NULL)
            wrong(r, base, arena_printf(&r->w->c->arena, "/" STR_FMT, STR_ARG(json_key(m))),
                  "is unknown here");
    }
}

/* --- values: read as the record would be --- */

static const void *read_value(struct reading *r, const struct record_type *t, const struct record_field *f,
                              const struct json *v, const char *base)
{
    struct call *c = r->w->c;
    struct ipam_str span = json_span(c->doc, v);
    const char *text = arena_printf(&c->arena, "{\"%s\":" STR_FMT "}", f->name, STR_ARG(span));
    struct json_doc *doc;
    struct json_error e;
    void *rec = NULL;
    if (text == NULL || json_parse(text, strlen(text), strlen(text), &doc, &e) != 0) {
        call_starved(c);
        return NULL;
    }
    record_from_json(t, MODE_PATCH, doc, json_root(doc), base, &c->arena, &rec, NULL, &r->problems);
    json_free(doc);
    if (rec != NULL && !record_has(rec, f->number))
        wrong(r, base, "", "expected a value");
    return rec;
}

static void read_values(struct reading *r, struct one_edit *e, const struct json *v, const char *member,
                        const char *base)
{
    const struct record_type *t = record_type(e->option ? (uint32_t)IPAM_T_OPTION_VALUE : r->w->kind->type);
    const struct json *value = json_get(v, member), *old = json_get(v, "old");
    if (value != NULL)
        e->edit.value = read_value(r, t, e->edit.field, value, base);
    else if (e->edit.word != EDIT_DELETE)
        wrong(r, base, "/word", e->option ? "needs \"values\" or \"data\"" : "needs a \"value\"");
    if (old != NULL)
        e->edit.old = read_value(r, t, e->edit.field, old, base);
    if ((old != NULL) != (e->edit.word == EDIT_REPLACE))
        wrong(r, base, "/old", "is what \"replace\" finds: it needs one, and nothing else has one");
}

/* --- one edit --- */

static void read_property(struct reading *r, struct one_edit *e, const struct json *v, const char *base)
{
    static const char *const known[] = { "property", "word", "value", "old", NULL };
    const struct record_type *t = record_type(r->w->kind->type);
    const struct record_field *f = record_field(t, json_str(json_get(v, "property")));
    check_members(r, v, base, known);
    if (f == NULL || f->kind == KIND_REF ||
        (f->flags & (FIELD_READONLY | FIELD_DERIVED | FIELD_FIXED)) != 0) {
        wrong(r, base, "/property",
              arena_printf(&r->w->c->arena, "is none that can be edited; see %s in openapi.json", t->name));
        return;
    }
    if (!edit_fits(f, e->edit.word)) {
        wrong(r, base, "/word", "is for lists; this property has one value");
        return;
    }
    e->edit.field = f;
    r->w->fields = true;
    read_values(r, e, v, "value", base);
}

static void read_option(struct reading *r, struct one_edit *e, const struct json *v, const char *base)
{
    static const char *const known[] = { "option", "space", "word", "values", "data", "old", NULL };
    const struct record_type *t = record_type(IPAM_T_OPTION_VALUE);
    const struct json *option = json_get(v, "option"), *data = json_get(v, "data");
    check_members(r, v, base, known);
    e->option = r->w->options = true;
    e->code = -1;
    e->name = arena_str(&r->w->c->arena, json_str(option));
    e->space = arena_str(&r->w->c->arena, json_str(json_get(v, "space")));
    if (e->name.data == NULL && (json_int(option, &e->code) != 0 || e->code < 0 || e->code > 65535))
        wrong(r, base, "/option", "is the name of an option, or its code from 0 to 65535");
    r->w->names = r->w->names || e->name.data != NULL;
    e->edit.field = record_field(t, data != NULL ? IPAM_STR("data") : IPAM_STR("values"));
    if (data != NULL && json_get(v, "values") != NULL)
        wrong(r, base, "/data", "and \"values\" do not go together");
    else if (!edit_fits(e->edit.field, e->edit.word))
        wrong(r, base, "/word", "is for values; data is replaced as a whole");
    else
        read_values(r, e, v, data != NULL ? "data" : "values", base);
}

static void read_edit(struct reading *r, const struct json *v, const char *base)
{
    struct one_edit *e = &r->w->edits[r->w->edit_count];
    *e = (struct one_edit){ .known = false };
    if (!edit_word_by_name(json_str(json_get(v, "word")), &e->edit.word)) {
        wrong(r, base, "/word", "is add, overwrite, append, replace or delete");
        return;
    }
    if ((json_get(v, "option") != NULL) == (json_get(v, "property") != NULL)) {
        wrong(r, base, "", "names either a \"property\" or an \"option\"");
        return;
    }
    r->w->edit_count++;
    if (json_get(v, "option") != NULL)
        read_option(r, e, v, base);
    else
        read_property(r, e, v, base);
}

static void read_edits(struct reading *r, const struct json *list)
{
    size_t count = json_count(list), i = 0;
    if (json_type(list) != JSON_ARRAY || count == 0 || count > EDIT_MOST) {
        wrong(r, "/edits", "", "is a list of 1 to 32 edits");
        return;
    }
    for (const struct json *v = json_first(list); v != NULL; v = json_next(v))
        read_edit(r, v, arena_printf(&r->w->c->arena, "/edits/%zu", i++));
}

/* --- all of it --- */

static void read_time(struct reading *r, const struct json *root)
{
    const struct json *begin = json_get(root, "begin"), *window = json_get(root, "window");
    struct ipam_str text = json_str(begin);
    struct window parsed;
    if (begin != NULL &&
        (text.data == NULL || time_parse(text.data, text.len, &r->w->noting.head.begin) != 0))
        wrong(r, "/begin", "", "is a time such as 2026-11-27T22:00:00Z");
    r->w->noting.head.window = arena_str(&r->w->c->arena, json_str(window));
    if (window != NULL && window_parse(json_str(window), &parsed) != 0)
        wrong(r, "/window", "", "is " WINDOW_SYNTAX);
}

static bool read_selection(struct reading *r, const struct json *select)
{
    static const char *const known[] = { "list", "query", NULL };
    struct edit_work *w = r->w;
    w->kind = kind_of(json_str(json_get(select, "list")));
    check_members(r, select, "/select", known);
    if (w->kind == NULL)
        wrong(
            r, "/select/list", "",
            "is one of dhcp/scopes, dhcp/reservations, dhcp/server-settings, dhcp/superscopes, dhcp/classes");
    return w->kind != NULL;
}

int edit_read(struct edit_work *w)
{
    static const char *const known[] = { "select", "edits", "begin", "window", "dry_run", NULL };
    struct call *c = w->c;
    struct reading r = { .w = w };
    const struct json *root = json_root(c->doc), *query = json_get(json_get(root, "select"), "query");
    record_problems_init(&r.problems, &c->arena);
    check_members(&r, root, "", known);
    if (json_get(root, "dry_run") != NULL && json_bool(json_get(root, "dry_run"), &w->dry) != 0)
        wrong(&r, "/dry_run", "", "is true or false");
    read_time(&r, root);
    if (read_selection(&r, json_get(root, "select")))
        read_edits(&r, json_get(root, "edits"));
    if (r.problems.count > 0)
        return call_invalid(c, &r.problems);
    struct ipam_str text = query != NULL ? arena_str(&c->arena, json_str(query)) : IPAM_STR("");
    return query_enter(c, str_from(w->kind->list), text, &w->list.ask, &w->call) ? 0 : IPAM_E_INVAL;
}
