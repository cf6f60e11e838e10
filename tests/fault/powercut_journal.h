/* powercut_journal.h - the journal that powercut.so writes; its records are described in powercut.h.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef FAULT_POWERCUT_JOURNAL_H
#define FAULT_POWERCUT_JOURNAL_H

#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "powercut.h"

#define JOURNAL_PARTS 64

/* Ends the process with `what` and errno: a simulation that cannot go on must not look like a test that passed. */
void powercut_die(const char *what) __attribute__((noreturn));

/* Append one record, under the caller's lock. The first one makes the file; one that exists is refused, since it
 * would be another process's. They keep errno, so that they can stand between a call and its return. */
void journal_put(enum powercut_type type, ino_t file, uint64_t offset, uint64_t upto, const struct iovec *parts,
                 int count);
void journal_note(enum powercut_type type, ino_t file, uint64_t offset, uint64_t upto);
void journal_name(enum powercut_type type, ino_t file, const char *name);

/* How many there are. */
uint64_t journal_records(void);

#endif
