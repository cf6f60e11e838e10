/* kea_edits.c - edits as JSON made in the text of a Kea configuration, for the tests.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "kea_edits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "record/record.h"

static const struct ipam_record *row_of(const struct json_doc *doc, const struct json *edit, const char *key,
                                        struct arena *a)
{
    const struct json *v = json_get(edit, key);
    struct record_problems problems;
    void *rec = NULL;

    if (!v)
        return NULL;
    record_problems_init(&problems, a);
    if (record_from_json(record_type_by_name(json_str(json_get(edit, "type"))), MODE_TRUSTED, doc, v, "", a,
                         &rec, NULL, &problems))
        fail_msg("%s: %s", problems.first->pointer, problems.first->message);
    return rec;
}

static size_t read_edits(const struct json_doc *doc, struct arena *a, struct kea_edit **ret)
{
    size_t count = json_count(json_root(doc)), i = 0;
    struct kea_edit *edits = calloc(count + 1, sizeof(*edits));

    for (const struct json *v = json_first(json_root(doc)); v; v = json_next(v), i++) {
        struct ipam_str verb = json_str(json_get(v, "verb"));

        edits[i].verb = str_is(verb, "add")   ? IPAM_EDIT_VERB_ADD
                        : str_is(verb, "set") ? IPAM_EDIT_VERB_SET
                                              : IPAM_EDIT_VERB_DELETE;
        json_bool(json_get(v, "lenient"), &edits[i].lenient);
        edits[i].proposes = edits[i].verb == IPAM_EDIT_VERB_ADD;
        edits[i].before = row_of(doc, v, "before", a);
        edits[i].after = row_of(doc, v, "after", a);
        if (!kea_edit_known(&edits[i]))
            fail_msg("edit %zu is of no kind", i);
    }
    *ret = edits;
    return count;
}

void kea_edits_apply(enum kea_service s, const char *root, unsigned version, const char *edits,
                     struct kea_edits_result *ret)
{
    struct json_doc *doc = NULL, *more = NULL;
    struct ipam_str text = { NULL, 0 };
    struct kea_edit *list, *refs[256];
    char problem[KEA_PROBLEM_MAX] = "";
    struct kea_config cfg;
    struct json_error e;
    struct strbuf all;
    struct arena arena;
    bool undo = false;
    size_t count;

    *ret = (struct kea_edits_result){ .status = 0 };
    arena_init(&arena, 0);
    strbuf_init(&all, KEA_ANSWER_MAX);
    strbuf_printf(&all, "{ \"%s\": ", kea_root_key(s));
    strbuf_puts(&all, root);
    strbuf_puts(&all, " }");
    if (json_parse(all.data, all.len, KEA_ANSWER_MAX, &doc, &e))
        fail_msg("%s in %s", e.message, all.data);
    if (kea_config_parse(s, doc, json_root(doc), &cfg, problem))
        fail_msg("%s in %s", problem, root);
    if (json_parse(edits, strlen(edits), KEA_ANSWER_MAX, &more, &e))
        fail_msg("%s in %s", e.message, edits);
    count = read_edits(more, &arena, &list);
    assert_true(count < sizeof(refs) / sizeof(refs[0]));
    for (size_t i = 0; i < count; i++)
        refs[i] = &list[i];
    json_bool(json_get(json_first(json_root(more)), "undo"), &undo);
    if (undo)
        kea_edits_take_back(refs, count);
    ret->status = kea_config_edit(&cfg, version, refs, count, &text);
    for (size_t i = 0; i < count && !ret->edit_status; i++) {
        ret->edit_status = list[i].status;
        snprintf(ret->problem, sizeof(ret->problem), "%s", list[i].problem);
    }
    ret->text = text.data ? strndup(text.data, text.len) : NULL;
    kea_config_fini(&cfg);
    free(list);
    json_free(more);
    json_free(doc);
    strbuf_fini(&all);
    arena_fini(&arena);
}
