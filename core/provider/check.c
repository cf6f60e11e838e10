/* check.c - options that depend on each other, judged by the plugin itself.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A plugin of this process is called; one in a helper is asked by --check, with the options as JSON. */
#include "config.h"

#include "provider/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/slot.h"
#include "ipam/status.h"
#include "provider/ask.h"
#include "provider/fence.h"
#include "provider/local_p.h"

#define OPTIONS_JSON_MAX (1u << 20)
#define ANSWER_MAX       (256u << 10)

void check_run(const struct plugin *pl, const struct json *options, const struct json *base,
               void (*problem)(void *user, const char *option, const char *message), void *user)
{
    char nowhere[] = "";
    struct ipam_inst inst = { .plugin = pl, .target = nowhere, .problem = problem, .problem_user = user };

    if (pl->check == NULL)
        return;
    log_quota_init(&inst.quota);
    options_init(&inst.options, &pl->options, options, base);
    slot_enter(pl->name, "check");
    pl->check(&inst, &host_table);
    slot_leave();
    options_fini(&inst.options);
    log_quota_fini(&inst.quota);
}

/* --- the helper's side --- */

struct answer {
    struct json_writer w;
    unsigned count;
};

static void add(struct answer *a, const char *option, const char *message)
{
    jw_object(&a->w);
    jw_key(&a->w, "option");
    jw_text(&a->w, option);
    jw_key(&a->w, "message");
    jw_text(&a->w, message);
    jw_object_end(&a->w);
    a->count++;
}

static void on_problem(void *user, const char *option, const char *message)
{
    add(user, option, message);
}

static void on_table_problem(void *user, uint32_t line, uint32_t column, const char *message)
{
    char text[PROVIDER_ERR_MAX + 64];

    snprintf(text, sizeof(text), "line %u, column %u: %s", (unsigned)line, (unsigned)column, message);
    add(user, "", text);
}

int check_answer(const struct plugin *pl, struct ipam_str options, struct strbuf *out)
{
    struct answer a = { .count = 0 };
    struct json_doc *doc = NULL;
    struct json_error e;

    jw_init(&a.w, out);
    jw_object(&a.w);
    jw_key(&a.w, "problems");
    jw_array(&a.w);
    if (json_parse(options.data, options.len, OPTIONS_JSON_MAX, &doc, &e) < 0)
        on_table_problem(&a, e.line, e.column, e.message);
    else if (options_check(&pl->options, doc, json_root(doc), NULL, false, on_table_problem, &a) == 0)
        check_run(pl, json_root(doc), NULL, on_problem, &a);
    jw_array_end(&a.w);
    jw_object_end(&a.w);
    strbuf_putc(out, '\n');
    json_free(doc);
    return a.count ? IPAM_E_INVAL : 0;
}

/* --- the daemon's side --- */

struct together {
    struct loop_work post;
    const struct plugin *plugin;
    const struct json *options, *base;
    void (*problem)(void *user, const char *option, const char *message);
    void (*checked)(void *user, int status, const char *why);
    void *user;
};

static void finish(struct together *t, int status, const char *why)
{
    t->checked(t->user, status, why);
    free(t);
}

static void on_own(struct loop_work *w)
{
    struct together *t = container_of(w, struct together, post);

    check_run(t->plugin, t->options, t->base, t->problem, t->user);
    finish(t, 0, "");
}

static void tell(struct together *t, const struct json *problem)
{
    struct ipam_str option = json_str(json_get(problem, "option")),
                    message = json_str(json_get(problem, "message"));
    char name[64], text[PROVIDER_ERR_MAX];

    snprintf(name, sizeof(name), STR_FMT, STR_ARG(option));
    snprintf(text, sizeof(text), STR_FMT, STR_ARG(message));
    t->problem(t->user, name, text);
}

static void on_answer(void *user, int status, struct ipam_str output)
{
    struct together *t = user;
    struct json_doc *doc = NULL;
    struct json_error e;
    char why[PROVIDER_ERR_MAX], text[64];

    if (status < 0 || json_parse(output.data, output.len, ANSWER_MAX, &doc, &e) < 0 ||
        json_type(json_get(json_root(doc), "problems")) != JSON_ARRAY) {
        json_free(doc);
        finish(t,
               refuse(IPAM_E_PROVIDER, why,
                      "the plugin %s cannot check its options: %s/ipam-provider-host --check %s: %s",
                      t->plugin->name, IPAM_LIBEXECDIR, t->plugin->name,
                      status < 0 ? strerror_r(-status, text, sizeof(text))
                                 : "it answered no problems; see the log"),
               why);
        return;
    }
    for (const struct json *p = json_first(json_get(json_root(doc), "problems")); p; p = json_next(p))
        tell(t, p);
    json_free(doc);
    finish(t, 0, "");
}

/* The effective options as one object. */
static void write_options(const struct option_table *table, const struct json_doc *doc,
                          const struct json *options, const struct json_doc *base_doc,
                          const struct json *base, struct strbuf *out)
{
    struct json_writer w;

    jw_init(&w, out);
    jw_object(&w);
    for (unsigned i = 0; i < table->count; i++) {
        const struct json *own = json_get(options, table->items[i].name);
        const struct json *v = own ? own : json_get(base, table->items[i].name);

        if (v == NULL)
            continue;
        jw_key(&w, table->items[i].name);
        jw_raw(&w, json_span(own ? doc : base_doc, v));
    }
    jw_object_end(&w);
}

void plugin_check_together(struct providers *p, const struct plugin *pl, const struct json_doc *doc,
                           const struct json *options, const struct json_doc *base_doc,
                           const struct json *base,
                           void (*problem)(void *user, const char *option, const char *message),
                           void (*checked)(void *user, int status, const char *why), void *user)
{
    struct together *t = xcalloc(1, sizeof(*t));
    struct sandbox_words fence;
    struct options values;
    struct strbuf input;

    *t = (struct together){
        .plugin = pl, .options = options, .base = base, .problem = problem, .checked = checked, .user = user
    };
    if (pl->settings.isolation == ISOLATION_NONE || !pl->has_check) {
        loop_post(p->loop, &t->post, on_own);
        return;
    }
    strbuf_init(&input, OPTIONS_JSON_MAX);
    write_options(&pl->options, doc, options, base_doc, base, &input);
    options_init(&values, &pl->options, options, base);
    fence_begin(p, &fence);
    fence_add(&fence, pl, &values);
    options_fini(&values);
    ask_helper(p, KEEPER_CHECK, pl->name, &fence, &input, on_answer, t);
}

int plugin_check_options(const struct plugin *pl, const struct json_doc *doc, const struct json *options,
                         const struct json *base, bool partial, option_problem problem, void *user)
{
    return options_check(&pl->options, doc, options, base, partial, problem, user);
}
