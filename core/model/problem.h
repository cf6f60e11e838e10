/* problem.h - why something is refused: one table of stable types, filled in by whoever refuses.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_PROBLEM_H
#define MODEL_PROBLEM_H

#include "record/record.h"

/* TYPE (the slug clients rely on), HTTP status, title. Append only. */
#define PROBLEM_TABLE(X)                                                                                     \
    X(BAD_REQUEST, "bad-request", 400, "The request is malformed")                                           \
    X(BAD_JSON, "bad-json", 400, "The body is not the JSON that is expected")                                \
    X(BAD_CURSOR, "bad-cursor", 400, "The cursor is not one this server gave")                               \
    X(UNAUTHENTICATED, "unauthenticated", 401, "No valid credentials")                                       \
    X(DENIED, "denied", 403, "Not allowed")                                                                  \
    X(NOT_FOUND, "not-found", 404, "No such object")                                                         \
    X(METHOD, "method-not-allowed", 405, "The resource does not have this method")                           \
    X(NOT_ACCEPTABLE, "not-acceptable", 406, "The answer does not exist in the wanted type")                 \
    X(EXISTS, "exists", 409, "It exists already")                                                            \
    X(OVERLAP, "overlap", 409, "It overlaps another object")                                                 \
    X(IN_USE, "in-use", 409, "It is in use")                                                                 \
    X(AMBIGUOUS, "ambiguous", 409, "The key names more than one object")                                     \
    X(MANAGED, "managed-elsewhere", 409, "It belongs to a server and is changed there")                      \
    X(DEFINED_IN_FILE, "defined-in-file", 409, "It is defined in the configuration file")                    \
    X(EXHAUSTED, "exhausted", 409, "Nothing free is left")                                                   \
    X(CHANGED, "changed", 409, "It was changed meanwhile")                                                   \
    X(CLAIM_RELEASED, "claim-released", 410, "What the claim had was released")                              \
    X(TOO_LARGE, "too-large", 413, "The request is too large")                                               \
    X(MEDIA_TYPE, "media-type", 415, "The body is of a type that is not read here")                          \
    X(INVALID, "invalid", 422, "The content is not valid")                                                   \
    X(CLAIM_MISMATCH, "claim-mismatch", 422, "The claim was made with another request")                      \
    X(INTERNAL, "internal", 500, "The service failed")                                                       \
    X(UNSUPPORTED, "unsupported", 501, "This is not supported")                                              \
    X(PROVIDER, "provider", 502, "The managed server or its provider failed")                                \
    X(UNAVAILABLE, "unavailable", 503, "Not available now")                                                  \
    X(OUTCOME_UNKNOWN, "outcome-unknown", 503, "Whether the change was made is not known")                   \
    X(NO_SPACE, "no-space", 507, "The storage is full")

enum problem_type {
    PROBLEM_NONE,
#define PROBLEM_ENUM(name, slug, status, title) PROBLEM_##name,
    PROBLEM_TABLE(PROBLEM_ENUM)
#undef PROBLEM_ENUM
        PROBLEM_COUNT
};

/* One refusal. `errors` may list places in the input; they live in the request's arena. */
struct problem {
    enum problem_type type;
    char detail[512];  /* what happened and where */
    char hint[256];    /* what to do */
    int retry_after_s; /* 0: say nothing */
    const struct record_problem *errors;
};

const char *problem_slug(enum problem_type t);
int problem_status(enum problem_type t);
const char *problem_title(enum problem_type t);
/* Both return IPAM_E_INVAL, so that a rule can say `return problem_set(...)`. */
int problem_set(struct problem *p, enum problem_type t, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int problem_hint(struct problem *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
