/* text.h - a finding as a row: its key, who is in it, what says so, what to do.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFLICT_TEXT_H
#define CONFLICT_TEXT_H

#include "conflict/judge.h"
#include "model/view.h"

/* The row of a finding, in the arena, which has no limit: all but id, rev and what says since when. */
struct ipam_conflict *text_row(struct arena *a, const struct view *v, const struct finding *f);
/* The key of a conflict of that kind at one address. */
#define TEXT_KEY_MAX 160
struct ipam_str text_key_at(uint32_t kind, int64_t space, const struct ipam_addr *addr,
                            char buf[TEXT_KEY_MAX]);

/* What to do about a kind, without names; NULL: of a newer version. */
const char *conflict_advice(uint32_t kind);
/* The type and the id of a party of a conflict; false: it names none. */
bool conflict_party(struct ipam_str text, uint32_t *ret_type, int64_t *ret_id);

#endif
