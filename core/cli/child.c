/* child.c - runs a program of this installation and reads what it prints.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define READ_BYTES 16384
#define NOT_RUN    127

/* In the child: takes the pipes' place and becomes the program. */
static void become(const char *const *argv, uid_t user, gid_t group, const int *out, const int *err)
{
    if (out[1] >= 0)
        dup2(out[1], STDOUT_FILENO);
    if (err[1] >= 0)
        dup2(err[1], STDERR_FILENO);
    if (user == (uid_t)-1 || (setgroups(1, &group) == 0 && setgid(group) == 0 && setuid(user) == 0))
        execv(argv[0], (char *const *)argv);
    dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
    _exit(NOT_RUN);
}

/* Reads once; false at the end. */
static bool read_some(int fd, struct strbuf *to)
{
    char *room = strbuf_room(to, READ_BYTES), waste[512];
    ssize_t n = room != NULL ? read(fd, room, READ_BYTES) : read(fd, waste, sizeof(waste));

    if (n > 0 && room != NULL)
        strbuf_advance(to, (size_t)n);
    return n > 0 || (n < 0 && errno == EINTR);
}

static void collect(int out_fd, struct strbuf *out, int err_fd, struct strbuf *err)
{
    struct pollfd fds[2] = { { out_fd, POLLIN, 0 }, { err_fd, POLLIN, 0 } };
    struct strbuf *to[2] = { out, err };

    while (fds[0].fd >= 0 || fds[1].fd >= 0) {
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            return;
        for (unsigned i = 0; i < 2; i++)
            if (fds[i].fd >= 0 && fds[i].revents != 0 && !read_some(fds[i].fd, to[i]))
                fds[i].fd = -1;
    }
}

static void close_pair(int *pair)
{
    for (unsigned i = 0; i < 2; i++)
        if (pair[i] >= 0)
            close(pair[i]);
}

int child_run(const char *const *argv, uid_t user, gid_t group, struct strbuf *out, struct strbuf *err)
{
    int out_pair[2] = { -1, -1 }, err_pair[2] = { -1, -1 }, status = 0;
    pid_t pid = -1;

    if ((out == NULL || pipe2(out_pair, O_CLOEXEC) == 0) && (err == NULL || pipe2(err_pair, O_CLOEXEC) == 0))
        pid = fork();
    if (pid == 0)
        become(argv, user, group, out_pair, err_pair);
    if (pid < 0) {
        close_pair(out_pair);
        close_pair(err_pair);
        if (err != NULL)
            strbuf_printf(err, "%s: %s\n", argv[0], strerror(errno));
        return CHILD_FAILED;
    }
    for (unsigned i = 0; i < 2; i++) {
        int *pair = i == 0 ? out_pair : err_pair;

        if (pair[1] >= 0)
            close(pair[1]);
        pair[1] = -1;
    }
    collect(out_pair[0], out, err_pair[0], err);
    close_pair(out_pair);
    close_pair(err_pair);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) && WEXITSTATUS(status) != NOT_RUN ? WEXITSTATUS(status) : CHILD_FAILED;
}
