/* config.h - one server's configuration as it answers config-get: understood, digested, edited. Pure.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef KEA_CONFIG_H
#define KEA_CONFIG_H

#include "base/arena.h"
#include "kea.h"
#include "net/u128.h"

#define KEA_NATIVE_MAX  24    /* "v4/4294967294" and a NUL */
#define KEA_DIGEST_TEXT 41    /* 40 hexadecimal digits and a NUL */
#define KEA_VENDOR_MAX  65536 /* the limit of the vendor fields in records.def */
#define KEA_PROBLEM_MAX 512

/* A subnet, or (id 0, the first one) the place of reservations that belong to no subnet. */
struct kea_subnet {
    int64_t id;
    const struct json *node;         /* for id 0 the root */
    const struct json *reservations; /* its array, NULL when the key is missing */
    struct ipam_str network;         /* shared network, or absent */
    struct ipam_str native;          /* "v4/7" */
    struct ipam_prefix prefix;       /* family 0 for id 0 */
    size_t first_reservation;        /* index of its first one in reservations */
};

struct kea_reservation {
    const struct json *node;
    size_t subnet;               /* index into subnets */
    struct ipam_reservation row; /* without vendor */
};

/* Points into its document, which must outlive it. */
struct kea_config {
    enum kea_service service;
    const struct json_doc *doc;
    const struct json *root; /* the value of "Dhcp4" or "Dhcp6" */
    struct arena arena;
    struct kea_subnet *subnets;
    struct kea_reservation *reservations;
    struct kea_reservation **by_client; /* sorted by subnet and identifier */
    size_t subnet_count, reservation_count;
};

/* `arguments` are those of a config-get answer. 0, IPAM_E_NOMEM, or IPAM_E_PROTO with the place of what
 * was not understood in problem (KEA_PROBLEM_MAX). IPAM_E_NOENT: it is another service's configuration. */
int kea_config_parse(enum kea_service s, const struct json_doc *doc, const struct json *arguments,
                     struct kea_config *ret, char *problem);
void kea_config_fini(struct kea_config *cfg);
/* config_shape.c: both are part of kea_config_parse and answer as it does; the first needs doc and root
 * alone. */
int kea_config_check_shape(const struct kea_config *cfg, char *problem);
int kea_config_check_sense(const struct kea_config *cfg, char *problem);
const struct kea_subnet *kea_config_subnet(const struct kea_config *cfg, struct ipam_str native);
/* The reservation of that client in that subnet, or NULL. */
struct kea_reservation *kea_config_find(const struct kea_config *cfg, const struct kea_subnet *subnet,
                                        uint32_t identifier_type, struct ipam_bytes identifier);
/* Splits "v4/7" into service and id; IPAM_E_INVAL. */
int kea_native_parse(struct ipam_str native, enum kea_service *ret_service, int64_t *ret_id);

/* config_digest.c: a digest of the whole configuration that does not depend on the order of keys or
 * reservations, nor on whether a reservation spells out members that have their default. 0 or
 * IPAM_E_NOMEM. */
int kea_config_digest(const struct kea_config *cfg, char ret[static KEA_DIGEST_TEXT]);
/* A token names the digests of the services it was made from, each with the server's own hash where it has
 * one (Kea 2.4): "v4:DIGEST.HASH v6:DIGEST.HASH", at most the 128 bytes that a token may have. Appends one
 * part; hash "": none. */
void kea_token_add(struct strbuf *token, enum kea_service s, const char *digest, const char *hash);
/* The digest of one service in a token, and its hash; absent when it has none. */
struct ipam_str kea_token_part(struct ipam_str token, enum kea_service s);
struct ipam_str kea_token_hash(struct ipam_str token, enum kea_service s);

/* canonical.c: keys sorted, no white space; members for which `skip` (may be NULL) is true are left out. */
typedef bool (*kea_skip)(struct ipam_str key, const struct json *value, unsigned depth);
void kea_canonical(const struct json_doc *doc, const struct json *v, kea_skip skip, struct arena *a,
                   struct json_writer *w);
/* Members of an object in order of their keys, in the arena; NULL when there are none or memory is out. */
const struct json **kea_members_sorted(const struct json *v, struct arena *a, size_t *ret_count);
/* The same as ASCII text in the arena; absent when memory is out. */
struct ipam_str kea_canonical_text(const struct json_doc *doc, const struct json *v, struct arena *a);
/* Keys that hold passwords and the like. */
bool kea_is_secret(struct ipam_str key);
/* The same as a kea_skip. */
bool kea_skip_secret(struct ipam_str key, const struct json *value, unsigned depth);

/* reservation.c: one reservation to and from Kea's form. */
int kea_reservation_parse(enum kea_service s, const struct json *node, struct arena *a,
                          struct ipam_reservation *ret, char *problem);
/* True for members that a record's own fields hold, and for those that have their default. */
bool kea_reservation_modelled(struct ipam_str key, const struct json *value, unsigned depth);
/* "the reservation of 10.0.0.7 for hw-address 02:..", for messages. */
void kea_reservation_name(const struct ipam_reservation *row, char *buf, size_t size);
const char *kea_identifier_key(uint32_t identifier_type);

/* config_edit.c: the edits as text. */
struct kea_edit {
    uint32_t verb;                    /* IPAM_EDIT_VERB_* */
    const struct ipam_record *before; /* set, delete */
    const struct ipam_record *after;  /* add, set */
    bool lenient;                     /* what is done already is no error */
    bool
        proposes; /* its row is one that the call adds, or takes back: others may name it by its native name */
    int status; /* out: 0, or why it cannot be made: IPAM_E_EXIST, _NOENT, _CONFLICT, _INVAL, _UNSUPPORTED */
    char problem[KEA_PROBLEM_MAX]; /* out, when status is not 0 */
};
/* Whether Kea has such objects at all. */
bool kea_edit_known(const struct kea_edit *edit);
/* Turns edits into those that take them back, the last one first: an addition into a deletion, and so on. */
void kea_edits_take_back(struct kea_edit **edits, size_t count);
/* The server that has its object. IPAM_E_NOENT: its record does not tell. */
int kea_edit_service(const struct kea_edit *edit, enum kea_service *ret);
/* A word by which a server may speak of it: an address or prefix, or else an identifier or a name; "":
 * none. */
#define KEA_WORD_MAX (3 * 255 + 1)
void kea_edit_word(const struct kea_edit *edit, bool address, char word[static KEA_WORD_MAX]);
/* The text of the configuration with the edits made one after the other; every byte that no edit concerns
 * stays as it was. `version` is 100 * major + minor of the server, 0 when it is not known. *ret_text is in
 * the arena of cfg and absent when nothing changes. 0, IPAM_E_NOMEM, or IPAM_E_INVAL when an edit cannot
 * be made: it has the reason, and those after it were not looked at. */
int kea_config_edit(struct kea_config *cfg, unsigned version, struct kea_edit *const *edits, size_t count,
                    struct ipam_str *ret_text);

/* config_agree.c: whether a server shows what it was sent, after it had `former`: as far as Kea adds
 * nothing of itself, and nothing else. Otherwise problem says where they differ. */
bool kea_config_agrees(const struct kea_config *former, const struct kea_config *sent,
                       const struct kea_config *shown, char problem[static KEA_PROBLEM_MAX]);

/* config_read.c: the configuration a server runs with. Points into itself through the heap only: it may
 * be moved. */
struct kea_running {
    struct kea_answer answer;
    struct kea_config cfg;
    char digest[KEA_DIGEST_TEXT];
    char hash[KEA_HASH_TEXT]; /* "": the server has none of its own */
};
/* As kea_ask; IPAM_E_NOENT: no such service here. */
int kea_config_get(struct kea_call *c, enum kea_service s, struct kea_running *ret);
void kea_running_fini(struct kea_running *r);
/* read_scope.c: the addresses or prefixes of one subnet's pools; sums stop at 2^128-1. */
struct kea_sizes {
    struct ipam_u128 addresses, prefixes;
};
void kea_sizes_of(const struct json *subnet, struct kea_sizes *ret);
/* What config-get answered, as text, understood. As kea_config_get. */
int kea_config_of(struct kea_call *c, enum kea_service s, const struct strbuf *text, struct kea_running *ret);
/* config_same.c: what is kept of the configuration that an instance read last. */
struct kea_counted {
    int64_t id;
    char native[KEA_NATIVE_MAX];
    struct kea_sizes sizes;
};
struct kea_same {
    unsigned char print[32]; /* of the text of the answer */
    char digest[KEA_DIGEST_TEXT], hash[KEA_HASH_TEXT];
    bool relations; /* it has some: their rows are made anew each time */
    size_t count;   /* of its subnets, by id */
    struct kea_counted subnets[];
};
/* What was kept of this very answer; NULL: it is another, or none was read yet. */
const struct kea_same *kea_same_find(const struct kea *k, enum kea_service s, const struct strbuf *text);
/* Keeps an answer that was understood. NULL: out of memory. */
const struct kea_same *kea_same_keep(struct kea *k, const struct strbuf *text, const struct kea_running *r);
void kea_same_forget(struct kea *k);
/* config_hash.c: the server's own hash of the configuration it runs with, made anew at each question; "" when
 * the answer has none. As kea_ask; IPAM_E_UNSUPPORTED: it has no such command. */
int kea_hash_get(struct kea_call *c, enum kea_service s, char ret[static KEA_HASH_TEXT]);
/* The part of a hash that we keep, in lower case; "" when the text is none. */
void kea_hash_take(struct ipam_str text, char ret[static KEA_HASH_TEXT]);
/* Whether every server that is read still has the configuration of the token, as far as their hashes tell:
 * false may mean that they do not tell. As kea_each_service. */
int kea_hash_look(struct kea_call *c, struct ipam_str token, bool *ret_same);
/* Keeps of a configuration what its rows need that are told although it is the same; and forgets it. */
void kea_hash_keep(struct kea *k, const struct kea_config *cfg, const char *hash);
void kea_hash_forget(struct kea *k);
/* The part that was kept of the configuration of the token, as an object of "Dhcp4" or "Dhcp6" in *ret (NULL:
 * none), to be freed. IPAM_E_NOMEM. */
int kea_hash_kept(const struct kea *k, enum kea_service s, struct ipam_str token, struct json_doc **ret);
/* "10.0.0.0/24", "10.0.0.1-10.0.0.9", with or without blanks; IPAM_E_INVAL. */
int kea_pool_parse(struct ipam_str text, struct ipam_addr *ret_first, struct ipam_addr *ret_last);

/* config_text.c: a configuration as its own file could have it, keys sorted, a member a line; `masked`: without what is
 * secret. */
void kea_config_text(const struct kea_config *cfg, bool masked, struct arena *a, struct strbuf *out);
/* Emits it as ipam_config_text. 0 or what the host answers. */
int kea_emit_text(struct kea_call *c, const struct kea_running *r);
/* Whether an edit is a piece of such a text, for which server (IPAM_E_NOENT: for none), and the whole that the edits of
 * one server are: 0, or IPAM_E_* with the problem (KEA_PROBLEM_MAX). */
bool kea_edit_is_text(const struct kea_edit *edit);
int kea_text_service(const struct kea_edit *edit, enum kea_service *ret);
int kea_config_whole(struct kea_edit *const *edits, size_t count, struct strbuf *out, char *problem);

#endif
