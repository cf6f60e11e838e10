/* kea_write_test.c - edits of every kind in the text of a configuration: what is written, what is refused, and that every
 * other byte stays. The cases are in tests/data/kea/edits.txt.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kea_edits.h"

#define CASES_LEAST 100

static const struct {
    const char *name;
    int status;
} statuses[] = { { "EXIST", IPAM_E_EXIST },
                 { "NOENT", IPAM_E_NOENT },
                 { "CONFLICT", IPAM_E_CONFLICT },
                 { "INVAL", IPAM_E_INVAL },
                 { "UNSUPPORTED", IPAM_E_UNSUPPORTED } };

struct one {
    char name[200], *before, *after, *says;
    int status;
    enum kea_service service;
    unsigned version;
    struct strbuf edits;
};

static void read_status(struct one *c, const char *text)
{
    size_t len = strcspn(text, " ");

    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        if (strlen(statuses[i].name) == len && memcmp(statuses[i].name, text, len) == 0)
            c->status = statuses[i].status;
    assert_int_not_equal(c->status, 0);
    c->says = strdup(text + len + 1);
}

static void read_line(struct one *c, const char *line)
{
    char *rest;

    switch (line[0]) {
    case '=': snprintf(c->name, sizeof(c->name), "%s", line + 2); break;
    case '<': c->before = strdup(line + 2); break;
    case '>': c->after = strdup(line + 2); break;
    case '!': read_status(c, line + 2); break;
    case '+':
        strbuf_puts(&c->edits, c->edits.len ? ", " : "[");
        strbuf_puts(&c->edits, line + 2);
        break;
    default:
        assert_int_equal(strncmp(line, "dhcp", 4), 0); /* "dhcp4 202" */
        c->service = strtoul(line + 4, &rest, 10) == 4 ? KEA_DHCP4 : KEA_DHCP6;
        assert_int_equal(*rest, ' ');
        c->version = (unsigned)strtoul(rest, &rest, 10);
        assert_true(*rest == '\0' || *rest == '\n');
        break;
    }
}

static void check(struct one *c)
{
    struct kea_edits_result got;

    strbuf_puts(&c->edits, "]");
    kea_edits_apply(c->service, c->before, c->version, c->edits.data, &got);
    if (got.edit_status != c->status)
        fail_msg("%s: %d %s", c->name, got.edit_status, got.problem);
    assert_int_equal(got.status, c->status ? IPAM_E_INVAL : 0);
    if (c->says && !strstr(got.problem, c->says))
        fail_msg("%s: '%s' does not say '%s'", c->name, got.problem, c->says);
    if ((got.text != NULL) != (c->after != NULL) || (got.text && strcmp(got.text, c->after) != 0))
        fail_msg("%s: got\n%s\nwant\n%s", c->name, got.text ? got.text : "nothing",
                 c->after ? c->after : "nothing");
    free(got.text);
    free(c->before);
    free(c->after);
    free(c->says);
    strbuf_fini(&c->edits);
}

static void test_cases(void **state)
{
    struct one c = { .before = NULL };
    FILE *f = fopen(KEA_DATA "/edits.txt", "r");
    char *line = NULL;
    size_t cap = 0, count = 0;
    ssize_t len;

    (void)state;
    assert_non_null(f);
    do {
        len = getline(&line, &cap, f);
        if (len > 0 && line[len - 1] == '\n')
            line[len - 1] = '\0';
        if (len > 0 && line[0] == '#')
            continue;
        if (len > 0 && line[0]) {
            if (!c.before && !c.edits.len && line[0] == '=')
                strbuf_init(&c.edits, 1 << 20);
            read_line(&c, line);
        } else if (c.before) {
            check(&c);
            c = (struct one){ .before = NULL };
            count++;
        }
    } while (len >= 0);
    free(line);
    fclose(f);
    print_message("%zu cases\n", count);
    assert_true(count >= CASES_LEAST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
