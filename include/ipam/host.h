/* host.h - what the host does for a plugin.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A plugin links to nothing of the host: everything it may call is in the table it gets at open. Members are
 * only appended; test a newer one with IPAM_HAS. */
#ifndef IPAM_HOST_H
#define IPAM_HOST_H

#include "ipam/options.h"
#include "ipam/records.h"
#include "ipam/status.h"
#include "ipam/types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ipam_inst;  /* one server (or storage) opened with one set of options; owned by the host */
struct ipam_req;   /* one call; owned by the host */
struct ipam_row;   /* storage.h */
struct ipam_timer; /* of a LOOP plugin; owned by the host */

/* True if table p is new enough to have member m, and m is set. */
#define IPAM_HAS(p, m) ((p)->size >= offsetof(__typeof__(*(p)), m) + sizeof((p)->m) && (p)->m)

/* Flags of an outcome. */
#define IPAM_DONE_COMPLETE 1 /* every row that exists was emitted: what is missing does not exist */
#define IPAM_DONE_DELTA    2 /* only what changed was emitted; what is gone has `removed` set */

/* Events of watch_fd. */
#define IPAM_FD_READ  1u
#define IPAM_FD_WRITE 2u

/* Log levels are syslog's: 3 error, 4 warning, 5 notice, 6 information, 7 debug. */

struct ipam_host {
    uint32_t size, abi;

    /* Options of the instance, checked against the plugin's table. 0, or IPAM_E_NOENT when absent and without
     * default, or IPAM_E_INVAL for a name that is not in the table or of another kind. Texts live as long as
     * the instance. */
    int32_t (*option_text)(struct ipam_inst *, const char *name,
                           struct ipam_str *ret); /* text, path, enum, address, prefix */
    int32_t (*option_int)(struct ipam_inst *, const char *name,
                          int64_t *ret); /* int, duration (ms), bool (0, 1) */
    /* A secret's bytes; valid until `open` returns, then wiped: copy what a library must keep, and wipe the
     * copy at close. */
    int32_t (*option_secret)(struct ipam_inst *, const char *name, struct ipam_bytes *ret);
    /* The server's name in the inventory (host name or address text); for storage the empty text. */
    struct ipam_str (*target)(struct ipam_inst *);
    /* Why `open` is about to fail; one sentence with what to do. Copied. */
    void (*open_error)(struct ipam_inst *, const char *text);

    /* Logs one event; `event` is a stable id of [a-z0-9-]. Lines that come too fast are held back and
     * counted. Any thread. */
    void (*log)(struct ipam_inst *, int32_t level, const char *event, const char *text);
    int64_t (*now_ms)(void); /* monotonic */

    /* For a request, from any thread, before done: */
    void *(*alloc)(struct ipam_req *, size_t size); /* zeroed, freed with the request; NULL: out of memory */
    /* Hands out one row (copied at once). Negative: stop and call done with that status, or another error; a
     * call that was cancelled gets IPAM_E_CANCELED. Without credit it blocks; under LOOP it answers
     * IPAM_E_AGAIN instead, has taken nothing, and on_credit tells when to go on. */
    int32_t (*emit)(struct ipam_req *, const struct ipam_record *rec);
    int32_t (*row)(struct ipam_req *, const struct ipam_row *row); /* storage kind */
    /* Says what is being done now, for operators and tests: "config-test". Static text of at most 32 bytes.
     */
    void (*step)(struct ipam_req *, const char *step);
    int32_t (*cancelled)(struct ipam_req *);   /* nonzero: give up soon */
    int64_t (*deadline_ms)(struct ipam_req *); /* monotonic; 0: none. Library time-outs stay below it */
    /* The edit of an apply call, by index; valid until done. `before`, `after`: NULL when absent. */
    int32_t (*edit)(struct ipam_req *, uint32_t index, uint32_t *ret_verb,
                    const struct ipam_record **ret_before, const struct ipam_record **ret_after);
    /* Ends the request: exactly once, the last thing done to it. info may be NULL; its `status` field is not
     * read. */
    void (*done)(struct ipam_req *, int32_t status, const struct ipam_outcome *info);

    /* More options, as above. A list lives as long as the instance. */
    int32_t (*option_list)(struct ipam_inst *, const char *name, struct ipam_strs *ret);
    int32_t (*option_addr)(struct ipam_inst *, const char *name, struct ipam_addr *ret);
    int32_t (*option_prefix)(struct ipam_inst *, const char *name, struct ipam_prefix *ret);
    /* Only within the plugin's `check`: what is wrong with an option, and what to write instead. */
    void (*option_problem)(struct ipam_inst *, const char *name, const char *text);

    /* The server turned out to do less, or more, than was known: what it can from now on, never more than
     * the table says. Any thread. */
    void (*caps_changed)(struct ipam_inst *, uint64_t capabilities);
    /* A further table of functions by name and version, or NULL: none is offered in v0. */
    const void *(*service)(struct ipam_inst *, const char *name, uint32_t version);

    /* For LOOP plugins, on their thread; the functions run later, never inside the call that asks for them.
     * What is still watched or waited for after close is forgotten. Any other plugin gets IPAM_E_UNSUPPORTED,
     * or NULL. */
    /* Calls ready while fd is readable or writable (IPAM_FD_*); again for the same fd: changes events; 0:
     * ends it, which must come before the fd is closed. 0 or IPAM_E_*. */
    int32_t (*watch_fd)(struct ipam_inst *, int32_t fd, uint32_t events,
                        void (*ready)(void *user, int32_t fd, uint32_t events), void *user);
    /* Calls due once. The timer is gone when it was due or stopped; NULL: out of memory, or no LOOP
     * plugin. */
    struct ipam_timer *(*timer_start)(struct ipam_inst *, int64_t after_ms, void (*due)(void *user),
                                      void *user);
    void (*timer_stop)(struct ipam_inst *, struct ipam_timer *);
    /* Calls run soon; from any thread. 0 or IPAM_E_NOMEM. */
    int32_t (*defer)(struct ipam_inst *, void (*run)(void *user), void *user);
    /* Calls run, once, when emit has answered IPAM_E_AGAIN and there is credit again, or the call was
     * cancelled; not after done. */
    void (*on_credit)(struct ipam_req *, void (*run)(void *user), void *user);
};

#ifdef __cplusplus
}
#endif
#endif
