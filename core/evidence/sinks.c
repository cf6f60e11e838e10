/* sinks.c - checkpoints are sent away, in order, each until it is taken.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A sink is a place in the log's own file: what follows is still to be sent. So nothing is lost however long
 * it fails; after a crash the last one may come twice, which does no harm. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "evidence/evidence_p.h"

#define AGAIN_MS        5000
#define SYSLOG_PRIORITY (10 * 8 + 5) /* authpriv, notice */

static const char *sink_name(const struct sink *s)
{
    return s->file != NULL ? s->file : s->syslog;
}

static void sink_failed(struct sink *s, const char *what)
{
    char problem[sizeof(s->problem)];
    snprintf(problem, sizeof(problem), "%.60s: %.180s", what, strerror(errno));
    if (s->tried_ms == 0 || strcmp(problem, s->problem) != 0)
        log_event(LOG_ERR_, "audit-sink-failed",
                  "%s takes no checkpoints: %s; they are kept and sent when it works again", sink_name(s),
                  problem);
    memcpy(s->problem, problem, sizeof(problem));
    s->failures++;
    s->tried_ms = clock_mono_ms();
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
    s->known = false;
}

static void sink_works(struct sink *s)
{
    if (s->tried_ms != 0)
        log_event(LOG_NOTE_, "audit-sink-back", "%s takes checkpoints again", sink_name(s));
    s->tried_ms = 0;
    s->problem[0] = '\0';
}

/* --- what a sink has --- */

struct highest {
    int64_t number;
};

static bool look_highest(void *user, struct ipam_str line, int64_t end)
{
    struct highest *h = user;
    struct checkpoint c;
    struct ipam_str marks;
    (void)end;
    if (checkpoint_read(line, &c, &marks) == 0)
        h->number = c.number;
    return true;
}

struct behind {
    int64_t number, offset;
};

static bool look_behind(void *user, struct ipam_str line, int64_t end)
{
    struct behind *b = user;
    struct checkpoint c;
    struct ipam_str marks;
    if (checkpoint_read(line, &c, &marks) != 0 || c.number > b->number)
        return false;
    b->offset = end;
    return true;
}

/* Where in the log's own file that number ends. */
static int64_t offset_behind(const struct writer *w, int64_t number)
{
    struct behind b = { number, 0 };
    each_line(w->fd, 0, look_behind, &b);
    return b.offset;
}

static bool open_file(struct sink *s)
{
    s->fd = open(s->file, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0640);
    if (s->fd < 0)
        sink_failed(s, "it cannot be opened");
    return s->fd >= 0;
}

/* An unfinished line of a crash is ended, so that the next one stands alone. */
static bool end_line(struct sink *s)
{
    char last;
    off_t size = lseek(s->fd, 0, SEEK_END);
    if (size <= 0 || (pread(s->fd, &last, 1, size - 1) == 1 && last == '\n'))
        return size >= 0;
    return write(s->fd, "\n", 1) == 1;
}

static bool know_file(struct writer *w, struct sink *s)
{
    struct highest h = { 0 };
    if (!open_file(s))
        return false;
    if (!end_line(s) || !each_line(s->fd, 0, look_highest, &h)) {
        sink_failed(s, "it cannot be read");
        return false;
    }
    s->sent = h.number > w->last.number ? w->opened : h.number;
    s->offset = offset_behind(w, s->sent);
    return true;
}

/* Which one a syslog took last is kept beside the log's own file. */
static int open_sent(const struct writer *w)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s.syslog", w->checkpoints);
    return open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
}

static bool know_syslog(struct writer *w, struct sink *s)
{
    char text[32] = "";
    int fd = open_sent(w);
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    if (fd >= 0) {
        if (pread(fd, text, sizeof(text) - 1, 0) > 0)
            s->sent = strtoll(text, NULL, 10);
        close(fd);
    }
    if (s->sent < 0 || s->sent > w->last.number)
        s->sent = w->opened;
    s->offset = offset_behind(w, s->sent);
    snprintf(to.sun_path, sizeof(to.sun_path), "%s", s->syslog);
    s->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->fd < 0 || connect(s->fd, (const struct sockaddr *)&to, sizeof(to)) != 0) {
        sink_failed(s, "there is no syslog");
        return false;
    }
    return true;
}

/* --- sending --- */

struct sending {
    struct writer *w;
    struct sink *s;
};

static bool send_file(void *user, struct ipam_str line, int64_t end)
{
    struct sending *x = user;
    struct sink *s = x->s;
    size_t done = 0, len = line.len + 1; /* its line feed follows it in the buffer */
    while (done < len) {
        ssize_t n = write(s->fd, line.data + done, len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            sink_failed(s, "a checkpoint cannot be written");
            return false;
        }
        done += (size_t)n;
    }
    s->offset = end;
    return true;
}

static bool send_syslog(void *user, struct ipam_str line, int64_t end)
{
    struct sending *x = user;
    struct ipam_str brief = checkpoint_short(line);
    char text[2048], when[32] = "";
    time_t now = (time_t)(clock_wall_ms() / 1000);
    struct tm tm;
    int n, fd;
    if (localtime_r(&now, &tm) != NULL)
        strftime(when, sizeof(when), "%b %e %H:%M:%S", &tm);
    n = snprintf(text, sizeof(text), "<%d>%s ipamd[%d]: %.*s", SYSLOG_PRIORITY, when, (int)getpid(),
                 (int)brief.len, brief.data);
    if (send(x->s->fd, text, (size_t)n, MSG_NOSIGNAL) != n) {
        sink_failed(x->s, "a checkpoint cannot be sent");
        return false;
    }
    x->s->offset = end;
    x->s->sent++;
    if ((fd = open_sent(x->w)) >= 0) {
        n = snprintf(text, sizeof(text), "%-20" PRId64 "\n", x->s->sent);
        if (pwrite(fd, text, (size_t)n, 0) != n)
            log_event(LOG_WARN_, "audit-sink-place", "which checkpoint %s took last cannot be kept: %s",
                      x->s->syslog, strerror(errno));
        close(fd);
    }
    return true;
}

static void send_one(struct writer *w, struct sink *s, bool now)
{
    struct sending x = { w, s };
    if (!now && s->tried_ms != 0 && clock_mono_ms() - s->tried_ms < AGAIN_MS)
        return;
    if (!s->known && !(s->file != NULL ? know_file(w, s) : know_syslog(w, s)))
        return;
    s->known = true;
    if (s->sent >= w->last.number) {
        sink_works(s);
        return;
    }
    if (!each_line(w->fd, s->offset, s->file != NULL ? send_file : send_syslog, &x))
        sink_failed(s, "the log's own file cannot be read");
    if (s->fd < 0)
        return;
    if (s->file != NULL && fdatasync(s->fd) != 0) {
        sink_failed(s, "a checkpoint is not on disk");
        return;
    }
    s->sent = w->last.number;
    sink_works(s);
}

void sinks_send(struct writer *w, bool now)
{
    for (size_t i = 0; i < w->sink_count; i++)
        send_one(w, &w->sinks[i], now);
    pthread_mutex_lock(&w->lock);
    w->stats.sink_count = w->sink_count;
    w->stats.unsent = sinks_behind(w);
    for (size_t i = 0; i < w->sink_count; i++) {
        struct evidence_sink_stats *t = &w->stats.sinks[i];
        *t = (struct evidence_sink_stats){ .name = sink_name(&w->sinks[i]),
                                           .sent = w->sinks[i].sent,
                                           .failures = w->sinks[i].failures };
        memcpy(t->problem, w->sinks[i].problem, sizeof(t->problem));
    }
    pthread_mutex_unlock(&w->lock);
}

bool sinks_behind(const struct writer *w)
{
    for (size_t i = 0; i < w->sink_count; i++)
        if (!w->sinks[i].known || w->sinks[i].sent < w->last.number)
            return true;
    return false;
}

/* --- what a sink has and the log's own file lost --- */

struct taking {
    struct writer *w;
    char *why;
    bool failed;
    int64_t taken;
};

static bool take_back(void *user, struct ipam_str line, int64_t end)
{
    struct taking *t = user;
    struct writer *w = t->w;
    struct checkpoint c;
    struct ipam_str marks;
    const uint8_t *key = w->last.number == 0 ? NULL : w->last.introduces ? w->last.next : w->last.key;
    (void)end;
    if (checkpoint_read(line, &c, &marks) != 0 || c.number != w->last.number + 1 ||
        !checkpoint_signed(&c, line) ||
        (key != NULL &&
         (memcmp(key, c.key, PROOF_KEY) != 0 || memcmp(c.previous, w->last_hash, PROOF_HASH) != 0)))
        return true;
    if (key == NULL && memcmp(c.key, w->signer.public, PROOF_KEY) != 0)
        return true;
    t->failed = !writer_append(w, &c, (struct ipam_str){ line.data, line.len + 1 }, t->why);
    t->taken++;
    return !t->failed;
}

bool sinks_take_back(struct writer *w, char why[WHY])
{
    struct taking t = { w, why, false, 0 };
    for (size_t i = 0; i < w->sink_count && !t.failed; i++) {
        int fd = w->sinks[i].file != NULL
                     ? open(w->sinks[i].file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
                     : -1;
        if (fd < 0)
            continue;
        if (!each_line(fd, 0, take_back, &t))
            sink_failed(&w->sinks[i], "what it has cannot be read");
        close(fd);
    }
    if (t.taken > 0)
        log_event(
            LOG_WARN_, "audit-taken-back",
            "%" PRId64
            " checkpoints that sinks have were missing in %s, and were put there: an older copy of it, or "
            "another one, was in its place",
            t.taken, w->checkpoints);
    return !t.failed;
}
