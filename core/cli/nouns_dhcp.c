/* nouns_dhcp.c - the verbs of what DHCP servers have, and of addresses on them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/nouns_p.h"
#include "cli/verbs.h"

static const struct arg_option replace_options[] = {
    ARG_OPTION_BARE("replace", "In place of the reservation that is there for that address."),
    { .name = NULL }
};

const struct verb verb_of_reserve_address = {
    "reserve",       "KEY...",  VERB_WAIT,
    replace_options, verb_post, "Reserve them on their DHCP servers, for their mac."
};
const struct verb verb_of_unreserve_address = {
    "unreserve", "KEY...", VERB_WAIT, NULL, verb_post, "Delete their reservations on their DHCP servers."
};
const struct verb verb_of_add_reservation = { "add",           "KEY",    VERB_CREATE | VERB_WAIT,
                                              replace_options, verb_add, "Add one on its DHCP server." };
const struct verb verb_of_add_managed = { "add", "KEY",    VERB_CREATE | VERB_WAIT,
                                          NULL,  verb_add, "Add one on a DHCP server." };
const struct verb verb_of_put_managed = { "add", NULL,     VERB_CREATE | VERB_KEYS | VERB_WAIT,
                                          NULL,  verb_add, "Add one on a DHCP server." };
const struct verb verb_of_change_managed = {
    "set", "KEY...", VERB_SET | VERB_WAIT, NULL, verb_set, "Change fields of them on their DHCP servers."
};
const struct verb verb_of_delete_managed = { "delete", "KEY...",    VERB_WAIT,
                                             NULL,     verb_delete, "Delete them on their DHCP servers." };
