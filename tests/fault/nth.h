/* nth.h - what the preloaded nth.so and nth.py tell each other.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef FAULT_NTH_H
#define FAULT_NTH_H

#include <stdint.h>

/* Who is counted: the first process that maps the file, those that come after it, or all. */
enum nth_who { NTH_FIRST, NTH_OTHERS, NTH_ALL };

/* Shared with the harness, which writes `at` last and 0 to it first. */
struct nth_control {
    uint64_t mask;   /* bit per call, in the order of NTH_CALLS: these are counted */
    uint64_t at;     /* the at-th of them fails; 0: nothing is counted */
    uint64_t hold;   /* so many more after it fail too */
    uint64_t count;  /* counted since `at` was set */
    uint64_t hits;   /* failed since */
    int64_t error;   /* errno; 0: half of the transfer is done */
    int64_t wall_ms; /* how far the wall clock is ahead; always */
    int64_t live;    /* blocks that the first process has allocated and not freed; always */
    uint64_t who;
    uint64_t pid;  /* of the first process */
    char last[32]; /* the call that failed last */
};

/* X(name), in the order of the mask. Names for 64-bit offsets are the same call. */
#define NTH_CALLS(X)                                                                                         \
    X(malloc)                                                                                                \
    X(open) X(read) X(readv) X(write) X(writev) X(pread) X(pwrite) X(fsync) X(fdatasync) X(ftruncate)        \
        X(unlink) X(rename) X(stat) X(fstat) X(fcntl) X(mmap) X(socket) X(socketpair) X(bind) X(listen)      \
            X(connect) X(accept) X(send) X(recv) X(sendmsg) X(recvmsg) X(getsockname) X(getpeername)         \
                X(getsockopt) X(setsockopt) X(epoll_create) X(epoll_ctl) X(epoll_wait) X(eventfd) X(pipe)    \
                    X(getrandom) X(pthread_create) X(fork) X(chmod) X(mkdir) X(shutdown) X(dup)

#endif
