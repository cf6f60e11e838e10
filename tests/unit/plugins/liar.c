/* liar.c - a helper that greets well and then breaks the protocol in the way that LIAR names.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "provider/wire.h"
#include "record/record.h"

static struct strbuf out;

static void say(void)
{
    size_t sent = 0;

    while (sent < out.len) {
        ssize_t n = send(3, out.data + sent, out.len - sent, MSG_NOSIGNAL);

        if (n <= 0)
            _exit(1);
        sent += (size_t)n;
    }
    strbuf_reset(&out);
}

/* The next frame of the daemon; its payload is passed over but for what `op` sees. */
static struct wire_frame hear(void)
{
    static char in[65536];
    static size_t len;
    struct wire_frame f;
    size_t size;

    for (;;) {
        ssize_t n;

        if (wire_next(in, len, &f, &size) == 1) {
            memmove(in, in + size, len - size);
            len -= size;
            return f;
        }
        n = recv(3, in + len, sizeof(in) - len, 0);
        if (n <= 0)
            _exit(0);
        len += (size_t)n;
    }
}

static struct wire_frame await(enum wire_kind kind)
{
    struct wire_frame f;

    do {
        f = hear();
    } while (f.kind != kind);
    return f;
}

static void put_opened(uint32_t id)
{
    size_t begun = wire_begin(&out, WIRE_OPENED, id);

    wire_put32(&out, 0);
    wire_put32(&out, 0);
    wire_end(&out, begun);
}

static void put_lease(uint32_t id, const char *name, size_t len)
{
    struct ipam_lease l;

    record_init(&l, IPAM_T_LEASE);
    l.name.data = name;
    l.name.len = len;
    IPAM_SET_FIELD(&l, IPAM_LEASE_NAME);
    wire_put_record(&out, id, (const struct ipam_record *)&l);
}

static void put_raw(enum wire_kind kind, uint32_t id, const char *payload, size_t len)
{
    size_t begun = wire_begin(&out, kind, id);

    strbuf_add(&out, payload, len);
    wire_end(&out, begun);
}

/* Breaks the protocol within the call `id`. */
static void lie(const char *how, uint32_t id)
{
    if (strcmp(how, "garbage") == 0)
        strbuf_puts(&out, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    else if (strcmp(how, "huge") == 0)
        strbuf_add(&out, "\xff\xff\xff\x7f\x0b\0\1\0\0\0", 10);
    else if (strcmp(how, "short") == 0)
        strbuf_add(&out, "\x02\0\0\0\x0b\0\1\0\0\0", 10);
    else if (strcmp(how, "kind") == 0)
        put_raw((enum wire_kind)77, id, "", 0);
    else if (strcmp(how, "daemons-kind") == 0)
        put_raw(WIRE_CALL, id, "", 0);
    else if (strcmp(how, "nobody") == 0)
        put_lease(id + 1000, "x", 1);
    else if (strcmp(how, "twice") == 0)
        put_raw(WIRE_DONE, id, "", 0), put_raw(WIRE_DONE, id, "", 0);
    else if (strcmp(how, "utf8") == 0)
        put_lease(id, "\xff\xfe", 2);
    else if (strcmp(how, "packed") == 0)
        put_raw(WIRE_RECORD, id, "\x09\0\0\0\x0c\xff\xff\xff", 8);
    else if (strcmp(how, "type") == 0)
        put_raw(WIRE_RECORD, id, "\xff\xff\xff\xff", 4);
    else if (strcmp(how, "row") == 0)
        put_raw(WIRE_ROW, id, "", 0);
    else if (strcmp(how, "outcome") == 0)
        put_raw(WIRE_DONE, id, "\xff\xff", 2);
    else if (strcmp(how, "step") == 0)
        put_raw(WIRE_STEP, id, "a step of more than thirty-two bytes, much more", 47);
    else if (strcmp(how, "opened") == 0)
        put_opened(id);
    else if (strcmp(how, "caps") == 0) {
        put_raw(WIRE_CAPS, 1, "\xff\xff\xff\xff\xff\xff\xff\xff", 8); /* of the first instance */
        put_lease(id, "x", 1);
    } else if (strcmp(how, "credit") == 0)
        for (int i = 0; i < 1000000; i++) {
            put_lease(id, "a name of some length to fill the memory of the daemon sooner, if it takes it in",
                      78);
            if (out.len > 60000)
                say();
        }
    say();
}

int main(int argc, char **argv)
{
    const char *how = getenv("LIAR");
    struct wire_frame f;

    if (argc == 3) {
        execl(TEST_HELPER, TEST_HELPER, argv[1], argv[2], (char *)NULL);
        return 1;
    }
    strbuf_init(&out, 1 << 20);
    wire_put_hello(&out, 0, "");
    if (strcmp(how, "version") == 0)
        out.data[WIRE_HEAD] ^= 1;
    else if (strcmp(how, "tables") == 0)
        out.data[WIRE_HEAD + 8] ^= 1;
    else if (strcmp(how, "greeting") == 0)
        wire_put_hello(&out, 0, "");
    say();
    f = await(WIRE_OPEN);
    put_opened(f.id);
    say();
    f = await(WIRE_CALL);
    lie(how, f.id);
    for (;;)
        hear();
}
