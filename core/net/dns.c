/* dns.c - names and data of the DNS as text: what may be written, and whether two mean the same.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "net/dns.h"

#include <string.h>

#define LABEL_MOST 63
#define TEXT_MOST  255 /* bytes of one character-string (RFC 1035 3.3) */

static bool is_in_names(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '/' || c == '*';
}

bool dns_name_tidy(struct ipam_str text, char *ret)
{
    size_t len = text.len, label = 0;

    if (len == 1 && text.data[0] == '.') {
        memcpy(ret, ".", 2);
        return true;
    }
    if (len > 1 && text.data[len - 1] == '.')
        len--;
    if (len == 0 || len >= DNS_NAME_MAX)
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = text.data[i];

        c = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
        if (c == '.' ? label == 0 : !is_in_names(c) || label == LABEL_MOST)
            return false;
        label = c == '.' ? 0 : label + 1;
        ret[i] = c;
    }
    ret[len] = '\0';
    return label > 0;
}

bool dns_name_within(struct ipam_str name, struct ipam_str zone)
{
    if (zone.len == 1 && zone.data[0] == '.')
        return true;
    return name.len >= zone.len && memcmp(name.data + name.len - zone.len, zone.data, zone.len) == 0 &&
           (name.len == zone.len || name.data[name.len - zone.len - 1] == '.');
}

/* --- data --- */

/* What is read, and what is written of it. */
struct tidying {
    const char *at, *end;
    char *to;
    size_t room; /* what is left of `to`, with the NUL */
    bool full;   /* more was to be written */
};

static void skip_spaces(struct tidying *t)
{
    while (t->at < t->end && (*t->at == ' ' || *t->at == '\t'))
        t->at++;
}

static struct ipam_str next_word(struct tidying *t)
{
    skip_spaces(t);
    const char *from = t->at;
    while (t->at < t->end && *t->at != ' ' && *t->at != '\t')
        t->at++;
    return (struct ipam_str){ from, (size_t)(t->at - from) };
}

static bool at_end(struct tidying *t)
{
    skip_spaces(t);
    return t->at == t->end;
}

static void put(struct tidying *t, const char *text, size_t len)
{
    if (len >= t->room) {
        t->full = true;
        return;
    }
    memcpy(t->to, text, len);
    t->to += len;
    *t->to = '\0';
    t->room -= len;
}

static void put_next(struct tidying *t, bool first, const char *text, size_t len)
{
    if (!first)
        put(t, " ", 1);
    put(t, text, len);
}

static bool tidy_name(struct tidying *t, bool first)
{
    char name[DNS_NAME_MAX];

    if (!dns_name_tidy(next_word(t), name))
        return false;
    put_next(t, first, name, strlen(name));
    return true;
}

/* A number of 16 bits, without zeros before it. */
static bool tidy_number(struct tidying *t, bool first)
{
    struct ipam_str word = next_word(t);
    unsigned n = 0;
    size_t zeros = 0;

    if (word.len == 0)
        return false;
    for (size_t i = 0; i < word.len; i++) {
        if (word.data[i] < '0' || word.data[i] > '9' || (n = n * 10 + (unsigned)(word.data[i] - '0')) > 65535)
            return false;
        zeros += n == 0 && i + 1 < word.len;
    }
    put_next(t, first, word.data + zeros, word.len - zeros);
    return true;
}

static bool tidy_address(struct tidying *t, uint8_t family)
{
    struct ipam_str word = next_word(t);
    struct ipam_addr a;
    char text[ADDR_TEXT_MAX];

    if (addr_parse(word.data, word.len, &a) != 0 || a.family != family)
        return false;
    put(t, text, addr_print(&a, text));
    return true;
}

/* Length of a backslash with what it stands before: a character, or the number of a byte; 0: it is none. */
static size_t escape_length(const char *c, size_t left)
{
    unsigned n = 0;

    if (left < 2 || (unsigned char)c[1] < ' ')
        return 0;
    if (c[1] < '0' || c[1] > '9')
        return 2;
    for (size_t i = 1; i < 4; i++) {
        if (i == left || c[i] < '0' || c[i] > '9')
            return 0;
        n = n * 10 + (unsigned)(c[i] - '0');
    }
    return n <= 255 ? 4 : 0;
}

/* The same of any character of a text. */
static size_t char_length(const struct tidying *t)
{
    if (*t->at == '\\')
        return escape_length(t->at, (size_t)(t->end - t->at));
    return *t->at == '\t' || ((unsigned char)*t->at >= ' ' && *t->at != 0x7f);
}

static bool is_behind(const struct tidying *t, bool quoted)
{
    return *t->at == '"' || (!quoted && (*t->at == ' ' || *t->at == '\t'));
}

/* A character-string, in quotes or without, which is not at its end; it is written in quotes. */
static bool tidy_text(struct tidying *t, bool first)
{
    bool quoted = *t->at == '"';
    size_t bytes = 0;

    t->at += quoted;
    put_next(t, first, "\"", 1);
    while (t->at < t->end && !is_behind(t, quoted)) {
        size_t len = char_length(t);

        if (len == 0 || ++bytes > TEXT_MOST)
            return false;
        put(t, t->at, len);
        t->at += len;
    }
    bool closed = t->at < t->end && *t->at == '"';
    t->at += closed;
    put(t, "\"", 1);
    return closed == quoted;
}

static const char *tidy_texts(struct tidying *t)
{
    bool first = true;

    do {
        if (!tidy_text(t, first))
            return "expected texts of 255 bytes at the most each, such as \"v=spf1 -all\"";
        first = false;
    } while (!at_end(t));
    return NULL;
}

/* Numbers, then a name. */
static const char *tidy_numbered(struct tidying *t, unsigned numbers, const char *expected)
{
    for (unsigned i = 0; i < numbers; i++)
        if (!tidy_number(t, i == 0))
            return expected;
    return tidy_name(t, numbers == 0) && at_end(t) ? NULL : expected;
}

static const char *tidy_by_type(struct tidying *t, const char *type)
{
    static const struct {
        const char *type;
        unsigned numbers;
        const char *expected;
    } named[] = { { "CNAME", 0, "expected a name" },
                  { "DNAME", 0, "expected a name" },
                  { "NS", 0, "expected the name of a name server" },
                  { "PTR", 0, "expected a name" },
                  { "MX", 1, "expected a preference and a name, such as 10 mail.example.com" },
                  { "SRV", 3,
                    "expected priority, weight, port and a name, such as 0 5 5060 sip.example.com" } };

    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
        if (strcmp(type, named[i].type) == 0)
            return tidy_numbered(t, named[i].numbers, named[i].expected);
    if (strcmp(type, "A") == 0)
        return tidy_address(t, 4) && at_end(t) ? NULL : "expected an IPv4 address";
    if (strcmp(type, "AAAA") == 0)
        return tidy_address(t, 6) && at_end(t) ? NULL : "expected an IPv6 address";
    if (strcmp(type, "TXT") == 0)
        return tidy_texts(t);
    if (memchr(t->at, '\0', (size_t)(t->end - t->at)) != NULL)
        return "it is no text";
    put(t, t->at, (size_t)(t->end - t->at));
    return NULL;
}

const char *dns_data_tidy(struct ipam_str type, struct ipam_str data, char *ret)
{
    struct tidying t = { data.data, data.data + data.len, ret, DNS_DATA_MAX, false };
    char name[17];

    ret[0] = '\0';
    if (at_end(&t))
        return "it is empty";
    if (type.len >= sizeof(name))
        return "its type is too long";
    memcpy(name, type.data, type.len);
    name[type.len] = '\0';
    const char *wrong = tidy_by_type(&t, name);
    return wrong == NULL && t.full ? "it is too long" : wrong;
}

bool dns_data_equal(struct ipam_str type, struct ipam_str a, struct ipam_str b, char *scratch)
{
    if (a.len == b.len && memcmp(a.data, b.data, a.len) == 0)
        return true;
    return dns_data_tidy(type, a, scratch) == NULL &&
           dns_data_tidy(type, b, scratch + DNS_DATA_MAX) == NULL &&
           strcmp(scratch, scratch + DNS_DATA_MAX) == 0;
}
