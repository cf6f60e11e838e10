/* trials.c - runs each trial in a child of its own and gathers what the children saw.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A finding always counts against the rule it is about, whichever trial saw it. What crashes or hangs a trial
 * counts against the trial's own rule, unless ordinary calls crash, too: then only that is told. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "conform.h"

struct area *area;
const char *trial_rule;
uint32_t trial_kind;

#define TRIALS_MAX 512
struct trial {
    unsigned rule; /* the first of those that share it */
    uint32_t kind;
    void (*run)(void);
    struct area *area;
    pid_t pid;
    int64_t until;
    bool over, crashed;
    char crash[240];
};
static struct trial trials[TRIALS_MAX];
static unsigned trial_count;

void broken(const char *rule, const char *fmt, ...)
{
    va_list ap;

    host_side++;
    pthread_mutex_lock(&area->lock);
    if (!was_broken(rule) && area->count < FINDINGS_MAX) {
        struct finding *f = &area->findings[area->count];
        snprintf(f->rule, sizeof(f->rule), "%s", rule);
        va_start(ap, fmt);
        vsnprintf(f->text, sizeof(f->text), fmt, ap);
        va_end(ap);
        area->count++;
    }
    pthread_mutex_unlock(&area->lock);
    host_side--;
}

bool was_broken(const char *rule)
{
    for (unsigned i = 0; i < area->count; i++)
        if (strcmp(area->findings[i].rule, rule) == 0)
            return true;
    return false;
}

_Noreturn static void end_with(enum end end)
{
    atomic_store(&area->end, end);
    _exit(0);
}

/* A trial that a finding ended early is unjudged for its other rules. */
_Noreturn void trial_end(void)
{
    pthread_mutex_lock(&area->lock);
    if (area->count > 0 && area->why[0] == '\0')
        snprintf(area->why, sizeof(area->why), "the trial ended early, because %s is broken",
                 area->findings[area->count - 1].rule);
    pthread_mutex_unlock(&area->lock);
    end_with(area->count > 0 ? END_UNJUDGED : END_FULL);
}

bool trial_late(void)
{
    if (now_ms() < area->began + settings.limit_ms / 2)
        return false;
    area->partly = true;
    return true;
}

_Noreturn void trial_skip(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(area->why, sizeof(area->why), fmt, ap);
    va_end(ap);
    end_with(END_SKIPPED);
}

_Noreturn void trial_unjudged(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(area->why, sizeof(area->why), fmt, ap);
    va_end(ap);
    end_with(END_UNJUDGED);
}

static struct area *new_area(void)
{
    struct area *a = mmap(NULL, sizeof(*a), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t attr;

    if (a == MAP_FAILED)
        return NULL;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&a->lock, &attr);
    return a;
}

static _Noreturn void run_child(const struct trial *t)
{
    char *folder = settings.folder + strlen(settings.folder);

    setpgid(0, 0);
    host_side = 1;
    snprintf(folder, sizeof(settings.folder) - strlen(settings.folder), "/%ld", (long)getpid());
    mkdir(settings.folder, 0700);
    area = t->area;
    trial_rule = rules[t->rule].name;
    trial_kind = t->kind;
    guard_start();
    atomic_store(&area->stage, "loading");
    if (t->run != try_descriptor && t->run != try_symbols)
        plugin_take();
    t->run();
    end_with(END_FULL);
}

static bool start(struct trial *t)
{
    t->area = new_area();
    if (t->area == NULL)
        return false;
    t->area->began = now_ms();
    t->until = t->area->began + settings.limit_ms;
    fflush(NULL);
    t->pid = fork();
    if (t->pid == 0)
        run_child(t);
    return t->pid > 0;
}

static void judge_exit(struct trial *t, int status, bool late)
{
    t->over = true;
    if (late) {
        t->crashed = true;
        snprintf(t->crash, sizeof(t->crash),
                 "the trial did not end within %lld ms; the plugin was last called in %s",
                 (long long)settings.limit_ms, atomic_load(&t->area->stage));
    } else if (WIFSIGNALED(status)) {
        t->crashed = true;
        snprintf(t->crash, sizeof(t->crash), "crashed by signal %d (%s) in or after %s", WTERMSIG(status),
                 strsignal(WTERMSIG(status)), atomic_load(&t->area->stage));
    } else if (atomic_load(&t->area->end) == END_NONE) {
        t->crashed = true;
        snprintf(t->crash, sizeof(t->crash), "the process ended with %d in or after %s; a plugin never exits",
                 WEXITSTATUS(status), atomic_load(&t->area->stage));
    }
}

/* Looks at every trial under way; answers how many still are. */
static unsigned look(unsigned count)
{
    unsigned running = 0;
    int status;

    for (unsigned i = 0; i < count; i++) {
        struct trial *t = &trials[i];
        if (t->over)
            continue;
        if (waitpid(t->pid, &status, WNOHANG) == t->pid) {
            judge_exit(t, status, false);
        } else if (now_ms() > t->until) {
            kill(t->pid, SIGKILL);
            waitpid(t->pid, &status, 0);
            judge_exit(t, status, true);
        } else {
            running++;
            continue;
        }
        kill(-t->pid, SIGKILL); /* what the plugin may have forked */
    }
    return running;
}

static bool run_all(void)
{
    for (unsigned i = 0; i < trial_count; i++) {
        while (look(i) >= settings.jobs)
            sleep_ms(2);
        if (!start(&trials[i]))
            return false;
    }
    while (look(trial_count) > 0)
        sleep_ms(2);
    return true;
}

static void add_trial(unsigned rule, uint32_t kind, void (*run)(void))
{
    for (unsigned i = 0; i < trial_count; i++)
        if (trials[i].run == run && trials[i].kind == kind)
            return;
    if (run != NULL && trial_count < TRIALS_MAX)
        trials[trial_count++] = (struct trial){ .rule = rule, .kind = kind, .run = run };
}

bool rule_wanted(const struct rule *r)
{
    for (unsigned i = 0; i < settings.rule_count; i++)
        if (strcmp(settings.rules[i], r->name) == 0)
            return true;
    return settings.rule_count == 0;
}

static bool kind_wanted(uint32_t kind, uint32_t offered)
{
    return (offered >> kind & 1) != 0 && (settings.kind == 0 || settings.kind == kind);
}

typedef void (*trial_fn)(void);

static trial_fn trial_of(const struct rule *r, uint32_t kind)
{
    if (kind == IPAM_KIND_STORAGE)
        return (r->flags & FOR_STORAGE) != 0 ? r->try_storage : NULL;
    return (r->flags & FOR_CALLS) != 0 ? r->try_calls : NULL;
}

static void plan(uint32_t offered)
{
    trial_count = 1; /* the first was try_descriptor */
    for (unsigned i = 0; i < rule_count; i++) {
        if (!rule_wanted(&rules[i]))
            continue;
        if ((rules[i].flags & FOR_FILE) != 0)
            add_trial(i, 0, rules[i].try_calls);
        for (uint32_t kind = 1; kind < KIND_COUNT; kind++)
            if (kind_wanted(kind, offered))
                add_trial(i, kind, trial_of(&rules[i], kind));
    }
}

static void fail(struct verdict *v, const struct trial *t, const char *text)
{
    const struct kind *k = kind_of(t->kind);

    if (v->result == RESULT_FAILED)
        return;
    v->result = RESULT_FAILED;
    snprintf(v->text, sizeof(v->text), "%s%s%s", k != NULL ? k->name : "", k != NULL ? ": " : "", text);
}

static bool ordinary_crashed(uint32_t kind)
{
    for (unsigned i = 0; i < trial_count; i++)
        if (trials[i].crashed && trials[i].kind == kind &&
            (trials[i].run == try_battery || trials[i].run == try_storage))
            return true;
    return false;
}

static bool is_ordinary(const struct trial *t)
{
    return t->run == try_battery || t->run == try_storage;
}

/* Brings the result of one trial to one rule that it tried. */
static void settle(struct verdict *v, const struct trial *t, bool first)
{
    int end = atomic_load(&t->area->end);

    if (t->crashed && first && (is_ordinary(t) || !ordinary_crashed(t->kind))) {
        fail(v, t, t->crash);
    } else if (t->crashed || end == END_SKIPPED || end == END_UNJUDGED) {
        if (v->result == RESULT_SKIPPED)
            snprintf(v->text, sizeof(v->text), "%s",
                     t->crashed ? "the plugin crashes or hangs: see the rules that "
                                  "failed"
                                : t->area->why);
    } else if (v->result == RESULT_SKIPPED) {
        v->result = RESULT_OK;
        v->text[0] = '\0';
    }
    if (v->result == RESULT_OK && t->area->partly)
        snprintf(v->text, sizeof(v->text),
                 "tried in part, because calls take long; give a server that answers, or a "
                 "longer --limit");
}

static void gather(struct verdict *verdicts)
{
    for (unsigned i = 0; i < trial_count; i++) {
        const struct trial *t = &trials[i];
        for (unsigned r = 0; r < rule_count; r++) {
            bool tries = (rules[r].flags & FOR_FILE) != 0
                             ? rules[r].try_calls == t->run
                             : t->kind != 0 && trial_of(&rules[r], t->kind) == t->run;
            for (unsigned f = 0; f < t->area->count; f++)
                if (strcmp(t->area->findings[f].rule, rules[r].name) == 0)
                    fail(&verdicts[r], t, t->area->findings[f].text);
            if (tries && rule_wanted(&rules[r]))
                settle(&verdicts[r], t, t->rule == r);
        }
    }
}

int trials_run(struct verdict *verdicts, unsigned *ret_calls, unsigned *ret_ok)
{
    uint32_t offered;

    for (unsigned r = 0; r < rule_count; r++)
        snprintf(verdicts[r].text, sizeof(verdicts[r].text), "it does not apply to the kinds offered");
    add_trial(0, 0, try_descriptor);
    if (!run_all())
        return 2;
    offered = trials[0].area->kinds;
    if (offered != 0) {
        plan(offered);
        trials[0].over = false;
        if (!run_all())
            return 2;
    }
    gather(verdicts);
    for (unsigned i = 0; i < trial_count; i++) {
        *ret_calls += atomic_load(&trials[i].area->calls);
        *ret_ok += atomic_load(&trials[i].area->answered_ok);
    }
    return 0;
}
