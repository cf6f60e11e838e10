/* host.c - the tester's own host table: what concerns an instance.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "conform.h"
#include "host_p.h"

/* Whether the instance's own options speak of it, so that to name it tells nothing. */
static bool its_own_word(const struct ipam_inst *inst, const char *word)
{
    for (unsigned i = 0; i < option_count(); i++) {
        const struct value *v = &inst->values[i];

        if (v->present && v->text != NULL && strstr(v->text, word) != NULL)
            return true;
        for (size_t k = 0; v->present && k < v->item_count; k++)
            if (memmem(v->items[k].data, v->items[k].len, word, strlen(word)) != NULL)
                return true;
    }
    return false;
}

/* Texts the plugin hands out may hold no secret, and nothing of another instance. */
void host_told(const struct ipam_inst *inst, const char *where, const char *text, size_t len)
{
    for (unsigned i = 0; i < SECRETS_MAX; i++)
        if (told_secrets[i] != NULL && memmem(text, len, told_secrets[i], strlen(told_secrets[i])) != NULL)
            broken("secrets", "%s shows the value of a secret; write what it is for, never the value", where);
    for (const struct ipam_inst *const *o = told_insts; *o != NULL; o++)
        if (*o != inst && strcmp((*o)->target, inst->target) != 0 &&
            memmem(text, len, (*o)->target, strlen((*o)->target)) != NULL &&
            !its_own_word(inst, (*o)->target))
            broken("two-instances",
                   "%s of the instance for %s names %s, the target of the other instance; "
                   "keep everything in the context that open makes",
                   where, inst->target, (*o)->target);
}

const char *told_secrets[SECRETS_MAX];
const struct ipam_inst *told_insts[INSTS_MAX];

bool host_in(struct ipam_inst *inst, const char *what)
{
    host_side++;
    if (inst == NULL || inst->magic != INST_MAGIC) {
        broken("two-instances", "%s got an instance the host never made; pass the one open was given", what);
        trial_end();
    }
    if (inst->state == INST_CLOSED) {
        broken("done-after-close", "%s was called after close; end all threads and timers in close", what);
        trial_end();
    }
    if (entry_now != NULL && entry_now->inst != NULL && entry_now->inst != inst)
        broken("two-instances",
               "%s was called with another instance than the one at work in %s; keep the "
               "instance in the context that open makes, not in a global",
               what, entry_now->what);
    state_look(what);
    return true;
}

void host_out(void)
{
    host_side--;
}

static struct value *option_of(struct ipam_inst *inst, const char *what, const char *name,
                               uint32_t kinds_mask, int32_t *ret)
{
    unsigned i = 0;
    const struct ipam_option *o = name != NULL ? option_find(name, &i) : NULL;

    *ret = IPAM_E_INVAL;
    if (o == NULL) {
        broken("options-honoured", "%s asked for '%s', which is not in the option table; declare it", what,
               name != NULL ? name : "(NULL)");
        return NULL;
    }
    inst->values[i].read = true;
    if ((kinds_mask >> o->kind & 1) == 0) {
        broken("options-honoured",
               "%s asked for '%s', which is of another kind; use the accessor of its kind", what, name);
        return NULL;
    }
    *ret = inst->values[i].present ? 0 : IPAM_E_NOENT;
    return inst->values[i].present ? &inst->values[i] : NULL;
}

#define K(kind) (1u << IPAM_OPT_##kind)

static int32_t host_option_text(struct ipam_inst *inst, const char *name, struct ipam_str *ret)
{
    struct value *v;
    int32_t rc;

    host_in(inst, "option_text");
    v = option_of(inst, "option_text", name, K(TEXT) | K(PATH) | K(ENUM) | K(ADDRESS) | K(PREFIX), &rc);
    if (v != NULL)
        *ret = (struct ipam_str){ v->text, strlen(v->text) };
    host_out();
    return rc;
}

static int32_t host_option_int(struct ipam_inst *inst, const char *name, int64_t *ret)
{
    struct value *v;
    int32_t rc;

    host_in(inst, "option_int");
    v = option_of(inst, "option_int", name, K(INT) | K(DURATION) | K(BOOL), &rc);
    if (v != NULL)
        *ret = v->number;
    host_out();
    return rc;
}

static int32_t host_option_secret(struct ipam_inst *inst, const char *name, struct ipam_bytes *ret)
{
    struct value *v;
    int32_t rc;

    host_in(inst, "option_secret");
    v = option_of(inst, "option_secret", name, K(SECRET), &rc);
    if (v != NULL && (inst->secrets_gone || inst->checking))
        rc = IPAM_E_NOENT;
    else if (v != NULL)
        *ret = (struct ipam_bytes){ v->secret, v->secret_len };
    host_out();
    return rc;
}

static int32_t host_option_list(struct ipam_inst *inst, const char *name, struct ipam_strs *ret)
{
    struct value *v;
    int32_t rc;

    host_in(inst, "option_list");
    v = option_of(inst, "option_list", name, K(LIST), &rc);
    if (v != NULL)
        *ret = (struct ipam_strs){ v->items, v->item_count };
    host_out();
    return rc;
}

static int32_t host_option_addr(struct ipam_inst *inst, const char *name, struct ipam_addr *ret)
{
    struct value *v;
    int32_t rc;

    host_in(inst, "option_addr");
    v = option_of(inst, "option_addr", name, K(ADDRESS), &rc);
    if (v != NULL)
        *ret = v->addr;
    host_out();
    return rc;
}

static int32_t host_option_prefix(struct ipam_inst *inst, const char *name, struct ipam_prefix *ret)
{
    struct value *v;
    int32_t rc;

    host_in(inst, "option_prefix");
    v = option_of(inst, "option_prefix", name, K(PREFIX), &rc);
    if (v != NULL)
        *ret = v->prefix;
    host_out();
    return rc;
}

static struct ipam_str host_target(struct ipam_inst *inst)
{
    struct ipam_str target;

    host_in(inst, "target");
    target = (struct ipam_str){ inst->target, strlen(inst->target) };
    host_out();
    return target;
}

static void host_open_error(struct ipam_inst *inst, const char *text)
{
    host_in(inst, "open_error");
    if (text == NULL || text[0] == '\0') {
        broken("error-has-message", "open_error got no text; write one sentence with what to do");
    } else {
        snprintf(inst->open_error, sizeof(inst->open_error), "%s", text);
        host_told(inst, "the text of open_error", text, strlen(text));
    }
    host_out();
}

static void host_option_problem(struct ipam_inst *inst, const char *name, const char *text)
{
    unsigned i;

    host_in(inst, "option_problem");
    if (!inst->checking)
        broken("check", "option_problem was called outside check; call it only there");
    if (name == NULL || option_find(name, &i) == NULL)
        broken("check", "option_problem names '%s', which is not in the option table",
               name != NULL ? name : "(NULL)");
    if (text == NULL || text[0] == '\0')
        broken("check", "option_problem got no text; say what is wrong and what to write instead");
    else
        host_told(inst, "the text of option_problem", text, strlen(text));
    host_out();
}

static bool event_name(const char *event)
{
    return event != NULL && event[0] != '\0' &&
           event[strspn(event, "abcdefghijklmnopqrstuvwxyz0123456789-_.")] == '\0';
}

static void host_log(struct ipam_inst *inst, int32_t level, const char *event, const char *text)
{
    host_in(inst, "log");
    if (level < 3 || level > 7)
        broken("log-events", "log got level %d; use 3 (error) to 7 (debug)", (int)level);
    if (!event_name(event))
        broken("log-events", "log got the event id '%s'; use a stable name of a-z, 0-9, '-', '_' and '.'",
               event != NULL ? event : "(NULL)");
    if (text == NULL || !utf8_valid(text, strlen(text)))
        broken("log-events", "log got a text that is %s; write UTF-8", text == NULL ? "NULL" : "no UTF-8");
    else
        host_told(inst, "a log line", text, strlen(text));
    host_out();
}

static int64_t host_now_ms(void)
{
    return now_ms();
}

static void host_caps_changed(struct ipam_inst *inst, uint64_t capabilities)
{
    host_in(inst, "caps_changed");
    if ((capabilities & ~ops.common.capabilities) != 0)
        broken("tables-and-capabilities",
               "caps_changed tells 0x%llx, more than the table says; it may only "
               "narrow, so put what the driver can at best in the table",
               (unsigned long long)capabilities);
    host_out();
}

static const void *host_service(struct ipam_inst *inst, const char *name, uint32_t version)
{
    (void)name, (void)version;
    host_in(inst, "service");
    host_out();
    return NULL;
}

/* The loop's functions are for LOOP plugins on their thread. */
static bool loop_in(struct ipam_inst *inst, const char *what)
{
    host_in(inst, what);
    if (!under_loop() || !on_worker(inst->workers[0])) {
        broken("done-thread",
               "%s was called %s; it is for LOOP plugins, on their thread (defer may come from "
               "any)",
               what, under_loop() ? "on another thread than the loop's" : "by a plugin that is not LOOP");
        return false;
    }
    return true;
}

static int32_t host_watch_fd(struct ipam_inst *inst, int32_t fd, uint32_t events,
                             void (*ready)(void *, int32_t, uint32_t), void *user)
{
    int32_t rc = IPAM_E_INVAL;

    if (loop_in(inst, "watch_fd"))
        rc = worker_watch(inst->workers[0], inst, fd, events, ready, user);
    host_out();
    return rc;
}

static struct ipam_timer *host_timer_start(struct ipam_inst *inst, int64_t after_ms, void (*due)(void *),
                                           void *user)
{
    struct ipam_timer *t = NULL;

    if (loop_in(inst, "timer_start"))
        t = worker_timer(inst->workers[0], inst, after_ms, due, user);
    host_out();
    return t;
}

static void host_timer_stop(struct ipam_inst *inst, struct ipam_timer *t)
{
    if (loop_in(inst, "timer_stop"))
        worker_timer_stop(inst->workers[0], t);
    host_out();
}

static int32_t host_defer(struct ipam_inst *inst, void (*run)(void *), void *user)
{
    host_in(inst, "defer");
    worker_defer(inst->workers[0], inst, run, user);
    host_out();
    return 0;
}

const struct ipam_host host_table = {
    .size = sizeof(host_table),
    .abi = IPAM_ABI,
    .option_text = host_option_text,
    .option_int = host_option_int,
    .option_secret = host_option_secret,
    .target = host_target,
    .open_error = host_open_error,
    .log = host_log,
    .now_ms = host_now_ms,
    .alloc = host_alloc,
    .emit = host_emit,
    .row = host_row,
    .step = host_step,
    .cancelled = host_cancelled,
    .deadline_ms = host_deadline_ms,
    .edit = host_edit,
    .done = host_done,
    .option_list = host_option_list,
    .option_addr = host_option_addr,
    .option_prefix = host_option_prefix,
    .option_problem = host_option_problem,
    .caps_changed = host_caps_changed,
    .service = host_service,
    .watch_fd = host_watch_fd,
    .timer_start = host_timer_start,
    .timer_stop = host_timer_stop,
    .defer = host_defer,
    .on_credit = host_on_credit,
};
