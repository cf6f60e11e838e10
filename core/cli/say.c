/* say.c - talk on stderr, and questions.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/cli.h"

#define MESSAGE_MAX 65536

__attribute__((format(printf, 2, 0))) static void say(const char *program, const char *fmt, va_list ap)
{
    struct strbuf raw, text;
    va_list again;
    int len;

    va_copy(again, ap);
    len = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (len < 0 || len >= MESSAGE_MAX)
        len = MESSAGE_MAX - 1;
    strbuf_init(&raw, MESSAGE_MAX + 1);
    strbuf_init(&text, 8 * MESSAGE_MAX);
    if (strbuf_room(&raw, (size_t)len + 1) != NULL) {
        vsnprintf(raw.data, (size_t)len + 1, fmt, ap);
        strbuf_advance(&raw, (size_t)len);
        text_clean(strbuf_str(&raw), &text);
        fprintf(stderr, "%s%s\n", program, text.len > 0 ? text.data : "");
    }
    strbuf_fini(&raw);
    strbuf_fini(&text);
}

void cli_error(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say("ipamctl: ", fmt, ap);
    va_end(ap);
}

void cli_say(const struct cli *c, const char *fmt, ...)
{
    va_list ap;

    if (c->quiet)
        return;
    va_start(ap, fmt);
    say("", fmt, ap);
    va_end(ap);
}

bool cli_confirmed(const struct cli *c, const char *fmt, ...)
{
    char answer[16];
    va_list ap;

    if (c->yes || !c->err.tty || isatty(STDIN_FILENO) != 1)
        return true;
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputs(" [y/N] ", stderr);
    return fgets(answer, sizeof(answer), stdin) != NULL && (answer[0] == 'y' || answer[0] == 'Y');
}
