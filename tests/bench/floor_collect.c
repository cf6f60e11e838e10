/* floor_collect.c - what it costs to read a DHCP server's answers and drop them: the floor of a collection.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * floor_collect [-a] SOCKET PAGE [SOCKET...]: asks each Kea by its unix socket for its configuration and for all its
 * leases in pages of PAGE, as the plugin does, and looks at an answer for nothing but where the next page begins. With
 * -a also for all else that a collection asks: what a probe asks, and the figures; each once. Prints the bytes read,
 * the pages, and the CPU time of this process. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MOST (64u << 20)

static char answer[MOST + 1];
static size_t total;

static int fail(const char *what)
{
    fprintf(stderr, "floor_collect: %s: %s\n", what, strerror(errno));
    return -1;
}

/* One command a connection; the answer ends where the server closes. Returns its length. */
static ssize_t ask(const char *path, const char *command)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    size_t len = 0;
    ssize_t n = 0;

    snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
        return fail(path);
    if (write(fd, command, strlen(command)) != (ssize_t)strlen(command))
        return fail("write");
    while (len < MOST && (n = read(fd, answer + len, MOST - len)) > 0)
        len += (size_t)n;
    close(fd);
    if (n < 0)
        return fail("read");
    answer[len] = '\0';
    total += len;
    return (ssize_t)len;
}

/* The last address of a page: where the next one begins. The lease is the last that begins with it. */
static int last_address(ssize_t len, char *to, size_t size)
{
    static const char key[] = "\"ip-address\": \"";

    for (char *at = answer + len - sizeof(key); at > answer; at--) {
        if (memcmp(at, key, sizeof(key) - 1) != 0)
            continue;
        at += sizeof(key) - 1;
        snprintf(to, size, "%.*s", (int)strcspn(at, "\""), at);
        return 0;
    }
    return -1;
}

/* What a collection asks beside configuration and leases. */
static const char *const others[] = {
    "{ \"command\": \"list-commands\" }",
    "{ \"command\": \"version-get\" }",
    "{ \"command\": \"status-get\" }",
    "{ \"command\": \"lease4-get-page\", \"arguments\": { \"from\": \"start\", \"limit\": 1 } }",
    "{ \"command\": \"stat-lease4-get\" }",
    "{ \"command\": \"statistic-get\", \"arguments\": { \"name\": \"pkt4-received\" } }",
    "{ \"command\": \"statistic-get\", \"arguments\": { \"name\": \"pkt4-sent\" } }",
    "{ \"command\": \"statistic-get\", \"arguments\": { \"name\": \"pkt4-receive-drop\" } }",
    "{ \"command\": \"statistic-get\", \"arguments\": { \"name\": \"v4-allocation-fail\" } }",
};

static int read_server(const char *path, const char *page, int all, unsigned *pages)
{
    char from[64] = "start", command[256];

    for (size_t i = 0; all && i < sizeof(others) / sizeof(others[0]); i++)
        if (ask(path, others[i]) < 0)
            return -1;
    if (ask(path, "{ \"command\": \"config-get\" }") < 0)
        return -1;
    for (;;) {
        snprintf(command, sizeof(command),
                 "{ \"command\": \"lease4-get-page\", \"arguments\": { \"from\": \"%s\", \"limit\": %s } }",
                 from, page);
        ssize_t len = ask(path, command);
        if (len < 0)
            return -1;
        if (last_address(len, from, sizeof(from)) != 0)
            return 0;
        (*pages)++;
    }
}

int main(int argc, char **argv)
{
    int all = argc > 1 && strcmp(argv[1], "-a") == 0;
    unsigned pages = 0;
    struct rusage use;

    argc -= all;
    argv += all;
    if (argc < 3) {
        fprintf(stderr, "usage: floor_collect [-a] SOCKET PAGE [SOCKET...]\n");
        return 2;
    }
    for (int i = 1; i < argc; i++)
        if (i != 2 && read_server(argv[i], argv[2], all, &pages) != 0)
            return 1;
    getrusage(RUSAGE_SELF, &use);
    printf("bytes %zu bytes\npages %u pages\ncpu %.4f s\n", total, pages,
           (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
               (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6);
    return 0;
}
