/* layout_records.c - the head of every record, and the numbers of the types.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "ipam/records.h"

#include "layout.h"

/* The number, the head, and that fields begin right behind it. */
#define HEAD(record, name, number, first)                                                                    \
    VALUE(name, number);                                                                                     \
    PLACE(record, size, 0);                                                                                  \
    PLACE(record, type, 4);                                                                                  \
    PLACE(record, has, 8);                                                                                   \
    PLACE(record, rest, 24);                                                                                 \
    PLACE(record, first, 40)

HEAD(ipam_space, IPAM_T_SPACE, 1, id);
HEAD(ipam_block, IPAM_T_BLOCK, 2, id);
HEAD(ipam_subnet, IPAM_T_SUBNET, 3, id);
HEAD(ipam_range, IPAM_T_RANGE, 4, id);
HEAD(ipam_address, IPAM_T_ADDRESS, 5, id);
HEAD(ipam_server, IPAM_T_SERVER, 6, id);
HEAD(ipam_scope, IPAM_T_SCOPE, 7, id);
HEAD(ipam_reservation, IPAM_T_RESERVATION, 8, id);
HEAD(ipam_lease, IPAM_T_LEASE, 9, id);
HEAD(ipam_plan, IPAM_T_PLAN, 10, id);
HEAD(ipam_plan_step, IPAM_T_PLAN_STEP, 11, id);
HEAD(ipam_job, IPAM_T_JOB, 12, id);
HEAD(ipam_claim, IPAM_T_CLAIM, 13, id);
HEAD(ipam_change, IPAM_T_CHANGE, 14, id);
HEAD(ipam_change_item, IPAM_T_CHANGE_ITEM, 15, object_type);
HEAD(ipam_free_run, IPAM_T_FREE_RUN, 57, prefix);
HEAD(ipam_sample, IPAM_T_SAMPLE, 43, id);
HEAD(ipam_utilization, IPAM_T_UTILIZATION, 44, family);
HEAD(ipam_quarantine, IPAM_T_QUARANTINE, 94, id);
HEAD(ipam_custom_field, IPAM_T_CUSTOM_FIELD, 58, id);
HEAD(ipam_pool, IPAM_T_POOL, 16, id);
HEAD(ipam_plugin_info, IPAM_T_PLUGIN_INFO, 17, name);
HEAD(ipam_instance, IPAM_T_INSTANCE, 18, plugin);
HEAD(ipam_dhcp_server, IPAM_T_DHCP_SERVER, 19, id);
HEAD(ipam_superscope, IPAM_T_SUPERSCOPE, 20, id);
HEAD(ipam_exclusion, IPAM_T_EXCLUSION, 21, id);
HEAD(ipam_option_definition, IPAM_T_OPTION_DEFINITION, 22, id);
HEAD(ipam_option_value, IPAM_T_OPTION_VALUE, 23, id);
HEAD(ipam_dhcp_class, IPAM_T_DHCP_CLASS, 24, id);
HEAD(ipam_dhcp_policy, IPAM_T_DHCP_POLICY, 25, id);
HEAD(ipam_dhcp_condition, IPAM_T_DHCP_CONDITION, 26, id);
HEAD(ipam_dhcp_policy_range, IPAM_T_DHCP_POLICY_RANGE, 27, id);
HEAD(ipam_dhcp_filter, IPAM_T_DHCP_FILTER, 28, id);
HEAD(ipam_failover, IPAM_T_FAILOVER, 29, id);
HEAD(ipam_zone, IPAM_T_ZONE, 30, id);
HEAD(ipam_dns_record, IPAM_T_DNS_RECORD, 31, id);
HEAD(ipam_vnetwork, IPAM_T_VNETWORK, 32, id);
HEAD(ipam_vsubnet, IPAM_T_VSUBNET, 33, id);
HEAD(ipam_vpool, IPAM_T_VPOOL, 34, id);
HEAD(ipam_vaddress, IPAM_T_VADDRESS, 35, id);
HEAD(ipam_event, IPAM_T_EVENT, 36, id);
HEAD(ipam_idempotency_answer, IPAM_T_IDEMPOTENCY_ANSWER, 37, id);
HEAD(ipam_task, IPAM_T_TASK, 38, name);
HEAD(ipam_dhcp_statistic, IPAM_T_DHCP_STATISTIC, 40, id);
HEAD(ipam_server_check, IPAM_T_SERVER_CHECK, 41, id);
HEAD(ipam_alert, IPAM_T_ALERT, 42, id);
HEAD(ipam_operation, IPAM_T_OPERATION, 45, name);
HEAD(ipam_user, IPAM_T_USER, 46, id);
HEAD(ipam_group, IPAM_T_GROUP, 47, id);
HEAD(ipam_token, IPAM_T_TOKEN, 48, id);
HEAD(ipam_role, IPAM_T_ROLE, 49, id);
HEAD(ipam_access_scope, IPAM_T_ACCESS_SCOPE, 50, id);
HEAD(ipam_access_policy, IPAM_T_ACCESS_POLICY, 51, id);
HEAD(ipam_verifier, IPAM_T_VERIFIER, 52, id);
HEAD(ipam_session, IPAM_T_SESSION, 53, id);
HEAD(ipam_recovery, IPAM_T_RECOVERY, 54, id);
HEAD(ipam_allotment, IPAM_T_ALLOTMENT, 55, id);
HEAD(ipam_binding, IPAM_T_BINDING, 56, id);
HEAD(ipam_master_key, IPAM_T_MASTER_KEY, 59, state);
HEAD(ipam_secret, IPAM_T_SECRET, 60, id);
HEAD(ipam_seal, IPAM_T_SEAL, 61, id);
HEAD(ipam_field_link, IPAM_T_FIELD_LINK, 62, id);
HEAD(ipam_conflict, IPAM_T_CONFLICT, 39, id);
HEAD(ipam_logical_group, IPAM_T_LOGICAL_GROUP, 63, id);
HEAD(ipam_dhcp_read, IPAM_T_DHCP_READ, 64, native_scope);
HEAD(ipam_check, IPAM_T_CHECK, 65, channel);
HEAD(ipam_probe, IPAM_T_PROBE, 66, product);
HEAD(ipam_edit, IPAM_T_EDIT, 67, index);
HEAD(ipam_edit_result, IPAM_T_EDIT_RESULT, 68, index);
HEAD(ipam_apply, IPAM_T_APPLY, 69, token);
HEAD(ipam_outcome, IPAM_T_OUTCOME, 70, status);
HEAD(ipam_act, IPAM_T_ACT, 71, verb);
HEAD(ipam_next_free, IPAM_T_NEXT_FREE, 72, native_scope);
HEAD(ipam_discover, IPAM_T_DISCOVER, 73, realm);
HEAD(ipam_found, IPAM_T_FOUND, 74, name);
HEAD(ipam_provision, IPAM_T_PROVISION, 75, verb);
HEAD(ipam_artefact, IPAM_T_ARTEFACT, 76, kind);
HEAD(ipam_dns_read, IPAM_T_DNS_READ, 77, zone);
HEAD(ipam_resolve, IPAM_T_RESOLVE, 78, name);
HEAD(ipam_vspace_read, IPAM_T_VSPACE_READ, 79, network);
HEAD(ipam_event_stream, IPAM_T_EVENT_STREAM, 80, stream);
HEAD(ipam_event_read, IPAM_T_EVENT_READ, 81, stream);
HEAD(ipam_credential, IPAM_T_CREDENTIAL, 82, kind);
HEAD(ipam_principal, IPAM_T_PRINCIPAL, 83, name);
HEAD(ipam_reach, IPAM_T_REACH, 84, addresses);
HEAD(ipam_reached, IPAM_T_REACHED, 85, address);
HEAD(ipam_delivery, IPAM_T_DELIVERY, 86, key);
HEAD(ipam_stat, IPAM_T_STAT, 87, name);
HEAD(ipam_address_pool, IPAM_T_ADDRESS_POOL, 88, id);
HEAD(ipam_saved_query, IPAM_T_SAVED_QUERY, 90, id);
HEAD(ipam_report, IPAM_T_REPORT, 91, name);
HEAD(ipam_free_space, IPAM_T_FREE_SPACE, 92, id);
HEAD(ipam_owner_total, IPAM_T_OWNER_TOTAL, 93, owner);
HEAD(ipam_vlan_group, IPAM_T_VLAN_GROUP, 96, id);
HEAD(ipam_vlan, IPAM_T_VLAN, 97, id);
HEAD(ipam_vrf, IPAM_T_VRF, 98, id);
HEAD(ipam_realm, IPAM_T_REALM, 100, name);
HEAD(ipam_server_config, IPAM_T_SERVER_CONFIG, 101, id);
HEAD(ipam_config_text, IPAM_T_CONFIG_TEXT, 102, part);
HEAD(ipam_dhcp_client, IPAM_T_DHCP_CLIENT, 103, native_scope);
HEAD(ipam_client_finding, IPAM_T_CLIENT_FINDING, 104, kind);
HEAD(ipam_drift, IPAM_T_DRIFT, 105, id);
HEAD(ipam_config_piece, IPAM_T_CONFIG_PIECE, 113, id);
