/* view.h - what a rule may ask and change: the seam between the rules and the state.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The rules of this room are pure functions over a view (what is there) and a draft (what this batch adds).
 * core/state answers; a test may answer with a model of its own. A view without a draft shows the last
 * durable batch; with one it shows also the drafts accepted so far, and an address freed by them stays in
 * use. */
#ifndef MODEL_VIEW_H
#define MODEL_VIEW_H

#include "model/problem.h"
#include "net/addr.h"

struct view;
struct draft;

/* A row: resident, or (in a draft) fetched or drafted in this batch; NULL when there is none. */
const void *view_get(const struct view *v, uint32_t type, int64_t id);
/* Whether the draft deletes it. */
bool view_is_gone(const struct view *v, uint32_t type, int64_t id);
/* Id of the space, server, secret, role, user, group, pool, saved query, VLAN group or VRF of that name, of the conflict
 * of that key, of the custom field or logical group of that name in any case of letters, of the access scope of that
 * path, of the seal or verifier of that place, of the session with that prefix, of the allotment of that owner;
 * 0: none. */
int64_t view_by_name(const struct view *v, uint32_t type, struct ipam_str name);
/* Id of a server's superscope of that name and protocol (IPAM_SUPERSCOPE_FAMILY_*; 0: both); 0: none. */
int64_t view_superscope(const struct view *v, int64_t server, uint32_t family, struct ipam_str name);
/* Id of the VLAN of that group with that VLAN id; 0: none. */
int64_t view_vlan(const struct view *v, int64_t group, int64_t vid);
/* The same by its name. */
int64_t view_vlan_named(const struct view *v, int64_t group, struct ipam_str name);
/* Id of the policy with the principal, role and scope that `like` has; 0: none. */
int64_t view_policy(const struct view *v, const struct ipam_access_policy *like);
/* Id of the alert about that object; 0: there is none. */
int64_t view_alert(const struct view *v, int64_t object);
/* The block of which the access scope was asked last; empty (block 0) when a row has changed since. NULL: the view is of
 * a draft, whose rows may change at any time. */
struct view_memo {
    int64_t block, scope;
};
struct view_memo *view_memo(const struct view *v);
/* Whether any object may be in an access scope of its own. */
bool view_is_scoped(const struct view *v);
/* Id of the block or subnet with exactly this prefix; 0: none. */
int64_t view_by_prefix(const struct view *v, uint32_t type, int64_t space, const struct ipam_prefix *p);
/* Id of the longest block or subnet that contains p; `strict`: p itself does not count. 0: none. */
int64_t view_enclosing(const struct view *v, uint32_t type, int64_t space, const struct ipam_prefix *p,
                       bool strict);
/* Id of the first block or subnet strictly inside p; 0: none. view_next_inside: of the first behind `after` (NULL: of all),
 * in the order of prefixes. */
int64_t view_next_inside(const struct view *v, uint32_t type, int64_t space, const struct ipam_prefix *p,
                         const struct ipam_prefix *after);
int64_t view_first_inside(const struct view *v, uint32_t type, int64_t space, const struct ipam_prefix *p);
/* Calls fn for each range that overlaps [first, last]; another value than 0 ends the walk and is returned. */
int view_ranges(const struct view *v, int64_t space, const struct ipam_addr *first,
                const struct ipam_addr *last, int (*fn)(void *user, const struct ipam_range *r), void *user);
/* Calls fn for each scope of the space whose prefix holds the address, longest prefix first. */
int view_scopes_at(const struct view *v, int64_t space, const struct ipam_addr *a,
                   int (*fn)(void *user, const struct ipam_scope *s), void *user);
/* Calls fn for each row of a resident type; another value than 0 ends the walk and is returned. */
int view_each(const struct view *v, uint32_t type, int (*fn)(void *user, const void *row), void *user);
/* Ids of addresses that have that value of the custom field of that name (absent: any value): up to max; returns how
 * many there are. Their rows are those that were fetched for the draft. */
size_t view_addresses_with(const struct view *v, struct ipam_str field, struct ipam_str value, int64_t *ret,
                           size_t max);
/* Calls fn for each object that is in an access scope of its own, in no order; as view_each. */
int view_each_scoped(const struct view *v, int (*fn)(void *user, const void *row), void *user);
/* Who uses an address: up to max (type, id) pairs; returns how many there are. */
struct view_user {
    uint32_t type;
    int64_t id;
};
size_t view_users(const struct view *v, int64_t space, const struct ipam_addr *a, struct view_user *ret,
                  size_t max);
/* First or last free address in [first, last], or the one with `rank` free ones before it (rank counts
 * durable use only): 0 or IPAM_E_EXHAUSTED. */
int view_next_free(const struct view *v, int64_t space, const struct ipam_addr *first,
                   const struct ipam_addr *last, struct ipam_addr *ret);
int view_last_free(const struct view *v, int64_t space, const struct ipam_addr *first,
                   const struct ipam_addr *last, struct ipam_addr *ret);
int view_nth_free(const struct view *v, int64_t space, const struct ipam_addr *first,
                  const struct ipam_addr *last, struct ipam_u128 rank, struct ipam_addr *ret);
/* Where the first run of n (1 or more) free addresses in [first, last] begins: 0 or IPAM_E_EXHAUSTED. */
int view_next_run(const struct view *v, int64_t space, const struct ipam_addr *first,
                  const struct ipam_addr *last, uint32_t n, struct ipam_addr *ret);
/* The first prefix of `length` bits inside `within`, at or after the address of `from` (NULL: from the start), that
 * overlaps no block strictly inside `within`, no subnet and no address in use: 0, IPAM_E_RANGE for a length that does
 * not fit, or IPAM_E_EXHAUSTED. */
int view_next_prefix(const struct view *v, int64_t space, const struct ipam_prefix *within, uint8_t length,
                     const struct ipam_prefix *from, struct ipam_prefix *ret);
/* The first address of `within` at or after `from` that lies in no subnet strictly inside `within`: 0, or
 * IPAM_E_EXHAUSTED. A subnet that the draft takes away still counts. */
int view_next_bare(const struct view *v, int64_t space, const struct ipam_prefix *within,
                   const struct ipam_addr *from, struct ipam_addr *ret);
/* Addresses in use in [first, last], those of the draft too: one that is both counts twice. */
struct ipam_u128 view_taken(const struct view *v, int64_t space, const struct ipam_addr *first,
                            const struct ipam_addr *last);
/* Different addresses durably in use in [first, last]. */
struct ipam_u128 view_used(const struct view *v, int64_t space, const struct ipam_addr *first,
                           const struct ipam_addr *last);
/* What an address in use is used for: the last that holds of those who use it. */
enum use {
    USE_STATIC,      /* the plan gives it to a holder */
    USE_STATELESS,   /* its holder made it by itself (IPv6) */
    USE_RESERVED,    /* it is kept: by a DHCP reservation or by the plan */
    USE_LEASED,      /* a DHCP server leases it, or the plan says so */
    USE_QUARANTINED, /* it was released and is kept back, or a DHCP server was told that somebody else has it */
    USES
};
/* Different addresses durably in use in [first, last]: by use; and those that are addresses of the plan. */
struct view_use {
    uint64_t of[USES], planned;
};
void view_use(const struct view *v, int64_t space, const struct ipam_addr *first,
              const struct ipam_addr *last, struct view_use *ret);
/* Calls fn for each exclusion that a DHCP server of the space durably has in [first, last], in no order; as view_each. */
int view_exclusions(const struct view *v, int64_t space, const struct ipam_addr *first,
                    const struct ipam_addr *last, int (*fn)(void *user, const struct ipam_exclusion *e),
                    void *user);
/* The first address in use in [first, last], drafts included: 0 or IPAM_E_NOENT. */
int view_first_used(const struct view *v, int64_t space, const struct ipam_addr *first,
                    const struct ipam_addr *last, struct ipam_addr *ret);

/* The draft of one intent. It is a view too. */
const struct view *draft_view(const struct draft *d);
/* Time of the batch by the backend's clock, UTC milliseconds. */
int64_t draft_now(const struct draft *d);
/* The revision that what the open intent drafts has. */
int64_t draft_revision(const struct draft *d);
/* Memory for as long as the batch is open: for what is put into rows. */
struct arena *draft_arena(struct draft *d);
/* Adds a row. `rec` is copied; its id and revision are set in place, whatever they were: an intent may be
 * decided again. */
void draft_put(struct draft *d, void *rec);
/* Replaces the row `before`, which must live as long as the draft (NULL: adds one). Nothing differs: drafts
 * nothing. */
void draft_replace(struct draft *d, const void *before, void *rec);
/* Adds a row that was there once, with the id it had. */
void draft_restore(struct draft *d, void *rec);
/* Removes a row; `before` is the row as it is. */
void draft_delete(struct draft *d, const void *before);
/* Where the draft of the open intent stands; and back to there: what was drafted since is taken back. So a part of
 * an intent can fail alone. */
struct draft_place {
    size_t undo;
    int64_t next_id;
    bool changed;
};
struct draft_place draft_place(const struct draft *d);
void draft_back(struct draft *d, const struct draft_place *place);
/* A row of a type that is not resident, fetched for this batch or drafted in it, whose KEY+INDEXED field and
 * whose CONTAINER have the values `like` has; NULL: none. */
const void *draft_find(const struct draft *d, uint32_t type, unsigned field, const void *like);

#endif
