/* model_lessee_test.c - whose lease it is, and what became of it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "model/lessee.h"
#include "record/record.h"

#define NOW 1000000
enum { NONE = -1 };
#define EVENT(name) IPAM_CHANGE_ITEM_EVENT_LEASE_##name

/* "m1 c2 d3 i4": hardware address, client identifier, DUID, IAID, each by a digit. */
static struct ipam_lease lease(const char *client, uint32_t state, int64_t expires)
{
    static const uint8_t bytes[10][6] = { { 0 }, { 1 }, { 2 }, { 3 }, { 4 }, { 5 }, { 6 }, { 7 } };
    struct ipam_lease l;
    record_init(&l, IPAM_T_LEASE);
    RECORD_SET(&l, IPAM_LEASE_STATE, state, state);
    if (expires != 0)
        RECORD_SET(&l, IPAM_LEASE_EXPIRES, expires, expires);
    for (const char *c = client; *c != '\0'; c += c[2] == ' ' ? 3 : 2) {
        struct ipam_bytes b = { bytes[c[1] - '0'], 6 };
        if (*c == 'm')
            RECORD_SET(&l, IPAM_LEASE_MAC, mac, b);
        else if (*c == 'c')
            RECORD_SET(&l, IPAM_LEASE_CLIENT_ID, client_id, b);
        else if (*c == 'd')
            RECORD_SET(&l, IPAM_LEASE_DUID, duid, b);
        else
            RECORD_SET(&l, IPAM_LEASE_IAID, iaid, c[1] - '0');
    }
    return l;
}

static void test_same_client(void **state)
{
    static const struct {
        const char *one, *other;
        bool same;
    } cases[] = {
        { "m1", "m1", true },        { "m1", "m2", false },
        { "m1 c1", "m2 c1", true },                           /* another card, and the same client */
        { "m1 c1", "m1 c2", false }, { "m1 c1", "m1", true }, /* it is not always told */
        { "m1 c1", "m2", false },    { "d1 i1", "d1 i1", true },
        { "d1 i1", "d1 i2", false }, { "d1 i1 m1", "d1 i1 m2", true },
        { "d1", "d2", false },       { "", "m1", true },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ipam_lease a = lease(cases[i].one, 0, 0), b = lease(cases[i].other, 0, 0);
        print_message("%s and %s\n", cases[i].one, cases[i].other);
        assert_int_equal(lessee_same(&a, &b), cases[i].same);
        assert_int_equal(lessee_same(&b, &a), cases[i].same);
    }
}

static void test_events(void **state)
{
    enum {
        A = IPAM_LEASE_STATE_ACTIVE,
        D = IPAM_LEASE_STATE_DECLINED,
        E = IPAM_LEASE_STATE_EXPIRED,
        R = IPAM_LEASE_STATE_RELEASED,
        G = IPAM_LEASE_STATE_REGISTERED
    };
    static const struct {
        const char *before; /* NULL: there was none */
        uint32_t was;
        int64_t expired;
        const char *after;
        uint32_t is;
        int event;
    } cases[] = {
        { NULL, 0, 0, "m1", A, EVENT(NEW) },
        { NULL, 0, 0, "d1", G, EVENT(NEW) },
        { NULL, 0, 0, "", D, EVENT(DECLINE) },
        { NULL, 0, 0, "m1", E, NONE },
        { "m1", A, NOW + 5, "m1", A, NONE }, /* renewed */
        { "m1", A, NOW + 5, "m2", A, EVENT(OWNER) },
        { "m1", A, NOW - 5, "m2", A, EVENT(OWNER) },
        { "m1", A, NOW + 5, "m1", R, EVENT(RELEASE) },
        { "m1", A, NOW - 5, "m1", E, EVENT(EXPIRE) },
        { "m1", A, NOW + 5, "", D, EVENT(DECLINE) },
        { "m1", A, NOW + 5, NULL, 0, EVENT(RELEASE) },
        { "m1", A, NOW, NULL, 0, EVENT(EXPIRE) },
        { "m1", A, 0, NULL, 0, EVENT(RELEASE) }, /* without an end */
        { "m1", E, NOW - 5, NULL, 0, NONE },     /* that was told */
        { "m1", R, NOW + 5, NULL, 0, NONE },
        { "", D, NOW - 5, NULL, 0, NONE },
        { "m1", R, 0, "m1", E, NONE },
        { "m1", R, 0, "m1", R, NONE },
        { "m1", R, 0, "m1", A, EVENT(NEW) },
        { "m1", E, 0, "m2", A, EVENT(OWNER) },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ipam_lease a = lease(cases[i].before != NULL ? cases[i].before : "", cases[i].was,
                                    cases[i].expired),
                          b = lease(cases[i].after != NULL ? cases[i].after : "", cases[i].is, NOW + 9);
        print_message("case %zu\n", i);
        assert_int_equal(
            lessee_event(cases[i].before != NULL ? &a : NULL, cases[i].after != NULL ? &b : NULL, NOW),
            cases[i].event);
    }
}

static void test_print(void **state)
{
    struct ipam_lease l = lease("m1 i7", 0, 0), none = lease("", 0, 0);
    struct strbuf out;
    (void)state;
    RECORD_SET(&l, IPAM_LEASE_NAME, name, IPAM_STR("printer"));
    strbuf_init(&out, 1000);
    lessee_print(&none, &out);
    assert_int_equal(out.len, 0);
    lessee_print(&l, &out);
    assert_string_equal(out.data, "mac 01:00:00:00:00:00, iaid 7, name printer");
    strbuf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_client),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_print),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
