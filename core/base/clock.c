/* clock.c - time and randomness behind a table that a test can replace; times as text.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "ipam/status.h"

#define DAY_MS INT64_C(86400000)

static int64_t read_clock(clockid_t id)
{
    struct timespec ts;

    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t system_wall_ms(void)
{
    return read_clock(CLOCK_REALTIME);
}

static int64_t system_mono_ms(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

static void system_random(void *buf, size_t len)
{
    unsigned char *p = buf;

    while (len) {
        ssize_t n = getrandom(p, len, 0);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            fprintf(stderr, "<2>no-randomness: getrandom failed: %s; the program cannot go on without it\n",
                    strerror(errno));
            abort();
        }
        p += n;
        len -= (size_t)n;
    }
}

static const struct base_port system_port = { system_wall_ms, system_mono_ms, system_random };
const struct base_port *base_port = &system_port;

int64_t clock_wall_ms(void)
{
    return base_port->wall_ms();
}

int64_t clock_mono_ms(void)
{
    return base_port->mono_ms();
}

int64_t clock_mono_us(void)
{
    struct timespec ts;

    if (base_port->mono_ms != system_mono_ms)
        return clock_mono_ms() * 1000;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

void rng_bytes(void *buf, size_t len)
{
    base_port->random(buf, len);
}

uint64_t rng_below(uint64_t bound)
{
    uint64_t refuse = -bound % bound; /* 2^64 mod bound: values below it would favour small results */
    uint64_t n;

    do
        rng_bytes(&n, sizeof(n));
    while (n < refuse);
    return n % bound;
}

/* Days since 1970-01-01 of a proleptic Gregorian date; years are counted from March so that the leap
 * day is the last of its year. */
static int64_t days_from_date(int64_t year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static void date_from_days(int64_t days, int *ret_year, int *ret_month, int *ret_day)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;

    *ret_day = (int)(doy - (153 * mp + 2) / 5 + 1);
    *ret_month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *ret_year = (int)(yoe + era * 400 + (*ret_month <= 2));
}

static const int64_t time_min = INT64_C(-62167219200000);  /* 0000-01-01T00:00:00.000Z */
static const int64_t time_max = INT64_C(253402300799999);  /* 9999-12-31T23:59:59.999Z */

size_t time_print(int64_t ms, char *buf)
{
    int64_t days, rest;
    int year, month, day;

    /* Four digits are all that RFC 3339 has for a year. */
    ms = ms < time_min ? time_min : ms > time_max ? time_max : ms;
    days = ms / DAY_MS - (ms % DAY_MS < 0);
    rest = ms - days * DAY_MS;
    date_from_days(days, &year, &month, &day);
    return (size_t)snprintf(buf, TIME_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", year % 10000,
                            month % 100, day % 100, (int)(rest / 3600000), (int)(rest / 60000 % 60),
                            (int)(rest / 1000 % 60), (int)(rest % 1000));
}

struct text {
    const char *p, *end;
};

/* Exactly `digits` decimal digits. */
static bool take_number(struct text *t, int digits, int *ret)
{
    int n = 0;

    if (t->end - t->p < digits)
        return false;
    for (; digits; digits--, t->p++) {
        if (*t->p < '0' || *t->p > '9')
            return false;
        n = n * 10 + (*t->p - '0');
    }
    *ret = n;
    return true;
}

static bool take_char(struct text *t, const char *any)
{
    if (t->p == t->end || !*t->p || !strchr(any, *t->p))
        return false;
    t->p++;
    return true;
}

/* ".004" and longer, to nine digits; below a millisecond is cut off. */
static bool take_fraction(struct text *t, int *ret_ms)
{
    int digits = 0, unit = 100;

    *ret_ms = 0;
    if (!take_char(t, "."))
        return true;
    for (; t->p < t->end && *t->p >= '0' && *t->p <= '9'; t->p++, digits++, unit /= 10)
        *ret_ms += (*t->p - '0') * unit;
    return digits >= 1 && digits <= 9;
}

static bool take_offset(struct text *t, int *ret_minutes)
{
    int hours, minutes, sign;

    *ret_minutes = 0;
    if (take_char(t, "Zz"))
        return true;
    sign = t->p < t->end && *t->p == '-' ? -1 : 1;
    if (!take_char(t, "+-") || !take_number(t, 2, &hours) || !take_char(t, ":") ||
        !take_number(t, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *ret_minutes = sign * (hours * 60 + minutes);
    return true;
}

static int days_of_month(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29 : days[month - 1];
}

int time_parse(const char *text, size_t len, int64_t *ret_ms)
{
    struct text t = { text, text + len };
    int year, month, day, hour, minute, second, ms, offset;
    int64_t result;

    if (!take_number(&t, 4, &year) || !take_char(&t, "-") || !take_number(&t, 2, &month) ||
        !take_char(&t, "-") || !take_number(&t, 2, &day) || !take_char(&t, "Tt ") ||
        !take_number(&t, 2, &hour) || !take_char(&t, ":") || !take_number(&t, 2, &minute) ||
        !take_char(&t, ":") || !take_number(&t, 2, &second) || !take_fraction(&t, &ms) ||
        !take_offset(&t, &offset) || t.p != t.end)
        return IPAM_E_INVAL;
    if (month < 1 || month > 12 || day < 1 || day > days_of_month(year, month) || hour > 23 || minute > 59 ||
        second > 60)
        return IPAM_E_INVAL;
    /* A leap second (60) counts as the first second of the next minute, as in POSIX time. */
    result = days_from_date(year, month, day) * DAY_MS +
             ((int64_t)hour * 3600 + (minute - offset) * 60 + second) * 1000 + ms;
    if (result < time_min || result > time_max)
        return IPAM_E_INVAL;
    *ret_ms = result;
    return 0;
}

int duration_parse(const char *text, size_t len, int64_t *ret_ms)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", DAY_MS } };
    size_t digits = 0;
    int64_t n = 0;

    while (digits < len && text[digits] >= '0' && text[digits] <= '9') {
        if (n > INT64_MAX / 10 - 1)
            return IPAM_E_INVAL;
        n = n * 10 + (text[digits++] - '0');
    }
    for (size_t i = 0; digits && i < sizeof(units) / sizeof(units[0]); i++) {
        if (strlen(units[i].unit) != len - digits || memcmp(units[i].unit, text + digits, len - digits) != 0)
            continue;
        if (n > INT64_MAX / units[i].ms)
            return IPAM_E_INVAL;
        *ret_ms = n * units[i].ms;
        return 0;
    }
    return IPAM_E_INVAL;
}
