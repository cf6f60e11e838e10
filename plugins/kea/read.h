/* read.h - how a configuration that was read becomes rows.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef KEA_READ_H
#define KEA_READ_H

#include "config.h"
#include "option.h"

#define KEA_NAME_MAX      128 /* the limit of names in records.def */
#define KEA_HOLDER_MAX    255 /* of natives and holders there */
#define KEA_HOST_NAME_MAX 253 /* of a reservation's name there (RFC 1035 2.3.4) */

/* One server's configuration being handed out. */
struct kea_reading {
    struct kea_call *call;
    const struct kea_config *cfg;
    uint32_t family;  /* of the rows */
    unsigned version; /* 100 * major + minor, 0: not known */
    struct kea_definitions definitions;
    const struct json *ha;        /* the relations of its HA hook, or NULL */
    const struct json *ha_status; /* what status-get says of them, in the same order, or NULL */
    struct strbuf vendor;
    struct arena lasting, scratch; /* lasting: the definitions; scratch: of one row */
    const struct kea_subnet *last; /* the subnet that `network` was found for */
    const struct json *network;
    int status; /* the first failure; nothing is emitted after it */
};

/* Emits one row unless something failed before. Rows begin with kea_row, which forgets the one before. */
void kea_row(struct kea_reading *r);
void kea_emit(struct kea_reading *r, const void *row);
/* Notes that memory is out, once. Returns NULL for the caller's convenience. */
void *kea_no_memory(struct kea_reading *r);

/* --- members.c: members of an object that a field of the row holds --- */

enum kea_member_kind {
    KEA_TEXT,    /* text of at most `max` bytes */
    KEA_SECONDS, /* 0..4294967295 */
    KEA_BOOL,
    KEA_ADDRESS,
    KEA_RELAY,    /* { "ip-addresses": [...] }, at most `max` */
    KEA_NAMES,    /* one text or an array of them, at most `max` */
    KEA_ELSEWHERE /* rows of their own, or put in by hand */
};
struct kea_member_map {
    const char *key;
    enum kea_member_kind kind;
    unsigned number; /* of the field */
    size_t offset;
    size_t max;
};
/* The same tables serve reading and writing (edit_fields.c). */
struct kea_members {
    const struct kea_member_map *items;
    size_t count;
};
extern const struct kea_members kea_scope_members, kea_pool_members, kea_reservation_members,
    kea_server_members, kea_network_members, kea_class_members, kea_value_members, kea_definition_members;
#define KEA_MEMBER(key, kind, type, number, member, max)                                                     \
    {                                                                                                        \
        key, kind, number, offsetof(struct type, member), max                                                \
    }
/* One that rows of their own hold, or that is put in by hand. */
#define KEA_OTHER(key)                                                                                       \
    {                                                                                                        \
        key, KEA_ELSEWHERE, 0, sizeof(struct ipam_record), 0                                                 \
    }
/* Puts what the map knows of `node` into the row, and returns the rest as vendor data: absent when nothing
 * is left, or too much is. A member that does not fit its field is part of the rest. `defaults`: this
 * object spells out what it does not have, so that an empty text or 0.0.0.0 says nothing. */
struct ipam_str kea_take_members(struct kea_reading *r, const struct json *node,
                                 const struct kea_member_map *map, size_t count, bool defaults, void *row);
/* The fields alone. */
void kea_take_fields(struct kea_reading *r, const struct json *node, const struct kea_member_map *map,
                     size_t count, bool defaults, void *row);
#define KEA_TAKE(r, node, map, defaults, row)                                                                \
    kea_take_members(r, node, map, sizeof(map) / sizeof((map)[0]), defaults, row)
/* Text that fits `max` bytes: itself, or its beginning and a digest. */
struct ipam_str kea_fit(struct kea_reading *r, struct ipam_str text, size_t max);
bool kea_ends_with(struct ipam_str text, const char *end);
/* The same in any arena; absent when memory is out. */
struct ipam_str kea_fitted(struct arena *a, struct ipam_str text, size_t max);
/* The name that a user context gives its object; absent when there is none that fits a record. */
struct ipam_str kea_context_name(const struct json *node);
/* The remark that Kea keeps in a user context; absent when there is none, or a longer one than 1024
 * bytes. */
struct ipam_str kea_comment(const struct json *node);

/* What a node says of DNS updates, with what it has of those around it (nearest first, ended by NULL).
 * False: the nearest says nothing. */
struct kea_dns {
    uint32_t update; /* IPAM_DHCP_SERVER_DNS_UPDATE_*: the same numbers in every row */
    bool unasked, protection, has_protection;
};
bool kea_dns_of(const struct json *const around[], struct kea_dns *ret);

/* --- read_scope.c, read_server.c, read_option.c, read_ha.c --- */

void kea_emit_scope(struct kea_reading *r, const struct kea_subnet *s);
/* The shared network that a subnet is in, or NULL. */
const struct json *kea_network_of(struct kea_reading *r, const struct kea_subnet *s);
void kea_emit_pools(struct kea_reading *r, const struct kea_subnet *s);
void kea_emit_scope_options(struct kea_reading *r, const struct kea_subnet *s);
void kea_emit_pool_options(struct kea_reading *r, const struct kea_subnet *s);
/* The option `preference` of a DHCPv6 server or subnet; false: it has none. */
bool kea_preference_of(struct kea_reading *r, const struct json *node, int64_t *ret);
/* "circuit-id=616263": what an option of a reservation names as its holder; in scratch. */
struct ipam_str kea_reservation_native(struct kea_reading *r, const struct ipam_reservation *row);
void kea_emit_reservation(struct kea_reading *r, const struct kea_reservation *reservation);
void kea_emit_reservation_options(struct kea_reading *r, const struct kea_reservation *reservation);

void kea_emit_server(struct kea_reading *r);
void kea_emit_superscopes(struct kea_reading *r);
void kea_emit_classes(struct kea_reading *r);
/* Of the server itself, its shared networks and its classes. */
void kea_emit_server_options(struct kea_reading *r);
/* "v4/NAME": the native name of a shared network or class. */
struct ipam_str kea_named(struct kea_reading *r, struct ipam_str name);

/* Who holds options. */
struct kea_holder {
    uint32_t owner; /* IPAM_OPTION_VALUE_OWNER_* */
    struct ipam_str native_scope, holder, class_name;
    char text[KEA_HOLDER_MAX];
};
/* Copies a native name that is in scratch into the holder. */
void kea_hold(struct kea_holder *h, struct ipam_str native);
void kea_emit_options(struct kea_reading *r, const struct json *list, const struct kea_holder *holder);
/* One option as a row, and those of the same list that have its space and code: Kea keeps them all. False: it is
 * none. What the row points to is in scratch until the next row. */
bool kea_option_row(struct kea_reading *r, const struct json *const *same, size_t count,
                    const struct kea_holder *holder, struct ipam_option_value *row);
void kea_emit_definitions(struct kea_reading *r);
/* The value of an option as bytes, in scratch; false when it has none that is known. */
bool kea_option_bytes(struct kea_reading *r, const struct json *option, const struct kea_definition *d,
                      struct ipam_bytes *ret);
/* The first option of that code in the protocol's own space, or NULL. */
const struct json *kea_option_of(const struct kea_reading *r, const struct json *list, int64_t code);

/* Finds the HA hook's relations; NULL: none. */
const struct json *kea_ha_relations(const struct json *root);
/* The relation that a scope belongs to; absent: none. */
struct ipam_str kea_ha_of_scope(struct kea_reading *r, const struct kea_subnet *s);
void kea_emit_failovers(struct kea_reading *r);
/* The state of records.def for Kea's word. */
uint32_t kea_ha_state(struct ipam_str word);

/* config_read.c: "2.2.0" as 202; 0: it is none. */
unsigned kea_version_of(struct ipam_str text);
/* Emits the rows of a configuration, or of the one scope, in the order of dhcp.h. `version` is
 * 100 * major + minor, 0 when it is not known; ha_status what status-get says of the HA hook, or NULL.
 * `unchanged`: only what may be another although the configuration is the same. 0, IPAM_E_NOMEM,
 * IPAM_E_PROTO, or what the host answers. */
int kea_emit_config(struct kea_call *c, const struct kea_config *cfg, unsigned version,
                    const struct json *ha_status, struct ipam_str only, bool unchanged);
/* Does something with every server that is wanted, or with the one that `only` is a scope of.
 * One that is not part of this installation is no news, unless the operator named it. As `one`, or
 * IPAM_E_NOENT and IPAM_E_INVAL when there is none for that scope. */
int kea_each_service(struct kea_call *c, struct ipam_str only,
                     int (*one)(struct kea_call *c, enum kea_service s, struct ipam_str only, void *user),
                     void *user);

#endif
