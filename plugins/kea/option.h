/* option.h - DHCP options as Kea defines them, and their values between Kea's text, bytes and ours. Pure.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef KEA_OPTION_H
#define KEA_OPTION_H

#include "base/arena.h"
#include "kea.h"

#define KEA_FIELDS_MAX        64    /* of a record: the limit of record_types in records.def */
#define KEA_OPTION_VALUES_MAX 1024  /* of an option: the limit of values there */
#define KEA_VALUE_MAX         1024  /* bytes of one value as text: of an item of a list there */
#define KEA_OPTION_DATA_MAX   65535 /* the limit of data there */

/* What Kea defines of itself, in Kea's own words (option_std4.c, option_std6.c). */
struct kea_standard {
    uint16_t code;
    const char *name, *type;
    const char *fields;       /* of a record: "uint8, ipv4-address"; else NULL */
    const char *encapsulates; /* space of the options inside it, or NULL */
    uint16_t since;           /* first version: 100 * major + minor; 0: 2.2 or before */
    bool array;
};
struct kea_space {
    const char *name;
    const struct kea_standard *items; /* by code */
    size_t count;
};
extern const struct kea_space kea_spaces4[], kea_spaces6[]; /* ended by one without a name */

/* One definition, of Kea's own or of the configuration. */
struct kea_definition {
    struct ipam_str space, name, encapsulates, holder; /* holder: the class it is for, or absent */
    int64_t code;
    uint8_t type;                   /* IPAM_OPTION_DEFINITION_TYPE_* */
    uint8_t fields[KEA_FIELDS_MAX]; /* of a record: the same */
    size_t field_count;
    bool array;
    bool internal;           /* Kea has a text form for it that no other type has */
    const struct json *node; /* NULL: Kea's own */
};

/* All definitions that one server has, those of the configuration before Kea's own. */
struct kea_definitions {
    enum kea_service service;
    struct kea_definition *items; /* by space, code and holder */
    size_t count;
};

/* option_def.c: collects them from the root of a configuration. `version` is 100 * major + minor of the
 * server, 0 when it is not known. 0 or IPAM_E_NOMEM; what a newer Kea has and is not understood stays
 * binary. */
int kea_definitions_read(enum kea_service s, const struct json *root, unsigned version, struct arena *a,
                         struct kea_definitions *ret);
/* The definition that holds for an option of that class, or NULL. holder absent: of no class. */
const struct kea_definition *kea_definition_find(const struct kea_definitions *d, struct ipam_str space,
                                                 int64_t code, struct ipam_str holder);
/* The word of records.def for a type: "ipv4", "text". */
const char *kea_type_word(uint32_t type);
/* Kea's own word for it, or for a word of records.def: "ipv4-address", "string". NULL: Kea has no such type. */
const char *kea_type_name(uint32_t type);
const char *kea_type_name_of(struct ipam_str word);
/* "dhcp4" or "dhcp6". */
const char *kea_own_space(enum kea_service s);

/* option_value.c: the parts of a comma-separated text, as Kea cuts it: a backslash keeps a comma, empty parts
 * are left out, blanks around a part do not count. 0 or IPAM_E_NOMEM. */
int kea_option_split(struct ipam_str text, struct arena *a, struct ipam_strs *ret);
/* The bytes that the parts stand for. 0, IPAM_E_NOMEM, or IPAM_E_INVAL when they are none of that type. */
int kea_option_encode(const struct kea_definition *d, enum kea_service s, struct ipam_strs parts,
                      struct arena *a, struct ipam_bytes *ret);
/* The values that the bytes stand for, one text each: addresses and numbers as usual, names without the dot
 * at the end, bytes as aa:bb. As kea_option_encode; IPAM_E_TOOBIG when they do not fit into a record. */
int kea_option_decode(const struct kea_definition *d, enum kea_service s, struct ipam_bytes data,
                      struct arena *a, struct ipam_strs *ret);

#endif
