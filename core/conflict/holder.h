/* holder.h - who holds an address, as each source knows him, and whether two sources mean the same.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFLICT_HOLDER_H
#define CONFLICT_HOLDER_H

#include "record/record.h"

enum holder_answer {
    HOLDER_UNKNOWN, /* they have nothing in common to compare */
    HOLDER_SAME,
    HOLDER_OTHER
};
/* Rows of an address of the plan, a reservation or a lease, in any mix. Same is who has one identifier in
 * common, whatever the others say: a card in another host, another system on the same card. A hardware
 * address inside of a DUID can tell that he is the same, never that he is another: hosts have several
 * cards and one DUID. */
enum holder_answer holder_compare(const void *a, const void *b);

/* Whether they say the same of him, in all that is compared. */
bool holder_equal(const void *a, const void *b);

#define HOLDER_IDENTITY_MAX 264
/* By what a reservation knows its client, the same bytes however that is written (a client identifier that
 * is a hardware address is that one); with the IAID when there is one. Returns the length, 0: by nothing. */
size_t holder_identity(const struct ipam_reservation *r, uint8_t buf[HOLDER_IDENTITY_MAX]);

#endif
