/* routes.c - the route table: everything the API has, as data.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/call.h"

#define READ(path, op, T, noun)                                                                            \
    { HTTP_GET_, path, op ".read", T, handle_list, "List " noun, NULL },                                   \
    { HTTP_GET_, path "/{key}", op ".read", T, handle_get, "Show one of the " noun, NULL }
#define WRITE(path, op, T, noun)                                                                           \
    READ(path, op, T, noun),                                                                               \
    { HTTP_POST_, path, op ".create", T, handle_create, "Create one or a list of the " noun, NULL },       \
    { HTTP_PATCH_, path "/{key}", op ".change", T, handle_patch, "Change one of the " noun, NULL }

const struct route api_routes[] = {
    READ("/ipam/spaces", "ipam.space", IPAM_T_SPACE, "address spaces"),
    WRITE("/ipam/blocks", "ipam.block", IPAM_T_BLOCK, "address blocks"),
    { HTTP_DELETE_, "/ipam/blocks/{key}", "ipam.block.delete", IPAM_T_BLOCK, handle_delete, "Delete a block", NULL },
    WRITE("/ipam/subnets", "ipam.subnet", IPAM_T_SUBNET, "subnets"),
    { HTTP_DELETE_, "/ipam/subnets/{key}", "ipam.subnet.delete", IPAM_T_SUBNET, handle_delete, "Delete an empty subnet", NULL },
    { HTTP_POST_, "/ipam/subnets/{key}/allocate", "ipam.address.allocate", IPAM_T_SUBNET, handle_allocate,
      "Hand out addresses of a subnet", "allocate" },
    WRITE("/ipam/ranges", "ipam.range", IPAM_T_RANGE, "address ranges"),
    { HTTP_DELETE_, "/ipam/ranges/{key}", "ipam.range.delete", IPAM_T_RANGE, handle_delete, "Delete a range", NULL },
    { HTTP_POST_, "/ipam/ranges/{key}/allocate", "ipam.address.allocate", IPAM_T_RANGE, handle_allocate,
      "Hand out addresses of a range", "allocate" },
    WRITE("/ipam/addresses", "ipam.address", IPAM_T_ADDRESS, "addresses"),
    { HTTP_DELETE_, "/ipam/addresses/{key}", "ipam.address.delete", IPAM_T_ADDRESS, handle_delete,
      "Release an address; a reservation made for it is removed from its server too", NULL },
    WRITE("/inventory/servers", "inventory.server", IPAM_T_SERVER, "servers"),
    { HTTP_DELETE_, "/inventory/servers/{key}", "inventory.server.delete", IPAM_T_SERVER, handle_server_delete,
      "Remove a server and all that came from it; a job", NULL },
    { HTTP_POST_, "/inventory/servers/{key}/probe", "inventory.server.probe", IPAM_T_SERVER, handle_server_job,
      "Ask a server what it is and how it is; a job", "probe" },
    { HTTP_POST_, "/inventory/servers/{key}/collect", "inventory.server.collect", IPAM_T_SERVER, handle_server_job,
      "Read a server's configuration and leases; a job", "collect" },
    READ("/dhcp/scopes", "dhcp.scope", IPAM_T_SCOPE, "DHCP scopes"),
    READ("/dhcp/reservations", "dhcp.reservation", IPAM_T_RESERVATION, "DHCP reservations"),
    { HTTP_POST_, "/dhcp/reservations", "dhcp.reservation.create", IPAM_T_RESERVATION, handle_reservation_create,
      "Plan a reservation on its server", NULL },
    { HTTP_DELETE_, "/dhcp/reservations/{key}", "dhcp.reservation.delete", IPAM_T_RESERVATION, handle_reservation_delete,
      "Plan the removal of a reservation from its server", NULL },
    READ("/dhcp/leases", "dhcp.lease", IPAM_T_LEASE, "leases"),
    { HTTP_GET_, "/manage/plans", "manage.plan.read", IPAM_T_PLAN, handle_list, "List plans", NULL },
    { HTTP_GET_, "/manage/plans/{key}", "manage.plan.read", IPAM_T_PLAN, handle_plan_get, "Show a plan and its steps", NULL },
    { HTTP_POST_, "/manage/plans/{key}/resume", "manage.plan.resume", IPAM_T_PLAN, handle_plan_resume,
      "Go on with a plan now instead of after its pause", "resume" },
    READ("/system/jobs", "system.job", IPAM_T_JOB, "jobs"),
    { HTTP_POST_, "/system/jobs/{key}/cancel", "system.job.cancel", IPAM_T_JOB, handle_job_cancel, "Cancel a job under way", "cancel" },
    { HTTP_GET_, "/system/plugins", "system.plugin.read", IPAM_T_PLUGIN_INFO, handle_made_list,
      "List plugins: what they are, can and do now", NULL },
    { HTTP_GET_, "/system/plugins/{key}", "system.plugin.read", IPAM_T_PLUGIN_INFO, handle_plugin_get, "Show a plugin", NULL },
    { HTTP_GET_, "/system/instances", "system.plugin.read", IPAM_T_INSTANCE, handle_made_list,
      "List the servers that plugins are opened for, and what they do now", NULL },
    { HTTP_GET_, "/audit/changes", "audit.change.read", IPAM_T_CHANGE, handle_change_list, "List changes, the newest first", NULL },
    { HTTP_GET_, "/audit/changes/{key}", "audit.change.read", IPAM_T_CHANGE, handle_change_get, "Show one revision and its objects", NULL },
    { HTTP_GET_, "/openapi.json", NULL, 0, handle_openapi, "This document", NULL },
    { .path = NULL },
};
