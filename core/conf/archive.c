/* archive.c - the section "archive": how many configurations of servers are kept, and for how long.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "conf/conf_p.h"

#define MOST       100
#define MOST_LEAST 2 /* what there is, and what there was */
#define MOST_MOST  10000
#define DAY        INT64_C(86400000)
#define KEEP       (400 * DAY)
#define KEEP_MOST  (36500 * DAY)

void conf_archive_init(struct conf *c)
{
    c->archive = (struct conf_archive){ MOST, KEEP };
}

static void read_most(struct reader *r, const struct json *v)
{
    int64_t n;
    if (json_int(v, &n) != 0 || n < MOST_LEAST || n > MOST_MOST)
        WRONG(r, v, "most is no integer from %d to %d", MOST_LEAST, MOST_MOST);
    else
        r->conf->archive.most = (unsigned)n;
}

static void read_keep(struct reader *r, const struct json *v)
{
    struct ipam_str text = json_str(v);
    int64_t ms = 0;
    if (text.data == NULL || duration_parse(text.data, text.len, &ms) < 0 || ms < DAY || ms > KEEP_MOST)
        WRONG(r, v, "keep is no duration from 1d to 36500d; write one such as \"400d\"");
    else
        r->conf->archive.keep_ms = ms;
}

void conf_read_archive(struct reader *r, const struct json *v)
{
    if (json_type(v) != JSON_OBJECT) {
        WRONG(r, v, "archive is %s; expected an object such as { \"most\": 100, \"keep\": \"400d\" }",
              json_type_name(json_type(v)));
        return;
    }
    for (const struct json *m = json_first(v); m != NULL; m = json_next(m)) {
        if (str_is(json_key(m), "most"))
            read_most(r, m);
        else if (str_is(json_key(m), "keep"))
            read_keep(r, m);
        else
            WRONG(r, m, "unknown key \"" STR_FMT "\" in archive; known are most, keep", STR_ARG(json_key(m)));
    }
}
