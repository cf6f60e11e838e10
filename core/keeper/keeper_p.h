/* keeper_p.h - the messages between the daemon and its keeper.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Both ends are the same program, so the messages are plain structs: one a SOCK_SEQPACKET datagram. */
#ifndef KEEPER_KEEPER_P_H
#define KEEPER_KEEPER_P_H

#include <stdint.h>
#include <sys/types.h>

#include "sandbox/sandbox.h"

#define KEEPER_PLUGIN_MAX 32 /* bytes of a plugin's bare name */

/* Daemon to keeper: what to start (enum keeper_run), answered by STARTED in the order it was asked, or
 * KEEPER_KILL. */
#define KEEPER_KILL 100u
struct keeper_order {
    uint32_t op;
    int32_t pid;                /* KILL */
    uint32_t memory_mib, files; /* limits of the helper; 0: none */
    char plugin[KEEPER_PLUGIN_MAX + 1];
    char sandbox[SANDBOX_WORDS_MAX]; /* of the helper; sent up to its NUL, which need not be there */
};

/* Keeper to daemon. A STARTED with a pid above 0 carries the daemon's end of the helper's socket, and that
 * of its doorman's door when it has one. */
enum keeper_event { KEEPER_STARTED = 1, KEEPER_ENDED };
struct keeper_report {
    uint32_t event;
    int32_t pid;    /* STARTED: or -errno */
    int32_t status; /* ENDED: as waitpid gives it, or KEEPER_EXIT_ALONE as one */
};

/* The life of the keeper process; returns its exit status. */
int keeper_process(int fd, const char *binary, enum sandbox_mode mode);

#define KEEPER_PASSED 2 /* descriptors of a report, at most */
/* Sends one report with those of `pass` that are not -1 as SCM_RIGHTS; 0 or -errno. */
int keeper_send(int fd, const struct keeper_report *report, const int pass[KEEPER_PASSED]);
/* Receives one: 1, 0 at the end, or -errno (-EAGAIN when flags have MSG_DONTWAIT and there is none; -EPROTO
 * for what the keeper never sends: of another length or kind, with a descriptor too many or too few). */
int keeper_receive(int fd, int flags, struct keeper_report *ret_report, int ret_passed[KEEPER_PASSED]);
/* The same for orders, of which none carries a descriptor. Never waits. */
int keeper_receive_order(int fd, struct keeper_order *ret);

#endif
