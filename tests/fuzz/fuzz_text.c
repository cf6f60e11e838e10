/* fuzz_text.c - addresses, prefixes, names of the DNS, counts, times and durations as text: what is read prints, and reads back the same.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * `make check` replays the seeds in tests/fuzz/corpus/text and mutations of them (fuzz_main.c); to fuzz, see fuzz_json.c. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/notify.h"
#include "fuzz.h"
#include "net/dns.h"
#include "net/facts.h"

#define CHECK(condition) \
    do { \
        if (!(condition)) \
            abort(); \
    } while (0)

static void read_addr(const char *text, size_t size)
{
    char printed[ADDR_TEXT_MAX];
    struct ipam_addr a, b;

    if (addr_parse(text, size, &a) != 0)
        return;
    CHECK(a.family == 4 || a.family == 6);
    size_t len = addr_print(&a, printed);
    CHECK(len < sizeof(printed) && printed[len] == '\0' && addr_parse(printed, len, &b) == 0 && addr_equal(&a, &b));
    CHECK(addr_compare(&a, &b) == 0);
}

static void read_prefix(const char *text, size_t size)
{
    char printed[ADDR_TEXT_MAX + 8];
    struct ipam_addr first, last;
    struct ipam_prefix p, q;

    if (prefix_parse_host(text, size, &p) == 0)
        prefix_mask(&p);
    else
        CHECK(prefix_parse(text, size, &q) != 0); /* the one takes all that the other does */
    if (prefix_parse(text, size, &p) != 0)
        return;
    size_t len = prefix_print(&p, printed);
    CHECK(len < sizeof(printed) && prefix_parse(printed, len, &q) == 0 && prefix_equal(&p, &q));
    prefix_first(&p, &first);
    prefix_last(&p, &last);
    CHECK(addr_compare(&first, &last) <= 0 && prefix_contains_addr(&p, &first) && prefix_contains_addr(&p, &last));
    CHECK(prefix_contains(&p, &q) && prefix_overlaps(&p, &q) && addr_equal(&first, &p.addr));
}

/* A name of the reverse DNS is the one of its prefix, where that has one. */
static void read_reverse(const char *text, size_t size)
{
    char printed[REVERSE_TEXT_MAX];
    struct ipam_prefix p, q;

    if (!reverse_name_parse(text, size, &p))
        return;
    q = p;
    prefix_mask(&q);
    CHECK(prefix_equal(&p, &q));
    size_t len = reverse_zone(&p, 0, printed);
    CHECK(reverse_zone_count(&p) == 1 && reverse_name_parse(printed, len, &q) && prefix_equal(&p, &q));
}

/* What is put into the form of records is in it. */
static void read_names(const char *text, size_t size)
{
    static const char *const types[] = { "A", "AAAA", "CNAME", "MX", "SRV", "TXT", "CAA" };
    static char once[DNS_DATA_MAX], twice[DNS_DATA_MAX], scratch[2 * DNS_DATA_MAX];
    struct ipam_str given = { text, size };

    if (dns_name_tidy(given, once)) {
        struct ipam_str tidy = { once, strlen(once) };

        CHECK(tidy.len < DNS_NAME_MAX && dns_name_tidy(tidy, twice) && strcmp(once, twice) == 0);
        CHECK(dns_name_within(tidy, tidy));
    }
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct ipam_str type = { types[i], strlen(types[i]) }, tidy = { once, 0 };

        if (dns_data_tidy(type, given, once) != NULL)
            continue;
        tidy.len = strlen(once);
        if (i + 1 < sizeof(types) / sizeof(types[0]) ||
            strlen(once) == size) /* of unknown ones bytes are bytes */
            CHECK(dns_data_tidy(type, tidy, twice) == NULL && strcmp(once, twice) == 0 &&
                  dns_data_equal(type, given, tidy, scratch));
    }
}

static void read_count(const char *text, size_t size)
{
    struct ipam_u128 n, m;
    char printed[48];

    if (u128_parse(text, size, &n) != 0)
        return;
    size_t len = u128_print(n, printed);
    CHECK(len < sizeof(printed) && u128_parse(printed, len, &m) == 0 && u128_compare(n, m) == 0);
}

/* A whole number of units, without anything around it. */
static void check_duration(const char *text, size_t size, int64_t ms)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 } };
    size_t digits = 0;
    int64_t n = 0;
    bool known = false;

    for (; digits < size && text[digits] >= '0' && text[digits] <= '9'; digits++)
        n = n * 10 + (text[digits] - '0');
    CHECK(ms >= 0 && digits > 0);
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (size - digits == strlen(units[i].name) && memcmp(text + digits, units[i].name, size - digits) == 0)
            known = ms % units[i].ms == 0 && ms / units[i].ms == n;
    CHECK(known);
}

static void read_time(const char *text, size_t size)
{
    char printed[TIME_TEXT_MAX];
    int64_t ms, again;

    if (time_parse(text, size, &ms) == 0) {
        size_t len = time_print(ms, printed);
        CHECK(len == strlen("2026-11-23T01:02:03.004Z") && time_parse(printed, len, &again) == 0 && again == ms);
    }
    if (duration_parse(text, size, &ms) == 0)
        check_duration(text, size, ms);
    if (size >= sizeof(ms)) { /* any number prints as some time */
        memcpy(&ms, text, sizeof(ms));
        CHECK(time_parse(printed, time_print(ms, printed), &again) == 0);
    }
}

/* The supervisor's socket and its wishes, as the environment has them; nothing is sent. */
static void read_environment(const char *text, size_t size)
{
    char *copy = strndup(text, size);

    CHECK(copy != NULL);
    setenv("NOTIFY_SOCKET", copy, 1);
    notify_free(notify_new());
    unsetenv("NOTIFY_SOCKET");
    setenv("WATCHDOG_USEC", copy, 1);
    setenv("WATCHDOG_PID", copy, 1);
    notify_watchdog(NULL, NULL); /* nobody is to be told */
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;

    read_addr(text, size);
    read_prefix(text, size);
    read_reverse(text, size);
    read_names(text, size);
    read_count(text, size);
    read_time(text, size);
    read_environment(text, size);
    return 0;
}
