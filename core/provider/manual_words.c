/* manual_words.c - kinds and capabilities in words, for manual pages.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "provider/manual.h"

#include <string.h>

static const struct words {
    uint32_t kind;
    const char *name; /* of the capability; NULL: what the kind does at the least */
    const char *text;
} words[] = {
    { IPAM_KIND_DISCOVERY, NULL, "describes the servers of a network" },
    { IPAM_KIND_DISCOVERY, "discover", "looks for servers" },
    { IPAM_KIND_DISCOVERY, "provision", "prepares servers to be managed, and says what that takes" },
    { IPAM_KIND_DISCOVERY, "realms", "lists the domains or sites that servers can be looked for in" },

    { IPAM_KIND_DHCP, NULL, "reads the configuration of DHCP servers" },
    { IPAM_KIND_DHCP, "leases", "reads leases" },
    { IPAM_KIND_DHCP, "reservations", "writes reservations" },
    { IPAM_KIND_DHCP, "atomic", "a change is made whole or not at all" },
    { IPAM_KIND_DHCP, "v4", "DHCPv4" },
    { IPAM_KIND_DHCP, "v6", "DHCPv6" },
    { IPAM_KIND_DHCP, "stats", "reads statistics" },
    { IPAM_KIND_DHCP, "next-free", "asks the server which addresses it would give next" },
    { IPAM_KIND_DHCP, "check", "a change can be tried without being made" },
    { IPAM_KIND_DHCP, "server", "writes the settings of a whole server" },
    { IPAM_KIND_DHCP, "scopes", "writes scopes and their pools" },
    { IPAM_KIND_DHCP, "superscopes", "writes superscopes or shared networks" },
    { IPAM_KIND_DHCP, "options", "writes definitions and values of DHCP options" },
    { IPAM_KIND_DHCP, "classes", "writes classes of clients" },
    { IPAM_KIND_DHCP, "policies", "writes policies" },
    { IPAM_KIND_DHCP, "filters", "writes filters of hardware addresses" },
    { IPAM_KIND_DHCP, "failovers", "writes failover or HA relations" },
    { IPAM_KIND_DHCP, "exclusions", "writes exclusions" },
    { IPAM_KIND_DHCP, "mirror", "the server itself brings what is changed to its partner" },
    { IPAM_KIND_DHCP, "latin-1", "keeps no character beyond U+00FF in names and descriptions" },
    { IPAM_KIND_DHCP, "text", "tells how the server spells its configuration" },
    { IPAM_KIND_DHCP, "whole", "writes a whole configuration anew" },
    { IPAM_KIND_DHCP, "explain", "tells what it would give a client, and why" },
    { IPAM_KIND_DHCP, "act-lease-add", "gives a lease" },
    { IPAM_KIND_DHCP, "act-lease-delete", "ends a lease" },
    { IPAM_KIND_DHCP, "act-reload", "has the server read its own configuration again" },
    { IPAM_KIND_DHCP, "act-replicate", "brings a server, relation or scope to the partner" },
    { IPAM_KIND_DHCP, "act-partner-down", "has the server serve alone in a relation" },
    { IPAM_KIND_DHCP, "act-clear-sync-error", "clears the sync error of a relation" },
    { IPAM_KIND_DHCP, "act-reconcile", "makes the lease database of a scope consistent" },
    { IPAM_KIND_DHCP, "act-start", "starts the service" },
    { IPAM_KIND_DHCP, "act-stop", "stops the service" },
    { IPAM_KIND_DHCP, "act-restart", "restarts the service" },

    { IPAM_KIND_DNS, NULL, "lists the zones of DNS servers" },
    { IPAM_KIND_DNS, "records", "reads the records of a zone" },
    { IPAM_KIND_DNS, "delta", "reads only what changed since a state" },
    { IPAM_KIND_DNS, "stats", "reads statistics" },
    { IPAM_KIND_DNS, "resolve", "asks the server a question of the DNS" },
    { IPAM_KIND_DNS, "atomic", "a change is made whole or not at all" },
    { IPAM_KIND_DNS, "check", "a change can be tried without being made" },
    { IPAM_KIND_DNS, "write-records", "writes records" },
    { IPAM_KIND_DNS, "write-zones", "writes zones" },
    { IPAM_KIND_DNS, "forwarders", "writes forwarders" },
    { IPAM_KIND_DNS, "act-transfer", "has a secondary take what is newer" },
    { IPAM_KIND_DNS, "act-full-copy", "has a secondary take the whole zone" },
    { IPAM_KIND_DNS, "act-reload", "has the server read a zone from its own store again" },
    { IPAM_KIND_DNS, "act-notify", "has the server tell its secondaries" },
    { IPAM_KIND_DNS, "act-pause", "pauses a zone" },
    { IPAM_KIND_DNS, "act-resume", "goes on with a paused zone" },
    { IPAM_KIND_DNS, "act-scavenge", "removes records that nobody refreshed" },
    { IPAM_KIND_DNS, "act-clear-cache", "empties the cache" },
    { IPAM_KIND_DNS, "act-restart", "restarts the service" },

    { IPAM_KIND_VSPACE, NULL, "reads virtual networks and the addresses in them" },
    { IPAM_KIND_VSPACE, "watch", "hears of changes as they happen" },
    { IPAM_KIND_VSPACE, "apply", "hands back what was changed in ipamd" },
    { IPAM_KIND_VSPACE, "atomic", "a change is made whole or not at all" },
    { IPAM_KIND_VSPACE, "check", "a change can be tried without being made" },

    { IPAM_KIND_AUDIT, NULL, "lists the streams of events that servers record" },
    { IPAM_KIND_AUDIT, "poll", "reads events" },
    { IPAM_KIND_AUDIT, "listen", "hears of events as they happen" },

    { IPAM_KIND_STORAGE, NULL, "keeps all that ipamd knows" },
    { IPAM_KIND_STORAGE, "logs", "keeps logs beside the records" },
    { IPAM_KIND_STORAGE, "dump", "writes all it holds out, and reads it back" },
    { IPAM_KIND_STORAGE, "verify", "examines what it holds for damage" },
    { IPAM_KIND_STORAGE, "stats", "tells its size and how it fares" },
    { IPAM_KIND_STORAGE, "at", "shows records as they were at any revision" },

    { IPAM_KIND_IDENTITY, NULL, "finds out who a user is" },
    { IPAM_KIND_IDENTITY, "password", "by a name and a password" },
    { IPAM_KIND_IDENTITY, "bearer", "by a signed token" },
    { IPAM_KIND_IDENTITY, "certificate", "by a certificate" },
    { IPAM_KIND_IDENTITY, "negotiate", "by a GSSAPI token" },

    { IPAM_KIND_REACH, NULL, "finds out which addresses answer" },
    { IPAM_KIND_REACH, "ping", "by an echo request" },
    { IPAM_KIND_REACH, "neighbor", "by ARP or neighbour discovery" },
    { IPAM_KIND_REACH, "dns", "by whether the address has a name" },
    { IPAM_KIND_REACH, "dhcp", "by what a DHCP server says of it" },

    { IPAM_KIND_SINK, NULL, "hands on what happens in ipamd" },
    { IPAM_KIND_SINK, "alerts", "alerts" },
    { IPAM_KIND_SINK, "changes", "changes, in their order" },
    { IPAM_KIND_SINK, "checkpoints", "signed checkpoints of the change log" },
};

static const char *find(uint32_t kind, const char *name)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        bool same = name && words[i].name ? strcmp(name, words[i].name) == 0 : name == words[i].name;

        if (words[i].kind == kind && same)
            return words[i].text;
    }
    return NULL;
}

const char *manual_kind(uint32_t kind)
{
    return find(kind, NULL);
}

const char *manual_capability(uint32_t kind, const char *name)
{
    return find(kind, name);
}
