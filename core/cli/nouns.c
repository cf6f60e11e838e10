/* nouns.c - the one table of what ipamctl can do: nouns, verbs, operands.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/nouns_p.h"

#include "cli/access.h"
#include "cli/ask.h"
#include "cli/audit.h"
#include "cli/backup.h"
#include "cli/calc.h"
#include "cli/doctor.h"
#include "cli/groups.h"
#include "cli/map.h"
#include "cli/tree.h"
#include "cli/verbs.h"
#include "cli/watch.h"

static const struct arg_option allocate_options[] = {
    ARG_OPTION("subnet", "PREFIX", "Take addresses of this subnet."),
    ARG_OPTION("range", "FIRST", "Take addresses of the range that begins with this one."),
    ARG_OPTION("count", "N", "How many addresses; 1 when absent."),
    ARG_OPTION("claim", "TEXT",
               "Name of the promise: the same claim gets the same addresses again, however "
               "often the command is repeated."),
    ARG_OPTION(
        "strategy", "first|last|random|sparse|eui64",
        "Which free ones; first when absent. sparse: far from those in use; eui64: the one that the client "
        "makes of its --mac itself."),
    ARG_OPTION_BARE("contiguous", "Addresses that follow one another."),
    ARG_OPTION(
        "probe", "ping,dns,dhcp",
        "Look for each address first, by some of these; those that answer, have a name or are leased are "
        "passed over."),
    ARG_OPTION_BARE("reservation", "Reserve them on their DHCP server too, for --mac or --identifier."),
    ARG_OPTION("identifier", "TYPE=HEX",
               "By what the DHCP server knows the client, when it is not --mac: "
               "client-id=01:aa:bb.., duid=00:03.."),
    ARG_OPTION_BARE("dns", "Have the host record of --name and the PTR record in the DNS too."),
    ARG_OPTION("zone", "NAME@SERVER", "With --dns: zone of the host record; the longest when absent."),
    ARG_OPTION("reverse-zone", "NAME@SERVER", "With --dns: zone of the PTR record; the longest when absent."),
    ARG_OPTION("ttl", "SECONDS", "With --dns: time to live; that of the zone when absent."),
    { .name = NULL }
};
static const struct arg_option carve_options[] = {
    ARG_OPTION("prefix-length", "N", "How long the prefixes are to be."),
    ARG_OPTION("count", "N", "How many subnets; 1 when absent."),
    ARG_OPTION(
        "claim", "TEXT",
        "Name of the promise: the same claim gets the same subnets again, however often the command is "
        "repeated."),
    ARG_OPTION(
        "strategy", "first|random|sparse",
        "Which free prefixes; first when absent. sparse: the start of the largest that is free, so that what "
        "is carved can grow."),
    ARG_OPTION("name", "TEXT", "Name of the subnets."),
    ARG_OPTION("description", "TEXT", "What they are for."),
    { .name = NULL }
};
static const struct arg_option pool_options[] = {
    ARG_OPTION("count", "N", "How many addresses or subnets; 1 when absent."),
    ARG_OPTION("prefix-length", "N", "Of a pool of blocks: how long the prefixes of the subnets are to be."),
    ARG_OPTION_BARE("spread", "Several members may give a part each; else one gives all."),
    ARG_OPTION("claim", "TEXT",
               "Name of the promise: the same claim gets the same again, however often the command is "
               "repeated."),
    ARG_OPTION("strategy", "first|last|random|sparse",
               "Which free ones of a member; first when absent. sparse: far from those in use."),
    ARG_OPTION_BARE("contiguous", "Addresses that follow one another."),
    ARG_OPTION(
        "probe", "ping,dns,dhcp",
        "Look for each address first, by some of these; those that answer, have a name or are leased are "
        "passed over."),
    ARG_OPTION("name", "TEXT", "Name of the addresses or subnets."),
    ARG_OPTION("mac", "HEX", "Hardware address of who has the addresses."),
    ARG_OPTION("description", "TEXT", "What they are for."),
    ARG_OPTION_BARE("reservation", "Reserve them on their DHCP server too, for --mac."),
    { .name = NULL }
};
static const struct arg_option vlan_options[] = {
    ARG_OPTION("count", "N", "How many VLANs; 1 when absent."),
    ARG_OPTION("name", "TEXT", "Name of the VLAN; of several each has its id behind it."),
    ARG_OPTION("description", "TEXT", "What they are for."),
    ARG_OPTION("status", "planned|reserved|active|deprecated", "How far the plan for them has come."),
    ARG_OPTION("role", "TEXT", "What they do in the network."),
    ARG_OPTION("owner", "TEXT", "Who answers for them."),
    { .name = NULL }
};
static const struct arg_option length_options[] = {
    ARG_OPTION("length", "N", "How long the prefixes are to be."), { .name = NULL }
};
static const struct arg_option move_prefix_options[] = {
    ARG_OPTION("prefix", "PREFIX", "Where to: a prefix of the same size; where it is when absent."),
    ARG_OPTION("space", "SPACE", "Into which address space; it stays in its own when absent."),
    { .name = NULL }
};
static const struct arg_option move_range_options[] = {
    ARG_OPTION("first", "ADDRESS", "Its new first address; as it is when absent."),
    ARG_OPTION("last", "ADDRESS", "Its new last address; as it is when absent."),
    ARG_OPTION("space", "SPACE", "Into which address space, with the addresses in it."),
    { .name = NULL }
};
static const struct arg_option move_address_options[] = {
    ARG_OPTION("address", "ADDRESS", "Which address it is from now on; as it is when absent."),
    ARG_OPTION("space", "SPACE", "Into which address space; it stays in its own when absent."),
    { .name = NULL }
};
static const struct arg_option revert_options[] = {
    ARG_OPTION_BARE("cascade", "Undo the later revisions too that changed the same objects."),
    { .name = NULL }
};
static const struct arg_option diff_options[] = {
    ARG_OPTION("type", "RECORD", "Only objects of this record."), { .name = NULL }
};
static const struct arg_option free_prefix_options[] = {
    ARG_OPTION("prefix-length", "N", "All free prefixes of this length; as large as can be when absent."),
    ARG_OPTION("limit", "N", "Show at most N; 100 when absent."),
    ARG_OPTION_BARE("all", "Show all, however many."),
    { .name = NULL }
};
static const struct arg_option free_options[] = {
    ARG_OPTION(
        "probe", "ping,dns,dhcp",
        "Look for each address, by some of these, and show what was found; 10 addresses when there is no "
        "--limit."),
    ARG_OPTION("limit", "N", "Show at most N; 100 when absent."),
    ARG_OPTION_BARE("all", "Show all, however many."),
    { .name = NULL }
};
static const struct arg_option free_range_options[] = {
    ARG_OPTION_BARE("ask", "Ask the DHCP server that leases the range which ones it could give now."),
    ARG_OPTION(
        "probe", "ping,dns,dhcp",
        "Look for each address, by some of these, and show what was found; 10 addresses when there is no "
        "--limit."),
    ARG_OPTION("limit", "N", "Show at most N; 100 when absent."),
    ARG_OPTION_BARE("all", "Show all, however many."),
    { .name = NULL }
};
static const struct arg_option find_options[] = { ARG_OPTION("limit", "N",
                                                             "Show at most N; 100 when absent."),
                                                  ARG_OPTION_BARE("all", "Show all, however many."),
                                                  { .name = NULL } };
static const struct arg_option tree_options[] = { ARG_OPTION("space", "NAME", "Only this address space."),
                                                  { .name = NULL } };

static const struct arg_option follow_options[] = {
    ARG_OPTION("since", "REVISION", "Begin after this one, 0 for all; from now on when absent."),
    ARG_OPTION("type", "RECORD,...", "Only changes of these records."),
    ARG_OPTION("within", "PREFIX", "Only changes of what lies in it."),
    ARG_OPTION("limit", "N", "End after N changes."),
    { .name = NULL }
};

static const struct verb list = { "list", NULL, VERB_FILTERS, ask_list_options, verb_list, "List them." };
static const struct verb show = { "show", "KEY...", 0, ask_show_options, verb_show, "Show every field." };
static const struct verb add = { "add", "KEY", VERB_CREATE, NULL, verb_add, "Add one." };
static const struct verb set = { "set", "KEY...", VERB_SET, NULL, verb_set, "Change fields." };
static const struct verb del = { "delete", "KEY...", 0, NULL, verb_delete, "Delete them." };

static const struct verb collect = { "collect", "KEY...",  VERB_WAIT,
                                     NULL,      verb_post, "Read its configuration and leases now." };
static const struct verb probe = { "probe", "KEY...",  VERB_WAIT,
                                   NULL,    verb_post, "Find out whether it can be reached and managed." };
static const struct verb forget = { "delete",    "KEY...",
                                    VERB_WAIT,   NULL,
                                    verb_delete, "Delete them, and all that was collected from them." };
static const struct arg_option range_options[] = {
    ARG_OPTION_BARE("create-subnet", "With a prefix that lies in no subnet: make it one, too."),
    { .name = NULL }
};
static const struct verb add_range = { "add",       "FIRST-LAST",
                                       VERB_CREATE, range_options,
                                       verb_add,    "Add one; PREFIX adds one of all its usable addresses." };
static const struct verb end_quarantine = {
    "delete", "KEY...", 0, NULL, verb_delete, "End them: the addresses are free again."
};
static const struct verb allocate = { "allocate",       NULL,          VERB_ALLOCATE | VERB_WAIT,
                                      allocate_options, verb_allocate, "Take free addresses and keep them." };
static const struct verb carve = { "allocate",    "KEY",      0,
                                   carve_options, verb_carve, "Make subnets of its free prefixes." };
static const struct verb pool_allocate = {
    "allocate", "KEY", 0, pool_options, verb_pool_allocate, "Take of the first member that can give it."
};
static const struct verb vlan_allocate = {
    "allocate", "KEY", 0, vlan_options, verb_pool_allocate, "Make VLANs of its lowest free ids."
};
static const struct verb split = {
    "split", "KEY", 0, length_options, verb_reshape, "Split it into all its prefixes of a length."
};
static const struct verb merge = {
    "merge", "KEY...", 0, NULL, verb_reshape, "Merge it with others that make one prefix with it."
};
static const struct verb resize = { "resize",       "KEY",        0,
                                    length_options, verb_reshape, "Give it another length." };
static const struct verb move_block = {
    "move", "KEY", 0, move_prefix_options, verb_reshape, "Put it elsewhere."
};
static const struct verb move_subnet = {
    "move",       "KEY",
    VERB_WAIT,    move_prefix_options,
    verb_reshape, "Put it elsewhere, with its ranges and addresses; many of them by a job."
};
static const struct verb move_range = {
    "move", "KEY", 0, move_range_options, verb_reshape, "Put it elsewhere."
};
static const struct verb move_address = {
    "move", "KEY", 0, move_address_options, verb_reshape, "Give it another address or space."
};
static const struct verb revert = { "revert",       "REVISION",  0,
                                    revert_options, verb_revert, "Undo what it did, by a new revision." };
static const struct verb diff = {
    "diff",    "FROM [TO]",
    0,         diff_options,
    verb_diff, "Show what is different between two moments, each a revision or a time; TO is now when absent."
};
static const struct verb free_prefixes = { "free",    "KEY",
                                           0,         free_prefix_options,
                                           verb_free, "Show its free prefixes." };
static const struct verb free_addresses = { "free",       "KEY",     0,
                                            free_options, verb_free, "Show its runs of free addresses." };
static const struct verb free_in_range = { "free",    "KEY",
                                           0,         free_range_options,
                                           verb_free, "Show its runs of free addresses." };
static const struct arg_option reclaimable_options[] = {
    ARG_OPTION("expiry", "active|alert|expired",
               "Only those that are, or with commas several; all when absent."),
    ARG_OPTION("limit", "N", "Show at most N; 100 when absent."),
    ARG_OPTION_BARE("all", "Show all, however many."),
    { .name = NULL }
};
static const struct arg_option reclaim_options[] = {
    ARG_OPTION_BARE("expired", "Those that have expired."),
    ARG_OPTION_BARE("alert", "Those that expire soon; with --expired both."),
    { .name = "address",
      .kind = ARG_VALUE,
      .repeat = true,
      .metavar = "ADDRESS",
      .help = "This one, whether it has expired or not." },
    { .name = NULL }
};
static const struct verb reclaimable = {
    "reclaimable",
    "KEY...",
    0,
    reclaimable_options,
    verb_reclaimable,
    "Show the addresses that are mapped to them, and whether they have expired."
};
static const struct verb reclaim = {
    "reclaim",       "KEY...",     0,
    reclaim_options, verb_reclaim, "Delete addresses that are mapped to them; DHCP and DNS stay as they are."
};
static const struct verb cancel = { "cancel", "KEY...", 0, NULL, verb_post, "Stop them." };
static const struct verb use = { "use", "KEY...",  0,
                                 NULL,  verb_post, "Let them count, of the ranges that they overlap." };
static const struct arg_option map_zone_options[] = {
    ARG_OPTION("zone", "ZONE", "The reverse zone, such as 2.1.10.in-addr.arpa@ns1."),
    ARG_OPTION_BARE("none", "No zone: the addresses that one has made stay."),
    { .name = NULL }
};
static const struct verb map_zone = {
    "map-zone",       "KEY",         0,
    map_zone_options, verb_map_zone, "Map it to the reverse zone whose PTR records make addresses of it."
};
static const struct verb mappable_zones = { "mappable-zones",
                                            "KEY",
                                            0,
                                            find_options,
                                            verb_mappable_zones,
                                            "Show the reverse zones that could be mapped to it." };
static const struct verb address_records = { "records",
                                             "KEY",
                                             0,
                                             find_options,
                                             verb_address_records,
                                             "Show its DNS records, and those that lead to its names." };
static const struct verb record_address = {
    "address",
    "KEY...",
    0,
    NULL,
    verb_record_address,
    "Add the addresses of A, AAAA and PTR records to the plan, all or none."
};
static const struct verb resume = { "resume",  "KEY...",
                                    VERB_WAIT, NULL,
                                    verb_post, "Go on with them now, and with their steps that failed." };
static const struct verb undo_plan = { "undo", "KEY...",  VERB_WAIT,
                                       NULL,   verb_post, "Take back what they have done, by plans." };
static const struct verb show_plugin = {
    "show", "KEY...", 0, NULL, verb_plugin_show, "Show every field, and the servers it is opened for."
};
static const struct verb tree = {
    NULL,         "[PREFIX]", 0,
    tree_options, verb_tree,  "Draw blocks, subnets, scopes and ranges as a tree, with their utilisation."
};

static const struct verb follow = { "follow",       NULL,        0,
                                    follow_options, verb_follow, "Show changes as they come, until Ctrl-C." };
static const struct verb find = { NULL,
                                  "TEXT",
                                  0,
                                  find_options,
                                  verb_search,
                                  "Find records by an address, a prefix, a MAC address, client id or DUID in "
                                  "any spelling, or a name, whole or in part." };
static const struct arg_option secret_options[] = {
    ARG_OPTION("from-file", "FILE",
               "Take the value from FILE (- for standard input); without it, from standard input, or from a "
               "prompt on a terminal. One newline at the end is not part of it. Never on the command line, "
               "which others can see."),
    { .name = NULL }
};
static const struct verb add_secret = {
    "add", "KEY", 0, secret_options, verb_secret_add, "Store a new one."
};
static const struct verb set_secret = {
    "set",          "KEY",           0,
    secret_options, verb_secret_set, "Store another value; servers that use it are opened anew with it."
};
static const struct verb rotate_key = {
    "rotate-master-key",
    NULL,
    VERB_WAIT,
    NULL,
    verb_rotate_master_key,
    "Put all of them under a new master key, while they are in use; the old key's file is named in the end."
};
static const struct arg_option backup_options[] = {
    ARG_OPTION_BARE("verify", "Only check FILE, which needs no daemon."), { .name = NULL }
};
static const struct arg_option restore_options[] = {
    ARG_OPTION_BARE("replace", "Keep aside what is stored, and replace it."), { .name = NULL }
};
static const struct verb backup = {
    NULL,
    "FILE",
    VERB_ALONE,
    backup_options,
    verb_backup,
    "Write everything that is stored into a file, while the daemon goes on, and check it. Secrets are in it "
    "as ciphertext: the master key is not, and must be kept elsewhere."
};
static const struct verb restore = {
    NULL,
    "FILE",
    VERB_ALONE,
    restore_options,
    verb_restore,
    "Put a backup into the storage of a daemon that is stopped; it must be empty, or is replaced."
};

static const struct arg_option doctor_options[] = {
    ARG_OPTION_BARE("all", "Also what is well, and what could not be looked at."),
    ARG_OPTION_BARE("deep", "Let a running daemon read every row that is stored."),
    ARG_OPTION_BARE("list", "Only list the checks, with what each means and its remedy."),
    ARG_OPTION("credentials", "DIR",
               "Where the daemon's secrets are; its own environment says it when absent."),
    ARG_OPTION("unit", "FILE", "The unit that starts the daemon; the installed one when absent."),
    { .name = NULL }
};
static const struct verb doctor = {
    NULL,
    NULL,
    VERB_ALONE,
    doctor_options,
    verb_doctor,
    "Find what is wrong with an installation, where, and how to mend it; with the daemon up or down."
};

static const struct arg_option verify_options[] = {
    ARG_OPTION("public-key", "FILE",
               "The public key that was noted off the host; the daemon logs it at its start."),
    ARG_OPTION("checkpoints", "FILE",
               "What a sink took: its file, or a syslog. Without it nobody sees that an older copy is in the "
               "log's place."),
    { .name = NULL }
};
static const struct verb checkpoints = {
    "checkpoints",
    NULL,
    0,
    NULL,
    verb_audit_checkpoints,
    "List the signed checkpoints of the change log, and what sinks took of them."
};
static const struct verb checkpoint = {
    "checkpoint", NULL, 0, NULL, verb_audit_checkpoint, "Sign one now, of what has come until now."
};
static const struct verb audit_export = {
    "export",
    "FILE",
    0,
    NULL,
    verb_audit_export,
    "Write the change log with its checkpoints into a file, for ipam-audit-verify."
};
static const struct verb audit_verify = {
    "verify",
    NULL,
    0,
    verify_options,
    verb_audit_verify,
    "Judge the change log here: exit status 0 proved, 7 partly, 1 tampered, with each finding named."
};

static const struct arg_option scope_options[] = {
    ARG_OPTION("to", "PATH", "The access scope, such as /Global/Europe."),
    ARG_OPTION_BARE("inherit", "None of their own: they are in that of what holds them."),
    { .name = NULL }
};
static const struct verb set_scope = {
    "set-scope",
    "KEY...",
    0,
    scope_options,
    verb_set_scope,
    "Put them into an access scope, which decides who sees and may change them."
};

static const struct arg_option calc_options[] = {
    ARG_OPTION("split", "LENGTH", "List their subnets of this length; 65,536 at the most."),
    ARG_OPTION(
        "contains", "ADDRESS",
        "Say whether they hold this address, prefix or range: exit status 0 when one of them does, else "
        "1."),
    ARG_OPTION_BARE("summarize", "List the fewest prefixes that cover exactly what they cover together."),
    { .name = NULL }
};
static const struct verb calc = {
    NULL,
    "ADDRESS|PREFIX|RANGE...",
    VERB_ALONE,
    calc_options,
    verb_calc,
    "Tell what there is to know of an address, a prefix (10.1.2.37/24, or with a netmask) or a range "
    "(10.1.2.5-10.1.2.77): its bounds, size, category and names in the reverse DNS. Needs no daemon."
};
static const struct verb map = {
    NULL,
    "SUBNET",
    0,
    NULL,
    verb_map,
    "Draw a subnet as a grid of 16 cells a row: an address each, or an equal part of a larger "
    "subnet."
};
#define TREND_OPTIONS                                                                                        \
    ARG_OPTION("since", "DURATION", "How it was from so long ago on, such as 24h, 7d or 365d."),             \
        ARG_OPTION("from", "TIME", "The same from then on."),                                                \
        ARG_OPTION("to", "TIME", "Until then; until now when absent."),                                      \
        ARG_OPTION("step", "DURATION",                                                                       \
                   "Averages of steps of that length; as many as there is room for when absent.")
static const struct arg_option utilization_options[] = {
    TREND_OPTIONS,
    ARG_OPTION("family", "ipv4|ipv6", "Of a space: only this protocol."),
    ARG_OPTION("as", "subnet|block|range|space",
               "What the key is of; a prefix is a subnet's, or else a block's, when absent."),
    { .name = NULL }
};
static const struct verb utilization = {
    NULL,
    "KEY",
    VERB_PICTURE,
    utilization_options,
    verb_utilization,
    "Show how full a space (its name), a block or subnet (its prefix) or a range (its first address) is, and "
    "when it will be full; with a time, how it was, as a chart or (-o svg) as a picture."
};
static const struct arg_option node_options[] = {
    TREND_OPTIONS,
    ARG_OPTION("family", "ipv4|ipv6", "Only this protocol."),
    ARG_OPTION_BARE("unmapped", "Of the node below these values that has what has none."),
    { .name = NULL }
};
static const struct verb node_utilization = {
    "utilization",
    "KEY [VALUE...]",
    VERB_PICTURE,
    node_options,
    verb_node_utilization,
    "Show how full the subnets or ranges of a group, or of its node with these values (one a level), are "
    "together; with a time, how it was, as a chart or (-o svg) as a picture."
};
static const struct arg_option children_options[] = {
    ARG_OPTION_BARE("children",
                    "Also all blocks below them, many as a job; else those have their parent as theirs."),
    { .name = NULL }
};
static const struct arg_option inside_options[] = {
    ARG_OPTION_BARE("children", "Also what lies in them, much of it as a job: ranges and addresses of a "
                                "subnet, addresses of a range."),
    { .name = NULL }
};
static const struct verb del_with = { "delete",       "KEY...",    VERB_WAIT,
                                      inside_options, verb_delete, "Delete them." };
static const struct verb del_block = { "delete",         "KEY...",    VERB_WAIT,
                                       children_options, verb_delete, "Delete them." };

static const struct arg_option value_options[] = {
    { .name = "rename",
      .kind = ARG_VALUE,
      .repeat = true,
      .metavar = "OLD=NEW",
      .help = "Call a value otherwise, in all objects that have it too." },
    { .name = "remove",
      .kind = ARG_VALUE,
      .repeat = true,
      .metavar = "VALUE",
      .help = "Remove a value that nothing uses." },
    { .name = "add", .kind = ARG_VALUE, .repeat = true, .metavar = "VALUE", .help = "Add a value." },
    { .name = NULL }
};
static const struct verb set_custom_values = {
    "set-values", "KEY", 0, value_options, verb_set_values, "Rename, remove and add values."
};
static const struct verb group_tree = {
    "tree", "KEY", 0, NULL, verb_group_tree, "Count its objects by their values, level by level."
};
static const struct verb add_link = { "add", "FIELD",  VERB_CREATE,
                                      NULL,  verb_add, "Link a custom field with a second one." };

static const struct arg_option run_options[] = {
    ARG_OPTION("limit", "N", "Show at most N."),
    ARG_OPTION_BARE("all", "Show all, however many; also when no limit is given."),
    ARG_OPTION("at", "TIME", "As it was at this revision, at this time, or so long ago."),
    { .name = NULL }
};
static const struct verb run_query = { "run",       "KEY",          0,
                                       run_options, verb_query_run, "Show the list that it asks for." };

static const struct arg_option report_free_options[] = {
    ARG_OPTION("within", "PREFIX", "Only blocks that lie in it."),
    ARG_OPTION("space", "NAME", "Only those of this address space."),
    ARG_OPTION("length", "N", "Count the free prefixes of this length, too."),
    ARG_OPTION("limit", "N", "Show at most N."),
    ARG_OPTION_BARE("all", "Show all, however many; also when no limit is given."),
    { .name = NULL }
};
static const struct arg_option report_owners_options[] = {
    ARG_OPTION("within", "PREFIX", "Only what lies in it."),
    ARG_OPTION("limit", "N", "Show at most N."),
    ARG_OPTION_BARE("all", "Show all, however many; also when no limit is given."),
    { .name = NULL }
};
static const struct verb report_free = { "free-space",
                                         NULL,
                                         0,
                                         report_free_options,
                                         verb_report_free,
                                         "Show what is in use and free in each block." };
static const struct verb report_owners = {
    "owners", NULL, 0, report_owners_options, verb_report_owners, "Show what each owner answers for."
};

static const struct verb *const look[] = { &list, &show, NULL };
static const struct verb *const scoped[] = { &list, &show, &set_scope, NULL };
static const struct verb *const scopes[] = {
    &list, &show, &verb_of_add_managed, &verb_of_change_managed, &verb_of_delete_managed, &set_scope, NULL
};
static const struct verb *const superscopes[] = {
    &list, &show, &verb_of_put_managed, &verb_of_change_managed, &verb_of_delete_managed, &set_scope, NULL
};
static const struct verb *const managed[] = {
    &list, &show, &verb_of_put_managed, &verb_of_change_managed, &verb_of_delete_managed, NULL
};
static const struct verb *const settings[] = { &list, &show, &verb_of_change_managed, NULL };
static const struct verb *const keep[] = { &list, &show, &add, &set, &del, NULL };
static const struct verb *const keep_scoped[] = { &list, &show, &add, &set, &del, &set_scope, NULL };
static const struct verb *const blocks[] = { &list,  &show,          &add,   &set,   &del_block, &set_scope,
                                             &carve, &free_prefixes, &split, &merge, &resize,    &move_block,
                                             NULL };
static const struct verb *const subnets[] = {
    &list,           &show,  &add,   &set,    &del_with,    &set_scope,
    &free_addresses, &split, &merge, &resize, &move_subnet, NULL
};
static const struct verb *const custom_fields[] = {
    &list, &show, &add, &set, &set_custom_values, &del, NULL
};
static const struct verb *const queries[] = { &list, &show, &add, &set, &del, &run_query, NULL };
static const struct verb *const reports[] = { &list, &report_free, &report_owners, NULL };
static const struct verb *const field_links[] = { &list, &show, &add_link, &set, &del, NULL };
static const struct verb *const logical_groups[] = {
    &list, &show, &add, &set, &del, &group_tree, &node_utilization, NULL
};
static const struct verb *const servers[] = { &list,    &show,  &add,       &set, &forget,
                                              &collect, &probe, &set_scope, NULL };
static const struct verb *const ranges[] = { &list,           &show,      &add_range,     &set,
                                             &del_with,       &set_scope, &free_in_range, &move_range,
                                             &reclaimable,    &reclaim,   &use,           &map_zone,
                                             &mappable_zones, NULL };
static const struct verb *const policies[] = { &list, &show, &verb_of_add_policy, &set, &del, NULL };
static const struct verb *const accesses[] = { &verb_of_explain,   &verb_of_who_can, &verb_of_binding,
                                               &verb_of_recompute, &verb_of_recover, NULL };
static const struct verb *const addresses[] = { &list,
                                                &show,
                                                &add,
                                                &set,
                                                &verb_of_release_address,
                                                &allocate,
                                                &verb_of_reserve_address,
                                                &verb_of_unreserve_address,
                                                &move_address,
                                                &address_records,
                                                &verb_of_register,
                                                &verb_of_unregister,
                                                NULL };
static const struct verb *const records[] = {
    &list, &show, &verb_of_add_record, &verb_of_delete_record, &record_address, NULL
};
static const struct verb *const address_pools[] = { &list, &show, &add, &set, &del, &pool_allocate, NULL };
static const struct verb *const vlan_groups[] = { &list, &show,      &add,           &set,
                                                  &del,  &set_scope, &vlan_allocate, NULL };
static const struct verb *const reservations[] = {
    &list, &show, &verb_of_add_reservation, &verb_of_change_managed, &verb_of_delete_managed, NULL
};
static const struct verb *const leases[] = { &list,
                                             &show,
                                             &verb_of_add_lease,
                                             &verb_of_delete_managed,
                                             &verb_of_reserve_lease,
                                             &verb_of_explain_client,
                                             NULL };
static const struct verb *const server_configs[] = {
    &list, &show, &verb_of_config_text, &verb_of_config_diff, &verb_of_restore_config, NULL
};
static const struct verb *const quarantines[] = { &list, &show, &end_quarantine, NULL };
static const struct verb *const drifts[] = { &list, &show, &verb_of_adopt_drift, &verb_of_restore_drift,
                                             NULL };
static const struct verb *const plans[] = { &list, &show, &resume, &undo_plan, NULL };
static const struct verb *const edits[] = { &verb_of_edit, NULL };
static const struct verb *const jobs[] = { &list, &show, &cancel, &verb_of_undo_job, NULL };
static const struct verb *const secrets[] = {
    &list, &show, &add_secret, &set_secret, &del, &rotate_key, NULL
};
static const struct verb *const users[] = { &list, &show, &verb_of_add_user,
                                            &set,  &del,  &verb_of_set_password,
                                            NULL };
static const struct verb *const tokens[] = { &list, &show, &verb_of_add_token, &set, &verb_of_revoke, NULL };
static const struct verb *const sessions[] = { &list, &show, &verb_of_end_session, NULL };
static const struct verb *const logins[] = { &verb_of_login, NULL };
static const struct verb *const logouts[] = { &verb_of_logout, NULL };
static const struct verb *const tasks[] = { &list, &show, &verb_of_run_task, &verb_of_purge_task, NULL };
static const struct verb *const changes[] = { &list, &show, &follow, &revert, &diff, NULL };
static const struct verb *const plugins[] = { &list, &show_plugin, NULL };
static const struct verb *const instances[] = { &list, NULL };
static const struct verb *const trees[] = { &tree, NULL };
static const struct verb *const calcs[] = { &calc, NULL };
static const struct verb *const utilizations[] = { &utilization, NULL };
static const struct verb *const maps[] = { &map, NULL };
static const struct verb *const imports[] = { &verb_of_import, NULL };
static const struct verb *const exports[] = { &verb_of_export, NULL };
static const struct verb *const finds[] = { &find, NULL };
static const struct verb *const backups[] = { &backup, NULL };
static const struct verb *const doctors[] = { &doctor, NULL };
static const struct verb *const audits[] = { &checkpoints, &checkpoint, &audit_export, &audit_verify, NULL };
static const struct verb *const restores[] = { &restore, NULL };

const struct noun nouns[] = {
    { "server", IPAM_T_SERVER, "NAME", servers,
      "name driver roles managed state availability product version collected" },
    { "space", IPAM_T_SPACE, "NAME", keep_scoped,
      "id name kind provider isolation tenant used4 used6 description" },
    { "block", IPAM_T_BLOCK, "PREFIX", blocks, "prefix name used size utilization" },
    { "subnet", IPAM_T_SUBNET, "PREFIX", subnets,
      "prefix name vlans managed_by instance used size utilization" },
    { "range", IPAM_T_RANGE, "FIRST", ranges,
      "first last kind name managed_by instance used size utilization" },
    { "address", IPAM_T_ADDRESS, "ADDRESS", addresses, "address name mac claim managed_by dhcp_sync plan" },
    { "quarantine", IPAM_T_QUARANTINE, "ADDRESS", quarantines, "address since until name mac" },
    { "address-pool", IPAM_T_ADDRESS_POOL, "NAME", address_pools, "id name keys used size utilization" },
    { "vlan-group", IPAM_T_VLAN_GROUP, "NAME", vlan_groups, "id name min_vid max_vid used free site" },
    { "vlan", IPAM_T_VLAN, "VID@GROUP", keep_scoped, "id group vid name status role description" },
    { "vrf", IPAM_T_VRF, "NAME", keep_scoped, "id name rd import_targets export_targets description" },
    { "conflict", IPAM_T_CONFLICT, "ID", look, "id kind first last age opened_rev parties" },
    { "custom-field", IPAM_T_CUSTOM_FIELD, "NAME", custom_fields, "id name kind builtin values" },
    { "field-link", IPAM_T_FIELD_LINK, "ID", field_links, "id first second pairs" },
    { "logical-group", IPAM_T_LOGICAL_GROUP, "NAME", logical_groups, "id name of builtin levels" },
    { "scope", IPAM_T_SCOPE, "PREFIX", scopes,
      "prefix server name superscope lease_time used size utilization" },
    { "reservation", IPAM_T_RESERVATION, "ADDRESS", reservations,
      "address server scope identifier_type identifier name" },
    { "lease", IPAM_T_LEASE, "ADDRESS", leases, "address server mac duid name state expires" },
    { "pool", IPAM_T_POOL, "ID", managed,
      "id server scope first last delegated_length used size utilization" },
    { "exclusion", IPAM_T_EXCLUSION, "ID", managed, "id server scope first last description" },
    { "superscope", IPAM_T_SUPERSCOPE, "ID", superscopes,
      "id name server family state interface description" },
    { "option", IPAM_T_OPTION_VALUE, "ID", managed,
      "id server owner native_scope holder space code name values" },
    { "option-definition", IPAM_T_OPTION_DEFINITION, "ID", managed,
      "id server family space code name type array" },
    { "class", IPAM_T_DHCP_CLASS, "ID", managed, "id name server family kind test description" },
    { "policy", IPAM_T_DHCP_POLICY, "ID", look,
      "id name server native_scope order enabled operator description" },
    { "condition", IPAM_T_DHCP_CONDITION, "ID", look, "id server policy seq kind negated values" },
    { "policy-range", IPAM_T_DHCP_POLICY_RANGE, "ID", look, "id server policy first last" },
    { "filter", IPAM_T_DHCP_FILTER, "ID", look, "id pattern list server description" },
    { "failover", IPAM_T_FAILOVER, "ID", look,
      "id name server mode role partner state partner_state state_since" },
    { "dhcp-server", IPAM_T_DHCP_SERVER, "ID", settings,
      "id server family lease_time dns_update interfaces" },
    { "server-config", IPAM_T_SERVER_CONFIG, "ID", server_configs,
      "id server part first_seen last_seen until bytes whole" },
    { "zone", IPAM_T_ZONE, "NAME@SERVER", scoped, "id name server view type lookup state serial message" },
    { "record", IPAM_T_DNS_RECORD, "ID", records, "id name type data ttl zone address" },
    { "statistic", IPAM_T_DHCP_STATISTIC, "ID", look, "server target name count level unit" },
    { "check", IPAM_T_SERVER_CHECK, "ID", look, "server channel state since checked message remedy" },
    { "drift", IPAM_T_DRIFT, "ID", drifts, "id state server verb object differs since seen decided_by" },
    { "plan", IPAM_T_PLAN, "ID", plans, "id state server steps ended failed summary actor created finished" },
    { "dhcp", IPAM_T_PLAN, "", edits, "id state steps ended failed drifted summary" },
    { "job", IPAM_T_JOB, "ID", jobs, "id kind target state done total created finished message" },
    { "task", IPAM_T_TASK, "NAME", tasks,
      "name state interval servers running failing last_run next_run last_result message" },
    { "alert", IPAM_T_ALERT, "ID", look, "id kind about key since repeated last message" },
    { "query", IPAM_T_SAVED_QUERY, "NAME", queries, "name list query shared made_by description" },
    { "report", IPAM_T_REPORT, "NAME", reports, "name title description" },
    { "role", IPAM_T_ROLE, "NAME", keep, "name kind title description" },
    { "access-scope", IPAM_T_ACCESS_SCOPE, "PATH", keep, "id path description" },
    { "access-policy", IPAM_T_ACCESS_POLICY, "ID", policies,
      "id principal role scope from until max_blocks description" },
    { "operation", IPAM_T_OPERATION, "NAME", look, "name roles published" },
    { "user", IPAM_T_USER, "NAME", users, "name kind full_name disabled expires password_changed" },
    { "group", IPAM_T_GROUP, "NAME", keep, "name role members description" },
    { "token", IPAM_T_TOKEN, "NAME@USER", tokens,
      "id user name prefix role networks expires last_used last_peer" },
    { "session", IPAM_T_SESSION, "ID", sessions, "id name prefix created expires last_used last_peer" },
    { "login", IPAM_T_SESSION, "USER", logins, "name expires" },
    { "logout", IPAM_T_SESSION, "", logouts, "" },
    { "access", IPAM_T_RECOVERY, "", accesses, "token file created" },
    { "secret", IPAM_T_SECRET, "NAME", secrets, "name version created changed users" },
    { "change", IPAM_T_CHANGE, "REVISION", changes, "id time actor operation objects reason" },
    { "plugin", IPAM_T_PLUGIN_INFO, "NAME", plugins,
      "name version kinds isolation state instances running zombies restarts message" },
    { "instance", IPAM_T_INSTANCE, "PLUGIN", instances,
      "plugin target kind state breaker doing calls failures message" },
    { "tree", IPAM_T_BLOCK, "PREFIX", trees, "" },
    { "map", IPAM_T_SUBNET, "SUBNET", maps, "" },
    { "utilization", IPAM_T_SUBNET, "KEY", utilizations, "" },
    { "calc", IPAM_T_SUBNET, "PREFIX", calcs, "" },
    { "import", IPAM_T_JOB, "NOUN", imports, "" },
    { "export", IPAM_T_JOB, "NOUN", exports, "" },
    { "find", IPAM_T_ADDRESS, "TEXT", finds, "" },
    { "backup", IPAM_T_CHANGE, "FILE", backups, "" },
    { "restore", IPAM_T_CHANGE, "FILE", restores, "" },
    { "audit", IPAM_T_CHANGE, "FILE", audits, "" },
    { "doctor", IPAM_T_CHANGE, "", doctors, "" },
    { .name = NULL }
};
