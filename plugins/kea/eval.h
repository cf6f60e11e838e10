/* eval.h - tests of client classes, in Kea's language of expressions, for what is known of a client. Pure.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * ARM, "Using Expressions in Classification". What a test reads of a message that nobody has told is not guessed: the
 * verdict is then unknown, unless it is the same whatever the message holds. */
#ifndef KEA_EVAL_H
#define KEA_EVAL_H

#include "base/arena.h"
#include "base/strbuf.h"
#include "option.h"

#define KEA_REASON_MAX 1024 /* bytes of a reason in records.def */

enum kea_truth { KEA_NO, KEA_YES, KEA_UNKNOWN };

/* An option of the client's message. */
struct kea_sent {
    int64_t code;
    struct ipam_bytes data;
};

/* What is known of that message: it holds these options and no other. */
struct kea_query {
    enum kea_service service;
    unsigned version; /* of the server: 100 * major + minor; 0: not known */
    const struct kea_sent *sent;
    size_t sent_count;
    struct ipam_bytes mac;  /* absent: not known */
    struct ipam_addr relay; /* its one relay's address on the client's link; family 0: not known */
    const struct kea_definitions *definitions;
    enum kea_truth (*member)(void *user, struct ipam_str name); /* whether the client is in a class */
    void *user;
};

/* eval_packet.c: what the message holds. Each appends its name to `name`, for reasons. */
enum kea_found { KEA_THERE, KEA_MISSING, KEA_UNTOLD };
const struct kea_sent *kea_sent_find(const struct kea_query *q, int64_t code);
/* The option at the end of a path of codes (option[82].option[1]). */
enum kea_found kea_packet_option(const struct kea_query *q, const int64_t *path, size_t count,
                                 struct ipam_bytes *ret);
/* Whether the option at the end of the path is a text. */
bool kea_packet_is_text(const struct kea_query *q, int64_t code);
/* The vendor option (or with `class` the vendor class option) of an enterprise, 0: any; what it has behind the number. */
enum kea_found kea_packet_vendor(const struct kea_query *q, bool class_option, int64_t enterprise,
                                 uint32_t *ret_enterprise, struct ipam_bytes *ret);
enum kea_found kea_packet_suboption(const struct kea_query *q, struct ipam_bytes within, int64_t code,
                                    struct ipam_bytes *ret);
enum kea_found kea_packet_tuple(const struct kea_query *q, struct ipam_bytes within, int64_t index,
                                struct ipam_bytes *ret);
/* pkt4.mac, pkt.iface and the like; KEA_MISSING: there is no such field. */
enum kea_found kea_packet_field(const struct kea_query *q, struct ipam_str object, struct ipam_str field,
                                struct arena *a, struct ipam_bytes *ret);

/* eval.c: whether the test holds. What decided is appended to `reason`. A test that the server itself gives up holds
 * for nobody. */
enum kea_truth kea_test(const struct kea_query *q, struct ipam_str test, struct arena *a,
                        struct strbuf *reason);
/* The text that a template test makes of the message: KEA_YES with it, KEA_NO when it is empty, or KEA_UNKNOWN. */
enum kea_truth kea_test_value(const struct kea_query *q, struct ipam_str test, struct arena *a,
                              struct ipam_bytes *ret, struct strbuf *reason);
/* Whether the test names a class for which `is` is true. */
bool kea_test_names(struct ipam_str test, bool (*is)(void *user, struct ipam_str name), void *user);

#endif
