/* nouns_dns.c - the verbs of records of the DNS, and of addresses in it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/nouns_p.h"
#include "cli/verbs.h"

#define WHICH                                                                                                \
    ARG_OPTION_BARE("host", "The host record alone, or with --ptr; both when neither is given."),            \
        ARG_OPTION_BARE("ptr", "The PTR record."),                                                           \
        ARG_OPTION("zone", "NAME@SERVER", "Zone of the host record; the longest that fits when absent."),    \
        ARG_OPTION("reverse-zone", "NAME@SERVER",                                                            \
                   "Zone of the PTR record; the longest that fits when absent.")

static const struct arg_option register_options[] = {
    WHICH,
    ARG_OPTION("ttl", "SECONDS", "Time to live; that of the zone when absent."),
    ARG_OPTION_BARE("replace", "In place of what the zone has for that address."),
    { .name = NULL }
};
static const struct arg_option unregister_options[] = { WHICH, { .name = NULL } };
static const struct arg_option record_options[] = {
    ARG_OPTION("zone", "NAME@SERVER", "Zone it is in."),
    ARG_OPTION("type", "TYPE", "A, AAAA, PTR, CNAME, TXT, MX, NS, SRV, ..."),
    ARG_OPTION("data", "DATA", "As in a master file, names absolute: \"10 mail.example.com\"."),
    ARG_OPTION("ttl", "SECONDS", "Time to live; that of the zone when absent."),
    ARG_OPTION_BARE("replace", "In place of the record of that name and type."),
    { .name = NULL }
};

const struct verb verb_of_register = { "register",       "KEY...",      VERB_WAIT,
                                       register_options, verb_register, "Have their records in the DNS." };
const struct verb verb_of_unregister = { "unregister",  "KEY...",
                                         VERB_WAIT,     unregister_options,
                                         verb_register, "Take their records out of the DNS." };
const struct verb verb_of_add_record = { "add",          "NAME",          VERB_WAIT,
                                         record_options, verb_record_add, "Add one on its DNS server." };
const struct verb verb_of_delete_record = { "delete", "KEY...",    VERB_WAIT,
                                            NULL,     verb_delete, "Delete them on their DNS servers." };
