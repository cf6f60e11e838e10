/* match.c - If-Match and If-None-Match over the revisions of objects. Pure.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/match.h"

#include <stdio.h>
#include <string.h>

static size_t blank(struct ipam_str s, size_t at)
{
    while (at < s.len && (s.data[at] == ' ' || s.data[at] == '\t'))
        at++;
    return at;
}

/* etagc of RFC 9110: no control character, no space, no quote. */
static bool tag_char(char c)
{
    unsigned char u = (unsigned char)c;
    return u == 0x21 || (u >= 0x23 && u != 0x7f);
}

/* One entity tag at *at, which moves behind it: 1 when it is `wanted`, 0 when not, or IPAM_E_INVAL. A weak
 * one is wanted only when `weakly` compared (RFC 9110, 8.8.3.2). */
static int read_tag(struct ipam_str s, size_t *at, struct ipam_str wanted, bool weakly)
{
    bool weak = s.len - *at >= 2 && memcmp(s.data + *at, "W/", 2) == 0;
    size_t from = *at + (weak ? 2 : 0), to = from + 1;
    if (from >= s.len || s.data[from] != '"')
        return IPAM_E_INVAL;
    while (to < s.len && tag_char(s.data[to]))
        to++;
    if (to == s.len || s.data[to] != '"')
        return IPAM_E_INVAL;
    *at = to + 1;
    return (weakly || !weak) && str_equal((struct ipam_str){ s.data + from, to + 1 - from }, wanted);
}

static bool is_star(struct ipam_str list)
{
    size_t at = blank(list, 0);
    while (list.len > at && (list.data[list.len - 1] == ' ' || list.data[list.len - 1] == '\t'))
        list.len--;
    return list.len == at + 1 && list.data[at] == '*';
}

/* Whether the list has the tag; IPAM_E_INVAL for what is no list of at least one. */
static int lists(struct ipam_str list, struct ipam_str tag, bool weakly)
{
    bool any = false, found = false;
    size_t at = blank(list, 0);
    while (at < list.len) {
        if (list.data[at] != ',') { /* empty elements are passed over (RFC 9110, 5.6.1) */
            int rc = read_tag(list, &at, tag, weakly);
            if (rc < 0)
                return rc;
            found = found || rc > 0;
            any = true;
            at = blank(list, at);
            if (at < list.len && list.data[at] != ',')
                return IPAM_E_INVAL;
        }
        if (at < list.len)
            at = blank(list, at + 1);
    }
    return any ? found : IPAM_E_INVAL;
}

int etag_matches(struct ipam_str list, int64_t rev)
{
    char tag[32];
    snprintf(tag, sizeof(tag), "\"%lld\"", (long long)rev);
    int rc = is_star(list) ? 1 : lists(list, str_from(tag), false);
    return rc > 0 ? rev != 0 : rc;
}

bool etag_known(struct ipam_str list, const char *tag)
{
    return is_star(list) || lists(list, str_from(tag), true) > 0;
}

int64_t etag_rev(const void *rec)
{
    const struct record_type *t = record_type(((const struct ipam_record *)rec)->type);
    const struct record_field *f = record_field_number(t, 2);
    return *(const int64_t *)(const void *)((const char *)rec + f->offset);
}
