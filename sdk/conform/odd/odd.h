/* odd.h - what each odd plugin does wrong: one block a rule, each defines the place in odd.c it needs.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * -DBREAK_<RULE> takes one. At the end, every place that is not taken is empty. */
#ifndef ODD_H
#define ODD_H

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Some only need a pause. */
#define ODD_SLEEP(ms)                                                                                        \
    do {                                                                                                     \
        struct timespec t_ = { (ms) / 1000, (long)((ms) % 1000) * 1000000 };                                 \
        nanosleep(&t_, NULL);                                                                                \
    } while (0)

/* --- descriptor, tables, options ---------------------------------------------------------------------- */

#ifdef BREAK_DESCRIPTOR
#define ODD_NAME(name) "another-name"
#endif
#ifdef BREAK_DESCRIPTOR_ABI
#define ODD_ABI (IPAM_ABI + 1)
#endif
#ifdef BREAK_DESCRIPTOR_NEEDS
#define ODD_NEEDS { "dhcpd", NULL }
#endif
#ifdef BREAK_EXPORTED_SYMBOLS
__attribute__((visibility("default"))) int odd_extra;
int odd_extra = 1;
#endif
#ifdef BREAK_TABLES_AND_CAPABILITIES
#define ODD_CAPS ((uint64_t)1 << 31) /* below those of acts, above all others */
#endif
#ifdef BREAK_TABLES_AND_CAPABILITIES_MEMBER /* a function without its capability */
#define ODD_CAPS_LESS IPAM_DHCP_CAP_STATS
#endif
#ifdef BREAK_OPTION_TABLE
#define ODD_DEFAULT "90s" /* above its range */
#endif
#ifdef BREAK_OPTIONS_HONOURED
static const struct ipam_option unread = { sizeof(unread), IPAM_OPT_TEXT, 0,    "unread", NULL,
                                           0,              0,             NULL, "Unread." };
#define ODD_MORE_OPTIONS &unread,
#endif
#ifdef BREAK_OPTIONS_HONOURED_KIND /* another accessor */
#define ODD_OPENED(odd)                                                                                      \
    int64_t n_;                                                                                              \
    (odd)->host->option_int((odd)->inst, "label", &n_)
#endif
#ifdef BREAK_CHECK
#define ODD_CHECK(inst, host) (void)open("/dev/null", O_RDONLY | O_CLOEXEC)
#endif

/* --- done and emit ------------------------------------------------------------------------------------ */

#ifdef BREAK_SURVIVES
#define ODD_ARGS(ctx, args)                                                                                  \
    (void)(args);                                                                                            \
    abort()
#endif
#ifdef BREAK_DONE_ONCE
#define ODD_AFTER_DONE(odd, req, status, info) (odd)->host->done(req, status, &(info))
#endif
#ifdef BREAK_DONE_ALWAYS
#define ODD_DONE(odd, req, status, info)                                                                     \
    if ((status) == IPAM_OK)                                                                                 \
    return
#endif
#ifdef BREAK_DONE_THREAD
struct odd_end {
    const struct ipam_host *host;
    struct ipam_req *req;
    int32_t status;
};
static void *odd_done_elsewhere(void *arg)
{
    struct odd_end *e = arg;

    e->host->done(e->req, e->status, NULL);
    return NULL;
}
#define ODD_DONE(odd, req, status, info)                                                                     \
    if ((status) == IPAM_OK) {                                                                               \
        struct odd_end e_ = { (odd)->host, req, status };                                                    \
        pthread_t thread_;                                                                                   \
        if (pthread_create(&thread_, NULL, odd_done_elsewhere, &e_) == 0)                                    \
            pthread_join(thread_, NULL);                                                                     \
        return;                                                                                              \
    }
#endif
#ifdef BREAK_EMIT_AFTER_DONE
#define ODD_AFTER_DONE(odd, req, status, info) (odd)->host->step(req, "late")
#endif
#ifdef BREAK_EMIT_AFTER_STOP
#define ODD_EMIT(host, job, answer)                                                                          \
    ((job)->last_rc = (answer)) < 0 && (job)->last_rc != IPAM_E_AGAIN ? (host)->emit((job)->req, rec) :      \
                                                                        (job)->last_rc
#endif
#ifdef BREAK_RECORDS_VALID
#define ODD_SCOPE(scope) (scope).name = str("\xff")
#endif
#ifdef BREAK_RECORDS_VALID_ID
#define ODD_SCOPE(scope) IPAM_SET_FIELD(&(scope), IPAM_SCOPE_ID)
#endif
#ifdef BREAK_RECORDS_VALID_TYPE
#define ODD_SCOPE(scope) (scope).type = 63
#endif
#ifdef BREAK_RECORDS_VALID_LENGTH
#define ODD_SCOPE(scope) (scope).name.len = 1u << 20
#endif
#ifdef BREAK_RECORDS_VALID_PIECES /* a text that begins in its middle */
#define ODD_SCOPE(scope)                                                                                     \
    struct ipam_config_text piece_;                                                                          \
    memset(&piece_, 0, sizeof(piece_));                                                                      \
    piece_.size = sizeof(piece_);                                                                            \
    piece_.type = IPAM_T_CONFIG_TEXT;                                                                        \
    SET(piece_, IPAM_CONFIG_TEXT_PART, part, str("all"));                                                    \
    SET(piece_, IPAM_CONFIG_TEXT_SEQ, seq, 3);                                                               \
    int32_t taken_ = emit(job, &piece_);                                                                     \
    if (taken_ != IPAM_OK)                                                                                   \
    return taken_
#endif
#ifdef BREAK_KNOWN_STATUS
#define ODD_DONE(odd, req, status, info)                                                                     \
    if ((status) == IPAM_OK) {                                                                               \
        SET(info, IPAM_OUTCOME_MESSAGE, message, str("odd"));                                                \
        (info).flags = 0;                                                                                    \
        (status) = -7777;                                                                                    \
    }
#endif
#ifdef BREAK_ERROR_HAS_MESSAGE
#define ODD_DONE(odd, req, status, info)                                                                     \
    if ((status) == IPAM_E_UNSUPPORTED)                                                                      \
    (info).has[0] &= ~((uint64_t)1 << IPAM_OUTCOME_MESSAGE)
#endif
#ifdef BREAK_OUTCOME_VALID
#define ODD_DONE(odd, req, status, info) (info).flags |= 64
#endif
#ifdef BREAK_BLOCKING_LOOP
static int odd_blocked;
#define ODD_BEGIN(job)                                                                                       \
    if (odd_blocked++ < 3)                                                                                   \
    ODD_SLEEP(90)
#endif
#ifdef BREAK_LATE_HOST
#define ODD_AGAIN(job) (job)->next++ /* the row is lost */
#endif
#ifdef BREAK_SECRETS
#define ODD_OPENED(odd) (odd)->host->log((odd)->inst, 6, "odd-open", (odd)->secret)
#endif
#ifdef BREAK_SECRETS_MESSAGE
#define ODD_DONE(odd, req, status, info) SET(info, IPAM_OUTCOME_MESSAGE, message, str((odd)->secret))
#endif
#ifdef BREAK_LOG_EVENTS
#define ODD_OPENED(odd) (odd)->host->log((odd)->inst, 9, "Odd Event", "opened")
#endif
#ifdef BREAK_UNKNOWN_CAPABILITY
#define ODD_REFUSES(unknown) ((unknown) && 0)
#endif

/* --- cancelling and deadlines ------------------------------------------------------------------------- */

#ifdef BREAK_CANCEL_BEFORE
#define ODD_FORGET(odd, job)                                                                                 \
    pthread_mutex_lock(&(odd)->lock);                                                                        \
    (odd)->last = (job)->req;                                                                                \
    pthread_mutex_unlock(&(odd)->lock)
#define ODD_CANCEL(odd, req, job)                                                                            \
    if ((job) == NULL && (odd)->last != (req))                                                               \
    abort()
#endif
#ifdef BREAK_CANCEL_AFTER
#define ODD_AFTER_DONE(odd, req, status, info)                                                               \
    pthread_mutex_lock(&(odd)->lock);                                                                        \
    (odd)->last = (req);                                                                                     \
    pthread_mutex_unlock(&(odd)->lock)
#define ODD_CANCEL(odd, req, job)                                                                            \
    if ((job) == NULL && (odd)->last == (req))                                                               \
    abort()
#endif
#if defined(BREAK_CANCEL_DURING) || defined(BREAK_DEADLINE)
#define ODD_BEGIN(job)                                                                                       \
    (job)->left = (job)->odd->host->deadline_ms((job)->req) - (job)->odd->host->now_ms();                    \
    (job)->cancelled = (job)->odd->host->cancelled((job)->req)
#endif
#ifdef BREAK_CANCEL_DURING
#define ODD_END(job, status)                                                                                 \
    if ((status) == IPAM_E_CANCELED && !(job)->cancelled && (job)->left > 100)                               \
    ODD_SLEEP(60000)
#endif
#ifdef BREAK_DEADLINE
#define ODD_END(job, status)                                                                                 \
    if ((status) == IPAM_E_CANCELED && (job)->left <= 100)                                                   \
    ODD_SLEEP(60000)
#endif

/* --- memory ------------------------------------------------------------------------------------------- */

#ifdef BREAK_ARGUMENTS
#define ODD_ARGS(ctx, args)                                                                                  \
    if (IPAM_HAS_FIELD(args, IPAM_DHCP_READ_NATIVE_SCOPE) && (args)->native_scope.len == 0)                  \
    abort()
#endif
#ifdef BREAK_OUT_OF_MEMORY
#define ODD_ALLOC(p) *(volatile char *)(p) = 'x'
#endif
#ifdef BREAK_MALLOC_FAILS
#define ODD_MALLOC(p) *(volatile char *)(p) = 'x'
#endif
#ifdef BREAK_STRING_LIFETIME
#define ODD_ARGS(ctx, args)                                                                                  \
    struct odd *odd_ = (ctx);                                                                                \
    if (odd_->before != NULL && *(const volatile uint32_t *)&odd_->before->size == 0)                        \
        abort();                                                                                             \
    odd_->before = (args)
#endif
#ifdef BREAK_LEAKS
#define ODD_CLOSE(odd) (odd)->secret = NULL
#endif
#ifdef BREAK_LEAKS_FILE
#define ODD_CLOSE(odd) (void)open("/dev/null", O_RDONLY | O_CLOEXEC)
#endif
#ifdef BREAK_LEAKS_THREAD
static void *odd_stay(void *arg)
{
    (void)arg;
    ODD_SLEEP(60000);
    return NULL;
}
#define ODD_CLOSE(odd)                                                                                       \
    pthread_t thread_;                                                                                       \
    if (pthread_create(&thread_, NULL, odd_stay, NULL) == 0)                                                 \
    pthread_detach(thread_)
#endif
#ifdef BREAK_MANY_REQUESTS
#define ODD_BEGIN(job)                                                                                       \
    if (++(job)->odd->total > 800) {                                                                         \
        end(job, IPAM_E_BUSY);                                                                               \
        return;                                                                                              \
    }
#endif

/* --- hosts and instances ------------------------------------------------------------------------------ */

#ifdef BREAK_OPEN_CLOSE
#define ODD_CLOSE(odd) ODD_SLEEP(60000)
#endif
#ifdef BREAK_OPEN_CLOSE_OPEN
#define ODD_OPEN(inst, host) ODD_SLEEP(60000)
#endif
#ifdef BREAK_DONE_AFTER_CLOSE
struct odd_late {
    struct ipam_inst *inst;
    const struct ipam_host *host;
};
static void *odd_log_late(void *arg)
{
    struct odd_late *l = arg;

    ODD_SLEEP(30);
    l->host->log(l->inst, 6, "odd-late", "still here");
    free(l);
    return NULL;
}
#define ODD_CLOSE(odd)                                                                                       \
    struct odd_late *l_ = malloc(sizeof(*l_));                                                               \
    pthread_t thread_;                                                                                       \
    if (l_ != NULL) {                                                                                        \
        l_->inst = (odd)->inst;                                                                              \
        l_->host = (odd)->host;                                                                              \
        if (pthread_create(&thread_, NULL, odd_log_late, l_) == 0)                                           \
            pthread_detach(thread_);                                                                         \
    }
#endif
#ifdef BREAK_OLDER_HOST
#define ODD_OPENED(odd) (odd)->host->caps_changed((odd)->inst, IPAM_DHCP_CAP_LEASES)
#endif
#ifdef BREAK_NEWER_HOST
#define ODD_OPEN(inst, host)                                                                                 \
    if ((host)->size > sizeof(*(host))) {                                                                    \
        (host)->open_error(inst, "unknown host");                                                            \
        return IPAM_E_CONFIG;                                                                                \
    }
#endif
#ifdef BREAK_TWO_INSTANCES
static struct odd *the_odd;
#define ODD_OPENED(odd)  the_odd = (odd)
#define ODD_CONTEXT(ctx) ((void)(ctx), the_odd)
#endif
#ifdef BREAK_RELOAD_WHILE_BUSY
static volatile int odd_busy;
#define ODD_OPEN(inst, host)                                                                                 \
    if (odd_busy) {                                                                                          \
        (host)->open_error(inst, "busy");                                                                    \
        return IPAM_E_BUSY;                                                                                  \
    }
#define ODD_BEGIN(job)       odd_busy = 1
#define ODD_FORGET(odd, job) odd_busy = 0
#endif
#ifdef BREAK_SERIAL_THREAD
static long odd_owner;
static int odd_opened;
#define ODD_OPEN(inst, host)                                                                                 \
    if (odd_opened == 0 && odd_owner != 0 && odd_owner != syscall(SYS_gettid)) {                             \
        (host)->open_error(inst, "this thread is not the first one");                                        \
        return IPAM_E_PROVIDER;                                                                              \
    }
#define ODD_OPENED(odd)                                                                                      \
    odd_owner = syscall(SYS_gettid);                                                                         \
    odd_opened++
#define ODD_CLOSE(odd) odd_opened--
#endif

/* --- the process -------------------------------------------------------------------------------------- */

#ifdef BREAK_SIGNAL_MASK
#define ODD_OPENED(odd)                                                                                      \
    sigset_t set_;                                                                                           \
    sigemptyset(&set_);                                                                                      \
    sigaddset(&set_, SIGTERM);                                                                               \
    pthread_sigmask(SIG_UNBLOCK, &set_, NULL)
#endif
#ifdef BREAK_SIGNAL_MASK_THREAD
static void *odd_take_signals(void *arg)
{
    sigset_t none;

    (void)arg;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
    ODD_SLEEP(40);
    return NULL;
}
#define ODD_BEGIN(job)                                                                                       \
    pthread_t thread_;                                                                                       \
    if ((job)->count == 2 && pthread_create(&thread_, NULL, odd_take_signals, NULL) == 0)                    \
        pthread_detach(thread_);                                                                             \
    if ((job)->count == 2)                                                                                   \
    ODD_SLEEP(5)
#endif
#ifdef BREAK_SIGNAL_HANDLERS
#define ODD_OPENED(odd) signal(SIGPIPE, SIG_IGN)
#endif
#ifdef BREAK_LOCALE
#define ODD_OPENED(odd) setlocale(LC_ALL, "C.UTF-8")
#endif
#ifdef BREAK_UMASK
#define ODD_OPENED(odd) umask(0077)
#endif
#ifdef BREAK_WORKING_DIRECTORY
#define ODD_OPENED(odd)                                                                                      \
    if (chdir("/") < 0)                                                                                      \
    abort()
#endif
#ifdef BREAK_ENVIRONMENT
#define ODD_OPENED(odd) setenv("ODD", "1", 1)
#endif
#ifdef BREAK_CLOSE_ON_EXEC
static int odd_fd = -1;
#define ODD_OPENED(odd)                                                                                      \
    if (odd_fd < 0)                                                                                          \
    odd_fd = open("/dev/null", O_RDONLY)
#endif
#ifdef BREAK_FORK
#define ODD_OPENED(odd)                                                                                      \
    pid_t pid_ = fork();                                                                                     \
    if (pid_ == 0)                                                                                           \
        _exit(0);                                                                                            \
    waitpid(pid_, NULL, 0)
#endif
#ifdef BREAK_FORK_SPAWN
#define ODD_OPENED(odd)                                                                                      \
    char *argv_[2] = { NULL, NULL };                                                                         \
    pid_t pid_;                                                                                              \
    if (posix_spawn(&pid_, "/bin/true", NULL, NULL, argv_, NULL) == 0)                                       \
    waitpid(pid_, NULL, 0)
#endif

/* No breach: it only takes its time. */
#ifdef ODD_SLOW
#define ODD_BEGIN(job) ODD_SLEEP(60)
#endif

/* --- the places that are not taken -------------------------------------------------------------------- */

#ifndef ODD_NAME
#define ODD_NAME(name) name
#endif
#ifndef ODD_ABI
#define ODD_ABI IPAM_ABI
#endif
#ifndef ODD_NEEDS
#define ODD_NEEDS { "dns:records", NULL }
#endif
#ifndef ODD_CAPS
#define ODD_CAPS 0u
#endif
#ifndef ODD_CAPS_LESS
#define ODD_CAPS_LESS 0u
#endif
#ifndef ODD_DEFAULT
#define ODD_DEFAULT "1s"
#endif
#ifndef ODD_MORE_OPTIONS
#define ODD_MORE_OPTIONS
#endif
#ifndef ODD_CHECK
#define ODD_CHECK(inst, host) (void)0
#endif
#ifndef ODD_CONTEXT
#define ODD_CONTEXT(ctx) (ctx)
#endif
#ifndef ODD_ARGS
#define ODD_ARGS(ctx, args) (void)(args)
#endif
#ifndef ODD_EMIT
#define ODD_EMIT(host, job, answer) (answer)
#endif
#ifndef ODD_ALLOC
#define ODD_ALLOC(p) (void)0
#endif
#ifndef ODD_MALLOC
#define ODD_MALLOC(p) (void)0
#endif
#ifndef ODD_SCOPE
#define ODD_SCOPE(scope) (void)0
#endif
#ifndef ODD_BEGIN
#define ODD_BEGIN(job) (void)0
#endif
#ifndef ODD_AGAIN
#define ODD_AGAIN(job) (void)0
#endif
#ifndef ODD_END
#define ODD_END(job, status) (void)0
#endif
#ifndef ODD_FORGET
#define ODD_FORGET(odd, job) (void)0
#endif
#ifndef ODD_DONE
#define ODD_DONE(odd, req, status, info) (void)0
#endif
#ifndef ODD_AFTER_DONE
#define ODD_AFTER_DONE(odd, req, status, info) (void)0
#endif
#ifndef ODD_CANCEL
#define ODD_CANCEL(odd, req, job) (void)0
#endif
#ifndef ODD_REFUSES
#define ODD_REFUSES(unknown) (unknown)
#endif
#ifndef ODD_OPEN
#define ODD_OPEN(inst, host) (void)0
#endif
#ifndef ODD_OPENED
#define ODD_OPENED(odd) (void)0
#endif
#ifndef ODD_CLOSE
#define ODD_CLOSE(odd) (void)0
#endif

#endif
