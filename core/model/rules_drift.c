/* rules_drift.c - what changed on a DHCP server outside ipamd: noted with the object, and closed.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "model/drift.h"

#define PACKED_MAX  262144 /* bytes of an object */
#define DIFFERS_MAX 64

/* The open drift of the object; NULL: there is none. */
static const struct ipam_drift *open_drift(const struct draft *d, const struct drift_seen *s)
{
    const struct ipam_drift *open = draft_find(d, IPAM_T_DRIFT, IPAM_DRIFT_KEY, &s->like);
    return open != NULL && open->state == IPAM_DRIFT_STATE_OPEN ? open : NULL;
}

/* The object as it was before, which lives with the batch; NULL: it was not there, or cannot be read. */
static void *first_of(struct draft *d, const struct ipam_drift *drift)
{
    const struct record_type *t = record_type_by_name(drift->about);
    void *row;
    if (t == NULL || !record_has(drift, IPAM_DRIFT_BEFORE) ||
        record_unpack(t, drift->before, draft_arena(d), &row) != 0)
        return NULL;
    return row;
}

bool rule_drift_comes_back(struct draft *d, const struct drift_seen *s, void *row)
{
    struct ipam_record *head = row;
    const struct ipam_drift *open = open_drift(d, s);
    const struct record_type *t = record_type(head->type);
    const struct record_field *own = record_field(t, IPAM_STR("access_scope"));
    const void *first = open != NULL ? first_of(d, open) : NULL;
    if (first == NULL || view_get(draft_view(d), head->type, open->object_id) != NULL)
        return false;
    *(int64_t *)(void *)((char *)row + t->fields[0].offset) = open->object_id;
    IPAM_SET_FIELD(head, 1);
    if (own != NULL && record_has(first, own->number)) {
        memcpy((char *)row + own->offset, (const char *)first + own->offset, sizeof(int64_t));
        IPAM_SET_FIELD(head, own->number);
    }
    return true;
}

/* --- its fields --- */

static void forget(struct ipam_drift *n, unsigned number)
{
    n->has[number >> 6] &= ~((uint64_t)1 << (number & 63));
}

static struct ipam_bytes packed(const void *rec, struct strbuf *b)
{
    record_pack(rec, NULL, b);
    return (struct ipam_bytes){ (const uint8_t *)b->data, b->len };
}

static void set_differs(struct draft *d, struct ipam_drift *n, const void *first, const void *after)
{
    const struct record_type *t = record_type_by_name(n->about);
    struct ipam_str *names = arena_alloc(draft_arena(d), DIFFERS_MAX * sizeof(*names));
    size_t count = 0;
    for (unsigned i = 0; i < t->field_count && count < DIFFERS_MAX; i++)
        if (drift_compares(t, &t->fields[i]) && !record_field_equal(&t->fields[i], first, after))
            names[count++] = str_from(t->fields[i].name);
    RECORD_SET(n, IPAM_DRIFT_DIFFERS, differs, ((struct ipam_strs){ names, count }));
}

/* What became of the object since it was as before. */
static void set_verb(struct draft *d, struct ipam_drift *n, const void *first, const void *after)
{
    forget(n, IPAM_DRIFT_DIFFERS);
    n->differs = (struct ipam_strs){ NULL, 0 };
    RECORD_SET(n, IPAM_DRIFT_VERB, verb,
               first == NULL   ? IPAM_DRIFT_VERB_ADDED
               : after == NULL ? IPAM_DRIFT_VERB_DELETED
                               : IPAM_DRIFT_VERB_CHANGED);
    if (first != NULL && after != NULL)
        set_differs(d, n, first, after);
}

static void set_object(const struct draft *d, struct ipam_drift *n, const void *row, char *words)
{
    const struct view *v = draft_view(d);
    struct planned of;
    planned_of(row, &of);
    planned_say(words, PLANNED_WORDS, "%s", of.words);
    RECORD_SET(n, IPAM_DRIFT_OBJECT, object, str_from(words));
    RECORD_SET(n, IPAM_DRIFT_ABOUT, about,
               str_from(record_type(((const struct ipam_record *)row)->type)->name));
    RECORD_SET(n, IPAM_DRIFT_OBJECT_ID, object_id, ((const struct ipam_scope *)row)->id);
    if (of.scope != 0 && !view_is_gone(v, IPAM_T_SCOPE, of.scope) &&
        view_get(v, IPAM_T_SCOPE, of.scope) != NULL)
        RECORD_SET(n, IPAM_DRIFT_SCOPE, scope, of.scope);
}

static void set_after(struct ipam_drift *n, const void *after, struct strbuf *b)
{
    forget(n, IPAM_DRIFT_AFTER);
    n->after = (struct ipam_bytes){ NULL, 0 };
    if (after != NULL)
        RECORD_SET(n, IPAM_DRIFT_AFTER, after, packed(after, b));
}

/* --- opened, another one, closed --- */

static void note(struct draft *d, const struct ipam_server *server, const struct drift_seen *s,
                 const struct ipam_drift *open, const void *first, const void *after)
{
    struct ipam_drift n;
    struct strbuf before, now;
    char words[PLANNED_WORDS];
    strbuf_init(&before, PACKED_MAX);
    strbuf_init(&now, PACKED_MAX);
    if (open != NULL) {
        n = *open;
    } else {
        n = s->like;
        RECORD_SET(&n, IPAM_DRIFT_STATE, state, IPAM_DRIFT_STATE_OPEN);
        RECORD_SET(&n, IPAM_DRIFT_SINCE, since, server->config_read);
    }
    if (first != NULL)
        RECORD_SET(&n, IPAM_DRIFT_BEFORE, before, packed(first, &before));
    set_object(d, &n, after != NULL ? after : first, words);
    set_after(&n, after, &now);
    set_verb(d, &n, first, after);
    if (!s->caused) {
        RECORD_SET(&n, IPAM_DRIFT_SEEN, seen, draft_now(d));
        RECORD_SET(&n, IPAM_DRIFT_REVISION, revision, draft_revision(d));
    }
    draft_replace(d, open, &n);
    *s->noted = *s->noted || !s->caused;
    *s->tally += open == NULL;
    strbuf_fini(&before);
    strbuf_fini(&now);
}

static void end(struct draft *d, const struct ipam_drift *drift, uint32_t how)
{
    struct ipam_drift n = *drift;
    RECORD_SET(&n, IPAM_DRIFT_STATE, state, how);
    forget(&n, IPAM_DRIFT_KEY); /* the object's next drift has it */
    n.key = (struct ipam_str){ NULL, 0 };
    if (!record_has(&n, IPAM_DRIFT_DECIDED))
        RECORD_SET(&n, IPAM_DRIFT_DECIDED, decided, draft_now(d));
    draft_replace(d, drift, &n);
}

void rule_drift_close(struct draft *d, const struct ipam_drift *drift, uint32_t how)
{
    end(d, drift, how);
    rule_drifts_count(d, drift->server, -1);
}

static bool is_as_before(const void *first, const void *after)
{
    if (first == NULL || after == NULL)
        return first == after;
    return drift_same(first, after);
}

/* What plans of ipamd have changed of it meanwhile was decided: it is as they made it in `first` too. */
static bool moves_along(struct draft *d, void *first, const void *before, const void *after)
{
    if (first == NULL || before == NULL || after == NULL || drift_same(before, after))
        return false;
    void *moved = drift_restored(draft_arena(d), after, before, first);
    memcpy(first, moved, record_type(((struct ipam_record *)first)->type)->size);
    return true;
}

void rule_drift(struct draft *d, const struct ipam_server *server, const struct drift_seen *s,
                const void *before, const void *after)
{
    const struct ipam_drift *open = open_drift(d, s);
    void *was = open != NULL ? first_of(d, open) : NULL;
    const void *first = open != NULL ? was : before;
    bool moved = open != NULL && s->caused && moves_along(d, was, before, after);
    if (open != NULL && is_as_before(first, after)) {
        end(d, open, s->restores ? IPAM_DRIFT_STATE_RESTORED : IPAM_DRIFT_STATE_GONE);
        *s->tally -= 1;
    } else if (moved || !s->caused) {
        note(d, server, s, open, first, after);
    }
}

void rule_drift_not_restored(struct draft *d, const struct ipam_drift *drift, const char *why)
{
    struct ipam_drift n = *drift;
    static const unsigned undecided[] = { IPAM_DRIFT_PLAN, IPAM_DRIFT_DECIDED_BY, IPAM_DRIFT_DECIDED,
                                          IPAM_DRIFT_REASON };
    for (size_t i = 0; i < sizeof(undecided) / sizeof(undecided[0]); i++)
        forget(&n, undecided[i]);
    n.plan = n.decided = 0;
    n.decided_by = n.reason = (struct ipam_str){ NULL, 0 };
    RECORD_SET(&n, IPAM_DRIFT_MESSAGE, message, str_from(why));
    draft_replace(d, drift, &n);
}

void rule_drifts_count(struct draft *d, int64_t server, int more)
{
    const struct ipam_server *before = view_get(draft_view(d), IPAM_T_SERVER, server);
    if (before == NULL || more == 0)
        return;
    struct ipam_server after = *before;
    RECORD_SET(&after, IPAM_SERVER_DRIFTS, drifts, before->drifts + more);
    draft_replace(d, before, &after);
}
