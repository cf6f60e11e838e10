/* archive_p.h - what the files of this room share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef ARCHIVE_ARCHIVE_P_H
#define ARCHIVE_ARCHIVE_P_H

#include "archive/archive.h"
#include "archive/squeeze.h"
#include "base/hash.h"

#define ARCHIVE_TEXT_MOST (64u << 20) /* bytes of a text; larger ones are not kept */
#define ARCHIVE_PACKED    (16u << 20) /* and compressed */
#define ARCHIVE_PIECE     131072u     /* bytes of a piece before it is sealed */
#define ARCHIVE_LABEL     "of kept configurations"

struct pruning;
struct archive {
    struct archive_config at;
    struct keyring *keys;         /* those that seal texts, as far as they can be opened */
    char key[MASTER_KEY_ID_SIZE]; /* what is new is sealed under it; "": nothing can be */
    struct imap kept;             /* server id -> token that is kept, as text */
    unsigned most;
    int64_t keep_ms;
    struct pruning *pruning; /* under way */
};

/* pieces.c: a text as rows. Drafts those of a configuration that is in the draft: `packed` compressed. 0, or an error
 * when it cannot be sealed. */
int pieces_put(const struct archive *a, struct draft *d, const struct ipam_server_config *of, uint32_t text,
               struct ipam_str packed);
/* Opens a piece that belongs to it, and appends what it is a piece of. 0, or IPAM_E_* with why. */
int pieces_open(const struct archive *a, const struct ipam_server_config *of,
                const struct ipam_config_piece *p, struct strbuf *out, const char **ret_why);
/* Looks for keys, where none is known yet. */
void pieces_look_for_key(struct archive *a);

/* prune.c: as archive_prune, of one server; 0: of all. */
void prune_server(struct archive *a, int64_t server);

/* Asks storage for the rows of a server, or of all (0), in order of their ids. */
void archive_rows(struct archive *a, int64_t server, store_record row, store_answered done, void *user);
/* And for the pieces of a configuration. */
void archive_pieces(struct archive *a, int64_t config, store_record row, store_answered done, void *user);

#endif
