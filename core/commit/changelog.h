/* changelog.h - the packed log row of one change set.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMIT_CHANGELOG_H
#define COMMIT_CHANGELOG_H

#include "commit/gate.h"

/* Frames (record_frame) of an ipam_change and of an ipam_change_item for each logged op of the draft. */
void changelog_write(const struct intent *in, const struct draft *d, const struct draft_op *ops, size_t count,
                     struct strbuf *out);
/* Reads one frame at *pos: 1 and the record (in the arena), 0 at the end, IPAM_E_INVAL when the row is
 * damaged. */
int changelog_read(struct ipam_bytes row, size_t *pos, struct arena *a, void **ret);

/* For who may not see every object. `shows` says which are shown, and may make another of one: its arena is that of the
 * call. `trim` takes out of an object's fields what is not shown of them; NULL for the look: all is shown. */
struct changelog_look {
    bool (*shows)(void *user, struct ipam_change_item *item);
    void (*trim)(void *user, void *fields);
    void *user;
};
/* The change alone, as it is for who sees only some of its objects: named and counted are those. 1, 0 when he sees none,
 * or an error as of changelog_read. In the arena. */
int changelog_head(struct ipam_bytes row, struct arena *a, const struct changelog_look *look, struct ipam_change **ret);
/* The change with its objects as JSON: the members of an ipam_change, then "items", each with type, id, verb, key
 * and "fields": all of an object that was added; of one that was changed those that are others, null for one
 * that was emptied. 0, IPAM_E_INVAL when the row is damaged, IPAM_E_NOMEM, or IPAM_E_TOOBIG when `out` takes no more. `each`
 * (may be NULL) hears of each object. */
int changelog_json(struct ipam_bytes row, struct arena *a, struct strbuf *out,
                   void (*each)(void *user, const struct ipam_change_item *item), void *user);
/* The same of the objects that are shown, and `each` hears of those alone; 1 when there is none: then nothing is
 * written. */
int changelog_json_shown(struct ipam_bytes row, struct arena *a, struct strbuf *out, const struct changelog_look *look,
                         void (*each)(void *user, const struct ipam_change_item *item), void *user);

#endif
