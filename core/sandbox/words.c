/* words.c - rules before they hold: put together, and as lines of text on their way to a helper.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/sandbox.h"

const char *const sandbox_mode_names[] = { "off", "on", "require", NULL };

bool sandbox_allow_path(struct sandbox_rules *r, const char *path, unsigned rights)
{
    if (path == NULL)
        return true;
    if (r->path_count == SANDBOX_PATHS_MAX)
        return false;
    r->paths[r->path_count].path = path;
    r->paths[r->path_count++].rights = rights;
    return true;
}

bool sandbox_allow_port(struct sandbox_rules *r, uint16_t port)
{
    if (r->port_count == SANDBOX_PORTS_MAX)
        return false;
    r->ports[r->port_count++] = port;
    return true;
}

void sandbox_words_begin(struct sandbox_words *w, enum sandbox_mode mode)
{
    w->len = (size_t)snprintf(w->text, sizeof(w->text), "%s\n", sandbox_mode_names[mode]);
}

/* Whether there is this line, of `len` bytes without its end, after the first. */
static bool has_line(const char *text, const char *line, size_t len)
{
    const char *at = strchr(text, '\n');

    while (at != NULL && at[1] != '\0') {
        const char *end = strchr(++at, '\n');

        if (end != NULL && (size_t)(end - at) == len && memcmp(at, line, len) == 0)
            return true;
        at = end;
    }
    return false;
}

bool sandbox_words_add(struct sandbox_words *w, const char *word, const char *value)
{
    size_t room = sizeof(w->text) - w->len;
    int n;

    if (strchr(value, '\n') != NULL)
        return false;
    n = snprintf(w->text + w->len, room, "%s%s%s\n", word, value[0] ? " " : "", value);
    if (n < 0 || (size_t)n >= room) {
        w->text[w->len] = '\0';
        return false;
    }
    w->text[w->len + (size_t)n - 1] = '\0'; /* it is no line yet */
    if (has_line(w->text, w->text + w->len, (size_t)n - 1)) {
        w->text[w->len] = '\0';
        return true;
    }
    w->text[w->len + (size_t)n - 1] = '\n';
    w->len += (size_t)n;
    return true;
}

bool sandbox_words_have(const char *text, const char *word)
{
    return has_line(text, word, strlen(word));
}

bool sandbox_words_cover(const struct sandbox_words *more, const struct sandbox_words *less)
{
    const char *at = strchr(less->text, '\n');

    while (at != NULL && at[1] != '\0') {
        const char *end = strchr(++at, '\n');

        if (end == NULL || !has_line(more->text, at, (size_t)(end - at)))
            return false;
        at = end;
    }
    return true;
}

/* One line but the first. */
static bool read_line(char *line, struct sandbox_rules *r)
{
    char *end;
    unsigned long port;

    if (strcmp(line, "any-port") == 0) {
        r->any_port = true;
        return true;
    }
    if (strcmp(line, "network") == 0) {
        r->network = true;
        return true;
    }
    if (strcmp(line, "echo") == 0) {
        r->echo = true;
        return true;
    }
    if (strncmp(line, "path /", 6) == 0)
        return sandbox_allow_path(r, line + 5, SANDBOX_READ | SANDBOX_WRITE | SANDBOX_BESIDE);
    if (strncmp(line, "port ", 5) != 0)
        return false;
    port = strtoul(line + 5, &end, 10);
    return *end == '\0' && port > 0 && port <= UINT16_MAX && sandbox_allow_port(r, (uint16_t)port);
}

bool sandbox_words_read(char *text, struct sandbox_rules *ret, enum sandbox_mode *ret_mode)
{
    char *line = text, *end = strchr(text, '\n');
    unsigned mode = 0;

    if (end == NULL)
        return false;
    *end = '\0';
    while (sandbox_mode_names[mode] != NULL && strcmp(sandbox_mode_names[mode], line) != 0)
        mode++;
    if (sandbox_mode_names[mode] == NULL)
        return false;
    *ret_mode = (enum sandbox_mode)mode;
    for (line = end + 1; *line != '\0'; line = end + 1) {
        end = strchr(line, '\n');
        if (end == NULL)
            return false;
        *end = '\0';
        if (!read_line(line, ret))
            return false;
    }
    return true;
}
