/* main.c - ipam-conform: tries whether a plugin keeps the contract of the provider interface.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <ftw.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conform.h"

#define FILE_MAX (1u << 20)

struct settings settings = { .deadline_ms = 5000, .grace_ms = 2000, .limit_ms = 60000, .jobs = 4 };

static const char usage_text[] =
    "usage: ipam-conform [OPTION...] PATH.so\n"
    "Tries whether a plugin keeps the contract of the provider interface.\n\n"
    "  --options FILE       options of the instance, a JSON object; made up from the option table otherwise\n"
    "  --secret NAME=VALUE  a secret; VALUE may be @FILE\n"
    "  --target NAME        the server to talk to (127.0.0.1)\n"
    "  --read-only          no call that changes a server\n"
    "  --kind KIND          only this kind: dhcp, dns, ...\n"
    "  --rule NAME          only this rule; may be repeated\n"
    "  --oom                only what happens when memory runs out\n"
    "  --late               only what happens when the host is slow\n"
    "  --cancel-everywhere  only cancelling, at every step\n"
    "  --deadline MS        of a call (5000)\n"
    "  --grace MS           how soon a call must end after its deadline or cancel (2000)\n"
    "  --limit MS           of one trial (60000)\n"
    "  --jobs N             trials at once (4)\n"
    "  -o text|json         form of the report\n"
    "  --list               the rules, and what they mean\n"
    "Exit: 0 all rules kept, 1 a rule is broken, 2 wrong usage. Manual: sdk/docs/conform.md\n";

static _Noreturn void wrong(const char *what, const char *arg)
{
    fprintf(stderr, "ipam-conform: %s%s%s; see ipam-conform --help\n", what, arg != NULL ? ": " : "",
            arg != NULL ? arg : "");
    exit(2);
}

static char *read_file(const char *path, size_t *ret_len)
{
    FILE *f = fopen(path, "re");
    char *text = xcalloc(1, FILE_MAX + 1);

    if (f == NULL)
        wrong("cannot read the file", path);
    *ret_len = fread(text, 1, FILE_MAX, f);
    fclose(f);
    return text;
}

static void take_options(const char *path)
{
    struct json_error err;
    size_t len;
    char *text = read_file(path, &len);

    if (json_parse(text, len, FILE_MAX, &settings.options, &err) < 0) {
        fprintf(stderr, "%s:%u:%u: %s\n", path, err.line, err.column, err.message);
        exit(2);
    }
    free(text);
    if (json_type(json_root(settings.options)) != JSON_OBJECT)
        wrong("no JSON object in the file", path);
}

static void take_secret(char *arg)
{
    char *eq = strchr(arg, '=');
    size_t len;

    if (eq == NULL || settings.secret_count == SECRETS_MAX)
        wrong("write --secret NAME=VALUE, not", arg);
    *eq = '\0';
    settings.secrets[settings.secret_count++] =
        (struct secret){ arg, eq[1] == '@' ? read_file(eq + 2, &len) : eq + 1 };
}

static int64_t take_number(const char *arg, int64_t low, int64_t high)
{
    char *end;
    long long n = strtoll(arg, &end, 10);

    if (end == arg || *end != '\0' || n < low || n > high)
        wrong("not a number in its range", arg);
    return n;
}

static void want_rule(const char *name)
{
    for (unsigned i = 0; i < rule_count; i++) {
        if (strcmp(rules[i].name, name) == 0 && settings.rule_count < 16) {
            settings.rules[settings.rule_count++] = rules[i].name;
            return;
        }
    }
    wrong("no such rule (see --list)", name);
}

static void want_group(int option)
{
    static const char *const groups[3][4] = {
        { "out-of-memory", "malloc-fails" },
        { "late-host" },
        { "cancel-before", "cancel-during", "cancel-after", "deadline" },
    };

    for (unsigned i = 0; i < 4 && groups[option - 'A'][i] != NULL; i++)
        want_rule(groups[option - 'A'][i]);
}

static _Noreturn void list_rules(void)
{
    for (unsigned i = 0; i < rule_count; i++)
        printf("%-24s %s\n", rules[i].name, rules[i].meaning);
    exit(0);
}

static void take_option(int c)
{
    const struct kind *k;

    switch (c) {
    case 'f': take_options(optarg); break;
    case 's': take_secret(optarg); break;
    case 't': settings.target = optarg; break;
    case 'r': settings.read_only = true; break;
    case 'k':
        k = kind_by_name(optarg);
        if (k == NULL)
            wrong("no such kind", optarg);
        settings.kind = k->number;
        break;
    case 'n': want_rule(optarg); break;
    case 'A':
    case 'B':
    case 'C': want_group(c); break;
    case 'd': settings.deadline_ms = take_number(optarg, 10, 600000); break;
    case 'g': settings.grace_ms = take_number(optarg, 10, 600000); break;
    case 'm': settings.limit_ms = take_number(optarg, 100, 3600000); break;
    case 'j': settings.jobs = (unsigned)take_number(optarg, 1, 64); break;
    case 'o':
        if (strcmp(optarg, "text") != 0 && strcmp(optarg, "json") != 0)
            wrong("write -o text or -o json, not", optarg);
        settings.json = strcmp(optarg, "json") == 0;
        break;
    case 'l': list_rules();
    case 'h': fputs(usage_text, stdout); exit(0);
    default: wrong("unknown option", NULL);
    }
}

static void read_args(int argc, char **argv)
{
    static const struct option options[] = {
        { "options", required_argument, NULL, 'f' },
        { "secret", required_argument, NULL, 's' },
        { "target", required_argument, NULL, 't' },
        { "read-only", no_argument, NULL, 'r' },
        { "kind", required_argument, NULL, 'k' },
        { "rule", required_argument, NULL, 'n' },
        { "oom", no_argument, NULL, 'A' },
        { "late", no_argument, NULL, 'B' },
        { "cancel-everywhere", no_argument, NULL, 'C' },
        { "deadline", required_argument, NULL, 'd' },
        { "grace", required_argument, NULL, 'g' },
        { "limit", required_argument, NULL, 'm' },
        { "jobs", required_argument, NULL, 'j' },
        { "list", no_argument, NULL, 'l' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int c;

    while ((c = getopt_long(argc, argv, "o:", options, NULL)) != -1)
        take_option(c);
    if (argc - optind != 1)
        wrong("name one plugin file", NULL);
}

/* The file's absolute path and its name without .so. */
static void take_path(const char *arg)
{
    const char *base;
    size_t len;

    settings.path = realpath(arg, NULL);
    if (settings.path == NULL)
        wrong("there is no such file", arg);
    base = strrchr(settings.path, '/') + 1;
    len = strlen(base);
    if (len < 4 || strcmp(base + len - 3, ".so") != 0 || len - 3 >= sizeof(settings.name))
        wrong("a plugin's file is NAME.so", arg);
    snprintf(settings.name, sizeof(settings.name), "%.*s", (int)(len - 3), base);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *f)
{
    (void)st, (void)type, (void)f;
    return remove(path);
}

int main(int argc, char **argv)
{
    struct verdict *verdicts = xcalloc(rule_count, sizeof(*verdicts));
    unsigned calls_made = 0, ok = 0;
    const char *tmp = getenv("TMPDIR");
    int rc;

    read_args(argc, argv);
    take_path(argv[optind]);
    snprintf(settings.folder, sizeof(settings.folder), "%.400s/ipam-conform-XXXXXX",
             tmp != NULL ? tmp : "/tmp");
    if (mkdtemp(settings.folder) == NULL)
        wrong("cannot make a folder", settings.folder);
    rc = trials_run(verdicts, &calls_made, &ok);
    nftw(settings.folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    if (rc != 0)
        wrong("no process can be started", NULL);
    rc = report(verdicts, calls_made, ok);
    free(verdicts);
    return rc;
}
