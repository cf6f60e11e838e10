/* report.c - tells the verdicts: a line a rule, or JSON.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "conform.h"

static const char *const words[] = { "skipped", "ok", "FAILED" };

static void count(const struct verdict *verdicts, unsigned *ret)
{
    for (unsigned i = 0; i < rule_count; i++)
        if (rule_wanted(&rules[i]) || verdicts[i].result == RESULT_FAILED)
            ret[verdicts[i].result]++;
}

static void report_text(const struct verdict *verdicts, const unsigned *n, unsigned calls_made, unsigned ok)
{
    for (unsigned i = 0; i < rule_count; i++) {
        const struct verdict *v = &verdicts[i];
        if (!rule_wanted(&rules[i]) && v->result != RESULT_FAILED)
            continue;
        printf("%s %s%s%s\n", words[v->result], rules[i].name, v->text[0] != '\0' ? ": " : "", v->text);
    }
    printf("%u rules: %u ok, %u failed, %u skipped; %u calls, %u of them answered IPAM_OK\n",
           n[0] + n[1] + n[2], n[RESULT_OK], n[RESULT_FAILED], n[RESULT_SKIPPED], calls_made, ok);
}

static void report_json(const struct verdict *verdicts, const unsigned *n, unsigned calls_made, unsigned ok)
{
    struct strbuf out;
    struct json_writer w;

    strbuf_init(&out, 1u << 20);
    jw_init(&w, &out);
    jw_object(&w);
    jw_key(&w, "plugin");
    jw_text(&w, settings.path);
    jw_key(&w, "rules");
    jw_array(&w);
    for (unsigned i = 0; i < rule_count; i++) {
        if (!rule_wanted(&rules[i]) && verdicts[i].result != RESULT_FAILED)
            continue;
        jw_object(&w);
        jw_key(&w, "rule");
        jw_text(&w, rules[i].name);
        jw_key(&w, "result");
        jw_text(&w, verdicts[i].result == RESULT_FAILED ? "failed" : words[verdicts[i].result]);
        if (verdicts[i].text[0] != '\0') {
            jw_key(&w, "text");
            jw_text(&w, verdicts[i].text);
        }
        jw_object_end(&w);
    }
    jw_array_end(&w);
    for (unsigned i = 0; i < 3; i++) {
        jw_key(&w, i == RESULT_FAILED ? "failed" : words[i]);
        jw_int(&w, n[i]);
    }
    jw_key(&w, "calls");
    jw_int(&w, calls_made);
    jw_key(&w, "calls_answered_ok");
    jw_int(&w, ok);
    jw_object_end(&w);
    printf("%.*s\n", (int)out.len, out.data);
    strbuf_fini(&out);
}

int report(const struct verdict *verdicts, unsigned calls_made, unsigned ok)
{
    unsigned n[3] = { 0 };

    count(verdicts, n);
    if (settings.json)
        report_json(verdicts, n, calls_made, ok);
    else
        report_text(verdicts, n, calls_made, ok);
    return n[RESULT_FAILED] > 0 ? 1 : 0;
}
