/* fold.h - several change sets taken together: what they made of each object, from before the first to after the last.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMIT_FOLD_H
#define COMMIT_FOLD_H

#include "base/hash.h"
#include "commit/changelog.h"
#include "model/rules.h"

/* Texts and records are in the arena of the fold. */
struct fold_object {
    uint32_t type;
    int64_t id, first_rev, last_rev;
    struct ipam_str key;  /* as it was called last */
    bool was, is;         /* whether it was there before, and is after */
    uint64_t fields[2];   /* that were changed; of what came or went all */
    void *before, *after; /* those fields, as they were and as they are */
};

struct fold {
    struct arena arena, row; /* row: of one that is only looked at */
    struct imap objects;     /* by type and id */
    struct fold_object **list;
    size_t count, cap, most;
};

/* `most`: objects that it takes. */
void fold_init(struct fold *f, size_t most);
void fold_fini(struct fold *f);
/* Takes a row of the change log, later than those before. `look` (may be NULL): of objects that are shown alone. 0,
 * IPAM_E_INVAL when the row is damaged, IPAM_E_NOMEM, or IPAM_E_TOOBIG when there are more objects than `most`. */
int fold_add(struct fold *f, struct ipam_bytes row, const struct changelog_look *look);
/* Takes of a row only which objects it changes, for fold_touches alone: they are not in the list, and not limited. 0 or an
 * error as above. */
int fold_know(struct fold *f, struct ipam_bytes row);
/* Whether a row changes an object that is there already, but for those that follow from others: 1, 0, or an error as above. Nothing is kept. */
int fold_touches(struct fold *f, struct ipam_bytes row);
/* All of it as what rule_undo takes; in the arena of the fold. */
struct undoing *fold_undoing(struct fold *f);
/* Takes out of `fields` what is as it was before. False: nothing is left, neither came nor went it. */
bool fold_differs(struct fold_object *o);

#endif
