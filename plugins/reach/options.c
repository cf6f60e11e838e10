/* options.c - the options of an instance: their table, and how they are read.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <string.h>

#include "reach.h"

#define OPTION(id, ...)                                                                                      \
    static const struct ipam_option option_##id = { .size = sizeof(option_##id), .name = #id, __VA_ARGS__ }

OPTION(timeout, .kind = IPAM_OPT_DURATION, .def = "1s", .min = 10, .max = 60000,
       .help = "How long an answer is waited for at each try, unless the caller says otherwise.");
OPTION(tries, .kind = IPAM_OPT_INT, .def = "2", .min = 1, .max = 10,
       .help = "How often an address is asked, and a resolver, before it counts as silent.");
OPTION(rate, .kind = IPAM_OPT_INT, .def = "200", .min = 1, .max = 10000,
       .help = "Echo requests a second, all calls together; a tenth of it may go out at once.");
OPTION(parallel, .kind = IPAM_OPT_INT, .def = "128", .min = 1, .max = REACH_PARALLEL,
       .help =
           "Echo requests that wait for their answers at the same time, and as many questions to resolvers.");
OPTION(
    resolvers, .kind = IPAM_OPT_LIST, .flags = IPAM_OPT_SERVER, .max = REACH_SERVERS,
    .help = "Addresses of the DNS servers that are asked for names; without them those of /etc/resolv.conf.");
OPTION(port, .kind = IPAM_OPT_INT, .flags = IPAM_OPT_PORT, .def = "53", .min = 1, .max = 65535,
       .help = "Port of the resolvers that are named here.");

const struct ipam_option *const reach_options[] = {
    &option_timeout, &option_tries, &option_rate, &option_parallel, &option_resolvers, &option_port, NULL
};

static int64_t read_int(const struct ipam_host *host, struct ipam_inst *inst, const char *name)
{
    int64_t n = 0;

    host->option_int(inst, name, &n); /* each has a default */
    return n;
}

void reach_options_read(const struct ipam_host *host, struct ipam_inst *inst, struct reach_options *ret)
{
    *ret = (struct reach_options){ .timeout_ms = read_int(host, inst, "timeout"),
                                   .tries = read_int(host, inst, "tries"),
                                   .rate = read_int(host, inst, "rate"),
                                   .parallel = read_int(host, inst, "parallel"),
                                   .port = read_int(host, inst, "port") };
    if (host->option_list(inst, "resolvers", &ret->resolvers) != 0)
        ret->resolvers = (struct ipam_strs){ NULL, 0 };
}

static bool is_address(struct ipam_str s)
{
    unsigned char bytes[16];
    char text[INET6_ADDRSTRLEN];

    if (s.len >= sizeof(text))
        return false;
    memcpy(text, s.data, s.len);
    text[s.len] = '\0';
    return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

void reach_options_check(struct ipam_inst *inst, const struct ipam_host *host)
{
    struct ipam_strs list = { NULL, 0 };

    if (host->option_list(inst, "resolvers", &list) != 0)
        return;
    for (size_t i = 0; i < list.count; i++)
        if (!is_address(list.items[i]))
            host->option_problem(
                inst, "resolvers",
                "holds an entry that is no address: write one such as 192.0.2.53 or 2001:db8::53");
}
