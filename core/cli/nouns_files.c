/* nouns_files.c - the verbs that take whole collections in as files, and write them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/nouns_p.h"
#include "cli/verbs.h"

static const struct arg_option import_options[] = {
    ARG_OPTION("mode", "create|upsert|sync",
               "Only new ones; or change those that are there; or also delete those that the "
               "file does not have. create when absent."),
    ARG_OPTION_BARE("all-or-nothing", "Keep the good rows only if all are good."),
    ARG_OPTION("space", "NAME", "With --mode sync: only what is in this space is deleted."),
    ARG_OPTION("server", "NAME",
               "Of reservations: the DHCP server that the rows are for, and --mode sync deletes on."),
    ARG_OPTION("scope", "PREFIX", "Of reservations: the same of one scope."),
    ARG_OPTION("within", "PREFIX", "With --mode sync: only what lies inside this prefix is deleted."),
    ARG_OPTION("managed-by", "SERVICE", "With --mode sync: only what this service manages is deleted; IPAM."),
    ARG_OPTION("instance", "NAME", "With --mode sync: only what this instance of it manages; Localhost."),
    ARG_OPTION_BARE("children",
                    "With --mode sync, of ranges: delete the addresses that are mapped to them too."),
    ARG_OPTION_BARE("create-source",
                    "Add services and instances that the file names to the custom fields "
                    "\"Managed by\" and \"Managed by entity\", where they are no values of them."),
    ARG_OPTION("dialect", "windows|netbox|phpipam|rir",
               "The file is another product's: its CSV, or NetBox's REST JSON, or a dump of phpIPAM's "
               "database; or what a registry publishes (delegated-extended). What NOUN names is taken out "
               "of it; the rest is told."),
    { .name = NULL }
};
static const struct arg_option export_options[] = {
    ARG_OPTION("within", "PREFIX", "Only what lies inside this prefix."),
    ARG_OPTION("overlaps", "PREFIX", "Only what has an address in common with this prefix."),
    ARG_OPTION("contains", "ADDRESS", "Only what holds this address or prefix."),
    { .name = "where",
      .alias = "filter",
      .kind = ARG_VALUE,
      .repeat = true,
      .metavar = "FIELD[.OP]=VALUE",
      .help = "Only those whose field is so, as ipamctl NOUN list takes it. All must hold." },
    ARG_OPTION("order", "[-]FIELD", "Order by this field; with - the greatest first."),
    ARG_OPTION("fields", "A,B,..", "These columns alone; all when absent, as import takes them."),
    ARG_OPTION("at", "WHEN", "As it was then: a revision, a time, or how long ago, such as 7d."),
    ARG_OPTION("dialect", "windows", "As CSV that this product takes, of subnets, ranges or addresses."),
    { .name = NULL }
};

const struct verb verb_of_import = {
    NULL,        "NOUN FILE",
    VERB_WAIT,   import_options,
    verb_import, "Take a file of CSV (- for standard input) into a collection; its first line names fields."
};
const struct verb verb_of_export = {
    NULL,        "NOUN",
    0,           export_options,
    verb_export, "Write a collection, or what filters leave of it, as CSV, as import takes it."
};
