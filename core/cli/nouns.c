/* nouns.c - the one table of what ipamctl can do: nouns, verbs, operands.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/nouns.h"

#include <string.h>

#include "cli/tree.h"
#include "cli/verbs.h"

static const struct arg_option list_options[] = {
    ARG_OPTION("limit", "N", "Show at most N; all when absent."),
    ARG_OPTION_BARE("count", "Show only how many there are."),
    { .name = NULL }
};
static const struct arg_option allocate_options[] = {
    ARG_OPTION("subnet", "PREFIX", "Take addresses of this subnet."),
    ARG_OPTION("range", "FIRST", "Take addresses of the range that begins with this one."),
    ARG_OPTION("count", "N", "How many addresses; 1 when absent."),
    ARG_OPTION("claim", "TEXT", "Name of the promise: the same claim gets the same addresses again, however "
                                "often the command is repeated."),
    ARG_OPTION("strategy", "first|random|sparse|last", "Which free ones; first when absent."),
    ARG_OPTION_BARE("reservation", "Reserve them on their DHCP server too, for --mac or --identifier."),
    ARG_OPTION("identifier", "TYPE=HEX", "By what the DHCP server knows the client, when it is not --mac: "
                                         "client-id=01:aa:bb.., duid=00:03.."),
    { .name = NULL }
};
static const struct arg_option tree_options[] = {
    ARG_OPTION("space", "NAME", "Only this address space."),
    { .name = NULL }
};

static const struct verb list = { "list", NULL, VERB_FILTERS, list_options, verb_list, "List them." };
static const struct verb show = { "show", "KEY...", 0, NULL, verb_show, "Show every field." };
static const struct verb add = { "add", "KEY", VERB_CREATE, NULL, verb_add, "Add one." };
static const struct verb set = { "set", "KEY...", VERB_SET, NULL, verb_set, "Change fields." };
static const struct verb del = { "delete", "KEY...", 0, NULL, verb_delete, "Delete them." };

static const struct verb collect = {
    "collect", "KEY...", VERB_WAIT, NULL, verb_post, "Read its configuration and leases now."
};
static const struct verb probe = {
    "probe", "KEY...", VERB_WAIT, NULL, verb_post, "Find out whether it can be reached and managed."
};
static const struct verb forget = {
    "delete", "KEY...", VERB_WAIT, NULL, verb_delete, "Delete them, and all that was collected from them."
};
static const struct verb add_range = { "add", "FIRST-LAST", VERB_CREATE, NULL, verb_add, "Add one." };
static const struct verb release = {
    "delete", "KEY...", 0, NULL, verb_delete, "Release them: they are free again."
};
static const struct verb allocate = {
    "allocate", NULL, VERB_ALLOCATE | VERB_WAIT, allocate_options, verb_allocate,
    "Take free addresses and keep them."
};
static const struct verb reserve = {
    "add", "KEY", VERB_CREATE | VERB_WAIT, NULL, verb_add, "Add one on its DHCP server."
};
static const struct verb unreserve = {
    "delete", "KEY...", VERB_WAIT, NULL, verb_delete, "Delete them on their DHCP servers."
};
static const struct verb cancel = { "cancel", "KEY...", 0, NULL, verb_post, "Stop them." };
static const struct verb resume = { "resume", "KEY...", 0, NULL, verb_post, "Go on with them now." };
static const struct verb show_plugin = {
    "show", "KEY...", 0, NULL, verb_plugin_show, "Show every field, and the servers it is opened for."
};
static const struct verb tree = {
    NULL, "[PREFIX]", 0, tree_options, verb_tree,
    "Draw blocks, subnets, scopes and ranges as a tree, with their utilisation."
};

static const struct verb *const look[] = { &list, &show, NULL };
static const struct verb *const keep[] = { &list, &show, &add, &set, &del, NULL };
static const struct verb *const servers[] = { &list, &show, &add, &set, &forget, &collect, &probe, NULL };
static const struct verb *const ranges[] = { &list, &show, &add_range, &set, &del, NULL };
static const struct verb *const addresses[] = { &list, &show, &add, &set, &release, &allocate, NULL };
static const struct verb *const reservations[] = { &list, &show, &reserve, &unreserve, NULL };
static const struct verb *const plans[] = { &list, &show, &resume, NULL };
static const struct verb *const jobs[] = { &list, &show, &cancel, NULL };
static const struct verb *const plugins[] = { &list, &show_plugin, NULL };
static const struct verb *const instances[] = { &list, NULL };
static const struct verb *const trees[] = { &tree, NULL };

const struct noun nouns[] = {
    { "server", IPAM_T_SERVER, "NAME", servers, "name driver roles managed state product version collected" },
    { "space", IPAM_T_SPACE, "NAME", look, "id name description" },
    { "block", IPAM_T_BLOCK, "PREFIX", keep, "prefix name used size utilization" },
    { "subnet", IPAM_T_SUBNET, "PREFIX", keep,
      "prefix name vlans managed_by instance used size utilization" },
    { "range", IPAM_T_RANGE, "FIRST", ranges,
      "first last kind name managed_by instance used size utilization" },
    { "address", IPAM_T_ADDRESS, "ADDRESS", addresses, "address name mac claim managed_by dhcp_sync plan" },
    { "scope", IPAM_T_SCOPE, "PREFIX", look,
      "prefix server name superscope lease_time used size utilization" },
    { "reservation", IPAM_T_RESERVATION, "ADDRESS", reservations,
      "address server scope identifier_type identifier name" },
    { "lease", IPAM_T_LEASE, "ADDRESS", look, "address server mac duid name state expires" },
    { "plan", IPAM_T_PLAN, "ID", plans, "id state server steps summary actor created finished" },
    { "job", IPAM_T_JOB, "ID", jobs, "id kind target state done total created finished message" },
    { "change", IPAM_T_CHANGE, "REVISION", look, "id time actor operation objects reason" },
    { "plugin", IPAM_T_PLUGIN_INFO, "NAME", plugins,
      "name version kinds isolation state instances running zombies restarts message" },
    { "instance", IPAM_T_INSTANCE, "PLUGIN", instances,
      "plugin target kind state breaker doing calls failures message" },
    { "tree", IPAM_T_BLOCK, "PREFIX", trees, "" },
    { .name = NULL }
};

const struct noun *noun_find(const char *name)
{
    for (const struct noun *n = nouns; n->name != NULL; n++)
        if (strcmp(n->name, name) == 0)
            return n;
    return NULL;
}

const struct noun *noun_of_type(uint32_t type)
{
    for (const struct noun *n = nouns; n->name != NULL; n++)
        if (n->type == type)
            return n;
    return NULL;
}

const struct verb *verb_find(const struct noun *n, const char *name)
{
    for (const struct verb *const *v = n->verbs; *v != NULL; v++)
        if ((*v)->name != NULL && strcmp((*v)->name, name) == 0)
            return *v;
    return NULL;
}

static int unknown(const char *what, const char *name, const char *best, const struct strbuf *all)
{
    if (best != NULL)
        cli_error("unknown %s '%s'; did you mean '%s'? There are:%s", what, name, best, all->data);
    else
        cli_error("unknown %s '%s'. There are:%s", what, name, all->data);
    return CLI_USAGE;
}

int noun_unknown(const char *name)
{
    const char *best = NULL;
    unsigned distance = 0;
    struct strbuf all;
    int rc;

    strbuf_init(&all, 4096);
    for (const struct noun *n = nouns; n->name != NULL; n++) {
        text_nearest(name, n->name, &best, &distance);
        strbuf_printf(&all, " %s", n->name);
    }
    rc = unknown("noun", name, best, &all);
    strbuf_fini(&all);
    return rc;
}

int verb_unknown(const struct noun *n, const char *name)
{
    const char *best = NULL;
    unsigned distance = 0;
    struct strbuf all, what;
    int rc;

    strbuf_init(&all, 4096);
    strbuf_init(&what, 64);
    strbuf_printf(&what, "verb of %s", n->name);
    for (const struct verb *const *v = n->verbs; *v != NULL; v++) {
        text_nearest(name, (*v)->name, &best, &distance);
        strbuf_printf(&all, " %s", (*v)->name);
    }
    rc = unknown(what.data, name, best, &all);
    strbuf_fini(&what);
    strbuf_fini(&all);
    return rc;
}
