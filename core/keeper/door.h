/* door.h - the daemon's side of a helper's doorman: whom it lets through, and whom it did not.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef KEEPER_DOOR_H
#define KEEPER_DOOR_H

#include "base/loop.h"
#include "ipam/types.h"

struct door;

/* Takes over the descriptor of keeper_start. `refused`: the helper tried to reach this, or the first of so
 * many. */
struct door *door_open(struct loop *loop, int fd,
                       void (*refused)(void *user, const char *what, unsigned count), void *user);
/* From now on the helper may reach this server, a name or an address, or may not any more. What it is told
 * afterwards to do finds it so. False: the doorman does not take it. A name that is too long for a host is
 * passed over. */
bool door_tell(struct door *d, bool admit, const char *server);
/* For a while the helper may send echo requests to these addresses; of more than DOOR_ECHO_MAX, to the first. False: the
 * doorman does not take it. */
bool door_tell_echo(struct door *d, const struct ipam_addrs *addresses);
/* NULL-safe. */
void door_close(struct door *d);

#endif
