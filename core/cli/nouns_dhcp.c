/* nouns_dhcp.c - the verbs of what DHCP servers have, and of addresses on them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/nouns_p.h"
#include "cli/verbs.h"

static const struct arg_option explain_options[] = {
    ARG_OPTION("server", "NAME", "The DHCP server; absent: that of the scope, or of the relay."),
    ARG_OPTION("scope", "PREFIX", "Scope of the link that the client is on."),
    ARG_OPTION("relay", "ADDRESS", "Address of its relay on that link; in place of a scope, or with one."),
    ARG_OPTION("mac", "HEX", "Its hardware address."),
    ARG_OPTION("client-id", "HEX", "Its DHCPv4 client identifier."),
    ARG_OPTION("duid", "HEX", "Its DHCPv6 client identifier."),
    ARG_OPTION("vendor-class", "TEXT", "The vendor class that it sends (DHCPv4)."),
    ARG_OPTION("user-class", "TEXT", "The user class that it sends."),
    ARG_OPTION("name", "TEXT", "The host name that it sends."),
    ARG_OPTION("options", "CODE=HEX", "Further options that it sends, with commas between them."),
    ARG_OPTION("asks", "CODES", "Codes of the options that it asks for, with commas between them."),
    { .name = NULL }
};
const struct verb verb_of_explain_client = { "explain",
                                             NULL,
                                             0,
                                             explain_options,
                                             verb_explain_client,
                                             "Show what a DHCP server would give a client, and why." };

static const struct arg_option replace_options[] = {
    ARG_OPTION_BARE("replace", "In place of the reservation that is there for that address."),
    { .name = NULL }
};

static const struct arg_option config_diff_options[] = {
    ARG_OPTION("to", "ID", "The other configuration; the one that the server has now when absent."),
    ARG_OPTION("context", "LINES", "How many lines around a change are shown; 3 when absent."),
    { .name = NULL }
};

const struct verb verb_of_config_text = {
    "text", "ID", 0, NULL, verb_config_text, "Show its text, with the secrets masked."
};
const struct verb verb_of_config_diff = {
    "diff", "ID", 0, config_diff_options, verb_config_diff, "Show what is different in another configuration."
};
const struct verb verb_of_restore_config = {
    "restore", "ID",      VERB_WAIT,
    NULL,      verb_post, "Give the server this configuration again; --dry-run shows the change."
};
static const struct arg_option release_options[] = {
    ARG_OPTION_BARE("keep-reservation",
                    "Leave the reservations that were made for them on their DHCP servers."),
    { .name = NULL }
};
const struct verb verb_of_release_address = { "delete",    "KEY...",
                                              0,           release_options,
                                              verb_delete, "Release them: they are free again." };
const struct verb verb_of_reserve_address = {
    "reserve",       "KEY...",  VERB_WAIT,
    replace_options, verb_post, "Reserve them on their DHCP servers, for their mac."
};
const struct verb verb_of_unreserve_address = {
    "unreserve", "KEY...", VERB_WAIT, NULL, verb_post, "Delete their reservations on their DHCP servers."
};
const struct verb verb_of_add_reservation = { "add",           "KEY",    VERB_CREATE | VERB_WAIT,
                                              replace_options, verb_add, "Add one on its DHCP server." };
const struct verb verb_of_adopt_drift = {
    "adopt", "KEY...", 0, NULL, verb_drift, "Let them be as they are now, with what came or went with them."
};
const struct verb verb_of_restore_drift = {
    "restore", "KEY...",   VERB_WAIT,
    NULL,      verb_drift, "Put back what was there, with what was in it, on their DHCP servers."
};
const struct verb verb_of_add_lease = {
    "add", "KEY",    VERB_CREATE | VERB_WAIT,
    NULL,  verb_add, "Lease an address, or a prefix, to a client on its DHCP server."
};
const struct verb verb_of_reserve_lease = { "reserve", "KEY...",
                                            VERB_WAIT, replace_options,
                                            verb_post, "Reserve their addresses for their clients." };
const struct verb verb_of_add_managed = { "add", "KEY",    VERB_CREATE | VERB_WAIT,
                                          NULL,  verb_add, "Add one on a DHCP server." };
const struct verb verb_of_put_managed = { "add", NULL,     VERB_CREATE | VERB_KEYS | VERB_WAIT,
                                          NULL,  verb_add, "Add one on a DHCP server." };
const struct verb verb_of_change_managed = {
    "set", "KEY...", VERB_SET | VERB_WAIT, NULL, verb_set, "Change fields of them on their DHCP servers."
};
const struct verb verb_of_delete_managed = { "delete", "KEY...",    VERB_WAIT,
                                             NULL,     verb_delete, "Delete them on their DHCP servers." };

#define EDIT(word, metavar_, help_)                                                                          \
    {                                                                                                        \
        .name = word, .kind = ARG_VALUE, .repeat = true, .metavar = metavar_, .help = help_                  \
    }
static const struct arg_option edit_options[] = {
    ARG_OPTION_BARE("scopes", "Edit scopes (also without any of these)."),
    ARG_OPTION_BARE("reservations", "Edit reservations."),
    ARG_OPTION_BARE("settings", "Edit the settings of whole servers."),
    ARG_OPTION_BARE("superscopes", "Edit superscopes."),
    ARG_OPTION_BARE("classes", "Edit classes."),
    ARG_OPTION("server", "NAME", "Of this server alone; '*': of all."),
    ARG_OPTION("within", "CIDR", "Those that lie in this prefix."),
    EDIT("where", "FIELD[.OP]=VALUE", "Only those whose field is so, as with list. All must hold."),
    EDIT("add", "KEY=VALUE",
         "Where there is none. KEY is a property, option.NAME or option.CODE; values of an option have "
         "commas between them."),
    EDIT("overwrite", "KEY=VALUE", "Whatever is there."),
    EDIT("append", "KEY=VALUE", "Behind what is there."),
    EDIT("replace", "KEY=OLD:NEW", "The one for the other; OLD->NEW where there are colons in them."),
    EDIT("delete", "KEY[=VALUE]", "This, or whatever is there."),
    ARG_OPTION("begin", "TIME", "Not before that time."),
    ARG_OPTION("window", "WINDOW",
               "Only then: \"mon-fri 22:00-05:00; sat,sun 00:00-24:00\", by the clock of the service."),
    { .name = NULL }
};
const struct verb verb_of_edit = {
    "edit", NULL, VERB_WAIT, edit_options, verb_edit, "Change many objects of DHCP servers by one plan."
};
