/* move_many.c - a subnet with more in it than one change set holds, moved by those of a job.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Each change set leaves a plan that is whole: every range and address lies in the subnet or in its stand-in,
 * and every address in its range or in the stand-in of that, so that it has the access scope it is to have.
 * What is left to do is read from the plan itself, so any job can go on where another ended. */
#include "model/reshape.h"

struct carry {
    struct shift s;
    struct relocation *m;
    const struct ipam_subnet *subnet, *stand_in; /* as they are; stand_in NULL: there is none yet */
    struct ipam_addr first, last;                /* of the subnet */
};

/* --- where it is, and goes --- */

const struct ipam_subnet *rule_move_stand_in(const struct view *v, const struct relocation *m)
{
    const struct ipam_subnet *s =
        view_get(v, IPAM_T_SUBNET, view_by_prefix(v, IPAM_T_SUBNET, m->space, &m->to));
    return s != NULL && record_has(s, IPAM_SUBNET_STANDS_FOR) && s->stands_for == m->subnet ? s : NULL;
}

static int carry_init(struct carry *k, const struct view *v, struct relocation *m, struct problem *p)
{
    *k = (struct carry){ .m = m,
                         .subnet = view_get(v, IPAM_T_SUBNET, m->subnet),
                         .stand_in = rule_move_stand_in(v, m) };
    if (k->subnet == NULL)
        return problem_set(p, PROBLEM_NOT_FOUND, "the subnet was deleted meanwhile");
    k->s = (struct shift){ .v = v,
                           .arena = m->arena,
                           .row = k->subnet,
                           .p = p,
                           .from = &k->subnet->prefix,
                           .to = &m->to,
                           .space = m->space,
                           .job = m };
    prefix_first(&k->subnet->prefix, &k->first);
    prefix_last(&k->subnet->prefix, &k->last);
    return 0;
}

/* The same for a step of the job: another may have taken it over, or it was undone. */
static int carry_on(struct carry *k, struct draft *d, struct relocation *m, struct problem *p)
{
    int rc = carry_init(k, draft_view(d), m, p);
    if (rc != 0)
        return rc;
    k->s.d = d;
    if (k->stand_in != NULL && k->stand_in->moving == m->job)
        return 0;
    problem_hint(p, "look at the subnet, and at the jobs that came after this one");
    return problem_set(p, PROBLEM_IN_USE, "the move was undone, or is gone on with by another job");
}

static void *copy(const struct carry *k, const void *rec)
{
    void *made = record_copy(k->s.arena, rec);
    if (made == NULL)
        out_of_memory(0); /* the arena has no limit */
    return made;
}

static void leave_out(void *rec, const unsigned *numbers, size_t count)
{
    struct ipam_record *head = rec;
    for (size_t i = 0; i < count; i++)
        head->has[numbers[i] >> 6] &= ~((uint64_t)1 << (numbers[i] & 63));
}

static struct ipam_subnet *make_stand_in(const struct carry *k)
{
    static const unsigned own[] = { IPAM_SUBNET_ID,      IPAM_SUBNET_REV,        IPAM_SUBNET_CLAIM,
                                    IPAM_SUBNET_MADE_BY, IPAM_SUBNET_MADE_UNDER, IPAM_SUBNET_MOVING };
    struct ipam_subnet *s = copy(k, k->subnet);
    leave_out(s, own, sizeof(own) / sizeof(own[0]));
    s->claim = s->made_by = (struct ipam_str){ NULL, 0 };
    s->made_under = 0;
    s->space = k->m->space;
    s->prefix = k->m->to;
    shift_subnet(&k->s, s);
    RECORD_SET(s, IPAM_SUBNET_MOVING, moving, k->m->job);
    RECORD_SET(s, IPAM_SUBNET_STANDS_FOR, stands_for, k->m->subnet);
    return s;
}

static struct ipam_range *make_range(const struct carry *k, const struct ipam_range *r)
{
    static const unsigned own[] = { IPAM_RANGE_ID, IPAM_RANGE_REV, IPAM_RANGE_REVERSE_ZONE };
    struct ipam_range *made = copy(k, r);
    leave_out(made, own, sizeof(own) / sizeof(own[0]));
    made->reverse_zone = 0; /* its PTR records are of the place where it is */
    shift_range(&k->s, made);
    return made;
}

/* --- before anything is done --- */

static int find_own(void *user, const struct ipam_range *r)
{
    const struct ipam_range **found = user;
    if (!rule_is_own(r))
        return 0;
    *found = r;
    return 1;
}

/* The plan's own range that meets the place where another goes: its stand-in, or what is in its way. */
static const struct ipam_range *range_there(const struct carry *k, const struct ipam_range *r)
{
    const struct ipam_range *found = NULL;
    struct ipam_addr first = r->first, last = r->last;
    shift_addr(&k->s, &first);
    shift_addr(&k->s, &last);
    view_ranges(k->s.v, k->m->space, &first, &last, find_own, &found);
    return found;
}

static int check_range(void *user, const struct ipam_range *r)
{
    const struct carry *k = user;
    const struct ipam_range *there = k->stand_in == NULL ? range_there(k, r) : NULL;
    char first[ADDR_TEXT_MAX], last[ADDR_TEXT_MAX];
    if (shift_own_range(&k->s, r) != 0)
        return IPAM_E_INVAL;
    if (r->space != k->m->space && pool_lets_go(k->s.v, r, k->s.p) != 0)
        return IPAM_E_INVAL;
    if (there == NULL)
        return 0;
    addr_print(&there->first, first);
    addr_print(&there->last, last);
    problem_about(k->s.p, IPAM_T_RANGE, there->id);
    problem_hint(k->s.p, "delete or move that one first, or choose another place");
    return problem_set(k->s.p, PROBLEM_OVERLAP, "range %s-%s (id %lld) is where one of its ranges would be",
                       first, last, (long long)there->id);
}

static int half_moved(const struct carry *k)
{
    char text[PREFIX_TEXT_MAX];
    long long job = (long long)k->subnet->moving;
    prefix_print(&k->subnet->prefix, text);
    problem_hint(k->s.p,
                 "go on with the move that was begun, or undo it first: POST /api/v1/system/jobs/%lld/revert",
                 job);
    return problem_set(k->s.p, PROBLEM_IN_USE, "subnet %s is moved to another place in part, by job %lld",
                       text, job);
}

static int place_check(const struct carry *k)
{
    const struct view *v = k->s.v;
    struct problem *p = k->s.p;
    const struct ipam_subnet *n = k->subnet;
    bool other_space = n->space != k->m->space;
    if (rule_own_check(n, p) != 0 || shift_place_check(&k->s) != 0 ||
        shift_inner_check(v, n->space, &n->prefix, p) != 0 ||
        shift_inner_check(v, k->m->space, &k->m->to, p) != 0)
        return IPAM_E_INVAL;
    if (other_space && (pool_lets_go(v, n, p) != 0 || shift_claim_stays(&k->s, n->space, n->claim) != 0))
        return IPAM_E_INVAL;
    return k->stand_in != NULL ? 0 : subnet_may_be(v, make_stand_in(k), p);
}

static int check(struct carry *k)
{
    if (record_has(k->subnet, IPAM_SUBNET_STANDS_FOR))
        return rule_stays(k->s.v, k->subnet, k->s.p);
    if (record_has(k->subnet, IPAM_SUBNET_MOVING) && k->stand_in == NULL)
        return half_moved(k);
    if (place_check(k) != 0)
        return IPAM_E_INVAL;
    return view_ranges(k->s.v, k->subnet->space, &k->first, &k->last, check_range, k) == 0 ? 0 : IPAM_E_INVAL;
}

int rule_move_check(const struct view *v, struct relocation *m, struct problem *p)
{
    struct carry k;
    int rc = carry_init(&k, v, m, p);
    return rc == 0 ? check(&k) : rc;
}

int rule_move_address_check(const struct view *v, struct relocation *m, const struct ipam_address *a,
                            struct problem *p)
{
    struct carry k;
    struct view_user users[USERS_MAX];
    char text[ADDR_TEXT_MAX];
    if (carry_init(&k, v, m, p) != 0 || shift_address_check(&k.s, a) != 0)
        return IPAM_E_INVAL;
    struct ipam_addr at = a->address;
    shift_addr(&k.s, &at);
    size_t n = view_users(v, m->space, &at, users, USERS_MAX);
    for (size_t i = 0; i < n && i < USERS_MAX; i++) {
        if (users[i].type == IPAM_T_QUARANTINE)
            return quarantine_refuses(&at, p);
        if (users[i].type != IPAM_T_ADDRESS)
            continue;
        addr_print(&at, text);
        problem_about(p, IPAM_T_ADDRESS, m->space);
        p->about_addr = at;
        problem_hint(p, "release that one first, or choose another place");
        return problem_set(p, PROBLEM_EXISTS,
                           "address %s, where one of its addresses would be, exists already (id %lld)", text,
                           (long long)users[i].id);
    }
    return 0;
}

/* Calls fn for each address in use from *from on, until `most` have been moved: whether there are more, and
 * from where. */
static int each_used(struct carry *k, struct ipam_addr *from, const struct ipam_addr *last, size_t most,
                     int (*fn)(struct carry *k, const struct ipam_addr *at), bool *ret_more)
{
    struct ipam_addr used;
    *ret_more = false;
    while (view_first_used(k->s.v, k->subnet->space, from, last, &used) == 0) {
        if (k->s.moved == most) {
            *from = used;
            *ret_more = true;
            break;
        }
        if (fn(k, &used) != 0)
            return IPAM_E_INVAL;
        if (addr_equal(&used, last) || addr_add(&used, u128_from(1), from) != 0)
            break;
    }
    return 0;
}

static int check_users(struct carry *k, const struct ipam_addr *at)
{
    struct view_user users[USERS_MAX];
    size_t n = view_users(k->s.v, k->subnet->space, at, users, USERS_MAX);
    for (size_t i = 0; i < n && i < USERS_MAX; i++)
        if (users[i].type != IPAM_T_ADDRESS && users[i].type != IPAM_T_QUARANTINE)
            return shift_in_the_way(&k->s, at, users[i].type);
    return 0;
}

int rule_move_held(const struct view *v, struct relocation *m, struct ipam_addr from,
                   const struct ipam_addr *last, struct problem *p)
{
    struct carry k;
    bool more;
    return carry_init(&k, v, m, p) != 0 ? IPAM_E_INVAL
                                        : each_used(&k, &from, last, SIZE_MAX, check_users, &more);
}

/* --- the change sets --- */

/* A job that has ended leaves what it began to the next one; what was undone, or begun, since it was asked
 * for is not what was asked for. */
static int is_free(const struct carry *k)
{
    int64_t moving = record_has(k->subnet, IPAM_SUBNET_MOVING) ? k->subnet->moving : 0;
    const struct ipam_job *job =
        k->stand_in != NULL ? view_get(k->s.v, IPAM_T_JOB, k->stand_in->moving) : NULL;
    if (moving != 0 && (job == NULL || job->state != IPAM_JOB_STATE_RUNNING) && moving == k->m->continues)
        return 0;
    if (moving != 0)
        return rule_stays(k->s.v, k->subnet, k->s.p);
    if (k->m->continues == 0)
        return 0;
    problem_hint(k->s.p, "look at the subnet, and send the request again");
    return problem_set(k->s.p, PROBLEM_IN_USE, "the move that was begun has been undone");
}

static void put_moving(const struct carry *k, const struct ipam_subnet *before)
{
    struct ipam_subnet *s = copy(k, before);
    RECORD_SET(s, IPAM_SUBNET_MOVING, moving, k->m->job);
    draft_replace(k->s.d, before, s);
}

int rule_move_begin(struct draft *d, struct relocation *m, struct problem *p)
{
    struct carry k;
    int rc = carry_init(&k, draft_view(d), m, p);
    k.s.d = d;
    if (rc != 0 || is_free(&k) != 0 || check(&k) != 0)
        return IPAM_E_INVAL;
    if (k.stand_in != NULL) {
        put_moving(&k, k.stand_in);
    } else {
        if (row_create(d, make_stand_in(&k), p) != 0)
            return IPAM_E_INVAL;
        put_moving(&k, k.subnet);
    }
    return m->may(m->user, d, k.subnet, k.subnet, p);
}

/* The first ranges from an address on. */
struct some {
    const struct carry *k;
    const struct ipam_range **list;
    size_t count, most;
    bool without; /* a stand-in */
    bool more;
};

static int keep_range(void *user, const struct ipam_range *r)
{
    struct some *some = user;
    if (some->without && range_there(some->k, r) != NULL)
        return 0;
    some->more = some->count == some->most;
    if (!some->more)
        some->list[some->count++] = r;
    return some->more;
}

static void find_some(struct some *some, const struct carry *k, const struct ipam_addr *from, size_t most,
                      bool without)
{
    *some = (struct some){ .k = k, .most = most, .without = without };
    some->list = arena_alloc(k->s.arena, (most + 1) * sizeof(struct ipam_range *));
    if (some->list == NULL)
        out_of_memory(0);
    view_ranges(k->s.v, k->subnet->space, from, &k->last, keep_range, some);
}

int rule_move_stand_ins(struct draft *d, struct relocation *m, struct problem *p)
{
    struct carry k;
    struct some some;
    if (carry_on(&k, d, m, p) != 0)
        return IPAM_E_INVAL;
    find_some(&some, &k, m->from.family != 0 ? &m->from : &k.first, m->most, true);
    for (size_t i = 0; i < some.count; i++)
        if (row_create(d, make_range(&k, some.list[i]), p) != 0)
            return IPAM_E_INVAL;
    m->ret_from = some.more ? some.list[some.count - 1]->last : (struct ipam_addr){ 0 };
    return 0;
}

/* A range in place of its stand-in. */
static int move_range(struct carry *k, const struct ipam_range *r)
{
    const struct ipam_range *there = range_there(k, r);
    if (there != NULL && pool_lets_go(k->s.v, there, k->s.p) != 0)
        return IPAM_E_INVAL;
    if (there != NULL)
        draft_delete(k->s.d, there);
    return shift_move_range(&k->s, r);
}

static int move_address(struct carry *k, const struct ipam_addr *at)
{
    return shift_move_address(&k->s, at);
}

/* What is left in it is only what stays: the subnet itself takes the place of its stand-in. */
static int move_itself(struct carry *k)
{
    static const unsigned moving[] = { IPAM_SUBNET_MOVING };
    struct ipam_subnet *s = copy(k, k->subnet);
    if (place_check(k) != 0 || pool_lets_go(k->s.v, k->stand_in, k->s.p) != 0)
        return IPAM_E_INVAL;
    leave_out(s, moving, 1);
    s->space = k->m->space;
    s->prefix = k->m->to;
    shift_subnet(&k->s, s);
    draft_delete(k->s.d, k->stand_in);
    int rc = row_move(k->s.d, k->subnet, s, k->s.p);
    return rc == 0 ? k->m->may(k->m->user, k->s.d, k->subnet, s, k->s.p) : rc;
}

int rule_move_on(struct draft *d, struct relocation *m, struct problem *p)
{
    struct carry k;
    struct some some = { .count = 0 };
    bool more;
    m->ret_done = false;
    m->ret_ranges = 0;
    if (carry_on(&k, d, m, p) != 0)
        return IPAM_E_INVAL;
    struct ipam_addr from = m->from.family != 0 ? m->from : k.first;
    bool from_first = addr_equal(&from, &k.first);
    if (each_used(&k, &from, &k.last, m->most, move_address, &more) != 0)
        return IPAM_E_INVAL;
    m->ret_addresses = k.s.moved;
    m->ret_from = more ? from : k.first;
    if (more)
        return 0;
    find_some(&some, &k, &k.first, (m->most - k.s.moved) / 2, false);
    for (size_t i = 0; i < some.count; i++)
        if (move_range(&k, some.list[i]) != 0)
            return IPAM_E_INVAL;
    m->ret_ranges = some.count;
    m->ret_done = from_first && !some.more; /* else what may have come behind is looked for once more */
    return m->ret_done ? move_itself(&k) : 0;
}
