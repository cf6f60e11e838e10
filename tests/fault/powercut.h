/* powercut.h - what the preloaded powercut.so and powercut.py, which plays its journal back, tell each other.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef FAULT_POWERCUT_H
#define FAULT_POWERCUT_H

#include <stdint.h>

#define POWERCUT_MAGIC 0x54554370u

/* Files are told apart by inode number; one that a CREATE gives out again is a new file. Names are in the folder. */
enum powercut_type {
    POWERCUT_OPEN = 1,     /* file, name: the file has this name */
    POWERCUT_CREATE,       /* file, name: the name was new, or had been removed */
    POWERCUT_WRITE,        /* file, offset, data: about to be written */
    POWERCUT_SIZE,         /* file, offset: about to be given this size */
    POWERCUT_SHORT,        /* `offset` bytes of the WRITE before were written; the change before failed */
    POWERCUT_SYNC,         /* file, upto: what the first `upto` records did to it is durable */
    POWERCUT_SYNC_FAILED,  /* file, upto: of that nobody knows what is durable, and no later sync will see to it */
    POWERCUT_SYNC_DROPPED, /* file: the daemon was told of a sync that did not happen */
    POWERCUT_FOLDER_SYNC,  /* upto: names that the first `upto` records made or removed are durable */
    POWERCUT_RENAME,       /* name, NUL, new name: about to be done */
    POWERCUT_UNLINK,       /* name: about to be removed */
};

/* `length` bytes of data or names follow. Byte order of the machine. */
struct powercut_record {
    uint32_t magic, type;
    uint64_t file, offset, length, upto;
};

/* Shared with the harness. A countdown of N makes the N-th event from now special; 0: none. Victims are the files
 * whose names end in POWERCUT_SUFFIX. Of their syncs those count that have something to sync. */
struct powercut_control {
    uint32_t delay_us;     /* how long each sync takes */
    uint32_t drop;         /* sync of a victim: acknowledged, not done; the next one waits for the power to go */
    uint32_t fail;         /* sync of a victim: EIO */
    uint32_t crash;        /* write to another file: SIGKILL instead */
    uint32_t syncs;        /* syncs of victims so far */
    uint32_t unused;
    uint64_t fired_ns;     /* CLOCK_MONOTONIC of what a countdown ended with; 0 before */
};

#endif
