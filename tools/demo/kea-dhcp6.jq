# kea-dhcp6.jq - makes the configuration of a demo Kea DHCPv6 server with two subnets: jq -n -a -f kea-dhcp6.jq.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
#
# --argjson reservations N  in fd00:1::/64, every third with a delegated prefix
# --arg hooks FOLDER        where Kea's hook libraries are
# Relative names are in the folder the server is started in. The first subnet answers the relay ::1.

def hex4: . as $v | "0123456789abcdef" as $d
    | [4096, 256, 16, 1] | map(($v / . | floor) % 16 | $d[.:. + 1]) | join("");
def hex2: hex4[2:4];

def reservation($r):
    {"duid": "00:03:00:01:02:06:00:00:\($r / 256 | floor | hex2):\($r % 256 | hex2)",
     "ip-addresses": ["fd00:1::\(4096 + $r | hex4)"], "hostname": "six-\($r)"}
    + (if $r % 3 == 2 then {"prefixes": ["fd00:f1:\($r | hex4)::/56"]} else {} end);

{"Dhcp6": {
    "interfaces-config": {"interfaces": ["lo/::1"]},
    "server-id": {"type": "LL", "htype": 1, "identifier": "020000000099", "persist": false},
    "control-socket": {"socket-type": "unix", "socket-name": "dhcp6.sock"},
    "lease-database": {"type": "memfile", "persist": true, "name": "dhcp6.leases", "lfc-interval": 0},
    "hooks-libraries": [{"library": "\($hooks)/libdhcp_lease_cmds.so"}, {"library": "\($hooks)/libdhcp_stat_cmds.so"}],
    "preferred-lifetime": 3600, "valid-lifetime": 7200,
    "option-data": [{"name": "dns-servers", "data": "fd00::53"}],
    "subnet6": [
        {"id": 601, "subnet": "fd00:1::/64", "relay": {"ip-addresses": ["::1"]},
         "pools": [{"pool": "fd00:1::1:0/112"}, {"pool": "fd00:1::2:100 - fd00:1::2:17f"}],
         "pd-pools": [{"prefix": "fd00:f2::", "prefix-len": 40, "delegated-len": 56}],
         "user-context": {"site": "Z\u00fcrich"},
         "reservations": [range($reservations) | reservation(.)]},
        {"id": 602, "subnet": "fd00:2::/64", "relay": {"ip-addresses": ["fd00::2"]},
         "pools": [{"pool": "fd00:2::/80"}]}],
    "loggers": [{"name": "kea-dhcp6", "severity": "WARN", "output_options": [{"output": "stdout"}]}]}}
