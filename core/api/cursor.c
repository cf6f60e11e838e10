/* cursor.c - where a page ended and the next one goes on, as a text that clients pass back unchanged.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "api/call.h"

void call_next(struct call *c, struct ipam_str place)
{
    for (size_t i = 0; i < place.len && 2 * i + 3 <= sizeof(c->next); i++)
        snprintf(c->next + 2 * i, 3, "%02x", (unsigned char)place.data[i]);
}

bool call_bad_cursor(struct call *c)
{
    problem_hint(&c->problem, "pass \"next\" of the page before unchanged, with the same other parameters");
    problem_set(&c->problem, PROBLEM_BAD_CURSOR, "cursor is not one this list gave");
    return false;
}

static int hex_digit(char ch)
{
    return ch >= '0' && ch <= '9' ? ch - '0' : ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

bool call_cursor(struct call *c, struct ipam_str *ret_place)
{
    struct ipam_str hex = call_param(c, "cursor");
    *ret_place = (struct ipam_str){ NULL, 0 };
    if (hex.data == NULL)
        return true;
    if (hex.len == 0 || hex.len % 2 != 0 || hex.len >= sizeof(c->next))
        return call_bad_cursor(c);
    char *text = arena_alloc(&c->arena, hex.len / 2 + 1);
    for (size_t i = 0; i < hex.len / 2; i++) {
        int hi = hex_digit(hex.data[2 * i]), lo = hex_digit(hex.data[2 * i + 1]);
        if (hi < 0 || lo < 0)
            return call_bad_cursor(c);
        text[i] = (char)(hi * 16 + lo);
    }
    *ret_place = (struct ipam_str){ text, hex.len / 2 };
    return true;
}
