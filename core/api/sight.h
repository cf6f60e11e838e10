/* sight.h - what a caller sees and may, object by object.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * What is outside of somebody's access scopes does not exist for him: lists, counts, search, changes, references and
 * refusals are as if it were not there. Utilisation alone counts everything, for it would be wrong otherwise. */
#ifndef API_SIGHT_H
#define API_SIGHT_H

#include "access/rights.h"
#include "commit/changelog.h"
#include "model/rules.h"

#define SIGHT_KNOWN 16  /* a power of two */
#define SIGHT_TEXTS 256 /* parties of a conflict, members of a pool */

struct sight {
    struct book *book;
    const struct state *state;
    const struct principal *who;    /* lives as long */
    const struct operation *op;     /* what he wants to do */
    const struct operation *making; /* what he must be allowed where objects are drafted; NULL: `op` */
    bool still;  /* of one request: what his rights were when it came counts as long as it takes */
    bool by_row; /* what he does to each object is what must be allowed there, whatever `op` is */
    bool judged; /* whether he may was judged as each object was drafted: sight_check_draft says yes */
    uint64_t edition;
    int64_t now_ms;
    bool all;             /* he sees every object */
    bool persons;         /* and may read of users */
    struct sight_ref {    /* what was named last: rows that follow each other name the same */
        uint64_t changes; /* of the state then */
        uint32_t type;
        int64_t id;
        bool seen;
    } ref;
    struct sight_scope {
        int64_t scope; /* -1: nothing is known */
        bool seen;
    } known[SIGHT_KNOWN];
    struct ipam_str parties[SIGHT_TEXTS], evidence[SIGHT_TEXTS]; /* of what was trimmed last */
};
void sight_init(struct sight *s, struct book *b, const struct state *state, const struct principal *who,
                const struct operation *op);
/* Whether he sees every object; a row as the view has it; the row of that id. */
bool sight_all_anew(struct sight *s);
static inline bool sight_all(struct sight *s)
{
    return s->still ? s->all : sight_all_anew(s);
}
/* Whether he also sees every object of the change log: users and their tokens are for administrators. */
bool sight_whole(struct sight *s);
bool sight_sees(struct sight *s, const struct view *v, const void *rec);
/* Whether he sees every object that is of the kind of this one. */
bool sight_sees_any(struct sight *s, const void *rec);
/* Whether he made the query. */
bool sight_made(const struct sight *s, const struct ipam_saved_query *q);
bool sight_sees_ref(struct sight *s, const struct view *v, uint32_t type, int64_t id);
/* How the change log is for him: what was done where he sees it, by where it was then. What was taken out of his sight is
 * gone for him. The look is of `s`. */
struct changelog_look sight_look(struct sight *s);
/* Whether he may do `op` on the row as the view has it, at that time. */
enum access_verdict sight_judge(struct sight *s, const struct view *v, const struct operation *op,
                                const void *rec, int64_t now_ms);
/* 0, or an error with the problem, which is the same whatever is hidden there. */
int sight_may(struct sight *s, const struct view *v, const void *rec, int64_t now_ms, struct problem *p);
int sight_denied(const struct sight *s, const struct operation *op, struct problem *p);
/* As a rule of its own behind a decision: whether he may do all that the open intent of the draft does. */
int sight_check_draft(struct sight *s, struct draft *d, struct problem *p);
/* Before and after a block or subnet is made: by a right that limits how many there may be, or how large. */
int sight_allot(struct sight *s, struct draft *d, void *rec, struct problem *p);
/* When a block or subnet has become larger: only by a right that limits neither number nor size. */
int sight_enlarge(struct sight *s, struct draft *d, const void *rec, struct problem *p);
/* Whether a row may name another that somebody does not see. */
bool sight_names_others(const void *rec);
/* What a row that replaces another leaves out, because he does not see it, stays. */
void sight_keep_named(struct sight *s, const struct view *v, const void *before, void *given);
/* Whether he sees the VLAN group, VLAN and VRF that a row names. Of a pool that is given, or given in part for the row
 * before: whether he sees what it names as members and, where the
 * row has others, these too. Else an error: what he does not see is no member that he could give. */
int sight_check_members(struct sight *s, const struct view *v, const void *before, const void *rec,
                        struct problem *p);
/* Whether he sees what a pool has as a member, "TYPE ID". */
bool sight_sees_member(struct sight *s, const struct view *v, struct ipam_str member);
/* Takes out of a row what would tell of one that he does not see. `rec` is his own copy; what it points to may be the
 * row's, or of `s` until the next is trimmed. */
void sight_trim(struct sight *s, const struct view *v, void *rec);
/* A refusal that names a row: if he does not see that one, it is said without the name. */
void sight_veil(struct sight *s, const struct view *v, struct problem *p);

#endif
