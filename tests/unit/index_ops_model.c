/* index_ops_model.c - what the index has to answer: sorted arrays that are searched from end to end.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "index_ops.h"
#include "ipam/status.h"

struct user {
    number a;
    uint8_t handles; /* bit h: an entry with the handle h */
};

struct network {
    number a;
    uint8_t length;
    uint64_t handle;
};

struct range {
    number first, last;
    uint64_t handle;
};

struct model {
    unsigned bits;
    unsigned nusers, nnetworks, nranges;
    struct user users[STORED];
    struct network networks[STORED];
    struct range ranges[STORED];
};

struct model *model_new(unsigned bits)
{
    struct model *m = calloc(1, sizeof(*m));

    if (m == NULL)
        abort();
    m->bits = bits;
    return m;
}

void model_free(struct model *m)
{
    free(m);
}

number number_last(unsigned bits, number a, unsigned length)
{
    return bits == length ? a : a | ~(number)0 >> (128 - (bits - length));
}

void answer_count(struct answer *w, number a, number b, uint64_t n)
{
    w->n++;
    w->a = (w->a ^ a) * 0x9e3779b97f4a7c15 + 1;
    w->b = (w->b ^ b ^ (number)n << 64) * 0x94d049bb133111eb + 1;
}

bool answer_equal(const struct answer *x, const struct answer *y)
{
    return x->rc == y->rc && x->len == y->len && x->a == y->a && x->b == y->b && x->n == y->n;
}

static struct answer code(int rc)
{
    return (struct answer){ .rc = rc };
}

static struct answer place(number a)
{
    return (struct answer){ .a = a };
}

/* --- addresses in use --- */

/* Index of the first address not below a. */
static unsigned user_at(const struct model *m, number a)
{
    unsigned low = 0, high = m->nusers;

    while (low < high) {
        unsigned mid = (low + high) / 2;

        if (m->users[mid].a < a)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static struct answer add(struct model *m, number a, uint8_t bit)
{
    unsigned i = user_at(m, a);

    if (i < m->nusers && m->users[i].a == a) {
        if (m->users[i].handles & bit)
            return code(IPAM_E_EXIST);
        m->users[i].handles |= bit;
        return code(0);
    }
    memmove(&m->users[i + 1], &m->users[i], (m->nusers++ - i) * sizeof(m->users[0]));
    m->users[i] = (struct user){ a, bit };
    return code(0);
}

static struct answer take_out(struct model *m, number a, uint8_t bit)
{
    unsigned i = user_at(m, a);

    if (i == m->nusers || m->users[i].a != a || !(m->users[i].handles & bit))
        return code(IPAM_E_NOENT);
    m->users[i].handles &= (uint8_t)~bit;
    if (m->users[i].handles == 0)
        memmove(&m->users[i], &m->users[i + 1], (--m->nusers - i) * sizeof(m->users[0]));
    return code(0);
}

static struct answer entries(const struct model *m, number a)
{
    unsigned i = user_at(m, a);
    struct answer w = { 0 };

    for (unsigned h = 0; i < m->nusers && m->users[i].a == a && h < HANDLES; h++) {
        if (m->users[i].handles >> h & 1)
            answer_count(&w, a, 0, h);
    }
    return w;
}

static struct answer next_free(const struct model *m, number first, number last)
{
    for (unsigned i = user_at(m, first); i < m->nusers && m->users[i].a == first; i++) {
        if (first++ == last)
            return code(IPAM_E_EXHAUSTED);
    }
    return place(first);
}

static struct answer last_free(const struct model *m, number first, number last)
{
    unsigned i = user_at(m, last);

    for (i += i < m->nusers && m->users[i].a == last; i > 0 && m->users[i - 1].a == last; i--) {
        if (last-- == first)
            return code(IPAM_E_EXHAUSTED);
    }
    return place(last);
}

/* From free run to free run: the first with `n` addresses, or the address with `rank` free ones before it. */
static struct answer by_runs(const struct model *m, number first, number last, bool by_rank, number n)
{
    unsigned i = user_at(m, first);

    for (;;) {
        bool end = i == m->nusers || m->users[i].a > last;
        number stop = end ? last : m->users[i].a;   /* the run ends here, or one before */
        number less = stop - first - (end ? 0 : 1); /* its length less one, when there is a run */

        if (end || stop != first) {
            if (by_rank && n <= less)
                return place(first + n);
            if (!by_rank && n - 1 <= less)
                return place(first);
            n -= by_rank ? less + 1 : 0;
        }
        if (end || stop == last)
            return code(IPAM_E_EXHAUSTED);
        first = stop + 1;
        i++;
    }
}

/* How many addresses there are, and of each class (16 bits each), and marked. */
static void count_user(struct answer *w, const struct user *u)
{
    static const uint8_t classes[HANDLES] = CLASSES;
    unsigned class = 0;

    for (unsigned h = 0; h < HANDLES; h++)
        if (u->handles >> h & 1 && classes[h] > class)
            class = classes[h];
    w->n++;
    w->a += (number)1 << 16 * class;
    w->b += u->handles >> 3 & 1;
}

static struct answer ask_range(const struct model *m, const struct op *op)
{
    unsigned i = user_at(m, op->a);
    struct answer w = { 0 };

    if (op->a > op->b)
        return code(op->kind == USED ? 0 : IPAM_E_INVAL);
    switch (op->kind) {
    case NEXT_USED:
        return i < m->nusers && m->users[i].a <= op->b ? place(m->users[i].a) : code(IPAM_E_NOENT);
    case USED:
        for (; i < m->nusers && m->users[i].a <= op->b; i++)
            count_user(&w, &m->users[i]);
        return w;
    case NEXT_FREE: return next_free(m, op->a, op->b);
    case LAST_FREE: return last_free(m, op->a, op->b);
    case NTH_FREE: return by_runs(m, op->a, op->b, true, op->n);
    default: return op->n == 0 ? code(IPAM_E_INVAL) : by_runs(m, op->a, op->b, false, op->n);
    }
}

/* --- prefixes --- */

static bool holds(const struct model *m, number a, unsigned length, number b)
{
    return a <= b && b <= number_last(m->bits, a, length);
}

/* Index of the first prefix not before a/length. */
static unsigned network_at(const struct model *m, number a, unsigned length)
{
    unsigned low = 0, high = m->nnetworks;

    while (low < high) {
        unsigned mid = (low + high) / 2;
        const struct network *n = &m->networks[mid];

        if (n->a < a || (n->a == a && n->length < length))
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static struct answer network(const struct model *m, unsigned i)
{
    if (i >= m->nnetworks)
        return code(IPAM_E_NOENT);
    return (struct answer){ .a = m->networks[i].a, .len = m->networks[i].length, .n = m->networks[i].handle };
}

static struct answer insert(struct model *m, number a, uint8_t length, uint64_t handle)
{
    unsigned i = network_at(m, a, length);

    if (i < m->nnetworks && m->networks[i].a == a && m->networks[i].length == length)
        return code(IPAM_E_EXIST);
    memmove(&m->networks[i + 1], &m->networks[i], (m->nnetworks++ - i) * sizeof(m->networks[0]));
    m->networks[i] = (struct network){ a, length, handle };
    return code(0);
}

/* Exactly this prefix is asked for, gets another handle, or goes. */
static struct answer exactly(struct model *m, const struct op *op)
{
    unsigned i = network_at(m, op->a, op->la);
    struct answer w;

    if (i == m->nnetworks || m->networks[i].a != op->a || m->networks[i].length != op->la)
        return code(IPAM_E_NOENT);
    w = (struct answer){ .n = m->networks[i].handle };
    if (op->kind == REPLACE)
        m->networks[i].handle = (uint64_t)op->n;
    if (op->kind == DELETE)
        memmove(&m->networks[i], &m->networks[i + 1], (--m->nnetworks - i) * sizeof(m->networks[0]));
    return w;
}

/* The longest that holds `a` and has at most `most` bits: of those that do, the last in order. */
static unsigned longest(const struct model *m, number a, int most)
{
    unsigned i = network_at(m, a, m->bits + 1);

    while (i-- > 0) {
        if (m->networks[i].length <= most && holds(m, m->networks[i].a, m->networks[i].length, a))
            return i;
    }
    return m->nnetworks;
}

static bool inside(const struct model *m, const struct network *n, number a, unsigned length)
{
    return length == NONE || (n->length > length && holds(m, a, length, n->a));
}

static struct answer next_network(const struct model *m, const struct op *op)
{
    unsigned i = op->lc == NONE ? 0 : network_at(m, op->c, op->lc + 1u), from;

    if (op->la != NONE) {
        from = network_at(m, op->a, op->la + 1u);
        i = from > i ? from : i;
    }
    while (op->kind == NEXT_CHILD && op->lc != NONE && i < m->nnetworks &&
           holds(m, op->c, op->lc, m->networks[i].a))
        i++;
    return i < m->nnetworks && inside(m, &m->networks[i], op->a, op->la) ? network(m, i)
                                                                         : network(m, UINT32_MAX);
}

/* Moves behind `last`; false past the end of all addresses. */
static bool move_behind(number *at, number last)
{
    *at = last + 1;
    return *at != 0;
}

static struct answer free_prefix(const struct model *m, const struct op *op)
{
    number end = number_last(m->bits, op->a, op->la), at = op->a, host, last;
    unsigned length = (unsigned)op->n, i = network_at(m, op->a, op->la + 1u);

    if (length < op->la || length > m->bits)
        return code(IPAM_E_RANGE);
    host = number_last(m->bits, 0, length);
    if (op->lc != NONE && op->c > at)
        at = op->c;
    if ((at & host) != 0 && !move_behind(&at, at | host))
        return code(IPAM_E_EXHAUSTED);
    while (at <= end) {
        while (i < m->nnetworks && number_last(m->bits, m->networks[i].a, m->networks[i].length) < at)
            i++;
        if (i == m->nnetworks || m->networks[i].a > (at | host))
            return (struct answer){ .a = at, .len = length };
        last = number_last(m->bits, m->networks[i].a, m->networks[i].length);
        if (!move_behind(&at, last | host | at))
            break;
    }
    return code(IPAM_E_EXHAUSTED);
}

static struct answer ask_network(struct model *m, const struct op *op)
{
    struct answer w;

    switch (op->kind) {
    case INSERT: return insert(m, op->a, op->la, (uint64_t)op->n);
    case DELETE:
    case REPLACE:
    case GET: return exactly(m, op);
    case MATCH: return network(m, longest(m, op->a, (int)m->bits));
    case PARENT: return network(m, longest(m, op->a, op->la - 1));
    case OVERLAP:
        w = network(m, longest(m, op->a, op->la));
        return w.rc == 0
                   ? w
                   : next_network(m, &(struct op){ .a = op->a, .la = op->la, .lc = NONE, .kind = NEXT });
    case FREE_PREFIX: return free_prefix(m, op);
    default: return next_network(m, op);
    }
}

/* --- ranges --- */

static bool before(const struct range *x, const struct range *y)
{
    if (x->first != y->first)
        return x->first < y->first;
    if (x->last != y->last)
        return x->last < y->last;
    return x->handle < y->handle;
}

static struct answer put_or_take(struct model *m, const struct op *op)
{
    struct range r = { op->a, op->b, (uint64_t)op->n };
    unsigned i = 0;
    bool there;

    while (i < m->nranges && before(&m->ranges[i], &r))
        i++;
    there = i < m->nranges && !before(&r, &m->ranges[i]);
    if (there == (op->kind == PUT))
        return code(there ? IPAM_E_EXIST : IPAM_E_NOENT);
    if (there) {
        memmove(&m->ranges[i], &m->ranges[i + 1], (--m->nranges - i) * sizeof(r));
    } else {
        memmove(&m->ranges[i + 1], &m->ranges[i], (m->nranges++ - i) * sizeof(r));
        m->ranges[i] = r;
    }
    return code(0);
}

static struct answer ask_holders(const struct model *m, const struct op *op)
{
    struct range after = { op->c, op->d, (uint64_t)op->n };
    struct answer w = { 0 };

    for (unsigned i = 0; i < m->nranges && m->ranges[i].first <= op->b; i++) {
        const struct range *r = &m->ranges[i];

        if (r->last < op->a || (op->kind == NEXT_RANGE && op->lc != NONE && !before(&after, r)))
            continue;
        if (op->kind == NEXT_RANGE)
            return (struct answer){ .a = r->first, .b = r->last, .n = r->handle };
        answer_count(&w, r->first, r->last, r->handle);
    }
    return op->kind == NEXT_RANGE ? code(IPAM_E_NOENT) : w;
}

/* --- all --- */

static struct answer walk(const struct model *m)
{
    struct answer w = { 0 };

    for (unsigned i = 0; i < m->nusers; i++) {
        for (unsigned h = 0; h < HANDLES; h++) {
            if (m->users[i].handles >> h & 1)
                answer_count(&w, m->users[i].a, 0, h);
        }
    }
    for (unsigned i = 0; i < m->nnetworks; i++)
        answer_count(&w, m->networks[i].a, m->networks[i].length, m->networks[i].handle);
    for (unsigned i = 0; i < m->nranges; i++)
        answer_count(&w, m->ranges[i].first, m->ranges[i].last, m->ranges[i].handle);
    w.len = m->nusers;
    return w;
}

struct answer model_do(struct model *m, const struct op *op)
{
    switch (op->kind) {
    case ADD: return add(m, op->a, (uint8_t)(1u << op->n));
    case REMOVE: return take_out(m, op->a, (uint8_t)(1u << op->n));
    case ENTRIES: return entries(m, op->a);
    case SETTLE: return code(0);
    case USED:
    case NEXT_FREE:
    case LAST_FREE:
    case NTH_FREE:
    case NEXT_RUN:
    case NEXT_USED: return ask_range(m, op);
    case PUT:
    case TAKE: return op->a > op->b ? code(IPAM_E_INVAL) : put_or_take(m, op);
    case HOLDERS:
    case NEXT_RANGE:
        return op->a > op->b || (op->lc != NONE && op->c > op->d) ? code(IPAM_E_INVAL) : ask_holders(m, op);
    case WALK: return walk(m);
    case EMPTY: m->nusers = m->nnetworks = m->nranges = 0; return code(0);
    default: return ask_network(m, op);
    }
}

bool model_address(const struct model *m, uint64_t i, number *ret_a)
{
    if (m->nusers == 0)
        return false;
    *ret_a = m->users[i % m->nusers].a;
    return true;
}

bool model_prefix(const struct model *m, uint64_t i, number *ret_a, uint8_t *ret_length)
{
    if (m->nnetworks == 0)
        return false;
    *ret_a = m->networks[i % m->nnetworks].a;
    *ret_length = m->networks[i % m->nnetworks].length;
    return true;
}

bool model_range(const struct model *m, uint64_t i, struct op *ret)
{
    const struct range *r;

    if (m->nranges == 0)
        return false;
    r = &m->ranges[i % m->nranges];
    ret->a = r->first;
    ret->b = r->last;
    ret->n = r->handle;
    return true;
}

unsigned model_size(const struct model *m, unsigned structure)
{
    return structure == 0 ? m->nusers : structure == 1 ? m->nnetworks : m->nranges;
}
