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
/* Id of the space or server of that name; 0: none. */
int64_t view_by_name(const struct view *v, uint32_t type, struct ipam_str name);
/* Id of the block or subnet with exactly this prefix; 0: none. */
int64_t view_by_prefix(const struct view *v, uint32_t type, int64_t space, const struct ipam_prefix *p);
/* Id of the longest block or subnet that contains p; `strict`: p itself does not count. 0: none. */
int64_t view_enclosing(const struct view *v, uint32_t type, int64_t space, const struct ipam_prefix *p,
                       bool strict);
/* Id of the first block or subnet strictly inside p; 0: none. */
int64_t view_first_inside(const struct view *v, uint32_t type, int64_t space, const struct ipam_prefix *p);
/* Calls fn for each range that overlaps [first, last]; another value than 0 ends the walk and is returned. */
int view_ranges(const struct view *v, int64_t space, const struct ipam_addr *first,
                const struct ipam_addr *last, int (*fn)(void *user, const struct ipam_range *r), void *user);
/* Calls fn for each scope of the space whose prefix holds the address, longest prefix first. */
int view_scopes_at(const struct view *v, int64_t space, const struct ipam_addr *a,
                   int (*fn)(void *user, const struct ipam_scope *s), void *user);
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
/* Different addresses durably in use in [first, last]. */
struct ipam_u128 view_used(const struct view *v, int64_t space, const struct ipam_addr *first,
                           const struct ipam_addr *last);
/* The first address in use in [first, last], drafts included: 0 or IPAM_E_NOENT. */
int view_first_used(const struct view *v, int64_t space, const struct ipam_addr *first,
                    const struct ipam_addr *last, struct ipam_addr *ret);

/* The draft of one intent. It is a view too. */
const struct view *draft_view(const struct draft *d);
/* Time of the batch by the backend's clock, UTC milliseconds. */
int64_t draft_now(const struct draft *d);
/* Adds a row. `rec` is copied; its id and revision are set in place, whatever they were: an intent may be
 * decided again. */
void draft_put(struct draft *d, void *rec);
/* Replaces the row `before`, which must live as long as the draft (NULL: adds one). Nothing differs: drafts
 * nothing. */
void draft_replace(struct draft *d, const void *before, void *rec);
/* Removes a row; `before` is the row as it is. */
void draft_delete(struct draft *d, const void *before);
/* A row of a type that is not resident, fetched for this batch or drafted in it, whose KEY+INDEXED field and
 * whose CONTAINER have the values `like` has; NULL: none. */
const void *draft_find(const struct draft *d, uint32_t type, unsigned field, const void *like);

#endif
