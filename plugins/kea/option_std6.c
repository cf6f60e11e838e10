/* option_std6.c - the options of DHCPv6 that Kea has of itself: code, name, type; and since which version.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Kea Administrator Reference Manual, "List of standard DHCPv6 options configurable by an administrator".
 * The rows without `since` are those of Kea 2.2. Fields are those of a record, in order. */
#include "option.h"

#define OPTION(code_, name_, ...)                                                                            \
    {                                                                                                        \
        .code = code_, .name = name_, .type = __VA_ARGS__                                                    \
    }

/* The protocol's own (RFC 8415 and the IANA registry of DHCPv6 options). */
static const struct kea_standard dhcp6[] = {
    OPTION(1, "clientid", "binary"),
    OPTION(2, "serverid", "binary"),
    OPTION(3, "ia-na", "record", .fields = "uint32, uint32, uint32"),
    OPTION(4, "ia-ta", "uint32"),
    OPTION(5, "iaaddr", "record", .fields = "ipv6-address, uint32, uint32"),
    OPTION(6, "oro", "uint16", .array = true),
    OPTION(7, "preference", "uint8"),
    OPTION(8, "elapsed-time", "uint16"),
    OPTION(9, "relay-msg", "binary"),
    OPTION(11, "auth", "binary"),
    OPTION(12, "unicast", "ipv6-address"),
    OPTION(13, "status-code", "record", .fields = "uint16, string"),
    OPTION(14, "rapid-commit", "empty"),
    OPTION(15, "user-class", "binary"),
    OPTION(16, "vendor-class", "record", .fields = "uint32, binary"),
    OPTION(17, "vendor-opts", "uint32"),
    OPTION(18, "interface-id", "binary"),
    OPTION(19, "reconf-msg", "uint8"),
    OPTION(20, "reconf-accept", "empty"),
    OPTION(21, "sip-server-dns", "fqdn", .array = true),
    OPTION(22, "sip-server-addr", "ipv6-address", .array = true),
    OPTION(23, "dns-servers", "ipv6-address", .array = true),
    OPTION(24, "domain-search", "fqdn", .array = true),
    OPTION(25, "ia-pd", "record", .fields = "uint32, uint32, uint32"),
    OPTION(26, "iaprefix", "record", .fields = "uint32, uint32, uint8, ipv6-address"),
    OPTION(27, "nis-servers", "ipv6-address", .array = true),
    OPTION(28, "nisp-servers", "ipv6-address", .array = true),
    OPTION(29, "nis-domain-name", "fqdn", .array = true),
    OPTION(30, "nisp-domain-name", "fqdn", .array = true),
    OPTION(31, "sntp-servers", "ipv6-address", .array = true),
    OPTION(32, "information-refresh-time", "uint32"),
    OPTION(33, "bcmcs-server-dns", "fqdn", .array = true),
    OPTION(34, "bcmcs-server-addr", "ipv6-address", .array = true),
    OPTION(36, "geoconf-civic", "record", .fields = "uint8, uint16, binary"),
    OPTION(37, "remote-id", "record", .fields = "uint32, binary"),
    OPTION(38, "subscriber-id", "binary"),
    OPTION(39, "client-fqdn", "record", .fields = "uint8, fqdn"),
    OPTION(40, "pana-agent", "ipv6-address", .array = true),
    OPTION(41, "new-posix-timezone", "string"),
    OPTION(42, "new-tzdb-timezone", "string"),
    OPTION(43, "ero", "uint16", .array = true),
    OPTION(44, "lq-query", "record", .fields = "uint8, ipv6-address", .encapsulates = "dhcp6"),
    OPTION(45, "client-data", "empty", .encapsulates = "dhcp6"),
    OPTION(46, "clt-time", "uint32"),
    OPTION(47, "lq-relay-data", "record", .fields = "ipv6-address, binary"),
    OPTION(48, "lq-client-link", "ipv6-address", .array = true),
    OPTION(51, "v6-lost", "fqdn"),
    OPTION(52, "capwap-ac-v6", "ipv6-address", .array = true),
    OPTION(53, "relay-id", "binary"),
    OPTION(56, "ntp-server", "empty", .encapsulates = "v6-ntp-server-suboptions", .since = 207),
    OPTION(57, "v6-access-domain", "fqdn"),
    OPTION(58, "sip-ua-cs-list", "fqdn", .array = true),
    OPTION(59, "bootfile-url", "string"),
    OPTION(60, "bootfile-param", "tuple", .array = true),
    OPTION(61, "client-arch-type", "uint16", .array = true),
    OPTION(62, "nii", "record", .fields = "uint8, uint8, uint8"),
    OPTION(64, "aftr-name", "fqdn"),
    OPTION(65, "erp-local-domain-name", "fqdn"),
    OPTION(66, "rsoo", "empty", .encapsulates = "rsoo-opts"),
    OPTION(67, "pd-exclude", "ipv6-prefix"),
    OPTION(74, "rdnss-selection", "record", .array = true, .fields = "ipv6-address, uint8, fqdn"),
    OPTION(79, "client-linklayer-addr", "binary"),
    OPTION(80, "link-address", "ipv6-address"),
    OPTION(82, "solmax-rt", "uint32"),
    OPTION(83, "inf-max-rt", "uint32"),
    OPTION(87, "dhcpv4-message", "binary"),
    OPTION(88, "dhcp4o6-server-addr", "ipv6-address", .array = true),
    OPTION(94, "s46-cont-mape", "empty", .encapsulates = "s46-cont-mape-options"),
    OPTION(95, "s46-cont-mapt", "empty", .encapsulates = "s46-cont-mapt-options"),
    OPTION(96, "s46-cont-lw", "empty", .encapsulates = "s46-cont-lw-options"),
    OPTION(103, "v6-captive-portal", "string"),
    OPTION(135, "relay-source-port", "uint16"),
    OPTION(136, "v6-sztp-redirect", "tuple", .array = true, .since = 203),
    OPTION(143, "ipv6-address-andsf", "ipv6-address", .array = true),
    OPTION(144, "v6-dnr", "internal", .since = 203),
    OPTION(148, "addr-reg-enable", "empty", .since = 207),
};

/* Inside option 94 (RFC 7598). */
static const struct kea_standard s46_cont_mape_options[] = {
    OPTION(89, "s46-rule", "record", .fields = "uint8, uint8, uint8, ipv4-address, ipv6-prefix",
           .encapsulates = "s46-rule-options"),
    OPTION(90, "s46-br", "ipv6-address"),
};

/* Inside option 95. */
static const struct kea_standard s46_cont_mapt_options[] = {
    OPTION(89, "s46-rule", "record", .fields = "uint8, uint8, uint8, ipv4-address, ipv6-prefix",
           .encapsulates = "s46-rule-options"),
    OPTION(91, "s46-dmr", "ipv6-prefix"),
};

/* Inside option 96. */
static const struct kea_standard s46_cont_lw_options[] = {
    OPTION(90, "s46-br", "ipv6-address"),
    OPTION(92, "s46-v4v6bind", "record", .fields = "ipv4-address, ipv6-prefix",
           .encapsulates = "s46-v4v6bind-options"),
};

/* Inside a rule. */
static const struct kea_standard s46_rule_options[] = {
    OPTION(93, "s46-portparams", "record", .fields = "uint8, psid"),
};

/* Inside a binding. */
static const struct kea_standard s46_v4v6bind_options[] = {
    OPTION(93, "s46-portparams", "record", .fields = "uint8, psid"),
};

/* Inside option 56 (RFC 5908). */
static const struct kea_standard v6_ntp_server_suboptions[] = {
    OPTION(1, "ntp-server-address", "ipv6-address", .since = 207),
    OPTION(2, "ntp-server-multicast", "ipv6-address", .since = 207),
    OPTION(3, "ntp-server-fqdn", "fqdn", .since = 207),
};

/* Of CableLabs, inside option 17. */
static const struct kea_standard docsis3_v6[] = {
    OPTION(1, "oro", "uint16", .array = true), OPTION(2, "device-type", "string"),
    OPTION(10, "vendor-type", "string"),       OPTION(32, "tftp-servers", "ipv6-address", .array = true),
    OPTION(33, "config-file", "string"),       OPTION(34, "syslog-servers", "ipv6-address", .array = true),
    OPTION(36, "device-id", "binary"),         OPTION(37, "time-servers", "ipv6-address", .array = true),
    OPTION(38, "time-offset", "int32"),        OPTION(1026, "cmts-cm-mac", "binary"),
};

/* Of ISC, between Kea's own servers (RFC 7341). */
static const struct kea_standard isc[] = {
    OPTION(60000, "4o6-interface", "string"),
    OPTION(60001, "4o6-source-address", "ipv6-address"),
    OPTION(60002, "4o6-source-port", "uint16"),
};

#define SPACE(name, table)                                                                                   \
    {                                                                                                        \
        name, table, sizeof(table) / sizeof((table)[0])                                                      \
    }

const struct kea_space kea_spaces6[] = {
    SPACE("dhcp6", dhcp6),
    SPACE("s46-cont-mape-options", s46_cont_mape_options),
    SPACE("s46-cont-mapt-options", s46_cont_mapt_options),
    SPACE("s46-cont-lw-options", s46_cont_lw_options),
    SPACE("s46-rule-options", s46_rule_options),
    SPACE("s46-v4v6bind-options", s46_v4v6bind_options),
    SPACE("v6-ntp-server-suboptions", v6_ntp_server_suboptions),
    SPACE("vendor-4491", docsis3_v6),
    SPACE("vendor-2495", isc),
    { NULL, NULL, 0 },
};
