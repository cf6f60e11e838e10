/* fuzz_header.c - Accept and lists of entity tags: blanks and repetition mean nothing, what is added means what it says.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * `make check` replays the seeds in tests/fuzz/corpus/header and mutations of them (fuzz_main.c); to fuzz, see
 * README.md. */
#include <stdlib.h>
#include <string.h>

#include "api/call.h"
#include "api/match.h"
#include "fuzz.h"

#define CHECK(condition) \
    do { \
        if (!(condition)) \
            abort(); \
    } while (0)
#define REV 70707

/* The text between two others, as the value of a header. */
static struct ipam_str around(struct arena *a, const char *before, struct ipam_str s, const char *behind)
{
    struct strbuf b;

    strbuf_init(&b, 1u << 20);
    strbuf_puts(&b, before);
    strbuf_addstr(&b, s);
    strbuf_puts(&b, behind);
    struct ipam_str whole = arena_str(a, strbuf_str(&b));
    strbuf_fini(&b);
    return whole;
}

/* --- If-Match, If-None-Match of writes --- */

static void read_tags(struct ipam_str s, struct arena *a)
{
    int rc = etag_matches(s, REV), none = etag_matches(s, 0);

    CHECK(rc == 1 || rc == 0 || rc == IPAM_E_INVAL);
    CHECK(none == (rc < 0 ? rc : 0)); /* what is not there has no tag */
    if (memchr(s.data, '*', s.len) != NULL) /* alone, or no list at all */
        return;
    CHECK(etag_matches(around(a, " \t", s, "\t "), REV) == rc);
    int more = etag_matches(around(a, "\"70707\",", s, ""), REV);
    int behind = etag_matches(around(a, "", s, " , \"70707\""), REV);
    CHECK(more == behind || rc < 0); /* an empty list is none, but with one tag it is one */
    CHECK(rc < 0 || (more == 1 && behind == 1));
    CHECK(rc < 0 || etag_matches(around(a, "W/\"70707\", ", s, ""), REV) == rc);
    CHECK(rc < 0 || etag_matches(around(a, "", s, ", \"x"), REV) == IPAM_E_INVAL);
}

/* --- Accept --- */

static int accepts(struct call *c, struct ipam_str s, bool csv)
{
    c->accept = s;
    c->problem = (struct problem){ .type = PROBLEM_NONE };
    bool good = call_accept(c, csv);
    CHECK(good == (c->problem.type == PROBLEM_NONE) && (csv || !c->csv) && c->varies == csv);
    CHECK(utf8_valid(c->problem.detail, strlen(c->problem.detail)) || !utf8_valid(s.data, s.len));
    return good ? 1 + c->csv : 0;
}

static void read_accept(struct call *c, struct ipam_str s)
{
    struct arena *a = &c->arena;
    bool blank = strspn(s.data, " \t") == s.len;      /* no wish, and with more it would be one */
    bool quoted = memchr(s.data, '"', s.len) != NULL; /* what is added may fall into it */

    for (int csv = 0; csv < 2; csv++) {
        int said = accepts(c, s, csv);

        CHECK(accepts(c, around(a, " \t", s, "\t "), csv) == said);
        if (blank || quoted)
            continue;
        struct ipam_str twice = around(a, around(a, "", s, ", ").data, s, "");
        CHECK(accepts(c, twice, csv) == said);
        CHECK(accepts(c, around(a, "", s, ", application/json;q=1"), csv) == 1);
        CHECK(accepts(c, around(a, "", s, ", image/png"), csv) == said);
    }
    CHECK(accepts(c, s, false) == 0 || accepts(c, s, true) > 0);
}

/* --- If-None-Match of reads --- */

/* What matches strongly matches weakly, and what is no list matches nothing. */
static void read_known(struct call *c, struct ipam_str s)
{
    static const uint64_t shown[2] = { UINT64_C(1) << IPAM_SUBNET_NAME, 0 };
    static const struct route get = { .handler = handle_get, .path = "" };
    struct ipam_subnet v;

    record_init(&v, IPAM_T_SUBNET);
    RECORD_SET(&v, IPAM_SUBNET_REV, rev, REV);
    c->route = &get;
    c->fields = shown;
    c->if_none_match = s;
    bool known = call_unchanged(c, &v);
    CHECK(known || etag_matches(s, REV) <= 0);
    c->if_none_match = around(&c->arena, "W/\"70707\" ,", s, "");
    bool sound = etag_matches(around(&c->arena, "\"1\",", s, ""), REV) >= 0;
    CHECK(call_unchanged(c, &v) == sound);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct call *c = calloc(1, sizeof(*c));
    struct ipam_str s = { (const char *)data, size };

    CHECK(c != NULL);
    arena_init(&c->arena, 64u << 20);
    if (size <= 4096 && memchr(data, 0, size) == NULL) { /* HTTP lets none in */
        s = around(&c->arena, "", s, "");
        read_tags(s, &c->arena);
        read_accept(c, s);
        read_known(c, s);
    }
    arena_fini(&c->arena);
    free(c);
    return 0;
}
