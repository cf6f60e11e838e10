/* doorman.h - the process beside a helper that reaches its servers for it, and nobody else.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Forked by the keeper with a helper whose rules have "network", one each: a helper that keeps it busy
 * keeps nobody else waiting. It ends with its helper, with the daemon's end of its door, or with the
 * keeper. */
#ifndef KEEPER_DOORMAN_H
#define KEEPER_DOORMAN_H

#include <stdint.h>
#include <sys/types.h>

#include "keeper/keeper_p.h"

#define DOOR_SERVER_MAX 512 /* bytes of a server's name */

#define DOOR_ECHO_MAX 1024 /* addresses of one datagram */

/* From the daemon on the door, a SOCK_SEQPACKET, each a datagram: "+SERVER" may be reached from now on,
 * "-SERVER" not any more; "?" and addresses of 16 bytes, IPv4 as IPv6 has it: an echo request may be sent to these for a
 * while. To the daemon: what was refused. */
struct door_report {
    uint32_t count; /* times since the last one */
    char text[140]; /* what was to be reached the first time */
};

/* Forks it for a helper that has the other end of `requests`, a socketpair. Its pid and the daemon's end of
 * its door, or -errno. */
pid_t doorman_start(const struct keeper_order *order, int requests, int *ret_door);

#endif
