/* text.c - names of methods and statuses, header look-up, percent-decoding, query strings.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/json.h"
#include "http/http_p.h"
#include "ipam/status.h"

const char *http_method_name(enum http_method m)
{
    static const char *const names[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE" };

    return (unsigned)m < sizeof(names) / sizeof(names[0]) ? names[m] : "?";
}

const char *http_status_text(int status)
{
    static const struct {
        int status;
        const char *text;
    } texts[] = {
        { 200, "OK" },
        { 201, "Created" },
        { 202, "Accepted" },
        { 204, "No Content" },
        { 206, "Partial Content" },
        { 301, "Moved Permanently" },
        { 302, "Found" },
        { 303, "See Other" },
        { 304, "Not Modified" },
        { 307, "Temporary Redirect" },
        { 308, "Permanent Redirect" },
        { 400, "Bad Request" },
        { 401, "Unauthorized" },
        { 403, "Forbidden" },
        { 404, "Not Found" },
        { 405, "Method Not Allowed" },
        { 406, "Not Acceptable" },
        { 408, "Request Timeout" },
        { 409, "Conflict" },
        { 410, "Gone" },
        { 411, "Length Required" },
        { 412, "Precondition Failed" },
        { 413, "Content Too Large" },
        { 414, "URI Too Long" },
        { 415, "Unsupported Media Type" },
        { 416, "Range Not Satisfiable" },
        { 417, "Expectation Failed" },
        { 421, "Misdirected Request" },
        { 422, "Unprocessable Content" },
        { 423, "Locked" },
        { 424, "Failed Dependency" },
        { 425, "Too Early" },
        { 428, "Precondition Required" },
        { 429, "Too Many Requests" },
        { 431, "Request Header Fields Too Large" },
        { 500, "Internal Server Error" },
        { 501, "Not Implemented" },
        { 502, "Bad Gateway" },
        { 503, "Service Unavailable" },
        { 504, "Gateway Timeout" },
        { 505, "HTTP Version Not Supported" },
        { 507, "Insufficient Storage" },
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i].status == status)
            return texts[i].text;
    }
    return "Unknown";
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool name_is(struct ipam_str name, const char *want)
{
    for (size_t i = 0; i < name.len; i++) {
        if (!want[i] || lower(name.data[i]) != want[i])
            return false;
    }
    return want[name.len] == '\0';
}

struct ipam_str http_header_get(const struct http_request *req, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < req->header_count; i++) {
        const struct http_header *h = &req->headers[i];
        size_t j = 0;

        if (h->name.len != len)
            continue;
        while (j < len && lower(h->name.data[j]) == lower(name[j]))
            j++;
        if (j == len)
            return h->value;
    }
    return (struct ipam_str){ NULL, 0 };
}

int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static struct ipam_str decode(struct arena *a, struct ipam_str s, bool plus)
{
    const struct ipam_str absent = { NULL, 0 };
    char *out = arena_alloc(a, s.len + 1);
    size_t len = 0;

    for (size_t i = 0; out && i < s.len; i++) {
        char c = s.data[i];

        if (c == '%') {
            int high = s.len - i > 2 ? hex_digit(s.data[i + 1]) : -1;
            int low = high >= 0 ? hex_digit(s.data[i + 2]) : -1;

            if (low < 0)
                return absent;
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        out[len++] = c;
    }
    return out && utf8_valid(out, len) ? (struct ipam_str){ out, len } : absent;
}

struct ipam_str http_decode(struct arena *a, struct ipam_str s)
{
    return decode(a, s, false);
}

int http_query_next(struct arena *a, struct ipam_str query, size_t *pos, struct ipam_str *ret_name,
                    struct ipam_str *ret_value)
{
    struct ipam_str name, value = { "", 0 };
    const char *end, *equals;

    while (*pos < query.len && query.data[*pos] == '&')
        (*pos)++;
    if (*pos >= query.len)
        return 0;
    name = (struct ipam_str){ query.data + *pos, query.len - *pos };
    end = memchr(name.data, '&', name.len);
    if (end)
        name.len = (size_t)(end - name.data);
    *pos += name.len;
    equals = memchr(name.data, '=', name.len);
    if (equals) {
        value = (struct ipam_str){ equals + 1, name.len - (size_t)(equals - name.data) - 1 };
        name.len = (size_t)(equals - name.data);
    }
    name = decode(a, name, true);
    value = decode(a, value, true);
    if (!name.data || !value.data)
        return IPAM_E_INVAL;
    *ret_name = name;
    *ret_value = value;
    return 1;
}
