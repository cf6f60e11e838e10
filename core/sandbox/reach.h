/* reach.h - how a process with a network fence reaches its servers: by another process.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A call that brings an address is not made by the process itself (network.c): the kernel turns it into a
 * signal, in whose handler a copy of the address goes with the socket to the doorman
 * (core/keeper/doorman.h). That one judges its copy, and connects to it or sends: both have the same
 * socket. Who made the call sees what the kernel would have answered. */
#ifndef SANDBOX_REACH_H
#define SANDBOX_REACH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* The descriptor by which the doorman is asked: a SOCK_SEQPACKET, connected, so that no address is heeded
 * on it. */
#define REACH_FD       4
#define REACH_DATA_MAX 65536u /* bytes of a datagram */

enum reach_op { REACH_CONNECT = 1, REACH_SEND };
/* What is asked, followed by the data; with two descriptors: the socket, and one that the reply is sent to.
 * */
struct reach_request {
    uint32_t op, flags; /* SEND: of sendto(2) */
    uint32_t address_len, data_len;
    unsigned char address[sizeof(struct sockaddr_storage)];
};
struct reach_reply {
    int32_t result;   /* bytes, 0, or -errno */
    int32_t blocking; /* the socket is one on which calls wait */
};

/* Whether this build knows how to answer a call that was trapped: a matter of the machine. */
bool reach_known_here(void);
/* Calls are answered from now on; without a doorman each with EACCES. */
void reach_begin(bool doorman);
/* Async-signal-safe, for a handler of SIGSYS: answers the call that was trapped with this context
 * (ucontext_t), if it is one of those. */
bool reach_answer(int number, void *context);

#endif
