/* fuzz_client.c - what ipamctl reads: event streams however they are cut, names of objects, where the daemon listens.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The first byte says how a stream is cut, and which type an object is of. `make check` replays the seeds in
 * tests/fuzz/corpus/client and mutations of them (fuzz_main.c); to fuzz, see README.md. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "cli/keys.h"
#include "cli/target.h"
#include "cli/watch.h"
#include "fuzz.h"
#include "http/http.h"

#define CHECK(condition) \
    do { \
        if (!(condition)) \
            abort(); \
    } while (0)
#define EVENTS_MOST 100

/* --- streams of events --- */

struct heard {
    struct strbuf text;
    unsigned count;
};

static bool on_event(void *user, const char *name, const char *id, struct ipam_str data)
{
    struct heard *h = user;

    CHECK(strlen(name) < 32 && strlen(id) < 24 && memchr(name, '\n', strlen(name)) == NULL);
    strbuf_printf(&h->text, "%s\n%s\n%zu ", name, id, data.len);
    if (data.len > 0)
        strbuf_addstr(&h->text, data);
    strbuf_putc(&h->text, '\n');
    return ++h->count < EVENTS_MOST;
}

static void hear(const char *text, size_t size, size_t step, struct heard *h)
{
    struct events e;
    bool more = true;

    h->count = 0;
    strbuf_init(&h->text, 16u << 20);
    events_init(&e, on_event, h);
    for (size_t at = 0; more && at < size; at += step)
        more = events_feed(&e, text + at, size - at < step ? size - at : step);
    CHECK(more == (h->count < EVENTS_MOST));
    events_fini(&e);
}

static void read_events(const char *text, size_t size, size_t step)
{
    struct heard whole, cut;

    hear(text, size, size > 0 ? size : 1, &whole);
    hear(text, size, step, &cut);
    CHECK(whole.count == cut.count && whole.text.len == cut.text.len);
    CHECK(whole.text.len == 0 || memcmp(whole.text.data, cut.text.data, cut.text.len) == 0);
    strbuf_fini(&whole.text);
    strbuf_fini(&cut.text);
}

/* --- names of objects --- */

/* A name is one segment of a path, of which the daemon reads the same; a prefix has another slash there. */
static void read_key(const struct record_type *t, const char *name, struct arena *a)
{
    struct ipam_str key, container, again;
    struct strbuf path;

    strbuf_init(&path, 1u << 20);
    key_collection(t, &path);
    size_t before = path.len + 1;
    strbuf_reset(&path);
    key_object(t, name, &path);
    CHECK(!path.failed && path.len >= before && memchr(path.data + before, '/', path.len - before) == NULL);
    for (size_t i = before; i < path.len; i++)
        CHECK(path.data[i] > ' ' && path.data[i] < 0x7f && strchr("?#", path.data[i]) == NULL);
    again = http_decode(a, (struct ipam_str){ path.data + before, path.len - before });
    CHECK((again.data != NULL) == utf8_valid(name, strlen(name)));
    for (size_t i = 0; again.data != NULL && i < again.len; i++)
        CHECK(again.data[i] == name[i] || (again.data[i] == '_' && name[i] == '/'));
    key_split(t, name, &key, &container);
    CHECK(key.data == name && key.len + container.len + (container.data != NULL) == strlen(name));
    strbuf_fini(&path);
}

/* --- the configuration, for a listener --- */

static void read_target(const char *text, size_t size, struct arena *a)
{
    const char *url = NULL, *token = NULL, *ca = NULL;
    char err[256] = "";

    const char *unix_url = target_unix(a, (struct ipam_str){ text, size });
    CHECK(unix_url == NULL || strncmp(unix_url, "unix:", 5) == 0);
    if (target_from_config(a, (struct ipam_str){ text, size }, &url, &token, &ca, err, sizeof(err)) != 0)
        CHECK(err[0] != '\0' && memchr(err, 0, sizeof(err)) != NULL);
    else
        CHECK(strncmp(url, ca != NULL ? "https://" : "http://", ca != NULL ? 8 : 7) == 0 ||
              strncmp(url, "unix:", 5) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned count;
    const struct record_type *const t = record_types(&count);
    const char *text = (const char *)data + 1;
    struct arena a;

    if (size == 0 || size > 16384)
        return 0;
    arena_init(&a, 64u << 20);
    read_events(text, size - 1, data[0] % 32 + 1);
    read_target(text, size - 1, &a);
    for (unsigned i = 0; i < count; i++)
        if (t[i].group != NULL)
            read_key(&t[i], arena_memdup(&a, text, size - 1), &a);
    arena_fini(&a);
    return 0;
}
