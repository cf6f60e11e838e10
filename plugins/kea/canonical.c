/* canonical.c - JSON values as canonical text, for digests, comparison and vendor data.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config.h"

static int by_key(const void *a, const void *b)
{
    struct ipam_str x = json_key(*(const struct json *const *)a),
                    y = json_key(*(const struct json *const *)b);
    int order = memcmp(x.data, y.data, x.len < y.len ? x.len : y.len);

    return order ? order : (x.len > y.len) - (x.len < y.len);
}

const struct json **kea_members_sorted(const struct json *v, struct arena *a, size_t *ret_count)
{
    size_t count = json_count(v), n = 0;
    const struct json **list = count ? arena_alloc(a, count * sizeof(const struct json *)) : NULL;

    *ret_count = 0;
    if (!list)
        return NULL;
    for (const struct json *m = json_first(v); m && n < count; m = json_next(m))
        list[n++] = m;
    qsort(list, n, sizeof(const struct json *), by_key);
    *ret_count = n;
    return list;
}

static void canonical(const struct json_doc *doc, const struct json *v, kea_skip skip, unsigned depth,
                      struct arena *a, struct json_writer *w)
{
    const struct json **members;
    size_t count;

    switch (json_type(v)) {
    case JSON_OBJECT:
        members = kea_members_sorted(v, a, &count);
        if (!members && json_count(v))
            w->out->failed = true; /* out of memory: the caller looks at the buffer */
        jw_object(w);
        for (size_t i = 0; i < count; i++) {
            if (skip && skip(json_key(members[i]), members[i], depth))
                continue;
            jw_key_str(w, json_key(members[i]));
            canonical(doc, members[i], skip, depth + 1, a, w);
        }
        jw_object_end(w);
        break;
    case JSON_ARRAY:
        jw_array(w);
        for (const struct json *item = json_first(v); item; item = json_next(item))
            canonical(doc, item, skip, depth + 1, a, w);
        jw_array_end(w);
        break;
    case JSON_STRING: jw_str(w, json_str(v)); break;
    default: jw_raw(w, json_span(doc, v)); break;
    }
}

void kea_canonical(const struct json_doc *doc, const struct json *v, kea_skip skip, struct arena *a,
                   struct json_writer *w)
{
    canonical(doc, v, skip, 0, a, w);
}

struct ipam_str kea_canonical_text(const struct json_doc *doc, const struct json *v, struct arena *a)
{
    struct ipam_str text = { NULL, 0 };
    struct json_writer w;
    struct strbuf out;

    strbuf_init(&out, (size_t)16 * KEA_VENDOR_MAX);
    jw_init(&w, &out);
    w.ascii = true;
    kea_canonical(doc, v, NULL, a, &w);
    if (!out.failed)
        text = arena_str(a, strbuf_str(&out));
    strbuf_fini(&out);
    return text;
}

bool kea_is_secret(struct ipam_str key)
{
    static const char *const words[] = { "password", "secret", "passphrase", "passwd", "credential", NULL };

    for (const char *const *word = words; *word; word++) {
        size_t len = strlen(*word);

        for (size_t i = 0; i + len <= key.len; i++)
            if (strncasecmp(key.data + i, *word, len) == 0)
                return true;
    }
    return false;
}

bool kea_skip_secret(struct ipam_str key, const struct json *value, unsigned depth)
{
    (void)value;
    (void)depth;
    return kea_is_secret(key);
}
