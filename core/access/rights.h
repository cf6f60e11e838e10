/* rights.h - what somebody may, where and when; made of the policies that are his.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Rights add up and nothing takes any away. A right shows all that is in its access scope and its parts, whatever its
 * role may; a fixed group is for the whole network. What nobody shows is hidden: for him it does not exist. */
#ifndef ACCESS_RIGHTS_H
#define ACCESS_RIGHTS_H

#include "access/access.h"
#include "state/state.h"

/* One policy, or the role that the configuration gives. */
struct right {
    const struct role *role;    /* NULL: a role that people made, with `operations` */
    const uint64_t *operations; /* bit n: access_operations[n] */
    struct ipam_str role_name, path, principal; /* `principal`: whose the policy is, himself or a group of his */
    int64_t policy;             /* 0: of the configuration */
    int64_t from, until;        /* it holds in [from, until), UTC milliseconds */
    int64_t max_blocks;         /* -1: any number */
    int min_length4, min_length6;
};
struct rights {
    const struct right *items;
    size_t count;
    /* A token that may less than its owner. */
    const struct right *narrow; /* NULL: it may the same; role_name or path absent: as far as that goes */
};

enum access_verdict {
    ACCESS_ALLOWED,
    ACCESS_DENIED, /* what it is about is visible, or is no object */
    ACCESS_HIDDEN  /* to be answered as if it did not exist */
};
/* `path`: the access scope of the object; absent: the operation is on none. */
enum access_verdict rights_judge(const struct rights *r, const struct operation *op, struct ipam_str path,
                                 int64_t now_ms);
/* The same of one right, token aside. */
bool right_allows(const struct right *r, const struct operation *op);
bool right_holds(const struct right *r, int64_t now_ms);
bool right_covers(const struct right *r, const struct operation *op, struct ipam_str path);
/* Whether he sees what is in the access scope; whether he sees everything; whether he may do it at all, wherever that
 * is. */
bool rights_see(const struct rights *r, struct ipam_str path, int64_t now_ms);
bool rights_see_all(const struct rights *r, int64_t now_ms);
bool rights_somewhere(const struct rights *r, const struct operation *op, int64_t now_ms);

/* The rights of everybody, made when they are asked for and kept until a row of access control changes. Loop thread. */
struct book;
struct book *book_new(const struct state *state);
void book_free(struct book *b);
/* Roles and policies are not what was stored: nobody has a right by them until that is settled. */
void book_distrust(struct book *b, bool distrust);
/* For this turn of the loop only: a change of any row may make them anew. */
const struct rights *book_rights(struct book *b, const struct principal *who);
/* The same through a token that may less: what `role` has too (empty: any), in the access scope of that path (empty:
 * everywhere); nothing when there is no such role or access scope. book_rights does this for tokens that are stored. */
const struct rights *book_narrow(struct book *b, const struct rights *his, struct ipam_str role, struct ipam_str scope);
/* Another number whenever rights, or the access scope of any object, may be others than before. */
uint64_t book_edition(struct book *b);
/* Another number when what he may or sees may have become another: by his own rights, or because an object or access
 * scope went elsewhere. */
uint64_t book_outlook(struct book *b, const struct principal *who);
/* The path of an access scope; /Global for 0 and for one that is not there. */
struct ipam_str book_path(const struct view *v, int64_t scope);

#endif
