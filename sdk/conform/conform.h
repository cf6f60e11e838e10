/* conform.h - what the parts of ipam-conform share: settings, trials, the tester's own host.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Each trial runs in a child process of its own, which loads the plugin, plays the host, and writes what it
 * sees into memory it shares with the parent. The host here is independent of the daemon's. */
#ifndef CONFORM_H
#define CONFORM_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/json.h"
#include "ipam/plugin.h"
#include "record/record.h"

#define KIND_COUNT    10 /* IPAM_KIND_* run from 1 to 9; 0: what belongs to no kind */
#define RULE_NAME_MAX 32
#define TEXT_MAX      480
#define FINDINGS_MAX  32
#define OPTION_COUNT  64 /* options of one plugin */
#define SECRETS_MAX   32
#define LIST_MAX      64
#define CONCURRENCY   4 /* where the plugin leaves it to the host */

struct secret {
    const char *name, *value;
};

struct settings {
    const char *path, *target;
    char name[64];         /* of the file, without .so */
    uint32_t kind;         /* 0: all */
    const char *rules[16]; /* empty: all */
    unsigned rule_count, jobs;
    struct json_doc *options; /* may be NULL */
    struct secret secrets[SECRETS_MAX];
    unsigned secret_count;
    int64_t deadline_ms, grace_ms, limit_ms;
    bool read_only, json;
    char folder[512]; /* for the paths of made-up options; each trial has its own below */
};
extern struct settings settings;

/* --- trials: what a child tells its parent ------------------------------------------------------------ */

struct finding {
    char rule[RULE_NAME_MAX], text[TEXT_MAX];
};
enum end { END_NONE, END_FULL, END_SKIPPED, END_UNJUDGED };
struct area { /* shared memory of one trial */
    pthread_mutex_t lock;
    struct finding findings[FINDINGS_MAX];
    unsigned count;
    char why[TEXT_MAX]; /* it was skipped, or could not be judged */
    _Atomic(const char *) stage; /* where the plugin was last called: a text of the program */
    int64_t began;      /* monotonic ms */
    bool partly;        /* calls took so long that not all was tried */
    uint32_t kinds;     /* bit n: kind n is offered; of the first trial */
    atomic_uint calls, answered_ok;
    atomic_int end;
};
extern struct area *area;
extern const char *trial_rule; /* the rule this child tries, and the kind as which */
extern uint32_t trial_kind;

/* The plugin broke a rule: what was seen and what to do. Once a rule; the first stays. Any thread. */
void broken(const char *rule, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool was_broken(const char *rule);
/* End the trial at once: nothing more to try; it does not apply; it cannot be judged for a reason. */
_Noreturn void trial_end(void);
/* Half of the time of this trial is over: end it in good order, without trying the rest. */
bool trial_late(void);
_Noreturn void trial_skip(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void trial_unjudged(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#define FOR_CALLS   1u /* once for each kind but storage */
#define FOR_STORAGE 2u /* for the kind storage */
#define FOR_FILE    4u /* once for the plugin */
struct rule {
    const char *name, *meaning;
    void (*try_calls)(void), (*try_storage)(void);
    unsigned flags;
};
extern const struct rule rules[];
extern const unsigned rule_count;

enum result { RESULT_SKIPPED, RESULT_OK, RESULT_FAILED };
struct verdict {
    enum result result;
    char text[TEXT_MAX + 64];
};
/* Runs what the settings ask for; verdicts has room for all rules. 0, or 2 when nothing can be run. */
int trials_run(struct verdict *verdicts, unsigned *ret_calls, unsigned *ret_ok);
bool rule_wanted(const struct rule *r);
int report(const struct verdict *verdicts, unsigned calls, unsigned ok);

/* --- the plugin --------------------------------------------------------------------------------------- */

union tables {
    struct ipam_ops common; /* of all but storage */
    struct ipam_discovery_ops discovery;
    struct ipam_dhcp_ops dhcp;
    struct ipam_dns_ops dns;
    struct ipam_vspace_ops vspace;
    struct ipam_audit_ops audit;
    struct ipam_storage_ops storage;
    struct ipam_identity_ops identity;
    struct ipam_reach_ops reach;
    struct ipam_sink_ops sink;
};
struct kind {
    uint32_t number;
    const char *name;
    size_t member, size; /* in struct ipam_plugin; of the table */
};
extern const struct kind kinds[KIND_COUNT - 1];
const struct kind *kind_of(uint32_t number);
const struct kind *kind_by_name(const char *name);

extern const struct ipam_plugin *plugin; /* as loaded by this trial */
extern union tables ops;                 /* the host's own copy of the kind's table */
/* Loads the plugin and finds its descriptor; says why it cannot. */
const struct ipam_plugin *plugin_load(char *why, size_t size);
/* A kind's table as the plugin gave it, NULL when not offered. */
const void *plugin_table(const struct ipam_plugin *p, const struct kind *k);
/* Takes plugin and ops for trial_kind; ends the trial when that is not possible. */
void plugin_take(void);
bool under_loop(void);
bool has_cap(uint64_t bits);

/* One operation of a kind. */
struct call {
    const char *name;
    uint32_t kind;      /* 0: of all kinds but storage */
    size_t member;      /* in the kind's table */
    uint32_t args, row; /* IPAM_T_* of the arguments and of its rows; 0: none, or several */
    uint64_t caps;      /* any of these needs it, and it needs one of these; 0: always there */
    unsigned flags;
};
#define CALL_ENDLESS 1u /* runs until it is cancelled */
#define CALL_WRITES  2u /* changes the server */
#define CALL_MAY     4u /* may be NULL without a capability */
extern const struct call calls[];
extern const unsigned call_count;
/* The calls of trial_kind that the plugin offers and the settings allow: index from 0, NULL at the end, and when
 * the trial is late. */
const struct call *call_at(unsigned index);
uint64_t known_caps(uint32_t kind);
const char *status_name(int32_t status); /* NULL: none of IPAM_OK and IPAM_E_* */

/* --- option values ------------------------------------------------------------------------------------ */

struct value {
    bool present, read;
    int64_t number;
    char *text;      /* TEXT, PATH, ENUM, ADDRESS, PREFIX */
    uint8_t *secret; /* until open has returned */
    size_t secret_len;
    struct ipam_addr addr;
    struct ipam_prefix prefix;
    struct ipam_str *items;
    size_t item_count;
};
enum make { MAKE_NEEDED, MAKE_ALL }; /* values for required options, or for all */
unsigned option_count(void);
const struct ipam_option *option_find(const char *name, unsigned *ret_index);
/* What the options file says, defaults, and made-up values that differ by `who`. */
void values_make(struct value *v, enum make make, unsigned who);
/* Reads text as a value of option o: 0 or IPAM_E_INVAL. */
int value_parse_text(const struct ipam_option *o, const char *text, struct value *ret);
/* Sets one option from text as it would be written in the file. */
void values_set(struct value *v, const char *name, const char *text);

/* --- workers ------------------------------------------------------------------------------------------ */

struct worker; /* a thread that runs tasks, and for LOOP plugins watches and timers */
struct worker *worker_new(void);
void worker_free(struct worker *w); /* ends it */
void worker_post(struct worker *w, void (*run)(void *), void *arg);
/* Runs it there and waits; false when it takes longer than the time limit. */
bool worker_call(struct worker *w, void (*run)(void *), void *arg, int64_t limit_ms);
bool on_worker(const struct worker *w);
int32_t worker_watch(struct worker *w, struct ipam_inst *inst, int fd, uint32_t events,
                     void (*ready)(void *, int32_t, uint32_t), void *user);
struct ipam_timer *worker_timer(struct worker *w, struct ipam_inst *inst, int64_t after_ms,
                                void (*due)(void *), void *user);
void worker_timer_stop(struct worker *w, struct ipam_timer *t);
void worker_defer(struct worker *w, struct ipam_inst *inst, void (*run)(void *), void *user);
void worker_forget(struct worker *w, const struct ipam_inst *inst);
bool tester_thread(long tid);
int64_t now_ms(void);
void sleep_ms(int64_t ms);

/* --- instances and requests --------------------------------------------------------------------------- */

enum inst_state { INST_NEW, INST_OPENING, INST_OPEN, INST_CLOSED };
struct ipam_inst {
    uint32_t magic, number;
    enum inst_state state;
    const char *target;
    const struct ipam_host *host;
    struct value values[OPTION_COUNT];
    struct worker *workers[65];   /* 64 and NULL */
    struct ipam_req *running[64]; /* by worker: handed over and not both returned and done */
    unsigned worker_count, limit, under_way;
    void *ctx;
    int32_t open_status;
    char open_error[256];
    bool checking, secrets_gone;
};

struct edit {
    uint32_t verb;
    const struct ipam_record *before, *after;
};
struct keep; /* memory of one request, of which nothing may be read after done */
struct ipam_req {
    uint32_t magic;
    struct ipam_inst *inst;
    const struct call *call;
    const char *what;               /* for messages */
    void (*run)(struct ipam_req *); /* calls the plugin */
    void *args, *user;
    struct edit *edits;
    uint32_t edit_count;
    struct keep *keep;
    /* What the trial wants: */
    int64_t deadline;    /* monotonic ms; 0: none */
    int64_t credit;      /* rows it may emit; below 0: as many as it likes */
    uint32_t cancel_at;  /* cancels at this call of the host; 0: never */
    uint32_t stop_at;    /* emit answers negative at this row */
    uint32_t fail_alloc; /* alloc answers NULL at this call */
    uint32_t slow_ms;    /* each call of the host takes as long */
    void (*on_row)(struct ipam_req *, const struct ipam_row *);
    /* What happened: */
    bool returned, done, stopped, cancelled, want_cancel, cancelling, again;
    uint32_t done_count, host_calls, rows, allocs, worker;
    int64_t started;
    int32_t stop_status, status;
    int64_t done_flags;
    char message[256];
    void (*credit_run)(void *);
    void *credit_user;
    char part[65]; /* of the config_text that came last, and the place of the next piece of it */
    int64_t next_piece;
};
#define INST_MAGIC 0x1a5cafe1u
#define REQ_MAGIC  0x1a5cafe2u

/* What the plugin is doing on this thread. */
struct entry {
    struct ipam_inst *inst;
    const char *what;
    struct entry *outer;
    int64_t began_ns, waited_ns;
    int host_side;
};
extern __thread struct entry *entry_now;
extern __thread int host_side; /* above 0: this is the tester's own code, not the plugin's */
void enter(struct entry *e, struct ipam_inst *inst, const char *what);
void leave(struct entry *e);

/* One lock for all bookkeeping, and one condition that is told of every change. */
void lock(void);
void unlock(void);
void changed(void);
bool wait_change(int64_t until_ms); /* locked; false at that time */

extern const struct ipam_host host_table;
void host_told(const struct ipam_inst *inst, const char *where, const char *text, size_t len);
struct ipam_inst *inst_new(unsigned who, enum make make);
int32_t inst_open(struct ipam_inst *inst);
void inst_close(struct ipam_inst *inst);
void inst_free(struct ipam_inst *inst);
/* A new instance, open; ends the trial when it cannot be opened. */
struct ipam_inst *inst_opened(unsigned who);

enum fill { FILL_ORDINARY, FILL_ABSENT, FILL_EMPTY, FILL_MAXIMAL };
struct ipam_req *req_new(struct ipam_inst *inst, const struct call *call, enum fill fill);
struct ipam_req *req_plain(struct ipam_inst *inst, const char *what, void (*run)(struct ipam_req *));
void req_free(struct ipam_req *req);  /* only when nothing of the plugin can know it any more */
void req_start(struct ipam_req *req); /* waits for a free place first */
void req_cancel(struct ipam_req *req);
void req_credit(struct ipam_req *req, int64_t rows);
void req_start_on(struct ipam_req *req, unsigned worker); /* storage: 0 the writer, then the readers */
/* Until the plugin has it in hand. */
void req_entered(struct ipam_req *req);
/* True when it was done within this time. */
bool req_wait(struct ipam_req *req, int64_t ms);
/* Waits until it is over: to its deadline, then cancels it, then to the end of the grace. Otherwise `rule` is
 * broken and the trial ends. */
void req_finish(struct ipam_req *req, const char *rule);
/* Starts and finishes one ordinary call. */
struct ipam_req *req_run(struct ipam_inst *inst, const struct call *call, enum fill fill);
/* Calls everything once. */
void run_battery(struct ipam_inst *inst);
void schema_any(void); /* storage is opened with a small schema of the tester */
void schema_use(const struct ipam_schema *schema); /* what storage is opened with */
void cancel_now(struct ipam_inst *inst, struct ipam_req *req);

/* Arguments of a call, in the memory of its request. */
void args_fill(struct ipam_req *req, enum fill fill);
/* A record of this type; NULL for an unknown type. */
void *record_make(struct keep *k, uint32_t type, enum fill fill);
bool arg_set_int(void *rec, const char *field, int64_t value);

struct keep *keep_new(size_t size);
void *keep_alloc(struct keep *k, size_t size);
void keep_free(struct keep *k);
/* From now on each touch of it breaks the rule. */
void keep_seal(struct keep *k, const char *rule, const char *what);
/* A copy whose last byte is the last one that can be read. */
void *guard_copy(const void *data, size_t size, const char *rule, const char *what);
void guard_start(void);
extern bool guarding; /* requests seal their memory at done */

/* --- what a plugin may not touch ---------------------------------------------------------------------- */

void state_watch(void);
void state_look(const char *where);
unsigned count_threads(void); /* that are not the tester's */
unsigned count_files(void);

void alloc_watch(bool on);
void alloc_generation(unsigned n); /* blocks made from now on belong to it */
/* Blocks of generations from first to last that are still there; what they have in common in `where`. */
unsigned alloc_left(unsigned first, unsigned last, size_t *ret_bytes, char *where, size_t size);
void alloc_fail_at(unsigned n); /* the n-th allocation of the plugin from now on fails; 0: none */
bool alloc_failed(void);
bool alloc_works(void);

void try_descriptor(void);
void try_symbols(void);
void try_tables(void);
void try_option_table(void);
void try_check(void);
void try_options(void);
void try_open(void);
void try_battery(void);
void try_state(void);
void try_after_close(void);
void try_arguments(void);
void try_capability(void);
void try_stop(void);
void try_late(void);
void try_many(void);
void try_cancel_before(void);
void try_cancel_during(void);
void try_cancel_after(void);
void try_deadline(void);
void try_out_of_memory(void);
void try_malloc(void);
void try_lifetime(void);
void try_leaks(void);
void try_older(void);
void try_newer(void);
void try_two(void);
void try_reload(void);
void try_thread(void);
void try_storage(void);
void try_storage_abort(void);
void try_storage_readers(void);
void try_storage_dump(void);
void try_storage_leaks(void);
void try_storage_state(void);

#endif
