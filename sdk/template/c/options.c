/* options.c - the table of options, the check across them, and reading them at open.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The host checks each value against this table before the plugin sees it, with line and column of what is
 * wrong, and prints the table for people; so kinds, ranges and helps are worth their words. */
#include "options.h"

#include <stdio.h>
#include <string.h>

static const char *const families[] = { "both", "v4", "v6", NULL };

static const struct ipam_option opt_file = {
    .size = sizeof(opt_file),
    .kind = IPAM_OPT_PATH,
    .flags = IPAM_OPT_REQUIRED,
    .name = "file",
    .help = "The text file; {server} in it stands for the server's name in the inventory.",
};
static const struct ipam_option opt_families = {
    .size = sizeof(opt_families),
    .kind = IPAM_OPT_ENUM,
    .name = "families",
    .def = "both",
    .names = families,
    .help = "Which scopes and leases are read.",
};
static const struct ipam_option opt_page = {
    .size = sizeof(opt_page),
    .kind = IPAM_OPT_INT,
    .name = "page",
    .def = "500",
    .min = 1,
    .max = 10000,
    .help = "Leases in one answer.",
};
static const struct ipam_option opt_expired = {
    .size = sizeof(opt_expired),
    .kind = IPAM_OPT_BOOL,
    .name = "expired",
    .def = "false",
    .help = "Whether leases that have ended are shown, too.",
};
static const struct ipam_option opt_warn_age = {
    .size = sizeof(opt_warn_age),
    .kind = IPAM_OPT_DURATION,
    .name = "warn_age",
    .min = 1000,
    .max = 366 * INT64_C(86400000),
    .help = "The probe warns when the file was not written for so long; absent: never.",
};
static const struct ipam_option opt_error_age = {
    .size = sizeof(opt_error_age),
    .kind = IPAM_OPT_DURATION,
    .name = "error_age",
    .min = 1000,
    .max = 366 * INT64_C(86400000),
    .help = "The probe reports an error when the file was not written for so long; absent: never.",
};

const struct ipam_option *const option_table[] = { &opt_file,     &opt_families,  &opt_page, &opt_expired,
                                                   &opt_warn_age, &opt_error_age, NULL };

/* A number whose absence means 0. */
static int64_t number(struct ipam_inst *inst, const struct ipam_host *host, const char *name)
{
    int64_t n;

    return host->option_int(inst, name, &n) == 0 ? n : 0;
}

void options_check(struct ipam_inst *inst, const struct ipam_host *host)
{
    int64_t warn = number(inst, host, "warn_age"), error = number(inst, host, "error_age");

    if (error != 0 && error < warn)
        host->option_problem(inst, "error_age", "is below warn_age: write a longer time");
}

static int is(struct ipam_str s, const char *word)
{
    return s.len == strlen(word) && memcmp(s.data, word, s.len) == 0;
}

/* `{server}` becomes the server's name. That comes from the inventory, so it must not lead out of the folder.
 */
static int32_t file_name(struct ipam_inst *inst, const struct ipam_host *host, struct ipam_str text,
                         char ret[PATH_BYTES])
{
    static const char word[] = "{server}";
    size_t word_len = sizeof(word) - 1, at = 0;
    struct ipam_str server = { "", 0 }, rest = { "", 0 };

    while (at < text.len && (text.len - at < word_len || memcmp(text.data + at, word, word_len) != 0))
        at++;
    if (at < text.len) {
        server = host->target(inst);
        rest.data = text.data + at + word_len;
        rest.len = text.len - at - word_len;
        if (server.len == 0 || server.data[0] == '.' || memchr(server.data, '/', server.len) != NULL) {
            host->open_error(inst, "the server's name cannot be part of a file name: give the option file a "
                                   "path without {server}");
            return IPAM_E_CONFIG;
        }
    }
    if (snprintf(ret, PATH_BYTES, "%.*s%.*s%.*s", (int)at, text.data, (int)server.len, server.data,
                 (int)rest.len, rest.data) < PATH_BYTES)
        return 0;
    host->open_error(inst, "the path is longer than 1023 bytes: give the option file a shorter one");
    return IPAM_E_CONFIG;
}

int32_t options_read(struct ipam_inst *inst, const struct ipam_host *host, struct options *ret)
{
    struct ipam_str file, which;
    int32_t status = host->option_text(inst, "file", &file);

    if (status == 0)
        status = host->option_text(inst, "families", &which);
    if (status == 0)
        status = host->option_int(inst, "page", &ret->page);
    if (status == 0)
        status = host->option_int(inst, "expired", &ret->expired);
    if (status < 0) {
        host->open_error(inst, "an option is missing: set file in the server's profile");
        return IPAM_E_CONFIG;
    }
    ret->wants_v4 = !is(which, "v6");
    ret->wants_v6 = !is(which, "v4");
    ret->warn_ms = number(inst, host, "warn_age");
    ret->error_ms = number(inst, host, "error_age");
    return file_name(inst, host, file, ret->file);
}
