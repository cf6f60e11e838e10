/* problem_table.h - the one table of refusals: what clients may rely on, and what ipamctl ends with.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Here rather than in core/model, so that ipamctl reads the same table. Append only: the slugs are promises. */
#ifndef RECORD_PROBLEM_TABLE_H
#define RECORD_PROBLEM_TABLE_H

/* TYPE, slug, HTTP status, exit code of ipamctl (CLI_...), title, and what it means and what helps. */
#define PROBLEM_TABLE(X)                                                                                     \
    X(BAD_REQUEST, "bad-request", 400, USAGE, "The request is malformed",                                    \
      "The request line, a header or the query is not what HTTP or this interface defines. The detail names " \
      "the part. Nothing was changed.")                                                                      \
    X(BAD_JSON, "bad-json", 400, USAGE, "The body is not the JSON that is expected",                         \
      "The body is no strict JSON (RFC 8259): the detail has the line and the column. Duplicate members, "   \
      "invalid UTF-8 and anything after the value are refused too.")                                         \
    X(BAD_CURSOR, "bad-cursor", 400, USAGE, "The cursor is not one this server gave",                        \
      "A list goes on with the value of \"next\" of the page before, unchanged and with the same filters.")  \
    X(UNAUTHENTICATED, "unauthenticated", 401, DENIED, "No valid credentials",                               \
      "The request has no token, or one that is not known. Send the header Authorization: Bearer TOKEN; the " \
      "administrator's token is in the file that the service named at its first start.")                     \
    X(DENIED, "denied", 403, DENIED, "Not allowed",                                                          \
      "The token is known, but its role does not have the operation that the detail names.")                 \
    X(NOT_FOUND, "not-found", 404, NOT_FOUND, "No such object",                                              \
      "There is no resource of that path, or no object of that id or key. A key may need its container: "    \
      "10.1.2.0_24@SPACE.")                                                                                  \
    X(METHOD, "method-not-allowed", 405, FAILED, "The resource does not have this method",                   \
      "The header Allow of the answer lists the methods that the resource has.")                             \
    X(NOT_ACCEPTABLE, "not-acceptable", 406, FAILED, "The answer does not exist in the wanted type",         \
      "Ask for application/json, or text/csv where the resource is a list.")                                 \
    X(EXISTS, "exists", 409, CONFLICT, "It exists already",                                                  \
      "An object of the same natural key is there. Change that one, or choose another key.")                 \
    X(OVERLAP, "overlap", 409, CONFLICT, "It overlaps another object",                                       \
      "Ranges of one source do not overlap; subnets do not where their space refuses it, or one of another "   \
      "access scope is there. The detail names the other object.")                                           \
    X(IN_USE, "in-use", 409, CONFLICT, "It is in use",                                                       \
      "Something depends on the object, or its work has ended or is under way. The detail names what; remove " \
      "or await that first.")                                                                                \
    X(CHANGED_SINCE, "changed-since", 409, CONFLICT, "It was changed since",                                 \
      "What is to be undone was changed again by later revisions, which the answer lists. Undo those first, "\
      "or all together with \"cascade\": true.")                                                             \
    X(AMBIGUOUS, "ambiguous", 409, CONFLICT, "The key names more than one object",                           \
      "Use one of the ids that the detail lists, or name the container after an @.")                         \
    X(MANAGED, "managed-elsewhere", 409, CONFLICT, "It belongs to a server and is changed there",            \
      "The object was collected from a server, or its server is not managed here. Change it on the server, " \
      "or let ipamd manage the server.")                                                                     \
    X(DEFINED_IN_FILE, "defined-in-file", 409, CONFLICT, "It is defined in the configuration file",          \
      "Plugins and tasks are what the configuration file says of them. Change it in the file that the detail " \
      "names, and reload: nothing of it is changed by a request.")                                           \
    X(EXHAUSTED, "exhausted", 409, EXHAUSTED, "Nothing free is left",                                        \
      "Fewer addresses are free than were asked for, and none was given. Release some, or take another "     \
      "parent.")                                                                                             \
    X(CLAIM_RELEASED, "claim-released", 410, NOT_FOUND, "What the claim had was released",                   \
      "A claim never gets other addresses. Use another claim.")                                              \
    X(TOO_LARGE, "too-large", 413, USAGE, "The request is too large",                                        \
      "The body, the list or the change it makes is over a limit that the detail names. Send several "       \
      "requests, or a file of CSV.")                                                                         \
    X(MEDIA_TYPE, "media-type", 415, USAGE, "The body is of a type that is not read here",                   \
      "Send application/json; collections also take text/csv.")                                              \
    X(INVALID, "invalid", 422, USAGE, "The content is not valid",                                            \
      "Each wrong place is in errors[], as a JSON pointer with what is expected there. Nothing was changed.") \
    X(CLAIM_MISMATCH, "claim-mismatch", 422, CONFLICT, "The claim was made with another request",            \
      "Repeat the request the claim was made with, byte for byte in meaning, or use another claim.")         \
    X(INTERNAL, "internal", 500, FAILED, "The service failed",                                               \
      "A fault of the service. The log has more under the request id of the header X-Request-Id.")           \
    X(UNSUPPORTED, "unsupported", 501, FAILED, "This is not supported",                                      \
      "This version, or the object, does not have what was asked for. The detail says what does work.")      \
    X(UNAVAILABLE, "unavailable", 503, TRY_AGAIN, "Not available now",                                       \
      "The service starts or stops, its storage is away, or too much is waiting. Repeat after the time of "  \
      "the header Retry-After.")                                                                             \
    X(OUTCOME_UNKNOWN, "outcome-unknown", 503, TRY_AGAIN, "Whether the change was made is not known",        \
      "Storage failed while the change was written. Repeat the request with the same Idempotency-Key or "    \
      "claim once the service answers again: it is then made once.")                                         \
    X(NO_SPACE, "no-space", 507, TRY_AGAIN, "The storage is full",                                           \
      "Nothing was changed; reads go on. Writes are taken again as soon as there is room.")                  \
    X(PRECONDITION, "precondition-failed", 412, CONFLICT, "The object is not as the condition wants it",     \
      "It was changed or deleted since it was read, or exists though it should not. The header ETag of the " \
      "answer has its present tag: read it again, and decide anew.")                                         \
    X(IN_PROGRESS, "in-progress", 409, TRY_AGAIN, "A request with this Idempotency-Key is under way",        \
      "Repeat after the time of the header Retry-After: the answer will be that of the first request.")      \
    X(KEY_MISMATCH, "idempotency-mismatch", 422, CONFLICT, "The Idempotency-Key was used for another request", \
      "A key stands for one request: the same method, path, query and body. Use a new key for a new "        \
      "request. Keys are forgotten after 7 days.")                                                           \
    X(FORGOTTEN, "forgotten", 410, NOT_FOUND, "The change log does not go back so far",                      \
      "What was asked for is older than the first change that is kept. Begin with the present state, and "   \
      "follow from its revision.")                                                                            \
    X(NO_HISTORY, "no-history", 400, USAGE, "It is known only as it is now",                                 \
      "Records of this type are kept as they are, without their past. Leave at away; what the resource was " \
      "may be in the change log or in the events.")                                                          \
    X(BEHIND, "behind", 503, TRY_AGAIN, "This node has not reached the revision yet",                        \
      "The request wants a revision that this node does not have yet. Repeat after the time of the header "  \
      "Retry-After, or ask another node.")                                                                    \
    X(TOO_MANY, "too-many-attempts", 429, TRY_AGAIN, "Too many attempts",                                     \
      "Passwords or tokens from there were wrong too often, or too many sign in at the same time. Nobody is "  \
      "locked out: repeat after the time of the header Retry-After, which grows while wrong ones come.")

#endif
