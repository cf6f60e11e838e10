/* floor_fsync.c - how often a second this disk makes 200 bytes durable: append and fdatasync, one thread.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * floor_fsync FOLDER: nothing that answers one request after the other can be faster. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RECORD  200
#define SECONDS 2

static double now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int measure(int fd, double *ret_rate)
{
    char record[RECORD];
    double start = now(), end;
    unsigned count = 0;

    memset(record, 'r', sizeof(record));
    do {
        if (write(fd, record, sizeof(record)) != (ssize_t)sizeof(record) || fdatasync(fd) != 0)
            return -1;
        count++;
        end = now();
    } while (end - start < SECONDS);
    *ret_rate = count / (end - start);
    return 0;
}

int main(int argc, char **argv)
{
    char path[4096];
    double rate;

    if (argc != 2) {
        fputs("usage: floor_fsync FOLDER\n", stderr);
        return 64;
    }
    snprintf(path, sizeof(path), "%s/floor_fsync.%ld", argv[1], (long)getpid());
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) {
        perror(path);
        return 1;
    }
    unlink(path);
    if (measure(fd, &rate) < 0) {
        perror(path);
        return 1;
    }
    printf("floor_fsync %.0f 1/s\n", rate);
    return 0;
}
