/* fuzz_kea.c - answers of a Kea server: whatever they hold, the rows made of them are ones that a host takes.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The first byte says what the rest is: the configuration or the leases of either protocol, the value of an
 * option of a type, or (t) the test of a class. `make check` replays the seeds in tests/fuzz/corpus/kea and mutations of them
 * (fuzz_main.c); to fuzz, configure with --enable-fuzzing CC=clang, then:
 *   make tests/fuzz/fuzz_kea && cp -r $srcdir/tests/fuzz/corpus/kea work && tests/fuzz/fuzz_kea work */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "kea_rows.h"
#include "plugins/kea/eval.h"

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            abort();                                                                                         \
    } while (0)

/* The name of a scope says which it is: it is written in one way. */
static void check_native(const char *text, size_t size)
{
    enum kea_service s;
    char again[32];
    int64_t id;

    if (kea_native_parse((struct ipam_str){ text, size }, &s, &id) != 0)
        return;
    int n = snprintf(again, sizeof(again), "v%c/%lld", s == KEA_DHCP4 ? '4' : '6', (long long)id);
    CHECK((size_t)n == size && memcmp(again, text, size) == 0);
}

/* What can be read of bytes, and written again, is the same bytes: values are exact or not told. */
static void check_option(enum kea_service s, const uint8_t *data, size_t size)
{
    struct kea_definitions all;
    struct arena a;

    arena_init(&a, 0);
    CHECK(kea_definitions_read(s, NULL, 999, &a, &all) == 0);
    if (size > 1) {
        const struct kea_definition *d = &all.items[data[0] % all.count];
        struct ipam_bytes bytes = { data + 1, size - 1 }, again;
        struct ipam_strs values;

        if (kea_option_decode(d, s, bytes, &a, &values) == 0 && values.count > 0 && !d->encapsulates.len) {
            bool exact = true;

            /* Text is trimmed and cut at commas, a name may have been written with other escapes: where the
             * values can be written at all, reading them again gives the same. */
            if (kea_option_encode(d, s, values, &a, &again) == 0) {
                struct ipam_strs back;

                CHECK(kea_option_decode(d, s, again, &a, &back) == 0 && back.count == values.count);
                for (size_t i = 0; i < back.count; i++)
                    exact = exact && str_equal(back.items[i], values.items[i]);
                CHECK(exact);
            }
        }
        kea_option_split((struct ipam_str){ (const char *)data + 1, size - 1 }, &a, &values);
        kea_option_encode(d, s, values, &a, &again);
    }
    arena_fini(&a);
}

static enum kea_truth in_class(void *user, struct ipam_str name)
{
    (void)user;
    return (enum kea_truth)(name.len % 3);
}

/* A test of a class, for a message whose one option is the test itself: it has a verdict, and a reason when it is not
 * understood. */
static void check_test(enum kea_service s, const char *text, size_t size)
{
    const struct kea_sent sent[] = { { text[0] & 0x7f, { (const uint8_t *)text, size } } };
    struct kea_definitions all;
    struct ipam_bytes value;
    struct strbuf reason;
    struct arena a;

    arena_init(&a, 0);
    CHECK(kea_definitions_read(s, NULL, 999, &a, &all) == 0);
    const struct kea_query q = {
        .service = s, .sent = sent, .sent_count = 1, .definitions = &all, .member = in_class
    };
    strbuf_init(&reason, 8192);
    CHECK(kea_test(&q, (struct ipam_str){ text, size }, &a, &reason) <= KEA_UNKNOWN && reason.len + size > 0);
    kea_test_value(&q, (struct ipam_str){ text, size }, &a, &value, &reason);
    strbuf_fini(&reason);
    arena_fini(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data + 1;

    if (size < 2)
        return 0;
    if (data[0] == 't') {
        check_test(size % 2 ? KEA_DHCP4 : KEA_DHCP6, text, size - 1);
        return 0;
    }
    check_native(text, size - 1);
    switch (data[0] % 6) {
    case 0: kea_rows_of(KEA_DHCP4, text, size - 1, NULL, NULL); break;
    case 1: kea_rows_of(KEA_DHCP6, text, size - 1, NULL, NULL); break;
    case 2: kea_rows_of_leases(KEA_DHCP4, text, size - 1, NULL); break;
    case 3: kea_rows_of_leases(KEA_DHCP6, text, size - 1, NULL); break;
    case 4: check_option(KEA_DHCP4, data + 1, size - 1); break;
    default: check_option(KEA_DHCP6, data + 1, size - 1); break;
    }
    return 0;
}
