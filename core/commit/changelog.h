/* changelog.h - the packed log row of one change set.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMIT_CHANGELOG_H
#define COMMIT_CHANGELOG_H

#include "commit/gate.h"

/* Frames (record_frame) of an ipam_change and of an ipam_change_item for each logged op. */
void changelog_write(const struct intent *in, int64_t now_ms, const struct draft_op *ops, size_t count,
                     struct strbuf *out);
/* Reads one frame at *pos: 1 and the record (in the arena), 0 at the end, IPAM_E_INVAL when the row is
 * damaged. */
int changelog_read(struct ipam_bytes row, size_t *pos, struct arena *a, void **ret);

#endif
