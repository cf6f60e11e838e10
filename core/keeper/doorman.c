/* doorman.c - the process beside a helper that reaches its servers for it, and nobody else.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * What it is asked comes from a plugin, and may be anything. It judges its own copy of an address, then
 * connects or sends with that copy, on a socket that came with the question: nothing of it can change in
 * between. Its thread never waits; a question that only the look-up of names can answer gets a thread of
 * its own. */
#include "config.h"

#include "keeper/doorman.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "keeper/known.h"
#include "keeper/question.h"

#define REQUESTS_FD 3
#define DOOR_FD     4
#define WAITING_MAX 64   /* questions that wait for names */
#define REPORT_MS   1000 /* refusals are told so often, with their number */

static struct sandbox_rules rules = { .process = SANDBOX_DOORMAN }; /* of the helper, but for the process */
static atomic_uint waiting;

/* --- what was refused --- */

static pthread_mutex_t report_lock = PTHREAD_MUTEX_INITIALIZER;
static struct door_report refused; /* not yet told */
static int64_t refused_told_ms;

/* With the lock. */
static void tell_refused(void)
{
    if (refused.count == 0 || send(DOOR_FD, &refused, sizeof(refused), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        return;
    refused.count = 0;
    refused_told_ms = clock_mono_ms();
}

static void note_refused(const struct sockaddr *address, socklen_t len)
{
    pthread_mutex_lock(&report_lock);
    if (refused.count == 0)
        known_write(address, len, refused.text, sizeof(refused.text));
    refused.count += refused.count < UINT32_MAX;
    if (clock_mono_ms() - refused_told_ms >= REPORT_MS)
        tell_refused();
    pthread_mutex_unlock(&report_lock);
}

/* What came within a second of another is told after it: milliseconds until then, -1 when there is nothing.
 * */
static int tell_later(void)
{
    int64_t left = -1;

    pthread_mutex_lock(&report_lock);
    if (refused.count > 0) {
        left = refused_told_ms + REPORT_MS - clock_mono_ms();
        if (left <= 0) {
            tell_refused();
            left = refused.count > 0 ? REPORT_MS : -1;
        }
    }
    pthread_mutex_unlock(&report_lock);
    return (int)left;
}

/* --- questions --- */

static void answer(struct question *x, bool may)
{
    if (!may)
        note_refused((const struct sockaddr *)x->q.address, x->q.address_len);
    question_answer(x, may);
}

static void *answer_after_names(void *question)
{
    struct question *x = question;

    answer(x, known_wait((const struct sockaddr *)x->q.address, x->q.address_len));
    atomic_fetch_sub(&waiting, 1);
    return NULL;
}

static void take_up(struct question *x)
{
    enum known may = question_judge(x, &rules);
    pthread_t id;

    if (may != KNOWN_UNSURE) {
        answer(x, may == KNOWN_YES);
        return;
    }
    if (atomic_fetch_add(&waiting, 1) < WAITING_MAX &&
        pthread_create(&id, NULL, answer_after_names, x) == 0) {
        pthread_detach(id);
        return;
    }
    atomic_fetch_sub(&waiting, 1);
    answer(x, false);
}

/* All that the daemon has told. False when it has gone. */
static bool hear(void)
{
    static unsigned char told[1 + DOOR_ECHO_MAX * 16 + 1];
    char *text = (char *)told;
    ssize_t n;

    while ((n = recv(DOOR_FD, told, sizeof(told) - 1, MSG_DONTWAIT)) > 0) {
        told[n] = '\0';
        if (text[0] == '?')
            known_echo_add((const unsigned char(*)[16])(told + 1), (size_t)(n - 1) / 16);
        else if (text[0] == '+')
            known_add(text + 1);
        else
            known_remove(text + 1);
    }
    return n < 0 && (errno == EAGAIN || errno == EINTR);
}

/* What the daemon told before the helper was told to connect must be heard before the helper is. True: the
 * helper or the daemon has gone. */
static bool serve(void)
{
    for (;;) {
        struct pollfd p[2] = { { .fd = REQUESTS_FD, .events = POLLIN }, { .fd = DOOR_FD, .events = POLLIN } };
        struct question *x;
        int more;

        if (poll(p, 2, tell_later()) < 0 && errno != EINTR)
            return false;
        if (!hear())
            return true;
        if (p[0].revents == 0)
            continue;
        more = question_read(REQUESTS_FD, &x);
        if (more == 0 || more == -ENOMEM)
            return more == 0;
        if (more > 0)
            take_up(x);
    }
}

/* --- its life --- */

/* Their numbers are as above; nothing else stays open. */
static bool take_places(int requests, int door)
{
    int high_requests = fcntl(requests, F_DUPFD_CLOEXEC, DOOR_FD + 1),
        high_door = fcntl(door, F_DUPFD_CLOEXEC, DOOR_FD + 1);

    return high_requests >= 0 && high_door >= 0 && dup3(high_requests, REQUESTS_FD, O_CLOEXEC) >= 0 &&
           dup3(high_door, DOOR_FD, O_CLOEXEC) >= 0 && close_range(DOOR_FD + 1, ~0u, 0) == 0;
}

static _Noreturn void doorman(const struct keeper_order *order, pid_t keeper, int requests, int door)
{
    static char words[SANDBOX_WORDS_MAX];
    enum sandbox_mode mode;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, "ipam-doorman");
    memcpy(words, order->sandbox, sizeof(words));
    if (getppid() != keeper || !take_places(requests, door) || !sandbox_words_read(words, &rules, &mode))
        _exit(1);
    rules.network = false; /* it is the helper's */
    if (sandbox_enter(&rules, mode) < 0)
        _exit(1);
    if (!serve())
        _exit(1);
    tell_later();
    _exit(0);
}

pid_t doorman_start(const struct keeper_order *order, int requests, int *ret_door)
{
    pid_t keeper = getpid(), pid;
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return -errno;
    pid = _Fork();
    if (pid == 0)
        doorman(order, keeper, requests, pair[1]);
    if (pid < 0)
        pid = -errno;
    close(pair[1]);
    if (pid > 0)
        *ret_door = pair[0];
    else
        close(pair[0]);
    return pid;
}
