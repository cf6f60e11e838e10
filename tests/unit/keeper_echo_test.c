/* keeper_echo_test.c - whom a helper may send an echo request to, and that nothing else may be sent there.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "keeper/known.h"
#include "keeper/question.h"

static int64_t now_ms;

static int64_t told_time(void)
{
    return now_ms;
}

static socklen_t address(const char *text, struct sockaddr_storage *ret)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)ret;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;

    memset(ret, 0, sizeof(*ret));
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(9);
        return sizeof(*v4);
    }
    assert_int_equal(inet_pton(AF_INET6, text, &v6->sin6_addr), 1);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(9);
    return sizeof(*v6);
}

static bool may_ping(const char *text)
{
    struct sockaddr_storage a;
    socklen_t len = address(text, &a);

    return known_echo((const struct sockaddr *)&a, len);
}

/* As the door says it. */
static void tell(const char *text)
{
    unsigned char bytes[1][16] = { { [10] = 0xff, [11] = 0xff } };

    if (inet_pton(AF_INET, text, bytes[0] + 12) != 1)
        assert_int_equal(inet_pton(AF_INET6, text, bytes[0]), 1);
    known_echo_add((const unsigned char(*)[16])bytes, 1);
}

static void test_only_what_was_told_for_a_while_61(void **state)
{
    static const char *const told[] = { "192.0.2.1", "2001:db8::1" }, *const others[] = {
        "192.0.2.2", "2001:db8::2", "::1", "::c000:201", "0.0.0.0"
    };
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        now_ms += 10 * ECHO_MS;
        assert_false(may_ping(told[i]));
        tell(told[i]);
        assert_true(may_ping(told[i]));
        for (size_t k = 0; k < sizeof(others) / sizeof(others[0]); k++)
            assert_false(may_ping(others[k]));
        now_ms += ECHO_MS;
        assert_true(may_ping(told[i]));
        now_ms++;
        assert_false(may_ping(told[i]));
    }
    tell("192.0.2.1");
    assert_true(may_ping("::ffff:192.0.2.1")); /* the same address */
}

/* As many as questions may be under way have a place each. */
static void test_many_61(void **state)
{
    unsigned char list[1024][16];
    unsigned lost = 0;

    (void)state;
    now_ms += 10 * ECHO_MS;
    for (unsigned block = 0; block < 4; block++) {
        memset(list, 0, sizeof(list));
        for (unsigned i = 0; i < 1024; i++)
            memcpy(list[i],
                   (unsigned char[]){ 0x20, 1, 0xd, 0xb8, 0, (unsigned char)block, (unsigned char)(i >> 8),
                                      (unsigned char)i },
                   8);
        known_echo_add((const unsigned char(*)[16])list, 1024);
    }
    for (unsigned i = 0; i < 4096; i++) {
        char text[64];
        struct in6_addr a = { .s6_addr = { 0x20, 1, 0xd, 0xb8, 0, (uint8_t)(i >> 10), (uint8_t)(i >> 8 & 3),
                                           (uint8_t)i } };

        inet_ntop(AF_INET6, &a, text, sizeof(text));
        lost += !may_ping(text);
    }
    assert_in_range(lost, 0, 40); /* one in a hundred at the most, by the draw of the hash */
}

/* An address that may be pinged is no server: nothing else may go there, and nothing is connected to it. */
static void test_nothing_but_echo_requests_61(void **state)
{
    static const struct {
        int type;
        uint32_t op;
    } rows[] = { { SOCK_DGRAM, REACH_SEND }, { SOCK_DGRAM, REACH_CONNECT }, { SOCK_STREAM, REACH_CONNECT } };
    struct sandbox_rules rules = { .process = SANDBOX_DOORMAN, .any_port = true, .echo = true };
    struct sockaddr_storage a;
    struct question *x = test_calloc(1, sizeof(*x));

    (void)state;
    tell("192.0.2.1");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        x->socket = socket(AF_INET, rows[i].type | SOCK_CLOEXEC, 0);
        x->q.op = rows[i].op;
        x->q.address_len = address("192.0.2.1", &a);
        memcpy(x->q.address, &a, sizeof(a));
        assert_true(x->socket >= 0);
        assert_int_equal(question_judge(x, &rules), KNOWN_NO);
        close(x->socket);
    }
    test_free(x);
}

static void test_the_rule_on_its_way_61(void **state)
{
    struct sandbox_words more, less;
    struct sandbox_rules rules = { .process = SANDBOX_HELPER };
    enum sandbox_mode mode;

    (void)state;
    sandbox_words_begin(&less, SANDBOX_ON);
    sandbox_words_begin(&more, SANDBOX_ON);
    assert_true(sandbox_words_add(&more, "echo", ""));
    assert_true(sandbox_words_cover(&more, &less));
    assert_false(sandbox_words_cover(&less, &more));
    assert_true(sandbox_words_read(less.text, &rules, &mode));
    assert_false(rules.echo);
    assert_true(sandbox_words_read(more.text, &rules, &mode));
    assert_true(rules.echo);
}

int main(void)
{
    static struct base_port port;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_what_was_told_for_a_while_61),
        cmocka_unit_test(test_many_61),
        cmocka_unit_test(test_nothing_but_echo_requests_61),
        cmocka_unit_test(test_the_rule_on_its_way_61),
    };

    port = *base_port;
    port.mono_ms = told_time;
    base_port = &port;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
