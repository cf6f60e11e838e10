/* fuzz_dnsmasq.c - files of the example provider: whatever they hold, the rows made of them are ones that a host takes.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The input is a configuration, a byte 0x1e, and a lease file. `make check` replays the seeds in
 * tests/fuzz/corpus/dnsmasq and mutations of them (fuzz_main.c); to fuzz, see README.md. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "dnsmasq.h"
#include "fuzz.h"
#include "record/record.h"

#define CHECK(condition) \
    do { \
        if (!(condition)) \
            abort(); \
    } while (0)

struct ipam_req {
    struct arena arena, row;
    unsigned rows, done;
    int32_t status;
};

/* --- a host --- */

static void *host_alloc(struct ipam_req *req, size_t size)
{
    return arena_alloc(&req->arena, size);
}

static int32_t host_emit(struct ipam_req *req, const struct ipam_record *rec)
{
    void *copy;

    CHECK(req->done == 0);
    arena_reset(&req->row);
    CHECK(record_import(&req->row, rec, &copy) == 0);
    req->rows++;
    return IPAM_OK;
}

static int32_t host_cancelled(struct ipam_req *req)
{
    (void)req;
    return 0;
}

static void host_done(struct ipam_req *req, int32_t status, const struct ipam_outcome *info)
{
    CHECK(req->done++ == 0);
    CHECK(status >= 0 || info->message.len > 0);
    CHECK(utf8_valid(info->message.len > 0 ? info->message.data : "", info->message.len));
    req->status = status;
}

static void host_log(struct ipam_inst *inst, int32_t level, const char *event, const char *text)
{
    (void)inst;
    (void)level;
    CHECK(event[0] != '\0' && utf8_valid(text, strlen(text)));
}

static const struct ipam_host host = { .size = sizeof(host),
                                       .abi = IPAM_ABI,
                                       .alloc = host_alloc,
                                       .emit = host_emit,
                                       .cancelled = host_cancelled,
                                       .done = host_done,
                                       .log = host_log };

/* --- its files --- */

/* A file that is at rest: nobody has written it lately. */
static int file_of(const void *data, size_t size, char path[PATH_BYTES])
{
    static const struct timespec old[2] = { { 1000000000, 0 }, { 1000000000, 0 } };
    int fd = memfd_create("dnsmasq", MFD_CLOEXEC);

    CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size && futimens(fd, old) == 0);
    snprintf(path, PATH_BYTES, "/proc/self/fd/%d", fd);
    return fd;
}

typedef void operation(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args);

/* Reads all; the same again says the same. */
static void read_twice(struct provider *p, operation *read)
{
    const struct ipam_dhcp_read args = { .size = sizeof(args), .type = IPAM_T_DHCP_READ };
    unsigned rows = 0;
    int32_t status = 0;

    for (int i = 0; i < 2; i++) {
        struct ipam_req req = { .rows = 0 };

        arena_init(&req.arena, 256u << 20);
        arena_init(&req.row, 0);
        read(p, &req, &args);
        CHECK(req.done == 1 && (i == 0 || (req.rows == rows && req.status == status)));
        rows = req.rows;
        status = req.status;
        arena_fini(&req.row);
        arena_fini(&req.arena);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *mark = size > 0 ? memchr(data, 0x1e, size) : NULL;
    size_t first = mark != NULL ? (size_t)(mark - data) : size, behind = mark != NULL ? first + 1 : size;
    struct provider p = { .host = &host };
    struct ipam_prefix network = { { 4, { 10, 1, 2 } }, 24 };

    /* What a file names is read, too, and this machine's own files are not for that. */
    if (size > 8192 || memmem(data, size, "conf-", 5) != NULL || memmem(data, size, "file", 4) != NULL ||
        memmem(data, size, "dir", 3) != NULL)
        return 0;
    int conf = file_of(data, first, p.options.config), leases = file_of(data + behind, size - behind, p.options.leases);
    p.options.networks = &network;
    p.options.network_count = 1;
    read_twice(&p, op_read_config);
    read_twice(&p, op_read_leases);
    close(conf);
    close(leases);
    return 0;
}
