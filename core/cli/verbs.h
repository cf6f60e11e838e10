/* verbs.h - what the verbs do. Every one returns an exit code.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include "cli/nouns.h"

int verb_search(struct cli *c, const struct command *cmd);
int verb_list(struct cli *c, const struct command *cmd);
int verb_show(struct cli *c, const struct command *cmd);
int verb_add(struct cli *c, const struct command *cmd);
int verb_set(struct cli *c, const struct command *cmd);
int verb_delete(struct cli *c, const struct command *cmd);
/* POST .../{key}/VERB with the verb's own name. */
int verb_post(struct cli *c, const struct command *cmd);
int verb_purge(struct cli *c, const struct command *cmd);
/* Whole collections as CSV (import.c). */
int verb_import(struct cli *c, const struct command *cmd);
int verb_export(struct cli *c, const struct command *cmd);
int verb_allocate(struct cli *c, const struct command *cmd);
/* What is free in a block, subnet or range; subnets made of free prefixes of a block (free.c). */
int verb_free(struct cli *c, const struct command *cmd);
/* How full a space, block, subnet or range is, was and will be (utilization.c). */
int verb_utilization(struct cli *c, const struct command *cmd);
int verb_node_utilization(struct cli *c, const struct command *cmd);
int verb_carve(struct cli *c, const struct command *cmd);
int verb_pool_allocate(struct cli *c, const struct command *cmd);
/* One edit over many objects of DHCP servers (edit.c). */
int verb_edit(struct cli *c, const struct command *cmd);
/* The addresses that are mapped to a range, and deleting them (reclaim.c). */
int verb_reclaimable(struct cli *c, const struct command *cmd);
int verb_reclaim(struct cli *c, const struct command *cmd);
/* Reverse zones of a range, records of an address, addresses of records (dns.c). */
int verb_map_zone(struct cli *c, const struct command *cmd);
int verb_mappable_zones(struct cli *c, const struct command *cmd);
int verb_address_records(struct cli *c, const struct command *cmd);
int verb_record_address(struct cli *c, const struct command *cmd);
/* The list of a saved query (queries.c). */
int verb_query_run(struct cli *c, const struct command *cmd);
/* What is free in blocks, what somebody answers for (reports.c). */
int verb_explain_client(struct cli *c, const struct command *cmd);
int verb_report_free(struct cli *c, const struct command *cmd);
int verb_report_owners(struct cli *c, const struct command *cmd);
/* Records of the DNS (dns.c): of addresses, register and unregister; by themselves. */
int verb_drift(struct cli *c, const struct command *cmd);
int verb_register(struct cli *c, const struct command *cmd);
int verb_record_add(struct cli *c, const struct command *cmd);
int verb_reshape(struct cli *c, const struct command *cmd);
int verb_revert(struct cli *c, const struct command *cmd);
int verb_diff(struct cli *c, const struct command *cmd);
/* The text of a configuration that a server had, and what is different in another (configs.c). */
int verb_config_text(struct cli *c, const struct command *cmd);
int verb_config_diff(struct cli *c, const struct command *cmd);
/* The value of a secret comes from standard input, a file or a prompt (secret.c). */
int verb_secret_add(struct cli *c, const struct command *cmd);
int verb_secret_set(struct cli *c, const struct command *cmd);
int verb_rotate_master_key(struct cli *c, const struct command *cmd);
int verb_plugin_show(struct cli *c, const struct command *cmd);

#endif
