/* compress.c - gzip for answers, to clients that would rather have it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Level 1, and nothing above COMPRESS_MOST: it is done on the loop, and must not hold it up. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "http/http_p.h"

#define COMPRESS_MOST ((size_t)5 << 18)
#define LEVEL         1
#define WINDOW_GZIP   (15 + 16) /* the header and trailer of gzip around a window of 32 KiB */
#define MEMORY        8
#define WEIGHT_ONE    1000

/* One for all answers: made once, for its memory is 256 KiB. */
struct compressor {
    z_stream z;
};

/* --- what the client wants --- */

static bool is_space(char ch)
{
    return ch == ' ' || ch == '\t';
}

/* The text up to the separator, without white space around it; *rest is what follows. */
static struct ipam_str take(struct ipam_str *rest, char separator)
{
    const char *end = memchr(rest->data, separator, rest->len);
    struct ipam_str s = { rest->data, end ? (size_t)(end - rest->data) : rest->len };
    size_t used = end ? s.len + 1 : s.len;

    *rest = (struct ipam_str){ rest->data + used, rest->len - used };
    while (s.len && is_space(s.data[0])) {
        s.data++;
        s.len--;
    }
    while (s.len && is_space(s.data[s.len - 1]))
        s.len--;
    return s;
}

/* RFC 9110, 12.4.2: "0.123" in thousandths; -1: it is none. */
static int weight_parse(struct ipam_str s)
{
    int weight;

    if (!s.len || (s.data[0] != '0' && s.data[0] != '1') || s.len > 5 || (s.len > 1 && s.data[1] != '.'))
        return -1;
    weight = (s.data[0] - '0') * WEIGHT_ONE;
    for (size_t i = 2, unit = 100; i < s.len; i++, unit /= 10) {
        if (s.data[i] < '0' || s.data[i] > '9')
            return -1;
        weight += (s.data[i] - '0') * (int)unit;
    }
    return weight <= WEIGHT_ONE ? weight : -1;
}

/* Of "gzip;q=0.5" what follows the name: one without a weight counts as 1, a malformed one as 0. */
static int weight_of(struct ipam_str parameters)
{
    int weight = WEIGHT_ONE;

    while (parameters.len) {
        struct ipam_str value = take(&parameters, ';'), name = take(&value, '=');

        if (name_is(name, "q"))
            weight = weight_parse(take(&value, ';'));
    }
    return weight < 0 ? 0 : weight;
}

bool compress_accepted(const struct http_request *req)
{
    int gzip = -1, identity = -1, any = -1;

    for (size_t i = 0; i < req->header_count; i++) {
        struct ipam_str rest = req->headers[i].value;

        if (!name_is(req->headers[i].name, "accept-encoding"))
            continue;
        while (rest.len) {
            struct ipam_str item = take(&rest, ','), coding = take(&item, ';');
            int *weight = name_is(coding, "gzip") || name_is(coding, "x-gzip") ? &gzip
                          : name_is(coding, "identity")                        ? &identity
                          : name_is(coding, "*")                               ? &any
                                                                               : NULL;

            if (weight)
                *weight = weight_of(item);
        }
    }
    if (gzip < 0)
        gzip = any;
    return gzip > 0 && gzip >= identity;
}

/* --- what is worth it --- */

static bool begins_with(struct ipam_str s, const char *lower)
{
    size_t len = strlen(lower);

    return s.len >= len && name_is((struct ipam_str){ s.data, len }, lower);
}

bool compress_fits(const struct http_header *headers, size_t count)
{
    bool text = false;

    for (size_t i = 0; i < count; i++) {
        struct ipam_str value = headers[i].value;

        if (name_is(headers[i].name, "etag") || name_is(headers[i].name, "content-encoding"))
            return false;
        if (name_is(headers[i].name, "content-type"))
            text = begins_with(value, "text/") || begins_with(value, "application/json") ||
                   begins_with(value, "application/problem+json") ||
                   begins_with(value, "application/openmetrics-text");
    }
    return text;
}

static bool compressor_make(struct http_server *s)
{
    if (s->compressor)
        return deflateReset(&s->compressor->z) == Z_OK;
    s->compressor = xcalloc(1, sizeof(*s->compressor));
    if (deflateInit2(&s->compressor->z, LEVEL, Z_DEFLATED, WINDOW_GZIP, MEMORY, Z_DEFAULT_STRATEGY) == Z_OK)
        return true;
    free(s->compressor);
    s->compressor = NULL;
    return false;
}

bool compress_body(struct http_server *s, struct ipam_str body, char **ret, size_t *ret_len)
{
    z_stream *z;
    char *out;

    if (body.len > COMPRESS_MOST || !compressor_make(s))
        return false;
    z = &s->compressor->z;
    out = malloc(body.len); /* what would be larger stays as it is */
    if (!out)
        return false;
    z->next_in = (Bytef *)(uintptr_t)body.data;
    z->avail_in = (uInt)body.len;
    z->next_out = (Bytef *)out;
    z->avail_out = (uInt)body.len;
    if (deflate(z, Z_FINISH) != Z_STREAM_END) {
        free(out);
        return false;
    }
    *ret_len = body.len - z->avail_out;
    *ret = out;
    return true;
}

void compress_free(struct http_server *s)
{
    if (s->compressor)
        deflateEnd(&s->compressor->z);
    free(s->compressor);
    s->compressor = NULL;
}
