/* failing.c - allocations of the code under test that fail in turn.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "failing.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t size);
void __real_free(void *p);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t len);
void __wrap_free(void *p);

static atomic_uint at, count, failed;
static atomic_bool held;
static _Atomic int64_t live;

void failing_set(unsigned n, bool hold)
{
    at = n;
    held = hold;
    count = failed = 0;
}

unsigned failing_count(void)
{
    return count;
}

unsigned failing_failed(void)
{
    return failed;
}

int64_t failing_live(void)
{
    return live;
}

static bool fails(void)
{
    unsigned n = ++count;

    if (at == 0 || (held ? n < at : n != at))
        return false;
    failed++;
    errno = ENOMEM;
    return true;
}

static void *note(void *p)
{
    live += p != NULL;
    return p;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : note(__real_malloc(size));
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : note(__real_calloc(n, size));
}

void *__wrap_realloc(void *p, size_t size)
{
    if (fails())
        return NULL;
    void *q = __real_realloc(p, size);
    live += p == NULL && q != NULL;
    return q;
}

char *__wrap_strndup(const char *text, size_t len)
{
    char *copy = __wrap_malloc((len = strnlen(text, len)) + 1);

    if (copy != NULL) {
        memcpy(copy, text, len);
        copy[len] = '\0';
    }
    return copy;
}

char *__wrap_strdup(const char *text)
{
    return __wrap_strndup(text, strlen(text));
}

void __wrap_free(void *p)
{
    live -= p != NULL;
    __real_free(p);
}
