/* reshape.c - blocks and subnets split, merged, resized, and subnets moved with what is in them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The one that is reshaped stays who it is: it keeps its id, and the first part of a split or the whole of a
 * merge. All is drafted first, then judged as a whole: what is in it must be in a subnet afterwards. */
#include <string.h>

#include "model/reshape.h"

_Static_assert((int)IPAM_BLOCK_SPACE == (int)IPAM_SUBNET_SPACE &&
                   (int)IPAM_BLOCK_PREFIX == (int)IPAM_SUBNET_PREFIX,
               "blocks and subnets are read alike here");

static void *member(const void *rec, unsigned number)
{
    const struct record_type *t = record_type(((const struct ipam_record *)rec)->type);
    return (char *)(uintptr_t)rec + record_field_number(t, number)->offset;
}

static struct ipam_prefix *prefix_in(const void *rec)
{
    return member(rec, IPAM_SUBNET_PREFIX);
}

static int64_t *space_in(const void *rec)
{
    return member(rec, IPAM_SUBNET_SPACE);
}

static const char *name_of(const void *rec)
{
    return record_type(((const struct ipam_record *)rec)->type)->name;
}

static bool is_subnet(const void *rec)
{
    return ((const struct ipam_record *)rec)->type == IPAM_T_SUBNET;
}

static void *copy(struct arena *arena, const void *rec)
{
    void *made = record_copy(arena, rec);
    if (made == NULL)
        out_of_memory(0); /* the arena has no limit */
    return made;
}

static int length_check(const void *rec, unsigned length, unsigned least, const char *why, struct problem *p)
{
    char text[PREFIX_TEXT_MAX];
    unsigned most = addr_bits(prefix_in(rec)->addr.family);
    if (length >= least && length <= most)
        return 0;
    prefix_print(prefix_in(rec), text);
    problem_hint(p, "give a length from %u to %u", least, most);
    return problem_set(p, PROBLEM_INVALID, "length: %s %s cannot be %s /%u", name_of(rec), text, why, length);
}

/* Of the routers of a subnet each part keeps its own. */
static void keep_gateways(const struct reshaping *r, struct ipam_subnet *s)
{
    struct ipam_addr *kept = arena_alloc(r->arena, s->gateways.count * sizeof(*kept) + 1);
    size_t n = 0;
    if (kept == NULL)
        out_of_memory(0);
    for (size_t i = 0; i < s->gateways.count; i++)
        if (prefix_contains_addr(&s->prefix, &s->gateways.items[i]))
            kept[n++] = s->gateways.items[i];
    s->gateways.items = kept;
    s->gateways.count = n;
    if (n == 0)
        s->has[0] &= ~((uint64_t)1 << IPAM_SUBNET_GATEWAYS);
}

/* The same row with another prefix. */
static void *part_of(const struct reshaping *r, const void *rec, const struct ipam_prefix *prefix)
{
    void *part = copy(r->arena, rec);
    *prefix_in(part) = *prefix;
    if (is_subnet(rec))
        keep_gateways(r, part);
    return part;
}

/* What a row has that is its alone, and not of those that are made like it. */
static void make_another(void *part)
{
    struct ipam_record *head = part;
    static const unsigned own[] = { IPAM_SUBNET_ID, IPAM_SUBNET_REV, IPAM_SUBNET_CLAIM, IPAM_SUBNET_MADE_BY,
                                    IPAM_SUBNET_MADE_UNDER };
    static const unsigned own_of_block[] = { IPAM_BLOCK_ID, IPAM_BLOCK_REV, IPAM_BLOCK_MADE_BY,
                                             IPAM_BLOCK_MADE_UNDER };
    bool subnet = is_subnet(part);
    size_t count = subnet ? sizeof(own) / sizeof(own[0]) : sizeof(own_of_block) / sizeof(own_of_block[0]);
    for (size_t i = 0; i < count; i++)
        head->has[0] &= ~((uint64_t)1 << (subnet ? own : own_of_block)[i]);
    if (subnet) {
        struct ipam_subnet *s = part;
        s->claim = (struct ipam_str){ NULL, 0 };
        s->made_by = (struct ipam_str){ NULL, 0 };
        s->made_under = 0;
    } else {
        struct ipam_block *b = part;
        b->made_by = (struct ipam_str){ NULL, 0 };
        b->made_under = 0;
    }
}

static void answer(struct reshaping *r, const void *rec)
{
    r->ret_ids[r->ret_count++] = *(const int64_t *)member(rec, IPAM_SUBNET_ID);
}

/* Of a block that hands its access scope on, nothing may fall out. */
static int hands_on(struct draft *d, const void *row, struct problem *p)
{
    return is_subnet(row) ? 0 : block_hands_on(d, row, p);
}

static int still_held(struct draft *d, const void *row, struct problem *p)
{
    return is_subnet(row) ? rule_still_held(d, *space_in(row), prefix_in(row), 0, p) : 0;
}

int rule_split(struct draft *d, struct reshaping *r, unsigned length, struct problem *p)
{
    const struct ipam_prefix *whole = prefix_in(r->row);
    struct ipam_prefix at = *whole;
    struct ipam_addr end;
    r->ret_count = 0;
    if (rule_own_check(r->row, p) != 0 ||
        length_check(r->row, length, whole->length + 1u, "split into", p) != 0)
        return IPAM_E_INVAL;
    if (length - whole->length > 31 || (size_t)1 << (length - whole->length) > r->most) {
        problem_hint(p, "split it in steps");
        return problem_set(p, PROBLEM_TOO_LARGE, "a split makes at most %zu parts", r->most);
    }
    at.length = (uint8_t)length;
    int rc = rule_move(d, r->row, part_of(r, r->row, &at), p);
    if (rc == 0)
        answer(r, r->row);
    for (size_t i = 1; rc == 0 && i < (size_t)1 << (length - whole->length); i++) {
        prefix_last(&at, &end);
        (void)addr_add(&end, u128_from(1), &at.addr);
        void *part = part_of(r, r->row, &at);
        make_another(part);
        rc = r->make(r->user, d, part, p);
        if (rc == 0)
            answer(r, part);
    }
    return rc == 0 ? still_held(d, r->row, p) : rc;
}

static void take_away(struct draft *d, const void *row)
{
    const struct ipam_subnet *s = row;
    rule_give_back(d, row);
    if (is_subnet(row))
        claim_release(d, s->space, s->claim);
    draft_delete(d, row);
}

/* The prefix that all together are; 0, or an error when they are none. */
static int union_of(const struct reshaping *r, const void *const *others, size_t count,
                    struct ipam_prefix *ret, struct problem *p)
{
    struct ipam_u128 sum = prefix_size(prefix_in(r->row));
    struct ipam_addr first = prefix_in(r->row)->addr, last, end;
    char text[PREFIX_TEXT_MAX];
    prefix_last(prefix_in(r->row), &last);
    for (size_t i = 0; i < count; i++) {
        const struct ipam_prefix *o = prefix_in(others[i]);
        if (*space_in(others[i]) != *space_in(r->row) || o->addr.family != first.family) {
            prefix_print(o, text);
            problem_hint(p, "give those of one space and one family");
            return problem_set(p, PROBLEM_INVALID, "with: %s is in another space or of the other family",
                               text);
        }
        sum = u128_add(sum, prefix_size(o));
        prefix_last(o, &end);
        if (addr_compare(&o->addr, &first) < 0)
            first = o->addr;
        if (addr_compare(&end, &last) > 0)
            last = end;
    }
    prefix_span(&first, &last, ret);
    if (u128_compare(sum, prefix_size(ret)) == 0)
        return 0;
    prefix_print(ret, text);
    problem_hint(p, "give all that %s consists of, each once", text);
    return problem_set(p, PROBLEM_INVALID,
                       "with: together they are not one prefix; the smallest that holds all is %s", text);
}

int rule_merge(struct draft *d, struct reshaping *r, const void *const *others, size_t count,
               struct problem *p)
{
    struct ipam_prefix whole;
    r->ret_count = 0;
    if (rule_own_check(r->row, p) != 0 || union_of(r, others, count, &whole, p) != 0)
        return IPAM_E_INVAL;
    for (size_t i = 0; i < count; i++) {
        if (rule_own_check(others[i], p) != 0 || rule_stays(draft_view(d), others[i], p) != 0 ||
            hands_on(d, others[i], p) != 0 || pool_lets_go(draft_view(d), others[i], p) != 0)
            return IPAM_E_INVAL;
        take_away(d, others[i]);
    }
    void *merged = copy(r->arena, r->row);
    *prefix_in(merged) = whole;
    if (rule_move(d, r->row, merged, p) != 0)
        return IPAM_E_INVAL;
    answer(r, r->row);
    return still_held(d, merged, p); /* an end of a range may be the network's or broadcast address now */
}

int rule_resize(struct draft *d, struct reshaping *r, unsigned length, struct problem *p)
{
    void *resized = copy(r->arena, r->row);
    r->ret_count = 0;
    if (rule_own_check(r->row, p) != 0 || length_check(r->row, length, 1, "made", p) != 0)
        return IPAM_E_INVAL;
    prefix_in(resized)->length = (uint8_t)length;
    prefix_mask(prefix_in(resized));
    if (length > prefix_in(r->row)->length && hands_on(d, r->row, p) != 0)
        return IPAM_E_INVAL;
    if (!prefix_equal(prefix_in(resized), prefix_in(r->row)) && rule_move(d, r->row, resized, p) != 0)
        return IPAM_E_INVAL;
    answer(r, r->row);
    return still_held(d, length < prefix_in(r->row)->length ? resized : r->row, p);
}

/* --- to another place --- */

void shift_addr(const struct shift *s, struct ipam_addr *a)
{
    if (!prefix_contains_addr(s->from, a))
        return;
    for (unsigned i = 0; i < s->from->length; i++) {
        uint8_t bit = (uint8_t)(0x80 >> i % 8);
        a->bytes[i / 8] = (uint8_t)((a->bytes[i / 8] & ~bit) | (s->to->addr.bytes[i / 8] & bit));
    }
    a->family = s->to->addr.family;
}

/* Lists are those of a copy, which may be written. */
static void shift_addrs(const struct shift *s, struct ipam_addrs *list)
{
    struct ipam_addr *items = (struct ipam_addr *)(uintptr_t)list->items;
    for (size_t i = 0; i < list->count; i++)
        shift_addr(s, &items[i]);
}

/* ADDRESS, FIRST-LAST or ADDRESS=METRIC. */
static void shift_text(const struct shift *s, struct ipam_str *text)
{
    struct ipam_addr first, last;
    char a[ADDR_TEXT_MAX], b[ADDR_TEXT_MAX];
    const char *tail = memchr(text->data, '=', text->len);
    const char *made;
    if (tail != NULL ? !range_gateway_parse(*text, &first) : !range_run_parse(*text, &first, &last))
        return;
    shift_addr(s, &first);
    addr_print(&first, a);
    if (tail != NULL) {
        made = arena_printf(s->arena, "%s%.*s", a, (int)(text->data + text->len - tail), tail);
    } else {
        shift_addr(s, &last);
        addr_print(&last, b);
        made = memchr(text->data, '-', text->len) != NULL ? arena_printf(s->arena, "%s-%s", a, b)
                                                          : arena_printf(s->arena, "%s", a);
    }
    *text = str_from(made);
}

static void shift_texts(const struct shift *s, struct ipam_strs *list)
{
    struct ipam_str *items = (struct ipam_str *)(uintptr_t)list->items;
    for (size_t i = 0; i < list->count; i++)
        shift_text(s, &items[i]);
}

static int moved_too_many(const struct shift *s)
{
    problem_hint(s->p, is_subnet(s->row) ? "send the request again: a job moves as many"
                                         : "move its subnet there, which a job does");
    return problem_set(s->p, PROBLEM_TOO_LARGE, "with what is in it more than %d objects would move",
                       MODEL_SET_ROWS);
}

int shift_own_range(const struct shift *s, const struct ipam_range *r)
{
    char first[ADDR_TEXT_MAX];
    if (rule_is_own(r))
        return 0;
    addr_print(&r->first, first);
    problem_about(s->p, IPAM_T_RANGE, r->id);
    problem_hint(s->p, "move its scope on the server and collect again");
    return problem_set(s->p, PROBLEM_MANAGED, "the range from %s on (id %lld) comes from a server", first,
                       (long long)r->id);
}

static int note_range(void *user, const struct ipam_range *r)
{
    struct shift *s = user;
    if (shift_own_range(s, r) != 0)
        return IPAM_E_INVAL;
    if (s->count == MODEL_SET_ROWS)
        return moved_too_many(s);
    s->ranges[s->count++] = r;
    return 0;
}

void shift_subnet(const struct shift *s, struct ipam_subnet *subnet)
{
    shift_addrs(s, &subnet->gateways);
    shift_addrs(s, &subnet->dns_servers);
}

void shift_range(const struct shift *s, struct ipam_range *r)
{
    r->space = s->space;
    shift_addr(s, &r->first);
    shift_addr(s, &r->last);
    shift_texts(s, &r->reserved);
    shift_texts(s, &r->vips);
    shift_texts(s, &r->gateways);
    shift_addrs(s, &r->dns_servers);
    shift_addrs(s, &r->wins);
}

/* What a job moves is closed to all others. */
static int move_row(const struct shift *s, const void *before, void *after)
{
    if (s->job == NULL)
        return rule_move(s->d, before, after, s->p);
    int rc = row_move(s->d, before, after, s->p);
    return rc == 0 ? s->job->may(s->job->user, s->d, before, after, s->p) : rc;
}

int shift_move_range(struct shift *s, const struct ipam_range *before)
{
    struct ipam_range *r = copy(s->arena, before);
    if (s->space != before->space && pool_lets_go(draft_view(s->d), before, s->p) != 0)
        return IPAM_E_INVAL;
    shift_range(s, r);
    return move_row(s, before, r);
}

/* A claim is of one space, and what it got stays there. */
int shift_claim_stays(const struct shift *s, int64_t was_in, struct ipam_str claim)
{
    if (s->space == was_in || claim.len == 0)
        return 0;
    problem_hint(s->p, "release it, and ask for it in the other space");
    return problem_set(s->p, PROBLEM_IN_USE, "what claim \"" STR_FMT "\" got cannot move to another space",
                       STR_ARG(claim));
}

int shift_in_the_way(const struct shift *s, const struct ipam_addr *at, uint32_t type)
{
    char text[ADDR_TEXT_MAX];
    addr_print(at, text);
    problem_hint(s->p, "move it on the server and collect again");
    return problem_set(s->p, PROBLEM_MANAGED, "%s has a %s of a server", text, record_type(type)->name);
}

/* What was to be read was told by where it was when the batch began. */
static int moved_meanwhile(const struct shift *s)
{
    s->p->retry_after_s = 1;
    problem_hint(s->p, "send the request again");
    return problem_set(s->p, PROBLEM_UNAVAILABLE, "it was moved meanwhile; nothing was changed");
}

/* A reservation stands in its way; one that was taken away from its server is none any more. */
int shift_address_check(const struct shift *s, const struct ipam_address *a)
{
    uint32_t sync = rule_sync(a, SERVED_RESERVATION);
    if (sync != IPAM_ADDRESS_DHCP_SYNC_NONE && sync != IPAM_ADDRESS_DHCP_SYNC_REMOVED)
        return shift_in_the_way(s, &a->address, IPAM_T_RESERVATION);
    for (enum served_kind kind = SERVED_HOST; kind < SERVED_KINDS; kind++)
        if (rule_is_under_way(a, kind))
            return rule_under_way(a, kind, s->p);
    return shift_claim_stays(s, a->space, a->claim);
}

/* Records of the DNS stay as they are, and are not those of the address where it is then. */
static void leave_records(struct ipam_address *a)
{
    for (enum served_kind kind = SERVED_HOST; kind < SERVED_KINDS; kind++)
        rule_sync_forget(a, kind);
}

/* What is in quarantine stays: it is there that somebody may still use it. */
int shift_move_address(struct shift *s, const struct ipam_addr *at)
{
    struct view_user users[USERS_MAX];
    size_t n = view_users(s->v, *space_in(s->row), at, users, USERS_MAX);
    for (size_t i = 0; i < n && i < USERS_MAX; i++) {
        const struct ipam_address *before = view_get(s->v, users[i].type, users[i].id);
        if (users[i].type == IPAM_T_QUARANTINE)
            continue;
        if (users[i].type != IPAM_T_ADDRESS)
            return shift_in_the_way(s, at, users[i].type);
        if (before == NULL && !view_is_gone(s->v, IPAM_T_ADDRESS, users[i].id))
            return moved_meanwhile(s);
        if (before == NULL || !addr_equal(&before->address, at))
            continue; /* it has left in this batch */
        if (shift_address_check(s, before) != 0)
            return IPAM_E_INVAL;
        struct ipam_address *a = copy(s->arena, before);
        leave_records(a);
        a->space = s->space;
        shift_addr(s, &a->address);
        if (move_row(s, before, a) != 0)
            return IPAM_E_INVAL;
        s->moved++;
    }
    return 0;
}

int shift_place_check(const struct shift *s)
{
    char from[PREFIX_TEXT_MAX], to[PREFIX_TEXT_MAX];
    prefix_print(s->from, from);
    prefix_print(s->to, to);
    if (s->from->addr.family != s->to->addr.family || s->from->length != s->to->length) {
        problem_hint(s->p, "resize it first, or after");
        return problem_set(s->p, PROBLEM_INVALID, "prefix: %s cannot move to %s, which is of another size",
                           from, to);
    }
    return 0;
}

/* The addresses in use of the old place. */
static int gather_used(struct shift *s, struct ipam_addr from, struct ipam_addr last)
{
    struct ipam_addr used;
    s->used = arena_alloc(s->arena, MODEL_SET_ROWS * sizeof(*s->used));
    if (s->used == NULL)
        out_of_memory(0);
    while (view_first_used(s->v, *space_in(s->row), &from, &last, &used) == 0) {
        if (s->count + s->used_count + 1 >= MODEL_SET_ROWS)
            return moved_too_many(s);
        s->used[s->used_count++] = used;
        if (addr_equal(&used, &last) || addr_add(&used, u128_from(1), &from) != 0)
            break;
    }
    return 0;
}

/* And its ranges. */
static int gather(struct shift *s)
{
    struct ipam_addr first, last;
    prefix_first(s->from, &first);
    prefix_last(s->from, &last);
    s->ranges = arena_alloc(s->arena, MODEL_SET_ROWS * sizeof(struct ipam_range *));
    if (s->ranges == NULL)
        out_of_memory(0);
    if (view_ranges(s->v, *space_in(s->row), &first, &last, note_range, s) != 0)
        return IPAM_E_INVAL;
    return gather_used(s, first, last);
}

static int move_addresses(struct shift *s)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < s->used_count; i++)
        rc = shift_move_address(s, &s->used[i]);
    return rc;
}

/* What lies in a subnet inside it is of that one, and would be of another one there. */
int shift_inner_check(const struct view *v, int64_t space, const struct ipam_prefix *where, struct problem *p)
{
    char text[PREFIX_TEXT_MAX];
    const struct ipam_subnet *inner =
        view_get(v, IPAM_T_SUBNET, view_first_inside(v, IPAM_T_SUBNET, space, where));
    if (inner == NULL)
        return 0;
    prefix_print(&inner->prefix, text);
    problem_about(p, IPAM_T_SUBNET, inner->id);
    problem_hint(p, "move that one first, or choose another place");
    return problem_set(p, PROBLEM_OVERLAP, "subnet %s (id %lld) lies in it there", text,
                       (long long)inner->id);
}

static struct shift shift_of(struct draft *d, const struct reshaping *r, int64_t space, struct problem *p)
{
    return (
        struct shift){ .d = d, .v = draft_view(d), .arena = r->arena, .row = r->row, .p = p, .space = space };
}

/* The subnet with what is in it; of a block the block alone: what is in blocks is where it is. */
int rule_relocate(struct draft *d, struct reshaping *r, int64_t space, const struct ipam_prefix *to,
                  struct problem *p)
{
    struct shift s = shift_of(d, r, space, p);
    void *moved = copy(r->arena, r->row);
    s.from = prefix_in(r->row);
    s.to = to;
    r->ret_count = 0;
    answer(r, r->row);
    if (rule_own_check(r->row, p) != 0 || shift_place_check(&s) != 0)
        return IPAM_E_INVAL;
    if (space == *space_in(r->row) && prefix_equal(s.from, to))
        return 0;
    if (is_subnet(r->row) && (gather(&s) != 0 || shift_inner_check(s.v, *space_in(r->row), s.from, p) != 0 ||
                              shift_inner_check(s.v, space, to, p) != 0))
        return IPAM_E_INVAL;
    if (hands_on(d, r->row, p) != 0)
        return IPAM_E_INVAL;
    if (space != *space_in(r->row) && pool_lets_go(draft_view(d), r->row, p) != 0)
        return IPAM_E_INVAL;
    *space_in(moved) = space;
    *prefix_in(moved) = *to;
    if (is_subnet(moved)) {
        struct ipam_subnet *subnet = moved;
        shift_subnet(&s, subnet);
        if (shift_claim_stays(&s, *space_in(r->row), subnet->claim) != 0)
            return IPAM_E_INVAL;
    }
    int rc = rule_move(d, r->row, moved, p);
    for (size_t i = 0; rc == 0 && i < s.count; i++)
        rc = shift_move_range(&s, s.ranges[i]);
    return rc == 0 ? move_addresses(&s) : rc;
}

int rule_move_range(struct draft *d, struct reshaping *r, struct ipam_range *after, struct problem *p)
{
    const struct ipam_range *before = r->row;
    struct ipam_prefix whole = { before->first, 0 }; /* addresses stay what they are */
    struct shift s = shift_of(d, r, after->space, p);
    s.from = s.to = &whole;
    r->ret_count = 0;
    answer(r, r->row);
    if (rule_own_check(r->row, p) != 0 || range_hands_on(d, before, p) != 0)
        return IPAM_E_INVAL;
    if (after->space != before->space &&
        (pool_lets_go(draft_view(d), before, p) != 0 || gather_used(&s, before->first, before->last) != 0))
        return IPAM_E_INVAL;
    int rc = rule_move(d, before, after, p);
    return rc == 0 ? move_addresses(&s) : rc;
}

int rule_move_address(struct draft *d, struct reshaping *r, struct ipam_address *after, struct problem *p)
{
    const struct ipam_address *before = r->row;
    struct shift s = shift_of(d, r, after->space, p);
    r->ret_count = 0;
    answer(r, r->row);
    if (shift_address_check(&s, before) != 0)
        return IPAM_E_INVAL;
    leave_records(after);
    return rule_move(d, before, after, p);
}
