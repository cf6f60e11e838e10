/* changelog.c - the packed log row of one change set.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "commit/changelog.h"
#include "model/lessee.h"
#include "model/rules.h"

#define CLIENT_MAX    8192
#define OBJECTS_NAMED 20 /* objects a change names in words; all are in its items */

/* Who follows the changes must hear of what is not there any more. */
static void item_cleared(const struct draft_op *op, int64_t numbers[128], struct ipam_change_item *item)
{
    size_t count = 0;
    for (unsigned n = 0; n < 128; n++)
        if ((op->changed[n / 64] >> n % 64 & 1) != 0 && !record_has(op->after, n))
            numbers[count++] = n;
    if (count > 0)
        RECORD_SET(item, IPAM_CHANGE_ITEM_CLEARED, cleared, ((struct ipam_ints){ numbers, count }));
}

/* Where the object was then: who sees that, sees what was done there. */
static void item_scopes(const struct view *v, const struct draft_op *op, struct ipam_change_item *item)
{
    if (!rule_has_access_scope(op->type))
        return;
    int64_t before = op->before != NULL ? rule_access_scope(v, op->before) : 0,
            after = op->after != NULL ? rule_access_scope(v, op->after) : before;
    if (after != 0)
        RECORD_SET(item, IPAM_CHANGE_ITEM_SCOPE, scope, after);
    if (op->before != NULL && before != after)
        RECORD_SET(item, IPAM_CHANGE_ITEM_SCOPE_BEFORE, scope_before, before);
}

static struct ipam_bytes packed(const void *rec, const uint64_t fields[2], struct strbuf *out)
{
    strbuf_reset(out);
    record_pack(rec, fields, out);
    return (struct ipam_bytes){ (const uint8_t *)out->data, out->len };
}

/* What an item is made of. */
struct item_room {
    struct strbuf key, fields, before, client, former;
};

/* Who had a lease and who has it, when that is another thing now. */
static void item_event(const struct draft_op *op, int64_t now, struct item_room *room,
                       struct ipam_change_item *item)
{
    const struct ipam_lease *before = op->before, *after = op->after;
    int event = op->type == IPAM_T_LEASE ? lessee_event(before, after, now) : -1;
    if (event < 0)
        return;
    RECORD_SET(item, IPAM_CHANGE_ITEM_EVENT, event, (uint32_t)event);
    strbuf_reset(&room->client);
    strbuf_reset(&room->former);
    if (event == IPAM_CHANGE_ITEM_EVENT_LEASE_NEW || event == IPAM_CHANGE_ITEM_EVENT_LEASE_OWNER)
        lessee_print(after, &room->client);
    else if (before == NULL)
        lessee_print(after, &room->former);
    if (before != NULL && event != IPAM_CHANGE_ITEM_EVENT_LEASE_NEW)
        lessee_print(before, &room->former);
    if (room->client.len > 0)
        RECORD_SET(item, IPAM_CHANGE_ITEM_CLIENT, client, strbuf_str(&room->client));
    if (room->former.len > 0)
        RECORD_SET(item, IPAM_CHANGE_ITEM_FORMER_CLIENT, former_client, strbuf_str(&room->former));
}

static void item_write(const struct draft *d, const struct draft_op *op, struct item_room *room,
                       struct strbuf *out)
{
    struct ipam_change_item item;
    int64_t numbers[128];
    const void *rec = op->after != NULL ? op->after : op->before;
    strbuf_reset(&room->key);
    record_key_print(rec, &room->key);
    record_init(&item, IPAM_T_CHANGE_ITEM);
    RECORD_SET(&item, IPAM_CHANGE_ITEM_OBJECT_TYPE, object_type, op->type);
    RECORD_SET(&item, IPAM_CHANGE_ITEM_OBJECT, object, op->id);
    RECORD_SET(&item, IPAM_CHANGE_ITEM_VERB, verb,
               op->before == NULL  ? IPAM_CHANGE_ITEM_VERB_ADD
               : op->after != NULL ? IPAM_CHANGE_ITEM_VERB_SET
                                   : IPAM_CHANGE_ITEM_VERB_DELETE);
    if (room->key.len != 0)
        RECORD_SET(&item, IPAM_CHANGE_ITEM_KEY, key, strbuf_str(&room->key));
    if (op->after != NULL)
        RECORD_SET(&item, IPAM_CHANGE_ITEM_FIELDS, fields,
                   packed(op->after, op->before != NULL ? op->changed : NULL, &room->fields));
    if (op->before != NULL)
        RECORD_SET(&item, IPAM_CHANGE_ITEM_BEFORE, before,
                   packed(op->before, op->after != NULL ? op->changed : NULL, &room->before));
    if (op->before != NULL && op->after != NULL)
        item_cleared(op, numbers, &item);
    item_scopes(draft_view(d), op, &item);
    item_event(op, draft_now(d), room, &item);
    strbuf_fail_with(out, &room->key); /* never an item with less than changed */
    strbuf_fail_with(out, &room->fields);
    strbuf_fail_with(out, &room->before);
    record_frame(&item, out);
}

static struct ipam_str object_text(struct arena *a, const struct draft_op *op, struct strbuf *key)
{
    static const char *const verbs[] = { "add", "set", "delete" };
    const char *verb = verbs[op->before == NULL ? 0 : op->after != NULL ? 1 : 2];
    strbuf_reset(key);
    record_key_print(op->after != NULL ? op->after : op->before, key);
    return str_from(arena_printf(a, "%s %s %lld%s" STR_FMT, verb, record_type(op->type)->name,
                                 (long long)op->id, key->len != 0 ? " " : "", STR_ARG(strbuf_str(key))));
}

static void text_field(struct ipam_change *c, unsigned number, struct ipam_str *member, struct ipam_str value)
{
    if (value.len == 0)
        return;
    *member = value;
    IPAM_SET_FIELD(c, number);
}

void changelog_write(const struct intent *in, const struct draft *d, const struct draft_op *ops, size_t count,
                     struct strbuf *out)
{
    struct ipam_str objects[OBJECTS_NAMED];
    struct ipam_change c;
    struct item_room room;
    struct arena a;
    size_t named = 0, logged = 0;
    arena_init(&a, 0);
    strbuf_init(&room.key, 512);
    strbuf_init(&room.fields, 1u << 20);
    strbuf_init(&room.before, 1u << 20);
    strbuf_init(&room.client, CLIENT_MAX);
    strbuf_init(&room.former, CLIENT_MAX);
    for (size_t i = 0; i < count; i++) {
        if (!ops[i].logged)
            continue;
        if (named < OBJECTS_NAMED)
            objects[named++] = object_text(&a, &ops[i], &room.key);
        logged++;
    }
    record_init(&c, IPAM_T_CHANGE);
    RECORD_SET(&c, IPAM_CHANGE_ID, id, in->rev);
    RECORD_SET(&c, IPAM_CHANGE_REV, rev, in->rev);
    RECORD_SET(&c, IPAM_CHANGE_TIME, time, draft_now(d));
    text_field(&c, IPAM_CHANGE_ACTOR, &c.actor, in->actor.name);
    text_field(&c, IPAM_CHANGE_PEER, &c.peer, in->actor.peer);
    text_field(&c, IPAM_CHANGE_OPERATION, &c.operation, str_from(in->operation));
    text_field(&c, IPAM_CHANGE_REASON, &c.reason, in->actor.reason);
    text_field(&c, IPAM_CHANGE_REQUEST, &c.request, in->actor.request);
    RECORD_SET(&c, IPAM_CHANGE_OBJECTS, objects, ((struct ipam_strs){ objects, named }));
    RECORD_SET(&c, IPAM_CHANGE_COUNT, count, (int64_t)logged);
    if (in->job != 0)
        RECORD_SET(&c, IPAM_CHANGE_JOB, job, in->job);
    record_frame(&c, out);
    for (size_t i = 0; i < count; i++)
        if (ops[i].logged)
            item_write(d, &ops[i], &room, out);
    out->failed = out->failed || a.failed;
    out->nomem = out->nomem || a.failed;
    strbuf_fini(&room.before);
    strbuf_fini(&room.client);
    strbuf_fini(&room.former);
    strbuf_fini(&room.fields);
    strbuf_fini(&room.key);
    arena_fini(&a);
}

int changelog_read(struct ipam_bytes row, size_t *pos, struct arena *a, void **ret)
{
    if (*pos == row.len)
        return 0;
    if (*pos > row.len || row.len - *pos < 6)
        return IPAM_E_INVAL;
    const uint8_t *p = row.data + *pos;
    uint32_t len = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
    const struct record_type *t = record_type((uint32_t)p[4] | (uint32_t)p[5] << 8);
    if (len < 2 || len > row.len - *pos - 4 || t == NULL)
        return IPAM_E_INVAL;
    int status = record_unpack(t, (struct ipam_bytes){ p + 6, len - 2 }, a, ret);
    if (status != 0)
        return status == IPAM_E_NOMEM ? IPAM_E_NOMEM : IPAM_E_INVAL;
    *pos += 4 + len;
    return 1;
}

/* Adds to the object just written a field that was emptied. */
static void null_json(const struct record_field *f, struct strbuf *out)
{
    if (f == NULL || (f->flags & FIELD_SECRET) != 0 || out->failed)
        return;
    out->len--;
    strbuf_printf(out, "%s\"%s\":null}", out->data[out->len - 1] == '{' ? "" : ",", f->name);
}

/* `had`: the fields that there are, shown or not; `shown`: those that are. 0, or the error of fields that
 * cannot be read: an object is not shown with less than changed. */
static int fields_json(const char *name, const struct record_type *t, struct ipam_bytes packed,
                       struct arena *a, const struct changelog_look *look, struct json_writer *w,
                       uint64_t had[2], uint64_t shown[2])
{
    void *rec;
    int rc = record_unpack(t, packed, a, &rec);
    if (rc != 0)
        return rc == IPAM_E_NOMEM ? rc : IPAM_E_INVAL;
    const struct ipam_record *head = rec;
    memcpy(had, head->has, sizeof(head->has));
    if (look != NULL)
        look->trim(look->user, rec);
    memcpy(shown, head->has, sizeof(head->has));
    jw_key(w, name);
    record_to_json(rec, NULL, w);
    return 0;
}

static int values_json(const struct record_type *t, const struct ipam_change_item *item, struct arena *a,
                       const struct changelog_look *look, struct json_writer *w)
{
    uint64_t had[2], now[2] = { 0, 0 }, then[2];
    int rc = 0;
    if (record_has(item, IPAM_CHANGE_ITEM_FIELDS)) {
        rc = fields_json("fields", t, item->fields, a, look, w, had, now);
        for (size_t i = 0; rc == 0 && i < item->cleared.count; i++)
            null_json(record_field_number(t, (unsigned)item->cleared.items[i]), w->out);
    }
    if (rc != 0 || !record_has(item, IPAM_CHANGE_ITEM_BEFORE))
        return rc;
    rc = fields_json("before", t, item->before, a, look, w, had, then);
    for (unsigned i = 0; rc == 0 && i < t->field_count; i++) { /* what it had not before it was set */
        unsigned n = t->fields[i].number;
        if ((now[n >> 6] & ~had[n >> 6]) >> (n & 63) & 1)
            null_json(&t->fields[i], w->out);
    }
    return rc;
}

static void event_json(const struct record_type *own, const struct ipam_change_item *item,
                       struct json_writer *w)
{
    static const unsigned fields[] = { IPAM_CHANGE_ITEM_EVENT, IPAM_CHANGE_ITEM_CLIENT,
                                       IPAM_CHANGE_ITEM_FORMER_CLIENT };
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        const struct record_field *f = record_field_number(own, fields[i]);
        if (!record_has(item, fields[i]))
            continue;
        jw_key(w, f->name);
        record_field_to_json(f, item, w);
    }
}

static int item_json(const struct ipam_change_item *item, struct arena *a, const struct changelog_look *look,
                     struct json_writer *w)
{
    const struct record_type *t = record_type((uint32_t)item->object_type);
    const struct record_type *own = record_type(IPAM_T_CHANGE_ITEM);
    jw_object(w);
    jw_key(w, "type");
    jw_text(w, t != NULL ? t->name : "unknown");
    jw_key(w, "id");
    jw_int(w, item->object);
    jw_key(w, "verb");
    record_field_to_json(record_field_number(own, IPAM_CHANGE_ITEM_VERB), item, w);
    if (record_has(item, IPAM_CHANGE_ITEM_KEY)) {
        jw_key(w, "key");
        jw_str(w, item->key);
    }
    event_json(own, item, w);
    int rc = t != NULL ? values_json(t, item, a, look, w) : 0;
    jw_object_end(w);
    return rc;
}

static struct ipam_str item_text(struct arena *a, const struct ipam_change_item *item)
{
    static const char *const verbs[] = { "add", "set", "delete" };
    const struct record_type *t = record_type((uint32_t)item->object_type);
    return str_from(arena_printf(a, "%s %s %lld%s" STR_FMT, verbs[item->verb % 3],
                                 t != NULL ? t->name : "unknown", (long long)item->object,
                                 item->key.len != 0 ? " " : "", STR_ARG(item->key)));
}

int changelog_head(struct ipam_bytes row, struct arena *a, const struct changelog_look *look,
                   struct ipam_change **ret)
{
    struct ipam_str *objects = arena_alloc(a, OBJECTS_NAMED * sizeof(*objects));
    size_t pos = 0, shown = 0, all = 0;
    void *rec;
    int rc = changelog_read(row, &pos, a, &rec);
    if (rc != 1 || ((struct ipam_record *)rec)->type != IPAM_T_CHANGE)
        return rc == IPAM_E_NOMEM ? rc : IPAM_E_INVAL;
    *ret = rec;
    while (look != NULL && (rc = changelog_read(row, &pos, a, &rec)) == 1) {
        if (((struct ipam_record *)rec)->type != IPAM_T_CHANGE_ITEM)
            return IPAM_E_INVAL;
        all++;
        if (!look->shows(look->user, rec))
            continue;
        if (shown < OBJECTS_NAMED && objects != NULL)
            objects[shown] = item_text(a, rec);
        shown++;
    }
    if (rc < 0 || objects == NULL)
        return objects == NULL ? IPAM_E_NOMEM : rc;
    if (look == NULL)
        return 1; /* as it is */
    (*ret)->objects = (struct ipam_strs){ objects, shown < OBJECTS_NAMED ? shown : OBJECTS_NAMED };
    (*ret)->count = (int64_t)shown;
    return shown > 0;
}

static int items_json(struct ipam_bytes row, struct arena *a, struct strbuf *out,
                      const struct changelog_look *look,
                      void (*each)(void *user, const struct ipam_change_item *item), void *user)
{
    struct json_writer w;
    void *rec;
    size_t pos = 0;
    int rc = changelog_read(row, &pos, a, &rec); /* its head was written */
    jw_init(&w, out);
    jw_array(&w);
    while (rc == 1 && (rc = changelog_read(row, &pos, a, &rec)) == 1) {
        if (((struct ipam_record *)rec)->type != IPAM_T_CHANGE_ITEM)
            return IPAM_E_INVAL;
        if (look != NULL && !look->shows(look->user, rec))
            continue;
        int bad = item_json(rec, a, look, &w);
        if (bad != 0)
            return bad;
        if (each != NULL)
            each(user, rec);
    }
    jw_array_end(&w);
    return rc;
}

int changelog_json_shown(struct ipam_bytes row, struct arena *a, struct strbuf *out,
                         const struct changelog_look *look,
                         void (*each)(void *user, const struct ipam_change_item *item), void *user)
{
    struct ipam_change *head;
    struct json_writer w;
    int rc = changelog_head(row, a, look, &head);
    if (rc <= 0)
        return rc == 0 ? 1 : rc;
    jw_init(&w, out);
    record_to_json(head, NULL, &w);
    if (out->failed)
        return IPAM_E_TOOBIG;
    out->len--; /* its members, then the items */
    strbuf_puts(out, ",\"items\":");
    rc = items_json(row, a, out, look, each, user);
    strbuf_putc(out, '}');
    return rc < 0 ? rc : out->failed ? IPAM_E_TOOBIG : 0;
}

int changelog_json(struct ipam_bytes row, struct arena *a, struct strbuf *out,
                   void (*each)(void *user, const struct ipam_change_item *item), void *user)
{
    return changelog_json_shown(row, a, out, NULL, each, user);
}
