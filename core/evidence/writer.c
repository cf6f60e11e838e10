/* writer.c - gathers hashes of rows, signs checkpoints, keeps the log's own file of them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "evidence/evidence_p.h"

#define CHUNK ((size_t)256 << 10)

/* --- the log's own file --- */

bool writer_append(struct writer *w, const struct checkpoint *c, struct ipam_str line, char why[WHY])
{
    off_t end = lseek(w->fd, 0, SEEK_END);
    size_t done = 0;
    while (done < line.len) {
        ssize_t n = write(w->fd, line.data + done, line.len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            break;
        done += (size_t)n;
    }
    if (done < line.len || fdatasync(w->fd) != 0) {
        snprintf(why, WHY, "%s: a checkpoint cannot be written: %s", w->checkpoints, strerror(errno));
        if (end >= 0 && ftruncate(w->fd, end) != 0)
            snprintf(why, WHY,
                     "%s: a checkpoint cannot be written, and what was written of it not taken back: %s",
                     w->checkpoints, strerror(errno));
        return false;
    }
    w->last = *c;
    checkpoint_hash((struct ipam_str){ line.data, line.len - 1 }, w->last_hash);
    pthread_mutex_lock(&w->lock);
    w->recent[c->number % EVIDENCE_RECENT] = *c;
    w->stats.number = c->number;
    w->stats.last = c->last;
    w->stats.time_ms = c->time_ms;
    pthread_mutex_unlock(&w->lock);
    return true;
}

/* A line that a crash left unfinished was never sent anywhere: it is taken away. */
static bool end_at_line(struct writer *w, char why[WHY])
{
    char *data = xmalloc(PROOF_LINE_MOST);
    off_t size = lseek(w->fd, 0, SEEK_END),
          from = size > (off_t)PROOF_LINE_MOST ? size - (off_t)PROOF_LINE_MOST : 0;
    ssize_t n = pread(w->fd, data, (size_t)(size - from), from);
    bool good = n == size - from;
    while (good && n > 0 && data[n - 1] != '\n')
        n--;
    if (good && from + n < size)
        good = ftruncate(w->fd, from + n) == 0;
    free(data);
    if (!good)
        snprintf(why, WHY, "%s: cannot be read, or its unfinished end not taken away: %s", w->checkpoints,
                 strerror(errno));
    return good;
}

static const uint8_t *key_now(const struct checkpoint *c)
{
    return c->introduces ? c->next : c->key;
}

/* One line of the file at the start; what went before it is in w->last. */
static bool know_line(struct writer *w, struct ipam_str line, char why[WHY])
{
    struct checkpoint c;
    struct ipam_str marks;
    const char *what = NULL;
    if (checkpoint_read(line, &c, &marks) != 0)
        what = "is none";
    else if (c.number != w->last.number + 1)
        what = "has another number than follows";
    else if (w->last.number > 0 && memcmp(c.previous, w->last_hash, PROOF_HASH) != 0)
        what = "does not follow the one before it";
    if (what != NULL) {
        snprintf(why, WHY,
                 "%s: checkpoint %" PRId64
                 " %s: somebody changed the file; put a copy from a sink in its place, or move "
                 "it away, and the chain begins anew, which a verification will say",
                 w->checkpoints, w->last.number + 1, what);
        return false;
    }
    w->last = c;
    checkpoint_hash(line, w->last_hash);
    w->recent[c.number % EVIDENCE_RECENT] = c;
    return true;
}

struct knowing {
    struct writer *w;
    char *why;
    bool wrong;
};

static bool know_next(void *user, struct ipam_str line, int64_t end)
{
    struct knowing *k = user;
    (void)end;
    k->wrong = !know_line(k->w, line, k->why);
    return !k->wrong;
}

/* All of it or none: one that is taken for shorter than it is would get numbers twice. */
static bool know_file(struct writer *w, char why[WHY])
{
    struct knowing k = { w, why, false };
    if (!each_line(w->fd, 0, know_next, &k)) {
        snprintf(why, WHY, "%s: cannot be read: %s", w->checkpoints, strerror(errno));
        return false;
    }
    return !k.wrong;
}

static bool open_file(struct writer *w, char why[WHY])
{
    w->fd = open(w->checkpoints, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (w->fd < 0) {
        snprintf(
            why, WHY,
            "%s: the file of checkpoints cannot be opened: %s; name one in a folder that ipamd may write",
            w->checkpoints, strerror(errno));
        return false;
    }
    return end_at_line(w, why) && know_file(w, why);
}

/* --- keys --- */

static bool load_keys(struct writer *w, char why[WHY])
{
    char path[PATH_MAX];
    if (w->credentials != NULL &&
        snprintf(path, sizeof(path), "%s/audit-key", w->credentials) < (int)sizeof(path) &&
        access(path, F_OK) == 0)
        return key_load(path, false, &w->signer, why) &&
               (w->next_key == NULL || key_load(w->next_key, true, &w->next, why));
    if (w->key == NULL) {
        snprintf(why, WHY,
                 "\"audit\" has no \"key\", and there is no credential named audit-key; give one of them");
        return false;
    }
    return key_load(w->key, true, &w->signer, why) &&
           (w->next_key == NULL || key_load(w->next_key, true, &w->next, why));
}

/* The key that the last checkpoint said is the one that must sign. */
static bool choose_key(struct writer *w, char why[WHY])
{
    const uint8_t *now = key_now(&w->last);
    struct strbuf digits;
    if (w->last.number == 0 || memcmp(now, w->signer.public, PROOF_KEY) == 0)
        return true;
    if (w->next.there && memcmp(now, w->next.public, PROOF_KEY) == 0) {
        w->signer = w->next;
        w->next.there = false;
        return true;
    }
    strbuf_init(&digits, 256);
    proof_hex(now, PROOF_KEY, &digits);
    snprintf(why, WHY,
             "the audit key is not the one that %s ends with (public key %s); give that one as \"key\", and "
             "a new one as "
             "\"next_key\", which the old one then introduces",
             w->checkpoints, digits.data);
    strbuf_fini(&digits);
    return false;
}

static void say_key(struct writer *w)
{
    struct strbuf digits;
    strbuf_init(&digits, 256);
    proof_hex(w->signer.public, PROOF_KEY, &digits);
    log_event(LOG_NOTE_, "audit-key",
              "checkpoints are signed by the key whose public half is %s: note it off this host",
              digits.data);
    strbuf_fini(&digits);
    pthread_mutex_lock(&w->lock);
    memcpy(w->stats.key, w->signer.public, PROOF_KEY);
    pthread_mutex_unlock(&w->lock);
}

/* --- a checkpoint --- */

static void gather_anew(struct writer *w)
{
    proof_segment_begin(&w->tree, w->open.chain);
    w->count = 0;
    w->open.committed = true;
    memcpy(w->open.start, w->open.chain, PROOF_HASH);
    w->open.first = w->open.last + 1;
}

static bool sign(struct writer *w, bool introduces, char why[WHY])
{
    struct checkpoint c = w->open;
    struct strbuf line;
    bool good;
    c.number = w->last.number + 1;
    c.time_ms = clock_wall_ms();
    memcpy(c.previous, w->last_hash, PROOF_HASH);
    memcpy(c.key, w->signer.public, PROOF_KEY);
    c.introduces = introduces;
    if (introduces)
        memcpy(c.next, w->next.public, PROOF_KEY);
    proof_segment_end(&w->tree, c.root, c.chain);
    proof_hash(w->marks, (size_t)w->count * PROOF_MARK, c.marks);
    strbuf_init(&line, PROOF_LINE_MOST + 64);
    checkpoint_write(&c, w->signer.secret, (struct ipam_bytes){ w->marks, (size_t)w->count * PROOF_MARK },
                     &line);
    strbuf_putc(&line, '\n');
    good = !line.failed && writer_append(w, &c, strbuf_str(&line), why);
    if (line.failed)
        snprintf(why, WHY, "there is not enough memory for a checkpoint");
    strbuf_fini(&line);
    if (good) {
        memcpy(w->open.chain, c.chain, PROOF_HASH);
        gather_anew(w);
    }
    return good;
}

static void note(struct writer *w, const char *problem)
{
    bool other = strcmp(w->stats.problem, problem) != 0;
    if (other && problem[0] != '\0')
        log_event(LOG_ERR_, "audit-failed", "%s; tried again until it works", problem);
    pthread_mutex_lock(&w->lock);
    snprintf(w->stats.problem, sizeof(w->stats.problem), "%s", problem);
    w->stats.waiting = w->count;
    pthread_mutex_unlock(&w->lock);
}

static bool seal(struct writer *w)
{
    char why[WHY] = "";
    bool good = w->count == 0 || sign(w, false, why);
    note(w, why);
    return good;
}

bool writer_tick(struct writer *w, bool now)
{
    bool due = now || (w->count > 0 && clock_mono_ms() - w->began_ms >= w->interval_ms);
    bool good = !due || seal(w);
    sinks_send(w, now);
    return good;
}

/* --- rows --- */

static void take(struct writer *w, const struct kept_row *k, const uint8_t *body)
{
    const struct proof_row row = { k->rev, k->time_ms, { body, k->len } };
    if (w->count == 0) {
        w->began_ms = clock_mono_ms();
        w->open.first = k->rev;
    }
    proof_segment_add(&w->tree, &row);
    proof_mark(&row, w->marks + w->count * PROOF_MARK);
    w->open.last = k->rev;
    w->open.committed = w->open.committed && k->committed;
    w->count++;
    w->rows++;
    w->bytes += k->len;
}

size_t writer_rows(struct writer *w, const char *data, size_t len)
{
    size_t at = 0;
    struct kept_row k;
    while (at < len) {
        bool other;
        memcpy(&k, data + at, sizeof(k));
        /* A checkpoint is of revisions without a gap, and says of all of its rows how they were seen. */
        other = w->count > 0 && (k.rev != w->open.last + 1 || k.committed != w->open.committed);
        if ((other || w->count >= ROWS_OF_CHECKPOINT) && !seal(w) &&
            (other || w->count == PROOF_SEGMENT_MOST))
            break;
        take(w, &k, (const uint8_t *)data + at + sizeof(k));
        at += sizeof(k) + k.len;
    }
    if (w->count >= ROWS_OF_CHECKPOINT)
        seal(w);
    pthread_mutex_lock(&w->lock);
    w->stats.waiting = w->count;
    w->stats.rows = w->rows;
    w->stats.bytes = w->bytes;
    pthread_mutex_unlock(&w->lock);
    sinks_send(w, false);
    return at;
}

void writer_anew(struct writer *w)
{
    memset(w->open.chain, 0, PROOF_HASH);
    w->open.last = 0;
    gather_anew(w);
}

/* --- start and end --- */

bool writer_open(struct writer *w, char why[WHY])
{
    if (!proof_init()) {
        snprintf(why, WHY, "the cryptographic library cannot be started");
        return false;
    }
    w->recent = xcalloc(EVIDENCE_RECENT, sizeof(w->recent[0]));
    w->marks = xmalloc((size_t)PROOF_MARK * PROOF_SEGMENT_MOST);
    if (!load_keys(w, why) || !open_file(w, why) || !sinks_take_back(w, why) || !choose_key(w, why))
        return false;
    w->opened = w->last.number;
    w->open = w->last;
    w->open.introduces = false;
    memset(w->open.next, 0, PROOF_KEY);
    if (w->last.number == 0)
        rng_bytes(w->open.log, sizeof(w->open.log));
    gather_anew(w);
    if (w->next.there && memcmp(w->next.public, w->signer.public, PROOF_KEY) != 0) {
        if (!sign(w, true, why))
            return false;
        w->signer = w->next;
        log_event(LOG_NOTE_, "audit-key-changed", "checkpoint %" PRId64 " introduces the next audit key",
                  w->last.number);
    }
    say_key(w);
    pthread_mutex_lock(&w->lock);
    w->stats.open = true;
    w->stats.number = w->last.number;
    w->stats.last = w->last.last;
    w->stats.time_ms = w->last.time_ms;
    pthread_mutex_unlock(&w->lock);
    sinks_send(w, false);
    return true;
}

void writer_free(struct writer *w)
{
    for (size_t i = 0; i < w->sink_count; i++) {
        free(w->sinks[i].file);
        free(w->sinks[i].syslog);
        if (w->sinks[i].fd >= 0)
            close(w->sinks[i].fd);
    }
    if (w->fd >= 0)
        close(w->fd);
    proof_wipe(&w->signer, sizeof(w->signer));
    proof_wipe(&w->next, sizeof(w->next));
    free(w->key);
    free(w->next_key);
    free(w->credentials);
    free(w->checkpoints);
    free(w->marks);
    free(w->recent);
    pthread_mutex_destroy(&w->lock);
}

/* --- lines for an export --- */

/* A line that could be taken for something else in an export is shown as one that is no checkpoint. */
static void add_line(struct strbuf *out, struct ipam_str line)
{
    size_t n = strlen(PROOF_LINE);
    if (line.len > n && memcmp(line.data, PROOF_LINE, n) == 0)
        strbuf_addstr(out, line);
    else
        strbuf_puts(out, PROOF_LINE " ?");
    strbuf_putc(out, '\n');
}

void writer_lines(struct writer *w, int64_t from, struct strbuf *out, int64_t *ret_next, char why[WHY])
{
    char *data = xmalloc(PROOF_LINE_MOST), *end;
    ssize_t n = pread(w->fd, data, PROOF_LINE_MOST, from);
    size_t at = 0;
    *ret_next = from;
    if (n < 0)
        snprintf(why, WHY, "%s: cannot be read: %s", w->checkpoints, strerror(errno));
    while (n > 0 && at < CHUNK && (end = memchr(data + at, '\n', (size_t)n - at)) != NULL) {
        add_line(out, (struct ipam_str){ data + at, (size_t)(end - data) - at });
        at = (size_t)(end - data) + 1;
    }
    if (n == (ssize_t)PROOF_LINE_MOST && at == 0) { /* no line is that long */
        add_line(out, (struct ipam_str){ "", 0 });
        at = (size_t)n;
    }
    *ret_next = from + (int64_t)at;
    free(data);
}
