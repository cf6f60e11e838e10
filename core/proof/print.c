/* print.c - findings and the verdict in words.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "proof/judge.h"

const char *const finding_words[FOUND_KINDS] = { "edited",    "deleted", "swapped",     "inserted",
                                                 "truncated", "changed", "rolled-back", "forged",
                                                 "forked",    "missing", "unlinked",    "broken" };

static void revisions(struct strbuf *out, const struct finding *f)
{
    if (f->from == f->to)
        strbuf_printf(out, "revision %" PRId64, f->from);
    else
        strbuf_printf(out, "revisions %" PRId64 "..%" PRId64, f->from, f->to);
}

static void say(struct strbuf *out, const struct finding *f)
{
    switch (f->kind) {
    case FOUND_EDITED: revisions(out, f), strbuf_puts(out, " is not the row that was proved"); break;
    case FOUND_DELETED:
        revisions(out, f), strbuf_puts(out, f->from == f->to ? " was taken out" : " were taken out");
        break;
    case FOUND_SWAPPED:
        strbuf_printf(out, "revisions %" PRId64 " and %" PRId64 " stand in each other's place", f->from,
                      f->to);
        break;
    case FOUND_INSERTED: revisions(out, f), strbuf_puts(out, " was put in"); break;
    case FOUND_TRUNCATED: revisions(out, f), strbuf_puts(out, " were proved, and the log ends before"); break;
    case FOUND_CHANGED:
        strbuf_printf(out, "something in "), revisions(out, f);
        strbuf_printf(out, " is not what checkpoint %" PRId64 " proved", f->number);
        break;
    case FOUND_ROLLED_BACK:
        revisions(out, f);
        strbuf_printf(out,
                      " is not what was proved before checkpoint %" PRId64
                      " began anew: an older copy was put in its place",
                      f->number);
        break;
    case FOUND_FORGED: strbuf_printf(out, "checkpoint %" PRId64 " cannot be believed", f->number); break;
    case FOUND_FORKED:
        strbuf_printf(out,
                      "checkpoint %" PRId64
                      " is there twice, both signed: an older copy of the log was gone on with",
                      f->number);
        break;
    case FOUND_MISSING:
        strbuf_printf(out, "checkpoints %" PRId64 "..%" PRId64 " are missing", f->from, f->to);
        break;
    case FOUND_UNLINKED:
        strbuf_printf(out, "checkpoint %" PRId64 " does not follow the one before it", f->number);
        break;
    case FOUND_BROKEN: strbuf_puts(out, "the export is not whole"); break;
    default: break;
    }
}

void finding_print(const struct finding *f, struct strbuf *out)
{
    strbuf_printf(out, "%s: ", finding_words[f->kind]);
    say(out, f);
    if (f->text != NULL)
        strbuf_printf(out, ": %s", f->text);
    strbuf_putc(out, '\n');
}

static void print_time(struct strbuf *out, int64_t ms)
{
    char text[32] = "?";
    time_t s = (time_t)(ms / 1000);
    struct tm tm;
    if (gmtime_r(&s, &tm) != NULL)
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
    strbuf_puts(out, text);
}

static void print_open(const struct verdict *v, struct strbuf *out)
{
    if (v->unproved > 0 && v->number > 0 && v->last > v->covered) {
        strbuf_printf(out,
                      "unproved: %" PRId64 " rows, the last of them revision %" PRId64
                      ": no checkpoint covers them; the last is number %" PRId64 " of ",
                      v->unproved, v->last, v->number);
        print_time(out, v->time_ms);
        strbuf_puts(out, ", which proves up to revision ");
        strbuf_printf(out, "%" PRId64 "\n", v->covered);
    } else if (v->unproved > 0) {
        strbuf_printf(out, "unproved: %" PRId64 " rows, which no checkpoint covers\n", v->unproved);
    }
    if (!v->keyed)
        strbuf_puts(
            out, "unproved: no key was given, so the log was judged by the one it names itself; give the key "
                 "that was noted off the host\n");
    if (v->held == 0)
        strbuf_puts(
            out,
            "unproved: no checkpoints from outside were given, so nobody would see an older copy of the log "
            "with its own checkpoints; give those that were sent away\n");
}

void judge_print(const struct judge *j, struct strbuf *out)
{
    size_t count;
    const struct finding *f = judge_findings(j, &count);
    struct verdict v;
    judge_verdict(j, &v);
    for (size_t i = 0; i < count; i++)
        finding_print(&f[i], out);
    print_open(&v, out);
    strbuf_printf(out,
                  "%s: %" PRId64 " of %" PRId64
                  " rows are as they were, by %zu checkpoints, of which %zu came from "
                  "outside; %zu findings\n",
                  judge_exit(j) == JUDGED_PROVED ? "proved"
                  : count > 0                    ? "tampered"
                                                 : "partly proved",
                  v.proved, v.rows, v.checkpoints, v.held, count);
}
