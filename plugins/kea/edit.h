/* edit.h - how the edits of a call are made in the draft of a configuration: kinds of objects, and what
 * they share.
 * Pure.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * config_edit.c is the engine: it looks an edit's object up, makes it or takes it out, and writes what
 * the edit
 * changes. A kind tells where its objects stand, and what of its record Kea keeps and how. */
#ifndef KEA_EDIT_H
#define KEA_EDIT_H

#include "draft.h"
#include "ipam/records.h"
#include "read.h"

/* What becomes of a field that an edit changes. */
enum kea_how {
    KEA_F_MEMBER,   /* the members table of its kind says where it stands */
    KEA_F_OWN,      /* its kind's `render` writes it */
    KEA_F_COMMENT,  /* user-context.comment */
    KEA_F_IDENTITY, /* it names the object: another value is another object */
    KEA_F_DERIVED,  /* Kea makes it out of other things: of an addition it is no news, else it is refused */
    KEA_F_FIRST,    /* of an enumeration Kea has the first value alone, without a member for it */
    KEA_F_LACKING,  /* Kea has nothing like it */
};
enum kea_field_type { KEA_INT, KEA_WORD, KEA_STR, KEA_BYTES, KEA_ADDR, KEA_PREFIX, KEA_STRS, KEA_ADDRS };
struct kea_field {
    const char *name; /* as in records.def, but for an underscore at its end */
    unsigned number;
    size_t offset;
    enum kea_field_type type;
    enum kea_how how;
};
#define KEA_FIELD(record, NUMBER, member, type, how)                                                         \
    {                                                                                                        \
#member, IPAM_##NUMBER, offsetof(struct ipam_##record, member), type, how                            \
    }

/* A subnet of the draft, or (id 0, the first one) the place of reservations that belong to none. */
struct kea_place {
    int64_t id;
    struct ipam_prefix prefix;
    struct kea_node *node; /* NULL: it was deleted */
    size_t subnet;         /* of the configuration as it was read; SIZE_MAX: it is new */
};

/* A reservation that the call added. */
struct kea_guest {
    const struct ipam_reservation *row;
    const struct kea_place *place;
    struct kea_node *node; /* NULL: and deleted */
    struct kea_guest *next;
};

struct kea_editor {
    struct kea_config *cfg;
    unsigned version; /* 100 * major + minor, 0: not known */
    struct kea_draft draft;
    struct kea_node *scraps; /* an object beside the configuration, for excerpts of it */
    struct arena *arena;
    struct kea_place *places;
    size_t place_count, place_cap;
    int64_t last_id;
    struct kea_node *
        *reserved;       /* by index of reservation: its node, once those of its subnet were looked at */
    bool *gone, *opened; /* by index of reservation; of subnet */
    struct kea_guest *guests;
    struct arena options, options_text; /* of the definitions; of names that are compared */
    struct kea_definitions definitions;
    bool defined;                        /* they are as the draft has them */
    size_t count;                        /* of edits */
    const struct ipam_record **proposed; /* rows that others may name by their native name: scopes first */
    size_t proposed_scopes, proposed_count;
    struct kea_edit *edit; /* the one under way */
    const struct kea_kind *kind;
};

struct kea_kind {
    uint32_t type; /* IPAM_T_* */
    const struct kea_field *fields;
    size_t field_count;
    const struct kea_members *members;
    unsigned vendor_number; /* of its vendor field */
    size_t vendor_offset;
    /* "the pool 10.0.0.1-10.0.0.9", for messages. */
    void (*name)(const void *row, char *buf, size_t size);
    /* Which server has it. IPAM_E_NOENT: the row does not tell. */
    int (*service)(const void *row, enum kea_service *ret);
    /* Its node, or NULL. IPAM_E_NOENT with the problem told: what holds it is not there. */
    int (*find)(struct kea_editor *e, const void *row, struct kea_node **ret);
    /* Makes the object with what names it. Called when find found nothing. */
    int (*create)(struct kea_editor *e, const void *row, struct kea_node **ret);
    /* Writes the fields that are no plain members. before NULL: all that `after` has. May be NULL. */
    int (*render)(struct kea_editor *e, struct kea_node *n, const void *before, const void *after);
    /* Takes it out; NULL: nothing is to be done but that. */
    int (*remove)(struct kea_editor *e, struct kea_node *n, const void *row);
    /* See kea_edit_word. May be NULL. */
    void (*word)(const void *row, bool address, char word[static KEA_WORD_MAX]);
    /* Vendor members that are not taken over: the record's own fields hold them. May be NULL. */
    bool (*skips)(const struct json *member);
};
/* What the record of a kind is: its type, its fields, what is plain in Kea, where its vendor data stands. */
#define KEA_RECORD(NUMBER, record, fields_, members_)                                                        \
    .type = IPAM_T_##NUMBER, .fields = (fields_), .field_count = sizeof(fields_) / sizeof((fields_)[0]),     \
    .members = &(members_), .vendor_number = IPAM_##NUMBER##_VENDOR,                                         \
    .vendor_offset = offsetof(struct ipam_##record, vendor)
extern const struct kea_kind kea_scope_kind, kea_pool_kind, kea_superscope_kind, kea_class_kind,
    kea_server_kind, kea_definition_kind, kea_value_kind, kea_reservation_kind;

/* --- config_edit.c --- */

/* Notes why the edit under way cannot be made, beginning with the name of its object, and returns the
 * status. */
int kea_refuse(struct kea_editor *e, int status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The subnet that a native name means: one that the call adds under that name, or one that is there.
 * NULL: none. */
struct kea_place *kea_place_of(struct kea_editor *e, struct ipam_str native);
struct kea_place *kea_place_of_prefix(struct kea_editor *e, const struct ipam_prefix *prefix);
struct kea_place *kea_place_add(struct kea_editor *e, int64_t id, const struct ipam_prefix *prefix,
                                struct kea_node *node);
/* The row of an edit of this call that proposes this native name for what it adds in that scope, or NULL;
 * and the node that became of it. */
const struct ipam_record *kea_proposed(struct kea_editor *e, struct ipam_str native_scope,
                                       struct ipam_str native);
int kea_proposed_node(struct kea_editor *e, const struct ipam_record *row, struct kea_node **ret);
/* "the subnet is not there", told. */
int kea_no_place(struct kea_editor *e, struct ipam_str native);

/* --- edit_fields.c: fields as members --- */

/* Whether a field says the same in both rows; either may be NULL. */
bool kea_field_same(const struct kea_field *f, const void *a, const void *b);
const struct kea_field *kea_field_of(const struct kea_kind *kind, unsigned number);
/* The same by its number. */
bool kea_same(const struct kea_editor *e, unsigned number, const void *a, const void *b);
/* Refuses what cannot be written before anything is. 0 or a status that was told. */
int kea_check_fields(struct kea_editor *e, const void *before, const void *after);
/* Writes vendor data, members and the description. */
int kea_write_fields(struct kea_editor *e, struct kea_node *n, const void *before, const void *after);
/* Puts a member; `json` is ASCII. Refuses what Kea would not keep. */
int kea_put_json(struct kea_editor *e, struct kea_node *n, const char *key, struct ipam_str json);
int kea_put_text(struct kea_editor *e, struct kea_node *n, const char *key, struct ipam_str text);
int kea_put_int(struct kea_editor *e, struct kea_node *n, const char *key, int64_t number);
int kea_put_bool(struct kea_editor *e, struct kea_node *n, const char *key, bool yes);
int kea_put_addr(struct kea_editor *e, struct kea_node *n, const char *key, const struct ipam_addr *a);
/* A member of the user context; absent takes it away, and the context with its last member. */
int kea_put_context(struct kea_editor *e, struct kea_node *n, const char *key, struct ipam_str text);
/* A new, empty object at the end of an array; NULL: memory is out. */
struct kea_node *kea_add_object(struct kea_editor *e, struct kea_node *array);
/* IPAM_E_NOMEM when the draft is without memory, else 0. */
int kea_drafted(const struct kea_editor *e);

/* --- edit_vendor.c --- */

/* Makes the object have what vendor data has, as far as it changed. Members that rows of their own or
 * fields hold are refused, unless the kind skips them. */
int kea_write_vendor(struct kea_editor *e, struct kea_node *n, struct ipam_str before, struct ipam_str after);

/* --- edit_dns.c --- */

/* What an edit wants of DNS updates; < 0: nothing. */
struct kea_dns_wish {
    int update, unasked, protection;
    bool forget; /* the record says nothing of them any more */
};
/* `around` as kea_dns_of has it: the object itself first. */
int kea_write_dns(struct kea_editor *e, struct kea_node *const around[], const struct kea_dns_wish *wish);

/* --- edit_option.c --- */

/* Sets or (absent) takes away an option of the protocol's own space in an object that holds options. */
int kea_put_option(struct kea_editor *e, struct kea_node *holder, int64_t code, struct ipam_bytes value);
/* --- edit_definition.c: the definitions as the draft has them. 0 or IPAM_E_NOMEM. */
int kea_define(struct kea_editor *e);

/* The class of that name in the draft, and the shared network; as the record may have it cut. NULL:
 * none. */
struct kea_node *kea_named_node(struct kea_editor *e, const char *array, struct ipam_str name, size_t max);
/* --- edit_pool.c, edit_reservation.c: by the name that an option's holder has. --- */
struct kea_node *kea_pool_of(struct kea_editor *e, struct kea_node *subnet, struct ipam_str native);
struct kea_node *kea_reserved_of(struct kea_editor *e, const struct kea_place *place, struct ipam_str native);

/* The service of a family, or of a native name like "v4" or "v4/NAME". IPAM_E_NOENT: neither tells. */
int kea_service_of(const void *row, unsigned family_number, uint32_t family, struct ipam_str native,
                   enum kea_service *ret);

#endif
