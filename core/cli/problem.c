/* problem.c - what the daemon answers when it refuses (RFC 9457), for people and for exit codes.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "cli/problem.h"

#include <stdio.h>
#include <string.h>

#include "record/problem_table.h"

#define PROBLEM_MAX (1024 * 1024)

/* "https://.../problems/exhausted" and "exhausted" are the same type. */
static struct ipam_str last_part(struct ipam_str type)
{
    for (size_t i = type.len; i > 0; i--)
        if (type.data[i - 1] == '/' || type.data[i - 1] == ':' || type.data[i - 1] == '#')
            return (struct ipam_str){ type.data + i, type.len - i };
    return type;
}

const struct problem_help problem_helps[] = {
#define HELP_ROW(name, slug, status, exit, title, help) { slug, status, CLI_##exit, title, help },
    PROBLEM_TABLE(HELP_ROW)
#undef HELP_ROW
    { .slug = NULL },
};

int problem_exit(int status, struct ipam_str type)
{
    type = last_part(type);
    for (const struct problem_help *p = problem_helps; p->slug != NULL; p++)
        if (str_is(type, p->slug))
            return p->exit;
    switch (status) { /* of a newer daemon, or of something in between */
    case 400:
    case 413:
    case 414:
    case 415:
    case 422: return CLI_USAGE;
    case 401:
    case 403: return CLI_DENIED;
    case 404:
    case 410: return CLI_NOT_FOUND;
    case 409:
    case 412: return CLI_CONFLICT;
    case 408:
    case 425:
    case 429:
    case 503:
    case 504:
    case 507: return CLI_TRY_AGAIN;
    default: return CLI_FAILED;
    }
}

/* Whether the text holds the part: what was said once is not said again. */
static bool holds(struct ipam_str text, struct ipam_str sought)
{
    return sought.len > 0 && text.len >= sought.len &&
           memmem(text.data, text.len, sought.data, sought.len) != NULL;
}

/* A text, if there is one, after what joins it to the line. */
static void part(struct ipam_str text, const char *before, struct strbuf *out)
{
    if (text.len == 0)
        return;
    strbuf_puts(out, before);
    text_clean(text, out);
}

void problem_print(const struct json *problem, int status, struct strbuf *out)
{
    struct ipam_str title = json_str(json_get(problem, "title"));
    struct ipam_str detail = json_str(json_get(problem, "detail"));
    const struct json *e;

    if (title.len == 0 && detail.len == 0)
        strbuf_printf(out, "the daemon refused with HTTP status %d", status);
    part(title, "", out);
    part(detail, title.len > 0 ? ": " : "", out);
    strbuf_putc(out, '\n');
    for (e = json_first(json_get(problem, "errors")); e != NULL; e = json_next(e)) {
        struct ipam_str pointer = json_str(json_get(e, "pointer"));
        struct ipam_str message = json_str(json_get(e, "message"));

        if (holds(detail, pointer) && holds(detail, message))
            continue;
        part(pointer, "  ", out);
        part(message, pointer.len > 0 ? ": " : "  ", out);
        strbuf_putc(out, '\n');
    }
    for (e = json_first(json_get(problem, "candidates")); e != NULL; e = json_next(e)) {
        part(json_str(e), "  perhaps ", out);
        strbuf_putc(out, '\n');
    }
    if (json_str(json_get(problem, "hint")).len > 0) {
        part(json_str(json_get(problem, "hint")), "  hint: ", out);
        strbuf_putc(out, '\n');
    }
}

int problem_report(const char *url, struct client_answer *a, bool quiet)
{
    struct json_error e;
    struct strbuf text;
    int rc;

    if (a->body.len > 0 && a->body.len <= PROBLEM_MAX)
        (void)json_parse(a->body.data, a->body.len, PROBLEM_MAX, &a->doc, &e);
    rc = problem_exit(a->status, json_str(json_get(json_root(a->doc), "type")));
    if (quiet)
        return rc;
    if (json_type(json_root(a->doc)) != JSON_OBJECT) {
        cli_error("%s answered with HTTP status %d and no explanation: is this ipamd?", url, a->status);
        return rc;
    }
    strbuf_init(&text, PROBLEM_MAX);
    problem_print(json_root(a->doc), a->status, &text);
    for (char *line = text.data, *end; line != NULL && (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        if (line == text.data)
            cli_error("%s", line);
        else
            fprintf(stderr, "%s\n", line);
    }
    if (a->status == 401)
        fprintf(stderr, "  Pass the access token with --token-file FILE or IPAM_TOKEN_FILE.\n");
    strbuf_fini(&text);
    return rc;
}
