/* line.c - one line of a configuration file, cut as the server cuts it: comments, quotes, commas.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "dnsmasq.h"

#include <string.h>

char *line_trim(char *text)
{
    char *end;

    while (text_is_white(*text))
        text++;
    for (end = text + strlen(text); end > text && text_is_white(end[-1]);)
        end--;
    *end = '\0';
    return text;
}

/* A comment begins at a # behind white space, or at the line's begin, but not between quotes. */
void line_uncomment(char *line)
{
    int quoted = 0, white = 1;

    for (; *line != '\0'; line++) {
        if (*line == '"')
            quoted = !quoted;
        else if (quoted && *line == '\\' && line[1] != '\0')
            line++;
        else if (!quoted && white && *line == '#')
            break;
        white = text_is_white(*line);
    }
    *line = '\0';
}

static char unescape(char c)
{
    return c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c == 'b' ? '\b' : c == 'e' ? 27 : c;
}

/* Copies one part from *at to *out without its quotes, and stops at the comma behind it. */
static const char *cut_part(char **at, char **out, struct part *part)
{
    while (text_is_white(**at))
        ++*at;
    part->text = *out;
    part->quoted = 0;
    for (; **at != '\0' && **at != ','; ++*at) {
        if (**at != '"') {
            *(*out)++ = **at;
            continue;
        }
        part->quoted = 1;
        for (++*at; **at != '"'; ++*at) {
            if (**at == '\0')
                return "a quote has no end";
            if (**at == '\\' && (*at)[1] != '\0')
                *(*out)++ = unescape(*++*at);
            else
                *(*out)++ = **at;
        }
    }
    while (*out > part->text && text_is_white((*out)[-1]))
        --*out;
    return NULL;
}

/* In place: what is written is never longer than what was read. */
void line_cut(char *value, struct statement *s)
{
    char *at = value, *out = value;
    int more = 1;

    for (s->count = 0; more && s->wrong == NULL; at += more) {
        if (s->count == PARTS_MAX) {
            s->wrong = "it has more than 64 parts";
            return;
        }
        s->wrong = cut_part(&at, &out, &s->parts[s->count++]);
        more = *at == ',';
        *out++ = '\0';
    }
}
