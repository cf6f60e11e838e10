/* nouns.c - the one table of what ipamctl can do: nouns, verbs, operands.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/nouns.h"

#include <string.h>

#include "cli/tree.h"
#include "cli/verbs.h"

static const struct arg_option list_options[] = {
    { "limit", NULL, 0, ARG_VALUE, false, "N", "Show at most N; all when absent.", NULL },
    { "count", NULL, 0, ARG_BARE, false, NULL, "Show only how many there are.", NULL },
    { 0 }
};
static const struct arg_option allocate_options[] = {
    { "subnet", NULL, 0, ARG_VALUE, false, "PREFIX", "Take addresses of this subnet.", NULL },
    { "range", NULL, 0, ARG_VALUE, false, "FIRST", "Take addresses of the range that begins with this one.", NULL },
    { "count", NULL, 0, ARG_VALUE, false, "N", "How many addresses; 1 when absent.", NULL },
    { "claim", NULL, 0, ARG_VALUE, false, "TEXT",
      "Name of the promise: the same claim gets the same addresses again, however often the command is repeated.", NULL },
    { "strategy", NULL, 0, ARG_VALUE, false, "first|random|sparse|last", "Which free ones; first when absent.", NULL },
    { "reservation", NULL, 0, ARG_BARE, false, NULL,
      "Reserve the address on the DHCP servers of its scopes too, for --mac or --identifier.", NULL },
    { "identifier", NULL, 0, ARG_VALUE, false, "TYPE=HEX",
      "By what the DHCP server knows the client, when it is not --mac: client-id=01:aa:bb.., duid=..", NULL },
    { 0 }
};
static const struct arg_option tree_options[] = {
    { "space", NULL, 0, ARG_VALUE, false, "NAME", "Only this address space.", NULL },
    { 0 }
};

static const struct verb list = { "list", NULL, VERB_FILTERS, list_options, "List them.", verb_list };
static const struct verb show = { "show", "KEY...", 0, NULL, "Show every field.", verb_show };
static const struct verb add = { "add", "KEY", VERB_CREATE, NULL, "Add one.", verb_add };
static const struct verb add_range = { "add", "FIRST-LAST", VERB_CREATE, NULL, "Add one.", verb_add };
static const struct verb add_wait = { "add", "KEY", VERB_CREATE | VERB_WAIT, NULL,
                                      "Add one on its DHCP server.", verb_add };
static const struct verb set = { "set", "KEY...", VERB_SET, NULL, "Change fields.", verb_set };
static const struct verb del = { "delete", "KEY...", 0, NULL, "Delete them.", verb_delete };
static const struct verb del_wait = { "delete", "KEY...", VERB_WAIT, NULL,
                                      "Delete them on their DHCP servers.", verb_delete };
static const struct verb release = { "delete", "KEY...", 0, NULL, "Release them: they are free again.", verb_delete };
static const struct verb collect = { "collect", "KEY...", VERB_WAIT, NULL,
                                     "Read its configuration and leases now.", verb_job };
static const struct verb probe = { "probe", "KEY...", VERB_WAIT, NULL,
                                   "Find out whether it can be reached and managed.", verb_job };
static const struct verb allocate = { "allocate", NULL, VERB_ALLOCATE | VERB_WAIT, allocate_options,
                                      "Take free addresses and keep them.", verb_allocate };
static const struct verb cancel = { "cancel", "KEY...", 0, NULL, "Stop them.", verb_cancel };
static const struct verb plan_show = { "show", "KEY", 0, NULL, "Show every field, and its steps.", verb_plan_show };
static const struct verb tree = { NULL, "[PREFIX]", 0, tree_options,
                                  "Draw blocks, subnets, scopes and ranges as a tree, with their utilisation.", verb_tree };

static const struct verb *const look[] = { &list, &show, NULL };
static const struct verb *const keep[] = { &list, &show, &add, &set, &del, NULL };
static const struct verb *const ranges[] = { &list, &show, &add_range, &set, &del, NULL };
static const struct verb *const servers[] = { &list, &show, &add, &set, &del, &collect, &probe, NULL };
static const struct verb *const addresses[] = { &list, &show, &add, &set, &release, &allocate, NULL };
static const struct verb *const reservations[] = { &list, &show, &add_wait, &del_wait, NULL };
static const struct verb *const plans[] = { &list, &plan_show, NULL };
static const struct verb *const jobs[] = { &list, &show, &cancel, NULL };
static const struct verb *const trees[] = { &tree, NULL };

const struct noun nouns[] = {
    { "server", IPAM_T_SERVER, "NAME", "name driver roles managed state product version collected", servers },
    { "space", IPAM_T_SPACE, "NAME", "id name description", look },
    { "block", IPAM_T_BLOCK, "PREFIX", "prefix name used size utilization", keep },
    { "subnet", IPAM_T_SUBNET, "PREFIX", "prefix name vlans managed_by instance used size utilization", keep },
    { "range", IPAM_T_RANGE, "FIRST", "first last kind name managed_by instance used size utilization", ranges },
    { "address", IPAM_T_ADDRESS, "ADDRESS", "address name mac claim managed_by dhcp_sync plan", addresses },
    { "scope", IPAM_T_SCOPE, "PREFIX", "prefix server name superscope lease_time used size utilization", look },
    { "reservation", IPAM_T_RESERVATION, "ADDRESS", "address server scope identifier_type identifier name",
      reservations },
    { "lease", IPAM_T_LEASE, "ADDRESS", "address server mac duid name state expires", look },
    { "plan", IPAM_T_PLAN, "ID", "id state server steps summary actor created finished", plans },
    { "job", IPAM_T_JOB, "ID", "id kind target state done total created finished message", jobs },
    { "change", IPAM_T_CHANGE, "REVISION", "id time actor operation objects reason", look },
    { "tree", IPAM_T_BLOCK, "PREFIX", "", trees },
    { 0 }
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
