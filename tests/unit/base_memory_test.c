/* base_memory_test.c - what cannot be refused takes the reserve, and ends the process in order when that is gone.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "failing.h"
#include "ipam/status.h"

#define RESERVE 65536

static int told_low, told_back;

static void on_told(bool low)
{
    *(low ? &told_low : &told_back) += 1;
}

static void *take(int how)
{
    switch (how) {
    case 0: return xmalloc(100);
    case 1: return xcalloc(10, 10);
    case 2: return xrealloc(xmalloc(10), 100);
    default: return xstrdup("text");
    }
}

static void test_a_refusal_takes_the_reserve(void **state)
{
    (void)state;
    for (int how = 0; how < 4; how++) {
        assert_int_equal(memory_reserve(RESERVE, on_told), 0);
        int64_t before = failing_live();
        failing_set(how == 2 ? 2 : 1, false);
        void *p = take(how);
        assert_non_null(p);
        assert_int_equal(failing_failed(), 1);
        assert_int_equal(failing_live(), before); /* one more, and the reserve less */
        assert_false(memory_low());               /* there is memory: a new reserve is laid by */
        assert_int_equal(failing_live(), before + 1);
        free(p);
    }
}

static void test_low_until_there_is_a_new_reserve(void **state)
{
    (void)state;
    assert_int_equal(memory_reserve(RESERVE, on_told), 0);
    assert_false(memory_low());
    told_low = told_back = 0;
    assert_true(memory_release());
    assert_false(memory_release());
    failing_set(1, true);
    assert_true(memory_low());
    assert_true(memory_low());
    assert_true(told_low == 1 && told_back == 0);
    failing_set(0, false);
    assert_false(memory_low());
    assert_true(told_low == 1 && told_back == 1);
    assert_true(memory_release());
    failing_set(1, true);
    assert_int_equal(memory_reserve(RESERVE, on_told), IPAM_E_NOMEM);
    assert_true(memory_low());
    failing_set(0, false);
    assert_false(memory_low());
}

/* Pieces of work under way draw on the reserve when they are small. What somebody outside made large does not. */
static void test_small_pieces_use_the_reserve(void **state)
{
    struct arena a;
    struct strbuf b;

    (void)state;
    for (int limited = 0; limited < 2; limited++) {
        assert_false(memory_low());
        arena_init(&a, limited ? 64u << 20 : 0);
        failing_set(1, false);
        assert_non_null(arena_alloc(&a, 10));
        assert_int_equal(failing_failed(), 1);
        assert_false(memory_release()); /* that was it */
        arena_fini(&a);
    }
    assert_false(memory_low());
    strbuf_init(&b, 64u << 20);
    failing_set(1, false);
    strbuf_puts(&b, "text");
    assert_true(b.len == 4 && !b.failed && failing_failed() == 1);
    assert_false(memory_release());
    strbuf_fini(&b);
}

static void test_large_pieces_are_refused(void **state)
{
    static const char zeros[MEMORY_SMALL + 1];
    struct arena a;
    struct strbuf b;

    (void)state;
    assert_false(memory_low());
    arena_init(&a, 64u << 20);
    failing_set(1, true);
    assert_null(arena_alloc(&a, sizeof(zeros)));
    assert_true(a.failed);
    arena_reset(&a);
    assert_false(a.failed);
    strbuf_init(&b, 64u << 20);
    strbuf_add(&b, zeros, sizeof(zeros));
    assert_true(b.failed && b.nomem && b.len == 0);
    assert_int_equal(strbuf_status(&b), IPAM_E_NOMEM);
    strbuf_reset(&b);
    assert_int_equal(strbuf_status(&b), 0);
    failing_set(0, false);
    assert_true(memory_release()); /* it is still there */
    assert_false(memory_low());
    strbuf_fini(&b);
    arena_fini(&a);
}

/* In a process without a reserve they are refused as well, as a plugin's own copy of these rooms must be. */
static void refused_without_reserve(void)
{
    struct arena a;
    struct strbuf b;

    arena_init(&a, 1000);
    strbuf_init(&b, 1000);
    failing_set(1, true);
    strbuf_puts(&b, "text");
    _exit(arena_alloc(&a, 10) == NULL && a.failed && b.nomem && !memory_low() && !memory_release_for(1) ? 0
                                                                                                        : 1);
}

static void no_reserve_left(void)
{
    struct strbuf b;

    memory_reserve(RESERVE, NULL);
    memory_release();
    strbuf_init(&b, 1000);
    failing_set(1, true);
    strbuf_puts(&b, "text");
}

/* What a child says while it runs out of memory. Returns its exit status. */
static int child_says(void (*run)(void), char *said, size_t size)
{
    int out[2], status;
    ssize_t n;
    size_t len = 0;

    assert_int_equal(pipe(out), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(out[1], STDERR_FILENO);
        run();
        _exit(0);
    }
    close(out[1]);
    while ((n = read(out[0], said + len, size - 1 - len)) > 0)
        len += (size_t)n;
    said[len] = '\0';
    close(out[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void run_out(void)
{
    memory_reserve(RESERVE, on_told);
    failing_set(1, true);
    xmalloc(12345);
}

static void run_out_of_addresses(void)
{
    failing_set(1, true);
    xcalloc(SIZE_MAX, 2);
}

static void test_without_a_reserve(void **state)
{
    char said[4096];

    (void)state;
    assert_int_equal(child_says(refused_without_reserve, said, sizeof(said)), 0);
    assert_string_equal(said, "");
}

static void test_the_end_is_in_order(void **state)
{
    char said[4096];

    (void)state;
    assert_int_equal(child_says(run_out, said, sizeof(said)), MEMORY_EXIT);
    assert_non_null(
        strstr(said, "out-of-memory: 12345 bytes could not be had; give the process more memory"));
    assert_int_equal(child_says(no_reserve_left, said, sizeof(said)), MEMORY_EXIT);
    assert_non_null(strstr(said, "out-of-memory: 64 bytes"));
    assert_int_equal(child_says(run_out_of_addresses, said, sizeof(said)), MEMORY_EXIT);
    assert_non_null(strstr(said, "out-of-memory: "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_a_reserve), /* first: nothing gives it back */
        cmocka_unit_test(test_a_refusal_takes_the_reserve),
        cmocka_unit_test(test_low_until_there_is_a_new_reserve),
        cmocka_unit_test(test_small_pieces_use_the_reserve),
        cmocka_unit_test(test_large_pieces_are_refused),
        cmocka_unit_test(test_the_end_is_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
