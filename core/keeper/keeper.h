/* keeper.h - the small process that starts helper processes and passes their sockets.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Forked by main before any thread, listener or dlopen exists. It executes one binary only
 * (ipam-provider-host), reaps it, and reports its end. It dies with the daemon, and its helpers with it. */
#ifndef KEEPER_KEEPER_H
#define KEEPER_KEEPER_H

#include <sys/types.h>

#include "base/loop.h"
#include "sandbox/sandbox.h"

/* Forks the keeper, which enters its sandbox. `binary` is the absolute path of the helper. Call first in main.
 * Returns the socket to it, or -errno. */
int keeper_fork(const char *binary, enum sandbox_mode mode);

struct keeper; /* the daemon's side, on its loop */
/* The exit status that is told of a helper which was ended because its doorman had ended before. */
#define KEEPER_EXIT_ALONE 84
/* `helper_ended` is called when a started helper has ended (wait status). When the keeper itself is gone, its
 * helpers are, too: it is called once with pid 0, and starts answer -EPIPE from then on. */
struct keeper *keeper_open(struct loop *loop, int fd,
                           void (*helper_ended)(void *user, pid_t pid, int wait_status), void *user);
/* What a helper is started for. RUN: the daemon's socket is its descriptor 3. DESCRIBE, CHECK: it is asked
 * something, and the socket is its standard input and output. */
enum keeper_run { KEEPER_RUN = 1, KEEPER_DESCRIBE, KEEPER_CHECK };
struct keeper_limits {
    unsigned memory_mib; /* of data that it allocates, twice over: it ends itself before; 0: none */
    unsigned files;      /* descriptors; 0: as the daemon has */
};
/* Starts one helper for `plugin`, which is to enter a sandbox of these rules; `started` gets its pid and
 * our end of a SOCK_STREAM socket pair, or pid -errno. When it is to RUN and the rules have "network", a
 * doorman stands beside it, and `door` is for door_open; else -1. Calls are answered in order. */
void keeper_start(struct keeper *k, enum keeper_run how, const char *plugin,
                  const struct keeper_limits *limits, const struct sandbox_words *sandbox,
                  void (*started)(void *user, pid_t pid, int fd, int door), void *user);
/* Asks the keeper to kill a helper it started (SIGKILL). */
void keeper_kill(struct keeper *k, pid_t pid);
/* Closes; the keeper kills what is left, exits and is reaped. Starts that were not answered are forgotten. */
void keeper_close(struct keeper *k);

#endif
