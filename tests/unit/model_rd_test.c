/* model_rd_test.c - route distinguishers and route targets: every spelling has one meaning and one text.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "index_random.h"
#include "base/arena.h"
#include "base/container.h"
#include "model/rd.h"

/* RFC 4364 4.2: types 0, 1 and 2. */
static void test_the_three_types_6_9(void **state)
{
    static const struct {
        const char *text, *printed;
        struct rd rd;
    } good[] = {
        { "65000:100", "65000:100", { RD_AS2, 65000, 100 } },
        { "0:0", "0:0", { RD_AS2, 0, 0 } },
        { "65535:4294967295", "65535:4294967295", { RD_AS2, 65535, UINT32_MAX } },
        { "0:65000:100", "65000:100", { RD_AS2, 65000, 100 } },
        { "065000:0100", "65000:100", { RD_AS2, 65000, 100 } },
        { "192.0.2.1:100", "192.0.2.1:100", { RD_IP4, 0xc0000201, 100 } },
        { "1:192.0.2.1:100", "192.0.2.1:100", { RD_IP4, 0xc0000201, 100 } },
        { "255.255.255.255:65535", "255.255.255.255:65535", { RD_IP4, UINT32_MAX, 65535 } },
        { "65536:1", "65536:1", { RD_AS4, 65536, 1 } },
        { "4294967295:65535", "4294967295:65535", { RD_AS4, UINT32_MAX, 65535 } },
        { "2:4200000000:7", "4200000000:7", { RD_AS4, 4200000000, 7 } },
        { "2:65000:100", "2:65000:100", { RD_AS4, 65000, 100 } },
        { "65000L:100", "2:65000:100", { RD_AS4, 65000, 100 } },
        { "1.10:100", "65546:100", { RD_AS4, 65546, 100 } },
        { "0.65000:100", "2:65000:100", { RD_AS4, 65000, 100 } },
        { "65535.65535:0", "4294967295:0", { RD_AS4, UINT32_MAX, 0 } },
    };
    char text[RD_TEXT_MAX];
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        struct rd rd;
        assert_int_equal(rd_parse(str_from(good[i].text), &rd), 0);
        assert_int_equal(rd.type, good[i].rd.type);
        assert_int_equal(rd.admin, good[i].rd.admin);
        assert_int_equal(rd.number, good[i].rd.number);
        assert_int_equal(rd_print(&rd, text), strlen(good[i].printed));
        assert_string_equal(text, good[i].printed);
    }
}

static void test_what_is_none_6_9(void **state)
{
    static const char *const bad[] = {
        "",
        "65000",
        ":",
        "65000:",
        ":100",
        "65000:100:",
        "65000: 100",
        "-1:100",
        "65000:+1",
        "65536:65536",
        "70000:70000",
        "2:65000:65536",
        "192.0.2.1:65536",
        "1:65000:100",
        "0:192.0.2.1:1",
        "2:192.0.2.1:1",
        "0:65536:1",
        "0:1.10:1",
        "3:65000:100",
        "00:65000:100",
        "65000:4294967296",
        "4294967296:1",
        "192.0.2:1",
        "192.0.2.01:1",
        "256.0.2.1:1",
        "1.65536:1",
        "2001:db8::1:5",
        "L:1",
        "65000l:1",
        "1.10L:1",
        "a:1",
        "65000:1a",
        "1:2:3:4",
        "00000065000:1",
    };
    const struct rd before = { RD_IP4, 1, 2 };
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct rd rd = before;
        if (rd_parse(str_from(bad[i]), &rd) == 0)
            fail_msg("\"%s\" was taken", bad[i]);
        assert_memory_equal(&rd, &before, sizeof(rd)); /* nothing is written */
    }
    assert_int_not_equal(rd_parse((struct ipam_str){ "65000:1\0", 8 }, &(struct rd){ RD_AS2, 0, 0 }), 0);
}

/* Different ones have different texts, and each text means the one it was made of. */
static void test_texts_are_read_as_what_they_were_made_of_6_9(void **state)
{
    (void)state;
    for (unsigned long i = 0; i < scaled(200000); i++) {
        uint64_t drawn = draw();
        struct rd rd = { (enum rd_type)(drawn % 3), (uint32_t)(drawn >> 8), (uint32_t)draw() }, again;
        char text[RD_TEXT_MAX];
        if (rd.type == RD_AS2)
            rd.admin &= UINT16_MAX;
        else
            rd.number &= UINT16_MAX;
        if (rd.type == RD_AS4 && drawn >> 63 != 0)
            rd.admin &= UINT16_MAX;
        size_t len = rd_print(&rd, text);
        assert_true(len < RD_TEXT_MAX);
        assert_int_equal(rd_parse((struct ipam_str){ text, len }, &again), 0);
        assert_int_equal(again.type, rd.type);
        assert_int_equal(again.admin, rd.admin);
        assert_int_equal(again.number, rd.number);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_three_types_6_9),
        cmocka_unit_test(test_what_is_none_6_9),
        cmocka_unit_test(test_texts_are_read_as_what_they_were_made_of_6_9),
    };
    random_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
