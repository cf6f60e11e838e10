/* explain.h - what a Kea server would give a client, worked out in the steps of the server itself.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef KEA_EXPLAIN_H
#define KEA_EXPLAIN_H

#include "eval.h"
#include "lease.h"
#include "read.h"

#define KEA_MAYBE_MAX 64
#define KEA_SENT_MAX  300 /* options of a message: those of their own fields, and the list */

/* A class that the client is in, or may be in. */
struct kea_membership {
    struct ipam_str name;
    enum kea_truth truth;
    const char *reason;
    const struct json *node; /* its definition, or NULL */
    bool tested;             /* by its test, so that it can be tested once more */
};

struct kea_explaining {
    struct kea_call *call;
    const struct ipam_dhcp_client *client;
    struct kea_running running;
    struct kea_reading reading; /* for options */
    struct arena arena;         /* of the whole call */
    struct kea_query query;
    struct kea_sent sent[KEA_SENT_MAX];
    /* explain_class.c */
    struct kea_membership *classes; /* in the order in which the server puts the client into them */
    size_t class_count, class_cap;
    /* explain_link.c */
    const struct kea_subnet **subnets; /* by number, as the server goes through them */
    size_t subnet_count;
    const struct kea_subnet *target; /* the scope whose link was named, or NULL */
    struct ipam_addr at;             /* the address that the server looks for */
    const struct kea_subnet *subnet; /* that serves it, or NULL */
    /* explain_address.c */
    struct ipam_addr given;  /* the address that it is given; family 0: none */
    const struct json *pool; /* what it is of, or NULL */
    /* Where a free address may come of instead: further pools of `subnet`, other subnets of its link. */
    struct kea_maybe {
        const struct kea_subnet *subnet;
        const struct json *pool; /* NULL: any of the subnet */
    } maybe[KEA_MAYBE_MAX];
    size_t maybe_count;
    const struct kea_reservation *host;    /* of `subnet`, or a global one, or NULL */
    const struct kea_reservation *general; /* the global one, or NULL */
    const struct kea_reservation **hosts;  /* of each subnet, NULL: none */
    int status;                            /* the first failure of all */
};

/* Emits a finding; the fields that the caller has filled count. */
void kea_found_emit(struct kea_explaining *x, struct ipam_client_finding *row);
void kea_found_init(struct ipam_client_finding *row, uint32_t kind);
#define KEA_FOUND(row, FIELD, member, value)                                                                 \
    ((row)->member = (value), IPAM_SET_FIELD(row, IPAM_CLIENT_FINDING_##FIELD))
void kea_found_reason(struct kea_explaining *x, struct ipam_client_finding *row, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void kea_found_note(struct kea_explaining *x, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A flag or value of a subnet, or of what is around it. */
const struct json *kea_inherited(struct kea_explaining *x, const struct kea_subnet *s, const char *key);
bool kea_inherited_flag(struct kea_explaining *x, const struct kea_subnet *s, const char *key,
                        bool otherwise);

/* explain_class.c: the classes before a subnet is selected; those that a reservation gives; what follows from whether a
 * reservation is known; those that are asked for by what serves it. */
void kea_classes_begin(struct kea_explaining *x);
void kea_classes_reserved(struct kea_explaining *x, const struct kea_reservation *host, bool again);
void kea_classes_known(struct kea_explaining *x, bool known);
void kea_classes_additional(struct kea_explaining *x);
enum kea_truth kea_in_class(void *x, struct ipam_str name);
/* Whether an object that is for classes is for this client; the reason in `reason`. */
enum kea_truth kea_guard(struct kea_explaining *x, const struct json *node, struct strbuf *reason);
/* The same without words: of a pool, or since Kea 3.0 of an option. */
enum kea_truth kea_guard_alone(struct kea_explaining *x, const struct json *node);
/* "v4/NAME": that of a class, or of a shared network. */
struct ipam_str kea_class_native(struct kea_explaining *x, struct ipam_str name);
void kea_classes_emit(struct kea_explaining *x);

/* explain_link.c: selects the subnet, and emits those of the link. */
void kea_link_select(struct kea_explaining *x);
/* Whether a subnet is for this client: both it and its shared network. */
enum kea_truth kea_subnet_guard(struct kea_explaining *x, const struct kea_subnet *s, struct strbuf *reason);
/* The next subnet of the shared network that is for this client, around to `first`; NULL: none. *unknown is set where
 * one may be. */
const struct kea_subnet *kea_link_next(struct kea_explaining *x, const struct kea_subnet *first,
                                       const struct kea_subnet *s, bool *unknown);

/* explain_address.c: the reservations of the client; then its leases, and what it is given. */
void kea_hosts_find(struct kea_explaining *x);
void kea_hosts_emit(struct kea_explaining *x);
void kea_address_find(struct kea_explaining *x);
/* That of the subnet, or the global one. */
const struct kea_reservation *kea_host_of(struct kea_explaining *x, const struct kea_subnet *s);

/* explain_option.c: fields of the answer, and options with the level each comes from. */
void kea_settings_emit(struct kea_explaining *x);
void kea_options_emit(struct kea_explaining *x);

#endif
