/* archive.h - the configurations of DHCP servers as they were: kept while they are read, shown, compared, restored.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * One row server_config for each state that a part of a server was seen in, from when to when; its text is in rows
 * config_piece, compressed: what is shown, and the whole with its secrets, sealed under a key of the vault. Loop thread
 * only; callbacks never run inside the call that registers them. */
#ifndef ARCHIVE_ARCHIVE_H
#define ARCHIVE_ARCHIVE_H

#include "commit/gate.h"
#include "vault/vault.h"

struct archive;
struct archive_config {
    struct state *state;
    struct store *store;
    struct gate *gate;
    struct vault *vault;
};
typedef void (*archive_done)(void *user, int status, const char *message);

struct archive *archive_new(const struct archive_config *config);
/* Nothing of it is under way. */
void archive_free(struct archive *a);
/* How many states of one part are kept, and how long after another took the place. The newest stays, and what a plan may
 * have to be undone to. */
void archive_policy(struct archive *a, unsigned most, int64_t keep_ms);

/* --- keeping --- */

/* A server is being read: its rows ipam_config_text come in order, then its end or that nothing is to be kept. */
struct archive_visit;
struct archive_visit *archive_begin(struct archive *a, int64_t server);
void archive_take(struct archive_visit *v, const struct ipam_config_text *row);
/* `token` names the configuration that was read; `complete`: all parts of the server were. done runs when it is durable. */
void archive_end(struct archive_visit *v, struct ipam_str token, bool complete, archive_done done,
                 void *user);
void archive_drop(struct archive_visit *v);
/* Whether the configuration of that token is kept, as far as the server's driver tells it: what a change must wait for. */
bool archive_has(const struct archive *a, int64_t server, struct ipam_str token);

/* Gives up what the policy does not keep, of all servers. A second one at a time is none. */
void archive_prune(struct archive *a);

/* --- reading --- */

/* A text of a kept configuration, which lives until the callback returns: what is shown, or the whole that can be
 * restored. */
typedef void (*archive_text)(void *user, int status, const char *message, struct ipam_str text);
void archive_read(struct archive *a, const struct ipam_server_config *of, bool whole, archive_text done,
                  void *user);

#endif
