/* window.c - a maintenance window: the days and times at which servers may be changed.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/window.h"

#include <string.h>
#include <time.h>

#include "ipam/status.h"

#define EVERY_DAY   0x7f
#define DAY_MINUTES 1440

/* --- reading --- */

struct cursor {
    const char *at, *end;
};

static void blanks(struct cursor *c)
{
    while (c->at < c->end && *c->at == ' ')
        c->at++;
}

static bool takes(struct cursor *c, char wanted)
{
    if (c->at == c->end || *c->at != wanted)
        return false;
    c->at++;
    return true;
}

static int number(struct cursor *c)
{
    int n = 0;
    if (c->end - c->at < 2 || c->at[0] < '0' || c->at[0] > '9' || c->at[1] < '0' || c->at[1] > '9')
        return -1;
    n = 10 * (c->at[0] - '0') + (c->at[1] - '0');
    c->at += 2;
    return n;
}

/* HH:MM, up to 24:00; -1: it is none. */
static int minute(struct cursor *c)
{
    int hours = number(c), minutes = hours >= 0 && takes(c, ':') ? number(c) : -1;
    int n = 60 * hours + minutes;
    return minutes < 0 || minutes > 59 || n > DAY_MINUTES ? -1 : n;
}

static int day(struct cursor *c)
{
    static const char names[] = "sunmontuewedthufrisat";
    for (int i = 0; i < 7 && c->end - c->at >= 3; i++)
        if (memcmp(c->at, names + 3 * (ptrdiff_t)i, 3) == 0) {
            c->at += 3;
            return i;
        }
    return -1;
}

/* "mon-fri,sun"; from the last day of the week on to the first. */
static bool days(struct cursor *c, uint8_t *ret)
{
    *ret = 0;
    do {
        int first = day(c), last = first >= 0 && takes(c, '-') ? day(c) : first;
        if (first < 0 || last < 0)
            return false;
        for (int i = first;; i = (i + 1) % 7) {
            *ret |= (uint8_t)(1u << i);
            if (i == last)
                break;
        }
    } while (takes(c, ','));
    return true;
}

static bool part(struct cursor *c, struct window_part *ret)
{
    ret->days = EVERY_DAY;
    blanks(c);
    if (c->at < c->end && *c->at >= 'a' && !days(c, &ret->days))
        return false;
    blanks(c);
    int begin = minute(c), end = begin >= 0 && takes(c, '-') ? minute(c) : -1;
    blanks(c);
    if (end < 0 || begin == DAY_MINUTES || begin == end)
        return false;
    ret->begin = (uint16_t)begin;
    ret->end = (uint16_t)end;
    return true;
}

int window_parse(struct ipam_str text, struct window *ret)
{
    struct cursor c = { text.data, text.data + text.len };
    ret->count = 0;
    do {
        if (ret->count == WINDOW_PARTS || text.len == 0 || !part(&c, &ret->parts[ret->count++]))
            return IPAM_E_INVAL;
    } while (takes(&c, ';'));
    return c.at == c.end ? 0 : IPAM_E_INVAL;
}

/* --- when it is open --- */

static bool holds(const struct window_part *p, int weekday, int now)
{
    bool today = p->days >> weekday & 1, yesterday = p->days >> ((weekday + 6) % 7) & 1;
    if (p->begin < p->end)
        return today && now >= p->begin && now < p->end;
    return (today && now >= p->begin) || (yesterday && now < p->end);
}

/* When the part begins next after `now` within a week; 0: never. */
static time_t begins(const struct window_part *p, const struct tm *now, time_t after)
{
    for (int i = 0; i <= 7; i++) {
        struct tm at = { .tm_year = now->tm_year,
                         .tm_mon = now->tm_mon,
                         .tm_mday = now->tm_mday + i,
                         .tm_min = p->begin,
                         .tm_isdst = -1 };
        time_t t = mktime(&at);
        if ((p->days >> ((now->tm_wday + i) % 7) & 1) && t > after)
            return t;
    }
    return 0;
}

int64_t window_wait(const struct window *w, int64_t now_ms)
{
    time_t now = (time_t)(now_ms / 1000), first = 0;
    struct tm local;
    localtime_r(&now, &local);
    for (unsigned i = 0; i < w->count; i++) {
        const struct window_part *p = &w->parts[i];
        if (holds(p, local.tm_wday, 60 * local.tm_hour + local.tm_min))
            return 0;
        time_t t = begins(p, &local, now);
        if (t != 0 && (first == 0 || t < first))
            first = t;
    }
    return first == 0 ? 0 : (int64_t)first * 1000 - now_ms;
}
