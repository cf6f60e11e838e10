/* hidden.c - secrets from a prompt that does not show them, standard input or a file.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/hidden.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cli/cli.h"

/* The bytes of a file; a newline at the end is not part of a secret, as in a credential's file. */
static int read_all(int fd, const char *from, char *value, size_t *ret_len)
{
    ssize_t n = 1;
    size_t len = 0;

    while (n != 0 && len <= HIDDEN_MAX + 1) {
        n = read(fd, value + len, HIDDEN_MAX + 2 - len);
        if (n < 0 && errno != EINTR) {
            cli_error("cannot read %s: %s", from, strerror(errno));
            return CLI_USAGE;
        }
        len += n > 0 ? (size_t)n : 0;
    }
    if (len > 0 && value[len - 1] == '\n')
        len--;
    if (len == 0 || len > HIDDEN_MAX) {
        cli_error("%s %s; a secret has 1 to %d bytes", from, len == 0 ? "is empty" : "has more", HIDDEN_MAX);
        return CLI_USAGE;
    }
    *ret_len = len;
    return CLI_OK;
}

/* One line from the terminal, which does not show it. */
static int prompt(const char *text, char *value, size_t *ret_len)
{
    struct termios old, quiet;
    int rc;

    if (tcgetattr(STDIN_FILENO, &old) != 0) {
        cli_error("cannot use the terminal: %s; send the secret to standard input", strerror(errno));
        return CLI_FAILED;
    }
    quiet = old;
    quiet.c_lflag &= (tcflag_t) ~(ECHO | ECHONL);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    fputs(text, stderr);
    ssize_t n = read(STDIN_FILENO, value, HIDDEN_MAX);
    fputc('\n', stderr);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
    *ret_len = n > 0 && value[n - 1] == '\n' ? (size_t)n - 1 : n > 0 ? (size_t)n : 0;
    rc = *ret_len > 0 ? CLI_OK : CLI_USAGE;
    if (rc != CLI_OK)
        cli_error("no secret was given");
    return rc;
}

static int ask(const char *text, bool twice, char *value, size_t *ret_len)
{
    char again[HIDDEN_MAX];
    size_t len;
    int rc = prompt(text, value, ret_len);

    if (rc != CLI_OK || !twice)
        return rc;
    rc = prompt("Again: ", again, &len);
    if (rc == CLI_OK && (len != *ret_len || memcmp(value, again, len) != 0)) {
        cli_error("the two are not the same; nothing was written");
        rc = CLI_USAGE;
    }
    explicit_bzero(again, sizeof(again));
    return rc;
}

int hidden_read(const char *path, const char *text, bool twice, char *value, size_t *ret_len)
{
    int fd, rc;

    if (path == NULL && isatty(STDIN_FILENO) == 1)
        return ask(text, twice, value, ret_len);
    if (path == NULL || strcmp(path, "-") == 0)
        return read_all(STDIN_FILENO, "standard input", value, ret_len);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        cli_error("cannot open %s: %s", path, strerror(errno));
        return CLI_USAGE;
    }
    rc = read_all(fd, path, value, ret_len);
    close(fd);
    return rc;
}
