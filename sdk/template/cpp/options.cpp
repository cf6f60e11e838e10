/* options.cpp - the table of options, the check across them, and reading them at open.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The host checks each value against this table before the plugin sees it, with line and column of what is
 * wrong, and prints the table for people; so kinds, ranges and helps are worth their words. */
#include "options.hpp"

#include <stdexcept>

namespace
{

ipam_option option(uint32_t kind, const char *name, const char *def, const char *help, int64_t min = 0,
                   int64_t max = 0)
{
    ipam_option o = {};

    o.size = sizeof(o);
    o.kind = kind;
    o.name = name;
    o.def = def;
    o.help = help;
    o.min = min;
    o.max = max;
    return o;
}

/* A number whose absence means 0. */
int64_t number(ipam_inst *inst, const ipam_host *host, const char *name)
{
    int64_t n;

    return host->option_int(inst, name, &n) == 0 ? n : 0;
}

std::string text(ipam_inst *inst, const ipam_host *host, const char *name)
{
    ipam_str s;

    if (host->option_text(inst, name, &s) < 0)
        throw std::runtime_error(std::string("the option ") + name +
                                 " is missing: set it in the server's profile");
    return std::string(s.data, s.len);
}

} // namespace

const ipam_option *const *option_table()
{
    static const int64_t year = 366 * INT64_C(86400000);
    static const char *const families[] = { "both", "v4", "v6", nullptr };
    static ipam_option file =
        option(IPAM_OPT_PATH, "file", nullptr,
               "The text file; {server} in it stands for the server's name in the inventory.");
    static ipam_option which = option(IPAM_OPT_ENUM, "families", "both", "Which scopes and leases are read.");
    static const ipam_option page = option(IPAM_OPT_INT, "page", "500", "Leases in one answer.", 1, 10000);
    static const ipam_option expired =
        option(IPAM_OPT_BOOL, "expired", "false", "Whether leases that have ended are shown, too.");
    static const ipam_option warn_age =
        option(IPAM_OPT_DURATION, "warn_age", nullptr,
               "The probe warns when the file was not written for so long; absent: never.", 1000, year);
    static const ipam_option error_age = option(
        IPAM_OPT_DURATION, "error_age", nullptr,
        "The probe reports an error when the file was not written for so long; absent: never.", 1000, year);
    static const ipam_option *const table[] = {
        &file, &which, &page, &expired, &warn_age, &error_age, nullptr
    };

    file.flags = IPAM_OPT_REQUIRED;
    which.names = families;
    return table;
}

void options_check(ipam_inst *inst, const ipam_host *host)
{
    int64_t warn = number(inst, host, "warn_age"), error = number(inst, host, "error_age");

    if (error != 0 && error < warn)
        host->option_problem(inst, "error_age", "is below warn_age: write a longer time");
}

Options::Options(ipam_inst *inst, const ipam_host *host)
    : file(text(inst, host, "file")), wants_v4(text(inst, host, "families") != "v6"),
      wants_v6(text(inst, host, "families") != "v4"), page(number(inst, host, "page")),
      expired(number(inst, host, "expired") != 0), warn_ms(number(inst, host, "warn_age")),
      error_ms(number(inst, host, "error_age"))
{
    const std::string word = "{server}";
    ipam_str target = host->target(inst);
    std::string server(target.data, target.len);
    size_t at = file.find(word);

    if (at == std::string::npos)
        return;
    /* The name comes from the inventory: it must not lead out of the folder. */
    if (server.empty() || server[0] == '.' || server.find('/') != std::string::npos)
        throw std::runtime_error(
            "the server's name cannot be part of a file name: give the option file a path "
            "without {server}");
    file.replace(at, word.size(), server);
}
