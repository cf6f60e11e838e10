/* changelog.c - the packed log row of one change set.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "commit/changelog.h"

#define OBJECTS_NAMED 20 /* objects a change names in words; all are in its items */

static void item_write(const struct draft_op *op, struct strbuf *key, struct strbuf *fields,
                       struct strbuf *out)
{
    struct ipam_change_item item;
    const void *rec = op->after != NULL ? op->after : op->before;
    strbuf_reset(key);
    strbuf_reset(fields);
    record_key_print(rec, key);
    record_init(&item, IPAM_T_CHANGE_ITEM);
    RECORD_SET(&item, IPAM_CHANGE_ITEM_OBJECT_TYPE, object_type, op->type);
    RECORD_SET(&item, IPAM_CHANGE_ITEM_OBJECT, object, op->id);
    RECORD_SET(&item, IPAM_CHANGE_ITEM_VERB, verb,
               op->before == NULL  ? IPAM_CHANGE_ITEM_VERB_ADD
               : op->after != NULL ? IPAM_CHANGE_ITEM_VERB_SET
                                   : IPAM_CHANGE_ITEM_VERB_DELETE);
    if (key->len != 0)
        RECORD_SET(&item, IPAM_CHANGE_ITEM_KEY, key, strbuf_str(key));
    if (op->before != NULL && op->after != NULL && record_pack(op->after, op->changed, fields) == 0)
        RECORD_SET(&item, IPAM_CHANGE_ITEM_FIELDS, fields,
                   ((struct ipam_bytes){ (const uint8_t *)fields->data, fields->len }));
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

void changelog_write(const struct intent *in, int64_t now_ms, const struct draft_op *ops, size_t count,
                     struct strbuf *out)
{
    struct ipam_str objects[OBJECTS_NAMED];
    struct ipam_change c;
    struct strbuf key, fields;
    struct arena a;
    size_t named = 0, logged = 0;
    arena_init(&a, 0);
    strbuf_init(&key, 512);
    strbuf_init(&fields, 1u << 20);
    for (size_t i = 0; i < count; i++) {
        if (!ops[i].logged)
            continue;
        if (named < OBJECTS_NAMED)
            objects[named++] = object_text(&a, &ops[i], &key);
        logged++;
    }
    record_init(&c, IPAM_T_CHANGE);
    RECORD_SET(&c, IPAM_CHANGE_ID, id, in->rev);
    RECORD_SET(&c, IPAM_CHANGE_REV, rev, in->rev);
    RECORD_SET(&c, IPAM_CHANGE_TIME, time, now_ms);
    text_field(&c, IPAM_CHANGE_ACTOR, &c.actor, in->actor.name);
    text_field(&c, IPAM_CHANGE_PEER, &c.peer, in->actor.peer);
    text_field(&c, IPAM_CHANGE_OPERATION, &c.operation, str_from(in->operation));
    text_field(&c, IPAM_CHANGE_REASON, &c.reason, in->actor.reason);
    text_field(&c, IPAM_CHANGE_REQUEST, &c.request, in->actor.request);
    RECORD_SET(&c, IPAM_CHANGE_OBJECTS, objects, ((struct ipam_strs){ objects, named }));
    RECORD_SET(&c, IPAM_CHANGE_COUNT, count, (int64_t)logged);
    record_frame(&c, out);
    for (size_t i = 0; i < count; i++)
        if (ops[i].logged)
            item_write(&ops[i], &key, &fields, out);
    strbuf_fini(&fields);
    strbuf_fini(&key);
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
    if (record_unpack(t, (struct ipam_bytes){ p + 6, len - 2 }, a, ret) != 0)
        return IPAM_E_INVAL;
    *pos += 4 + len;
    return 1;
}
