/* pieces.h - a change in pieces: the commands of Kea's hooks that make one configuration of another. Pure.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef KEA_PIECES_H
#define KEA_PIECES_H

#include "config.h"

/* So many commands at the most, and of these so many that change subnets or networks: clients wait until the last
 * of them is done, and beyond that one config-set serves them better (README.md has the measurements). */
#define KEA_PIECES_MAX   16
#define KEA_PIECES_HEAVY 8
/* The hooks as they come with Kea itself, 3.0; before, they were sold apart and are not known to us. */
#define KEA_PIECES_VERSION 300

/* In the order in which they are sent: what others need comes first, what they no longer need last. */
enum kea_verb {
    KEA_CLASS_ADD,
    KEA_CLASS_UPDATE,
    KEA_RESERVATION_DEL,
    KEA_SUBNET_DEL,
    KEA_NETWORK_DEL,
    KEA_NETWORK_ADD,
    KEA_SUBNET_ADD,
    KEA_NETWORK_SUBNET_ADD,
    KEA_SUBNET_UPDATE,
    KEA_RESERVATION_UPDATE,
    KEA_RESERVATION_ADD,
    KEA_CLASS_DEL,
};

struct kea_piece {
    enum kea_verb verb;
    const char *command;
    struct ipam_str arguments; /* JSON text */
};
struct kea_pieces {
    struct arena arena;
    struct kea_piece items[KEA_PIECES_MAX];
    size_t count;
};

/* The commands that make `to` of `from`, each of which says all of the object that it adds or changes, in
 * the text of `to`. 0, also when nothing differs; IPAM_E_UNSUPPORTED: no such commands make it, or too many
 * would; IPAM_E_NOMEM. *ret is to be ended whatever is returned. */
int kea_pieces_between(const struct kea_config *from, const struct kea_config *to, struct kea_pieces *ret);
/* Also of one that is all zeroes. */
void kea_pieces_fini(struct kea_pieces *p);

#endif
