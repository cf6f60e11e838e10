/* apply.h - one change of a Kea installation under way.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef KEA_APPLY_H
#define KEA_APPLY_H

#include "pieces.h"

/* One server's part in it. */
struct kea_part {
    enum kea_service service;
    struct kea_edit **edits;
    size_t count;                 /* 0: the server has no part in it */
    bool wide;                    /* some are of other things than reservations */
    bool whole;                   /* they are the pieces of a whole configuration */
    struct kea_running former;    /* as it was read: in memory only, and the way back */
    unsigned version;             /* 100 * major + minor of the server, 0: not known */
    struct strbuf arguments;      /* {"Dhcp4": ...} with the edits made; empty when nothing changes */
    struct json_doc *sent_doc;    /* the same understood, */
    struct kea_config sent_cfg;   /* and whole when there is a sent_doc */
    char wanted[KEA_DIGEST_TEXT]; /* the digest it has then */
    char now[KEA_DIGEST_TEXT];    /* the digest of what is in effect, as far as known, */
    char now_hash[KEA_HASH_TEXT]; /* and the server's own hash of it */
    bool by_pieces;               /* it is made by these commands, not by config-set */
    struct kea_pieces pieces;
    bool sent;       /* a config-set, or one of the commands, may have changed the server */
    bool lost;       /* and its answer never came */
    bool written;    /* a config-write may have changed its file */
    bool unwritable; /* it says that it cannot write its file */
    bool reloaded;   /* the way back was its file */
    char cause[400]; /* why its answer is lost */
};

struct kea_change {
    struct kea_call call;
    struct ipam_str token;
    int64_t flags; /* IPAM_APPLY_* */
    struct kea_edit *edits;
    size_t count;
    struct kea_part parts[KEA_SERVICES];
    struct kea_edit *culprit; /* the edit that the server's words speak of, or NULL */
    char words[401];          /* the server's words when it refused, or "" */
};

/* scope_leases.c: refuses edits by which clients would lose, unless the caller wants them all the same
 * (IPAM_APPLY_FORCE). 0, IPAM_E_CONFLICT with the edit's problem told, or as kea_ask. */
int kea_check_leases(struct kea_change *ch, struct kea_part *p);

/* safe_write.c: carries the change out, step by step. 0: in effect, verified and saved (CHECK:
 * acceptable). Otherwise nothing is changed, unless it is IPAM_E_UNKNOWN; the call's message says what
 * happened. */
int kea_safe_write(struct kea_change *ch);

/* Parts of it that both ways of a change have. As kea_ask. */
/* Digests what is in effect now; or notes it when it was read already. */
int kea_look(struct kea_change *ch, struct kea_part *p);
void kea_note_shown(struct kea_part *p, const struct kea_running *shown);
/* Clients get leases; IPAM_E_PROVIDER: they do not. */
int kea_serves(struct kea_change *ch, struct kea_part *p);
/* From here on nobody may give up. 0, or IPAM_E_CANCELED or IPAM_E_TIMEOUT: it was too late before anything was
 * sent. */
int kea_begin(struct kea_change *ch, const char *command);
/* Notes that the server said no to a command, and whose edit it speaks of: its words tell, or what was sent. */
int kea_refused(struct kea_change *ch, struct kea_part *p, const char *command, struct ipam_str arguments,
                const struct kea_answer *answer);

/* piece_write.c: the way by the commands of the hooks. Decides whether the change goes that way. As kea_ask. */
int kea_choose_way(struct kea_change *ch, struct kea_part *p);
/* Makes it. *ret_back: the server refused in a way that config-set may not, and is as it was before. */
int kea_write_pieces(struct kea_change *ch, struct kea_part *p, bool *ret_back);
/* Makes the former configuration of what there is. 0: it is in effect. */
int kea_take_back_pieces(struct kea_change *ch, struct kea_part *p);

#endif
