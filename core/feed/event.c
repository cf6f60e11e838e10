/* event.c - one revision as one event of a stream, and whom it concerns.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "feed/feed_p.h"

#include <stdlib.h>
#include <string.h>

#include "commit/changelog.h"

/* What is learned of the objects while the event is written. */
struct scan {
    uint64_t types[2];
    struct ipam_prefix *places;
    size_t count, cap;
    bool moves, failed;
};

/* A key that is an address or a prefix; that of a range is its first address. */
static bool place_of(const struct ipam_change_item *item, struct ipam_prefix *ret)
{
    struct ipam_str key = item->key;
    if (key.len == 0)
        return false;
    if (prefix_parse(key.data, key.len, ret) == 0)
        return true;
    for (size_t i = 0; i < key.len; i++)
        if (key.data[i] == '-' || key.data[i] == '/')
            key.len = i;
    if (addr_parse(key.data, key.len, &ret->addr) != 0)
        return false;
    ret->length = (uint8_t)addr_bits(ret->addr.family);
    return true;
}

/* What rights are made of; what is in another access scope than before; what handed its own on and is
 * gone. */
static bool moves(const struct ipam_change_item *item)
{
    switch (item->object_type) {
    case IPAM_T_ROLE:
    case IPAM_T_ACCESS_SCOPE:
    case IPAM_T_ACCESS_POLICY: return true;
    case IPAM_T_RANGE:
    case IPAM_T_SUPERSCOPE:
    case IPAM_T_ZONE:
        if (item->verb == IPAM_CHANGE_ITEM_VERB_DELETE && record_has(item, IPAM_CHANGE_ITEM_SCOPE))
            return true;
        break;
    default: break;
    }
    return record_has(item, IPAM_CHANGE_ITEM_SCOPE_BEFORE);
}

static void on_item(void *user, const struct ipam_change_item *item)
{
    struct scan *s = user;
    struct ipam_prefix place;
    memset(&place, 0, sizeof(place));
    s->moves = s->moves || moves(item);
    if (item->object_type > 0 && item->object_type < RECORD_TYPES)
        s->types[item->object_type / 64] |= UINT64_C(1) << item->object_type % 64;
    if (!place_of(item, &place))
        return;
    if (s->count == s->cap) {
        size_t cap = s->cap > 0 ? 2 * s->cap : 16;
        struct ipam_prefix *larger = realloc(s->places, cap * sizeof(place));
        if (larger == NULL) {
            s->failed = true;
            return;
        }
        s->places = larger;
        s->cap = cap;
    }
    s->places[s->count++] = place;
}

static int event_build(int64_t rev, const struct scan *s, struct ipam_bytes row, struct ipam_str text,
                       struct event **ret)
{
    size_t places = s->count * sizeof(s->places[0]);
    struct event *e = malloc(sizeof(*e) + places + row.len);
    if (e == NULL)
        return IPAM_E_NOMEM;
    uint8_t *kept = (uint8_t *)e->places + places;
    *e = (struct event){ .refs = 1,
                         .rev = rev,
                         .types = { s->types[0], s->types[1] },
                         .moves = s->moves,
                         .place_count = s->count };
    if (s->count > 0)
        memcpy(e->places, s->places, places);
    if (row.len > 0)
        e->row = (struct ipam_bytes){ memcpy(kept, row.data, row.len), row.len };
    e->piece = http_piece_new(text);
    if (e->piece == NULL) {
        free(e);
        return IPAM_E_NOMEM;
    }
    *ret = e;
    return 0;
}

static int make(int64_t rev, struct ipam_bytes row, const struct changelog_look *look, struct event **ret)
{
    struct scan s = { 0 };
    struct strbuf text;
    struct arena a;
    arena_init(&a, EVENT_MAX);
    strbuf_init(&text, EVENT_MAX);
    strbuf_printf(&text, "id: %lld\nevent: change\ndata: ", (long long)rev);
    int rc = changelog_json_shown(row, &a, &text, look, on_item, &s);
    strbuf_puts(&text, "\n\n");
    if (rc == 0 && (text.failed || s.failed))
        rc = IPAM_E_NOMEM;
    if (rc == 0)
        rc =
            event_build(rev, &s, look == NULL ? row : (struct ipam_bytes){ NULL, 0 }, strbuf_str(&text), ret);
    free(s.places);
    strbuf_fini(&text);
    arena_fini(&a);
    return rc;
}

int event_make(int64_t rev, struct ipam_bytes row, struct event **ret)
{
    return make(rev, row, NULL, ret);
}

int event_make_shown(const struct event *e, const struct changelog_look *look, struct event **ret)
{
    return make(e->rev, e->row, look, ret);
}

struct event *event_ref(struct event *e)
{
    e->refs++;
    return e;
}

void event_unref(struct event *e)
{
    if (e == NULL || --e->refs > 0)
        return;
    http_piece_unref(e->piece);
    free(e);
}

size_t event_size(const struct event *e)
{
    return sizeof(*e) + e->place_count * sizeof(e->places[0]) + e->row.len + http_piece_bytes(e->piece).len;
}

bool event_wanted(const struct event *e, const struct feed_want *want)
{
    if ((want->types[0] | want->types[1]) != 0 &&
        ((e->types[0] & want->types[0]) | (e->types[1] & want->types[1])) == 0)
        return false;
    if (!want->somewhere)
        return true;
    for (size_t i = 0; i < e->place_count; i++)
        if (prefix_contains(&want->within, &e->places[i]))
            return true;
    return false;
}
